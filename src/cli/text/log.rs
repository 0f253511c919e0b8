//! `log`: the timeline of a hotfix, oldest first.

use crate::engine::Outcome;
use crate::engine::Outside;
use crate::engine::Told;
use crate::engine::retried;
use crate::engine::story;
use crate::model::DeploymentState;
use crate::model::Untrusted;
use crate::record::Entry;
use crate::record::Event;
use crate::record::Record;
use crate::record::Signed;

use super::page::Page;
use super::page::Span;
use super::page::Tone;

/// Returns one line per entry: when, who, what, and what was done outside of Lanekeeper at its time. Entries that only keep
/// account of calls come with `is_whole`.
pub fn log(record: &Record, outside: &[Outside], is_whole: bool) -> Page {
    if record.entries.is_empty() && outside.is_empty() {
        return Page::of("Nothing is on record yet.");
    }
    let mut page = Page::new();
    page.table(0);
    // Where nobody signs and nobody has to, a column of it would only be in the way.
    let has_signatures = record
        .entries
        .iter()
        .any(|entry| entry.signed != Signed::No);
    let shared = record.shared().len();
    for told in story(record, outside) {
        let (place, entry) = match told {
            Told::Entry(place, entry) => (place, entry),
            Told::Outside(one) => {
                let mut row = seen(one).to_vec();
                if has_signatures {
                    row.insert(2, Span::new(Tone::Faint, ""));
                }
                page.row(row, None);
                continue;
            }
        };
        // With `-v` the call stands there as it was made.
        let again = entry.event.as_ref().and_then(retried);
        let again = again.filter(|_| !is_whole);
        if is_whole || again.is_some() || !is_bookkeeping(entry) {
            let mut row = cells(entry, again).to_vec();
            if has_signatures {
                row.insert(2, level(&entry.signed));
            }
            let why = entry.signed.why().map(|why| Span::new(Tone::Faint, why));
            let is_kept = place >= shared;
            let kept = is_kept.then(|| Span::new(Tone::Warning, "not shared yet"));
            page.row(row, why.into_iter().chain(kept));
        }
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

/// Says how well it is known who wrote an entry, and by which key.
fn level(signed: &Signed) -> Span {
    let tone = match signed {
        Signed::By(_) => Tone::Good,
        Signed::Missing | Signed::Bad(_) => Tone::Bad,
        Signed::Unchecked(_) => Tone::Warning,
        Signed::No => Tone::Faint,
    };
    // The whole fingerprint is in JSON; this much tells two keys of a person apart.
    let key = signed.key().map_or_else(String::new, |key| {
        format!(" {}", key.chars().take(15).collect::<String>())
    });
    Span::new(tone, format!("{} {}{key}", signed.level(), signed.words()))
}

/// Returns the word for an entry. A start is on record by the same kind of entry as its end, which it is not.
fn kind(entry: &Entry) -> String {
    match &entry.event {
        Some(Event::DeploymentFinished {
            state: DeploymentState::Running,
            ..
        }) => "deployment.started".to_owned(),
        Some(_) | None => Untrusted::new(entry.kind.as_str()).show(),
    }
}

fn cells(entry: &Entry, again: Option<String>) -> [Span; 4] {
    let tone = match &entry.event {
        None => Tone::Warning,
        Some(Event::OverrideUsed { .. }) => Tone::Bad,
        Some(_) => Tone::Plain,
    };
    [
        Span::new(Tone::Faint, entry.at.date_clock()),
        Span::new(Tone::Strong, entry.actor.person.show()),
        Span::new(Tone::Faint, kind(entry)),
        Span::new(tone, again.unwrap_or_else(|| entry.sentence())),
    ]
}

fn seen(outside: &Outside) -> [Span; 4] {
    [
        Span::new(Tone::Faint, outside.at.date_clock()),
        Span::new(Tone::Strong, outside.who()),
        Span::new(Tone::Faint, "not on record"),
        Span::new(Tone::Plain, outside.sentence()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Person;
    use crate::model::Timestamp;
    use crate::record::Actor;

    #[test]
    fn a_start_is_not_called_finished() {
        let of = |state: DeploymentState| {
            let event = Event::DeploymentFinished {
                step: "deploy".parse().expect("static id"),
                deployment: "63".parse().expect("static id"),
                state,
                detail: String::new(),
            };
            let actor = Actor {
                person: Person::from_email("Ben", "ben@example.org"),
                device: "laptop".to_owned(),
            };
            let id = "01J9".parse().expect("static id");
            let hotfix = "20260412-checkout-null-7f3a9c".parse().expect("static id");
            let at = Timestamp::from_second(26);
            kind(&Entry::new(id, hotfix, actor, at, event).expect("small"))
        };
        assert_eq!(of(DeploymentState::Running), "deployment.started");
        assert_eq!(of(DeploymentState::Failed), "deployment.finished");
    }
}
