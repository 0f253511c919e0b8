//! A laid-out lane graph: cells with a meaning each, where events can be hit, and the same in sentences.

use std::ops::Range;

use compact_str::CompactString;

use crate::model::Layer;

use super::event::EventKey;

/// The lane graph at one width. Each row is exactly `width` cells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drawing {
    pub width: usize,
    pub rows: Vec<Vec<Cell>>,
    /// Where events are, for the mouse and for scrolling to a selection.
    pub hits: Vec<Hit>,
    /// Events drawn, oldest first.
    pub shown: Vec<EventKey>,
    /// One sentence per lane, for the linear mode.
    pub text: Vec<String>,
    /// The line of each row of the model.
    pub lines: Vec<usize>,
    /// The lines on which BUILD and RUN are written.
    pub captions: Vec<(usize, Layer)>,
    /// How many newer events are scrolled out at the right: the pan asked for, or what the selection needs.
    pub pan: usize,
    /// How many events are cut off at the left.
    pub earlier: usize,
}

/// One cell of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// What is in it; empty for the right half of a wide character.
    pub text: CompactString,
    pub role: Role,
    /// It belongs to the selected event.
    pub is_selected: bool,
}

/// What a cell means. The theme decides how it looks; the glyph and a word say it without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    Blank,
    /// BUILD and RUN.
    Caption,
    Name,
    /// The name of the selected hotfix.
    FixName,
    Line,
    LineContains,
    LineLacks,
    LineUnknown,
    Connector,
    ConnectorPending,
    NodeCommit,
    NodeMerge,
    NodeMark,
    NodeFix,
    NodePending,
    NodeBad,
    Label,
    Fold,
    PresenceOk,
    PresencePending,
    PresenceMissing,
    PresenceUnknown,
    Dim,
}

/// Cells of one row that belong to an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    pub row: usize,
    pub columns: Range<usize>,
    pub event: EventKey,
}

/// How much of the graph is looked at, and how closely.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    pub width: usize,
    /// With fewer rows than this the gaps between lanes go; the caller scrolls what is still too tall.
    pub height: Option<usize>,
    /// How many of the newest events are scrolled out at the right; a selection is shown whatever this says.
    pub pan: usize,
    /// Above 0 spreads the events, below 0 packs them.
    pub zoom: i8,
    pub selected: Option<EventKey>,
    /// Names and how each stands only, for a screen too small for a graph.
    pub is_list: bool,
}

impl View {
    /// Returns the view of everything that fits into `width`.
    pub fn new(width: usize) -> Self {
        Self {
            width,
            ..Self::default()
        }
    }
}

impl Drawing {
    /// Returns the event at a cell.
    pub fn event_at(&self, row: usize, column: usize) -> Option<&EventKey> {
        // What was painted later lies above.
        self.hits
            .iter()
            .rfind(|hit| hit.row == row && hit.columns.contains(&column))
            .map(|hit| &hit.event)
    }

    /// Returns the row of the model that is on a line.
    pub fn row_at(&self, line: usize) -> Option<usize> {
        self.lines.binary_search(&line).ok()
    }

    /// Returns the lines between which the view must be so that this row, or else this event, is seen.
    pub fn line_of(&self, row: Option<usize>, event: Option<&EventKey>) -> Option<usize> {
        let node = event.and_then(|event| self.hits.iter().rfind(|hit| &hit.event == event));
        node.map(|hit| hit.row)
            .or_else(|| self.lines.get(row?).copied())
    }

    /// Returns the rows as text, without spaces at the end.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for row in &self.rows {
            let line: String = row.iter().map(|cell| cell.text.as_str()).collect();
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}
