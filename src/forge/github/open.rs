//! Opening a request: an open one is adopted, labels are made first, nothing is opened twice.

use serde_json::json;

use crate::forge::Error;
use crate::forge::NewRequest;
use crate::forge::RequestQuery;
use crate::forge::Written;
use crate::forge::sent::before;
use crate::model::ChangeRequest;
use crate::model::RequestId;

use super::hub::Came;
use super::hub::Hub;
use super::wire;
use crate::forge::marker;

/// The colour of labels that we make: a quiet grey.
const LABEL_COLOR: &str = "bfc4cc";

/// What a request has already.
#[derive(Default)]
struct Worn<'a> {
    labels: &'a [String],
    reviewers: &'a [&'a str],
    has_milestone: bool,
}

/// What a request wears instead of the draft mark; it goes with the other labels when the request is made ready.
const NOT_YET: &str = "do not merge";
/// GitHub's words where a repository has no drafts: a private one, on the plans Free and Pro.
const NO_DRAFTS: &str = "Draft pull requests are not supported";

/// Returns the request to open where there are no drafts.
fn without_draft(new: &NewRequest) -> NewRequest {
    let mut new = new.clone();
    new.is_draft = false;
    new.labels.push(NOT_YET.to_owned());
    new
}

impl Hub {
    /// Opens a request; where the repository has no drafts, one that wears a label against its merge.
    pub(super) async fn open_request(
        &self,
        new: &NewRequest,
    ) -> Result<Written<ChangeRequest>, Error> {
        if !new.is_draft {
            return Box::pin(self.open_as_asked(new)).await;
        }
        let has_none = self.known().has_no_drafts;
        if !has_none {
            match Box::pin(self.open_as_asked(new)).await? {
                Written::Refused(why) if why.contains(NO_DRAFTS) => {
                    self.known().has_no_drafts = true;
                }
                other => return Ok(other),
            }
        }
        Box::pin(self.open_as_asked(&without_draft(new))).await
    }

    async fn open_as_asked(&self, new: &NewRequest) -> Result<Written<ChangeRequest>, Error> {
        if new.from == new.into {
            let why = format!("`{}` cannot be merged into itself", new.from);
            return Ok(Written::Refused(why));
        }
        if let Some(twin) = self.open_twin(new).await? {
            return self.adopt(new, &twin).await;
        }
        let body = marker::with_hotfix(&new.body, new.hotfix.as_ref());
        let ask = self.post(&["pulls"]).json(&json!({
            "title": new.title,
            "head": new.from,
            "base": new.into,
            "body": body,
            "draft": new.is_draft,
            "maintainer_can_modify": false,
        }));
        match self.send(&ask).await? {
            Came::Yes(answer) => {
                let pull = answer.json::<wire::Pull>();
                let number = match &pull {
                    Ok(pull) => RequestId(pull.number),
                    // It is open, whatever was said about it.
                    Err(error) => match self.open_twin(new).await? {
                        Some(twin) => twin.id,
                        None => return Ok(Written::Unknown(error.to_string())),
                    },
                };
                self.dress(new, number, &Worn::default()).await?;
                let made = pull.ok().and_then(|pull| self.outline(&pull));
                match (self.request(number).await, made) {
                    (Ok(request), _) => Ok(Written::Done(request)),
                    (Err(_), Some(made)) => Ok(Written::Done(made)),
                    (Err(error), None) => Err(error),
                }
            }
            Came::No(status, why) => match self.open_twin(new).await? {
                // Somebody was faster, or an answer that was lost had done it.
                Some(twin) if matches!(status, 409 | 422) => self.adopt(new, &twin).await,
                Some(_) | None => Ok(Written::Refused(why)),
            },
            Came::Unclear(why) => match self.open_twin(new).await? {
                Some(twin) => {
                    self.dress(new, twin.id, &Worn::default()).await?;
                    Ok(Written::Done(self.request(twin.id).await?))
                }
                None => Ok(Written::Unknown(why)),
            },
        }
    }

    async fn open_twin(&self, new: &NewRequest) -> Result<Option<ChangeRequest>, Error> {
        let query = RequestQuery {
            from: Some(new.from.clone()),
            into: Some(new.into.clone()),
            only_open: true,
            ..RequestQuery::default()
        };
        Ok(self.list(&query).await?.into_iter().next())
    }

    /// Takes an open request as ours; what an earlier, interrupted opening left out is added.
    async fn adopt(
        &self,
        new: &NewRequest,
        twin: &ChangeRequest,
    ) -> Result<Written<ChangeRequest>, Error> {
        let mut asked: Vec<&str> = Vec::new();
        for person in &twin.reviewers {
            asked.extend(person.login.as_deref());
        }
        let have_spoken = twin.approvals.iter().map(|one| &one.by);
        asked.extend(have_spoken.filter_map(|person| person.login.as_deref()));
        let worn = Worn {
            labels: &twin.labels,
            reviewers: &asked,
            has_milestone: twin.milestone.is_some(),
        };
        let has_changed = self.dress(new, twin.id, &worn).await?;
        Ok(Written::AlreadyDone(if has_changed {
            self.request(twin.id).await?
        } else {
            twin.clone()
        }))
    }

    /// Adds the labels, the milestone and the reviewers that a request lacks; tells whether there were any. A label that
    /// cannot be put does not undo the request: what is read back afterwards shows which are there.
    async fn dress(&self, new: &NewRequest, id: RequestId, worn: &Worn<'_>) -> Result<bool, Error> {
        let number = id.to_string();
        let missing: Vec<&String> = new
            .labels
            .iter()
            .filter(|label| !worn.labels.contains(label))
            .collect();
        if !missing.is_empty() {
            for label in &missing {
                self.make_label(label).await?;
            }
            let ask = self
                .post(&["issues", &number, "labels"])
                .json(&json!({"labels": missing}));
            self.try_to("label", id, self.send(&ask).await?);
        }
        let milestone = new.milestone.as_ref().filter(|_| !worn.has_milestone);
        if let Some(milestone) = milestone {
            let node = self.pull(id).await?.node_id;
            let came = self.set_milestone(&node, milestone).await?;
            self.try_to("plan", id, came);
        }
        let is_asked = |name: &str| {
            worn.reviewers
                .iter()
                .any(|one| one.eq_ignore_ascii_case(name))
        };
        let unasked: Vec<&str> = new
            .reviewers
            .iter()
            .map(|name| name.trim_start_matches('@'))
            .filter(|name| !is_asked(name))
            .collect();
        if !unasked.is_empty() {
            let ask = |names: &[&str]| {
                self.post(&["pulls", &number, "requested_reviewers"])
                    .json(&json!({"reviewers": names}))
            };
            match self.send(&ask(&unasked)).await? {
                // One name that GitHub does not take must not keep the others from being asked.
                Came::No(422, _) if unasked.len() > 1 => {
                    for name in &unasked {
                        let came = self.send(&ask(std::slice::from_ref(name))).await?;
                        self.try_to("ask a reviewer of", id, came);
                    }
                }
                came => self.try_to("ask reviewers of", id, came),
            }
        }
        Ok(!missing.is_empty() || milestone.is_some() || !unasked.is_empty())
    }

    fn try_to(&self, what: &str, id: RequestId, came: Came) {
        match came {
            Came::Yes(_) => {}
            Came::No(_, why) | Came::Unclear(why) => {
                tracing::warn!(%id, why, "could not {what} a request");
            }
        }
    }

    /// Makes a label; one that is there stays as it is.
    pub(super) async fn make_label(&self, name: &str) -> Result<(), Error> {
        let ask = self
            .post(&["labels"])
            .json(&json!({"name": name, "color": LABEL_COLOR}));
        // A label is no request.
        match before(self.send(&ask)).await? {
            // 422 is `already_exists`; anything else shows when the label is put.
            Came::Yes(_) | Came::No(422, _) => {}
            Came::No(_, why) | Came::Unclear(why) => {
                tracing::debug!(label = name, why, "could not make a label");
            }
        }
        Ok(())
    }
}
