//! Changing a request that is there, and commenting on it.

use std::sync::Arc;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::forge::Error;
use crate::forge::RequestEdit;
use crate::forge::Written;
use crate::forge::http::Ask;
use crate::forge::marker::Kept;
use crate::forge::marker::kept;
use crate::model::ChangeRequest;
use crate::model::RequestId;

use super::home::Gitlab;
use super::requests::is_open;
use super::settle::Came;
use super::wire;
use super::words;

/// How many comments are searched for one that was made before.
const NOTES: usize = 500;

impl Gitlab {
    pub(super) async fn edit_request(
        self: &Arc<Self>,
        id: RequestId,
        edit: &RequestEdit,
    ) -> Result<Written<ChangeRequest>, Error> {
        let line = self.known_line(id).await?;
        let wanted = self.wanted(&line, edit).await?;
        if wanted.is_empty() {
            return Ok(Written::AlreadyDone(self.request(id).await?));
        }
        if line.state == "merged" && edit.is_open.is_some() {
            return Ok(Written::Refused(format!(
                "request {id} is merged: it can be neither closed nor reopened"
            )));
        }
        let ask = self
            .put(&["merge_requests", &id.to_string()])
            .await?
            .json(&wanted);
        let came = self.send(&ask).await?;
        if let Some(made) = came.body::<wire::Request>() {
            return Ok(Written::Done(self.described(&made).await?));
        }
        match came {
            Came::Yes(_) => Ok(Written::Done(self.request(id).await?)),
            Came::No { why, .. } => Ok(Written::Refused(why)),
            Came::Unclear(why) => {
                let now = self.known_line(id).await?;
                if self.wanted(&now, edit).await?.is_empty() {
                    Ok(Written::Done(self.request(id).await?))
                } else {
                    Ok(Written::Unknown(why))
                }
            }
        }
    }

    /// Returns the fields that are not yet as `edit` wants them.
    async fn wanted(
        &self,
        line: &wire::Request,
        edit: &RequestEdit,
    ) -> Result<Map<String, Value>, Error> {
        let RequestEdit {
            title,
            body,
            is_draft,
            labels,
            reviewers,
            is_open: open,
        } = edit;
        let mut fields = Map::new();
        let bare = words::bare_title(&line.title, line.draft);
        let title = words::title(
            title.as_deref().unwrap_or(bare),
            is_draft.unwrap_or(line.draft),
        );
        let is_same_title = words::bare_title(&title, is_draft.unwrap_or(line.draft)) == bare
            && is_draft.is_none_or(|is_draft| is_draft == line.draft);
        if !is_same_title {
            fields.insert("title".to_owned(), json!(title));
        }
        if let Some(body) = body.as_deref().map(words::without_actions)
            && line.description.as_deref() != Some(body.as_str())
        {
            fields.insert("description".to_owned(), json!(body));
        }
        if let Some(labels) = labels
            && !is_same_set(labels, &line.labels)
        {
            fields.insert("labels".to_owned(), json!(labels));
        }
        if let Some(reviewers) = reviewers {
            let mut ids = self.reviewer_ids(reviewers).await?;
            let mut now: Vec<u64> = line.reviewers.iter().map(|user| user.id).collect();
            ids.sort_unstable();
            now.sort_unstable();
            if ids != now {
                fields.insert("reviewer_ids".to_owned(), json!(ids));
            }
        }
        if let Some(open) = open.filter(|open| *open != is_open(line)) {
            let event = if open { "reopen" } else { "close" };
            fields.insert("state_event".to_owned(), json!(event));
        }
        Ok(fields)
    }

    pub(super) async fn comment(&self, id: RequestId, text: &str) -> Result<Written<()>, Error> {
        let text = words::without_actions(text);
        if self.has_note(id, &text).await? {
            return Ok(Written::AlreadyDone(()));
        }
        let ask = self.note(id, &text).await?;
        Ok(match self.send(&ask).await? {
            Came::Yes(_) => Written::Done(()),
            Came::No { status: 404, .. } => {
                return Err(Error::NotFound {
                    what: format!("change request {id}"),
                });
            }
            Came::No { why, .. } => Written::Refused(why),
            Came::Unclear(why) => {
                if self.has_note(id, &text).await? {
                    Written::Done(())
                } else {
                    Written::Unknown(why)
                }
            }
        })
    }

    /// Asks for a comment to be added.
    pub(super) async fn note(&self, id: RequestId, text: &str) -> Result<Ask, Error> {
        let ask = self
            .post(&["merge_requests", &id.to_string(), "notes"])
            .await?;
        Ok(ask.json(&json!({ "body": words::without_actions(text) })))
    }

    /// Tells whether we have said exactly this before.
    async fn has_note(&self, id: RequestId, text: &str) -> Result<bool, Error> {
        let notes = self.my_notes(id).await?;
        Ok(notes.iter().any(|note| note.body.trim() == text.trim()))
    }

    /// Returns the latest comments of ours.
    async fn my_notes(&self, id: RequestId) -> Result<Vec<wire::Note>, Error> {
        let me = self.me().await?;
        let ask = self
            .get(&["merge_requests", &id.to_string(), "notes"])
            .await?
            .with("per_page", "100");
        // Where they cannot be read nothing may be added: it may be there already.
        let mut notes: Vec<wire::Note> = self.http().read_list(&ask, NOTES).await?;
        notes.retain(|note| {
            let author = note.author.as_ref();
            !note.system && author.is_some_and(|author| author.person() == me)
        });
        Ok(notes)
    }

    pub(super) async fn keep_comment(
        &self,
        id: RequestId,
        marker: &str,
        text: &str,
    ) -> Result<Written<()>, Error> {
        let text = words::without_actions(text);
        let ask = match self.kept(id, marker, &text).await? {
            Kept::Already => return Ok(Written::AlreadyDone(())),
            Kept::Add => self.note(id, &text).await?,
            Kept::Edit(note) => {
                let path = [
                    "merge_requests",
                    &id.to_string(),
                    "notes",
                    &note.to_string(),
                ];
                self.put(&path).await?.json(&json!({ "body": text }))
            }
        };
        Ok(match self.send(&ask).await? {
            Came::Yes(_) => Written::Done(()),
            Came::No { why, .. } => Written::Refused(why),
            Came::Unclear(why) => match self.kept(id, marker, &text).await? {
                Kept::Already => Written::Done(()),
                Kept::Add | Kept::Edit(_) => Written::Unknown(why),
            },
        })
    }

    async fn kept(&self, id: RequestId, marker: &str, text: &str) -> Result<Kept, Error> {
        let notes = self.my_notes(id).await?;
        let notes = notes.iter().map(|note| (note.id, note.body.as_str()));
        Ok(kept(notes, marker, text))
    }
}

fn is_same_set(one: &[String], other: &[String]) -> bool {
    let sorted = |labels: &[String]| {
        let mut labels = labels.to_vec();
        labels.sort();
        labels.dedup();
        labels
    };
    sorted(one) == sorted(other)
}
