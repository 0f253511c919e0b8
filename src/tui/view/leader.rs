//! Draws how a key sequence goes on, where the line of hints is too short for all of it.

use crate::tui::app::App;
use crate::tui::app::Line;
use crate::tui::app::Tone;

use super::pen::Pen;
use super::pen::short;
use super::text::measure;

const BACK: &str = "Esc back";

/// Returns how the sequence goes on, where that does not fit into one line below the panes.
pub(super) fn listed(app: &App, width: u16) -> Option<Vec<(String, &'static str)>> {
    if app.pending.is_empty() || app.overlay().is_some() {
        return None;
    }
    let keys = app.options.keymap.continuations(app.focus, &app.pending);
    let in_line: usize = keys
        .iter()
        .map(|(key, words)| measure(key) + measure(words) + 3)
        .sum();
    (in_line + BACK.len() + 2 > usize::from(width)).then_some(keys)
}

/// Draws the list.
pub(super) fn draw(app: &App, keys: Vec<(String, &'static str)>, pen: &mut Pen<'_, '_>) {
    let begun: Vec<String> = app.pending.iter().map(ToString::to_string).collect();
    let widest = keys.iter().map(|(_, words)| measure(words)).max();
    let width = short(widest.unwrap_or_default() + 12).max(30);
    let style = pen.theme.border_focused;
    let height = short(keys.len() + 3);
    let inner = pen.overlay(width, height, &begun.join(" "), "", style, false);
    let room = usize::from(inner.width);
    // The last line is the way back, whatever is cut.
    let shown = usize::from(inner.height.saturating_sub(1));
    for (n, (key, words)) in keys.into_iter().take(shown).enumerate() {
        let line = Line::new(format!("{key:<6}"), Tone::Key).and(words, Tone::Plain);
        pen.line(inner.x, inner.y + short(n), room, &line);
    }
    pen.keys(inner, BACK);
}
