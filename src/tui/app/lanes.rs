//! Which lane is selected.

use crate::model::LaneName;

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
