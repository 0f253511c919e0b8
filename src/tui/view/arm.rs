//! Draws the question that arms production.

use crate::tui::app::App;
use crate::tui::app::ArmScreen;
use crate::tui::app::Tone;

use super::pen::Pen;
use super::plan::NOT_YET;

/// Draws the question.
pub(super) fn draw(app: &App, screen: &ArmScreen, pen: &mut Pen<'_, '_>) {
    let style = pen.theme.danger;
    let inner = pen.overlay(64, 9, "Arm production", "", style, true);
    let room = usize::from(inner.width);
    let names: Vec<&str> = screen
        .environments
        .iter()
        .map(|environment| environment.as_str())
        .collect();
    let minutes = app.options.armed_for / 60;
    let plain = pen.tone(Tone::Plain);
    let dim = pen.tone(Tone::Dim);
    pen.text(
        inner.x,
        inner.y,
        room,
        &format!("{} is READ-ONLY in each new session.", names.join(", ")),
        plain,
    );
    pen.text(
        inner.x,
        inner.y + 1,
        room,
        &format!("Armed, it can be changed for {minutes} minutes, plan by plan."),
        plain,
    );
    let longest = names
        .iter()
        .map(|name| name.len())
        .max()
        .unwrap_or(8)
        .max(8);
    let line = screen
        .typed
        .line("Type its name: ", longest, pen.glyphs.blank);
    pen.line(inner.x, inner.y + 3, room, &line);
    let is_dead = screen.typed.guard.is_dead(app.clock.millis);
    match &screen.typed.notice {
        Some(notice) => {
            let warn = pen.tone(Tone::Warn);
            pen.text(inner.x, inner.y + 5, room, notice, warn);
        }
        None if is_dead => {
            pen.text(inner.x, inner.y + 5, room, NOT_YET, dim);
        }
        None => {}
    }
    pen.text(
        inner.x,
        inner.y + 6,
        room,
        "Enter arms once the name is complete   Esc cancel",
        dim,
    );
}
