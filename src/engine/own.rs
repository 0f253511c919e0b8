//! Which requests and deployments the story of a hotfix tells of: the look has those of the whole project.

use crate::model::Approval;
use crate::model::ChangeRequest;
use crate::model::Deployment;
use crate::model::DeploymentId;
use crate::record::Record;

use super::board::Board;
use super::observation::Observation;
use super::ours::is_ours;
use super::ours::is_own_golive;
use super::state::Progress;

/// What belongs to one hotfix, among everything that was seen.
#[derive(Debug, Clone, Copy)]
pub struct Own<'a> {
    pub(super) record: &'a Record,
    pub(super) seen: &'a Observation,
    pub(super) progress: Option<&'a Progress>,
}

impl<'a> Own<'a> {
    /// Returns what belongs to the hotfix that a board shows.
    pub fn of(board: &'a Board) -> Option<Self> {
        Some(Self {
            record: board.record.as_ref()?,
            seen: &board.seen,
            progress: board.progress.as_ref(),
        })
    }

    /// Returns what belongs to a hotfix whose board is not put together yet.
    pub fn about(record: &'a Record, seen: &'a Observation, progress: &'a Progress) -> Self {
        Self {
            record,
            seen,
            progress: Some(progress),
        }
    }

    /// Returns the hotfix's requests, and those of others that it went on with.
    pub fn requests(self) -> impl Iterator<Item = &'a ChangeRequest> {
        let requests = self.seen.requests.value().into_iter().flatten();
        requests.filter(move |request| self.has(request) || self.uses(request))
    }

    /// Returns what was decided about them. Of a request of another hotfix only what is about the head that it has, or was
    /// merged with: before that it was about the other.
    pub fn decisions(self) -> impl Iterator<Item = (&'a ChangeRequest, &'a Approval)> {
        self.requests().flat_map(move |request| {
            let is_own = self.has(request);
            let head = request
                .merged()
                .map_or(&request.head, |merged| &merged.head);
            let all = request.approvals.iter();
            all.filter(move |approval| is_own || &approval.head == head)
                .map(move |approval| (request, approval))
        })
    }

    /// Returns the hotfix's deployments: those that name it, that were begun or finished for it, or that a step is about.
    pub fn deployments(self) -> impl Iterator<Item = &'a Deployment> {
        let deployments = self.seen.deployments.value().into_iter().flatten();
        deployments.filter(move |deployment| {
            is_own_golive(self.record, deployment) || self.shows(&deployment.id)
        })
    }

    fn has(self, request: &ChangeRequest) -> bool {
        is_ours(self.record, request) || self.record.has_opened(request.id)
    }

    /// Tells whether a step of the hotfix is about a request, whoever opened it.
    fn uses(self, request: &ChangeRequest) -> bool {
        let mut steps = self.progress.into_iter().flat_map(|one| &one.steps);
        steps.any(|step| {
            let mut targets = step.targets.iter();
            step.request == Some(request.id) || targets.any(|one| one.request == Some(request.id))
        })
    }

    /// Tells whether a step of the hotfix is about a deployment.
    pub(super) fn shows(self, id: &DeploymentId) -> bool {
        let mut steps = self.progress.into_iter().flat_map(|one| &one.steps);
        steps.any(|step| step.deployment.as_ref() == Some(id))
    }
}
