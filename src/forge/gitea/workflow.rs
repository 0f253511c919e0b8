//! The file of a workflow on a branch: without it nothing can be started, which Forgejo tells by a fault of its own.

use crate::forge::Error;
use crate::forge::Remark;
use crate::model::BranchName;
use crate::model::Lane;

use super::deployments::is_file;
use super::options::Gitea;

/// Where workflows are looked for, by either server: in the first of them that is there, whatever it has. A server may be set
/// up to look elsewhere.
const FOLDERS: [&str; 3] = [".forgejo", ".gitea", ".github"];

impl Gitea {
    /// Returns the text of a workflow's file on a branch; none where it is not in the folder that the server looks into.
    async fn workflow(&self, file: &str, branch: &BranchName) -> Result<Option<String>, Error> {
        let is_forgejo = self.known().await?.version.is_forgejo;
        let folders = FOLDERS.into_iter().skip(usize::from(!is_forgejo));
        for folder in folders {
            let path = ["contents", folder, "workflows"];
            let ask = self.get(&path).with("ref", branch.as_str());
            if self.http().find::<serde_json::Value>(&ask).await?.is_none() {
                continue;
            }
            let path = ["raw", folder, "workflows", file];
            let ask = self.get(&path).with("ref", branch.as_str());
            return match self.http().read_elsewhere(&ask).await {
                Ok(answer) => Ok(Some(String::from_utf8_lossy(&answer.body).into_owned())),
                Err(error) if error.status() == Some(404) => Ok(None),
                Err(error) => Err(error.into()),
            };
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
            Some(text) if !is_dispatched(&text) => Remark::doubtful(
                &what,
                "does not run on `workflow_dispatch`: it cannot be started",
                "Add `workflow_dispatch` to its `on`, or name the job that a push runs in `job`.",
            ),
            Some(_) => Remark::good(&what, "is there and can be started"),
        })
    }
}

/// Tells whether a workflow's text names its start by hand, and not only in a comment.
fn is_dispatched(text: &str) -> bool {
    let mut code = text.lines().filter_map(|line| line.split('#').next());
    code.any(|line| line.contains("workflow_dispatch"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_by_hand_that_is_commented_out_is_none() {
        assert!(is_dispatched("on: [push, workflow_dispatch] # both\n"));
        assert!(!is_dispatched("on:\n  push:\n  # workflow_dispatch:\n"));
    }
}
