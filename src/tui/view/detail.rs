//! Draws what there is to tell about the selection.

use ratatui::layout::Rect;

use crate::tui::app::App;
use crate::tui::app::Line;
use crate::tui::app::Piece;
use crate::tui::app::detail;

use super::pen::Pen;
use super::pen::short;
use super::text::measure;
use super::text::wrap;

/// Draws the lines, wrapped, from the one that is scrolled to.
pub(super) fn draw(app: &App, pen: &mut Pen<'_, '_>, area: Rect, limit: &mut usize) {
    let room = usize::from(area.width).saturating_sub(2);
    let lines: Vec<Line> = detail(app)
        .lines
        .iter()
        .flat_map(|line| wrapped(line, room))
        .collect();
    let height = usize::from(area.height);
    *limit = lines.len().saturating_sub(height);
    let top = app.selection.detail.min(*limit);
    for (n, line) in lines.iter().skip(top).take(height).enumerate() {
        pen.line(area.x + 1, area.y + short(n), room, line);
    }
}

/// Breaks a line of one piece; lines of several pieces are tables and are cut instead.
fn wrapped(line: &Line, room: usize) -> Vec<Line> {
    let [piece] = line.0.as_slice() else {
        return vec![line.clone()];
    };
    if measure(&piece.text) <= room {
        return vec![line.clone()];
    }
    let indent = piece.text.len() - piece.text.trim_start().len();
    wrap(piece.text.trim_start(), room.saturating_sub(indent))
        .into_iter()
        .map(|text| {
            Line(vec![Piece {
                text: format!("{}{text}", " ".repeat(indent)),
                tone: piece.tone,
            }])
        })
        .collect()
}
