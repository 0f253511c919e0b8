//! Which events fit, and in which column each stands.

use unicode_width::UnicodeWidthStr;

use super::drawing::View;
use super::event::LaneModel;
use super::event::Leave;

/// The columns of the events shown, relative to the graph's left edge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Columns {
    /// The first event shown; those before it are cut off at the left.
    pub(super) first: usize,
    pub(super) at: Vec<usize>,
    /// Newer events are scrolled out at the right.
    pub(super) is_panned: bool,
}

/// What gets room of its own; what does not is drawn only where there happens to be some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Detail {
    Everything,
    NoLabels,
    NodesOnly,
}

/// Free cells that one gap takes at most, so that few events do not drift apart.
const WIDEST: usize = 12;
/// Line before the first event and after the last.
const LEAD: usize = 3;
const TAIL: usize = 4;

impl Columns {
    /// Returns the column of an event, if it is shown.
    pub(super) fn of(&self, event: usize) -> Option<usize> {
        self.at.get(event.checked_sub(self.first)?).copied()
    }

    /// Returns the events shown with their columns.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (usize, usize)> + '_ {
        let first = self.first;
        self.at
            .iter()
            .enumerate()
            .map(move |(index, column)| (first + index, *column))
    }
}

/// Chooses events and columns for a graph of `width` cells: the newest events that fit, the relevant ones first.
pub(super) fn columns(model: &LaneModel, view: &View, width: usize) -> Columns {
    let end = model.events.len().saturating_sub(view.pan);
    let relevant = model.first_relevant.min(end);
    let all = [Detail::Everything, Detail::NoLabels, Detail::NodesOnly];
    let details = if view.zoom < 0 { &all[2..] } else { &all[..] };
    let fits = |first: usize, detail: Detail| need(model, view, first..end, detail) <= width;
    let detail = details
        .iter()
        .copied()
        .find(|detail| fits(relevant, *detail))
        .unwrap_or(Detail::NodesOnly);
    let mut first = end;
    while first > 0 && fits(first - 1, detail) {
        first -= 1;
    }
    let spare = width.saturating_sub(need(model, view, first..end, detail));
    Columns {
        first,
        at: spread(model, view, first..end, detail, width, spare),
        is_panned: view.pan > 0 && end < model.events.len(),
    }
}

/// Returns the cells that a range of events needs.
fn need(model: &LaneModel, view: &View, shown: std::ops::Range<usize>, detail: Detail) -> usize {
    let gaps: usize = shown
        .clone()
        .map(|event| gap(model, view, shown.start, event, detail))
        .sum();
    let last_label = shown
        .last()
        .map_or(0, |event| label_room(model, event, detail));
    gaps + TAIL.max(last_label)
}

/// Returns the least distance from the event before (or the left edge) to `event`.
fn gap(model: &LaneModel, view: &View, first: usize, event: usize, detail: Detail) -> usize {
    let leave = model.events[event].link.map(|link| link.leave);
    let own = match leave {
        Some(Leave::Commit) => 2,
        Some(Leave::Previous | Leave::Tee) | None => 0,
    };
    if event == first {
        return LEAD + own;
    }
    if leave == Some(Leave::Previous) {
        return 2;
    }
    let label = label_room(model, event - 1, detail);
    let fold = match detail {
        Detail::Everything | Detail::NoLabels => fold_room(model, event),
        Detail::NodesOnly => 0,
    };
    let zoom = usize::try_from(view.zoom).unwrap_or(0) * 2;
    (2 + own).max(label).max(fold + own) + zoom
}

/// Returns the distance that the label of an event asks for, the short form being enough.
fn label_room(model: &LaneModel, event: usize, detail: Detail) -> usize {
    match detail {
        Detail::Everything => {
            let shortest = model.events[event].labels.last();
            shortest.map_or(0, |label| label.width().min(16) + 3)
        }
        Detail::NoLabels | Detail::NodesOnly => 0,
    }
}

/// Returns the distance that the fold counts right before an event ask for.
fn fold_room(model: &LaneModel, event: usize) -> usize {
    let folds = model.rows.iter().flat_map(|row| &row.folds);
    let here = folds.filter(|(at, _)| *at == event);
    here.map(|(_, count)| count.to_string().len() + 5)
        .max()
        .unwrap_or(0)
}

/// Gives the spare cells to the gaps, evenly; what is left over goes to the left, since "now" is at the right.
fn spread(
    model: &LaneModel,
    view: &View,
    shown: std::ops::Range<usize>,
    detail: Detail,
    width: usize,
    spare: usize,
) -> Vec<usize> {
    let is_stretchy = |event: usize| {
        let leave = model.events[event].link.map(|link| link.leave);
        event != shown.start && leave != Some(Leave::Previous)
    };
    let stretchy = shown.clone().filter(|event| is_stretchy(*event)).count();
    let share = (spare / (stretchy + 2)).min(WIDEST);
    let tail = need(model, view, shown.end..shown.end, detail).max(
        shown
            .clone()
            .last()
            .map_or(0, |event| label_room(model, event, detail)),
    );
    let mut column = width.saturating_sub(tail + share);
    let mut at = Vec::with_capacity(shown.len());
    for event in shown.clone().rev() {
        at.push(column);
        let extra = if is_stretchy(event) { share } else { 0 };
        column = column.saturating_sub(gap(model, view, shown.start, event, detail) + extra);
    }
    at.reverse();
    at
}
