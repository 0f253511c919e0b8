//! The exact changes to the world, each as data: all that `ops` does to branches, requests, deployments, seats and the
//! record is one of these. What one says in a line is in `engine::calls`.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::ConflictPath;
use crate::model::Decision;
use crate::model::DeploymentId;
use crate::model::EnvironmentName;
use crate::model::EventId;
use crate::model::JobId;
use crate::model::LockId;
use crate::model::MergeMethod;
use crate::model::Milestone;
use crate::model::RequestId;
use crate::model::Role;
use crate::model::Subject;
use crate::playbook::ConflictPolicy;
use crate::playbook::Strategy;
use crate::record::Archived;
use crate::record::Entry;
use crate::record::Event;
use crate::record::LockEvent;

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
