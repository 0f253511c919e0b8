//! Key presses: how they are written (`Ctrl-C`, `g g`, `space`), read and compared.

use std::fmt;
use std::str::FromStr;

use crossterm::event::KeyCode;
use crossterm::event::KeyEvent;
use crossterm::event::KeyModifiers;

/// One key with its modifiers. `Shift` is folded into the character, since terminals disagree about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd)]
pub struct Chord {
    pub code: KeyCode,
    pub is_ctrl: bool,
    pub is_alt: bool,
}

impl Chord {
    /// Makes a chord without modifiers.
    pub fn plain(code: KeyCode) -> Self {
        Self {
            code,
            is_ctrl: false,
            is_alt: false,
        }
    }

    /// Makes a chord of a character.
    pub fn char(c: char) -> Self {
        Self::plain(KeyCode::Char(c))
    }

    /// Makes a chord with `Ctrl`.
    pub fn ctrl(c: char) -> Self {
        Self {
            is_ctrl: true,
            ..Self::char(c)
        }
    }

    /// Returns the character that would be typed into a text, if it is one.
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if !self.is_ctrl && !self.is_alt => Some(c),
            _ => None,
        }
    }

    /// Returns the event that a text widget understands.
    pub(super) fn to_event(self) -> KeyEvent {
        let mut modifiers = KeyModifiers::NONE;
        if self.is_ctrl {
            modifiers |= KeyModifiers::CONTROL;
        }
        if self.is_alt {
            modifiers |= KeyModifiers::ALT;
        }
        KeyEvent::new(self.code, modifiers)
    }

    /// Reads keys written one after the other with blanks between them: `g g`.
    pub fn sequence(text: &str) -> Result<Vec<Self>, String> {
        text.split_whitespace().map(str::parse).collect()
    }
}

impl From<KeyEvent> for Chord {
    fn from(event: KeyEvent) -> Self {
        let code = match event.code {
            KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
            KeyCode::Char(c)
                if event.modifiers.contains(KeyModifiers::SHIFT) && c.is_ascii_lowercase() =>
            {
                KeyCode::Char(c.to_ascii_uppercase())
            }
            code => code,
        };
        Self {
            code,
            is_ctrl: event.modifiers.contains(KeyModifiers::CONTROL),
            is_alt: event.modifiers.contains(KeyModifiers::ALT),
        }
    }
}

/// Names of keys that are no characters, as they are written on the screen.
const NAMES: &[(&str, KeyCode)] = &[
    ("space", KeyCode::Char(' ')),
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("Shift-Tab", KeyCode::BackTab),
    ("Backspace", KeyCode::Backspace),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("PgUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
];

impl FromStr for Chord {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(rest) = text.strip_prefix("Ctrl-") {
            let inner: Self = rest.parse()?;
            let code = match inner.code {
                KeyCode::Char(c) => KeyCode::Char(c.to_ascii_lowercase()),
                code => code,
            };
            return Ok(Self {
                code,
                is_ctrl: true,
                ..inner
            });
        }
        if let Some((_, code)) = NAMES
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(text))
        {
            return Ok(Self::plain(*code));
        }
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) if !c.is_control() => Ok(Self::char(c)),
            _ => Err(format!(
                "`{text}` is not a key; expected one character, Ctrl-X, or one of {}",
                NAMES
                    .iter()
                    .map(|(name, _)| *name)
                    .collect::<Vec<_>>()
                    .join(" ")
            )),
        }
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_ctrl {
            f.write_str("Ctrl-")?;
        }
        if self.is_alt {
            f.write_str("Alt-")?;
        }
        match NAMES.iter().find(|(_, code)| *code == self.code) {
            Some((name, _)) => f.write_str(name),
            None => match self.code {
                KeyCode::Char(c) if self.is_ctrl => write!(f, "{}", c.to_ascii_uppercase()),
                KeyCode::Char(c) => write!(f, "{c}"),
                code => write!(f, "{code}"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_as_they_are_read() {
        for text in ["a", "A", "Ctrl-C", "space", "Shift-Tab", "?", ":", "PgUp"] {
            let chord: Chord = text.parse().expect("a key");
            assert_eq!(chord.to_string(), text);
        }
        assert!("Strg-C".parse::<Chord>().is_err());
    }

    #[test]
    fn shift_is_part_of_the_character_whatever_the_terminal_says() {
        let event = KeyEvent::new(KeyCode::Char('g'), KeyModifiers::SHIFT);
        assert_eq!(Chord::from(event), Chord::char('G'));
        let event = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::NONE);
        assert_eq!(Chord::from(event), Chord::char('G'));
    }
}
