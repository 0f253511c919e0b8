//! The main screen: header, lanes, panes, status, hints.

use ratatui::layout::Rect;

use crate::engine::lanes as graph;
use crate::tui::app::App;
use crate::tui::app::Pane;
use crate::tui::app::Tone;

use super::approvals;
use super::checklist;
use super::detail;
use super::footer;
use super::header;
use super::lanes;
use super::layout;
use super::layout::Tops;
use super::layout::places;
use super::log;
use super::pane;
use super::pen::Pen;
use super::pen::short;
use super::text::wrap;

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
    let model = app
        .board
        .as_ref()
        .map(|board| graph::model(&board.book, board.record.as_ref(), &board.seen));
    let said = footer::status_lines(app, usize::from(area.width).saturating_sub(2));
    let rows = short(said.len());
    let natural = natural_height(app, pen, area.width, None, model.as_ref());
    let mut places = places(app, area, natural, rows);
    // Squeezed, the graph takes fewer rows than it was given: the panes below get the rest.
    if app.split == 0
        && let Some((_, lanes)) = places.panes.iter().find(|(pane, _)| *pane == Pane::Lanes)
    {
        let natural = natural_height(app, pen, area.width, Some(lanes.height), model.as_ref());
        if natural < lanes.height && !app.is_zoomed {
            places = layout::places(app, area, natural, rows);
        }
    }
    header::draw(app, pen, places.header);
    for (pane, area) in &places.panes {
        let inner = if places.has_borders {
            pane::border(app, pen, *area, *pane, places.has_tabs)
        } else {
            pane::heading(app, pen, *area, *pane, places.has_tabs)
        };
        match pane {
            Pane::Lanes => {
                // One blank column keeps the reasons off the border.
                let inner = Rect {
                    width: inner.width.saturating_sub(1),
                    ..inner
                };
                draw_lanes(app, pen, inner, model.as_ref(), tops);
            }
            Pane::Checklist => checklist::draw(app, pen, inner, &mut tops.checklist),
            Pane::Approvals => approvals::draw(app, pen, inner, &mut tops.approvals),
            Pane::Detail => detail::draw(app, pen, inner, &mut tops.limits.detail),
            Pane::Log => log::draw(app, pen, inner, &mut tops.limits.log),
        }
    }
    footer::status(app, pen, places.status, &said);
    footer::hints(app, pen, places.hints);
}

/// Returns the rows that the lanes would like, with border, summary and legend; in `height` rows at most, where given.
fn natural_height(
    app: &App,
    pen: &Pen<'_, '_>,
    width: u16,
    height: Option<u16>,
    model: Option<&graph::LaneModel>,
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
        ..graph::View::new(width)
    };
    let drawing = graph::layout(model, &view, &pen.glyphs.graph);
    let spare = most.map_or(1, |most| most.saturating_sub(drawing.rows.len()));
    let summary = summary(model, width, spare).len();
    short(drawing.rows.len() + summary + legend) + border
}

/// Returns the fullest summary in two lines where a row is to spare, else the one that fits a line.
fn summary(model: &graph::LaneModel, width: usize, spare: usize) -> Vec<String> {
    let room = width.saturating_sub(1);
    let full = model.summary.first().map(|text| wrap(text, room));
    match full {
        Some(lines) if lines.len() == 1 || (lines.len() == 2 && spare > 0) => lines,
        Some(_) | None => model.summary(room).map(str::to_owned).into_iter().collect(),
    }
}

/// Returns the legend where it is wanted and fits.
fn legend(app: &App, pen: &Pen<'_, '_>, width: usize) -> Option<String> {
    if app.fit() != crate::tui::app::Fit::Columns {
        return None;
    }
    let legend = pen.glyphs.graph.legend();
    let tight = legend.replace("  ", " ");
    [legend, tight]
        .into_iter()
        .find(|legend| super::text::measure(legend) < width)
}

fn draw_lanes(
    app: &App,
    pen: &mut Pen<'_, '_>,
    area: Rect,
    model: Option<&graph::LaneModel>,
    tops: &mut Tops,
) {
    let Some(model) = model else {
        let words = match &app.blind {
            Some(why) => format!("nothing was seen: {why}"),
            None => "looking".to_owned(),
        };
        let style = pen.tone(Tone::Dim);
        pen.text(area.x, area.y, usize::from(area.width), &words, style);
        return;
    };
    let width = usize::from(area.width);
    let has_summary = !model.summary.is_empty() && area.height >= 3;
    let rows = usize::from(area.height).saturating_sub(usize::from(has_summary));
    let view = graph::View {
        height: Some(rows),
        selected: app.selection.event.clone(),
        ..graph::View::new(usize::from(area.width))
    };
    let drawing = graph::layout(model, &view, &pen.glyphs.graph);
    let spare = rows.saturating_sub(drawing.rows.len());
    let summary = if has_summary {
        summary(model, width, spare)
    } else {
        Vec::new()
    };
    let legend = legend(app, pen, width);
    let rows = rows.min(drawing.rows.len());
    tops.lanes = lanes::scroll(&drawing, view.selected.as_ref(), tops.lanes, rows);
    let graph_area = Rect::new(area.x, area.y, area.width, short(rows));
    let theme = pen.theme;
    lanes::draw(pen.frame, graph_area, &drawing, tops.lanes, |role| {
        theme.role(role)
    });
    point(app, pen, graph_area, model, tops.lanes);
    let mut y = graph_area.bottom();
    for line in &summary {
        let style = pen.tone(Tone::Plain);
        pen.text(area.x + 1, y, width - 1, line, style);
        y += 1;
    }
    if let Some(legend) = legend.filter(|_| y < area.bottom()) {
        let style = pen.tone(Tone::Dim);
        pen.text(area.x + 1, y, width - 1, &legend, style);
    }
}

/// Marks the selected lane at the left edge.
fn point(app: &App, pen: &mut Pen<'_, '_>, area: Rect, model: &graph::LaneModel, top: usize) {
    if app.focus != Pane::Lanes {
        return;
    }
    let Some(lane) = crate::tui::app::lane_row(app) else {
        return;
    };
    let Some(row) = model
        .rows
        .iter()
        .find(|row| matches!(&row.kind, graph::RowKind::Lane { lane: name, .. } if name == &lane))
    else {
        return;
    };
    // Rows of the model are lines of the drawing with gaps between; the name tells which line is meant.
    let name: String = row.name.chars().take(6).collect();
    let pointer = pen.glyphs.pointer;
    let selected = pen.theme.selected;
    for y in area.top()..area.bottom() {
        let written: String = (area.left()..area.right().min(area.left() + 24))
            .map(|x| pen.buffer()[(x, y)].symbol().to_owned())
            .collect();
        if written.trim_start_matches([' ', '>']).starts_with(&name) {
            pen.buffer()[(area.x, y)].set_char(pointer);
            pen.tint(
                Rect::new(
                    area.x,
                    y,
                    short(written.find("  ").unwrap_or(12).max(12)),
                    1,
                ),
                selected,
            );
            break;
        }
    }
    let _ = top;
}
