//! Pressing start: a `workflow_dispatch` on the branch, once, and the run that came of it.

use serde_json::json;

use crate::forge::Error;
use crate::forge::JobWatcher;
use crate::forge::Written;
use crate::forge::http::Ask;
use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::Deployment;
use crate::model::DeploymentId;
use crate::model::DeploymentState;

use super::deployments::is_file;
use super::deployments::is_waiting;
use super::options::Gitea;
use super::send::Reply;
use super::send::unknown;

/// Looks for the run that a start made, before it is called unknown.
const LOOKS: usize = 6;
/// What Forgejo says, with a 500, of a workflow that it does not find: nothing was started then.
const NO_WORKFLOW: &str = "workflow not found";

impl Gitea {
    pub(super) async fn start(
        &self,
        id: &DeploymentId,
        commit: &CommitId,
        watcher: &dyn JobWatcher,
    ) -> Result<Written<Deployment>, Error> {
        let refused = |why: String| Ok(Written::Refused(format!("deployment {id}: {why}")));
        let Some(found) = self.deployment(id).await? else {
            return refused("it is not there any more; look again".to_owned());
        };
        if found.commit != *commit {
            return refused("it is of another commit than you looked at; look again".to_owned());
        }
        if !is_waiting(&found) {
            return match found.state {
                DeploymentState::Running | DeploymentState::Succeeded => {
                    Ok(Written::AlreadyDone(found))
                }
                DeploymentState::Blocked
                | DeploymentState::Approved
                | DeploymentState::Rejected
                | DeploymentState::Failed
                | DeploymentState::Cancelled => refused(format!("it {}", found.state.word())),
            };
        }
        let project = &self.options.project;
        let job = project
            .environment(&found.environment)
            .and_then(|environment| environment.job.as_deref())
            .filter(|job| is_file(job));
        let (Some(job), Some(branch)) = (job, self.branch_at(&found).await?) else {
            return refused("its branch moved; look again".to_owned());
        };
        let missing = format!("is `{job}` on `{branch}`, and does it run on `workflow_dispatch`?");
        let mut body = json!({ "ref": branch.to_ref().as_str() });
        if self.known().await?.version.is_forgejo {
            body["return_run_info"] = true.into();
        }
        let path = ["actions", "workflows", job, "dispatches"];
        let ask = Ask::post(&self.at(&path)).json(&body);
        let why = match self.send(&ask).await? {
            Reply::Yes(_) => None,
            Reply::No { status: 404, why } => return refused(format!("{why}; {missing}")),
            Reply::No { why, .. } => return refused(why),
            // Forgejo's words for a file that is not in the folder that it looks into; only it knows which one that is.
            Reply::Unclear(why) if why.contains(NO_WORKFLOW) => {
                return refused(format!("{why}; {missing}"));
            }
            Reply::Unclear(why) => Some(why),
        };
        for left in (0..LOOKS).rev() {
            // It was sent: a look that fails makes it unknown, as one that shows nothing does.
            let now = self.deployment(id).await.ok().flatten();
            if let Some(now) = now.filter(|now| !is_waiting(now)) {
                for job in &now.jobs {
                    watcher.state(&job.id, &job.name, job.state.word(), self.now());
                }
                return Ok(Written::Done(now));
            }
            if left > 0 {
                tokio::time::sleep(self.options.pause).await;
            }
        }
        // A branch that moved in between was started at another commit, which is not this deployment.
        let why = why.unwrap_or_else(|| format!("no run of {} shows", commit.short()));
        Ok(Written::Unknown(unknown(
            &format!("`{job}` was started"),
            &why,
        )))
    }

    async fn deployment(&self, id: &DeploymentId) -> Result<Option<Deployment>, Error> {
        let all = self.list_deployments(None).await?;
        Ok(all.into_iter().find(|one| one.id == *id))
    }

    /// Returns the lane's branch whose tip is what is to be deployed: a start names a branch, not a commit.
    async fn branch_at(&self, wanted: &Deployment) -> Result<Option<BranchName>, Error> {
        let lanes = self.options.project.lanes.iter();
        let branches = lanes
            .filter(|lane| lane.environment.as_ref() == Some(&wanted.environment))
            .filter_map(crate::model::Lane::branch_name);
        for branch in branches {
            if self.tip(branch.as_str()).await?.as_ref() == Some(&wanted.commit) {
                return Ok(Some(branch));
            }
        }
        Ok(None)
    }
}
