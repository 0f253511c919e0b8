//! The first line: what matters most at the left, cut from the right.

use ratatui::layout::Rect;

use crate::model::age;
use crate::model::countdown;
use crate::tui::app::App;
use crate::tui::app::ApprovalGroup;
use crate::tui::app::Line;
use crate::tui::app::Tone;
use crate::tui::app::Watch;
use crate::tui::app::approvals;
use crate::tui::app::asks_to_wait;
use crate::tui::app::company;
use crate::tui::app::drivers;
use crate::tui::app::not_shared;
use crate::tui::app::other_clock;

use super::pen::Pen;
use super::text::fit;
use super::text::measure;

/// Draws the header.
pub(super) fn draw(app: &App, pen: &mut Pen<'_, '_>, area: Rect) {
    let room = usize::from(area.width).saturating_sub(2);
    let mut x = area.x + 1;
    let mut used = 0;
    for (n, (line, is_armed)) in pieces(app, room, pen.glyphs.cut).into_iter().enumerate() {
        let gap = if n == 0 { 0 } else { 3 };
        let width = measure(&line.text());
        if n > 0 && used + gap + width > room {
            break;
        }
        x += super::pen::short(gap);
        if is_armed {
            let style = pen.theme.armed;
            pen.text(x, area.y, room - used - gap, &line.text(), style);
        } else {
            pen.line(x, area.y, room.saturating_sub(used + gap), &line);
        }
        used += gap + width;
        x += super::pen::short(width);
    }
}

/// Returns the parts, most important first.
fn pieces(app: &App, room: usize, cut: char) -> Vec<(Line, bool)> {
    let mut pieces = vec![(who(app, room, cut), false)];
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
    // Before what can be cut: nothing else tells why nothing moves.
    let wait = asks_to_wait(app).map(|words| Line::new(words, Tone::Warn));
    pieces.extend(wait.map(|line| (line, false)));
    let kept = not_shared(app).map(|words| Line::new(words, Tone::Warn));
    pieces.extend(kept.map(|line| (line, false)));
    pieces.extend(drivers(app).into_iter().map(|line| (line, false)));
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
        let words = format!("debt {count}, oldest {}", age(app.clock.now, oldest.since));
        pieces.push((Line::new(words, Tone::Warn), false));
    }
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

fn who(app: &App, room: usize, cut: char) -> Line {
    let summary = app.board.as_ref().and_then(|board| {
        board
            .hotfixes
            .iter()
            .find(|hotfix| Some(&hotfix.id) == app.hotfix.as_ref())
    });
    let Some(id) = &app.hotfix else {
        return Line::new("no hotfix shown", Tone::Strong);
    };
    let name = match summary {
        // The branch's last part is what people call it; the id is on record.
        Some(summary) if room < 118 => summary
            .branch
            .as_str()
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned(),
        Some(_) | None => id.to_string(),
    };
    let title = summary.map_or("", |summary| summary.title.as_str());
    let left = (room * 45 / 100).saturating_sub(measure(&name) + 3);
    let line = Line::new(name, Tone::Key);
    if title.is_empty() || left < 8 {
        return line;
    }
    line.and(format!(" \"{}\"", fit(title, left, cut)), Tone::Strong)
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
