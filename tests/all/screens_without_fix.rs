//! A lane that would be left without the fix, and one that nothing of it ever came into: both are asked about.

use std::collections::BTreeSet;
use std::time::Duration;

use lanekeeper::engine::Fact;
use lanekeeper::engine::FactState;
use lanekeeper::engine::Level;
use lanekeeper::model::LaneName;
use lanekeeper::model::PathVerdict;
use lanekeeper::model::Presence;
use lanekeeper::model::Seen;
use lanekeeper::model::Verdict;

use super::screen;
use super::screens_console::Console;
use super::screens_made::plan_of;
use super::screens_safety::is_open;

#[test]
fn a_plan_that_leaves_a_lane_without_the_fix_needs_the_name_of_that_lane_and_nothing_less() {
    let mut console = Console::open("ana", 80, 24);
    let mut plan = plan_of(&console.board, Level::L4);
    plan.lasts = Duration::from_secs(120);
    plan.title = "merge change request 6 into integration, WITHOUT THE FIX".into();
    plan.environment = Some("integration".parse().expect("test name"));
    let risk = Fact {
        state: FactState::Risk,
        text: "nothing of the fix is left in it".into(),
    };
    plan.facts.insert(0, risk);
    console.show(plan);
    console.wait(500);
    let shown = screen(&console, true);
    for said in ["DANGER", "RISK", "Type the lane name to run"] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    console.keys("Tab y");
    console.wait(200);
    console.keys("Shift-Tab");
    console.type_text("integratio");
    console.keys("Enter");
    console.wait(200);
    assert!(console.executed().is_empty(), "not the whole name");
    console.type_text("n");
    console.keys("Enter");
    console.wait(200);
    assert_eq!(console.executed().len(), 1);
}

#[test]
fn a_changed_lane_that_nothing_came_into_can_be_accepted_and_is_asked_about() {
    let mut console = Console::open("ana", 120, 35);
    let lane: LaneName = "integration".parse().expect("a lane");
    let seen = console.board.seen.presence[&lane].clone();
    let seen = seen.map(|presence| Presence {
        verdict: Verdict::Changed,
        paths: vec![PathVerdict {
            path: "src/refund.rs".into(),
            verdict: Verdict::Changed,
            blob: None,
            made: None,
            at: None,
        }],
        ..presence
    });
    console.board.seen.presence.insert(lane.clone(), seen);
    let now = console.board.seen.now;
    console.board.seen.unreached = Seen::known(BTreeSet::from([lane]), now);
    console.keys("r");
    console.keys("R k");
    console.type_text("solved otherwise");
    console.keys("Ctrl-S");
    console.wait(500);
    assert!(is_open(&console), "{}", screen(&console, true));
    assert!(console.executed().is_empty());
    let shown = screen(&console, true);
    assert!(shown.contains("nothing of the fix was ever"), "{shown}");
    console.keys("y");
    console.wait(200);
    assert_eq!(console.executed().len(), 1);
}
