//! Draws the diff screen: the files at the left, the lines at the right, unified or before beside after.

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::engine::DiffSize;
use crate::engine::hidden_words;
use crate::model::LineSide;
use crate::tui::app::App;
use crate::tui::app::DiffHalf;
use crate::tui::app::DiffPlaces;
use crate::tui::app::DiffRow;
use crate::tui::app::DiffScreen;
use crate::tui::app::Ink;
use crate::tui::app::Line;
use crate::tui::app::Tone;
use crate::tui::app::is_on;

use super::diff_files::files;
use super::diff_files::name;
use super::diff_files::one_file;
use super::footer;
use super::key_rows::Key;
use super::key_rows::key_rows;
use super::pen::Pen;
use super::pen::at;
use super::pen::short;
use super::text::fit;
use super::text::fit_end;
use super::text::measure;
use super::text::wrap_within;

/// Cells of a line number with the blank behind it.
const NUMBER: usize = 6;
/// Rows below the lines: what is said, then keys.
const FOOT: u16 = 3;
/// Rows that what is said may take of them.
const SAID: usize = 2;

/// Draws the whole screen.
pub(super) fn draw(app: &App, screen: &DiffScreen, pen: &mut Pen<'_, '_>) {
    let area = pen.screen();
    pen.clear(area);
    let places = screen.places((area.width, area.height));
    head(screen, pen, area);
    let top = if places.list == 0 { 2 } else { 1 };
    let body = Rect::new(area.x, area.y + top, area.width, places.height + 2);
    if places.list == 0 {
        let row = Rect::new(area.x, area.y + 1, area.width, 1);
        one_file(screen, pen, row);
    } else {
        let list = Rect::new(body.x, body.y, places.list, body.height);
        files(screen, pen, list);
    }
    let lines = Rect::new(
        body.x + places.list,
        body.y,
        body.width - places.list,
        body.height,
    );
    rows(screen, pen, lines, places);
    foot(app, screen, pen, area);
}

/// What is compared, how much it is, and what hides in it.
fn head(screen: &DiffScreen, pen: &mut Pen<'_, '_>, area: Rect) {
    let room = usize::from(area.width).saturating_sub(2);
    let size = DiffSize::of(&screen.diff);
    let mut facts = format!(
        "+{} -{}  head {}",
        size.added,
        size.removed,
        screen.diff.head.short()
    );
    let (hidden, tone) = match (screen.hidden, screen.saw_hidden) {
        (0, _) => (String::new(), Tone::Plain),
        (count, true) => (format!("{} (seen)", hidden_words(count)), Tone::Warn),
        (count, false) => (hidden_words(count), Tone::Bad),
    };
    if !hidden.is_empty() {
        facts.push_str("  ");
    }
    let end = measure(&facts) + measure(&hidden);
    let title = format!("Diff  {}", screen.compared.title);
    let left = room.saturating_sub(end + 2);
    let about = left.saturating_sub(measure(&title) + 2);
    let line = Line::new(fit(&title, left, pen.glyphs.cut), Tone::Strong)
        .and("  ", Tone::Plain)
        .and(
            if about > 12 {
                fit(&screen.compared.words, about, pen.glyphs.cut)
            } else {
                String::new()
            },
            Tone::Dim,
        );
    pen.line(area.x + 1, area.y, left, &line);
    let end = Line::new(facts, Tone::Plain).and(hidden, tone);
    let width = measure(&end.text());
    let x = area.right().saturating_sub(short(width) + 1);
    pen.line(x, area.y, width, &end);
}

fn rows(screen: &DiffScreen, pen: &mut Pen<'_, '_>, area: Rect, places: DiffPlaces) {
    let style = pen.theme.border_focused;
    let room = usize::from(area.width).saturating_sub(24);
    let title = screen.shown().map_or_else(
        || "nothing changes".to_owned(),
        |file| {
            format!(
                "{} ({})",
                fit_end(&name(file), room, pen.glyphs.cut),
                file.fate.word()
            )
        },
    );
    let (hunk, count) = screen.hunk();
    let right = if count == 0 {
        String::new()
    } else {
        format!("hunk {hunk}/{count}")
    };
    let inner = pen.frame(area, &Line::new(title, Tone::Strong), &right, style, false);
    let shown = screen.layout.rows.iter().enumerate();
    for (n, row) in shown.skip(screen.top).take(usize::from(inner.height)) {
        let y = inner.y + short(n - screen.top);
        let place = Rect::new(inner.x, y, inner.width, 1);
        draw_row(pen, row, place, places);
        if screen.layout.hits.contains(&n) {
            let style = pen.theme.selected;
            pen.tint(Rect::new(inner.x, y, short(NUMBER), 1), style);
        }
    }
}

fn draw_row(pen: &mut Pen<'_, '_>, row: &DiffRow, place: Rect, places: DiffPlaces) {
    let room = usize::from(place.width);
    match row {
        DiffRow::Head(text) => {
            pen.line(place.x, place.y, room, &Line::new(text.clone(), Tone::Key));
        }
        DiffRow::Remark(text) => {
            let line = Line::new(format!("  {text}"), Tone::Warn);
            pen.line(place.x, place.y, room, &line);
        }
        DiffRow::One(one) => half(pen, one, place, true),
        DiffRow::Two(left, right) => {
            let each = place.width.saturating_sub(1) / 2;
            let middle = place.x + each;
            if let Some(left) = left {
                half(pen, left, Rect::new(place.x, place.y, each, 1), false);
            }
            let line = pen.glyphs.border.vertical.to_string();
            let style = pen.theme.border;
            pen.text(middle, place.y, 1, &line, style);
            if let Some(right) = right {
                let width = place.width - each - 1;
                half(pen, right, Rect::new(middle + 1, place.y, width, 1), false);
            }
        }
    }
    debug_assert!(
        places.width >= place.width,
        "the layout was made for this width"
    );
}

/// Draws numbers, sign and text of one side.
fn half(pen: &mut Pen<'_, '_>, half: &DiffHalf, place: Rect, has_two_numbers: bool) {
    let dim = pen.tone(Tone::Dim);
    let side = match half.side {
        LineSide::Both => pen.theme.plain,
        LineSide::Removed => pen.theme.removed,
        LineSide::Added => pen.theme.added,
    };
    // The whole row has the side's ground, so that a change is seen to its end.
    pen.tint(place, side);
    let numbers = if has_two_numbers { 2 } else { 1 };
    let mut x = place.x;
    for number in half.numbers.iter().take(numbers) {
        let text = number.map_or_else(String::new, |number| number.to_string());
        let room = NUMBER - 1;
        pen.text(x, place.y, room, &format!("{text:>room$}"), dim);
        x = at(x, NUMBER);
    }
    let is_first = half.numbers.iter().any(Option::is_some);
    let sign = if is_first { half.side.sign() } else { ' ' };
    pen.text(x, place.y, 1, &sign.to_string(), side);
    x = at(x, 2);
    for bit in &half.bits {
        let room = usize::from(place.right().saturating_sub(x));
        let style = ink(pen, bit.ink, side);
        x = at(x, pen.text(x, place.y, room, &bit.text, style));
    }
}

fn ink(pen: &Pen<'_, '_>, ink: Ink, base: Style) -> Style {
    if ink.is_mark {
        return pen.theme.mark;
    }
    let mut style = base.patch(pen.theme.token(ink.token));
    if ink.is_changed {
        style = style.patch(pen.theme.changed);
    }
    style
}

fn foot(app: &App, screen: &DiffScreen, pen: &mut Pen<'_, '_>, area: Rect) {
    let room = usize::from(area.width).saturating_sub(2);
    let top = area.bottom().saturating_sub(FOOT);
    let more = pen.glyphs.more;
    // What decides whether it can be approved is read to its end: keys that help names too make room for it.
    let wrapped = |text: &str, tone: Tone| -> Vec<Line> {
        let rows = wrap_within(text, room, SAID, more).into_iter();
        rows.map(|row| Line::new(row, tone)).collect()
    };
    let said = match &screen.finding {
        Some(field) => vec![
            Line::new("/", Tone::Key)
                .and(field.text.clone(), Tone::Strong)
                .and("_  Enter searches every file, Esc drops it", Tone::Dim),
        ],
        None if app.status.is_none() && screen.hidden > 0 && !screen.saw_hidden => {
            let keymap = &app.options.keymap;
            let words = format!(
                "{}: {} goes to the next, {} says that you saw them; only then can it be approved",
                hidden_words(screen.hidden),
                keymap.first("diff-hidden"),
                keymap.first("diff-saw-hidden")
            );
            wrapped(&words, Tone::Bad)
        }
        None if app.status.is_none() && !screen.diff.notes.is_empty() => {
            wrapped(&screen.diff.notes.join("; "), Tone::Warn)
        }
        None => footer::status_rows(app, room, SAID, more),
    };
    let said_rows = said.len().clamp(1, SAID);
    let keys = keys(app, room, usize::from(FOOT) - said_rows);
    for (n, line) in said.iter().take(said_rows).enumerate() {
        pen.line(area.x + 1, top + short(n), room, line);
    }
    for (n, line) in keys.iter().enumerate() {
        pen.line(area.x + 1, top + short(said_rows + n), room, line);
    }
}

/// The actions of the screen in short words.
const KEYS: &[Key] = &[
    ("diff-approve", None, "approve"),
    ("diff-reject", None, "request changes"),
    ("diff-saw-hidden", None, "saw hidden"),
    ("diff-down", Some("diff-up"), "scroll"),
    ("diff-next", Some("diff-previous"), "hunk"),
    ("diff-file-next", Some("diff-file-previous"), "file"),
    ("diff-seen", None, "mark seen"),
    ("diff-find", None, "search"),
    ("diff-hit", None, "next hit"),
    ("diff-hidden", None, "next hidden"),
    ("diff-layout", None, "layout"),
    ("help", None, "help"),
    ("diff-leave", None, "back"),
];

/// The keys that go where the rows have no room for all, the first of them first.
const GOING: &[&str] = &[
    "diff-layout",
    "diff-hit",
    "diff-find",
    "diff-seen",
    "diff-file-next",
    "diff-down",
    "diff-next",
    "diff-hidden",
];

/// Returns the keys that do something now, in at most so many rows.
fn keys(app: &App, room: usize, most: usize) -> Vec<Line> {
    let wanted = KEYS.iter().filter(|(id, _, _)| is_on(app, id));
    key_rows(app, wanted.copied().collect(), GOING, room, most)
}
