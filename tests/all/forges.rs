//! Forges over HTTP: one raw server on loopback, a stateful fake per forge, one contract for all.

#![expect(
    clippy::unwrap_used,
    reason = "test code outside of test functions may panic as well"
)]

pub(crate) mod acts;
pub(crate) mod contract;
pub(crate) mod fake_gitea;
pub(crate) mod fake_github;
pub(crate) mod fake_gitlab;
pub(crate) mod faults;
pub(crate) mod git_http;
pub(crate) mod gitea;
pub(crate) mod github;
pub(crate) mod gitlab;
mod hosted;
pub(crate) mod limits;
mod live;
pub(crate) mod message;
mod pushes;
pub(crate) mod server;
pub(crate) mod spec;
pub(crate) mod team_file;
pub(crate) mod tls;

pub(crate) mod transport;
mod transport_waits;
mod used_up;

/// Returns the head that somebody sees who looks at what is to be approved.
pub(crate) fn looked_at(
    board: &lanekeeper::engine::Board,
    subject: &lanekeeper::model::Subject,
) -> Option<lanekeeper::model::CommitId> {
    match subject {
        lanekeeper::model::Subject::Request(id) => {
            let requests = board.seen.requests.value()?;
            let found = requests.iter().find(|request| request.id == *id)?;
            Some(found.head.clone())
        }
        lanekeeper::model::Subject::Deployment(id) => {
            let deployments = board.seen.deployments.value()?;
            let found = deployments.iter().find(|deployment| deployment.id == *id)?;
            Some(found.commit.clone())
        }
    }
}
