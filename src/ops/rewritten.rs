//! Is the record on the remote what was seen here before: each console pins the last head of every open hotfix and
//! keeps every event, so that whoever rewrites or deletes a record is noticed and loses nothing while one console lives.
//!
//! Guarantees: a head that does not descend from the pinned one, an event that is gone and an event whose words differ
//! are an alarm, and appends stop; what is missing goes back by a plan only, behind the alarm. Non-guarantee: a machine
//! that never saw the record cannot know that it was another one.

use std::collections::BTreeMap;
use std::path::Path;

use crate::engine::Rewritten;
use crate::model::CommitId;
use crate::model::EventId;
use crate::model::HotfixId;
use crate::record::Entry;
use crate::record::Event;
use crate::record::Record;
use crate::store::Journal;

use super::fault::Fault;
use super::ledger::unusable;
use super::story::Story;
use super::story::Unread;
use super::story::unseen;

/// An entry with the commit that holds it.
pub(super) type Placed = (Entry, CommitId);

/// Reads a record whose chain was fetched up to `head`, and compares it with what was seen of it here; what is new is kept,
/// where this process may write just now. No record where nothing is known of the hotfix any more that could matter. Without
/// a head it is gone only where `is_fetched`: what was not seen is told as it is kept here.
pub(super) fn seen(
    story: &Story,
    dir: &Path,
    (head, is_fetched): (Option<CommitId>, bool),
    pinned: Option<&CommitId>,
) -> Result<(Option<Record>, Option<Rewritten>), Fault> {
    let read = story.chain(head.as_ref());
    let fold = |entries: Vec<Entry>| Record::fold(story.hotfix.clone(), entries);
    let kept = || {
        let kept = Journal::look(dir).and_then(|journal| journal.shared(&story.hotfix));
        let mut kept = kept.map_err(|error| unusable("cannot read the local journal", &error))?;
        kept.sort_by_key(|entry| entry.seq);
        Ok(kept)
    };
    if head.is_none() && pinned.is_some() && !is_fetched {
        let record = fold(kept()?);
        return Ok((record.closed.is_none().then_some(record), None));
    }
    let chain = match (read, pinned) {
        (Ok(chain), _) => chain,
        (Err(Unread::Trouble(fault)), _) => return Err(fault),
        (Err(Unread::Broken(fault)), Some(pinned)) => {
            let kept = kept()?;
            let alarm = unreadable(head, Some(pinned), &fault.to_string(), &kept);
            return Ok((Some(fold(kept)), Some(alarm)));
        }
        // Nothing is known of it, so there is nothing to show but that; the other records are as good as before.
        (Err(Unread::Broken(fault)), None) => {
            let alarm = unreadable(head, None, &fault.to_string(), &[]);
            return Ok((None, Some(alarm)));
        }
    };
    if pinned == head.as_ref() {
        return Ok((Some(fold(entries(chain))), None));
    }
    let known = if pinned.is_some() {
        kept()?
    } else {
        Vec::new()
    };
    let alarm = judge(&story.hotfix, pinned, &chain, &known);
    let Some(head) = head else {
        let record = fold(known);
        // Who closed a hotfix may tidy its record away.
        return Ok(match record.closed {
            Some(_) => (None, None),
            None => (Some(record), alarm),
        });
    };
    let new = unseen(&chain, pinned).to_vec();
    let record = fold(entries(chain));
    if alarm.is_none() && (pinned.is_some() || record.closed.is_none()) {
        keep(story, dir, &head, &new);
    }
    Ok((Some(record), alarm))
}

fn entries(chain: Vec<Placed>) -> Vec<Entry> {
    chain.into_iter().map(|(entry, _)| entry).collect()
}

/// Keeps what is new, unless another process writes just now: it keeps the same, or the next look does.
fn keep(story: &Story, dir: &Path, head: &CommitId, new: &[Placed]) {
    let kept = Journal::open_now(dir).and_then(|journal| {
        if journal.is_writer() {
            journal.see(&story.name, head, new)
        } else {
            Ok(())
        }
    });
    if let Err(error) = kept {
        tracing::warn!(%error, "what was seen of a record was not kept");
    }
}

/// Compares a chain with what was seen of it before; none where it only grew.
pub(super) fn judge(
    hotfix: &HotfixId,
    pinned: Option<&CommitId>,
    chain: &[Placed],
    kept: &[Entry],
) -> Option<Rewritten> {
    let pinned = pinned?;
    if chain.iter().any(|(_, commit)| commit == pinned) {
        return None;
    }
    let there: BTreeMap<&EventId, &Entry> =
        chain.iter().map(|(entry, _)| (&entry.id, entry)).collect();
    let missing = missing(kept, &there);
    let altered: Vec<&EventId> = kept
        .iter()
        .filter(|entry| {
            there
                .get(&entry.id)
                .is_some_and(|other| !entry.says_the_same(other))
        })
        .map(|entry| &entry.id)
        .collect();
    // A colleague's console has put everything back, and said so.
    if missing.is_empty() && altered.is_empty() && has_alarm(chain) {
        return None;
    }
    let seen = pinned.short();
    let what = match chain.last() {
        None => {
            format!("the record of {hotfix} is gone from the remote; it was last seen at {seen}")
        }
        Some((_, head)) => format!(
            "the record of {hotfix} was rewritten: {} does not follow {seen}, where it was last seen{}",
            head.short(),
            words(missing.len(), &altered)
        ),
    };
    Some(Rewritten {
        what,
        head: chain.last().map(|(_, head)| head.clone()),
        missing,
        replaces: false,
        why_not: None,
    })
}

/// Tells of a chain that nobody can read. What was seen of it takes its place, so the alarm names all of the head: nothing
/// else does later.
fn unreadable(
    head: Option<CommitId>,
    pinned: Option<&CommitId>,
    error: &str,
    kept: &[Entry],
) -> Rewritten {
    let last = match pinned {
        None => "it was never seen whole here".to_owned(),
        // It is pinned when that begins, and everything waits here to be sent.
        Some(pinned) if head.as_ref() == Some(pinned) => {
            "to put it back was begun here and has not come through".to_owned()
        }
        Some(pinned) => format!("it was last seen whole at {}", pinned.short()),
    };
    let there = head.as_ref().map_or("nothing", CommitId::as_str);
    Rewritten {
        what: format!("{error}; {last}; what stands there is {there}"),
        missing: missing(kept, &BTreeMap::new()),
        replaces: true,
        why_not: pinned.is_none().then(|| {
            "what stands there cannot be read, and nothing of it was seen here".to_owned()
        }),
        head,
    }
}

fn words(missing: usize, altered: &[&EventId]) -> String {
    let mut words = String::new();
    if missing > 0 {
        let are = if missing == 1 { " is" } else { "s are" };
        words.push_str(&format!("; {missing} event{are} missing"));
    }
    if !altered.is_empty() {
        let names: Vec<&str> = altered.iter().map(|id| id.as_str()).collect();
        words.push_str(&format!("; altered: {}", names.join(", ")));
    }
    words
}

/// Returns what was seen here and is not there, in its old order.
fn missing(kept: &[Entry], there: &BTreeMap<&EventId, &Entry>) -> Vec<EventId> {
    let mut missing: Vec<&Entry> = kept
        .iter()
        .filter(|entry| !there.contains_key(&entry.id))
        .collect();
    missing.sort_by_key(|entry| entry.seq);
    missing.into_iter().map(|entry| entry.id.clone()).collect()
}

fn has_alarm(chain: &[Placed]) -> bool {
    chain
        .iter()
        .any(|(entry, _)| matches!(entry.event, Some(Event::AlarmRaised { .. })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Person;
    use crate::model::Timestamp;
    use crate::record::Actor;

    fn hotfix() -> HotfixId {
        "20260412-checkout-null-7f3a9c".parse().expect("static id")
    }

    fn commit(n: usize) -> CommitId {
        format!("{n:040x}").parse().expect("static id")
    }

    fn entry(id: &str, event: Event) -> Entry {
        let actor = Actor {
            person: Person::from_email("Ana", "ana@example.org"),
            device: "laptop".to_owned(),
        };
        let at = Timestamp::from_second(1);
        Entry::new(id.parse().expect("static id"), hotfix(), actor, at, event).expect("small")
    }

    fn note(id: &str, text: &str) -> Entry {
        let text = text.to_owned();
        entry(id, Event::NoteAdded { text })
    }

    /// Places entries in a chain whose commits are numbered from `first`.
    fn chain(first: usize, entries: &[Entry]) -> Vec<Placed> {
        let mut placed: Vec<Placed> = Vec::new();
        for entry in entries {
            let next = match placed.last() {
                None => entry.clone().first().expect("small"),
                Some((last, at)) => entry.clone().after(at, last).expect("small"),
            };
            placed.push((next, commit(first + placed.len())));
        }
        placed
    }

    fn kept(chain: &[Placed]) -> Vec<Entry> {
        chain.iter().map(|(entry, _)| entry.clone()).collect()
    }

    #[test]
    fn a_chain_that_only_grew_is_no_alarm() {
        let seen = chain(1, &[note("A", "a"), note("B", "b")]);
        let grown = chain(1, &[note("A", "a"), note("B", "b"), note("C", "c")]);
        assert_eq!(
            judge(&hotfix(), Some(&commit(2)), &grown, &kept(&seen)),
            None
        );
        assert_eq!(judge(&hotfix(), None, &grown, &[]), None);
    }

    #[test]
    fn what_is_gone_is_missing_in_its_old_order() {
        let seen = chain(1, &[note("A", "a"), note("B", "b"), note("C", "c")]);
        let mut kept = kept(&seen);
        kept.reverse();
        let gone = judge(&hotfix(), Some(&commit(3)), &[], &kept).expect("an alarm");
        let ids: Vec<&str> = gone.missing.iter().map(|id| id.as_str()).collect();
        assert_eq!((gone.head, ids), (None, vec!["A", "B", "C"]));
        let other = chain(7, &[note("A", "a")]);
        let rewritten = judge(&hotfix(), Some(&commit(3)), &other, &kept).expect("an alarm");
        let ids: Vec<&str> = rewritten.missing.iter().map(|id| id.as_str()).collect();
        assert_eq!((rewritten.head, ids), (Some(commit(7)), vec!["B", "C"]));
        assert!(
            rewritten.what.contains("2 events are missing"),
            "{}",
            rewritten.what
        );
    }

    #[test]
    fn an_event_with_other_words_is_named() {
        let seen = chain(1, &[note("A", "a"), note("B", "b")]);
        let other = chain(7, &[note("A", "a"), note("B", "something else")]);
        let found = judge(&hotfix(), Some(&commit(2)), &other, &kept(&seen)).expect("an alarm");
        assert!(found.what.contains("altered: B"), "{}", found.what);
        assert!(found.missing.is_empty());
    }

    #[test]
    fn what_a_colleague_put_back_behind_an_alarm_is_taken_as_it_is() {
        let seen = chain(1, &[note("A", "a"), note("B", "b")]);
        let what = "the record was gone".to_owned();
        let alarm = entry("Z", Event::AlarmRaised { what });
        let back = chain(7, &[alarm.clone(), note("A", "a"), note("B", "b")]);
        assert_eq!(
            judge(&hotfix(), Some(&commit(2)), &back, &kept(&seen)),
            None
        );
        let half = chain(7, &[alarm, note("A", "a")]);
        let found = judge(&hotfix(), Some(&commit(2)), &half, &kept(&seen)).expect("an alarm");
        assert_eq!(found.missing.len(), 1);
    }
}
