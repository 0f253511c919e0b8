//! What the adapter is made of, and what it remembers.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::OnceCell;

use crate::forge::Error;
use crate::forge::http::Ask;
use crate::forge::http::Connection;
use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::MergeMethod;
use crate::model::Person;
use crate::model::Project;
use crate::model::Timestamp;

use super::server::Known;
use super::wire;

/// Between two looks at something that the server is still computing.
const PAUSE: Duration = Duration::from_millis(500);

/// What the adapter needs to know. Nothing of it is looked up here.
#[derive(Clone)]
pub struct GiteaOptions {
    /// To `https://host[/prefix]/api/v1`.
    pub http: Arc<Connection>,
    /// `owner/repository`.
    pub path: String,
    /// As configured.
    pub project: Arc<Project>,
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Between two looks at something that the server is still computing.
    pub pause: Duration,
}

impl GiteaOptions {
    /// Makes the options of a project; `http` leads to `https://host[/prefix]/api/v1`, `path` is `owner/repository`.
    pub fn new(
        http: Arc<Connection>,
        path: impl Into<String>,
        project: Arc<Project>,
        clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    ) -> Self {
        Self {
            http,
            path: path.into(),
            project,
            clock,
            pause: PAUSE,
        }
    }
}

/// The adapter's parts.
pub(super) struct Gitea {
    pub(super) options: GiteaOptions,
    pub(super) owner: String,
    name: String,
    known: OnceCell<Known>,
    me: OnceCell<Person>,
    memory: Mutex<Memory>,
}

/// The head that a request was merged at, and by whom and how as far as that can be told.
#[derive(Debug, Clone)]
pub(super) struct Way {
    pub(super) head: CommitId,
    pub(super) method: Option<MergeMethod>,
    pub(super) by: Option<Person>,
}

/// What never changes once it was seen.
#[derive(Default)]
pub(super) struct Memory {
    /// Request, head and target tip of which the server went on saying that they do not merge.
    pub(super) conflicts: BTreeSet<(u64, String, String)>,
    /// What was merged.
    pub(super) merged: BTreeMap<u64, Way>,
    /// The reviews of ended requests, by the time of the request's last change.
    pub(super) reviews: BTreeMap<u64, (String, Vec<wire::Review>)>,
    /// The jobs of runs that have ended, by the time of their end: a run can be run again.
    pub(super) jobs: BTreeMap<u64, (String, Vec<wire::Job>)>,
    /// How many approvals each lane asked for when it was read last.
    pub(super) approvals: BTreeMap<BranchName, usize>,
    /// Who made the heads of open requests.
    pub(super) makers: BTreeMap<String, Option<Person>>,
    /// Who merged a lane's tip.
    pub(super) brought: BTreeMap<CommitId, Person>,
}

impl Gitea {
    pub(super) fn new(options: GiteaOptions) -> Self {
        let path = options.path.trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        let (owner, name) = path.split_once('/').unwrap_or((path, ""));
        Self {
            owner: owner.to_owned(),
            name: name.to_owned(),
            options,
            known: OnceCell::new(),
            me: OnceCell::new(),
            memory: Mutex::new(Memory::default()),
        }
    }

    pub(super) fn http(&self) -> &Connection {
        &self.options.http
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.options.clock)()
    }

    pub(super) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the path of something of our project.
    pub(super) fn at<'a>(&'a self, rest: &[&'a str]) -> Vec<&'a str> {
        let mut path = vec!["repos", self.owner.as_str(), self.name.as_str()];
        path.extend_from_slice(rest);
        path
    }

    /// Starts to read something of our project.
    pub(super) fn get(&self, rest: &[&str]) -> Ask {
        Ask::get(&self.at(rest))
    }

    /// Returns what is known of the server; asked once.
    pub(super) async fn known(&self) -> Result<&Known, Error> {
        let learn = async || -> Result<Known, Error> {
            let version: wire::Version = self.http().read(&Ask::get(&["version"])).await?;
            // Only sizes: a server that hides its settings has the usual ones.
            let limits = self.http().find(&Ask::get(&["settings", "api"])).await;
            let project: wire::Project = match self.http().find(&self.get(&[])).await? {
                Some(project) => project,
                None => {
                    return Err(Error::NotFound {
                        what: format!(
                            "the project {} on {} (or the token may not see it)",
                            self.options.path,
                            self.http().base().name()
                        ),
                    });
                }
            };
            let limits: wire::Limits = limits.ok().flatten().unwrap_or_default();
            Ok(Known::new(&version, &limits, &project))
        };
        self.known.get_or_try_init(learn).await
    }

    /// Returns what is known so far, without asking.
    pub(super) fn known_so_far(&self) -> Option<&Known> {
        self.known.get()
    }

    /// Returns what the server is called, for sentences.
    pub(super) fn product(&self) -> &'static str {
        self.known_so_far()
            .map_or("gitea", |known| known.version.product())
    }

    /// Returns who we are; asked once.
    pub(super) async fn me(&self) -> Result<&Person, Error> {
        let ask = async || -> Result<Person, Error> {
            let user: wire::User = self.http().read(&Ask::get(&["user"])).await?;
            Ok(wire::person(Some(&user)))
        };
        self.me.get_or_try_init(ask).await
    }

    /// Reads a list, in pages of the size that the server allows.
    pub(super) async fn list<T: serde::de::DeserializeOwned>(
        &self,
        ask: Ask,
        most: usize,
    ) -> Result<Vec<T>, Error> {
        let page = self.known().await?.page;
        Ok(self
            .http()
            .read_list(&ask.with("limit", &page), most)
            .await?)
    }
}
