//! A forge that asks for a wait: how long it still takes is on the screen while a look, a plan or a run waits.

use lanekeeper::engine::Finding;
use lanekeeper::engine::Level;
use lanekeeper::engine::derive;
use lanekeeper::model::Timestamp;
use lanekeeper::tui::app::App;
use lanekeeper::tui::app::Clock;
use lanekeeper::tui::app::News;
use lanekeeper::tui::app::Options;
use lanekeeper::tui::app::begin;
use lanekeeper::tui::app::other_clock;

use super::screen;
use super::screens_console::Console;
use super::screens_safety::with_plan;
use super::unicode;

/// Tells how long the forge wants quiet from now on.
fn quieted(console: &mut Console, seconds: i64) {
    let now = console.app.clock.now.as_second();
    let until = Some(Timestamp::from_second(now + seconds));
    console.news(News::Quieted { until });
}

#[test]
fn the_header_counts_a_wait_down() {
    let mut console = Console::open("ana", 80, 24);
    console.board.seen.capabilities.forge = "gitlab 17.10".to_owned();
    console.keys("r");
    quieted(&mut console, 58);
    insta::assert_snapshot!(unicode(&console));
    console.wait(13_000);
    console.news(News::Tick);
    for is_ascii in [false, true] {
        let shown = screen(&console, is_ascii);
        let header = shown.lines().next().unwrap_or_default();
        assert!(header.contains("gitlab asks to wait 0:45"), "{header}");
    }
    console.wait(45_000);
    console.news(News::Tick);
    assert!(!unicode(&console).contains("asks to wait"), "it is over");
}

#[test]
fn a_forge_whose_clock_is_another_is_told_in_the_header_and_among_the_findings() {
    let mut console = Console::open("ana", 120, 35);
    assert_eq!(other_clock(&console.app), None);
    let board = &mut console.board;
    board.seen.capabilities.forge = "gitlab 17.10".to_owned();
    board.seen.clock_offset = Some(-45);
    let record = board.record.as_ref().expect("a hotfix");
    let progress = derive(&board.book, record, &board.seen);
    let is_told = |finding: &Finding| finding.text.contains("gitlab 17.10 is 45 s behind");
    assert!(progress.findings.iter().any(is_told));
    console.keys("r");
    let header = unicode(&console);
    let header = header.lines().next().unwrap_or_default();
    assert!(header.contains("gitlab's clock -45 s"), "{header}");
}

#[test]
fn a_run_that_waits_says_for_how_long() {
    let mut console = with_plan(Level::L3);
    console.wait(1_000);
    console.keys("y");
    console.wait(1_000);
    console.news(News::Tick);
    let run = console.app.run.as_ref().expect("it runs").title.clone();
    quieted(&mut console, 119);
    // The line may be broken where it is too long for one row.
    let shown = unicode(&console).replace(['\n', ' '], "");
    let said = format!("running: {run}; local asks to wait 1:59, then it goes on");
    assert!(shown.contains(&said.replace(' ', "")), "{shown}");
    console.news(News::Quieted { until: None });
    assert!(!unicode(&console).contains("asks to wait"));
}

#[test]
fn the_first_look_may_wait_too() {
    let clock = Clock {
        now: Timestamp::from_second(1_772_445_600),
        millis: 0,
    };
    let mut app = App::new(Options::default(), clock, (80, 24));
    let _look = begin(&mut app);
    assert_eq!(app.next_tick(), Some(1_000), "a wait would be asked about");
    app.quiet_until = Some(Timestamp::from_second(1_772_445_660));
    let asks = lanekeeper::tui::app::asks_to_wait(&app);
    assert_eq!(asks.as_deref(), Some("the forge asks to wait 1:00"));
}
