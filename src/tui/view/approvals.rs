//! Draws the inbox.

use ratatui::layout::Rect;

use crate::engine::InboxKind;
use crate::engine::SeatState;
use crate::engine::Standing;
use crate::engine::hidden_words;
use crate::model::Subject;
use crate::model::age;
use crate::tui::app::App;
use crate::tui::app::ApprovalRow;
use crate::tui::app::Line;
use crate::tui::app::Pane;
use crate::tui::app::Tone;
use crate::tui::app::approvals;
use crate::tui::app::chosen_approval;
use crate::tui::app::numbered;

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
        Subject::Request(id) => format!("{:<3} {} ", row.word, numbered(app, *id)),
        Subject::Deployment(_) => format!("{:<3} ", row.word),
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
    let size = row
        .size
        .map_or_else(String::new, |size| format!("  {}", size.words()));
    let since = age(app.clock.now, row.since);
    for words in [
        format!("    head {}{size}", row.head.short()),
        format!("    by {}, {since} ago", row.by),
    ] {
        lines.push((Line::new(words, Tone::Dim), false));
    }
    // Of the hotfix that is shown everybody knows which it is.
    if let Some(hotfix) = row
        .hotfix
        .as_ref()
        .filter(|id| Some(*id) != app.hotfix.as_ref())
    {
        lines.push((Line::new(format!("    {hotfix}"), Tone::Dim), false));
    }
    if row.kind == InboxKind::Job {
        let count = row.seats.len();
        let words = format!("    approved {count}/{count}, not started");
        lines.push((Line::new(words, Tone::Key), false));
    }
    for why in &row.rejections {
        lines.push((Line::new(format!("    no   {why}"), Tone::Bad), false));
    }
    for why in &row.stale {
        lines.push((Line::new(format!("    old  {why}"), Tone::Warn), false));
    }
    lines.extend(looked(app, row).map(|line| (line, false)));
    lines.extend(
        row.seats
            .iter()
            .map(|seat| (seat_line(app, row, seat), false)),
    );
    lines
}

/// Says whether its diff was looked at, to somebody who may decide.
fn looked(app: &App, row: &ApprovalRow) -> Option<Line> {
    let keymap = &app.options.keymap;
    match (&row.standing, &row.why_not) {
        (Standing::Looked { at }, _) => {
            let words = format!("    seen its diff {} ago", age(app.clock.now, *at));
            Some(Line::new(words, Tone::Dim))
        }
        (Standing::Changed { .. }, _) => Some(Line::new(
            format!("    changed since you looked: {}", keymap.first("diff")),
            Tone::Warn,
        )),
        (Standing::Never | Standing::Hidden { .. }, Some(_)) => None,
        (Standing::Never, None) => Some(Line::new(
            format!("    diff not opened: {} opens it", keymap.first("diff")),
            Tone::Warn,
        )),
        (Standing::Hidden { count }, None) => Some(Line::new(
            format!("    {}: {}", hidden_words(*count), keymap.first("diff")),
            Tone::Warn,
        )),
    }
}

fn seat_line(app: &App, row: &ApprovalRow, seat: &SeatState) -> Line {
    match (&seat.taken_by, &seat.why_not_me) {
        (Some(person), _) => {
            let at = seat.at.map_or_else(String::new, |at| {
                format!("  {} ago{}", age(app.clock.now, at), seat.signed.tail())
            });
            Line::new("    ok   ", Tone::Good)
                .and(format!("{}: {}", seat.role, person.show()), Tone::Plain)
                .and(at, Tone::Dim)
        }
        (None, None) if row.standing.is_looked() => {
            let key = app.options.keymap.first("approve");
            Line::new("    you  ", Tone::Warn)
                .and(format!("{} may be you: {key}", seat.role), Tone::Strong)
        }
        (None, None) => Line::new("    you  ", Tone::Warn)
            .and(format!("{} may be you", seat.role), Tone::Strong),
        (None, Some(why)) => {
            let who = if seat.allowed.is_empty() {
                "nobody may".to_owned()
            } else {
                seat.allowed.join(", ")
            };
            Line::new("    wait ", Tone::Warn)
                .and(seat.role.to_string(), Tone::Plain)
                .and(format!("  {why}; may: {who}"), Tone::Dim)
        }
    }
}
