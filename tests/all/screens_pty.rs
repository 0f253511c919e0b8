//! The console in a real pseudo terminal: start-up, resize, quit, signals, a terminal that does not answer.

mod scripts;
mod session;

use std::sync::Arc;
use std::time::Duration;

use lanekeeper::tui::app::Options;
use lanekeeper::tui::shell::Hands;
use lanekeeper::tui::shell::OwnTty;
use lanekeeper::tui::shell::ShellOptions;
use lanekeeper::tui::shell::Tty as _;
use lanekeeper::tui::shell::drive;
use lanekeeper::tui::view::ThemeName;
use lanekeeper::tui::view::Viewport;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use rustix::process::Signal;

use super::cli::project::Project;
use super::lane_gallery::lane_world::HOTFIX;
use super::screens::screens_loop::Fake;
use super::screens::screens_world::board;

pub(crate) use session::Session;

#[test]
fn the_console_starts_follows_the_size_and_quits() {
    let home = tempfile::tempdir().expect("a folder");
    let mut session = Session::demo(home.path(), true);
    session.until("1 Lanes");
    session.until("2 Checklist");
    session.until("┌");
    session.resize(120, 35);
    session.until("x: events, newest at right");
    session.resize(30, 8);
    session.until("needs 40x12");
    session.resize(80, 24);
    session.until("2 Checklist");
    session.send("q");
    let (code, _) = session.ended();
    assert_eq!(code, 0);
    session.assert_given_back();
}

#[test]
fn a_terminal_that_answers_nothing_gets_plain_characters() {
    let home = tempfile::tempdir().expect("a folder");
    let mut session = Session::demo(home.path(), false);
    session.until("+- 1 Lanes");
    session.send("q");
    assert_eq!(session.ended().0, 0);
    session.assert_given_back();
}

#[test]
fn signals_give_the_terminal_back_within_two_seconds() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let mut session = Session::fake("");
        session.until("2 Checklist");
        session.signal(signal);
        let (_, time) = session.ended();
        assert!(time <= Duration::from_secs(2), "{signal:?}: {time:?}");
        session.assert_given_back();
    }
}

#[test]
fn a_signal_that_comes_as_soon_as_the_terminal_is_taken_gives_it_back() {
    let project = Project::new();
    let mut session = Session::of(&project.binary("ana"));
    session.until_taken(1);
    session.signal(Signal::TERM);
    session.ended();
    session.assert_given_back();
}

#[test]
fn a_stopped_console_gives_the_terminal_back_and_takes_it_again() {
    let mut session = Session::fake("");
    let before = session.modes_before.clone();
    session.until("2 Checklist");
    assert_ne!(session.modes(), before, "raw while it runs");
    session.send("\x1a");
    session.until_stopped();
    assert_eq!(session.modes(), before);
    assert!(!session.screen.screen().alternate_screen());
    assert!(!session.screen.screen().hide_cursor());
    session.signal(Signal::CONT);
    session.until("2 Checklist");
    assert_ne!(session.modes(), before);
    session.send("q");
    assert_eq!(session.ended().0, 0);
    assert_eq!(session.modes(), before);
    assert!(!session.screen.screen().alternate_screen());
}

#[test]
fn a_panic_gives_the_terminal_back_once_and_its_message_can_be_read() {
    let mut session = Session::fake("panic");
    session.until("2 Checklist");
    session.send("r");
    session.until("a panic on the thread that draws");
    session.ended();
    session.assert_given_back();
    let text = String::from_utf8_lossy(&session.all);
    let back = text.find("\x1b[?1049l").expect("given back");
    let said = text.find("a panic on the thread that draws");
    assert!(said.expect("said") > back, "said where it can be read");
}

#[test]
fn a_storm_of_sizes_loses_no_key() {
    let mut session = Session::fake("");
    session.until("2 Checklist");
    session.send("?");
    // Letters, not Esc: a terminal sends Esc followed by a key in the same bytes as Alt with that key.
    let sizes = [(40, 12), (200, 60), (43, 50), (300, 12), (80, 24)];
    for (letter, (columns, rows)) in "storm".chars().zip(sizes) {
        session.resize(columns, rows);
        session.send(&letter.to_string());
    }
    session.until("storm");
    for (columns, rows) in [(1, 1), (200, 60), (2, 50), (39, 11), (300, 5), (80, 24)] {
        session.resize(columns, rows);
    }
    session.until("storm");
    session.send("\x03");
    session.until("2 Checklist");
    session.send("q");
    assert_eq!(session.ended().0, 0);
    session.assert_given_back();
}

#[test]
fn a_pasted_command_line_runs_nothing() {
    let mut session = Session::fake("");
    session.until("2 Checklist");
    session.send("\x1b[200~m\ny\nproduction\nq\n\x1b[201~");
    session.until("pasted text is no command");
    session.send("q");
    assert_eq!(session.ended().0, 0);
    session.assert_given_back();
}

/// Not a test of its own: the console on a made-up project, started in a pseudo terminal by those above.
#[test]
#[ignore = "started by other tests in a pseudo terminal"]
fn console_on_a_made_up_project() {
    let Some(mut tty) = OwnTty::find(false) else {
        return;
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "how the test that started this process tells it what to do"
    )]
    let how = std::env::var_os("MADE_UP");
    let hands: Arc<dyn Hands> = Arc::new(Fake {
        panics: how.is_some_and(|how| how == "panic"),
        ..Fake::on(board("ana"))
    });
    let options = ShellOptions {
        app: Options {
            hotfix: Some(HOTFIX.parse().expect("test id")),
            ..Options::default()
        },
        editor: Vec::new(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    tty.take().expect("a terminal");
    let backend = CrosstermBackend::new(std::io::stdout());
    let mut terminal = Terminal::new(backend).expect("a terminal");
    let viewport = Viewport::new(ThemeName::Dark, false);
    runtime
        .block_on(drive(&mut terminal, &mut tty, hands, viewport, options))
        .expect("the console ends well");
}
