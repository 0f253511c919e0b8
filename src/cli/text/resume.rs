//! `resume`: what was left open here, what was found of it, and how to go on; what was kept here, and how it is sent.

use crate::cli::json::KeptRow;
use crate::cli::json::ResumeDocument;

use super::page::Page;
use super::page::Span;
use super::page::Tone;

/// Returns the list.
pub fn resume(document: &ResumeDocument) -> Page {
    let mut page = Page::new();
    for one in &document.intents {
        let title = one.words.as_deref().unwrap_or("an intent without words");
        page.heading(title);
        page.text(format!(
            "{}  {}  since {}",
            one.intent, one.hotfix, one.since
        ));
        page.text(one.touched);
        for call in &one.calls {
            let tone = match call.found {
                "there" => Tone::Good,
                "nowhere" | "untold" | "not_seen" => Tone::Warning,
                _ => Tone::Faint,
            };
            let place = call.place.as_ref();
            let place = place.map_or_else(String::new, |place| format!("{place}: "));
            page.item(tone, format!("{place}{}: {}", call.call, call.why));
        }
        for offer in &one.offers {
            match offer.why_not.first() {
                None => page.line([
                    Span::new(Tone::Active, format!("{:<9}", offer.how)),
                    Span::plain(offer.command.as_str()),
                ]),
                Some(why) => page.line([Span::new(
                    Tone::Faint,
                    format!("{:<9}not now: {why}", offer.how),
                )]),
            };
        }
    }
    if page.is_empty() {
        page.text("Nothing was interrupted here.");
    }
    for row in &document.kept {
        page.line([Span::new(Tone::Warning, told(row))]);
    }
    if document.kept.iter().any(|row| row.why.is_none()) {
        page.text("`lanekeeper resume --share` sends what can be sent; so does a console.");
    }
    page
}

/// Returns what `--share` sent, and what stays with why.
pub fn shared(document: &ResumeDocument) -> Page {
    let mut page = Page::new();
    if document.shared > 0 {
        let words = format!("shared {}", entries(document.shared));
        page.line([Span::new(Tone::Good, words)]);
    }
    for row in &document.kept {
        page.line([Span::new(Tone::Warning, told(row))]);
    }
    if page.is_empty() {
        page.text("Everything that is on record here is shared.");
    }
    page
}

/// Says what is not shared, with why where that is known.
fn told(row: &KeptRow) -> String {
    let what = format!("{} of {} not shared yet", entries(row.entries), row.hotfix);
    match &row.why {
        None => what,
        Some(why) => format!("{what}: {why}"),
    }
}

/// Returns a count of entries, in words.
pub(super) fn entries(count: usize) -> String {
    match count {
        1 => "1 entry".to_owned(),
        many => format!("{many} entries"),
    }
}
