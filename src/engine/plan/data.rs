//! The exact changes to the world, as data: printed, confirmed, compared, written as JSON, carried out by
//! `ops` and by nobody else.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::engine::Intent;
use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::ConflictPath;
use crate::model::Decision;
use crate::model::DeploymentId;
use crate::model::DeploymentState;
use crate::model::EnvironmentName;
use crate::model::EventId;
use crate::model::HotfixId;
use crate::model::IntentId;
use crate::model::JobId;
use crate::model::LaneName;
use crate::model::LockId;
use crate::model::MergeMethod;
use crate::model::Milestone;
use crate::model::RequestId;
use crate::model::Role;
use crate::model::StepId;
use crate::model::Subject;
use crate::model::Timestamp;
use crate::playbook::ConflictPolicy;
use crate::playbook::Strategy;
use crate::record::Archived;
use crate::record::Entry;
use crate::record::Event;
use crate::record::LockEvent;

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
    /// When it was made, for people.
    pub made_at: Timestamp,
    /// The same as [`Observation::since_boot`](crate::engine::Observation::since_boot), by which its age is measured: a time
    /// of day that is set neither keeps an old plan nor voids a new one, and sleep counts.
    pub since_boot: Duration,
    /// How long it holds.
    pub lasts: Duration,
    /// The interrupted intent that is decided about by this, if any: its calls are closed once the record knows of them.
    pub settles: Option<IntentId>,
    /// The entries of the record that it was made from; what others add later may void it.
    pub known: BTreeSet<EventId>,
    /// Hex SHA-256 over hotfix, calls and expectations: the same plan again has the same hash.
    pub hash: String,
}

impl Plan {
    /// How long plans hold: long enough to read, short enough that what was looked at still stands.
    pub const LASTS: Duration = Duration::from_secs(60);

    /// Returns for how much longer it holds when the machine has been up for so long; zero where it does not any more.
    pub fn left(&self, since_boot: Duration) -> Duration {
        let age = since_boot.saturating_sub(self.since_boot);
        self.lasts.saturating_sub(age)
    }

    /// Returns until when it holds, for people.
    pub fn expires_at(&self) -> Timestamp {
        let seconds = self.lasts.as_secs().cast_signed();
        Timestamp::from_second(self.made_at.as_second().saturating_add(seconds))
    }

    /// Tells whether nothing of the fix is left in what comes of it: then a name is typed, of whichever lane.
    pub fn loses_fix(&self) -> bool {
        let mut facts = self.facts.iter();
        facts.any(|fact| fact.state == FactState::Risk)
    }
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
    /// Worse than a warning: the plan would take the fix out, or leave it out for good.
    Risk,
}

/// One call that changes the world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case")]
pub enum Call {
    /// Append an event to the hotfix's record.
    Record {
        event: Event,
    },
    /// Add events that were read from a file, as they were made.
    Import {
        #[serde(with = "entry_lines")]
        entries: Vec<Entry>,
    },
    /// Gather closed records in the archive of their year, and take their refs away, in one push. No entry tells of it: one
    /// after the closing would be another head than the one that is archived.
    Archive {
        year: u16,
        /// Where the archive must be; none where it must not be there yet.
        previous: Option<CommitId>,
        /// Each record with the head that it must have, in the order of their ids.
        records: Vec<Archived>,
    },
    /// Put events that were seen here back on a record that lost them, behind an alarm.
    Restore {
        what: String,
        /// Where the record must be; none where it must be gone.
        head: Option<CommitId>,
        missing: Vec<EventId>,
    },
    /// Push a new branch at a commit that exists; it must not exist yet.
    CreateBranch {
        branch: BranchName,
        at: CommitId,
    },
    /// Take away a branch that a call of ours made, if it still is where it was pushed.
    DeleteBranch {
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
    /// Build the target as it is and the fix beside it, and push both at once: what lies between them is the conflict.
    BuildConflict {
        /// The target as it is; the conflict is resolved here.
        base: BranchName,
        /// The fix, which is merged into it.
        side: BranchName,
        previous: Option<CommitId>,
        onto: CommitId,
        commits: Vec<CommitId>,
        trailers: Vec<String>,
    },
    /// Make one commit on the target of what people resolved on the base branch, and push it as a branch of its own.
    BuildResolved {
        branch: BranchName,
        previous: Option<CommitId>,
        /// The base branch, as people left it and as it was built.
        base: BranchName,
        tip: CommitId,
        built: CommitId,
        onto: CommitId,
        into: BranchName,
        commits: Vec<CommitId>,
        conflicts: Vec<ConflictPath>,
        trailers: Vec<String>,
    },
    /// Replace the head that was seen, by lease, with the commit that was built from a person's decisions.
    PushResolution {
        branch: BranchName,
        previous: CommitId,
        commit: CommitId,
        /// Each path with how it was decided. They go on record with the head: said by an entry of its own, a death between
        /// the two would lose who decided what.
        decided: Vec<(String, String)>,
    },
    /// Push, as a new branch, the commit that was built from a person's decisions before anything was on the remote.
    PushLocal {
        branch: BranchName,
        /// The target, which the commit must be built on.
        onto: CommitId,
        commit: CommitId,
        /// What it carries, oldest first.
        commits: Vec<CommitId>,
        conflicts: Vec<ConflictPath>,
        /// Each conflicted path with how it was decided. They go on record with the branch: one without them would be asked
        /// about again.
        decided: Vec<(String, String)>,
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
        milestone: Option<Milestone>,
        reviewers: Vec<String>,
    },
    /// Close a request that a call of ours opened.
    CloseRequest {
        request: RequestId,
    },
    /// Finish a draft: not a draft any more, labels as given.
    MarkReady {
        request: RequestId,
        labels: Vec<String>,
    },
    /// Say at the head of a request whether its conflicts are resolved, beside the checks.
    SetStatus {
        request: RequestRef,
        /// None where the head is built by an earlier call of the same plan.
        head: Option<CommitId>,
        is_resolved: bool,
        text: String,
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
    /// Run a job that ended once more. The job and the permit name the same source (safety.md 4.3).
    RetryJob {
        job: JobId,
        name: String,
        commit: CommitId,
        /// Where it deploys to; none for a check.
        environment: Option<EnvironmentName>,
    },
    Comment {
        request: RequestId,
        text: String,
    },
    /// Keep the one comment that copies a record which is on this machine alone. What it says is made from the record when
    /// its turn comes, so that it tells of what came before it.
    Mirror {
        request: RequestRef,
    },
    /// Append to the lock log of a deploy target.
    Drive {
        environment: EnvironmentName,
        lock: LockId,
        event: LockEvent,
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

impl Call {
    /// Tells whether the plan is done without it: what it brings about is a help, and the next plan brings it about too.
    pub fn is_aside(&self) -> bool {
        matches!(self, Self::Mirror { .. })
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
    /// No deployment to the environment is running, but for the one that is started further.
    Quiet {
        environment: EnvironmentName,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        but: Option<DeploymentId>,
    },
    /// The call gets a permit: the driver's seat is free, and taken for it, or ours.
    Seat {
        environment: EnvironmentName,
        lock: LockId,
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
    /// Nothing rests on it: what the plan is for is done without it.
    pub is_aside: bool,
}

impl ChangeResult {
    /// Tells whether the plan is as good as done with this, as far as it goes.
    pub fn is_good_enough(&self) -> bool {
        self.is_aside || matches!(self.outcome, Outcome::Done | Outcome::Already)
    }
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

/// Entries in a plan's own JSON: as the lines that they are exported as.
mod entry_lines {
    use serde::Deserialize;
    use serde::Deserializer;
    use serde::Serializer;
    use serde::de::Error as _;
    use serde::ser::Error as _;

    use crate::record::Entry;

    pub(super) fn serialize<S: Serializer>(
        entries: &[Entry],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let lines: Result<Vec<String>, _> = entries.iter().map(Entry::to_export_line).collect();
        serializer.collect_seq(lines.map_err(S::Error::custom)?)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Entry>, D::Error> {
        let lines = Vec::<String>::deserialize(deserializer)?;
        let entries = lines.iter().map(|line| Entry::from_export_line(line));
        entries.collect::<Result<_, _>>().map_err(D::Error::custom)
    }
}
