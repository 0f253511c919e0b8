//! The pane of the lane graph: the drawing, scrolled to what is selected, and what of it is out of sight.

use std::sync::Arc;

use ratatui::layout::Rect;

use crate::engine::lanes as graph;
use crate::engine::lanes::EventKey;
use crate::engine::lanes::RowKey;
use crate::engine::lanes::StandingWord;
use crate::tui::app::App;
use crate::tui::app::Fit;
use crate::tui::app::Footer;
use crate::tui::app::FooterKind;
use crate::tui::app::Line;
use crate::tui::app::Pane;
use crate::tui::app::Tone;
use crate::tui::app::footer;
use crate::tui::app::graph_row;

use super::lanes;
use super::layout::Tops;
use super::pane;
use super::pen::Pen;
use super::pen::short;
use super::text::fit;
use super::text::measure;
use super::text::wrap;

/// Cells of a next step below which it tells nothing.
const LEAST: usize = 12;

/// Where the graph was drawn, for the mouse.
#[derive(Debug, Clone)]
pub(super) struct GraphPlace {
    area: Rect,
    top: usize,
    drawing: Arc<graph::Drawing>,
    model: Arc<graph::LaneModel>,
}

impl GraphPlace {
    /// Returns what is drawn at a cell of the screen: the row, and the event.
    pub(super) fn at(&self, x: u16, y: u16) -> (Option<RowKey>, Option<EventKey>) {
        if !self.area.contains((x, y).into()) {
            return (None, None);
        }
        let line = usize::from(y - self.area.y) + self.top;
        let column = usize::from(x - self.area.x);
        let row = self.drawing.row_at(line);
        let row = row.and_then(|row| self.model.rows.get(row));
        let event = self.drawing.event_at(line, column);
        (row.map(graph::Row::key), event.cloned())
    }
}

/// Draws the pane into `area`, with a border where there is room for one.
pub(super) fn draw(
    app: &App,
    pen: &mut Pen<'_, '_>,
    (area, has_borders): (Rect, bool),
    model: Option<&Arc<graph::LaneModel>>,
    tops: &mut Tops,
) {
    tops.graph = None;
    let Some(model) = model else {
        let inner = border(app, pen, area, has_borders, None);
        let words = match &app.blind {
            Some(why) => format!("nothing was seen: {why}"),
            None => "looking".to_owned(),
        };
        let style = pen.tone(Tone::Dim);
        pen.text(inner.x, inner.y, usize::from(inner.width), &words, style);
        return;
    };
    let edge = u16::from(has_borders);
    // One blank column keeps the reasons off the border.
    let inner = Rect::new(
        area.x + edge,
        area.y + edge,
        area.width.saturating_sub(2 * edge + 1),
        area.height.saturating_sub(2 * edge),
    );
    let width = usize::from(inner.width);
    // Without borders every line is needed for the rows themselves.
    let is_roomy = has_borders || model.rows.len() < usize::from(inner.height);
    let has_summary = !model.summary.is_empty() && inner.height >= 3 && is_roomy;
    let rows = usize::from(inner.height).saturating_sub(usize::from(has_summary));
    let selected = app.selection.event.clone();
    // Where there is just room for the rows, none is left for what is between them.
    let is_bare = !has_borders && model.rows.len() >= rows;
    let view = graph::View {
        height: Some(if is_bare { 0 } else { rows }),
        pan: if app.selection.is_past {
            pan(model, tops)
        } else {
            0
        },
        selected,
        zoom: app.graph_zoom,
        is_list: !has_borders,
        ..graph::View::new(width)
    };
    let drawing = tops.drawings.get(model, &view, &pen.glyphs.graph);
    let newest = model.events.len().saturating_sub(drawing.pan + 1);
    let newest = model.events.get(newest).filter(|_| drawing.pan > 0);
    tops.end = newest.map(|event| event.key.clone());

    let spare = rows.saturating_sub(drawing.rows.len());
    let summary = if has_summary {
        summary(model, width, spare)
    } else {
        Vec::new()
    };
    // Without a border the last line says what is out of sight.
    let is_cut = drawing.rows.len() > rows;
    let rows = rows.min(drawing.rows.len());
    let rows = rows.saturating_sub(usize::from(is_cut && !has_borders));
    let row = graph_row(app).and_then(|key| model.row(&key));
    // What nobody moved shows the hotfix. A list shows its last lane, which is production: the header names the hotfix.
    let home = || match model.rows.len().checked_sub(1) {
        Some(last) if !has_borders => Some(last),
        Some(_) | None => model.row(&RowKey::Fix),
    };
    let wanted = row.or_else(home);
    let wanted = wanted.and_then(|row| drawing.lines.get(row).copied());
    tops.lanes = lanes::scroll(drawing.rows.len(), wanted, tops.lanes, rows);
    let sight = Sight::new(model, &drawing, tops.lanes, rows);

    border(app, pen, area, has_borders, Some(sight.above(pen)));
    let graph_area = Rect::new(inner.x, inner.y, inner.width, short(rows));
    let theme = pen.theme;
    lanes::draw(pen.frame, graph_area, &drawing, tops.lanes, |role| {
        theme.role(role)
    });
    if let Some(row) = row.filter(|_| app.tells_of_lanes()) {
        if let Some(fix) = model.row(&RowKey::Fix).filter(|fix| *fix != row) {
            unpoint(pen, graph_area, &drawing, (fix, tops.lanes));
        }
        point(app, pen, graph_area, &drawing, (row, tops.lanes));
    }
    let mut y = graph_area.bottom();
    let below = sight.below(pen, drawing.pan);
    if has_borders {
        let at = Rect::new(
            area.x + 2,
            area.bottom().saturating_sub(1),
            area.width.saturating_sub(4),
            1,
        );
        on_border(pen, at, &below);
        let taken = measure(&below) + 3;
        next_step(
            app,
            pen,
            Rect {
                width: at.width.saturating_sub(short(taken)),
                ..at
            },
            tops,
        );
    } else if is_cut {
        let style = pen.tone(Tone::Dim);
        let words = format!("{}  {below}", sight.above(pen));
        pen.text(inner.x + 1, y, width.saturating_sub(1), words.trim(), style);
        y += 1;
    }
    for line in &summary {
        let style = pen.tone(Tone::Plain);
        pen.text(inner.x + 1, y, width - 1, line, style);
        y += 1;
    }
    if !has_borders && y < inner.bottom() {
        let row = Rect::new(inner.x, y, inner.width, 1);
        next_step(app, pen, row, tops);
    }
    if let Some(legend) = legend(app, pen, width).filter(|_| y < inner.bottom()) {
        let style = pen.tone(Tone::Dim);
        pen.text(inner.x + 1, y, width - 1, &legend, style);
    }
    tops.graph = Some(GraphPlace {
        area: graph_area,
        top: tops.lanes,
        drawing,
        model: Arc::clone(model),
    });
}

/// Returns how many newer events were scrolled out at the last frame; by the event, since new ones may have come.
fn pan(model: &graph::LaneModel, tops: &Tops) -> usize {
    let end = tops.end.as_ref();
    let at = end.and_then(|key| model.events.iter().position(|event| &event.key == key));
    at.map_or(0, |at| model.events.len() - 1 - at)
}

fn border(
    app: &App,
    pen: &mut Pen<'_, '_>,
    area: Rect,
    has_borders: bool,
    right: Option<String>,
) -> Rect {
    if !has_borders {
        return area;
    }
    match right.filter(|right| !right.is_empty()) {
        Some(right) => pane::border_with(app, pen, area, Pane::Lanes, &right),
        None => pane::border(app, pen, area, Pane::Lanes, false),
    }
}

/// Writes words at the right end of a border.
fn on_border(pen: &mut Pen<'_, '_>, at: Rect, words: &str) {
    let width = measure(words) + 2;
    if words.is_empty() || width > usize::from(at.width) {
        return;
    }
    let style = pen.tone(Tone::Plain);
    pen.right(at, &format!(" {words} "), style);
}

/// Says what is next, or what is waited for, where the checklist that says it is not on the screen.
fn next_step(app: &App, pen: &mut Pen<'_, '_>, row: Rect, tops: &Tops) {
    if tops.panes.iter().any(|(pane, _)| *pane == Pane::Checklist) {
        return;
    }
    let is_step = |line: &Footer| matches!(line.kind, FooterKind::Next | FooterKind::Wait);
    let Some(line) = footer(app).into_iter().find(is_step) else {
        return;
    };
    let tone = line.kind.tone();
    let key = if line.key.is_empty() {
        String::new()
    } else {
        format!("{}  ", line.key)
    };
    let head = Line::new(format!(" {} ", line.kind.word()), tone).and(key, Tone::Key);
    let room = usize::from(row.width);
    let left = room.saturating_sub(measure(&head.text()) + 1);
    if left < LEAST {
        return;
    }
    let text = fit(&line.text, left, pen.glyphs.cut);
    let line = head.and(format!("{text} "), Tone::Plain);
    pen.line(row.x, row.y, room, &line);
}

/// Which rows are out of sight.
struct Sight<'a> {
    /// The group of the first row in sight, where its caption is not.
    heading: &'static str,
    above: Vec<&'a graph::Row>,
    below: Vec<&'a graph::Row>,
}

impl<'a> Sight<'a> {
    fn new(
        model: &'a graph::LaneModel,
        drawing: &graph::Drawing,
        top: usize,
        height: usize,
    ) -> Self {
        let lines = || model.rows.iter().zip(&drawing.lines);
        let first = lines().find(|(_, line)| **line >= top);
        let layer = first.and_then(|(row, _)| row.layer());
        let is_said = drawing
            .captions
            .iter()
            .any(|(line, of)| Some(*of) == layer && (top..top + height).contains(line));
        let some = |wanted: &dyn Fn(usize) -> bool| -> Vec<&graph::Row> {
            let rows = lines().filter(|(_, line)| wanted(**line));
            rows.map(|(row, _)| row).collect()
        };
        let above = some(&|line| line < top);
        Self {
            heading: layer
                .filter(|_| !is_said && top > 0)
                .map_or("", |layer| layer.word()),
            above,
            below: some(&|line| line >= top + height),
        }
    }

    fn above(&self, pen: &Pen<'_, '_>) -> String {
        if self.above.is_empty() {
            return self.heading.to_owned();
        }
        let words = hidden(&self.above, "above");
        format!("{}  {} {words}", self.heading, pen.glyphs.graph.upwards)
            .trim_start()
            .to_owned()
    }

    fn below(&self, pen: &Pen<'_, '_>, pan: usize) -> String {
        let mut parts = Vec::new();
        if pan > 0 {
            let plural = if pan == 1 { "" } else { "s" };
            parts.push(format!("{pan} newer event{plural} to the right"));
        }
        if !self.below.is_empty() {
            let words = hidden(&self.below, "below");
            parts.push(format!("{} {words}", pen.glyphs.graph.downwards));
        }
        parts.join("  ")
    }
}

/// Says how many rows are out of sight, and how many of them want somebody's attention.
fn hidden(rows: &[&graph::Row], side: &str) -> String {
    let plural = if rows.len() == 1 { "" } else { "s" };
    let mut words = format!("{} row{plural} {side}", rows.len());
    let counted = [
        StandingWord::Missing,
        StandingWord::Reverted,
        StandingWord::Changed,
        StandingWord::Unknown,
        StandingWord::Pending,
    ];
    for word in counted {
        let is_one = |row: &&&graph::Row| row.standing.as_ref().is_some_and(|is| is.word == word);
        let count = rows.iter().filter(is_one).count();
        if count > 0 {
            words.push_str(&format!(", {count} {}", word.word()));
        }
    }
    words
}

/// Returns the fullest summary in two lines where a row is to spare, else the one that fits a line.
pub(super) fn summary(model: &graph::LaneModel, width: usize, spare: usize) -> Vec<String> {
    let room = width.saturating_sub(1);
    let full = model.summary.first().map(|text| wrap(text, room));
    match full {
        Some(lines) if lines.len() == 1 || (lines.len() == 2 && spare > 0) => lines,
        Some(_) | None => model.summary(room).map(str::to_owned).into_iter().collect(),
    }
}

/// Returns the legend where it is wanted and fits.
pub(super) fn legend(app: &App, pen: &Pen<'_, '_>, width: usize) -> Option<String> {
    if app.fit() != Fit::Columns {
        return None;
    }
    let legend = pen.glyphs.graph.legend();
    let tight = legend.replace("  ", " ");
    let full = format!(
        "{legend}  {} {} nothing to bring there yet",
        pen.glyphs.graph.is_not_due,
        StandingWord::NotDue.word()
    );
    [full, legend, tight]
        .into_iter()
        .find(|legend| measure(legend) < width)
}

/// Takes the pointer from the hotfix where another row is selected: two of them would both look like the selection.
fn unpoint(
    pen: &mut Pen<'_, '_>,
    area: Rect,
    drawing: &graph::Drawing,
    (row, top): (usize, usize),
) {
    if let Some(y) = line_on_screen(area, drawing, (row, top)) {
        pen.buffer()[(area.x, y)].set_char(' ');
    }
}

/// Returns where the line of a row is on the screen, if it is in sight.
fn line_on_screen(area: Rect, drawing: &graph::Drawing, (row, top): (usize, usize)) -> Option<u16> {
    let line = drawing.lines.get(row)?.checked_sub(top)?;
    (line < usize::from(area.height)).then(|| area.y + short(line))
}

/// Marks the selected row at the left edge.
fn point(
    app: &App,
    pen: &mut Pen<'_, '_>,
    area: Rect,
    drawing: &graph::Drawing,
    (row, top): (usize, usize),
) {
    let Some(y) = line_on_screen(area, drawing, (row, top)) else {
        return;
    };
    let cells = &drawing.rows[drawing.lines[row]];
    let is_name =
        |cell: &graph::Cell| matches!(cell.role, graph::Role::Name | graph::Role::FixName);
    let end = cells.iter().rposition(is_name).map_or(1, |at| at + 1);
    let pointer = pen.glyphs.pointer;
    let selected = pen.theme.selected;
    pen.buffer()[(area.x, y)].set_char(pointer);
    if app.focus == Pane::Lanes {
        pen.tint(Rect::new(area.x, y, short(end), 1), selected);
    }
}
