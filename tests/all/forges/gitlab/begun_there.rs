//! Jobs of a go-live that somebody played one by one on GitLab's page: the console says whose they are, and starts the rest.

use super::play::Play;

const PORTAL: &str = "deploy-prod-hotfix: [portal]";

/// Lets somebody play the job of one app on GitLab's page.
fn play_portal(play: &Play, login: &str) {
    let mut state = play.state();
    let user = state.users.iter().find(|user| user.username == login);
    let user = user.expect("one of the people").clone();
    let job = state.job_named(PORTAL);
    job.status = "running";
    job.user = Some(user);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_that_were_played_on_the_page_are_told_and_only_the_others_are_started() {
    let play = Play::begin("two").await;
    play.merge_the_fix().await;
    play.approve_both().await;
    play_portal(&play, "lena");
    let why = play.why("deploy").await;
    for part in [
        "started on the forge's page: `deploy-prod-hotfix: [portal]` by lena (running)",
        "not started: job `deploy-prod-hotfix: [admin]` waits for somebody to press start",
        "not started: job `deploy-prod-hotfix: [api-gateway]` waits",
    ] {
        assert!(why.contains(part), "{why}");
    }
    play.act(&play.dana, "do deploy").await;
    let writes = play.server.writes();
    let played = writes.iter().filter(|one| one.path.ends_with("/play"));
    assert_eq!(played.count(), 2, "the portal's job was not pressed again");
    let why = play.why("deploy").await;
    assert!(!why.contains("not started"), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_begun_on_the_page_and_ended_is_no_go_live_that_nobody_started() {
    let play = Play::begin("two").await;
    play.merge_the_fix().await;
    play.approve_both().await;
    play_portal(&play, "lena");
    play.state().job_named(PORTAL).status = "success";
    let why = play.why("deploy").await;
    assert!(why.contains("by lena (succeeded)"), "{why}");
    assert!(!why.contains("approved, not started"), "{why}");
    play.act(&play.dana, "do deploy").await;
    let started = play
        .state()
        .jobs
        .iter()
        .filter(|job| job.status == "pending")
        .count();
    assert_eq!(started, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_started_beside_a_job_that_failed_is_named_with_what_comes_first() {
    let play = Play::begin("two").await;
    play.merge_the_fix().await;
    play.approve_both().await;
    play_portal(&play, "lena");
    play.state().job_named(PORTAL).status = "failed";
    let why = play.why("deploy").await;
    for part in [
        "`deploy-prod-hotfix: [portal]` failed",
        "`deploy-prod-hotfix: [admin]` was not started: run what failed again first",
        "`deploy-prod-hotfix: [api-gateway]` was not started",
    ] {
        assert!(why.contains(part), "{why}");
    }
}
