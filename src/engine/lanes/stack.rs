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
    has_gaps: bool,
}

impl Stack {
    pub(super) fn new(model: &LaneModel, view: &View, has_graph: bool, columns: &Columns) -> Self {
        let count = model.rows.len();
        let spaced = (count * 2).saturating_sub(1);
        let fits = |lines: usize| view.height.is_none_or(|height| lines <= height);
        let has_gaps = has_graph && fits(spaced);
        let step = if has_gaps { 2 } else { 1 };
        let first = |layer| first_of(model, layer);
        let begins_with_build = first(Layer::Build) == Some(0);
        let top =
            usize::from(has_gaps && view.width >= WIDE && begins_with_build && fits(spaced + 1));
        let lines: Vec<usize> = (0..count).map(|row| top + row * step).collect();
        let used = lines.last().map_or(0, |last| last + 1);
        // Tags of the last lane are written below it, where there is a line to spare.
        let has_labels_below = columns.iter().any(|(event, _)| {
            let event = &model.events[event];
            event.row + 1 == count && event.link.is_none() && !event.labels.is_empty()
        });
        let below = has_gaps && view.width >= WIDE && has_labels_below && fits(used + 1);
        let mut captions = Vec::new();
        for layer in [Layer::Build, Layer::Run] {
            let Some(row) = first(layer).filter(|_| has_gaps) else {
                continue;
            };
            let line = lines[row];
            let above = line.checked_sub(1).filter(|_| view.width >= WIDE);
            let beneath = (row + 1 < count).then_some(line + 1);
            let place = above.or(beneath).or_else(|| line.checked_sub(1));
            captions.extend(place.map(|line| (line, layer.word())));
        }
        Self {
            lines,
            height: used + usize::from(below),
            captions,
            has_gaps,
        }
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
        (self.has_gaps && gap < self.height && self.row_at(gap).is_none()).then_some(gap)
    }
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
