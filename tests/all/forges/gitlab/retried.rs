//! A job that runs again where GitLab asks nobody for approvals: they are on record, and go on to hold.

use lanekeeper::engine::ItemState;
use lanekeeper::engine::StepState;
use lanekeeper::model::Deployment;

use super::play::Play;

async fn golive(play: &Play) -> Deployment {
    let board = play.board(&play.dana).await;
    let all = board.seen.deployments.value().expect("the forge was asked");
    all.first().expect("a go-live").clone()
}

async fn seat(play: &Play, item: &str) -> ItemState {
    let board = play.board(&play.dana).await;
    let progress = board.progress.expect("a hotfix is looked at");
    let mut items = progress.checklist.into_iter();
    let found = items.find(|one| one.id.as_str() == item);
    found.expect("an item of that name").state
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seats_on_record_outlast_a_job_that_runs_again() {
    let play = Play::begin("two").await;
    play.state().is_free = true;
    play.merge_the_fix().await;
    play.approve_both().await;
    play.act(&play.dana, "do deploy").await;
    play.end_all_but_portal("failed");
    let before = golive(&play).await;
    assert_eq!(before.approvals.len(), 2);
    let number = play.state().job_named("deploy-prod-hotfix: [portal]").id;
    play.act(&play.dana, &format!("retry {number}")).await;
    let after = golive(&play).await;
    assert_ne!(before.id, after.id, "GitLab made another deployment");
    assert_eq!(before.approvals, after.approvals);
    play.state().end_jobs("success");
    assert!(matches!(play.step("deploy").await, StepState::Done(_)));
    for (item, role) in [
        ("seat-tech-lead", "as tech-lead on deployment"),
        ("seat-product-manager", "as product-manager on deployment"),
    ] {
        let state = seat(&play, item).await;
        let ItemState::DoneByEvidence { evidence } = &state else {
            panic!("{item}: {state:?}");
        };
        assert!(evidence.contains(role), "{evidence}");
    }
}
