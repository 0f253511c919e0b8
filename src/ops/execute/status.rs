//! The status of a conflict, beside the checks of its request.

use crate::engine::RequestRef;
use crate::forge::NewStatus;
use crate::model::CheckState;
use crate::model::CommitId;

use super::calls::Answer;
use super::calls::Caller;
use super::calls::answer;

/// Under which name forges show it (flows.md 5.8.2).
const NAME: &str = "hotfix/unresolved";

impl Caller<'_> {
    pub(super) async fn set_status(
        &self,
        request: &RequestRef,
        head: Option<&CommitId>,
        is_resolved: bool,
        text: &str,
    ) -> Answer {
        let commit = match head {
            Some(head) => head.clone(),
            None => match self.find_request(request).await {
                Ok(found) => found.head,
                Err(answer) => return answer,
            },
        };
        let status = NewStatus {
            commit,
            name: NAME.parse().expect("static name"),
            state: if is_resolved {
                CheckState::Passed
            } else {
                CheckState::Failed
            },
            text: text.to_owned(),
        };
        answer(
            self.workspace.forge().set_status(&status).await,
            |()| format!("{NAME} is {}", status.state.word()),
            |()| Vec::new(),
        )
    }
}
