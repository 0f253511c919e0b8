//! Draws what was interrupted, each call with what was found of it.

use ratatui::layout::Rect;

use crate::tui::app::App;
use crate::tui::app::ResumeScreen;
use crate::tui::app::Tone;
use crate::tui::app::interrupted;
use crate::tui::app::resume_lines;

use super::layout::scroll;
use super::pen::Pen;
use super::pen::short;

/// Draws the intents under each other, the selected one in sight.
pub(super) fn draw(app: &App, screen: &ResumeScreen, pen: &mut Pen<'_, '_>) {
    let left = interrupted(app);
    let at = screen.index(left);
    let mut lines = Vec::new();
    let mut begins = 0;
    for (n, one) in left.iter().enumerate() {
        if n == at {
            begins = lines.len();
        }
        lines.extend(resume_lines(app, one).into_iter().map(|line| (n, line)));
    }
    let whole = pen.screen();
    let style = pen.theme.border_focused;
    let width = whole.width.saturating_sub(4).clamp(38, 120);
    let height = (short(lines.len()) + 4).min(whole.height.saturating_sub(2));
    let count = match left.len() {
        1 => "1 intent".to_owned(),
        many => format!("{many} intents"),
    };
    let inner = pen.overlay(width, height, "Interrupted here", &count, style, false);
    let room = usize::from(inner.width);
    let shown = usize::from(inner.height.saturating_sub(2));
    if left.is_empty() {
        let dim = pen.tone(Tone::Dim);
        pen.text(inner.x, inner.y, room, "nothing is open any more", dim);
    }
    let top = scroll(
        0,
        Some(begins + shown.saturating_sub(1)),
        lines.len(),
        shown,
    )
    .min(begins);
    for (row, (n, line)) in lines.iter().skip(top).take(shown).enumerate() {
        let y = inner.y + short(row);
        pen.line(inner.x, y, room, line);
        if row + top == begins && *n == at {
            let selected = pen.theme.selected;
            pen.tint(Rect::new(inner.x, y, inner.width, 1), selected);
        }
    }
    pen.keys(inner, "c continue   s skip   u undo   Esc later");
}
