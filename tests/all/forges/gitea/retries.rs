//! A job that runs again, on each version that has a call for that.

use lanekeeper::forge::Forge as _;
use lanekeeper::forge::Written;
use lanekeeper::model::JobState;

use crate::forges::acts::Behind as _;
use crate::forges::contract::Stage as _;
use crate::forges::contract::already;
use crate::forges::contract::done;
use crate::forges::contract::refused;
use crate::forges::fake_gitea::FORGEJO;
use crate::forges::fake_gitea::GITEA;
use crate::forges::fake_gitea::GITEA_ATTEMPTS;
use crate::forges::fake_gitea::GITEA_RERUNS;
use crate::forges::message::Reply;
use crate::forges::server::Fault;

use super::deployments::set_job;
use super::deployments::started;
use super::stage::GiteaStage;
use super::stage::main_branch;

const EACH: [&str; 3] = [FORGEJO, GITEA_RERUNS, GITEA_ATTEMPTS];

/// Returns how often the forge took the call.
fn taken(stage: &GiteaStage) -> usize {
    let writes = stage.server.writes();
    let is_it = |path: &str| path.ends_with("/rerun");
    writes.iter().filter(|write| is_it(&write.path)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_failed_runs_again_once_by_the_call_that_the_version_has() {
    for version in EACH {
        let stage = GiteaStage::new(version);
        let job = stage.fail_job(&stage.tip(&main_branch()));
        let made = done(stage.ana().retry_job(&job).await.unwrap());
        assert_eq!(made != job, version == GITEA_ATTEMPTS, "{version}: {made}");
        let sent = stage.server.writes().pop().expect("a write").path;
        let place = if version == FORGEJO {
            format!("/actions/jobs/{job}/rerun")
        } else {
            let run = stage.fake.state().runs[0].id;
            format!("/actions/runs/{run}/jobs/{job}/rerun")
        };
        assert!(sent.ends_with(&place), "{version}: {sent}");
        // Said again while it runs: nothing is sent.
        match stage.ana().retry_job(&job).await.unwrap() {
            Written::AlreadyDone(known) => assert_eq!(known, made, "{version}"),
            Written::Refused(why) => assert!(why.contains("has not ended"), "{version}: {why}"),
            other => panic!("{version}: {other:?}"),
        }
        assert_eq!(taken(&stage), 1, "{version}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_is_found_by_reading_on_each_version() {
    for version in EACH {
        let stage = GiteaStage::new(version);
        let job = stage.fail_job(&stage.tip(&main_branch()));
        stage.server.trap("POST", "/rerun", Fault::CloseAfter);
        let made = done(stage.ana().retry_job(&job).await.unwrap());
        assert_eq!(made != job, version == GITEA_ATTEMPTS, "{version}: {made}");
        assert_eq!(taken(&stage), 1, "{version}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_number_of_an_earlier_attempt_starts_no_second_run() {
    let stage = GiteaStage::new(GITEA_ATTEMPTS);
    let commit = stage.tip(&main_branch());
    let job = stage.fail_job(&commit);
    let made = done(stage.ana().retry_job(&job).await.unwrap());
    stage.fake.state().finish(commit.as_str(), "failure");
    assert_eq!(already(stage.ana().retry_job(&job).await.unwrap()), made);
    assert_eq!(taken(&stage), 1);
    // By its own number it runs again.
    done(stage.ana().retry_job(&made).await.unwrap());
    assert_eq!(taken(&stage), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn why_a_job_does_not_run_again_is_said_in_the_words_of_the_forge() {
    for version in EACH {
        let stage = GiteaStage::new(version);
        let job = stage.fail_job(&stage.tip(&main_branch()));
        for (status, words, said) in [
            (403, "no right", "no right"),
            (404, "not found", "may have no call for that"),
            (409, "in the way", "in the way"),
        ] {
            let no = Reply::json(status, &serde_json::json!({ "message": words }));
            stage.server.trap("POST", "/rerun", Fault::Instead(no));
            refused(stage.ana().retry_job(&job).await.unwrap(), said);
        }
        // A proxy's page with a good status is no yes.
        let page = Reply::text(200, "text/html", "<html>Sign in</html>");
        stage.server.trap("POST", "/rerun", Fault::Instead(page));
        let said = stage.ana().retry_job(&job).await.unwrap();
        assert!(matches!(said, Written::Unknown(_)), "{version}: {said:?}");
        assert_eq!(taken(&stage), 0, "{version}");
    }
    // Gitea wants the whole run to have ended, Forgejo only the job.
    for version in EACH {
        let stage = GiteaStage::new(version);
        let job = stage.fail_job(&stage.tip(&main_branch()));
        "running".clone_into(&mut stage.fake.state().runs[0].jobs[0].status);
        let said = stage.ana().retry_job(&job).await.unwrap();
        if version == FORGEJO {
            done(said);
        } else {
            refused(said, "this workflow run is not done");
        }
    }
    let stage = GiteaStage::new(GITEA);
    let job = stage.fail_job(&stage.tip(&main_branch()));
    refused(stage.ana().retry_job(&job).await.unwrap(), "Gitea 1.26 has");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_was_skipped_does_not_run_alone_and_comes_along_with_what_it_needs() {
    for version in EACH {
        let stage = GiteaStage::new(version);
        started(&stage).await;
        let ana = stage.ana();
        set_job(&stage, 0, "success", "");
        set_job(&stage, 1, "failure", "");
        set_job(&stage, 2, "skipped", "");
        let seen = ana.deployments(None).await.unwrap().remove(0);
        let states: Vec<JobState> = seen.jobs.iter().map(|job| job.state).collect();
        assert_eq!(
            states,
            [JobState::Succeeded, JobState::Failed, JobState::Skipped],
            "{version}"
        );
        let alone = ana.retry_job(&seen.jobs[2].id).await.unwrap();
        refused(alone, "did not run");
        assert_eq!(taken(&stage), 0, "{version}");
        done(ana.retry_job(&seen.jobs[1].id).await.unwrap());
        assert_eq!(stage.fake.state().runs[0].jobs[2].status, "waiting");
    }
}
