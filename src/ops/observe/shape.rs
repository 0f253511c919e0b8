//! How the fix came into RUN, and what a pick takes of it because of that (flows.md 5.3).

use crate::engine::Picks;
use crate::git::Error;
use crate::git::Repo;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::MergeMethod;
use crate::model::Merged;
use crate::model::Verdict;

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
pub(super) enum Shape {
    /// One commit on the RUN side that holds all of it: a merge or a squash.
    Whole(Commit),
    Octopus(CommitId),
    /// A merge whose first parent is the fix's side: picking it would bring RUN, not the fix.
    Sideways(CommitId),
    /// The commits themselves are in RUN.
    Forwarded,
    /// These commits became others that make the same changes.
    Rebased {
        own: Vec<CommitId>,
        became: Vec<CommitId>,
    },
    /// Rebased, but changed on the way: which commits they became cannot be told.
    Lost,
    /// One commit in front of which some of the fix was in RUN already: the last one of a rebase, most likely.
    Partial(CommitId),
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
                    if self.repo.has_own_changes(&self.repo.commit(&merge)?)? {
                        picks.evil.get_or_insert_with(|| merge.clone());
                    }
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
                Shape::Rebased { own, became } => {
                    // In their place: what the other parts were merged as is not told by this one.
                    let is_of = |one: &Commit| own.contains(&one.id) || became.contains(&one.id);
                    let found = became.iter().map(|id| self.repo.commit(id));
                    let found = found.collect::<Result<Vec<_>, Error>>()?;
                    let at = picks.single.iter().position(is_of).unwrap_or_default();
                    picks.single.retain(|one| !is_of(one));
                    picks.single.splice(at..at, found);
                    is_whole = false;
                }
                Shape::Lost => {
                    picks.told.push(
                        "the fix was changed while it was rebased: the commits of its branch are picked".to_owned(),
                    );
                    is_whole = false;
                }
                Shape::Partial(commit) => {
                    picks.told.push(format!(
                        "{} does not hold all of the fix, which was rebased, or changed on its way into RUN: the commits of its branch are picked",
                        commit.short()
                    ));
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
                return Ok(vec![Shape::Rebased {
                    own: single.iter().map(|commit| commit.id.clone()).collect(),
                    became: found,
                }]);
            }
            let is_its_merge = |commit: &&Commit| {
                commit.parents.len() == 2 && commit.parents.get(1) == Some(self.head)
            };
            let merge = self.arrival.iter().filter(is_its_merge);
            return Ok(merge.map(|commit| Shape::Whole(commit.clone())).collect());
        }
        let mut earlier = Vec::with_capacity(self.merges.len());
        let mut shapes = Vec::with_capacity(self.merges.len());
        for merged in &self.merges {
            shapes.push(self.shape(merged, single, &earlier)?);
            if self.repo.commit(&merged.head).is_ok() {
                earlier.push(merged.head.clone());
            }
        }
        Ok(shapes)
    }

    /// Returns the commits that a merge brought, oldest first: those of its head that neither the lane had `before`, nor
    /// an earlier part of the fix.
    pub(super) fn part(
        &self,
        head: &CommitId,
        before: &CommitId,
        earlier: &[CommitId],
    ) -> Result<Vec<Commit>, Error> {
        let known = self.before.iter().chain(earlier).chain([before]);
        let known: Vec<CommitId> = known.cloned().collect();
        Ok(self.repo.series(&known, head, MOST_COMMITS)?.commits)
    }

    /// Tells whether nothing of a part was in the lane `before` the commit that a merge made, so that the commit has to be
    /// all of it. The last commit of a rebase follows on the others.
    fn is_all_of_it(
        &self,
        head: &CommitId,
        before: &CommitId,
        earlier: &[CommitId],
    ) -> Result<bool, Error> {
        let mut base = self.repo.merge_base(head, before)?;
        for part in earlier {
            let is_newer = match &base {
                Some(base) => self.repo.is_ancestor(base, part)?,
                None => true,
            };
            if is_newer && self.repo.is_ancestor(part, head)? {
                base = Some(part.clone());
            }
        }
        let Some(base) = base else {
            return Ok(false);
        };
        let (verdict, _) = self.repo.presence_in_tree(&base, head, before)?;
        Ok(verdict == Verdict::Absent)
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

    /// Tells what one merge made of its part of the fix; `earlier` are the heads of the parts before it.
    pub(super) fn shape(
        &self,
        merged: &Merged,
        single: &[Commit],
        earlier: &[CommitId],
    ) -> Result<Shape, Error> {
        let commit = self.repo.commit(&merged.commit)?;
        let is_known = self.repo.commit(&merged.head).is_ok();
        if commit.id == merged.head
            || is_known && self.repo.is_ancestor(&commit.id, &merged.head)?
        {
            return Ok(Shape::Forwarded);
        }
        let before = match &commit.parents[..] {
            [_, _, _, ..] => return Ok(Shape::Octopus(commit.id)),
            [first, _] => {
                let is_fix_side = is_known && self.repo.is_ancestor(&merged.head, first)?;
                return Ok(if is_fix_side {
                    Shape::Sideways(commit.id)
                } else {
                    Shape::Whole(commit)
                });
            }
            [before] => before.clone(),
            [] => return Ok(Shape::Whole(commit)),
        };
        if merged.method == Some(MergeMethod::Squash) {
            return Ok(Shape::Whole(commit));
        }
        let part = if is_known {
            self.part(&merged.head, &before, earlier)?
        } else {
            single.to_vec()
        };
        if part.len() < 2 {
            return Ok(Shape::Whole(commit));
        }
        let became = self.counterparts(&part, &commit.id)?;
        if let Some(became) = became.filter(|ids| !ids.is_empty()) {
            return Ok(Shape::Rebased {
                own: part.into_iter().map(|commit| commit.id).collect(),
                became,
            });
        }
        if merged.method == Some(MergeMethod::Rebase) {
            return Ok(Shape::Lost);
        }
        // Most forges do not tell a squash from a rebase.
        let is_whole = !is_known || self.is_all_of_it(&merged.head, &before, earlier)?;
        Ok(if is_whole {
            Shape::Whole(commit)
        } else {
            Shape::Partial(commit.id)
        })
    }
}
