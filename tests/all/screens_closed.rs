//! A hotfix that is closed takes no words any more: no key offers to write any, and who tries is told at once.

use lanekeeper::engine::Intent;
use lanekeeper::engine::plan;
use lanekeeper::model::Person;
use lanekeeper::record::Confirmation;
use lanekeeper::tui::app::ACTIONS;
use lanekeeper::tui::app::Options;

use super::screens_console::Console;
use super::screens_world::HOTFIX;
use super::screens_world::board;
use super::unicode;

fn closed() -> Console {
    let mut board = board("ana");
    let at = board.seen.now;
    let record = board.record.as_mut().expect("a hotfix");
    record.closed = Some(Confirmation {
        by: Person::from_email("ben", "ben@example.org"),
        at,
        note: "done".to_owned(),
    });
    let options = Options {
        project: "acme/crm".into(),
        hotfix: Some(HOTFIX.parse().expect("test id")),
        ..Options::default()
    };
    Console::with(options, board, 80, 24)
}

#[test]
fn a_closed_hotfix_offers_no_tick_and_no_note() {
    let mut console = closed();
    console.keys("2 G");
    let shown = unicode(&console);
    let hints = shown.lines().last().expect("hints");
    for words in ["space tick", "N note"] {
        assert!(!hints.contains(words), "{hints}");
    }
    for id in ["tick", "note", "edit", "comment", "skip", "abandon"] {
        let mut actions = ACTIONS.iter();
        let action = actions.find(|action| action.id == id);
        let reason = (action.expect("in the table").enabled)(&console.app);
        assert!(reason.is_err(), "{id}");
    }
    console.keys("N");
    assert!(console.app.overlay().is_none(), "nothing is typed in vain");
    let shown = unicode(&console);
    assert!(shown.contains("this hotfix was closed by ben"), "{shown}");
}

#[test]
fn a_refusal_does_not_hold_what_was_written() {
    let console = closed();
    let record = console.board.record.as_ref().expect("a hotfix");
    for (words, wanted) in [
        ("tick support --note because", "tick support"),
        ("note because", "note"),
        ("comment 912 because", "comment 912"),
    ] {
        let intent: Intent = words.parse().expect("static words");
        let refusal = plan(&intent, &console.board.book, record, &console.board.seen);
        assert_eq!(refusal.expect_err("it is closed").wanted, wanted);
    }
}
