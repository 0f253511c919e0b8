//! The lines from top to bottom: one per row, gaps between them for connectors and labels, captions.

use super::drawing::View;
use super::event::LaneModel;
use super::event::RowKind;
use super::layout::WIDE;
use crate::model::Layer;

/// Where each row's line is.
pub(super) struct Stack {
    lines: Vec<usize>,
    height: usize,
    captions: Vec<(usize, Layer)>,
}

impl Stack {
    pub(super) fn new(model: &LaneModel, view: &View, has_graph: bool) -> Self {
        let count = model.rows.len();
        let most = view.height.unwrap_or(usize::MAX);
        let is_wide = has_graph && view.width >= WIDE;
        let begins_with_build = first_of(model, Layer::Build) == Some(0);
        // What is scrolled has lines enough for a caption above the first lane.
        let is_roomy = is_wide || (has_graph && count > most);
        let extras = extras(model, is_roomy && begins_with_build);
        let spare = most.saturating_sub(count);
        // What must be scrolled anyway keeps its headings, and what just fits keeps the one above RUN.
        let must = match count.cmp(&most) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => 1,
            std::cmp::Ordering::Greater => 2,
        };
        let spare = if most == 0 { 0 } else { spare.max(must) };
        let chosen = &extras[..extras.len().min(if has_graph { spare } else { 0 })];
        let has_top = chosen.contains(&Extra::Top);
        let mut line = usize::from(has_top);
        let mut lines = Vec::with_capacity(count);
        for row in 0..count {
            line += usize::from(chosen.contains(&Extra::Above(row)));
            lines.push(line);
            line += 1;
        }
        // Tags of the last lane are written below it, where there is a line to spare.
        // By what there is, not by what is shown: going through time moves nothing up or down.
        let has_labels_below = model.events.iter().any(|event| {
            event.row + 1 == count && event.link.is_none() && !event.labels.is_empty()
        });
        let has_all = chosen.len() == extras.len();
        let has_below = is_wide && has_all && has_labels_below && line < most;
        let mut made = Self {
            lines,
            height: line + usize::from(has_below),
            captions: Vec::new(),
        };
        // Where one line is all there is between the two, it is the heading of what stands below it.
        for layer in [Layer::Run, Layer::Build] {
            let Some(row) = first_of(model, layer).filter(|_| has_graph) else {
                continue;
            };
            let own = made.lines[row];
            let above = own.checked_sub(1);
            let beneath = Some(own + 1).filter(|_| row + 1 < count);
            // Above, wherever there is a line: what stands between a heading and the next one is read as its own. Only the
            // first lane of a narrow screen has none, and its heading stands below it.
            let free = [above, beneath].into_iter().flatten().find(|line| {
                let is_taken = made.captions.iter().any(|(taken, _)| taken == line);
                made.row_at(*line).is_none() && !is_taken
            });
            made.captions.extend(free.map(|line| (line, layer)));
        }
        made
    }

    pub(super) fn height(&self) -> usize {
        self.height
    }

    pub(super) fn line(&self, row: usize) -> usize {
        self.lines[row]
    }

    pub(super) fn captions(&self) -> &[(usize, Layer)] {
        &self.captions
    }

    /// Returns the line of every row.
    pub(super) fn lines(&self) -> &[usize] {
        &self.lines
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

/// A line between or above the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extra {
    /// Above the first row, for the caption.
    Top,
    /// Above this row.
    Above(usize),
}

/// Returns the extra lines, the most useful first: those that carry a caption, those beside the hotfix, then from
/// the top.
fn extras(model: &LaneModel, has_top: bool) -> Vec<Extra> {
    let fix = model.rows.iter().position(|row| row.kind == RowKind::Fix);
    let run = first_of(model, Layer::Run);
    let below_build = first_of(model, Layer::Build).map(|row| row + 1);
    let above = |row: usize| {
        (1..model.rows.len())
            .contains(&row)
            .then_some(Extra::Above(row))
    };
    let mut first = vec![run.and_then(above)];
    if has_top {
        first.push(Some(Extra::Top));
    } else {
        first.push(below_build.and_then(above));
    }
    first.push(fix.and_then(above));
    let is_count = |row: usize| {
        model
            .rows
            .get(row)
            .is_some_and(|row| row.kind == RowKind::Others)
    };
    let beneath = fix.map(|row| if is_count(row + 1) { row + 2 } else { row + 1 });
    first.push(beneath.and_then(above));
    first.push(below_build.and_then(above));
    let rest = (1..model.rows.len()).map(|row| Some(Extra::Above(row)));
    let mut extras: Vec<Extra> = Vec::new();
    for extra in first.into_iter().chain(rest).flatten() {
        // A count belongs to the row above it.
        let is_needless = matches!(extra, Extra::Above(row) if is_count(row));
        if !extras.contains(&extra) && !is_needless {
            extras.push(extra);
        }
    }
    extras
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
