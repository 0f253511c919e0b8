//! A name that is typed in full before what is dangerous: keys that were not meant for it, bursts and pastes count as nothing
//! (console.md 2.5.4).

use crossterm::event::KeyCode;

use crate::model::EnvironmentName;

use super::field::Field;
use super::guard::Admission;
use super::guard::Guard;
use super::keys::Chord;
use super::plan::new_guard;
use super::state::App;
use super::words::Line;
use super::words::Tone;

/// What is said to Enter too early.
pub(super) const INCOMPLETE: &str = "Enter does nothing until the name is complete";

/// What is said of a key that came before anybody can have read the question.
const EARLY: &str = "a key came too early and was not heard: press it again";

/// A name as it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameField {
    pub name: Field,
    pub notice: Option<String>,
    pub guard: Guard,
}

/// What a key is to a guarded question.
pub(super) enum Heard {
    Nothing,
    Cancel,
    Key,
}

/// What became of a name by a key.
pub(super) enum Typed {
    /// The question stays.
    Kept,
    Cancelled,
    Named(EnvironmentName),
}

impl NameField {
    pub(super) fn new(app: &App) -> Self {
        Self {
            name: Field::default(),
            notice: None,
            guard: new_guard(app),
        }
    }

    /// Returns the question with what is typed, and blanks for the rest of `width`.
    pub fn line(&self, question: &str, width: usize, blank: char) -> Line {
        let typed = &self.name.text;
        let blanks = width.saturating_sub(typed.chars().count());
        Line::plain(question)
            .and(typed.clone(), Tone::Strong)
            .and(blank.to_string().repeat(blanks), Tone::Key)
    }

    /// Judges a key press.
    pub(super) fn hear(&mut self, chord: Chord, millis: u64) -> Heard {
        let is_cancel = chord.code == KeyCode::Esc || chord == Chord::ctrl('c');
        match self.guard.admit(chord.code, millis) {
            Admission::Burst => {
                self.empty("keys came faster than anyone types: all of them ignored");
                Heard::Nothing
            }
            // A no is always heard.
            Admission::Deaf | Admission::Pass if is_cancel => Heard::Cancel,
            Admission::Deaf => {
                self.notice = Some(EARLY.to_owned());
                Heard::Nothing
            }
            Admission::Pass => Heard::Key,
        }
    }

    /// Takes a key; Enter, once one of these names is complete.
    pub(super) fn press(&mut self, chord: Chord, millis: u64, names: &[EnvironmentName]) -> Typed {
        match self.hear(chord, millis) {
            Heard::Nothing => return Typed::Kept,
            Heard::Cancel => return Typed::Cancelled,
            Heard::Key => self.notice = None,
        }
        if chord.code != KeyCode::Enter {
            self.name.press(chord);
            return Typed::Kept;
        }
        match names.iter().find(|name| name.as_str() == self.name.text) {
            Some(name) if self.guard.is_alone() => return Typed::Named(name.clone()),
            Some(_) | None => self.notice = Some(INCOMPLETE.to_owned()),
        }
        Typed::Kept
    }

    /// Refuses a paste.
    pub(super) fn paste(&mut self, millis: u64) {
        self.guard.shut(millis);
        self.empty("paste is off here: type it");
    }

    fn empty(&mut self, why: &str) {
        self.name = Field::default();
        self.notice = Some(why.to_owned());
    }
}
