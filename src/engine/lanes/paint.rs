//! A sheet of cells: text by its width on the screen, marks of what belongs to which event.

use compact_str::ToCompactString as _;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::drawing::Cell;
use super::drawing::Hit;
use super::drawing::Role;
use super::event::EventKey;

/// Cells being painted.
pub(super) struct Sheet {
    width: usize,
    pub(super) rows: Vec<Vec<Cell>>,
    pub(super) hits: Vec<Hit>,
}

impl Sheet {
    pub(super) fn new(width: usize, height: usize) -> Self {
        let blank = Cell {
            text: " ".into(),
            role: Role::Blank,
            is_selected: false,
        };
        Self {
            width,
            rows: vec![vec![blank; width]; height],
            hits: Vec::new(),
        }
    }

    /// Paints one glyph.
    pub(super) fn put(&mut self, row: usize, column: usize, glyph: char, role: Role) {
        if let Some(cell) = self.rows.get_mut(row).and_then(|row| row.get_mut(column)) {
            cell.text = glyph.to_compact_string();
            cell.role = role;
        }
    }

    /// Writes text from `column` on, at most `room` cells; what does not fit ends with `cut`.
    pub(super) fn write(
        &mut self,
        row: usize,
        column: usize,
        room: usize,
        text: &str,
        role: Role,
        cut: char,
    ) {
        let room = room.min(self.width.saturating_sub(column));
        let Some(cells) = self.rows.get_mut(row) else {
            return;
        };
        let mut at = column;
        for part in fit(text, room, cut).graphemes(true) {
            let wide = part.width();
            if wide == 0 {
                continue;
            }
            for (offset, cell) in cells[at..at + wide].iter_mut().enumerate() {
                cell.text = (if offset == 0 { part } else { "" }).into();
                cell.role = role;
            }
            at += wide;
        }
    }

    /// Tells whether nothing is painted in these cells.
    pub(super) fn is_free(&self, row: usize, columns: std::ops::Range<usize>) -> bool {
        let cells = self.rows.get(row).and_then(|cells| cells.get(columns));
        cells.is_some_and(|cells| cells.iter().all(|cell| cell.role == Role::Blank))
    }

    /// Tells whether these cells show nothing but the line of a lane, and no selection: a label must not cover it.
    pub(super) fn is_line(&self, row: usize, columns: std::ops::Range<usize>) -> bool {
        let is_line = |cell: &Cell| {
            let is_one = matches!(
                cell.role,
                Role::Line | Role::LineContains | Role::LineLacks | Role::LineUnknown
            );
            is_one && !cell.is_selected
        };
        let cells = self.rows.get(row).and_then(|cells| cells.get(columns));
        cells.is_some_and(|cells| cells.iter().all(is_line))
    }

    /// Marks cells as belonging to an event.
    pub(super) fn hit(
        &mut self,
        row: usize,
        columns: std::ops::Range<usize>,
        event: &EventKey,
        is_selected: bool,
    ) {
        let Some(cells) = self
            .rows
            .get_mut(row)
            .and_then(|row| row.get_mut(columns.clone()))
        else {
            return;
        };
        for cell in cells {
            cell.is_selected = is_selected;
        }
        self.hits.push(Hit {
            row,
            columns,
            event: event.clone(),
        });
    }
}

/// Returns `text` in at most `room` cells, ending with `cut` where something is missing.
pub(super) fn fit(text: &str, room: usize, cut: char) -> String {
    if measure(text) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for part in text.graphemes(true) {
        if used + part.width() >= room {
            break;
        }
        used += part.width();
        kept.push_str(part);
    }
    if room > 0 {
        kept.push(cut);
    }
    kept
}

/// Returns the cells that a text takes, grapheme by grapheme as it is painted.
pub(super) fn measure(text: &str) -> usize {
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}
