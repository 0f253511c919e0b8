//! The shared record: read from its chain, appended by compare-and-swap, retried on a lost race (safety.md 3.5).
//!
//! Guarantees: an event that was acknowledged is on the remote exactly once (ids are fixed before the first
//! attempt and dropped if already there). An event that could not be shared stays in the local journal as
//! pending and goes first at the next append. A chain that does not follow what was seen of it before is an alarm, and
//! nothing is appended (`rewritten`). Non-guarantee: that the remote keeps its administrator from rewriting the ref.

mod build;
mod reading;

use std::sync::Arc;
use std::time::Duration;

use crate::git::Chains;
use crate::git::Pushed;
use crate::git::Refusal;
use crate::model::CommitId;
use crate::model::EventId;
use crate::model::HotfixId;
use crate::model::IntentId;
use crate::model::RefName;
use crate::model::Untrusted;
use crate::record::Actor;
use crate::record::Entry;
use crate::record::Event;
use crate::record::Record;

use super::archive::fetched;
use super::archive::may_begin;
use super::clock;
use super::fault::Fault;
use super::fault::FaultKind;
use super::ledger::Ledger;
use super::ledger::Sent;
use super::rewritten::Placed;
use super::rewritten::judge;
use super::sign::Signing;

pub(super) use self::reading::ReadBefore;
pub(super) use self::reading::Unread;

/// Rounds before we say that the record is too busy; at human rates two are seldom needed.
pub(super) const ROUNDS: u32 = 12;

/// One hotfix's record on the remote.
#[derive(Debug, Clone)]
pub(super) struct Story {
    pub(super) chains: Chains,
    pub(super) name: RefName,
    pub(super) hotfix: HotfixId,
    pub(super) actor: Actor,
    pub(super) signing: Arc<Signing>,
    pub(super) before: Arc<ReadBefore>,
}

/// Whether an append reached the remote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shared {
    Yes,
    /// Durable in the local journal only.
    NotYet {
        why: String,
    },
}

impl Story {
    /// Reads the record as last fetched.
    pub(super) fn read(&self) -> Result<Record, Fault> {
        self.record(self.head()?.as_ref())
    }

    /// Reads the record whose chain ends at `head`.
    pub(super) fn record(&self, head: Option<&CommitId>) -> Result<Record, Fault> {
        let chain = self.chain(head).map_err(Unread::fault)?;
        let entries = chain.into_iter().map(|(entry, _)| entry);
        Ok(Record::fold(self.hotfix.clone(), entries))
    }

    /// Returns where the chain was when it was last fetched.
    pub(super) fn head(&self) -> Result<Option<CommitId>, Fault> {
        self.chains
            .head(&self.name)
            .map_err(|error| unreadable(&self.hotfix, &error))
    }

    /// The same, and whether a chain that is not there is gone from the remote.
    pub(super) fn told_head(&self) -> Result<(Option<CommitId>, bool), Fault> {
        self.chains
            .told(|chains| chains.head(&self.name))
            .map_err(|error| unreadable(&self.hotfix, &error))
    }

    /// Makes sure that a chain which was just fetched follows what was seen of it before, and keeps what is new of it.
    fn accept(
        &self,
        ledger: &Ledger,
        head: Option<&CommitId>,
        chain: &[Placed],
    ) -> Result<(), Fault> {
        let pinned = ledger.with(|journal| journal.pinned(&self.name))?;
        if pinned.as_ref() == head {
            return Ok(());
        }
        let kept = match pinned {
            Some(_) => ledger.with(|journal| journal.shared(&self.hotfix))?,
            None => Vec::new(),
        };
        if let Some(rewritten) = judge(&self.hotfix, pinned.as_ref(), chain, &kept) {
            return Err(Fault::new(FaultKind::Remote, rewritten.what).hint(
                "Nothing was sent. `lanekeeper restore` puts back what is missing, behind an alarm.",
            ));
        }
        match head {
            Some(head) => {
                let new = unseen(chain, pinned.as_ref());
                ledger.with(|journal| journal.see(&self.name, head, new))
            }
            None => Ok(()),
        }
    }

    /// Appends events that were read from a file, as they were made, in their order.
    pub(super) async fn import(&self, ledger: &Ledger, entries: &[Entry]) -> Result<Shared, Fault> {
        for entry in entries {
            ledger.with(|journal| journal.put_event(entry))?;
        }
        self.share(ledger).await
    }

    /// Puts events that were seen here back on a record that lost them, behind an alarm that says so.
    pub(super) async fn restore(
        &self,
        ledger: &Ledger,
        what: &str,
        expected: Option<&CommitId>,
        missing: &[EventId],
    ) -> Result<Shared, Fault> {
        let head = self
            .chains
            .fetch(&self.name)
            .await
            .map_err(|error| unreadable(&self.hotfix, &error))?;
        if head.as_ref() != expected {
            return Err(Fault::new(
                FaultKind::Remote,
                "the record has moved since it was looked at; plan again",
            ));
        }
        // What is there now must be readable, or nothing can be appended to it. What nobody can read gives way.
        let broken = match self.chain(head.as_ref()) {
            Ok(_) => None,
            Err(Unread::Broken(_)) => head.as_ref(),
            Err(Unread::Trouble(fault)) => return Err(fault),
        };
        let kept = ledger.with(|journal| journal.events(&self.hotfix))?;
        let mut back: Vec<Entry> = kept
            .into_iter()
            .filter(|entry| missing.contains(&entry.id))
            .collect();
        back.sort_by_key(|entry| entry.seq);
        let what = what.to_owned();
        let alarm = self.entry(Event::AlarmRaised { what })?;
        ledger.with(|journal| journal.restore(&self.name, head.as_ref(), &alarm, &back))?;
        if self.signing.is_set_up() {
            ledger.with(|journal| journal.sign_later(&alarm))?;
        }
        match broken {
            Some(broken) => Box::pin(self.replace(ledger, broken)).await,
            None => self.share(ledger).await,
        }
    }

    /// Appends events in one push; returns whether they are shared. They are durable in the journal, all or none, before any
    /// byte leaves.
    pub(super) async fn append(
        &self,
        ledger: &Ledger,
        events: Vec<Event>,
    ) -> Result<Shared, Fault> {
        let entries: Result<Vec<Entry>, Fault> =
            events.into_iter().map(|event| self.entry(event)).collect();
        self.keep_made(ledger, &entries?)?;
        self.share(ledger).await
    }

    /// Appends what an intent writes down. The entry names the intent, so that a run which goes on after this one knows that
    /// it was kept.
    pub(super) async fn write_down(
        &self,
        ledger: &Ledger,
        intent: &IntentId,
        event: Event,
    ) -> Result<Shared, Fault> {
        let entry = self.entry(event)?.of_intent(intent);
        let entry = entry.map_err(|error| unwritable(&error))?;
        self.keep_made(ledger, std::slice::from_ref(&entry))?;
        self.share(ledger).await
    }

    fn keep_made(&self, ledger: &Ledger, entries: &[Entry]) -> Result<(), Fault> {
        let is_to_sign = self.signing.is_set_up();
        ledger.with(|journal| journal.put_made(entries, is_to_sign))
    }

    /// Makes an entry of `event`, by this operator, now; its place in the chain is decided when it is pushed.
    pub(super) fn entry(&self, event: Event) -> Result<Entry, Fault> {
        Entry::new(
            new_event_id(),
            self.hotfix.clone(),
            self.actor.clone(),
            clock::now(),
            event.without_secrets(),
        )
        .map_err(|error| unwritable(&error))
    }

    /// Pushes what is pending.
    pub(super) async fn share(&self, ledger: &Ledger) -> Result<Shared, Fault> {
        let mut why = String::from("the record kept moving");
        for round in 0..ROUNDS {
            if round > 0 {
                pause(round).await;
            }
            let pending = ledger.with(|journal| journal.pending(&self.hotfix))?;
            if pending.is_empty() {
                return Ok(Shared::Yes);
            }
            let head = match fetched(&self.chains, &self.name).await {
                Ok(head) => head,
                Err(error) => {
                    return Ok(Shared::NotYet {
                        why: error.to_string(),
                    });
                }
            };
            ledger.reach("the record is fetched");
            if head.is_none() {
                may_begin(&self.chains, &self.hotfix)?;
            }
            let built = self.build_behind(ledger, head.as_ref(), pending);
            // On the heap: it is part of every plan that is carried out.
            let Some((new_head, placed)) = Box::pin(built).await? else {
                return Ok(Shared::Yes);
            };
            ledger.reach("the record is built");
            ledger.sends(Sent::Words);
            let pushed = self.chains.push(&self.name, &new_head, head.as_ref()).await;
            ledger.reach("the record is pushed");
            match pushed {
                Ok(Pushed::Done | Pushed::UpToDate) => {
                    ledger.with(|journal| journal.see(&self.name, &new_head, &placed))?;
                    return Ok(Shared::Yes);
                }
                Ok(Pushed::Stale) => {}
                Ok(Pushed::Rejected(reason)) => {
                    return Ok(Shared::NotYet {
                        why: refused(&reason),
                    });
                }
                Ok(Pushed::Locked(reason)) => why = reason,
                // It may have landed: the next round reads first and drops what is there.
                Ok(Pushed::Unknown(reason)) => why = reason,
                Err(error) => {
                    return Ok(Shared::NotYet {
                        why: error.to_string(),
                    });
                }
            }
        }
        Ok(Shared::NotYet { why })
    }
}

/// Returns what comes after the head that was seen; all of it where none was, or where the chain is another one.
pub(super) fn unseen<'a>(chain: &'a [Placed], pinned: Option<&CommitId>) -> &'a [Placed] {
    let seen = chain
        .iter()
        .position(|(_, commit)| Some(commit) == pinned)
        .map_or(0, |at| at + 1);
    &chain[seen..]
}

/// Says why the remote does not take the record, and what helps: each is somebody else's to change.
pub(super) fn refused(reason: &Untrusted) -> String {
    let words = reason.show();
    match Refusal::of(reason) {
        Refusal::Hidden => format!(
            "the remote hides such refs ({words}); `lanekeeper doctor` tries the other carriers"
        ),
        Refusal::Quota => format!("the remote has no room left ({words})"),
        Refusal::Policy => format!(
            "a rule of the remote refused it ({words}); `lanekeeper doctor` tries the other carriers"
        ),
        Refusal::Other => format!("the remote refused it: {words}"),
    }
}

/// Waits between rounds: chance between 50 and 250 ms, doubled each time, at most 2 s, so that writers who met part.
pub(super) async fn pause(round: u32) {
    let chance = u64::try_from(clock::fresh_id().random() % 200).unwrap_or_default();
    let wait = (50 + chance) << round.min(6);
    clock::wait(Duration::from_millis(wait.min(2_000))).await;
}

/// Makes an id that no other event has.
pub(super) fn new_event_id() -> EventId {
    clock::fresh_id()
        .to_string()
        .parse()
        .expect("a ULID is alphanumeric")
}

fn unreadable(hotfix: &HotfixId, error: &dyn std::error::Error) -> Fault {
    Fault::caused(
        FaultKind::Remote,
        format!("cannot read the record of {hotfix}"),
        error,
    )
}

fn unwritable(error: &dyn std::error::Error) -> Fault {
    Fault::caused(
        FaultKind::Internal,
        "cannot write an event of the record",
        error,
    )
    .hint("What was done before stays done. Free disk space or fix the permissions of the state directory, then see how far it came and go on: lanekeeper resume")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_that_cannot_be_written_says_how_to_go_on() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let hint = unwritable(&full).hint.expect("a hint");
        assert!(hint.contains("Free disk space") && hint.contains("lanekeeper resume"));
    }
}
