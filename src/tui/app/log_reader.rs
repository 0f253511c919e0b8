//! The colours of a CI log: of all that a job can write, colours and their reset become styles. Everything else stays
//! text that is seen, so that no log moves the cursor, hides a line or asks the terminal a question.
//!
//! Sequences may be split over chunks; what is begun waits for its end.

use std::mem;

use unicode_width::UnicodeWidthStr;

use crate::model::Untrusted;

/// Cells of one line that are shown.
const CELLS: usize = 4_096;
/// A sequence longer than this is none of ours.
const LONGEST: usize = 48;

/// A colour as the job chose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Paint {
    /// Of the terminal's table of 256, whose first 16 are the person's own.
    Indexed(u8),
    Rgb(u8, u8, u8),
}

/// How a piece of a log is to look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Dye {
    pub fg: Option<Paint>,
    pub bg: Option<Paint>,
    pub is_bold: bool,
    pub is_dim: bool,
    pub is_italic: bool,
    pub is_underlined: bool,
}

/// A piece of a line in one dye, made showable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dab {
    pub text: String,
    pub dye: Dye,
}

/// One line of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogLine(pub Vec<Dab>);

impl LogLine {
    /// Returns the bytes of its text.
    pub fn len(&self) -> usize {
        self.0.iter().map(|dab| dab.text.len()).sum()
    }

    /// Tells whether nothing stands in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the bare text.
    pub fn text(&self) -> String {
        self.0.iter().map(|dab| dab.text.as_str()).collect()
    }
}

/// Reads a log chunk by chunk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogReader {
    dye: Dye,
    /// Text of the present dye, as it came.
    raw: String,
    line: Vec<Dab>,
    cells: usize,
    /// Characters of this line that are not shown.
    left_out: usize,
    /// A sequence that was begun: `ESC`, `ESC [ 3`; or a return that may end the line.
    begun: String,
}

impl LogReader {
    /// Takes a chunk and returns the lines that it ends.
    pub fn take(&mut self, chunk: &Untrusted) -> Vec<LogLine> {
        let mut lines = Vec::new();
        for c in chunk.raw().chars() {
            self.hear(c, &mut lines);
        }
        lines
    }

    /// Returns the line that is not ended, as far as it came.
    pub fn rest(&self) -> Option<LogLine> {
        let mut rest = self.clone();
        rest.give_up();
        let line = rest.end_line();
        (!line.0.is_empty()).then_some(line)
    }

    fn hear(&mut self, c: char, lines: &mut Vec<LogLine>) {
        if self.begun == "\r" {
            if c == '\n' {
                self.begun.clear();
            } else {
                self.give_up();
            }
        } else if !self.begun.is_empty() {
            match goes_on(&self.begun, c) {
                GoesOn::Begun => {
                    self.begun.push(c);
                    return;
                }
                GoesOn::Ended => {
                    self.begun.push(c);
                    self.dip();
                    return;
                }
                GoesOn::Other => self.give_up(),
            }
        }
        match c {
            '\u{1b}' | '\r' => self.begun.push(c),
            '\n' => {
                let line = self.end_line();
                lines.push(line);
            }
            c => self.put(c),
        }
    }

    /// What was begun is no sequence of ours: it is text.
    fn give_up(&mut self) {
        for c in mem::take(&mut self.begun).chars() {
            self.put(c);
        }
    }

    /// A sequence is whole: a colour, or text after all.
    fn dip(&mut self) {
        let parameters = self.begun.trim_start_matches("\u{1b}[");
        let parameters = parameters.strip_suffix('m').unwrap_or(parameters);
        match mixed(self.dye, parameters) {
            Some(dye) => {
                if dye != self.dye {
                    self.flush();
                }
                self.dye = dye;
                self.begun.clear();
            }
            None => self.give_up(),
        }
    }

    fn put(&mut self, c: char) {
        // No character takes less than a byte, so this cannot hold a line back that would have been shown.
        if self.cells + self.raw.len() > 4 * CELLS {
            self.left_out += 1;
        } else {
            self.raw.push(c);
        }
    }

    fn flush(&mut self) {
        if self.raw.is_empty() {
            return;
        }
        let raw = mem::take(&mut self.raw);
        if self.cells >= CELLS {
            self.left_out += raw.chars().count();
            return;
        }
        let text = Untrusted::new(raw).show();
        self.cells += text.width();
        self.line.push(Dab {
            text,
            dye: self.dye,
        });
    }

    fn end_line(&mut self) -> LogLine {
        self.flush();
        if self.left_out > 0 {
            self.line.push(Dab {
                text: format!("‹… {} characters more›", self.left_out),
                dye: Dye::default(),
            });
        }
        self.cells = 0;
        self.left_out = 0;
        LogLine(mem::take(&mut self.line))
    }
}

enum GoesOn {
    Begun,
    Ended,
    Other,
}

/// Tells whether `c` goes on with a sequence that sets colours: `ESC [ digits ; digits m`.
fn goes_on(begun: &str, c: char) -> GoesOn {
    let is_introduced = begun.len() > 1;
    match c {
        '[' if !is_introduced => GoesOn::Begun,
        '0'..='9' | ';' | ':' if is_introduced && begun.len() < LONGEST => GoesOn::Begun,
        'm' if is_introduced => GoesOn::Ended,
        _ => GoesOn::Other,
    }
}

/// Returns the dye after these parameters (ECMA-48 8.3.117); none where one of them is not about dye.
fn mixed(mut dye: Dye, parameters: &str) -> Option<Dye> {
    // The colon separates parts of one colour; with it an empty colour space may stand before the three numbers.
    let mut groups = parameters.split(';');
    while let Some(group) = groups.next() {
        let parts: Vec<&str> = group.split(':').collect();
        let code = number(parts[0])?;
        if parts.len() > 1 && !matches!(code, 38 | 48) {
            return None;
        }
        match code {
            0 => dye = Dye::default(),
            1 => dye.is_bold = true,
            2 => dye.is_dim = true,
            3 => dye.is_italic = true,
            4 => dye.is_underlined = true,
            22 => (dye.is_bold, dye.is_dim) = (false, false),
            23 => dye.is_italic = false,
            24 => dye.is_underlined = false,
            30..=37 => dye.fg = Some(Paint::Indexed(code - 30)),
            90..=97 => dye.fg = Some(Paint::Indexed(code - 90 + 8)),
            39 => dye.fg = None,
            40..=47 => dye.bg = Some(Paint::Indexed(code - 40)),
            100..=107 => dye.bg = Some(Paint::Indexed(code - 100 + 8)),
            49 => dye.bg = None,
            38 | 48 => {
                let paint = if parts.len() > 1 {
                    of_parts(&parts[1..])?
                } else {
                    of_groups(&mut groups)?
                };
                if code == 38 {
                    dye.fg = Some(paint);
                } else {
                    dye.bg = Some(paint);
                }
            }
            _ => return None,
        }
    }
    Some(dye)
}

/// An empty parameter is 0.
fn number(text: &str) -> Option<u8> {
    if text.is_empty() {
        return Some(0);
    }
    text.parse().ok()
}

fn of_groups<'a>(groups: &mut impl Iterator<Item = &'a str>) -> Option<Paint> {
    let mut next = || number(groups.next()?);
    match next()? {
        5 => Some(Paint::Indexed(next()?)),
        2 => Some(Paint::Rgb(next()?, next()?, next()?)),
        _ => None,
    }
}

fn of_parts(parts: &[&str]) -> Option<Paint> {
    match parts {
        ["5", index] => Some(Paint::Indexed(number(index)?)),
        ["2", red, green, blue] | ["2", _, red, green, blue] => {
            Some(Paint::Rgb(number(red)?, number(green)?, number(blue)?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(chunks: &[&str]) -> Vec<Vec<(String, Dye)>> {
        let mut reader = LogReader::default();
        let mut lines = Vec::new();
        for chunk in chunks {
            lines.extend(reader.take(&Untrusted::new(*chunk)));
        }
        lines.extend(reader.rest());
        let line = |line: LogLine| line.0.into_iter().map(|dab| (dab.text, dab.dye)).collect();
        lines.into_iter().map(line).collect()
    }

    fn fg(paint: Paint) -> Dye {
        Dye {
            fg: Some(paint),
            ..Dye::default()
        }
    }

    #[test]
    fn colours_become_ink_and_end_with_their_reset() {
        for (text, dye) in [
            ("\u{1b}[31mred\u{1b}[0m", fg(Paint::Indexed(1))),
            ("\u{1b}[92mred\u{1b}[m", fg(Paint::Indexed(10))),
            ("\u{1b}[38;5;200mred\u{1b}[39m", fg(Paint::Indexed(200))),
            ("\u{1b}[38;2;1;2;3mred\u{1b}[0m", fg(Paint::Rgb(1, 2, 3))),
            ("\u{1b}[38:2::1:2:3mred\u{1b}[0m", fg(Paint::Rgb(1, 2, 3))),
        ] {
            let expected = vec![vec![
                ("red".to_owned(), dye),
                (" end".to_owned(), Dye::default()),
            ]];
            assert_eq!(read(&[&format!("{text} end")]), expected, "{text:?}");
        }
        let bold = read(&["\u{1b}[1;32;40mok\u{1b}[0;1mx"]);
        let first = bold[0][0].1;
        assert!(first.is_bold && first.fg == Some(Paint::Indexed(2)));
        assert_eq!(first.bg, Some(Paint::Indexed(0)));
        assert!(bold[0][1].1.is_bold && bold[0][1].1.fg.is_none());
    }

    #[test]
    fn everything_else_stays_text_that_is_seen() {
        for (text, shown) in [
            ("\u{1b}[2Jx", "␛[2Jx"),
            ("\u{1b}[8mhidden", "␛[8mhidden"),
            ("\u{1b}[7mturned", "␛[7mturned"),
            ("\u{1b}[31;8mx", "␛[31;8mx"),
            ("\u{1b}[4:3mcurly", "␛[4:3mcurly"),
            ("\u{1b}[38;5mx", "␛[38;5mx"),
            ("\u{1b}[38;5;256mx", "␛[38;5;256mx"),
            ("\u{1b}[?1049h", "␛[?1049h"),
            ("\u{1b}]52;c;aGk=\u{7}", "␛]52;c;aGk=␇"),
            ("\u{9b}31mx", "‹9B›31mx"),
            ("\u{1b}\u{1b}[31mx", "␛x"),
            ("a\rb", "a␍b"),
            ("end\u{1b}", "end␛"),
            ("end\u{1b}[3", "end␛[3"),
        ] {
            let lines = read(&[text]);
            let line: String = lines[0].iter().map(|(text, _)| text.as_str()).collect();
            assert_eq!(line, shown, "{text:?}");
        }
    }

    #[test]
    fn a_log_reads_the_same_however_it_is_cut_into_chunks() {
        let text = "one\r\n\u{1b}[1;38;2;9;8;7mtwo\u{1b}[0m \u{1b}]0;x\u{7}\nthree\rfour\u{202e}\n\u{1b}[31";
        let whole = read(&[text]);
        let chars: Vec<String> = text.chars().map(String::from).collect();
        let chars: Vec<&str> = chars.iter().map(String::as_str).collect();
        assert_eq!(read(&chars), whole);
        for at in text.char_indices().map(|(at, _)| at) {
            let (head, tail) = text.split_at(at);
            assert_eq!(read(&[head, tail]), whole, "{at}");
        }
    }

    #[test]
    fn an_endless_line_is_cut_and_colours_go_on_over_lines() {
        let lines = read(&[&format!("\u{1b}[31m{}\nnext", "x".repeat(1_000_000))]);
        let text: String = lines[0].iter().map(|(text, _)| text.as_str()).collect();
        assert!(
            text.len() < 20 * CELLS && text.ends_with("more›"),
            "{}",
            text.len()
        );
        assert_eq!(lines[1][0].1, fg(Paint::Indexed(1)));
    }
}
