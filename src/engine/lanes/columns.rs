//! Which events fit, and in which column each stands.

use std::ops::Range;

use unicode_width::UnicodeWidthStr;

use super::drawing::View;
use super::event::LaneModel;
use super::event::Leave;
use super::event::RowKind;

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
/// One event before the hotfix is shown per so many cells.
const CONTEXT: usize = 10;

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

/// Chooses events and columns for a graph of `width` cells: the newest events that fit, the relevant ones first;
/// the selected one always.
pub(super) fn columns(model: &LaneModel, view: &View, width: usize) -> Columns {
    let count = model.events.len();
    let end = count.saturating_sub(view.pan);
    let window = Window { model, view, width };
    let selected = view.selected.as_ref();
    let Some(wanted) = selected.and_then(|key| model.column_of(key)) else {
        return window.at(end);
    };
    let shown = window.at(end);
    if (shown.first..end).contains(&wanted) {
        return shown;
    }
    // Half a screen at once: a step must not move every column of the picture.
    let half = shown.at.len() / 2;
    let mut end = (wanted + 1 + half).min(count);
    loop {
        let shown = window.at(end);
        if shown.first <= wanted || end <= wanted + 1 {
            return shown;
        }
        end -= 1;
    }
}

/// Chooses what is shown left of some event.
struct Window<'a> {
    model: &'a LaneModel,
    view: &'a View,
    width: usize,
}

impl Window<'_> {
    /// Returns the events before `end` that fit.
    fn at(&self, end: usize) -> Columns {
        let Self { model, view, width } = *self;
        let relevant = model.first_relevant.min(end);
        let all = [Detail::Everything, Detail::NoLabels, Detail::NodesOnly];
        let details = if view.zoom < 0 { &all[2..] } else { &all[..] };
        let mut gaps = Gaps::new(model, view, Detail::NodesOnly);
        for detail in details {
            gaps = Gaps::new(model, view, *detail);
            if gaps.need(model, relevant..end) <= width {
                break;
            }
        }
        // What happened long before the fix is context: some of it says where the lanes come from, all is noise.
        let has_fix = model.rows.iter().any(|row| row.kind == RowKind::Fix);
        let is_now = end == model.events.len();
        let context = if has_fix && is_now && view.zoom >= 0 {
            (width / CONTEXT).max(3)
        } else {
            end
        };
        let mut first = end;
        while first > 0
            && relevant.saturating_sub(first) < context
            && gaps.need(model, first - 1..end) <= width
        {
            first -= 1;
        }
        let spare = width.saturating_sub(gaps.need(model, first..end));
        Columns {
            first,
            at: spread(model, &gaps, first..end, width, spare),
            is_panned: !is_now,
        }
    }
}

/// The least distances at one level of detail.
struct Gaps {
    detail: Detail,
    /// From the event before to each event.
    gaps: Vec<usize>,
    /// The sum of the gaps of all events before each, so that any range is measured at once.
    sums: Vec<usize>,
}

impl Gaps {
    fn new(model: &LaneModel, view: &View, detail: Detail) -> Self {
        let mut folds = vec![0; model.events.len()];
        for fold in model.rows.iter().flat_map(|row| &row.folds) {
            let room = folds.get_mut(fold.at);
            if let Some(room) = room.filter(|_| detail != Detail::NodesOnly) {
                *room = (*room).max(fold.count.to_string().len() + 5);
            }
        }
        let zoom = usize::try_from(view.zoom).unwrap_or(0) * 2;
        let gap = |event: usize| {
            let own = own_room(model, event);
            if leave(model, event) == Some(Leave::Previous) {
                return 2;
            }
            let before = event.checked_sub(1);
            let label = before.map_or(0, |before| label_room(model, before, detail));
            (2 + own).max(label).max(folds[event] + own) + zoom
        };
        let gaps: Vec<usize> = (0..model.events.len()).map(gap).collect();
        let mut sums = vec![0];
        for gap in &gaps {
            sums.push(sums.last().map_or(0, |sum| sum + gap));
        }
        Self { detail, gaps, sums }
    }

    /// Returns the cells that a range of events needs.
    fn need(&self, model: &LaneModel, shown: Range<usize>) -> usize {
        if shown.is_empty() {
            return TAIL;
        }
        let first = LEAD + own_room(model, shown.start);
        let between = self.sums[shown.end] - self.sums[shown.start + 1];
        first + between + self.tail(model, shown.end - 1)
    }

    /// Returns the cells right of the last event.
    fn tail(&self, model: &LaneModel, last: usize) -> usize {
        TAIL.max(label_room(model, last, self.detail))
    }
}

fn leave(model: &LaneModel, event: usize) -> Option<Leave> {
    model.events[event].link.map(|link| link.leave)
}

/// Returns the cells left of an event that belong to it.
fn own_room(model: &LaneModel, event: usize) -> usize {
    match leave(model, event) {
        Some(Leave::Commit) => 2,
        Some(Leave::Previous | Leave::Tee) | None => 0,
    }
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

/// Gives the spare cells to the gaps, evenly; what is left over goes to the left, since "now" is at the right.
fn spread(
    model: &LaneModel,
    gaps: &Gaps,
    shown: Range<usize>,
    width: usize,
    spare: usize,
) -> Vec<usize> {
    let is_stretchy =
        |event: usize| event != shown.start && leave(model, event) != Some(Leave::Previous);
    let stretchy = shown.clone().filter(|event| is_stretchy(*event)).count();
    let share = (spare / (stretchy + 2)).min(WIDEST);
    let last = shown.clone().last();
    let tail = last.map_or(TAIL, |last| gaps.tail(model, last));
    let mut column = width.saturating_sub(tail + share);
    let mut at = Vec::with_capacity(shown.len());
    for event in shown.clone().rev() {
        at.push(column);
        let extra = if is_stretchy(event) { share } else { 0 };
        column = column.saturating_sub(gaps.gaps[event] + extra);
    }
    at.reverse();
    at
}
