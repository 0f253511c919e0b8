//! Draws the checklist.

use ratatui::layout::Rect;

use crate::tui::app::App;
use crate::tui::app::Footer;
use crate::tui::app::FooterKind;
use crate::tui::app::Line;
use crate::tui::app::Mark;
use crate::tui::app::Pane;
use crate::tui::app::Row;
use crate::tui::app::Tone;
use crate::tui::app::footer;
use crate::tui::app::rows;
use crate::tui::app::selected_row;

use super::layout::scroll;
use super::pen::Pen;
use super::pen::at;
use super::pen::short;
use super::text::measure;
use super::text::wrap;
use super::text::wrap_within;

/// Draws rows and the lines about what is next.
pub(super) fn draw(app: &App, pen: &mut Pen<'_, '_>, area: Rect, top: &mut usize) {
    let rows = rows(app);
    if rows.is_empty() {
        let words = if app.filter.contains_key(&Pane::Checklist) {
            "nothing fits the filter: Esc drops it"
        } else if app.board.is_none() {
            ""
        } else {
            "no hotfix is shown: g h lists them, s starts one"
        };
        let style = pen.tone(Tone::Dim);
        let room = usize::from(area.width).saturating_sub(2);
        let lines = wrap(words, room).into_iter();
        for (n, line) in lines.take(usize::from(area.height)).enumerate() {
            pen.text(area.x + 1, area.y + short(n), room, &line, style);
        }
        return;
    }
    let footer_rows = draw_footer(app, pen, area, rows.len());
    let height = usize::from(area.height.saturating_sub(footer_rows));
    let chosen = selected_row(app);
    let selected = rows
        .iter()
        .position(|row| row.id.is_some() && row.id == chosen);
    *top = scroll(*top, selected, rows.len(), height);
    let width = usize::from(area.width);
    let titles = title_width(&rows, width);
    for (n, row) in rows.iter().enumerate().skip(*top).take(height) {
        let y = area.y + short(n - *top);
        let is_selected = selected == Some(n);
        draw_row(
            pen,
            Rect::new(area.x, y, area.width, 1),
            row,
            titles,
            is_selected,
        );
        if is_selected && app.focus == Pane::Checklist {
            let style = pen.theme.selected;
            pen.tint(Rect::new(area.x, y, area.width, 1), style);
        }
    }
}

/// From this many columns on there is room for everything.
const WIDE: usize = 100;
/// Below this many columns there is room for titles only.
const NARROW: usize = 60;

/// Returns the cells that titles get: the longest, or half where reasons need room too.
fn title_width(rows: &[Row], width: usize) -> usize {
    let longest = rows
        .iter()
        .map(|row| measure(&row.title) + if row.is_nested { 2 } else { 0 })
        .max()
        .unwrap_or_default();
    let room = width.saturating_sub(6);
    // In a narrow pane the titles are worth more than the reasons, which Detail tells in full.
    if width < NARROW {
        return longest.min(room);
    }
    longest.min(room * 55 / 100)
}

fn mark(mark: Mark) -> &'static str {
    match mark {
        Mark::None => "   ",
        Mark::Open | Mark::Ready => "[ ]",
        Mark::Underway => "[~]",
        Mark::Done => "[x]",
        Mark::Attention => "[!]",
        Mark::Skipped => "[-]",
    }
}

fn draw_row(pen: &mut Pen<'_, '_>, area: Rect, row: &Row, titles: usize, is_selected: bool) {
    let width = usize::from(area.width);
    let style = pen.tone(row.tone);
    let dim = pen.tone(Tone::Dim);
    if row.id.is_none() {
        pen.text(area.x + 1, area.y, width, &row.title, dim);
        return;
    }
    if is_selected {
        let pointer = pen.glyphs.pointer.to_string();
        let key = pen.tone(Tone::Key);
        pen.text(area.x, area.y, 1, &pointer, key);
    }
    let indent = if row.is_nested { 3 } else { 1 };
    let mark_style = match row.mark {
        Mark::Done => pen.tone(Tone::Good),
        Mark::Attention => pen.tone(Tone::Bad),
        Mark::Underway | Mark::Ready => pen.tone(Tone::Warn),
        Mark::None | Mark::Open | Mark::Skipped => dim,
    };
    pen.text(at(area.x, indent), area.y, 3, mark(row.mark), mark_style);
    // The reason tells who as well; the name alone has room in a wide pane only.
    let stamp = match row.stamp.split_once(' ') {
        Some((clock, _)) if width < WIDE => clock,
        Some(_) | None => &row.stamp,
    };
    let stamp = if stamp.is_empty() {
        0
    } else {
        pen.right(Rect::new(area.x, area.y, area.width - 1, 1), stamp, dim) + 1
    };
    let start = indent + 4;
    let room = width.saturating_sub(start + stamp + 1);
    let title_room = if row.note.is_empty() || width < NARROW {
        room
    } else {
        (titles + 1).saturating_sub(indent).min(room)
    };
    let used = pen.text(at(area.x, start), area.y, title_room, &row.title, style);
    // Reasons stand below each other where titles leave room, else right behind.
    let column = (titles + 6).max(start + used + 2);
    let left = width.saturating_sub(column + stamp + 1);
    let least = if width < NARROW { 14 } else { 4 };
    let note = if row.mark == Mark::Ready && row.note.is_empty() {
        "now"
    } else {
        &row.note
    };
    if left >= least {
        let style = match row.mark {
            Mark::Attention => pen.tone(Tone::Warn),
            Mark::Ready => pen.tone(Tone::Key),
            Mark::None | Mark::Open | Mark::Underway | Mark::Done | Mark::Skipped => dim,
        };
        pen.text(at(area.x, column), area.y, left, note, style);
    }
}

/// Draws what is next at the bottom; returns the rows it took.
fn draw_footer(app: &App, pen: &mut Pen<'_, '_>, area: Rect, rows: usize) -> u16 {
    // In the smallest pane too: what is next is worth more than the row of a step.
    let least = match area.height {
        0 => 0,
        1..10 => 1,
        10..14 => 3,
        _ => 5,
    };
    let most = least.max(usize::from(area.height).saturating_sub(rows + 1));
    let room = usize::from(area.width).saturating_sub(2);
    let mut lines: Vec<Line> = Vec::new();
    for footer in footer(app) {
        let left = most - lines.len();
        if left == 0 {
            break;
        }
        lines.extend(footer_lines(&footer, room, left.min(2), pen.glyphs.more));
    }
    if lines.is_empty() {
        return 0;
    }
    let top = area.bottom() - short(lines.len());
    for (n, line) in lines.iter().enumerate() {
        pen.line(area.x + 1, top + short(n), room, line);
    }
    // A blank line between rows and footer where it costs no row that matters.
    short(lines.len()) + u16::from(area.height >= 12)
}

/// Returns one thing to say, wrapped under its word in at most so many rows; where it is longer, `more` says so.
fn footer_lines(footer: &Footer, room: usize, most: usize, more: &str) -> Vec<Line> {
    let tone = footer.kind.tone();
    let text_tone = match footer.kind {
        FooterKind::Off => Tone::Dim,
        FooterKind::Next | FooterKind::Wait => Tone::Plain,
    };
    let mut head = Line::new(format!("{:<5} ", footer.kind.word()), tone);
    if !footer.key.is_empty() {
        head = head
            .and(footer.key.clone(), Tone::Key)
            .and("  ", Tone::Plain);
    }
    let indent = measure(&head.text());
    let texts = wrap_within(&footer.text, room.saturating_sub(indent), most, more);
    let mut lines = Vec::new();
    for text in texts {
        let before = std::mem::replace(&mut head, Line::plain(" ".repeat(indent)));
        lines.push(before.and(text, text_tone));
    }
    lines
}
