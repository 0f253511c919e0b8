//! The diff screen as people see it, and what its keys do.

#[path = "screens_diff_hostile.rs"]
mod screens_diff_hostile;

use lanekeeper::engine::DiffOf;
use lanekeeper::engine::comparison;
use lanekeeper::model::Diff;
use lanekeeper::model::RequestId;
use lanekeeper::model::Subject;
use lanekeeper::tui::app::DiffScreen;
use lanekeeper::tui::app::Effect;
use lanekeeper::tui::app::News;
use lanekeeper::tui::app::Overlay;
use lanekeeper::tui::view::ThemeName;
use lanekeeper::tui::view::Viewport;
use lanekeeper::tui::view::draw;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;

use super::screens::screen;
use super::screens::screens_console::Console;
use super::screens::screens_made::sample_diff;

/// Ben may approve 912; its diff is open.
fn console(width: u16, height: u16) -> Console {
    let mut console = Console::open("ben", width, height);
    console.keys("3 d");
    assert!(shown(&console).is_some(), "{:?}", console.app.status);
    console
}

fn shown(console: &Console) -> Option<&DiffScreen> {
    console
        .app
        .overlays
        .iter()
        .find_map(|overlay| match overlay {
            Overlay::Diff(screen) => Some(&**screen),
            _other => None,
        })
}

fn open(console: &Console) -> &DiffScreen {
    shown(console).expect("the diff is open")
}

fn about(console: &Console) -> lanekeeper::engine::Comparison {
    let of = DiffOf::Subject(Subject::Request(RequestId(912)));
    comparison(&console.board.seen, &console.board.book.project, &of).expect("in sight")
}

/// Opens this diff of 912 instead.
fn with(change: impl FnOnce(&mut Diff), width: u16, height: u16) -> Console {
    let mut console = Console::open("ben", width, height);
    let compared = about(&console);
    let mut diff = sample_diff(&compared.head);
    change(&mut diff);
    console.news(News::DiffOpened {
        generation: 0,
        compared: Box::new(compared),
        outcome: Ok(Box::new(diff)),
    });
    console
}

fn hide(diff: &mut Diff) {
    let line = &mut diff.files[0].hunks[0].lines[3];
    line.text = "    if is_\u{430}dmin\u{202e} { half_even(net) }".into();
    diff.files[1].new = Some("docs/re\u{200b}funds.md".into());
}

fn said(console: &Console) -> String {
    console
        .app
        .status
        .as_ref()
        .map_or_else(String::new, |status| status.text.clone())
}

#[test]
fn the_diff_at_80x24() {
    let mut console = console(80, 24);
    let first = screen(&console, false);
    console.keys("N N");
    insta::assert_snapshot!(format!("{first}\n{}", screen(&console, false)));
}

#[test]
fn the_diff_at_80x24_in_ascii() {
    let text = screen(&console(80, 24), true);
    assert!(text.is_ascii(), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn the_diff_at_120x35_with_hidden_characters() {
    insta::assert_snapshot!(screen(&with(hide, 120, 35), false));
}

#[test]
fn the_diff_at_200x60_side_by_side() {
    let mut console = console(200, 60);
    console.keys("space");
    let marked = screen(&console, false);
    console.keys("P");
    insta::assert_snapshot!(format!("{marked}\n{}", screen(&console, false)));
}

#[test]
fn the_approvals_before_and_after_a_look() {
    let mut console = Console::open("ben", 120, 35);
    console.keys("3");
    let before = screen(&console, false);
    console.keys("d q");
    let after = screen(&console, false);
    let rows = |text: &str| {
        let rows = text.lines().skip_while(|row| !row.contains("3 Approvals"));
        rows.map(|row| format!("{row}\n")).collect::<String>()
    };
    insta::assert_snapshot!(format!("{}\n{}", rows(&before), rows(&after)));
}

#[test]
fn without_colour_a_diff_is_told_by_signs_and_weight() {
    let console = with(hide, 120, 35);
    let mut terminal = Terminal::new(TestBackend::new(120, 35)).expect("test terminal");
    let mut viewport = Viewport::new(ThemeName::Mono, false);
    terminal
        .draw(|frame| draw(&console.app, &mut viewport, frame))
        .expect("drawn");
    let buffer = terminal.backend().buffer();
    for cell in &buffer.content {
        assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset));
    }
    let text = screen(&console, false);
    for sign in [
        "-     let cents",
        "+     tracing",
        "[ ] M",
        "3 hidden characters",
    ] {
        assert!(text.contains(sign), "{sign}\n{text}");
    }
}

#[test]
fn approving_is_off_until_the_diff_was_opened_and_again_after_a_push() {
    let mut console = Console::open("ben", 120, 35);
    console.keys("3 a");
    assert!(said(&console).contains("not opened"), "{}", said(&console));
    assert!(console.app.overlays.is_empty());
    console.keys("Enter");
    let kept = console
        .effects
        .iter()
        .filter(|effect| matches!(effect, Effect::KeepGlance { .. }));
    assert_eq!(kept.count(), 1);
    console.keys("q");
    // Somebody pushes.
    let push = |console: &mut Console| {
        let requests = console.board.seen.requests.clone();
        console.board.seen.requests = requests.map(|mut requests| {
            for request in requests.iter_mut().filter(|request| request.id.0 == 912) {
                request.head = "b".repeat(40).parse().expect("static id");
            }
            requests
        });
        console.keys("r");
    };
    push(&mut console);
    assert!(screen(&console, false).contains("changed since you looked"));
    console.keys("a");
    assert!(
        said(&console).contains("changed since you looked"),
        "{}",
        said(&console)
    );
    console.keys("d a");
    assert!(
        matches!(console.app.overlay(), Some(Overlay::Editor(_))),
        "{}",
        said(&console)
    );
    console.keys("Ctrl-S");
    let Some(Overlay::Plan(plan)) = console.app.overlay() else {
        panic!("no plan: {}", said(&console));
    };
    let words = plan.plan.intent.to_string();
    assert!(
        words.contains(&format!("--seen {}", "b".repeat(40))),
        "{words}"
    );
}

#[test]
fn a_push_while_the_diff_is_open_is_told_and_the_yes_is_for_nothing_else() {
    let mut console = console(120, 35);
    let requests = console.board.seen.requests.clone();
    console.board.seen.requests = requests.map(|mut requests| {
        for request in requests.iter_mut().filter(|request| request.id.0 == 912) {
            request.head = "b".repeat(40).parse().expect("static id");
        }
        requests
    });
    console.news(News::RefsMoved);
    assert!(
        said(&console).contains("changed while you looked"),
        "{}",
        said(&console)
    );
    console.keys("a");
    assert!(
        shown(&console).is_some() && console.app.overlays.len() == 1,
        "{}",
        said(&console)
    );
}

#[test]
fn hidden_characters_need_a_key_of_their_own() {
    let mut console = with(hide, 120, 35);
    console.keys("a");
    assert!(
        said(&console).contains("3 hidden characters"),
        "{}",
        said(&console)
    );
    assert_eq!(console.app.overlays.len(), 1);
    console.keys("m");
    assert!(open(&console).layout.marked.contains(&open(&console).top) || open(&console).file == 0);
    console.keys("H a");
    assert!(
        matches!(console.app.overlay(), Some(Overlay::Editor(_))),
        "{}",
        said(&console)
    );
}

#[test]
fn what_hides_and_what_is_refused_are_told_to_their_end_at_80_columns() {
    let mut console = with(hide, 80, 24);
    let shown = |console: &Console| {
        let text = screen(console, false);
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ")
    };
    let text = shown(&console);
    assert!(text.contains("only then can it be approved"), "{text}");
    assert!(text.contains("H saw hidden"), "{text}");
    assert!(text.contains("q back"), "{text}");
    console.keys("a");
    let words: Vec<String> = said(&console)
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let text = shown(&console);
    assert!(text.contains(&words.join(" ")), "{text}");
}

#[test]
fn own_changes_are_shown_and_cannot_be_approved() {
    let mut console = Console::open("ana", 120, 35);
    let author = console.board.seen.requests.value().into_iter().flatten();
    let author = author
        .filter(|request| request.id.0 == 912)
        .map(|request| request.author.clone())
        .next();
    console.board.seen.me = author.expect("it has an author");
    console.keys("r 3 d");
    assert!(shown(&console).is_some(), "{}", said(&console));
    console.keys("a");
    assert!(
        said(&console).contains("you opened it"),
        "{}",
        said(&console)
    );
    assert_eq!(console.app.overlays.len(), 1);
}

#[test]
fn keys_move_mark_and_search() {
    let mut console = console(80, 12);
    console.keys("n");
    assert_eq!((open(&console).file, open(&console).hunk().0), (0, 2));
    console.keys("p p");
    assert_eq!((open(&console).file, open(&console).top), (0, 0));
    console.keys("]");
    assert_eq!((open(&console).file, open(&console).hunk().0), (0, 2));
    console.keys("[ [");
    assert_eq!((open(&console).file, open(&console).top), (0, 0));
    console.keys("N N N");
    assert_eq!(open(&console).file, 2);
    console.keys("P space");
    assert_eq!((open(&console).file, open(&console).seen.len()), (2, 1));
    console.keys("v");
    assert_eq!((open(&console).file, open(&console).seen.len()), (0, 2));
    console.keys("/");
    console.type_text("EVEN");
    console.keys("Enter");
    let first = (open(&console).file, open(&console).top);
    assert_eq!(first.0, 0);
    console.keys("Enter Enter");
    assert_eq!(open(&console).file, 1, "on to the next file");
    console.keys("G g g j k q");
    assert!(shown(&console).is_none());
    console.keys("d");
    assert_eq!(open(&console).seen.len(), 2, "marks stay for this head");
}

#[test]
fn the_selected_event_of_the_graph_has_a_diff_and_a_paste_or_a_held_key_decides_nothing() {
    let mut console = Console::open("ben", 120, 35);
    console.keys("1 ]");
    console.keys("[ d");
    assert!(shown(&console).is_some(), "{}", said(&console));
    let mut console = with(hide, 120, 35);
    console.news(News::Pasted("Ha\ny".into()));
    console.news(News::Repeated("H".parse().expect("a key")));
    console.news(News::Repeated("a".parse().expect("a key")));
    assert!(!open(&console).saw_hidden);
    assert_eq!(console.app.overlays.len(), 1);
    console.keys("?");
    let help = screen(&console, false);
    assert!(
        help.contains("Mark the file as seen") && help.contains("Keys in the diff"),
        "{help}"
    );
}

#[test]
fn a_long_line_is_wrapped_and_a_small_window_still_shows_it() {
    let long = |diff: &mut Diff| {
        diff.files[0].hunks[0].lines[3].text =
            format!("let x = \"{}\"; // §", "y".repeat(300)).into();
    };
    for (width, height) in [(40, 12), (80, 24), (200, 60)] {
        let mut console = with(long, width, height);
        let mut text = screen(&console, false);
        for _ in 0..30 {
            console.keys("j");
            text.push_str(&screen(&console, false));
        }
        assert!(text.contains('§'), "{width}x{height}\n{text}");
    }
}

#[test]
fn how_to_decide_and_to_leave_is_told_at_every_width() {
    for (width, height) in [(40, 12), (60, 15), (80, 24), (200, 60)] {
        let text = screen(&with(|_| {}, width, height), false);
        for words in ["request changes", "? help", "q back"] {
            assert!(text.contains(words), "{width}x{height}: {words}\n{text}");
        }
    }
}
