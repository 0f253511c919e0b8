//! What was put on record here while nobody could be told: it counts in everything that this machine shows, is told to be
//! seen by nobody else yet, and goes out before anything else (safety.md 3.5).
//!
//! Guarantees: what is sent is sent as every append is, so that an entry which landed before is not there twice, and a
//! rewritten record stops it. What a run that was cut off left open neither counts nor goes out from here: a person decides
//! about it first. Non-guarantee: that it goes out by itself where no console runs. A command that only looks sends nothing.
//! What was kept of a hotfix that somebody archived meanwhile goes behind its record in the archive of its year.

use std::collections::BTreeMap;

use crate::engine::Board;
use crate::model::HotfixId;
use crate::record::Entry;
use crate::record::Event;
use crate::record::Record;
use crate::store::Error;
use crate::store::IntentState;
use crate::store::Journal;
use crate::store::OpenIntent;

use super::clock;
use super::fault::Fault;
use super::interrupted::is_put_back;
use super::interrupted::tell;
use super::ledger::Ledger;
use super::ledger::unusable;
use super::story::Shared;
use super::workspace::Workspace;

/// What is kept here and counts, by hotfix.
pub(super) type Kept = BTreeMap<HotfixId, Vec<Entry>>;

/// What became of the entries that were kept here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sharing {
    /// How many are on the shared record now.
    pub shared: usize,
    pub held: Vec<HeldBack>,
}

/// Entries of one hotfix that stay on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBack {
    pub hotfix: HotfixId,
    pub entries: usize,
    pub why: String,
}

impl Workspace {
    /// Sends what is kept here of hotfixes that the others know of, in an archive too; what stays is told with why.
    ///
    /// # Errors
    /// When this process may not write, another one does just now, or the journal or a record cannot be read.
    pub async fn share_kept(&self) -> Result<Sharing, Fault> {
        let records = self.records().await?;
        let kept = records.iter().filter(|record| record.not_shared > 0);
        let mut kept: Vec<(HotfixId, bool)> =
            kept.map(|record| (record.hotfix.clone(), false)).collect();
        let late = self.kept_beside(&records).await?;
        kept.extend(late.into_iter().map(|(hotfix, _)| (hotfix, true)));
        // Whoever put a record back that was gone died over it: it is in no list until it is there again.
        for (hotfix, entries) in self.kept().unwrap_or_default() {
            if is_put_back(&entries) && !kept.iter().any(|(known, _)| *known == hotfix) {
                kept.push((hotfix, false));
            }
        }
        let mut sharing = Sharing::default();
        if kept.is_empty() {
            return Ok(sharing);
        }
        // A plan of this console waits for it: what is kept would go first anyway.
        let _writing = self.writing().lock().await;
        let ledger = self.ledger()?;
        let open = ledger.with(Journal::open_intents)?;
        for (hotfix, is_late) in kept {
            let entries = ledger.with(|journal| journal.pending(&hotfix))?.len();
            if entries == 0 {
                // A plan has sent it meanwhile.
                continue;
            }
            let held = if open.iter().any(|call| is_left(call, &hotfix)) {
                let why =
                    "an earlier run was interrupted: `lanekeeper resume` decides about it first";
                Some(why.to_owned())
            } else {
                self.send(&ledger, &hotfix, is_late).await
            };
            match held {
                None => sharing.shared += entries,
                Some(why) => sharing.held.push(HeldBack {
                    hotfix,
                    entries,
                    why,
                }),
            }
        }
        Ok(sharing)
    }

    /// Sends what is kept of one hotfix; returns why it stays where it does.
    async fn send(&self, ledger: &Ledger, hotfix: &HotfixId, is_late: bool) -> Option<String> {
        let sent = if is_late {
            Box::pin(self.share_late(ledger, hotfix)).await
        } else {
            match self.story(hotfix) {
                Ok(story) => Box::pin(story.share(ledger)).await,
                Err(fault) => Err(fault),
            }
        };
        match sent {
            Ok(Shared::Yes) => None,
            Ok(Shared::NotYet { why }) => Some(why),
            Err(fault) => Some(fault.to_string()),
        }
    }

    /// Returns how many entries are kept here of each hotfix that was archived: no list of hotfixes tells of them.
    ///
    /// # Errors
    /// When a record, an archive or the journal cannot be read.
    pub async fn kept_of_archived(&self) -> Result<Vec<(HotfixId, usize)>, Fault> {
        let records = self.records().await?;
        self.kept_beside(&records).await
    }

    /// The same beside all records that have a ref: what is kept of one of those can go there.
    async fn kept_beside(&self, records: &[Record]) -> Result<Vec<(HotfixId, usize)>, Fault> {
        let mut kept = self
            .kept()
            .map_err(|error| unusable("cannot read what is kept on this machine", &error))?;
        kept.retain(|hotfix, _| !records.iter().any(|record| &record.hotfix == hotfix));
        if kept.is_empty() {
            return Ok(Vec::new());
        }
        let archive = self.archive().await?;
        kept.retain(|hotfix, _| archive.year_of(hotfix).is_some());
        let counted = kept.into_iter();
        Ok(counted
            .map(|(hotfix, entries)| (hotfix, entries.len()))
            .collect())
    }

    /// Adds to records what is kept of them here and counts: what was said offline is not lost, only not shared yet.
    pub(super) fn add_kept(&self, records: &mut [Record]) {
        let mut kept = self.kept().unwrap_or_else(|error| {
            tracing::warn!(%error, "what is kept here could not be read");
            Kept::new()
        });
        for record in records {
            for entry in kept.remove(&record.hotfix).into_iter().flatten() {
                record.apply_kept(entry);
            }
        }
    }

    /// Says on a board that what is kept here could not be read, where that is so and nothing else tells it. How much is
    /// kept stands among the findings.
    pub(super) fn tell_kept(&self, board: &mut Board) {
        if self.left_behind().is_err() {
            return;
        }
        if let Err(error) = self.kept() {
            let fault = unusable("cannot read what is kept on this machine", &error);
            tell(board, fault.to_string());
        }
    }

    fn kept(&self) -> Result<Kept, Error> {
        let read = |journal: &Journal| -> Result<Kept, Error> {
            let pending = journal.all_pending()?;
            Ok(settled(pending, &journal.open_intents()?))
        };
        self.kept_here().by(self.state_dir(), clock::now(), read)
    }
}

/// Tells whether a call of this hotfix was left open here and waits for somebody who decides about it. A call whose outcome
/// nobody knows does not wait: that is to be heard by everybody.
fn is_left(call: &OpenIntent, hotfix: &HotfixId) -> bool {
    &call.hotfix == hotfix && call.state != IntentState::Unknown
}

/// Leaves out what belongs to calls that were left open: until somebody has decided about them nobody knows what will be said
/// of them.
fn settled(mut pending: Kept, open: &[OpenIntent]) -> Kept {
    for (hotfix, entries) in &mut pending {
        let left: Vec<&OpenIntent> = open.iter().filter(|call| is_left(call, hotfix)).collect();
        let has_begun = left.iter().any(|call| call.state.has_begun());
        entries.retain(|entry| match intent_of(entry) {
            Some(intent) => !left.iter().any(|call| call.intent.as_str() == intent),
            // It does not say which call it tells of, and may be of one of these.
            None => !has_begun,
        });
    }
    pending.retain(|_, entries| !entries.is_empty());
    pending
}

/// Returns the intent that an entry was written down for, or that it tells of.
fn intent_of(entry: &Entry) -> Option<&str> {
    let told = match &entry.event {
        Some(
            Event::IntentDeclared { intent, .. }
            | Event::EffectObserved { intent, .. }
            | Event::EffectUnknown { intent, .. }
            | Event::EffectResolved { intent, .. },
        ) => Some(intent.as_str()),
        Some(_) | None => None,
    };
    entry.intent().or(told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::IntentId;
    use crate::model::Person;
    use crate::model::Timestamp;
    use crate::record::Actor;

    fn hotfix() -> HotfixId {
        "20260412-checkout-null-7f3a9c".parse().expect("static id")
    }

    fn intent(id: &str) -> IntentId {
        id.parse().expect("static id")
    }

    fn entry(id: &str, event: Event) -> Entry {
        let actor = Actor {
            person: Person::from_email("Ana", "ana@example.org"),
            device: "laptop".to_owned(),
        };
        let at = Timestamp::from_second(1);
        Entry::new(id.parse().expect("static id"), hotfix(), actor, at, event).expect("small")
    }

    fn note(id: &str, of: &str) -> Entry {
        let text = id.to_owned();
        entry(id, Event::NoteAdded { text })
            .of_intent(&intent(of))
            .expect("small")
    }

    fn declared(id: &str, of: &str) -> Entry {
        let event = Event::IntentDeclared {
            intent: intent(of),
            words: "do run".to_owned(),
            plan: String::new(),
            level: "L3".to_owned(),
            calls: Vec::new(),
        };
        entry(id, event)
    }

    fn call(of: &str, state: IntentState) -> OpenIntent {
        OpenIntent {
            intent: intent(of),
            hotfix: hotfix(),
            index: 0,
            call: "merge change request 1".to_owned(),
            state,
            attempts: 1,
            updated_at: Timestamp::from_second(1),
        }
    }

    /// Returns the ids of what counts.
    fn counting(entries: Vec<Entry>, open: &[OpenIntent]) -> Vec<String> {
        let kept = settled(Kept::from([(hotfix(), entries)]), open);
        let entries = kept.into_values().flatten();
        entries.map(|entry| entry.id.to_string()).collect()
    }

    #[test]
    fn what_was_said_offline_counts_and_an_intent_that_could_not_be_declared_does_not() {
        let entries = || {
            vec![
                note("A1", "01J1"),
                declared("A2", "01J2"),
                note("A3", "01J3"),
            ]
        };
        let durable = [call("01J2", IntentState::Durable)];
        assert_eq!(counting(entries(), &durable), ["A1", "A3"]);
        assert_eq!(counting(entries(), &[]), ["A1", "A2", "A3"]);
    }

    #[test]
    fn what_a_run_kept_that_was_cut_off_waits_for_a_person() {
        let opened = Event::NoteAdded {
            text: "of no intent".to_owned(),
        };
        let entries = || {
            let free = entry("A3", opened.clone());
            vec![note("A1", "01J1"), note("A2", "01J2"), free]
        };
        let sending = [call("01J2", IntentState::Sending)];
        assert_eq!(counting(entries(), &sending), ["A1"]);
        // That nobody knows what came of a call is for everybody to hear.
        let unknown = [call("01J2", IntentState::Unknown)];
        assert_eq!(counting(entries(), &unknown), ["A1", "A2", "A3"]);
    }
}
