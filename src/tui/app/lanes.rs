//! Which lane and which event of the graph are selected.

use crate::engine::lanes::EventKey;
use crate::engine::lanes::model;
use crate::model::LaneName;

use super::effect::Effect;
use super::state::App;

/// Returns the selected lane: the one chosen, else none.
pub fn lane_row(app: &App) -> Option<LaneName> {
    let board = app.board.as_ref()?;
    let chosen = app.selection.lane.as_ref()?;
    board
        .book
        .project
        .lanes
        .iter()
        .find(|lane| &lane.name == chosen)
        .map(|lane| lane.name.clone())
}

pub(super) fn step(app: &mut App, by: isize) {
    let Some(board) = &app.board else { return };
    let lanes = &board.book.project.lanes;
    let at = lane_row(app).and_then(|name| lanes.iter().position(|lane| lane.name == name));
    let next = match at {
        Some(at) => at
            .saturating_add_signed(by)
            .min(lanes.len().saturating_sub(1)),
        None => 0,
    };
    app.selection.lane = lanes.get(next).map(|lane| lane.name.clone());
    app.selection.detail = 0;
}

/// Selects the event before or after the selected one; the newest where none is.
pub(super) fn event(app: &mut App, is_back: bool) -> Vec<Effect> {
    let Some(board) = &app.board else {
        return Vec::new();
    };
    let model = model(&board.book, board.record.as_ref(), &board.seen);
    let keys: Vec<EventKey> = model.events.into_iter().map(|event| event.key).collect();
    let at = app
        .selection
        .event
        .as_ref()
        .and_then(|key| keys.iter().position(|other| other == key));
    let next = match (at, is_back) {
        (Some(at), true) => at.saturating_sub(1),
        (Some(at), false) => (at + 1).min(keys.len().saturating_sub(1)),
        (None, _) => keys.len().saturating_sub(1),
    };
    app.selection.event = keys.get(next).cloned();
    app.selection.detail = 0;
    Vec::new()
}
