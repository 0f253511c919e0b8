//! Five people on a fake GitLab, each with a token and a forge of their own.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;

use lanekeeper::forge::Forge;
use lanekeeper::forge::gitlab::GitlabForge;
use lanekeeper::forge::gitlab::GitlabOptions;
use lanekeeper::forge::http::Base;
use lanekeeper::forge::http::Connection;
use lanekeeper::forge::http::Manners;
use lanekeeper::forge::http::Tls;
use lanekeeper::forge::http::Token;
use lanekeeper::forge::http::Via;
use lanekeeper::model::BranchName;
use lanekeeper::model::BranchPattern;
use lanekeeper::model::CommitId;
use lanekeeper::model::Environment;
use lanekeeper::model::EnvironmentName;
use lanekeeper::model::JobId;
use lanekeeper::model::Lane;
use lanekeeper::model::Layer;
use lanekeeper::model::Milestone;
use lanekeeper::model::Project;
use lanekeeper::model::RequestId;
use lanekeeper::model::Role;
use lanekeeper::model::Timestamp;

use crate::forges::acts::Behind;
use crate::forges::contract::Deploys;
use crate::forges::contract::Stage;
use crate::forges::contract::Traits;
use crate::forges::contract::Who;
use crate::forges::fake_gitlab::FakeGitlab;
use crate::forges::fake_gitlab::PREFIX;
use crate::forges::fake_gitlab::State;
use crate::forges::server::Fault;
use crate::forges::server::SMALL;
use crate::forges::server::Server;
use crate::forges::transport::boot_clock;
use crate::support::repository::World;

/// How long an answer may take on a busy machine.
pub(crate) const PATIENT: Duration = Duration::from_secs(60);

pub(crate) struct GitlabStage {
    pub(crate) world: Arc<World>,
    state: Arc<Mutex<State>>,
    server: Server,
    now: Arc<AtomicI64>,
    forges: Vec<(Who, GitlabForge)>,
}

fn text<T: std::str::FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    text.parse().expect("a name")
}

/// The project as the team's file describes it.
pub(crate) fn project() -> Project {
    let mut project = Project {
        name: "acme/shop".to_owned(),
        lanes: vec![Lane {
            name: text("production"),
            branch: text::<BranchPattern>("main"),
            layer: Layer::Run,
            merges_into: Vec::new(),
            environment: Some(text("production")),
            seats: vec![text("tech-lead"), text("product-manager")],
            pattern: None,
        }],
        environments: vec![Environment {
            name: text("production"),
            is_production: true,
            seats: vec![text("tech-lead"), text("product-manager")],
            job: Some("deploy-prod-hotfix".to_owned()),
            apps: ["portal", "admin", "api-gateway"].map(text).to_vec(),
            migrations: Some(vec!["run-migrations-prod".to_owned()]),
            hotfix_sandbox: None,
            is_org: false,
        }],
        ..Project::default()
    };
    let people = |logins: &[&str]| logins.iter().map(|login| format!("@{login}")).collect();
    let roles = &mut project.roles.0;
    roles.insert(text("tech-lead"), people(&["dana", "lena", "bo"]));
    roles.insert(text("product-manager"), people(&["pat", "bo"]));
    project
}

/// Makes one person's connection to a fake at `origin`.
fn connection(
    origin: &str,
    login: &str,
    now: &Arc<AtomicI64>,
    patience: Duration,
) -> Arc<Connection> {
    let manners = Manners {
        read: patience,
        total: patience * 2,
        repeats: vec![Duration::ZERO; 4],
        patience: Duration::ZERO,
        body: SMALL,
        ..Manners::default()
    };
    let base = Base::parse(&format!("{origin}{PREFIX}")).expect("an address of loopback");
    let token = Arc::new(Token::new(&format!("token-{login}")));
    let boot = boot_clock(now);
    let now = Arc::clone(now);
    let clock = Arc::new(move || Timestamp::from_second(now.load(Ordering::SeqCst)));
    let made = Connection::new(
        base,
        manners,
        &Tls::default(),
        &Via::default(),
        token,
        clock,
        boot,
    );
    Arc::new(made.expect("a connection can be made"))
}

/// Makes one person's forge on a fake at `origin`.
pub(crate) fn forge(
    origin: &str,
    login: &str,
    project: Project,
    now: &Arc<AtomicI64>,
    patience: Duration,
) -> GitlabForge {
    forge_on(connection(origin, login, now, patience), project, now)
}

fn forge_on(http: Arc<Connection>, project: Project, now: &Arc<AtomicI64>) -> GitlabForge {
    let clock = Arc::clone(now);
    GitlabForge::new(GitlabOptions {
        http,
        path: "acme/shop".to_owned(),
        project: Arc::new(project),
        clock: Arc::new(move || Timestamp::from_second(clock.load(Ordering::SeqCst))),
        pause: Duration::ZERO,
    })
}

impl GitlabStage {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// A project that merges nothing without two approvals and a pipeline.
    pub(crate) fn guarded() -> Self {
        Self::with(|state| {
            state.required_approvals = 2;
            state.needs_pipeline = true;
        })
    }

    pub(crate) fn with(change: impl FnOnce(&mut State)) -> Self {
        Self::on(Self::world(), PATIENT, change)
    }

    /// Makes a hotfix branch, one commit ahead of `main`.
    pub(crate) fn world() -> World {
        let world = World::empty();
        world.change("shop.txt", "one\ntwo\nthree\n", "The shop");
        world.switch("hotfix/crash", Some("main"));
        world.change("shop.txt", "one\nTWO\nthree\n", "Fix the crash");
        world.push();
        world
    }

    /// Makes the stage on such a world.
    pub(crate) fn on(world: World, patience: Duration, change: impl FnOnce(&mut State)) -> Self {
        let world = Arc::new(world);
        let mut state = State::new();
        change(&mut state);
        let state = Arc::new(Mutex::new(state));
        let (own, kept) = (Arc::clone(&world), Arc::clone(&state));
        let server = Server::start_with(|origin| FakeGitlab::new(own, origin, kept));
        let now = Arc::new(AtomicI64::new(1_772_445_600));
        let people = [
            (Who::Driver, "dana"),
            (Who::Lead, "lena"),
            (Who::Manager, "pat"),
            (Who::Both, "bo"),
            (Who::Stranger, "sam"),
        ];
        let forge_of = |login| forge(server.origin(), login, project(), &now, patience);
        let forges = people.map(|(who, login)| (who, forge_of(login)));
        Self {
            world,
            state,
            now,
            forges: forges.to_vec(),
            server,
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while held")
    }

    /// Returns the clock that everybody goes by.
    pub(crate) fn clock(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.now)
    }

    /// Returns the branch that everything goes into.
    pub(crate) fn onto(&self) -> BranchName {
        text("main")
    }

    /// Makes the forge of somebody else.
    pub(crate) fn forge_of(&self, login: &str) -> GitlabForge {
        forge(self.server.origin(), login, project(), &self.now, PATIENT)
    }

    /// Makes the forge of one of the people, and the connection that it speaks through.
    pub(crate) fn connected(&self, login: &str) -> (Arc<Connection>, GitlabForge) {
        let http = connection(self.server.origin(), login, &self.now, PATIENT);
        let forge = forge_on(Arc::clone(&http), project(), &self.now);
        (http, forge)
    }

    pub(crate) fn server_trap(&self, method: &str, part: &str, fault: Fault) {
        self.server.trap(method, part, fault);
    }

    /// Returns how many reads GitLab saw whose path holds `part`.
    pub(crate) fn reads(&self, part: &str) -> usize {
        let log = self.server.log();
        let reads = log.iter().map(|exchange| &exchange.request);
        reads
            .filter(|request| !request.is_write() && request.path.contains(part))
            .count()
    }

    /// Returns how many requests for a change GitLab saw whose path holds `part`.
    pub(crate) fn writes(&self, part: &str) -> usize {
        let writes = self.server.writes();
        writes
            .iter()
            .filter(|request| request.path.contains(part))
            .count()
    }
}

#[async_trait]
impl Stage for GitlabStage {
    fn forge(&self, who: Who) -> &dyn Forge {
        let found = self.forges.iter().find(|(other, _)| *other == who);
        &found.expect("everybody has one").1
    }

    async fn refresh(&self) {}

    fn from(&self) -> BranchName {
        text("hotfix/crash")
    }

    fn into(&self) -> BranchName {
        text("main")
    }

    fn seats(&self) -> [Role; 2] {
        [text("tech-lead"), text("product-manager")]
    }

    fn environment(&self) -> EnvironmentName {
        text("production")
    }

    fn tip(&self, branch: &BranchName) -> CommitId {
        let name = format!("refs/heads/{branch}");
        self.world.remote_id(&name).expect("a branch of the remote")
    }

    fn push(&self, branch: &BranchName) -> CommitId {
        self.world.git(&["fetch", "-q", "origin"]);
        self.world
            .switch(branch.as_str(), Some(&format!("origin/{branch}")));
        let file = format!("{}.txt", branch.as_str().replace('/', "-"));
        self.world.change(&file, "more\n", "More");
        self.world.git(&["push", "-q", "origin", "HEAD"]);
        self.world.id("HEAD")
    }

    fn parents(&self, commit: &CommitId) -> Vec<CommitId> {
        let line = self.world.git_in(
            &self.world.origin(),
            &["rev-list", "--parents", "-n1", commit.as_str()],
        );
        line.split(' ').skip(1).map(text).collect()
    }

    fn traits(&self) -> Traits {
        Traits {
            runs_checks: false,
            guards_merges: self.state().required_approvals > 0,
            has_seats: false,
            guards_target: true,
            deploys: Deploys::Pipeline,
        }
    }

    fn pass_checks(&self, head: &CommitId) {
        let mut state = self.state();
        let author = state.users[0].clone();
        state.request_pipeline(head.as_str(), &author);
    }

    fn make_pipeline(&self, commit: &CommitId) {
        let mut state = self.state();
        let user = state.users[0].clone();
        state.push_pipeline(commit.as_str(), &user);
    }

    fn finish_jobs(&self, _commit: &CommitId) {
        self.state().end_jobs("success");
    }
}

impl Behind for GitlabStage {
    fn server(&self) -> &Server {
        &self.server
    }

    fn wait_out_limits(&self) {
        self.now.fetch_add(10_000, Ordering::SeqCst);
    }

    fn comments(&self, request: RequestId) -> Vec<String> {
        let state = self.state();
        let mr = state.mrs.iter().find(|mr| mr.iid == request.0);
        let notes = mr.into_iter().flat_map(|mr| &mr.notes);
        notes.map(|(_, body, _)| body.clone()).collect()
    }

    fn approvals(&self, request: RequestId) -> usize {
        let state = self.state();
        let mr = state.mrs.iter().find(|mr| mr.iid == request.0);
        mr.map_or(0, |mr| mr.approvals.len())
    }

    fn statuses(&self, commit: &CommitId) -> usize {
        let state = self.state();
        let said = state.said.iter();
        said.filter(|one| one.sha == commit.as_str()).count()
    }

    fn votes(&self) -> usize {
        let state = self.state();
        state
            .deployments
            .iter()
            .map(|one| one.approvals.len())
            .sum()
    }

    fn starts(&self) -> usize {
        let state = self.state();
        let deploying = state.jobs.iter().filter(|job| job.stage == "deploy");
        deploying
            .filter(|job| !matches!(job.status, "manual" | "created"))
            .count()
    }

    fn fail_job(&self, commit: &CommitId) -> JobId {
        self.make_pipeline(commit);
        let mut state = self.state();
        let job = state.job_named("deploy-prod-hotfix");
        job.status = "failed";
        job.id.to_string().parse().expect("a number")
    }

    fn rejections(&self, request: RequestId) -> usize {
        self.comments(request).len()
    }

    fn milestone(&self) -> Milestone {
        Milestone {
            id: "604".to_owned(),
            title: "Release 604".into(),
        }
    }

    fn migrations(&self) -> usize {
        let state = self.state();
        let jobs = state
            .jobs
            .iter()
            .filter(|job| job.name == "run-migrations-prod");
        jobs.filter(|job| job.status != "manual").count()
    }

    fn reruns(&self) -> usize {
        let state = self.state();
        let mut jobs: Vec<(u64, &str)> = state
            .jobs
            .iter()
            .map(|job| (job.pipeline, job.name.as_str()))
            .collect();
        let all = jobs.len();
        jobs.sort_unstable();
        jobs.dedup();
        all - jobs.len()
    }
}
