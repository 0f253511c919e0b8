//! Findings about one step: requests that others closed, adopted, moved or merged in another way.

use crate::engine::look::Look;
use crate::engine::other_base;
use crate::engine::state::Evidence;
use crate::engine::state::Finding;
use crate::engine::state::Severity;
use crate::engine::state::StepProgress;
use crate::engine::state::StepState;
use crate::engine::state::TargetProgress;
use crate::model::Approval;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::ConflictKind;
use crate::model::LaneName;
use crate::model::MergeMethod;
use crate::model::StepId;
use crate::model::plural;
use crate::playbook::Change;
use crate::playbook::Source;
use crate::playbook::Step;
use crate::playbook::Work;

use super::findings::say;
use super::mergeability::leaves_out;

/// Seconds after a merge in which a forge may still be writing down what it did.
const SETTLED: i64 = 60;

pub(super) fn of_change(
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
    unclosed(look, &step.id, request, found);
    stale_approvals(&step.id, request, found);
    without_fix(look, &step.id, request, &change.into, found);
    let must_merge = matches!(change.from, Source::Lane(_));
    merged_shape(look, &step.id, request, &change.into, must_merge, found);
}

pub(super) fn of_targets(
    look: Look<'_>,
    step: &Step,
    progress: &StepProgress,
    found: &mut Vec<Finding>,
) {
    let Work::Carry(carry) = &step.work else {
        return;
    };
    for target in &progress.targets {
        closed(look, &step.id, Some(&target.lane), progress, found);
        let request = target
            .request
            .and_then(|id| look.requests().iter().find(|request| request.id == id));
        if let Some(request) = request {
            adopted(look, &step.id, Some(&target.lane), request, found);
            unclosed(look, &step.id, request, found);
            stale_approvals(&step.id, request, found);
            without_fix(look, &step.id, request, &target.lane, found);
            // How a request between two branches of ours was merged is nobody's concern: no lane took it.
            if look.branch_of(&target.lane).as_ref() == Some(&request.into) {
                let must_merge = carry.method == MergeMethod::Merge;
                merged_shape(look, &step.id, request, &target.lane, must_merge, found);
            }
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
            && (request.is_none_or(|request| request.head == built.head) || is_missing(target))
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

/// Tells whether commits that were left out when the branch was built are still not on it.
fn is_missing(target: &TargetProgress) -> bool {
    let mut open = target.undecided.iter();
    open.any(|path| path.kind == ConflictKind::Pending)
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

/// A merge that the forge never wrote down. Nothing of ours closes such a request, so a person is asked to.
fn unclosed(look: Look<'_>, step: &StepId, request: &ChangeRequest, found: &mut Vec<Finding>) {
    let Some(merged) = request.merged() else {
        return;
    };
    let is_settled = look.seen.now.seconds_since(merged.at) >= SETTLED;
    if is_settled && look.seen.unclosed.contains(&request.id) {
        say(
            found,
            Severity::Warning,
            Some(step),
            format!(
                "{} was moved by change request {} to {}, and the forge still shows it open: close it on its page, nothing is left to merge",
                request.into,
                request.id,
                merged.commit.short()
            ),
        );
    }
}

/// An open request of which people may think that it brings the fix.
fn without_fix(
    look: Look<'_>,
    step: &StepId,
    request: &ChangeRequest,
    into: &LaneName,
    found: &mut Vec<Finding>,
) {
    if request.is_open() && leaves_out(look, request, into) {
        say(
            found,
            Severity::Warning,
            Some(step),
            format!(
                "change request {} as it is now does not bring the fix into {into}",
                request.id
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
    if let Some(alarm) = other_base::alarm(look, request, into)
        && !other_base::is_cleared(look.record, &alarm)
    {
        say(found, Severity::Alarm, Some(step), alarm);
    }
}
