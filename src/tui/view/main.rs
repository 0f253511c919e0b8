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
use super::layout::Tops;
use super::layout::places;
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
    let model = app
        .board
        .as_ref()
        .map(|board| graph::model(&board.book, board.record.as_ref(), &board.seen));
    let natural = natural_height(app, pen, area, model.as_ref());
    let places = places(app, area, natural);
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
            Pane::Detail => detail::draw(app, pen, inner),
            Pane::Log => log::draw(app, pen, inner),
        }
    }
    footer::status(app, pen, places.status);
    footer::hints(app, pen, places.hints);
}

/// Returns the rows that the lanes would like, with border, summary and legend.
fn natural_height(
    app: &App,
    pen: &Pen<'_, '_>,
    area: Rect,
    model: Option<&graph::LaneModel>,
) -> u16 {
    let Some(model) = model else { return 8 };
    let has_borders = app.fit() > crate::tui::app::Fit::Compact;
    let border = if has_borders { 2 } else { 1 };
    let view = graph::View {
        height: (!has_borders).then_some(0),
        ..graph::View::new(usize::from(area.width.saturating_sub(border)))
    };
    let drawing = graph::layout(model, &view, &pen.glyphs.graph);
    let summary = usize::from(!model.summary.is_empty());
    let legend = usize::from(app.fit() == crate::tui::app::Fit::Columns);
    short(drawing.rows.len() + summary + legend) + border
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
    let has_summary = !model.summary.is_empty() && area.height >= 3;
    let rows = usize::from(area.height).saturating_sub(usize::from(has_summary));
    let view = graph::View {
        height: Some(rows),
        selected: app.selection.event.clone(),
        ..graph::View::new(usize::from(area.width))
    };
    let drawing = graph::layout(model, &view, &pen.glyphs.graph);
    let has_legend = app.fit() == crate::tui::app::Fit::Columns && rows > drawing.rows.len();
    let rows = rows.min(drawing.rows.len());
    tops.lanes = lanes::scroll(&drawing, view.selected.as_ref(), tops.lanes, rows);
    let graph_area = Rect::new(area.x, area.y, area.width, short(rows));
    let theme = pen.theme;
    lanes::draw(pen.frame, graph_area, &drawing, tops.lanes, |role| {
        theme.role(role)
    });
    point(app, pen, graph_area, model, tops.lanes);
    let mut y = graph_area.bottom();
    let room = usize::from(area.width).saturating_sub(1);
    if let Some(summary) = model.summary(room).filter(|_| has_summary) {
        let style = pen.tone(Tone::Plain);
        pen.text(area.x + 1, y, usize::from(area.width) - 1, summary, style);
        y += 1;
    }
    if has_legend && y < area.bottom() {
        let mut legend = pen.glyphs.graph.legend();
        if super::text::measure(&legend) + 1 > usize::from(area.width) {
            legend = legend.replace("  ", " ");
        }
        let style = pen.tone(Tone::Dim);
        pen.text(area.x + 1, y, usize::from(area.width) - 1, &legend, style);
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
