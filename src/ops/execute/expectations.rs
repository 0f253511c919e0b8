//! What a change assumes, looked at again just before it. A moved world yields "plan again", never a guess.

use crate::engine::Call;
use crate::engine::Change;
use crate::engine::Expectation;
use crate::engine::Plan;
use crate::engine::lifted_of_deployment;
use crate::engine::lifted_of_request;
use crate::engine::merge_lacks;
use crate::forge::RequestQuery;
use crate::model::BranchName;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::Deployment;
use crate::model::Subject;
use crate::record::Record;

use super::super::clock;
use super::super::story::Story;
use super::super::workspace::Workspace;
use super::acts;

/// Tells whether the record, as last fetched, still wants the call: others may have closed the hotfix, given a target up or
/// refused since the plan was made.
pub(super) fn still_wanted(story: &Story, plan: &Plan, change: &Change) -> Result<(), String> {
    if !acts(&change.call) {
        return Ok(());
    }
    let record = story.read().map_err(|fault| fault.to_string())?;
    match plan.voided_by(change, &record) {
        None => Ok(()),
        Some(why) => Err(format!("{why} since this was planned; plan again")),
    }
}

/// Checks every expectation of a change on fresh facts; the error says which one does not hold.
pub(super) async fn check(
    workspace: &Workspace,
    story: &Story,
    change: &Change,
) -> Result<(), String> {
    let expects = &change.expects;
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
                if let Call::Merge { into, .. } = &change.call
                    && request.is_open()
                    && let Some(place) = request.says_do_not_merge()
                    && is_lane(workspace, into).await?
                {
                    return Err(format!(
                        "change request {} says that it must not be merged: {place}; plan again",
                        request.id
                    ));
                }
                if request.is_open() && &request.head != head {
                    let gone = what_is_gone(workspace, head, &request.head).await;
                    return Err(format!(
                        "change request {} moved from {} to {}{gone}; plan again",
                        request.id,
                        head.short(),
                        request.head.short()
                    ));
                }
                if matches!(change.call, Call::Merge { .. }) && request.is_open() {
                    let (_, project) = workspace
                        .expanded()
                        .await
                        .map_err(|fault| fault.to_string())?;
                    let record = weighed(workspace, story).await?;
                    let lacks = merge_lacks(&project, request, &record, clock::now());
                    if !lacks.is_empty() {
                        return Err(format!("{}; plan again", lacks.join("; ")));
                    }
                    let lifted = lifted_of_request(&project, request, &record);
                    let subject = Subject::Request(request.id);
                    workspace.forge().lift(&subject, &request.head, lifted);
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
                    Some(found) if matches!(change.call, Call::StartDeployment { .. }) => {
                        let record = weighed(workspace, story).await?;
                        let project = &workspace.settings().project;
                        let lifted = lifted_of_deployment(project, found, &record);
                        let subject = Subject::Deployment(found.id.clone());
                        workspace.forge().lift(&subject, &found.commit, lifted);
                    }
                    Some(_) => {}
                }
            }
            // Asked last of all, for the permit.
            Expectation::Seat { .. } => {}
            Expectation::Quiet { environment, but } => {
                let all = workspace
                    .forge()
                    .deployments(Some(environment))
                    .await
                    .map_err(|error| error.to_string())?;
                let is_other = |deployment: &&Deployment| {
                    deployment.is_running() && Some(&deployment.id) != but.as_ref()
                };
                if let Some(running) = all.iter().find(is_other) {
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

/// Returns the record as last fetched, with how well it is known who wrote each entry: an override counts by that.
async fn weighed(workspace: &Workspace, story: &Story) -> Result<Record, String> {
    let weighed = workspace.weighed_record(story).await;
    weighed.map_err(|fault| fault.to_string())
}

/// Tells whether a branch is a lane's. The request of a conflict goes into a branch of ours, and keeps others off by that
/// very label.
async fn is_lane(workspace: &Workspace, branch: &BranchName) -> Result<bool, String> {
    let (_, project) = workspace
        .expanded()
        .await
        .map_err(|fault| fault.to_string())?;
    Ok(project.lane_of_branch(branch).is_some())
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
        (Some(expected), Some(found)) => {
            let moved = format!(
                "{name} moved from {} to {}",
                expected.short(),
                found.short()
            );
            let gone = what_is_gone(workspace, expected, found).await;
            Err(format!("{moved}{gone}; plan again"))
        }
        (Some(_), None) => Err(format!("{name} is gone from the remote; plan again")),
    }
}

/// Commits whose subjects are told.
const TOLD: usize = 3;
/// Beyond that many it is another history.
const COUNTED: usize = 50;

/// Says what a branch lost that somebody rewrote (force-pushed), and what it has instead; nothing where it went on.
async fn what_is_gone(workspace: &Workspace, expected: &CommitId, found: &CommitId) -> String {
    let (old, new) = (expected.clone(), found.clone());
    let asked = workspace.git(move |repo| {
        let gone = repo.between(std::slice::from_ref(&new), &old, COUNTED)?;
        let came = repo.between(std::slice::from_ref(&old), &new, COUNTED)?;
        Ok((gone, came))
    });
    // Where the old commits are not known any more there is nothing to tell beyond that it moved.
    let Ok((gone, came)) = asked.await else {
        return String::new();
    };
    if gone.is_empty() {
        return String::new();
    }
    let told = |commits: &[Commit]| {
        let subjects = commits
            .iter()
            .take(TOLD)
            .map(|commit| format!("{} \"{}\"", commit.id.short(), commit.subject()));
        let more = if commits.len() > TOLD { ", …" } else { "" };
        format!("{}{more}", subjects.collect::<Vec<_>>().join(", "))
    };
    let instead = match came.as_slice() {
        [] => String::new(),
        came => format!(", and has {} instead: {}", counted(came), told(came)),
    };
    format!(
        ": it was rewritten; it lost {}: {}{instead}",
        counted(&gone),
        told(&gone)
    )
}

fn counted(commits: &[Commit]) -> String {
    match commits.len() {
        1 => "1 commit".to_owned(),
        COUNTED.. => format!("{COUNTED} commits or more"),
        count => format!("{count} commits"),
    }
}
