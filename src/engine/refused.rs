//! A merge that the forge refused by a rule of its own: asking the same again is refused again.

use crate::model::BY_A_RULE;
use crate::model::ChangeRequest;
use crate::model::LaneName;
use crate::model::Timestamp;
use crate::record::EffectState;

use super::intent::Intent;
use super::look::Look;
use super::merges::last_sent;
use super::plan::Call;
use super::plan::Desk;
use super::plan::Outcome;
use super::plan::Plan;
use super::state::StepState;
use super::state::WaitingOn;

/// Returns why just this merge was refused: for the head and the target as they are now, unless somebody decided or a check
/// ran since. A rule that is taken away is seen by nobody but an administrator, so asking again stays possible.
pub(super) fn refused(
    look: Look<'_>,
    request: &ChangeRequest,
    into: &LaneName,
) -> Option<WaitingOn> {
    let onto = look.lane_tip(into)?;
    let sent = last_sent(look.record, request.id, &request.head, onto)?;
    let EffectState::Observed { outcome, detail } = &sent.state else {
        return None;
    };
    let (_, why) = detail.split_once(BY_A_RULE)?;
    // The record has our clock, and whoever decided or ran has the forge's.
    let is_later = |at: Timestamp| look.by_our_clock(at) > sent.at;
    let has_changed = request.approvals.iter().any(|one| is_later(one.at))
        || request.checks.iter().any(|one| is_later(one.since));
    (outcome == Outcome::Refused.word() && !has_changed).then(|| WaitingOn::Refused {
        request: request.id,
        why: why.to_owned(),
    })
}

/// Returns the plan of what may be offered: not the same merge once more, but whatever else there is to do. Whoever knows that
/// the forge takes it now can still ask for it.
pub(super) fn offered(desk: &Desk<'_>, intent: &Intent, state: &StepState) -> Option<Plan> {
    let plan = desk.plan(intent).ok()?;
    let mut changes = plan.changes.iter();
    let has_merge = changes.any(|change| matches!(change.call, Call::Merge { .. }));
    (!(has_merge && is_refused(state))).then_some(plan)
}

/// Tells whether a step or target waits for what a refused merge lacked.
pub(super) fn is_refused(state: &StepState) -> bool {
    let StepState::Underway(on) = state else {
        return false;
    };
    on.iter().any(is_refusal)
}

/// Tells whether something is waited for because a merge was refused.
pub(super) fn is_refusal(reason: &WaitingOn) -> bool {
    matches!(reason, WaitingOn::Refused { .. })
}
