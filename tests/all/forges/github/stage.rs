//! A repository with people on the fake GitHub.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;

use lanekeeper::forge::Forge;
use lanekeeper::forge::github::GithubForge;
use lanekeeper::forge::github::GithubOptions;
use lanekeeper::forge::http::Base;
use lanekeeper::forge::http::Connection;
use lanekeeper::forge::http::Manners;
use lanekeeper::forge::http::Tls;
use lanekeeper::forge::http::Token;
use lanekeeper::forge::http::Via;
use lanekeeper::model::App;
use lanekeeper::model::BranchName;
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
use lanekeeper::model::Roles;
use lanekeeper::model::Timestamp;

use crate::forges::acts::Behind;
use crate::forges::contract::Deploys;
use crate::forges::contract::Stage;
use crate::forges::contract::Traits;
use crate::forges::contract::Who;
use crate::forges::fake_github;
use crate::forges::fake_github::FakeGithub;
use crate::forges::fake_github::PATH;
use crate::forges::fake_github::PREFIX;
use crate::forges::fake_github::State;
use crate::forges::fake_github::Workflow;
use crate::forges::server::SMALL;
use crate::forges::server::Server;
use crate::forges::transport::boot_clock;
use crate::support::repository::World;

pub(crate) const LEAD: &str = "tech-lead";
pub(crate) const MANAGER: &str = "product-manager";

pub(crate) struct GithubStage {
    pub(crate) world: Arc<World>,
    pub(crate) fake: FakeGithub,
    pub(crate) server: Server,
    pub(crate) project: Arc<Project>,
    clock: Arc<AtomicI64>,
    read: Duration,
    forges: BTreeMap<&'static str, GithubForge>,
}

/// Account and address of everybody on the fake.
const PEOPLE: [(&str, &str); 5] = [
    ("dora", "ana@example.org"),
    ("lea", "lea@example.org"),
    ("mia", "mia@example.org"),
    ("bob", "bob@example.org"),
    ("sam", "sam@example.org"),
];

fn login(who: Who) -> &'static str {
    match who {
        Who::Driver => "dora",
        Who::Lead => "lea",
        Who::Manager => "mia",
        Who::Both => "bob",
        Who::Stranger => "sam",
    }
}

/// Serves a fake on the world's bare repository.
pub(crate) fn serve(world: &Arc<World>) -> (FakeGithub, Server) {
    let mut made = None;
    let server = Server::start_with(|origin| {
        let fake = FakeGithub::new(world, origin);
        made = Some(fake.clone());
        fake
    });
    let fake = made.expect("the server asked for it");
    let people = PEOPLE.map(|(login, email)| (login.to_owned(), email.to_owned()));
    fake.state().people = people.to_vec();
    (fake, server)
}

/// Makes one person's forge.
pub(crate) fn forge(
    server: &Server,
    login: &str,
    project: &Arc<Project>,
    clock: &Arc<AtomicI64>,
    read: Duration,
) -> GithubForge {
    forge_by(server, login, project, [clock, clock], read)
}

/// The same, whose time of day and clock that counts sleep are not one.
pub(crate) fn forge_by(
    server: &Server,
    login: &str,
    project: &Arc<Project>,
    [clock, boot]: [&Arc<AtomicI64>; 2],
    read: Duration,
) -> GithubForge {
    let boot = boot_clock(boot);
    let now = Arc::clone(clock);
    let clock: Arc<dyn Fn() -> Timestamp + Send + Sync> =
        Arc::new(move || Timestamp::from_second(now.load(Ordering::SeqCst)));
    let manners = Manners {
        between_writes: Duration::ZERO,
        read,
        repeats: vec![Duration::ZERO; 4],
        total: read * 2,
        patience: Duration::ZERO,
        body: SMALL,
        ..GithubForge::manners()
    };
    let http = Connection::new(
        Base::parse(&format!("{}{PREFIX}", server.origin())).expect("an address"),
        manners,
        &Tls::default(),
        &Via::default(),
        Arc::new(Token::new(&format!("token-{login}"))),
        Arc::clone(&clock),
        boot,
    )
    .expect("a connection");
    GithubForge::new(GithubOptions {
        http: Arc::new(http),
        path: PATH.to_owned(),
        project: Arc::clone(project),
        clock,
        pause: Duration::ZERO,
    })
}

/// Two seats in a chain, and the deploy of two apps behind them.
pub(crate) fn chain(state: &mut State, job: &str) {
    let environment = |name: &str, reviewers: &[&str]| fake_github::Environment {
        name: name.to_owned(),
        reviewers: reviewers.iter().map(|one| (*one).to_owned()).collect(),
        prevents_self_review: true,
        bars_admins: true,
    };
    state.environments = vec![
        environment("production-tech-lead", &["lea", "bob"]),
        environment("production-product-manager", &["mia", "bob"]),
        environment("production", &[]),
    ];
    state.workflows.push(Workflow {
        file: job.to_owned(),
        gates: vec![
            "production-tech-lead".to_owned(),
            "production-product-manager".to_owned(),
        ],
        jobs: vec!["deploy (portal)".to_owned(), "deploy (api)".to_owned()],
        can_be_dispatched: true,
    });
}

fn project(job: &str) -> Project {
    let name = |text: &str| text.parse().expect("a static name");
    let environment: EnvironmentName = "production".parse().expect("a static name");
    let role = |text: &str| -> Role { text.parse().expect("a static role") };
    let app = |text: &str| App {
        name: text.parse().expect("a static name"),
        deploy: Vec::new(),
        health: None,
    };
    let apps = vec![app("portal"), app("api")];
    Project {
        name: "shop".to_owned(),
        lanes: vec![Lane {
            name: name("production"),
            branch: BranchName::into("main".parse().expect("a static name")),
            layer: Layer::Run,
            merges_into: Vec::new(),
            environment: Some(environment.clone()),
            seats: vec![role(LEAD), role(MANAGER)],
            pattern: None,
        }],
        environments: vec![Environment {
            name: environment,
            is_production: true,
            seats: vec![role(LEAD), role(MANAGER)],
            job: Some(job.to_owned()),
            apps: apps.iter().map(|app| app.name.clone()).collect(),
            migrations: Some(vec!["migrate.yml".to_owned()]),
            hotfix_sandbox: None,
            is_org: false,
        }],
        roles: Roles(BTreeMap::from([
            (role(LEAD), vec!["dora".into(), "lea".into(), "bob".into()]),
            (role(MANAGER), vec!["mia".into(), "@bob".into()]),
        ])),
        apps,
        ..Project::default()
    }
}

impl GithubStage {
    pub(crate) fn new() -> Self {
        Self::with_job("deploy.yml")
    }

    pub(crate) fn with_job(job: &str) -> Self {
        Self::on(Self::world(), job, Duration::from_secs(60))
    }

    /// Makes a hotfix branch, one commit ahead of `main`.
    pub(crate) fn world() -> World {
        let world = World::empty();
        world.change("app.txt", "1\n", "The shop");
        world.switch("hotfix/npe", Some("main"));
        world.change("fix.txt", "fixed\n", "Fix the crash");
        world.push();
        world
    }

    /// Makes the stage on such a world, with a limit for a silence of the forge.
    pub(crate) fn on(world: World, job: &str, read: Duration) -> Self {
        let world = Arc::new(world);
        let (fake, server) = serve(&world);
        {
            let mut state = fake.state();
            chain(&mut state, "deploy.yml");
            state.workflows.push(Workflow {
                file: "migrate.yml".to_owned(),
                gates: Vec::new(),
                jobs: vec!["migrate".to_owned()],
                can_be_dispatched: true,
            });
            state
                .required
                .insert("main".to_owned(), vec!["unit".to_owned()]);
            state.wants_reviews.insert("main".to_owned(), 2);
        }
        let project = Arc::new(project(job));
        let clock = Arc::new(AtomicI64::new(1_775_990_000));
        let forges = PEOPLE
            .iter()
            .map(|(login, _)| (*login, forge(&server, login, &project, &clock, read)))
            .collect();
        Self {
            world,
            fake,
            server,
            project,
            clock,
            read,
            forges,
        }
    }

    pub(crate) fn of(&self, who: Who) -> &GithubForge {
        &self.forges[login(who)]
    }

    /// Returns a forge of the same person that remembers nothing.
    pub(crate) fn fresh(&self, who: Who) -> GithubForge {
        forge(
            &self.server,
            login(who),
            &self.project,
            &self.clock,
            self.read,
        )
    }

    /// Returns the clock that everybody goes by.
    pub(crate) fn clock(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.clock)
    }

    /// Moves everybody's clock on.
    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Returns the production branch.
    pub(crate) fn main(&self) -> BranchName {
        Stage::into(self)
    }

    pub(crate) fn tip_of(&self, branch: &str) -> CommitId {
        let tip = self.fake.tip(branch).expect("the branch is there");
        tip.parse().expect("an id")
    }
}

#[async_trait]
impl Stage for GithubStage {
    fn forge(&self, who: Who) -> &dyn Forge {
        self.of(who)
    }

    async fn refresh(&self) {}

    fn from(&self) -> BranchName {
        "hotfix/npe".parse().expect("a static name")
    }

    fn into(&self) -> BranchName {
        "main".parse().expect("a static name")
    }

    fn seats(&self) -> [Role; 2] {
        [LEAD, MANAGER].map(|role| role.parse().expect("a static role"))
    }

    fn environment(&self) -> EnvironmentName {
        "production".parse().expect("a static name")
    }

    fn tip(&self, branch: &BranchName) -> CommitId {
        self.tip_of(branch.as_str())
    }

    fn push(&self, branch: &BranchName) -> CommitId {
        self.world.git(&["fetch", "-q", "origin"]);
        self.world
            .switch(branch.as_str(), Some(&format!("origin/{branch}")));
        let file = format!("{}.txt", branch.as_str().replace('/', "-"));
        let commit = self.world.change(&file, "more\n", "More");
        self.world.git(&["push", "-q", "origin", branch.as_str()]);
        commit
    }

    fn parents(&self, commit: &CommitId) -> Vec<CommitId> {
        let text = self.world.git_in(
            &self.world.origin(),
            &["log", "-1", "--format=%P", commit.as_str()],
        );
        let parents = text.split_whitespace();
        parents.map(|one| one.parse().expect("an id")).collect()
    }

    fn traits(&self) -> Traits {
        Traits {
            runs_checks: false,
            guards_merges: true,
            has_seats: false,
            guards_target: true,
            deploys: Deploys::PipelineStartsItself,
        }
    }

    fn pass_checks(&self, head: &CommitId) {
        self.fake
            .state()
            .conclude(head.as_str(), "unit", Some("success"));
    }

    fn make_pipeline(&self, commit: &CommitId) {
        self.fake
            .state()
            .start_run("deploy.yml", "main", commit.as_str(), "push", "dora");
    }

    fn finish_jobs(&self, commit: &CommitId) {
        self.fake.state().finish_runs(commit.as_str(), "success");
    }
}

impl Behind for GithubStage {
    fn server(&self) -> &Server {
        &self.server
    }

    fn wait_out_limits(&self) {
        self.pass(4000);
    }

    fn comments(&self, request: RequestId) -> Vec<String> {
        let mut state = self.fake.state();
        let comments = &state.pull(request.0).expect("it is there").comments;
        comments.iter().map(|(_, said)| said.clone()).collect()
    }

    fn approvals(&self, request: RequestId) -> usize {
        let mut state = self.fake.state();
        state.pull(request.0).expect("it is there").reviews.len()
    }

    fn statuses(&self, commit: &CommitId) -> usize {
        let state = self.fake.state();
        let said = state.checks.iter().filter(|one| one.status.is_some());
        said.filter(|one| one.sha == commit.as_str()).count()
    }

    fn votes(&self) -> usize {
        let state = self.fake.state();
        state.runs.iter().map(|run| run.decisions.len()).sum()
    }

    fn starts(&self) -> usize {
        self.fake.state().runs.len()
    }

    fn fail_job(&self, commit: &CommitId) -> JobId {
        self.make_pipeline(commit);
        let mut state = self.fake.state();
        let gates = state
            .workflow("deploy.yml")
            .expect("made above")
            .gates
            .clone();
        let run = state.runs.last_mut().expect("made just now");
        for (gate, who) in gates.iter().zip(["lea", "mia"]) {
            let (yes, nothing) = ("approved".to_owned(), String::new());
            run.decisions
                .push((gate.clone(), yes, who.to_owned(), nothing));
        }
        let first = run.id * 100 + gates.len() as u64;
        state.finish_runs(commit.as_str(), "failure");
        first.to_string().parse().expect("a number")
    }

    fn rejections(&self, request: RequestId) -> usize {
        let mut state = self.fake.state();
        let reviews = &state.pull(request.0).expect("it is there").reviews;
        let no = reviews
            .iter()
            .filter(|one| one.state == "CHANGES_REQUESTED");
        no.count()
    }

    fn milestone(&self) -> Milestone {
        Milestone {
            id: "MI_4".to_owned(),
            title: "Release 4".into(),
        }
    }

    fn delete_merged_branches(&self) {
        self.fake.state().deletes_branches = true;
    }

    fn tip_if_there(&self, branch: &BranchName) -> Option<CommitId> {
        self.fake.tip(branch.as_str())?.parse().ok()
    }

    fn migrations(&self) -> usize {
        let state = self.fake.state();
        state
            .runs
            .iter()
            .filter(|run| run.file == "migrate.yml")
            .count()
    }

    fn reruns(&self) -> usize {
        let state = self.fake.state();
        state.runs.iter().map(|run| run.reruns.len()).sum()
    }
}
