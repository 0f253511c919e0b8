//! One change request into a RUN lane, from opened to merged to verified.

use crate::engine::look::Look;
use crate::engine::look::sight;
use crate::engine::ours::is_ours;
use crate::engine::refused::refused;
use crate::engine::seats::Bench;
use crate::engine::state::Evidence;
use crate::engine::state::SeatState;
use crate::engine::state::StepProgress;
use crate::engine::state::StepState;
use crate::engine::state::WaitingOn;
use crate::engine::taken_out::taken_out_of_run;
use crate::engine::unrun::nothing_ran;
use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::CheckName;
use crate::model::CheckState;
use crate::model::LaneName;
use crate::model::Project;
use crate::model::Signed;
use crate::model::StepId;
use crate::model::Timestamp;
use crate::playbook::Change;
use crate::playbook::Source;
use crate::record::Record;

use super::arrived::alive;
use super::arrived::rule;
use super::freeze::freeze;
use super::freeze::predicted_conflict;
use super::mergeability::mergeability;

pub(super) fn derive_change(look: Look<'_>, change: &Change, blank: StepProgress) -> StepProgress {
    let request = find_request(look, &blank.id, change);
    let seats = request
        .map(|request| seats(look, change, request, &blank.id))
        .unwrap_or_default();
    let state = state(look, change, request, &blank.id);
    StepProgress {
        stages: stages(look, change, request, &state, &seats),
        request: request.map(|request| request.id),
        seats,
        state,
        ..blank
    }
}

/// Returns the branch that the request comes from.
pub(super) fn source_branch(look: Look<'_>, change: &Change) -> Option<BranchName> {
    match &change.from {
        Source::Fix => look.fix_branch().cloned(),
        Source::Lane(lane) => look.branch_of(lane),
    }
}

/// Returns the request that a change step is about: an open one before a merged one before a closed one, the
/// recorded one first among equals. A promotion of an earlier hotfix is not ours, however alike it looks; one that
/// took our fix along is, whoever opened it.
pub(in crate::engine) fn find_request<'a>(
    look: Look<'a>,
    step: &StepId,
    change: &Change,
) -> Option<&'a ChangeRequest> {
    let from = source_branch(look, change)?;
    let into = look.branch_of(&change.into)?;
    let recorded = look
        .record
        .requests
        .get(&(step.clone(), None))
        .map(|opened| opened.request);
    look.requests()
        .iter()
        .filter(|request| request.from == from && request.into == into)
        .filter(|request| {
            recorded == Some(request.id)
                || is_ours(look.record, request)
                || (request.is_open() && matches!(change.from, Source::Lane(_)))
                || brought(look, &change.into, request)
        })
        .max_by_key(|request| rank(request, recorded == Some(request.id)))
}

/// Returns the seats of a request. What people decided about a promotion before this fix was in it was not about this fix.
fn seats(
    look: Look<'_>,
    change: &Change,
    request: &ChangeRequest,
    step: &StepId,
) -> Vec<SeatState> {
    let bench = Bench::of_request(look.project(), request).lifting(look.record);
    let seats = bench.seats(&look.seen.me);
    let Some(lane) = lacks_fix(look, change, request, step) else {
        return seats;
    };
    let empty = |seat: SeatState| SeatState {
        taken_by: None,
        overridden: None,
        at: None,
        signed: Signed::default(),
        why_not_me: Some(format!("the fix is not in {lane} yet")),
        ..seat
    };
    seats.into_iter().map(empty).collect()
}

/// Returns the lane that an open request of somebody else comes from, where the fix is not in what it would bring now.
fn lacks_fix<'a>(
    look: Look<'_>,
    change: &'a Change,
    request: &ChangeRequest,
    step: &StepId,
) -> Option<&'a LaneName> {
    let Source::Lane(lane) = &change.from else {
        return None;
    };
    let recorded = look.record.requests.get(&(step.clone(), None));
    let is_recorded = recorded.is_some_and(|opened| opened.request == request.id);
    let is_own = is_recorded || is_ours(look.record, request);
    let is_in_it = look.is_present(lane).is_some() && look.lane_tip(lane) == Some(&request.head);
    (request.is_open() && !is_own && !is_in_it).then_some(lane)
}

/// Tells whether a request brought the fix into a lane, whoever opened it: two hotfixes share a promotion.
fn brought(look: Look<'_>, lane: &LaneName, request: &ChangeRequest) -> bool {
    let landed = look.fix().and_then(|fix| fix.landed.get(lane));
    landed.is_some() && request.merged().map(|merged| &merged.commit) == landed
}

/// Returns how much a request counts as the one that a step is about.
pub(in crate::engine) fn rank(request: &ChangeRequest, is_recorded: bool) -> (u8, bool, u64) {
    let state = if request.is_open() {
        2
    } else if request.merged().is_some() {
        1
    } else {
        0
    };
    (state, is_recorded, request.id.0)
}

fn state(
    look: Look<'_>,
    change: &Change,
    request: Option<&ChangeRequest>,
    step: &StepId,
) -> StepState {
    if let Some(done) = done(look, change, request) {
        return done;
    }
    if let Some(request) = request.filter(|request| request.is_open()) {
        return open(look, change, request, step);
    }
    let mut waits: Vec<WaitingOn> = Vec::new();
    waits.extend(sight("the remote", Some(&look.seen.tips)));
    waits.extend(sight("the change requests", Some(&look.seen.requests)));
    if let Some(request) = request.filter(|request| request.merged().is_some()) {
        let taken_out = taken_out_of_run(look, &change.into, request);
        let how = taken_out.map(|taken_out| taken_out.words(&change.into));
        waits.extend(verdict(look, &change.into, None, how));
        // Another request brings them.
        if has_more(look, change, request) && waits.len() == 1 {
            waits.clear();
        }
        return StepState::Underway(waits);
    }
    waits.extend(freeze(look, change, step));
    waits.extend(predicted_conflict(look, change));
    if waits.is_empty() {
        StepState::Ready
    } else {
        StepState::Waiting(waits)
    }
}

/// Tells whether commits came onto the fix after its request was merged. Of a branch that is gone nothing more comes.
fn has_more(look: Look<'_>, change: &Change, request: &ChangeRequest) -> bool {
    let head = look.fix().and_then(|fix| fix.head.as_ref());
    change.from == Source::Fix && head.is_some_and(|head| head != &request.head)
}

/// Returns the evidence where the fix is in the lane, by our request or behind our back.
fn done(look: Look<'_>, change: &Change, request: Option<&ChangeRequest>) -> Option<StepState> {
    let merged = request.and_then(|request| Some((request.id, request.merged()?)));
    let presence = look.is_present(&change.into)?;
    let mut evidence = Vec::new();
    if let Some((request, merged)) = merged {
        evidence.push(Evidence::Merged {
            request,
            commit: merged.commit.clone(),
            by: merged.by.as_ref().map(crate::model::Person::show),
            at: merged.at,
        });
    }
    // CHANGED is for a person to judge, by an acknowledgement that expires; nobody's note makes ABSENT done.
    let is_found = merged.is_none() && look.acknowledgement(presence).is_none();
    evidence.push(if is_found {
        Evidence::Found {
            lane: change.into.clone(),
            rule: rule(presence),
            tip: presence.tip.clone(),
        }
    } else {
        alive(look, &change.into, presence)
    });
    Some(StepState::Done(evidence))
}

/// Returns why a merged fix is not yet proven to be in a lane, with what of it came later, if anything did, and how that
/// came to be so, where it is known.
pub(super) fn verdict(
    look: Look<'_>,
    lane: &LaneName,
    later: Option<String>,
    how: Option<String>,
) -> Option<WaitingOn> {
    let seen = look.seen.presence.get(lane);
    sight(&format!("whether the fix is in {lane}"), seen).or_else(|| {
        let verdict = seen?.value()?.verdict;
        Some(WaitingOn::Verdict {
            lane: lane.clone(),
            verdict: verdict.word(),
            later,
            how,
        })
    })
}

fn open(look: Look<'_>, change: &Change, request: &ChangeRequest, step: &StepId) -> StepState {
    let bench = Bench::of_request(look.project(), request);
    let mut failed = bench.rejections();
    if change.from == Source::Fix
        && let Some(fix) = look.fix()
    {
        failed.extend(fix.contamination.iter().map(super::commits::only_in_build));
    }
    if !failed.is_empty() {
        return StepState::Failed(failed);
    }
    let mut waits = request_waits(look, request, &change.into);
    waits.extend(freeze(look, change, step));
    StepState::Underway(waits)
}

/// Returns what an open request waits for by itself: sight, draft, checks, seats, mergeability.
pub(super) fn request_waits(
    look: Look<'_>,
    request: &ChangeRequest,
    into: &LaneName,
) -> Vec<WaitingOn> {
    let mut waits: Vec<WaitingOn> = Vec::new();
    waits.extend(sight("the remote", Some(&look.seen.tips)));
    waits.extend(sight("the change requests", Some(&look.seen.requests)));
    if request.is_draft {
        waits.push(WaitingOn::Draft {
            request: request.id,
        });
    }
    let open_checks = checks(look, request, into);
    let is_asked = !open_checks.is_empty();
    waits.extend(open_checks);
    // Only where a check is asked for: what nobody asks for keeps nothing from being merged, and its plan says so.
    waits.extend(nothing_ran(look, request).filter(|_| is_asked).map(|why| {
        WaitingOn::NothingRan {
            request: request.id,
            why,
        }
    }));
    let bench = Bench::of_request(look.project(), request).lifting(look.record);
    waits.extend(bench.waits());
    waits.extend(mergeability(look, request, into));
    waits.extend(refused(look, request, into));
    // A draft of ours has such a label from its conflicts, and loses it when it is made ready.
    let said = request.says_do_not_merge().filter(|_| !request.is_draft);
    waits.extend(said.map(|said| WaitingOn::DoNotMerge {
        request: request.id,
        said,
    }));
    waits
}

/// Returns, in words, what an open request lacks by now of what its merge was planned with: seats, and required checks. Not
/// every forge asks for these, and people change their minds after a plan. Nothing where its target is no lane.
pub fn merge_lacks(
    project: &Project,
    request: &ChangeRequest,
    record: &Record,
    now: Timestamp,
) -> Vec<String> {
    let Some(into) = project.lane_of_branch(&request.into) else {
        return Vec::new();
    };
    let bench = Bench::of_request(project, request).lifting(record);
    let mut lacks = bench.rejections();
    let open_checks = required_checks(project, request, &into.name);
    let waits = open_checks.into_iter().chain(bench.waits());
    lacks.extend(waits.map(|wait| wait.words(now)));
    lacks
}

/// Returns the required checks that have not passed for exactly the present head.
pub(super) fn checks(look: Look<'_>, request: &ChangeRequest, into: &LaneName) -> Vec<WaitingOn> {
    required_checks(look.project(), request, into)
}

fn required_checks(project: &Project, request: &ChangeRequest, into: &LaneName) -> Vec<WaitingOn> {
    let mut required: Vec<CheckName> = project
        .required_checks(into)
        .map(|rule| rule.name.clone())
        .collect();
    for check in &request.checks {
        if check.is_required && !required.contains(&check.name) {
            required.push(check.name.clone());
        }
    }
    required
        .into_iter()
        .filter_map(|name| {
            let latest = request
                .checks
                .iter()
                .filter(|check| check.name == name && check.head == request.head)
                .max_by_key(|check| check.since);
            let (state, since) = latest
                .map_or((CheckState::Missing, request.updated_at), |check| {
                    (check.state, check.since)
                });
            let job = latest.and_then(|check| check.job.clone());
            (state != CheckState::Passed).then_some(WaitingOn::Check {
                name,
                state,
                since,
                request: request.id,
                job,
            })
        })
        .collect()
}

fn stages(
    look: Look<'_>,
    change: &Change,
    request: Option<&ChangeRequest>,
    state: &StepState,
    seats: &[SeatState],
) -> Vec<(&'static str, bool)> {
    let is_done = matches!(state, StepState::Done(_));
    let is_merged = is_done || request.is_some_and(|request| request.merged().is_some());
    let reached = |fact: &dyn Fn(&ChangeRequest) -> bool| is_merged || request.is_some_and(fact);
    vec![
        ("opened", reached(&ChangeRequest::is_open)),
        (
            "checks",
            reached(&|request| request.is_open() && checks(look, request, &change.into).is_empty()),
        ),
        (
            "seats",
            reached(&|request| request.is_open() && seats.iter().all(SeatState::is_settled)),
        ),
        (
            "mergeable",
            reached(&|request| {
                request.is_open()
                    && !request.is_draft
                    && mergeability(look, request, &change.into).is_none()
            }),
        ),
        ("merged", is_merged),
        ("verified", is_done),
    ]
}
