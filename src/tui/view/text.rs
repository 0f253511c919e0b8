//! Fitting text into cells.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::model::Untrusted;

/// Returns how many cells a text takes.
pub(super) fn measure(text: &str) -> usize {
    text.width()
}

/// Returns the text made showable and cut to `room` cells, with a mark where something was cut.
pub(super) fn fit(text: &str, room: usize, cut: char) -> String {
    let clean = Untrusted::new(text).show();
    if measure(&clean) <= room {
        return clean;
    }
    let mut fitted = String::new();
    let mut used = 0;
    for grapheme in clean.graphemes(true) {
        let width = measure(grapheme);
        if used + width + 1 > room {
            break;
        }
        used += width;
        fitted.push_str(grapheme);
    }
    if room > 0 {
        fitted.push(cut);
    }
    fitted
}

/// Returns the text in lines of at most `room` cells, broken between words where that is possible.
pub(super) fn wrap(text: &str, room: usize) -> Vec<String> {
    let clean = Untrusted::new(text).show();
    if room == 0 {
        return Vec::new();
    }
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in clean.split_inclusive(' ') {
        if measure(&line) + measure(word.trim_end()) > room && !line.trim().is_empty() {
            lines.push(line.trim_end().to_owned());
            line.clear();
            if word.trim().is_empty() {
                continue;
            }
        }
        for grapheme in word.graphemes(true) {
            if measure(&line) + measure(grapheme) > room && !line.is_empty() {
                // A space that no longer fits is where the line breaks anyway.
                if grapheme == " " {
                    continue;
                }
                lines.push(std::mem::take(&mut line));
            }
            line.push_str(grapheme);
        }
    }
    lines.push(line.trim_end().to_owned());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_by_cells_not_by_bytes_and_hostile_characters_are_shown() {
        assert_eq!(fit("short", 10, '~'), "short");
        assert_eq!(fit("much too long", 6, '~'), "much ~");
        assert_eq!(fit("漢字漢字", 5, '~'), "漢字~");
        assert_eq!(fit("a\u{1b}[2Jb", 20, '~'), "a␛[2Jb");
        assert_eq!(fit("abc", 0, '~'), "");
    }

    #[test]
    fn words_stay_whole_where_they_fit() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("", 3), [""]);
    }
}
