//! The workspace: our own repository, the forge, the settings, built once per process.

mod archived;
mod arrangement;
mod choose;
mod drivers;
mod forges;
mod look;
mod open;
mod records;
mod seat;
mod sight;

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use crate::config::Environment;
use crate::config::Flags;
use crate::config::Settings;
use crate::engine::Rewritten;
use crate::forge::Forge;
use crate::forge::LogChunk;
use crate::git::Chains;
use crate::git::Repo;
use crate::git::UserClone;
use crate::git::across;
use crate::model::CommitId;
use crate::model::ConsoleId;
use crate::model::HotfixId;
use crate::model::JobId;
use crate::model::Person;
use crate::model::RefName;
use crate::model::Timestamp;
use crate::store::Journal;
use crate::store::OpenIntent;
use crate::store::Told;

use super::archive::Archive;
use super::clock::BootClock;
use super::disk::unusable_repository;
use super::fault::Fault;
use super::fault::FaultKind;
use super::ledger::Ledger;
use super::ledger::read_only;
use super::ledger::unusable;
use super::login::Asker;
use super::observe::Ended;
use super::observe::Known;
use super::observe::Sight;
use super::points::Points;
use super::presence::Company;
use super::seat::Memos;
use super::sharing::Kept;
use super::sign::Signing;
use super::story::ReadBefore;

pub use look::Asked;
pub use look::LOOKED_BESIDE;
use records::ReadRecord;
use seat::Sitting;

pub(super) use forges::Reach;
pub(super) use open::{NO_STATE, commands, open_clone, settings_fault, sources};

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
    /// The record's chains, wherever the team keeps them.
    chains: Chains,
    signing: Arc<Signing>,
    forge: Arc<dyn Forge>,
    /// How the forge's host is reached; none where change requests are kept in the remote.
    reach: Option<Reach>,
    /// What commands of the team may see is chosen from these.
    variables: BTreeMap<String, String>,
    me: Person,
    /// This machine's name, so that two consoles of one person can be told apart.
    device: String,
    state_dir: PathBuf,
    /// This console among all: what it sends goes through the journal of its state directory.
    console: ConsoleId,
    /// Counts sleep.
    boot: BootClock,
    /// What was observed of the lock logs.
    memos: Arc<Memos>,
    /// Who else watches, as far as we know.
    company: Arc<Company>,
    /// When the remote was last seen, and the reason if the latest try failed.
    sight: Mutex<Sight>,
    /// What git answered to the latest look.
    known: Mutex<Option<Arc<Known>>>,
    /// Change requests on record that the forge does not list any more.
    ended: Arc<Ended>,
    /// How many looks had to ask git.
    answered: AtomicUsize,
    /// For how long looks wait for merge drivers.
    patience: Duration,
    points: Points,
    /// Where our own repository is while the state directory cannot be written; removed with the workspace.
    scratch: Option<Arc<tempfile::TempDir>>,
    /// What the local journal says of calls that are open, and of records that were seen.
    open_calls: Told<Vec<OpenIntent>>,
    pins: Told<BTreeMap<RefName, CommitId>>,
    /// What it keeps of hotfixes and has not shared, as far as that counts.
    kept: Told<Kept>,
    /// Held by whatever of this process appends to records, one after the other.
    writing: Arc<tokio::sync::Mutex<()>>,
    /// Records by their chain, as far as they would be read the same again, and how often one was read.
    reads: Mutex<BTreeMap<RefName, Arc<ReadRecord>>>,
    /// The entries of the chain that was read last.
    before: Arc<ReadBefore>,
    times_read: AtomicUsize,
    /// Records that were not, at the latest look, what was seen of them before.
    alarms: Mutex<BTreeMap<HotfixId, Rewritten>>,
    /// What the latest look found in the archives.
    archive: Mutex<Arc<Archive>>,
    /// Whether this process is a console, and whether it may write.
    sitting: Mutex<Sitting>,
}

impl Workspace {
    /// Opens the workspace around `options.dir`: finds git, the clone, the settings; makes our own repository.
    ///
    /// # Errors
    /// Each names what is missing and what to do next. Nothing was changed outside the state directory.
    pub async fn open(options: &OpenOptions, environment: &Environment) -> Result<Self, Fault> {
        Self::open_asking(options, environment, Asker::default()).await
    }

    /// The same; where no token is found anywhere, the person is asked for one.
    pub async fn open_asking(
        options: &OpenOptions,
        environment: &Environment,
        asker: Asker,
    ) -> Result<Self, Fault> {
        let options = options.clone();
        let environment = environment.clone();
        across(move || Self::open_blocking(&options, &environment, &asker))
            .await
            .map_err(|error| Fault::caused(FaultKind::Internal, "opening ended early", &error))?
    }

    /// Returns this workspace with its change requests on another forge. Nothing is read.
    #[must_use]
    pub fn with_forge(&self, forge: Arc<dyn Forge>) -> Self {
        self.with(forge, self.inner.boot.clone())
    }

    /// Returns this workspace with another clock for the age of plans, silence, drain and permits. Nothing is read.
    #[must_use]
    pub fn with_boot_clock(&self, boot: BootClock) -> Self {
        self.with(Arc::clone(&self.inner.forge), boot)
    }

    fn with(&self, forge: Arc<dyn Forge>, boot: BootClock) -> Self {
        let inner = &self.inner;
        Self {
            inner: Arc::new(Inner {
                settings: inner.settings.clone(),
                clone: inner.clone.clone(),
                repo: inner.repo.clone(),
                chains: inner.chains.clone(),
                signing: Arc::clone(&inner.signing),
                forge,
                reach: inner.reach.clone(),
                variables: inner.variables.clone(),
                me: inner.me.clone(),
                device: inner.device.clone(),
                state_dir: inner.state_dir.clone(),
                console: inner.console.clone(),
                boot,
                memos: Arc::clone(&inner.memos),
                company: Arc::clone(&inner.company),
                sight: Mutex::new(self.sight()),
                known: Mutex::default(),
                ended: Arc::default(),
                answered: AtomicUsize::default(),
                patience: inner.patience,
                points: inner.points.clone(),
                scratch: inner.scratch.clone(),
                open_calls: Told::default(),
                pins: Told::default(),
                kept: Told::default(),
                writing: Arc::clone(&inner.writing),
                reads: Mutex::default(),
                before: Arc::default(),
                times_read: AtomicUsize::default(),
                alarms: Mutex::default(),
                archive: Mutex::default(),
                sitting: Mutex::default(),
            }),
        }
    }

    /// Returns this workspace with somebody who hears of the moments of carrying plans out: a test.
    #[must_use]
    pub fn with_points(&self, points: Points) -> Self {
        let mut other = self.with_forge(Arc::clone(self.forge()));
        if let Some(inner) = Arc::get_mut(&mut other.inner) {
            inner.points = points;
        }
        other
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

    /// Returns the chains of the shared record.
    pub fn chains(&self) -> &Chains {
        &self.inner.chains
    }

    /// Returns the hand that signs entries of the record and the eye that checks them.
    pub(super) fn signing(&self) -> &Signing {
        &self.inner.signing
    }

    /// Says why no lock can be kept, where the carrier of the record has none.
    pub(super) fn why_no_lock(&self) -> Option<&'static str> {
        self.inner.chains.carrier().why_no_lock()
    }

    /// Returns the user's clone.
    pub fn user_clone(&self) -> &UserClone {
        &self.inner.clone
    }

    /// Returns where this project's state is kept.
    pub fn state_dir(&self) -> &Path {
        &self.inner.state_dir
    }

    /// Returns how the forge's host is reached; none where change requests are kept in the remote.
    pub(super) fn reach(&self) -> Option<&Reach> {
        self.inner.reach.as_ref()
    }

    /// Returns the variables of the environment, from which what commands of the team see is chosen.
    pub(super) fn variables(&self) -> &BTreeMap<String, String> {
        &self.inner.variables
    }

    /// Returns until when the forge asked us to be quiet, while that lasts. Nothing is asked.
    pub fn quiet_until(&self) -> Option<Timestamp> {
        self.inner.forge.quiet_until()
    }

    /// Lets `tell` hear which host asks for a wait, and for how long, when we begin to sit one out.
    pub fn tell_waits(&self, tell: impl Fn(&str, Duration) + Send + Sync + 'static) {
        if let Some(reach) = self.reach() {
            reach.http.tell_waits(tell);
        }
    }

    pub(super) fn forge(&self) -> &Arc<dyn Forge> {
        &self.inner.forge
    }

    /// Returns which console this is.
    pub fn console(&self) -> &ConsoleId {
        &self.inner.console
    }

    pub(super) fn device(&self) -> &str {
        &self.inner.device
    }

    pub(super) fn boot(&self) -> &BootClock {
        &self.inner.boot
    }

    /// Returns for how long this machine is up, sleep counted: what durations are measured by within a process.
    pub fn since_boot(&self) -> Duration {
        self.inner.boot.read().since
    }

    pub(super) fn company(&self) -> &Company {
        &self.inner.company
    }

    pub(super) fn memos(&self) -> &Memos {
        &self.inner.memos
    }

    pub(super) fn open_calls(&self) -> &Told<Vec<OpenIntent>> {
        &self.inner.open_calls
    }

    pub(super) fn kept_here(&self) -> &Told<Kept> {
        &self.inner.kept
    }

    /// Returns what is held by whoever of this process appends to records: the journal has one writer at a time.
    pub(super) fn writing(&self) -> &tokio::sync::Mutex<()> {
        &self.inner.writing
    }

    /// Opens the journal for writing; only one process per clone carries plans out at a time.
    pub(super) fn ledger(&self) -> Result<Ledger, Fault> {
        self.may_write()?;
        let journal = Journal::open(&self.inner.state_dir)
            .map_err(|error| unusable("cannot open the local journal", &error))?;
        match journal.why_read_only() {
            Some(why) => Err(read_only(why)),
            None => Ok(Ledger::new(journal, self.inner.points.clone())),
        }
    }

    /// Crosses the bridge to blocking git calls.
    pub(super) async fn git<T, F>(&self, work: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&Repo) -> Result<T, crate::git::Error> + Send + 'static,
    {
        let repo = self.inner.repo.clone();
        across(move || work(&repo))
            .await
            .map_err(|error| Fault::caused(FaultKind::Internal, "a git call ended early", &error))?
            .map_err(|error| {
                let place = self.inner.repo.dir();
                unusable_repository("cannot read the repository", &error, place)
            })
    }

    /// Crosses the bridge to blocking calls about the record's chains.
    pub(super) async fn on_chains<T, F>(&self, work: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&Chains) -> Result<T, crate::git::Error> + Send + 'static,
    {
        let chains = self.inner.chains.clone();
        across(move || work(&chains))
            .await
            .map_err(|error| Fault::caused(FaultKind::Internal, "a git call ended early", &error))?
            .map_err(|error| {
                let place = self.inner.repo.dir();
                unusable_repository("cannot read the record", &error, place)
            })
    }

    /// Returns a job's log from byte `offset`.
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
