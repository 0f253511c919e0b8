//! What is inconsistent and worth a person's eye. A finding changes no state: it explains one.

use crate::engine::calls::merged_onto;
use crate::engine::look::Look;
use crate::engine::state::Evidence;
use crate::engine::state::Finding;
use crate::engine::state::Severity;
use crate::engine::state::StepProgress;
use crate::engine::state::StepState;
use crate::model::Approval;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::Deployment;
use crate::model::DeploymentState;
use crate::model::LaneName;
use crate::model::MergeMethod;
use crate::model::StepId;
use crate::playbook::Change;
use crate::playbook::Source;
use crate::playbook::Step;
use crate::playbook::Work;
use crate::record::EffectState;

use super::commits::only_in_build;

pub(super) fn all(look: Look<'_>, steps: &[StepProgress]) -> Vec<Finding> {
    let mut found = Vec::new();
    of_record(look, &mut found);
    of_fix(look, steps, &mut found);
    of_freeze(look, steps, &mut found);
    for (step, progress) in look.book.steps.iter().zip(steps) {
        match &step.work {
            Work::Change(change) => of_change(look, step, change, progress, &mut found),
            Work::Carry(_) => of_targets(look, step, progress, &mut found),
            Work::Commits { .. }
            | Work::Deploy { .. }
            | Work::Compare { .. }
            | Work::Seed { .. }
            | Work::Migration { .. }
            | Work::Confirm { .. }
            | Work::Postmortem => {}
        }
    }
    of_deployments(look, &mut found);
    of_debt(look, steps, &mut found);
    found.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    found
}

fn say(
    found: &mut Vec<Finding>,
    severity: Severity,
    step: Option<&StepId>,
    text: impl Into<String>,
) {
    found.push(Finding {
        severity,
        step: step.cloned(),
        text: text.into(),
    });
}

fn of_record(look: Look<'_>, found: &mut Vec<Finding>) {
    if look.record.is_beyond_us {
        let kinds: Vec<&str> = look
            .record
            .entries
            .iter()
            .filter(|entry| entry.event.is_none() && entry.is_critical)
            .map(|entry| entry.kind.as_str())
            .collect();
        say(
            found,
            Severity::Alarm,
            None,
            format!(
                "a newer version wrote a critical event ({}): update before changing anything",
                kinds.join(", ")
            ),
        );
    }
    for effect in look.record.effects.values().flatten() {
        if let EffectState::Unknown { why } = &effect.state {
            say(
                found,
                Severity::Alarm,
                None,
                format!("outcome unknown: {} ({why})", effect.call),
            );
        }
    }
}

fn of_fix(look: Look<'_>, steps: &[StepProgress], found: &mut Vec<Finding>) {
    let Some(fix) = look.fix() else {
        return;
    };
    for commit in &fix.contamination {
        say(found, Severity::Alarm, None, only_in_build(commit));
    }
    let is_needed = steps
        .iter()
        .any(|step| !step.targets.is_empty() && !step.state.is_over());
    if fix.head.is_none()
        && let Some(snapshot) = &look.record.snapshot
        && is_needed
    {
        let branch = look.fix_branch().map_or("", |branch| branch.as_str());
        say(
            found,
            Severity::Warning,
            None,
            format!(
                "the branch {branch} was deleted; its {} commit{} are on record, head {}",
                snapshot.commits.len(),
                plural(snapshot.commits.len()),
                snapshot.head.short()
            ),
        );
    }
}

fn of_freeze(look: Look<'_>, steps: &[StepProgress], found: &mut Vec<Finding>) {
    let Some(Some(frozen)) = look.seen.frozen.value() else {
        return;
    };
    let is_in_the_way = look.book.steps.iter().zip(steps).any(|(step, progress)| {
        !progress.state.is_over()
            && matches!(&step.work, Work::Change(change) if super::change::frozen_by(look, change).is_some())
    });
    let severity = if is_in_the_way {
        Severity::Warning
    } else {
        Severity::Info
    };
    say(
        found,
        severity,
        None,
        format!(
            "RUN is frozen: {} is being validated in {} since {} \"{}\"",
            frozen.by,
            frozen.lane,
            frozen.merge.id.short(),
            frozen.merge.subject()
        ),
    );
}

fn of_change(
    look: Look<'_>,
    step: &Step,
    change: &Change,
    progress: &StepProgress,
    found: &mut Vec<Finding>,
) {
    if let StepState::Done(evidence) = &progress.state {
        for one in evidence {
            if let Evidence::Found { lane, .. } = one {
                say(
                    found,
                    Severity::Warning,
                    Some(&step.id),
                    format!(
                        "the fix is in {lane}, but no change request of this hotfix brought it there"
                    ),
                );
            }
        }
    }
    let request = progress
        .request
        .and_then(|id| look.requests().iter().find(|request| request.id == id));
    closed(look, &step.id, None, progress, found);
    let Some(request) = request else {
        return;
    };
    adopted(look, &step.id, None, request, found);
    stale_approvals(&step.id, request, found);
    let must_merge = matches!(change.from, Source::Lane(_));
    merged_shape(look, &step.id, request, &change.into, must_merge, found);
}

fn of_targets(look: Look<'_>, step: &Step, progress: &StepProgress, found: &mut Vec<Finding>) {
    let Work::Carry(carry) = &step.work else {
        return;
    };
    for target in &progress.targets {
        let request = target
            .request
            .and_then(|id| look.requests().iter().find(|request| request.id == id));
        if let Some(request) = request {
            adopted(look, &step.id, Some(&target.lane), request, found);
            stale_approvals(&step.id, request, found);
            let must_merge = carry.method == MergeMethod::Merge;
            merged_shape(look, &step.id, request, &target.lane, must_merge, found);
        }
        if target.stage == "taken over by a person" {
            let branch = target.branch.as_ref().map_or("", |branch| branch.as_str());
            say(
                found,
                Severity::Info,
                Some(&step.id),
                format!("{branch} was taken over by a person: Lanekeeper will not write it again"),
            );
        }
        let key = (step.id.clone(), target.lane.clone());
        if let Some(built) = look.record.built.get(&key)
            && !built.pending.is_empty()
            && !target.state.is_over()
            && request.is_none_or(|request| request.head == built.head)
        {
            let names: Vec<&str> = built.pending.iter().map(CommitId::short).collect();
            say(
                found,
                Severity::Warning,
                Some(&step.id),
                format!(
                    "{} commit{} of the fix could not be applied on {} after the conflict: {}",
                    names.len(),
                    plural(names.len()),
                    built.branch,
                    names.join(", ")
                ),
            );
        }
    }
}

/// A recorded request that was closed without a merge.
fn closed(
    look: Look<'_>,
    step: &StepId,
    target: Option<&LaneName>,
    progress: &StepProgress,
    found: &mut Vec<Finding>,
) {
    let key = (step.clone(), target.cloned());
    let Some(opened) = look.record.requests.get(&key) else {
        return;
    };
    let is_closed = look.requests().iter().any(|request| {
        request.id == opened.request && !request.is_open() && request.merged().is_none()
    });
    if is_closed && !progress.state.is_over() {
        say(
            found,
            Severity::Warning,
            Some(step),
            format!(
                "change request {} was closed without a merge",
                opened.request
            ),
        );
    }
}

/// A request that somebody else opened and that we go on with.
fn adopted(
    look: Look<'_>,
    step: &StepId,
    target: Option<&LaneName>,
    request: &ChangeRequest,
    found: &mut Vec<Finding>,
) {
    let key = (step.clone(), target.cloned());
    let is_recorded = look
        .record
        .requests
        .get(&key)
        .is_some_and(|opened| opened.request == request.id);
    if !is_recorded && request.is_open() && request.hotfix.as_ref() != Some(&look.record.hotfix) {
        say(
            found,
            Severity::Info,
            Some(step),
            format!(
                "change request {} by {} goes the same way and is used",
                request.id,
                request.author.show()
            ),
        );
    }
}

fn stale_approvals(step: &StepId, request: &ChangeRequest, found: &mut Vec<Finding>) {
    if !request.is_open() {
        return;
    }
    let is_fresh = |old: &Approval| {
        request
            .approvals
            .iter()
            .any(|new| new.by == old.by && new.head == request.head)
    };
    let mut people: Vec<String> = request
        .approvals
        .iter()
        .filter(|approval| approval.head != request.head && !is_fresh(approval))
        .map(|approval| approval.by.show())
        .collect();
    people.dedup();
    if !people.is_empty() {
        say(
            found,
            Severity::Warning,
            Some(step),
            format!(
                "change request {} moved to {}: what {} decided was about an older head",
                request.id,
                request.head.short(),
                people.join(" and ")
            ),
        );
    }
}

/// After a merge: two parents where a merge commit was due, and the first is the target that was looked at.
fn merged_shape(
    look: Look<'_>,
    step: &StepId,
    request: &ChangeRequest,
    into: &LaneName,
    must_merge: bool,
    found: &mut Vec<Finding>,
) {
    let Some(merged) = request.merged() else {
        return;
    };
    let commit = look.commit(&merged.commit);
    let is_squashed = match commit {
        Some(commit) => !commit.is_merge(),
        None => merged
            .method
            .is_some_and(|method| method != MergeMethod::Merge),
    };
    if must_merge && is_squashed {
        say(
            found,
            Severity::Alarm,
            Some(step),
            format!(
                "change request {} into {into} was not merged with a merge commit: the next promotion will conflict falsely",
                request.id
            ),
        );
    }
    let Some(first) = commit.and_then(|commit| commit.parents.first()) else {
        return;
    };
    if let Some(onto) = merged_onto(look.record, request.id)
        && !first.as_str().starts_with(&onto)
    {
        say(
            found,
            Severity::Alarm,
            Some(step),
            format!(
                "change request {} was merged onto {} in {into}, not onto {onto} that was looked at: verify before going on",
                request.id,
                first.short()
            ),
        );
    }
}

fn of_deployments(look: Look<'_>, found: &mut Vec<Finding>) {
    for deployment in look.deployments() {
        let is_production = look
            .project()
            .environment(&deployment.environment)
            .is_some_and(|environment| environment.is_production);
        let is_ours = deployment.hotfix.as_ref() == Some(&look.record.hotfix)
            || look
                .record
                .deployments
                .values()
                .any(|id| id == &deployment.id);
        let began_before = look
            .opening()
            .is_some_and(|opening| deployment.updated_at < opening.at);
        if is_production && !is_ours && !began_before && has_run(deployment) {
            say(
                found,
                Severity::Warning,
                None,
                format!(
                    "deployment {} of {} to {} by {} was not made by this hotfix: {}",
                    deployment.id,
                    deployment.commit.short(),
                    deployment.environment,
                    deployment.created_by.show(),
                    deployment.state.word()
                ),
            );
        }
    }
}

fn has_run(deployment: &Deployment) -> bool {
    match deployment.state {
        DeploymentState::Running | DeploymentState::Succeeded | DeploymentState::Failed => true,
        DeploymentState::Blocked
        | DeploymentState::Approved
        | DeploymentState::Rejected
        | DeploymentState::Cancelled => false,
    }
}

/// Live in production and still missing in BUILD: the next version would bring the bug back.
fn of_debt(look: Look<'_>, steps: &[StepProgress], found: &mut Vec<Finding>) {
    let Some(production) = look.project().production() else {
        return;
    };
    if look.is_present(&production.name).is_none() {
        return;
    }
    let is_given_up = |lane: &LaneName| {
        steps
            .iter()
            .flat_map(|step| &step.targets)
            .any(|target| &target.lane == lane && target.state.is_over())
    };
    let missing: Vec<String> = look
        .build_lanes()
        .filter(|lane| look.is_present(&lane.name).is_none() && !is_given_up(&lane.name))
        .map(|lane| lane.name.to_string())
        .collect();
    if !missing.is_empty() {
        say(
            found,
            Severity::Info,
            None,
            format!(
                "debt: {} has the fix, {} not yet",
                production.name,
                missing.join(", ")
            ),
        );
    }
}

pub(super) fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
