//! What was found of each call that a process left behind, judged from the record, the journal and the traces.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::engine::COPY_WORDS;
use crate::engine::Call;
use crate::engine::Found;
use crate::engine::Interrupted;
use crate::engine::LeftCall;
use crate::engine::LockSight;
use crate::engine::remade_into;
use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::EnvironmentName;
use crate::model::IntentId;
use crate::model::Seen;
use crate::record::EffectState;
use crate::record::Entry;
use crate::record::Event;
use crate::record::Record;
use crate::store::IntentState;
use crate::store::OpenIntent;

use super::super::rival::Rival;
use super::super::traces::Trace;

/// Returns calls by the intent that they belong to, oldest first.
pub(in crate::ops) fn grouped(
    calls: &[&OpenIntent],
    words: &BTreeMap<IntentId, String>,
    find: impl Fn(&OpenIntent) -> Found,
) -> Vec<Interrupted> {
    let mut all: Vec<Interrupted> = Vec::new();
    for call in calls {
        let left = LeftCall {
            call: call.call.clone(),
            state: call.state.word(),
            found: find(call),
        };
        match all.iter_mut().find(|known| known.intent == call.intent) {
            Some(known) => {
                known.since = known.since.max(call.updated_at);
                known.calls.push(left);
            }
            None => all.push(Interrupted {
                intent: call.intent.clone(),
                words: words.get(&call.intent).cloned(),
                since: call.updated_at,
                calls: vec![left],
            }),
        }
    }
    all
}

/// Returns the calls whose outcome the record does not know, whichever machine made them: an unknown outcome is looked
/// for until somebody has found it.
pub(super) fn unknown(
    record: &Record,
    known: &[Interrupted],
    find: impl Fn(&str) -> Found,
) -> Vec<Interrupted> {
    let mut all = Vec::new();
    for (intent, effects) in &record.effects {
        if known.iter().any(|one| &one.intent == intent) {
            continue;
        }
        let unknown = effects
            .iter()
            .filter(|effect| matches!(effect.state, EffectState::Unknown { .. }));
        let calls: Vec<LeftCall> = unknown
            .clone()
            .map(|effect| LeftCall {
                call: effect.call.clone(),
                state: IntentState::Unknown.word(),
                found: find(&effect.call),
            })
            .collect();
        let Some(since) = unknown.map(|effect| effect.at).max() else {
            continue;
        };
        all.push(Interrupted {
            intent: intent.clone(),
            words: declared_words(record, intent),
            since,
            calls,
        });
    }
    all
}

fn declared_words(record: &Record, intent: &IntentId) -> Option<String> {
    record.entries.iter().find_map(|entry| match &entry.event {
        Some(Event::IntentDeclared {
            intent: declared,
            words,
            ..
        }) if declared == intent => Some(words.clone()),
        _ => None,
    })
}

/// Returns everything that the traces tell of a call.
pub(super) fn there(traces: &[Trace], call: &str) -> Found {
    let matching: Vec<&Trace> = traces.iter().filter(|trace| trace.is_of(call)).collect();
    Found::There {
        words: matching
            .first()
            .map_or_else(String::new, |trace| trace.found.clone()),
        missing: matching
            .iter()
            .filter_map(|trace| trace.missing.clone())
            .collect(),
        undo: matching.iter().find_map(|trace| trace.undo_of(call)),
    }
}

/// Returns what is found of the branch that a start was to make, where the hotfix that it gives way to has it: nothing of it
/// is ours to take back, and the record ends.
pub(super) fn taken(rival: &Rival) -> Found {
    let Rival { hotfix, by, .. } = rival;
    Found::There {
        words: format!("hotfix {hotfix} by {by} was begun with it, and this one is withdrawn"),
        missing: vec![rival.withdrawal()],
        undo: None,
    }
}

/// Tells whether a call is of a kind that leaves no trace of its own.
pub(super) fn is_untold(call: &str) -> bool {
    [
        "comment on change request ",
        "run the checks of ",
        "run migrations of ",
        "set hotfix/unresolved of ",
        // The log has who took or left the seat, and not by which call.
        "lock.",
    ]
    .iter()
    .any(|begin| call.starts_with(begin))
}

/// Returns what became of a call of this console that took a driver's seat, where the seat that was seen tells: an epoch has
/// one holder.
pub(super) fn seat_taken(
    locks: &BTreeMap<EnvironmentName, Seen<LockSight>>,
    call: &str,
) -> Option<Found> {
    let (environment, sight, epoch) = locks.iter().find_map(|(environment, seen)| {
        let sight = seen.fresh().filter(|sight| sight.refused.is_none())?;
        let place = format!(" {environment} (lock {}), epoch ", sight.id);
        let (kind, rest) = call.split_once(&place)?;
        let takes = ["lock.acquire", "lock.takeover"].contains(&kind);
        let epoch = rest.split(':').next().filter(|_| takes)?;
        Some((environment, sight, epoch.parse::<u64>().ok()?))
    })?;
    let lock = &sight.lock;
    match epoch.cmp(&lock.epoch) {
        Ordering::Equal if lock.is_driven_by(&sight.me) => Some(Found::There {
            words: sight.words(environment),
            missing: Vec::new(),
            undo: None,
        }),
        // It was left since then, by whoever had it.
        Ordering::Equal if lock.driver.is_none() => None,
        Ordering::Equal | Ordering::Greater => Some(Found::Nowhere),
        Ordering::Less => None,
    }
}

/// Tells whether a call would have moved a branch without leaving anything there by which it is known, and that branch is
/// not where the call was to find it: what moved it may be the call.
pub(super) fn may_be_remade(tips: &BTreeMap<BranchName, CommitId>, call: &str) -> bool {
    let Some((into, onto)) = remade_into(call) else {
        return false;
    };
    let mut tips = tips.iter();
    tips.any(|(branch, tip)| branch.as_str() == into && !tip.as_str().starts_with(onto))
}

/// Tells whether a call only appends to the record.
pub(in crate::ops) fn is_written(call: &str) -> bool {
    call.starts_with("record ")
        || call.starts_with("import ")
        || call.contains(" back on the record, behind an alarm ")
}

/// Tells whether nothing rests on a call, as `Call::is_aside` does.
pub(super) fn is_aside(call: &str) -> bool {
    call.starts_with(COPY_WORDS)
}

/// Tells whether an entry declares this intent.
pub(super) fn declares(entry: &Entry, intent: &IntentId) -> bool {
    let event = entry.event.as_ref();
    matches!(event, Some(Event::IntentDeclared { intent: declared, .. }) if declared == intent)
}

/// Tells whether an entry is what such a call writes down. The entry names the intent: by the time of day a clock that was
/// set back would make another one of it, which says everything twice.
fn is_its(call: &OpenIntent, entry: &Entry) -> bool {
    // The intent first: few entries are of it, and the words are made of a copy.
    entry.intent() == Some(call.intent.as_str())
        && entry
            .event
            .clone()
            .is_some_and(|event| Call::Record { event }.to_string() == call.call)
}

/// Tells whether the event of such a call is among these, which everybody sees.
pub(super) fn is_on_record(call: &OpenIntent, shared: &[Entry]) -> bool {
    shared.iter().any(|entry| is_its(call, entry))
}

/// Tells whether the event of such a call was durable before the process died.
pub(super) fn is_kept(call: &OpenIntent, kept: &[Entry]) -> bool {
    match call.state {
        IntentState::Applied => is_written(&call.call),
        IntentState::Sending => kept.iter().any(|entry| is_its(call, entry)),
        IntentState::Planned
        | IntentState::Durable
        | IntentState::Shared
        | IntentState::Permitted
        | IntentState::NotApplied
        | IntentState::Unknown
        | IntentState::Recorded => false,
    }
}

/// Says of what a process only meant to write down, and kept, that nobody else sees it. It counts nowhere and nothing waits
/// for it, so that nobody would hear of it otherwise.
pub(super) fn kept_alone(
    calls: &[&OpenIntent],
    interrupted: &[Interrupted],
    kept: &[Entry],
) -> Vec<String> {
    let is_alone = |call: &OpenIntent| {
        let mut its = interrupted.iter().filter(|one| one.intent == call.intent);
        its.any(|one| {
            let mut left = one.calls.iter();
            !one.may_have_acted()
                && left.any(|left| left.call == call.call && left.found == Found::Written)
        })
    };
    let alone = calls
        .iter()
        .filter(|call| is_alone(call) && is_kept(call, kept));
    alone
        .map(|call| {
            format!(
                "an earlier run was interrupted: {}; what was found: it is kept on this machine and seen by nobody else",
                call.call
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::HotfixId;
    use crate::model::Person;
    use crate::model::Timestamp;
    use crate::ops::execute::told;
    use crate::record::Actor;

    #[test]
    fn what_was_kept_is_known_by_its_intent_whatever_the_time_of_day_was() {
        let hotfix: HotfixId = "20260412-checkout-null-7f3a9c".parse().expect("static id");
        let event = Event::NoteAdded {
            text: "support is told".to_owned(),
        };
        let entry = |intent: &str, second: i64| {
            let actor = Actor {
                person: Person::from_email("Ana", "ana@example.org"),
                device: "laptop".to_owned(),
            };
            let (id, at) = (
                "A1".parse().expect("static id"),
                Timestamp::from_second(second),
            );
            let entry = Entry::new(id, hotfix.clone(), actor, at, event.clone()).expect("small");
            entry
                .of_intent(&intent.parse().expect("static id"))
                .expect("small")
        };
        let call = |state: IntentState| OpenIntent {
            intent: "01J1".parse().expect("static id"),
            hotfix: hotfix.clone(),
            index: 0,
            call: told(&Call::Record {
                event: event.clone(),
            }),
            state,
            attempts: 1,
            updated_at: Timestamp::from_second(100),
        };
        let sending = call(IntentState::Sending);
        // The clock was set back between the two.
        assert!(is_kept(&sending, &[entry("01J1", 5)]));
        // The same words of another run, by a clock that is ahead.
        assert!(!is_kept(&sending, &[entry("01J2", 500)]));
        assert!(!is_kept(&call(IntentState::Durable), &[entry("01J1", 500)]));
    }
}
