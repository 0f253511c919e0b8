//! Draws a text being written.

use ratatui::layout::Rect;

use crate::tui::app::Editor;
use crate::tui::app::Tone;

use super::pen::Pen;

/// Draws the text area and its keys.
pub(super) fn draw(editor: &Editor, pen: &mut Pen<'_, '_>) {
    let screen = pen.screen();
    let style = pen.theme.border_focused;
    let width = screen.width.saturating_sub(8).clamp(40, 90);
    let height = (screen.height * 2 / 3).clamp(8, 20);
    let title = super::text::fit(
        &editor.purpose.title(),
        usize::from(width).saturating_sub(6),
        pen.glyphs.cut,
    );
    let inner = pen.overlay(width, height, &title, "", style, false);
    let text = Rect::new(
        inner.x,
        inner.y,
        inner.width,
        inner.height.saturating_sub(2),
    );
    pen.frame.render_widget(editor.area(), text);
    let row = inner.bottom().saturating_sub(1);
    let room = usize::from(inner.width);
    match &editor.notice {
        Some(notice) => {
            let warn = pen.tone(Tone::Warn);
            pen.text(inner.x, row, room, notice, warn);
        }
        None if !editor.hidden().is_empty() => {
            let words = format!("not seen as what they are: {}", editor.hidden().join(" "));
            let warn = pen.tone(Tone::Warn);
            pen.text(inner.x, row, room, &words, warn);
        }
        None => {
            let dim = pen.tone(Tone::Dim);
            pen.text(
                inner.x,
                row,
                room,
                "Ctrl-S go on   Ctrl-E your editor   Esc leave, keeps a draft",
                dim,
            );
        }
    }
}
