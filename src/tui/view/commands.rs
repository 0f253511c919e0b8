//! Draws help and palette.

use ratatui::layout::Rect;

use crate::engine::Level;
use crate::tui::app::App;
use crate::tui::app::CommandList;
use crate::tui::app::Line;
use crate::tui::app::Overlay;
use crate::tui::app::Tone;

use super::layout::scroll;
use super::pen::Pen;
use super::pen::short;

/// Draws the list of actions that fit the filter.
pub(super) fn draw(app: &App, list: &CommandList, is_help: bool, pen: &mut Pen<'_, '_>) {
    let rows = list.rows(app, is_help);
    let screen = pen.screen();
    let style = pen.theme.border_focused;
    let width = screen.width.saturating_sub(4).clamp(38, 96);
    let height = screen.height.saturating_sub(2).min(40);
    let title = if is_help {
        match app.overlays.first() {
            Some(Overlay::Conflicts(_)) => "Keys in the conflict screen".to_owned(),
            Some(Overlay::Diff(_)) => "Keys in the diff".to_owned(),
            // The panes show times of day, and have no room to say in which zone.
            Some(_) | None => format!(
                "Keys in {}, times are {}",
                app.focus.title(),
                app.clock.now.zone()
            ),
        }
    } else {
        "Commands".to_owned()
    };
    let right = format!("{} of {}", rows.len(), crate::tui::app::ACTIONS.len());
    let inner = pen.overlay(width, height, &title, &right, style, false);
    let room = usize::from(inner.width);
    let lead = if is_help { "/ " } else { ": " };
    let filter = Line::new(lead, Tone::Key)
        .and(list.filter.text.clone(), Tone::Strong)
        .and("_", Tone::Key);
    pen.line(inner.x, inner.y, room, &filter);
    let top_row = inner.y + 2;
    let shown = usize::from(inner.height.saturating_sub(4));
    let at = list.at.min(rows.len().saturating_sub(1));
    let top = scroll(0, Some(at), rows.len(), shown);
    if rows.is_empty() {
        let warn = pen.tone(Tone::Warn);
        pen.text(inner.x + 2, top_row, room, "no command fits that", warn);
    }
    for (n, row) in rows.iter().enumerate().skip(top).take(shown) {
        let y = top_row + short(n - top);
        let pointer = if n == at { "> " } else { "  " };
        let tone = if row.off.is_some() {
            Tone::Dim
        } else {
            Tone::Plain
        };
        let level = if row.action.level > Level::L0 {
            row.action.level.to_string()
        } else {
            String::new()
        };
        let mut line = Line::new(pointer, Tone::Key)
            .and(format!("{:<14} ", row.keys), Tone::Key)
            .and(format!("{level:<3}"), Tone::Dim)
            .and(row.action.title, tone);
        if let Some(reason) = &row.off {
            line = line.and(format!("  off: {reason}"), Tone::Dim);
        }
        pen.line(inner.x, y, room, &line);
        if n == at {
            let selected = pen.theme.selected;
            pen.tint(Rect::new(inner.x, y, inner.width, 1), selected);
        }
    }
    if let Some(reason) = rows.get(at).and_then(|row| row.off.as_ref()) {
        let warn = pen.tone(Tone::Warn);
        let y = inner.bottom().saturating_sub(2);
        pen.text(inner.x, y, room, &format!("off: {reason}"), warn);
    }
    pen.keys(inner, "type to filter   Enter does it   Esc back");
}
