//! How the fix came into RUN, and what a pick takes of it because of that (flows.md 5.3).

use crate::engine::Picks;
use crate::git::Error;
use crate::git::Repo;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::MergeMethod;
use crate::model::Merged;

use super::fix::MOST_COMMITS;

/// Where a fix is, and how it got into RUN.
pub(super) struct Way<'a> {
    pub(super) repo: &'a Repo,
    /// Commits from before the fix.
    pub(super) before: Vec<CommitId>,
    /// Where not everything between there and the head is the fix: what is.
    pub(super) only: Option<&'a [Commit]>,
    pub(super) head: &'a CommitId,
    /// The commit of the RUN lane that brought it, where no request tells.
    pub(super) arrival: Option<Commit>,
    /// The tip of its base lane, where that does not hold the branch.
    pub(super) without: Option<&'a CommitId>,
    /// The merges of its requests, oldest first.
    pub(super) merges: Vec<&'a Merged>,
}

/// What one merge into RUN made of the fix.
enum Shape {
    /// One commit on the RUN side that holds all of it: a merge or a squash.
    Whole(Commit),
    Octopus(CommitId),
    /// A merge whose first parent is the fix's side: picking it would bring RUN, not the fix.
    Sideways(CommitId),
    /// The commits themselves are in RUN.
    Forwarded,
    /// Other commits that make the same changes.
    Rebased(Vec<CommitId>),
    /// Rebased, but changed on the way: which commits they became cannot be told.
    Lost,
}

impl Way<'_> {
    /// Returns what a pick takes.
    pub(super) fn picks(&self) -> Result<Picks, Error> {
        let mut series = self.repo.series(&self.before, self.head, MOST_COMMITS)?;
        if let Some(only) = self.only {
            series.commits.retain(|commit| only.contains(commit));
        }
        let has_all = series.count <= MOST_COMMITS
            || self.only.is_some_and(|only| {
                let mut own = only.iter().filter(|commit| !commit.is_merge());
                own.all(|commit| series.commits.contains(commit))
            });
        let mut picks = Picks {
            evil: series.evil,
            too_many: (!has_all).then_some(series.count),
            single: series.commits,
            ..Picks::default()
        };
        let mut is_whole = true;
        for shape in self.shapes(&picks.single)? {
            match shape {
                Shape::Whole(commit) => {
                    // A conflict solved in the merge into RUN is in none of its commits.
                    if let [first, _] = &commit.parents[..] {
                        let first = std::slice::from_ref(first);
                        let inside = self.repo.series(first, &commit.id, MOST_COMMITS)?;
                        picks.evil = picks.evil.or(inside.evil);
                    }
                    picks.whole.push(commit);
                }
                Shape::Octopus(merge) => {
                    picks.octopus = Some(merge);
                    is_whole = false;
                }
                Shape::Sideways(merge) => {
                    picks.told.push(format!(
                        "the first parent of the merge {} is not the RUN side: the commits are picked one by one",
                        merge.short()
                    ));
                    is_whole = false;
                }
                Shape::Forwarded => is_whole = false,
                Shape::Rebased(ids) => {
                    let found = ids.iter().map(|id| self.repo.commit(id));
                    picks.single = found.collect::<Result<Vec<_>, Error>>()?;
                    is_whole = false;
                }
                Shape::Lost => {
                    picks.told.push(
                        "the fix was changed while it was rebased: the commits of its branch are picked".to_owned(),
                    );
                    is_whole = false;
                }
            }
        }
        if !is_whole {
            picks.whole.clear();
        }
        Ok(picks)
    }

    fn shapes(&self, single: &[Commit]) -> Result<Vec<Shape>, Error> {
        if self.merges.is_empty() {
            if let Some(lane) = self.without
                && let Some(found) = self
                    .counterparts(single, lane)?
                    .filter(|ids| !ids.is_empty())
            {
                return Ok(vec![Shape::Rebased(found)]);
            }
            let is_its_merge = |commit: &&Commit| {
                commit.parents.len() == 2 && commit.parents.get(1) == Some(self.head)
            };
            let merge = self.arrival.iter().filter(is_its_merge);
            return Ok(merge.map(|commit| Shape::Whole(commit.clone())).collect());
        }
        let merges = self.merges.iter();
        merges.map(|merged| self.shape(merged, single)).collect()
    }

    /// Returns the commits of a lane's own line that make the same changes: what a rebase made of them, also where
    /// somebody rebased by hand and pushed the lane without a request.
    fn counterparts(
        &self,
        single: &[Commit],
        tip: &CommitId,
    ) -> Result<Option<Vec<CommitId>>, Error> {
        let ids: Vec<CommitId> = single.iter().map(|commit| commit.id.clone()).collect();
        let known = self.before.iter().filter(|id| self.repo.commit(id).is_ok());
        let known: Vec<CommitId> = known.cloned().collect();
        let line = self.repo.first_parents(&known, tip, MOST_COMMITS)?;
        let line: Vec<CommitId> = line.into_iter().map(|commit| commit.id).collect();
        self.repo.counterparts(&ids, &line)
    }

    fn shape(&self, merged: &Merged, single: &[Commit]) -> Result<Shape, Error> {
        let commit = self.repo.commit(&merged.commit)?;
        let is_known = self.repo.commit(&merged.head).is_ok();
        if commit.id == merged.head
            || is_known && self.repo.is_ancestor(&commit.id, &merged.head)?
        {
            return Ok(Shape::Forwarded);
        }
        match &commit.parents[..] {
            [_, _, _, ..] => return Ok(Shape::Octopus(commit.id)),
            [first, _] => {
                let is_fix_side = is_known && self.repo.is_ancestor(&merged.head, first)?;
                return Ok(if is_fix_side {
                    Shape::Sideways(commit.id)
                } else {
                    Shape::Whole(commit)
                });
            }
            [] | [_] => {}
        }
        if single.len() < 2 || merged.method == Some(MergeMethod::Squash) {
            return Ok(Shape::Whole(commit));
        }
        Ok(match self.counterparts(single, &commit.id)? {
            Some(found) => Shape::Rebased(found),
            None if merged.method == Some(MergeMethod::Rebase) => Shape::Lost,
            None => Shape::Whole(commit),
        })
    }
}
