//! Changing what is named and nothing else, and comments.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::forge::Error;
use crate::forge::RequestEdit;
use crate::forge::Written;
use crate::forge::http::Answer;
use crate::forge::marker::Kept;
use crate::forge::marker::kept;
use crate::model::ChangeRequest;
use crate::model::RequestId;
use crate::model::RequestState;

use super::hub::Came;
use super::hub::Hub;
use super::wire;

/// The parts of an edit, in the order in which they are sent.
const TEXT: &str = "title, text or state";
const LABELS: &str = "labels";
const REVIEWERS: &str = "reviewers";
/// More comments of one request than are looked through.
const MOST_COMMENTS: usize = 1000;

impl Hub {
    pub(super) async fn edit_request(
        &self,
        id: RequestId,
        edit: &RequestEdit,
    ) -> Result<Written<ChangeRequest>, Error> {
        let pull = self.pull(id).await?;
        let before = self.request(id).await?;
        if edit.is_open.is_some() && before.merged().is_some() {
            let why = format!("request {id} is merged: it can be neither closed nor reopened");
            return Ok(Written::Refused(why));
        }
        if is_so(&before, edit) {
            return Ok(Written::AlreadyDone(before));
        }
        let mut told = None;
        let mut did = Vec::new();
        let made = self.make_edit(&pull, &before, edit, &mut told, &mut did);
        let refusal = made.await?;
        let after = match (self.request(id).await, told) {
            (Ok(after), _) => after,
            // What GitHub answered to the change shows it.
            (Err(_), Some(told)) if is_so(&told, edit) => told,
            (Err(error), _) => return Err(error),
        };
        Ok(match refusal {
            _ if is_so(&after, edit) => Written::Done(after),
            Some(Came::No(_, why)) if did.is_empty() => {
                Written::Refused(format!("request {id}: {why}"))
            }
            // A part of it is done: nothing of that is refused.
            Some(Came::No(_, why)) => Written::Unknown(format!(
                "request {id}: {why}; only its {} changed",
                did.join(" and ")
            )),
            Some(Came::Unclear(why)) => Written::Unknown(why),
            Some(Came::Yes(_)) | None => Written::Unknown(format!(
                "GitHub took the change of request {id}, but does not show it yet"
            )),
        })
    }

    /// Sends what differs, part by part; the first that does not come back with a yes ends it and is returned. `told` is
    /// the request as the latest answer described it, `did` names what was changed.
    async fn make_edit(
        &self,
        pull: &wire::Pull,
        before: &ChangeRequest,
        edit: &RequestEdit,
        told: &mut Option<ChangeRequest>,
        did: &mut Vec<&'static str>,
    ) -> Result<Option<Came>, Error> {
        let number = before.id.to_string();
        let mut fields = Map::new();
        if let Some(title) = &edit.title
            && title != before.title.raw()
        {
            fields.insert("title".to_owned(), json!(title));
        }
        if let Some(body) = &edit.body
            && body != before.body.raw()
        {
            fields.insert("body".to_owned(), json!(body));
        }
        if let Some(is_open) = edit.is_open
            && is_open != before.is_open()
        {
            let state = if is_open { "open" } else { "closed" };
            fields.insert("state".to_owned(), json!(state));
        }
        let mut asks = Vec::new();
        if !fields.is_empty() {
            let ask = self.patch(&["pulls", &number]).json(&Value::Object(fields));
            asks.push((TEXT, ask));
        }
        if let Some(labels) = &edit.labels
            && !is_same_set(labels, &before.labels)
        {
            for label in labels.iter().filter(|one| !before.labels.contains(one)) {
                self.make_label(label).await?;
            }
            let ask = self
                .put(&["issues", &number, "labels"])
                .json(&json!({"labels": labels}));
            asks.push((LABELS, ask));
        }
        if let Some(reviewers) = &edit.reviewers {
            let asked = logins(before);
            let wanted: Vec<String> = reviewers
                .iter()
                .map(|name| name.trim_start_matches('@').to_owned())
                .collect();
            let path = ["pulls", number.as_str(), "requested_reviewers"];
            let more = without(&wanted, &asked);
            if !more.is_empty() {
                let ask = self.post(&path).json(&json!({"reviewers": more}));
                asks.push((REVIEWERS, ask));
            }
            let less = without(&asked, &wanted);
            if !less.is_empty() {
                let ask = self.delete(&path).json(&json!({"reviewers": less}));
                asks.push((REVIEWERS, ask));
            }
        }
        for (what, ask) in &asks {
            match self.send(ask).await? {
                Came::Yes(answer) => {
                    did.push(*what);
                    let pull = answer.json::<wire::Pull>().ok();
                    *told = pull.and_then(|pull| self.outline(&pull)).or(told.take());
                }
                other => return Ok(Some(other)),
            }
        }
        // Last, so that nobody is called to review something half described.
        if let Some(is_draft) = edit.is_draft
            && is_draft != before.is_draft
        {
            match self.set_draft(&pull.node_id, is_draft).await? {
                Came::Yes(_) => {}
                other => return Ok(Some(other)),
            }
        }
        Ok(None)
    }

    /// Adds a comment; one of ours with the same words is not said again, so that a lost answer costs no second one.
    pub(super) async fn comment(&self, id: RequestId, text: &str) -> Result<Written<()>, Error> {
        let number = id.to_string();
        let path = ["issues", number.as_str(), "comments"];
        if self.has_said(&path, text).await? {
            return Ok(Written::AlreadyDone(()));
        }
        let ask = self.post(&path).json(&json!({"body": text}));
        Ok(match self.send(&ask).await? {
            Came::Yes(answer) if is_comment(&answer) => Written::Done(()),
            Came::No(_, why) => Written::Refused(format!("request {id}: {why}")),
            Came::Yes(_) | Came::Unclear(_) if self.has_said(&path, text).await? => {
                Written::Done(())
            }
            Came::Yes(_) => Written::Unknown("GitHub does not show the comment".to_owned()),
            Came::Unclear(why) => Written::Unknown(why),
        })
    }

    async fn has_said(&self, path: &[&str], text: &str) -> Result<bool, Error> {
        let mine = self.my_comments(path).await?;
        Ok(mine.iter().any(|one| one.body.trim() == text.trim()))
    }

    async fn my_comments(&self, path: &[&str]) -> Result<Vec<wire::Comment>, Error> {
        let me = self.me().await?;
        let ask = self.get(path).with("per_page", "100");
        let mut all: Vec<wire::Comment> = self.http().read_list(&ask, MOST_COMMENTS).await?;
        all.retain(|one| one.user.as_ref().map(wire::User::person).as_ref() == Some(&me));
        Ok(all)
    }

    pub(super) async fn keep_comment(
        &self,
        id: RequestId,
        marker: &str,
        text: &str,
    ) -> Result<Written<()>, Error> {
        let number = id.to_string();
        let path = ["issues", number.as_str(), "comments"];
        let ask = match self.kept(&path, marker, text).await? {
            Kept::Already => return Ok(Written::AlreadyDone(())),
            Kept::Add => self.post(&path),
            Kept::Edit(comment) => self.patch(&["issues", "comments", &comment.to_string()]),
        };
        Ok(match self.send(&ask.json(&json!({"body": text}))).await? {
            Came::Yes(answer) if is_comment(&answer) => Written::Done(()),
            Came::No(_, why) => Written::Refused(format!("request {id}: {why}")),
            Came::Yes(_) | Came::Unclear(_)
                if self.kept(&path, marker, text).await? == Kept::Already =>
            {
                Written::Done(())
            }
            Came::Yes(_) => Written::Unknown("GitHub does not show the comment".to_owned()),
            Came::Unclear(why) => Written::Unknown(why),
        })
    }

    async fn kept(&self, path: &[&str], marker: &str, text: &str) -> Result<Kept, Error> {
        let mine = self.my_comments(path).await?;
        let mine = mine.iter().map(|one| (one.id, one.body.as_str()));
        Ok(kept(mine, marker, text))
    }
}

fn is_comment(answer: &Answer) -> bool {
    answer
        .json::<wire::Comment>()
        .is_ok_and(|comment| !comment.body.is_empty())
}

/// Tells whether a request is as an edit wants it.
fn is_so(request: &ChangeRequest, edit: &RequestEdit) -> bool {
    let RequestEdit {
        title,
        body,
        is_draft,
        labels,
        reviewers,
        is_open,
    } = edit;
    let is_asked = |names: &Vec<String>| {
        let wanted: Vec<String> = names
            .iter()
            .map(|name| name.trim_start_matches('@').to_owned())
            .collect();
        let asked = logins(request);
        without(&wanted, &asked).is_empty() && without(&asked, &wanted).is_empty()
    };
    let state_fits = |is_open: bool| match request.state {
        RequestState::Open => is_open,
        RequestState::Closed => !is_open,
        RequestState::Merged(_) => false,
    };
    title
        .as_ref()
        .is_none_or(|title| title == request.title.raw())
        && body.as_ref().is_none_or(|body| body == request.body.raw())
        && is_draft.is_none_or(|is_draft| is_draft == request.is_draft)
        && labels
            .as_ref()
            .is_none_or(|labels| is_same_set(labels, &request.labels))
        && reviewers.as_ref().is_none_or(is_asked)
        && is_open.is_none_or(state_fits)
}

fn is_same_set(one: &[String], other: &[String]) -> bool {
    without(one, other).is_empty() && without(other, one).is_empty()
}

/// Returns those of `names` that are not in `others`; GitHub's names have no case.
fn without(names: &[String], others: &[String]) -> Vec<String> {
    let is_other = |name: &&String| !others.iter().any(|one| one.eq_ignore_ascii_case(name));
    names.iter().filter(is_other).cloned().collect()
}

fn logins(request: &ChangeRequest) -> Vec<String> {
    let people = request.reviewers.iter();
    people.filter_map(|person| person.login.clone()).collect()
}
