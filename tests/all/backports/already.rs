//! The fix is in the target already, or was: what is told, and that nothing is built twice.

use lanekeeper::git::ConflictPolicy;
use lanekeeper::model::CommitId;
use lanekeeper::model::PredictionOutcome;
use lanekeeper::model::Rule;
use lanekeeper::model::Verdict;

use super::bench::Bench;
use super::bench::Ground;
use super::bench::LINES;

/// A fix of two commits, merged into `main`.
fn merged_fix(ground: &Ground) -> CommitId {
    let world = &ground.world;
    world.switch("fix", Some("main"));
    world.change("app.txt", LINES.replace('5', "five"), "fix one");
    world.change("other.txt", "fixed\n", "fix two");
    world.switch("main", None);
    world.git(&["merge", "-q", "--no-ff", "--no-edit", "fix"]);
    world.id("main")
}

fn verdict(bench: &Bench, fix: &CommitId) -> (Verdict, Option<Rule>) {
    let base = bench.id("main^1");
    let judged = bench.repo.presence(&base, fix, &bench.id("develop"));
    let judged = judged.expect("judged");
    (judged.verdict, judged.rule)
}

fn predicted(bench: &Bench, fix: &CommitId) -> PredictionOutcome {
    let commits = std::slice::from_ref(fix);
    let predicted = bench.repo.predict_picks(commits, &bench.id("develop"));
    predicted.expect("predicted").outcome
}

#[test]
fn a_merge_picked_whole_earlier_is_found_by_its_tree_and_not_picked_again() {
    let ground = Ground::new();
    let fix = merged_fix(&ground);
    ground.world.switch("develop", None);
    ground
        .world
        .git(&["cherry-pick", "-x", "-m", "1", fix.as_str()]);
    let bench = ground.look();
    assert_eq!(
        verdict(&bench, &fix),
        (Verdict::Present, Some(Rule::Trailer))
    );
    assert_eq!(predicted(&bench, &fix), PredictionOutcome::Already);
    assert_eq!(bench.pick(&[&fix]).head, bench.id("develop"));
}

#[test]
fn a_fix_applied_again_by_hand_is_present_without_any_trailer() {
    let ground = Ground::new();
    let fix = merged_fix(&ground);
    let world = &ground.world;
    world.switch("develop", None);
    world.write("app.txt", LINES.replace('5', "five"));
    world.write("other.txt", "fixed\n");
    world.commit("by hand");
    let bench = ground.look();
    assert_eq!(
        verdict(&bench, &fix),
        (Verdict::Present, Some(Rule::PatchId))
    );
    assert_eq!(predicted(&bench, &fix), PredictionOutcome::Already);
}

#[test]
fn half_of_a_fix_is_changed_and_the_other_half_is_still_picked() {
    let ground = Ground::new();
    let fix = merged_fix(&ground);
    ground.world.switch("develop", None);
    ground
        .world
        .change("app.txt", LINES.replace('5', "five"), "half");
    let bench = ground.look();
    assert_eq!(verdict(&bench, &fix).0, Verdict::Changed);
    let built = bench.pick(&[&fix]);
    assert!(built.conflicts.is_empty());
    assert_eq!(
        bench.file(&built.head, "other.txt").as_deref(),
        Some("fixed\n")
    );
}

#[test]
fn a_fix_reverted_on_the_target_is_absent_although_its_trailer_is_there() {
    let ground = Ground::new();
    let fix = merged_fix(&ground);
    let world = &ground.world;
    world.switch("develop", None);
    world.git(&["cherry-pick", "-x", "-m", "1", fix.as_str()]);
    world.git(&["revert", "--no-edit", "HEAD"]);
    let bench = ground.look();
    assert_eq!(verdict(&bench, &fix).0, Verdict::Absent);
    // It can be brought again.
    let onto = bench.id("develop");
    let built = bench.try_pick(&[&fix], &onto, ConflictPolicy::Fail);
    let built = built.expect("clean");
    assert_ne!(built.head, onto);
}

#[test]
fn a_fix_that_was_refined_on_build_is_changed_and_a_person_looks() {
    let ground = Ground::new();
    let fix = merged_fix(&ground);
    let world = &ground.world;
    world.switch("develop", None);
    world.git(&["cherry-pick", "-x", "-m", "1", fix.as_str()]);
    world.change("app.txt", LINES.replace('5', "FIVE and more"), "refine");
    let bench = ground.look();
    assert_eq!(verdict(&bench, &fix).0, Verdict::Changed);
    let base = bench.id("main^1");
    let judged = bench.repo.presence(&base, &fix, &bench.id("develop"));
    let paths: Vec<(String, Verdict)> = judged
        .expect("judged")
        .paths
        .into_iter()
        .map(|path| (path.path, path.verdict))
        .collect();
    assert!(paths.contains(&("other.txt".to_owned(), Verdict::Present)));
    assert!(paths.contains(&("app.txt".to_owned(), Verdict::Changed)));
}
