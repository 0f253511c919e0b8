//! The project, its branches and what protects its environments.

use serde::Deserialize;

use crate::forge::soft::soft;

use super::ci::Commit;
use super::deployment::Rule;

/// The project, as far as its settings matter to us.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::forge::gitlab) struct Project {
    pub(in crate::forge::gitlab) id: u64,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) merge_method: String,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) squash_option: String,
}

/// The version of the instance.
#[derive(Debug, Clone, Default, Deserialize)]
pub(in crate::forge::gitlab) struct Metadata {
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) version: String,
}

/// A branch and where it is.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::forge::gitlab) struct Branch {
    pub(in crate::forge::gitlab) commit: Commit,
}

/// What protects an environment; read by maintainers only.
#[derive(Debug, Clone, Default, Deserialize)]
pub(in crate::forge::gitlab) struct ProtectedEnvironment {
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) approval_rules: Vec<Rule>,
    /// As it was before there were rules.
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) required_approval_count: u64,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) deploy_access_levels: Vec<StartLevel>,
}

/// Somebody who may start a job that deploys there: everybody from a role on, one person, or a group.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::forge::gitlab) struct StartLevel {
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) access_level_description: String,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) access_level: Option<u64>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) user_id: Option<u64>,
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) group_id: Option<u64>,
}
