//! The lines from top to bottom: one per row, gaps between them for connectors and labels, captions.

use super::columns::Columns;
use super::drawing::View;
use super::event::LaneModel;
use super::event::RowKind;
use super::layout::WIDE;
use crate::model::Layer;

/// Where each row's line is.
pub(super) struct Stack {
    lines: Vec<usize>,
    height: usize,
    captions: Vec<(usize, &'static str)>,
}

impl Stack {
    pub(super) fn new(model: &LaneModel, view: &View, has_graph: bool, columns: &Columns) -> Self {
        let count = model.rows.len();
        let most = view.height.unwrap_or(usize::MAX);
        let is_wide = has_graph && view.width >= WIDE;
        let mut above = above_rows(model);
        above.truncate(if has_graph {
            most.saturating_sub(count)
        } else {
            0
        });
        let has_all = above.len() + 1 >= count;
        let spaced = count + above.len();
        let begins_with_build = first_of(model, Layer::Build) == Some(0);
        let has_top = is_wide && has_all && begins_with_build && spaced < most;
        let mut line = usize::from(has_top);
        let mut lines = Vec::with_capacity(count);
        for row in 0..count {
            line += usize::from(above.contains(&row));
            lines.push(line);
            line += 1;
        }
        // Tags of the last lane are written below it, where there is a line to spare.
        let has_labels_below = columns.iter().any(|(event, _)| {
            let event = &model.events[event];
            event.row + 1 == count && event.link.is_none() && !event.labels.is_empty()
        });
        let has_below = is_wide && has_all && has_labels_below && line < most;
        let mut made = Self {
            lines,
            height: line + usize::from(has_below),
            captions: Vec::new(),
        };
        for layer in [Layer::Build, Layer::Run] {
            let Some(row) = first_of(model, layer).filter(|_| has_graph) else {
                continue;
            };
            let own = made.lines[row];
            let above = own.checked_sub(1);
            let beneath = Some(own + 1).filter(|_| row + 1 < count);
            let places = if is_wide {
                [above, beneath]
            } else {
                [beneath, above]
            };
            let free = places
                .into_iter()
                .flatten()
                .find(|line| made.row_at(*line).is_none());
            made.captions.extend(free.map(|line| (line, layer.word())));
        }
        made
    }

    pub(super) fn height(&self) -> usize {
        self.height
    }

    pub(super) fn line(&self, row: usize) -> usize {
        self.lines[row]
    }

    pub(super) fn captions(&self) -> impl Iterator<Item = (usize, &'static str)> + '_ {
        self.captions.iter().copied()
    }

    /// Returns the row on this line, if it is no gap.
    pub(super) fn row_at(&self, line: usize) -> Option<usize> {
        self.lines.binary_search(&line).ok()
    }

    /// Returns the gap next to a row, towards another line.
    pub(super) fn gap_towards(&self, row: usize, line: usize) -> Option<usize> {
        let own = self.lines[row];
        let gap = if line > own {
            own + 1
        } else {
            own.checked_sub(1)?
        };
        (gap < self.height && self.row_at(gap).is_none()).then_some(gap)
    }
}

/// Returns the rows that get a gap above them, the most useful gap first: those that carry a caption, those beside
/// the hotfix, then from the top.
fn above_rows(model: &LaneModel) -> Vec<usize> {
    let fix = model.rows.iter().position(|row| row.kind == RowKind::Fix);
    let run = first_of(model, Layer::Run);
    let below_build = first_of(model, Layer::Build).map(|row| row + 1);
    let first = [run, below_build, fix, fix.map(|row| row + 1)];
    let mut above: Vec<usize> = Vec::new();
    for row in first.into_iter().flatten().chain(1..model.rows.len()) {
        if row > 0 && row < model.rows.len() && !above.contains(&row) {
            above.push(row);
        }
    }
    above
}

/// Returns the first row of a layer that is no release lane.
fn first_of(model: &LaneModel, wanted: Layer) -> Option<usize> {
    model.rows.iter().position(|row| match &row.kind {
        RowKind::Lane {
            layer, is_release, ..
        } => *layer == wanted && !is_release,
        RowKind::Fix | RowKind::Others => false,
    })
}
