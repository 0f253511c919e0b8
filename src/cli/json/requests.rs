//! The requests of a commit, as a document.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::RequestState;

/// `lanekeeper requests REV --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RequestsDocument {
    pub schema: &'static str,
    pub commit: String,
    /// Newest first, as the forge says; empty where none has it.
    pub requests: Vec<RequestRow>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct RequestRow {
    pub id: u64,
    pub title: String,
    pub from: String,
    pub into: String,
    /// `open`, `merged` or `closed`.
    pub state: &'static str,
    /// The commit that it became in the target.
    pub merged_as: Option<String>,
    pub author: String,
    pub hotfix: Option<String>,
    pub url: Option<String>,
}

impl RequestsDocument {
    pub(in crate::cli) fn new(commit: &CommitId, requests: &[ChangeRequest]) -> Self {
        let row = |request: &ChangeRequest| RequestRow {
            id: request.id.0,
            title: request.title.raw().to_owned(),
            from: request.from.to_string(),
            into: request.into.to_string(),
            state: match &request.state {
                RequestState::Open => "open",
                RequestState::Merged(_) => "merged",
                RequestState::Closed => "closed",
            },
            merged_as: request.merged().map(|merged| merged.commit.to_string()),
            author: request.author.account().to_owned(),
            hotfix: request.hotfix.as_ref().map(ToString::to_string),
            url: request.url.clone(),
        };
        Self {
            schema: "lanekeeper/requests/v1",
            commit: commit.to_string(),
            requests: requests.iter().map(row).collect(),
        }
    }
}
