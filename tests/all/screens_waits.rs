//! Who is waited for stands on the screen: every seat, in rows of its own, however small the pane is.

use lanekeeper::engine::Board;
use lanekeeper::engine::derive;
use lanekeeper::model::ChangeRequest;
use lanekeeper::model::Person;
use lanekeeper::tui::app::FooterKind;
use lanekeeper::tui::app::Options;
use lanekeeper::tui::app::footer;
use lanekeeper::tui::view::ThemeName;
use lanekeeper::tui::view::Viewport;
use lanekeeper::tui::view::draw;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::screen;
use super::screens_console::Console;
use super::screens_world::HOTFIX;
use super::screens_world::board;

/// The board that Ana sees, with the request into production changed.
fn changed(change: impl Fn(&mut ChangeRequest)) -> Board {
    let mut board = board("ana");
    board.seen.requests = board.seen.requests.clone().map(|mut requests| {
        let mut all = requests.iter_mut();
        change(
            all.find(|request| request.id.0 == 912)
                .expect("it is there"),
        );
        requests
    });
    let record = board.record.as_ref().expect("a hotfix");
    board.progress = Some(derive(&board.book, record, &board.seen));
    board
}

fn console(board: Board, width: u16, height: u16) -> Console {
    let options = Options {
        project: "acme/crm".into(),
        hotfix: Some(HOTFIX.parse().expect("static id")),
        ..Options::default()
    };
    Console::with(options, board, width, height)
}

/// Draws as the shell does, which tells the console how far its panes can go, and returns the text.
fn drawn(console: &mut Console) -> String {
    let (width, height) = console.app.size;
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("test terminal");
    let mut viewport = Viewport::new(ThemeName::Dark, false);
    terminal
        .draw(|frame| draw(&console.app, &mut viewport, frame))
        .expect("drawn");
    console.app.limits = viewport.limits();
    screen(console, false)
}

#[test]
fn an_approval_that_is_longer_than_its_pane_says_so_and_scrolls_to_its_last_seat() {
    let mut board = board("ana");
    let mut lanes = board.book.project.lanes.iter_mut();
    let production = lanes
        .find(|lane| lane.name.as_str() == "production")
        .expect("a lane");
    for role in ["quality", "operations", "legal", "finance"] {
        production.seats.push(role.parse().expect("static role"));
    }
    let mut console = console(board, 80, 24);
    console.keys("3");
    let first = drawn(&mut console);
    assert!(first.contains("> PR  #912"), "{first}");
    assert!(first.contains("more below: j"), "{first}");
    assert!(!first.contains("wait finance"), "{first}");
    for _ in 0..6 {
        console.keys("j");
        drawn(&mut console);
    }
    let last = drawn(&mut console);
    assert!(last.contains("wait finance  nobody may"), "{last}");
    assert!(!last.contains("more below"), "{last}");
    console.keys("g g");
    let top = drawn(&mut console);
    assert!(top.contains("> PR  #912"), "{top}");
    assert!(!top.contains("wait finance"), "{top}");
    console.keys("G");
    let end = drawn(&mut console);
    assert!(end.contains("wait finance"), "{end}");
}

#[test]
fn the_checklist_names_every_seat_that_is_waited_for() {
    let console = console(changed(|request| request.approvals.clear()), 120, 35);
    let lines = footer(&console.app);
    let wait = lines.iter().find(|line| line.kind == FooterKind::Wait);
    let both = "the tech-lead and the product-manager on change request 912";
    assert_eq!(wait.map(|line| line.text.as_str()), Some(both));
}

#[test]
fn detail_tells_whose_yes_is_missing_and_who_may_give_it() {
    let mut console = Console::open("ana", 120, 35);
    console.keys("4 z");
    let shown = screen(&console, false);
    let missing = "wait product-manager: ben@example.org (not you: you opened it)";
    assert!(shown.contains(missing), "{shown}");
}

#[test]
fn what_everybody_agreed_to_waits_for_nobody_elses_yes() {
    let board = changed(|request| {
        let mut second = request.approvals[0].clone();
        second.by = Person::from_email("ben", "ben@example.org");
        second.role = Some("product-manager".parse().expect("static role"));
        request.approvals.push(second);
    });
    let shown = screen(&console(board, 120, 35), false);
    assert!(shown.contains("approved, not carried out"), "{shown}");
    assert!(!shown.contains("waiting for others"), "{shown}");
}

#[test]
fn why_it_is_not_you_is_wrapped_where_there_is_room_below() {
    let shown = screen(&Console::open("ana", 120, 35), false);
    for part in [
        "wait product-manager  may:",
        "ben@example.org; you",
        "opened it",
    ] {
        assert!(shown.contains(part), "{shown}");
    }
}
