//! Words of a line of code by what they are, for colours: keywords, texts, comments, numbers. A small lexer of our own,
//! linear in the line and the same for hostile text: nothing is parsed, nothing is loaded, and the language is told by
//! the file's name alone, never guessed from what is in it.

use std::ops::Range;

use super::syntax_words::Language;

/// What a piece of code is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Token {
    #[default]
    Plain,
    Keyword,
    Text,
    Comment,
    Number,
}

/// What is still open at the end of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Open {
    is_comment: bool,
}

/// Returns the pieces of a line that are something, in order, and what is left open for the next line.
pub(super) fn tokens(
    language: &Language,
    line: &str,
    open: Open,
) -> (Vec<(Range<usize>, Token)>, Open) {
    let mut found = Vec::new();
    let mut open = open;
    let mut at = 0;
    while at < line.len() {
        let rest = &line[at..];
        let (length, token) = if open.is_comment {
            let end = language
                .block_comment
                .and_then(|(_, end)| Some(rest.find(end)? + end.len()));
            open.is_comment = end.is_none();
            (end.unwrap_or(rest.len()), Token::Comment)
        } else {
            next(language, line, at, &mut open)
        };
        if token != Token::Plain {
            found.push((at..at + length, token));
        }
        at += length.max(1);
    }
    (found, open)
}

/// Returns how long the piece at a place is, and what it is.
fn next(language: &Language, line: &str, at: usize, open: &mut Open) -> (usize, Token) {
    let rest = &line[at..];
    let Some(first) = rest.chars().next() else {
        return (1, Token::Plain);
    };
    let begins_word = line[..at]
        .chars()
        .next_back()
        .is_none_or(char::is_whitespace);
    let is_comment = |mark: &&&str| rest.starts_with(**mark) && (**mark != "#" || begins_word);
    if language.line_comments.iter().find(is_comment).is_some() {
        return (rest.len(), Token::Comment);
    }
    if let Some((begin, end)) = language.block_comment
        && let Some(inside) = rest.strip_prefix(begin)
    {
        return match inside.find(end) {
            Some(length) => (begin.len() + length + end.len(), Token::Comment),
            None => {
                open.is_comment = true;
                (rest.len(), Token::Comment)
            }
        };
    }
    if language.quotes.contains(&first) {
        return (text(rest, first), Token::Text);
    }
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    if !is_word(first) {
        return (first.len_utf8(), Token::Plain);
    }
    let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    let word = &rest[..length];
    let is_keyword = language
        .keywords
        .iter()
        .any(|known| *known == word || (language.is_caseless && known.eq_ignore_ascii_case(word)));
    let token = if is_keyword {
        Token::Keyword
    } else if first.is_ascii_digit() {
        Token::Number
    } else {
        Token::Plain
    };
    (length, token)
}

/// Returns how long a text in quotes is; to the end of the line where it is not closed.
fn text(rest: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _inside => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::super::syntax_words::language;
    use super::*;

    fn read<'a>(path: &str, line: &'a str) -> Vec<(&'a str, Token)> {
        let language = language(path).expect("known ending");
        let (found, _) = tokens(language, line, Open::default());
        found
            .into_iter()
            .map(|(range, token)| (&line[range], token))
            .collect()
    }

    #[test]
    fn keywords_texts_comments_and_numbers_are_told_apart() {
        assert_eq!(
            read("a.rs", "let x = \"if \\\" 1\"; // for 2"),
            [
                ("let", Token::Keyword),
                ("\"if \\\" 1\"", Token::Text),
                ("// for 2", Token::Comment)
            ]
        );
        assert_eq!(
            read("q.sql", "SELECT 10"),
            [("SELECT", Token::Keyword), ("10", Token::Number)]
        );
        assert_eq!(read("a.py", "a#b # c"), [("# c", Token::Comment)]);
        assert!(language("README").is_none());
    }

    #[test]
    fn a_comment_may_span_lines_and_ends_where_it_ends() {
        let language = language("a.java").expect("known ending");
        let (_, open) = tokens(language, "x /* one", Open::default());
        let (found, open) = tokens(language, "two */ new", open);
        assert_eq!(found, [(0..6, Token::Comment), (7..10, Token::Keyword)]);
        assert_eq!(open, Open::default());
    }

    proptest::proptest! {
        #[test]
        fn pieces_of_any_line_are_in_order_and_inside(line in ".*") {
            for path in ["a.rs", "a.py", "a.sql", "a.xml", "a.json"] {
                let language = language(path).expect("known ending");
                let (found, _) = tokens(language, &line, Open::default());
                let mut end = 0;
                for (range, _) in found {
                    assert!(range.start >= end && line.get(range.clone()).is_some());
                    end = range.end;
                }
            }
        }
    }
}
