//! The diff screen as people see it, what its keys do, and that nothing in a diff reaches the terminal but as text.

use std::io::Write;

use lanekeeper::engine::DiffOf;
use lanekeeper::engine::comparison;
use lanekeeper::model::Diff;
use lanekeeper::model::DiffFile;
use lanekeeper::model::DiffHunk;
use lanekeeper::model::DiffLine;
use lanekeeper::model::FileContent;
use lanekeeper::model::FileFate;
use lanekeeper::model::LineSide;
use lanekeeper::model::RequestId;
use lanekeeper::model::Subject;
use lanekeeper::model::Untrusted;
use lanekeeper::tui::app::DiffScreen;
use lanekeeper::tui::app::Effect;
use lanekeeper::tui::app::News;
use lanekeeper::tui::app::Overlay;
use lanekeeper::tui::view::ThemeName;
use lanekeeper::tui::view::Viewport;
use lanekeeper::tui::view::draw;
use ratatui::Terminal;
use ratatui::TerminalOptions;
use ratatui::backend::CrosstermBackend;
use ratatui::backend::TestBackend;
use ratatui::layout::Rect;
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

/// Payloads that mean something to some terminal, or to an eye.
fn corpus() -> Vec<String> {
    let begins = [
        "\u{1b}[", "\u{9b}", "\u{1b}]", "\u{9d}", "\u{1b}P", "\u{90}", "\u{1b}_", "\u{9f}",
        "\u{1b}^", "\u{1b}X", "\u{1b}", "\u{1b}(", "\u{1b}#", "\u{1b}[?", "\u{1b}[>", "\u{1b}%",
    ];
    let bodies = [
        "2J",
        "31m",
        "1;1H",
        "6n",
        "c",
        "0;pwned",
        "52;c;cm0gLXJm",
        "8;;http://evil",
        "4;1;?",
        "$q\"p",
        "+q544e",
        "Ga=d",
        "?1049h",
        "20t",
        "21t",
        "8;3;3t",
        "s",
        "u",
        "7",
        "=",
        "@",
        "e",
        "Z",
        "5i",
        "1337;File=:AA==",
    ];
    let ends = ["", "\u{7}", "\u{1b}\\", "\u{9c}"];
    let mut corpus: Vec<String> = Vec::new();
    for begin in begins {
        for (n, body) in bodies.iter().enumerate() {
            corpus.push(format!("{begin}{body}{}", ends[n % ends.len()]));
        }
    }
    let single = (0..=0x9f_u32)
        .chain([
            0xad, 0x34f, 0x61c, 0x180e, 0x3164, 0xfeff, 0xfff9, 0xe0001, 0xe0041, 0xfe0f,
        ])
        .chain(0x2000..=0x206f);
    corpus.extend(single.filter_map(char::from_u32).map(|c| format!("a{c}b")));
    corpus.push("a\u{300}".repeat(50));
    corpus.push(format!("x{}", "\u{301}".repeat(10_000)));
    corpus.push("👩‍👩‍👧‍👦漢字".repeat(40));
    corpus.push("p\u{430}ypal".to_owned());
    corpus
}

/// A diff that has the payloads everywhere a text from outside can stand.
fn hostile(payloads: &[String]) -> Diff {
    let head = "a".repeat(40).parse().expect("static id");
    let side = |n: usize| match n % 3 {
        0 => LineSide::Both,
        1 => LineSide::Removed,
        _ => LineSide::Added,
    };
    let lines = payloads.iter().enumerate().map(|(n, text)| DiffLine {
        side: side(n),
        old: Some(n + 1),
        new: Some(n + 1),
        text: Untrusted::from_bytes(text.as_bytes()),
        is_unended: n % 7 == 0,
    });
    let hunk = DiffHunk {
        old: (1, payloads.len()),
        new: (1, payloads.len()),
        around: payloads[0].as_str().into(),
        lines: lines.collect(),
    };
    let file = DiffFile {
        old: Some(payloads[0].as_str().into()),
        new: Some(payloads[payloads.len() - 1].as_str().into()),
        fate: FileFate::Renamed,
        content: FileContent::Text,
        modes: (0o100_644, 0o100_755),
        added: 1,
        removed: 1,
        hunks: vec![hunk],
        cut: None,
    };
    Diff {
        base: None,
        head,
        files: vec![file],
        notes: Vec::new(),
        names: Vec::new(),
    }
}

#[derive(Clone, Default)]
struct Sink(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("one thread").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Takes our own sequences away: colours, places, the cursor. Whatever control is left came from outside.
fn without_own_sequences(text: &str) -> String {
    let mut left = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\u{1b}' || chars.peek() != Some(&'[') {
            left.push(c);
            continue;
        }
        chars.next();
        let body: String =
            std::iter::from_fn(|| chars.next_if(|c| "0123456789;:?".contains(*c))).collect();
        let end = chars.next().unwrap_or('!');
        let is_own = match end {
            'm' | 'H' => !body.contains('?'),
            'h' | 'l' => body == "?25",
            _other => false,
        };
        if !is_own {
            left.push_str(&format!("\u{1b}[{body}{end}"));
        }
    }
    left
}

#[test]
fn nothing_of_a_diff_reaches_the_terminal_but_as_text() {
    let corpus = corpus();
    assert!(corpus.len() >= 400, "{}", corpus.len());
    for (width, height) in [(80_u16, 24_u16), (120, 35), (200, 60)] {
        for payloads in corpus.chunks(usize::from(height) / 2) {
            let console = with(|diff| *diff = hostile(payloads), width, height);
            let sink = Sink::default();
            let area = Rect::new(0, 0, width, height);
            let options = TerminalOptions {
                viewport: ratatui::Viewport::Fixed(area),
            };
            let backend = CrosstermBackend::new(sink.clone());
            let mut terminal = Terminal::with_options(backend, options).expect("a terminal");
            let mut viewport = Viewport::new(ThemeName::Dark, false);
            terminal
                .draw(|frame| draw(&console.app, &mut viewport, frame))
                .expect("drawn");
            let bytes = sink.0.lock().expect("one thread").clone();
            let text = String::from_utf8(bytes.clone()).expect("UTF-8");
            let left = without_own_sequences(&text);
            assert!(!left.chars().any(char::is_control), "{left:?}");
            for hidden in ['\u{202e}', '\u{200b}', '\u{2066}', '\u{feff}', '\u{e0041}'] {
                assert!(!left.contains(hidden), "{hidden:?}");
            }
            let mut parser = vt100::Parser::new(height, width, 0);
            parser.process(&bytes);
            let seen = parser.screen().contents();
            assert!(seen.contains("Diff  "), "the head is whole: {seen}");
            assert!(seen.trim_end().lines().count() <= usize::from(height));
        }
    }
}
