//! The gate after a conflict: which paths has nobody decided yet (flows.md 5.8). The list of conflicted paths is
//! the gate, not a search for markers: of four kinds of conflict only one leaves any.

use crate::model::CommitId;
use crate::model::ConflictKind;
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
        let mut open = Vec::new();
        for conflict in conflicts {
            let innocent = self.separators_of(conflict.blob.as_ref());
            if self.is_undecided(head, conflict, Some(innocent))? {
                open.push(conflict.clone());
            }
        }
        Ok(open)
    }

    /// Tells whether nobody decided a path: it holds what the engine wrote, or more markers than are innocent there.
    /// Without a number, markers are content.
    pub(super) fn is_undecided(
        &self,
        head: &CommitId,
        conflict: &ConflictPath,
        innocent: Option<Markers>,
    ) -> Result<bool, Error> {
        let tree = self.tree_of(head)?;
        let entry = self.objects().entry(&tree, conflict.path.as_bytes())?;
        let is_file = |mode| mode & 0o170_000 == 0o100_000 && mode != SUBMODULE;
        Ok(match (entry, innocent) {
            // By a garbled name nothing is found, whatever became of it: a person must say so.
            (None, _) => conflict.blob.is_none() || is_garbled(&conflict.path),
            (Some(entry), _) if conflict.blob.as_ref() == Some(&entry.id) => true,
            // Whatever changed in a folder since, it may be other work: a person must say that it stays.
            (Some(entry), _) if entry.is_folder() && conflict.kind == ConflictKind::Type => {
                self.was_folder(conflict.blob.as_ref())
            }
            (Some(entry), Some(innocent)) if is_file(entry.mode) => {
                let now = self.objects().read_as(Kind::Blob, &entry.id)?;
                Markers::of(&now).exceed(innocent)
            }
            (Some(_), _) => false,
        })
    }

    /// Tells whether the engine wrote a folder. One that is not here any more is taken for one.
    fn was_folder(&self, written: Option<&CommitId>) -> bool {
        let read = written.map(|id| self.objects().read(id));
        !matches!(
            read,
            None | Some(Ok((Kind::Blob | Kind::Commit | Kind::Tag, _)))
        )
    }

    /// Returns how many `=======` lines of what the engine wrote were no markers: underlines of headings.
    fn separators_of(&self, blob: Option<&CommitId>) -> Markers {
        let Some(Ok(bytes)) = blob.map(|id| self.objects().read_as(Kind::Blob, id)) else {
            return Markers::default();
        };
        let written = Markers::of(&bytes);
        Markers {
            separators: written.separators.saturating_sub(written.openers),
            ..Markers::default()
        }
    }
}

/// Tells whether a path cannot be found by its name any more: bytes of it that are not UTF-8 are shown as a mark. A name
/// that really holds the mark counts as well.
pub(super) fn is_garbled(path: &str) -> bool {
    path.contains(char::REPLACEMENT_CHARACTER)
}

/// How many lines of a file look like conflict markers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Markers {
    openers: usize,
    separators: usize,
    closers: usize,
}

impl Markers {
    /// Counts them.
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self {
            openers: count(bytes, is_opener),
            separators: count(bytes, is_separator),
            closers: count(bytes, is_closer),
        }
    }

    /// Returns the most of each that any of these files has.
    pub(super) fn most(files: &[Vec<u8>]) -> Self {
        files
            .iter()
            .map(|file| Self::of(file))
            .fold(Self::default(), |most, next| Self {
                openers: most.openers.max(next.openers),
                separators: most.separators.max(next.separators),
                closers: most.closers.max(next.closers),
            })
    }

    /// Tells whether there are more of any kind than `innocent`.
    pub(super) fn exceed(self, innocent: Self) -> bool {
        self.openers > innocent.openers
            || self.separators > innocent.separators
            || self.closers > innocent.closers
    }
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
        let heading = Markers {
            separators: 1,
            ..Markers::default()
        };
        let has_markers = |bytes: &[u8], innocent| Markers::of(bytes).exceed(innocent);
        let underlined = b"Changes\n=======\n\n* one\n";
        assert!(!has_markers(underlined, heading));
        let none = Markers::default();
        assert!(has_markers(underlined, none));
        assert!(has_markers(b"a\n<<<<<<< ours\n", none));
        assert!(has_markers(b"a\r\n>>>>>>> theirs\r\n", none));
        assert!(!has_markers(b"a <<<<<<< b\n<<<<<<<<\n", none));
    }

    #[test]
    fn markers_that_a_side_had_before_are_innocent() {
        let docs = b"text\n<<<<<<< ours\n=======\n>>>>>>> theirs\n".to_vec();
        let innocent = Markers::most(&[b"x\n".to_vec(), docs.clone()]);
        assert!(!Markers::of(&docs).exceed(innocent));
        let more = [&docs[..], b"<<<<<<< HEAD\n"].concat();
        assert!(Markers::of(&more).exceed(innocent));
    }
}
