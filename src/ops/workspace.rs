//! The workspace: our own repository, the forge, the settings, built once per process.

mod arrangement;
mod choose;
mod look;
mod open;
mod sight;

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;

use crate::config::Environment;
use crate::config::Flags;
use crate::config::Settings;
use crate::forge::Forge;
use crate::forge::LogChunk;
use crate::git::Repo;
use crate::git::UserClone;
use crate::model::JobId;
use crate::model::Person;
use crate::store::Journal;

use super::fault::Fault;
use super::fault::FaultKind;
use super::ledger::Ledger;
use super::observe::Sight;

pub(super) use open::{commands, open_clone, settings_fault, sources};

/// Where to open a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOptions {
    /// A folder in the user's clone.
    pub dir: PathBuf,
    /// Flags of the command line that are settings.
    pub flags: Flags,
}

/// Own repository, forge and settings. Cheap to clone.
#[derive(Clone)]
pub struct Workspace {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Settings,
    clone: UserClone,
    repo: Repo,
    forge: Arc<dyn Forge>,
    me: Person,
    /// This machine's name, so that two consoles of one person can be told apart.
    device: String,
    state_dir: PathBuf,
    /// When the remote was last seen, and the reason if the latest try failed.
    sight: Mutex<Sight>,
}

impl Workspace {
    /// Opens the workspace around `options.dir`: finds git, the clone, the settings; makes our own repository.
    ///
    /// # Errors
    /// Each names what is missing and what to do next. Nothing was changed outside the state directory.
    pub async fn open(options: &OpenOptions, environment: &Environment) -> Result<Self, Fault> {
        let options = options.clone();
        let environment = environment.clone();
        tokio::task::spawn_blocking(move || Self::open_blocking(&options, &environment))
            .await
            .map_err(|error| Fault::caused(FaultKind::Internal, "opening ended early", &error))?
    }

    /// Returns the settings.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// Returns who operates this workspace.
    pub fn me(&self) -> &Person {
        &self.inner.me
    }

    /// Returns our own repository.
    pub fn repo(&self) -> &Repo {
        &self.inner.repo
    }

    /// Returns the user's clone.
    pub fn user_clone(&self) -> &UserClone {
        &self.inner.clone
    }

    /// Returns where this project's state is kept.
    pub fn state_dir(&self) -> &Path {
        &self.inner.state_dir
    }

    pub(super) fn forge(&self) -> &Arc<dyn Forge> {
        &self.inner.forge
    }

    /// Opens the journal for writing; only one process per clone carries plans out at a time.
    pub(super) fn ledger(&self) -> Result<Ledger, Fault> {
        let journal = Journal::open(&self.inner.state_dir).map_err(|error| {
            Fault::caused(FaultKind::Internal, "cannot open the local journal", &error)
                .hint("Nothing was sent. Look at the permissions and the free space of the state directory.")
        })?;
        if journal.is_writer() {
            return Ok(Ledger::new(journal));
        }
        let why = journal.why_read_only().unwrap_or("it is read-only");
        Err(
            Fault::new(FaultKind::Internal, format!("nothing was done: {why}")).hint(
                "Wait until the other one has ended, or make the state directory writable; then look again.",
            ),
        )
    }

    /// Crosses the bridge to blocking git calls.
    pub(super) async fn git<T, F>(&self, work: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&Repo) -> Result<T, crate::git::Error> + Send + 'static,
    {
        let repo = self.inner.repo.clone();
        tokio::task::spawn_blocking(move || work(&repo))
            .await
            .map_err(|error| Fault::caused(FaultKind::Internal, "a git call ended early", &error))?
            .map_err(|error| Fault::caused(FaultKind::Remote, "cannot read the repository", &error))
    }

    /// Returns a job's log from `offset`.
    pub async fn job_log(&self, job: &JobId, offset: u64) -> Result<LogChunk, Fault> {
        self.inner
            .forge
            .job_log(job, offset)
            .await
            .map_err(|error| {
                Fault::caused(
                    FaultKind::Remote,
                    format!("cannot read the log of job {job}"),
                    &error,
                )
            })
    }
}
