//! Starting a workflow on a branch, once, and finding the run that it made.

use serde_json::json;

use crate::forge::Error;
use crate::forge::Written;
use crate::forge::http::Answer;
use crate::model::BranchName;
use crate::model::CommitId;

use super::actions;
use super::hub::Came;
use super::hub::Hub;

/// Looks for a run that GitHub did not name.
const LOOKS: usize = 5;
/// Runs of one commit that are looked through.
const MOST: usize = 100;

/// A workflow to start.
pub(super) struct Dispatch<'a> {
    pub(super) file: &'a str,
    pub(super) branch: &'a BranchName,
    /// Where the branch must be: a dispatch names a branch, and runs whatever is there.
    pub(super) commit: &'a CommitId,
}

impl Hub {
    /// Dispatches a workflow; its run is read back and must be about the commit.
    pub(super) async fn dispatch(
        &self,
        order: &Dispatch<'_>,
    ) -> Result<Written<actions::Run>, Error> {
        match self.tip(order.branch).await? {
            Some(tip) if &tip == order.commit => {}
            Some(tip) => {
                return Ok(Written::Refused(format!(
                    "`{}` moved to {}, and you looked at {}: look again",
                    order.branch,
                    tip.short(),
                    order.commit.short()
                )));
            }
            None => {
                return Ok(Written::Refused(format!(
                    "there is no branch `{}`",
                    order.branch
                )));
            }
        }
        let before = self.dispatched(order).await?;
        let file = order.file;
        let body = json!({"ref": order.branch, "return_run_details": true});
        let path = ["actions", "workflows", file, "dispatches"];
        let mut came = self.send(&self.post(&path).json(&body)).await?;
        if let Came::No(422, why) = &came
            && why.contains("return_run_details")
        {
            // An older server, which refused the word and did nothing.
            let body = json!({"ref": order.branch});
            came = self.send(&self.post(&path).json(&body)).await?;
        }
        match came {
            Came::Yes(answer) => self.read_back(order, &answer, &before).await,
            Came::No(404, _) => Ok(Written::Refused(format!(
                "there is no workflow `{file}` that can be dispatched: it must be on the default branch, and your token needs the right Actions: write"
            ))),
            Came::No(_, why) => Ok(Written::Refused(format!("workflow `{file}`: {why}"))),
            Came::Unclear(why) => Ok(match self.new_run(order, &before).await? {
                Some(run) => Written::Done(run),
                None => Written::Unknown(why),
            }),
        }
    }

    async fn read_back(
        &self,
        order: &Dispatch<'_>,
        answer: &Answer,
        before: &[u64],
    ) -> Result<Written<actions::Run>, Error> {
        let named = answer.json::<actions::Dispatched>().ok();
        for look in 0..LOOKS {
            if look > 0 {
                self.pause().await;
            }
            let found = match &named {
                Some(named) => self.run(named.workflow_run_id).await?,
                None => self.new_run(order, before).await?,
            };
            let Some(run) = found else {
                continue;
            };
            if &run.head_sha != order.commit {
                return Ok(Written::Unknown(format!(
                    "run {} of `{}` is about {}, because `{}` moved: cancel it in the browser",
                    run.id,
                    order.file,
                    run.head_sha.short(),
                    order.branch
                )));
            }
            return Ok(Written::Done(run));
        }
        Ok(Written::Unknown(format!(
            "GitHub took the dispatch of `{}`, but does not show its run",
            order.file
        )))
    }

    async fn new_run(
        &self,
        order: &Dispatch<'_>,
        before: &[u64],
    ) -> Result<Option<actions::Run>, Error> {
        let runs = self.runs_of(order).await?;
        Ok(runs.into_iter().find(|run| !before.contains(&run.id)))
    }

    async fn dispatched(&self, order: &Dispatch<'_>) -> Result<Vec<u64>, Error> {
        let runs = self.runs_of(order).await?;
        Ok(runs.iter().map(|run| run.id).collect())
    }

    /// Returns the dispatched runs of a workflow for the commit, newest first.
    pub(super) async fn runs_of(&self, order: &Dispatch<'_>) -> Result<Vec<actions::Run>, Error> {
        let ask = self
            .get(&["actions", "runs"])
            .with("event", "workflow_dispatch")
            .with("head_sha", order.commit)
            .with("exclude_pull_requests", "true")
            .with("per_page", "100");
        let mut runs = self
            .http()
            .read_pages(&ask, MOST, |answer| {
                answer
                    .json::<actions::Runs>()
                    .map(|page| page.workflow_runs)
            })
            .await?;
        runs.retain(|run| {
            let is_dispatched = run.event.is_empty() || run.event == "workflow_dispatch";
            is_dispatched && run.file().eq_ignore_ascii_case(order.file)
        });
        Ok(runs)
    }
}
