//! The panes of the conflict screen as lines: what each side has, what the result will be, and what finishing does.

use std::collections::BTreeSet;

use crate::engine::resolve::Choice;
use crate::engine::resolve::FileWork;
use crate::engine::resolve::Standing;
use crate::engine::resolve::Whole;
use crate::model::Bytes;
use crate::model::ConflictSide;
use crate::model::Hunk;
use crate::model::Piece;
use crate::model::Untrusted;

use super::conflicts::ConflictScreen;
use super::words::Line;
use super::words::Tone;

/// One of the panes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictPane {
    Target,
    Result,
    Fix,
}

/// A pane's lines, and the one with which the hunk begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaneText {
    pub lines: Vec<Line>,
    pub at: usize,
}

/// Lines being put together, with numbers of their own: those of the file with this side taken everywhere.
struct Writer {
    lines: Vec<Line>,
    number: usize,
    shows_returns: bool,
}

impl Writer {
    fn text(&mut self, mark: char, text: &Bytes, tone: Tone) {
        for line in text.lines() {
            self.number += 1;
            let has_end = line.ends_with(b"\n");
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            let line = match line.strip_suffix(b"\r") {
                Some(bare) if !self.shows_returns => bare,
                Some(_) | None => line,
            };
            let words = Untrusted::from_bytes(line).show();
            let has_blanks = line.last().is_some_and(|b| b" \t".contains(b));
            let mut shown = Line::new(format!("{:>4} ", self.number), Tone::Dim)
                .and(format!("{mark} "), Tone::Key)
                .and(words, tone);
            if has_blanks {
                shown = shown.and("  (blanks at the end)", Tone::Dim);
            }
            if !has_end {
                shown = shown.and("  (no line break at the end)", Tone::Dim);
            }
            self.lines.push(shown);
        }
    }

    fn word(&mut self, text: impl Into<String>, tone: Tone) {
        self.lines.push(Line::plain("     ").and(text, tone));
    }

    /// Writes what a path with lines becomes where that was not decided line by line; tells whether it was so.
    fn as_a_whole(&mut self, work: &FileWork) -> bool {
        let whole = &work.whole;
        let what = match whole.shown() {
            Some(text @ Whole::Text(_)) if work.is_by_driver(text) => "made by the merge driver",
            Some(Whole::Text(_)) => "edited as a whole",
            Some(Whole::Delete) => "path deleted",
            // These are said hunk by hunk.
            Some(Whole::Target | Whole::Fix) | None => return false,
        };
        match whole.offered_from() {
            None => self.word(format!("=== {what}"), Tone::Good),
            Some(from) => self.word(
                format!("??? {what}, reused from {from}: Enter confirms"),
                Tone::Warn,
            ),
        }
        if let Some(Whole::Text(text)) = whole.shown() {
            self.text(' ', text, Tone::Plain);
        } else {
            self.word("(deleted: not there any more)", Tone::Warn);
        }
        true
    }
}

impl ConflictScreen {
    /// Returns a pane's lines.
    pub fn pane(&self, pane: ConflictPane) -> PaneText {
        let Some(work) = self.work() else {
            return PaneText {
                lines: Vec::new(),
                at: 0,
            };
        };
        if !work.is_text() {
            return PaneText {
                lines: self.whole(work, pane),
                at: 0,
            };
        }
        let mut out = Writer {
            lines: Vec::new(),
            number: 0,
            shows_returns: has_mixed_ends(work),
        };
        let mut at = 0;
        let mut count = 0;
        if pane == ConflictPane::Result && out.as_a_whole(work) {
            let lines = out.lines;
            return PaneText { lines, at: 0 };
        }
        for piece in &work.file.pieces {
            match piece {
                Piece::Agreed(text) => out.text(' ', text, Tone::Plain),
                Piece::Hunk(hunk) => {
                    if count == self.hunk {
                        at = out.lines.len();
                    }
                    self.hunk(&mut out, work, hunk, count, pane);
                    count += 1;
                }
            }
        }
        PaneText {
            lines: out.lines,
            at,
        }
    }

    fn hunk(
        &self,
        out: &mut Writer,
        work: &FileWork,
        hunk: &Hunk,
        count: usize,
        pane: ConflictPane,
    ) {
        let Some(standing) = work.hunks.get(count) else {
            return;
        };
        let mark = match standing {
            _ if count == self.hunk => '>',
            Standing::Open => '!',
            Standing::Offered { .. } => '?',
            Standing::Decided { .. } => '+',
        };
        let side = match pane {
            ConflictPane::Target => &hunk.target,
            ConflictPane::Fix => &hunk.fix,
            ConflictPane::Result => return self.result(out, work, hunk, count, mark),
        };
        if side.is_empty() {
            out.lines.push(
                Line::plain("     ")
                    .and(format!("{mark} "), Tone::Key)
                    .and("(nothing here)", Tone::Dim),
            );
        }
        out.text(mark, side, Tone::Strong);
    }

    fn result(&self, out: &mut Writer, work: &FileWork, hunk: &Hunk, count: usize, mark: char) {
        let number = count + 1;
        let (words, tone) = match (&work.whole, &work.hunks[count]) {
            (Standing::Decided { choice, .. }, _) => (
                format!("=== {number} path {}", work.words_of(choice)),
                Tone::Good,
            ),
            (Standing::Offered { choice, from }, _) => (
                format!(
                    "??? {number} path {}, reused from {from}: Enter confirms",
                    choice.words()
                ),
                Tone::Warn,
            ),
            (Standing::Open, Standing::Open) => (format!("<<< {number} not decided"), Tone::Bad),
            (Standing::Open, Standing::Offered { choice, from }) => (
                format!(
                    "??? {number} {}, reused from {from}: Enter confirms",
                    choice.words()
                ),
                Tone::Warn,
            ),
            (Standing::Open, Standing::Decided { choice, from }) => {
                let from = from
                    .as_ref()
                    .map_or_else(String::new, |from| format!(", reused from {from}"));
                (format!("=== {number} {}{from}", choice.words()), Tone::Good)
            }
        };
        out.lines.push(
            Line::plain("     ")
                .and(format!("{mark} "), Tone::Key)
                .and(words, tone),
        );
        if let Some(choice) = work.hunks[count].shown() {
            let lines = choice.lines(hunk);
            if lines.is_empty() {
                out.word("  (nothing)", Tone::Dim);
            }
            out.text(mark, &lines, Tone::Strong);
        } else {
            out.word("  ---", Tone::Dim);
            out.word("  >>>", Tone::Bad);
        }
    }

    /// Describes a path that has no lines to decide.
    fn whole(&self, work: &FileWork, pane: ConflictPane) -> Vec<Line> {
        let file = &work.file;
        let side = |side: &Option<ConflictSide>, by: &Option<Untrusted>| {
            let mut lines = vec![match side {
                Some(side) => {
                    let files = file.files_of(side);
                    Line::plain(format!("{} {}{files}", side.word(), side.id.short()))
                }
                None => Line::new("does not have this path", Tone::Warn),
            }];
            if let Some(by) = by {
                lines.push(Line::new(
                    format!("last changed by {}", by.show()),
                    Tone::Dim,
                ));
            }
            lines
        };
        match pane {
            ConflictPane::Target => side(&file.target, &file.last_authors.target),
            ConflictPane::Fix => side(&file.fix, &file.last_authors.fix),
            ConflictPane::Result => {
                let mut lines = vec![match &work.whole {
                    Standing::Open => Line::new("<<< not decided", Tone::Bad),
                    Standing::Offered { choice, from } => Line::new(
                        format!(
                            "??? {}, reused from {from}: Enter confirms",
                            work.words_of(choice)
                        ),
                        Tone::Warn,
                    ),
                    Standing::Decided { choice, from } => {
                        let from = from
                            .as_ref()
                            .map_or_else(String::new, |from| format!(", reused from {from}"));
                        Line::new(format!("=== {}{from}", work.words_of(choice)), Tone::Good)
                    }
                }];
                lines.push(Line::new(
                    format!("{}: there are no lines to choose", file.kind.word()),
                    Tone::Dim,
                ));
                if let Some(Whole::Text(text)) = work.whole.shown() {
                    let mut out = Writer {
                        lines,
                        number: 0,
                        shows_returns: false,
                    };
                    out.text(' ', text, Tone::Plain);
                    return out.lines;
                }
                lines
            }
        }
    }

    /// Returns the base of the hunk, or what it was before on both sides.
    pub fn base_lines(&self) -> Vec<String> {
        let Some(work) = self.work() else {
            return Vec::new();
        };
        match work.file.hunks().nth(self.hunk) {
            Some(hunk) if hunk.base.is_empty() => {
                vec!["(nothing: both sides added lines)".to_owned()]
            }
            Some(hunk) => hunk
                .base
                .lines()
                .map(|line| {
                    let line = line.strip_suffix(b"\n").unwrap_or(line);
                    Untrusted::from_bytes(line.strip_suffix(b"\r").unwrap_or(line)).show()
                })
                .collect(),
            None => vec![match &work.file.base {
                Some(base) => format!("{} {}", base.word(), base.id.short()),
                None => "(not there)".to_owned(),
            }],
        }
    }

    /// Tells whether the hunk has a line in the base, and its lines there are not only told about.
    pub(super) fn has_base_line(&self) -> bool {
        let mut hunks = self.work().into_iter().flat_map(|work| work.file.hunks());
        hunks
            .nth(self.hunk)
            .is_some_and(|hunk| !hunk.base.is_empty())
    }

    /// Returns where one is: paths, hunks, decisions; briefly as numbers alone, to stand behind the path.
    pub fn place(&self, is_brief: bool) -> String {
        let (needed, done) = self.session.count();
        let hunks = self.work().map_or(0, |work| work.hunks.len());
        let hunk = if hunks == 0 {
            "no lines".to_owned()
        } else {
            format!("hunk {}/{hunks}", self.hunk + 1)
        };
        let (file, files) = (self.file + 1, self.session.files.len());
        if is_brief {
            return format!("{file}/{files}  {hunk}  {done}/{needed} done");
        }
        let round = match self.session.round() {
            1 => String::new(),
            last => format!(
                "round {}/{last}  ",
                self.work().map_or(last, |work| work.round)
            ),
        };
        format!("{round}file {file}/{files}  {hunk}  {done} of {needed} done")
    }

    /// Returns what finishing will do, one thing per line.
    pub fn finish_lines(&self) -> Vec<String> {
        let subject = &self.session.subject;
        // A path may come in several rounds.
        let files = self.session.files.iter();
        let paths: BTreeSet<&str> = files.map(|work| work.file.path.as_str()).collect();
        let count = paths.len();
        let how = if subject.is_ours {
            "without markers"
        } else {
            "one commit more"
        };
        let mut lines = vec![
            format!(
                "git push {} <- {count} path{} resolved",
                subject.branch,
                if count == 1 { "" } else { "s" },
            ),
            if subject.is_pushed {
                let head = subject.head.short();
                format!("only if still at {head}; {how}; plan shown first")
            } else {
                "then its change request is opened; plan shown first".to_owned()
            },
        ];
        if !self.session.pending.is_empty() {
            let names: Vec<&str> = self.session.pending.iter().map(|id| id.short()).collect();
            lines.insert(
                1,
                format!(
                    "then picked onto it: {}; what conflicts is one more round",
                    names.join(" ")
                ),
            );
        }
        lines
    }
}

/// Tells whether lines end in different ways: only then is the carriage return worth a mark.
fn has_mixed_ends(work: &FileWork) -> bool {
    let (mut plain, mut returned) = (false, false);
    let choices = work
        .hunks
        .iter()
        .filter_map(|standing| match standing.shown() {
            Some(Choice::Text(text)) => Some(text),
            Some(Choice::Take(_)) | None => None,
        });
    let pieces = work.file.pieces.iter().flat_map(|piece| match piece {
        Piece::Agreed(text) => vec![text],
        Piece::Hunk(hunk) => vec![&hunk.base, &hunk.target, &hunk.fix],
    });
    for line in pieces.chain(choices).flat_map(Bytes::lines) {
        if line.ends_with(b"\r\n") {
            returned = true;
        } else if line.ends_with(b"\n") {
            plain = true;
        }
        if plain && returned {
            return true;
        }
    }
    false
}
