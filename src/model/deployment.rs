//! Go-lives: a deployment of one commit to one environment, its jobs and its health checks.

use serde::Deserialize;
use serde::Serialize;

use super::approval::Approval;
use super::id::CommitId;
use super::id::DeploymentId;
use super::id::HotfixId;
use super::id::JobId;
use super::name::AppName;
use super::name::EnvironmentName;
use super::name::Role;
use super::person::Person;
use super::time::Timestamp;

/// One go-live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    pub id: DeploymentId,
    pub environment: EnvironmentName,
    /// What is deployed.
    pub commit: CommitId,
    pub state: DeploymentState,
    pub created_by: Person,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// The seats that must be filled before it can be started.
    pub seats: Vec<Role>,
    pub approvals: Vec<Approval>,
    /// One job per app.
    pub jobs: Vec<Job>,
    pub hotfix: Option<HotfixId>,
    /// The page where the forge shows it.
    #[serde(default)]
    pub url: Option<String>,
    /// What comes before its jobs, so that nobody can start them yet: `pipeline 104: stage test is running`. None where they
    /// can be, where they were, and where the forge does not tell.
    #[serde(default)]
    pub behind: Option<String>,
}

impl Deployment {
    /// Tells whether it is on its way: started and not ended.
    pub fn is_running(&self) -> bool {
        matches!(self.state, DeploymentState::Running)
    }

    /// Tells whether something of it ran, so that its environment is not as it was before.
    pub fn has_begun(&self) -> bool {
        self.jobs.iter().any(|job| match job.state {
            JobState::Running | JobState::Succeeded | JobState::Failed | JobState::Cancelled => {
                true
            }
            JobState::Manual | JobState::Queued | JobState::Skipped => false,
        })
    }

    /// Returns the jobs that somebody has yet to start.
    pub fn held(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter().filter(|job| job.state == JobState::Manual)
    }

    /// Returns the jobs that somebody started while others are still held, each with who that was; none where the forge
    /// does not say who, or where none is held.
    pub fn begun(&self) -> impl Iterator<Item = (&Job, &Person)> {
        let is_left = self.held().next().is_some();
        let started = self.jobs.iter().filter(move |_| is_left);
        started.filter_map(|job| Some((job, job.started_by.as_ref()?)))
    }
}

/// How a deployment stands. `Approved` is not `Running`: somebody presses start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentState {
    /// Seats are missing.
    Blocked,
    /// Every seat is filled, nobody has started it.
    Approved,
    Rejected,
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

impl DeploymentState {
    /// Tells whether nothing more happens to it by itself.
    pub fn has_ended(self) -> bool {
        match self {
            Self::Blocked | Self::Approved | Self::Running => false,
            Self::Rejected | Self::Succeeded | Self::Failed | Self::Cancelled => true,
        }
    }

    /// Returns the word on the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Blocked => "waits for approval",
            Self::Approved => "approved, not started",
            Self::Rejected => "rejected",
            Self::Running => "running",
            Self::Succeeded => "deployed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// The deploy of one app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    pub id: JobId,
    pub name: String,
    pub app: Option<AppName>,
    pub state: JobState,
    pub since: Timestamp,
    /// Who set it going, where the forge says so.
    #[serde(default)]
    pub started_by: Option<Person>,
    pub health: HealthState,
}

/// How a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waits for somebody to start it.
    Manual,
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelled,
    /// It did not run, and nobody stopped it: a job that it needs did not succeed, or it was left out.
    Skipped,
}

impl JobState {
    /// Tells whether it ran or was to run and ended without success, so that somebody may want it to run again.
    pub fn has_ended_badly(self) -> bool {
        match self {
            Self::Failed | Self::Cancelled => true,
            Self::Manual | Self::Queued | Self::Running | Self::Succeeded | Self::Skipped => false,
        }
    }

    /// Returns the word on the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Manual => "not started",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Skipped => "did not run",
        }
    }
}

/// What the health check of an app said after its job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "health", rename_all = "snake_case")]
pub enum HealthState {
    /// The app has no health check.
    NotConfigured,
    /// Not asked yet.
    Pending,
    Healthy {
        at: Timestamp,
        detail: String,
    },
    Unhealthy {
        at: Timestamp,
        why: String,
    },
}
