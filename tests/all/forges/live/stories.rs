//! The stories, each for any forge: on branches of its own, and undone by its scratch.

use std::sync::Arc;

use lanekeeper::forge::Forge;
use lanekeeper::forge::NewDeployment;
use lanekeeper::forge::NewRequest;
use lanekeeper::forge::NoWatcher;
use lanekeeper::forge::RequestEdit;
use lanekeeper::forge::RequestQuery;
use lanekeeper::forge::Written;
use lanekeeper::model::ChangeRequest;
use lanekeeper::model::Decision;
use lanekeeper::model::Deployment;
use lanekeeper::model::DeploymentState;
use lanekeeper::model::Environment;
use lanekeeper::model::MergeMethod;
use lanekeeper::model::Mergeability;
use lanekeeper::model::Person;
use lanekeeper::model::Role;
use lanekeeper::model::Subject;

use super::scratch::Scratch;
use super::scratch::said;
use super::scratch::skipped;
use crate::forges::contract::already;
use crate::forges::contract::done;
use crate::forges::contract::refused;

/// Why a story of two people is not played by one.
const TWO_PEOPLE: &str = "it takes two people; LANEKEEPER_LIVE_SECOND_TOKEN is not set";

/// Looks at a go-live until it has ended: a runner may have to come first.
const LOOKS: usize = 600;

/// Refusals of one approval before the story fails by them: a pipeline may not have come to its gate at the first.
const REFUSALS: usize = 40;

pub(super) async fn from_draft_to_merged(scratch: Arc<Scratch>) {
    let forge = &scratch.forge;
    scratch.start("fix");
    let head = scratch.commit("fix", "fix.txt", "fixed\n");
    let draft = NewRequest {
        is_draft: true,
        ..scratch.new_request("fix")
    };
    let opened = done(forge.open_request(&draft).await.unwrap());
    let twin = already(forge.open_request(&draft).await.unwrap());
    assert_eq!((twin.id, &opened.head), (opened.id, &head));
    assert!(opened.is_draft && opened.title.raw() == "Live story fix");
    assert_eq!(opened.author, forge.me().await.unwrap());
    let edit = RequestEdit {
        labels: Some(vec!["live".to_owned(), "live-urgent".to_owned()]),
        ..RequestEdit::default()
    };
    let edited = done(forge.edit_request(opened.id, &edit).await.unwrap());
    assert_eq!(edited.labels.len(), 2);
    already(forge.edit_request(opened.id, &edit).await.unwrap());
    done(
        forge
            .comment(opened.id, "Seen by the live suite.")
            .await
            .unwrap(),
    );
    refused(forge.merge(&scratch.order(&opened)).await.unwrap(), "draft");
    let ready = RequestEdit {
        is_draft: Some(false),
        ..RequestEdit::default()
    };
    done(forge.edit_request(opened.id, &ready).await.unwrap());
    let newer = scratch.commit("fix", "fix.txt", "fixed better\n");
    scratch.until(opened.id, |seen| seen.head == newer).await;
    refused(forge.merge(&scratch.order(&opened)).await.unwrap(), "moved");
    let seen = scratch
        .until(opened.id, |seen| seen.mergeability == Mergeability::Clean)
        .await;
    let order = scratch.order(&seen);
    let merged = done(forge.merge(&order).await.unwrap());
    assert_eq!(scratch.tip("target"), Some(merged.commit.clone()));
    assert_eq!(
        scratch.tip("fix"),
        Some(newer.clone()),
        "the source branch is kept"
    );
    assert_eq!(
        already(forge.merge(&order).await.unwrap()).commit,
        merged.commit
    );
    // What happens to the branch afterwards changes nothing about what was merged.
    scratch.commit("fix", "fix.txt", "and on\n");
    let seen = scratch.see(opened.id).await;
    assert_eq!(seen.merged().map(|merged| &merged.head), Some(&newer));
}

pub(super) async fn a_conflict(scratch: Arc<Scratch>) {
    scratch.start("theirs");
    scratch.commit("theirs", "live.txt", "theirs\n");
    scratch.commit("target", "live.txt", "ours\n");
    let request = scratch
        .forge
        .open_request(&scratch.new_request("theirs"))
        .await;
    let request = done(request.unwrap());
    let before = scratch.tip("target");
    // Whatever the forge has found out so far: nothing is merged, and nobody is told that it was.
    for _ in 0..2 {
        let merged = scratch.forge.merge(&scratch.order(&request)).await.unwrap();
        assert!(matches!(merged, Written::Refused(_)), "{merged:?}");
        assert_eq!(scratch.tip("target"), before);
    }
    scratch
        .until(request.id, |seen| {
            matches!(seen.mergeability, Mergeability::Conflicts(_))
        })
        .await;
}

pub(super) async fn a_decision_about_one_head(scratch: Arc<Scratch>) {
    scratch.start("fix");
    scratch.commit("fix", "fix.txt", "fixed\n");
    let request = scratch
        .forge
        .open_request(&scratch.new_request("fix"))
        .await;
    let request = done(request.unwrap());
    let subject = Subject::Request(request.id);
    let yes = Decision::Approved;
    let own = scratch
        .forge
        .decide(&subject, &request.head, None, yes, None)
        .await;
    assert!(
        matches!(own.unwrap(), Written::Refused(_)),
        "GitLab: forbid authors to approve in the project's settings"
    );
    let Some(second) = &scratch.second else {
        skipped("what somebody else says of one head", TWO_PEOPLE);
        return;
    };
    let approval = second
        .decide(&subject, &request.head, None, yes, Some("fine"))
        .await;
    assert_eq!(done(approval.unwrap()).head, request.head);
    already(
        second
            .decide(&subject, &request.head, None, yes, None)
            .await
            .unwrap(),
    );
    let newer = scratch.commit("fix", "fix.txt", "fixed better\n");
    let seen = scratch.until(request.id, |seen| seen.head == newer).await;
    assert!(seen.approvals.iter().all(|approval| approval.head != newer));
    let late = second
        .decide(&subject, &request.head, None, yes, None)
        .await;
    assert!(matches!(late.unwrap(), Written::Refused(_)));
}

/// Two people: one has the role of a seat, and changes their mind twice; the other opened it, and may not sit.
pub(super) async fn a_seat(scratch: Arc<Scratch>) {
    let Some(second) = &scratch.second else {
        skipped("a seat and who may take it", TWO_PEOPLE);
        return;
    };
    let (me, other) = (
        scratch.forge.me().await.unwrap(),
        second.me().await.unwrap(),
    );
    assert_ne!(
        me, other,
        "LANEKEEPER_LIVE_SECOND_TOKEN is of somebody else"
    );
    let role: Role = "tech-lead".parse().expect("a role");
    let (driver, lead) = scratch.described(|project| {
        project.lanes[0].seats = vec![role.clone()];
        let members = vec![format!("@{}", other.account())];
        project.roles.0.insert(role.clone(), members);
    });
    let lead = lead.expect("there is a second token");
    scratch.start("seat");
    let head = scratch.commit("seat", "seat.txt", "fixed\n");
    let request = driver.open_request(&scratch.new_request("seat")).await;
    let request = done(request.unwrap());
    let subject = Subject::Request(request.id);
    let own = driver
        .decide(&subject, &head, Some(&role), Decision::Approved, None)
        .await;
    refused(own.unwrap(), "");
    for decision in [Decision::Approved, Decision::Rejected, Decision::Approved] {
        let words = Some("as the live suite says");
        let said = lead.decide(&subject, &head, Some(&role), decision, words);
        assert_eq!(done(said.await.unwrap()).decision, decision);
        scratch
            .until(request.id, |seen| last_word(seen, &other) == Some(decision))
            .await;
    }
    let seen = scratch
        .until(request.id, |seen| seen.mergeability == Mergeability::Clean)
        .await;
    let merged = done(driver.merge(&scratch.order(&seen)).await.unwrap());
    assert_eq!(scratch.tip("target"), Some(merged.commit));
}

/// Returns what somebody said last of a request's present head.
fn last_word(request: &ChangeRequest, by: &Person) -> Option<Decision> {
    let mut said = request.approvals.iter();
    let last = said.rfind(|one| &one.by == by && one.head == request.head)?;
    Some(last.decision)
}

/// A go-live of what is on the lane, by the project's own CI: made once, approved and started where that is asked for.
pub(super) async fn a_go_live(scratch: Arc<Scratch>) {
    let Some(job) = scratch.place.job.clone() else {
        skipped(
            "a go-live",
            "the project's CI deploys nothing that LANEKEEPER_LIVE_JOB names",
        );
        return;
    };
    let name = scratch.place.environment.clone();
    let (driver, second) = scratch.described(|project| {
        project.lanes[0].environment = Some(name.clone());
        project.environments = vec![Environment {
            name: name.clone(),
            is_production: false,
            seats: Vec::new(),
            job: Some(job),
            apps: Vec::new(),
            migrations: None,
            hotfix_sandbox: None,
            is_org: false,
        }];
    });
    let new = NewDeployment {
        environment: name.clone(),
        commit: scratch.commit("target", "live.txt", "goes live\n"),
        hotfix: None,
    };
    let mut seen = scratch.deployment(driver.as_ref(), &new).await;
    let twin = already(driver.create_deployment(&new).await.unwrap());
    assert_eq!(twin.id, seen.id);
    let (mut is_approved, mut is_started) = (false, false);
    let mut refusals: Vec<String> = Vec::new();
    for _ in 0..LOOKS {
        match seen.state {
            DeploymentState::Succeeded => break,
            DeploymentState::Blocked if !is_approved => {
                match approve(second.as_deref(), &seen).await {
                    Ok(()) => is_approved = true,
                    Err(why) => refuse(&mut refusals, why),
                }
            }
            DeploymentState::Approved if !is_started => {
                start(driver.as_ref(), second.as_deref(), &seen).await;
                is_started = true;
            }
            DeploymentState::Blocked | DeploymentState::Approved | DeploymentState::Running => {}
            DeploymentState::Rejected | DeploymentState::Failed | DeploymentState::Cancelled => {
                panic!("{seen:?}")
            }
        }
        scratch.moment().await;
        let all = driver.deployments(Some(&name)).await.unwrap();
        let found = all.into_iter().find(|one| one.commit == new.commit);
        seen = found.expect("it stays there");
    }
    assert_eq!(
        seen.state,
        DeploymentState::Succeeded,
        "does any runner take the jobs of this project? {seen:?}; refused was: {refusals:?}"
    );
    for job in &seen.jobs {
        driver.job_log(&job.id, 0).await.unwrap();
    }
    let again = driver.start_deployment(&seen.id, &new.commit, &NoWatcher);
    let again = again.await.unwrap();
    assert!(!matches!(again, Written::Done(_)), "{again:?}");
}

/// Says once what the forge refused, and fails where it goes on refusing.
fn refuse(refusals: &mut Vec<String>, why: String) {
    if refusals.last() != Some(&why) {
        said("approving a go-live was refused", &why);
    }
    refusals.push(why);
    if refusals.len() > REFUSALS {
        refusals.dedup();
        panic!("every approval of the go-live was refused: {refusals:?}");
    }
}

/// Approves a go-live as somebody else, or returns why the forge did not take it. A pipeline may not have come to it yet.
async fn approve(second: Option<&dyn Forge>, golive: &Deployment) -> Result<(), String> {
    let second = second.expect("the forge asks for approvals: LANEKEEPER_LIVE_SECOND_TOKEN");
    let subject = Subject::Deployment(golive.id.clone());
    let yes = Decision::Approved;
    let decided = second.decide(&subject, &golive.commit, None, yes, None);
    match decided.await.unwrap() {
        Written::Done(_) | Written::AlreadyDone(_) => Ok(()),
        Written::Refused(why) => Err(why),
        // Nothing was in the way: an outcome that cannot be told is a fault of the adapter.
        Written::Unknown(why) => panic!("it is not known whether it was approved: {why}"),
    }
}

/// Presses start, or lets somebody else do it where the forge keeps it to them.
async fn start(driver: &dyn Forge, second: Option<&dyn Forge>, golive: &Deployment) {
    let (id, commit) = (&golive.id, &golive.commit);
    let own = driver
        .start_deployment(id, commit, &NoWatcher)
        .await
        .unwrap();
    let (Written::Refused(why), Some(second)) = (&own, second) else {
        done(own);
        return;
    };
    let other = second.start_deployment(id, commit, &NoWatcher).await;
    assert!(
        matches!(other, Ok(Written::Done(_))),
        "{why}; and somebody else: {other:?}"
    );
}

pub(super) async fn looks(scratch: Arc<Scratch>) {
    scratch
        .forge
        .requests(&RequestQuery::default())
        .await
        .unwrap();
    assert!(scratch.forge.deployments(None).await.unwrap().is_empty());
    let capabilities = scratch.forge.capabilities();
    assert!(
        capabilities.forge.starts_with(&scratch.place.kind),
        "{}",
        capabilities.forge
    );
    assert!(capabilities.merge_methods.contains(&MergeMethod::Merge));
    let wrong = scratch.place.adapter("no-token-at-all", &scratch.project);
    // Who one is, since anybody may read a public project.
    let error = wrong.me().await.unwrap_err().to_string();
    assert!(
        !error.contains('\n') && !error.contains("no-token-at-all"),
        "{error}"
    );
}
