//! The exact changes to the world, as data: printed, confirmed, compared, written as JSON, carried out by
//! `ops` and by nobody else.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::engine::Intent;
use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::Decision;
use crate::model::DeploymentId;
use crate::model::DeploymentState;
use crate::model::EnvironmentName;
use crate::model::HotfixId;
use crate::model::LaneName;
use crate::model::MergeMethod;
use crate::model::RequestId;
use crate::model::Role;
use crate::model::StepId;
use crate::model::Subject;
use crate::model::Timestamp;
use crate::playbook::ConflictPolicy;
use crate::playbook::Strategy;
use crate::record::Event;

/// How dangerous a change is (console.md 2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    L0,
    L1,
    L2,
    L3,
    L4,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// What will be done, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub hotfix: HotfixId,
    pub intent: Intent,
    pub step: Option<StepId>,
    pub target: Option<LaneName>,
    /// In a sentence: `merge change request 12 into production`.
    pub title: String,
    pub level: Level,
    /// The name to type for L4.
    pub environment: Option<EnvironmentName>,
    pub changes: Vec<Change>,
    /// Facts that were looked at, each with how it stands.
    pub facts: Vec<Fact>,
    /// `preprod 7d02c41 -> merge of 9f3c1a2`, and what stays as it is.
    pub will_change: Vec<String>,
    pub will_not_change: Vec<String>,
    pub way_back: String,
    pub made_at: Timestamp,
    pub expires_at: Timestamp,
    /// Hex SHA-256 over hotfix, calls and expectations: the same plan again has the same hash.
    pub hash: String,
}

/// One call and what it assumes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub call: Call,
    pub expects: Vec<Expectation>,
    /// The step and target that this call belongs to; a plan for all targets has several.
    pub step: Option<StepId>,
    pub target: Option<LaneName>,
}

/// A fact on the plan screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub state: FactState,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactState {
    Ok,
    Warn,
}

/// One call that changes the world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case")]
pub enum Call {
    /// Append an event to the hotfix's record.
    Record {
        event: Event,
    },
    /// Push a new branch at a commit that exists; it must not exist yet.
    CreateBranch {
        branch: BranchName,
        at: CommitId,
    },
    /// Build the target's branch without a checkout and push it. With `previous`, that head is replaced by lease.
    BuildTarget {
        branch: BranchName,
        previous: Option<CommitId>,
        onto: CommitId,
        strategy: Strategy,
        /// What is picked or merged, oldest first.
        commits: Vec<CommitId>,
        policy: ConflictPolicy,
        /// Trailers added to each picked message, `Key: value`.
        trailers: Vec<String>,
        /// The subject of a merge commit, for the merging strategies.
        subject: String,
    },
    /// Replace the head that was seen, by lease, with the commit that was built from a person's decisions.
    PushResolution {
        branch: BranchName,
        previous: CommitId,
        commit: CommitId,
        /// The paths that were decided.
        paths: Vec<String>,
    },
    OpenRequest {
        from: BranchName,
        into: BranchName,
        /// None where the head is built by an earlier call of the same plan.
        head: Option<CommitId>,
        title: String,
        body: String,
        is_draft: bool,
        labels: Vec<String>,
        reviewers: Vec<String>,
    },
    /// Finish a draft: not a draft any more, labels as given.
    MarkReady {
        request: RequestId,
        labels: Vec<String>,
    },
    RunChecks {
        request: RequestRef,
        head: Option<CommitId>,
    },
    Decide {
        subject: Subject,
        head: CommitId,
        role: Option<Role>,
        decision: Decision,
        comment: Option<String>,
    },
    Merge {
        request: RequestId,
        method: MergeMethod,
        head: CommitId,
        into: BranchName,
        /// The target tip that was looked at; the result's first parent is compared with it.
        onto: CommitId,
    },
    CreateDeployment {
        environment: EnvironmentName,
        commit: CommitId,
    },
    StartDeployment {
        deployment: DeploymentId,
        environment: EnvironmentName,
        commit: CommitId,
    },
    RunMigrations {
        environment: EnvironmentName,
        commit: CommitId,
    },
    Comment {
        request: RequestId,
        text: String,
    },
}

/// A request that exists, or the one that an earlier call of the same plan opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestRef {
    Id(RequestId),
    Opened { from: BranchName, into: BranchName },
}

impl fmt::Display for RequestRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{id}"),
            Self::Opened { from, into } => write!(f, "({from} -> {into})"),
        }
    }
}

/// What must still hold just before a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "expects", rename_all = "snake_case")]
pub enum Expectation {
    /// The branch is at this commit, or does not exist.
    Branch {
        branch: BranchName,
        at: Option<CommitId>,
    },
    RequestOpen {
        request: RequestId,
        head: CommitId,
    },
    DeploymentIs {
        deployment: DeploymentId,
        state: DeploymentState,
    },
    /// No deployment to the environment is running.
    Quiet {
        environment: EnvironmentName,
    },
}

/// What became of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub results: Vec<ChangeResult>,
}

/// What became of one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeResult {
    pub call: String,
    pub outcome: Outcome,
    pub why: String,
}

/// The answer to a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Done,
    Already,
    Refused,
    Unknown,
    Failed,
}

impl Outcome {
    /// Returns the word in JSON and on the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Already => "already",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
        }
    }
}

/// Why an intent cannot be planned now; a value, not an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What was wanted, in a sentence.
    pub wanted: String,
    /// Every reason, in words; never empty.
    pub reasons: Vec<String>,
    /// What to do next, where there is something.
    pub hint: Option<String>,
}
