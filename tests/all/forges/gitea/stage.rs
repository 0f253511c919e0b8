//! Five people on one fake, each with an adapter of their own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;

use lanekeeper::forge::Forge;
use lanekeeper::forge::MergeOrder;
use lanekeeper::forge::NewRequest;
use lanekeeper::forge::gitea::GiteaForge;
use lanekeeper::forge::gitea::GiteaOptions;
use lanekeeper::forge::http::Base;
use lanekeeper::forge::http::Connection;
use lanekeeper::forge::http::Manners;
use lanekeeper::forge::http::Tls;
use lanekeeper::forge::http::Token;
use lanekeeper::forge::http::Via;
use lanekeeper::model::BranchName;
use lanekeeper::model::ChangeRequest;
use lanekeeper::model::CommitId;
use lanekeeper::model::Environment;
use lanekeeper::model::EnvironmentName;
use lanekeeper::model::JobId;
use lanekeeper::model::Lane;
use lanekeeper::model::Layer;
use lanekeeper::model::MergeMethod;
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
use crate::forges::contract::done;
use crate::forges::fake_gitea::FakeGitea;
use crate::forges::fake_gitea::GITEA_OLD;
use crate::forges::fake_gitea::PATH;
use crate::forges::fake_gitea::Protection;
use crate::forges::server::SMALL;
use crate::forges::server::Server;
use crate::forges::transport::boot_clock;
use crate::forges::transport::brisk;
use crate::support::repository::World;

pub(super) struct GiteaStage {
    pub(super) world: World,
    pub(super) fake: FakeGitea,
    pub(super) server: Server,
    pub(super) forges: [GiteaForge; 5],
    pub(super) now: Arc<AtomicI64>,
}

/// How long an answer may take on a busy machine.
pub(crate) const PATIENT: Duration = Duration::from_secs(60);

/// Serves a fake of `version` on the remote of `world`.
pub(crate) fn serve(version: &str, world: &World) -> (FakeGitea, Server) {
    let mut fake = None;
    let server = Server::start_with(|origin| {
        let made = FakeGitea::new(version, &world.origin(), origin);
        fake = Some(made.clone());
        made
    });
    (fake.expect("just made"), server)
}

/// Makes the adapter of one person.
pub(crate) fn adapter(
    server: &Server,
    login: &str,
    project: &Arc<Project>,
    now: &Arc<AtomicI64>,
    read: Duration,
) -> GiteaForge {
    let time = Arc::clone(now);
    let clock = Arc::new(move || Timestamp::from_second(time.load(Ordering::SeqCst)));
    let http = Connection::new(
        Base::parse(&format!("{}/api/v1", server.origin())).expect("an address"),
        Manners {
            read,
            total: read * 2,
            repeats: vec![Duration::ZERO; 4],
            body: SMALL,
            ..brisk()
        },
        &Tls::default(),
        &Via::default(),
        Arc::new(Token::new(&format!("token-of-{login}"))),
        clock.clone(),
        boot_clock(now),
    )
    .expect("a connection");
    let options = GiteaOptions::new(Arc::new(http), PATH, Arc::clone(project), clock);
    GiteaForge::new(GiteaOptions {
        pause: Duration::ZERO,
        ..options
    })
}

/// The branch that everything here is merged into.
pub(super) fn main_branch() -> BranchName {
    "main".parse().expect("static name")
}

fn seats() -> [Role; 2] {
    ["tech-lead", "product-manager"].map(|role| role.parse().expect("static name"))
}

/// A project with one lane into production, deployed by `job`.
pub(super) fn project(job: Option<&str>) -> Project {
    let members = |names: &[&str]| names.iter().map(|name| format!("@{name}")).collect();
    let [lead, manager] = seats();
    Project {
        name: "shop".to_owned(),
        lanes: vec![Lane {
            name: "main".parse().expect("static name"),
            branch: "main".parse().expect("static pattern"),
            layer: Layer::Run,
            merges_into: Vec::new(),
            environment: Some("production".parse().expect("static name")),
            seats: seats().to_vec(),
            pattern: None,
        }],
        environments: vec![Environment {
            name: "production".parse().expect("static name"),
            is_production: true,
            seats: seats().to_vec(),
            job: job.map(str::to_owned),
            apps: ["portal", "api"]
                .map(|app| app.parse().expect("static name"))
                .to_vec(),
            migrations: None,
            hotfix_sandbox: None,
            is_org: false,
        }],
        roles: Roles(BTreeMap::from([
            (lead, members(&["ana", "tia", "bob"])),
            (manager, members(&["pia", "bob"])),
        ])),
        ..Project::default()
    }
}

impl GiteaStage {
    /// Makes a project whose protected `main` wants two approvals and `ci/unit`, and a hotfix branch one commit ahead.
    pub(super) fn new(version: &str) -> Self {
        Self::deploying(version, Some("deploy.yml"))
    }

    pub(super) fn deploying(version: &str, job: Option<&str>) -> Self {
        Self::on(Self::world(), version, job, PATIENT)
    }

    /// Opens the request of the fix, as ana.
    pub(super) async fn opened(&self) -> ChangeRequest {
        let new = NewRequest {
            from: self.from(),
            into: main_branch(),
            title: "Fix the crash".to_owned(),
            body: String::new(),
            is_draft: false,
            labels: Vec::new(),
            milestone: None,
            reviewers: Vec::new(),
            hotfix: Some("20260412-npe-7f3a9c".parse().expect("static id")),
        };
        done(self.ana().open_request(&new).await.unwrap())
    }

    /// Returns what merges a request as it stands.
    pub(super) fn order(&self, request: &ChangeRequest) -> MergeOrder {
        MergeOrder {
            request: request.id,
            method: MergeMethod::Merge,
            head: request.head.clone(),
            onto: self.tip(&main_branch()),
            subject: "Merge the fix".to_owned(),
        }
    }

    /// Makes a hotfix branch, one commit ahead of `main`.
    pub(super) fn world() -> World {
        let world = World::empty();
        world.change("app.txt", "1\n", "The app");
        world.switch("hotfix/npe", Some("main"));
        world.change("fix.txt", "fixed\n", "Fix the crash");
        world.push();
        world
    }

    /// Makes the stage on such a world, with a limit for a silence of the forge.
    pub(super) fn on(world: World, version: &str, job: Option<&str>, read: Duration) -> Self {
        let (fake, server) = serve(version, &world);
        fake.state().protections.insert(
            "main".to_owned(),
            Protection {
                approvals: 2,
                contexts: vec!["ci/unit".to_owned()],
            },
        );
        let now = Arc::new(AtomicI64::new(1_800_000_000));
        let project = Arc::new(project(job));
        let forges = ["ana", "tia", "pia", "bob", "zoe"]
            .map(|login| adapter(&server, login, &project, &now, read));
        Self {
            world,
            fake,
            server,
            forges,
            now,
        }
    }

    pub(super) fn ana(&self) -> &GiteaForge {
        &self.forges[0]
    }
}

#[async_trait]
impl Stage for GiteaStage {
    fn forge(&self, who: Who) -> &dyn Forge {
        let place = match who {
            Who::Driver => 0,
            Who::Lead => 1,
            Who::Manager => 2,
            Who::Both => 3,
            Who::Stranger => 4,
        };
        &self.forges[place]
    }

    async fn refresh(&self) {}

    fn from(&self) -> BranchName {
        "hotfix/npe".parse().expect("static name")
    }

    fn into(&self) -> BranchName {
        main_branch()
    }

    fn seats(&self) -> [Role; 2] {
        seats()
    }

    fn environment(&self) -> EnvironmentName {
        "production".parse().expect("static name")
    }

    fn tip(&self, branch: &BranchName) -> CommitId {
        let tip = self.fake.tip(branch.as_str()).expect("the branch is there");
        tip.parse().expect("git prints ids")
    }

    fn push(&self, branch: &BranchName) -> CommitId {
        let file = format!("{}.txt", branch.as_str().replace('/', "-"));
        let commit = self.fake.edit(branch.as_str(), &file, "more\n");
        commit.parse().expect("git prints ids")
    }

    fn parents(&self, commit: &CommitId) -> Vec<CommitId> {
        let arguments = ["show", "-s", "--format=%P", commit.as_str()];
        let parents = self.world.git_in(&self.world.origin(), &arguments);
        parents
            .split(' ')
            .map(|id| id.parse().expect("git prints ids"))
            .collect()
    }

    fn traits(&self) -> Traits {
        Traits {
            runs_checks: false,
            guards_merges: true,
            has_seats: false,
            guards_target: true,
            deploys: if self.fake.state().version == GITEA_OLD {
                // It cannot be asked to start anything.
                Deploys::Not
            } else {
                Deploys::SeatsElsewhere
            },
        }
    }

    fn pass_checks(&self, head: &CommitId) {
        self.fake
            .state()
            .report(head.as_str(), "ci/unit", "pending");
        self.fake
            .state()
            .report(head.as_str(), "ci/unit", "success");
    }

    fn make_pipeline(&self, _commit: &CommitId) {
        let jobs = || vec!["deploy (portal)", "deploy (api)"];
        let mut state = self.fake.state();
        let workflows = &mut state.workflows;
        workflows
            .entry("deploy.yml".to_owned())
            .or_insert_with(jobs);
    }

    fn finish_jobs(&self, commit: &CommitId) {
        self.fake.state().finish(commit.as_str(), "success");
    }
}

impl Behind for GiteaStage {
    fn server(&self) -> &Server {
        &self.server
    }

    fn wait_out_limits(&self) {
        self.now.fetch_add(4000, Ordering::SeqCst);
    }

    fn comments(&self, request: RequestId) -> Vec<String> {
        let mut state = self.fake.state();
        let comments = &state.pull(request.0).comments;
        comments.iter().map(|(_, said)| said.clone()).collect()
    }

    fn approvals(&self, request: RequestId) -> usize {
        let mut state = self.fake.state();
        let reviews = &state.pull(request.0).reviews;
        reviews
            .iter()
            .filter(|review| review.state == "APPROVED")
            .count()
    }

    fn statuses(&self, commit: &CommitId) -> usize {
        let state = self.fake.state();
        let said = state.statuses.get(commit.as_str()).into_iter().flatten();
        said.filter(|one| one.context == "hotfix/unresolved")
            .count()
    }

    fn votes(&self) -> usize {
        0
    }

    fn starts(&self) -> usize {
        self.fake.state().runs.len()
    }

    fn fail_job(&self, commit: &CommitId) -> JobId {
        let mut state = self.fake.state();
        let jobs = ["deploy (portal)", "deploy (api)"];
        state.run("deploy.yml", &jobs, "main", commit.as_str(), 11);
        state.finish(commit.as_str(), "success");
        let run = state.runs.last_mut().expect("made just now");
        "failure".clone_into(&mut run.jobs[1].status);
        run.jobs[1].id.to_string().parse().expect("a number")
    }

    fn rejections(&self, request: RequestId) -> usize {
        let mut state = self.fake.state();
        let reviews = &state.pull(request.0).reviews;
        let no = reviews.iter().filter(|one| one.state == "REQUEST_CHANGES");
        no.count()
    }

    fn milestone(&self) -> Milestone {
        Milestone {
            id: "4".to_owned(),
            title: "Release 4".into(),
        }
    }

    fn reruns(&self) -> usize {
        let state = self.fake.state();
        let jobs = state.runs.iter().flat_map(|run| &run.jobs);
        jobs.map(|job| job.attempt as usize - 1).sum()
    }
}
