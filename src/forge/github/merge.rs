//! Merging: checked before, guarded by the head, verified after, and the source branch brought back.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::forge::Error;
use crate::forge::MergeOrder;
use crate::forge::Written;
use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::MergeMethod;
use crate::model::Mergeability;
use crate::model::Merged;
use crate::model::RequestState;

use super::hub::Came;
use super::hub::Hub;
use super::wire;

/// Looks at a merge until it shows: GitHub answers before all of its parts know.
const LOOKS: usize = 5;
/// Looks at a head branch that the repository deletes after a merge.
const DELETION_LOOKS: usize = 5;

impl Hub {
    pub(super) async fn merge(&self, order: &MergeOrder) -> Result<Written<Merged>, Error> {
        let request = self.request(order.request).await?;
        match self.before(order, &request).await? {
            Before::Go => {}
            Before::Merged(merged) => {
                self.keep_found(&request, order).await;
                return Ok(Written::AlreadyDone(merged));
            }
            Before::Refused(why) => return Ok(Written::Refused(why)),
        }
        let rules = self.rules_now(&request.into).await?;
        if rules.has_queue {
            return self.merge_by_queue(order, &request, &rules).await;
        }
        if !rules.allows(order.method) {
            return Ok(Written::Refused(format!(
                "the rules of `{}` do not allow the method {}",
                request.into,
                order.method.word()
            )));
        }
        let number = order.request.to_string();
        let ask = self
            .put(&["pulls", &number, "merge"])
            .json(&Value::Object(fields(order)));
        match self.send(&ask).await? {
            Came::Yes(answer) => {
                let made = answer.json::<wire::MergeAnswer>().ok();
                self.verify(order, &request, made).await
            }
            Came::No(405, why) if why.contains("merge queue") => {
                self.merge_by_queue(order, &request, &rules).await
            }
            Came::No(status, why) => self.refused(order, &request, status, &why).await,
            Came::Unclear(why) => self.settled(order, &request, why).await,
        }
    }

    /// Says what became of a merge whose answer was lost.
    pub(super) async fn settled(
        &self,
        order: &MergeOrder,
        request: &ChangeRequest,
        why: String,
    ) -> Result<Written<Merged>, Error> {
        Ok(match self.merged(order).await? {
            Some(merged) => {
                self.keep_branch(request, order).await;
                Written::Done(merged)
            }
            None => Written::Unknown(why),
        })
    }

    /// Looks at everything that can be known before.
    async fn before(&self, order: &MergeOrder, request: &ChangeRequest) -> Result<Before, Error> {
        let id = order.request;
        let refused = |why: String| Ok(Before::Refused(why));
        match &request.state {
            RequestState::Merged(merged) if merged.head == order.head => {
                return Ok(Before::Merged(merged.clone()));
            }
            RequestState::Merged(merged) => {
                return refused(format!(
                    "request {id} was merged at {}, and you looked at {}",
                    merged.head.short(),
                    order.head.short()
                ));
            }
            RequestState::Closed => return refused(format!("request {id} is closed")),
            RequestState::Open => {}
        }
        if request.head != order.head {
            return refused(format!(
                "request {id} moved to {}, and you looked at {}: look again",
                request.head.short(),
                order.head.short()
            ));
        }
        if request.is_draft {
            return refused(format!("request {id} is a draft"));
        }
        if matches!(request.mergeability, Mergeability::Conflicts(_)) {
            return refused(format!("request {id} conflicts with `{}`", request.into));
        }
        if self.repository().await?.allows(order.method) == Some(false) {
            return refused(format!(
                "the repository does not allow the method {}",
                order.method.word()
            ));
        }
        if self.loses_lane(&request.from).await? {
            let lane = &request.from;
            return refused(format!(
                "GitHub would delete the lane `{lane}` after the merge, and turn the requests into `{lane}` to `{}` or close them: protect the lane, or switch off \"Automatically delete head branches\"",
                request.into
            ));
        }
        // The last look before the merge: GitHub has no guard for the target.
        match self.tip(&request.into).await? {
            None => refused(format!("there is no branch `{}`", request.into)),
            Some(tip) if tip != order.onto => refused(format!(
                "`{}` moved to {}, and you looked at {}: look again",
                request.into,
                tip.short(),
                order.onto.short()
            )),
            Some(_) => Ok(Before::Go),
        }
    }

    /// Says why GitHub did not merge; somebody else may have been faster.
    pub(super) async fn refused(
        &self,
        order: &MergeOrder,
        request: &ChangeRequest,
        status: u16,
        why: &str,
    ) -> Result<Written<Merged>, Error> {
        let id = order.request;
        if let Some(merged) = self.merged(order).await? {
            self.keep_found(request, order).await;
            return Ok(Written::AlreadyDone(merged));
        }
        Ok(Written::Refused(match status {
            405 => format!("GitHub does not merge request {id} now: {why}"),
            409 => format!("the head of request {id} moved: {why}"),
            _ => format!("request {id}: {why}"),
        }))
    }

    /// Returns the merge of exactly the ordered head, if it is there.
    pub(super) async fn merged(&self, order: &MergeOrder) -> Result<Option<Merged>, Error> {
        let request = self.request(order.request).await?;
        Ok(request
            .merged()
            .filter(|merged| merged.head == order.head)
            .map(|merged| Merged {
                method: merged.method.or(Some(order.method)),
                ..merged.clone()
            }))
    }

    /// Reads the merge back after GitHub said yes, and sees to the source branch. Where nothing can be read, what the
    /// yes said holds.
    pub(super) async fn verify(
        &self,
        order: &MergeOrder,
        request: &ChangeRequest,
        said: Option<wire::MergeAnswer>,
    ) -> Result<Written<Merged>, Error> {
        for look in 0..LOOKS {
            if look > 0 {
                self.pause().await;
            }
            let merged = match (self.merged(order).await, &said) {
                (Ok(merged), _) => merged,
                (Err(_), Some(said)) if said.merged => Some(Merged {
                    commit: said.sha.clone(),
                    head: order.head.clone(),
                    by: self.me().await.ok(),
                    at: self.now(),
                    method: Some(order.method),
                }),
                (Err(error), _) => return Err(error),
            };
            if let Some(merged) = merged {
                self.keep_branch(request, order).await;
                return Ok(Written::Done(merged));
            }
        }
        Ok(Written::Unknown(format!(
            "GitHub took the merge of request {}, but does not show it",
            order.request
        )))
    }

    /// Tells whether GitHub would delete a lane after a merge out of it. That is not made good by making the lane again:
    /// open requests into it are aimed at the target, or closed, when it goes.
    pub(super) async fn loses_lane(&self, branch: &BranchName) -> Result<bool, Error> {
        let is_lane = self.options.project.lane_of_branch(branch).is_some();
        if !is_lane || !self.deletes_branches().await? {
            return Ok(false);
        }
        let is_protected = self.branch(branch).await?.is_none_or(|one| one.protected);
        Ok(!is_protected && !self.rules_now(branch).await?.forbids_deletion)
    }

    /// Makes the source branch again where the repository deletes branches after a merge. It
    /// cannot be asked not to, and deletes a moment later. The merge is done whatever comes of this; the next look shows
    /// a branch that is gone.
    async fn keep_branch(&self, request: &ChangeRequest, order: &MergeOrder) {
        if let Err(error) = self.bring_back(request, order).await {
            tracing::warn!(branch = %request.from, %error, "could not see to a branch");
        }
    }

    /// Does so for a request that was found merged: by a queue after we stopped looking, or by somebody. Whoever merged it
    /// may also have removed the branch on purpose, where the repository does not do that by itself; nobody removes a lane.
    async fn keep_found(&self, request: &ChangeRequest, order: &MergeOrder) {
        let is_lane = self.options.project.lane_of_branch(&request.from).is_some();
        if is_lane || self.deletes_branches().await.unwrap_or_default() {
            self.keep_branch(request, order).await;
        }
    }

    async fn deletes_branches(&self) -> Result<bool, Error> {
        let known = self.known().repository.clone();
        let repository = match known {
            Some(repository) => repository,
            None => self.repository().await?,
        };
        Ok(repository.delete_branch_on_merge)
    }

    async fn bring_back(&self, request: &ChangeRequest, order: &MergeOrder) -> Result<(), Error> {
        let looks = if self.deletes_branches().await? {
            DELETION_LOOKS
        } else {
            1
        };
        // Somebody may push between the merge and the deletion.
        let mut seen = None;
        for look in 0..looks {
            if look > 0 {
                self.pause().await;
            }
            if let Some(tip) = self.tip(&request.from).await? {
                seen = Some(tip);
                continue;
            }
            let deleted = self.deleted_at(&request.from).await.unwrap_or_default();
            let ask = self.post(&["git", "refs"]).json(&json!({
                "ref": request.from.to_ref(),
                "sha": deleted.or(seen).unwrap_or_else(|| order.head.clone()),
            }));
            match self.send(&ask).await? {
                Came::Yes(_) => {}
                Came::No(_, why) | Came::Unclear(why) => {
                    tracing::warn!(branch = %request.from, why, "could not bring a branch back");
                }
            }
            return Ok(());
        }
        Ok(())
    }
}

enum Before {
    Go,
    Merged(Merged),
    Refused(String),
}

/// Returns what a merge takes. A rebase makes no commit of its own, so it has no title.
fn fields(order: &MergeOrder) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("sha".to_owned(), json!(order.head));
    fields.insert("merge_method".to_owned(), json!(order.method.word()));
    match order.method {
        MergeMethod::Merge | MergeMethod::Squash => {
            fields.insert("commit_title".to_owned(), json!(order.subject));
        }
        MergeMethod::Rebase => {}
    }
    fields
}

impl wire::Repository {
    /// Tells whether the repository allows a method; none where GitHub does not say.
    pub(super) fn allows(&self, method: MergeMethod) -> Option<bool> {
        match method {
            MergeMethod::Merge => self.allow_merge_commit,
            MergeMethod::Squash => self.allow_squash_merge,
            MergeMethod::Rebase => self.allow_rebase_merge,
        }
    }
}
