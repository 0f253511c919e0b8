//! Which keys lead to which action: the table's own keys, or the person's.

use std::collections::BTreeMap;

use super::actions::ACTIONS;
use super::actions::Action;
use super::actions::Scope;
use super::keys::Chord;
use super::state::Pane;

/// What is wrong with a person's keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    #[error("there is no action `{id}`")]
    NoSuchAction { id: String },
    #[error("key of `{id}`: {why}")]
    NotAKey { id: String, why: String },
    #[error("key `{key}` leads to both `{first}` and `{second}`")]
    Twice {
        key: String,
        first: String,
        second: String,
    },
}

/// The keys of every action.
#[derive(Debug, Clone)]
pub struct Keymap {
    bindings: Vec<(Vec<Chord>, &'static Action)>,
}

/// Actions that work on every screen, also on one with keys of its own.
const EVERY_SCREEN: &[&str] = &["help", "palette", "redraw"];

/// What a sequence of keys leads to.
pub(super) enum Match {
    Action(&'static Action),
    /// The beginning of one or more.
    Leader,
    Nothing,
}

impl Default for Keymap {
    fn default() -> Self {
        let (keymap, _) = Self::build(&BTreeMap::new());
        keymap
    }
}

impl Keymap {
    /// Makes the keys with the person's own in place of the table's; every mistake at once.
    pub fn new(own: &BTreeMap<String, Vec<String>>) -> Result<Self, Vec<KeymapError>> {
        let (keymap, mistakes) = Self::build(own);
        if mistakes.is_empty() {
            Ok(keymap)
        } else {
            Err(mistakes)
        }
    }

    fn build(own: &BTreeMap<String, Vec<String>>) -> (Self, Vec<KeymapError>) {
        let mut mistakes: Vec<KeymapError> = own
            .keys()
            .filter(|id| !ACTIONS.iter().any(|action| action.id == id.as_str()))
            .map(|id| KeymapError::NoSuchAction { id: id.clone() })
            .collect();
        let mut bindings: Vec<(Vec<Chord>, &'static Action)> = Vec::new();
        for action in ACTIONS {
            let keys: Vec<String> = match own.get(action.id) {
                Some(keys) => keys.clone(),
                None => action.keys.iter().map(|key| (*key).to_owned()).collect(),
            };
            for key in keys {
                match Chord::sequence(&key) {
                    Ok(chords) if chords.is_empty() => {}
                    Ok(chords) => {
                        if let Some(first) = clash(&bindings, &chords, action) {
                            mistakes.push(KeymapError::Twice {
                                key: key.clone(),
                                first: first.id.to_owned(),
                                second: action.id.to_owned(),
                            });
                        }
                        bindings.push((chords, action));
                    }
                    Err(why) => mistakes.push(KeymapError::NotAKey {
                        id: action.id.to_owned(),
                        why,
                    }),
                }
            }
        }
        (Self { bindings }, mistakes)
    }

    /// Returns what the keys mean on a screen that has keys of its own; help, commands and redraw work there too.
    pub(super) fn find_in(&self, scope: Scope, keys: &[Chord]) -> Match {
        let here = |action: &Action| action.scope == scope || EVERY_SCREEN.contains(&action.id);
        self.find_where(keys, here)
    }

    /// Returns what the keys mean in a pane.
    pub(super) fn find(&self, pane: Pane, keys: &[Chord]) -> Match {
        let here = |action: &Action| action.scope == Scope::Everywhere || action.scope.is(pane);
        self.find_where(keys, here)
    }

    fn find_where(&self, keys: &[Chord], here: impl Fn(&Action) -> bool) -> Match {
        let mut is_leader = false;
        for (chords, action) in self.bindings.iter().filter(|(_, action)| here(action)) {
            if chords == keys {
                return Match::Action(action);
            }
            is_leader |= chords.starts_with(keys);
        }
        if is_leader {
            Match::Leader
        } else {
            Match::Nothing
        }
    }

    /// Returns how the sequence can go on: the next key and what it does.
    pub fn continuations(&self, pane: Pane, keys: &[Chord]) -> Vec<(String, &'static Action)> {
        self.bindings
            .iter()
            .filter(|(chords, action)| {
                chords.len() > keys.len()
                    && chords.starts_with(keys)
                    && (action.scope == Scope::Everywhere || action.scope.is(pane))
            })
            .map(|(chords, action)| (chords[keys.len()].to_string(), *action))
            .collect()
    }

    /// Returns the keys of an action in words, `j Down`.
    pub fn words(&self, id: &str) -> String {
        let keys: Vec<String> = self
            .bindings
            .iter()
            .filter(|(_, action)| action.id == id)
            .map(|(chords, _)| spell(chords))
            .collect();
        keys.join(", ")
    }

    /// Returns the first key of an action, for hints.
    pub fn first(&self, id: &str) -> String {
        self.bindings
            .iter()
            .find(|(_, action)| action.id == id)
            .map_or_else(String::new, |(chords, _)| spell(chords))
    }
}

fn spell(chords: &[Chord]) -> String {
    let words: Vec<String> = chords.iter().map(ToString::to_string).collect();
    words.join(" ")
}

/// Returns the action that the same keys, or a part of them, lead to already.
fn clash(
    bindings: &[(Vec<Chord>, &'static Action)],
    chords: &[Chord],
    action: &Action,
) -> Option<&'static Action> {
    bindings
        .iter()
        .find(|(other, bound)| {
            let is_apart = |one: &Action, other: &Action| {
                matches!(one.scope, Scope::Conflicts | Scope::Diff)
                    && !EVERY_SCREEN.contains(&other.id)
            };
            let meet = bound.scope == action.scope
                || ((bound.scope == Scope::Everywhere || action.scope == Scope::Everywhere)
                    && !is_apart(bound, action)
                    && !is_apart(action, bound));
            meet && bound.id != action.id
                && (other.starts_with(chords) || chords.starts_with(other))
        })
        .map(|(_, bound)| *bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_bound_twice_in_a_scope_and_every_key_can_be_read() {
        let (_, mistakes) = Keymap::build(&BTreeMap::new());
        assert_eq!(mistakes, []);
    }

    #[test]
    fn a_persons_keys_replace_those_of_the_table_and_mistakes_are_told_together() {
        let own = BTreeMap::from([
            ("refresh".to_owned(), vec!["Y".to_owned()]),
            ("zoom".to_owned(), vec!["q".to_owned()]),
            ("zom".to_owned(), vec!["Z".to_owned()]),
        ]);
        let mistakes = Keymap::new(&own).expect_err("two mistakes");
        assert_eq!(mistakes.len(), 2, "{mistakes:?}");
        let own = BTreeMap::from([("refresh".to_owned(), vec!["Y".to_owned()])]);
        let keymap = Keymap::new(&own).expect("free key");
        assert_eq!(keymap.words("refresh"), "Y");
    }
}
