//! Which jobs a start tells of, and what is said of a log that no version hands out.

use std::sync::Mutex;

use lanekeeper::forge::Error;
use lanekeeper::forge::Forge;
use lanekeeper::forge::JobWatcher;
use lanekeeper::model::JobId;
use lanekeeper::model::Timestamp;
use lanekeeper::model::Untrusted;

use crate::forges::contract::already;
use crate::forges::contract::done;
use crate::forges::fake_gitea::FORGEJO_JOBLESS;
use crate::forges::fake_gitea::GITEA;
use crate::forges::message::Reply;
use crate::forges::server::Fault;

use super::deployments::merged;
use super::deployments::set_job;
use super::deployments::started;
use super::deployments::with_workflow;
use super::stage::GiteaStage;

/// Keeps what it is told of jobs.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl JobWatcher for Heard {
    fn state(&self, _: &JobId, name: &str, state: &str, _: Timestamp) {
        let mut heard = self.0.lock().expect("no panic while held");
        heard.push(format!("{name}: {state}"));
    }

    fn line(&self, _: &JobId, _: &Untrusted) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_tells_of_the_jobs_that_came_of_it() {
    let stage = GiteaStage::new(GITEA);
    with_workflow(&stage);
    let new = merged(&stage).await;
    let ana = stage.ana();
    let waiting = already(ana.create_deployment(&new).await.unwrap());
    let heard = Heard::default();
    let started = ana.start_deployment(&waiting.id, &new.commit, &heard).await;
    done(started.unwrap());
    let heard = heard.0.lock().expect("no panic while held");
    let told = [
        "build: queued",
        "deploy (portal): queued",
        "deploy (api): queued",
    ];
    assert_eq!(*heard, told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_log_is_handed_out_the_address_of_its_page_is_said() {
    let stage = GiteaStage::new(FORGEJO_JOBLESS);
    started(&stage).await;
    let ana = stage.ana();
    let page = format!("/acme/shop/actions/runs/{}", stage.fake.state().runs[0].id);
    for status in ["running", "failure"] {
        set_job(&stage, 1, status, "");
        let seen = ana.deployments(None).await.unwrap();
        let url = seen[0].url.clone().unwrap_or_default();
        assert!(url.ends_with(&page), "{url}");
        let job = seen[0].jobs[0].id.clone();
        let Err(Error::Unsupported { why, .. }) = ana.job_log(&job, 0).await else {
            panic!("{status}: there is no log");
        };
        assert!(why.contains(&page), "{status}: {why}");
        assert!(
            why.starts_with("forgejo 15.0.3 hands out no logs;"),
            "{why}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_is_gone_is_not_blamed_on_a_version_that_has_them() {
    let stage = GiteaStage::new(GITEA);
    started(&stage).await;
    let ana = stage.ana();
    let jobs = stage.fake.state().runs[0].jobs.len();
    for place in 0..jobs {
        set_job(&stage, place, "success", "");
    }
    let seen = ana.deployments(None).await.unwrap();
    let job = seen[0].jobs[0].id.clone();
    let gone = Reply::json(404, &serde_json::json!({ "message": "not found" }));
    stage.server.trap("GET", "/logs", Fault::Instead(gone));
    let Err(Error::Unsupported { why, .. }) = ana.job_log(&job, 0).await else {
        panic!("there is no log");
    };
    assert!(
        why.starts_with("gitea 1.25.1 has no log of it any more"),
        "{why}"
    );
}
