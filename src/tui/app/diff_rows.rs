//! A file of a diff laid out in rows of cells: numbers, signs, words with what they mean. Wrapped, because what matters
//! may stand at the end of a line; made once per file and width, not once per frame.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::model::DiffFile;
use crate::model::DiffHunk;
use crate::model::DiffLine;
use crate::model::LineSide;
use crate::model::hidden_in;
use crate::model::reveal;

use super::diff_words::changed;
use super::syntax::Open;
use super::syntax::Token;
use super::syntax::tokens;
use super::syntax_words::Language;
use super::syntax_words::language;

/// Cells of a line number with the blank behind it.
pub(super) const NUMBER: usize = 6;

/// How a piece of a line is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ink {
    pub token: Token,
    /// It is what changed within the line.
    pub is_changed: bool,
    /// It stands for a character that would not be seen as what it is.
    pub is_mark: bool,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bit {
    pub text: String,
    pub ink: Ink,
}

/// One side of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Half {
    /// Numbers before and after; side by side only one of them. Blank where a line goes on.
    pub numbers: [Option<usize>; 2],
    pub side: LineSide,
    pub bits: Vec<Bit>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffRow {
    /// Between hunks: where it is, and what git says stands around it.
    Head(String),
    /// A remark about the file or a line.
    Remark(String),
    One(Half),
    /// Before at the left, after at the right.
    Two(Option<Half>, Option<Half>),
}

/// The rows of a file, with where things are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    pub rows: Vec<DiffRow>,
    /// The row at which each hunk begins.
    pub hunks: Vec<usize>,
    /// The rows that hold a mark.
    pub marked: Vec<usize>,
    /// The row of each line that holds the searched text.
    pub hits: Vec<usize>,
}

/// Lays a file out for `width` cells.
pub(super) fn lay_out(file: &DiffFile, width: usize, is_side_by_side: bool, find: &str) -> Layout {
    let mut layout = Layout::default();
    let language = language(file.name().raw());
    let find = find.to_lowercase();
    // A return at the end of every line is how the file ends its lines, and says nothing.
    let mut lines = file.hunks.iter().flat_map(|hunk| &hunk.lines);
    let has_returns = lines.all(|line| line.is_unended || line.text.raw().ends_with('\r'));
    for words in file.mode_words().into_iter().chain(file.cut.clone()) {
        layout.rows.push(DiffRow::Remark(words));
    }
    if file.hunks.is_empty() && layout.rows.is_empty() {
        let words = match file.content {
            crate::model::FileContent::Binary => "binary: its bytes differ",
            crate::model::FileContent::Text
            | crate::model::FileContent::Submodule
            | crate::model::FileContent::Link => "no line differs",
        };
        layout.rows.push(DiffRow::Remark(words.to_owned()));
    }
    for hunk in &file.hunks {
        layout.hunks.push(layout.rows.len());
        layout.rows.push(DiffRow::Head(head(hunk)));
        let inked = ink_lines(hunk, language, has_returns);
        if is_side_by_side {
            side_by_side(&mut layout, hunk, &inked, width, &find);
        } else {
            unified(&mut layout, hunk, &inked, width, &find);
        }
    }
    layout
}

fn head(hunk: &DiffHunk) -> String {
    let around: String = reveal(hunk.around.raw())
        .into_iter()
        .map(|piece| piece.shown)
        .collect();
    let (old, new) = (hunk.old, hunk.new);
    format!("@@ -{},{} +{},{} @@ {around}", old.0, old.1, new.0, new.1)
}

/// Returns the bits of every line of a hunk.
fn ink_lines(hunk: &DiffHunk, language: Option<&Language>, has_returns: bool) -> Vec<Vec<Bit>> {
    let emphasis = emphasis(&hunk.lines);
    let (mut before, mut after) = (Open::default(), Open::default());
    let lines = hunk.lines.iter().zip(emphasis);
    lines
        .map(|(line, changed)| {
            let text = text_of(line, has_returns);
            let open = if line.side == LineSide::Removed {
                before
            } else {
                after
            };
            // A line that hides something is shown bare: colours would say that somebody understood it.
            let (found, left) = match language {
                Some(language) if hidden_in(text) == 0 => tokens(language, text, open),
                Some(_) | None => (Vec::new(), open),
            };
            match line.side {
                LineSide::Both => (before, after) = (left, left),
                LineSide::Removed => before = left,
                LineSide::Added => after = left,
            }
            bits(text, &found, &changed)
        })
        .collect()
}

fn text_of(line: &DiffLine, has_returns: bool) -> &str {
    let text = line.text.raw();
    if has_returns {
        text.strip_suffix('\r').unwrap_or(text)
    } else {
        text
    }
}

/// Returns what changed within each line: the first removed line is compared with the first added one, and so on.
fn emphasis(lines: &[DiffLine]) -> Vec<Vec<Range<usize>>> {
    let mut emphasis = vec![Vec::new(); lines.len()];
    for (removed, added) in blocks(lines) {
        for (old, new) in removed.zip(added) {
            let (before, after) = changed(lines[old].text.raw(), lines[new].text.raw());
            emphasis[old] = before;
            emphasis[new] = after;
        }
    }
    emphasis
}

/// Returns runs of removed lines with the run of added lines right behind each.
fn blocks(lines: &[DiffLine]) -> Vec<(Range<usize>, Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let run = |from: usize, side| {
            let run = lines[from..].iter().take_while(|line| line.side == side);
            from + run.count()
        };
        let removed = run(at, LineSide::Removed);
        let added = run(removed, LineSide::Added);
        if added > at {
            found.push((at..removed, removed..added));
            at = added;
        } else {
            at += 1;
        }
    }
    found
}

/// Cuts a text where its meaning changes, and makes what hides visible.
fn bits(text: &str, tokens: &[(Range<usize>, Token)], changed: &[Range<usize>]) -> Vec<Bit> {
    let token_at = |at: usize| {
        let found = tokens.iter().find(|(range, _)| range.contains(&at));
        found.map_or(Token::Plain, |(_, token)| *token)
    };
    let edges = tokens.iter().map(|(range, _)| range).chain(changed);
    let mut edges: Vec<usize> = edges.flat_map(|range| [range.start, range.end]).collect();
    edges.sort_unstable();
    let mut bits: Vec<Bit> = Vec::new();
    for piece in reveal(text) {
        let inside = edges
            .iter()
            .filter(|edge| (piece.from + 1..piece.to).contains(*edge));
        // Only pieces that are shown as they came are longer than one character.
        let cuts: Vec<usize> = inside.copied().chain([piece.to]).collect();
        let mut from = piece.from;
        for to in cuts {
            let is_whole = from == piece.from && to == piece.to;
            let shown = if is_whole {
                piece.shown.clone()
            } else {
                let shown = piece.shown.get(from - piece.from..to - piece.from);
                shown.unwrap_or_default().to_owned()
            };
            let ink = Ink {
                token: token_at(from),
                is_changed: changed.iter().any(|range| range.contains(&from)),
                is_mark: piece.is_mark,
            };
            match bits.last_mut() {
                Some(last) if last.ink == ink => last.text.push_str(&shown),
                Some(_) | None => bits.push(Bit { text: shown, ink }),
            }
            from = to;
        }
    }
    bits
}

/// Breaks the bits of a line into rows of at most `room` cells.
fn wrap(bits: &[Bit], room: usize) -> Vec<Vec<Bit>> {
    let room = room.max(4);
    let mut rows: Vec<Vec<Bit>> = vec![Vec::new()];
    let mut used = 0;
    for bit in bits {
        // A mark stays whole.
        let parts: Vec<&str> = if bit.ink.is_mark {
            vec![bit.text.as_str()]
        } else {
            bit.text.graphemes(true).collect()
        };
        for part in parts {
            let cells = part.width();
            if used + cells > room && used > 0 {
                rows.push(Vec::new());
                used = 0;
            }
            used += cells;
            let Some(row) = rows.last_mut() else { continue };
            match row.last_mut() {
                Some(last) if last.ink == bit.ink => last.text.push_str(part),
                Some(_) | None => row.push(Bit {
                    text: part.to_owned(),
                    ink: bit.ink,
                }),
            }
        }
    }
    rows
}

fn halves(line: &DiffLine, bits: &[Bit], numbers: [Option<usize>; 2], room: usize) -> Vec<Half> {
    let rows = wrap(bits, room).into_iter().enumerate();
    let half = |(n, bits): (usize, Vec<Bit>)| Half {
        numbers: if n == 0 { numbers } else { [None, None] },
        side: line.side,
        bits,
    };
    rows.map(half).collect()
}

fn note(layout: &mut Layout, line: &DiffLine, bits: &[Bit], rows: usize, find: &str) {
    let from = layout.rows.len().saturating_sub(rows);
    if bits.iter().any(|bit| bit.ink.is_mark) {
        layout.marked.push(from);
    }
    if !find.is_empty() && line.text.raw().to_lowercase().contains(find) {
        layout.hits.push(from);
    }
}

const UNENDED: &str = "no line break at the end of the file";

fn unified(layout: &mut Layout, hunk: &DiffHunk, inked: &[Vec<Bit>], width: usize, find: &str) {
    let room = width.saturating_sub(2 * NUMBER + 2);
    for (line, bits) in hunk.lines.iter().zip(inked) {
        let halves = halves(line, bits, [line.old, line.new], room);
        let count = halves.len();
        layout.rows.extend(halves.into_iter().map(DiffRow::One));
        note(layout, line, bits, count, find);
        if line.is_unended {
            layout.rows.push(DiffRow::Remark(UNENDED.to_owned()));
        }
    }
}

fn side_by_side(
    layout: &mut Layout,
    hunk: &DiffHunk,
    inked: &[Vec<Bit>],
    width: usize,
    find: &str,
) {
    let room = (width.saturating_sub(1) / 2).saturating_sub(NUMBER + 2);
    let lines = &hunk.lines;
    let mut pair = |old: Option<usize>, new: Option<usize>| {
        let half = |at: Option<usize>, number: fn(&DiffLine) -> Option<usize>| match at {
            Some(at) => halves(&lines[at], &inked[at], [number(&lines[at]), None], room),
            None => Vec::new(),
        };
        let left = half(old, |line| line.old);
        let right = half(new, |line| line.new);
        let count = left.len().max(right.len());
        let (mut left, mut right) = (left.into_iter(), right.into_iter());
        for _ in 0..count {
            layout.rows.push(DiffRow::Two(left.next(), right.next()));
        }
        let mut told: Vec<usize> = old.into_iter().chain(new).collect();
        told.dedup();
        for at in &told {
            note(layout, &lines[*at], &inked[*at], count, find);
        }
        layout.marked.dedup();
        layout.hits.dedup();
        if told.iter().any(|at| lines[*at].is_unended) {
            layout.rows.push(DiffRow::Remark(UNENDED.to_owned()));
        }
    };
    let mut blocks = blocks(lines).into_iter().peekable();
    let mut at = 0;
    while at < lines.len() {
        match blocks.next_if(|(removed, _)| removed.start == at) {
            Some((removed, added)) => {
                for n in 0..removed.len().max(added.len()) {
                    let of = |run: &Range<usize>| (n < run.len()).then(|| run.start + n);
                    pair(of(&removed), of(&added));
                }
                at = added.end;
            }
            None => {
                pair(Some(at), Some(at));
                at += 1;
            }
        }
    }
}
