//! The trait and its orders. Every write answers done, already done, refused or unknown; `Unknown` is
//! settled by reading, never by trying again. An error says that nothing was sent: one that comes after something may
//! have arrived is `Unknown` too (`sent`).

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::model::Approval;
use crate::model::BranchName;
use crate::model::Capabilities;
use crate::model::ChangeRequest;
use crate::model::CheckName;
use crate::model::CheckState;
use crate::model::CommitId;
use crate::model::Decision;
use crate::model::Deployment;
use crate::model::DeploymentId;
use crate::model::EnvironmentName;
use crate::model::HotfixId;
use crate::model::JobId;
use crate::model::MergeMethod;
use crate::model::Merged;
use crate::model::Milestone;
use crate::model::Person;
use crate::model::RequestId;
use crate::model::Role;
use crate::model::Subject;
use crate::model::Timestamp;
use crate::model::Untrusted;

use super::http::HttpError;

/// A host of change requests, checks, approvals and deployments.
#[async_trait]
pub trait Forge: Send + Sync {
    /// Returns what this forge can do.
    fn capabilities(&self) -> Capabilities;

    /// Returns until when the forge asked us to be quiet, while that lasts; the screen counts it down.
    fn quiet_until(&self) -> Option<Timestamp> {
        None
    }

    /// Returns by how many seconds the forge's clock is ahead of ours, where that is worth telling; never decided by.
    fn clock_offset(&self) -> Option<i64> {
        None
    }

    /// Tells whether everything that it knows lies in refs of the remote: while those stay, nothing moves.
    fn is_in_refs(&self) -> bool {
        false
    }

    /// Tells whether decisions in a seat of this deployment are kept there; where they are not, the record is where they
    /// count. One forge may ask for one seat of an environment and know nothing of the other.
    fn keeps_decisions(&self, _deployment: &Deployment, _role: Option<&Role>) -> bool {
        true
    }

    /// Returns the earlier numbers of a go-live, where it has another one each time that a job of it runs again and the forge
    /// asks nobody anew: what the record has of them goes on to hold.
    fn earlier_numbers(&self, _deployment: &Deployment) -> Vec<DeploymentId> {
        Vec::new()
    }

    /// Returns who we are there.
    async fn me(&self) -> Result<Person, Error>;

    /// Looks at everything that could keep a hotfix through these branches from going its way: rights, protection, merge
    /// methods, deletion of branches, approval rules, and what the forge itself enforces.
    async fn examine(&self, _branches: &[BranchName]) -> Result<Vec<Remark>, Error> {
        Ok(Vec::new())
    }

    /// Returns requests that fit the query, newest first, any state.
    async fn requests(&self, query: &RequestQuery) -> Result<Vec<ChangeRequest>, Error>;

    /// Tells whether a list of requests says of merged ones too who decided them. Where it does not,
    /// [`Forge::decisions`] says it of those that are named.
    fn lists_decisions(&self) -> bool {
        true
    }

    /// Returns who decided merged requests, each decision from before the merge; those that the list tells enough of are
    /// left out.
    async fn decisions(
        &self,
        _merged: &[RequestId],
    ) -> Result<BTreeMap<RequestId, Vec<Approval>>, Error> {
        Ok(BTreeMap::new())
    }

    /// Returns deployments, newest first, to one environment or to all.
    async fn deployments(
        &self,
        environment: Option<&EnvironmentName>,
    ) -> Result<Vec<Deployment>, Error>;

    /// Returns a deployment by its number, however many others came after it; none if it is not there, and where the list
    /// of all of them leaves none out.
    async fn deployment(&self, _id: &DeploymentId) -> Result<Option<Deployment>, Error> {
        Ok(None)
    }

    /// Returns the requests that have a commit: as one of their own, as the merge or as the squash, newest first. How far
    /// a forge looks differs; our own repository knows better where both can tell.
    async fn requests_of(&self, commit: &CommitId) -> Result<Vec<ChangeRequest>, Error>;

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

    /// Keeps one comment of ours that holds `marker`, where `Capabilities::keeps_comments`: adds it, or edits it in place
    /// where it says something else. `text` holds the marker. Not guaranteed: that it stays the only one where the forge
    /// answers from before it was written.
    async fn keep_comment(
        &self,
        id: RequestId,
        _marker: &str,
        _text: &str,
    ) -> Result<Written<()>, Error> {
        Err(Error::Unsupported {
            what: format!("a comment on change request {id} that is kept up to date"),
            why: "this forge shows no comments".to_owned(),
        })
    }

    /// Sets a named status on a commit, where `Capabilities::has_statuses`; it shows among the checks of every request
    /// with that head. The same status again is `AlreadyDone`.
    async fn set_status(&self, status: &NewStatus) -> Result<Written<()>, Error> {
        Err(Error::Unsupported {
            what: format!("status `{}` on {}", status.name, status.commit.short()),
            why: "this forge keeps no statuses that a console may set".to_owned(),
        })
    }

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

    /// Takes note of the seats of this very head that an override lifted, before a merge or a start goes on without them. Sends
    /// nothing; a forge whose seats are rules of its own goes by these all the same.
    fn lift(&self, _subject: &Subject, _head: &CommitId, _roles: Vec<Role>) {}

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

    /// Runs a job that ended once more, as a new job, where the forge can.
    async fn retry_job(&self, job: &JobId) -> Result<Written<JobId>, Error> {
        Err(Error::Unsupported {
            what: format!("running job {job} again"),
            why: "this forge cannot run a single job again".to_owned(),
        })
    }

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
    /// As a request of the same forge has it.
    pub milestone: Option<Milestone>,
    pub reviewers: Vec<String>,
    pub hotfix: Option<HotfixId>,
}

/// A status to set on a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStatus {
    pub commit: CommitId,
    /// `hotfix/unresolved`. A later status of that name on the same commit replaces it.
    pub name: CheckName,
    /// Forges know success, failure and pending: an adapter maps what lies between to the nearest, never to success.
    pub state: CheckState,
    /// One line for the forge's page; an adapter cuts it to what its forge takes.
    pub text: String,
}

impl NewStatus {
    /// Returns the text in at most `most` characters.
    pub(super) fn line(&self, most: usize) -> String {
        let text = self.text.replace(['\n', '\r'], " ");
        if text.chars().count() <= most {
            return text;
        }
        let kept: String = text.chars().take(most.saturating_sub(1)).collect();
        format!("{kept}…")
    }
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

/// Something about the forge that whoever sets up a project should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What was looked at, in a word or two: `merge methods`.
    pub what: String,
    pub detail: String,
    /// What to do about it; none where all is well.
    pub hint: Option<String>,
    /// A hotfix would get stuck, or go live unseen.
    pub is_bad: bool,
}

impl Remark {
    /// All is well.
    pub fn good(what: &str, detail: impl Into<String>) -> Self {
        Self {
            what: what.to_owned(),
            detail: detail.into(),
            hint: None,
            is_bad: false,
        }
    }

    /// It may be meant so, and it may surprise.
    pub fn doubtful(what: &str, detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..Self::good(what, detail)
        }
    }

    /// A hotfix would get stuck, or go live unseen.
    pub fn bad(what: &str, detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            is_bad: true,
            ..Self::doubtful(what, detail, hint)
        }
    }
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
    /// Where the log ended when it was read: behind `next_offset` where more is there already.
    pub end: u64,
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
    #[error(transparent)]
    Http(#[from] HttpError),
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
