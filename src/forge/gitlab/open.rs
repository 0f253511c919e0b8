//! Opening a request: an open one with the same source and target is adopted, before the call and after a conflict.

use std::sync::Arc;

use serde_json::json;

use crate::forge::Error;
use crate::forge::NewRequest;
use crate::forge::RequestQuery;
use crate::forge::Written;
use crate::model::ChangeRequest;

use super::home::Gitlab;
use super::settle::Came;
use super::wire;
use super::words;

impl Gitlab {
    pub(super) async fn open_request(
        self: &Arc<Self>,
        new: &NewRequest,
    ) -> Result<Written<ChangeRequest>, Error> {
        if let Some(twin) = self.twin(new).await? {
            return Ok(Written::AlreadyDone(twin));
        }
        if new.from == new.into {
            return Ok(Written::Refused(format!(
                "`{}` cannot be merged into itself",
                new.from
            )));
        }
        // GitLab opens a request without commits, and says nothing of a target that is not there.
        let Some(from) = self.tip(new.from.as_str()).await? else {
            return Ok(no_branch(new.from.as_str()));
        };
        if self.tip(new.into.as_str()).await?.is_none() {
            return Ok(no_branch(new.into.as_str()));
        }
        if self.has_nothing_new(new, from.as_str()).await? {
            return Ok(Written::Refused(format!(
                "`{}` has nothing that `{}` does not have",
                new.from, new.into
            )));
        }
        let mut fields = json!({
            "source_branch": new.from,
            "target_branch": new.into,
            "title": words::title(&new.title, new.is_draft),
            "description": words::without_actions(&new.body),
            "labels": new.labels,
            "reviewer_ids": self.reviewer_ids(&new.reviewers).await?,
            "remove_source_branch": false,
            "squash": false,
        });
        let milestone = new.milestone.as_ref();
        if let Some(id) = milestone.and_then(|one| one.id.parse::<u64>().ok()) {
            fields["milestone_id"] = id.into();
        }
        let ask = self.post(&["merge_requests"]).await?.json(&fields);
        let came = self.send(&ask).await?;
        if let Some(made) = came.body::<wire::Request>() {
            return Ok(Written::Done(self.described(&made).await?));
        }
        let twin = self.twin(new).await?;
        Ok(match (came, twin) {
            // What was just opened is what the call asked for, whoever's answer was lost.
            (Came::Yes(_) | Came::Unclear(_), Some(twin)) => Written::Done(twin),
            (Came::No { .. }, Some(twin)) => Written::AlreadyDone(twin),
            (Came::No { why, .. }, None) => Written::Refused(why),
            (Came::Unclear(why), None) => Written::Unknown(why),
            (Came::Yes(_), None) => {
                Written::Unknown("GitLab took the request and does not list it".to_owned())
            }
        })
    }

    async fn twin(self: &Arc<Self>, new: &NewRequest) -> Result<Option<ChangeRequest>, Error> {
        let query = RequestQuery {
            from: Some(new.from.clone()),
            into: Some(new.into.clone()),
            only_open: true,
            ..RequestQuery::default()
        };
        Ok(self.list(&query).await?.into_iter().next())
    }

    async fn has_nothing_new(&self, new: &NewRequest, from: &str) -> Result<bool, Error> {
        let ask = self
            .get(&["repository", "merge_base"])
            .await?
            .with("refs[]", from)
            .with("refs[]", &new.into);
        let base: Option<wire::Commit> = self.http().find(&ask).await?;
        Ok(base.is_some_and(|base| base.id == from))
    }
}

fn no_branch<T>(name: &str) -> Written<T> {
    Written::Refused(format!("the remote has no branch `{name}`"))
}
