//! One line of text that is typed.

use crossterm::event::KeyCode;
use unicode_segmentation::UnicodeSegmentation;

use crate::model::Untrusted;

use super::keys::Chord;

/// A text field with its cursor at the end: short answers are retyped, not edited in the middle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Field {
    pub text: String,
}

impl Field {
    /// Makes a field with a text in it.
    pub fn with(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    /// Takes a key; tells whether it was one for the field.
    pub(super) fn press(&mut self, chord: Chord) -> bool {
        if let Some(c) = chord.typed() {
            self.text.push(c);
            return true;
        }
        match chord.code {
            KeyCode::Backspace => {
                let cut = self
                    .text
                    .grapheme_indices(true)
                    .next_back()
                    .map_or(0, |(at, _)| at);
                self.text.truncate(cut);
                true
            }
            KeyCode::Char('u') if chord.is_ctrl => {
                self.text.clear();
                true
            }
            KeyCode::Char('w') if chord.is_ctrl => {
                let kept = self.text.trim_end();
                let cut = kept.rfind(char::is_whitespace).map_or(0, |at| {
                    at + kept[at..].chars().next().map_or(1, char::len_utf8)
                });
                self.text.truncate(cut);
                true
            }
            _ => false,
        }
    }

    /// Appends the first line of a pasted text, made showable.
    pub(super) fn paste(&mut self, text: &str) {
        self.text.push_str(&Untrusted::new(text).subject());
    }
}
