//! Text that came from outside. It has no `Display`: the only ways out are [`Untrusted::show`] for
//! people and [`Untrusted::raw`] for machines, so that no escape sequence reaches a terminal by accident.

use serde::Deserialize;
use serde::Serialize;
use unicode_width::UnicodeWidthChar;

use super::hidden::Pile;
use super::hidden::imitates_in_word;
use super::secret::redact;

/// Cells of one text that are shown; nobody reads on, and a text of megabytes must not stop the screen.
const LINE_CELLS: usize = 4_096;
/// Cells of a title that are shown.
const TITLE_CELLS: usize = 512;

/// A text from a commit, ref, forge, log or server message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Untrusted(String);

impl Untrusted {
    /// Wraps a text from outside.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the empty text.
    pub const fn nothing() -> Self {
        Self(String::new())
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

    /// Returns the text on one line: every control, bidi and invisible character, every letter that only imitates
    /// another, and every mark beyond a pile of a few becomes a visible mark; secrets are hidden; a text that never
    /// ends is cut, and says so.
    pub fn show(&self) -> String {
        visible(&redact(&self.0), LINE_CELLS)
    }

    /// Returns the first line only, made showable, as long as a title may be.
    pub fn subject(&self) -> String {
        let line = self.0.lines().next().unwrap_or_default();
        visible(&redact(line), TITLE_CELLS)
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

fn visible(text: &str, most: usize) -> String {
    let is_plain = |byte: u8| (b' '..=b'~').contains(&byte);
    if text.len() <= most && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len().min(4 * most));
    let mut pile = Pile::default();
    let mut used = 0;
    for (at, c) in text.char_indices() {
        if used >= most {
            let rest = text.len() - at;
            shown.push_str(&format!("‹… {rest} bytes more›"));
            break;
        }
        let before = shown.len();
        if pile.takes(c) && imitates_in_word(text, at, c).is_none() {
            push_visible(&mut shown, c);
        } else {
            push_mark(&mut shown, c);
        }
        used += match shown[before..].chars().count() {
            1 => c.width().unwrap_or(1),
            more => more,
        };
    }
    shown
}

/// Appends `c`, or its visible mark where printing it would move the cursor, hide text or reorder it.
pub(super) fn push_visible(out: &mut String, c: char) {
    match c {
        '\t' => out.push_str("  "),
        '\u{0}'..='\u{1f}' => out.push(char::from_u32(0x2400 + c as u32).unwrap_or('?')),
        '\u{7f}' => out.push('␡'),
        c if shows_itself(c) => out.push(c),
        c => push_mark(out, c),
    }
}

fn push_mark(out: &mut String, c: char) {
    out.push_str(&format!("‹{:02X}›", c as u32));
}

/// Tells whether a character is seen as what it is: it neither moves the cursor nor reorders, joins or hides text.
pub fn shows_itself(c: char) -> bool {
    !matches!(
        c,
        '\u{0}'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
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
            // Sound marks of half width: one cell or none, as the terminal likes.
            | '\u{ff9e}'..='\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{fffe}'..='\u{ffff}'
            | '\u{13430}'..='\u{1345f}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            // Skin tones: some terminals join them to the sign before, some do not, and the row shifts.
            | '\u{1f3fb}'..='\u{1f3ff}'
            | '\u{e0000}'..='\u{e0fff}'
    )
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
            let shown = Untrusted::new(code).show();
            assert!(!shown.is_empty(), "{:x}", code as u32);
            assert!(shown.chars().all(shows_itself), "{:x}", code as u32);
        }
    }

    #[test]
    fn letters_that_imitate_and_piles_of_marks_are_seen_in_every_text() {
        assert_eq!(Untrusted::new("p\u{430}yment").show(), "p‹430›yment");
        assert_eq!(Untrusted::new("Привет, мир").show(), "Привет, мир");
        assert_eq!(
            Untrusted::new("e\u{301}").show(),
            "e\u{301}",
            "a letter that is written so"
        );
        assert_eq!(
            Untrusted::new("q\u{1161}").show(),
            "q‹1161›",
            "a vowel that joins no other letter takes no cell"
        );
        assert_eq!(
            Untrusted::new("\u{301}e").show(),
            "‹301›e",
            "a mark on nothing would be dropped"
        );
        let zalgo = Untrusted::new(format!("a{}", "\u{300}".repeat(12))).show();
        assert!(zalgo.contains("‹300›"), "{zalgo}");
    }

    #[test]
    fn a_text_that_never_ends_is_cut_and_says_how_much_is_left() {
        let long = Untrusted::new("x".repeat(10_000_000));
        let shown = long.show();
        assert!(shown.ends_with("‹… 9995904 bytes more›"), "{}", shown.len());
        assert!(shown.len() < LINE_CELLS + 64);
        assert!(long.subject().len() < TITLE_CELLS + 64);
        // One word in which every letter imitates another: the words around each must not be read to their ends.
        let word = Untrusted::new(format!("a{}", "\u{430}".repeat(1_000_000)));
        assert!(word.show().len() < 8 * LINE_CELLS);
    }
}
