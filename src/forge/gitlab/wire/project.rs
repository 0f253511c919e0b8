//! The project, its branches and what protects its environments.

use serde::Deserialize;
use serde_json::Value;

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
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) permissions: Option<Permissions>,
}

/// The roles of whoever asks: their own in the project, and that in its groups.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::forge::gitlab) struct Permissions {
    #[serde(default)]
    project_access: Option<Access>,
    #[serde(default)]
    group_access: Option<Access>,
}

#[derive(Debug, Clone, Deserialize)]
struct Access {
    access_level: Value,
}

impl Permissions {
    /// Returns the higher of the two roles, as a number; none where GitLab does not tell.
    pub(in crate::forge::gitlab) fn level(&self) -> Option<u64> {
        let own = [&self.project_access, &self.group_access];
        let levels = own.into_iter().flatten();
        levels
            .filter_map(|access| number(&access.access_level))
            .max()
    }
}

/// Somebody's role in the project, by whichever way it came to them.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::forge::gitlab) struct Member {
    #[serde(default)]
    access_level: Value,
}

impl Member {
    /// Returns the role as a number.
    pub(in crate::forge::gitlab) fn level(&self) -> Option<u64> {
        number(&self.access_level)
    }
}

/// Reads a role: a number, which GitLab's own description calls a text.
fn number(level: &Value) -> Option<u64> {
    let text = level.as_str().and_then(|text| text.parse().ok());
    level.as_u64().or(text)
}

/// The version of the instance.
#[derive(Debug, Clone, Default, Deserialize)]
pub(in crate::forge::gitlab) struct Metadata {
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) version: String,
    /// Whether it is the edition that has approvals of deployments, licensed or not.
    #[serde(default, deserialize_with = "soft")]
    pub(in crate::forge::gitlab) enterprise: Option<bool>,
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

impl StartLevel {
    /// Tells whether it lets in everybody from a role on.
    pub(in crate::forge::gitlab) fn is_of_role(&self) -> bool {
        self.user_id.is_none() && self.group_id.is_none() && self.access_level.is_some()
    }
}
