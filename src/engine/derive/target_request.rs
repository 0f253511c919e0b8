//! Which change request is a target's: found again whoever opened it, and never a second one beside it.

use crate::engine::carried;
use crate::engine::look::Look;
use crate::engine::marker::Marker;
use crate::engine::ours::is_ours;
use crate::engine::two_branch::Conflict;
use crate::model::ChangeRequest;
use crate::model::LaneName;
use crate::model::StepId;
use crate::playbook::Carry;
use crate::playbook::Strategy;

use super::change::rank;

/// Returns the request that a target is about. What was merged or closed is over where another branch was begun after it:
/// then there is none until its own is opened.
pub(in crate::engine) fn target_request<'a>(
    look: Look<'a>,
    step: &StepId,
    carry: &Carry,
    lane: &LaneName,
) -> Option<&'a ChangeRequest> {
    let request = last_request(look, step, carry, lane)?;
    (request.is_open() || !is_begun_again(look, step, lane, request)).then_some(request)
}

/// Tells whether a branch was built for a target after its request was over, and waits for a request of its own.
fn is_begun_again(look: Look<'_>, step: &StepId, lane: &LaneName, request: &ChangeRequest) -> bool {
    let Some(built) = look.record.built.get(&(step.clone(), lane.clone())) else {
        return false;
    };
    if Conflict::of(look, step, lane).is_some() {
        return true;
    }
    let was_opened = |one: &ChangeRequest| one.from == built.branch && one.into == request.into;
    built.branch != request.from
        && look.tip(&built.branch).is_some()
        && !look.requests().iter().any(was_opened)
}

/// Returns the last request of one target, whatever was begun since: the recorded one, one from a branch of ours, ours by
/// marker, or one whose head says in a trailer that it carries this hotfix.
pub(in crate::engine) fn last_request<'a>(
    look: Look<'a>,
    step: &StepId,
    carry: &Carry,
    lane: &LaneName,
) -> Option<&'a ChangeRequest> {
    let into = look.branch_of(lane)?;
    let key = (step.clone(), Some(lane.clone()));
    let recorded = look.record.requests.get(&key).map(|opened| opened.request);
    let marker = Marker::new(look.record.hotfix.clone(), carried::key(step, lane));
    let built = look
        .record
        .built
        .get(&(step.clone(), lane.clone()))
        .map(|built| &built.branch);
    look.requests()
        .iter()
        .filter(|request| request.into == into)
        .filter_map(|request| {
            let is_marked = || {
                let found = Marker::find(request.body.raw());
                found.is_some_and(|found| found.is_same_place(&marker))
            };
            // In the order in which they are sure.
            let sureness = if recorded == Some(request.id) {
                4
            } else if Some(&request.from) == built {
                3
            } else if is_marked() {
                2
            } else if is_by_trailer(look, carry, request) || is_same_way(look, carry, lane, request)
            {
                1
            } else {
                return None;
            };
            Some((sureness, request))
        })
        .max_by_key(|(sureness, request)| {
            let (state, _, id) = rank(request, false);
            (state, *sureness, id)
        })
        .map(|(_, request)| request)
}

/// Tells whether a request that nobody here opened carries what was picked for this hotfix: its head says so in a
/// trailer. The last of the ways to find one, and closed ones are not found by it.
fn is_by_trailer(look: Look<'_>, carry: &Carry, request: &ChangeRequest) -> bool {
    carry.strategy == Strategy::Pick
        && request.hotfix.as_ref() == Some(&look.record.hotfix)
        && Marker::find(request.body.raw()).is_none()
        && Some(&request.from) != look.fix_branch()
        && (request.is_open() || request.merged().is_some())
        && !look.record.has_opened(request.id)
}

/// Tells whether a request that nobody here opened carries the same: from the hotfix branch itself, for a merged lane
/// an open one from that lane, for a pick the one of the team's own pipeline, or of `lanekeeper backport` without a
/// hotfix. Opening a second beside it would only confuse.
fn is_same_way(look: Look<'_>, carry: &Carry, lane: &LaneName, request: &ChangeRequest) -> bool {
    match carry.strategy {
        Strategy::MergeFix => {
            Some(&request.from) == look.fix_branch() && is_ours(look.record, request)
        }
        Strategy::MergeLane => {
            request.is_open() && Some(&request.from) == look.branch_of(&carry.source).as_ref()
        }
        Strategy::Pick => {
            carried::is_by_pipeline(look, carry, lane, request)
                || carried::is_alone(look, carry, request)
        }
    }
}
