//! A Gitea or Forgejo with a memory: pull requests, reviews, statuses and workflow runs on a real bare repository,
//! where merges really happen. Lists come in pages of two, mergeability takes a while to compute, and the project is
//! set to delete merged branches, so that a client that does not say no loses them.

mod actions;
mod git;
mod issues;
mod pulls;
mod site;
mod state;

use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;

use super::message::Reply;
use super::message::Request;
use super::server::Site;
use super::spec::Described;

use git::Bare;
pub(crate) use state::Dismissal;
pub(crate) use state::Merge;
pub(crate) use state::Protection;
pub(crate) use state::State;
pub(crate) use state::User;

/// The versions that are played: Forgejo with everything, Gitea with runs, with little, and with nothing of Actions.
pub(crate) const FORGEJO: &str = "17.0.0-dev-609-a14eb80977+gitea-1.22.0";
/// The last that lists runs and neither their jobs nor logs: only what runners took.
pub(crate) const FORGEJO_JOBLESS: &str = "15.0.3+gitea-1.22.0";
pub(crate) const GITEA: &str = "1.25.1";
/// The first that runs a job again, in its place.
pub(crate) const GITEA_RERUNS: &str = "1.26.2";
/// One that makes another job of it, in the next attempt of its run.
pub(crate) const GITEA_ATTEMPTS: &str = "1.27.0";
pub(crate) const GITEA_OLD: &str = "1.23.0+dev-444-gf46e7eae93";

/// One that has neither runs nor tasks, whether or not Actions are on.
pub(crate) const GITEA_WITHOUT_TASKS: &str = "1.21.0";

pub(crate) const PATH: &str = "acme/shop";

/// The fake; a clone is the same one.
#[derive(Clone)]
pub(crate) struct FakeGitea {
    state: Arc<Mutex<State>>,
    bare: Arc<Bare>,
    origin: String,
}

impl FakeGitea {
    /// Serves the bare repository at `bare` as `acme/shop`, under `origin`.
    pub(crate) fn new(version: &str, bare: &Path, origin: &str) -> Self {
        Self {
            state: Arc::new(Mutex::new(State::new(version))),
            bare: Arc::new(Bare::new(bare)),
            origin: origin.to_owned(),
        }
    }

    /// Returns what it remembers, to be looked at and changed by a test.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while held")
    }

    /// Pushes another commit onto a branch, as the web editor does.
    pub(crate) fn edit(&self, branch: &str, file: &str, text: &str) -> String {
        self.bare.edit(branch, file, text)
    }

    pub(crate) fn tip(&self, branch: &str) -> Option<String> {
        self.bare.tip(branch)
    }
}

impl Site for FakeGitea {
    fn answer(&self, request: &Request) -> Reply {
        site::answer(self, request)
    }

    fn description(&self) -> Option<Described> {
        let (name, beyond): (_, &'static [&'static str]) = if self.state().is_forgejo() {
            ("forgejo", &["/raw/", "/contents/", "/api/v1/users/"])
        } else {
            // The description is of 1.23, which had no more of Actions than the tasks.
            (
                "gitea",
                &[
                    "/actions/runs",
                    "/actions/jobs",
                    "/actions/workflows",
                    "/raw/",
                    "/contents/",
                    "/api/v1/users/",
                ],
            )
        };
        Some(Described {
            name,
            prefix: "",
            api: "/api/v1",
            beyond,
        })
    }
}
