//! From the lane graph as data to cells: the frame of lines and columns, then what is painted into it.

use super::axis;
use super::columns::Columns;
use super::columns::columns;
use super::drawing::Drawing;
use super::drawing::Role;
use super::drawing::View;
use super::event::LaneModel;
use super::event::RowKind;
use super::glyphs::Glyphs;
use super::graph::Graph;
use super::outlook;
use super::paint::Sheet;
use super::presence;
use super::stack::Stack;

/// From this width on, captions have lines of their own and names are indented below them.
pub(super) const WIDE: usize = 100;
/// From this width on, a line below the lanes says when things happened.
const AXIS: usize = 180;
/// Below this many cells a graph says nothing; the presence column stays alone.
const LEAST_GRAPH: usize = 10;

/// Lays the lanes out for one view. Total: any width and any model give a drawing of exactly that width.
pub fn layout(model: &LaneModel, view: &View, glyphs: &Glyphs) -> Drawing {
    let is_wide = view.width >= WIDE;
    let indent = if is_wide { 2 } else { 1 };
    let names = name_width(model, view);
    let left = indent + names + 1;
    let presence = presence::width(model, glyphs, view.width);
    let right = view.width.saturating_sub(presence + 1);
    let has_graph = !view.is_list && right >= left + LEAST_GRAPH;
    let chosen = if has_graph {
        columns(model, view, right - left)
    } else {
        Columns::default()
    };
    let stack = Stack::new(model, view, has_graph);
    let has_axis = has_graph
        && view.width >= AXIS
        && !chosen.at.is_empty()
        && view.height.is_none_or(|height| stack.height() < height);
    let mut sheet = Sheet::new(view.width, stack.height() + usize::from(has_axis));
    for (line, layer) in stack.captions() {
        let caption = layer.word();
        sheet.write(
            *line,
            indent.min(1),
            view.width,
            caption,
            Role::Caption,
            glyphs.cut,
        );
    }
    for (row, made) in model.rows.iter().enumerate() {
        let line = stack.line(row);
        let role = match made.kind {
            RowKind::Lane { .. } => Role::Name,
            RowKind::Fix => Role::FixName,
            RowKind::Others => Role::Dim,
        };
        if made.kind == RowKind::Fix {
            sheet.put(line, 0, glyphs.pointer, role);
        }
        let name = short_name(&made.name, &made.kind, names);
        sheet.write(line, indent, names, name, role, glyphs.cut);
        let column = if has_graph { right + 1 } else { left };
        presence::write(&mut sheet, line, column, made, glyphs);
    }
    if has_graph {
        for promotion in &model.promotions {
            let at = (right + 1, view);
            outlook::write(&mut sheet, &stack, (model, promotion), at, glyphs);
        }
        let graph = Graph {
            model,
            view,
            glyphs,
            stack: &stack,
            columns: &chosen,
            left,
            right,
        };
        graph.paint(&mut sheet);
        if has_axis {
            axis::paint(&graph, &mut sheet, stack.height());
        }
    }
    Drawing {
        width: view.width,
        rows: sheet.rows,
        hits: sheet.hits,
        shown: chosen
            .iter()
            .map(|(event, _)| model.events[event].key.clone())
            .collect(),
        text: model.rows.iter().map(|row| row.sentence.clone()).collect(),
        lines: stack.lines().to_vec(),
        captions: stack.captions().to_vec(),
        pan: if view.is_list {
            0
        } else {
            model.events.len() - (chosen.first + chosen.at.len())
        },
        earlier: chosen.first,
    }
}

/// Returns the width of the name column: the longest name, within what the screen allows.
fn name_width(model: &LaneModel, view: &View) -> usize {
    let width = view.width;
    let most = match width {
        // What the graph leaves is shared with the reasons.
        _ if view.is_list => (width / 3).clamp(8, 24),
        150.. => 24,
        WIDE.. => 20,
        60.. => 13,
        30.. => 9,
        _ => width / 4,
    };
    let longest = model.rows.iter().map(|row| {
        let name = short_name(&row.name, &row.kind, most);
        super::paint::measure(name)
    });
    longest.max().unwrap_or(0).max(8).min(most)
}

/// Returns the hotfix branch without its first part where the whole does not fit.
fn short_name<'a>(name: &'a str, kind: &RowKind, room: usize) -> &'a str {
    match kind {
        RowKind::Fix if super::paint::measure(name) > room => {
            name.rsplit_once('/').map_or(name, |(_, last)| last)
        }
        RowKind::Fix | RowKind::Lane { .. } | RowKind::Others => name,
    }
}
