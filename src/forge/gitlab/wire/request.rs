//! Merge requests, their approvals, notes and versions.

use jiff::Timestamp as Instant;
use serde::Deserialize;

use crate::forge::gitlab::words;
use crate::forge::soft::soft;
use crate::model::Mergeability;

use super::User;
use super::ci::Pipeline;

/// A merge request; lists leave out what only [`Request::head_pipeline`] has.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::forge::gitlab) struct Request {
    pub(in crate::forge::gitlab) iid: u64,
    pub(in crate::forge::gitlab) state: String,
    pub(in crate::forge::gitlab) source_branch: String,
    pub(in crate::forge::gitlab) target_branch: String,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) title: String,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) description: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) source_project_id: Option<u64>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) target_project_id: Option<u64>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) sha: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) merge_commit_sha: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) squash_commit_sha: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) draft: bool,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) labels: Vec<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) milestone: Option<Milestone>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) author: Option<User>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) reviewers: Vec<User>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) merge_user: Option<User>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) merged_by: Option<User>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) merged_at: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) created_at: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) updated_at: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) detailed_merge_status: Option<String>,
    /// Whether the contents merge, and nothing else.
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) merge_status: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) merge_error: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) web_url: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) user_notes_count: u64,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) head_pipeline: Option<Pipeline>,
}

impl Request {
    /// Says whether it can be merged, as far as GitLab's words go.
    pub(in crate::forge::gitlab) fn mergeability(&self) -> Mergeability {
        words::mergeability(
            self.detailed_merge_status.as_deref(),
            self.merge_status.as_deref(),
        )
    }
}

/// What a merge request is planned for; of the project or of a group above it.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::forge::gitlab) struct Milestone {
    pub(in crate::forge::gitlab) id: u64,
    pub(in crate::forge::gitlab) title: String,
}

/// Who approved a merge request; on every tier.
#[derive(Debug, Clone, Default, Deserialize)]
pub(in crate::forge::gitlab) struct Approvals {
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) approved_by: Vec<ApprovedBy>,
}

/// One yes to a merge request.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::forge::gitlab) struct ApprovedBy {
    pub(in crate::forge::gitlab) user: User,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) approved_at: Option<String>,
}

impl ApprovedBy {
    /// Returns when it was given, to the millisecond; none where GitLab does not say it here, as before 18.4.
    pub(in crate::forge::gitlab) fn time(&self) -> Option<Instant> {
        self.approved_at.as_ref()?.parse().ok()
    }
}

/// The rules that a merge request must satisfy; Premium and Ultimate only.
#[derive(Debug, Clone, Default, Deserialize)]
pub(in crate::forge::gitlab) struct ApprovalState {
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) rules: Vec<ApprovalRule>,
}

/// One rule of a merge request.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::forge::gitlab) struct ApprovalRule {
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) name: String,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) approvals_required: u64,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) approved: bool,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) approved_by: Vec<User>,
}

/// A comment, or what GitLab wrote of its own.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::forge::gitlab) struct Note {
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) id: u64,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) body: String,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) author: Option<User>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) created_at: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) system: bool,
}

impl Note {
    /// Returns when it was written, to the millisecond.
    pub(in crate::forge::gitlab) fn time(&self) -> Option<Instant> {
        self.created_at.as_ref()?.parse().ok()
    }
}

/// What was pushed at once to a merge request's source branch.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::forge::gitlab) struct Version {
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) head_commit_sha: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) created_at: Option<String>,
}
