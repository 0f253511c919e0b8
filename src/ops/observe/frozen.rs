//! Frozen RUN: work of the next version lies in the RUN lane that leads to production (flows.md 1, 8.3.7).
//!
//! Plain reachability is not enough: after a retrofit BUILD also contains the hotfix's commits. What counts is a
//! commit on a BUILD lane's own first-parent line, however it came: promoted directly, through a branch made for the
//! promotion, by fast-forward, or on a hotfix branch that BUILD was merged into. Of a squash only the request tells.

use crate::engine::Frozen;
use crate::git::Error;
use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::Lane;
use crate::model::Layer;

use super::Look;
use super::fix::Fix;
use super::fix::arrival;
use super::fix::border;

/// Branches that a BUILD lane is promoted by in the sfdx-hardis practice.
const PROMOTION: &str = "promotion/";

/// Finds BUILD work between production and the RUN lane that leads there.
pub(super) fn frozen(
    look: &Look,
    fix: Option<&Fix>,
    requests: &[ChangeRequest],
) -> Result<Option<Frozen>, Error> {
    let project = &look.book.project;
    let (Some(entry), Some(production)) = (project.run_entry(), project.production()) else {
        return Ok(None);
    };
    if entry.name == production.name {
        return Ok(None);
    }
    let (Some(entry_tip), Some(production_tip)) =
        (look.lane_tip(&entry.name), look.lane_tip(&production.name))
    else {
        return Ok(None);
    };
    let gap = Gap {
        look,
        entry,
        entry_tip,
        production_tip,
        arrived: entry
            .branch_name()
            .map_or_else(Vec::new, |branch| arrivals(requests, &branch)),
    };
    for lane in project
        .lanes
        .iter()
        .filter(|lane| lane.layer == Layer::Build)
    {
        let found = match gap.on_the_line_of(lane, fix)? {
            Some(merge) => Some(merge),
            None => gap.by_request(lane, fix)?,
        };
        if let Some(merge) = found {
            return Ok(Some(Frozen {
                lane: entry.name.clone(),
                by: lane.name.clone(),
                merge,
            }));
        }
    }
    Ok(None)
}

/// Returns the merged requests into the entry lane.
fn arrivals<'a>(requests: &'a [ChangeRequest], entry: &BranchName) -> Vec<&'a ChangeRequest> {
    requests
        .iter()
        .filter(|request| &request.into == entry && request.merged().is_some())
        .collect()
}

/// What is in the entry lane and not in production.
struct Gap<'a> {
    look: &'a Look,
    entry: &'a Lane,
    entry_tip: &'a CommitId,
    production_tip: &'a CommitId,
    arrived: Vec<&'a ChangeRequest>,
}

impl Gap<'_> {
    fn holds(&self, commit: &CommitId) -> Result<bool, Error> {
        let repo = &self.look.repo;
        Ok(repo.is_ancestor(commit, self.entry_tip)?
            && !repo.is_ancestor(commit, self.production_tip)?)
    }

    /// Returns the commit that brought work of this BUILD lane's own line into the gap.
    fn on_the_line_of(&self, lane: &Lane, fix: Option<&Fix>) -> Result<Option<Commit>, Error> {
        let Some(tip) = self.look.lane_tip(&lane.name) else {
            return Ok(None);
        };
        let repo = &self.look.repo;
        let production = std::slice::from_ref(self.production_tip);
        // All of it, however far the lane went on since: what was promoted from it may be old.
        let line = repo.first_parent_ids(production, tip, usize::MAX)?;
        let later = border(&line, |commit| {
            repo.is_ancestor(commit, self.entry_tip).map(|is| !is)
        })?;
        for commit in &line[later..] {
            // A BUILD lane that was fast-forwarded to RUN has RUN's own merges on its line: those are no BUILD work.
            let is_of_run = fix.is_some_and(|fix| fix.own.contains(commit))
                || self
                    .arrived
                    .iter()
                    .filter_map(|request| request.merged())
                    .any(|merged| &merged.commit == commit);
            if !is_of_run {
                let merge = arrival(repo, commit, self.entry_tip)?;
                return merge.map_or_else(|| repo.commit(commit), Ok).map(Some);
            }
        }
        Ok(None)
    }

    /// Returns the merge of a request that squashed this BUILD lane's work into the gap: one from the lane, or one
    /// of the fix with BUILD commits on it.
    fn by_request(&self, lane: &Lane, fix: Option<&Fix>) -> Result<Option<Commit>, Error> {
        let Some(tip) = self.look.lane_tip(&lane.name) else {
            return Ok(None);
        };
        let repo = &self.look.repo;
        for request in &self.arrived {
            let Some(merged) = request.merged() else {
                continue;
            };
            let is_promotion = lane.branch.matches(&request.from)
                || (request.from.as_str().starts_with(PROMOTION)
                    && lane.merges_into.contains(&self.entry.name));
            let mut brings = is_promotion;
            for commit in fix.map_or(&[][..], |fix| &fix.sight.contamination) {
                brings |= repo.commit(&merged.head).is_ok()
                    && repo.is_ancestor(&commit.id, &merged.head)?
                    && repo.is_ancestor(&commit.id, tip)?;
            }
            if brings && repo.commit(&merged.commit).is_ok() && self.holds(&merged.commit)? {
                return repo.commit(&merged.commit).map(Some);
            }
        }
        Ok(None)
    }
}
