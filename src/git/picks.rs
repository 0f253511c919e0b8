//! Which commits a pick takes, and what picking them in a row would do (flows.md 5.3 and 5.4).
//!
//! A merge that only brought the base branch up to date changes nothing of its own and is left out; one in which a
//! conflict was solved cannot be left out, and then the commits cannot be taken one by one at all.

use std::collections::HashMap;

use crate::model::Commit;
use crate::model::CommitId;
use crate::model::Person;
use crate::model::Prediction;
use crate::model::PredictionOutcome;
use crate::model::Timestamp;

use super::build::ConflictPolicy;
use super::build::PickOrder;
use super::error::Error;
use super::graph::Graph;
use super::merge::Merge;
use super::repo::Repo;

/// A span of history, commit by commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Oldest first, without merges.
    pub commits: Vec<Commit>,
    /// The first merge among them that holds changes of its own.
    pub evil: Option<CommitId>,
    /// How many commits the span has, merges included; where that is more than were asked for, the oldest are left out.
    pub count: usize,
}

impl Repo {
    /// Returns the commits of `head` that none of `exclude` has, commit by commit.
    pub fn series(
        &self,
        exclude: &[CommitId],
        head: &CommitId,
        limit: usize,
    ) -> Result<Series, Error> {
        let ids = self.list_ids(Graph::between, exclude, head, usize::MAX)?;
        let mut commits = self.commits(&ids[..ids.len().min(limit)])?;
        commits.reverse();
        let mut evil = None;
        for merge in commits.iter().filter(|commit| commit.is_merge()) {
            if evil.is_none() && self.has_own_changes(merge)? {
                evil = Some(merge.id.clone());
            }
        }
        commits.retain(|commit| !commit.is_merge());
        Ok(Series {
            commits,
            evil,
            count: ids.len(),
        })
    }

    /// Tells whether a merge differs from what git would have merged by itself: its branches, one after the other.
    pub fn has_own_changes(&self, merge: &Commit) -> Result<bool, Error> {
        let Some((first, sides)) = merge.parents.split_first() else {
            return Ok(false);
        };
        let mut merged = first.clone();
        for (index, side) in sides.iter().enumerate() {
            let base = match sides {
                // Git finds the base of two by itself, also where there are several.
                [_] => None,
                _many => match self.left_at(&merge.parents[..=index], side)? {
                    Some(base) => Some(base),
                    // What it holds cannot be told.
                    None => return Ok(true),
                },
            };
            let automatic = self.merge(&Merge {
                base,
                ours: merged,
                theirs: side.clone(),
                reads_attributes: false,
            })?;
            match automatic {
                Ok(result) if result.is_clean => merged = result.tree,
                Ok(_) | Err(_) => return Ok(true),
            }
        }
        Ok(merged != self.tree_of(&merge.id)?)
    }

    /// Returns where a branch left those that were merged before it; none where that is not one commit.
    fn left_at(&self, before: &[CommitId], side: &CommitId) -> Result<Option<CommitId>, Error> {
        let mut newest: Option<CommitId> = None;
        for parent in before {
            for base in self.merge_bases(parent, side)? {
                let Some(known) = &newest else {
                    newest = Some(base);
                    continue;
                };
                if base == *known || self.is_ancestor(&base, known)? {
                    continue;
                }
                if !self.is_ancestor(known, &base)? {
                    return Ok(None);
                }
                newest = Some(base);
            }
        }
        Ok(newest)
    }

    /// Returns the commits of `line` that make the same changes as `commits`, in the order of these; none where one
    /// has no counterpart. A rebase is recognised by what it changes: the last commits of a line may be anybody's.
    pub fn counterparts(
        &self,
        commits: &[CommitId],
        line: &[CommitId],
    ) -> Result<Option<Vec<CommitId>>, Error> {
        let wanted = self.digests(commits)?;
        let there = self.digests(line)?;
        let mut by_patch: HashMap<&str, &CommitId> = HashMap::new();
        for id in line {
            if let Some(patch) = there.get(id) {
                by_patch.entry(patch).or_insert(id);
            }
        }
        let mut found = Vec::with_capacity(commits.len());
        for id in commits {
            // A commit that changes nothing has no patch, and nothing is missing without it.
            let Some(patch) = wanted.get(id) else {
                continue;
            };
            match by_patch.get(patch.as_str()) {
                Some(counterpart) => found.push((*counterpart).clone()),
                None => return Ok(None),
            }
        }
        Ok(Some(found))
    }

    /// Returns a digest of what each commit changes; none for a merge, a first commit and one that changes nothing.
    fn digests(&self, commits: &[CommitId]) -> Result<HashMap<CommitId, String>, Error> {
        let mut pairs = Vec::with_capacity(commits.len());
        for id in commits {
            if let [parent] = &self.raw_commit(id)?.parents[..] {
                pairs.push((parent.clone(), id.clone()));
            }
        }
        let digests = self.patch_ids(&pairs)?;
        let both = pairs.into_iter().zip(digests);
        Ok(both
            .filter_map(|((_, id), digest)| Some((id, digest?)))
            .collect())
    }

    /// Tells whether two commits are the same work: trees, messages, authors and all parents but those on the first
    /// parents' line are equal, and so are the commits of that line until they meet. Who committed it, and a
    /// signature, make no difference.
    pub fn is_same_work(&self, a: &CommitId, b: &CommitId) -> Result<bool, Error> {
        let (mut a, mut b) = (a.clone(), b.clone());
        while a != b {
            let (one, other) = (self.raw_commit(&a)?, self.raw_commit(&b)?);
            let is_merge = one.parents.len() > 1;
            let is_same = one.tree == other.tree
                && one.message == other.message
                && one.parents.get(1..) == other.parents.get(1..)
                // A merge has no author but whoever made it.
                && (is_merge || one.author == other.author);
            match (one.parents.first(), other.parents.first()) {
                (Some(left), Some(right)) if is_same => (a, b) = (left.clone(), right.clone()),
                _other => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Tells what picking these commits in a row would do, as [`Repo::build_picks`] does it; nothing is built.
    pub fn predict_picks(
        &self,
        commits: &[CommitId],
        onto: &CommitId,
    ) -> Result<Prediction, Error> {
        let order = trial(commits, onto, ConflictPolicy::DraftWithMarkers);
        let mut pending = Vec::new();
        let (outcome, tree) = match self.try_picks(&order) {
            Ok(built) if !built.conflicts.is_empty() => {
                pending = built.pending;
                let paths = built.conflicts;
                (PredictionOutcome::Conflict { paths }, Some(built.tree))
            }
            Ok(built) if built.tree == self.tree_of(onto)? => {
                (PredictionOutcome::Already, Some(built.tree))
            }
            Ok(built) => (PredictionOutcome::Clean, Some(built.tree)),
            Err(error @ Error::Octopus { .. }) => {
                let why = error.to_string();
                (PredictionOutcome::Blocked { why }, None)
            }
            Err(Error::Failed { why, .. }) => (PredictionOutcome::Unknown { why }, None),
            Err(error) => return Err(error),
        };
        Ok(Prediction {
            outcome,
            target_tip: onto.clone(),
            tree,
            pending,
        })
    }

    /// Returns the first of these commits that conflicts when they are picked in a row; none where all apply.
    pub(super) fn first_to_conflict(
        &self,
        commits: &[CommitId],
        onto: &CommitId,
    ) -> Result<Option<CommitId>, Error> {
        match self.try_picks(&trial(commits, onto, ConflictPolicy::Fail)) {
            Ok(_) => Ok(None),
            Err(Error::Conflicts { commit, .. }) => Ok(Some(commit)),
            Err(error) => Err(error),
        }
    }

    /// Returns what a pick would have changed in `onto`, as a patch of at most `limit` bytes, cut at a line.
    pub fn attempt(&self, onto: &CommitId, tree: &CommitId, limit: usize) -> Result<String, Error> {
        self.keep_tree(tree)?;
        let arguments = [
            "-r",
            "-p",
            "--no-ext-diff",
            "--no-textconv",
            "--no-color",
            onto.as_str(),
            tree.as_str(),
        ];
        let (_, patch) = self.ask("diff-tree", &arguments)?;
        let mut text = String::from_utf8_lossy(&patch).into_owned();
        if text.len() > limit {
            let end = text
                .char_indices()
                .take_while(|(at, _)| *at < limit)
                .filter(|(_, c)| *c == '\n')
                .last();
            text.truncate(end.map_or(0, |(at, _)| at + 1));
            text.push_str("(cut here)\n");
        }
        Ok(text)
    }
}

/// Returns an order of which only trees are computed.
fn trial(commits: &[CommitId], onto: &CommitId, policy: ConflictPolicy) -> PickOrder {
    PickOrder {
        onto: onto.clone(),
        commits: commits.to_vec(),
        policy,
        trailers: Vec::new(),
        committer: Person::from_email("prediction", "prediction@localhost"),
        at: Timestamp::from_second(0),
    }
}
