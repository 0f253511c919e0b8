//! What must not be carried into RUN (flows.md sections 1 and 3): work that is only in BUILD, and a fix that could not
//! leave the lane again, since the next version is being validated in it.
//!
//! From one lane of RUN into another everything may go that production has: the version that is validated there needs it.

use crate::model::Commit;
use crate::model::LaneName;
use crate::model::Layer;
use crate::playbook::Carry;
use crate::playbook::Strategy;

use super::carried::asked_for;
use super::carried::carried;
use super::derive::only_in_build;
use super::look::Look;
use super::look::sight;
use super::observation::Frozen;
use super::state::BLOCKED;
use super::state::StepState;
use super::state::WaitingOn;

/// Why a lane of RUN must not get what a step carries.
pub(super) enum Held<'a> {
    OnlyInBuild(Vec<&'a Commit>),
    Frozen(&'a Frozen),
    /// Nobody can tell whether RUN is frozen.
    Unseen(WaitingOn),
}

/// Returns why a target must not get what the step carries; never for a lane of BUILD.
pub(super) fn held<'a>(look: Look<'a>, carry: &Carry, lane: &LaneName) -> Option<Held<'a>> {
    let is_run = look.lane(lane).is_some_and(|lane| lane.layer == Layer::Run);
    // A lane that is merged as a whole says itself what comes along.
    if !is_run || carry.strategy == Strategy::MergeLane {
        return None;
    }
    let foreign = foreign(look, carry);
    if !foreign.is_empty() {
        return Some(Held::OnlyInBuild(foreign));
    }
    frozen(look, lane)
}

/// Returns what RUN is frozen for where a fix that comes into this lane could reach production only together with it.
pub(super) fn frozen_beside<'a>(look: Look<'a>, lane: &LaneName) -> Option<&'a Frozen> {
    match frozen(look, lane)? {
        Held::Frozen(frozen) => Some(frozen),
        Held::OnlyInBuild(_) | Held::Unseen(_) => None,
    }
}

/// Returns the stage and state of a target that must not get it, once it is its turn.
pub(super) fn blocked(
    look: Look<'_>,
    carry: &Carry,
    lane: &LaneName,
    before: &[WaitingOn],
) -> Option<(&'static str, StepState)> {
    let held = held(look, carry, lane).filter(|_| before.is_empty())?;
    Some((BLOCKED, held.state()))
}

/// Returns what would be carried that is only in BUILD.
fn foreign<'a>(look: Look<'a>, carry: &Carry) -> Vec<&'a Commit> {
    let contamination = look.fix().map_or(&[][..], |fix| &fix.contamination);
    let is_asked_for = asked_for(look.book, look.record).is_some();
    match carry.strategy {
        Strategy::MergeLane => Vec::new(),
        Strategy::MergeFix => contamination.iter().collect(),
        // A merge that somebody named brings more commits than itself.
        Strategy::Pick if is_asked_for => contamination.iter().collect(),
        Strategy::Pick => {
            let commits = carried(
                carry,
                look.book,
                look.record,
                look.fix(),
                look.requests(),
                look.lane_tip(&carry.source),
            );
            contamination
                .iter()
                .filter(|commit| commits.contains(&commit.id))
                .collect()
        }
    }
}

/// Returns the freeze of a lane from which the fix could reach production only together with the next version.
fn frozen<'a>(look: Look<'a>, lane: &LaneName) -> Option<Held<'a>> {
    let project = look.project();
    let production = &project.production()?.name;
    let is_entry = project.run_entry().is_some_and(|entry| &entry.name == lane);
    if !is_entry || lane == production || look.has_taken(production) {
        return None;
    }
    if let Some(blind) = sight("whether RUN is frozen", Some(&look.seen.frozen)) {
        return Some(Held::Unseen(blind));
    }
    let frozen = look.seen.frozen.value()?.as_ref()?;
    (&frozen.lane == lane).then_some(Held::Frozen(frozen))
}

impl Held<'_> {
    /// Returns the state of a target that is kept from its lane.
    pub(super) fn state(&self) -> StepState {
        match self {
            Self::OnlyInBuild(commits) => {
                StepState::Failed(commits.iter().map(|commit| only_in_build(commit)).collect())
            }
            Self::Frozen(frozen) => StepState::Waiting(vec![WaitingOn::Frozen {
                lane: frozen.lane.clone(),
                by: frozen.by.clone(),
            }]),
            Self::Unseen(blind) => StepState::Waiting(vec![blind.clone()]),
        }
    }

    /// Returns what else can be done; none where it is only to be seen.
    pub(super) fn way_out(&self, look: Look<'_>) -> Option<String> {
        match self {
            Self::OnlyInBuild(_) => Some(format!(
                "make it a hotfix, which people judge on its way to production: `lanekeeper start SLUG --title T --commits A..B` from {}",
                look.book.base
            )),
            Self::Frozen(frozen) => Some(format!(
                "bring it to production first: what production has may come to {} at any time",
                frozen.lane
            )),
            Self::Unseen(_) => None,
        }
    }
}
