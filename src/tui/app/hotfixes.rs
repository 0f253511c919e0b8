//! The list of hotfixes: the start screen when several are open, and the way from one to another.

use crossterm::event::KeyCode;

use crate::engine::HotfixSummary;
use crate::model::HotfixId;

use super::effect::Effect;
use super::keys::Chord;
use super::looks::look;
use super::overlay::Overlay;
use super::start;
use super::state::App;
use super::state::Selection;

/// The open list. `at` is an identity, so that a refresh does not move it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HotfixList {
    pub at: Option<HotfixId>,
}

impl HotfixList {
    /// Returns the index of the selected row.
    pub fn index(&self, hotfixes: &[HotfixSummary]) -> usize {
        hotfixes
            .iter()
            .position(|hotfix| Some(&hotfix.id) == self.at.as_ref())
            .unwrap_or_default()
    }
}

pub(super) fn open(app: &mut App) -> Vec<Effect> {
    app.overlays.push(Overlay::Hotfixes(HotfixList {
        at: app.hotfix.clone(),
    }));
    Vec::new()
}

/// Shows another hotfix. Production is read-only again: it was armed for the one before.
pub(super) fn show(app: &mut App, hotfix: HotfixId) -> Vec<Effect> {
    if app.hotfix.as_ref() != Some(&hotfix) {
        super::arm::disarm(app, "another hotfix is shown");
        app.hotfix = Some(hotfix);
        app.selection = Selection::default();
        app.undo = None;
    }
    look(app)
}

pub(super) fn press(app: &mut App, mut list: HotfixList, chord: Chord) -> Vec<Effect> {
    let hotfixes = app
        .board
        .as_ref()
        .map_or_else(Vec::new, |board| board.hotfixes.clone());
    let at = list.index(&hotfixes);
    match chord.code {
        KeyCode::Esc | KeyCode::Char('q') => return Vec::new(),
        KeyCode::Char('c') if chord.is_ctrl => return Vec::new(),
        KeyCode::Down | KeyCode::Char('j') => {
            list.at = hotfixes
                .get(at + 1)
                .or(hotfixes.last())
                .map(|hotfix| hotfix.id.clone());
        }
        KeyCode::Up | KeyCode::Char('k') => {
            list.at = hotfixes
                .get(at.saturating_sub(1))
                .map(|hotfix| hotfix.id.clone());
        }
        KeyCode::Enter => {
            return match hotfixes.get(at) {
                Some(hotfix) => show(app, hotfix.id.clone()),
                None => Vec::new(),
            };
        }
        KeyCode::Char('s') => return start::open(app),
        _ => {}
    }
    app.overlays.push(Overlay::Hotfixes(list));
    Vec::new()
}
