//! A head that came after an approval: GitHub moves the approval along, and what was looked at is another commit.

use lanekeeper::forge::Forge as _;
use lanekeeper::forge::RequestQuery;
use lanekeeper::model::ChangeRequest;
use lanekeeper::model::CommitId;
use lanekeeper::model::Decision;
use lanekeeper::model::Person;
use lanekeeper::model::Subject;

use crate::forges::contract::Stage as _;
use crate::forges::contract::Who;
use crate::forges::contract::done;

use super::requests::ready;
use super::requests::see;
use super::stage::GithubStage;

/// Takes the hotfix's branch as it is on the remote, does that with it, and pushes it.
fn moved(stage: &GithubStage, with: &[&str]) -> CommitId {
    let from = stage.from();
    stage.world.git(&["fetch", "-q", "origin"]);
    let there = format!("origin/{from}");
    stage.world.switch(from.as_str(), Some(&there));
    stage.world.git(with);
    let forced = ["push", "-q", "--force", "origin", from.as_str()];
    stage.world.git(&forced);
    stage.world.id("HEAD")
}

/// The same change in another commit, as a rebase makes it.
fn rewritten(stage: &GithubStage) -> CommitId {
    moved(stage, &["commit", "-q", "--amend", "-m", "Said better"])
}

/// Asserts that GitHub shows both approvals at the newer head.
fn are_moved_along(stage: &GithubStage, newer: &CommitId) {
    let state = stage.fake.state();
    let mut reviews = state.pulls[0].reviews.iter();
    assert!(reviews.all(|one| one.sha == newer.as_str()));
}

async fn approve(stage: &GithubStage, request: &ChangeRequest) {
    let subject = Subject::Request(request.id);
    let role = &stage.seats()[0];
    let lead = stage.fresh(Who::Lead);
    let said = lead.decide(
        &subject,
        &request.head,
        Some(role),
        Decision::Approved,
        None,
    );
    done(said.await.unwrap());
}

#[tokio::test]
async fn an_approval_that_github_moved_to_a_rewritten_head_is_for_the_one_that_was_looked_at() {
    let stage = GithubStage::new();
    let (opened, _) = ready(&stage).await;
    let newer = rewritten(&stage);
    let seen = see(&stage, &opened).await;
    are_moved_along(&stage, &newer);
    assert_eq!(seen.head, newer);
    assert_eq!(seen.approvals.len(), 2);
    assert!(seen.approvals.iter().all(|one| one.head == opened.head));
    // Who looks at the new head says it again, although GitHub shows it there already.
    approve(&stage, &seen).await;
    let seen = see(&stage, &opened).await;
    let heads = seen.approvals.iter().map(|one| &one.head);
    assert_eq!(heads.collect::<Vec<_>>(), [&opened.head, &newer]);
}

#[tokio::test]
async fn an_approval_does_not_come_along_when_the_target_is_merged_into_the_branch() {
    let stage = GithubStage::new();
    let (opened, _) = ready(&stage).await;
    stage.push(&stage.main());
    let newer = moved(&stage, &["merge", "-q", "--no-edit", "origin/main"]);
    let seen = see(&stage, &opened).await;
    are_moved_along(&stage, &newer);
    assert_eq!((&seen.head, seen.approvals.len()), (&newer, 2));
    assert!(seen.approvals.iter().all(|one| one.head == opened.head));
}

#[tokio::test]
async fn without_a_list_of_pushes_a_forced_one_is_found_in_the_timeline() {
    let stage = GithubStage::new();
    stage.fake.state().hides_activity = true;
    let (opened, _) = ready(&stage).await;
    let before = see(&stage, &opened).await;
    assert!(before.approvals.iter().all(|one| one.proof.void.is_none()));
    let newer = rewritten(&stage);
    let seen = see(&stage, &opened).await;
    are_moved_along(&stage, &newer);
    // What was looked at is not known: the approval stands there, and counts for nothing.
    for approval in &seen.approvals {
        let why = approval.proof.void.as_deref().unwrap_or_default();
        assert!(why.contains("before this head arrived"), "{why}");
    }
    assert_eq!(seen.approvals.len(), 2);
    approve(&stage, &seen).await;
    let again = see(&stage, &opened).await;
    let counting = again
        .approvals
        .iter()
        .filter(|one| one.proof.void.is_none());
    assert_eq!(counting.count(), 1);
}

#[tokio::test]
async fn who_pushed_is_told_by_github_and_not_by_the_name_in_the_commit() {
    let stage = GithubStage::new();
    let (opened, _) = ready(&stage).await;
    let query = RequestQuery {
        id: Some(opened.id),
        ..RequestQuery::default()
    };
    let forge = stage.fresh(Who::Stranger);
    let pusher = async || {
        let found = forge.requests(&query).await.unwrap();
        let pusher = found.into_iter().next().and_then(|one| one.last_pusher);
        pusher.as_ref().map(Person::account).map(str::to_owned)
    };
    stage.fake.state().pusher = Some("mia".to_owned());
    // The commit says that Ana wrote it, who is `dora` here.
    stage.push(&stage.from());
    stage.fake.state().hides_activity = true;
    assert_eq!(pusher().await.as_deref(), Some("dora"));
    // What came nearest is not believed any longer than it must be.
    stage.fake.state().hides_activity = false;
    assert_eq!(pusher().await.as_deref(), Some("mia"));
}
