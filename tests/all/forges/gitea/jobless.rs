//! Deployments on a server that lists runs and not their jobs.

use lanekeeper::forge::Forge;
use lanekeeper::model::DeploymentState;
use lanekeeper::model::JobState;

use crate::forges::contract::Stage;
use crate::forges::contract::Who;
use crate::forges::fake_gitea::FORGEJO_JOBLESS;
use crate::forges::fake_gitea::GITEA_OLD;

use super::deployments::merged;
use super::deployments::set_job;
use super::deployments::started;
use super::stage::GiteaStage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nobody_lists_the_jobs_of_a_run_its_tasks_and_its_own_word_tell() {
    let stage = GiteaStage::new(FORGEJO_JOBLESS);
    let started = started(&stage).await;
    assert_eq!(started.state, DeploymentState::Running);
    assert!(started.jobs.is_empty(), "no runner took any");
    let names = async |who: Who| {
        let seen = stage.forge(who).deployments(None).await.unwrap();
        let names = seen[0].jobs.iter().filter_map(|job| {
            let app = job.app.as_ref()?.to_string();
            Some((job.name.clone(), app, job.state))
        });
        (seen[0].state, names.collect::<Vec<_>>())
    };
    let of = |job: &str, app: &str| (job.to_owned(), app.to_owned(), JobState::Succeeded);
    set_job(&stage, 0, "success", "");
    set_job(&stage, 1, "success", "");
    let portal = of("deploy (portal)", "portal");
    let seen = names(Who::Driver).await;
    assert_eq!(seen, (DeploymentState::Running, vec![portal.clone()]));
    // The run's own words have not changed meanwhile, and another task is there.
    set_job(&stage, 2, "running", "");
    let (_, seen) = names(Who::Driver).await;
    assert_eq!(seen.len(), 2);
    stage
        .fake
        .state()
        .finish(started.commit.as_str(), "success");
    let all = vec![portal, of("deploy (api)", "api")];
    let seen = names(Who::Driver).await;
    assert_eq!(seen, (DeploymentState::Succeeded, all));
    // The tasks of an old run are gone: what is known is that all of it succeeded.
    stage.fake.state().forgets_tasks = true;
    let all = vec![of("deploy.yml", "portal"), of("deploy.yml", "api")];
    let seen = names(Who::Lead).await;
    assert_eq!(seen, (DeploymentState::Succeeded, all));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_and_was_run_again_on_its_page_is_as_its_newest_attempt() {
    for version in [FORGEJO_JOBLESS, GITEA_OLD] {
        let stage = GiteaStage::deploying(version, Some("deploy"));
        let new = merged(&stage).await;
        let commit = new.commit.as_str().to_owned();
        let jobs = ["deploy (portal)", "deploy (api)"];
        stage.fake.state().run("ci.yml", &jobs, "main", &commit, 11);
        set_job(&stage, 0, "success", "");
        set_job(&stage, 1, "failure", "");
        let seen = async || {
            let all = stage.ana().deployments(None).await.unwrap();
            let states = all[0].jobs.iter().map(|job| job.state);
            (all[0].state, states.collect::<Vec<_>>())
        };
        let (good, failed) = (JobState::Succeeded, JobState::Failed);
        let expected = (DeploymentState::Failed, vec![good, failed]);
        assert_eq!(seen().await, expected, "{version}");
        stage.fake.state().rerun_on_page(0, 1);
        let expected = (DeploymentState::Running, vec![good, JobState::Queued]);
        assert_eq!(seen().await, expected, "{version}");
        set_job(&stage, 1, "running", "");
        let expected = (DeploymentState::Running, vec![good, JobState::Running]);
        assert_eq!(seen().await, expected, "{version}");
        set_job(&stage, 1, "success", "");
        let expected = (DeploymentState::Succeeded, vec![good, good]);
        assert_eq!(seen().await, expected, "{version}");
    }
}
