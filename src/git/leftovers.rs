//! What is still open on a branch that was built with conflicts (flows.md 5.8.1, 5.8.3 and 5.8.4): the conflicted paths
//! that nobody decided, whatever else the resolution touched and left broken, and the commits that are still to come.

use crate::model::CommitId;
use crate::model::ConflictKind;
use crate::model::ConflictPath;
use crate::model::LastAuthors;
use crate::model::Verdict;

use super::decision::Markers;
use super::error::Error;
use super::formed::Form;
use super::objects::Kind;
use super::repo::Repo;
use super::tree::SUBMODULE;

/// Files beyond this are no text that a person resolves.
const READ: usize = 8 * 1024 * 1024;

/// What a branch with conflicts was built from, and where nobody looks for markers.
#[derive(Debug, Clone, Copy)]
pub struct BuiltFrom<'a> {
    pub onto: &'a CommitId,
    pub picks: &'a [CommitId],
    pub conflicts: &'a [ConflictPath],
    /// Picks that were left out after a conflict.
    pub pending: &'a [CommitId],
    /// Paths in which markers are content: `docs/git.md`, `docs/`, `*.patch`.
    pub ignored: &'a [String],
}

impl Repo {
    /// Returns what is open at `head`: conflicted paths as [`Repo::undecided`] has them, then touched paths with
    /// markers that neither side had, or that were well-formed JSON or XML before and are not any more, then paths at
    /// which a pick that was left out is missing.
    pub fn open_paths(
        &self,
        head: &CommitId,
        built: &BuiltFrom<'_>,
    ) -> Result<Vec<ConflictPath>, Error> {
        let mut open = Vec::new();
        for conflict in built.conflicts {
            let path = conflict.path.as_bytes();
            let sides = self.sides(path, built)?;
            let innocent = if is_ignored(&conflict.path, built.ignored) {
                None
            } else {
                Some(Markers::most(&sides))
            };
            if self.is_undecided(head, conflict, innocent)? || self.is_broken(head, path, &sides)? {
                open.push(conflict.clone());
            }
        }
        for path in self.files_between(built.onto, head)? {
            let shown = String::from_utf8_lossy(&path).into_owned();
            if built.conflicts.iter().any(|one| one.path == shown) {
                continue;
            }
            let Some((id, now)) = self.file(head, &path)? else {
                continue;
            };
            let sides = self.sides(&path, built)?;
            let has_markers = !is_ignored(&shown, built.ignored)
                && Markers::of(&now).exceed(Markers::most(&sides));
            if has_markers || self.is_broken(head, &path, &sides)? {
                open.push(ConflictPath {
                    path: shown,
                    kind: ConflictKind::Content,
                    blob: Some(id),
                    last_authors: LastAuthors::default(),
                    owners: Vec::new(),
                });
            }
        }
        for path in self.missing(head, built)? {
            if !open.iter().any(|one| one.path == path) {
                open.push(ConflictPath {
                    path,
                    kind: ConflictKind::Pending,
                    blob: None,
                    last_authors: LastAuthors::default(),
                    owners: Vec::new(),
                });
            }
        }
        Ok(open)
    }

    /// Returns the paths at which a pick that was left out is not in `head`: with the conflict alone resolved, the branch
    /// would deliver a part of the fix.
    fn missing(&self, head: &CommitId, built: &BuiltFrom<'_>) -> Result<Vec<String>, Error> {
        if built.pending.is_empty() {
            return Ok(Vec::new());
        }
        let mut missing = Vec::new();
        // Where nothing at all was picked (`empty-commit`), the commit that conflicts is left out as well; what became of
        // its conflicts is for whoever resolved them to say.
        let conflicts = if built.pending.len() == built.picks.len() {
            self.first_to_conflict(built.picks, built.onto)?
        } else {
            None
        };
        for commit in built.pending {
            let base = self.mainline(commit, &self.raw_commit(commit)?)?;
            let mut left = self.paths_not_in(&base, commit, head)?;
            if conflicts.as_ref() == Some(commit) {
                left.retain(|path| !built.conflicts.iter().any(|one| one.path == *path));
            }
            // A later pick may have gone on from it: then both together are what must be there.
            if let Some(last) = built.picks.last().filter(|last| *last != commit)
                && !left.is_empty()
            {
                let together = self.paths_not_in(&base, last, head)?;
                left.retain(|path| together.contains(path));
            }
            missing.extend(left);
        }
        Ok(missing)
    }

    /// Returns the paths at which the change from `base` to `commit` is not PRESENT in `head`.
    fn paths_not_in(
        &self,
        base: &CommitId,
        commit: &CommitId,
        head: &CommitId,
    ) -> Result<Vec<String>, Error> {
        let (verdict, paths) = self.presence_in_tree(base, commit, head)?;
        match verdict {
            Verdict::Present => Ok(Vec::new()),
            Verdict::Changed if !paths.is_empty() => {
                let open = paths.into_iter();
                let open = open.filter(|one| one.verdict != Verdict::Present);
                Ok(open.map(|one| one.path).collect())
            }
            Verdict::Absent | Verdict::Changed | Verdict::Pending | Verdict::Unknown => {
                let all = self.changed_paths(base, commit)?.into_iter();
                let name = |paths: Vec<Vec<u8>>| paths.last().cloned();
                Ok(all
                    .filter_map(name)
                    .map(|path| String::from_utf8_lossy(&path).into_owned())
                    .collect())
            }
        }
    }

    /// Tells whether a file that some side had well-formed is not so at `head`.
    fn is_broken(&self, head: &CommitId, path: &[u8], sides: &[Vec<u8>]) -> Result<bool, Error> {
        let Some(form) = Form::of(path) else {
            return Ok(false);
        };
        if !sides.iter().any(|side| form.holds(side)) {
            return Ok(false);
        }
        let now = self.file(head, path)?;
        Ok(now.is_some_and(|(_, bytes)| !form.holds(&bytes)))
    }

    /// Returns what the target and each pick had at a path.
    fn sides(&self, path: &[u8], built: &BuiltFrom<'_>) -> Result<Vec<Vec<u8>>, Error> {
        let mut sides = Vec::new();
        for commit in std::iter::once(built.onto).chain(built.picks) {
            sides.extend(self.file(commit, path)?.map(|(_, bytes)| bytes));
        }
        Ok(sides)
    }

    /// Returns a file's id and content; none where there is no file, or one that nobody resolves by hand.
    fn file(&self, commit: &CommitId, path: &[u8]) -> Result<Option<(CommitId, Vec<u8>)>, Error> {
        let tree = self.tree_of(commit)?;
        let Some(entry) = self.objects().entry(&tree, path)? else {
            return Ok(None);
        };
        if entry.is_folder() || entry.mode == SUBMODULE {
            return Ok(None);
        }
        let bytes = self.objects().read_as(Kind::Blob, &entry.id)?;
        let is_text = bytes.len() <= READ && !bytes.contains(&0);
        Ok(is_text.then_some((entry.id, bytes)))
    }

    fn files_between(&self, onto: &CommitId, head: &CommitId) -> Result<Vec<Vec<u8>>, Error> {
        let arguments = [
            "-r",
            "-z",
            "--name-only",
            "--no-renames",
            onto.as_str(),
            head.as_str(),
        ];
        let (_, printed) = self.ask("diff-tree", &arguments)?;
        Ok(printed
            .split(|byte| *byte == 0)
            .filter(|path| !path.is_empty())
            .map(<[u8]>::to_vec)
            .collect())
    }
}

/// Tells whether a path is on the list: by its name, below a folder, or by how it ends.
fn is_ignored(path: &str, ignored: &[String]) -> bool {
    ignored
        .iter()
        .any(|pattern| match pattern.strip_prefix('*') {
            Some(ending) => path.ends_with(ending),
            None if pattern.ends_with('/') => path.starts_with(pattern.as_str()),
            None => path == pattern,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_ignored_by_name_by_folder_or_by_ending() {
        let list = ["docs/".to_owned(), "*.patch".to_owned(), "a.md".to_owned()];
        for path in ["docs/git/merge.md", "x/y.patch", "a.md"] {
            assert!(is_ignored(path, &list), "{path}");
        }
        for path in ["src/docs/x", "a.md.txt", "x/a.md"] {
            assert!(!is_ignored(path, &list), "{path}");
        }
    }
}
