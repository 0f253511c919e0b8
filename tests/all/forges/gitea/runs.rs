//! Whose a run is, and how old.

use lanekeeper::forge::Forge as _;
use lanekeeper::forge::NewDeployment;
use lanekeeper::forge::NoWatcher;
use lanekeeper::model::CommitId;
use lanekeeper::model::DeploymentState;
use lanekeeper::model::JobState;

use crate::forges::contract::Stage as _;
use crate::forges::contract::Who;
use crate::forges::contract::already;
use crate::forges::contract::done;
use crate::forges::contract::refused;
use crate::forges::fake_gitea::FORGEJO;
use crate::forges::fake_gitea::GITEA;

use super::deployments::merged;
use super::deployments::started;
use super::deployments::with_workflow;
use super::stage::GiteaStage;
use super::stage::main_branch;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_no_runner_took_is_the_newest_and_as_old_as_its_jobs() {
    for version in [FORGEJO, GITEA] {
        let stage = GiteaStage::new(version);
        with_workflow(&stage);
        let before = stage.tip(&main_branch());
        let jobs = ["deploy (portal)", "deploy (api)"];
        stage
            .fake
            .state()
            .run("deploy.yml", &jobs, "main", before.as_str(), 11);
        stage.fake.state().finish(before.as_str(), "success");
        let new = merged(&stage).await;
        let waiting = already(stage.ana().create_deployment(&new).await.unwrap());
        let started = stage
            .ana()
            .start_deployment(&waiting.id, &new.commit, &NoWatcher)
            .await;
        done(started.unwrap());
        let seen = stage.ana().deployments(None).await.unwrap();
        let commits: Vec<&CommitId> = seen.iter().map(|one| &one.commit).collect();
        assert_eq!(commits, [&new.commit, &before], "{version}");
        let newest = &seen[0];
        assert!(newest.jobs.iter().all(|job| job.state == JobState::Queued));
        let mut times = newest.jobs.iter().map(|job| job.since);
        assert!(
            newest.created_at.year() > 1970 && times.all(|since| since == newest.created_at),
            "{version}: {newest:?}"
        );
        // Run again, it is made when it was made.
        stage.fake.state().finish(new.commit.as_str(), "failure");
        let seen = stage.ana().deployments(None).await.unwrap();
        assert_eq!(seen[0].created_at, newest.created_at, "{version}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_presses_start_is_not_kept_out_of_its_seats() {
    for version in [FORGEJO, GITEA] {
        for is_pushed in [false, true] {
            let stage = GiteaStage::new(version);
            with_workflow(&stage);
            let mut new = merged(&stage).await;
            if is_pushed {
                new.commit = stage.push(&main_branch());
            }
            let lead = stage.forge(Who::Lead);
            let waiting = already(lead.create_deployment(&new).await.unwrap());
            let started = lead
                .start_deployment(&waiting.id, &new.commit, &NoWatcher)
                .await;
            assert_eq!(done(started.unwrap()).created_by, waiting.created_by);
            stage.fake.state().finish(new.commit.as_str(), "failure");
            // Nor for somebody who never saw it wait, and whoever ran it again on its page.
            stage.fake.state().runs[0].by = 13;
            let seen = stage.ana().deployments(None).await.unwrap();
            assert_eq!(seen[0].state, DeploymentState::Failed);
            assert_eq!(seen[0].created_by, waiting.created_by, "{version}");
            let merger = (!is_pushed).then_some("ana");
            assert_eq!(seen[0].created_by.login.as_deref(), merger, "{version}");
        }
    }
}

/// Lets so many runs of other branches come, as a busy project has them in a day.
fn others_run(stage: &GiteaStage, count: usize) {
    let mut state = stage.fake.state();
    for _ in 0..count {
        state.run("ci.yml", &["test"], "feature/x", &"e".repeat(40), 11);
    }
}

fn golives(stage: &GiteaStage) -> usize {
    let state = stage.fake.state();
    let runs = state.runs.iter();
    runs.filter(|run| run.workflow == "deploy.yml").count()
}

/// The last version of Gitea that can start a workflow and lists no runs, only tasks.
const TASKS_ONLY: &str = "1.24.2";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_golive_that_newer_runs_pushed_out_of_the_list_is_not_started_again() {
    for version in [FORGEJO, GITEA, TASKS_ONLY] {
        let stage = GiteaStage::new(version);
        let running = started(&stage).await;
        others_run(&stage, 101);
        let ana = stage.ana();
        let start = async || {
            let start = ana.start_deployment(&running.id, &running.commit, &NoWatcher);
            start.await.unwrap()
        };
        let seen = ana.deployments(None).await.unwrap();
        let states: Vec<DeploymentState> = seen.iter().map(|one| one.state).collect();
        assert_eq!(states, [DeploymentState::Running], "{version}");
        already(start().await);
        let commit = running.commit.as_str().to_owned();
        stage.fake.state().finish(&commit, "success");
        let seen = ana.deployments(None).await.unwrap();
        let states: Vec<DeploymentState> = seen.iter().map(|one| one.state).collect();
        assert_eq!(states, [DeploymentState::Succeeded], "{version}");
        assert_eq!(seen[0].id, running.id, "{version}");
        already(start().await);
        assert_eq!(golives(&stage), 1, "{version}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tip_is_not_offered_where_nobody_can_tell_whether_it_ran() {
    let stage = GiteaStage::new(TASKS_ONLY);
    let ended = started(&stage).await;
    stage.fake.state().finish(ended.commit.as_str(), "success");
    others_run(&stage, 1_001);
    let ana = stage.ana();
    assert!(ana.deployments(None).await.unwrap().is_empty());
    let again = ana.start_deployment(&ended.id, &ended.commit, &NoWatcher);
    refused(again.await.unwrap(), "look again");
    let new = NewDeployment {
        environment: ended.environment.clone(),
        commit: ended.commit.clone(),
        hotfix: None,
    };
    refused(
        ana.create_deployment(&new).await.unwrap(),
        "nobody knows here whether `deploy.yml` ran",
    );
    assert_eq!(golives(&stage), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workflows_without_the_named_job_take_no_place_in_the_list() {
    let stage = GiteaStage::deploying(GITEA, Some("ship"));
    let new = merged(&stage).await;
    {
        let mut state = stage.fake.state();
        state.run("ci.yml", &["ship"], "main", new.commit.as_str(), 11);
        for other in 10..30 {
            let commit = other.to_string().repeat(20);
            state.run("lint.yml", &["lint"], "main", &commit, 11);
        }
    }
    let seen = stage.ana().deployments(None).await.unwrap();
    let commits: Vec<&CommitId> = seen.iter().map(|one| &one.commit).collect();
    assert_eq!(commits, [&new.commit]);
}
