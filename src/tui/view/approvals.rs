//! Draws the inbox.

use std::ops::Range;

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

use super::pen::Pen;
use super::pen::short;
use super::text::measure;
use super::text::wrap;

/// Below so many rows none is spent on saying that there is more.
const LEAST: usize = 3;

/// Draws groups and rows; `limit` gets the lines of the selected one that there is no room for.
pub(super) fn draw(
    app: &App,
    pen: &mut Pen<'_, '_>,
    area: Rect,
    top: &mut usize,
    limit: &mut usize,
) {
    *limit = 0;
    let rows = approvals(app);
    if rows.is_empty() {
        let style = pen.tone(Tone::Dim);
        let words = "nothing waits for an approval";
        let room = usize::from(area.width).saturating_sub(2);
        pen.text(area.x + 1, area.y, room, words, style);
        return;
    }
    let room = usize::from(area.width).saturating_sub(1);
    let (lines, chosen) = laid_out(app, &rows, room);
    let height = usize::from(area.height);
    // What does not fit is told in the last row, where that leaves something to read.
    let body = if lines.len() > height && height > LEAST {
        height - 1
    } else {
        height
    };
    if let Some(chosen) = &chosen {
        *limit = chosen.len().saturating_sub(body);
        *top = if *limit > 0 {
            chosen.start + scrolled(app, &rows).min(*limit)
        } else {
            // The whole of it, with the heading above where that fits too.
            let first = chosen.start - usize::from(chosen.len() < body);
            (*top).clamp(chosen.end.saturating_sub(body), first)
        };
    }
    *top = (*top).min(lines.len().saturating_sub(body));
    for (n, (line, is_tinted)) in lines.iter().enumerate().skip(*top).take(body) {
        let y = area.y + short(n - *top);
        pen.line(area.x, y, room, line);
        if *is_tinted && app.focus == Pane::Approvals {
            let style = pen.theme.selected;
            pen.tint(Rect::new(area.x, y, area.width, 1), style);
        }
    }
    let below = lines.len().saturating_sub(*top + body);
    if below > 0 && height > body {
        let keymap = &app.options.keymap;
        let more = format!("    {below} more below: {}", keymap.first("down"));
        pen.line(
            area.x,
            area.y + short(body),
            room,
            &Line::new(more, Tone::Dim),
        );
    }
}

/// Returns the lines scrolled in the selected approval; none where it is gone and another one stands in its place.
fn scrolled(app: &App, rows: &[ApprovalRow]) -> usize {
    let selected = app.selection.approval.as_ref();
    if rows.iter().any(|row| selected == Some(&row.subject)) {
        app.selection.inbox
    } else {
        0
    }
}

/// Returns all lines, each with whether it is tinted where it is selected, and which of them are the selected one's.
fn laid_out(
    app: &App,
    rows: &[ApprovalRow],
    room: usize,
) -> (Vec<(Line, bool)>, Option<Range<usize>>) {
    let chosen = chosen_approval(app);
    let mut lines: Vec<(Line, bool)> = Vec::new();
    let mut selected = None;
    let mut group = None;
    for row in rows {
        if group != Some(row.group) {
            group = Some(row.group);
            let heading = Line::new(format!(" {}", row.group.title()), Tone::Dim);
            lines.push((heading, false));
        }
        let is_chosen = chosen.as_ref() == Some(row);
        let start = lines.len();
        lines.extend(row_lines(app, row, is_chosen, room));
        if is_chosen {
            selected = Some(start..lines.len());
        }
    }
    (lines, selected)
}

fn row_lines(app: &App, row: &ApprovalRow, is_chosen: bool, room: usize) -> Vec<(Line, bool)> {
    let pointer = if is_chosen { "> " } else { "  " };
    let name = match &row.subject {
        Subject::Request(id) => format!("{:<3} {} ", row.word, numbered(app, *id)),
        Subject::Deployment(_) => format!("{:<3} ", row.word),
    };
    let title = Line::new(pointer, Tone::Key)
        .and(name, Tone::Strong)
        .and(row.path.clone(), Tone::Plain);
    let mut lines = vec![(title, is_chosen)];
    lines.extend(facts(app, row, room).map(|line| (line, false)));
    for why in &row.rejections {
        lines.push((Line::new(format!("    no   {why}"), Tone::Bad), false));
    }
    for why in &row.stale {
        lines.push((Line::new(format!("    old  {why}"), Tone::Warn), false));
    }
    lines.extend(looked(app, row).map(|line| (line, false)));
    let seats = row.seats.iter();
    lines.extend(seats.flat_map(|seat| seat_lines(app, row, seat, room).map(|line| (line, false))));
    lines
}

/// Returns what it is about: seats and checks, head and size, by whom and since when, of which hotfix.
fn facts(app: &App, row: &ApprovalRow, room: usize) -> impl Iterator<Item = Line> {
    let mut counts = format!("    {}/{} seats", row.filled(), row.seats.len());
    if !row.checks.is_empty() {
        counts.push_str(&format!("  checks {}", row.checks));
    }
    let mut lines = vec![Line::plain(counts)];
    let size = row
        .size
        .map_or_else(String::new, |size| format!("  {}", size.words()));
    let head = format!("    head {}{size}", row.head.short());
    let by = format!("by {}, {} ago", row.by, age(app.clock.now, row.since));
    // One row less where there is room: rows are what a small screen lacks.
    let both = format!("{head}  {by}");
    if measure(&both) <= room {
        lines.push(Line::new(both, Tone::Dim));
    } else {
        lines.push(Line::new(head, Tone::Dim));
        lines.push(Line::new(format!("    {by}"), Tone::Dim));
    }
    // Of the hotfix that is shown everybody knows which it is.
    let other = row.hotfix.as_ref();
    if let Some(hotfix) = other.filter(|id| Some(*id) != app.hotfix.as_ref()) {
        lines.push(Line::new(format!("    {hotfix}"), Tone::Dim));
    }
    if row.kind == InboxKind::Job {
        let count = row.seats.len();
        let words = format!("    approved {}/{count}, not started", row.filled());
        lines.push(Line::new(words, Tone::Key));
    }
    lines.into_iter()
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

/// Returns a seat: who took it, or who is waited for, in as many rows as that needs.
fn seat_lines(
    app: &App,
    row: &ApprovalRow,
    seat: &SeatState,
    room: usize,
) -> impl Iterator<Item = Line> {
    if let Some(one) = &seat.overridden {
        let words = format!("{}: {}", seat.role, one.words);
        return vec![Line::new("    RISK ", Tone::Bad).and(words, Tone::Bad)].into_iter();
    }
    let lines = match (&seat.taken_by, &seat.why_not_me) {
        (Some(person), _) => {
            let at = seat.at.map_or_else(String::new, |at| {
                format!("  {} ago{}", age(app.clock.now, at), seat.signed.tail())
            });
            let line = Line::new("    ok   ", Tone::Good)
                .and(format!("{}: {}", seat.role, person.show()), Tone::Plain)
                .and(at, Tone::Dim);
            vec![line]
        }
        (None, None) => {
            let key = if row.standing.is_looked() {
                format!(": {}", app.options.keymap.first("approve"))
            } else {
                String::new()
            };
            let words = format!("{} may be you{key}", seat.role);
            vec![Line::new("    you  ", Tone::Warn).and(words, Tone::Strong)]
        }
        (None, Some(why)) => waiting(seat, why, room),
    };
    lines.into_iter()
}

/// Returns a seat of somebody else: its role, why not the operator, who may.
fn waiting(seat: &SeatState, why: &str, room: usize) -> Vec<Line> {
    let who = if seat.allowed.is_empty() {
        "nobody may".to_owned()
    } else {
        format!("may: {}", seat.allowed.join(", "))
    };
    let head = "    wait ";
    let texts = wrap(
        &format!("{}  {who}; {why}", seat.role),
        room.saturating_sub(measure(head)),
    );
    let below = " ".repeat(measure(head));
    let lines = texts.into_iter().enumerate().map(|(n, text)| {
        let begin = if n == 0 { head } else { below.as_str() };
        let tone = if n == 0 { Tone::Plain } else { Tone::Dim };
        Line::new(begin, Tone::Warn).and(text, tone)
    });
    lines.collect()
}
