//! `resume`: what was left open here, what was found of it, and how to go on.

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
        for call in &one.calls {
            let tone = match call.found {
                "there" => Tone::Good,
                "nowhere" | "untold" | "not_seen" => Tone::Warning,
                _ => Tone::Faint,
            };
            page.item(tone, format!("{}: {}", call.call, call.why));
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
    page
}
