//! Lists of actions: `?` shows the keys of this pane, `:` everything, each with its reason where it is off.

use crossterm::event::KeyCode;

use super::actions::ACTIONS;
use super::actions::Action;
use super::actions::Scope;
use super::conflicts;
use super::diff;
use super::effect::Effect;
use super::field::Field;
use super::input::invoke;
use super::keys::Chord;
use super::overlay::Overlay;
use super::state::App;

/// An open list of actions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommandList {
    pub filter: Field,
    pub at: usize,
}

/// One row of the list.
#[derive(Debug, Clone)]
pub struct CommandRow {
    pub action: &'static Action,
    pub keys: String,
    /// Why it cannot be done now.
    pub off: Option<String>,
}

impl CommandList {
    /// Returns the rows that fit the filter. Help lists the focused pane first, then what works everywhere.
    pub fn rows(&self, app: &App, is_help: bool) -> Vec<CommandRow> {
        let wanted = self.filter.text.to_lowercase();
        let fits = |action: &Action, keys: &str| {
            wanted.split_whitespace().all(|word| {
                action.title.to_lowercase().contains(word)
                    || action.id.contains(word)
                    || keys.to_lowercase() == word
            })
        };
        let mut rows: Vec<CommandRow> = ACTIONS
            .iter()
            .filter(|action| {
                let is_here = if diff::is_open(app) {
                    action.scope == Scope::Diff
                } else if conflicts::is_open(app) {
                    action.scope == Scope::Conflicts
                } else {
                    action.scope == Scope::Everywhere || action.scope.is(app.focus)
                };
                !is_help || is_here
            })
            .map(|action| CommandRow {
                action,
                keys: app.options.keymap.words(action.id),
                off: (action.enabled)(app).err(),
            })
            .filter(|row| fits(row.action, &row.keys))
            .collect();
        if is_help {
            rows.sort_by_key(|row| row.action.scope == Scope::Everywhere);
        } else if !wanted.is_empty() {
            rows.sort_by_key(|row| {
                let title = row.action.title.to_lowercase();
                (
                    row.off.is_some(),
                    !title.starts_with(&wanted),
                    !title.contains(&wanted),
                )
            });
        }
        rows
    }
}

pub(super) fn press(
    app: &mut App,
    mut list: CommandList,
    is_help: bool,
    chord: Chord,
) -> Vec<Effect> {
    let rows = list.rows(app, is_help);
    let last = rows.len().saturating_sub(1);
    match chord.code {
        KeyCode::Esc => return Vec::new(),
        KeyCode::Char('c') if chord.is_ctrl => return Vec::new(),
        KeyCode::Down => list.at = (list.at + 1).min(last),
        KeyCode::Up => list.at = list.at.min(last).saturating_sub(1),
        KeyCode::PageDown => list.at = (list.at + 10).min(last),
        KeyCode::PageUp => list.at = list.at.min(last).saturating_sub(10),
        KeyCode::Home => list.at = 0,
        KeyCode::End => list.at = last,
        KeyCode::Enter => {
            // Where none fits the list stays, and says so.
            if let Some(row) = rows.get(list.at.min(last)) {
                return invoke(app, row.action);
            }
        }
        _ => {
            if list.filter.press(chord) {
                list.at = 0;
            }
        }
    }
    app.overlays.push(if is_help {
        Overlay::Help(list)
    } else {
        Overlay::Palette(list)
    });
    Vec::new()
}
