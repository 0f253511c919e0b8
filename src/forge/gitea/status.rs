//! Setting a status: one line about a commit under a name, beside what CI says of it.

use serde_json::json;

use crate::forge::Error;
use crate::forge::NewStatus;
use crate::forge::Written;
use crate::forge::http::Ask;
use crate::model::CheckState;

use super::options::Gitea;
use super::send::Failure;
use super::send::unknown;
use super::wire;

/// Characters of a description that fit on the forge's page.
const LONGEST: usize = 255;

impl Gitea {
    pub(super) async fn set_status(&self, new: &NewStatus) -> Result<Written<()>, Error> {
        if self.has_status(new).await? {
            return Ok(Written::AlreadyDone(()));
        }
        let path = self.at(&["statuses", new.commit.as_str()]);
        let ask = Ask::post(&path).json(&json!({
            "state": word(new.state),
            "context": new.name.as_str(),
            "description": new.line(LONGEST),
        }));
        let why = match self.send(&ask).await?.document::<wire::Status>() {
            Ok(said) if is_it(&said, new) => return Ok(Written::Done(())),
            Ok(_) => "the answer shows another status".to_owned(),
            Err(Failure::No { why, .. }) => return Ok(Written::Refused(why)),
            Err(Failure::Unclear(why)) => why,
        };
        Ok(if self.has_status(new).await? {
            Written::Done(())
        } else {
            let what = format!("the status `{}` was set", new.name);
            Written::Unknown(unknown(&what, &why))
        })
    }

    /// Tells whether the newest status of that name is this one.
    async fn has_status(&self, new: &NewStatus) -> Result<bool, Error> {
        let said = self.statuses(new.commit.as_str()).await?;
        let named = said.iter().filter(|said| said.context == new.name.as_str());
        Ok(named
            .max_by_key(|said| said.id)
            .is_some_and(|said| is_it(said, new)))
    }
}

fn is_it(said: &wire::Status, new: &NewStatus) -> bool {
    said.context == new.name.as_str()
        && said.status == word(new.state)
        && said.description == new.line(LONGEST)
}

/// Returns the forge's word for a state; what lies between is no success.
fn word(state: CheckState) -> &'static str {
    match state {
        CheckState::Passed => "success",
        CheckState::Failed => "failure",
        CheckState::Cancelled | CheckState::Skipped => "error",
        CheckState::Missing | CheckState::Queued | CheckState::Running => "pending",
    }
}
