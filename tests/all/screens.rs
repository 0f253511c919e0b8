//! Screens as people see them, and what keys do to them. The boards are made in `screens_world`, the
//! console is driven in `screens_console`.

#[path = "screens_world.rs"]
pub(crate) mod screens_world;

#[path = "screens_made.rs"]
pub(crate) mod screens_made;

#[path = "screens_closed.rs"]
mod screens_closed;

#[path = "screens_console.rs"]
pub(crate) mod screens_console;

#[path = "screens_safety.rs"]
mod screens_safety;

#[path = "screens_without_fix.rs"]
mod screens_without_fix;

#[path = "screens_kept.rs"]
mod screens_kept;

#[path = "screens_drivers.rs"]
mod screens_drivers;

#[path = "screens_header.rs"]
mod screens_header;

#[path = "screens_keys.rs"]
mod screens_keys;

#[path = "screens_levels.rs"]
mod screens_levels;

#[path = "screens_lanes.rs"]
mod screens_lanes;

#[path = "screens_login.rs"]
mod screens_login;

#[path = "screens_next.rs"]
mod screens_next;

#[path = "screens_only_seat.rs"]
mod screens_only_seat;

#[path = "screens_numbers.rs"]
mod screens_numbers;

#[path = "screens_quiet.rs"]
mod screens_quiet;

#[path = "screens_running.rs"]
mod screens_running;

#[path = "screens_said.rs"]
mod screens_said;
#[path = "screens_undo.rs"]
mod screens_undo;

#[path = "screens_waits.rs"]
mod screens_waits;

#[path = "screens_loop.rs"]
pub(crate) mod screens_loop;

use lanekeeper::engine::Level;
use lanekeeper::tui::app::News;
use lanekeeper::tui::app::Options;
use lanekeeper::tui::app::Trouble;
use lanekeeper::tui::view::ThemeName;
use lanekeeper::tui::view::Viewport;
use lanekeeper::tui::view::draw;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::lane_gallery::lane_world::in_utc;
use screens_console::Console;
use screens_made::plan_of;
use screens_world::board;

/// Returns the screen as text.
pub(crate) fn screen(console: &Console, is_ascii: bool) -> String {
    let (width, height) = console.app.size;
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("test terminal");
    let mut viewport = Viewport::new(ThemeName::Dark, is_ascii);
    terminal
        .draw(|frame| draw(&console.app, &mut viewport, frame))
        .expect("drawn");
    let buffer = terminal.backend().buffer();
    let mut text = String::new();
    for y in 0..height {
        let row: String = (0..width).map(|x| buffer[(x, y)].symbol()).collect();
        text.push_str(row.trim_end());
        text.push('\n');
    }
    in_utc(&text)
}

fn unicode(console: &Console) -> String {
    screen(console, false)
}

fn is_ascii_but_text(text: &str) -> bool {
    text.is_ascii()
}

#[test]
fn the_main_screen_at_80x24() {
    insta::assert_snapshot!(unicode(&Console::open("ana", 80, 24)));
}

#[test]
fn the_main_screen_at_80x24_in_ascii() {
    let text = screen(&Console::open("ana", 80, 24), true);
    assert!(is_ascii_but_text(&text));
    insta::assert_snapshot!(text);
}

#[test]
fn the_main_screen_at_120x35() {
    insta::assert_snapshot!(unicode(&Console::open("ana", 120, 35)));
}

#[test]
fn the_main_screen_at_120x35_in_ascii() {
    let text = screen(&Console::open("ana", 120, 35), true);
    assert!(is_ascii_but_text(&text));
    insta::assert_snapshot!(text);
}

#[test]
fn the_main_screen_at_200x60() {
    insta::assert_snapshot!(unicode(&Console::open("ben", 200, 60)));
}

#[test]
fn the_main_screen_at_200x60_in_ascii() {
    let text = screen(&Console::open("ben", 200, 60), true);
    assert!(is_ascii_but_text(&text));
    insta::assert_snapshot!(text);
}

#[test]
fn one_cell_below_the_full_size_the_borders_go() {
    insta::assert_snapshot!(unicode(&Console::open("ana", 79, 23)));
}

#[test]
fn at_40x12_the_presence_list_is_left() {
    insta::assert_snapshot!(unicode(&Console::open("ana", 40, 12)));
}

#[test]
fn below_that_a_message_says_what_is_needed() {
    insta::assert_snapshot!(unicode(&Console::open("ana", 20, 5)));
    insta::assert_snapshot!(unicode(&Console::open("ana", 1, 1)));
}

#[test]
fn each_pane_in_the_tab_below_the_lanes() {
    let mut console = Console::open("ben", 80, 24);
    let mut text = String::new();
    for key in ["3", "4", "5"] {
        console.keys(key);
        let shown = unicode(&console);
        text.extend(shown.lines().skip(13).map(|line| format!("{line}\n")));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_zoomed_pane_fills_the_screen() {
    let mut console = Console::open("ben", 80, 24);
    console.keys("3 z");
    insta::assert_snapshot!(unicode(&console));
}

#[test]
fn detail_of_a_conflicted_target() {
    let mut console = Console::open("ana", 100, 40);
    console.keys("2 G k k k k k");
    insta::assert_snapshot!(unicode(&console));
}

#[test]
fn a_plan_for_production_asks_for_the_name() {
    let mut console = Console::open("ana", 80, 24);
    console.keys("A");
    console.wait(500);
    console.type_text("production");
    console.keys("Enter");
    let mut plan = plan_of(&console.board, Level::L4);
    plan.lasts = std::time::Duration::from_secs(90);
    console.show(plan);
    console.wait(500);
    console.type_text("prod");
    insta::assert_snapshot!(unicode(&console));
}

#[test]
fn a_plan_for_production_that_is_not_armed_cannot_be_run() {
    let mut console = Console::open("ana", 80, 24);
    let plan = plan_of(&console.board, Level::L4);
    console.show(plan);
    console.wait(500);
    insta::assert_snapshot!(screen(&console, true));
}

#[test]
fn a_plan_for_a_shared_lane_asks_for_y() {
    let mut console = Console::open("ana", 120, 35);
    let plan = plan_of(&console.board, Level::L3);
    console.show(plan);
    console.wait(500);
    insta::assert_snapshot!(unicode(&console));
}

#[test]
fn the_help_lists_the_keys_of_the_pane() {
    let mut console = Console::open("ana", 80, 24);
    console.keys("?");
    insta::assert_snapshot!(unicode(&console));
}

#[test]
fn the_palette_lists_what_is_off_with_the_reason() {
    let mut console = Console::open("ana", 80, 24);
    console.keys(":");
    console.type_text("a");
    console.type_text("pp");
    insta::assert_snapshot!(unicode(&console));
}

#[test]
fn a_note_is_written_in_a_text_area() {
    let mut console = Console::open("ana", 80, 24);
    console.keys("N");
    console.type_text("Told support: three orders are affected, ");
    console.type_text("refunds go out tonight.");
    insta::assert_snapshot!(unicode(&console));
}

#[test]
fn several_open_hotfixes_begin_with_the_list() {
    let options = Options {
        project: "acme/crm".into(),
        ..Options::default()
    };
    let mut board = board("ana");
    board.record = None;
    board.progress = None;
    let console = Console::with(options, board, 80, 24);
    insta::assert_snapshot!(unicode(&console));
}

#[test]
fn the_start_wizard_makes_the_slug_from_the_title() {
    let mut console = Console::open("ana", 80, 24);
    console.keys("s");
    console.type_text("Refund rounding");
    insta::assert_snapshot!(unicode(&console));
}

#[test]
fn a_leader_key_shows_how_it_goes_on() {
    let mut console = Console::open("ana", 160, 35);
    console.keys("y");
    let shown = unicode(&console);
    for words in [
        "Copy the next command",
        "Copy the commit id",
        "Copy the hotfix id",
        "Copy the link",
        "Esc back",
    ] {
        assert!(shown.contains(words), "{shown}");
    }
}

#[test]
fn a_leader_key_with_many_ways_lists_them() {
    let mut console = Console::open("ana", 80, 24);
    console.keys("R");
    let shown = unicode(&console);
    // Nothing was interrupted: that it is off is said with its reason, before anybody presses the key.
    let row = shown
        .lines()
        .find(|row| row.contains("Decide about what was interrupted here"));
    let row = row.expect("listed all the same");
    assert!(row.contains("  off: "), "{row}");
    let row = shown
        .lines()
        .find(|row| row.contains("Sign in to the forge"));
    assert!(row.is_some(), "{shown}");
    insta::assert_snapshot!(shown);
}

#[test]
fn the_lanes_show_the_selected_lane_and_event() {
    let mut console = Console::open("ana", 120, 35);
    console.keys("1 j j [ [");
    insta::assert_snapshot!(unicode(&console));
}

#[test]
fn a_lost_remote_is_never_shown_as_fresh() {
    let mut console = Console::open("ana", 80, 24);
    console.keys("r");
    console.news(News::Looked {
        generation: console.app.look,
        outcome: Err(lanekeeper::tui::app::Trouble::new(
            "cannot reach the remote",
        )),
    });
    let shown = unicode(&console);
    assert!(shown.lines().next().expect("header").contains("OFFLINE"));
}

#[test]
fn every_theme_shows_the_selection_without_colour() {
    for theme in [
        ThemeName::Dark,
        ThemeName::Light,
        ThemeName::Mono,
        ThemeName::HighContrast,
        ThemeName::ColourBlind,
    ] {
        let console = Console::open("ana", 80, 24);
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).expect("test terminal");
        let mut viewport = Viewport::new(theme, false);
        terminal
            .draw(|frame| draw(&console.app, &mut viewport, frame))
            .expect("drawn");
        let buffer = terminal.backend().buffer();
        let is_reversed = buffer
            .content
            .iter()
            .any(|cell| cell.modifier.contains(ratatui::style::Modifier::REVERSED));
        assert!(is_reversed, "{theme:?}");
        if theme == ThemeName::Mono {
            assert!(
                buffer
                    .content
                    .iter()
                    .all(|cell| cell.fg == ratatui::style::Color::Reset)
            );
        }
        if theme == ThemeName::ColourBlind {
            use ratatui::style::Color::{Green, LightGreen, LightRed, Red};
            let told_apart_by_few = [Green, LightGreen, Red, LightRed];
            let mut cells = buffer.content.iter();
            assert!(cells.all(|cell| !told_apart_by_few.contains(&cell.fg)));
            assert_eq!("colour-blind".parse::<ThemeName>(), Ok(theme));
        }
    }
}

#[test]
fn a_terminal_that_became_smaller_before_its_size_is_known_is_drawn_all_the_same() {
    for (width, height) in [(200, 60), (120, 35), (80, 24), (50, 15)] {
        let console = Console::open("ana", width, height);
        for (width, height) in [
            (1, 1),
            (10, 2),
            (40, 3),
            (40, 12),
            (79, 23),
            (99, 29),
            (119, 34),
        ] {
            let mut terminal =
                Terminal::new(TestBackend::new(width, height)).expect("test terminal");
            let mut viewport = Viewport::new(ThemeName::Dark, false);
            terminal
                .draw(|frame| draw(&console.app, &mut viewport, frame))
                .expect("drawn");
        }
    }
}

#[test]
fn a_long_refusal_can_be_read_to_its_end() {
    let mut console = Console::open("ana", 80, 24);
    let reason = "the head moved while you looked at it, ".repeat(3) + "look again";
    console.app.plan += 1;
    console.news(News::Planned {
        generation: console.app.plan,
        outcome: Err(Trouble::new(reason)),
    });
    let text = screen(&console, true);
    assert!(text.contains("look again"), "{text}");
}

#[test]
fn the_end_of_the_quiet_time_of_a_plan_is_drawn_when_it_comes() {
    let mut console = Console::open("ana", 80, 24);
    let plan = plan_of(&console.board, Level::L3);
    console.show(plan);
    let ticks = console.app.next_tick().expect("a deaf question");
    assert!(ticks <= 400, "{ticks}");
}

#[test]
fn what_was_last_seen_is_shown_while_the_remote_is_asked_and_counts_as_nothing_seen() {
    let mut console = Console::with(Options::default(), board("ana"), 80, 24);
    console.app.board = None;
    console.app.looked_at = None;
    console.app.look += 1;
    console.app.is_looking = true;
    let generation = console.app.look;
    let glimpse = || News::Glimpsed {
        generation,
        board: Box::new(board("ana")),
    };
    console.news(glimpse());
    assert!(console.app.board.is_some());
    assert!(console.app.is_looking, "the look itself goes on");
    assert_eq!(console.app.looked_at, None);
    // Of another look, it is dropped.
    console.app.board = None;
    console.app.look += 1;
    console.news(glimpse());
    assert!(console.app.board.is_none());
}

#[test]
fn a_job_that_failed_is_planned_to_run_again_and_several_are_asked_about() {
    let mut world = screens_world::board("ana");
    screens_world::fail_jobs(&mut world, &["portal"]);
    let options = Options {
        project: "acme/crm".into(),
        hotfix: Some(screens_world::HOTFIX.parse().expect("test id")),
        ..Options::default()
    };
    let mut console = Console::with(options.clone(), world.clone(), 120, 35);
    console.keys("2 R j");
    insta::assert_snapshot!(unicode(&console));
    screens_world::fail_jobs(&mut world, &["portal", "api"]);
    let mut console = Console::with(options.clone(), world.clone(), 80, 24);
    console.keys("R j");
    insta::assert_snapshot!(unicode(&console));
    // A forge that cannot says so where the key is pressed.
    world.seen.capabilities.no_job_retry = Some("gitea 1.25.0 has no call for that".to_owned());
    let mut console = Console::with(options, world, 80, 24);
    console.keys("R j");
    assert!(unicode(&console).contains("gitea 1.25.0 has no call for that"));
}

#[test]
fn enter_on_an_event_asks_once_which_request_brought_it() {
    use lanekeeper::tui::app::Effect;
    let mut console = Console::open("ana", 120, 35);
    console.keys("1 [ [ [ [");
    let asked = |console: &Console| {
        let asked = console.effects.iter().filter_map(|effect| match effect {
            Effect::FindRequests { commit } => Some(commit.clone()),
            _ => None,
        });
        asked.collect::<Vec<_>>()
    };
    for _ in 0..12 {
        if !asked(&console).is_empty() {
            break;
        }
        console.keys("1 [ Enter");
    }
    let commit = asked(&console)[0].clone();
    assert!(unicode(&console).contains("asking which change request"));
    console.keys("1 Enter");
    assert_eq!(asked(&console).len(), 1, "one answer is waited for");
    let requests = console.board.seen.requests.value().expect("seen").clone();
    console.news(News::RequestsFound {
        commit: commit.clone(),
        outcome: Ok(requests[..1].to_vec()),
    });
    insta::assert_snapshot!(unicode(&console));
    console.keys("1 Enter");
    assert_eq!(asked(&console).len(), 1, "what is known is not asked again");
    console.news(News::RequestsFound {
        commit,
        outcome: Err(Trouble::new("cannot reach the forge")),
    });
    assert!(unicode(&console).contains("brought in by: unknown"));
    console.keys("1 Enter");
    assert_eq!(asked(&console).len(), 2);
}
