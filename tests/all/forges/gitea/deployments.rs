//! Workflow runs as deployments.

use lanekeeper::forge::Error;
use lanekeeper::forge::Forge;
use lanekeeper::forge::NewDeployment;
use lanekeeper::forge::NoWatcher;
use lanekeeper::forge::RequestQuery;
use lanekeeper::forge::Written;
use lanekeeper::model::CommitId;
use lanekeeper::model::Decision;
use lanekeeper::model::Deployment;
use lanekeeper::model::DeploymentState;
use lanekeeper::model::JobState;
use lanekeeper::model::Subject;

use crate::forges::contract::Stage;
use crate::forges::contract::Who;
use crate::forges::contract::already;
use crate::forges::contract::done;
use crate::forges::contract::refused;
use crate::forges::fake_gitea::FORGEJO;
use crate::forges::fake_gitea::GITEA;
use crate::forges::fake_gitea::GITEA_OLD;
use crate::forges::fake_gitea::GITEA_WITHOUT_TASKS;
use crate::forges::server::Fault;

use super::stage::GiteaStage;
use super::stage::main_branch;

/// Merges the fix as ana, and returns what is to be deployed.
pub(super) async fn merged(stage: &GiteaStage) -> NewDeployment {
    stage.fake.state().protections.clear();
    let request = stage.opened().await;
    let order = stage.order(&request);
    let merged = done(stage.ana().merge(&order).await.unwrap());
    NewDeployment {
        environment: stage.environment(),
        commit: merged.commit,
        hotfix: None,
    }
}

pub(super) fn with_workflow(stage: &GiteaStage) {
    let jobs = vec!["build", "deploy (portal)", "deploy (api)"];
    stage
        .fake
        .state()
        .workflows
        .insert("deploy.yml".to_owned(), jobs);
}

/// Merges the fix and starts the workflow's go-live of it, as ana.
pub(super) async fn started(stage: &GiteaStage) -> Deployment {
    with_workflow(stage);
    let new = merged(stage).await;
    let ana = stage.ana();
    let waiting = already(ana.create_deployment(&new).await.unwrap());
    let started = ana.start_deployment(&waiting.id, &new.commit, &NoWatcher);
    done(started.await.unwrap())
}

pub(super) fn set_job(stage: &GiteaStage, place: usize, status: &str, log: &str) {
    let mut state = stage.fake.state();
    let job = &mut state.runs[0].jobs[place];
    status.clone_into(&mut job.status);
    log.clone_into(&mut job.log);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tip_waits_is_started_once_and_runs_until_every_job_has_ended() {
    for version in [FORGEJO, GITEA] {
        let stage = GiteaStage::new(version);
        with_workflow(&stage);
        let new = merged(&stage).await;
        let ana = stage.ana();
        let waiting = already(ana.create_deployment(&new).await.unwrap());
        assert_eq!(
            waiting.state,
            DeploymentState::Blocked,
            "seats are configured"
        );
        assert_eq!(
            waiting.created_by.login.as_deref(),
            Some("ana"),
            "who merged it"
        );
        assert!(!ana.keeps_decisions(&waiting, waiting.seats.first()));
        stage.fake.state().delay = 2;
        let started = ana
            .start_deployment(&waiting.id, &new.commit, &NoWatcher)
            .await;
        let started = done(started.unwrap());
        assert_eq!(
            (started.id.clone(), started.state),
            (waiting.id.clone(), DeploymentState::Running)
        );
        let again = ana
            .start_deployment(&waiting.id, &new.commit, &NoWatcher)
            .await;
        already(again.unwrap());
        assert_eq!(stage.fake.state().runs.len(), 1);
        already(ana.create_deployment(&new).await.unwrap());
        set_job(&stage, 0, "success", "");
        set_job(&stage, 1, "running", "");
        let seen = ana.deployments(Some(&new.environment)).await.unwrap();
        let jobs: Vec<(Option<&str>, JobState)> = seen[0]
            .jobs
            .iter()
            .map(|job| (job.app.as_ref().map(|app| app.as_str()), job.state))
            .collect();
        assert_eq!(
            jobs,
            [
                (None, JobState::Succeeded),
                (Some("portal"), JobState::Running),
                (Some("api"), JobState::Queued)
            ]
        );
        stage.fake.state().finish(new.commit.as_str(), "success");
        let seen = ana.deployments(None).await.unwrap();
        assert_eq!(seen[0].state, DeploymentState::Succeeded);
        assert!(
            seen[0]
                .jobs
                .iter()
                .all(|job| job.state == JobState::Succeeded)
        );
        refused(ana.create_deployment(&new).await.unwrap(), "run it again");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_whose_answer_is_lost_is_settled_by_reading() {
    for (fault, is_started) in [(Fault::CloseAfter, true), (Fault::CloseBefore, false)] {
        let stage = GiteaStage::new(FORGEJO);
        with_workflow(&stage);
        let new = merged(&stage).await;
        let waiting = already(stage.ana().create_deployment(&new).await.unwrap());
        stage.server.trap("POST", "/dispatches", fault);
        let start = async || {
            let started = stage
                .ana()
                .start_deployment(&waiting.id, &new.commit, &NoWatcher);
            started.await.unwrap()
        };
        match start().await {
            Written::Done(deployment) => {
                assert!(is_started);
                assert_eq!(deployment.state, DeploymentState::Running);
            }
            Written::Unknown(why) => assert!(!is_started, "{why}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(stage.fake.state().runs.len(), usize::from(is_started));
        assert!(matches!(
            start().await,
            Written::Done(_) | Written::AlreadyDone(_)
        ));
        assert_eq!(stage.fake.state().runs.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_was_looked_at_is_started() {
    let stage = GiteaStage::new(FORGEJO);
    with_workflow(&stage);
    let new = merged(&stage).await;
    let waiting = already(stage.ana().create_deployment(&new).await.unwrap());
    stage.push(&main_branch());
    let started = stage
        .ana()
        .start_deployment(&waiting.id, &new.commit, &NoWatcher)
        .await;
    refused(started.unwrap(), "look again");
    refused(
        stage.ana().create_deployment(&new).await.unwrap(),
        "only the tip of `main`",
    );
    assert!(stage.fake.state().runs.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seat_is_taken_by_others_than_who_merged_and_before_the_start() {
    let stage = GiteaStage::new(FORGEJO);
    with_workflow(&stage);
    let new = merged(&stage).await;
    let waiting = already(stage.ana().create_deployment(&new).await.unwrap());
    let subject = Subject::Deployment(waiting.id.clone());
    let [lead, _] = stage.seats();
    let decide = async |who: Who, commit: &CommitId| {
        let forge = stage.forge(who);
        let yes = forge.decide(
            &subject,
            commit,
            Some(&lead),
            Decision::Approved,
            Some("go"),
        );
        yes.await.unwrap()
    };
    refused(decide(Who::Driver, &new.commit).await, "you merged");
    refused(
        decide(Who::Lead, &stage.tip(&stage.from())).await,
        "another commit",
    );
    let writes = stage.server.writes().len();
    let approval = done(decide(Who::Lead, &new.commit).await);
    assert_eq!(
        (approval.role, approval.head),
        (Some(lead.clone()), new.commit.clone())
    );
    assert_eq!(
        stage.server.writes().len(),
        writes,
        "the forge has no place for it"
    );
    let started = stage
        .ana()
        .start_deployment(&waiting.id, &new.commit, &NoWatcher)
        .await;
    done(started.unwrap());
    refused(decide(Who::Lead, &new.commit).await, "started already");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_name_of_a_job_merging_is_deploying() {
    for version in [FORGEJO, GITEA, GITEA_OLD] {
        let stage = GiteaStage::deploying(version, Some("ship"));
        let new = merged(&stage).await;
        refused(
            stage.ana().create_deployment(&new).await.unwrap(),
            "has a job `ship`",
        );
        assert!(stage.ana().deployments(None).await.unwrap().is_empty());
        let commit = new.commit.as_str().to_owned();
        stage
            .fake
            .state()
            .run("lint.yml", &["lint"], "main", &commit, 11);
        stage
            .fake
            .state()
            .run("ci.yml", &["test", "ship"], "main", &commit, 11);
        let running = already(stage.ana().create_deployment(&new).await.unwrap());
        assert_eq!(running.state, DeploymentState::Running);
        let apps: Vec<&str> = running
            .jobs
            .iter()
            .filter_map(|job| Some(job.app.as_ref()?.as_str()))
            .collect();
        assert_eq!(apps, ["portal", "api"], "the one job ships both");
        stage.fake.state().finish(&commit, "failure");
        let seen = stage.ana().deployments(None).await.unwrap();
        assert_eq!(seen[0].state, DeploymentState::Failed);
        assert_eq!(seen[0].jobs[0].state, JobState::Failed);
        refused(
            stage.ana().create_deployment(&new).await.unwrap(),
            "/actions/runs/",
        );
        stage.fake.state().finish(&commit, "success");
        let seen = stage.ana().deployments(None).await.unwrap();
        assert_eq!(
            seen[0].state,
            DeploymentState::Succeeded,
            "it was run again"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_version_cannot_do_is_said_in_words() {
    let stage = GiteaStage::new(GITEA_OLD);
    let new = merged(&stage).await;
    refused(
        stage.ana().create_deployment(&new).await.unwrap(),
        "gitea 1.23.0 cannot be asked to start",
    );
    stage.fake.state().is_without_actions = true;
    refused(
        stage.ana().create_deployment(&new).await.unwrap(),
        "tells of no workflow runs",
    );
    let stage = GiteaStage::new(GITEA_WITHOUT_TASKS);
    let new = merged(&stage).await;
    for words in ["Gitea 1.22 does", "lanekeeper skip deploy"] {
        refused(stage.ana().create_deployment(&new).await.unwrap(), words);
    }
    let stage = GiteaStage::deploying(FORGEJO, None);
    let new = merged(&stage).await;
    refused(
        stage.ana().create_deployment(&new).await.unwrap(),
        "merging is deploying",
    );
    let before = stage.server.log().len();
    assert!(stage.ana().deployments(None).await.unwrap().is_empty());
    assert_eq!(
        stage.server.log().len(),
        before,
        "nothing is asked where nothing can be"
    );
    let migrations = stage
        .ana()
        .run_migrations(&new.environment, &new.commit, &NoWatcher);
    assert!(matches!(migrations.await, Err(Error::Unsupported { .. })));
    let checks = stage
        .ana()
        .run_checks(lanekeeper::model::RequestId(1), &new.commit, &NoWatcher);
    assert!(matches!(checks.await, Err(Error::Unsupported { .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_goes_on_where_it_was_left_on_both() {
    for version in [FORGEJO, GITEA] {
        let stage = GiteaStage::new(version);
        with_workflow(&stage);
        let new = merged(&stage).await;
        let waiting = already(stage.ana().create_deployment(&new).await.unwrap());
        let started = stage
            .ana()
            .start_deployment(&waiting.id, &new.commit, &NoWatcher)
            .await;
        let job = done(started.unwrap()).jobs[1].id.clone();
        set_job(&stage, 1, "running", "one\n");
        let first = stage.ana().job_log(&job, 0).await.unwrap();
        assert_eq!(
            (first.text.raw(), first.next_offset, first.is_complete),
            ("one\n", 4, false)
        );
        let none = stage.ana().job_log(&job, 4).await.unwrap();
        assert_eq!(
            (none.text.raw(), none.next_offset, none.is_complete),
            ("", 4, false)
        );
        set_job(&stage, 1, "success", "one\ntwo\n");
        let rest = stage.ana().job_log(&job, 4).await.unwrap();
        assert_eq!(
            (rest.text.raw(), rest.next_offset, rest.is_complete),
            ("two\n", 8, true)
        );
        // The log of a check is found by the address in its status.
        let run = stage.fake.state().runs[0].id;
        let head = stage.tip(&stage.from());
        stage
            .fake
            .state()
            .report(head.as_str(), "ci/unit", "failure");
        let ci =
            stage
                .fake
                .state()
                .run("ci.yml", &["lint", "unit"], "hotfix/npe", head.as_str(), 11);
        assert_ne!(run, ci);
        stage.fake.state().runs[1].jobs[1].log = "broken\n".to_owned();
        let url = format!("/acme/shop/actions/runs/{ci}/jobs/1");
        stage.fake.state().statuses.get_mut(head.as_str()).unwrap()[0].url = url;
        stage.fake.state().pull(1).merge = None;
        let seen = stage
            .ana()
            .requests(&RequestQuery::default())
            .await
            .unwrap();
        let job = seen[0].checks[0].job.clone().unwrap();
        let log = stage.ana().job_log(&job, 0).await.unwrap();
        assert_eq!(log.text.raw(), "broken\n");
    }
}
