//! Three consoles on one project on GitLab: a driver, a tech lead and a product manager, each with a token, a clone and
//! a state of their own, and a developer who works with plain git.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::atomic::AtomicI64;

use lanekeeper::config::Environment;
use lanekeeper::config::Flags;
use lanekeeper::engine::Board;
use lanekeeper::engine::Intent;
use lanekeeper::engine::Outcome;
use lanekeeper::engine::StepState;
use lanekeeper::engine::plan;
use lanekeeper::model::HotfixId;
use lanekeeper::model::Subject;
use lanekeeper::ops::OpenOptions;
use lanekeeper::ops::Silent;
use lanekeeper::ops::StartWords;
use lanekeeper::ops::Workspace;
use lanekeeper::record::Record;

use super::stage::PATIENT;
use super::stage::forge;
use crate::forges::fake_gitlab::FakeGitlab;
use crate::forges::fake_gitlab::State;
use crate::forges::server::Server;
use crate::forges::team_file::TeamFile;
use crate::support::repository::World;

/// Three consoles on one project.
pub(crate) struct Play {
    pub(crate) world: Arc<World>,
    pub(crate) state: Arc<Mutex<State>>,
    pub(crate) server: Server,
    pub(crate) dana: Workspace,
    pub(crate) lena: Workspace,
    pub(crate) pat: Workspace,
    pub(crate) id: HotfixId,
}

fn folder(world: &World, login: &str, name: &str) -> PathBuf {
    world.path().join(format!("{login}-{name}"))
}

/// Makes a person's clone and folders, and opens their console on them.
pub(crate) async fn console(world: &World, login: &str) -> Workspace {
    let clone = folder(world, login, "clone");
    let path = clone.to_str().expect("UTF-8");
    world.git_in(world.path(), &["clone", "-q", "origin.git", path]);
    world.git_in(&clone, &["config", "user.name", login]);
    world.git_in(
        &clone,
        &["config", "user.email", &format!("{login}@example.org")],
    );
    for name in ["home", "state", "config"] {
        std::fs::create_dir(folder(world, login, name)).expect("a folder of one's own");
    }
    open(world, login).await
}

/// Opens a person's console, as at each start of the program.
async fn open(world: &World, login: &str) -> Workspace {
    let mut environment = Environment::read().expect("the environment is readable");
    for (name, kind) in [
        ("HOME", "home"),
        ("XDG_STATE_HOME", "state"),
        ("XDG_CONFIG_HOME", "config"),
    ] {
        let folder = folder(world, login, kind).into_os_string();
        environment.variables.insert(name.to_owned(), folder);
    }
    let options = OpenOptions {
        dir: folder(world, login, "clone"),
        flags: Flags::default(),
    };
    Workspace::open(&options, &environment)
        .await
        .expect("the workspace opens")
}

/// Makes the project; `develop` has `line` where the fix changes the second line, `more` stands in the team's file.
pub(crate) fn shop(line: &str, more: &str) -> Arc<World> {
    let world = World::empty();
    // The forge is put in by hand, so the file has the one that needs no network.
    let team = TeamFile {
        forge: Some("local"),
        ..TeamFile::GITLAB
    };
    world.write("lanekeeper.toml", team.text() + more);
    world.change("shop.txt", "one\ntwo\nthree\n", "The shop");
    world.switch("develop", Some("main"));
    world.change("shop.txt", format!("one\n{line}\nthree\n"), "Next version");
    world.change("next.txt", "next\n", "More of it");
    world.push();
    Arc::new(world)
}

/// Starts a hotfix from a console; nothing is fixed yet.
pub(crate) async fn start(console: &Workspace) -> HotfixId {
    let words = StartWords {
        slug: "crash".to_owned(),
        title: "Fix the crash".to_owned(),
        answer_rest: Some("it crashes".to_owned()),
        ..StartWords::default()
    };
    let (board, intent) = console.start(&words).await.expect("it can be started");
    let Intent::Start(order) = &intent else {
        panic!("start is a start");
    };
    let id = order.id.clone();
    let record = Record::empty(id.clone());
    let plan = plan(&intent, &board.book, &record, &board.seen).expect("it can be planned");
    console
        .execute(&plan, Arc::new(Silent))
        .await
        .expect("it is carried out");
    id
}

/// A developer commits to a branch of the remote.
pub(crate) fn commit(world: &World, branch: &str, shop: &str, message: &str) {
    world.git(&["fetch", "-q", "origin"]);
    world.switch(branch, Some(&format!("origin/{branch}")));
    world.change("shop.txt", shop, message);
    world.git(&["push", "-q", "origin", "HEAD"]);
}

impl Play {
    /// Begins a hotfix; `develop` has `line` where the fix changes the second line.
    pub(crate) async fn begin(develop: &str) -> Self {
        Self::begin_with(develop, "").await
    }

    /// The same, with more in the team's file.
    pub(crate) async fn begin_with(develop: &str, more: &str) -> Self {
        Self::begin_in(shop(develop, more)).await
    }

    /// The same, in a project that is there.
    pub(crate) async fn begin_in(world: Arc<World>) -> Self {
        let mut state = State::new();
        state.has_ci = true;
        let state = Arc::new(Mutex::new(state));
        let (own, kept) = (Arc::clone(&world), Arc::clone(&state));
        let server = Server::start_with(|origin| FakeGitlab::new(own, origin, kept));
        let now = Arc::new(AtomicI64::new(1_772_445_600));
        let mut consoles = Vec::new();
        for login in ["dana", "lena", "pat"] {
            let console = console(&world, login).await;
            let project = console.settings().project.clone();
            let forge = forge(server.origin(), login, project, &now, PATIENT);
            consoles.push(console.with_forge(Arc::new(forge)));
        }
        let [dana, lena, pat] = consoles
            .try_into()
            .unwrap_or_else(|_| panic!("three people"));
        let id = start(&dana).await;
        let play = Self {
            world,
            state,
            server,
            dana,
            lena,
            pat,
            id,
        };
        play.commit("hotfix/crash", "one\nTWO\nthree\n", "Fix the crash");
        play
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while held")
    }

    /// A developer commits to a branch of the remote.
    pub(crate) fn commit(&self, branch: &str, shop: &str, message: &str) {
        commit(&self.world, branch, shop, message);
    }

    /// Returns a person's console as a new process has it: nothing is known but what is on disk.
    pub(crate) async fn reopened(&self, login: &str) -> Workspace {
        let console = open(&self.world, login).await;
        let project = console.settings().project.clone();
        let now = Arc::new(AtomicI64::new(1_772_445_600));
        console.with_forge(Arc::new(forge(
            self.server.origin(),
            login,
            project,
            &now,
            PATIENT,
        )))
    }

    pub(crate) async fn board(&self, who: &Workspace) -> Board {
        who.look(Some(&self.id)).await.expect("a look")
    }

    /// Plans and carries out; what was refused or failed, in words.
    pub(crate) async fn tried(&self, who: &Workspace, intent: &Intent) -> Result<(), String> {
        let board = self.board(who).await;
        let record = board.record.clone().expect("a record");
        let plan = plan(intent, &board.book, &record, &board.seen)
            .map_err(|refusal| refusal.reasons.join("; "))?;
        let report = who
            .execute(&plan, Arc::new(Silent))
            .await
            .expect("it is carried out");
        for result in &report.results {
            if !matches!(result.outcome, Outcome::Done | Outcome::Already) {
                return Err(format!(
                    "{}: {} {}",
                    result.call,
                    result.outcome.word(),
                    result.why
                ));
            }
        }
        Ok(())
    }

    pub(crate) async fn act(&self, who: &Workspace, words: &str) {
        let intent: Intent = words.parse().expect("words of an intent");
        if let Err(why) = self.tried(who, &intent).await {
            panic!("{words}: {why}");
        }
    }

    pub(crate) async fn refused(&self, who: &Workspace, words: &str, expected: &str) {
        let intent: Intent = words.parse().expect("words of an intent");
        let why = self.tried(who, &intent).await.expect_err("it is refused");
        assert!(why.contains(expected), "{words}: {why}");
    }

    pub(crate) async fn step(&self, id: &str) -> StepState {
        let board = self.board(&self.dana).await;
        let progress = board.progress.expect("a hotfix is looked at");
        let step = progress
            .steps
            .into_iter()
            .find(|step| step.id.as_str() == id);
        step.expect("a step of that name").state
    }

    /// Lets the job of one app end like this, and all others well.
    pub(crate) fn end_all_but_portal(&self, status: &'static str) {
        let mut state = self.state();
        state.job_named("deploy-prod-hotfix: [portal]").status = status;
        state.end_jobs("success");
    }

    /// Carries out what follows by itself, and returns what that was.
    pub(crate) async fn follow(&self) -> Option<String> {
        let follow_up = self.dana.follow_up(&self.id).await;
        let (_, plan) = follow_up.expect("a look")?;
        let report = self.dana.execute(&plan, Arc::new(Silent)).await;
        let results = report.expect("it is carried out").results;
        let is_done = |outcome| matches!(outcome, Outcome::Done | Outcome::Already);
        assert!(
            results.iter().all(|one| is_done(one.outcome)),
            "{results:?}"
        );
        Some(plan.title)
    }

    /// Tells whether something is to be done now without being asked for.
    pub(crate) async fn follows_up(&self) -> bool {
        let follow_up = self.dana.follow_up(&self.id).await;
        follow_up.expect("a look").is_some()
    }

    pub(crate) async fn why(&self, id: &str) -> String {
        let board = self.board(&self.dana).await;
        let state = self.step(id).await;
        format!("{}: {}", state.word(), state.why(board.seen.now).join("; "))
    }

    pub(crate) async fn vote(&self, who: &Workspace, role: &str) -> Result<(), String> {
        let board = self.board(&self.dana).await;
        let deployments = board.seen.deployments.value().expect("the forge was asked");
        let intent = Intent::Approve {
            subject: Subject::Deployment(deployments[0].id.clone()),
            role: role.parse().ok(),
            comment: Some("go".to_owned()),
            seen: Some(deployments[0].commit.clone()),
        };
        self.tried(who, &intent).await
    }

    /// Runs the request's pipeline on the head of a branch.
    pub(crate) fn run_pipeline(&self, branch: &str) {
        let head = self.world.remote_id(&format!("refs/heads/{branch}"));
        let mut state = self.state();
        let author = state.users[0].clone();
        state.request_pipeline(head.expect("a branch").as_str(), &author);
    }

    /// The request into production's branch: opened, checked, merged, its branch kept.
    pub(crate) async fn merge_the_fix(&self) {
        self.act(&self.dana, "do change").await;
        assert!(
            self.why("change").await.contains("lint"),
            "the check has not run"
        );
        self.refused(&self.dana, "do change", "lint").await;
        self.run_pipeline("hotfix/crash");
        self.act(&self.dana, "do change").await;
        assert!(matches!(self.step("change").await, StepState::Done(_)));
        assert!(self.world.remote_id("refs/heads/hotfix/crash").is_some());
    }

    pub(crate) async fn approve_both(&self) {
        self.vote(&self.lena, "tech-lead")
            .await
            .expect("the tech lead may");
        self.vote(&self.pat, "product-manager")
            .await
            .expect("the product manager may");
    }

    /// From the merge to the deployment that has succeeded.
    pub(crate) async fn go_live(&self) {
        self.merge_the_fix().await;
        self.approve_both().await;
        self.act(&self.dana, "do deploy").await;
        self.state().end_jobs("success");
    }

    /// The team's own job: the fix picked onto develop, or an empty commit where it conflicts.
    pub(crate) fn backport_by_pipeline(&self, labels: &[&str]) -> String {
        let merged = self
            .world
            .remote_id("refs/heads/main")
            .expect("production's branch");
        // GitLab's own short form has eight digits.
        let branch = format!("backport/develop-{}", &merged.as_str()[..8]);
        self.world.git(&["fetch", "-q", "origin"]);
        self.world.switch(&branch, Some("origin/develop"));
        if labels.contains(&"conflicts") {
            self.world.commit("Backport, to be resolved by hand");
        } else {
            self.world.git(&["cherry-pick", "-m", "1", merged.as_str()]);
        }
        self.world.git(&["push", "-q", "origin", "HEAD"]);
        let head = self.world.id("HEAD");
        self.state()
            .open_by_pipeline(&branch, "develop", head.as_str(), labels);
        branch
    }

    pub(crate) fn labels(&self) -> Vec<String> {
        let state = self.state();
        state.mrs.last().expect("a backport request").labels.clone()
    }
}
