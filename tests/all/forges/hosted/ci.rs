//! The forge with a CI that works by itself: checks pass, and what was started ends after a few looks.

mod page;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use super::Which;
use crate::forges::fake_gitea::FORGEJO;
use crate::forges::fake_gitea::FakeGitea;
use crate::forges::fake_gitea::GITEA_ATTEMPTS;
use crate::forges::fake_gitea::GITEA_RERUNS;
use crate::forges::fake_gitea::Protection;
use crate::forges::fake_gitea::State as GiteaState;
use crate::forges::fake_github::FakeGithub;
use crate::forges::fake_github::State as GithubState;
use crate::forges::fake_gitlab::FakeGitlab;
use crate::forges::fake_gitlab::State as GitlabState;
use crate::forges::github::stage::chain;
use crate::forges::limits::Limits;
use crate::forges::message::Reply;
use crate::forges::message::Request;
use crate::forges::server::Site;
use crate::forges::spec::Described;
use crate::support::repository::World;

/// Requests to the API that a started job outlives.
const LOOKS: usize = 40;

enum Fake {
    Gitlab(FakeGitlab),
    Github(FakeGithub),
    Gitea(FakeGitea),
}

pub(in crate::forges) struct Ci {
    fake: Fake,
    /// Requests since the jobs that run were started.
    looks: Mutex<usize>,
    /// Jobs that run are left to whoever asked for it.
    is_held: AtomicBool,
}

impl Ci {
    pub(in crate::forges) fn new(which: Which, world: &Arc<World>, origin: &str) -> Self {
        let fake = match which {
            Which::Gitlab => {
                let mut state = GitlabState::new();
                state.has_ci = true;
                let state = Arc::new(Mutex::new(state));
                Fake::Gitlab(FakeGitlab::new(Arc::clone(world), origin, state))
            }
            Which::Github => {
                let fake = FakeGithub::new(world, origin);
                let mut state = fake.state();
                state.people = ["dora", "lea", "mia", "bob", "sam"]
                    .map(|login| (login.to_owned(), format!("{login}@example.org")))
                    .to_vec();
                chain(&mut state, "deploy.yml");
                state.deletes_branches = true;
                let unit = vec!["unit".to_owned()];
                state.required.insert("main".to_owned(), unit);
                drop(state);
                Fake::Github(fake)
            }
            Which::Gitea | Which::GiteaLater | Which::Forgejo => {
                let version = match which {
                    Which::Forgejo => FORGEJO,
                    Which::GiteaLater => GITEA_ATTEMPTS,
                    _ => GITEA_RERUNS,
                };
                let fake = FakeGitea::new(version, &world.origin(), origin);
                let mut state = fake.state();
                let jobs = vec!["deploy (portal)", "deploy (api)"];
                state.workflows.insert("deploy.yml".to_owned(), jobs);
                let protection = Protection {
                    approvals: 0,
                    contexts: vec!["ci/unit".to_owned()],
                };
                state.protections.insert("main".to_owned(), protection);
                drop(state);
                Fake::Gitea(fake)
            }
        };
        Self {
            fake,
            looks: Mutex::new(0),
            is_held: false.into(),
        }
    }

    /// Returns what the fake GitLab keeps.
    pub(in crate::forges) fn gitlab(&self) -> MutexGuard<'_, GitlabState> {
        match &self.fake {
            Fake::Gitlab(fake) => fake.state(),
            Fake::Github(_) | Fake::Gitea(_) => panic!("another forge is played"),
        }
    }

    /// Returns what the fake GitHub keeps.
    pub(in crate::forges) fn github(&self) -> MutexGuard<'_, GithubState> {
        match &self.fake {
            Fake::Github(fake) => fake.state(),
            Fake::Gitlab(_) | Fake::Gitea(_) => panic!("another forge is played"),
        }
    }

    /// Returns what the fake Gitea keeps.
    pub(in crate::forges) fn gitea(&self) -> MutexGuard<'_, GiteaState> {
        match &self.fake {
            Fake::Gitea(fake) => fake.state(),
            Fake::Gitlab(_) | Fake::Github(_) => panic!("another forge is played"),
        }
    }

    /// Changes how far everybody is with the forge's limits.
    pub(super) fn limit(&self, change: impl FnOnce(&mut Limits)) {
        match &self.fake {
            Fake::Gitlab(fake) => change(&mut fake.state().limits),
            Fake::Github(fake) => change(&mut fake.state().limits),
            Fake::Gitea(_) => panic!("Gitea has no limits of its own"),
        }
    }

    /// Lets the jobs that run, and those that are started from now on, run until [`Ci::end`] or [`Ci::fail_one`].
    pub(super) fn hold(&self) {
        self.is_held.store(true, Ordering::SeqCst);
    }

    /// Lets every job that runs succeed.
    pub(super) fn end(&self) {
        match &self.fake {
            Fake::Gitlab(fake) => fake.state().end_jobs("success"),
            Fake::Github(fake) => {
                let mut state = fake.state();
                let all: Vec<String> = state.runs.iter().map(|run| run.sha.clone()).collect();
                for sha in all {
                    state.finish_runs(&sha, "success");
                }
            }
            Fake::Gitea(fake) => {
                let mut state = fake.state();
                for job in state.runs.iter_mut().flat_map(|run| &mut run.jobs) {
                    if matches!(job.status.as_str(), "waiting" | "running") {
                        "success".clone_into(&mut job.status);
                    }
                }
            }
        }
    }

    /// Lets one of the jobs that run fail; the others succeed. On GitHub a failed run is one whose jobs failed.
    pub(super) fn fail_one(&self) {
        match &self.fake {
            Fake::Gitlab(fake) => {
                let mut state = fake.state();
                state.job_named("deploy-prod-hotfix: [admin]").status = "failed";
                state.end_jobs("success");
            }
            Fake::Github(fake) => {
                let mut state = fake.state();
                let all: Vec<String> = state.runs.iter().map(|run| run.sha.clone()).collect();
                for sha in all {
                    state.finish_runs(&sha, "failure");
                }
            }
            Fake::Gitea(fake) => {
                let mut state = fake.state();
                let run = state.runs.last_mut().expect("something runs");
                for (place, job) in run.jobs.iter_mut().enumerate() {
                    let end = if place == 0 { "failure" } else { "success" };
                    end.clone_into(&mut job.status);
                }
            }
        }
    }

    pub(in crate::forges) fn answer(&self, request: &Request) -> Reply {
        match &self.fake {
            Fake::Gitlab(fake) => fake.answer(request),
            Fake::Github(fake) => fake.answer(request),
            Fake::Gitea(fake) => fake.answer(request),
        }
    }

    pub(in crate::forges) fn description(&self) -> Option<Described> {
        match &self.fake {
            Fake::Gitlab(fake) => fake.description(),
            Fake::Github(fake) => fake.description(),
            Fake::Gitea(fake) => fake.description(),
        }
    }

    /// Goes on a little: new heads get their checks, and jobs that ran for long enough succeed.
    pub(in crate::forges) fn go_on(&self) {
        let mut looks = self.looks.lock().expect("no panic while held");
        *looks += 1;
        let is_over = looks.is_multiple_of(LOOKS) && !self.is_held.load(Ordering::SeqCst);
        match &self.fake {
            Fake::Gitlab(fake) => {
                let mut state = fake.state();
                let open = state.mrs.iter().filter(|mr| mr.state == "opened");
                let heads: Vec<_> = open
                    .filter(|mr| !state.pipelines.iter().any(|one| one.sha == mr.head()))
                    .map(|mr| (mr.head().to_owned(), mr.author.clone()))
                    .collect();
                for (head, author) in heads {
                    state.request_pipeline(&head, &author);
                }
            }
            Fake::Github(fake) => {
                let open: Vec<String> = {
                    let state = fake.state();
                    let open = state.pulls.iter();
                    let open = open.filter(|pull| pull.merged.is_none() && !pull.is_closed);
                    open.map(|pull| pull.head.clone()).collect()
                };
                let heads: Vec<String> = open.iter().filter_map(|head| fake.tip(head)).collect();
                let mut state = fake.state();
                for head in heads {
                    if !state.checks.iter().any(|check| check.sha == head) {
                        state.conclude(&head, "unit", Some("success"));
                    }
                }
            }
            Fake::Gitea(fake) => {
                let open: Vec<String> = {
                    let state = fake.state();
                    let open = state.pulls.iter();
                    let open = open.filter(|pull| pull.merge.is_none() && !pull.is_closed);
                    open.map(|pull| pull.from.clone()).collect()
                };
                let heads: Vec<String> = open.iter().filter_map(|head| fake.tip(head)).collect();
                let mut state = fake.state();
                for head in heads {
                    if !state.statuses.contains_key(&head) {
                        state.report(&head, "ci/unit", "success");
                    }
                }
            }
        }
        if is_over {
            self.end();
        }
    }
}
