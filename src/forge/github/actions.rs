//! The shapes of GitHub Actions: environments with their gates, workflow runs, their jobs, and who let them on. Lean like
//! those in `wire`: what decides must be there, everything else may be missing or odd.

use serde::Deserialize;
use serde_json::Value;

use crate::forge::soft::soft;
use crate::model::CommitId;
use crate::model::Timestamp;

use super::wire::Named;
use super::wire::User;

#[derive(Debug, Deserialize)]
pub(super) struct Environments {
    #[serde(default)]
    pub(super) environments: Vec<Environment>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Environment {
    pub(super) name: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) protection_rules: Vec<ProtectionRule>,
    /// Whether administrators may let a run on without anybody's yes; GitHub's default, so they may unless it says no.
    #[serde(default, deserialize_with = "soft")]
    pub(super) can_admins_bypass: Option<bool>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ProtectionRule {
    #[serde(rename = "type", default, deserialize_with = "soft")]
    pub(super) kind: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) prevent_self_review: bool,
    #[serde(default, deserialize_with = "soft")]
    pub(super) reviewers: Vec<Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Runs {
    pub(super) workflow_runs: Vec<Run>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Run {
    pub(super) id: u64,
    pub(super) head_sha: CommitId,
    /// `.github/workflows/deploy.yml`, with `@main` behind it on some servers.
    #[serde(default, deserialize_with = "soft")]
    pub(super) path: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) event: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) status: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) conclusion: Option<String>,
    #[serde(default = "first", deserialize_with = "soft")]
    pub(super) run_attempt: u64,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    #[serde(default, deserialize_with = "soft")]
    pub(super) actor: Option<User>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) triggering_actor: Option<User>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) html_url: Option<String>,
}

fn first() -> u64 {
    1
}

impl Run {
    /// Returns the workflow's file name.
    pub(super) fn file(&self) -> &str {
        let path = self.path.split('@').next().unwrap_or_default();
        path.rsplit('/').next().unwrap_or_default()
    }

    pub(super) fn has_ended(&self) -> bool {
        self.status == "completed"
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Jobs {
    pub(super) jobs: Vec<Job>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Job {
    pub(super) id: u64,
    pub(super) name: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) run_id: Option<u64>,
    /// The attempt of the run that it ran in: an earlier one where a later attempt took its end over.
    #[serde(default, deserialize_with = "soft")]
    pub(super) run_attempt: Option<u64>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) status: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) conclusion: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) started_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) completed_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) steps: Vec<JobStep>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct JobStep {
    pub(super) name: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) status: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) conclusion: Option<String>,
}

/// An environment that a run waits for.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Pending {
    pub(super) environment: PendingEnvironment,
    #[serde(default, deserialize_with = "soft")]
    pub(super) current_user_can_approve: bool,
    /// Who may let the run on there; none where GitHub does not say.
    #[serde(default, deserialize_with = "soft")]
    pub(super) reviewers: Option<Vec<Value>>,
}

impl Pending {
    /// Tells whether somebody's yes is waited for. Without reviewers it is a timer or a rule of an app, which passes by
    /// itself.
    pub(super) fn asks_somebody(&self) -> bool {
        self.reviewers
            .as_ref()
            .is_none_or(|reviewers| !reviewers.is_empty())
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct PendingEnvironment {
    pub(super) id: u64,
    pub(super) name: String,
}

/// A decision about environments of a run.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct RunApproval {
    pub(super) state: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) comment: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) environments: Vec<Named>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) user: Option<User>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Dispatched {
    pub(super) workflow_run_id: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workflow_is_known_by_its_file() {
        let run = |path: &str| -> Run {
            let text = format!(
                r#"{{"id":1,"head_sha":"{}","path":"{path}","created_at":"2026-04-12T09:31:07Z","updated_at":"2026-04-12T09:31:07Z"}}"#,
                "a".repeat(40)
            );
            serde_json::from_str(&text).expect("a run")
        };
        assert_eq!(run(".github/workflows/deploy.yml").file(), "deploy.yml");
        assert_eq!(
            run(".github/workflows/deploy.yml@main").file(),
            "deploy.yml"
        );
        assert_eq!(
            run(".github/workflows/deploy.yml@release/1").file(),
            "deploy.yml"
        );
    }
}
