//! `log`: the timeline of a hotfix, oldest first.

use crate::model::Untrusted;
use crate::record::Entry;
use crate::record::Record;

use super::page::Page;
use super::page::Span;
use super::page::Tone;

/// Returns one line per entry: when, who, what.
pub fn log(record: &Record) -> Page {
    let mut page = Page::new();
    page.table(0);
    for entry in &record.entries {
        page.row(cells(entry), []);
    }
    if record.entries.is_empty() {
        page = Page::of("Nothing is on record yet.");
    }
    page
}

fn cells(entry: &Entry) -> [Span; 4] {
    let tone = if entry.event.is_none() {
        Tone::Warning
    } else {
        Tone::Plain
    };
    let kind = Untrusted::new(entry.kind.as_str()).show();
    [
        Span::new(Tone::Faint, entry.at.date_clock()),
        Span::new(Tone::Strong, entry.actor.person.show()),
        Span::new(Tone::Faint, kind),
        Span::new(tone, entry.sentence()),
    ]
}
