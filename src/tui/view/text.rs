//! Fitting text into cells.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthChar;
use unicode_width::UnicodeWidthStr;

use crate::model::Untrusted;

/// Returns how many cells a text takes, as terminals count: letter by letter.
pub(super) fn measure(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.chars().filter_map(UnicodeWidthChar::width).sum()
}

/// Returns what goes into one cell each (two of a wide letter): what a reader sees as one character, unless terminals
/// give it more room than it takes when joined.
pub(super) fn cells(text: &str) -> impl Iterator<Item = &str> {
    text.graphemes(true).flat_map(|grapheme| {
        let is_joined = grapheme.width() != measure(grapheme);
        let mut rest = grapheme;
        std::iter::from_fn(move || {
            let mut letters = rest.char_indices().skip(1);
            let end = letters.find(|(_, c)| is_joined && c.width() != Some(0));
            let (cell, after) = rest.split_at(end.map_or(rest.len(), |(at, _)| at));
            rest = after;
            (!cell.is_empty()).then_some(cell)
        })
    })
}

/// Returns the text made showable and cut to `room` cells, with a mark where something was cut.
pub(super) fn fit(text: &str, room: usize, cut: char) -> String {
    let clean = Untrusted::new(text).show();
    if measure(&clean) <= room {
        return clean;
    }
    let mut fitted = String::new();
    let mut used = 0;
    for cell in cells(&clean) {
        let width = measure(cell);
        if used + width + 1 > room {
            break;
        }
        used += width;
        fitted.push_str(cell);
    }
    if room > 0 {
        fitted.push(cut);
    }
    fitted
}

/// Returns the same cut at its beginning: the end of a path tells more than where it starts.
pub(super) fn fit_end(text: &str, room: usize, cut: char) -> String {
    let clean = Untrusted::new(text).show();
    let mut width = measure(&clean);
    if width <= room {
        return clean;
    }
    let mut rest = clean.as_str();
    for cell in cells(&clean) {
        if width < room {
            break;
        }
        width -= measure(cell);
        rest = &rest[cell.len()..];
    }
    if room == 0 {
        return String::new();
    }
    format!("{cut}{rest}")
}

/// Returns the text made showable and cut to `room` cells with `more` behind it: behind a word, unless that would leave less
/// than half of what there is room for.
pub(super) fn fit_words(text: &str, room: usize, more: &str) -> String {
    let clean = Untrusted::new(text).show();
    if measure(&clean) <= room {
        return clean;
    }
    let Some(left) = room.checked_sub(measure(more)) else {
        return more.chars().take(room).collect();
    };
    let mut end = 0;
    let mut used = 0;
    for cell in cells(&clean) {
        used += measure(cell);
        if used > left {
            break;
        }
        end += cell.len();
    }
    let (whole, rest) = clean.split_at(end);
    let words = match whole.rsplit_once(' ') {
        Some((words, _)) if !rest.starts_with(' ') && measure(words) * 2 >= left => words,
        Some(_) | None => whole,
    };
    format!("{}{more}", words.trim_end_matches([' ', ',', ';', ':']))
}

/// Returns the text in at most `most` lines, at least one, as [`wrap`] does; where it is longer, the last says so by `more`.
pub(super) fn wrap_within(text: &str, room: usize, most: usize, more: &str) -> Vec<String> {
    let mut lines = wrap(text, room);
    let most = most.max(1);
    if lines.len() > most {
        let rest = lines.split_off(most - 1).join(" ");
        lines.push(fit_words(&rest, room, more));
    }
    lines
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
        for grapheme in cells(word) {
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
    fn a_path_is_cut_at_its_beginning() {
        assert_eq!(fit_end("src/refund.rs", 13, '~'), "src/refund.rs");
        assert_eq!(fit_end("src/refund.rs", 11, '~'), "~/refund.rs");
        assert_eq!(fit_end("漢字漢字", 4, '~'), "~字");
        assert_eq!(fit_end("abc", 0, '~'), "");
    }

    #[test]
    fn a_sentence_is_cut_behind_a_word_where_enough_of_it_is_left() {
        assert_eq!(fit_words("waits for Ben", 13, "…"), "waits for Ben");
        assert_eq!(fit_words("waits for somebody", 14, "…"), "waits for…");
        assert_eq!(fit_words("waits for somebody", 14, "..."), "waits for...");
        assert_eq!(fit_words("waits for, somebody", 14, "…"), "waits for…");
        assert_eq!(fit_words("waits for somebody", 10, "…"), "waits for…");
        // A long word is not given up for a short one before it.
        assert_eq!(
            fit_words("to refs/heads/retrofit", 14, "…"),
            "to refs/heads…"
        );
        assert_eq!(fit_words("somebody", 2, "..."), "..");
        assert_eq!(fit_words("漢字漢字", 5, "…"), "漢字…");
    }

    #[test]
    fn the_last_of_too_few_lines_says_that_there_is_more() {
        let within = |most| wrap_within("one two three four five six", 9, most, "...");
        assert_eq!(within(4), ["one two", "three", "four five", "six"]);
        assert_eq!(within(2), ["one two", "three..."]);
        assert_eq!(within(0), ["one..."]);
    }

    #[test]
    fn letters_that_terminals_do_not_join_take_a_cell_each() {
        // Lam and alef are one sign when joined and two cells in a terminal.
        let joined = "\u{644}\u{627}";
        assert_eq!(measure(joined), 2);
        assert_eq!(cells(joined).count(), 2);
        assert_eq!(
            cells("e\u{301}x漢").collect::<Vec<_>>(),
            ["e\u{301}", "x", "漢"]
        );
        assert_eq!(cells("").count(), 0);
    }

    #[test]
    fn words_stay_whole_where_they_fit() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("", 3), [""]);
    }
}
