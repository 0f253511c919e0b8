//! What travels: lean, and soft where a field is not what a look depends on, so that no surprise there breaks it.

use serde::Deserialize;
use serde_json::Value;

use crate::forge::soft::soft;
use crate::model::CommitId;
use crate::model::Person;
use crate::model::Timestamp;

#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Version {
    /// It decides which calls there are: an answer without it is no answer, and nothing that is remembered.
    pub(super) version: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Limits {
    #[serde(default, deserialize_with = "soft")]
    pub(super) max_response_items: usize,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Project {
    #[serde(default, deserialize_with = "soft")]
    pub(super) allow_merge_commits: bool,
    #[serde(default, deserialize_with = "soft")]
    pub(super) allow_squash_merge: bool,
    #[serde(default, deserialize_with = "soft")]
    pub(super) allow_rebase: bool,
}

/// An account. A deleted one is "Ghost" with the id -1.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct User {
    pub(super) id: i64,
    pub(super) login: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) full_name: String,
}

/// Turns an account into a person; one that is gone is nobody whom we could meet again.
pub(super) fn person(user: Option<&User>) -> Person {
    match user.and_then(|user| Some((u64::try_from(user.id).ok()?, user))) {
        Some((id, user)) => Person::from_account(id, &user.login, &user.full_name),
        None => Person::from_account(0, "ghost", "a deleted account"),
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Label {
    pub(super) id: i64,
    pub(super) name: String,
}

/// One side of a pull request.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Side {
    /// The branch, also when it is gone.
    #[serde(default, deserialize_with = "soft")]
    pub(super) label: String,
    /// The branch, or `refs/pull/N/head` when it is gone.
    #[serde(default, rename = "ref", deserialize_with = "soft")]
    pub(super) name: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) sha: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) repo_id: i64,
}

impl Side {
    pub(super) fn branch(&self) -> &str {
        let is_branch = !self.name.is_empty() && !self.name.starts_with("refs/");
        let text = if is_branch { &self.name } else { &self.label };
        text.strip_prefix("refs/heads/").unwrap_or(text)
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Pull {
    pub(super) number: u64,
    pub(super) title: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) body: String,
    pub(super) state: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) draft: bool,
    #[serde(default, deserialize_with = "soft")]
    pub(super) labels: Vec<Label>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) milestone: Option<Milestone>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) user: Option<User>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) requested_reviewers: Vec<User>,
    pub(super) head: Side,
    pub(super) base: Side,
    #[serde(default, deserialize_with = "soft")]
    pub(super) mergeable: bool,
    #[serde(default, deserialize_with = "soft")]
    pub(super) merged: bool,
    #[serde(default, deserialize_with = "soft")]
    pub(super) merged_at: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) merge_commit_sha: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) merged_by: Option<User>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) created_at: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) updated_at: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) html_url: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Milestone {
    pub(super) id: u64,
    pub(super) title: String,
}

impl Pull {
    pub(super) fn is_open(&self) -> bool {
        !self.merged && self.state == "open"
    }

    /// Returns who merged it. Lists of newer versions do not tell.
    pub(super) fn merger(&self) -> Option<Person> {
        let user = self.merged_by.as_ref();
        user.map(|user| person(Some(user)))
    }

    /// Tells whether both branches are of this project.
    pub(super) fn is_inside(&self) -> bool {
        self.head.repo_id == self.base.repo_id
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Review {
    #[serde(default, deserialize_with = "soft")]
    pub(super) id: u64,
    #[serde(default, deserialize_with = "soft")]
    pub(super) user: Option<User>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) state: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) official: bool,
    #[serde(default, deserialize_with = "soft")]
    pub(super) stale: bool,
    #[serde(default, deserialize_with = "soft")]
    pub(super) dismissed: bool,
    #[serde(default, deserialize_with = "soft")]
    pub(super) commit_id: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) body: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) submitted_at: String,
}

/// A status of a commit. Its field is `status`; only the combined answer says `state`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Status {
    #[serde(default, deserialize_with = "soft")]
    pub(super) id: i64,
    #[serde(default, deserialize_with = "soft")]
    pub(super) context: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) status: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) description: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) target_url: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) updated_at: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Tip {
    #[serde(default, deserialize_with = "soft")]
    pub(super) id: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) timestamp: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) author: Author,
}

/// Who wrote a commit, as git says.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Author {
    #[serde(default, deserialize_with = "soft")]
    pub(super) name: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) email: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Branch {
    pub(super) commit: Tip,
    #[serde(default, deserialize_with = "soft")]
    pub(super) required_approvals: usize,
    #[serde(default, deserialize_with = "soft")]
    pub(super) enable_status_check: bool,
    #[serde(default, deserialize_with = "soft")]
    pub(super) status_check_contexts: Vec<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) user_can_merge: Option<bool>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Parent {
    #[serde(default, deserialize_with = "soft")]
    pub(super) sha: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Commit {
    #[serde(default, deserialize_with = "soft")]
    pub(super) sha: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) parents: Vec<Parent>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) commit: Said,
    /// The accounts that git's addresses belong to; none where they are nobody's here.
    #[serde(default, deserialize_with = "soft")]
    pub(super) author: Option<User>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) committer: Option<User>,
}

impl Commit {
    /// Returns whose account made it, as far as the server knows.
    pub(super) fn maker(&self) -> Option<Person> {
        let mut accounts = [&self.committer, &self.author].into_iter().flatten();
        let known = accounts.find(|user| user.id > 0)?;
        Some(person(Some(known)))
    }
}

/// What a commit says.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Said {
    #[serde(default, deserialize_with = "soft")]
    pub(super) message: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) author: Author,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Comment {
    #[serde(default, deserialize_with = "soft")]
    pub(super) id: u64,
    #[serde(default, deserialize_with = "soft")]
    pub(super) user: Option<User>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) body: String,
}

/// A workflow run, in Gitea's words or in Forgejo's.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Value")]
pub(super) struct Run {
    pub(super) id: u64,
    pub(super) status: String,
    pub(super) conclusion: String,
    pub(super) head_sha: String,
    pub(super) head_branch: String,
    /// The workflow's file, `deploy.yml`.
    pub(super) workflow: String,
    pub(super) run_number: u64,
    pub(super) html_url: String,
    pub(super) user: Option<User>,
    pub(super) created_at: String,
    pub(super) started_at: String,
    pub(super) completed_at: String,
}

impl TryFrom<Value> for Run {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let first = |names: &[&str]| names.iter().find_map(|name| value.get(name)).cloned();
        let text = |names: &[&str]| match first(names) {
            Some(Value::String(text)) => text,
            Some(_) | None => String::new(),
        };
        let file = text(&["workflow_id", "path"]);
        let file = file.split('@').next().unwrap_or_default();
        let branch = text(&["head_branch", "prettyref"]);
        Ok(Self {
            id: value["id"].as_u64().ok_or("a run has no id")?,
            status: text(&["status"]),
            conclusion: text(&["conclusion"]),
            head_sha: text(&["head_sha", "commit_sha"]),
            head_branch: branch
                .strip_prefix("refs/heads/")
                .unwrap_or(&branch)
                .to_owned(),
            workflow: file.rsplit('/').next().unwrap_or_default().to_owned(),
            run_number: first(&["run_number", "index_in_repo"])
                .and_then(|number| number.as_u64())
                .unwrap_or_default(),
            html_url: text(&["html_url"]),
            user: first(&["trigger_user", "trigger_actor", "actor"])
                .and_then(|user| serde_json::from_value(user).ok()),
            created_at: text(&["created_at", "created", "started_at"]),
            started_at: text(&["started_at", "started"]),
            completed_at: text(&["completed_at", "stopped"]),
        })
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Runs {
    #[serde(default)]
    pub(super) workflow_runs: Vec<Run>,
}

/// A job of a run.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Job {
    pub(super) id: u64,
    #[serde(default, deserialize_with = "soft")]
    pub(super) name: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) status: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) conclusion: String,
    /// When it was queued (Gitea).
    #[serde(default, deserialize_with = "soft")]
    pub(super) created_at: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) started_at: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) completed_at: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) run_id: u64,
    /// Counts how often it ran (Forgejo); 0 where the server does not tell.
    #[serde(default, deserialize_with = "soft")]
    pub(super) attempt: u64,
    /// The same in Gitea.
    #[serde(default, deserialize_with = "soft")]
    pub(super) run_attempt: u64,
}

impl Job {
    /// Counts how often it ran; 0 where the server does not tell.
    pub(super) fn attempt(&self) -> u64 {
        self.attempt.max(self.run_attempt)
    }
}

/// The jobs of a run: a list (Forgejo), or an object with one (Gitea).
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Jobs {
    List(Vec<Job>),
    Inside {
        jobs: Option<Vec<Job>>,
        workflow_jobs: Option<Vec<Job>>,
    },
}

impl Jobs {
    pub(super) fn into_vec(self) -> Vec<Job> {
        match self {
            Self::List(jobs) => jobs,
            Self::Inside {
                jobs,
                workflow_jobs,
            } => jobs.or(workflow_jobs).unwrap_or_default(),
        }
    }
}

/// A job that a runner took: all that older versions tell of their workflows.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Task {
    pub(super) id: u64,
    #[serde(default, deserialize_with = "soft")]
    pub(super) name: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) head_sha: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) head_branch: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) run_number: u64,
    #[serde(default, deserialize_with = "soft")]
    pub(super) status: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) workflow_id: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) url: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) created_at: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) updated_at: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Tasks {
    #[serde(default)]
    pub(super) workflow_runs: Vec<Task>,
}

/// Reads a time; what is none is the beginning of time, which is older than everything.
pub(super) fn time(text: &str) -> Timestamp {
    known_time(text).unwrap_or_else(|| Timestamp::from_second(0))
}

/// Reads a time. What has not happened yet is told as one of 1970, or of the year 1.
pub(super) fn known_time(text: &str) -> Option<Timestamp> {
    let time: Timestamp = text.parse().ok()?;
    (time > Timestamp::from_second(0)).then_some(time)
}

/// Reads a commit id, if it is one.
pub(super) fn commit(text: &str) -> Option<CommitId> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_type_in_a_side_field_is_as_if_it_were_not_there() {
        let pull: Pull = serde_json::from_value(serde_json::json!({
            "number": 3, "title": "x", "state": "open", "body": null, "draft": "no", "labels": {"no": []},
            "user": null, "requested_reviewers": null, "mergeable": "perhaps", "merged_by": 7,
            "head": {"ref": "refs/pull/3/head", "label": "fix", "sha": ""}, "base": {"ref": "main"},
        }))
        .expect("only side fields are odd");
        assert!(pull.is_open() && pull.is_inside() && pull.labels.is_empty());
        assert_eq!((pull.head.branch(), pull.base.branch()), ("fix", "main"));
        assert_eq!(person(pull.user.as_ref()).login.as_deref(), Some("ghost"));
    }

    #[test]
    fn runs_and_jobs_are_understood_in_both_dialects() {
        let gitea: Run = serde_json::from_str(
            r#"{"id":1,"head_sha":"aa","path":"d.yml@refs/heads/main","run_number":7,"status":"completed","conclusion":"success"}"#,
        )
        .expect("a run");
        let forgejo: Run = serde_json::from_str(
            r#"{"id":1,"commit_sha":"aa","workflow_id":"d.yml","index_in_repo":7,"status":"success","prettyref":"main"}"#,
        )
        .expect("a run");
        assert_eq!(gitea.head_sha, forgejo.head_sha);
        assert_eq!(gitea.run_number, forgejo.run_number);
        assert_eq!(
            (gitea.workflow, forgejo.workflow),
            ("d.yml".into(), "d.yml".into())
        );
        for text in [
            r#"[{"id":4,"name":"a"}]"#,
            r#"{"jobs":[{"id":4}]}"#,
            r#"{"workflow_jobs":[{"id":4}]}"#,
        ] {
            let jobs: Jobs = serde_json::from_str(text).expect("jobs");
            assert_eq!(jobs.into_vec()[0].id, 4);
        }
    }
}
