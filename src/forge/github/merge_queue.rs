//! Merging in the background, where a branch has a merge queue: asked for once, then looked at.

use serde_json::Value;
use serde_json::json;

use crate::forge::Error;
use crate::forge::MergeOrder;
use crate::forge::Written;
use crate::forge::http::Answer;
use crate::model::ChangeRequest;
use crate::model::Merged;
use crate::model::Untrusted;

use super::hub::Came;
use super::hub::Hub;
use super::merge::fields;
use super::wire;

/// Looks at a merge in the background before it is left to the next look at everything.
const LOOKS: usize = 30;

impl Hub {
    /// Asks for a merge in the background. A queue runs its checks first, which may take long: what is in it when we
    /// stop looking is unknown, and found merged, or not, by a later look.
    pub(super) async fn merge_in_queue(
        &self,
        order: &MergeOrder,
        request: &ChangeRequest,
    ) -> Result<Written<Merged>, Error> {
        let number = order.request.to_string();
        let path = ["pulls", number.as_str(), "merge-async"];
        let mut body = fields(order);
        body.insert("merge_action".to_owned(), json!("default"));
        let task = match self
            .send(&self.put(&path).json(&Value::Object(body)))
            .await?
        {
            Came::Yes(answer) => read(&answer),
            // One is on its way already; GitHub names it only in words, so the request itself is looked at.
            Came::No(409, _) => None,
            Came::No(404, _) => {
                return Ok(Written::Refused(format!(
                    "`{}` has a merge queue, and this GitHub cannot be asked for it: merge request {} in the browser",
                    request.into, order.request
                )));
            }
            Came::No(status, why) => return self.refused(order, request, status, &why).await,
            Came::Unclear(why) => return self.settled(order, request, why).await,
        };
        let uuid = task.as_ref().and_then(|task| task.details.uuid.clone());
        let mut state = task;
        for look in 0..LOOKS {
            if look > 0 {
                self.pause().await;
                state = self.look_at(&path, uuid.as_deref()).await?;
            }
            if let Some(task) = &state
                && task.status == "failed"
            {
                let why = Untrusted::new(task.details.message.as_str()).show();
                return self.refused(order, request, 400, &why).await;
            }
            if self.merged(order).await?.is_some() {
                return self.verify(order, request, None).await;
            }
        }
        Ok(Written::Unknown(format!(
            "request {} waits in the merge queue of `{}`; it merges when the queue's checks pass",
            order.request, request.into
        )))
    }

    async fn look_at(
        &self,
        path: &[&str],
        uuid: Option<&str>,
    ) -> Result<Option<wire::MergeTask>, Error> {
        let Some(uuid) = uuid else {
            return Ok(None);
        };
        let path = [path, &[uuid]].concat();
        Ok(self.http().find(&self.get(&path)).await?)
    }
}

fn read(answer: &Answer) -> Option<wire::MergeTask> {
    // An odd answer to a merge that was taken is no reason to say that it was not.
    answer.json().ok()
}
