//! What changed between two texts, line by line.

use super::error::Error;

/// A line that only one of two texts has, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineChange {
    Both(String),
    Removed(String),
    Added(String),
}

/// Returns the lines that changed from `old` to `new`, with three lines around each change.
pub fn line_changes(old: &str, new: &str) -> Result<Vec<LineChange>, Error> {
    let odd = |error: git2::Error| Error::Answer {
        verb: "diff".into(),
        why: error.message().to_owned(),
    };
    // That a text ends without a line break is no change.
    let (old, new) = (ended(old), ended(new));
    let patch = git2::Patch::from_buffers(old.as_bytes(), None, new.as_bytes(), None, None);
    let patch = patch.map_err(odd)?;
    let mut changes = Vec::new();
    for hunk in 0..patch.num_hunks() {
        for line in 0..patch.num_lines_in_hunk(hunk).map_err(odd)? {
            let line = patch.line_in_hunk(hunk, line).map_err(odd)?;
            let text = String::from_utf8_lossy(line.content());
            let text = text.trim_end_matches(['\n', '\r']).to_owned();
            match line.origin() {
                '+' => changes.push(LineChange::Added(text)),
                '-' => changes.push(LineChange::Removed(text)),
                ' ' => changes.push(LineChange::Both(text)),
                _about_the_end => {}
            }
        }
    }
    Ok(changes)
}

fn ended(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') {
        return text.to_owned();
    }
    format!("{text}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_lines_are_told_with_what_is_around_them() {
        let changes = line_changes("a\nb\nc", "a\nB\nc\nd\n").expect("text");
        let both = |text: &str| LineChange::Both(text.to_owned());
        let removed = |text: &str| LineChange::Removed(text.to_owned());
        let added = |text: &str| LineChange::Added(text.to_owned());
        let expected = [both("a"), removed("b"), added("B"), both("c"), added("d")];
        assert_eq!(changes, expected);
        assert_eq!(line_changes("same\n", "same\n").expect("text"), []);
    }
}
