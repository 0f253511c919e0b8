//! The keys of the conflict screen in short words: those that nobody can do without stay however narrow it is.

use crate::tui::app::App;
use crate::tui::app::ConflictScreen;
use crate::tui::app::Line;
use crate::tui::app::is_on;

use super::conflicts::WIDE;
use super::key_rows::Key;
use super::key_rows::key_rows;

/// The actions of the screen in short words.
const KEYS: &[Key] = &[
    ("conflict-confirm", None, "confirm"),
    ("conflict-target", None, "target"),
    ("conflict-fix", None, "fix"),
    ("conflict-both", None, "both"),
    ("conflict-both-fix-first", None, "fix first"),
    ("conflict-driver", None, "driver"),
    ("conflict-edit", None, "edit"),
    ("conflict-editor", None, "editor"),
    ("conflict-tool", None, "tool"),
    ("conflict-undo", None, "undo"),
    ("conflict-next", Some("conflict-previous"), "hunk"),
    ("conflict-file-next", Some("conflict-file-previous"), "file"),
    ("conflict-base", None, "base"),
    ("conflict-result", None, "result"),
    ("conflict-check", None, "test"),
    ("conflict-finish", None, "finish"),
    ("conflict-abort", None, "leave"),
    ("help", None, "help"),
    // Rare, and the first to go where there is no room.
    ("conflict-delete", None, "delete"),
];

/// Tells whether a key is worth its place now.
fn is_wanted(app: &App, screen: &ConflictScreen, id: &str) -> bool {
    let has_lines = screen.work().is_some_and(|work| work.is_text());
    match id {
        "conflict-confirm" | "conflict-driver" | "conflict-editor" | "conflict-tool"
        | "conflict-check" => is_on(app, id),
        "conflict-both" | "conflict-both-fix-first" | "conflict-edit" => has_lines,
        "conflict-next" | "conflict-base" => has_lines,
        "conflict-result" => app.size.0 < WIDE,
        _other => true,
    }
}

/// The keys that go where two rows have no room for all, the first of them first. Those that are not here stay.
const GOING: &[&str] = &[
    "conflict-delete",
    "conflict-both-fix-first",
    "conflict-tool",
    "conflict-editor",
    "conflict-edit",
    "conflict-driver",
    "conflict-base",
    "conflict-check",
    "conflict-file-next",
    "conflict-result",
    "conflict-both",
    "conflict-undo",
];

/// Returns the keys in at most two rows.
pub(super) fn keys(app: &App, screen: &ConflictScreen, room: usize) -> Vec<Line> {
    let wanted = KEYS.iter().filter(|(id, _, _)| is_wanted(app, screen, id));
    key_rows(app, wanted.copied().collect(), GOING, room, 2)
}
