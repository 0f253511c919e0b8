//! Changing a request, and writing under it.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::forge::Error;
use crate::forge::RequestEdit;
use crate::forge::Written;
use crate::forge::http::Ask;
use crate::forge::marker::Kept;
use crate::forge::marker::kept;
use crate::forge::sent::before;
use crate::model::ChangeRequest;
use crate::model::Person;
use crate::model::RequestId;

use super::options::Gitea;
use super::send::Failure;
use super::send::Reply;
use super::send::unknown;
use super::wire;
use super::words;

/// What an edit changes, after what is so already was taken out.
struct Changes {
    fields: Map<String, Value>,
    labels: Option<Vec<String>>,
    /// Account names.
    ask: Vec<String>,
    unask: Vec<String>,
}

impl Gitea {
    pub(super) async fn edit(
        &self,
        id: RequestId,
        edit: &RequestEdit,
    ) -> Result<Written<ChangeRequest>, Error> {
        let pull = self.pull(id).await?;
        let changes = changes(&pull, edit, self.me().await?);
        if changes.is_empty() {
            return Ok(Written::AlreadyDone(self.show(&pull).await?));
        }
        if edit.is_open.is_some() && pull.merged {
            let why = format!("request {id} is merged: it can be neither closed nor reopened");
            return Ok(Written::Refused(why));
        }
        let is_stuck =
            edit.is_draft == Some(false) && pull.draft && !words::without_prefix(&pull.title).1;
        if is_stuck {
            let why = format!(
                "{} calls request {id} a draft for a prefix of its title that is not known here; take it out by hand",
                self.product()
            );
            return Ok(Written::Refused(why));
        }
        // The title last: a draft whose labels cannot be changed stays a draft.
        let mut did = Vec::new();
        // The request as the latest answer described it.
        let mut told: Option<wire::Pull> = None;
        for (what, ask) in match self.asks(id, &changes).await? {
            Ok(asks) => asks,
            Err(why) => return Ok(Written::Refused(why)),
        } {
            match self.send(&ask).await? {
                Reply::Yes(answer) => {
                    told = answer.json::<wire::Pull>().ok().or(told);
                    did.push(what);
                }
                Reply::No { why, .. } if did.is_empty() => return Ok(Written::Refused(why)),
                Reply::No { why, .. } => {
                    let done = did.join(" and ");
                    return Ok(Written::Refused(format!("{why}; only its {done} changed")));
                }
                Reply::Unclear(why) => {
                    let now = self.pull(id).await?;
                    if changes_of(&changes, &now).contains(&what) {
                        let what = format!("the {what} of request {id} changed");
                        return Ok(Written::Unknown(unknown(&what, &why)));
                    }
                    did.push(what);
                }
            }
        }
        let now = match (self.pull(id).await, told) {
            (Ok(now), _) => now,
            (Err(_), Some(told)) if changes_of(&changes, &told).is_empty() => told,
            (Err(error), _) => return Err(error),
        };
        if let Some(what) = changes_of(&changes, &now).first() {
            let what = format!("the {what} of request {id} changed");
            let why = format!("{} took it and shows the old", self.product());
            return Ok(Written::Unknown(unknown(&what, &why)));
        }
        match self.show(&now).await {
            Ok(request) => Ok(Written::Done(request)),
            Err(error) => self.outline(&now).map(Written::Done).ok_or(error),
        }
    }

    async fn asks(
        &self,
        id: RequestId,
        changes: &Changes,
    ) -> Result<Result<Vec<(&'static str, Ask)>, String>, Error> {
        let number = id.to_string();
        let mut asks = Vec::new();
        if let Some(names) = &changes.labels {
            let ids = match before(self.label_ids(names)).await? {
                Ok(ids) => ids,
                Err(why) => return Ok(Err(why)),
            };
            let path = self.at(&["issues", &number, "labels"]);
            asks.push((LABELS, Ask::put(&path).json(&json!({ "labels": ids }))));
        }
        let path = self.at(&["pulls", &number, "requested_reviewers"]);
        if !changes.ask.is_empty() {
            let body = json!({ "reviewers": changes.ask });
            asks.push((REVIEWERS, Ask::post(&path).json(&body)));
        }
        if !changes.unask.is_empty() {
            let body = json!({ "reviewers": changes.unask });
            asks.push((REVIEWERS, Ask::delete(&path).json(&body)));
        }
        if !changes.fields.is_empty() {
            let path = self.at(&["pulls", &number]);
            asks.push((TEXT, Ask::patch(&path).json(&changes.fields)));
        }
        Ok(Ok(asks))
    }

    /// Adds a comment, unless it is ours already and nobody said anything since: a plan that is repeated says nothing
    /// twice.
    pub(super) async fn add_comment(
        &self,
        id: RequestId,
        text: &str,
    ) -> Result<Written<()>, Error> {
        if self.is_said(id, text).await? {
            return Ok(Written::AlreadyDone(()));
        }
        let number = id.to_string();
        let path = self.at(&["issues", &number, "comments"]);
        let ask = Ask::post(&path).json(&json!({ "body": text }));
        let why = match self.send(&ask).await?.document::<wire::Comment>() {
            Ok(comment) if comment.body == text => return Ok(Written::Done(())),
            Ok(_) => "the answer shows another text".to_owned(),
            Err(Failure::No { why, .. }) => return Ok(Written::Refused(why)),
            Err(Failure::Unclear(why)) => why,
        };
        Ok(if self.is_said(id, text).await? {
            Written::Done(())
        } else {
            Written::Unknown(unknown("the comment was added", &why))
        })
    }

    /// Tells whether the latest comment is this one, of ours.
    async fn is_said(&self, id: RequestId, text: &str) -> Result<bool, Error> {
        let me = self.me().await?;
        let comments = self.comments(id).await?;
        Ok(comments.last().is_some_and(|comment| {
            comment.body == text && wire::person(comment.user.as_ref()) == *me
        }))
    }

    /// Returns all comments, which the forge gives at once.
    async fn comments(&self, id: RequestId) -> Result<Vec<wire::Comment>, Error> {
        let number = id.to_string();
        let ask = self.get(&["issues", &number, "comments"]);
        Ok(self.http().read(&ask).await?)
    }

    pub(super) async fn keep_comment(
        &self,
        id: RequestId,
        marker: &str,
        text: &str,
    ) -> Result<Written<()>, Error> {
        let number = id.to_string();
        let ask = match self.kept(id, marker, text).await? {
            Kept::Already => return Ok(Written::AlreadyDone(())),
            Kept::Add => Ask::post(&self.at(&["issues", &number, "comments"])),
            Kept::Edit(comment) => {
                Ask::patch(&self.at(&["issues", "comments", &comment.to_string()]))
            }
        };
        let ask = ask.json(&json!({ "body": text }));
        let why = match self.send(&ask).await?.document::<wire::Comment>() {
            Ok(comment) if comment.body == text => return Ok(Written::Done(())),
            Ok(_) => "the answer shows another text".to_owned(),
            Err(Failure::No { why, .. }) => return Ok(Written::Refused(why)),
            Err(Failure::Unclear(why)) => why,
        };
        Ok(match self.kept(id, marker, text).await? {
            Kept::Already => Written::Done(()),
            Kept::Add | Kept::Edit(_) => Written::Unknown(unknown("the comment was written", &why)),
        })
    }

    async fn kept(&self, id: RequestId, marker: &str, text: &str) -> Result<Kept, Error> {
        let me = self.me().await?;
        let comments = self.comments(id).await?;
        let is_mine = |one: &&wire::Comment| wire::person(one.user.as_ref()) == *me;
        let mine = comments.iter().filter(is_mine);
        Ok(kept(
            mine.map(|one| (one.id, one.body.as_str())),
            marker,
            text,
        ))
    }
}

const LABELS: &str = "labels";
const REVIEWERS: &str = "reviewers";
const TEXT: &str = "title, text or state";

impl Changes {
    fn is_empty(&self) -> bool {
        let Self {
            fields,
            labels,
            ask,
            unask,
        } = self;
        fields.is_empty() && labels.is_none() && ask.is_empty() && unask.is_empty()
    }
}

/// Returns what of an edit is not so yet.
fn changes(pull: &wire::Pull, edit: &RequestEdit, me: &Person) -> Changes {
    let RequestEdit {
        title,
        body,
        is_draft,
        labels,
        reviewers,
        is_open,
    } = edit;
    let mut fields = Map::new();
    let (old_title, had_prefix) = words::without_prefix(&pull.title);
    let wanted = words::title(
        title.as_deref().unwrap_or(old_title),
        is_draft.unwrap_or(had_prefix || pull.draft),
    );
    let is_same = words::without_prefix(&wanted) == (old_title, had_prefix || pull.draft);
    if (title.is_some() || is_draft.is_some()) && !is_same {
        fields.insert("title".to_owned(), wanted.into());
    }
    if let Some(body) = body.as_ref().filter(|body| **body != pull.body) {
        fields.insert("body".to_owned(), body.as_str().into());
    }
    if let Some(is_open) = is_open.filter(|is_open| *is_open != pull.is_open()) {
        let state = if is_open { "open" } else { "closed" };
        fields.insert("state".to_owned(), state.into());
    }
    let have = labels_of(pull);
    let (ask, unask) = reviewers.as_ref().map_or_else(Default::default, |wanted| {
        let plain = |name: &String| name.strip_prefix('@').unwrap_or(name).to_owned();
        let wanted: Vec<String> = wanted.iter().map(plain).collect();
        let has =
            |list: &[String], name: &str| list.iter().any(|one| one.eq_ignore_ascii_case(name));
        let asked = reviewers_of(pull);
        let mine = me.login.iter().cloned().collect::<Vec<String>>();
        let ask = wanted
            .iter()
            .filter(|name| !has(&asked, name) && !has(&mine, name));
        let unask = asked.iter().filter(|name| !has(&wanted, name));
        (ask.cloned().collect(), unask.cloned().collect())
    });
    Changes {
        fields,
        labels: labels
            .clone()
            .filter(|wanted| sorted(wanted) != sorted(&have)),
        ask,
        unask,
    }
}

/// Returns what of the changes is still not so.
fn changes_of(changes: &Changes, now: &wire::Pull) -> Vec<&'static str> {
    let mut left = Vec::new();
    if let Some(labels) = &changes.labels
        && sorted(labels) != sorted(&labels_of(now))
    {
        left.push(LABELS);
    }
    let asked: Vec<String> = reviewers_of(now)
        .iter()
        .map(|name| name.to_lowercase())
        .collect();
    let is_asked = |name: &String| asked.contains(&name.to_lowercase());
    if !changes.ask.iter().all(is_asked) || changes.unask.iter().any(is_asked) {
        left.push(REVIEWERS);
    }
    let field = |name: &str| changes.fields.get(name).and_then(Value::as_str);
    let is_text = field("title").is_none_or(|title| title == now.title)
        && field("body").is_none_or(|body| body == now.body)
        && field("state").is_none_or(|state| state == now.state);
    if !is_text {
        left.push(TEXT);
    }
    left
}

fn labels_of(pull: &wire::Pull) -> Vec<String> {
    pull.labels.iter().map(|label| label.name.clone()).collect()
}

fn reviewers_of(pull: &wire::Pull) -> Vec<String> {
    pull.requested_reviewers
        .iter()
        .map(|user| user.login.clone())
        .collect()
}

fn sorted(names: &[String]) -> Vec<&String> {
    let mut names: Vec<&String> = names.iter().collect();
    names.sort();
    names.dedup();
    names
}
