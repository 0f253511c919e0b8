//! What GitHub does in one of two ways without saying which: every answer is safe, whichever it is.

use std::sync::Arc;

use lanekeeper::forge::Forge as _;
use lanekeeper::forge::NewDeployment;
use lanekeeper::forge::NewRequest;
use lanekeeper::forge::github::GithubForge;
use lanekeeper::model::Decision;
use lanekeeper::model::Deployment;
use lanekeeper::model::DeploymentState;
use lanekeeper::model::JobId;
use lanekeeper::model::JobState;
use lanekeeper::model::Subject;

use crate::forges::acts::Behind as _;
use crate::forges::contract::Stage as _;
use crate::forges::contract::Who;
use crate::forges::contract::already;
use crate::forges::contract::done;
use crate::forges::server::Fault;
use crate::forges::server::Happening;

use super::requests::new;
use super::requests::ready;
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

/// Somebody decides about the gate of a seat of the one run.
fn decide(stage: &GithubStage, seat: &str, word: &str, who: &str) {
    let said = (
        format!("production-{seat}"),
        word.to_owned(),
        who.to_owned(),
        "said".to_owned(),
    );
    stage.fake.state().runs[0].decisions.push(said);
}

/// Returns the apps of a go-live with the states of their jobs.
fn apps(seen: &Deployment) -> Vec<(&str, JobState)> {
    let jobs = seen.jobs.iter();
    jobs.filter_map(|job| Some((job.app.as_ref()?.as_str(), job.state)))
        .collect()
}

#[tokio::test]
async fn a_no_to_an_earlier_attempt_is_none_to_a_later_one() {
    for (newest_first, forgets) in [(false, false), (true, false), (false, true)] {
        let stage = GithubStage::new();
        {
            let mut state = stage.fake.state();
            state.lists_newest_first = newest_first;
            state.forgets_decisions = forgets;
        }
        let made = created(&stage).await;
        decide(&stage, "tech-lead", "rejected", "lea");
        stage.fake.state().runs[0].conclusion = Some("failure");
        let forge = stage.fresh(Who::Stranger);
        assert_eq!(newest(&forge).await.state, DeploymentState::Rejected);
        stage.fake.state().restart(0);
        let seen = newest(&forge).await;
        assert_eq!(seen.state, DeploymentState::Blocked);
        assert!(seen.approvals.is_empty(), "{:?}", seen.approvals);
        decide(&stage, "tech-lead", "approved", "lea");
        decide(&stage, "product-manager", "approved", "mia");
        let is_yes = |seen: &Deployment| {
            let mut all = seen.approvals.iter();
            seen.approvals.len() == 2 && all.all(|one| one.decision == Decision::Approved)
        };
        let seen = newest(&forge).await;
        assert_eq!(seen.state, DeploymentState::Running);
        assert!(
            is_yes(&seen),
            "{newest_first} {forgets}: {:?}",
            seen.approvals
        );
        {
            let mut state = stage.fake.state();
            state.finish_runs(made.commit.as_str(), "failure");
        }
        let seen = newest(&forge).await;
        assert_eq!(seen.state, DeploymentState::Failed);
        assert!(
            is_yes(&seen),
            "{newest_first} {forgets}: {:?}",
            seen.approvals
        );
    }
}

#[tokio::test]
async fn a_failed_job_that_another_attempt_took_over_under_another_number_still_runs_again() {
    let stage = GithubStage::new();
    stage.fake.state().clones_jobs = true;
    let commit = stage.tip(&stage.main());
    let portal = stage.fail_job(&commit);
    let number: u64 = portal.as_str().parse().expect("a number");
    let api: JobId = (number + 1).to_string().parse().expect("a number");
    let driver = stage.of(Who::Driver);
    done(driver.retry_job(&portal).await.unwrap());
    stage.finish_jobs(&commit);
    let seen = newest(&stage.fresh(Who::Stranger)).await;
    let ended = [("portal", JobState::Succeeded), ("api", JobState::Failed)];
    assert_eq!(apps(&seen), ended);
    let made = done(driver.retry_job(&api).await.unwrap());
    assert_eq!(stage.reruns(), 2);
    assert_eq!(already(driver.retry_job(&api).await.unwrap()), made);
    stage.finish_jobs(&commit);
    assert_eq!(already(driver.retry_job(&api).await.unwrap()), made);
    assert_eq!(stage.reruns(), 2);
}

#[tokio::test]
async fn apps_whose_jobs_do_not_run_again_stay_in_sight() {
    for only in [false, true] {
        let stage = GithubStage::new();
        stage.fake.state().lists_rerun_only = only;
        let commit = stage.tip(&stage.main());
        let portal = stage.fail_job(&commit);
        let driver = stage.of(Who::Driver);
        done(driver.retry_job(&portal).await.unwrap());
        stage.finish_jobs(&commit);
        let seen = newest(&stage.fresh(Who::Stranger)).await;
        let names: Vec<&str> = apps(&seen).into_iter().map(|(app, _)| app).collect();
        assert_eq!(names, ["portal", "api"]);
        assert_eq!(seen.approvals.len(), 2, "nobody was asked again");
    }
}

#[tokio::test]
async fn a_decision_without_words_is_taken_where_words_are_wanted() {
    let stage = GithubStage::new();
    stage.fake.state().wants_comments = true;
    let made = created(&stage).await;
    let subject = Subject::Deployment(made.id.clone());
    let (forge, seats) = (stage.of(Who::Lead), stage.seats());
    let yes = forge.decide(
        &subject,
        &made.commit,
        Some(&seats[0]),
        Decision::Approved,
        None,
    );
    done(yes.await.unwrap());
}

#[tokio::test]
async fn one_name_that_is_not_taken_keeps_nobody_else_from_being_asked() {
    for takes_good in [false, true] {
        let stage = GithubStage::new();
        stage.fake.state().takes_good_reviewers = takes_good;
        let new = NewRequest {
            reviewers: vec!["lea".to_owned(), "nobody".to_owned(), "mia".to_owned()],
            ..new(&stage)
        };
        let opened = done(stage.of(Who::Driver).open_request(&new).await.unwrap());
        let asked = opened.reviewers.iter().map(|one| one.account());
        assert_eq!(asked.collect::<Vec<_>>(), ["lea", "mia"], "{takes_good}");
    }
}

#[tokio::test]
async fn a_branch_that_is_made_again_has_what_was_pushed_before_its_deletion() {
    // Deleted before the first look, and after it where GitHub does not tell where the branch was.
    for (looks, hides) in [(0, false), (1, true)] {
        let stage = GithubStage::new();
        {
            let mut state = stage.fake.state();
            state.deletes_branches = true;
            state.hides_activity = hides;
        }
        let (_, order) = ready(&stage).await;
        let (fake, world, from) = (stage.fake.clone(), Arc::clone(&stage.world), stage.from());
        let push = Happening::new(move || {
            world.git(&["fetch", "-q", "origin"]);
            world.switch("late", Some(&format!("origin/{from}")));
            world.change("late.txt", "late\n", "Late");
            world.git(&["push", "-q", "origin", &format!("late:{from}")]);
            fake.state().deleting[0].2 = looks;
        });
        stage.server.trap("PUT", "/merge", Fault::Afterwards(push));
        done(stage.of(Who::Driver).merge(&order).await.unwrap());
        let late = stage.world.git(&["rev-parse", "late"]);
        assert_eq!(stage.tip(&stage.from()).as_str(), late.trim());
        assert_ne!(stage.tip(&stage.from()), order.head);
    }
}
