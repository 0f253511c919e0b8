//! Draws the question on leaving, and the one for production's name.

use crate::model::age;
use crate::tui::app::App;
use crate::tui::app::Line;
use crate::tui::app::Naming;
use crate::tui::app::QuitScreen;
use crate::tui::app::Tone;
use crate::tui::app::command_here;

use super::dialogue;
use super::dialogue::fitted;
use super::pen::Pen;

const WIDTH: u16 = 70;
/// So many running jobs are named; all of them are in the log.
const JOBS: usize = 5;

/// Draws what runs and what can become of it.
pub(super) fn draw(app: &App, screen: &QuitScreen, pen: &mut Pen<'_, '_>) {
    if let Some(naming) = &screen.naming {
        draw_naming(app, naming, pen);
        return;
    }
    let running = app.run.as_ref().map_or_else(
        || "it has ended: any key leaves".to_owned(),
        |run| format!("{}, since {}", run.title, age(app.clock.now, run.since)),
    );
    let running = Line::new(running, Tone::Strong);
    let below = fitted(pen, WIDTH, vec![running.clone()]).len();
    let mut lines = vec![running, Line::plain("")];
    if command_here(app).is_some() {
        lines.push(Line::new(
            "It runs a command in this console, which ends with it.",
            Tone::Warn,
        ));
        lines.push(Line::plain(""));
        lines.push(key("w", "wait for its end, then leave"));
        lines.push(key("l", "leave now: this KILLS the command half-way"));
        lines.push(key(
            "s",
            "stop: this KILLS it too, and leaves once that is on record",
        ));
    } else {
        lines.push(key("w", "wait for its end, then leave"));
        lines.push(key(
            "l",
            "leave now; what was sent goes on, the next session settles it",
        ));
        lines.push(key("s", "stop after the present call, then leave"));
    }
    lines.push(Line::plain(""));
    lines.push(key("Esc", "stay"));
    let mut lines = fitted(pen, WIDTH, lines);
    // Below what runs: never at the cost of an answer.
    let free = usize::from(pen.screen().height).saturating_sub(lines.len() + 2);
    let jobs = app.log.jobs.iter().filter(|job| job.is_running());
    let jobs = jobs
        .take(free.min(JOBS))
        .map(|job| Line::plain(format!("  job {} {}", job.name, job.state)));
    lines.splice(below..below, jobs);
    dialogue::draw(pen, WIDTH, "Something is still running", false, &lines);
}

fn key(key: &str, words: &str) -> Line {
    Line::new(key, Tone::Key)
        .and("  ", Tone::Plain)
        .and(words, Tone::Plain)
}

fn draw_naming(app: &App, naming: &Naming, pen: &mut Pen<'_, '_>) {
    let name = &naming.environment;
    let running = app.run.as_ref().map_or("", |run| run.title.as_str());
    let (width, blank) = (name.as_str().len().max(8), pen.glyphs.blank);
    let lines = vec![
        Line::new(running, Tone::Strong),
        Line::plain(format!(
            "This KILLS it half-way: {name} may be left half changed."
        )),
        Line::plain("What it did until then stays; it is put on record as cancelled."),
        Line::plain(""),
        naming.typed.line("Type its name to end it: ", width, blank),
        Line::plain(""),
        Line::new(naming.typed.notice.clone().unwrap_or_default(), Tone::Warn),
        Line::new(
            "Enter ends it once the name is complete   Esc lets it go on",
            Tone::Dim,
        ),
    ];
    let lines = fitted(pen, WIDTH, lines);
    dialogue::draw(pen, WIDTH, "End what runs in production", true, &lines);
}
