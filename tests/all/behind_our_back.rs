//! What people do with plain git around a hotfix, seen on real repositories: every step must tell the truth.

use lanekeeper::engine::Board;
use lanekeeper::engine::Riders;
use lanekeeper::engine::StepProgress;
use lanekeeper::engine::StepState;
use lanekeeper::model::HotfixId;
use lanekeeper::model::LaneName;
use lanekeeper::model::Verdict;

use crate::support::team::Team;
use crate::support::team::numbered;

fn step<'a>(board: &'a Board, id: &str) -> &'a StepProgress {
    let progress = board.progress.as_ref().expect("a hotfix is selected");
    let mut steps = progress.steps.iter();
    steps.find(|step| step.id.as_str() == id).expect("a step")
}

fn is_done(board: &Board, id: &str) -> bool {
    matches!(step(board, id).state, StepState::Done(_))
}

fn verdict(board: &Board, lane: &str) -> Option<Verdict> {
    let lane: LaneName = lane.parse().expect("a lane");
    Some(board.seen.presence.get(&lane)?.value()?.verdict)
}

fn findings(board: &Board) -> String {
    let progress = board.progress.as_ref().expect("a hotfix is selected");
    let texts: Vec<&str> = progress
        .findings
        .iter()
        .map(|one| one.text.as_str())
        .collect();
    texts.join("\n")
}

fn commits(board: &Board) -> usize {
    board.seen.fix.value().expect("seen").commits.len()
}

fn contamination(board: &Board) -> usize {
    board.seen.fix.value().expect("seen").contamination.len()
}

/// What ships with a promotion into production besides the fix.
fn ships(board: &Board) -> &Riders {
    let edge = board
        .seen
        .edges
        .iter()
        .find(|(edge, _)| edge.into.as_str() == "production");
    let edge = edge.and_then(|(_, seen)| seen.value()).expect("an edge");
    &edge.riders
}

/// The subjects of it.
fn riders(board: &Board) -> Vec<String> {
    let riders = ships(board).listed.iter();
    riders.map(|rider| rider.commit.subject()).collect()
}

#[test]
fn a_fix_that_was_fast_forwarded_into_run_by_hand_is_recognised() {
    let team = Team::new();
    let id = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    team.world.git(&["push", "-q", "origin", "HEAD:preprod"]);
    let board = team.look(&id);
    assert_eq!(commits(&board), 1);
    assert!(is_done(&board, "run"), "{:?}", step(&board, "run").state);
    assert_eq!(verdict(&board, "production"), Some(Verdict::Absent));
    assert_eq!(verdict(&board, "integration"), Some(Verdict::Absent));
    team.act(&id, "do promote");
    team.act(&id, "do promote");
    let board = team.look(&id);
    assert!(
        is_done(&board, "promote"),
        "{:?}",
        step(&board, "promote").state
    );
}

#[test]
fn a_lane_that_was_forwarded_to_the_hotfix_branch_still_shows_its_riders() {
    let team = Team::new();
    let id = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    team.world.switch("preprod", Some("origin/preprod"));
    team.world
        .change("other.txt", "other\n", "Another change in RUN");
    team.world.git(&["push", "-q", "origin", "preprod"]);
    team.merge("preprod", "hotfix/refund", &[]);
    team.world.git(&["push", "-q", "origin", "HEAD:preprod"]);
    let board = team.look(&id);
    assert!(is_done(&board, "run"), "{:?}", step(&board, "run").state);
    assert_eq!(riders(&board), ["Another change in RUN"]);
    // The other change is not the fix: BUILD lacks it, and the fix alone is judged.
    team.world.switch("integration", Some("origin/integration"));
    team.world
        .change("shop.txt", numbered(&[(3, "fixed")]), "Fix by hand");
    team.world.git(&["push", "-q", "origin", "integration"]);
    assert_eq!(
        verdict(&team.look(&id), "integration"),
        Some(Verdict::Present)
    );
}

#[test]
fn commits_added_after_the_merge_belong_to_the_fix_like_the_first_ones() {
    let team = Team::new();
    let id = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    team.act(&id, "do run");
    team.act(&id, "do run");
    assert!(is_done(&team.look(&id), "run"));
    team.world.switch("hotfix/refund", None);
    team.fix(&[(3, "fixed"), (20, "fixed too")], "Fix the other half");
    let board = team.look(&id);
    assert_eq!(commits(&board), 2);
    assert!(!is_done(&board, "run"), "the second half is not in RUN");
    team.act(&id, "do run");
    team.act(&id, "do run");
    let board = team.look(&id);
    assert!(is_done(&board, "run"), "{:?}", step(&board, "run").state);
    assert_eq!(commits(&board), 2);
    // A lane with the second half only does not have the fix.
    team.world.switch("integration", Some("origin/integration"));
    team.world
        .change("shop.txt", numbered(&[(20, "fixed too")]), "Half of it");
    team.world.git(&["push", "-q", "origin", "integration"]);
    assert_eq!(
        verdict(&team.look(&id), "integration"),
        Some(Verdict::Changed)
    );
}

#[test]
fn build_work_merged_into_the_branch_after_run_changes_no_step_back() {
    let team = Team::new();
    let id = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    team.act(&id, "do run");
    team.act(&id, "do run");
    team.merge("integration", "hotfix/refund", &[]);
    let board = team.look(&id);
    assert!(is_done(&board, "run"), "{:?}", step(&board, "run").state);
    assert!(
        is_done(&board, "implement"),
        "{:?}",
        step(&board, "implement").state
    );
    assert_eq!(verdict(&board, "preprod"), Some(Verdict::Present));
    assert_eq!(verdict(&board, "integration"), Some(Verdict::Absent));
    assert!(
        findings(&board).contains("only in BUILD"),
        "{}",
        findings(&board)
    );
    assert!(board.seen.frozen.value().expect("seen").is_none());
}

#[test]
fn build_work_merged_into_the_branch_before_run_is_refused() {
    let team = Team::new();
    let id = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    team.merge("integration", "hotfix/refund", &[]);
    let why = team.tried(&id, "do run").expect_err("refused");
    assert!(why.contains("only in BUILD"), "{why}");
    // Somebody merges it by hand all the same: RUN is frozen by what came along.
    team.merge("hotfix/refund", "preprod", &["--no-ff"]);
    let board = team.look(&id);
    let frozen = board.seen.frozen.value().expect("seen").clone();
    assert_eq!(frozen.expect("frozen").by.as_str(), "integration");
    let why = team.tried(&id, "do promote").expect_err("refused");
    assert!(why.contains("frozen"), "{why}");
}

#[test]
fn build_work_that_was_fast_forwarded_or_promoted_through_a_branch_freezes_run() {
    for is_forwarded in [true, false] {
        let team = Team::new();
        let id = team.start("refund");
        if is_forwarded {
            team.merge("integration", "preprod", &["--ff-only"]);
        } else {
            team.world
                .switch("promotion/2026-1", Some("origin/integration"));
            team.world.change("notes.txt", "notes\n", "Release notes");
            team.world.git(&["push", "-q", "origin", "HEAD"]);
            team.merge("promotion/2026-1", "preprod", &["--no-ff"]);
        }
        let board = team.look(&id);
        let frozen = board.seen.frozen.value().expect("seen").clone();
        assert_eq!(frozen.expect("frozen").by.as_str(), "integration");
    }
}

#[test]
fn build_work_freezes_run_however_far_its_lane_went_on_since() {
    let team = Team::new();
    let id = team.start("refund");
    team.merge("integration", "preprod", &["--no-ff"]);
    team.world.grow("integration", 1_001);
    let board = team.look(&id);
    let frozen = board.seen.frozen.value().expect("seen").clone();
    assert_eq!(frozen.expect("frozen").by.as_str(), "integration");
}

#[test]
fn a_branch_deleted_after_more_was_merged_from_it_is_the_fix_as_merged() {
    let team = Team::new();
    let id = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    team.act(&id, "do run");
    team.fix(&[(3, "fixed"), (20, "fixed too")], "Fix the other half");
    team.merge("hotfix/refund", "preprod", &["--no-ff"]);
    team.world
        .git(&["push", "-q", "origin", "--delete", "hotfix/refund"]);
    team.world.git(&["checkout", "-q", "--detach"]);
    team.world.git(&["branch", "-D", "hotfix/refund"]);
    let board = team.look(&id);
    assert_eq!(commits(&board), 2, "{}", findings(&board));
    assert!(is_done(&board, "run"), "{:?}", step(&board, "run").state);
}

#[test]
fn two_hotfixes_in_one_promotion_see_each_other_and_both_see_it_done() {
    let team = Team::new();
    let first = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    let second = team.start("login");
    team.fix(&[(20, "login fixed")], "Fix the login");
    for id in [&first, &second] {
        team.act(id, "do run");
        team.act(id, "do run");
    }
    let riders_of = |id: &HotfixId| riders(&team.look(id)).len();
    assert_eq!((riders_of(&first), riders_of(&second)), (1, 1));
    team.act(&first, "do promote");
    // The second adopts the open request, and is told about the first.
    let why = team
        .tried(&second, "do promote")
        .expect_err("riders are not accepted");
    assert!(why.contains("1 rider"), "{why}");
    team.act(&first, "do promote --accept-riders 1");
    for id in [&first, &second] {
        let board = team.look(id);
        assert!(
            is_done(&board, "promote"),
            "{:?}",
            step(&board, "promote").state
        );
        let findings = findings(&board);
        assert!(!findings.contains("no change request"), "{findings}");
    }
}

#[test]
fn riders_that_are_too_many_to_list_are_counted_and_accepted_all_the_same() {
    let team = Team::new();
    let id = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    for _ in 0..2 {
        team.act(&id, "do run");
    }
    team.world.grow("preprod", 301);
    let board = team.look(&id);
    assert_eq!(
        (ships(&board).listed.len(), ships(&board).count()),
        (300, 301)
    );
    team.act(&id, "do promote");
    let why = team
        .tried(&id, "do promote --accept-riders 300")
        .expect_err("there is one more");
    assert!(
        why.contains("301 riders would ship") && why.contains("and 1 more"),
        "{why}"
    );
    team.act(&id, "do promote --accept-riders 301");
    let board = team.look(&id);
    assert!(
        is_done(&board, "promote"),
        "{:?}",
        step(&board, "promote").state
    );
}

#[test]
fn a_fix_squashed_in_run_and_merged_in_build_does_not_contaminate_its_branch() {
    let team = Team::new();
    let id = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    team.act(&id, "do run");
    team.merge("hotfix/refund", "preprod", &["--squash"]);
    team.merge("hotfix/refund", "integration", &["--no-ff"]);
    let board = team.look(&id);
    assert_eq!(contamination(&board), 0);
    assert!(is_done(&board, "run"), "{:?}", step(&board, "run").state);
    team.world.switch("hotfix/refund", None);
    team.fix(&[(3, "fixed"), (20, "fixed too")], "Fix the other half");
    assert_eq!(
        contamination(&team.look(&id)),
        0,
        "{}",
        findings(&team.look(&id))
    );
}

#[test]
fn a_branch_name_used_again_does_not_inherit_what_was_merged_from_it() {
    let team = Team::new();
    let old = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    team.act(&old, "do run");
    team.act(&old, "do run");
    team.world
        .git(&["push", "-q", "origin", "--delete", "hotfix/refund"]);
    team.act(&old, "close --note \"given up\"");
    let new = team.start("refund");
    team.fix(&[(3, "fixed"), (20, "again")], "Fix the refund again");
    let board = team.look(&new);
    assert!(
        step(&board, "run").request.is_none(),
        "the old request is not ours"
    );
    assert_eq!(commits(&board), 1);
    assert!(!is_done(&board, "run"));
}

#[test]
fn commits_that_change_nothing_are_no_fix() {
    let team = Team::new();
    let id = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    team.fix(&[], "Take it back");
    let board = team.look(&id);
    let StepState::Failed(why) = &step(&board, "implement").state else {
        panic!("{:?}", step(&board, "implement").state);
    };
    assert!(why[0].contains("change nothing"), "{why:?}");
    assert!(team.tried(&id, "do run").is_err());
}

#[test]
fn a_retrofit_that_is_reverted_is_not_done_any_more() {
    let team = Team::new();
    let id = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    for _ in 0..2 {
        team.act(&id, "do run");
    }
    for _ in 0..2 {
        team.act(&id, "do promote");
    }
    team.merge("hotfix/refund", "integration", &["--no-ff"]);
    assert_eq!(
        verdict(&team.look(&id), "integration"),
        Some(Verdict::Present)
    );
    team.world.git(&["revert", "--no-edit", "-m", "1", "HEAD"]);
    team.world.git(&["push", "-q", "origin", "integration"]);
    let board = team.look(&id);
    assert_eq!(verdict(&board, "integration"), Some(Verdict::Absent));
    assert!(
        !is_done(&board, "retrofit"),
        "{:?}",
        step(&board, "retrofit").state
    );
    assert!(is_done(&board, "promote"));
}

#[test]
fn a_fix_that_somebody_rebased_and_pushed_without_a_request_is_picked_as_it_is_in_run() {
    let team = Team::new();
    let id = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    team.fix(&[(3, "fixed"), (20, "too")], "And its label");
    let world = &team.world;
    world.switch("main", Some("origin/main"));
    world.change("other.txt", "other\n", "Another change in RUN");
    world.git(&[
        "cherry-pick",
        "origin/hotfix/refund~1",
        "origin/hotfix/refund",
    ]);
    world.change("after.txt", "after\n", "And one after it");
    world.git(&["push", "-q", "origin", "main:main", "main:preprod"]);
    let board = team.look(&id);
    let picks = &board.seen.fix.value().expect("seen").picks;
    assert!(picks.whole.is_empty());
    let picked: Vec<String> = picks.single.iter().map(|one| one.id.to_string()).collect();
    let expected = ["main~2", "main~1"].map(|rev| world.id(rev).to_string());
    assert_eq!(picked, expected);
}

#[test]
fn a_start_from_a_lane_that_moved_is_refused_and_leaves_nothing_behind() {
    let team = Team::new();
    let plan = team.start_planned("refund");
    let world = &team.world;
    world.switch("preprod", Some("origin/preprod"));
    world.change("other.txt", "other\n", "Another change in RUN");
    world.switch("main", None);
    world.git(&["push", "-q", "origin", "preprod", "preprod:main"]);
    let before = team.refs();
    let results = team.execute(&plan);
    assert!(results[0].why.contains("plan again"), "{results:?}");
    assert!(results[1].why.contains("not started"), "{results:?}");
    assert_eq!(team.refs(), before, "something was written");
    assert_eq!(team.left_behind(), Vec::<String>::new());
    // Said again, it begins where the lane is now.
    team.start("refund");
    assert_eq!(world.id("hotfix/refund"), world.id("origin/preprod"));
}
