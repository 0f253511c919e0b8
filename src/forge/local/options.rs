//! What the local forge is made of, and what its parts share.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use crate::forge::Error;
use crate::git::Repo;
use crate::model::CommitId;
use crate::model::Person;
use crate::model::Project;
use crate::model::Role;
use crate::model::Subject;
use crate::model::Timestamp;

use super::draft::Stamp;
use super::draft::new_event_id;
use super::ledger::Ledger;
use super::ledger::View;
use super::ledger::blocking;
use super::seals::Notary;
use super::view::Standings;

/// What a local forge needs to know. Nothing of it is looked up here.
#[derive(Clone)]
pub struct LocalOptions {
    pub repo: Repo,
    /// As configured: patterns need not be expanded, and check rules name lanes by their configured name.
    pub project: Arc<Project>,
    /// Who we are: git's `user.name` and `user.email`.
    pub me: Person,
    /// This machine's name and this process, by which a dead run is recognised.
    pub device: String,
    pub pid: u32,
    /// The prefix of the record's refs, `refs/lanekeeper/v1`; the chain is `<prefix>/forge`.
    pub prefix: String,
    /// Where logs are kept while jobs run, private to the person.
    pub logs_dir: PathBuf,
    /// The file that remembers the newest head of the chain that this machine saw.
    pub pin: PathBuf,
    /// The whole environment; commands get an allowed part of it.
    pub environment: BTreeMap<String, String>,
    /// The team file's commands were accepted with `lanekeeper trust`.
    pub are_commands_trusted: bool,
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// How often the remote is asked, while a check runs, whether the head moved.
    pub head_poll: Duration,
    /// How long the push of an action may be under way.
    pub longest_write: Duration,
    /// Signs our entries and checks those of others; none where nobody has keys.
    pub notary: Option<Arc<dyn Notary>>,
}

impl std::fmt::Debug for LocalOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalOptions")
            .field("project", &self.project.name)
            .field("me", &self.me)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// The local forge's parts.
pub(super) struct Local {
    pub(super) options: LocalOptions,
    pub(super) ledger: Arc<Ledger>,
    pub(super) standings: Mutex<Standings>,
    /// Seats that an override lifted, with the head for which it did. The record that says so is not this room's: whoever
    /// carries a plan out reads it just before the call.
    pub(super) lifted: Mutex<BTreeMap<Subject, (CommitId, Vec<Role>)>>,
}

impl Local {
    pub(super) fn lift(&self, subject: &Subject, head: &CommitId, roles: Vec<Role>) {
        let mut lifted = self.lifted.lock().unwrap_or_else(PoisonError::into_inner);
        lifted.insert(subject.clone(), (head.clone(), roles));
    }

    /// Returns the seats that this head goes on without.
    pub(super) fn lifted(&self, subject: &Subject, head: &CommitId) -> Vec<Role> {
        let lifted = self.lifted.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lifted.get(subject).filter(|(at, _)| at == head);
        known.map_or_else(Vec::new, |(_, roles)| roles.clone())
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.options.clock)()
    }

    /// Returns what is fixed about an event that we write now.
    pub(super) fn stamp(&self) -> Stamp {
        let at = self.now();
        Stamp {
            id: new_event_id(at),
            by: self.options.me.clone(),
            device: self.options.device.clone(),
            at,
        }
    }

    /// Answers a question about the chain and the branches as last fetched.
    pub(super) async fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        question: impl FnOnce(&Self, &View) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let local = Arc::clone(self);
        let view = self.ledger.weighed_view().await?;
        blocking(move || question(&local, &view)).await
    }
}
