//! The file of a workflow on a branch: without it nothing can be started, which Forgejo tells by a fault of its own.

use crate::forge::Error;
use crate::forge::Remark;
use crate::model::BranchName;
use crate::model::Lane;

use super::deployments::is_file;
use super::options::Gitea;

/// Where workflows are looked for, by either server; a server may be set up to look elsewhere.
const FOLDERS: [&str; 3] = [".forgejo", ".gitea", ".github"];

impl Gitea {
    /// Returns the text of a workflow's file on a branch; none where it is in none of the usual folders.
    pub(super) async fn workflow(
        &self,
        file: &str,
        branch: &BranchName,
    ) -> Result<Option<String>, Error> {
        let is_forgejo = self.known().await?.version.is_forgejo;
        let folders = FOLDERS.into_iter().skip(usize::from(!is_forgejo));
        for folder in folders {
            let path = ["raw", folder, "workflows", file];
            let ask = self.get(&path).with("ref", branch.as_str());
            match self.http().read_elsewhere(&ask).await {
                Ok(answer) => return Ok(Some(String::from_utf8_lossy(&answer.body).into_owned())),
                Err(error) if error.status() == Some(404) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }

    /// Looks whether what an environment's lanes are deployed by is on them, before everybody has approved.
    pub(super) async fn examine_workflows(&self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        let project = &self.options.project;
        for environment in &project.environments {
            let Some(file) = environment.job.as_deref().filter(|job| is_file(job)) else {
                continue;
            };
            let lanes = project.lanes.iter();
            let branches = lanes
                .filter(|lane| lane.environment.as_ref() == Some(&environment.name))
                .filter_map(Lane::branch_name);
            for branch in branches {
                remarks.extend(self.examine_workflow(file, &branch).await);
            }
        }
        remarks
    }

    async fn examine_workflow(&self, file: &str, branch: &BranchName) -> Option<Remark> {
        // A name of its own: each is a finding.
        let what = format!("{file} on {branch}");
        // What cannot be asked is no finding.
        let found = self.workflow(file, branch).await.ok()?;
        Some(match found {
            None => Remark::doubtful(
                &what,
                "is not there: no go-live can be started",
                "Bring it there, or correct `job` in lanekeeper.toml.",
            ),
            Some(text) if !text.contains("workflow_dispatch") => Remark::doubtful(
                &what,
                "does not run on `workflow_dispatch`: it cannot be started",
                "Add `workflow_dispatch` to its `on`, or name the job that a push runs in `job`.",
            ),
            Some(_) => Remark::good(&what, "is there and can be started"),
        })
    }
}
