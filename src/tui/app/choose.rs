//! One of several: which conflicted path to decide.

use crossterm::event::KeyCode;

use super::editor;
use super::editor::Purpose;
use super::effect::Effect;
use super::keys::Chord;
use super::overlay::Overlay;
use super::state::App;

/// An open choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choose {
    pub title: String,
    /// Words and what each leads to.
    pub choices: Vec<(String, Purpose)>,
    pub at: usize,
}

/// Opens the choice, or goes on at once where there is only one.
pub(super) fn open(app: &mut App, title: &str, mut choices: Vec<(String, Purpose)>) -> Vec<Effect> {
    if choices.len() == 1
        && let Some((_, purpose)) = choices.pop()
    {
        return editor::open(app, purpose);
    }
    app.overlays.push(Overlay::Choose(Choose {
        title: title.to_owned(),
        choices,
        at: 0,
    }));
    Vec::new()
}

pub(super) fn press(app: &mut App, mut choose: Choose, chord: Chord) -> Vec<Effect> {
    match chord.code {
        KeyCode::Esc | KeyCode::Char('q') => return Vec::new(),
        KeyCode::Char('c') if chord.is_ctrl => return Vec::new(),
        KeyCode::Down | KeyCode::Char('j') => {
            choose.at = (choose.at + 1).min(choose.choices.len().saturating_sub(1));
        }
        KeyCode::Up | KeyCode::Char('k') => choose.at = choose.at.saturating_sub(1),
        KeyCode::Enter => {
            return match choose.choices.into_iter().nth(choose.at) {
                Some((_, purpose)) => editor::open(app, purpose),
                None => Vec::new(),
            };
        }
        _ => {}
    }
    app.overlays.push(Overlay::Choose(choose));
    Vec::new()
}
