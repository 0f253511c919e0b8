//! The lines of a question on small screens: wrapped where it is narrow, without blank ones where it is low. What a yes does
//! is read to its end at every size.

use crate::tui::app::Line;
use crate::tui::app::Tone;

use super::pen::Pen;
use super::pen::short;
use super::text::measure;
use super::text::wrap;

/// Cells at both sides of an overlay's lines, and rows above and below them.
const AROUND: usize = 4;
const ABOVE_AND_BELOW: usize = 2;

/// Returns the lines as an overlay of that width shows them on this screen.
pub(super) fn fitted(pen: &Pen<'_, '_>, width: u16, lines: Vec<Line>) -> Vec<Line> {
    let screen = pen.screen();
    let room = usize::from(width.min(screen.width)).saturating_sub(AROUND);
    let lines = lines.into_iter().flat_map(|line| wrapped(line, room));
    let mut lines: Vec<Line> = lines.collect();
    if lines.len() + ABOVE_AND_BELOW > usize::from(screen.height) {
        lines.retain(|line| !line.text().is_empty());
    }
    lines
}

/// Draws an overlay around lines that were fitted to its width.
pub(super) fn draw(
    pen: &mut Pen<'_, '_>,
    width: u16,
    title: &str,
    is_danger: bool,
    lines: &[Line],
) {
    let style = match is_danger {
        true => pen.theme.danger,
        false => pen.theme.border_focused,
    };
    let inner = pen.overlay(width, short(lines.len()) + 2, title, "", style, is_danger);
    let room = usize::from(inner.width);
    for (n, line) in lines.iter().enumerate() {
        pen.line(inner.x, inner.y + short(n), room, line);
    }
}

/// Returns a line in as many rows as it needs: the last piece goes on below itself.
fn wrapped(mut line: Line, room: usize) -> Vec<Line> {
    if measure(&line.text()) <= room {
        return vec![line];
    }
    let Some(last) = line.0.pop() else {
        return vec![line];
    };
    let indent = measure(&line.text());
    let texts = wrap(&last.text, room.saturating_sub(indent)).into_iter();
    let rows = texts.map(|text| {
        let below = Line::new(" ".repeat(indent), Tone::Plain);
        std::mem::replace(&mut line, below).and(text, last.tone)
    });
    rows.collect()
}
