//! The next stage of each target: build its branch, open its request, finish its draft, merge it.

use crate::engine::derive::Gate;
use crate::engine::derive::conflict_with;
use crate::engine::derive::gate;
use crate::engine::derive::target_request;
use crate::engine::parts;
use crate::engine::refused::is_refusal;
use crate::engine::state::StepProgress;
use crate::engine::state::StepState;
use crate::engine::state::TargetProgress;
use crate::engine::state::WaitingOn;
use crate::engine::taken_out::taken_out;
use crate::engine::two_branch::Conflict;
use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::ConflictPath;
use crate::model::LaneName;
use crate::model::PredictionOutcome;
use crate::model::RequestId;
use crate::model::Subject;
use crate::model::Verdict;
use crate::playbook::Carry;
use crate::playbook::ConflictPolicy;
use crate::playbook::Step;
use crate::playbook::Strategy;

use super::Call;
use super::Desk;
use super::FactState;
use super::Level;
use super::Refusal;
use super::RequestRef;
use super::anew::plan_anew;
use super::anew::plan_without_branch;
use super::draft::Draft;
use super::opening::with_source_labels;
use super::refuse;
use super::request::merge_draft;
use super::request::open_at_head;
use super::request::same_head;
use super::request::unblock;
use super::target::plan_branch;
use super::two_branch::plan_conflict;
use super::weigh::MERGED;
use super::weigh::tell_fix;

/// Plans one target, or all that can move. Targets are independent: one that cannot move holds nobody up.
pub(super) fn plan_carry(
    desk: &Desk<'_>,
    step: &Step,
    carry: &Carry,
    progress: &StepProgress,
    target: Option<&LaneName>,
) -> Result<Draft, Refusal> {
    if let Some(lane) = target {
        let target = find(progress, lane)?;
        return plan_target(desk, step, carry, target);
    }
    let mut moving = Vec::new();
    let mut reasons = Vec::new();
    let mut hint = None;
    let mut is_over = false;
    for target in by_distance(desk, progress) {
        match plan_target(desk, step, carry, target) {
            Ok(draft) if desk.goes_further(&draft) => is_over = true,
            Ok(draft) => moving.push(draft),
            Err(refusal) => {
                reasons.extend(
                    refusal
                        .reasons
                        .into_iter()
                        .map(|reason| format!("{}: {reason}", target.lane)),
                );
                hint = hint.or(refusal.hint);
            }
        }
    }
    if moving.is_empty() && reasons.is_empty() && is_over {
        return Err(desk.over(format!("do {}", step.id)));
    }
    if moving.is_empty() {
        return Err(Refusal {
            wanted: format!("do {}", step.id),
            reasons,
            hint,
        });
    }
    let left_out = leave_alone(desk, &mut moving, step);
    let stays = reasons.iter().map(|why| format!("stays as it is: {why}"));
    let warnings = stays.chain(left_out);
    if moving.len() == 1 {
        let mut only = moving.remove(0);
        for warning in warnings {
            only.warn(warning);
        }
        return Ok(only);
    }
    let mut all = Draft::new(
        format!("{}: {} targets", step.title, moving.len()),
        Level::L1,
    )
    .step(&step.id, None);
    all.way_back = String::new();
    for draft in moving {
        all.absorb(draft);
    }
    for warning in warnings {
        all.warn(warning);
    }
    Ok(all)
}

/// Leaves out, among several, those that need a name of their own to be typed. Says which and why, one sentence each.
fn leave_alone(desk: &Desk<'_>, moving: &mut Vec<Draft>, step: &Step) -> Vec<String> {
    let mut left = Vec::new();
    let mut at = 0;
    while at < moving.len() && moving.len() > 1 {
        if moving[at].level < Level::L4 {
            at += 1;
            continue;
        }
        let draft = moving.remove(at);
        let loses_fix = draft.facts.iter().any(|fact| fact.state == FactState::Risk);
        let Some(lane) = draft.target else {
            continue;
        };
        let why = match draft.environment {
            Some(name) if !loses_fix => format!("it changes {name}"),
            Some(_) | None => "it would go on without the fix, or the rest of it".to_owned(),
        };
        let alone = desk.line(format!("do {} --target {lane}", step.id));
        left.push(format!(
            "{lane} is left out, since {why}: `{alone}` asks for the name"
        ));
    }
    left
}

/// Returns the targets that are not over, the closest to production first (flows.md 5.10): what a later one is built on
/// has its turn before.
fn by_distance<'a>(desk: &Desk<'_>, progress: &'a StepProgress) -> Vec<&'a TargetProgress> {
    let open = progress.targets.iter().filter(|one| !one.state.is_over());
    let mut open: Vec<&TargetProgress> = open.collect();
    let project = desk.look.project();
    open.sort_by_key(|target| project.distance(&target.lane).unwrap_or(usize::MAX));
    open
}

pub(super) fn find<'a>(
    progress: &'a StepProgress,
    lane: &LaneName,
) -> Result<&'a TargetProgress, Refusal> {
    progress
        .targets
        .iter()
        .find(|target| &target.lane == lane)
        .ok_or_else(|| {
            let known: Vec<&str> = progress
                .targets
                .iter()
                .map(|target| target.lane.as_str())
                .collect();
            refuse(
                format!("do {} --target {lane}", progress.id),
                format!("{lane} is no target of step `{}`", progress.id),
            )
            .hint(format!("targets: {}", known.join(", ")))
        })
}

fn plan_target(
    desk: &Desk<'_>,
    step: &Step,
    carry: &Carry,
    target: &TargetProgress,
) -> Result<Draft, Refusal> {
    let lane = &target.lane;
    let wanted = format!("do {} --target {lane}", step.id);
    if target.state.is_over() {
        let mut why = target.state.evidence();
        why.extend(target.state.why(desk.look.seen.now));
        return Err(refuse(wanted, format!("nothing to do: {}", why.join("; "))));
    }
    desk.can_see(&wanted)?;
    desk.may_go_into(&wanted, carry, lane)?;
    let request = target_request(desk.look, &step.id, carry, lane);
    let draft = match request {
        Some(request) if request.is_open() => match desk.look.seen.lacks_branch(request) {
            Some(gone) => {
                plan_without_branch(desk, &wanted, step, carry, lane, (request, gone.as_str()))
            }
            None => plan_open(desk, &wanted, step, carry, target, request),
        },
        Some(request) if request.merged().is_some() => {
            plan_again(desk, &wanted, step, carry, target, request)
        }
        Some(_) => plan_branch(desk, &wanted, step, carry, lane),
        None => match Conflict::of(desk.look, &step.id, lane) {
            Some(conflict) => plan_conflict(desk, &wanted, step, carry, target, &conflict),
            None => plan_branch(desk, &wanted, step, carry, lane),
        },
    }?;
    Ok(draft.step(&step.id, Some(lane)))
}

/// Carries the fix once more where a request was merged: what came later, or what is not there any more. It gets a branch
/// and a request of its own; those of the earlier part are over.
fn plan_again(
    desk: &Desk<'_>,
    wanted: &str,
    step: &Step,
    carry: &Carry,
    target: &TargetProgress,
    request: &ChangeRequest,
) -> Result<Draft, Refusal> {
    let (look, lane) = (desk.look, &target.lane);
    let would_change = parts::outcome(look, &step.id, lane) != Some(&PredictionOutcome::Already);
    if !would_change || !parts::is_open_again(look, &step.id, carry, lane, request) {
        let is_taken_out = taken_out(look, &step.id, carry, lane, request).is_some();
        return Err(Refusal {
            wanted: wanted.to_owned(),
            hint: Some(what_else(desk, step, lane, is_taken_out)),
            reasons: target.state.why(look.seen.now),
        });
    }
    let mut draft = plan_branch(desk, wanted, step, carry, lane)?;
    // What else it waits for is told by the plan itself.
    let is_verdict = |reason: &&WaitingOn| matches!(reason, WaitingOn::Verdict { .. });
    for reason in target.state.waits().iter().filter(is_verdict) {
        let was = reason.words(look.seen.now);
        draft.warn(format!("change request {} was {was}", request.id));
    }
    Ok(draft)
}

/// Says what can be done about a target that is merged, has not the fix, and is not carried once more.
fn what_else(desk: &Desk<'_>, step: &Step, lane: &LaneName, is_taken_out: bool) -> String {
    let give_up = desk.line(format!("abandon {} --target {lane} --reason R", step.id));
    let give_up = format!("`{give_up}`");
    let verdict = desk.look.presence(lane).map(|presence| presence.verdict);
    match verdict {
        Some(Verdict::Changed) => {
            let again = if is_taken_out {
                "take back what took it out (git revert)"
            } else {
                "carry it again by hand"
            };
            let accept = desk.line(format!("acknowledge {lane} --note N"));
            format!(
                "look at {lane}; if the fix is alive there: {accept}; else {again}, or {give_up}"
            )
        }
        // The reasons say why the same again changes nothing.
        Some(Verdict::Absent) => {
            format!("take back what took it out of {lane} (git revert), or {give_up}")
        }
        Some(Verdict::Present | Verdict::Pending | Verdict::Unknown) | None => {
            format!("look at {lane}; then carry it again by hand, or {give_up}")
        }
    }
}

fn plan_open(
    desk: &Desk<'_>,
    wanted: &str,
    step: &Step,
    carry: &Carry,
    target: &TargetProgress,
    request: &ChangeRequest,
) -> Result<Draft, Refusal> {
    let lane = &target.lane;
    let tip = desk.fresh_tip(wanted, &request.from)?;
    same_head(wanted, request, &tip)?;
    if let StepState::Failed(why) = &target.state {
        return Err(Refusal {
            wanted: wanted.to_owned(),
            reasons: why.clone(),
            hint: None,
        });
    }
    match gate(desk.look, &step.id, lane, request) {
        Gate::Open => {}
        Gate::Undecided(paths) => {
            let at = (request.id, &request.from);
            return Err(conflicts(desk, wanted, step, lane, at, &paths));
        }
        Gate::Blind(blind) => return Err(refuse(wanted, blind.words(desk.look.seen.now))),
    }
    if !request.is_draft
        && let Some(paths) = conflict_with(desk.look, request, lane)
    {
        return plan_anew(desk, wanted, step, carry, lane, (request, paths));
    }
    let waits = target.state.waits().iter();
    let waits: Vec<WaitingOn> = waits.filter(|one| !is_refusal(one)).cloned().collect();
    if let Some(mut draft) = unblock(desk, request, lane, &waits) {
        // Every path is decided: the labels are those of a clean request from now on.
        for change in &mut draft.changes {
            if let Call::MarkReady { labels, .. } = &mut change.call {
                *labels = with_source_labels(desk, carry, &carry.labels);
            }
        }
        tell_resolved(desk, step, lane, request, &mut draft);
        return Ok(draft);
    }
    if !waits.is_empty() {
        return Err(Refusal {
            wanted: format!("merge change request {} into {lane}", request.id),
            reasons: desk.words(&waits),
            hint: desk.way_around(&Subject::Request(request.id)),
        });
    }
    let is_lane_to_lane = carry.strategy == Strategy::MergeLane;
    let method = desk.method(wanted, &[carry.method], is_lane_to_lane)?;
    let into = desk.branch(wanted, lane)?;
    let onto = desk.fresh_tip(wanted, &into)?;
    let mut draft = merge_draft(desk, wanted, request, lane, &onto, method)?;
    tell_fix(desk, &mut draft, carry, lane, (&request.head, MERGED));
    tell_share(desk, step, carry, lane, request, &mut draft);
    Ok(draft)
}

/// Says where a request carries only a part of the fix: what came later needs another one. Merging it is right all the
/// same, one part after the other.
fn tell_share(
    desk: &Desk<'_>,
    step: &Step,
    carry: &Carry,
    lane: &LaneName,
    request: &ChangeRequest,
    draft: &mut Draft,
) {
    let Some(share) = parts::share(desk.look, &step.id, carry, lane, request) else {
        return;
    };
    let key = (step.id.clone(), lane.clone());
    let built = desk.look.record.built.get(&key);
    let is_touched =
        built.is_some_and(|built| built.branch == request.from && built.head != request.head);
    draft.warn(if is_touched {
        format!(
            "change request {} was built with {}, and somebody pushed to it since: see whether the rest is in it",
            request.id,
            share.words()
        )
    } else {
        format!(
            "change request {} carries {}: what came later is carried after it",
            request.id,
            share.words()
        )
    });
}

/// The status that told of the conflicts tells that they are over, before the draft is finished: who finds it finished
/// later, after a death in between, would not say so any more.
fn tell_resolved(
    desk: &Desk<'_>,
    step: &Step,
    lane: &LaneName,
    request: &ChangeRequest,
    draft: &mut Draft,
) {
    let key = (step.id.clone(), lane.clone());
    let built = desk.look.record.built.get(&key);
    let had_conflicts =
        built.is_some_and(|built| built.branch == request.from && !built.conflicts.is_empty());
    if request.is_draft && had_conflicts && desk.look.seen.capabilities.has_statuses {
        draft.call(
            Call::SetStatus {
                request: RequestRef::Id(request.id),
                head: Some(request.head.clone()),
                is_resolved: true,
                text: "every conflicted path is decided".to_owned(),
            },
            vec![open_at_head(request)],
        );
        draft.changes.rotate_right(1);
    }
}

/// Refuses while paths are undecided on a branch, which a request is about.
pub(super) fn conflicts(
    desk: &Desk<'_>,
    wanted: &str,
    step: &Step,
    lane: &LaneName,
    (request, branch): (RequestId, &BranchName),
    paths: &[ConflictPath],
) -> Refusal {
    let mut reasons = desk.words(&[WaitingOn::Conflicts {
        request: Some(request),
        paths: paths.to_vec(),
    }]);
    let carry = step.work.carry();
    let policy = carry.map_or(ConflictPolicy::DraftWithMarkers, |carry| carry.conflict);
    reasons.extend(paths.iter().map(|path| {
        format!(
            "{} ({}): {}",
            path.path,
            path.kind.word(),
            crate::engine::calls::how_to_resolve(path.kind, policy)
        )
    }));
    let at = format!("{} --target {lane}", step.id);
    let resolve = desk.line(format!("resolve {at}"));
    let decide = desk.line(format!("decide {at} --path PATH --note N"));
    Refusal {
        wanted: wanted.to_owned(),
        reasons,
        hint: Some(format!(
            "{resolve}; or resolve on {branch} and push; to keep a path as it stands: {decide}"
        )),
    }
}
