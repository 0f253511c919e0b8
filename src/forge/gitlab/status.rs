//! Setting a status: one line about a commit under a name, beside what CI says of it.
//!
//! GitLab makes a job of the pipeline out of it, so a status that failed keeps a project that asks for pipelines from
//! merging, which is what it is for.

use serde_json::json;

use crate::forge::Error;
use crate::forge::NewStatus;
use crate::forge::Written;
use crate::model::CheckState;
use crate::model::CommitId;

use super::checks::JOBS;
use super::home::Gitlab;
use super::home::degraded;
use super::settle::Came;
use super::wire;

/// Characters of a description that GitLab takes.
const LONGEST: usize = 255;

impl Gitlab {
    pub(super) async fn set_status(&self, new: &NewStatus) -> Result<Written<()>, Error> {
        if self.has_status(new).await? {
            return Ok(Written::AlreadyDone(()));
        }
        let ask = self.post(&["statuses", new.commit.as_str()]).await?;
        let ask = ask.json(&json!({
            "state": word(new.state),
            "name": new.name.as_str(),
            "description": new.line(LONGEST),
        }));
        Ok(match self.send(&ask).await? {
            Came::Yes(_) => Written::Done(()),
            Came::No { why, .. } => Written::Refused(why),
            Came::Unclear(_) if self.has_status(new).await? => Written::Done(()),
            Came::Unclear(why) => Written::Unknown(why),
        })
    }

    async fn has_status(&self, new: &NewStatus) -> Result<bool, Error> {
        let said = self.statuses(&new.commit).await?;
        let found = said.iter().find(|status| status.name == new.name.as_str());
        Ok(found.is_some_and(|status| {
            status.status == word(new.state) && status.description == new.line(LONGEST)
        }))
    }

    /// Reads what is said of a commit, the latest of each name: GitLab's own jobs and what others report.
    pub(super) async fn statuses(&self, commit: &CommitId) -> Result<Vec<wire::Status>, Error> {
        let ask = self
            .get(&["repository", "commits", commit.as_str(), "statuses"])
            .await?
            .with("per_page", "100");
        Ok(degraded(self.http().read_list(&ask, JOBS).await)?.unwrap_or_default())
    }
}

/// Returns GitLab's word for a state; what lies between is no success.
fn word(state: CheckState) -> &'static str {
    match state {
        CheckState::Passed => "success",
        CheckState::Failed => "failed",
        CheckState::Cancelled | CheckState::Skipped => "canceled",
        CheckState::Running => "running",
        CheckState::Missing | CheckState::Queued => "pending",
    }
}
