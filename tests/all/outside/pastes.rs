//! Ten kilobytes of pasted keys, and the same keys as a burst: no screen takes them for wishes.

use std::time::Duration;

use lanekeeper::engine::Board;
use lanekeeper::engine::Level;
use lanekeeper::engine::LockSight;
use lanekeeper::model::Seen;
use lanekeeper::model::Signed;
use lanekeeper::record::Driver;
use lanekeeper::record::Lock;
use lanekeeper::tui::app::ACTIONS;
use lanekeeper::tui::app::Chord;
use lanekeeper::tui::app::Effect;
use lanekeeper::tui::app::News;
use lanekeeper::tui::app::Options;

use super::super::screens::screens_console::Console;
use super::super::screens::screens_made::plan_of;
use super::super::screens::screens_world::board;
use super::super::screens_resume::left;

/// Every key that means something, every letter, line ends between, until there are ten kilobytes.
fn paste() -> String {
    let mut text: String = (' '..='~').collect();
    for action in ACTIONS {
        for key in action.keys {
            text.push_str(&key.replace("Enter", "\r").replace("Esc", "\u{1b}"));
            text.push('\n');
        }
    }
    text.push_str("y\ny\rproduction\nyes\n\u{3}\u{4}\u{1b}[A\t\u{13}");
    text.repeat(10_240 / text.len() + 1)
}

/// Ways to every pane and overlay that keys alone reach.
const WAYS: &[&str] = &[
    "",
    "1",
    "2",
    "3",
    "4",
    "5",
    "?",
    ":",
    "N",
    "s",
    "g h",
    "/",
    "1 /",
    "3 /",
    "5 /",
    "A",
    "R n",
    "R d",
    "c",
    "space",
    "g",
    "y",
    "3 d",
    "3 d /",
    "3 d ?",
    "4 ?",
    "1 l",
    "5 J",
    "z",
    "2 G k k space",
];

fn plans(levels: &[Level]) -> Vec<(String, Console)> {
    let open = |level: &Level| {
        let mut console = Console::open("ben", 80, 24);
        let mut plan = plan_of(&console.board, *level);
        plan.lasts = Duration::from_secs(120);
        console.show(plan);
        (format!("plan {level}"), console)
    };
    levels.iter().map(open).collect()
}

/// Overlays that only some worlds have: a forge with logins, a seat that is taken, something that was interrupted.
fn elsewhere() -> Vec<(String, Console)> {
    let mut hosted = board("ben");
    hosted.seen.capabilities.runs_deployments = false;
    let worlds = [
        (hosted, "R l"),
        (driven(true), "R o"),
        (driven(false), "R t"),
        // It opens by itself; a person who comes back to it has let go of that.
        (left(), "Esc R r"),
    ];
    let open = |(board, way): (Board, &str)| {
        let options = Options {
            hotfix: board.record.as_ref().map(|record| record.hotfix.clone()),
            ..Options::default()
        };
        let mut console = Console::with(options, board, 80, 24);
        console.news(News::Watching { is_on: true });
        console.keys(way);
        assert!(console.app.overlay().is_some(), "{way} opens nothing");
        (way.to_owned(), console)
    };
    worlds.into_iter().map(open).collect()
}

/// Returns a board on which this console drives production, or another one does.
fn driven(is_mine: bool) -> Board {
    let mut board = board("ben");
    let at = |console: &str| Driver {
        console: console.parse().expect("static id"),
        person: board.seen.me.clone(),
        device: "laptop".to_owned(),
    };
    let me = at("here");
    let driver = if is_mine { me.clone() } else { at("elsewhere") };
    let sight = LockSight {
        id: "0123456789abcdef".parse().expect("static id"),
        lock: Lock {
            epoch: 1,
            driver: Some(driver),
            ..Lock::default()
        },
        taken_over: None,
        me,
        silent: Duration::ZERO,
        mine_for: Duration::ZERO,
        refused: None,
        signed: Signed::default(),
        flaws: Vec::new(),
    };
    let mut environments = board.book.project.environments.iter();
    let production = environments.find(|one| one.is_production);
    let name = production.expect("the sample has one").name.clone();
    let seen = Seen::known(sight, board.seen.now);
    board.seen.locks.insert(name, seen);
    board
}

fn screens() -> Vec<(String, Console)> {
    let open = |way: &&str| {
        let mut console = Console::open("ben", 80, 24);
        console.keys(way);
        ((*way).to_owned(), console)
    };
    let mut screens: Vec<(String, Console)> = WAYS.iter().map(open).collect();
    screens.extend(elsewhere());
    screens.extend(plans(&[
        Level::L0,
        Level::L1,
        Level::L2,
        Level::L3,
        Level::L4,
    ]));
    screens
}

/// Effects that change something, here or elsewhere, or leave.
fn is_action(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Plan { .. }
            | Effect::Execute { .. }
            | Effect::CancelRun { .. }
            | Effect::ShareKept
            | Effect::SignIn { .. }
            | Effect::KeepResolution { .. }
            | Effect::CheckResolution { .. }
            | Effect::StopChecks
            | Effect::KeepGlance { .. }
            | Effect::Edit { .. }
            | Effect::EditConflict { .. }
            | Effect::DropResolution { .. }
            | Effect::Browse { .. }
            | Effect::Copy { .. }
            | Effect::Suspend
            | Effect::Quit
    )
}

#[test]
fn ten_kilobytes_of_pasted_keys_do_nothing_in_any_screen() {
    let paste = paste();
    assert!(paste.len() >= 10_240);
    let screens = screens();
    assert!(screens.len() >= 20, "{}", screens.len());
    for (way, mut console) in screens {
        console.wait(1_000);
        let before = console.effects.len();
        let armed = console.app.armed.is_some();
        console.news(News::Pasted(paste.clone()));
        console.wait(1_000);
        let acted = console.effects[before..]
            .iter()
            .find(|effect| is_action(effect));
        assert!(acted.is_none(), "{way}: {acted:?}");
        assert_eq!(console.app.armed.is_some(), armed, "{way}");
    }
}

/// Terminals without bracketed paste send a paste as keys. What is confirmed must not be confirmed by that.
#[test]
fn the_same_keys_as_a_burst_carry_nothing_out() {
    let paste = paste();
    for (way, mut console) in screens() {
        console.wait(1_000);
        for c in paste.chars().take(800) {
            console.millis += 1;
            let chord = match c {
                '\n' | '\r' => Chord::plain(crossterm::event::KeyCode::Enter),
                '\t' => Chord::plain(crossterm::event::KeyCode::Tab),
                '\u{1b}' => Chord::plain(crossterm::event::KeyCode::Esc),
                c if c.is_control() => continue,
                c => Chord::char(c),
            };
            console.news(News::Key(chord));
            if matches!(console.effects.last(), Some(Effect::Quit)) {
                break;
            }
        }
        console.wait(1_000);
        // A note is the operator's own text and undone by a note; nothing that is confirmed goes through.
        let executed = console.executed();
        let worst = executed.iter().map(|plan| plan.level).max();
        assert!(worst <= Some(Level::L1), "{way}: {worst:?}");
        assert!(console.app.armed.is_none(), "{way}");
    }
}
