//! The main screen: header, lanes, panes, status, hints.

use std::sync::Arc;

use ratatui::layout::Rect;

use crate::engine::lanes as graph;
use crate::tui::app::App;
use crate::tui::app::Pane;
use crate::tui::app::Tone;
use crate::tui::app::footer as next_and_waits;

use super::approvals;
use super::checklist;
use super::detail;
use super::footer;
use super::header;
use super::lane_pane;
use super::lane_pane::legend;
use super::lane_pane::summary;
use super::layout;
use super::layout::Places;
use super::layout::Tops;
use super::leader;
use super::log;
use super::pane;
use super::pen::Pen;
use super::pen::short;

/// Draws the message that is left where nothing fits.
pub(super) fn too_small(pen: &mut Pen<'_, '_>, area: Rect) {
    let style = pen.tone(Tone::Plain);
    let lines = [
        "too small: needs 40x12".to_owned(),
        format!("this is {}x{}", area.width, area.height),
        "q quit  ? help".to_owned(),
    ];
    let top = area.y + area.height.saturating_sub(3) / 2;
    for (n, line) in lines.iter().enumerate() {
        let y = top + short(n);
        if y >= area.bottom() {
            break;
        }
        let room = usize::from(area.width);
        let indent = room.saturating_sub(line.len()) / 2;
        pen.text(area.x + short(indent), y, room, line, style);
    }
}

/// Draws the main screen.
pub(super) fn draw(app: &App, pen: &mut Pen<'_, '_>, area: Rect, tops: &mut Tops) {
    let model = app.graph.as_ref();
    let room = usize::from(area.width).saturating_sub(2);
    let more = pen.glyphs.more;
    let mut said = footer::status_lines(app, room, more);
    let mut places = arrange(app, pen, area, short(said.len()), tops);
    // What is next is worth more than the end of a long status.
    while said.len() > 1 && hides_next(app, &places) {
        said = footer::status_rows(app, room, said.len() - 1, more);
        places = arrange(app, pen, area, short(said.len()), tops);
    }
    tops.panes.clone_from(&places.panes);
    header::draw(app, pen, places.header);
    for (pane, area) in &places.panes {
        let area = *area;
        if *pane == Pane::Lanes {
            lane_pane::draw(app, pen, (area, places.has_borders), model, tops);
            continue;
        }
        let inner = if places.has_borders {
            pane::border(app, pen, area, *pane, places.has_tabs)
        } else {
            pane::heading(app, pen, area, *pane, places.has_tabs)
        };
        match pane {
            Pane::Lanes => {}
            Pane::Checklist => checklist::draw(app, pen, inner, &mut tops.checklist),
            Pane::Approvals => {
                let limit = &mut tops.limits.inbox;
                approvals::draw(app, pen, inner, &mut tops.approvals, limit);
            }
            Pane::Detail => detail::draw(app, pen, inner, &mut tops.limits.detail),
            Pane::Log => log::draw(app, pen, inner, &mut tops.limits.log),
        }
    }
    footer::status(app, pen, places.status, &said);
    // The list stands in place of the hints; only where there is no overlay.
    match leader::listed(app, pen.screen().width) {
        Some(keys) => leader::draw(app, keys, pen),
        None => footer::hints(app, pen, places.hints),
    }
}

/// Returns where everything goes beside a status of so many rows.
fn arrange(app: &App, pen: &Pen<'_, '_>, area: Rect, said: u16, tops: &mut Tops) -> Places {
    let model = app.graph.as_ref();
    let natural = natural_height(app, pen, (area.width, None), model, tops);
    let places = layout::places(app, area, natural, said);
    // Squeezed, the graph takes fewer rows than it was given: the panes below get the rest.
    if app.split == 0
        && let Some((_, lanes)) = places.panes.iter().find(|(pane, _)| *pane == Pane::Lanes)
    {
        let natural = natural_height(app, pen, (area.width, Some(lanes.height)), model, tops);
        if natural < lanes.height && !app.is_zoomed {
            return layout::places(app, area, natural, said);
        }
    }
    places
}

/// Tells whether the checklist is on the screen and has no row for what is next.
fn hides_next(app: &App, places: &Places) -> bool {
    let mut panes = places.panes.iter();
    let around = if places.has_borders { 2 } else { 1 };
    panes.any(|(pane, area)| *pane == Pane::Checklist && area.height <= around)
        && !next_and_waits(app).is_empty()
}

/// Returns the rows that the lanes would like, with border, summary and legend; in `height` rows at most, where given.
fn natural_height(
    app: &App,
    pen: &Pen<'_, '_>,
    (width, height): (u16, Option<u16>),
    model: Option<&Arc<graph::LaneModel>>,
    tops: &mut Tops,
) -> u16 {
    let Some(model) = model else { return 8 };
    let has_borders = app.fit() > crate::tui::app::Fit::Compact;
    let border = if has_borders { 2 } else { 1 };
    let width = usize::from(width.saturating_sub(border + u16::from(has_borders)));
    let legend = usize::from(legend(app, pen, width).is_some());
    let said = u16::from(!model.summary.is_empty());
    let most = height.map(|height| usize::from(height.saturating_sub(border + said)));
    let view = graph::View {
        height: if has_borders { most } else { Some(0) },
        zoom: app.graph_zoom,
        is_list: !has_borders,
        ..graph::View::new(width)
    };
    let drawing = tops.drawings.get(model, &view, &pen.glyphs.graph);
    let spare = most.map_or(1, |most| most.saturating_sub(drawing.rows.len()));
    let summary = summary(model, width, spare).len();
    short(drawing.rows.len() + summary + legend) + border
}
