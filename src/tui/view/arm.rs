//! Draws the question that arms production.

use crate::tui::app::App;
use crate::tui::app::ArmScreen;
use crate::tui::app::Line;
use crate::tui::app::Tone;

use super::dialogue;
use super::dialogue::fitted;
use super::pen::Pen;
use super::plan::NOT_YET;

const WIDTH: u16 = 64;

/// Draws the question.
pub(super) fn draw(app: &App, screen: &ArmScreen, pen: &mut Pen<'_, '_>) {
    let names: Vec<&str> = screen
        .environments
        .iter()
        .map(|environment| environment.as_str())
        .collect();
    let minutes = app.options.armed_for / 60;
    let lengths = names.iter().map(|name| name.len());
    let longest = lengths.max().unwrap_or(8).max(8);
    let is_dead = screen.typed.guard.is_dead(app.clock.millis);
    let notice = match &screen.typed.notice {
        Some(notice) => Line::new(notice.clone(), Tone::Warn),
        None if is_dead => Line::new(NOT_YET, Tone::Dim),
        None => Line::plain(""),
    };
    let lines = vec![
        Line::plain(format!(
            "{} is READ-ONLY in each new session.",
            names.join(", ")
        )),
        Line::plain(format!(
            "Armed, it can be changed for {minutes} minutes, plan by plan."
        )),
        Line::plain(""),
        screen
            .typed
            .line("Type its name: ", longest, pen.glyphs.blank),
        Line::plain(""),
        notice,
        Line::new(
            "Enter arms once the name is complete   Esc cancel",
            Tone::Dim,
        ),
    ];
    let lines = fitted(pen, WIDTH, lines);
    dialogue::draw(pen, WIDTH, "Arm production", true, &lines);
}
