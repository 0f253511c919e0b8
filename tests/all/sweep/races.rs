//! Merge races (safety.md T18): somebody else does something at one of five moments around the merge. Nothing is merged
//! that was not looked at, and a merge onto another base than the one that was looked at says so.

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

use super::tell;
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
use crate::forges::gitlab::play::shop;
use crate::forges::gitlab::play::start;
use crate::forges::gitlab::stage as gitlab;
use crate::forges::server::Fault;
use crate::forges::server::Happening;
use crate::forges::server::Server;
use crate::support::repository::World;

/// What somebody else does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Race {
    SourcePushed,
    SourceRewritten,
    TargetPushed,
    TargetRewritten,
    /// The forge computes for long whether it can be merged.
    Checking,
    Closed,
    Labelled,
    MadeDraft,
    SourceDeleted,
}

const RACES: [Race; 9] = [
    Race::SourcePushed,
    Race::SourceRewritten,
    Race::TargetPushed,
    Race::TargetRewritten,
    Race::Checking,
    Race::Closed,
    Race::Labelled,
    Race::MadeDraft,
    Race::SourceDeleted,
];

/// When.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    BeforeTheLook,
    AfterThePlan,
    /// What the plan assumes was looked at again; the forge is asked about the request.
    BeforeTheCall,
    /// The merge has arrived, and nothing was done.
    InTheCall,
    /// It is done, and the answer is under way.
    AfterTheCall,
}

const MOMENTS: [Moment; 5] = [
    Moment::BeforeTheLook,
    Moment::AfterThePlan,
    Moment::BeforeTheCall,
    Moment::InTheCall,
    Moment::AfterTheCall,
];

/// Commits on a branch of the remote without a clone: on its tip, or in the place of its tip.
fn commit(world: &World, branch: &str, is_instead: bool) {
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
}

/// Which forge is played, and what it remembers.
enum Played {
    Gitlab(Arc<Mutex<GitlabState>>),
    Github(FakeGithub),
    Gitea(FakeGitea),
}

/// A forge to race on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    Gitlab,
    Github,
    Gitea,
}

/// A hotfix whose request is open and whose check has passed.
struct Ground {
    world: Arc<World>,
    server: Server,
    played: Arc<Played>,
    console: Workspace,
    id: HotfixId,
}

impl Ground {
    /// Makes it in a copy of the shop.
    async fn new(shop: &World, on: On) -> Self {
        let ground = Self::started(Arc::new(shop.copy()), on).await;
        ground.run("do change").await;
        ground.pass_checks();
        ground
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

    fn tip(&self, branch: &str) -> Option<String> {
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
    fn merged(&self) -> Option<String> {
        match &*self.played {
            Played::Gitlab(state) => {
                let state = state.lock().unwrap();
                state.mrs[0]
                    .merged
                    .as_ref()
                    .map(|merged| merged.merge.clone())
            }
            Played::Github(fake) => {
                let state = fake.state();
                state.pulls[0]
                    .merged
                    .as_ref()
                    .map(|(commit, _)| commit.clone())
            }
            Played::Gitea(fake) => {
                let state = fake.state();
                state.pulls[0]
                    .merge
                    .as_ref()
                    .map(|merge| merge.commit.clone())
            }
        }
    }

    /// Returns method and path of the merge, and the path of the read of the target just before it.
    fn paths(&self) -> (&'static str, &'static str) {
        match &*self.played {
            Played::Gitlab(_) => ("PUT", "repository/branches/main"),
            Played::Github(_) => ("PUT", "/git/ref/"),
            Played::Gitea(_) => ("POST", "/branches/main"),
        }
    }

    /// Returns what happens, ready to be done by another thread.
    fn happening(&self, race: Race) -> impl Fn() + Send + Sync + 'static {
        let (world, played) = (Arc::clone(&self.world), Arc::clone(&self.played));
        move || match race {
            Race::SourcePushed => commit(&world, "hotfix/crash", false),
            Race::SourceRewritten => commit(&world, "hotfix/crash", true),
            Race::TargetPushed => commit(&world, "main", false),
            Race::TargetRewritten => commit(&world, "main", true),
            Race::SourceDeleted => {
                let name = "refs/heads/hotfix/crash";
                world.git_in(&world.origin(), &["update-ref", "-d", name]);
            }
            Race::Checking | Race::Closed | Race::Labelled | Race::MadeDraft => played.change(race),
        }
    }
}

impl Played {
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
                    Race::Labelled => mr.labels.push("wait".to_owned()),
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
                    Race::Labelled => pull.labels.push("wait".to_owned()),
                    Race::MadeDraft => pull.is_draft = true,
                    _ => {}
                }
            }
            Self::Gitea(fake) => {
                let mut state = fake.state();
                state.labels.push((77, "wait".to_owned()));
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

/// Runs one case and says what is wrong.
async fn wrong(shop: &World, on: On, race: Race, moment: Moment) -> Option<String> {
    let ground = Ground::new(shop, on).await;
    let before = ground.tip("hotfix/crash").expect("it is there");
    let mut happens = Some(ground.happening(race));
    if moment == Moment::BeforeTheLook {
        happens.take().unwrap()();
    }
    let board = ground.console.look(Some(&ground.id)).await.expect("a look");
    let record = board.record.clone().unwrap();
    let intent: Intent = "do change".parse().unwrap();
    let planned = plan(&intent, &board.book, &record, &board.seen);
    // What the look found is what the plan is about.
    let onto = ground.tip("main").expect("it is there");
    let head = ground.tip("hotfix/crash").unwrap_or(before);
    let (method, read) = ground.paths();
    let trap = |method: &str, part: &str, fault: Fault| {
        ground.server.trap_after(method, part, 0, 1, fault);
    };
    match moment {
        Moment::BeforeTheLook => {}
        Moment::AfterThePlan => happens.take().unwrap()(),
        Moment::BeforeTheCall => {
            let happening = Happening::new(happens.take().unwrap());
            trap("GET", read, Fault::Afterwards(happening));
        }
        Moment::InTheCall => {
            let happening = Happening::new(happens.take().unwrap());
            trap(method, "/merge", Fault::Meanwhile(happening));
        }
        Moment::AfterTheCall => {
            let happening = Happening::new(happens.take().unwrap());
            trap(method, "/merge", Fault::Afterwards(happening));
        }
    }
    let (outcome, why) = match planned {
        Err(refusal) => (Outcome::Refused, refusal.reasons.join("; ")),
        Ok(plan) => {
            let report = ground.console.execute(&plan, Arc::new(Silent)).await;
            let report = report.expect("it is carried out");
            let last = report.results.last().expect("a call").clone();
            (last.outcome, last.why)
        }
    };
    let merged = ground.merged();
    let wrong = |what: &str| {
        Some(format!(
            "{on:?} {race:?} {moment:?}: {what}: {outcome:?} {why}"
        ))
    };
    if let Some(merge) = &merged {
        let parents = ground.world.git_in(
            &ground.world.origin(),
            &["rev-list", "--parents", "-n1", merge],
        );
        let parents: Vec<&str> = parents.split(' ').skip(1).collect();
        if parents.get(1) != Some(&head.as_str()) {
            return wrong("what was merged was not looked at");
        }
        let is_other_base = parents.first() != Some(&onto.as_str());
        if outcome == Outcome::Done && is_other_base && !why.contains("unexpected base") {
            return wrong("the other base is not told");
        }
        if !is_other_base && why.contains("unexpected base") {
            return wrong("the base is the one that was looked at");
        }
    }
    match (outcome, &merged) {
        (Outcome::Done | Outcome::Already, None) => {
            // A plan that only waits, or that runs checks, is done without a merge.
            let only_waits = moment == Moment::BeforeTheLook;
            if only_waits {
                None
            } else {
                wrong("called merged, and is not")
            }
        }
        (Outcome::Refused | Outcome::Failed, Some(_)) => wrong("called not merged, and is"),
        (Outcome::Refused | Outcome::Failed | Outcome::Unknown, _) if why.is_empty() => {
            wrong("no reason")
        }
        _ => None,
    }
}

/// Returns every race at every moment on a forge.
fn table(on: On) -> Vec<(On, Race, Moment)> {
    let each = RACES.into_iter();
    each.flat_map(|race| MOMENTS.map(|moment| (on, race, moment)))
        .collect()
}

async fn run(cases: Vec<(On, Race, Moment)>) {
    use futures_util::StreamExt as _;
    let count = cases.len();
    let shop = &shop("two", "");
    let wrong: Vec<String> = futures_util::stream::iter(cases)
        .map(|(on, race, moment)| wrong(shop, on, race, moment))
        .buffer_unordered(4)
        .filter_map(|found| async { found })
        .collect()
        .await;
    tell(&format!(
        "merge races: {count} cases, {} wrong",
        wrong.len()
    ));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_unseen_is_merged_whatever_happens_around_the_merge() {
    let cases = table(On::Gitlab);
    assert!(cases.len() >= 45);
    run(cases).await;
}

/// The two take turns: every case runs on one of them, every race and every moment on both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_unseen_is_merged_on_github_or_gitea() {
    let cases = table(On::Github).into_iter().zip(table(On::Gitea));
    let turns = cases.enumerate();
    let cases = turns.map(|(at, (one, other))| if at.is_multiple_of(2) { one } else { other });
    run(cases.collect()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "every case on each of the two, minutes: cargo test --test all each_race -- --ignored"]
async fn nothing_unseen_is_merged_in_each_race_on_github_and_gitea() {
    run([table(On::Github), table(On::Gitea)].concat()).await;
}
