//! Nothing changes the world without a confirmed plan, whatever keys, pastes and sizes come.

use crossterm::event::KeyCode;
use lanekeeper::engine::Level;
use lanekeeper::model::Timestamp;
use lanekeeper::tui::app::ACTIONS;
use lanekeeper::tui::app::Chord;
use lanekeeper::tui::app::Effect;
use lanekeeper::tui::app::News;
use lanekeeper::tui::app::Overlay;
use lanekeeper::tui::app::Pane;
use lanekeeper::tui::app::Purpose;
use lanekeeper::tui::app::Trouble;
use lanekeeper::tui::view::ThemeName;
use lanekeeper::tui::view::Viewport;
use lanekeeper::tui::view::draw;
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::screens_world::Console;
use super::screens_world::plan_of;
use super::unicode;

fn with_plan(level: Level) -> Console {
    let mut console = Console::open("ana", 80, 24);
    let mut plan = plan_of(&console.board, level);
    plan.expires_at = Timestamp::from_second(plan.made_at.as_second() + 120);
    console.show(plan);
    console
}

fn armed_with_plan() -> Console {
    let mut console = Console::open("ana", 80, 24);
    arm(&mut console);
    let mut plan = plan_of(&console.board, Level::L4);
    plan.expires_at = Timestamp::from_second(plan.made_at.as_second() + 120);
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

fn is_open(console: &Console) -> bool {
    matches!(console.app.overlay(), Some(Overlay::Plan(_)))
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
fn a_plan_expires() {
    let mut console = with_plan(Level::L3);
    console.wait(500);
    console.wait(130_000);
    assert!(!is_open(&console));
    let status = console.app.status.as_ref().expect("said so");
    assert!(status.text.contains("expired"), "{}", status.text);
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
fn a_console_that_slept_looks_again_at_once() {
    let mut console = Console::open("ana", 80, 24);
    let before = console.looks();
    console.news(News::Woke);
    assert_eq!(console.looks(), before + 1);
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

#[test]
fn the_world_is_looked_at_again_for_every_plan_and_only_once_at_a_time() {
    let mut console = Console::open("ben", 80, 24);
    console.keys("3 a");
    assert!(console.app.overlay().is_none(), "its diff was not opened");
    console.keys("d q a Ctrl-S");
    assert!(is_open(&console), "{:?}", console.app.status);
    console.wait(500);
    console.keys("y");
    console.wait(200);
    assert_eq!(console.executed().len(), 1);
    console.keys("m");
    let status = console.app.status.as_ref().expect("said so");
    assert!(status.text.contains("still running"), "{}", status.text);
}

#[test]
fn answers_to_older_questions_are_dropped() {
    let mut console = Console::open("ana", 80, 24);
    let old = console.app.look;
    console.keys("r");
    let mut other = console.board.clone();
    other.hotfixes.clear();
    console.news(News::Looked {
        generation: old,
        outcome: Ok(Box::new(other)),
    });
    assert_eq!(
        console.app.board.as_ref().expect("a board").hotfixes.len(),
        3
    );
}

#[test]
fn a_refresh_keeps_the_selection_by_identity() {
    let mut console = Console::open("ana", 80, 24);
    console.keys("2 g g j j j");
    let selected = console.app.selection.row.clone();
    assert!(selected.is_some());
    if let Some(progress) = &mut console.board.progress {
        progress.steps.swap(0, 3);
    }
    console.keys("r");
    assert_eq!(console.app.selection.row, selected);
}

#[test]
fn a_text_that_was_left_is_there_again() {
    let mut console = Console::open("ana", 80, 24);
    console.keys("N");
    console.type_text("half a thought");
    console.keys("Esc N");
    let Some(Overlay::Editor(editor)) = console.app.overlay() else {
        panic!("no editor");
    };
    assert_eq!(editor.text(), "half a thought");
    assert_eq!(editor.purpose, Purpose::Note);
}

#[test]
fn a_tick_asks_for_words_and_can_be_taken_back() {
    let mut console = Console::open("ana", 80, 24);
    console.keys("2 G k k space");
    console.type_text("mail to support sent");
    console.keys("Ctrl-S");
    let executed = console.executed();
    assert_eq!(executed.len(), 1, "{:?}", console.app.status);
    assert_eq!(executed[0].level, Level::L1);
    let run = console.app.run.as_ref().expect("running").id;
    console.news(News::Finished {
        run,
        outcome: Ok(lanekeeper::engine::Report {
            results: Vec::new(),
        }),
    });
    assert!(console.app.undo.is_some());
    assert!(console.app.drafts.is_empty(), "{:?}", console.app.drafts);
}

#[test]
fn automatic_items_and_steps_cannot_be_ticked_by_hand() {
    let mut console = Console::open("ana", 80, 24);
    console.keys("2 g g space");
    let status = console.app.status.as_ref().expect("said so");
    assert!(status.text.contains("evidence"), "{}", status.text);
    assert!(console.app.overlay().is_none());
}

#[test]
fn ctrl_c_never_quits_and_leaving_asks_while_something_runs() {
    let mut console = Console::open("ana", 80, 24);
    console.keys("Ctrl-C");
    assert!(
        !console
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Quit))
    );
    let mut console = with_plan(Level::L3);
    console.wait(500);
    console.keys("y");
    console.wait(200);
    console.keys("q");
    assert!(matches!(console.app.overlay(), Some(Overlay::Quit(_))));
    assert!(
        !console
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Quit))
    );
    console.keys("s");
    assert!(
        console
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::CancelRun { .. }))
    );
}

#[test]
fn the_last_action_of_the_palette_runs_and_the_first_names_its_reason() {
    let mut console = Console::open("ana", 80, 24);
    console.keys(":");
    console.type_text("zoom");
    console.keys("Enter");
    assert!(console.app.is_zoomed);
    console.keys("1");
    assert_eq!(console.app.focus, Pane::Lanes);
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
        1 => (1u16..220, 1u16..70).prop_map(|(width, height)| News::Resized { width, height }),
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
        size in (1u16..220, 1u16..70),
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

#[test]
fn a_plan_that_waits_for_a_login_asks_for_a_token_and_never_shows_it() {
    use lanekeeper::tui::app::SignIn;
    let token = "glpat-SECRETsecret0123456789";
    let mut console = with_plan(Level::L3);
    console.wait(1_000);
    console.keys("y");
    console.wait(1_000);
    console.news(News::Tick);
    let run = console.app.run.as_ref().expect("it runs").id;
    console.news(News::Called {
        run,
        text: "paused: git.example.org does not accept the token: Token is expired.: run: \
               lanekeeper login git.example.org in another terminal; this goes on then"
            .to_owned(),
    });
    insta::assert_snapshot!(unicode(&console));
    // What was under way when it opened is not taken for a token.
    console.keys("q");
    console.wait(1_000);
    console.news(News::Pasted(format!("  {token}\n")));
    let typed = unicode(&console);
    assert!(
        typed.contains("28 characters") && !typed.contains("SECRET"),
        "{typed}"
    );
    console.keys("Enter");
    let effect = console.effects.last().expect("it is tried");
    assert!(!format!("{effect:?} {:?}", console.app.overlays).contains("SECRET"));
    let Effect::SignIn {
        token: sent,
        in_file,
    } = effect
    else {
        panic!("{effect:?}");
    };
    assert_eq!((sent.expose(), *in_file), (token, false));
    console.news(News::SignedIn {
        outcome: Ok(SignIn::NoKeyring),
    });
    insta::assert_snapshot!(unicode(&console));
    console.keys("y");
    let effect = console.effects.last().expect("it is kept");
    assert!(matches!(effect, Effect::SignIn { in_file: true, .. }));
    console.news(News::SignedIn {
        outcome: Err(Trouble::new("cannot sign in to git.example.org")),
    });
    assert!(unicode(&console).contains("cannot sign in"));
    console.keys("Enter");
    assert!(
        unicode(&console).contains("a token is needed"),
        "the wrong one is gone"
    );
    console.news(News::Called {
        run,
        text: "signed in again: going on".to_owned(),
    });
    assert!(console.app.overlays.is_empty());
    assert!(unicode(&console).contains("signed in again: going on"));
}
