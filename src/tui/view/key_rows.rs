//! The keys of a whole screen in the rows at its bottom: those that others stand in for go first where there is no room.

use crate::tui::app::App;
use crate::tui::app::Line;
use crate::tui::app::Tone;

use super::text::measure;

/// An action in short words: one key, or two that go both ways.
pub(super) type Key = (&'static str, Option<&'static str>, &'static str);

/// Returns these keys in at most so many rows; `going` names those that may go, the first of them first.
pub(super) fn key_rows(
    app: &App,
    mut keys: Vec<Key>,
    going: &[&str],
    room: usize,
    most: usize,
) -> Vec<Line> {
    let mut going = going.iter();
    loop {
        let mut rows = laid_out(app, &keys, room);
        if rows.len() <= most {
            return rows;
        }
        let Some(gone) = going.next() else {
            rows.truncate(most);
            return rows;
        };
        keys.retain(|(id, _, _)| id != gone);
    }
}

/// Returns these keys in as many rows as they need.
fn laid_out(app: &App, keys: &[Key], room: usize) -> Vec<Line> {
    let keymap = &app.options.keymap;
    let mut rows: Vec<Line> = vec![Line(Vec::new())];
    let mut used = 0;
    for (id, back, words) in keys {
        let key = match back {
            Some(back) => format!("{}/{}", keymap.first(id), keymap.first(back)),
            None => keymap.first(id),
        };
        let width = measure(&key) + 1 + measure(words);
        if used + width > room {
            rows.push(Line(Vec::new()));
            used = 0;
        }
        let gap = if used > 0 { "  " } else { "" };
        used += width + 2;
        if let Some(row) = rows.last_mut() {
            let line = std::mem::replace(row, Line(Vec::new()));
            *row = line
                .and(gap, Tone::Dim)
                .and(key, Tone::Key)
                .and(format!(" {words}"), Tone::Dim);
        }
    }
    rows
}
