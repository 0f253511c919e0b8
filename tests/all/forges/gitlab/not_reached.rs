//! A pipeline on its way to the deploy stage: what it does is what a go-live waits for, and nothing is offered to be started.

use lanekeeper::engine::StepState;

use super::play::Play;

const BEHIND: &str = "stage build is running";

/// Puts the pipeline back to where its jobs before the deploy stage run, or lets it come there.
fn stand(play: &Play, build: &'static str, deploys: &'static str) {
    let mut state = play.state();
    state.job_named("build").status = build;
    let jobs = state.jobs.iter_mut();
    for job in jobs.filter(|job| job.stage == "deploy") {
        job.status = deploys;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_go_live_waits_for_the_stages_before_it_and_is_not_offered() {
    let play = Play::begin("two").await;
    play.merge_the_fix().await;
    play.approve_both().await;
    stand(&play, "running", "created");
    let why = play.why("deploy").await;
    assert!(
        why.contains("waits for pipeline ") && why.contains(BEHIND),
        "{why}"
    );
    play.refused(&play.dana, "do deploy", BEHIND).await;
    let progress = play.board(&play.dana).await.progress;
    let next = progress.expect("a hotfix is looked at").next;
    let is_start = |intent: String| intent.starts_with("do deploy");
    assert!(!next.iter().any(|one| is_start(one.intent.to_string())));
    stand(&play, "success", "manual");
    play.act(&play.dana, "do deploy").await;
    assert!(matches!(play.step("deploy").await, StepState::Underway(_)));
}
