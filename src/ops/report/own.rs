//! Which requests and deployments a hotfix's draft tells of: the look has those of the whole project.

use crate::engine::Board;
use crate::engine::is_ours;
use crate::model::Approval;
use crate::model::ChangeRequest;
use crate::model::Deployment;
use crate::model::DeploymentId;
use crate::record::Event;
use crate::record::Record;

/// Returns what was decided about the hotfix's requests. Of a request of another one, which it went on with, only what is
/// about the head that it has, or was merged with: before that it was about the other.
pub(super) fn on_requests<'a>(
    board: &'a Board,
    record: &'a Record,
) -> impl Iterator<Item = (&'a ChangeRequest, &'a Approval)> {
    let requests = board.seen.requests.value().into_iter().flatten();
    requests.flat_map(move |request| {
        let is_own = is_ours(record, request) || record.has_opened(request.id);
        let is_used = is_own || is_used(board, request);
        let head = request
            .merged()
            .map_or(&request.head, |merged| &merged.head);
        let all = request.approvals.iter();
        all.filter(move |approval| is_own || is_used && &approval.head == head)
            .map(move |approval| (request, approval))
    })
}

/// Tells whether a step of the hotfix is about a request, whoever opened it.
fn is_used(board: &Board, request: &ChangeRequest) -> bool {
    let mut steps = board.progress.iter().flat_map(|progress| &progress.steps);
    steps.any(|step| {
        let mut targets = step.targets.iter();
        step.request == Some(request.id) || targets.any(|one| one.request == Some(request.id))
    })
}

/// Returns the hotfix's deployments: those that name it, that were begun or finished for it, or that a step is about.
pub(super) fn deployments<'a>(
    board: &'a Board,
    record: &'a Record,
) -> impl Iterator<Item = &'a Deployment> {
    let deployments = board.seen.deployments.value().into_iter().flatten();
    deployments.filter(|deployment| {
        deployment.hotfix.as_ref() == Some(&record.hotfix)
            || record.deployments.values().any(|id| id == &deployment.id)
            || was_finished(record, &deployment.id)
            || is_shown(board, &deployment.id)
    })
}

/// Tells whether the record has the end of a deployment; its beginning may have been somebody else's.
fn was_finished(record: &Record, id: &DeploymentId) -> bool {
    let mut events = record
        .entries
        .iter()
        .filter_map(|entry| entry.event.as_ref());
    events.any(
        |event| matches!(event, Event::DeploymentFinished { deployment, .. } if deployment == id),
    )
}

fn is_shown(board: &Board, id: &DeploymentId) -> bool {
    let mut steps = board.progress.iter().flat_map(|progress| &progress.steps);
    steps.any(|step| step.deployment.as_ref() == Some(id))
}
