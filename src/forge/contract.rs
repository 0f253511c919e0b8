//! The trait and its orders. Every write answers done, already done, refused or unknown; `Unknown` is
//! settled by reading, never by trying again.

use async_trait::async_trait;

use crate::model::Approval;
use crate::model::BranchName;
use crate::model::Capabilities;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::Decision;
use crate::model::Deployment;
use crate::model::DeploymentId;
use crate::model::EnvironmentName;
use crate::model::HotfixId;
use crate::model::JobId;
use crate::model::MergeMethod;
use crate::model::Merged;
use crate::model::Person;
use crate::model::RequestId;
use crate::model::Role;
use crate::model::Subject;
use crate::model::Timestamp;
use crate::model::Untrusted;

/// A host of change requests, checks, approvals and deployments.
#[async_trait]
pub trait Forge: Send + Sync {
    /// Returns what this forge can do.
    fn capabilities(&self) -> Capabilities;

    /// Returns who we are there.
    async fn me(&self) -> Result<Person, Error>;

    /// Returns requests that fit the query, newest first, any state.
    async fn requests(&self, query: &RequestQuery) -> Result<Vec<ChangeRequest>, Error>;

    /// Returns deployments, newest first, to one environment or to all.
    async fn deployments(
        &self,
        environment: Option<&EnvironmentName>,
    ) -> Result<Vec<Deployment>, Error>;

    /// Opens a request; an open one with the same source and target is adopted (`AlreadyDone`).
    async fn open_request(&self, new: &NewRequest) -> Result<Written<ChangeRequest>, Error>;

    /// Changes what `edit` names and nothing else.
    async fn edit_request(
        &self,
        id: RequestId,
        edit: &RequestEdit,
    ) -> Result<Written<ChangeRequest>, Error>;

    /// Ends what a console of this machine left running when it died, and returns what that was; nothing where the
    /// forge itself runs jobs.
    async fn settle_lost_runs(&self) -> Result<Vec<String>, Error> {
        Ok(Vec::new())
    }

    /// Adds a comment.
    async fn comment(&self, id: RequestId, text: &str) -> Result<Written<()>, Error>;

    /// Runs the checks of `head` and waits for them, where the console runs checks (`Capabilities::runs_checks`).
    async fn run_checks(
        &self,
        id: RequestId,
        head: &CommitId,
        watcher: &dyn JobWatcher,
    ) -> Result<Written<ChangeRequest>, Error>;

    /// Approves or rejects, as the person we are, in a seat, bound to `head`.
    async fn decide(
        &self,
        subject: &Subject,
        head: &CommitId,
        role: Option<&Role>,
        decision: Decision,
        comment: Option<&str>,
    ) -> Result<Written<Approval>, Error>;

    /// Merges with method and head guard. The source branch is kept.
    async fn merge(&self, order: &MergeOrder) -> Result<Written<Merged>, Error>;

    /// Creates a deployment that waits for its seats and for a start; one for the same commit and environment that has not ended is adopted.
    async fn create_deployment(&self, new: &NewDeployment) -> Result<Written<Deployment>, Error>;

    /// Presses start. Where the console runs the jobs itself, returns when all have ended.
    async fn start_deployment(
        &self,
        id: &DeploymentId,
        commit: &CommitId,
        watcher: &dyn JobWatcher,
    ) -> Result<Written<Deployment>, Error>;

    /// Runs the environment's migrations job and waits for it.
    async fn run_migrations(
        &self,
        environment: &EnvironmentName,
        commit: &CommitId,
        watcher: &dyn JobWatcher,
    ) -> Result<Written<()>, Error>;

    /// Returns a job's log from byte `offset`.
    async fn job_log(&self, job: &JobId, offset: u64) -> Result<LogChunk, Error>;
}

/// Which requests to list. All given conditions must hold; none lists all open ones and the latest hundred others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestQuery {
    pub id: Option<RequestId>,
    pub from: Option<BranchName>,
    pub into: Option<BranchName>,
    pub hotfix: Option<HotfixId>,
    pub only_open: bool,
}

/// A request to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRequest {
    pub from: BranchName,
    pub into: BranchName,
    pub title: String,
    pub body: String,
    pub is_draft: bool,
    pub labels: Vec<String>,
    pub reviewers: Vec<String>,
    pub hotfix: Option<HotfixId>,
}

/// What to change on a request; `None` leaves it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestEdit {
    pub title: Option<String>,
    pub body: Option<String>,
    pub is_draft: Option<bool>,
    pub labels: Option<Vec<String>>,
    pub reviewers: Option<Vec<String>>,
    /// Close (`false`) or reopen (`true`).
    pub is_open: Option<bool>,
}

/// A merge, with what it assumes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeOrder {
    pub request: RequestId,
    pub method: MergeMethod,
    /// Refused if the source branch is elsewhere.
    pub head: CommitId,
    /// Refused (where the forge can) if the target is elsewhere.
    pub onto: CommitId,
    /// Subject of the merge or squash commit.
    pub subject: String,
}

/// A deployment to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDeployment {
    pub environment: EnvironmentName,
    pub commit: CommitId,
    pub hotfix: Option<HotfixId>,
}

/// The answer to a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written<T> {
    Done(T),
    /// The world was already so; nothing was sent or it changed nothing.
    AlreadyDone(T),
    /// Definitely not done.
    Refused(String),
    /// May or may not have been done: read before anything else.
    Unknown(String),
}

/// Part of a job's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogChunk {
    pub text: Untrusted,
    pub next_offset: u64,
    pub is_complete: bool,
}

/// Hears of jobs while they run; used by the log pane and `-v`.
pub trait JobWatcher: Send + Sync {
    /// A job began, or got into another state (in words).
    fn state(&self, job: &JobId, name: &str, state: &str, at: Timestamp);
    /// A job wrote a line.
    fn line(&self, job: &JobId, line: &Untrusted);
    /// Tells whether the operator cancelled; asked between lines.
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// Hears nothing.
#[derive(Debug, Clone, Copy)]
pub struct NoWatcher;

impl JobWatcher for NoWatcher {
    fn state(&self, _: &JobId, _: &str, _: &str, _: Timestamp) {}
    fn line(&self, _: &JobId, _: &Untrusted) {}
}

/// What went wrong while talking to a forge.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("read {what}")]
    Read {
        what: String,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("write {what}")]
    Write {
        what: String,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("{what} is not there")]
    NotFound { what: String },
    #[error("{what}: {why}")]
    Unsupported { what: String, why: String },
}
