//! The ground that is raced on: a hotfix whose request is open and whose check has passed, and what somebody else does.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicI64;

use lanekeeper::engine::Intent;
use lanekeeper::engine::Outcome;
use lanekeeper::engine::plan;
use lanekeeper::forge::Forge;
use lanekeeper::model::HotfixId;
use lanekeeper::ops::Silent;
use lanekeeper::ops::Workspace;

use super::On;
use super::Race;
use crate::forges::fake_gitea::FORGEJO;
use crate::forges::fake_gitea::FakeGitea;
use crate::forges::fake_github::FakeGithub;
use crate::forges::fake_gitlab::FakeGitlab;
use crate::forges::fake_gitlab::State as GitlabState;
use crate::forges::gitea::stage as gitea;
use crate::forges::gitea::stage::PATIENT;
use crate::forges::github::stage as github;
use crate::forges::gitlab::play::commit as push_fix;
use crate::forges::gitlab::play::console;
use crate::forges::gitlab::play::start;
use crate::forges::gitlab::stage as gitlab;
use crate::forges::server::Server;
use crate::support::repository::World;

/// Commits on a branch of the remote without a clone: on its tip, or in the place of its tip.
fn commit(world: &World, branch: &str, is_instead: bool) -> String {
    let git = |words: &[&str]| world.git_in(&world.origin(), words);
    let on = if is_instead {
        format!("{branch}~1")
    } else {
        branch.to_owned()
    };
    let (succeeded, parent) = world.try_git_in(&world.origin(), &["rev-parse", "--verify", &on]);
    let tree = git(&["rev-parse", &format!("{branch}^{{tree}}")]);
    let mut words = vec!["commit-tree", &tree, "-m", "Somebody else's"];
    if succeeded {
        words.extend(["-p", &parent]);
    }
    let made = git(&words);
    git(&["update-ref", &format!("refs/heads/{branch}"), &made]);
    made
}

/// The label that keeps a request from being merged.
const DO_NOT_MERGE: &str = "do not merge";

/// Which forge is played, and what it remembers.
enum Played {
    Gitlab(Arc<Mutex<GitlabState>>),
    Github(FakeGithub),
    Gitea(FakeGitea),
}

/// A hotfix whose request is open and whose check has passed.
pub(super) struct Ground {
    world: Arc<World>,
    pub(super) server: Server,
    played: Arc<Played>,
    pub(super) console: Workspace,
    pub(super) id: HotfixId,
    /// The commits that matter, by the names that the table has for them.
    named: Arc<Mutex<Vec<(&'static str, String)>>>,
}

/// What a request became in the end.
pub(super) struct Became {
    /// `open`, `a draft`, `closed`, or what was merged onto what.
    pub(super) state: String,
    pub(super) merge: Option<Merge>,
}

/// A merge by its parents.
pub(super) struct Merge {
    pub(super) onto: String,
    pub(super) head: String,
}

impl Ground {
    /// Makes it in a copy of the shop.
    pub(super) async fn new(shop: &World, on: On) -> Self {
        let ground = Self::started(Arc::new(shop.copy()), on).await;
        ground.run("do change").await;
        ground.pass_checks();
        for (name, branch) in [("head", "hotfix/crash"), ("base", "main")] {
            ground.name(name, ground.tip(branch).expect("it is there"));
        }
        ground
    }

    fn name(&self, name: &'static str, commit: String) {
        let mut named = self.named.lock().expect("no panic while held");
        named.push((name, commit));
    }

    async fn started(world: Arc<World>, on: On) -> Self {
        // Each forge has a time of its own, and people who may merge.
        let (login, now) = match on {
            On::Gitlab => ("dana", 1_772_445_600),
            On::Github => ("dora", 1_775_990_000),
            On::Gitea => ("ana", 1_775_990_000),
        };
        let now = Arc::new(AtomicI64::new(now));
        let console = console(&world, login).await;
        let project = Arc::new(console.settings().project.clone());
        let (played, server, forge): (Played, Server, Arc<dyn Forge>) = match on {
            On::Gitlab => {
                let mut state = GitlabState::new();
                state.has_ci = true;
                let state = Arc::new(Mutex::new(state));
                let (own, kept) = (Arc::clone(&world), Arc::clone(&state));
                let server = Server::start_with(|origin| FakeGitlab::new(own, origin, kept));
                let project = project.as_ref().clone();
                let forge = gitlab::forge(server.origin(), login, project, &now, PATIENT);
                (Played::Gitlab(state), server, Arc::new(forge))
            }
            On::Github => {
                let (fake, server) = github::serve(&world);
                let forge = github::forge(&server, login, &project, &now, PATIENT);
                (Played::Github(fake), server, Arc::new(forge))
            }
            On::Gitea => {
                let (fake, server) = gitea::serve(FORGEJO, &world);
                let forge = gitea::adapter(&server, login, &project, &now, PATIENT);
                (Played::Gitea(fake), server, Arc::new(forge))
            }
        };
        let console = console.with_forge(forge);
        let id = start(&console).await;
        push_fix(&world, "hotfix/crash", "one\nTWO\nthree\n", "Fix the crash");
        Self {
            world,
            server,
            played: Arc::new(played),
            console,
            id,
            named: Arc::default(),
        }
    }

    async fn run(&self, words: &str) {
        let board = self.console.look(Some(&self.id)).await.expect("a look");
        let intent: Intent = words.parse().expect("words of an intent");
        let record = board.record.as_ref().expect("a record");
        let plan = plan(&intent, &board.book, record, &board.seen).expect("it can be planned");
        let report = self.console.execute(&plan, Arc::new(Silent)).await;
        for result in report.expect("it is carried out").results {
            assert_eq!(
                result.outcome,
                Outcome::Done,
                "{}: {}",
                result.call,
                result.why
            );
        }
    }

    pub(super) fn tip(&self, branch: &str) -> Option<String> {
        let id = self.world.remote_id(&format!("refs/heads/{branch}"))?;
        Some(id.to_string())
    }

    fn pass_checks(&self) {
        let head = self.tip("hotfix/crash").expect("it was pushed");
        match &*self.played {
            Played::Gitlab(state) => {
                let mut state = state.lock().unwrap();
                let author = state.users[0].clone();
                state.request_pipeline(&head, &author);
            }
            Played::Github(fake) => fake.state().conclude(&head, "lint", Some("success")),
            Played::Gitea(fake) => fake.state().report(&head, "lint", "success"),
        }
    }

    /// Returns what the request became.
    pub(super) fn became(&self) -> Became {
        let (state, merged) = self.played.state();
        let Some(commit) = merged else {
            return Became {
                state: state.to_owned(),
                merge: None,
            };
        };
        let words = ["rev-list", "--parents", "-n1", commit.as_str()];
        let line = self.world.git_in(&self.world.origin(), &words);
        let mut parents = line.split(' ').skip(1).map(str::to_owned);
        let mut next = || parents.next().unwrap_or_default();
        let (onto, head) = (next(), next());
        let state = format!("merged: {head} onto {onto}");
        self.name("merge", commit);
        Became {
            state,
            merge: Some(Merge { onto, head }),
        }
    }

    /// Returns a text with the names of commits in the place of their ids.
    pub(super) fn by_name(&self, text: &str) -> String {
        let named = self.named.lock().expect("no panic while held");
        let named_as = |word: &str| {
            let is_id = word.len() >= 7 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
            let found = named.iter().find(|(_, id)| is_id && id.starts_with(word));
            found.map(|(name, _)| *name)
        };
        let ends_word = |character: char| !character.is_ascii_alphanumeric();
        let parts = text.split_inclusive(ends_word);
        let replaced = parts.map(|part| {
            let word = part.trim_end_matches(ends_word);
            let name = named_as(word).unwrap_or(word);
            format!("{name}{}", &part[word.len()..])
        });
        replaced.collect()
    }

    /// Returns method and path of the merge, and the path of the read of the target just before it.
    pub(super) fn paths(&self) -> (&'static str, &'static str) {
        match &*self.played {
            Played::Gitlab(_) => ("PUT", "repository/branches/main"),
            Played::Github(_) => ("PUT", "/git/ref/"),
            Played::Gitea(_) => ("POST", "/branches/main"),
        }
    }

    /// Returns what happens, ready to be done by another thread.
    pub(super) fn happening(&self, race: Race) -> impl Fn() + Send + Sync + 'static {
        let (world, played) = (Arc::clone(&self.world), Arc::clone(&self.played));
        let named = Arc::clone(&self.named);
        move || {
            let commit = |name, branch, is_instead| {
                let made = commit(&world, branch, is_instead);
                named
                    .lock()
                    .expect("no panic while held")
                    .push((name, made));
            };
            match race {
                Race::SourcePushed => commit("another head", "hotfix/crash", false),
                Race::SourceRewritten => commit("another head", "hotfix/crash", true),
                Race::TargetPushed => commit("another base", "main", false),
                Race::TargetRewritten => commit("another base", "main", true),
                Race::SourceDeleted => {
                    let name = "refs/heads/hotfix/crash";
                    world.git_in(&world.origin(), &["update-ref", "-d", name]);
                }
                Race::Checking | Race::Closed | Race::Labelled | Race::MadeDraft => {
                    played.change(race);
                }
            }
        }
    }
}

impl Played {
    /// Returns in a word how the request stands, and the commit of its merge.
    fn state(&self) -> (&'static str, Option<String>) {
        let (is_closed, is_draft, merged) = match self {
            Self::Gitlab(state) => {
                let state = state.lock().unwrap();
                let mr = &state.mrs[0];
                let merged = mr.merged.as_ref().map(|merged| merged.merge.clone());
                (mr.state == "closed", mr.title.starts_with("Draft:"), merged)
            }
            Self::Github(fake) => {
                let state = fake.state();
                let pull = &state.pulls[0];
                let merged = pull.merged.as_ref().map(|(commit, _)| commit.clone());
                (pull.is_closed, pull.is_draft, merged)
            }
            Self::Gitea(fake) => {
                let state = fake.state();
                let pull = &state.pulls[0];
                let merged = pull.merge.as_ref().map(|merge| merge.commit.clone());
                (pull.is_closed, pull.title.starts_with("WIP:"), merged)
            }
        };
        let state = match (is_closed, is_draft) {
            (true, _) => "closed",
            (false, true) => "a draft",
            (false, false) => "open",
        };
        (state, merged)
    }

    /// Somebody else's doing on the forge's page, or the forge's own.
    fn change(&self, race: Race) {
        match self {
            Self::Gitlab(state) => {
                let mut state = state.lock().unwrap();
                if race == Race::Checking {
                    state.checking = 1_000;
                }
                let mr = &mut state.mrs[0];
                match race {
                    Race::Closed if mr.merged.is_none() => mr.state = "closed",
                    Race::Labelled => mr.labels.push(DO_NOT_MERGE.to_owned()),
                    Race::MadeDraft => mr.title = format!("Draft: {}", mr.title),
                    _ => {}
                }
            }
            Self::Github(fake) => {
                let mut state = fake.state();
                let pull = &mut state.pulls[0];
                match race {
                    Race::Checking => pull.checking = 1_000,
                    Race::Closed if pull.merged.is_none() => pull.is_closed = true,
                    Race::Labelled => pull.labels.push(DO_NOT_MERGE.to_owned()),
                    Race::MadeDraft => pull.is_draft = true,
                    _ => {}
                }
            }
            Self::Gitea(fake) => {
                let mut state = fake.state();
                state.labels.push((77, DO_NOT_MERGE.to_owned()));
                let pull = &mut state.pulls[0];
                match race {
                    Race::Checking => pull.checking = 1_000,
                    Race::Closed if pull.merge.is_none() => pull.is_closed = true,
                    Race::Labelled => pull.labels.push(77),
                    Race::MadeDraft => pull.title = format!("WIP: {}", pull.title),
                    _ => {}
                }
            }
        }
    }
}
