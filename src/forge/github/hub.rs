//! What every part of the adapter shares: the connection, the repository's place, what was learnt.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use crate::forge::Error;
use crate::forge::http::Answer;
use crate::forge::http::Ask;
use crate::forge::http::Connection;
use crate::forge::http::Sent;
use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::Enforcement;
use crate::model::EnvironmentName;
use crate::model::Person;
use crate::model::Project;
use crate::model::Timestamp;

use super::arrival::Arrival;
use super::required::Rules;
use super::sight::RunSight;
use super::wire;

/// What the adapter is made of.
#[derive(Clone)]
pub struct GithubOptions {
    /// To `https://api.github.com` or `https://HOST/api/v3`, with the manners of [`super::GithubForge::manners`].
    pub http: Arc<Connection>,
    /// `owner/repository`.
    pub path: String,
    pub project: Arc<Project>,
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// The pause between two looks at something that GitHub does in the background; a second is polite.
    pub pause: Duration,
}

/// What was learnt from earlier answers.
#[derive(Default)]
pub(super) struct Known {
    pub(super) me: Option<Person>,
    pub(super) repository: Option<wire::Repository>,
    /// The rules of a branch, and when they were read.
    pub(super) rules: BTreeMap<BranchName, (Duration, Rules)>,
    /// Ended requests with their details, by number and time of their last change.
    pub(super) ended: BTreeMap<(u64, Timestamp), ChangeRequest>,
    /// Ended runs, by id, attempt and time of their last change.
    pub(super) runs: BTreeMap<(u64, u64, Timestamp), RunSight>,
    /// Whether the workflow of that file has that job.
    pub(super) makes: BTreeMap<(String, String), bool>,
    /// How the head of a request came there, by number: for that head, as of that last change.
    pub(super) arrivals: BTreeMap<u64, (CommitId, Timestamp, Arrival)>,
    pub(super) seats: Option<Enforcement>,
    /// The repository's plan has no drafts, as GitHub said once.
    pub(super) has_no_drafts: bool,
    /// Environments at which no run waits for anybody, as they were read last.
    pub(super) ungated: Vec<EnvironmentName>,
}

/// The adapter's inside.
pub(super) struct Hub {
    pub(super) options: GithubOptions,
    pub(super) owner: String,
    pub(super) name: String,
    known: Mutex<Known>,
}

/// What came of a write, as far as its answer tells.
pub(super) enum Came {
    Yes(Answer),
    /// Definitely not done: the status and the reason.
    No(u16, String),
    /// It may have been done.
    Unclear(String),
}

impl Hub {
    pub(super) fn new(options: GithubOptions) -> Self {
        let path = options.path.trim_matches('/').to_owned();
        let (owner, name) = path.split_once('/').unwrap_or((path.as_str(), ""));
        Self {
            owner: owner.to_owned(),
            name: name.to_owned(),
            options,
            known: Mutex::default(),
        }
    }

    pub(super) fn http(&self) -> &Connection {
        &self.options.http
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.options.clock)()
    }

    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits before GitHub is asked again about something that it does in the background.
    pub(super) async fn pause(&self) {
        tokio::time::sleep(self.options.pause).await;
    }

    /// Returns the segments of a path below the repository's.
    pub(super) fn path<'a>(&'a self, rest: &[&'a str]) -> Vec<&'a str> {
        let mut path = vec!["repos", self.owner.as_str(), self.name.as_str()];
        path.extend_from_slice(rest);
        path
    }

    pub(super) fn get(&self, rest: &[&str]) -> Ask {
        Ask::get(&self.path(rest))
    }

    pub(super) fn post(&self, rest: &[&str]) -> Ask {
        Ask::post(&self.path(rest))
    }

    pub(super) fn put(&self, rest: &[&str]) -> Ask {
        Ask::put(&self.path(rest))
    }

    pub(super) fn patch(&self, rest: &[&str]) -> Ask {
        Ask::patch(&self.path(rest))
    }

    pub(super) fn delete(&self, rest: &[&str]) -> Ask {
        Ask::delete(&self.path(rest))
    }

    /// Sends a write. A write that did not leave, or that needs a login first, is an error.
    pub(super) async fn send(&self, ask: &Ask) -> Result<Came, Error> {
        Ok(self.send_and_keep(ask).await?.0)
    }

    /// Does so, and keeps what a no says besides its reason.
    pub(super) async fn send_and_keep(&self, ask: &Ask) -> Result<(Came, Option<Answer>), Error> {
        let mut kept = None;
        let came = match self.http().write(ask).await {
            Sent::NotSent(error) => return Err(error.into()),
            Sent::Lost(error) => Came::Unclear(error.to_string()),
            // A page of a proxy with status 200 is no yes of GitHub's.
            Sent::Answered(answer) if answer.is_success() => {
                match answer.json::<serde_json::Value>() {
                    Err(error) if !answer.body.is_empty() => Came::Unclear(error.to_string()),
                    Ok(_) | Err(_) => Came::Yes(answer),
                }
            }
            Sent::Answered(answer) if answer.is_unclear() => {
                Came::Unclear(answer.refusal().to_string())
            }
            Sent::Answered(answer) if answer.status == 401 => return Err(answer.refusal().into()),
            Sent::Answered(answer) if (300..400).contains(&answer.status) => {
                Came::No(answer.status, answer.refusal().to_string())
            }
            Sent::Answered(answer) => {
                let no = Came::No(answer.status, answer.reason());
                kept = Some(answer);
                no
            }
        };
        Ok((came, kept))
    }

    /// Returns who we are.
    pub(super) async fn me(&self) -> Result<Person, Error> {
        if let Some(me) = self.known().me.clone() {
            return Ok(me);
        }
        let user: wire::User = self.http().read(&Ask::get(&["user"])).await?;
        let me = user.person();
        self.known().me = Some(me.clone());
        Ok(me)
    }

    /// Returns the repository's settings, read anew.
    pub(super) async fn repository(&self) -> Result<wire::Repository, Error> {
        let found: Option<wire::Repository> = self.http().find(&self.get(&[])).await?;
        let Some(repository) = found else {
            let (owner, name) = (&self.owner, &self.name);
            let host = self.http().base().name();
            return Err(Error::NotFound {
                what: format!(
                    "the project `{owner}/{name}` on {host} (or your token may not see it)"
                ),
            });
        };
        self.known().repository = Some(repository.clone());
        Ok(repository)
    }

    /// Returns where a branch is; none if it is not there.
    pub(super) async fn tip(&self, branch: &BranchName) -> Result<Option<CommitId>, Error> {
        let name = format!("heads/{branch}");
        let found: Option<wire::GitRef> =
            self.http().find(&self.get(&["git", "ref", &name])).await?;
        Ok(found.map(|found| found.object.sha))
    }

    /// Tells whether a repository is ours, by its full name.
    pub(super) fn is_here(&self, full_name: &str) -> bool {
        full_name.split_once('/').is_some_and(|(owner, name)| {
            owner.eq_ignore_ascii_case(&self.owner) && name.eq_ignore_ascii_case(&self.name)
        })
    }
}
