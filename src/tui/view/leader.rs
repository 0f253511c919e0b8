//! Draws how a key sequence goes on, where the line of hints is too short for all of it: what cannot be done now is dimmed,
//! with its reason.

use crate::tui::app::App;
use crate::tui::app::Line;
use crate::tui::app::Tone;

use super::pen::Pen;
use super::pen::short;
use super::text::measure;

const BACK: &str = "Esc back";

/// One way to go on: its key, what it does, and why it cannot be done now.
pub(super) struct Way {
    key: String,
    words: &'static str,
    off: Option<String>,
}

/// Returns how the sequence goes on, where one line below the panes has no room for that and for why something is off.
pub(super) fn listed(app: &App, width: u16) -> Option<Vec<Way>> {
    if app.pending.is_empty() || app.overlay().is_some() {
        return None;
    }
    let keys = app.options.keymap.continuations(app.focus, &app.pending);
    let ways = keys.into_iter().map(|(key, action)| Way {
        key,
        words: action.title,
        off: (action.enabled)(app).err(),
    });
    let ways: Vec<Way> = ways.collect();
    let in_line: usize = ways
        .iter()
        .map(|way| measure(&way.key) + measure(way.words) + 3)
        .sum();
    let is_long = in_line + BACK.len() + 2 > usize::from(width);
    (is_long || ways.iter().any(|way| way.off.is_some())).then_some(ways)
}

/// Draws the list.
pub(super) fn draw(app: &App, ways: Vec<Way>, pen: &mut Pen<'_, '_>) {
    let begun: Vec<String> = app.pending.iter().map(ToString::to_string).collect();
    let lines = ways.into_iter().map(|way| {
        let line = Line::new(format!("{:<6}", way.key), Tone::Key);
        match way.off {
            Some(reason) => line
                .and(way.words, Tone::Dim)
                .and(format!("  off: {reason}"), Tone::Dim),
            None => line.and(way.words, Tone::Plain),
        }
    });
    let lines: Vec<Line> = lines.collect();
    let widest = lines.iter().map(|line| measure(&line.text())).max();
    // Two blanks and the border at each side.
    let width = short(widest.unwrap_or_default() + 6).max(30);
    let style = pen.theme.border_focused;
    let height = short(lines.len() + 3);
    let inner = pen.overlay(width, height, &begun.join(" "), "", style, false);
    let room = usize::from(inner.width);
    // The last line is the way back, whatever is cut.
    let shown = usize::from(inner.height.saturating_sub(1));
    for (n, line) in lines.iter().take(shown).enumerate() {
        pen.line(inner.x, inner.y + short(n), room, line);
    }
    pen.keys(inner, BACK);
}
