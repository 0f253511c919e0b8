//! What the console says of itself: for how long it stands, when the remote was seen.

use lanekeeper::engine::Level;
use lanekeeper::engine::Report;
use lanekeeper::model::Seen;
use lanekeeper::model::Timestamp;
use lanekeeper::tui::app::News;
use lanekeeper::tui::app::Options;
use lanekeeper::tui::app::Trouble;

use super::screen;
use super::screens_console::Console;
use super::screens_made::plan_of;
use super::screens_world::HOTFIX;
use super::screens_world::board;

fn header(console: &Console) -> String {
    let shown = screen(console, false);
    shown.lines().next().unwrap_or_default().to_owned()
}

fn said(console: &Console) -> Option<&str> {
    let status = console.app.status.as_ref();
    status.map(|status| status.text.as_str())
}

/// Lets somebody else do something, so that the next look tells of it.
fn something_happens(console: &mut Console) {
    let progress = console.board.progress.as_mut().expect("a hotfix");
    progress.is_complete = !progress.is_complete;
}

#[test]
fn what_was_said_goes_once_a_look_shows_otherwise() {
    let mut console = Console::open("ana", 120, 35);
    console.keys("X");
    assert!(said(&console).is_some(), "a reason why not");
    console.wait(5_000);
    console.news(News::Polled);
    assert!(said(&console).is_some(), "nothing has changed");
    something_happens(&mut console);
    console.news(News::Polled);
    assert_eq!(said(&console), None);
    // What was only just said is there for as long as it takes to read it.
    console.keys("X");
    something_happens(&mut console);
    console.news(News::Polled);
    assert!(said(&console).is_some());
    console.wait(4_000);
    assert_eq!(said(&console), None);
}

#[test]
fn what_was_said_goes_after_a_while_whatever_the_time_of_day_does() {
    let mut console = Console::open("ana", 120, 35);
    console.keys("X");
    console.wait(20_000);
    assert!(said(&console).is_some());
    let left = console.app.next_tick().expect("it will go");
    assert!(left <= 10_000, "{left}");
    let now = console.board.seen.now.as_second();
    console.board.seen.now = Timestamp::from_second(now - 86_400);
    console.wait(10_000);
    assert_eq!(said(&console), None);
}

#[test]
fn what_came_of_a_plan_stands_although_the_look_after_it_shows_what_it_did() {
    let mut console = Console::open("ana", 120, 35);
    let plan = plan_of(&console.board, Level::L1);
    console.show(plan);
    let run = console.app.run.as_ref().expect("it runs").id;
    something_happens(&mut console);
    console.wait(5_000);
    let results = Vec::new();
    console.news(News::Finished {
        run,
        outcome: Ok(Report { results }),
    });
    console.wait(5_000);
    let words = said(&console).expect("what came of it");
    assert!(words.starts_with("done: "), "{words}");
}

#[test]
fn what_went_wrong_stands_in_the_log() {
    let mut console = Console::open("ana", 120, 35);
    console.news(News::Copied {
        what: "the plan".into(),
        outcome: Err(Trouble::new("too long for the terminal's clipboard")),
    });
    console.wait(60_000);
    assert_eq!(said(&console), None);
    let last = console.app.log.entries.back().expect("an entry");
    assert_eq!(last.text, "copy the plan");
    assert!(last.outcome.contains("too long"), "{last:?}");
}

fn stale<T: Clone>(seen: &Seen<T>, at: Timestamp) -> Seen<T> {
    Seen::Stale {
        value: seen.value().expect("seen").clone(),
        at,
        why: "no route to host".into(),
    }
}

#[test]
fn a_console_that_begins_offline_says_when_what_it_shows_was_seen() {
    let mut board = board("ana");
    let at = Timestamp::from_second(board.seen.now.as_second() - 300);
    board.seen.tips = stale(&board.seen.tips, at);
    let options = Options {
        hotfix: Some(HOTFIX.parse().expect("test id")),
        ..Options::default()
    };
    let console = Console::with(options, board, 120, 35);
    let header = header(&console);
    assert!(header.contains("OFFLINE, seen 5 min ago"), "{header}");
}
