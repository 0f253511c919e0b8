//! To go on with a run that died is to do what that was about: the same acts in the same places, and nothing behind them.

use lanekeeper::engine::Found;
use lanekeeper::engine::Interrupted;
use lanekeeper::engine::LeftCall;
use lanekeeper::model::Timestamp;

use super::answers::answer;
use super::world::World;

/// One target's request could be merged, another one's branch was not begun, the third's run died behind its branch.
const STORY: [&str; 10] = [
    "project gitflow",
    "fix f1",
    "request 12 hotfix/refund -> main unit=passed yes=ana:tech-lead merged=c1",
    "tip main c1",
    "present production",
    "deployment d1 c1 succeeded portal=ok admin=ok api-gateway=ok",
    "tip sync/x d1",
    "request 20 sync/x -> integration key=sync/integration unit=passed",
    "tip sync/production-to-release-4.2-c1c1c1c d2",
    "recorded declared \"git push refs/heads/sync/production-to-release-4.2-c1c1c1c <- merge c1c1c1c onto 3a3a3a3, on conflict draft with markers (must not exist)\"",
];

const BUILD: &str = "git push refs/heads/sync/production-to-release-4.2-c1c1c1c <- merge c1c1c1c onto 3a3a3a3, on conflict draft with markers (must not exist)";
const OPEN: &str =
    "open change request sync/production-to-release-4.2-c1c1c1c -> release/4.2 \"Refund\" [sync]";
const MERGE: &str = "merge change request 20 into integration by merge, head ";

fn there(words: &str) -> Found {
    Found::There {
        words: words.to_owned(),
        missing: Vec::new(),
        undo: None,
    }
}

/// Returns the plan that goes on with `do sync`, of which these calls were left.
fn gone_on(left: Vec<(String, Found)>) -> String {
    let mut world = World::default();
    for line in STORY {
        world.learn(line, "a run that died");
    }
    let anew = answer(&world, "plan do sync").expect("a question");
    for act in [MERGE, "release-4.1-c1c1c1c <- merge"] {
        assert!(anew.contains(act), "all of it does more: {anew}");
    }
    let calls = left.into_iter().map(|(call, found)| LeftCall {
        call,
        state: "sending",
        found,
    });
    world.seen.interrupted = vec![Interrupted {
        intent: "01J8Z3".parse().expect("static id"),
        words: Some("do sync".to_owned()),
        since: world.seen.now,
        calls: calls.collect(),
    }];
    answer(&world, "plan resume 01J8Z3 --continue").expect("a question")
}

/// Tells whether a plan makes a call with these words, beside what it puts on record.
fn does(plan: &str, act: &str) -> bool {
    let mut calls = plan.lines().filter(|line| {
        let is_call = line.trim_start().starts_with(|c: char| c.is_ascii_digit());
        is_call && !line.contains("effect.resolved")
    });
    calls.any(|line| line.contains(act))
}

const NEXT: &str = "no more than what was interrupted; next: `lanekeeper do sync`";

#[test]
fn the_target_that_was_interrupted_is_finished_and_no_other_is_begun_or_merged() {
    let plan = gone_on(vec![
        (BUILD.to_owned(), there("it is there, at d2d2d2d")),
        (OPEN.to_owned(), Found::NotBegun),
    ]);
    let opened = "open change request sync/production-to-release-4.2-c1c1c1c -> release/4.2";
    let does = |act: &str| does(&plan, act);
    assert!(does(opened), "{plan}");
    assert!(!does("merge change request"), "{plan}");
    assert!(!does("release-4.1"), "{plan}");
    assert!(plan.contains(NEXT), "{plan}");
}

#[test]
fn a_merge_is_gone_on_with_where_it_was_declared_and_of_the_head_that_was_looked_at() {
    for (head, is_made) in [("d1d1d1d", true), ("e9e9e9e", false)] {
        let declared = format!("{MERGE}{head}, onto 1a1a1a1");
        let plan = gone_on(vec![(declared, Found::Nowhere)]);
        let made = format!("{MERGE}d1d1d1d");
        assert_eq!(does(&plan, &made), is_made, "{plan}");
        assert!(!plan.contains("open change request"), "{plan}");
        assert!(plan.contains(NEXT), "{plan}");
    }
}

#[test]
fn what_arrived_is_put_on_record_and_the_next_stage_is_left_to_be_said() {
    let open = "open change request sync/x -> integration \"Refund\" [sync]";
    let plan = gone_on(vec![(open.to_owned(), there("change request 20 is there"))]);
    assert!(plan.contains("effect.resolved"), "{plan}");
    assert!(!plan.contains(MERGE), "{plan}");
    assert!(plan.contains(NEXT), "{plan}");
}

#[test]
fn a_start_that_may_still_be_on_its_way_to_a_forge_is_said_to_be_so() {
    for (runs_here, ago, is_told) in [(false, 5, true), (false, 30, false), (true, 5, false)] {
        let mut world = World::default();
        for line in STORY {
            world.learn(line, "a run that died");
        }
        world.seen.capabilities.runs_deployments = runs_here;
        let now = world.seen.now;
        world.seen.interrupted = vec![Interrupted {
            intent: "01J8Z3".parse().expect("static id"),
            words: Some("do deploy".to_owned()),
            since: Timestamp::from_second(now.as_second() - ago),
            calls: vec![LeftCall {
                call: "start deployment d1 of c1c1c1c to prod".to_owned(),
                state: "sending",
                found: Found::Nowhere,
            }],
        }];
        let plan = answer(&world, "plan resume 01J8Z3 --skip").expect("a question");
        let told = "no trace of it on the remote; it may still arrive: look again in 25 s";
        assert_eq!(plan.contains(told), is_told, "{plan}");
    }
}
