//! What stays and what is asked again while the world and the person go on: looks, selection, texts, ticks, runs.

use std::collections::BTreeMap;

use lanekeeper::engine::Level;
use lanekeeper::tui::app::Effect;
use lanekeeper::tui::app::News;
use lanekeeper::tui::app::Options;
use lanekeeper::tui::app::Overlay;
use lanekeeper::tui::app::Pane;
use lanekeeper::tui::app::Purpose;

use super::screens_console::Console;
use super::screens_safety::is_open;
use super::screens_safety::with_plan;

#[test]
fn a_console_that_slept_looks_again_at_once() {
    let mut console = Console::open("ana", 80, 24);
    let before = console.looks();
    let done = console.effects.len();
    console.news(News::Woke);
    assert_eq!(console.looks(), before + 1);
    let is_redrawn = |effect: &Effect| matches!(effect, Effect::Redraw);
    assert!(console.effects[done..].iter().any(is_redrawn));
    let status = console.app.status.as_ref().expect("said so");
    assert!(status.text.contains("the machine slept"), "{}", status.text);
    // A key takes the status away; what it said stays in the log.
    let mut logged = console.app.log.entries.iter();
    assert!(logged.any(|entry| entry.text.contains("the machine slept")));
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

/// Returns what the disk holds after these effects, by key.
fn drafts_on_disk(effects: &[Effect]) -> BTreeMap<String, String> {
    let mut disk = BTreeMap::new();
    for effect in effects {
        if let Effect::KeepDraft { key, text } = effect {
            match text {
                Some(text) => disk.insert(key.clone(), text.clone()),
                None => disk.remove(key),
            };
        }
    }
    disk
}

#[test]
fn a_text_that_was_being_written_when_the_console_died_is_there_in_the_next_one() {
    let mut console = Console::open("ana", 80, 24);
    console.keys("N");
    console.type_text("half a thought");
    // Nothing was left by hand: this is what a killed process has on the disk.
    let drafts = drafts_on_disk(&console.effects);
    assert_eq!(drafts.len(), 1, "{drafts:?}");

    let options = Options {
        drafts,
        ..console.app.options.clone()
    };
    let mut next = Console::with(options, console.board.clone(), 80, 24);
    next.keys("N");
    let Some(Overlay::Editor(editor)) = next.app.overlay() else {
        panic!("no editor");
    };
    assert_eq!(editor.text(), "half a thought");
    next.keys("Ctrl-S");
    assert_eq!(next.executed().len(), 1, "{:?}", next.app.status);
    let run = next.app.run.as_ref().expect("running").id;
    next.news(News::Finished {
        run,
        outcome: Ok(lanekeeper::engine::Report {
            results: Vec::new(),
        }),
    });
    let told = next.effects.iter().rev().find_map(|effect| match effect {
        Effect::KeepDraft { text, .. } => Some(text.clone()),
        _ => None,
    });
    assert_eq!(told, Some(None), "what was sent is taken off the disk");
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
