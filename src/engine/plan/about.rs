//! What seats are about: a request or a deployment, as it was seen.

use crate::engine::look::Look;
use crate::engine::seats::Bench;
use crate::model::ChangeRequest;
use crate::model::Deployment;
use crate::model::EnvironmentName;
use crate::model::Subject;

use super::Desk;

#[derive(Clone, Copy)]
pub(super) enum About<'a> {
    Request(&'a ChangeRequest),
    Deployment(&'a Deployment),
}

impl<'a> About<'a> {
    /// Returns what a subject names, as it was seen last.
    pub(super) fn find(look: Look<'a>, subject: &Subject) -> Option<Self> {
        match subject {
            Subject::Request(id) => look.seen.request(*id).map(Self::Request),
            Subject::Deployment(id) => {
                let mut deployments = look.deployments().iter();
                deployments.find(|one| &one.id == id).map(Self::Deployment)
            }
        }
    }

    pub(super) fn subject(self) -> Subject {
        match self {
            Self::Request(request) => Subject::Request(request.id),
            Self::Deployment(deployment) => Subject::Deployment(deployment.id.clone()),
        }
    }

    /// Returns its seats, without what anybody lifted.
    pub(super) fn bench(self, desk: &Desk<'a>) -> Bench<'a> {
        let project = desk.look.project();
        match self {
            Self::Request(request) => Bench::of_request(project, request),
            Self::Deployment(deployment) => Bench::of_deployment(project, deployment),
        }
    }

    /// Returns the name that is typed before it goes on: the environment's, else the lane's.
    pub(super) fn name(self, desk: &Desk<'_>) -> Option<EnvironmentName> {
        match self {
            Self::Request(request) => {
                let lane = desk.look.project().lane_of_branch(&request.into)?;
                desk.typed_name(&lane.name)
            }
            Self::Deployment(deployment) => Some(deployment.environment.clone()),
        }
    }
}
