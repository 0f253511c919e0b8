//! Draws the files of a diff: a list with marks, or the shown one in a row.

use ratatui::layout::Rect;

use crate::model::DiffFile;
use crate::model::reveal;
use crate::tui::app::DiffScreen;
use crate::tui::app::Line;
use crate::tui::app::Tone;

use super::layout::scroll;
use super::pen::Pen;
use super::pen::at;
use super::pen::short;
use super::text::fit_end;
use super::text::measure;

/// Returns a name with a mark for each character that would not be seen as what it is.
fn shown(name: &str) -> String {
    reveal(name).into_iter().map(|piece| piece.shown).collect()
}

pub(super) fn name(file: &DiffFile) -> String {
    match (&file.old, &file.new) {
        (Some(old), Some(new)) if old != new => {
            format!("{} -> {}", shown(old.raw()), shown(new.raw()))
        }
        _same => shown(file.name().raw()),
    }
}

fn mark(screen: &DiffScreen, file: usize) -> &'static str {
    if screen.seen.contains(&file) {
        "[x]"
    } else {
        "[ ]"
    }
}

fn counts(file: &DiffFile) -> String {
    match file.content {
        crate::model::FileContent::Binary => "binary".to_owned(),
        crate::model::FileContent::Submodule => "submodule".to_owned(),
        crate::model::FileContent::Text | crate::model::FileContent::Link => {
            format!("+{} -{}", file.added, file.removed)
        }
    }
}

fn file_line(screen: &DiffScreen, n: usize, file: &DiffFile, room: usize, cut: char) -> Line {
    let counts = counts(file);
    let hidden = file.hidden();
    let warning = if hidden > 0 {
        format!(" !{hidden}")
    } else {
        String::new()
    };
    let lead = 6 + 1;
    let left = room.saturating_sub(lead + measure(&counts) + measure(&warning) + 1);
    let name = fit_end(&name(file), left, cut);
    let gap = " ".repeat(left.saturating_sub(measure(&name)) + 1);
    let tone = if screen.seen.contains(&n) {
        Tone::Dim
    } else {
        Tone::Plain
    };
    Line::new(
        format!("{} {}  ", mark(screen, n), file.fate.letter()),
        tone,
    )
    .and(name, tone)
    .and(warning, Tone::Bad)
    .and(gap, Tone::Plain)
    .and(counts, Tone::Dim)
}

pub(super) fn files(screen: &DiffScreen, pen: &mut Pen<'_, '_>, area: Rect) {
    let style = pen.theme.border;
    let count = screen.diff.files.len();
    let right = format!("{} of {count} seen", screen.seen.len());
    let inner = pen.frame(
        area,
        &Line::new("Files", Tone::Strong),
        &right,
        style,
        false,
    );
    let height = usize::from(inner.height);
    let room = usize::from(inner.width);
    let top = scroll(
        screen.file.saturating_sub(height / 2),
        Some(screen.file),
        count,
        height,
    );
    let cut = pen.glyphs.cut;
    let files = screen.diff.files.iter().enumerate();
    for (n, file) in files.skip(top).take(height) {
        let y = inner.y + short(n - top);
        let line = file_line(screen, n, file, room, cut);
        pen.line(inner.x, y, room, &line);
        if n == screen.file {
            let style = pen.theme.selected;
            pen.tint(Rect::new(inner.x, y, inner.width, 1), style);
        }
    }
}

/// The shown file in one row, where there is no room for the list.
pub(super) fn one_file(screen: &DiffScreen, pen: &mut Pen<'_, '_>, row: Rect) {
    let Some(file) = screen.shown() else { return };
    let room = usize::from(row.width).saturating_sub(2);
    let place = format!("file {}/{}  ", screen.file + 1, screen.diff.files.len());
    let left = room.saturating_sub(measure(&place));
    let line = file_line(screen, screen.file, file, left, pen.glyphs.cut);
    let x = row.x + 1;
    pen.line(x, row.y, room, &Line::new(place.clone(), Tone::Strong));
    pen.line(at(x, measure(&place)), row.y, left, &line);
}
