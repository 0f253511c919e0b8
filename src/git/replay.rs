//! A branch built again in thought: what was picked or merged is applied once more, with the stages of every
//! conflict on the way, and with what was decided about them.

use crate::model::CommitId;
use crate::model::ConflictPath;

use super::conflict::Carried;
use super::conflict::Conflicted;
use super::error::Error;
use super::objects::Kind;
use super::repo::Repo;
use super::resolution::DecidedConflict;
use super::resolution::DecidedContent;
use super::resolution::DecidedEntry;
use super::stages::StagedMerge;
use super::stages::Stages;

/// One commit that was applied, or the merge.
pub(super) struct Applied {
    /// None for the merge.
    pub(super) source: Option<CommitId>,
    pub(super) tree: CommitId,
}

/// A conflict on the way.
pub(super) struct Met {
    /// The commit that was picked; none for the merge.
    pub(super) commit: Option<CommitId>,
    path: Vec<u8>,
    pub(super) stages: Stages,
    /// Nothing was decided about it.
    is_open: bool,
}

impl Met {
    /// Returns the path in words.
    pub(super) fn name(&self) -> String {
        String::from_utf8_lossy(&self.path).into_owned()
    }

    /// Finds what was decided about exactly this: other sides, and it is another conflict.
    fn decided<'a>(&self, decided: &'a [DecidedConflict]) -> Option<&'a DecidedEntry> {
        let name = self.name();
        let same = decided.iter().find(|one| {
            one.entry.path == name && one.commit == self.commit && one.stages == self.stages
        });
        same.map(|one| &one.entry)
    }
}

/// A branch built again in thought.
pub(super) struct Replay {
    pub(super) applied: Vec<Applied>,
    /// Every conflict, in the order in which they came.
    pub(super) met: Vec<Met>,
    /// Commits that touch what is open, and wait.
    pub(super) pending: Vec<CommitId>,
}

impl Replay {
    fn open(&self) -> impl Iterator<Item = &Met> {
        self.met.iter().filter(|met| met.is_open)
    }

    /// Returns the error that names what is open; none where nothing is.
    pub(super) fn in_the_way(&self, conflicted: &Conflicted) -> Option<Error> {
        let first = self.open().next()?;
        let commit = match (&first.commit, &conflicted.carried) {
            (Some(commit), _) | (None, Carried::Merge(commit)) => commit.clone(),
            (None, Carried::Picks(_)) => conflicted.head.clone(),
        };
        let of_it = self.open().filter(|met| met.commit == first.commit);
        Some(Error::Conflicts {
            commit,
            conflicts: of_it
                .map(|met| ConflictPath {
                    path: met.name(),
                    kind: met.stages.kind(),
                    blob: None,
                    last_authors: Vec::new(),
                    owners: Vec::new(),
                })
                .collect(),
        })
    }
}

impl Repo {
    /// Applies what was carried again. A conflicted path becomes at once what was decided about it. A commit that
    /// touches a path which is open waits: it would be merged with markers.
    pub(super) fn replay(
        &self,
        conflicted: &Conflicted,
        decided: &[DecidedConflict],
    ) -> Result<Replay, Error> {
        let mut replay = Replay {
            applied: Vec::new(),
            met: Vec::new(),
            pending: Vec::new(),
        };
        let commits = match &conflicted.carried {
            Carried::Merge(other) => {
                let staged = self.staged_merge(&conflicted.onto, other)?;
                self.apply(&mut replay, None, staged, decided)?;
                return Ok(replay);
            }
            Carried::Picks(commits) => commits,
        };
        let mut tree = self.tree_of(&conflicted.onto)?;
        for id in commits {
            let source = self.raw_commit(id)?;
            let base = match source.parents.as_slice() {
                [] => self.objects().write_tree(Vec::new())?,
                [first] | [first, _] => first.clone(),
                many => {
                    return Err(Error::Octopus {
                        commit: id.clone(),
                        parents: many.len(),
                    });
                }
            };
            let staged = self.staged_pick(&base, &tree, id)?;
            if self.touches_open(&replay, &tree, &staged)? {
                replay.pending.push(id.clone());
            } else if staged.tree != tree || !staged.sides.is_empty() {
                tree = self.apply(&mut replay, Some(id), staged, decided)?;
            }
        }
        Ok(replay)
    }

    /// Tells whether a pick changes a path that is open already, cleanly or not.
    fn touches_open(
        &self,
        replay: &Replay,
        before: &CommitId,
        staged: &StagedMerge,
    ) -> Result<bool, Error> {
        for open in replay.open() {
            let changes = || -> Result<bool, Error> {
                let entry = |tree| self.objects().entry(tree, &open.path);
                Ok(entry(before)? != entry(&staged.tree)?)
            };
            if staged.sides.contains_key(&open.path) || changes()? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes a pick or the merge, with what was decided about its conflicts; returns the tree.
    fn apply(
        &self,
        replay: &mut Replay,
        source: Option<&CommitId>,
        staged: StagedMerge,
        decided: &[DecidedConflict],
    ) -> Result<CommitId, Error> {
        let mut tree = staged.tree;
        for (path, stages) in staged.sides {
            let mut met = Met {
                commit: source.cloned(),
                path,
                stages,
                is_open: true,
            };
            if let Some(entry) = met.decided(decided) {
                tree = self.put(&tree, &met.path, entry)?;
                met.is_open = false;
            }
            replay.met.push(met);
        }
        replay.applied.push(Applied {
            source: source.cloned(),
            tree: tree.clone(),
        });
        Ok(tree)
    }

    /// Makes a path in a tree what was decided.
    pub(super) fn put(
        &self,
        tree: &CommitId,
        path: &[u8],
        one: &DecidedEntry,
    ) -> Result<CommitId, Error> {
        let found = self.objects().entry(tree, path)?;
        if found.is_some_and(|entry| entry.is_folder()) {
            return Err(Error::BadPath {
                path: one.path.clone(),
                why: "a folder is there; decide it in your editor",
            });
        }
        let entry = match &one.entry {
            None => None,
            Some((mode, DecidedContent::Id(id))) => Some((*mode, id.clone())),
            Some((mode, DecidedContent::Bytes(bytes))) => {
                Some((*mode, self.objects().write(Kind::Blob, &bytes.0)?))
            }
        };
        match self.objects().with_entry(Some(tree), path, entry)? {
            Some(tree) => Ok(tree),
            None => self.objects().write_tree(Vec::new()),
        }
    }
}
