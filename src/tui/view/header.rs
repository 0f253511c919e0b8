//! The first line: what matters most at the left, cut from the right.

use ratatui::layout::Rect;

use crate::model::age;
use crate::model::countdown;
use crate::tui::app::App;
use crate::tui::app::ApprovalGroup;
use crate::tui::app::Brevity;
use crate::tui::app::Line;
use crate::tui::app::Tone;
use crate::tui::app::Watch;
use crate::tui::app::approvals;
use crate::tui::app::asks_to_wait;
use crate::tui::app::company;
use crate::tui::app::drivers_in;
use crate::tui::app::not_shared;
use crate::tui::app::other_clock;

use super::pen::Pen;
use super::text::fit;
use super::text::measure;

/// Letters of a name or a title below which it tells nothing.
const LEAST: usize = 8;
/// Between two parts.
const GAP: usize = 3;

/// Draws the header.
pub(super) fn draw(app: &App, pen: &mut Pen<'_, '_>, area: Rect) {
    let room = usize::from(area.width).saturating_sub(2);
    let mut x = area.x + 1;
    let mut used = 0;
    for (n, (line, is_armed)) in pieces(app, room, pen.glyphs.cut).into_iter().enumerate() {
        let gap = if n == 0 { 0 } else { GAP };
        let width = measure(&line.text());
        // That production is armed is never left out: cut, it still says so.
        // What has no room is left out alone: behind it may be something shorter.
        if n > 0 && used + gap + width > room && !is_armed {
            continue;
        }
        x += super::pen::short(gap);
        if is_armed {
            let style = pen.theme.armed;
            let left = room.saturating_sub(used + gap);
            pen.text(x, area.y, left, &line.text(), style);
        } else {
            pen.line(x, area.y, room.saturating_sub(used + gap), &line);
        }
        used += gap + width;
        x += super::pen::short(width);
    }
}

/// Returns the parts, most important first. For those that nobody may miss, the others are shortened: first the title, then
/// what is said of who drives and of what is owed, and for the armed state even the name.
fn pieces(app: &App, room: usize, cut: char) -> Vec<(Line, bool)> {
    let state = state(app);
    let (name, title) = who(app, room);
    let name_room = room.saturating_sub(width(&state)).max(LEAST);
    let tone = match app.hotfix {
        Some(_) => Tone::Key,
        None => Tone::Strong,
    };
    let name = Line::new(fit(&name, name_room, cut), tone);
    let spare = room.checked_sub(measure(&name.text()) + width(&state));
    let left = |brevity: Brevity| spare?.checked_sub(width(&urgent(app, brevity)));
    // A title takes a blank and its quotes besides.
    let with_title = |brevity: &Brevity| left(*brevity).is_some_and(|left| left >= LEAST + 3);
    let mut brevities = Brevity::ALL.into_iter();
    let brevity = brevities
        .clone()
        .find(with_title)
        .or_else(|| brevities.find(|brevity| left(*brevity).is_some()))
        .unwrap_or(Brevity::Brief);

    let most = (room * 45 / 100).saturating_sub(measure(&name.text()) + 3);
    let title_room = most.min(left(brevity).unwrap_or_default().saturating_sub(3));
    let name = if title.is_empty() || title_room < LEAST {
        name
    } else {
        name.and(
            format!(" \"{}\"", fit(title, title_room, cut)),
            Tone::Strong,
        )
    };
    let mut pieces = vec![(name, false)];
    pieces.extend(state);
    pieces.extend(urgent(app, brevity));
    pieces.extend(rest(app));
    pieces
}

/// Returns the cells that parts take which follow another one.
fn width(pieces: &[(Line, bool)]) -> usize {
    let widths = pieces.iter().map(|(line, _)| GAP + measure(&line.text()));
    widths.sum()
}

/// Whether anything can be changed in this session.
fn state(app: &App) -> Vec<(Line, bool)> {
    let mut pieces = Vec::new();
    let is_closed = app
        .board
        .as_ref()
        .and_then(|board| board.record.as_ref())
        .is_some_and(|record| record.closed.is_some());
    if is_closed {
        pieces.push((Line::new("CLOSED", Tone::Good), false));
    }
    match &app.armed {
        Some(armed) => {
            let left = armed.until.saturating_sub(app.clock.millis);
            let left = countdown(left.div_ceil(1_000).cast_signed());
            pieces.push((
                Line::plain(format!(" ARMED {} {left} ", armed.environment)),
                true,
            ));
        }
        None => pieces.push((Line::new("READ-ONLY", Tone::Warn), false)),
    }
    pieces
}

/// What somebody may have to act on.
fn urgent(app: &App, brevity: Brevity) -> Vec<(Line, bool)> {
    // Before what can be cut: nothing else tells why nothing moves.
    let wait = asks_to_wait(app).map(|words| Line::new(words, Tone::Warn));
    let mut pieces: Vec<(Line, bool)> = wait.into_iter().map(|line| (line, false)).collect();
    let kept = not_shared(app).map(|words| Line::new(words, Tone::Warn));
    pieces.extend(kept.map(|line| (line, false)));
    let driven = drivers_in(app, brevity).into_iter();
    pieces.extend(driven.map(|line| (line, false)));
    let clock = other_clock(app).map(|words| Line::new(words, Tone::Warn));
    pieces.extend(clock.map(|line| (line, false)));
    let mine = approvals(app)
        .iter()
        .filter(|row| row.group == ApprovalGroup::Mine)
        .count();
    if mine > 0 {
        pieces.push((Line::new(counted(mine, "approval"), Tone::Strong), false));
    }
    if let Some(oldest) = app.board.as_ref().and_then(|board| board.debt.first()) {
        let count = app.board.as_ref().map_or(0, |board| board.debt.len());
        let words = match brevity {
            Brevity::Full | Brevity::Named => {
                format!("debt {count}, oldest {}", age(app.clock.now, oldest.since))
            }
            Brevity::Brief => format!("debt {count}"),
        };
        pieces.push((Line::new(words, Tone::Warn), false));
    }
    pieces
}

/// What is good to know where there is room for it.
fn rest(app: &App) -> Vec<(Line, bool)> {
    let mut pieces = Vec::new();
    let running = app.log.running().max(usize::from(app.run.is_some()));
    if running > 0 {
        pieces.push((Line::new(counted(running, "job"), Tone::Strong), false));
    }
    pieces.push((freshness(app), false));
    pieces.extend(company(app).into_iter().map(|line| (line, false)));
    pieces.push((Line::new(app.options.project.clone(), Tone::Dim), false));
    let watch = match app.watch {
        Watch::On => format!("watch on, poll {} s", app.options.poll),
        Watch::Off => format!("watch off, poll {} s", app.options.poll),
        Watch::Starting => format!("poll {} s", app.options.poll),
    };
    pieces.push((Line::new(watch, Tone::Dim), false));
    pieces
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Returns the name of the hotfix that is shown, and its title.
fn who(app: &App, room: usize) -> (String, &str) {
    let Some(id) = &app.hotfix else {
        return ("no hotfix shown".to_owned(), "");
    };
    let mut hotfixes = app.board.iter().flat_map(|board| &board.hotfixes);
    let Some(summary) = hotfixes.find(|hotfix| &hotfix.id == id) else {
        return (id.to_string(), "");
    };
    let name = if room < 118 {
        // The branch's last part is what people call it; the id is on record.
        let last = summary.branch.as_str().rsplit('/').next();
        last.unwrap_or_default().to_owned()
    } else {
        id.to_string()
    };
    (name, summary.title.as_str())
}

fn freshness(app: &App) -> Line {
    let now = app.clock.now;
    let seen = app.seen_at().map(|at| match now.seconds_since(at) {
        // Nobody decides by single seconds, and each would be a frame that nothing else asks for.
        ..60 => "seen just now".to_owned(),
        _ => format!("seen {} ago", age(now, at)),
    });
    match (&app.blind, seen) {
        (Some(_), Some(seen)) => Line::new(format!("OFFLINE, {seen}"), Tone::Bad),
        (Some(_), None) => Line::new("OFFLINE, nothing seen", Tone::Bad),
        // What is shown while the first look is under way is from before it.
        (None, Some(seen)) if app.looked_at.is_some() => Line::new(seen, Tone::Dim),
        (None, Some(_) | None) => Line::new("looking", Tone::Dim),
    }
}
