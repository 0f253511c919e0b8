//! GitHub's own shapes, as lean as can be: what decides must be there, everything else may be missing or odd. Those of a
//! go-live are in `actions`.

use serde::Deserialize;

use crate::forge::soft::soft;
use crate::model::CommitId;
use crate::model::Person;
use crate::model::Timestamp;

#[derive(Debug, Clone, Deserialize)]
pub(super) struct User {
    pub(super) id: u64,
    pub(super) login: String,
    #[serde(default, deserialize_with = "soft")]
    name: String,
}

impl User {
    pub(super) fn person(&self) -> Person {
        Person::from_account(self.id, &self.login, &self.name)
    }
}

/// Returns the person, or the account that GitHub shows where somebody deleted theirs.
pub(super) fn person_or_ghost(user: Option<&User>) -> Person {
    user.map_or_else(|| Person::from_account(10137, "ghost", ""), User::person)
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Repository {
    #[serde(default, deserialize_with = "soft")]
    pub(super) allow_merge_commit: Option<bool>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) allow_squash_merge: Option<bool>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) allow_rebase_merge: Option<bool>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) delete_branch_on_merge: bool,
    #[serde(default, deserialize_with = "soft")]
    pub(super) private: bool,
    #[serde(default, deserialize_with = "soft")]
    pub(super) permissions: Option<Rights>,
}

/// What the token's owner may do with the repository.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Rights {
    #[serde(default, deserialize_with = "soft")]
    pub(super) push: bool,
    #[serde(default, deserialize_with = "soft")]
    pub(super) admin: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct GitRef {
    pub(super) object: GitObject,
}

#[derive(Debug, Deserialize)]
pub(super) struct GitObject {
    pub(super) sha: CommitId,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Pull {
    pub(super) number: u64,
    pub(super) state: String,
    pub(super) head: PullEnd,
    pub(super) base: PullEnd,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    #[serde(default, deserialize_with = "soft")]
    pub(super) node_id: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) title: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) body: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) draft: bool,
    #[serde(default, deserialize_with = "soft")]
    pub(super) user: Option<User>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) labels: Vec<Named>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) milestone: Option<Milestone>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) requested_reviewers: Vec<User>,
    /// Teams of the repository's owner, by which code owners are asked too.
    #[serde(default, deserialize_with = "soft")]
    pub(super) requested_teams: Vec<Team>,
    #[serde(default)]
    pub(super) merged_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) merge_commit_sha: Option<CommitId>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) merged_by: Option<User>,
    /// How many commits it has; not in lists.
    #[serde(default, deserialize_with = "soft")]
    pub(super) commits: u64,
    #[serde(default, deserialize_with = "soft")]
    pub(super) mergeable: Option<bool>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) mergeable_state: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) html_url: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Team {
    pub(super) slug: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Milestone {
    pub(super) node_id: String,
    pub(super) title: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct PullEnd {
    #[serde(rename = "ref")]
    pub(super) branch: String,
    pub(super) sha: CommitId,
    /// None where a fork was deleted.
    #[serde(default, deserialize_with = "soft")]
    pub(super) repo: Option<FullName>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct FullName {
    pub(super) full_name: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Named {
    pub(super) name: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Review {
    #[serde(default, deserialize_with = "soft")]
    pub(super) user: Option<User>,
    pub(super) state: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) commit_id: Option<CommitId>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) submitted_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) body: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Comment {
    #[serde(default, deserialize_with = "soft")]
    pub(super) id: u64,
    #[serde(default, deserialize_with = "soft")]
    pub(super) user: Option<User>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) body: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct CheckRuns {
    pub(super) check_runs: Vec<CheckRun>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct CheckRun {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) status: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) conclusion: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) started_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) completed_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) app: Option<App>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct App {
    #[serde(default, deserialize_with = "soft")]
    pub(super) id: Option<u64>,
    pub(super) slug: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct CombinedStatus {
    #[serde(default)]
    pub(super) statuses: Vec<Status>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Status {
    pub(super) context: String,
    pub(super) state: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) description: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) updated_at: Option<Timestamp>,
    /// Only where each status is listed by itself.
    #[serde(default, deserialize_with = "soft")]
    pub(super) creator: Maker,
}

/// What kind of account set a status.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Maker {
    #[serde(rename = "type", default, deserialize_with = "soft")]
    pub(super) kind: String,
}

/// One rule that applies to a branch, of any kind.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Rule {
    #[serde(rename = "type", default, deserialize_with = "soft")]
    pub(super) kind: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) parameters: RuleParameters,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct RuleParameters {
    #[serde(default, deserialize_with = "soft")]
    pub(super) required_status_checks: Vec<RequiredCheck>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) allowed_merge_methods: Vec<String>,
    /// A queue's: `MERGE`, `SQUASH` or `REBASE`.
    #[serde(default, deserialize_with = "soft")]
    pub(super) merge_method: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) required_approving_review_count: u64,
    #[serde(default, deserialize_with = "soft")]
    pub(super) dismiss_stale_reviews_on_push: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct RequiredCheck {
    pub(super) context: String,
    /// The app that has to say so, in a rule set.
    #[serde(default, deserialize_with = "soft")]
    integration_id: Option<i64>,
    /// The same in branch protection.
    #[serde(default, deserialize_with = "soft")]
    app_id: Option<i64>,
}

impl RequiredCheck {
    pub(super) fn app(&self) -> Option<i64> {
        self.integration_id.or(self.app_id)
    }
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Protection {
    #[serde(default, deserialize_with = "soft")]
    pub(super) required_status_checks: ProtectedChecks,
    #[serde(default, deserialize_with = "soft")]
    pub(super) required_pull_request_reviews: ProtectedReviews,
}

/// A branch, as everybody sees it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Branch {
    #[serde(default, deserialize_with = "soft")]
    pub(super) protected: bool,
    #[serde(default, deserialize_with = "soft")]
    pub(super) protection: BranchProtection,
}

/// What everybody is told of a branch's protection.
#[derive(Debug, Default, Deserialize)]
pub(super) struct BranchProtection {
    #[serde(default, deserialize_with = "soft")]
    pub(super) enabled: bool,
    #[serde(default, deserialize_with = "soft")]
    pub(super) required_status_checks: ProtectedChecks,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct ProtectedReviews {
    #[serde(default, deserialize_with = "soft")]
    pub(super) required_approving_review_count: u64,
    #[serde(default, deserialize_with = "soft")]
    pub(super) dismiss_stale_reviews: bool,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct ProtectedChecks {
    #[serde(default, deserialize_with = "soft")]
    pub(super) contexts: Vec<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) checks: Vec<RequiredCheck>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Commit {
    #[serde(default, deserialize_with = "soft")]
    pub(super) author: Option<User>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) committer: Option<User>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) parents: Vec<GitObject>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) commit: CommitText,
}

/// What stands in a commit itself.
#[derive(Debug, Default, Deserialize)]
pub(super) struct CommitText {
    #[serde(default, deserialize_with = "soft")]
    pub(super) committer: Stamp,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Stamp {
    #[serde(default, deserialize_with = "soft")]
    pub(super) date: Option<Timestamp>,
}

/// A branch that went from one commit to another.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Move {
    #[serde(default, deserialize_with = "soft")]
    pub(super) before: Option<CommitId>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) activity_type: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) after: Option<CommitId>,
    pub(super) timestamp: Timestamp,
    #[serde(default, deserialize_with = "soft")]
    pub(super) actor: Option<User>,
}

/// One event of a request's timeline, of any kind.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct RequestEvent {
    #[serde(default, deserialize_with = "soft")]
    pub(super) event: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) commit_id: Option<CommitId>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) actor: Option<User>,
}

/// The answer to a merge, and to one that was asked for in the background.
#[derive(Debug, Deserialize)]
pub(super) struct MergeTask {
    #[serde(default, deserialize_with = "soft")]
    pub(super) status: String,
    #[serde(default, deserialize_with = "soft")]
    pub(super) details: MergeDetails,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct MergeDetails {
    #[serde(default, deserialize_with = "soft")]
    pub(super) uuid: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    pub(super) message: String,
}

/// The answer to a merge.
#[derive(Debug, Deserialize)]
pub(super) struct MergeAnswer {
    pub(super) sha: CommitId,
    pub(super) merged: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct GraphAnswer {
    #[serde(default, deserialize_with = "soft")]
    pub(super) errors: Vec<GraphError>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct GraphError {
    #[serde(default, deserialize_with = "soft")]
    pub(super) message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_side_fields_never_break_a_look() {
        let text = r#"{"number":7,"state":"open","created_at":"2026-04-12T09:31:07Z","updated_at":"2026-04-12T09:31:07Z",
            "head":{"ref":"fix","sha":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","repo":7},
            "base":{"ref":"main","sha":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"},
            "draft":"no","labels":{"odd":1},"user":[],"mergeable":"perhaps","title":null}"#;
        let pull: Pull = serde_json::from_str(text).expect("what decides is there");
        assert_eq!(pull.mergeable, None);
        assert!(pull.labels.is_empty() && pull.user.is_none() && !pull.draft);
    }
}
