//! What is taken back, and which keys may do it: evidence comes back with its own words, and keys that were meant for a
//! question that is gone do nothing.

use std::time::Duration;

use lanekeeper::engine::Intent;
use lanekeeper::engine::Level;
use lanekeeper::engine::Report;
use lanekeeper::engine::derive;
use lanekeeper::model::ItemId;
use lanekeeper::model::Person;
use lanekeeper::record::Tick;
use lanekeeper::tui::app::Effect;
use lanekeeper::tui::app::News;

use super::screens_console::Console;
use super::screens_made::plan_of;

const NOTE: &str = "tested on my laptop with 3 orders";

fn support() -> ItemId {
    "support".parse().expect("static id")
}

/// Puts the item on the record as `by` left it.
fn leave(console: &mut Console, by: &str, is_ticked: bool, note: &str) {
    let board = &mut console.board;
    let record = board.record.as_mut().expect("a hotfix");
    let tick = Tick {
        is_ticked,
        by: Person::from_email(by, &format!("{by}@example.org")),
        at: board.seen.now,
        note: note.to_owned(),
    };
    record.ticks.insert(support(), tick);
    board.progress = Some(derive(&board.book, record, &board.seen));
}

/// Lets what runs come to its end.
fn finish(console: &mut Console) {
    let run = console.app.run.as_ref().expect("it runs").id;
    let outcome = Ok(Report {
        results: Vec::new(),
    });
    console.news(News::Finished { run, outcome });
}

/// A console in which Ana has just unticked what `by` had ticked.
fn unticked(by: &str) -> Console {
    let mut console = Console::open("ana", 80, 24);
    leave(&mut console, by, true, NOTE);
    console.keys("r 2 G k k space");
    console.type_text("a slip");
    console.keys("Ctrl-S");
    leave(&mut console, "ana", false, "a slip");
    finish(&mut console);
    console
}

/// Returns the intents that were carried out.
fn done(console: &Console) -> Vec<Intent> {
    let plans = console.executed().into_iter();
    plans.map(|plan| plan.intent.clone()).collect()
}

#[test]
fn a_tick_that_comes_back_has_the_words_it_had_and_names_who_saw_it() {
    for (by, note) in [
        ("ana", NOTE.to_owned()),
        ("ben", format!("{NOTE} (first ticked by ben)")),
    ] {
        let mut console = unticked(by);
        console.keys("u");
        let again = Intent::Tick {
            item: support(),
            note: Some(note),
        };
        assert_eq!(done(&console).last(), Some(&again));
    }
}

#[test]
fn keys_that_go_on_after_a_question_closed_by_itself_are_not_heard_until_the_hands_rest() {
    let mut console = unticked("ana");
    let mut plan = plan_of(&console.board, Level::L4);
    plan.lasts = Duration::from_secs(120);
    console.show(plan);
    console.wait(500);
    console.type_text("prod");
    console.wait(120_000);
    assert!(console.app.overlay().is_none(), "it expired");
    let before = console.effects.len();
    console.type_text("uction");
    assert!(console.app.overlay().is_none());
    let asked = |effect: &Effect| !matches!(effect, Effect::Look { .. });
    let since: Vec<&Effect> = console.effects[before..]
        .iter()
        .filter(|one| asked(one))
        .collect();
    assert!(since.is_empty(), "{since:?}");
    let status = console.app.status.as_ref().expect("said so");
    assert!(status.text.contains("expired"), "{}", status.text);
    assert!(status.text.contains("ignored"), "{}", status.text);
    console.wait(1_500);
    console.keys("u");
    assert_eq!(done(&console).len(), 2, "{:?}", console.app.status);
}

#[test]
fn a_no_is_heard_after_a_question_closed_by_itself_too() {
    let mut console = Console::open("ana", 80, 24);
    console.keys("z");
    assert!(console.app.is_zoomed);
    let mut plan = plan_of(&console.board, Level::L3);
    plan.lasts = Duration::from_secs(120);
    console.show(plan);
    console.news(News::FocusLost);
    console.news(News::FocusGained);
    console.keys("z");
    assert!(console.app.is_zoomed, "not heard");
    console.keys("Esc");
    assert!(!console.app.is_zoomed);
}
