//! Building commits without a checkout: picks, merges, squashes. Nothing reaches the remote here.
//!
//! A picked commit keeps its author and date; its message says where it came from. Where a pick conflicts, the
//! tree with git's markers is committed under the same message, so that a draft can be resolved by a person.

use std::collections::BTreeSet;

use crate::model::CommitId;
use crate::model::ConflictPath;
use crate::model::Person;
use crate::model::Timestamp;

use super::commit::RawCommit;
use super::commit::Signing;
use super::commit::signature;
use super::error::Error;
use super::merge::Merge;
use super::merge::MergeResult;
use super::message::picked;
use super::prediction::Sides;
use super::repo::Repo;
/// What happens where a pick conflicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictPolicy {
    /// Commit the tree with its markers, for a draft.
    DraftWithMarkers,
    /// One empty commit onto the target.
    EmptyCommit,
    /// Answer `Error::Conflicts`, build nothing.
    Fail,
}
/// Which commits to pick onto what.
#[derive(Debug, Clone)]
pub struct PickOrder {
    pub onto: CommitId,
    /// Oldest first. A merge commit is picked against its first parent.
    pub commits: Vec<CommitId>,
    pub policy: ConflictPolicy,
    /// Added to each message after the `cherry picked from` line, as `Key: value`.
    pub trailers: Vec<(String, String)>,
    pub committer: Person,
    pub at: Timestamp,
}
/// What to merge, or squash, onto what.
#[derive(Debug, Clone)]
pub struct MergeBuild {
    pub onto: CommitId,
    pub other: CommitId,
    pub message: String,
    pub committer: Person,
    pub at: Timestamp,
    /// Commit the tree with markers instead of answering `Error::Conflicts`.
    pub keep_conflicts: bool,
}
/// What was built. Nothing is on the remote yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The new commit; the target itself if nothing was left to do.
    pub head: CommitId,
    pub tree: CommitId,
    /// What a person must decide.
    pub conflicts: Vec<ConflictPath>,
    /// Commits that could not be applied onto an earlier conflict.
    pub pending: Vec<CommitId>,
}

/// A pick order being carried out.
struct Progress {
    head: CommitId,
    tree: CommitId,
    conflicts: Vec<ConflictPath>,
    pending: Vec<CommitId>,
    /// Only trees are computed: the head stays where it was.
    is_trial: bool,
}

impl Repo {
    /// Picks the commits one after another. A pick that changes nothing is left out; if nothing is left, the head
    /// is the target itself.
    pub fn build_picks(&self, order: &PickOrder) -> Result<Built, Error> {
        self.pick_all(order, false)
    }

    /// Does the same without making a commit.
    pub(super) fn try_picks(&self, order: &PickOrder) -> Result<Built, Error> {
        self.pick_all(order, true)
    }

    fn pick_all(&self, order: &PickOrder, is_trial: bool) -> Result<Built, Error> {
        let mut progress = Progress {
            head: order.onto.clone(),
            tree: self.tree_of(&order.onto)?,
            conflicts: Vec::new(),
            pending: Vec::new(),
            is_trial,
        };
        for id in &order.commits {
            let source = self.raw_commit(id)?;
            let base = self.mainline(id, &source)?;
            let result = self.merged(&Merge {
                base: Some(base.clone()),
                ours: progress.tree.clone(),
                theirs: id.clone(),
                reads_attributes: false,
            })?;
            if result.is_clean {
                if result.tree != progress.tree {
                    self.append_pick(order, id, &source, result.tree, &[], &mut progress)?;
                }
                continue;
            }
            let sides = Sides {
                base: source.parents.first(),
                onto: &order.onto,
                other: id,
            };
            let conflicts = self.conflict_paths(&result.tree, &result.conflicts, sides)?;
            match order.policy {
                ConflictPolicy::Fail => {
                    return Err(Error::Conflicts {
                        commit: id.clone(),
                        conflicts,
                    });
                }
                ConflictPolicy::EmptyCommit => {
                    return self.empty_pick(order, id, &source, conflicts);
                }
                ConflictPolicy::DraftWithMarkers => {
                    self.keep_conflict(order, id, &source, result.tree, conflicts, &mut progress)?;
                }
            }
        }
        // A later pick may have changed a conflicted file around its markers.
        for conflict in &mut progress.conflicts {
            let entry = self
                .objects()
                .entry(&progress.tree, conflict.path.as_bytes())?;
            conflict.blob = entry.map(|entry| entry.id);
        }
        Ok(Built {
            head: progress.head,
            tree: progress.tree,
            conflicts: progress.conflicts,
            pending: progress.pending,
        })
    }

    /// Returns the tree that a commit is compared with: its first parent, the RUN side of a merge.
    pub(super) fn mainline(&self, id: &CommitId, source: &RawCommit) -> Result<CommitId, Error> {
        match source.parents.as_slice() {
            [] => self.objects().write_tree(Vec::new()),
            [first] | [first, _] => Ok(first.clone()),
            many => Err(Error::Octopus {
                commit: id.clone(),
                parents: many.len(),
            }),
        }
    }

    pub(super) fn merged(&self, merge: &Merge) -> Result<MergeResult, Error> {
        self.merge(merge)?.map_err(|why| Error::Failed {
            verb: "merge-tree".into(),
            why,
        })
    }

    /// Commits the tree with markers, unless the pick touches a file that an earlier conflict left open: markers
    /// inside markers help nobody.
    fn keep_conflict(
        &self,
        order: &PickOrder,
        id: &CommitId,
        source: &RawCommit,
        tree: CommitId,
        conflicts: Vec<ConflictPath>,
        progress: &mut Progress,
    ) -> Result<(), Error> {
        let open: BTreeSet<&str> = progress.conflicts.iter().map(|c| c.path.as_str()).collect();
        if conflicts.iter().any(|c| open.contains(c.path.as_str())) {
            progress.pending.push(id.clone());
            return Ok(());
        }
        self.append_pick(order, id, source, tree, &conflicts, progress)?;
        progress.conflicts.extend(conflicts);
        Ok(())
    }

    fn append_pick(
        &self,
        order: &PickOrder,
        id: &CommitId,
        source: &RawCommit,
        tree: CommitId,
        conflicts: &[ConflictPath],
        progress: &mut Progress,
    ) -> Result<(), Error> {
        if progress.is_trial {
            progress.tree = tree;
            return Ok(());
        }
        let commit = RawCommit {
            tree: tree.clone(),
            parents: vec![progress.head.clone()],
            author: source.author.clone(),
            committer: signature(&order.committer, order.at),
            encoding: source.encoding.clone(),
            message: picked(&source.message, id, &order.trailers, conflicts),
        };
        progress.head = self.create(&commit, Signing::AsConfigured)?;
        progress.tree = tree;
        Ok(())
    }

    /// Document E's policy: one commit that changes nothing, so that a request can be opened. It delivers nothing.
    fn empty_pick(
        &self,
        order: &PickOrder,
        id: &CommitId,
        source: &RawCommit,
        conflicts: Vec<ConflictPath>,
    ) -> Result<Built, Error> {
        let mut progress = Progress {
            head: order.onto.clone(),
            tree: self.tree_of(&order.onto)?,
            conflicts: Vec::new(),
            pending: Vec::new(),
            is_trial: false,
        };
        let tree = progress.tree.clone();
        self.append_pick(order, id, source, tree.clone(), &conflicts, &mut progress)?;
        // What stands in the target is what a decision must differ from, not the tree with markers.
        let mut conflicts = conflicts;
        for conflict in &mut conflicts {
            let entry = self.objects().entry(&tree, conflict.path.as_bytes())?;
            conflict.blob = entry.map(|entry| entry.id);
        }
        Ok(Built {
            head: progress.head,
            tree,
            conflicts,
            pending: order.commits.clone(),
        })
    }

    /// Merges with a merge commit, also where a fast-forward would do. Nothing to merge gives the target itself.
    pub fn build_merge(&self, order: &MergeBuild) -> Result<Built, Error> {
        if self.is_ancestor(&order.other, &order.onto)? {
            return self.unchanged(&order.onto);
        }
        let parents = vec![order.onto.clone(), order.other.clone()];
        self.build(order, parents)
    }

    /// Merges into one commit with one parent. Nothing to change gives the target itself.
    pub fn build_squash(&self, order: &MergeBuild) -> Result<Built, Error> {
        if self.is_ancestor(&order.other, &order.onto)? {
            return self.unchanged(&order.onto);
        }
        let built = self.build(order, vec![order.onto.clone()])?;
        if built.conflicts.is_empty() && built.tree == self.tree_of(&order.onto)? {
            return self.unchanged(&order.onto);
        }
        Ok(built)
    }

    fn unchanged(&self, head: &CommitId) -> Result<Built, Error> {
        Ok(Built {
            head: head.clone(),
            tree: self.tree_of(head)?,
            conflicts: Vec::new(),
            pending: Vec::new(),
        })
    }

    fn build(&self, order: &MergeBuild, parents: Vec<CommitId>) -> Result<Built, Error> {
        let result = self.merged(&Merge {
            base: None,
            ours: order.onto.clone(),
            theirs: order.other.clone(),
            reads_attributes: false,
        })?;
        let sides = Sides {
            base: None,
            onto: &order.onto,
            other: &order.other,
        };
        let conflicts = self.conflict_paths(&result.tree, &result.conflicts, sides)?;
        if !result.is_clean && !order.keep_conflicts {
            return Err(Error::Conflicts {
                commit: order.other.clone(),
                conflicts,
            });
        }
        let person = signature(&order.committer, order.at);
        let commit = RawCommit {
            tree: result.tree.clone(),
            parents,
            author: person.clone(),
            committer: person,
            encoding: None,
            message: order.message.clone().into_bytes(),
        };
        Ok(Built {
            head: self.create(&commit, Signing::AsConfigured)?,
            tree: result.tree,
            conflicts,
            pending: Vec::new(),
        })
    }
}
