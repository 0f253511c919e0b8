//! Draws the log: calls with time and outcome, then the jobs that run; or one job's own log.

use ratatui::layout::Rect;

use crate::model::age;
use crate::tui::app::App;
use crate::tui::app::Job;
use crate::tui::app::Line;
use crate::tui::app::Pane;
use crate::tui::app::Tone;

use super::pen::Pen;
use super::pen::short;
use super::text::wrap;

/// Draws the end of the log, or from where it is scrolled to.
pub(super) fn draw(app: &App, pen: &mut Pen<'_, '_>, area: Rect, limit: &mut usize) {
    let job = app
        .selection
        .job
        .as_ref()
        .and_then(|id| app.log.jobs.iter().find(|job| &job.id == id));
    let lines = match job {
        Some(job) => job_lines(app, job),
        None => log_lines(app, usize::from(area.width).saturating_sub(2)),
    };
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
    let height = usize::from(area.height);
    *limit = lines.len().saturating_sub(height);
    let back = app.selection.log.min(*limit);
    let end = lines.len() - back;
    let start = end.saturating_sub(height);
    let room = usize::from(area.width).saturating_sub(2);
    for (n, line) in lines[start..end].iter().enumerate() {
        pen.line(area.x + 1, area.y + short(n), room, line);
    }
}

fn log_lines(app: &App, room: usize) -> Vec<Line> {
    let wanted = app.filter.get(&Pane::Log).map(|text| text.to_lowercase());
    let mut lines = Vec::new();
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
        lines.push(
            Line::new(format!("{} ", entry.at.clock()), Tone::Dim)
                .and(format!("{word:<7} "), entry.tone)
                .and(entry.text.clone(), Tone::Plain),
        );
        if let Some(rest) = rest {
            // Reasons are read here in full; the status line has room for their beginning only.
            for text in wrap(rest, room.saturating_sub(6)) {
                lines.push(Line::new(format!("      {text}"), entry.tone));
            }
        }
    }
    for job in app.log.jobs.iter().filter(|job| job.is_running()) {
        lines.push(job_line(app, job));
        if let Some(last) = job.lines.back() {
            lines.push(Line::new(format!("              {last}"), Tone::Dim));
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

fn job_lines(app: &App, job: &Job) -> Vec<Line> {
    let mut lines: Vec<Line> = job
        .lines
        .iter()
        .map(|line| Line::plain(line.clone()))
        .collect();
    lines.push(job_line(app, job).and("   J next job, Esc log", Tone::Dim));
    lines
}
