//! Draws the dialogue that signs in: everything but the token.

use crate::tui::app::Line;
use crate::tui::app::LoginScreen;
use crate::tui::app::LoginStage;
use crate::tui::app::Tone;

use super::pen::Pen;
use super::pen::short;
use super::text::wrap;

/// Rows that the notice may take.
const NOTICE: usize = 4;

/// Draws the dialogue.
pub(super) fn draw(screen: &LoginScreen, pen: &mut Pen<'_, '_>) {
    let style = pen.tone(Tone::Plain);
    let inner = pen.overlay(72, 11, "Sign in to the forge", "", style, false);
    let room = usize::from(inner.width);
    let warn = pen.tone(Tone::Warn);
    let notice = screen.notice.as_deref().unwrap_or_default();
    for (n, text) in wrap(notice, room).iter().take(NOTICE).enumerate() {
        pen.text(inner.x, inner.y + short(n), room, text, warn);
    }
    let (line, hint) = match screen.stage {
        LoginStage::Typing => (
            match screen.length() {
                0 => Line::plain("Token: ").and("type or paste it; it is not shown", Tone::Dim),
                count => Line::plain("Token: ")
                    .and(format!("{count} characters"), Tone::Strong)
                    .and("  not shown", Tone::Dim),
            },
            "Enter tries it, then keeps it in the keyring   Esc cancel",
        ),
        LoginStage::Trying => (Line::plain("asking the forge who that is"), "Esc cancel"),
        LoginStage::MayKeepInFile => (
            Line::plain("There is no keyring. Keep it in a file that only you can read?"),
            "y keep it there   n or Esc forget it",
        ),
    };
    pen.line(inner.x, inner.y + 5, room, &line);
    let dim = pen.tone(Tone::Dim);
    pen.text(inner.x, inner.y + 8, room, hint, dim);
}
