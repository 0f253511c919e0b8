//! `log`: the timeline of a hotfix, oldest first.

use crate::engine::Outcome;
use crate::model::Untrusted;
use crate::record::Entry;
use crate::record::Event;
use crate::record::Record;

use super::page::Page;
use super::page::Span;
use super::page::Tone;

/// Returns one line per entry: when, who, what. Entries that only keep account of calls come with `is_whole`.
pub fn log(record: &Record, is_whole: bool) -> Page {
    let mut page = Page::new();
    page.table(0);
    for entry in &record.entries {
        if is_whole || !is_bookkeeping(entry) {
            page.row(cells(entry), []);
        }
    }
    if record.entries.is_empty() {
        page = Page::of("Nothing is on record yet.");
    }
    page
}

/// Tells whether an entry says only that a call was declared or went well; what came of it is told by others.
fn is_bookkeeping(entry: &Entry) -> bool {
    match &entry.event {
        Some(Event::IntentDeclared { .. }) => true,
        Some(Event::EffectObserved { outcome, .. }) => {
            outcome == Outcome::Done.word() || outcome == Outcome::Already.word()
        }
        Some(_) | None => false,
    }
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
