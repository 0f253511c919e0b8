//! Draws the log: calls with time and outcome, then the jobs that run; or one job's own log.

use std::ops::Range;

use ratatui::layout::Rect;

use crate::model::age;
use crate::tui::app::App;
use crate::tui::app::Job;
use crate::tui::app::Line;
use crate::tui::app::LogLine;
use crate::tui::app::Pane;
use crate::tui::app::Run;
use crate::tui::app::Tone;
use crate::tui::app::command_here;

use super::pen::Pen;
use super::pen::at;
use super::pen::short;
use super::text::wrap;

/// Draws the end of the log, or from where it is scrolled to.
pub(super) fn draw(app: &App, pen: &mut Pen<'_, '_>, area: Rect, limit: &mut usize) {
    let job = app
        .selection
        .job
        .as_ref()
        .and_then(|id| app.log.jobs.iter().find(|job| &job.id == id));
    if let Some(job) = job {
        draw_job(app, job, pen, area, limit);
        return;
    }
    let lines = log_lines(app, usize::from(area.width).saturating_sub(2));
    if lines.is_empty() {
        let style = pen.tone(Tone::Dim);
        pen.text(
            area.x + 1,
            area.y,
            usize::from(area.width),
            "nothing was called yet",
            style,
        );
        return;
    }
    let room = usize::from(area.width).saturating_sub(2);
    let shown = window(app, lines.len(), area, limit);
    for (n, line) in lines[shown].iter().enumerate() {
        pen.line(area.x + 1, area.y + short(n), room, line);
    }
}

/// Returns which of so many lines are shown.
fn window(app: &App, lines: usize, area: Rect, limit: &mut usize) -> Range<usize> {
    let height = usize::from(area.height);
    *limit = lines.saturating_sub(height);
    let end = lines - app.selection.log.min(*limit);
    end.saturating_sub(height)..end
}

/// Draws one job's own log, in its colours, and what the job is about below it. Only what is shown is looked at.
fn draw_job(app: &App, job: &Job, pen: &mut Pen<'_, '_>, area: Rect, limit: &mut usize) {
    let room = usize::from(area.width).saturating_sub(2);
    let rest = job.reader.rest();
    let ended = job.lines.len();
    let written = ended + usize::from(rest.is_some());
    let shown = window(app, written + 1, area, limit);
    for (n, at) in shown.enumerate() {
        let y = area.y + short(n);
        let line = if at < ended {
            job.lines.get(at)
        } else {
            rest.as_ref().filter(|_| at < written)
        };
        match line {
            Some(line) => draw_dabs(line, pen, area.x + 1, y, room),
            None => {
                let line = job_line(app, job).and("   J next job, Esc log", Tone::Dim);
                pen.line(area.x + 1, y, room, &line);
            }
        }
    }
}

pub(super) fn draw_dabs(line: &LogLine, pen: &mut Pen<'_, '_>, x: u16, y: u16, room: usize) {
    let mut used = 0;
    for dab in &line.0 {
        let style = pen.theme.dyed(dab.dye);
        let room = room.saturating_sub(used);
        used += pen.text(at(x, used), y, room, &dab.text, style);
    }
}

fn log_lines(app: &App, room: usize) -> Vec<Line> {
    let wanted = app.filter.get(&Pane::Log).map(|text| text.to_lowercase());
    let mut lines = Vec::new();
    let under_way = app.run.as_ref().and_then(Run::under_way);
    // What was sent goes on whatever happens here; a command of this very process can be ended.
    let stop = match command_here(app) {
        Some(_) => "can stop  ",
        None => "cannot stop  ",
    };
    for entry in &app.log.entries {
        let is_wanted = wanted.as_ref().is_none_or(|wanted| {
            format!("{} {}", entry.text, entry.outcome)
                .to_lowercase()
                .contains(wanted)
        });
        if !is_wanted {
            continue;
        }
        // The outcome first: it is short and must not be cut off.
        let (word, rest) = match entry.outcome.split_once(": ") {
            Some((word, rest)) if word.len() <= 8 => (word, Some(rest)),
            Some(_) | None if entry.outcome.is_empty() => ("..", None),
            Some(_) | None if entry.outcome.len() <= 8 => (entry.outcome.as_str(), None),
            Some(_) | None => ("", Some(entry.outcome.as_str())),
        };
        let is_under_way = entry.outcome.is_empty() && under_way == Some(entry.text.as_str());
        let stop = if is_under_way { stop } else { "" };
        lines.push(
            Line::new(format!("{} ", entry.at.clock()), Tone::Dim)
                .and(format!("{word:<7} "), entry.tone)
                .and(stop, Tone::Warn)
                .and(entry.text.clone(), Tone::Plain),
        );
        if let Some(rest) = rest {
            // Reasons are read here in full; the status line has room for their beginning only.
            for text in wrap(rest, room.saturating_sub(6)) {
                lines.push(Line::new(format!("      {text}"), entry.tone));
            }
        }
    }
    let left = app.run.iter().flat_map(|run| {
        let stop = if run.is_cancelled {
            "will not run  "
        } else {
            "can stop  "
        };
        run.left().into_iter().map(move |text| (stop, text))
    });
    for (stop, text) in left {
        let is_wanted = |wanted: &String| text.to_lowercase().contains(wanted);
        if wanted.as_ref().is_none_or(is_wanted) {
            lines.push(
                // Below the words of what was called already.
                Line::new("      next    ", Tone::Dim)
                    .and(stop, Tone::Dim)
                    .and(text, Tone::Dim),
            );
        }
    }
    for job in app.log.jobs.iter().filter(|job| job.is_running()) {
        lines.push(job_line(app, job));
        if let Some(last) = job.last_line() {
            lines.push(Line::new(
                format!("              {}", last.text()),
                Tone::Dim,
            ));
        }
    }
    lines
}

fn job_line(app: &App, job: &Job) -> Line {
    let tone = match job.state.as_str() {
        "succeeded" | "passed" => Tone::Good,
        "failed" | "cancelled" => Tone::Bad,
        _ => Tone::Warn,
    };
    Line::new(format!("{} ", job.since.clock()), Tone::Dim)
        .and(format!("{:<9} ", job.state), tone)
        .and(format!("job {}", job.name), Tone::Plain)
        .and(format!("  {}", age(app.clock.now, job.since)), Tone::Dim)
}
