//! The time axis below the lanes: how long ago each event was, where there is room to say so.

use super::drawing::Role;
use super::graph::Graph;
use super::paint::Sheet;
use super::paint::measure;
use super::standing::ago;

const NOW: &str = "now";

/// Writes ages below the events on `line`, the newest first, each only once.
pub(super) fn paint(graph: &Graph<'_>, sheet: &mut Sheet, line: usize) {
    let Some(now) = graph.model.now else {
        return;
    };
    let start = graph.right.saturating_sub(NOW.len());
    sheet.write(line, start, NOW.len(), NOW, Role::Dim, graph.glyphs.cut);
    let mut said = String::new();
    for (index, column) in graph.events().rev() {
        // What is only foreseen has no time yet.
        if graph.model.events[index].at >= now {
            continue;
        }
        let text = ago(now, graph.model.events[index].at);
        let wide = measure(&text);
        let start = column.saturating_sub(wide / 2).max(graph.left);
        let around = start.saturating_sub(2)..start + wide + 2;
        if text != said && start + wide + 2 <= graph.right && sheet.is_free(line, around) {
            sheet.write(line, start, wide, &text, Role::Dim, graph.glyphs.cut);
            said = text;
        }
    }
}
