//! The playbook `approve-and-backport` from start to end: two seats, three apps, a backport that applies or does not,
//! made by the console or by the team's own pipeline.

use lanekeeper::engine::Intent;
use lanekeeper::engine::StepState;
use lanekeeper::model::Subject;

use super::play::Play;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn approve_and_backport_runs_whole() {
    let play = Play::begin("two").await;
    play.merge_the_fix().await;

    // Blocked until both have approved; neither the driver nor one person alone can get around it.
    let why = play.why("deploy").await;
    assert!(
        why.contains("tech-lead") && why.contains("product-manager"),
        "{why}"
    );
    let own = play
        .vote(&play.dana, "tech-lead")
        .await
        .expect_err("it is her pipeline");
    assert!(own.contains("you created it"), "{own}");
    play.vote(&play.lena, "tech-lead")
        .await
        .expect("the tech lead may");
    let twice = play
        .vote(&play.lena, "product-manager")
        .await
        .expect_err("one person, one seat");
    assert!(twice.contains("product-manager"), "{twice}");
    play.refused(&play.dana, "do deploy", "product-manager")
        .await;
    play.vote(&play.pat, "product-manager")
        .await
        .expect("the product manager may");

    // Approved is not started.
    let why = play.why("deploy").await;
    assert!(why.contains("start"), "{why}");
    play.act(&play.dana, "do deploy").await;
    assert!(matches!(play.step("deploy").await, StepState::Underway(_)));
    play.refused(&play.dana, "do deploy", "job `deploy-prod-hotfix")
        .await;

    // One app of three fails, and is deployed again alone, approved anew.
    play.state().job_named("deploy-prod-hotfix: [admin]").status = "failed";
    play.state().end_jobs("success");
    let why = play.why("deploy").await;
    let number = play.state().job_named("deploy-prod-hotfix: [admin]").id;
    assert!(
        why.contains(&format!(
            "job {number} `deploy-prod-hotfix: [admin]` failed"
        )),
        "{why}"
    );
    assert!(
        matches!(play.step("backport").await, StepState::Waiting(_)),
        "not before production"
    );
    play.act(&play.dana, "do deploy").await;
    play.approve_both().await;
    play.act(&play.dana, "do deploy").await;
    play.state().end_jobs("success");
    assert!(
        matches!(play.step("deploy").await, StepState::Done(_)),
        "{}",
        play.why("deploy").await
    );

    // The backport comes by itself.
    play.follow().await.expect("the backport is due");
    assert_eq!(play.labels(), ["backport", "auto-backport"]);
    let merged = play
        .world
        .remote_id("refs/heads/main")
        .expect("production's branch");
    let branch = format!("backport/develop-{}", merged.short());
    assert!(
        play.world
            .remote_id(&format!("refs/heads/{branch}"))
            .is_some(),
        "{branch}"
    );
    play.act(&play.dana, "do backport --target develop").await;
    assert!(matches!(play.step("backport").await, StepState::Done(_)));

    play.act(&play.dana, "do verify --note \"no crash any more\"")
        .await;
    play.act(&play.dana, "do migrations").await;
    assert_eq!(
        play.state().job_named("run-migrations-prod").status,
        "success"
    );
    let board = play.board(&play.dana).await;
    let progress = board.progress.expect("a hotfix is looked at");
    let open: Vec<&str> = progress
        .checklist
        .iter()
        .filter(|item| !item.state.is_over())
        .map(|item| item.id.as_str())
        .collect();
    assert!(progress.steps.iter().all(|step| step.state.is_over()));
    assert!(
        !open.contains(&"seat-tech-lead") && !open.contains(&"deployed"),
        "{open:?}"
    );
}

const AUTO_MERGE: &str =
    "[playbook.approve-and-backport.step.backport]\nauto_merge = [\"develop\"]\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clean_backport_is_merged_by_itself_once_its_pipeline_passed() {
    let play = Play::begin_with("two", AUTO_MERGE).await;
    play.go_live().await;
    play.follow().await.expect("the backport is due");
    assert_eq!(play.follow().await, None, "nothing was checked");
    let branch = play.state().mrs[1].from.clone();
    play.run_pipeline(&branch);
    play.state().job_named("lint").status = "running";
    assert_eq!(play.follow().await, None, "the pipeline runs");
    play.state().job_named("lint").status = "failed";
    assert_eq!(play.follow().await, None, "the pipeline failed");
    play.state().job_named("lint").status = "success";
    let what = play.follow().await.expect("the pipeline passed");
    assert!(what.contains("merge change request"), "{what}");
    assert!(matches!(play.step("backport").await, StepState::Done(_)));
    assert_eq!(play.follow().await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backport_that_somebody_pushed_to_is_not_merged_by_itself() {
    let play = Play::begin_with("two", AUTO_MERGE).await;
    play.go_live().await;
    play.follow().await.expect("the backport is due");
    let branch = play.state().mrs.last().expect("a request").from.clone();
    play.commit(&branch, "one\nTWO, but better\nthree\n", "Better");
    play.run_pipeline(&branch);
    assert_eq!(play.follow().await, None);
    play.act(&play.dana, "do backport --target develop").await;
    assert!(matches!(
        play.step("backport").await,
        StepState::Done(_) | StepState::Underway(_)
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backport_that_conflicts_is_a_draft_with_the_other_labels() {
    let play = Play::begin("zwei").await;
    play.go_live().await;
    play.follow().await.expect("the backport is due");
    assert_eq!(play.labels(), ["backport", "conflicts"]);
    let (title, branch) = {
        let state = play.state();
        let mr = state.mrs.last().expect("a backport request");
        (mr.title.clone(), mr.from.clone())
    };
    assert!(title.starts_with("Draft: "), "{title}");
    play.refused(&play.dana, "do backport --target develop", "shop.txt")
        .await;

    // A developer solves it; then it is no draft any more and has the labels of a clean one.
    play.commit(&branch, "one\nTWO and zwei\nthree\n", "Keep both");
    play.act(&play.dana, "do backport --target develop").await;
    assert_eq!(play.labels(), ["backport", "auto-backport"]);
    play.act(&play.dana, "do backport --target develop").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_rejected_or_cancelled_needs_another_go_live() {
    let play = Play::begin("two").await;
    play.merge_the_fix().await;
    let board = play.board(&play.dana).await;
    let deployments = board.seen.deployments.value().expect("the forge was asked");
    let reject = Intent::Reject {
        subject: Subject::Deployment(deployments[0].id.clone()),
        role: None,
        comment: Some("not today".to_owned()),
    };
    play.tried(&play.pat, &reject)
        .await
        .expect("who holds a seat may say no");
    let why = play.why("deploy").await;
    assert!(why.contains("rejected"), "{why}");
    play.act(&play.dana, "do deploy").await;
    play.approve_both().await;
    play.act(&play.dana, "do deploy").await;
    play.end_all_but_portal("canceled");
    let why = play.why("deploy").await;
    assert!(why.contains("cancelled"), "{why}");
    play.act(&play.dana, "do deploy").await;
    let why = play.why("deploy").await;
    assert!(why.contains("tech-lead"), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_backport_that_the_teams_pipeline_made_is_taken_up() {
    let play = Play::begin("two").await;
    play.go_live().await;
    play.backport_by_pipeline(&["backport", "auto-backport"]);
    assert!(!play.follows_up().await);
    play.act(&play.dana, "do backport --target develop").await;
    assert!(matches!(play.step("backport").await, StepState::Done(_)));
    assert_eq!(play.state().mrs.len(), 2, "no second request was opened");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_empty_backport_of_a_conflict_is_not_merged_before_somebody_resolved_it() {
    let play = Play::begin("zwei").await;
    play.go_live().await;
    let branch = play.backport_by_pipeline(&["backport", "conflicts"]);
    assert!(!play.follows_up().await);
    play.refused(
        &play.dana,
        "do backport --target develop",
        "conflicted path",
    )
    .await;
    play.commit(&branch, "one\nTWO and zwei\nthree\n", "Keep both");
    play.refused(
        &play.dana,
        "do backport --target develop",
        "conflicted path",
    )
    .await;
    play.state().mrs[1].labels = vec!["backport".to_owned()];
    play.act(&play.dana, "do backport --target develop").await;
    let merged = play.world.remote_id("refs/heads/develop").expect("develop");
    assert_ne!(play.world.id("origin/develop"), merged, "it was merged");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_job_that_failed_runs_again_under_a_permit_and_never_by_itself() {
    let play = Play::begin("two").await;
    play.merge_the_fix().await;
    play.approve_both().await;
    play.act(&play.dana, "do deploy").await;
    play.end_all_but_portal("failed");
    let why = play.why("deploy").await;
    assert!(why.contains("[portal]` failed"), "{why}");
    let number = play.state().job_named("deploy-prod-hotfix: [portal]").id;
    let before = play.state().jobs.len();
    assert!(!play.follows_up().await, "it does not run again by itself");
    play.refused(
        &play.dana,
        "retry 1",
        "no go-live or check here has a job 1",
    )
    .await;
    let retry = format!("retry {number}");
    play.act(&play.dana, &retry).await;
    assert_eq!(play.state().jobs.len(), before + 1, "exactly one new job");
    // Its old number is no job of the go-live any more.
    play.refused(&play.dana, &retry, "no go-live").await;
    assert_eq!(play.state().jobs.len(), before + 1);
    // GitLab asks for its approvals anew, then it is started as any go-live.
    play.approve_both().await;
    play.act(&play.dana, "do deploy").await;
    play.state().end_jobs("success");
    assert!(
        matches!(play.step("deploy").await, StepState::Done(_)),
        "{}",
        play.why("deploy").await
    );
    let (origin, named) = (play.world.origin(), format!("(job {number})"));
    let locks = [
        "log",
        "-p",
        "--glob=refs/lanekeeper/v1/locks",
        "--format=%s",
    ];
    let permits = play.world.git_in(&origin, &locks);
    assert!(
        permits.contains(&named),
        "the permit names the job that it is for: {permits}"
    );
}
