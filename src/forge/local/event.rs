//! Events of the local forge: stable names, fields only added, unknown kinds kept in the chain.

use serde::Deserialize;
use serde::Serialize;

use crate::model::AppName;
use crate::model::BranchName;
use crate::model::CheckName;
use crate::model::CheckState;
use crate::model::CommitId;
use crate::model::Decision;
use crate::model::DeploymentId;
use crate::model::DeploymentState;
use crate::model::EnvironmentName;
use crate::model::EventId;
use crate::model::HealthState;
use crate::model::HotfixId;
use crate::model::JobId;
use crate::model::JobState;
use crate::model::MergeMethod;
use crate::model::Person;
use crate::model::RequestId;
use crate::model::Role;
use crate::model::Seal;
use crate::model::Subject;
use crate::model::Timestamp;

/// One event as read from its commit, or made to be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Random, fixed before the first attempt to append: the key by which a repeated push is recognised.
    pub(super) id: EventId,
    pub(super) by: Person,
    /// The machine's name, so that two consoles of one person can be told apart.
    pub(super) device: String,
    pub(super) at: Timestamp,
    /// The kind's stable name, also where the kind is unknown.
    pub(super) kind: String,
    /// A kind that must be understood: where it is unknown, nothing more is written.
    pub(super) is_critical: bool,
    /// None where this version does not know the kind or cannot read it.
    pub(super) event: Option<Event>,
    pub(super) seal: Seal,
}

/// Something done on the local forge. The serialized form is `{"type": .., "body": {..}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "body")]
pub(super) enum Event {
    #[serde(rename = "request.opened")]
    RequestOpened {
        request: RequestId,
        from: BranchName,
        into: BranchName,
        head: CommitId,
        /// The target's tip then: a head that it already held brings nothing.
        onto: CommitId,
        title: String,
        #[serde(default)]
        body: String,
        #[serde(default)]
        is_draft: bool,
        #[serde(default)]
        labels: Vec<String>,
        #[serde(default)]
        reviewers: Vec<String>,
        #[serde(default)]
        hotfix: Option<HotfixId>,
    },
    /// `None` leaves a field as it is.
    #[serde(rename = "request.edited")]
    RequestEdited {
        request: RequestId,
        /// The source branch as the editor saw it, so that a head survives its branch.
        #[serde(default)]
        head: Option<CommitId>,
        #[serde(default)]
        title: Option<String>,
        #[serde(default)]
        body: Option<String>,
        #[serde(default)]
        is_draft: Option<bool>,
        #[serde(default)]
        labels: Option<Vec<String>>,
        #[serde(default)]
        reviewers: Option<Vec<String>>,
        #[serde(default)]
        is_open: Option<bool>,
    },
    #[serde(rename = "request.commented")]
    RequestCommented { request: RequestId, text: String },
    /// Travels in one atomic push with the target branch itself.
    #[serde(rename = "request.merged")]
    RequestMerged {
        request: RequestId,
        commit: CommitId,
        head: CommitId,
        onto: CommitId,
        method: MergeMethod,
    },
    /// A later one of the same name on the same commit replaces it.
    #[serde(rename = "status.set")]
    StatusSet {
        commit: CommitId,
        name: CheckName,
        state: CheckState,
        #[serde(default)]
        text: String,
    },
    #[serde(rename = "subject.decided")]
    Decided {
        subject: Subject,
        head: CommitId,
        #[serde(default)]
        role: Option<Role>,
        decision: Decision,
        #[serde(default)]
        comment: Option<String>,
    },
    #[serde(rename = "deployment.created")]
    DeploymentCreated {
        deployment: DeploymentId,
        environment: EnvironmentName,
        commit: CommitId,
        seats: Vec<Role>,
        #[serde(default)]
        hotfix: Option<HotfixId>,
    },
    /// Somebody pressed start; every job of it is named here.
    #[serde(rename = "deployment.started")]
    DeploymentStarted {
        deployment: DeploymentId,
        run: Run,
        jobs: Vec<AppJob>,
    },
    #[serde(rename = "deployment.finished")]
    DeploymentFinished {
        deployment: DeploymentId,
        state: DeploymentState,
        #[serde(default)]
        detail: String,
    },
    /// The console that ran it died; found by a console on the same machine.
    #[serde(rename = "deployment.lost")]
    DeploymentLost {
        deployment: DeploymentId,
        why: String,
    },
    #[serde(rename = "job.started")]
    JobStarted {
        job: JobId,
        name: String,
        purpose: Purpose,
        run: Run,
    },
    #[serde(rename = "job.finished")]
    JobFinished {
        job: JobId,
        state: JobState,
        /// Absent where the job has no health check of its own.
        #[serde(default)]
        health: Option<HealthState>,
        #[serde(default)]
        detail: String,
        /// The attachment of this commit that holds the log.
        #[serde(default)]
        log: Option<String>,
    },
}

/// One app of a started deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AppJob {
    pub(super) job: JobId,
    pub(super) app: AppName,
    pub(super) has_health: bool,
}

/// What a job is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "snake_case")]
pub(super) enum Purpose {
    Check {
        request: RequestId,
        check: CheckName,
        head: CommitId,
    },
    /// The job was named when its deployment was started.
    App { deployment: DeploymentId },
    Migrations {
        environment: EnvironmentName,
        commit: CommitId,
    },
}

/// The process that runs something, so that its death can be noticed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Run {
    pub(super) device: String,
    pub(super) pid: u32,
    /// Random: a process that lives on may have given up the run, and numbers of processes come again.
    #[serde(default)]
    pub(super) token: String,
}

impl Event {
    /// Returns the stable name, `request.opened`.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::RequestOpened { .. } => "request.opened",
            Self::RequestEdited { .. } => "request.edited",
            Self::RequestCommented { .. } => "request.commented",
            Self::RequestMerged { .. } => "request.merged",
            Self::StatusSet { .. } => "status.set",
            Self::Decided { .. } => "subject.decided",
            Self::DeploymentCreated { .. } => "deployment.created",
            Self::DeploymentStarted { .. } => "deployment.started",
            Self::DeploymentFinished { .. } => "deployment.finished",
            Self::DeploymentLost { .. } => "deployment.lost",
            Self::JobStarted { .. } => "job.started",
            Self::JobFinished { .. } => "job.finished",
        }
    }
}
