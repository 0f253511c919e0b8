//! Which change requests brought a commit, or would: as the forge says, and where it names none, by git's history.

use crate::forge::RequestQuery;
use crate::git::Error;
use crate::git::Repo;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::RequestState;

use super::fault::Fault;
use super::fault::FaultKind;
use super::workspace::Workspace;

impl Workspace {
    /// Fetches, and returns the commit that is named and the change requests that have it.
    pub async fn requests_named(&self, rev: &str) -> Result<(CommitId, Vec<ChangeRequest>), Fault> {
        self.refresh().await?;
        let commit = self.commit_named(rev).await?;
        let requests = self.requests_of(&commit).await?;
        Ok((commit, requests))
    }

    /// Returns the change requests that have a commit. Some forges know only heads and what merges made; for a commit
    /// inside of a request, those that the forge lists are looked through.
    pub async fn requests_of(&self, commit: &CommitId) -> Result<Vec<ChangeRequest>, Fault> {
        let fault = |error: crate::forge::Error| {
            Fault::caused(
                FaultKind::Remote,
                format!("cannot ask which change requests have {}", commit.short()),
                &error,
            )
        };
        let found = self.forge().requests_of(commit).await.map_err(fault)?;
        if !found.is_empty() {
            return Ok(found);
        }
        let listed = self.forge().requests(&RequestQuery::default()).await;
        let listed = listed.map_err(fault)?;
        let commit = commit.clone();
        self.git(move |repo| bringing(repo, listed, &commit)).await
    }
}

/// Keeps the requests whose head has a commit that their target has not, or had not before the merge.
fn bringing(
    repo: &Repo,
    mut requests: Vec<ChangeRequest>,
    commit: &CommitId,
) -> Result<Vec<ChangeRequest>, Error> {
    let tips = repo.tips()?;
    let before = |request: &ChangeRequest| match &request.state {
        RequestState::Open => tips.get(&request.into).cloned(),
        RequestState::Merged(merged) => repo
            .commit(&merged.commit)
            .ok()
            .and_then(|made| made.parents.first().cloned()),
        RequestState::Closed => None,
    };
    let before: Vec<Option<CommitId>> = requests.iter().map(before).collect();
    let heads = requests.iter().map(|request| &request.head);
    let asked: Vec<CommitId> = before.iter().flatten().chain(heads).cloned().collect();
    // What is not here, as the head of a branch that is gone, tells nothing.
    let having = repo.having(commit, &asked)?;
    let mut before = before.into_iter();
    requests.retain(|request| {
        let before = before.next().flatten();
        before.is_some_and(|before| !having.contains(&before) && having.contains(&request.head))
    });
    Ok(requests)
}
