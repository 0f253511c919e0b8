//! What is wrong in a file, where, and what was probably meant.

use std::fmt;

use crate::model::Untrusted;

/// A position in a file; lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub file: String,
    pub line: usize,
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is no file, such as the environment, has no lines.
        if self.line == 0 {
            return f.write_str(&self.file);
        }
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One mistake; ordered by place, so that a list of them reads like the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    pub place: Place,
    /// The key's path, `lane.merges_into`; empty for a file that is no TOML at all.
    pub key: String,
    pub what: String,
    /// What to do instead: `did you mean `production`?`.
    pub hint: Option<String>,
}

impl Mistake {
    /// Makes a mistake. Text of the file that it quotes becomes showable here.
    pub fn new(place: Place, key: &str, what: &str, hint: Option<String>) -> Self {
        Self {
            place,
            key: Untrusted::new(key).show(),
            what: Untrusted::new(what).show(),
            hint: hint.map(|hint| Untrusted::new(hint.as_str()).show()),
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.what)?;
        match &self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

/// Returns the valid word nearest to `word`, if one is near enough to have been meant.
pub fn nearest<'a>(word: &str, valid: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    valid
        .into_iter()
        .map(|candidate| {
            let distance = strsim::damerau_levenshtein(&lower, &candidate.to_lowercase());
            (distance, candidate)
        })
        // A third of the letters may differ: enough for slips, too few for another word.
        .filter(|(distance, candidate)| {
            *distance <= (candidate.chars().count().max(lower.chars().count()) / 3).max(1)
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Returns the hint for a word that is not valid: the nearest valid one, else all if they are few.
pub fn suggest<'a>(word: &str, valid: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let valid: Vec<&str> = valid.into_iter().collect();
    if let Some(near) = nearest(word, valid.iter().copied()) {
        return Some(format!("did you mean `{near}`?"));
    }
    if valid.is_empty() {
        return None;
    }
    let listed: Vec<String> = valid
        .iter()
        .take(12)
        .map(|word| format!("`{word}`"))
        .collect();
    let more = if valid.len() > 12 { ", …" } else { "" };
    Some(format!("there is {}{more}", listed.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_a_slip_away_and_no_other_word() {
        let valid = ["production", "preprod", "integration", "uat"];
        assert_eq!(nearest("prodction", valid), Some("production"));
        assert_eq!(nearest("Uat", valid), Some("uat"));
        assert_eq!(nearest("banana", valid), None);
    }

    #[test]
    fn text_of_the_file_cannot_reach_the_terminal_as_control_characters() {
        let mistake = Mistake::new(Place::default(), "a", "`\u{1b}[2J` is wrong", None);
        assert!(!mistake.to_string().contains('\u{1b}'));
    }
}
