//! Draws the question on leaving.

use crate::model::age;
use crate::tui::app::App;
use crate::tui::app::Line;
use crate::tui::app::Tone;

use super::pen::Pen;

/// Draws what runs and what can become of it.
pub(super) fn draw(app: &App, pen: &mut Pen<'_, '_>) {
    let style = pen.theme.border_focused;
    let inner = pen.overlay(70, 9, "Something is still running", "", style, false);
    let room = usize::from(inner.width);
    let running = app.run.as_ref().map_or_else(
        || "it has ended: any key leaves".to_owned(),
        |run| format!("{}, since {}", run.title, age(app.clock.now, run.since)),
    );
    let key = |key: &str, words: &str| Line::new(key, Tone::Key).and(words, Tone::Plain);
    let lines = [
        Line::new(running, Tone::Strong),
        Line::plain(""),
        key("w", "  wait for its end, then leave"),
        key(
            "l",
            "  leave now; what was sent goes on, the next session settles it",
        ),
        key("s", "  stop after the present call, then leave"),
        Line::plain(""),
        key("Esc", "  stay"),
    ];
    for (n, line) in lines.iter().enumerate() {
        pen.line(inner.x, inner.y + super::pen::short(n), room, line);
    }
}
