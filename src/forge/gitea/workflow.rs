//! The file of a workflow on a branch: without it nothing can be started, which Forgejo tells by a fault of its own.

use std::collections::BTreeSet;

use crate::forge::Error;
use crate::forge::Remark;
use crate::model::BranchName;
use crate::model::Lane;
use crate::model::Untrusted;

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
            Some(text) => match self.alike(&text).await {
                Some(name) => Remark::doubtful(
                    &what,
                    format!(
                        "has two jobs with the name `{}`: this version tells them apart by it alone, and what fails in one may be hidden by the other",
                        Untrusted::new(name).show()
                    ),
                    "Give each job a `name` of its own.",
                ),
                None => Remark::good(&what, "is there and can be started"),
            },
        })
    }

    /// Returns a name that two jobs of a workflow's text share, where this version lists no jobs but tasks.
    async fn alike(&self, text: &str) -> Option<String> {
        if self.known().await.ok()?.version.has_jobs() {
            return None;
        }
        let mut seen = BTreeSet::new();
        job_names(text)
            .into_iter()
            .find(|name| !seen.insert(name.clone()))
    }
}

/// Returns the names under which the jobs of a workflow's text are listed, their `name` or else their id, as far as its lines
/// tell: no more is read of it than how far each is indented.
fn job_names(text: &str) -> Vec<String> {
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let lines = text.lines().filter(is_code);
    let lines = lines.skip_while(|line| !line.starts_with("jobs:")).skip(1);
    let mut names: Vec<String> = Vec::new();
    let (mut of_jobs, mut of_keys) = (0, 0);
    for line in lines.take_while(|line| line.starts_with(' ')) {
        let code = line.trim_start();
        let indent = line.len() - code.len();
        if names.is_empty() {
            of_jobs = indent;
        }
        if indent == of_jobs {
            names.push(plain(code.split(':').next().unwrap_or_default()));
            of_keys = 0;
            continue;
        }
        if of_keys == 0 {
            of_keys = indent;
        }
        if indent == of_keys
            && let Some(name) = code.strip_prefix("name:")
            && let Some(last) = names.last_mut()
        {
            *last = plain(name);
        }
    }
    names
}

/// Returns a value without its quotes and what is remarked behind it.
fn plain(value: &str) -> String {
    let value = value.split(" #").next().unwrap_or_default();
    value.trim().trim_matches(['"', '\'']).to_owned()
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

    #[test]
    fn jobs_are_named_by_their_name_or_else_by_their_id() {
        let text = "name: Deploy\non: push\njobs:\n  # first\n  build:\n    runs-on: a\n    steps:\n      - name: x\n        run: y\n\n  portal:\n    name: \"deploy\" # it\n    env:\n      name: z\n  admin:\n    name: 'deploy'\n";
        assert_eq!(job_names(text), ["build", "deploy", "deploy"]);
        assert!(job_names("on: push\n").is_empty());
    }
}
