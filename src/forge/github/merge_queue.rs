//! Merging in the background, where a branch has a merge queue: asked for once, then looked at. The queue merges by its
//! own method and with its own words, and refuses everybody's.

use serde_json::json;

use crate::forge::Error;
use crate::forge::MergeOrder;
use crate::forge::Written;
use crate::model::ChangeRequest;
use crate::model::Merged;
use crate::model::Untrusted;

use super::hub::Came;
use super::hub::Hub;
use super::required::Rules;
use super::wire;

/// Looks at a merge in the background before it is left to the next look at everything.
const LOOKS: usize = 30;

impl Hub {
    /// Merges by the queue of a branch if its method is the one that is ordered: a promotion that a queue squashes would
    /// be found again and again by each later merge.
    pub(super) async fn merge_by_queue(
        &self,
        order: &MergeOrder,
        request: &ChangeRequest,
        rules: &Rules,
    ) -> Result<Written<Merged>, Error> {
        match rules.queue_obstacle(order.method) {
            Some(why) => Ok(Written::Refused(format!("`{}`: {why}", request.into))),
            None => self.merge_in_queue(order, request).await,
        }
    }

    /// Asks for a merge in the background. A queue runs its checks first, which may take long: what is in it when we
    /// stop looking is unknown, and found merged, or not, by a later look.
    async fn merge_in_queue(
        &self,
        order: &MergeOrder,
        request: &ChangeRequest,
    ) -> Result<Written<Merged>, Error> {
        let number = order.request.to_string();
        let path = ["pulls", number.as_str(), "merge-async"];
        let body = json!({"sha": order.head, "merge_action": "merge_queue"});
        let (came, said) = self.send_and_keep(&self.put(&path).json(&body)).await?;
        let mut task = match came {
            // An odd answer to a merge that was taken is no reason to say that it was not.
            Came::Yes(answer) => answer.json::<wire::MergeTask>().ok(),
            // One is on its way already, and is named.
            Came::No(409, _) => said.and_then(|said| said.json::<wire::MergeTask>().ok()),
            // A server where nobody may ask like that yet; GraphQL knows the queue for longer.
            Came::No(404, _) => {
                let node = self.pull(order.request).await?.node_id;
                match self.enqueue(&node, &order.head).await? {
                    Came::Yes(_) => None,
                    // It waits there already, put in by somebody else or by us, unheard.
                    Came::No(_, why) if why.contains("already") && why.contains("queue") => None,
                    Came::No(status, why) => {
                        let why = format!("{why}; merge it in the browser");
                        return self.refused(order, request, status, &why).await;
                    }
                    Came::Unclear(why) => return self.settled(order, request, why).await,
                }
            }
            Came::No(status, why) => return self.refused(order, request, status, &why).await,
            Came::Unclear(why) => return self.settled(order, request, why).await,
        };
        let mut uuid = task.as_ref().and_then(|task| task.details.uuid.clone());
        for look in 0..LOOKS {
            if look > 0 {
                self.pause().await;
                task = self.look_at(&path, uuid.as_deref()).await?;
            }
            if let Some(task) = &task
                && task.status == "failed"
            {
                let why = Untrusted::new(task.details.message.as_str()).show();
                return self.refused(order, request, 400, &why).await;
            }
            if let Some(task) = &task
                && task.status == "enqueued"
            {
                // That is the last word about the task; what the queue does shows at the request.
                uuid = None;
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
