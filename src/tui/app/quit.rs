//! Leaving: at once when nothing runs, else after asking what becomes of what runs.

use crossterm::event::KeyCode;

use super::effect::Effect;
use super::keys::Chord;
use super::overlay::Overlay;
use super::runs;
use super::state::App;
use super::words::Tone;

/// The question on leaving with something running.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QuitScreen;

pub(super) fn ask(app: &mut App) -> Vec<Effect> {
    if app.run.is_none() {
        return vec![Effect::Quit];
    }
    app.overlays.push(Overlay::Quit(QuitScreen));
    Vec::new()
}

pub(super) fn press(app: &mut App, screen: QuitScreen, chord: Chord) -> Vec<Effect> {
    if app.run.is_none() {
        return vec![Effect::Quit];
    }
    match chord.code {
        KeyCode::Esc => Vec::new(),
        KeyCode::Char('c') if chord.is_ctrl => Vec::new(),
        KeyCode::Char('w') => {
            app.is_quitting = true;
            app.say("leaving as soon as it has ended", Tone::Plain);
            Vec::new()
        }
        KeyCode::Char('l') => vec![Effect::Quit],
        KeyCode::Char('s') => {
            app.is_quitting = true;
            runs::cancel(app)
        }
        _ => {
            app.overlays.push(Overlay::Quit(screen));
            Vec::new()
        }
    }
}
