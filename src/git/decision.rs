//! The gate after a conflict: which paths has nobody decided yet (flows.md 5.8). The list of conflicted paths is
//! the gate, not a search for markers: of four kinds of conflict only one leaves any.

use crate::model::CommitId;
use crate::model::ConflictPath;

use super::error::Error;
use super::objects::Kind;
use super::repo::Repo;
use super::tree::SUBMODULE;

impl Repo {
    /// Returns the conflicts that are still open at `head`: the path holds what the engine wrote, or markers.
    pub fn undecided(
        &self,
        head: &CommitId,
        conflicts: &[ConflictPath],
    ) -> Result<Vec<ConflictPath>, Error> {
        let tree = self.tree_of(head)?;
        let mut open = Vec::new();
        for conflict in conflicts {
            let entry = self.objects().entry(&tree, conflict.path.as_bytes())?;
            let is_file = |mode| mode & 0o170_000 == 0o100_000 && mode != SUBMODULE;
            let is_undecided = match entry {
                None => conflict.blob.is_none(),
                Some(entry) if conflict.blob.as_ref() == Some(&entry.id) => true,
                Some(entry) if is_file(entry.mode) => {
                    let written = self.separators_of(conflict.blob.as_ref());
                    let now = self.objects().read_as(Kind::Blob, &entry.id)?;
                    has_markers(&now, written)
                }
                Some(_) => false,
            };
            if is_undecided {
                open.push(conflict.clone());
            }
        }
        Ok(open)
    }

    /// Returns how many `=======` lines of what the engine wrote were no markers: underlines of headings.
    fn separators_of(&self, blob: Option<&CommitId>) -> usize {
        let Some(Ok(bytes)) = blob.map(|id| self.objects().read_as(Kind::Blob, id)) else {
            return 0;
        };
        let (openers, separators) = (count(&bytes, is_opener), count(&bytes, is_separator));
        separators.saturating_sub(openers)
    }
}

fn has_markers(bytes: &[u8], innocent_separators: usize) -> bool {
    count(bytes, is_opener) > 0
        || count(bytes, is_closer) > 0
        || count(bytes, is_separator) > innocent_separators
}

fn count(bytes: &[u8], is: fn(&[u8]) -> bool) -> usize {
    bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| is(line.strip_suffix(b"\r").unwrap_or(line)))
        .count()
}

fn is_opener(line: &[u8]) -> bool {
    line.starts_with(b"<<<<<<< ") || line == b"<<<<<<<"
}

fn is_closer(line: &[u8]) -> bool {
    line.starts_with(b">>>>>>> ") || line == b">>>>>>>"
}

fn is_separator(line: &[u8]) -> bool {
    line == b"======="
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_told_from_the_underline_of_a_heading() {
        let heading = b"Changes\n=======\n\n* one\n";
        assert!(!has_markers(heading, 1));
        assert!(has_markers(heading, 0));
        assert!(has_markers(b"a\n<<<<<<< ours\n", 0));
        assert!(has_markers(b"a\r\n>>>>>>> theirs\r\n", 0));
        assert!(!has_markers(b"a <<<<<<< b\n<<<<<<<<\n", 0));
    }
}
