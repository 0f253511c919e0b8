//! Where everything goes at a given size (console.md 2.2).

use ratatui::layout::Rect;

use crate::engine::lanes::EventKey;
use crate::tui::app::App;
use crate::tui::app::Fit;
use crate::tui::app::Limits;
use crate::tui::app::Pane;

use super::lane_pane::GraphPlace;
use super::lanes::Drawings;

/// First rows shown per scrolling list.
#[derive(Debug, Clone, Default)]
pub(super) struct Tops {
    pub(super) lanes: usize,
    /// The newest event of the graph that was shown, where newer ones were scrolled out.
    pub(super) end: Option<EventKey>,
    pub(super) drawings: Drawings,
    /// What was drawn where, for the mouse.
    pub(super) panes: Vec<(Pane, Rect)>,
    pub(super) graph: Option<GraphPlace>,
    pub(super) checklist: usize,
    pub(super) approvals: usize,
    pub(super) limits: Limits,
}

/// The areas of the main screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Places {
    pub(super) header: Rect,
    pub(super) panes: Vec<(Pane, Rect)>,
    /// The pane whose border carries the tabs of the others.
    pub(super) has_tabs: bool,
    pub(super) has_borders: bool,
    pub(super) status: Rect,
    pub(super) hints: Rect,
}

/// Rows that the pane below the lanes keeps whatever the lanes need.
const BELOW: u16 = 12;
const BELOW_STACKED: u16 = 7;

/// Returns the areas; `natural` is the height that the lanes would like, borders included.
/// `said` is the number of rows that the status needs.
pub(super) fn places(app: &App, area: Rect, natural: u16, said: u16) -> Places {
    let fit = app.fit();
    let row = |y: u16| Rect::new(area.x, y, area.width, 1);
    let header = row(area.y);
    let said = said.clamp(1, 3).min(area.height.saturating_sub(8).max(1));
    let status = Rect::new(area.x, area.bottom() - 1 - said, area.width, said);
    let hints = row(area.bottom() - 1);
    let body = Rect::new(area.x, area.y + 1, area.width, area.height - 2 - said);
    let has_borders = fit > Fit::Compact;
    let mut places = Places {
        header,
        panes: Vec::new(),
        has_tabs: false,
        has_borders,
        status,
        hints,
    };
    if app.is_zoomed {
        places.panes.push((app.focus, body));
        return places;
    }
    // As if the status took one row: what it takes besides, the lanes do not pay for.
    let whole = body.height + said - 1;
    let split = |least_below: u16| {
        let most = whole.saturating_sub(least_below);
        let wanted = natural.min(most).saturating_add_signed(app.split);
        wanted.clamp(3.min(body.height), body.height.saturating_sub(3).max(3))
    };
    match fit {
        Fit::TooSmall => {}
        Fit::Compact => {
            // A list of lanes without the last of them, which is production, is worth less than two rows below.
            let lanes = split((whole * 2 / 5).max(3));
            let (top, bottom) = cut(body, lanes);
            places.panes.push((Pane::Lanes, top));
            places.panes.push((app.tab(), bottom));
            places.has_tabs = true;
        }
        Fit::Stacked => {
            let (top, bottom) = cut(body, split(BELOW_STACKED + 2));
            places.panes.push((Pane::Lanes, top));
            places.panes.push((app.tab(), bottom));
            places.has_tabs = true;
        }
        Fit::Columns => {
            let (top, bottom) = cut(body, split(BELOW.max(whole / 2)));
            places.panes.push((Pane::Lanes, top));
            columns(&mut places, bottom);
        }
    }
    places
}

/// Three columns; the right one is Detail over Log.
fn columns(places: &mut Places, area: Rect) {
    let checklist = area.width * 42 / 120;
    let approvals = area.width * 36 / 120;
    let rest = area.width - checklist - approvals;
    let x = area.x + checklist + approvals;
    let log = (area.height * 2 / 5).clamp(4.min(area.height), 14);
    places.panes.push((
        Pane::Checklist,
        Rect::new(area.x, area.y, checklist, area.height),
    ));
    places.panes.push((
        Pane::Approvals,
        Rect::new(area.x + checklist, area.y, approvals, area.height),
    ));
    places
        .panes
        .push((Pane::Detail, Rect::new(x, area.y, rest, area.height - log)));
    places
        .panes
        .push((Pane::Log, Rect::new(x, area.bottom() - log, rest, log)));
}

fn cut(area: Rect, top: u16) -> (Rect, Rect) {
    let top = top.min(area.height);
    (
        Rect::new(area.x, area.y, area.width, top),
        Rect::new(area.x, area.y + top, area.width, area.height - top),
    )
}

/// Returns the first row to show so that `selected` is visible.
pub(super) fn scroll(top: usize, selected: Option<usize>, len: usize, height: usize) -> usize {
    if height == 0 {
        return 0;
    }
    let last = len.saturating_sub(height);
    let Some(selected) = selected else {
        return top.min(last);
    };
    let least = (selected + 1).saturating_sub(height);
    top.clamp(least, selected.max(least)).min(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_scrolls_only_as_far_as_the_selection_needs() {
        assert_eq!(scroll(0, Some(3), 10, 5), 0);
        assert_eq!(scroll(0, Some(7), 10, 5), 3);
        assert_eq!(scroll(4, Some(2), 10, 5), 2);
        assert_eq!(scroll(9, None, 3, 5), 0);
        assert_eq!(scroll(0, Some(0), 1, 0), 0);
    }
}
