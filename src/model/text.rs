//! Text that came from outside. It has no `Display`: the only ways out are [`Untrusted::show`] for
//! people and [`Untrusted::raw`] for machines, so that no escape sequence reaches a terminal by accident.

use serde::Deserialize;
use serde::Serialize;

/// A text from a commit, ref, forge, log or server message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Untrusted(String);

impl Untrusted {
    /// Wraps a text from outside.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Wraps bytes from outside; invalid UTF-8 stays visible as `‹9B›`.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut text = String::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            for byte in chunk.invalid() {
                text.push_str(&format!("‹{byte:02X}›"));
            }
        }
        Self(text)
    }

    /// Returns the text as it came, for machines: JSON, comparison, writing back.
    pub fn raw(&self) -> &str {
        &self.0
    }

    /// Tells whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the text on one line, every control, bidi and invisible character as a visible mark.
    pub fn show(&self) -> String {
        let mut shown = String::with_capacity(self.0.len());
        for c in self.0.chars() {
            push_visible(&mut shown, c);
        }
        shown
    }

    /// Returns the first line only, made showable.
    pub fn subject(&self) -> String {
        Self::new(self.0.lines().next().unwrap_or_default()).show()
    }

    /// Returns each line made showable.
    pub fn lines(&self) -> impl Iterator<Item = String> + '_ {
        self.0.lines().map(|line| Self::new(line).show())
    }
}

impl From<&str> for Untrusted {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Untrusted {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// Appends `c`, or its visible mark where printing it would move the cursor, hide text or reorder it.
fn push_visible(out: &mut String, c: char) {
    match c {
        '\t' => out.push_str("  "),
        '\u{0}'..='\u{1f}' => out.push(char::from_u32(0x2400 + c as u32).unwrap_or('?')),
        '\u{7f}' => out.push('␡'),
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}' => {
            out.push_str(&format!("‹{:02X}›", c as u32));
        }
        _ => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_bidi_and_invisible_characters_become_marks() {
        assert_eq!(Untrusted::new("a\u{1b}[31mb").show(), "a␛[31mb");
        assert_eq!(Untrusted::new("x\u{202e}y").show(), "x‹202E›y");
        assert_eq!(Untrusted::new("x\u{200b}y").show(), "x‹200B›y");
        assert_eq!(Untrusted::new("\u{9b}2J").show(), "‹9B›2J");
        assert_eq!(Untrusted::from_bytes(b"ok \x9b!").show(), "ok ‹9B›!");
        assert_eq!(Untrusted::new("one\r\ntwo").subject(), "one");
    }

    #[test]
    fn nothing_is_dropped() {
        for code in (0..0x11_0000u32).filter_map(char::from_u32) {
            let shown = Untrusted::new(code.to_string()).show();
            assert!(!shown.is_empty(), "{:x}", code as u32);
            assert!(!shown.chars().any(char::is_control), "{:x}", code as u32);
        }
    }
}
