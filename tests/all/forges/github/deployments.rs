//! What GitHub alone does with go-lives.

use lanekeeper::forge::Error;
use lanekeeper::forge::Forge as _;
use lanekeeper::forge::NewDeployment;
use lanekeeper::forge::NoWatcher;
use lanekeeper::forge::Written;
use lanekeeper::model::CommitId;
use lanekeeper::model::Decision;
use lanekeeper::model::Deployment;
use lanekeeper::model::DeploymentState;
use lanekeeper::model::Enforcement;
use lanekeeper::model::JobState;
use lanekeeper::model::Subject;

use crate::forges::contract::Stage as _;
use crate::forges::contract::Who;
use crate::forges::contract::already;
use crate::forges::contract::done;
use crate::forges::contract::refused;
use crate::forges::fake_github::Workflow;
use crate::forges::server::Fault;

use super::stage::GithubStage;

fn new(stage: &GithubStage) -> NewDeployment {
    NewDeployment {
        environment: stage.environment(),
        commit: stage.tip(&stage.main()),
        hotfix: None,
    }
}

async fn decide(
    stage: &GithubStage,
    who: Who,
    seat: usize,
    made: &Deployment,
    decision: Decision,
) -> Written<lanekeeper::model::Approval> {
    let subject = Subject::Deployment(made.id.clone());
    let role = &stage.seats()[seat];
    stage
        .of(who)
        .decide(&subject, &made.commit, Some(role), decision, Some("looked"))
        .await
        .unwrap()
}

async fn newest(stage: &GithubStage) -> Deployment {
    let all = stage.fresh(Who::Stranger).deployments(None).await.unwrap();
    all.into_iter().next().expect("one is there")
}

#[tokio::test]
async fn a_golive_that_waits_stays_in_sight_behind_the_runs_of_other_workflows() {
    let stage = GithubStage::new();
    let driver = stage.of(Who::Driver);
    let made = done(driver.create_deployment(&new(&stage)).await.unwrap());
    {
        let mut state = stage.fake.state();
        for _ in 0..60 {
            state.start_run("ci.yml", "main", made.commit.as_str(), "push", "bob");
            let ci = state.runs.last_mut().expect("made just now");
            ci.conclusion = Some("success");
        }
    }
    assert_eq!(newest(&stage).await.id, made.id);
    let again = stage.fresh(Who::Driver);
    already(again.create_deployment(&new(&stage)).await.unwrap());
    assert_eq!(stage.fake.state().runs.len(), 61);
}

#[tokio::test]
async fn a_dispatched_workflow_waits_at_both_gates_and_starts_with_the_last_yes() {
    let stage = GithubStage::new();
    stage.fake.state().hides_runs = 2;
    let driver = stage.of(Who::Driver);
    let made = done(driver.create_deployment(&new(&stage)).await.unwrap());
    assert_eq!(made.state, DeploymentState::Blocked);
    assert_eq!(made.seats, stage.seats());
    let adopted = stage.of(Who::Lead).create_deployment(&new(&stage)).await;
    assert_eq!(already(adopted.unwrap()).id, made.id);
    let yes = Decision::Approved;
    refused(
        decide(&stage, Who::Manager, 1, &made, yes).await,
        "opens after `production-tech-lead`",
    );
    refused(
        decide(&stage, Who::Stranger, 0, &made, yes).await,
        "none of its reviewers",
    );
    done(decide(&stage, Who::Lead, 0, &made, yes).await);
    already(decide(&stage, Who::Lead, 0, &made, yes).await);
    let seen = newest(&stage).await;
    assert_eq!(seen.state, DeploymentState::Blocked);
    assert_eq!(seen.approvals.len(), 1);
    assert_eq!(seen.approvals[0].role, Some(stage.seats()[0].clone()));
    refused(
        decide(&stage, Who::Both, 0, &made, yes).await,
        "approved by lea",
    );
    done(decide(&stage, Who::Manager, 1, &made, yes).await);
    let seen = newest(&stage).await;
    assert_eq!(
        seen.state,
        DeploymentState::Running,
        "there is no start to press"
    );
    let pressed = driver
        .start_deployment(&made.id, &made.commit, &NoWatcher)
        .await;
    already(pressed.unwrap());
    stage.finish_jobs(&made.commit);
    let seen = newest(&stage).await;
    assert_eq!(seen.state, DeploymentState::Succeeded);
    let apps: Vec<&str> = seen
        .jobs
        .iter()
        .filter_map(|job| job.app.as_ref())
        .map(lanekeeper::model::AppName::as_str)
        .collect();
    assert_eq!(apps, ["portal", "api"]);
    assert_eq!(driver.capabilities().seats, Enforcement::Forge);
}

#[tokio::test]
async fn a_timer_after_the_last_yes_is_no_gate_of_another_environment() {
    let stage = GithubStage::new();
    let (file, name) = ("deploy.yml".to_owned(), "production".to_owned());
    stage.fake.state().timers.insert(file, name);
    let driver = stage.of(Who::Driver);
    let made = done(driver.create_deployment(&new(&stage)).await.unwrap());
    assert_eq!(newest(&stage).await.state, DeploymentState::Blocked);
    done(decide(&stage, Who::Lead, 0, &made, Decision::Approved).await);
    done(decide(&stage, Who::Manager, 1, &made, Decision::Approved).await);
    let seen = newest(&stage).await;
    assert_eq!(seen.state, DeploymentState::Running, "nobody is asked");
    assert_eq!(seen.approvals.len(), 2);
}

#[tokio::test]
async fn one_environment_is_one_seat_and_nothing_is_approved_around_the_other() {
    let stage = GithubStage::new();
    {
        let mut state = stage.fake.state();
        state.environments.retain(|one| one.name == "production");
        state.environments[0].reviewers = vec!["lea".to_owned(), "mia".to_owned()];
        state.workflows[0].gates = vec!["production".to_owned()];
    }
    let driver = stage.of(Who::Driver);
    let made = done(driver.create_deployment(&new(&stage)).await.unwrap());
    let yes = Decision::Approved;
    refused(
        decide(&stage, Who::Lead, 0, &made, yes).await,
        "without tech-lead and product-manager",
    );
    assert!(stage.fake.state().runs[0].decisions.is_empty());
    assert_eq!(driver.capabilities().seats, Enforcement::Console);
    let remarks = driver.examine(&[]).await.unwrap();
    let seats = remarks.iter().find(|one| one.what == "seats of production");
    let seats = seats.expect("it is told");
    assert!(seats.hint.is_some());
    assert!(seats.detail.contains("by nothing"), "{}", seats.detail);
    // A no is taken: it stops the run at any gate.
    done(decide(&stage, Who::Lead, 0, &made, Decision::Rejected).await);
    assert_eq!(newest(&stage).await.state, DeploymentState::Rejected);
}

#[tokio::test]
async fn a_gate_without_a_seat_is_the_start() {
    let stage = GithubStage::new();
    {
        let mut state = stage.fake.state();
        let own = state.environments.len() - 1;
        state.environments[own].reviewers = vec!["lea".to_owned()];
        state.workflows[0].gates.push("production".to_owned());
    }
    let made = done(
        stage
            .of(Who::Driver)
            .create_deployment(&new(&stage))
            .await
            .unwrap(),
    );
    let start = async |who: Who| {
        let pressed = stage
            .of(who)
            .start_deployment(&made.id, &made.commit, &NoWatcher)
            .await;
        pressed.unwrap()
    };
    refused(
        start(Who::Lead).await,
        "an approval is missing: tech-lead and product-manager",
    );
    done(decide(&stage, Who::Lead, 0, &made, Decision::Approved).await);
    done(decide(&stage, Who::Manager, 1, &made, Decision::Approved).await);
    assert_eq!(newest(&stage).await.state, DeploymentState::Approved);
    refused(start(Who::Manager).await, "does not let you start it");
    assert_eq!(done(start(Who::Lead).await).state, DeploymentState::Running);
    assert_eq!(newest(&stage).await.state, DeploymentState::Running);
}

#[tokio::test]
async fn a_run_that_a_push_started_is_found_by_the_name_of_its_job() {
    let stage = GithubStage::with_job("deploy");
    let tip = stage.tip(&stage.main());
    let driver = stage.of(Who::Driver);
    let nothing = driver.create_deployment(&new(&stage)).await.unwrap();
    refused(nothing, "has a job `deploy`");
    {
        let mut state = stage.fake.state();
        state.workflows.push(Workflow {
            file: "test.yml".to_owned(),
            gates: Vec::new(),
            jobs: vec!["unit".to_owned()],
            can_be_dispatched: false,
        });
        for file in ["deploy.yml", "test.yml"] {
            state.start_run(file, "main", tip.as_str(), "push", "dora");
        }
        state.finish_runs(tip.as_str(), "success");
    }
    let found = already(driver.create_deployment(&new(&stage)).await.unwrap());
    assert_eq!(found.state, DeploymentState::Blocked);
    assert_eq!(
        driver.deployments(None).await.unwrap().len(),
        1,
        "tests are no go-live"
    );
    done(decide(&stage, Who::Lead, 0, &found, Decision::Approved).await);
    done(decide(&stage, Who::Manager, 1, &found, Decision::Approved).await);
    let seen = newest(&stage).await;
    assert_eq!(seen.state, DeploymentState::Running);
    assert_eq!(seen.jobs.len(), 2, "the gates' own jobs deploy nothing");
}

#[tokio::test]
async fn nothing_is_dispatched_where_it_would_deploy_at_once() {
    let stage = GithubStage::new();
    for environment in &mut stage.fake.state().environments {
        environment.reviewers.clear();
    }
    let driver = stage.of(Who::Driver);
    let tried = driver.create_deployment(&new(&stage)).await.unwrap();
    refused(tried, "would deploy at once");
    let old: CommitId = stage.tip(&stage.from());
    let elsewhere = NewDeployment {
        commit: old,
        ..new(&stage)
    };
    stage.fake.state().environments[0].reviewers = vec!["lea".to_owned()];
    let tried = driver.create_deployment(&elsewhere).await.unwrap();
    refused(tried, "`main` moved");
    assert!(stage.fake.state().runs.is_empty());
}

#[tokio::test]
async fn a_lost_dispatch_is_found_and_not_made_twice() {
    for fault in [Fault::CloseAfter, Fault::Truncate, Fault::WrongType] {
        let stage = GithubStage::new();
        let driver = stage.of(Who::Driver);
        stage.server.trap("POST", "/dispatches", fault);
        let made = driver.create_deployment(&new(&stage)).await.unwrap();
        let made = done(made);
        assert_eq!(
            already(driver.create_deployment(&new(&stage)).await.unwrap()).id,
            made.id
        );
        assert_eq!(stage.fake.state().runs.len(), 1);
    }
    let stage = GithubStage::new();
    let driver = stage.of(Who::Driver);
    stage.server.trap("POST", "/dispatches", Fault::CloseBefore);
    let lost = driver.create_deployment(&new(&stage)).await.unwrap();
    assert!(matches!(lost, Written::Unknown(_)), "{lost:?}");
    done(driver.create_deployment(&new(&stage)).await.unwrap());
    assert_eq!(stage.fake.state().runs.len(), 1);
}

#[tokio::test]
async fn a_lost_approval_is_read_back() {
    let stage = GithubStage::new();
    let driver = stage.of(Who::Driver);
    let made = done(driver.create_deployment(&new(&stage)).await.unwrap());
    let yes = Decision::Approved;
    stage
        .server
        .trap("POST", "/pending_deployments", Fault::CloseAfter);
    done(decide(&stage, Who::Lead, 0, &made, yes).await);
    stage
        .server
        .trap("POST", "/pending_deployments", Fault::CloseBefore);
    let lost = decide(&stage, Who::Manager, 1, &made, yes).await;
    assert!(matches!(lost, Written::Unknown(_)), "{lost:?}");
    done(decide(&stage, Who::Manager, 1, &made, yes).await);
    assert_eq!(stage.fake.state().runs[0].decisions.len(), 2);
}

#[tokio::test]
async fn an_older_server_names_no_run_and_it_is_found() {
    let stage = GithubStage::new();
    {
        let mut state = stage.fake.state();
        state.is_old = true;
        state.hides_runs = 2;
    }
    let driver = stage.of(Who::Driver);
    let made = done(driver.create_deployment(&new(&stage)).await.unwrap());
    assert_eq!(made.state, DeploymentState::Blocked);
    assert_eq!(stage.fake.state().runs.len(), 1);
}

#[tokio::test]
async fn a_log_comes_from_storage_without_the_token_and_steps_stand_in_before() {
    let stage = GithubStage::new();
    let driver = stage.of(Who::Driver);
    let made = done(driver.create_deployment(&new(&stage)).await.unwrap());
    for (seat, who) in [Who::Lead, Who::Manager].into_iter().enumerate() {
        done(decide(&stage, who, seat, &made, Decision::Approved).await);
    }
    let running = newest(&stage).await;
    let job = running
        .jobs
        .iter()
        .find(|job| job.state == JobState::Running)
        .expect("a deploy runs");
    let first = driver.job_log(&job.id, 0).await.unwrap();
    assert_eq!(first.text.raw(), "Set up job: success\n");
    assert!(!first.is_complete);
    stage.finish_jobs(&made.commit);
    let whole = driver.job_log(&job.id, first.next_offset).await.unwrap();
    assert_eq!(whole.text.raw(), "one\ntwo\n");
    assert!(whole.is_complete);
    let rest = driver.job_log(&job.id, 4).await.unwrap();
    assert_eq!(rest.text.raw(), "two\n");
    let none = driver.job_log(&"99".parse().unwrap(), 0).await;
    assert!(matches!(none, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn migrations_are_a_workflow_that_is_waited_for() {
    let stage = GithubStage::new();
    let tip = stage.tip(&stage.main());
    let driver = stage.of(Who::Driver);
    let environment = stage.environment();
    let run = async || driver.run_migrations(&environment, &tip, &NoWatcher).await;
    stage
        .fake
        .state()
        .workflows
        .retain(|one| one.file != "migrate.yml");
    refused(run().await.unwrap(), "no workflow `migrate.yml`");
    stage.fake.state().workflows.push(Workflow {
        file: "migrate.yml".to_owned(),
        gates: Vec::new(),
        jobs: vec!["migrate".to_owned()],
        can_be_dispatched: true,
    });
    let ended = async {
        // Ends only what was begun: the run that the dispatch makes.
        loop {
            let is_there = !stage.fake.state().runs.is_empty();
            if is_there {
                stage.finish_jobs(&tip);
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    let (written, ()) = tokio::join!(run(), ended);
    done(written.unwrap());
    already(run().await.unwrap());
}
