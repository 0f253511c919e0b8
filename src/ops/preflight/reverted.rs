//! Lanes that took out again what would be carried: those of RUN, and the target itself. A merge says nothing of it.

use std::collections::BTreeSet;
use std::collections::HashMap;

use crate::git::Cell;
use crate::git::Error;
use crate::git::Pick;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::Lane;
use crate::model::LaneName;
use crate::model::Layer;
use crate::model::Verdict;

use super::super::ground::Ground;
use super::super::observe::Trial;

/// A lane, and the commit that took it out there, where that is known.
pub(super) type TakenOut = (LaneName, Option<CommitId>);

impl Ground {
    /// Returns the lanes that took out again what would be carried into a target.
    pub(super) fn taken_out(
        &self,
        target: &str,
        fix: Option<&(CommitId, CommitId)>,
        trial: &Trial,
    ) -> Vec<TakenOut> {
        // A lane that is merged brings more than the fix.
        let span = match fix {
            Some(fix) => Some(fix.clone()),
            None => trial.span(&self.repo).ok().flatten(),
        };
        let Some((base, head)) = span else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for (lane, tip) in self.asked_for(&[target]) {
            match self.gone_from(tip, &base, &head) {
                Ok(Some(by)) => found.push((lane.name.clone(), by)),
                Ok(None) => {}
                Err(error) => {
                    tracing::debug!(%error, lane = %lane.name, "what took it out is not told");
                }
            }
        }
        found
    }

    /// Returns the same for each of many picks into a target of its own. What a lane says of all of them is read once.
    pub(super) fn taken_out_of_each(&self, picks: &[Pick], targets: &[&str]) -> Vec<Vec<TakenOut>> {
        let lanes = self.asked_for(targets);
        if lanes.is_empty() {
            return vec![Vec::new(); picks.len()];
        }
        let mut fixes: Vec<Commit> = Vec::new();
        let mut places: HashMap<&CommitId, usize> = HashMap::new();
        for pick in picks {
            if places.contains_key(&pick.commit) {
                continue;
            }
            // What cannot be read is answered so; a first commit is compared with nothing.
            if let Ok(commit) = self.repo.commit(&pick.commit)
                && !commit.parents.is_empty()
            {
                places.insert(&pick.commit, fixes.len());
                fixes.push(commit);
            }
        }
        let tips: Vec<CommitId> = lanes.iter().map(|(_, tip)| (*tip).clone()).collect();
        let rows = self.repo.presence_many(&fixes, &tips, &[]);
        let rows = rows.unwrap_or_else(|error| {
            tracing::debug!(%error, "what took commits out is not told");
            Vec::new()
        });
        let of = |(pick, target): (&Pick, &&str)| {
            let place = places.get(&pick.commit);
            let Some(row) = place.and_then(|place| rows.get(*place)) else {
                return Vec::new();
            };
            let own = self.own_lane(target);
            let cells = lanes.iter().zip(row);
            let asked = cells.filter(|((lane, _), _)| is_asked(lane, own));
            let gone = asked.filter(|((_, tip), cell)| self.is_gone(&pick.commit, tip, cell));
            gone.map(|((lane, _), cell)| (lane.name.clone(), cell.reverted_by.clone()))
                .collect()
        };
        picks.iter().zip(targets).map(of).collect()
    }

    /// Returns the lane that words name.
    fn own_lane(&self, target: &str) -> Option<&LaneName> {
        self.lane(target).map(|(lane, _)| &lane.name)
    }

    /// Returns the lanes that are asked about where something is carried into these targets, with their tips.
    fn asked_for(&self, targets: &[&str]) -> Vec<(&Lane, &CommitId)> {
        let own = targets.iter().filter_map(|target| self.own_lane(target));
        let own: BTreeSet<&LaneName> = own.collect();
        let lanes = self.lanes.iter();
        let asked = lanes.filter(|(lane, _)| is_asked(lane, own.get(&lane.name).copied()));
        asked
            .filter_map(|(lane, tip)| Some((lane, tip.as_ref()?)))
            .collect()
    }

    /// Tells whether a lane had this and has nothing of it left, with the commit that says so of itself.
    pub(super) fn gone_from(
        &self,
        tip: &CommitId,
        base: &CommitId,
        head: &CommitId,
    ) -> Result<Option<Option<CommitId>>, Error> {
        if self.repo.presence(base, head, tip)?.verdict != Verdict::Absent {
            return Ok(None);
        }
        let by = self.repo.taken_out_by([base, head, tip], &[], None)?;
        let by = by.map(|taken_out| taken_out.revert);
        let was_there = by.is_some() || self.repo.is_ancestor(head, tip)?;
        Ok(was_there.then_some(by))
    }

    /// Tells the same of a commit that was judged together with others.
    fn is_gone(&self, commit: &CommitId, tip: &CommitId, cell: &Cell) -> bool {
        let is_there = || self.repo.is_ancestor(commit, tip).unwrap_or_default();
        cell.verdict == Verdict::Absent && (cell.reverted_by.is_some() || is_there())
    }
}

/// Tells whether a lane is asked about: those of RUN are, and the target's own.
fn is_asked(lane: &Lane, own: Option<&LaneName>) -> bool {
    lane.layer == Layer::Run || own == Some(&lane.name)
}
