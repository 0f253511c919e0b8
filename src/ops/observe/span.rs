//! From where to where the fix goes: its own commits, whatever way it took since, by request, by hand or in parts.

use crate::git::Error;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::Layer;
use crate::model::MergeMethod;
use crate::model::Merged;

use super::fix::MOST_COMMITS;
use super::fix::Trail;
use super::fix::arrival;
use super::shape::Shape;
use super::shape::Way;

/// A fix that was merged in more parts than this is none.
const MOST_PARTS: usize = 20;

/// The fix's own commits, oldest first, between two points.
pub(super) struct Walk {
    /// Where it left its lane, before any part of it arrived there.
    pub(super) left_at: CommitId,
    /// From here to the head nothing changes but the fix. The same as `left_at`, unless the lane was merged into the
    /// branch between two parts of it.
    pub(super) base: CommitId,
    pub(super) head: CommitId,
    pub(super) commits: Vec<Commit>,
}

impl Trail<'_> {
    /// Returns a deleted branch's head as its base lane took it: commits may have been added after it was recorded.
    pub(super) fn as_merged(&self, head: CommitId) -> Result<CommitId, Error> {
        let Some(lane) = self.base_lane() else {
            return Ok(head);
        };
        let repo = self.repo();
        if repo.commit(&head).is_err() || !repo.is_ancestor(&head, lane)? {
            return Ok(head);
        }
        let Some(merge) = arrival(repo, &head, lane)?.filter(|merge| merge.id != head) else {
            return Ok(head);
        };
        for parent in merge.parents.iter().skip(1) {
            let line = repo.first_parent_ids(&[], parent, MOST_COMMITS)?;
            if line.contains(&head) {
                return Ok(parent.clone());
            }
        }
        Ok(head)
    }

    /// Tells whether a commit is known to be of the fix, whatever lane holds it now.
    fn is_known(&self, commit: &CommitId) -> bool {
        let snapshot = self.record.snapshot.as_ref();
        snapshot.is_some_and(|one| &one.head == commit || one.commits.contains(commit))
            || self
                .merges
                .iter()
                .any(|one| one.merged().is_some_and(|merged| &merged.head == commit))
    }

    /// Returns the fix that ends in `head`.
    pub(super) fn span(&self, head: &CommitId) -> Result<Walk, Error> {
        if self.repo().commit(head).is_err()
            && let Some(walk) = self.squashed(head)?
        {
            return Ok(walk);
        }
        let base = self.base_of(head)?;
        let before = [self.opening.base_tip.clone(), base.clone()];
        let known: Vec<CommitId> = before
            .into_iter()
            .filter(|commit| self.repo().commit(commit).is_ok())
            .collect();
        let mut commits = self.repo().between(&known, head, MOST_COMMITS)?;
        commits.reverse();
        let walk = Walk {
            left_at: base.clone(),
            base,
            head: head.clone(),
            commits,
        };
        let earlier = match walk.base == walk.head {
            true => None,
            false => self.earlier_part(&walk.base, &walk.commits)?,
        };
        match earlier {
            Some(earlier) => self.joined(earlier, walk),
            None => Ok(walk),
        }
    }

    /// Returns the parts of the fix that came to `base` with the lane, from where a later part started; `on_branch` is what its
    /// branch has of its own.
    fn earlier_part(&self, base: &CommitId, on_branch: &[Commit]) -> Result<Option<Walk>, Error> {
        let snapshot = self.record.snapshot.iter();
        let recorded = snapshot.flat_map(|one| one.commits.iter().chain([&one.head]));
        let merged = || self.merges.iter().filter_map(|one| one.merged());
        let as_they_were = recorded.chain(merged().map(|merged| &merged.head));
        let as_they_were = as_they_were.map(|commit| (commit, None));
        let remade = merged().map(|merged| (&merged.commit, Some(merged)));
        let mut newest: Option<(&CommitId, Option<&Merged>)> = None;
        for (commit, merged) in as_they_were.chain(remade) {
            let is_newer = match newest {
                Some((newest, _)) => {
                    newest != commit && self.repo().is_ancestor(newest, commit).unwrap_or(false)
                }
                None => true,
            };
            if is_newer
                && self.came_with(commit, base)?
                && (merged.is_none() || self.repo().commit(commit)?.parents.len() == 1)
            {
                newest = Some((commit, merged));
            }
        }
        let walk = match newest {
            Some((_, Some(merged))) => self.remade(merged, on_branch)?,
            Some((commit, None)) => return self.span(commit).map(Some),
            None => None,
        };
        let Some(walk) = walk else {
            return Ok(None);
        };
        match self.earlier_part(&walk.base, on_branch)? {
            Some(earlier) => self.joined(earlier, walk).map(Some),
            None => Ok(Some(walk)),
        }
    }

    /// Returns a part as what its request became in the lane, squashed or rebased.
    fn remade(&self, merged: &Merged, on_branch: &[Commit]) -> Result<Option<Walk>, Error> {
        let became = self.became(merged)?;
        let before = became.first().and_then(|first| first.parents.first());
        let Some(before) = before.cloned() else {
            return Ok(None);
        };
        // Its commits are still on the branch: they count, not what was made of them.
        let is_there = on_branch.iter().any(|one| one.id == merged.head);
        Ok(Some(Walk {
            left_at: before.clone(),
            base: before,
            head: merged.commit.clone(),
            commits: if is_there { Vec::new() } else { became },
        }))
    }

    /// Returns the commits that a request became in the lane, oldest first. Of a rebase of which nobody can tell them apart, as
    /// many of the lane's own as there were on the branch: a doubt too many, never a false yes.
    fn became(&self, merged: &Merged) -> Result<Vec<Commit>, Error> {
        let repo = self.repo();
        let begun = Some(&self.opening.base_tip).filter(|id| repo.commit(id).is_ok());
        let way = Way {
            repo,
            before: begun.into_iter().cloned().collect(),
            only: None,
            head: &merged.head,
            arrival: None,
            without: None,
            merges: Vec::new(),
        };
        let others = self.merges.iter().filter_map(|one| one.merged());
        let earlier = others.map(|other| &other.head).filter(|head| {
            *head != &merged.head && repo.is_ancestor(head, &merged.head).unwrap_or(false)
        });
        let earlier: Vec<CommitId> = earlier.cloned().collect();
        let count = match way.shape(merged, &[], &earlier)? {
            Shape::Rebased { became, .. } => {
                return became.iter().map(|id| repo.commit(id)).collect();
            }
            Shape::Lost | Shape::Partial(_) => match repo.commit(&merged.commit)?.parents.first() {
                Some(before) => way.part(&merged.head, before, &earlier)?.len(),
                None => 1,
            },
            Shape::Whole(_) | Shape::Octopus(_) | Shape::Sideways(_) | Shape::Forwarded => 1,
        };
        self.last_of_line(&merged.commit, count)
    }

    /// Returns the last commits of the lane's own line up to one of them, oldest first.
    fn last_of_line(&self, commit: &CommitId, count: usize) -> Result<Vec<Commit>, Error> {
        let mut line = self.repo().first_parents(&[], commit, count.max(1))?;
        line.reverse();
        Ok(line)
    }

    /// Tells whether a commit of the fix came to `base` with the lane, after the fix was begun.
    fn came_with(&self, commit: &CommitId, base: &CommitId) -> Result<bool, Error> {
        let repo = self.repo();
        Ok(repo.commit(commit).is_ok()
            && repo.is_ancestor(commit, base)?
            && !repo
                .is_ancestor(commit, &self.opening.base_tip)
                .unwrap_or(true))
    }

    /// Returns two parts of a fix as one. What others brought into the lane between them is not the fix.
    fn joined(&self, earlier: Walk, later: Walk) -> Result<Walk, Error> {
        let without = self
            .repo()
            .without(&later.base, &earlier.base, &earlier.head)?;
        let mut commits = earlier.commits;
        let is_new = |commit: &Commit| !commits.contains(commit);
        let more: Vec<Commit> = later.commits.into_iter().filter(is_new).collect();
        commits.extend(more);
        Ok(Walk {
            // Where other work stands on the first part, that work counts as well: a doubt too many, never a false yes.
            base: without.unwrap_or_else(|| earlier.left_at.clone()),
            left_at: earlier.left_at,
            head: later.head,
            commits,
        })
    }

    /// Returns the fix as what its request became in the lane, where the commits themselves are gone with their branch: a clone
    /// made afterwards never had them. That is one commit, unless the forge tells of a rebase.
    fn squashed(&self, head: &CommitId) -> Result<Option<Walk>, Error> {
        let mut merges = self.merges.iter().filter_map(|one| one.merged());
        let Some(merged) = merges.rfind(|merged| &merged.head == head) else {
            return Ok(None);
        };
        let snapshot = self.record.snapshot.as_ref();
        let count = match snapshot.filter(|one| &one.head == head) {
            Some(one) if merged.method == Some(MergeMethod::Rebase) => one.commits.len(),
            Some(_) | None => 1,
        };
        let commits = self.last_of_line(&merged.commit, count)?;
        let first = commits.first();
        let Some(base) = first.and_then(|first| first.parents.first()).cloned() else {
            return Ok(None);
        };
        Ok(Some(Walk {
            left_at: base.clone(),
            base,
            head: merged.commit.clone(),
            commits,
        }))
    }

    /// Returns where the fix leaves its base lane, as that lane was before any part of the fix arrived there.
    ///
    /// Without this a merged fix would have no commits of its own any more, and of one that was merged in two parts
    /// only the second would count.
    fn base_of(&self, head: &CommitId) -> Result<CommitId, Error> {
        let opened_at = &self.opening.base_tip;
        let Some(lane) = self.base_lane() else {
            let recorded = self.record.snapshot.as_ref().map(|one| one.base.clone());
            return Ok(recorded.unwrap_or_else(|| opened_at.clone()));
        };
        let mut cut = lane.clone();
        for _ in 0..MOST_PARTS {
            let Some(base) = self.repo().merge_base(head, &cut)? else {
                return Ok(opened_at.clone());
            };
            // A lane whose history was replaced may not have the place of the start any more.
            let is_before_start = self.repo().is_ancestor(&base, opened_at).unwrap_or(false);
            if is_before_start || (&base != head && !self.is_known(&base)) {
                return Ok(base);
            }
            match arrival(self.repo(), &base, &cut)? {
                Some(commit) if commit.is_merge() && commit.id != base => {
                    cut = commit.parents[0].clone();
                }
                Some(_) | None => return self.fast_forwarded(&base),
            }
        }
        Ok(opened_at.clone())
    }

    /// Returns the base of a fix that its lane was fast-forwarded to: the lane's own line does not say where it begins.
    fn fast_forwarded(&self, head: &CommitId) -> Result<CommitId, Error> {
        let is_before = |commit: &CommitId| -> Result<bool, Error> {
            Ok(commit != head
                && self.repo().commit(commit).is_ok()
                && self.repo().is_ancestor(commit, head)?)
        };
        let opened_at = &self.opening.base_tip;
        let recorded = self.record.snapshot.as_ref().map(|one| &one.base);
        let (start, is_recorded) = match recorded {
            Some(base) if is_before(base)? => (base, true),
            Some(_) | None if is_before(opened_at)? => (opened_at, false),
            Some(_) | None => return Ok(head.clone()),
        };
        // The lane was merged into the branch before: what came with it is not the fix. What came from BUILD after the
        // fix was recorded is no part of the lane: it must still show.
        let line = self
            .repo()
            .first_parents(std::slice::from_ref(start), head, MOST_COMMITS)?;
        for parent in line.iter().flat_map(|commit| commit.parents.iter().skip(1)) {
            if self.repo().is_ancestor(start, parent)?
                && !(is_recorded && self.is_in_build(parent)?)
            {
                return Ok(parent.clone());
            }
        }
        Ok(start.clone())
    }

    /// Tells whether a commit is in a lane of BUILD.
    fn is_in_build(&self, commit: &CommitId) -> Result<bool, Error> {
        let lanes = self.look.book.project.lanes.iter();
        for lane in lanes.filter(|lane| lane.layer == Layer::Build) {
            if let Some(tip) = self.look.lane_tip(&lane.name)
                && self.repo().is_ancestor(commit, tip)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
