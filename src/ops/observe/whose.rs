//! Whose go-live a deployment is, where the forge does not say: that of the open hotfix whose fix its commit holds.

use crate::engine::Observation;
use crate::git::Repo;
use crate::model::CommitId;
use crate::model::Deployment;
use crate::model::DeploymentState;
use crate::model::HotfixId;
use crate::model::Seen;
use crate::record::Record;

/// A hotfix that is open, with the commits by which its fix is known: each alone is enough.
#[derive(Debug, Clone)]
pub(in crate::ops) struct Landed {
    hotfix: HotfixId,
    commits: Vec<CommitId>,
}

/// Returns the open hotfixes in the order of the records, newest first.
pub(in crate::ops) fn landed(records: &[Record]) -> Vec<Landed> {
    let open = records
        .iter()
        .filter(|record| record.opening.is_some() && record.closed.is_none());
    open.map(|record| {
        let merged = record.merges.values().map(|merged| merged.commit.clone());
        let head = record.snapshot.iter().map(|snapshot| snapshot.head.clone());
        Landed {
            hotfix: record.hotfix.clone(),
            commits: merged.chain(head).collect(),
        }
    })
    .collect()
}

/// Returns what waits for people and is nobody's so far: where it is deployed to does not matter, its commit does.
pub(in crate::ops) fn nameless(seen: &Observation) -> Vec<CommitId> {
    let deployments = seen.deployments.value().into_iter().flatten();
    let mut commits: Vec<CommitId> = deployments
        .filter(|deployment| is_nameless(deployment))
        .map(|deployment| deployment.commit.clone())
        .collect();
    commits.sort();
    commits.dedup();
    commits
}

fn is_nameless(deployment: &Deployment) -> bool {
    let waits = matches!(
        deployment.state,
        DeploymentState::Blocked | DeploymentState::Approved
    );
    waits && deployment.hotfix.is_none()
}

/// Finds the newest open hotfix that each commit holds. A commit that was not fetched holds none that we know of.
pub(in crate::ops) fn whose(
    repo: &Repo,
    landed: &[Landed],
    commits: &[CommitId],
) -> Vec<(CommitId, HotfixId)> {
    let holds = |commit: &CommitId, one: &Landed| {
        let mut of_it = one.commits.iter();
        of_it.any(|part| repo.is_ancestor(part, commit).unwrap_or(false))
    };
    let named = commits.iter().filter_map(|commit| {
        let owner = landed.iter().find(|one| holds(commit, one))?;
        Some((commit.clone(), owner.hotfix.clone()))
    });
    named.collect()
}

/// Names the deployments.
pub(in crate::ops) fn name(seen: &mut Observation, owners: &[(CommitId, HotfixId)]) {
    let deployments = match &mut seen.deployments {
        Seen::Known { value, .. } | Seen::Stale { value, .. } => value,
        Seen::Unknown { .. } => return,
    };
    for deployment in deployments.iter_mut().filter(|one| is_nameless(one)) {
        let owner = owners
            .iter()
            .find(|(commit, _)| commit == &deployment.commit);
        deployment.hotfix = owner.map(|(_, hotfix)| hotfix.clone());
    }
}
