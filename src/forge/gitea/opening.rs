//! Opening a request, once: an open one of the same branches is adopted, before and after the write.

use serde_json::json;

use crate::forge::Error;
use crate::forge::NewRequest;
use crate::forge::RequestQuery;
use crate::forge::Written;
use crate::forge::http::Ask;
use crate::forge::sent::before;
use crate::model::ChangeRequest;
use crate::model::RequestId;

use super::options::Gitea;
use super::send::Failure;
use super::send::Reply;
use super::send::unknown;
use super::wire;
use super::words;
use crate::forge::marker;

impl Gitea {
    pub(super) async fn open(&self, new: &NewRequest) -> Result<Written<ChangeRequest>, Error> {
        if let Some(open) = self.open_twin(new).await? {
            return self.adopt(new, open).await;
        }
        if new.from == new.into {
            let why = format!("`{}` cannot be merged into itself", new.from);
            return Ok(Written::Refused(why));
        }
        for branch in [&new.from, &new.into] {
            if self.tip(branch.as_str()).await?.is_none() {
                let why = format!("{} has no branch `{branch}`", self.product());
                return Ok(Written::Refused(why));
            }
        }
        // A label that is made is no request.
        let labels = match before(self.label_ids(&new.labels)).await? {
            Ok(ids) => ids,
            Err(why) => return Ok(Written::Refused(why)),
        };
        let mut fields = json!({
            "head": new.from.as_str(),
            "base": new.into.as_str(),
            "title": words::title(&new.title, new.is_draft),
            "body": marker::with_hotfix(&new.body, new.hotfix.as_ref()),
            "labels": labels,
        });
        let milestone = new.milestone.as_ref();
        if let Some(id) = milestone.and_then(|one| one.id.parse::<u64>().ok()) {
            fields["milestone"] = id.into();
        }
        let ask = Ask::post(&self.at(&["pulls"])).json(&fields);
        let made = match self.send(&ask).await?.document::<wire::Pull>() {
            Ok(pull) => pull,
            Err(Failure::No { status, why }) => {
                // 409 is a duplicate; another console was faster.
                let twin = if status == 409 {
                    self.open_twin(new).await?
                } else {
                    None
                };
                return match twin {
                    Some(open) => self.adopt(new, open).await,
                    None => Ok(Written::Refused(why)),
                };
            }
            Err(Failure::Unclear(why)) => {
                return Ok(match self.open_twin(new).await? {
                    Some(open) => match self.adopt(new, open).await? {
                        Written::AlreadyDone(open) => Written::Done(open),
                        other => other,
                    },
                    None => Written::Unknown(unknown("the change request was opened", &why)),
                });
            }
        };
        self.ask_for_review(made.number, &new.reviewers).await?;
        match self.shown_now(made.number).await {
            Ok(request) => Ok(Written::Done(request)),
            Err(error) => self.outline(&made).map(Written::Done).ok_or(error),
        }
    }

    /// Takes an open request as ours; whom an earlier, interrupted opening did not ask for a review is asked.
    async fn adopt(
        &self,
        new: &NewRequest,
        open: ChangeRequest,
    ) -> Result<Written<ChangeRequest>, Error> {
        let have_spoken = open.approvals.iter().map(|one| &one.by);
        let known: Vec<&str> = open
            .reviewers
            .iter()
            .chain(have_spoken)
            .filter_map(|person| person.login.as_deref())
            .collect();
        let is_known = |name: &&String| {
            let login = name.strip_prefix('@').unwrap_or(name);
            known.iter().any(|one| one.eq_ignore_ascii_case(login))
        };
        let unasked = new.reviewers.iter().filter(|name| !is_known(name));
        let unasked: Vec<String> = unasked.cloned().collect();
        if unasked.is_empty() {
            return Ok(Written::AlreadyDone(open));
        }
        self.ask_for_review(open.id.0, &unasked).await?;
        let shown = self.shown_now(open.id.0).await;
        Ok(Written::AlreadyDone(shown.unwrap_or(open)))
    }

    async fn shown_now(&self, number: u64) -> Result<ChangeRequest, Error> {
        let pull = self.pull(RequestId(number)).await?;
        self.show(&pull).await
    }

    /// Finds an open request of the same branches.
    async fn open_twin(&self, new: &NewRequest) -> Result<Option<ChangeRequest>, Error> {
        let query = RequestQuery {
            from: Some(new.from.clone()),
            into: Some(new.into.clone()),
            only_open: true,
            ..RequestQuery::default()
        };
        Ok(self.list_requests(&query).await?.into_iter().next())
    }

    /// Asks people for a review. Whom the forge does not take is not asked, and the request shows whom it took: a
    /// hotfix does not stop because somebody left the team.
    async fn ask_for_review(&self, request: u64, names: &[String]) -> Result<(), Error> {
        let me = self.me().await?.login.clone();
        let number = request.to_string();
        for name in names {
            let login = name.strip_prefix('@').unwrap_or(name);
            if me
                .as_deref()
                .is_some_and(|me| me.eq_ignore_ascii_case(login))
            {
                continue;
            }
            let ask = Ask::post(&self.at(&["pulls", &number, "requested_reviewers"]))
                .json(&json!({ "reviewers": [login] }));
            if let Reply::No { why, .. } | Reply::Unclear(why) = self.send(&ask).await? {
                tracing::warn!(reviewer = login, why, "the review was not asked for");
            }
        }
        Ok(())
    }
}
