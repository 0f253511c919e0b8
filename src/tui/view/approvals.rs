//! Draws the inbox.

use ratatui::layout::Rect;

use crate::model::age;
use crate::tui::app::App;
use crate::tui::app::ApprovalRow;
use crate::tui::app::Line;
use crate::tui::app::Pane;
use crate::tui::app::Tone;
use crate::tui::app::approvals;
use crate::tui::app::chosen_approval;

use super::layout::scroll;
use super::pen::Pen;
use super::pen::short;

/// Draws groups and rows.
pub(super) fn draw(app: &App, pen: &mut Pen<'_, '_>, area: Rect, top: &mut usize) {
    let rows = approvals(app);
    if rows.is_empty() {
        let style = pen.tone(Tone::Dim);
        let words = "nothing waits for an approval";
        pen.text(area.x + 1, area.y, usize::from(area.width), words, style);
        return;
    }
    let chosen = chosen_approval(app);
    let mut lines: Vec<(Line, bool)> = Vec::new();
    let mut selected = None;
    let mut group = None;
    for row in &rows {
        if group != Some(row.group) {
            group = Some(row.group);
            lines.push((
                Line::new(format!(" {}", row.group.title()), Tone::Dim),
                false,
            ));
        }
        let is_chosen = chosen.as_ref() == Some(row);
        if is_chosen {
            selected = Some(lines.len());
        }
        lines.extend(row_lines(app, row, is_chosen));
    }
    let height = usize::from(area.height);
    *top = scroll(*top, selected.map(|at| at + 2), lines.len(), height);
    let room = usize::from(area.width).saturating_sub(1);
    for (n, (line, is_tinted)) in lines.iter().enumerate().skip(*top).take(height) {
        let y = area.y + short(n - *top);
        pen.line(area.x, y, room, line);
        if *is_tinted && app.focus == Pane::Approvals {
            let style = pen.theme.selected;
            pen.tint(Rect::new(area.x, y, area.width, 1), style);
        }
    }
}

fn row_lines(app: &App, row: &ApprovalRow, is_chosen: bool) -> Vec<(Line, bool)> {
    let pointer = if is_chosen { "> " } else { "  " };
    let name = match &row.subject {
        crate::model::Subject::Request(id) => format!("{:<3} #{id} ", row.word),
        crate::model::Subject::Deployment(_) => format!("{:<3} ", row.word),
    };
    let mut lines = vec![(
        Line::new(pointer, Tone::Key)
            .and(name, Tone::Strong)
            .and(row.path.clone(), Tone::Plain),
        is_chosen,
    )];
    let mut facts = format!("{}/{} seats", row.filled(), row.seats.len());
    if !row.checks.is_empty() {
        facts.push_str(&format!("  checks {}", row.checks));
    }
    lines.push((Line::new(format!("    {facts}"), Tone::Plain), false));
    let head = row
        .head
        .as_ref()
        .map_or_else(String::new, |head| format!("head {}  ", head.short()));
    let since = format!(", {} ago", age(app.clock.now, row.since));
    lines.push((
        Line::new(format!("    {head}by {}{since}", row.by), Tone::Dim),
        false,
    ));
    for seat in &row.seats {
        let line = match (&seat.taken_by, &seat.why_not_me) {
            (Some(person), _) => Line::new("    ok   ", Tone::Good)
                .and(format!("{}: {}", seat.role, person.show()), Tone::Plain),
            (None, None) => Line::new("    you  ", Tone::Warn)
                .and(format!("{} may be you: a", seat.role), Tone::Strong),
            (None, Some(why)) => Line::new("    wait ", Tone::Warn)
                .and(seat.role.to_string(), Tone::Plain)
                .and(format!("  {why}"), Tone::Dim),
        };
        lines.push((line, false));
    }
    lines
}
