//! Nothing changes the world without a confirmed plan, whatever keys, pastes and sizes come.

use std::time::Duration;

use crossterm::event::KeyCode;
use lanekeeper::engine::Level;
use lanekeeper::model::Timestamp;
use lanekeeper::tui::app::ACTIONS;
use lanekeeper::tui::app::Chord;
use lanekeeper::tui::app::Effect;
use lanekeeper::tui::app::News;
use lanekeeper::tui::app::Overlay;
use lanekeeper::tui::app::Trouble;
use lanekeeper::tui::view::ThemeName;
use lanekeeper::tui::view::Viewport;
use lanekeeper::tui::view::draw;
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::screens_console::Console;
use super::screens_made::plan_of;

pub(super) fn with_plan(level: Level) -> Console {
    let mut console = Console::open("ana", 80, 24);
    let mut plan = plan_of(&console.board, level);
    plan.lasts = Duration::from_secs(120);
    console.show(plan);
    console
}

fn armed_with_plan() -> Console {
    let mut console = Console::open("ana", 80, 24);
    arm(&mut console);
    let mut plan = plan_of(&console.board, Level::L4);
    plan.lasts = Duration::from_secs(120);
    console.show(plan);
    console
}

fn arm(console: &mut Console) {
    console.keys("A");
    console.wait(500);
    console.type_text("production");
    console.keys("Enter");
    assert!(console.app.armed.is_some());
}

pub(super) fn is_open(console: &Console) -> bool {
    matches!(console.app.overlay(), Some(Overlay::Plan(_)))
}

#[test]
fn a_plan_is_copied_as_text_and_stays_open_whatever_has_the_focus() {
    for mut console in [with_plan(Level::L3), armed_with_plan()] {
        console.wait(500);
        console.keys("Ctrl-Y");
        console.wait(1_000);
        assert!(is_open(&console), "{:?}", console.app.status);
        assert!(console.executed().is_empty());
        let Some(Overlay::Plan(screen)) = console.app.overlay() else {
            panic!("no plan");
        };
        assert_eq!(screen.typed.name.text, "");
        let copied = console.effects.iter().find_map(|effect| match effect {
            Effect::Copy {
                text,
                is_page: true,
                ..
            } => Some(text.as_str()),
            _ => None,
        });
        let copied = copied.expect("copied");
        assert!(copied.contains(&screen.plan.title), "{copied}");
        for call in screen.calls() {
            assert!(copied.contains(&call), "{copied}");
        }
    }
}

#[test]
fn a_yes_counts_only_after_the_screen_was_there_for_a_while_and_nothing_followed_it() {
    let mut console = with_plan(Level::L3);
    console.news(News::Key(Chord::char('y')));
    console.wait(100);
    assert!(console.executed().is_empty(), "dead for 400 ms");
    console.wait(500);
    console.news(News::Key(Chord::char('y')));
    assert!(console.executed().is_empty(), "not before it was quiet");
    console.wait(100);
    assert_eq!(console.executed().len(), 1);
}

#[test]
fn a_no_is_heard_at_once() {
    for no in [Chord::ctrl('c'), Chord::plain(KeyCode::Esc)] {
        let mut console = with_plan(Level::L3);
        console.news(News::Key(no));
        assert!(!is_open(&console), "{no}");
        assert!(console.executed().is_empty());
    }
}

#[test]
fn a_yes_that_is_followed_by_another_key_was_part_of_something_else() {
    let mut console = with_plan(Level::L3);
    console.wait(500);
    console.news(News::Key(Chord::char('y')));
    console.millis += 10;
    console.news(News::Key(Chord::char('x')));
    console.wait(200);
    assert!(console.executed().is_empty());
    assert!(is_open(&console));
}

#[test]
fn enter_runs_no_plan_for_a_shared_lane() {
    let mut console = with_plan(Level::L3);
    console.wait(500);
    console.keys("Tab Tab Enter");
    console.wait(200);
    assert!(console.executed().is_empty());
}

#[test]
fn a_held_key_decides_nothing() {
    let mut console = with_plan(Level::L3);
    console.wait(1_000);
    console.news(News::Repeated(Chord::char('y')));
    console.wait(200);
    assert!(console.executed().is_empty());
}

#[test]
fn production_needs_arming_and_the_whole_name() {
    let mut console = with_plan(Level::L4);
    console.wait(500);
    console.type_text("production");
    console.keys("Enter");
    console.wait(200);
    assert!(console.executed().is_empty(), "not armed");

    let mut console = armed_with_plan();
    console.wait(500);
    console.type_text("productio");
    console.keys("Enter");
    console.wait(200);
    assert!(console.executed().is_empty(), "not the whole name");
    console.type_text("n");
    console.keys("Enter");
    console.wait(200);
    assert_eq!(console.executed().len(), 1);
}

#[test]
fn y_never_runs_a_plan_for_production() {
    let mut console = armed_with_plan();
    console.wait(500);
    console.keys("Tab y");
    console.wait(200);
    assert!(console.executed().is_empty());
}

#[test]
fn everything_doubtful_is_a_no() {
    let doubts: [(&str, News); 4] = [
        ("focus", News::FocusLost),
        (
            "size",
            News::Resized {
                width: 30,
                height: 8,
            },
        ),
        ("stopped", News::Woke),
        (
            "escape",
            News::Key(Chord::plain(crossterm::event::KeyCode::Esc)),
        ),
    ];
    for (what, news) in doubts {
        let mut console = with_plan(Level::L3);
        console.wait(600);
        console.news(news);
        assert!(!is_open(&console), "{what}");
        console.wait(1_000);
        assert!(console.executed().is_empty(), "{what}");
    }
}

#[test]
fn a_remote_that_is_out_of_sight_is_a_no_to_what_is_shared() {
    for (level, stays) in [(Level::L2, true), (Level::L3, false)] {
        let mut console = with_plan(level);
        console.wait(600);
        let generation = console.app.look;
        console.news(News::Looked {
            generation,
            outcome: Err(Trouble::new("no route to host")),
        });
        assert_eq!(is_open(&console), stays, "{level}");
        console.keys("y");
        console.wait(1_000);
        assert_eq!(console.executed().len(), usize::from(stays), "{level}");
    }
}

#[test]
fn what_is_typed_before_production_changes_is_seen_at_every_width() {
    for (width, height) in [(80, 24), (60, 15), (40, 12)] {
        let mut console = armed_with_plan();
        console.news(News::Resized { width, height });
        console.wait(500);
        console.type_text("prod");
        let shown = super::screen(&console, true);
        assert!(shown.contains(": prod______"), "{width}\n{shown}");
        assert!(shown.contains("[ Run ] [ Cancel ]"), "{width}\n{shown}");
        let mut console = with_plan(Level::L3);
        console.news(News::Resized { width, height });
        let shown = super::screen(&console, true);
        assert!(shown.contains("Press y to run this."), "{width}\n{shown}");
        let mut console = with_plan(Level::L4);
        console.news(News::Resized { width, height });
        let shown = super::screen(&console, true);
        assert!(shown.contains(" A arms "), "{width}\n{shown}");
    }
}

#[test]
fn a_plan_expires() {
    let mut console = with_plan(Level::L3);
    console.wait(500);
    console.wait(130_000);
    assert!(!is_open(&console));
    let status = console.app.status.as_ref().expect("said so");
    assert!(status.text.contains("expired"), "{}", status.text);
}

/// Sets the time of day, as somebody does or a time server.
fn set_clock(console: &mut Console, by: i64) {
    let now = console.board.seen.now.as_second();
    console.board.seen.now = Timestamp::from_second(now + by);
}

#[test]
fn a_time_of_day_that_is_set_neither_voids_a_plan_nor_keeps_one_nor_keeps_production_armed() {
    let mut console = with_plan(Level::L3);
    set_clock(&mut console, 86_400);
    console.wait(500);
    assert!(is_open(&console), "it is as young as before");
    set_clock(&mut console, -2 * 86_400);
    console.wait(110_000);
    assert!(is_open(&console));
    console.wait(10_000);
    assert!(!is_open(&console), "two minutes passed");

    let mut console = Console::open("ana", 80, 24);
    arm(&mut console);
    set_clock(&mut console, 86_400);
    console.wait(500);
    assert!(console.app.armed.is_some());
    set_clock(&mut console, -2 * 86_400);
    console.wait(601_000);
    assert!(console.app.armed.is_none());
    arm(&mut console);
    console.news(News::FocusLost);
    set_clock(&mut console, -86_400);
    console.wait(121_000);
    assert!(console.app.armed.is_none());
}

#[test]
fn production_is_read_only_again_after_its_time_without_focus_and_after_a_stop() {
    let mut console = Console::open("ana", 80, 24);
    arm(&mut console);
    console.wait(601_000);
    assert!(console.app.armed.is_none());
    arm(&mut console);
    console.news(News::FocusLost);
    console.wait(121_000);
    assert!(console.app.armed.is_none());
    console.news(News::FocusGained);
    arm(&mut console);
    console.news(News::Woke);
    assert!(console.app.armed.is_none());
}

#[test]
fn a_burst_of_keys_confirms_nothing() {
    for level in [Level::L2, Level::L3] {
        let mut console = with_plan(level);
        console.wait(1_000);
        for c in "yyyyyyyyy\n".chars() {
            console.millis += 1;
            let chord = if c == '\n' {
                Chord::plain(crossterm::event::KeyCode::Enter)
            } else {
                Chord::char(c)
            };
            console.news(News::Key(chord));
        }
        console.wait(1_000);
        assert!(console.executed().is_empty(), "{level}");
    }
    let mut console = armed_with_plan();
    console.wait(1_000);
    for c in "production\n".chars() {
        console.millis += 1;
        let chord = if c == '\n' {
            Chord::plain(crossterm::event::KeyCode::Enter)
        } else {
            Chord::char(c)
        };
        console.news(News::Key(chord));
    }
    console.wait(1_000);
    assert!(console.executed().is_empty());
}

#[test]
fn pasting_every_key_into_every_screen_runs_nothing() {
    let mut text: String = (' '..='~').collect();
    text.push('\n');
    for action in ACTIONS {
        for key in action.keys {
            text.push_str(&key.replace("Enter", "\n"));
            text.push('\n');
        }
    }
    text.push_str("y\nproduction\n");
    let ways: &[&str] = &[
        "", "1", "2", "3", "4", "5", "?", ":", "N", "s", "g h", "/", "A", "R n", "R d", "c",
        "space", "g", "y",
    ];
    for way in ways {
        let mut console = Console::open("ben", 80, 24);
        console.keys(way);
        console.wait(1_000);
        let before = console.effects.len();
        console.news(News::Pasted(text.clone()));
        console.wait(1_000);
        assert!(console.executed().is_empty(), "{way}");
        assert!(
            !console.effects[before..]
                .iter()
                .any(|effect| matches!(effect, Effect::Plan { .. } | Effect::Quit)),
            "{way}"
        );
    }
    for level in [Level::L2, Level::L3, Level::L4] {
        let mut console = with_plan(level);
        console.wait(1_000);
        console.news(News::Pasted(text.clone()));
        console.wait(1_000);
        assert!(console.executed().is_empty(), "{level}");
        assert!(is_open(&console));
    }
    let mut console = armed_with_plan();
    console.wait(1_000);
    console.news(News::Pasted("production\n".into()));
    console.keys("Enter");
    console.wait(1_000);
    assert!(console.executed().is_empty());
}

fn chords() -> impl Strategy<Value = News> {
    let keys: Vec<Chord> = ('!'..='~')
        .map(Chord::char)
        .chain(
            [
                "Enter",
                "Esc",
                "Tab",
                "Shift-Tab",
                "Backspace",
                "Up",
                "Down",
                "Left",
                "Right",
                "PgUp",
                "PgDn",
                "Home",
                "End",
                "space",
                "Ctrl-S",
                "Ctrl-C",
                "Ctrl-U",
                "Ctrl-W",
            ]
            .into_iter()
            .map(|name| name.parse().expect("a key")),
        )
        .collect();
    prop_oneof![
        20 => prop::sample::select(keys).prop_map(News::Key),
        1 => prop::sample::select(vec!["y\n", "production\n", "text"]).prop_map(|text| News::Pasted(text.into())),
        1 => (0u16..220, 0u16..70).prop_map(|(width, height)| News::Resized { width, height }),
        1 => Just(News::FocusLost),
        1 => Just(News::FocusGained),
        1 => Just(News::Woke),
        4 => Just(News::Tick),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_keys_at_no_size_panic_or_run_anything_that_was_not_shown(
        size in (0u16..220, 0u16..70),
        news in prop::collection::vec((chords(), 1u64..700), 1..60),
    ) {
        let mut console = Console::open("ben", size.0, size.1);
        let mut viewport = Viewport::new(ThemeName::Dark, false);
        for (news, wait) in news {
            console.millis += wait;
            let shown = match console.app.overlay() {
                Some(Overlay::Plan(screen)) => Some((screen.plan.hash.clone(), screen.is_named())),
                _ => None,
            };
            let before = console.executed().len();
            console.news(news);
            let executed: Vec<_> = console.executed().into_iter().skip(before).cloned().collect();
            for plan in executed {
                if plan.level >= Level::L2 {
                    let (hash, is_named) = shown.clone().expect("a plan was on the screen");
                    prop_assert_eq!(&plan.hash, &hash);
                    if plan.level == Level::L4 {
                        prop_assert!(is_named);
                        prop_assert!(console.app.armed.is_some());
                    }
                }
            }
            let (width, height) = console.app.size;
            let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("test terminal");
            terminal.draw(|frame| draw(&console.app, &mut viewport, frame)).expect("drawn");
        }
    }
}
