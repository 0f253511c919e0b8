//! Pipelines, jobs, bridges to other pipelines, statuses that others report.

use serde::Deserialize;

use crate::forge::soft::soft;

use super::User;

/// A pipeline.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::forge::gitlab) struct Pipeline {
    pub(in crate::forge::gitlab) id: u64,
    /// Its commit: the head, or for a merged-results pipeline the merge that GitLab tries.
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) sha: String,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) r#ref: String,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) source: String,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) web_url: Option<String>,
}

/// A job of a pipeline.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::forge::gitlab) struct Job {
    pub(in crate::forge::gitlab) id: u64,
    #[serde(default)]
    pub(in crate::forge::gitlab) name: String,
    #[serde(default)]
    pub(in crate::forge::gitlab) status: String,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) stage: String,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) allow_failure: bool,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) failure_reason: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) created_at: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) started_at: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) finished_at: Option<String>,
    /// Who pressed play on it; before that, and of one that nobody has to play, whoever made the pipeline.
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) user: Option<User>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) pipeline: Option<Pipeline>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) web_url: Option<String>,
}

/// A job that starts another pipeline. It has no log.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::forge::gitlab) struct Bridge {
    #[serde(default)]
    pub(in crate::forge::gitlab) name: String,
    #[serde(default)]
    pub(in crate::forge::gitlab) status: String,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) allow_failure: bool,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) created_at: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) started_at: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) finished_at: Option<String>,
}

/// What GitLab or somebody else says of a commit under a name.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::forge::gitlab) struct Status {
    #[serde(default)]
    pub(in crate::forge::gitlab) name: String,
    #[serde(default)]
    pub(in crate::forge::gitlab) status: String,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) description: String,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) created_at: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) started_at: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) finished_at: Option<String>,
}

/// A commit, as far as its parents are of interest.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::forge::gitlab) struct Commit {
    pub(in crate::forge::gitlab) id: String,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) parent_ids: Vec<String>,
}
