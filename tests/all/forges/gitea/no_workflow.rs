//! A workflow that the lane does not have: refused, and seen by doctor before anybody approved.

use lanekeeper::forge::Forge;
use lanekeeper::forge::NoWatcher;

use crate::forges::contract::already;
use crate::forges::contract::refused;
use crate::forges::fake_gitea::FORGEJO;
use crate::forges::fake_gitea::FORGEJO_JOBLESS;
use crate::forges::fake_gitea::GITEA;
use crate::forges::message::Reply;
use crate::forges::server::Fault;

use super::deployments::merged;
use super::deployments::with_workflow;
use super::stage::GiteaStage;
use super::stage::main_branch;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_is_refused_and_not_called_unknown() {
    for version in [FORGEJO, FORGEJO_JOBLESS, GITEA] {
        let stage = GiteaStage::new(version);
        let new = merged(&stage).await;
        let ana = stage.ana();
        let waiting = already(ana.create_deployment(&new).await.unwrap());
        let start = async || {
            ana.start_deployment(&waiting.id, &new.commit, &NoWatcher)
                .await
                .unwrap()
        };
        refused(start().await, "is `deploy.yml` on `main`");
        // It is in one of the folders, and the server looks into another.
        if version != GITEA {
            with_workflow(&stage);
            let no = Reply::json(500, &serde_json::json!({ "message": "workflow not found" }));
            stage.server.trap("POST", "/dispatches", Fault::Instead(no));
            refused(start().await, "workflow not found");
        }
        assert!(stage.fake.state().runs.is_empty(), "{version}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_sees_that_the_workflow_is_not_on_the_lane() {
    for version in [FORGEJO, GITEA] {
        let stage = GiteaStage::new(version);
        let remark = async || {
            let remarks = stage.ana().examine(&[main_branch()]).await.unwrap();
            let mut remarks = remarks.into_iter();
            remarks
                .find(|one| one.what == "deploy.yml on main")
                .expect("it is looked for")
        };
        let missing = remark().await;
        assert!(missing.hint.is_some(), "{missing:?}");
        assert!(missing.detail.contains("is not there"), "{missing:?}");
        with_workflow(&stage);
        let there = remark().await;
        assert!(there.hint.is_none(), "{there:?}");
        // The server looks into the first folder that is there, and into no other.
        stage.fake.state().workflow_folder = Some(".github");
        let elsewhere = remark().await;
        assert!(elsewhere.detail.contains("is not there"), "{elsewhere:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_sees_jobs_of_one_name_where_only_names_tell_them_apart() {
    for (version, is_told) in [(FORGEJO_JOBLESS, true), (GITEA, false)] {
        let stage = GiteaStage::new(version);
        with_workflow(&stage);
        let jobs = vec!["build", "deploy", "deploy"];
        let file = "deploy.yml".to_owned();
        stage.fake.state().workflows.insert(file, jobs);
        let remarks = stage.ana().examine(&[main_branch()]).await.unwrap();
        let told = remarks.iter().any(|one| {
            one.what == "deploy.yml on main"
                && one.detail.contains("two jobs with the name `deploy`")
        });
        assert_eq!(told, is_told, "{remarks:?}");
    }
}
