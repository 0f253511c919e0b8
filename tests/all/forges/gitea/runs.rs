//! Whose a run is, and how old.

use lanekeeper::forge::Forge as _;
use lanekeeper::forge::NoWatcher;
use lanekeeper::model::CommitId;
use lanekeeper::model::DeploymentState;
use lanekeeper::model::JobState;

use crate::forges::contract::Stage as _;
use crate::forges::contract::Who;
use crate::forges::contract::already;
use crate::forges::contract::done;
use crate::forges::fake_gitea::FORGEJO;
use crate::forges::fake_gitea::GITEA;

use super::deployments::merged;
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
