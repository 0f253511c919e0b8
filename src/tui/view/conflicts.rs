//! Draws the conflict screen (console.md 2.6): three panes named by lane where they fit, else two, one above the other.

use ratatui::layout::Rect;

use crate::tui::app::App;
use crate::tui::app::ConflictPane;
use crate::tui::app::ConflictScreen;
use crate::tui::app::Fit;
use crate::tui::app::Line;
use crate::tui::app::Tone;

use super::conflict_checks;
use super::conflict_keys::keys;
use super::footer;
use super::pen::Pen;
use super::pen::short;
use super::text::fit;
use super::text::fit_end;
use super::text::measure;
use super::text::wrap;

/// From here on three panes stand beside each other.
pub(super) const WIDE: u16 = 118;
/// With fewer rows the sides need all that can be spared.
const LOW: u16 = 20;
/// Rows above a hunk that tell where it is, and with how many rows a side has none to spare for them.
const CONTEXT: usize = 2;
const LOW_PANE: usize = 5;

/// Draws the whole screen.
pub(super) fn draw(app: &App, screen: &ConflictScreen, pen: &mut Pen<'_, '_>) {
    let area = pen.screen();
    let is_bare = app.fit() <= Fit::Compact;
    pen.clear(area);
    head(
        screen,
        pen,
        Rect::new(area.x, area.y, area.width, 1),
        is_bare,
    );
    let foot = foot(app, screen, pen, area);
    let base = base(screen, pen, area);
    let foot_top = area.bottom().saturating_sub(short(foot.len()));
    let base_top = foot_top.saturating_sub(short(base.len()));
    for (lines, top) in [(&base, base_top), (&foot, foot_top)] {
        for (n, line) in lines.iter().enumerate() {
            let room = usize::from(area.width).saturating_sub(2);
            pen.line(area.x + 1, top + short(n), room, line);
        }
    }
    let body = Rect::new(
        area.x,
        area.y + 1,
        area.width,
        base_top.saturating_sub(area.y + 1),
    );
    panes(screen, pen, body, is_bare);
}

fn head(screen: &ConflictScreen, pen: &mut Pen<'_, '_>, row: Rect, is_bare: bool) {
    let room = usize::from(row.width).saturating_sub(2);
    let subject = &screen.session.subject;
    let path = screen.work().map_or("", |work| work.file.path.as_str());
    let kind = screen.work().map_or("", |work| work.file.kind.word());
    // Where one is stays whatever is cut: first who, then what the screen is, then the path from its left.
    let place = screen.place(is_bare);
    let left = room.saturating_sub(measure(&place) + 2);
    let named = format!("{path} ({kind})");
    let brief = "Conflicts".to_owned();
    let full = format!("{brief}  {} -> {}", subject.fix, subject.target);
    let mut whos = [full, brief.clone()].into_iter();
    let who = whos.find(|who| measure(who) + 2 + measure(&named) <= left);
    let line = match who {
        None if is_bare => Line::new(fit_end(path, left, pen.glyphs.cut), Tone::Key),
        None | Some(_) => {
            let who = who.unwrap_or(brief);
            let left = left.saturating_sub(measure(&who) + 2);
            Line::new(who, Tone::Strong)
                .and("  ", Tone::Plain)
                .and(fit_end(&named, left, pen.glyphs.cut), Tone::Key)
        }
    };
    pen.line(row.x + 1, row.y, left, &line);
    let style = pen.tone(Tone::Strong);
    let end = Rect::new(row.x, row.y, row.width.saturating_sub(1), 1);
    pen.right(end, &place, style);
}

fn title(screen: &ConflictScreen, pane: ConflictPane, room: usize) -> String {
    let subject = &screen.session.subject;
    let later = screen.work().filter(|work| work.round > 1);
    let commit = later.and_then(|work| work.file.commit.as_ref());
    let (name, what) = match pane {
        ConflictPane::Target if later.is_some() => (
            subject.target.as_str().to_uppercase(),
            "as decided so far".to_owned(),
        ),
        ConflictPane::Target => (
            subject.target.as_str().to_uppercase(),
            "target: later work".to_owned(),
        ),
        ConflictPane::Result => ("RESULT".to_owned(), "what will be committed".to_owned()),
        ConflictPane::Fix => (
            subject.fix.clone(),
            commit.map_or_else(
                || "the fix must survive".to_owned(),
                |id| id.short().to_owned(),
            ),
        ),
    };
    let full = format!("{name} ({what})");
    if measure(&full) <= room { full } else { name }
}

fn panes(screen: &ConflictScreen, pen: &mut Pen<'_, '_>, body: Rect, is_bare: bool) {
    if let Some(run) = screen.shown_check() {
        conflict_checks::output(run, screen.scroll, pen, body);
        return;
    }
    if body.width >= WIDE {
        let each = body.width / 3;
        let places = [
            (ConflictPane::Target, body.x, each),
            (ConflictPane::Result, body.x + each, body.width - 2 * each),
            (ConflictPane::Fix, body.x + body.width - each, each),
        ];
        for (which, x, width) in places {
            let place = Rect::new(x, body.y, width, body.height);
            pane(screen, pen, (which, ""), place, is_bare);
        }
        return;
    }
    if screen.shows_result {
        pane(screen, pen, (ConflictPane::Result, ""), body, is_bare);
        return;
    }
    let top = body.height / 2;
    let upper = Rect::new(body.x, body.y, body.width, top);
    let lower = Rect::new(body.x, body.y + top, body.width, body.height - top);
    // Without the result beside them nothing else tells what was chosen.
    let decided = decided(screen).unwrap_or_default();
    pane(
        screen,
        pen,
        (ConflictPane::Target, &decided),
        upper,
        is_bare,
    );
    pane(screen, pen, (ConflictPane::Fix, ""), lower, is_bare);
}

/// Returns what was decided, or is offered, about the hunk or its whole path; none while nothing is.
fn decided(screen: &ConflictScreen) -> Option<String> {
    let work = screen.work()?;
    let offered = |is_offered: bool| if is_offered { "offered: " } else { "" };
    if let Some(whole) = work.whole.shown() {
        let offered = offered(work.whole.offered_from().is_some());
        return Some(format!("{offered}path {}", work.words_of(whole)));
    }
    let hunk = work.hunks.get(screen.hunk)?;
    let offered = offered(hunk.offered_from().is_some());
    let words = hunk.shown()?.words();
    Some(format!("{offered}hunk {}: {words}", screen.hunk + 1))
}

fn pane(
    screen: &ConflictScreen,
    pen: &mut Pen<'_, '_>,
    (which, right): (ConflictPane, &str),
    area: Rect,
    is_bare: bool,
) {
    let style = if which == ConflictPane::Result {
        pen.theme.border_focused
    } else {
        pen.theme.border
    };
    let taken = if right.is_empty() {
        6
    } else {
        6 + measure(right) + 4
    };
    let room = usize::from(area.width).saturating_sub(taken);
    let name = Line::new(title(screen, which, room), Tone::Strong);
    let inner = if is_bare {
        heading(pen, area, &name, right)
    } else {
        pen.frame(area, &name, right, style, false)
    };
    let text = screen.pane(which);
    let height = usize::from(inner.height);
    let room = usize::from(inner.width);
    let mut rows = Vec::new();
    let mut at = 0;
    for (n, line) in text.lines.iter().enumerate() {
        if n == text.at {
            at = rows.len();
        }
        rows.extend(wrapped(line, room));
    }
    let last = rows.len().saturating_sub(height);
    // A short file is shown whole; a long one from just above the hunk, where that leaves room for the hunk.
    let context = if height < LOW_PANE { 0 } else { CONTEXT };
    let top = at
        .saturating_sub(context)
        .min(last)
        .saturating_add_signed(screen.scroll)
        .min(last);
    for (n, line) in rows.iter().skip(top).take(height).enumerate() {
        pen.line(inner.x, inner.y + short(n), room, line);
    }
}

/// Draws title and words on a line of their own where there is no room for borders; returns what is below.
fn heading(pen: &mut Pen<'_, '_>, area: Rect, name: &Line, right: &str) -> Rect {
    if area.height == 0 {
        return area;
    }
    let dim = pen.tone(Tone::Dim);
    let end = Rect::new(area.x, area.y, area.width.saturating_sub(1), 1);
    let taken = pen.right(end, right, dim);
    let room = usize::from(area.width).saturating_sub(taken + 3);
    pen.line(area.x + 1, area.y, room, name);
    Rect::new(area.x, area.y + 1, area.width, area.height - 1)
}

/// Returns a line in as many rows as it needs: what differs may be at its end.
fn wrapped(line: &Line, room: usize) -> Vec<Line> {
    let [number, mark, text, rest @ ..] = line.0.as_slice() else {
        return vec![line.clone()];
    };
    let lead = measure(&number.text) + measure(&mark.text);
    let parts = wrap(&text.text, room.saturating_sub(lead));
    if parts.len() < 2 {
        return vec![line.clone()];
    }
    let mut rows: Vec<Line> = Vec::with_capacity(parts.len());
    for (n, part) in parts.into_iter().enumerate() {
        let row = if n == 0 {
            Line(vec![number.clone(), mark.clone()])
        } else {
            Line::plain(" ".repeat(measure(&number.text))).and(mark.text.clone(), mark.tone)
        };
        rows.push(row.and(part, text.tone));
    }
    if let Some(row) = rows.last_mut() {
        row.0.extend(rest.iter().cloned());
    }
    rows
}

/// Returns the base of the hunk: its first line, or all of it where asked for. Where rows are few it has none until then.
fn base(screen: &ConflictScreen, pen: &Pen<'_, '_>, area: Rect) -> Vec<Line> {
    if area.height < LOW && !screen.shows_base {
        return Vec::new();
    }
    let width = area.width;
    let lines = screen.base_lines();
    let most = usize::from(pen.screen().height / 4).max(1);
    let label = |text: String| Line::new("base (b): ", Tone::Dim).and(text, Tone::Plain);
    let more = lines.len().saturating_sub(1);
    match lines.split_first() {
        None => vec![label(String::new())],
        Some((first, _)) if !screen.shows_base => {
            let rest = if more > 0 {
                format!("  and {more} more")
            } else {
                String::new()
            };
            let room = usize::from(width).saturating_sub(14 + measure(&rest));
            vec![label(fit(first, room, pen.glyphs.cut)).and(rest, Tone::Dim)]
        }
        Some((first, rest)) => {
            let mut shown = vec![label(first.clone())];
            shown.extend(
                rest.iter()
                    .take(most.saturating_sub(1))
                    .map(|line| Line::plain(format!("          {line}"))),
            );
            shown
        }
    }
}

/// Returns the rows at the bottom: what finishing does, what just happened, the keys.
fn foot(app: &App, screen: &ConflictScreen, pen: &Pen<'_, '_>, area: Rect) -> Vec<Line> {
    let mut lines = Vec::new();
    let room = usize::from(area.width).saturating_sub(2);
    let is_tight = area.height < 30;
    let said = said(app, screen, room, is_tight, pen.glyphs.more);
    if area.height >= LOW {
        let mut finish = screen.finish_lines();
        // A reason is read to its end, and how the checks ended is told: where rows are few, what the plan says too gives way.
        if is_tight {
            let needed = said.len().saturating_sub(1) + usize::from(screen.checks.is_some());
            finish.truncate(finish.len().saturating_sub(needed));
        }
        for (n, text) in finish.into_iter().enumerate() {
            let head = if n == 0 {
                "finish will run:  "
            } else {
                "                  "
            };
            let text = fit(&text, room.saturating_sub(18), pen.glyphs.cut);
            lines.push(Line::new(head, Tone::Dim).and(text, Tone::Plain));
        }
    }
    if let Some(driver) = screen.work().and_then(|work| work.driver_offer()) {
        let key = app.options.keymap.first("conflict-driver");
        let words = format!("offered: {}, with {key}", driver.words());
        lines.push(Line::new(fit(&words, room, pen.glyphs.cut), Tone::Warn));
    }
    if let Some(checks) = &screen.checks {
        lines.push(checks.line(&app.options.keymap.first("conflict-output")));
    }
    lines.extend(said);
    lines.extend(keys(app, screen, room));
    lines
}

/// Returns the question about leaving, else what just happened. What stands there all the time has one row where rows are
/// few.
fn said(app: &App, screen: &ConflictScreen, room: usize, is_tight: bool, more: &str) -> Vec<Line> {
    if screen.is_leaving {
        let asked = "Leave? y: keep what is decided   d: forget it   any other key: stay";
        let texts = wrap(asked, room).into_iter();
        return texts.map(|text| Line::new(text, Tone::Warn)).collect();
    }
    if is_tight && app.status.is_none() {
        return footer::status_rows(app, room, 1, more);
    }
    footer::status_lines(app, room, more)
}
