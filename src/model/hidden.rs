//! Characters that hide, reorder or imitate: a reviewer must see them, count them, and say that they were seen.
//!
//! More than [`Untrusted::show`](super::Untrusted::show) marks: letters of another script inside of a Latin word
//! (`pаyment` with a Cyrillic а), blanks that are no blanks, and piles of combining marks.

use unicode_security::confusable_detection::skeleton;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthChar;

use super::text::push_visible;
use super::text::shows_itself;

/// So many combining marks may stand on one letter; languages that are written need fewer.
const PILE: usize = 4;
/// So far on each side a word is looked at: one of megabytes must not be read again for each of its letters.
const WORD: usize = 64;

/// Counts the marks that stand on one letter.
#[derive(Debug, Default)]
pub(super) struct Pile {
    before: Option<char>,
    marks: usize,
}

impl Pile {
    /// Hears the next character; tells whether it stands where it can be seen: what takes no cell of its own stands on a
    /// letter that it joins, and is one of a few.
    pub(super) fn takes(&mut self, c: char) -> bool {
        let before = self.before.replace(c);
        if c.width() != Some(0) {
            self.marks = 0;
            return true;
        }
        self.marks += 1;
        let joins = before.is_some_and(|before| {
            let is_seen = !before.is_whitespace() && shows_itself(before);
            is_seen && String::from_iter([before, c]).graphemes(true).count() == 1
        });
        joins && self.marks <= PILE
    }
}

/// A piece of a text with how it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revealed {
    /// Where it stands in the text as it came, in bytes.
    pub from: usize,
    pub to: usize,
    pub shown: String,
    /// It stands for a character that would not have been seen as what it is.
    pub is_mark: bool,
}

impl Revealed {
    fn is_as_it_came(&self) -> bool {
        self.shown.len() == self.to - self.from
    }
}

/// Returns a line in pieces: what can be shown as it is, and a visible mark for each character that cannot.
pub fn reveal(line: &str) -> Vec<Revealed> {
    let mut pieces: Vec<Revealed> = Vec::new();
    let mut pile = Pile::default();
    for (from, c) in line.char_indices() {
        if (' '..='~').contains(&c)
            && let Some(last) = pieces.last_mut()
            && !last.is_mark
            && last.is_as_it_came()
        {
            let _plain = pile.takes(c);
            last.shown.push(c);
            last.to = from + 1;
            continue;
        }
        let is_seen = pile.takes(c);
        let is_mark = hides(c) || !is_seen || imitates_in_word(line, from, c).is_some();
        let mut shown = String::new();
        if is_mark && !c.is_control() {
            shown = format!("‹{:02X}›", c as u32);
        } else {
            push_visible(&mut shown, c);
        }
        let to = from + c.len_utf8();
        match pieces.last_mut() {
            // A tab is shown wider than it is and stands alone, so that elsewhere places in the text are places in
            // what is shown.
            Some(last) if !is_mark && !last.is_mark && c != '\t' && last.is_as_it_came() => {
                last.shown.push_str(&shown);
                last.to = to;
            }
            Some(_) | None => pieces.push(Revealed {
                from,
                to,
                shown,
                is_mark,
            }),
        }
    }
    pieces
}

/// Returns how many characters of a line would not have been seen as what they are.
pub fn hidden_in(line: &str) -> usize {
    // Nearly every line is plain ASCII.
    if line
        .bytes()
        .all(|b| (b' '..=b'~').contains(&b) || b == b'\t')
    {
        return 0;
    }
    reveal(line).iter().filter(|piece| piece.is_mark).count()
}

/// Tells whether a character moves the cursor, reorders, or takes no place or that of a blank.
fn hides(c: char) -> bool {
    if c == '\t' || c == ' ' {
        return false;
    }
    !shows_itself(c) || c.is_whitespace() || c == '\u{2800}'
}

/// Returns the ASCII letter or digit that a character of another script imitates inside of a Latin word.
pub(super) fn imitates_in_word(line: &str, at: usize, c: char) -> Option<char> {
    if c.is_ascii() || !c.is_alphanumeric() || !in_latin_word(line, at) {
        return None;
    }
    imitates(c)
}

/// Tells whether the word around a place has Latin letters too.
fn in_latin_word(line: &str, at: usize) -> bool {
    let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
    let before = line[..at].chars().rev().take_while(is_word).take(WORD);
    let after = line[at..].chars().take_while(is_word).take(WORD);
    before.chain(after).any(|c| c.is_ascii_alphabetic())
}

/// Returns the ASCII letter or digit that a character looks like, by the confusables of Unicode (UTS 39).
fn imitates(c: char) -> Option<char> {
    let mut letters = [0; 4];
    let mut looks_like = skeleton(c.encode_utf8(&mut letters));
    let first = looks_like.next()?;
    // Ligatures look like two letters; a letter with an accent looks like a letter and a mark, which is seen.
    let is_whole = looks_like.all(|c| c.is_ascii_alphanumeric());
    (first.is_ascii_alphanumeric() && is_whole && !is_of_its_own(c)).then_some(first)
}

/// Letters that are written inside of Latin words and mean nothing else there.
fn is_of_its_own(c: char) -> bool {
    // The long s, dotless i and the ligatures of Latin are no letters that a word is written with today.
    matches!(
        c,
        'ª' | 'º' | '²' | '³' | '¹' | 'µ' | 'ß' | 'æ' | 'Æ' | 'œ' | 'Œ'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        reveal(line)
            .iter()
            .map(|piece| piece.shown.as_str())
            .collect()
    }

    #[test]
    fn what_hides_reorders_or_imitates_becomes_a_mark_and_is_counted() {
        for (line, marked, count) in [
            ("let pay = 1;", "let pay = 1;", 0),
            ("let p\u{430}y = 1;", "let p‹430›y = 1;", 1),
            ("// \u{202e}reversed\u{202c}", "// ‹202E›reversed‹202C›", 2),
            ("a\u{200b}b", "a‹200B›b", 1),
            ("a\u{a0}b", "a‹A0›b", 1),
            ("x\u{1b}[2J", "x␛[2J", 1),
            ("\u{e0041}", "‹E0041›", 1),
            ("\tindented", "  indented", 0),
        ] {
            assert_eq!((shown(line), hidden_in(line)), (marked.to_owned(), count));
        }
    }

    #[test]
    fn texts_in_other_languages_are_left_alone() {
        for line in [
            "Привет, мир",
            "Größe in µm",
            "Ελληνικά",
            "漢字かな",
            "e\u{301}té",
            "नमस्ते",
        ] {
            assert_eq!(hidden_in(line), 0, "{line}");
            assert_eq!(shown(line), line);
        }
    }

    #[test]
    fn a_pile_of_combining_marks_is_cut_into_marks() {
        let line = format!("a{}", "\u{300}".repeat(1_000));
        assert_eq!(hidden_in(&line), 1_000 - PILE);
    }

    #[test]
    fn pieces_cover_the_text_and_no_control_is_left() {
        for code in (0..0x11_0000u32).filter_map(char::from_u32) {
            let line = format!("ab{code}cd");
            let pieces = reveal(&line);
            assert_eq!(pieces.first().map(|piece| piece.from), Some(0));
            assert_eq!(pieces.last().map(|piece| piece.to), Some(line.len()));
            assert!(pieces.windows(2).all(|two| two[0].to == two[1].from));
            assert!(
                !shown(&line).chars().any(char::is_control),
                "{:x}",
                code as u32
            );
        }
    }
}
