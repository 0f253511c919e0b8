//! Which change requests and deployments belong to a hotfix, and which of the requests brought its fix into RUN.

use crate::model::ChangeRequest;
use crate::model::Decision;
use crate::model::Deployment;
use crate::model::DeploymentId;
use crate::model::DeploymentState;
use crate::model::Merged;
use crate::model::Subject;
use crate::playbook::Playbook;
use crate::record::EffectState;
use crate::record::Event;
use crate::record::Record;

use super::look::Look;
use super::plan::Outcome;
use super::second_run::retry_words;

/// How the words of pressing start begin.
const START: &str = "start deployment ";

/// Tells whether a request belongs to this hotfix: by its marker, or from the hotfix branch without any.
///
/// A branch name is used again sooner or later. What an earlier hotfix did from a branch of that name is not ours.
pub fn is_ours(record: &Record, request: &ChangeRequest) -> bool {
    match &request.hotfix {
        Some(hotfix) => hotfix == &record.hotfix,
        None => record
            .opening
            .as_ref()
            .is_some_and(|opening| opening.branch == request.from),
    }
}

/// Tells whether a request is a draft of which nobody decided anything at its head: what it makes of its target is not what
/// it is for.
pub fn is_undecided_draft(record: &Record, request: &ChangeRequest) -> bool {
    let mut decided = record.decided.values().flatten();
    request.is_draft && !decided.any(|path| path.head == request.head)
}

/// Tells whether a deployment was made for this hotfix: it names it, or the record tells that it was created, approved,
/// started or seen to end for it. A forge on which nobody creates one names none.
pub(super) fn is_own_golive(record: &Record, deployment: &Deployment) -> bool {
    deployment.hotfix.as_ref() == Some(&record.hotfix) || is_on_record(record, &deployment.id)
}

fn is_on_record(record: &Record, id: &DeploymentId) -> bool {
    record.deployments.values().any(|own| own == id)
        || has_ended(record, id)
        || was_approved(record, id)
        || was_started(record, id)
}

/// Tells whether the record has the end of a deployment; its beginning may have been somebody else's.
fn has_ended(record: &Record, id: &DeploymentId) -> bool {
    let mut events = record.entries.iter().filter_map(|one| one.event.as_ref());
    events.any(
        |event| matches!(event, Event::DeploymentFinished { deployment, .. } if deployment == id),
    )
}

fn was_approved(record: &Record, id: &DeploymentId) -> bool {
    let mut approvals = record.approvals.iter();
    approvals.any(|(subject, approval)| {
        matches!(subject, Subject::Deployment(about) if about == id)
            && approval.decision == Decision::Approved
    })
}

/// Tells whether somebody pressed start for the hotfix, or may have: the answer comes on record later than the call.
fn was_started(record: &Record, id: &DeploymentId) -> bool {
    let begins = format!("{START}{id} of ");
    has_called(record, |call| call.starts_with(&begins))
}

/// Tells the same of whatever brought this commit to this environment: a go-live of which a job runs again may have another
/// number.
pub(super) fn was_started_here(record: &Record, deployment: &Deployment) -> bool {
    let ends = format!(
        " of {} to {}",
        deployment.commit.short(),
        deployment.environment
    );
    has_called(record, |call| {
        call.starts_with(START) && call.ends_with(&ends)
    })
}

/// Tells whether a call of the hotfix set a deployment going, or may have: a start, migrations, a job that ran again, of which
/// a forge makes another job and another deployment.
pub(super) fn was_begun(record: &Record, deployment: &Deployment) -> bool {
    let (commit, environment) = (&deployment.commit, &deployment.environment);
    let migrations = format!("run migrations of {} in {environment}", commit.short());
    let jobs = deployment.jobs.iter();
    let again: Vec<String> = jobs
        .map(|job| retry_words(&job.name, commit, Some(environment)))
        .collect();
    let is_again = |call: &str| again.iter().any(|words| call.starts_with(words.as_str()));
    was_started(record, &deployment.id)
        || has_called(record, |call| call == migrations || is_again(call))
}

/// Tells whether the record has such a call, and not that it was refused.
fn has_called(record: &Record, is_it: impl Fn(&str) -> bool) -> bool {
    let mut effects = record.effects.values().flatten();
    effects.any(|effect| {
        is_it(&effect.call)
            && match &effect.state {
                EffectState::Declared | EffectState::Unknown { .. } => true,
                EffectState::Observed { outcome, .. } => outcome != Outcome::Refused.word(),
            }
    })
}

/// Tells whether something of a deployment ran, and nobody called it off.
pub(super) fn has_run(deployment: &Deployment) -> bool {
    match deployment.state {
        DeploymentState::Running | DeploymentState::Succeeded | DeploymentState::Failed => true,
        DeploymentState::Blocked
        | DeploymentState::Approved
        | DeploymentState::Rejected
        | DeploymentState::Cancelled => false,
    }
}

/// Tells whether a deployment began after the hotfix was closed: then it is another's, whatever it brings along. What the
/// record tells of was there before that, whatever a clock says.
pub(super) fn began_after_closing(look: Look<'_>, deployment: &Deployment) -> bool {
    let closed = look.record.closed.as_ref();
    let began = look.by_our_clock(deployment.created_at);
    closed.is_some_and(|closed| began > closed.at) && !is_on_record(look.record, &deployment.id)
}

/// Returns the merged requests by which the fix left its own branch for RUN, in the order they were opened. Usually
/// one; more where commits were added after the first was merged.
pub(super) fn source_requests<'a>(
    book: &Playbook,
    record: &Record,
    requests: &'a [ChangeRequest],
) -> Vec<&'a ChangeRequest> {
    let Some(opening) = &record.opening else {
        return Vec::new();
    };
    let into = book.steps.iter().find_map(|step| {
        let lane = step.work.takes_fix_into()?;
        book.project.lane(lane)?.branch_name()
    });
    let mut found: Vec<&ChangeRequest> = requests
        .iter()
        .filter(|request| {
            request.from == opening.branch
                && Some(&request.into) == into.as_ref()
                && is_ours(record, request)
                && request.merged().is_some()
        })
        .collect();
    if found.is_empty() && !book.lands_fix() {
        found = bringers(record, requests);
    }
    found.sort_by_key(|request| request.id);
    found
}

/// Returns the merged requests that brought what somebody asked to carry, as far as history tells.
fn bringers<'a>(record: &Record, requests: &'a [ChangeRequest]) -> Vec<&'a ChangeRequest> {
    let Some(snapshot) = &record.snapshot else {
        return Vec::new();
    };
    requests
        .iter()
        .filter(|request| {
            request.merged().is_some_and(|merged| {
                merged.commit == snapshot.head || merged.head == snapshot.head
            })
        })
        .collect()
}

/// Returns the first of them: what the hotfix is named by elsewhere.
pub(super) fn source_request<'a>(
    book: &Playbook,
    record: &Record,
    requests: &'a [ChangeRequest],
) -> Option<&'a ChangeRequest> {
    source_requests(book, record, requests).into_iter().next()
}

/// Returns how each of them was merged.
pub(super) fn source_merges<'a>(
    book: &Playbook,
    record: &Record,
    requests: &'a [ChangeRequest],
) -> Vec<&'a Merged> {
    source_requests(book, record, requests)
        .into_iter()
        .filter_map(ChangeRequest::merged)
        .collect()
}
