//! What nothing takes back is shown before it goes on record, here as on the command line (console.md 2.5).

use lanekeeper::engine::Expectation;
use lanekeeper::engine::FactState;
use lanekeeper::engine::Intent;
use lanekeeper::engine::Level;
use lanekeeper::engine::plan;
use lanekeeper::tui::app::ACTIONS;
use lanekeeper::tui::app::Overlay;
use lanekeeper::tui::app::PlanFocus;

use super::screen;
use super::screens_console::Console;
use super::screens_made::plan_of;

/// Returns what the open dialog warns of.
fn warnings(console: &Console) -> Vec<String> {
    let Some(Overlay::Plan(shown)) = console.app.overlay() else {
        panic!("no plan is shown: {:?}", console.app.status);
    };
    assert_eq!(shown.plan.level, Level::L2);
    assert_eq!(shown.focus, PlanFocus::Cancel);
    let facts = shown.plan.facts.iter();
    facts
        .filter(|fact| fact.state == FactState::Warn)
        .map(|fact| fact.text.clone())
        .collect()
}

#[test]
fn closing_shows_what_is_open_and_waits_for_a_yes() {
    let mut console = Console::open("ana", 120, 35);
    console.keys("R c");
    console.type_text("done");
    console.keys("Ctrl-S");
    assert!(console.executed().is_empty());
    let open = warnings(&console);
    for point in [
        "step `retrofit` is underway",
        "checklist: Tell support which orders are affected is todo",
    ] {
        assert!(open.iter().any(|line| line == point), "{open:?}");
    }
    let shown = screen(&console, false);
    assert!(shown.contains("step `retrofit` is underway"), "{shown}");
    assert!(shown.contains("not possible here"), "{shown}");

    // Cancel has the focus, and what was written stays.
    console.wait(500);
    console.keys("Enter");
    assert!(console.app.overlay().is_none());
    console.keys("R c Ctrl-S");
    console.wait(500);
    console.keys("y");
    console.wait(200);
    let done = console.executed();
    assert_eq!(done.len(), 1, "{:?}", console.app.status);
    let closed = Intent::Close {
        note: "done".to_owned(),
    };
    assert_eq!(done[0].intent, closed);
}

#[test]
fn a_step_is_skipped_and_a_target_given_up_only_after_a_yes() {
    for (way, warning) in [
        ("2 g g j j j R s", "nothing will show that"),
        ("2 g g j j j j j R a", "will not have the fix"),
    ] {
        let mut console = Console::open("ana", 120, 35);
        console.keys(way);
        console.type_text("nobody is there");
        console.keys("Ctrl-S");
        assert!(console.executed().is_empty(), "{way}");
        let told = warnings(&console);
        assert!(told.iter().any(|line| line.contains(warning)), "{told:?}");
        console.wait(500);
        console.keys("y");
        console.wait(200);
        assert_eq!(console.executed().len(), 1, "{way}");
    }
}

#[test]
fn the_table_of_keys_says_the_level_that_the_plan_has() {
    let console = Console::open("ana", 80, 24);
    let board = &console.board;
    let record = board.record.as_ref().expect("a hotfix");
    for (id, words) in [
        ("skip", "skip smoke --reason x"),
        (
            "abandon",
            "abandon retrofit --target integration --reason x",
        ),
        ("close", "close --note x"),
        ("tick", "tick support --note x"),
        ("note", "note x"),
        ("comment", "comment 912 x"),
    ] {
        let intent: Intent = words.parse().expect("static words");
        let plan = plan(&intent, &board.book, record, &board.seen).expect(words);
        let mut actions = ACTIONS.iter();
        let action = actions
            .find(|action| action.id == id)
            .expect("in the table");
        assert_eq!(plan.level, action.level, "{id}");
    }
}

#[test]
fn a_plan_shows_below_each_call_what_it_assumes() {
    let mut console = Console::open("ana", 120, 35);
    let mut plan = plan_of(&console.board, Level::L3);
    plan.changes[0].expects = vec![
        Expectation::Branch {
            branch: "retrofit/x".parse().expect("test branch"),
            at: None,
        },
        Expectation::Quiet {
            environment: "production".parse().expect("test environment"),
            but: None,
        },
    ];
    console.show(plan);
    let shown = screen(&console, false);
    for words in [
        "if retrofit/x does not exist",
        "if no deployment to production is running",
    ] {
        assert!(shown.contains(words), "{shown}");
    }
}

#[test]
fn the_detail_of_an_item_does_not_say_that_it_was_ticked_before_it_was() {
    let mut console = Console::open("ana", 120, 35);
    console.keys("2 G");
    let shown = screen(&console, false);
    assert!(shown.contains("ticks it"), "{shown}");
}
