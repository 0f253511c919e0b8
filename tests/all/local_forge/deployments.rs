//! Deployments: every app every time, health, logs, dead consoles, migrations.

use std::sync::Arc;

use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;

use lanekeeper::forge::Forge;
use lanekeeper::forge::JobWatcher;
use lanekeeper::forge::NewDeployment;
use lanekeeper::forge::NoWatcher;
use lanekeeper::model::CommitId;
use lanekeeper::model::Deployment;
use lanekeeper::model::DeploymentState;
use lanekeeper::model::EnvironmentName;
use lanekeeper::model::HealthProbe;
use lanekeeper::model::HealthState;
use lanekeeper::model::JobId;
use lanekeeper::model::JobState;
use lanekeeper::model::Project;
use lanekeeper::model::Subject;
use lanekeeper::model::Timestamp;
use lanekeeper::model::Untrusted;

use super::contract::already;
use super::contract::done;
use super::contract::refused;
use super::world::Console;
use super::world::World;
use super::world::app;
use super::world::argv;
use super::world::project;

fn production() -> EnvironmentName {
    "production".parse().expect("static name")
}

/// The project whose production asks nobody.
fn open_project() -> Project {
    let mut project = project();
    project.environments[0].seats.clear();
    project
}

fn commit(world: &World) -> CommitId {
    world.tip("hotfix/npe").expect("it is there")
}

async fn create(console: &Console, commit: &CommitId) -> Deployment {
    let new = NewDeployment {
        environment: production(),
        commit: commit.clone(),
        hotfix: None,
    };
    done(console.forge.create_deployment(&new).await.unwrap())
}

/// Answers every connection with `up`, for as long as the test runs.
async fn serve() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 1024];
            let _read = stream.read(&mut request).await;
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nup";
            let _sent = stream.write_all(answer.as_bytes()).await;
        }
    });
    format!("http://{address}/health")
}

fn http(url: &str, body: &str) -> Option<HealthProbe> {
    Some(HealthProbe::Http {
        url: url.to_owned(),
        status: 200,
        body: Some(body.to_owned()),
    })
}

#[tokio::test]
async fn a_failing_app_does_not_keep_the_others_from_running_and_names_itself() {
    let world = World::new();
    let url = serve().await;
    let mut project = open_project();
    project.apps = vec![
        app("portal", "echo broken >&2; exit 4", http(&url, "up")),
        app("admin", "echo fine", http(&url, "up")),
        app("api-gateway", "echo fine", http(&url, "down")),
    ];
    let (ana, tia) = (
        world.console("ana", &project),
        world.console("tia", &project),
    );
    let commit = commit(&world);
    let made = create(&ana, &commit).await;
    assert_eq!(made.state, DeploymentState::Approved);
    let ended = ana
        .forge
        .start_deployment(&made.id, &commit, &NoWatcher)
        .await;
    let ended = done(ended.unwrap());
    assert_eq!(ended.state, DeploymentState::Failed);
    let states: Vec<JobState> = ended.jobs.iter().map(|job| job.state).collect();
    let good = JobState::Succeeded;
    assert_eq!(states, [JobState::Failed, good, good]);
    assert_eq!(ended.jobs[0].health, HealthState::Pending);
    assert!(matches!(&ended.jobs[1].health, HealthState::Healthy { .. }));
    assert!(matches!(
        &ended.jobs[2].health,
        HealthState::Unhealthy { .. }
    ));
    tia.fetch().await;
    let listed = tia.forge.deployments(None).await.unwrap();
    assert_eq!(listed.first(), Some(&ended));
    assert_eq!(listed.len(), 1);
    let log = tia.forge.job_log(&ended.jobs[0].id, 0).await.unwrap();
    assert_eq!(log.text.raw(), "broken\n[failed: exit code 4]\n");
    // Trying again is a new deployment.
    let again = create(&tia, &commit).await;
    assert_ne!(again.id, made.id);
}

/// Tells once that a line was heard.
pub(super) struct Bell(pub(super) Arc<tokio::sync::Notify>);

impl JobWatcher for Bell {
    fn state(&self, _: &JobId, _: &str, _: &str, _: Timestamp) {}
    fn line(&self, _: &JobId, _: &Untrusted) {
        self.0.notify_one();
    }
}

#[tokio::test]
async fn a_deployment_whose_console_died_has_failed_and_blocks_nobody() {
    let world = World::new();
    let mut project = open_project();
    project.apps[0] = app("portal", "echo begun; sleep 1000", None);
    let ana = Arc::new(world.console("ana", &project));
    let commit = commit(&world);
    let made = create(&ana, &commit).await;
    let heard = Arc::new(tokio::sync::Notify::new());
    let task = tokio::spawn({
        let (ana, made, commit) = (Arc::clone(&ana), made.clone(), commit.clone());
        let bell = Bell(Arc::clone(&heard));
        async move { ana.forge.start_deployment(&made.id, &commit, &bell).await }
    });
    heard.notified().await;
    let tia = world.console("tia", &project);
    tia.fetch().await;
    let running = tia.forge.deployments(None).await.unwrap();
    assert_eq!(running[0].state, DeploymentState::Running);
    assert_eq!(running[0].jobs[0].state, JobState::Running);
    let other = world.tip("main").expect("it is there");
    let second = create(&tia, &other).await;
    let start = tia.forge.start_deployment(&second.id, &other, &NoWatcher);
    refused(start.await.unwrap(), "one at a time");
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    // Another machine cannot know; the same one can.
    assert!(tia.forge.settle_lost_runs().await.unwrap().is_empty());
    let lost = ana.forge.settle_lost_runs().await.unwrap();
    assert_eq!(lost, ["deployment 1"]);
    assert!(ana.forge.settle_lost_runs().await.unwrap().is_empty());
    tia.fetch().await;
    let failed = tia.forge.deployments(Some(&production())).await.unwrap();
    assert_eq!(failed[1].state, DeploymentState::Failed);
    // What it did until then nobody knows: it was not stopped.
    assert_eq!(failed[1].jobs[0].state, JobState::Failed);
}

#[tokio::test]
async fn migrations_run_once_per_commit_and_a_failure_says_where_to_look() {
    let world = World::new();
    let (ana, tia) = (
        world.console("ana", &open_project()),
        world.console("tia", &open_project()),
    );
    let fixed = commit(&world);
    let run = async |console: &Console, commit: &CommitId| {
        let forge = &console.forge;
        forge
            .run_migrations(&production(), commit, &NoWatcher)
            .await
    };
    done(run(&ana, &fixed).await.unwrap());
    already(run(&tia, &fixed).await.unwrap());
    let without = world.tip("main").expect("it is there");
    refused(run(&tia, &without).await.unwrap(), "see the log of job-2");
    let mut project = open_project();
    project.environments[0].migrations = None;
    let bob = world.console("bob", &project);
    refused(run(&bob, &fixed).await.unwrap(), "no `migrations` command");
}

#[tokio::test]
async fn what_cannot_be_deployed_is_refused_before_anything_starts() {
    let world = World::new();
    let mut project = open_project();
    project.environments[0].apps.clear();
    let ana = world.console("ana", &project);
    let tia = world.console("tia", &open_project());
    let make = async |console: &Console, environment: &str, commit: CommitId| {
        let new = NewDeployment {
            environment: environment.parse().expect("static name"),
            commit,
            hotfix: None,
        };
        console.forge.create_deployment(&new).await.unwrap()
    };
    let fixed = commit(&world);
    refused(make(&ana, "production", fixed.clone()).await, "has no apps");
    refused(make(&ana, "moon", fixed).await, "no environment `moon`");
    let nowhere = "a".repeat(40).parse().expect("static id");
    refused(make(&tia, "production", nowhere).await, "push it first");
    let made = create(&tia, &commit(&world)).await;
    let other = world.tip("main").expect("it is there");
    let start = tia.forge.start_deployment(&made.id, &other, &NoWatcher);
    refused(start.await.unwrap(), "you looked at");
}

#[tokio::test]
async fn the_operator_can_cancel_a_deployment() {
    struct Impatient;
    impl JobWatcher for Impatient {
        fn state(&self, _: &JobId, _: &str, _: &str, _: Timestamp) {}
        fn line(&self, _: &JobId, _: &Untrusted) {}
        fn is_cancelled(&self) -> bool {
            true
        }
    }
    let world = World::new();
    let mut project = open_project();
    project.apps[0].deploy = argv("sleep 1000");
    let ana = world.console("ana", &project);
    let commit = commit(&world);
    let made = create(&ana, &commit).await;
    let ended = ana
        .forge
        .start_deployment(&made.id, &commit, &Impatient)
        .await;
    let ended = done(ended.unwrap());
    assert_eq!(ended.state, DeploymentState::Cancelled);
    assert!(
        ended
            .jobs
            .iter()
            .all(|job| job.state == JobState::Cancelled)
    );
}

#[tokio::test]
async fn a_go_live_starts_without_seats_that_were_lifted_for_it() {
    let world = World::new();
    let seated = project();
    let seats = seated.environments[0].seats.clone();
    let ana = world.console("ana", &seated);
    let made = create(&ana, &commit(&world)).await;
    let start = async || {
        let started = ana
            .forge
            .start_deployment(&made.id, &made.commit, &NoWatcher);
        started.await.unwrap()
    };
    refused(start().await, "approval is missing");
    let subject = Subject::Deployment(made.id.clone());
    ana.forge.lift(&subject, &made.commit, seats);
    let started = done(start().await);
    assert!(!started.jobs.is_empty(), "{started:?}");
}
