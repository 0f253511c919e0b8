//! Who changed a path last on either side of a conflict: whom to ask.

use serde::Deserialize;
use serde::Serialize;

use super::text::Untrusted;

/// The last author on the side of the target, and on that of the fix; none where nobody of that side changed it, or who did
/// cannot be told. Written as a list, the target's name first, which is empty where only the other is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Untrusted>", into = "Vec<Untrusted>")]
pub struct LastAuthors {
    pub target: Option<Untrusted>,
    pub fix: Option<Untrusted>,
}

impl LastAuthors {
    /// Tells whether nobody is known.
    pub fn is_empty(&self) -> bool {
        self.target.is_none() && self.fix.is_none()
    }

    /// Returns the names, the target's first.
    pub fn names(&self) -> impl Iterator<Item = &Untrusted> {
        self.target.iter().chain(&self.fix)
    }

    /// Returns who it was, each with the side, to stand in a sentence; none where nobody is known.
    pub fn words(&self) -> Option<String> {
        let target = self.target.iter().map(|name| (name, "target"));
        let both = target.chain(self.fix.iter().map(|name| (name, "fix")));
        let both: Vec<String> = both
            .map(|(name, side)| format!("{} ({side})", name.show()))
            .collect();
        (!both.is_empty()).then(|| both.join(" and "))
    }
}

impl From<Vec<Untrusted>> for LastAuthors {
    fn from(names: Vec<Untrusted>) -> Self {
        let mut names = names.into_iter();
        let mut next = || names.next().filter(|name| !name.is_empty());
        Self {
            target: next(),
            fix: next(),
        }
    }
}

impl From<LastAuthors> for Vec<Untrusted> {
    fn from(authors: LastAuthors) -> Self {
        match (authors.target, authors.fix) {
            (None, None) => Self::new(),
            (Some(target), None) => vec![target],
            (target, Some(fix)) => vec![target.unwrap_or_default(), fix],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_keeps_its_side_when_it_is_written_and_read_again() {
        for (target, fix, written, words) in [
            (None, None, "[]", None),
            (Some("Ben"), None, r#"["Ben"]"#, Some("Ben (target)")),
            (None, Some("Ana"), r#"["","Ana"]"#, Some("Ana (fix)")),
            (
                Some("Ben"),
                Some("Ana"),
                r#"["Ben","Ana"]"#,
                Some("Ben (target) and Ana (fix)"),
            ),
        ] {
            let authors = LastAuthors {
                target: target.map(Untrusted::from),
                fix: fix.map(Untrusted::from),
            };
            let json = serde_json::to_string(&authors).expect("plain data");
            assert_eq!(json, written);
            let read: LastAuthors = serde_json::from_str(&json).expect("own format");
            assert_eq!(read, authors);
            assert_eq!(authors.words().as_deref(), words);
        }
    }
}
