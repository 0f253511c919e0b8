//! A diff for people: what is compared, what hides, then file by file as git prints it.

use crate::engine::Comparison;
use crate::engine::DiffSize;
use crate::engine::Glance;
use crate::engine::hidden_words;
use crate::model::Diff;
use crate::model::DiffFile;
use crate::model::DiffHunk;
use crate::model::FileContent;
use crate::model::LineSide;
use crate::model::Untrusted;
use crate::model::reveal;

use super::page::Page;
use super::page::Span;
use super::page::Tone;

/// Returns a diff; only its files where `is_stat`. The glance is what is remembered of it, if anything.
pub fn diff(compared: &Comparison, diff: &Diff, glance: Option<&Glance>, is_stat: bool) -> Page {
    let mut page = Page::new();
    page.line([
        Span::new(Tone::Strong, compared.title.as_str()),
        Span::plain(format!("  head {}  ", diff.head.short())),
        Span::new(Tone::Faint, compared.words.as_str()),
    ]);
    let hidden = diff.hidden();
    page.line([Span::plain(DiffSize::of(diff).words())]);
    if hidden > 0 {
        page.line([
            Span::new(Tone::Bad, hidden_words(hidden)),
            Span::plain(": each is shown as ‹…› or a sign for a control; look for them"),
        ]);
    }
    for note in &diff.notes {
        page.item(Tone::Warning, note.as_str());
    }
    page.table(2);
    for file in &diff.files {
        page.row(
            stat(file),
            file.cut
                .iter()
                .map(|cut| Span::new(Tone::Warning, cut.as_str())),
        );
    }
    if diff.files.is_empty() {
        page.item(Tone::Faint, "nothing changes");
    }
    if !is_stat {
        for file in &diff.files {
            whole(&mut page, file);
        }
    }
    if let Some(glance) = glance {
        page.blank().line(next(compared, diff, glance));
    }
    page
}

fn next(compared: &Comparison, diff: &Diff, glance: &Glance) -> Vec<Span> {
    let of = &compared.of;
    let words = if glance.counts() {
        format!(
            ": looked at {}; `lanekeeper approve {of}` is possible until it changes",
            diff.head.short()
        )
    } else {
        format!(
            ": {}; once you saw them: `lanekeeper diff {of} --saw-hidden {}`",
            hidden_words(glance.hidden),
            glance.hidden
        )
    };
    vec![Span::new(Tone::Active, "next"), Span::plain(words)]
}

fn stat(file: &DiffFile) -> Vec<Span> {
    let hidden = file.hidden();
    let count = match file.content {
        FileContent::Binary => "binary".to_owned(),
        FileContent::Submodule => "submodule".to_owned(),
        FileContent::Text | FileContent::Link => format!("+{} -{}", file.added, file.removed),
    };
    let mut cells = vec![
        Span::plain(file.fate.word()),
        Span::plain(count),
        Span::new(Tone::Strong, names(file)),
    ];
    let mut also = Vec::new();
    also.extend(file.mode_words());
    if hidden > 0 {
        also.push(format!("{hidden} hidden"));
    }
    if !also.is_empty() {
        cells.push(Span::new(Tone::Warning, also.join(", ")));
    }
    cells
}

fn names(file: &DiffFile) -> String {
    match (&file.old, &file.new) {
        (Some(old), Some(new)) if old != new => format!("{} -> {}", shown(old), shown(new)),
        _same => shown(file.name()),
    }
}

/// Returns a text with a mark for each character that would not be seen as what it is.
fn shown(text: &Untrusted) -> String {
    let text = text.raw();
    let (text, tail) = match text.strip_suffix('\r') {
        Some(text) => (text, "␍"),
        None => (text, ""),
    };
    let mut shown: String = reveal(text).into_iter().map(|piece| piece.shown).collect();
    shown.push_str(tail);
    shown
}

fn whole(page: &mut Page, file: &DiffFile) {
    if file.hunks.is_empty() {
        return;
    }
    page.blank().line([
        Span::new(Tone::Strong, names(file)),
        Span::new(Tone::Faint, format!("  {}", file.fate.word())),
    ]);
    // A return at the end of every line is how the file ends its lines, and says nothing.
    let has_returns = ends_lines_with_returns(file);
    for hunk in &file.hunks {
        one(page, hunk, has_returns);
    }
}

fn ends_lines_with_returns(file: &DiffFile) -> bool {
    let mut lines = file.hunks.iter().flat_map(|hunk| &hunk.lines);
    lines.all(|line| line.is_unended || line.text.raw().ends_with('\r'))
}

fn one(page: &mut Page, hunk: &DiffHunk, has_returns: bool) {
    let head = format!(
        "@@ -{},{} +{},{} @@ {}",
        hunk.old.0,
        hunk.old.1,
        hunk.new.0,
        hunk.new.1,
        shown(&hunk.around)
    );
    page.line([Span::new(Tone::Active, head.trim_end())]);
    for line in &hunk.lines {
        let tone = match line.side {
            LineSide::Both => Tone::Plain,
            LineSide::Removed => Tone::Bad,
            LineSide::Added => Tone::Good,
        };
        let mut text = shown(&line.text);
        if has_returns && text.ends_with('␍') {
            text.pop();
        }
        page.line([Span::new(tone, format!("{}{text}", line.side.sign()))]);
        if line.is_unended {
            page.line([Span::new(
                Tone::Faint,
                "\\ no line break at the end of the file",
            )]);
        }
    }
}
