//! The policy `two-branch` (flows.md 5.8.5): a request between two branches of their own shows the real conflict.
//!
//! Where a target stands is read from the branches and the requests between them, never remembered: the names follow
//! from the branch of the real request, and the request is the one between them.

use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::LaneName;
use crate::model::Seen;
use crate::model::StepId;
use crate::record::BuiltTarget;

use super::derive::rank;
use super::look::Look;

const BASE: &str = "-resolve";
const SIDE: &str = "-pick";

/// Returns the two branches beside the one of the real request: the target as it is, and the fix that is merged into
/// it. None where the names would be too long.
pub(super) fn branches(branch: &BranchName) -> Option<(BranchName, BranchName)> {
    let named = |ending: &str| format!("{branch}{ending}").parse().ok();
    Some((named(BASE)?, named(SIDE)?))
}

/// Returns the picked side that belongs to a base branch; none if it is no such branch.
fn side_of(base: &BranchName) -> Option<BranchName> {
    let name = base.as_str().strip_suffix(BASE)?;
    format!("{name}{SIDE}").parse().ok()
}

/// Tells whether what was built is a base branch on which people resolve, not the branch of a request into the target.
pub fn is_conflict_base(built: &BuiltTarget) -> bool {
    !built.conflicts.is_empty() && side_of(&built.branch).is_some()
}

/// A conflict on two branches.
pub(super) struct Conflict<'a> {
    pub(super) built: &'a BuiltTarget,
    pub(super) side: BranchName,
    pub(super) stage: Stage<'a>,
}

/// How far the resolution is.
#[derive(Clone, Copy)]
pub(super) enum Stage<'a> {
    /// The branches are there, and no request between them.
    Built,
    Open(&'a ChangeRequest),
    Merged(&'a ChangeRequest),
    Closed(&'a ChangeRequest),
}

impl<'a> Conflict<'a> {
    /// Returns the conflict of a target that is being resolved on two branches; none once the result was built.
    pub(super) fn of(look: Look<'a>, step: &StepId, lane: &LaneName) -> Option<Self> {
        let built = look.record.built.get(&(step.clone(), lane.clone()))?;
        if !is_conflict_base(built) {
            return None;
        }
        let side = side_of(&built.branch)?;
        look.tip(&built.branch)?;
        let between = look
            .requests()
            .iter()
            .filter(|request| request.from == side && request.into == built.branch);
        let stage = match between.max_by_key(|request| rank(request, false)) {
            Some(request) if request.is_open() => Stage::Open(request),
            Some(request) if request.merged().is_some() => Stage::Merged(request),
            Some(request) => Stage::Closed(request),
            None => {
                look.tip(&side)?;
                Stage::Built
            }
        };
        Some(Self { built, side, stage })
    }

    /// Tells whether people resolved it to the target as it is: no commit could be made of that.
    pub(super) fn keeps_target(&self, look: Look<'_>, lane: &LaneName) -> bool {
        let (Stage::Merged(_), Some(tip)) = (self.stage, look.tip(&self.built.branch)) else {
            return false;
        };
        let seen = look.seen.weighed.get(&(lane.clone(), tip.clone()));
        seen.and_then(Seen::value)
            .is_some_and(|weighed| weighed.changes_nothing)
    }

    /// Returns the request between the branches.
    pub(super) fn request(&self) -> Option<&'a ChangeRequest> {
        match self.stage {
            Stage::Built => None,
            Stage::Open(request) | Stage::Merged(request) | Stage::Closed(request) => Some(request),
        }
    }
}
