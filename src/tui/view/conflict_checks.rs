//! Draws what a check of a resolution wrote, in place of the sides.

use ratatui::layout::Rect;

use crate::engine::resolve::CheckRun;
use crate::tui::app::Line;
use crate::tui::app::Tone;
use crate::tui::app::output_lines;

use super::log::draw_dabs;
use super::pen::Pen;
use super::pen::short;

/// Draws the end of the output, or from where it is scrolled to.
pub(super) fn output(run: &CheckRun, scroll: isize, pen: &mut Pen<'_, '_>, area: Rect) {
    let title = Line::new(run.words(), Tone::Strong);
    let style = pen.theme.border_focused;
    let inner = pen.frame(area, &title, "Esc back", style, false);
    let lines = output_lines(run);
    let height = usize::from(inner.height);
    let last = lines.len().saturating_sub(height);
    let top = last.saturating_add_signed(scroll).min(last);
    for (n, line) in lines.iter().skip(top).take(height).enumerate() {
        let room = usize::from(inner.width);
        draw_dabs(line, pen, inner.x, inner.y + short(n), room);
    }
}
