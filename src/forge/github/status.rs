//! Setting a status: one line about a commit under a name, beside what CI says of it.

use serde_json::json;

use crate::forge::Error;
use crate::forge::NewStatus;
use crate::forge::Written;
use crate::model::CheckState;
use crate::model::CommitId;

use super::checks::MOST;
use super::hub::Came;
use super::hub::Hub;
use super::wire;

/// Characters of a description that GitHub takes.
const LONGEST: usize = 140;

impl Hub {
    pub(super) async fn set_status(&self, new: &NewStatus) -> Result<Written<()>, Error> {
        if self.has_status(new).await? {
            return Ok(Written::AlreadyDone(()));
        }
        let ask = self.post(&["statuses", new.commit.as_str()]).json(&json!({
            "state": word(new.state),
            "context": new.name.as_str(),
            "description": new.line(LONGEST),
        }));
        Ok(match self.send(&ask).await? {
            Came::Yes(_) => Written::Done(()),
            Came::No(_, why) => Written::Refused(why),
            Came::Unclear(_) if self.has_status(new).await? => Written::Done(()),
            Came::Unclear(why) => Written::Unknown(why),
        })
    }

    async fn has_status(&self, new: &NewStatus) -> Result<bool, Error> {
        let said = self.statuses(&new.commit).await?;
        let found = said.iter().find(|said| said.context == new.name.as_str());
        Ok(found.is_some_and(|said| {
            said.state == word(new.state) && said.description == new.line(LONGEST)
        }))
    }

    /// Reads the latest status of each context. The combined state is no use: without any status it is `pending`; only
    /// the list itself tells that there is none.
    pub(super) async fn statuses(&self, commit: &CommitId) -> Result<Vec<wire::Status>, Error> {
        let ask = self
            .get(&["commits", commit.as_str(), "status"])
            .with("per_page", "100");
        let read = self.http().read_pages(&ask, MOST, |answer| {
            answer
                .json::<wire::CombinedStatus>()
                .map(|page| page.statuses)
        });
        Ok(read.await?)
    }
}

/// Returns GitHub's word for a state; what lies between is no success.
fn word(state: CheckState) -> &'static str {
    match state {
        CheckState::Passed => "success",
        CheckState::Failed => "failure",
        CheckState::Cancelled | CheckState::Skipped => "error",
        CheckState::Missing | CheckState::Queued | CheckState::Running => "pending",
    }
}
