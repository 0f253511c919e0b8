//! A branch built again in thought: what was picked or merged is applied once more, with the stages of every
//! conflict on the way, and with what was decided about them.

use crate::model::CommitId;
use crate::model::ConflictPath;
use crate::model::LastAuthors;

use super::aside::set_aside_from;
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
use super::tree::FOLDER;

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
    /// Why a decision cannot be carried out, the first of several: its conflict stays open.
    pub(super) refused: Option<Error>,
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
                    last_authors: LastAuthors::default(),
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
            refused: None,
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
                match self.put(&tree, &met.path, &met.stages, entry) {
                    Ok(decided) => {
                        tree = decided;
                        met.is_open = false;
                    }
                    Err(error @ Error::BadPath { .. }) => {
                        replay.refused.get_or_insert(error);
                    }
                    Err(error) => return Err(error),
                }
            }
            replay.met.push(met);
        }
        replay.applied.push(Applied {
            source: source.cloned(),
            tree: tree.clone(),
        });
        Ok(tree)
    }

    /// Makes a path in a tree what was decided about a conflict there.
    ///
    /// A folder makes room only for the other side of the same conflict, as that conflict found it: what others put into
    /// it, or a person did on the branch, is not lost by a choice between two sides.
    pub(super) fn put(
        &self,
        tree: &CommitId,
        path: &[u8],
        stages: &Stages,
        one: &DecidedEntry,
    ) -> Result<CommitId, Error> {
        let is_folder = matches!(one.entry, Some((FOLDER, _)));
        let refused = |why| Error::BadPath {
            path: one.path.clone(),
            why,
        };
        if one.entry.is_some() && self.is_beside_folder(tree, path)? {
            return Err(refused(
                "it is the name under which git set it aside, since files of both sides lie in a folder in its place; leave it out, or give it a place on the branch with git, and push",
            ));
        }
        if one.entry.is_some() && self.is_below_file(tree, path)? {
            return Err(refused(
                "a file is where its folder should be; decide both with git on the branch, and push",
            ));
        }
        if let Some(found) = self.objects().entry(tree, path)?
            && found.is_folder()
        {
            // One that stays is not written anew: more may be in it by now.
            if is_folder {
                return Ok(tree.clone());
            }
            let mut sides = [&stages.target, &stages.fix].into_iter().flatten();
            if !sides.any(|side| side.is_folder() && side.id == found.id) {
                return Err(refused(
                    "a folder is there with files that are not of this conflict; decide it with git on the branch, and push",
                ));
            }
        }
        self.set(tree, path, one)
    }

    /// Tells whether a path is the name of a file that was set aside, and its place is still taken.
    fn is_beside_folder(&self, tree: &CommitId, path: &[u8]) -> Result<bool, Error> {
        let Some(place) = set_aside_from(path) else {
            return Ok(false);
        };
        let found = self.objects().entry(tree, place)?;
        Ok(found.is_some_and(|entry| entry.is_folder()))
    }

    /// Tells whether something that is no folder stands where a folder of the path would be.
    fn is_below_file(&self, tree: &CommitId, path: &[u8]) -> Result<bool, Error> {
        let slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        for (at, _) in slashes {
            let found = self.objects().entry(tree, &path[..at])?;
            if found.is_some_and(|entry| !entry.is_folder()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Makes a path in a tree this, whatever was there.
    pub(super) fn set(
        &self,
        tree: &CommitId,
        path: &[u8],
        one: &DecidedEntry,
    ) -> Result<CommitId, Error> {
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
