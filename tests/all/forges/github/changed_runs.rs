//! Runs that change where one would not expect it: after their end, and by comments.

use lanekeeper::forge::Forge as _;
use lanekeeper::forge::NewDeployment;
use lanekeeper::forge::github::GithubForge;
use lanekeeper::model::Decision;
use lanekeeper::model::Deployment;
use lanekeeper::model::DeploymentState;
use lanekeeper::model::Subject;

use crate::forges::contract::Stage as _;
use crate::forges::contract::Who;
use crate::forges::contract::done;
use crate::forges::contract::refused;

use super::stage::GithubStage;

async fn created(stage: &GithubStage) -> Deployment {
    let new = NewDeployment {
        environment: stage.environment(),
        commit: stage.tip(&stage.main()),
        hotfix: None,
    };
    let made = stage.of(Who::Driver).create_deployment(&new).await;
    done(made.unwrap())
}

async fn newest(forge: &GithubForge) -> Deployment {
    let all = forge.deployments(None).await.unwrap();
    all.into_iter().next().expect("one is there")
}

/// Somebody says a word about an environment of the one run.
fn say(stage: &GithubStage, environment: &str, word: &str, who: &str) {
    let [environment, word, who] = [environment, word, who].map(str::to_owned);
    let said = (environment, word, who, "said".to_owned());
    stage.fake.state().runs[0].decisions.push(said);
}

#[tokio::test]
async fn a_run_that_goes_on_after_it_was_called_completed_is_looked_at_again() {
    let stage = GithubStage::new();
    let made = created(&stage).await;
    say(&stage, "production-tech-lead", "approved", "lea");
    say(&stage, "production-product-manager", "approved", "mia");
    let forge = stage.fresh(Who::Stranger);
    let finish = |conclusion| {
        let mut state = stage.fake.state();
        state.finish_runs(made.commit.as_str(), conclusion);
    };
    finish("action_required");
    assert_eq!(newest(&forge).await.state, DeploymentState::Failed);
    {
        let mut state = stage.fake.state();
        let at = state.tick();
        state.runs[0].conclusion = None;
        state.runs[0].updated = at;
    }
    assert_eq!(newest(&forge).await.state, DeploymentState::Running);
    finish("success");
    assert_eq!(newest(&forge).await.state, DeploymentState::Succeeded);
}

#[tokio::test]
async fn another_attempt_of_all_jobs_asks_for_every_seat_again() {
    let stage = GithubStage::new();
    let made = created(&stage).await;
    let [lead, manager] = ["production-tech-lead", "production-product-manager"];
    say(&stage, lead, "approved", "lea");
    say(&stage, manager, "approved", "mia");
    let forge = stage.fresh(Who::Manager);
    {
        let mut state = stage.fake.state();
        state.finish_runs(made.commit.as_str(), "failure");
    }
    assert_eq!(newest(&forge).await.approvals.len(), 2);
    stage.fake.state().restart(0);
    let seen = newest(&forge).await;
    assert_eq!(seen.state, DeploymentState::Blocked);
    assert!(seen.approvals.is_empty(), "{:?}", seen.approvals);
    let subject = Subject::Deployment(made.id.clone());
    let seats = stage.seats();
    let yes = forge.decide(
        &subject,
        &made.commit,
        Some(&seats[1]),
        Decision::Approved,
        None,
    );
    refused(yes.await.unwrap(), "opens after `production-tech-lead`");

    say(&stage, lead, "approved", "lea");
    let seen = newest(&forge).await;
    let by = seen.approvals.iter().map(|one| one.by.account());
    assert_eq!(by.collect::<Vec<_>>(), ["lea"]);
    assert_eq!(seen.state, DeploymentState::Blocked);
    say(&stage, manager, "approved", "mia");
    let seen = newest(&forge).await;
    assert_eq!(seen.state, DeploymentState::Running);
    assert_eq!(seen.approvals.len(), 2);
}

#[tokio::test]
async fn a_comment_of_somebody_who_did_not_decide_hides_no_yes() {
    let stage = GithubStage::new();
    created(&stage).await;
    say(&stage, "production-tech-lead", "pending", "bob");
    let forge = stage.fresh(Who::Stranger);
    let seen = newest(&forge).await;
    assert!(seen.approvals.is_empty(), "{:?}", seen.approvals);
    say(&stage, "production-tech-lead", "approved", "lea");
    let seen = newest(&forge).await;
    let by = seen.approvals.iter().map(|one| one.by.account());
    assert_eq!(by.collect::<Vec<_>>(), ["lea"]);
    assert_eq!(seen.state, DeploymentState::Blocked);
}
