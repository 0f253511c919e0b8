//! Draws a choice.

use ratatui::layout::Rect;

use crate::tui::app::Choose;
use crate::tui::app::Line;
use crate::tui::app::Tone;

use super::layout::scroll;
use super::pen::Pen;
use super::pen::short;

/// Draws the choices.
pub(super) fn draw(choose: &Choose, pen: &mut Pen<'_, '_>) {
    let screen = pen.screen();
    let style = pen.theme.border_focused;
    let width = screen.width.saturating_sub(6).clamp(38, 90);
    let height = (short(choose.choices.len()) + 4).min(screen.height.saturating_sub(2));
    let inner = pen.overlay(width, height, &choose.title, "", style, false);
    let room = usize::from(inner.width);
    let shown = usize::from(inner.height.saturating_sub(2));
    let top = scroll(0, Some(choose.at), choose.choices.len(), shown);
    for (n, (words, _)) in choose.choices.iter().enumerate().skip(top).take(shown) {
        let y = inner.y + short(n - top);
        let pointer = if n == choose.at { "> " } else { "  " };
        let line = Line::new(pointer, Tone::Key).and(words.clone(), Tone::Plain);
        pen.line(inner.x, y, room, &line);
        if n == choose.at {
            let selected = pen.theme.selected;
            pen.tint(Rect::new(inner.x, y, inner.width, 1), selected);
        }
    }
    pen.keys(inner, "Enter choose   Esc back");
}
