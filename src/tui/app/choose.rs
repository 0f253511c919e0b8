//! One of several: which conflicted path to decide, which target to resolve, which job to run again.

use crossterm::event::KeyCode;

use crate::model::JobId;
use crate::model::LaneName;
use crate::model::StepId;

use super::conflicts;
use super::editor;
use super::editor::Purpose;
use super::effect::Effect;
use super::keys::Chord;
use super::overlay::Overlay;
use super::retry;
use super::state::App;

/// What a choice leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leads {
    /// A text to write.
    Text(Purpose),
    /// The conflicts of a target.
    Conflicts(StepId, LaneName),
    /// A job to run again.
    Retry(JobId),
}

/// An open choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choose {
    pub title: String,
    /// Words and what each leads to.
    pub choices: Vec<(String, Leads)>,
    pub at: usize,
}

/// Opens the choice, or goes on at once where there is only one; says why where there is none.
pub(super) fn open(
    app: &mut App,
    title: &str,
    choices: Result<Vec<(String, Purpose)>, String>,
) -> Vec<Effect> {
    let mut choices = match choices {
        Ok(choices) => choices,
        Err(reason) => {
            app.refuse(reason);
            return Vec::new();
        }
    };
    if choices.len() == 1
        && let Some((_, purpose)) = choices.pop()
    {
        return editor::open(app, purpose);
    }
    let choices = choices.into_iter();
    let choices = choices.map(|(words, purpose)| (words, Leads::Text(purpose)));
    open_leads(app, title, choices.collect())
}

/// Opens the choice.
pub(super) fn open_leads(app: &mut App, title: &str, choices: Vec<(String, Leads)>) -> Vec<Effect> {
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
                Some((_, Leads::Text(purpose))) => editor::open(app, purpose),
                Some((_, Leads::Conflicts(step, lane))) => conflicts::open(app, step, lane),
                Some((_, Leads::Retry(job))) => retry::plan(app, job),
                None => Vec::new(),
            };
        }
        _ => {}
    }
    app.overlays.push(Overlay::Choose(choose));
    Vec::new()
}
