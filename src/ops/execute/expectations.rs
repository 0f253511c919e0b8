//! What a change assumes, looked at again just before it. A moved world yields "plan again", never a guess.

use crate::engine::Expectation;
use crate::forge::RequestQuery;
use crate::model::BranchName;
use crate::model::CommitId;

use super::super::workspace::Workspace;

/// Checks every expectation on fresh facts; the error says which one does not hold.
pub(super) async fn check(workspace: &Workspace, expects: &[Expectation]) -> Result<(), String> {
    if expects.is_empty() {
        return Ok(());
    }
    workspace
        .refresh()
        .await
        .map_err(|fault| format!("cannot look again before the call: {fault}"))?;
    for expectation in expects {
        match expectation {
            Expectation::Branch { branch, at } => branch_is(workspace, branch, at.as_ref()).await?,
            Expectation::RequestOpen { request, head } => {
                let query = RequestQuery {
                    id: Some(*request),
                    ..RequestQuery::default()
                };
                let found = workspace
                    .forge()
                    .requests(&query)
                    .await
                    .map_err(|error| error.to_string())?;
                let Some(request) = found.first() else {
                    return Err(format!("change request {request} is gone"));
                };
                if request.merged().is_none() && !request.is_open() {
                    return Err(format!(
                        "change request {} was closed; plan again",
                        request.id
                    ));
                }
                if request.is_open() && &request.head != head {
                    return Err(format!(
                        "change request {} moved from {} to {}; plan again",
                        request.id,
                        head.short(),
                        request.head.short()
                    ));
                }
            }
            Expectation::DeploymentIs { deployment, state } => {
                let all = workspace
                    .forge()
                    .deployments(None)
                    .await
                    .map_err(|error| error.to_string())?;
                match all.iter().find(|other| &other.id == deployment) {
                    None => return Err(format!("deployment {deployment} is gone")),
                    Some(found) if found.state != *state => {
                        return Err(format!(
                            "deployment {deployment} is {} now; plan again",
                            found.state.word()
                        ));
                    }
                    Some(_) => {}
                }
            }
            Expectation::Quiet { environment } => {
                let all = workspace
                    .forge()
                    .deployments(Some(environment))
                    .await
                    .map_err(|error| error.to_string())?;
                if let Some(running) = all.iter().find(|deployment| deployment.is_running()) {
                    return Err(format!(
                        "deployment {} to {environment} is running",
                        running.id
                    ));
                }
            }
        }
    }
    Ok(())
}

async fn branch_is(
    workspace: &Workspace,
    branch: &BranchName,
    at: Option<&CommitId>,
) -> Result<(), String> {
    let name = branch.to_ref();
    let found = workspace
        .git(move |repo| repo.tips())
        .await
        .map_err(|fault| fault.to_string())?;
    let found = found.get(branch);
    match (at, found) {
        (None, None) => Ok(()),
        (Some(expected), Some(found)) if expected == found => Ok(()),
        (None, Some(found)) => Err(format!(
            "{name} exists already, at {}; plan again",
            found.short()
        )),
        (Some(expected), Some(found)) => Err(format!(
            "{name} moved from {} to {}; plan again",
            expected.short(),
            found.short()
        )),
        (Some(_), None) => Err(format!("{name} is gone from the remote; plan again")),
    }
}
