//! Entries in, memory out, in chain order. A fold never fails: what it cannot understand it keeps in
//! `entries` and, where that is dangerous, says so with `is_beyond_us`.

use std::collections::BTreeMap;
use std::collections::HashSet;

use crate::model::EventId;
use crate::model::HotfixId;
use crate::model::IntentId;
use crate::model::Person;
use crate::model::RequestId;
use crate::model::Timestamp;

use super::entry::Actor;
use super::entry::Entry;
use super::event::AcknowledgedPath;
use super::event::Event;
use super::memory::AcceptedRiders;
use super::memory::Acknowledged;
use super::memory::BuiltTarget;
use super::memory::Confirmation;
use super::memory::DecidedPath;
use super::memory::Effect;
use super::memory::EffectState;
use super::memory::MergedRequest;
use super::memory::NoteEntry;
use super::memory::OpenedRequest;
use super::memory::Opening;
use super::memory::Record;
use super::memory::Snapshot;
use super::memory::Tick;

impl Record {
    /// Returns the memory of a hotfix of which nothing was read yet.
    pub fn empty(hotfix: HotfixId) -> Self {
        Self {
            hotfix,
            opening: None,
            snapshot: None,
            requests: BTreeMap::new(),
            merges: BTreeMap::new(),
            added: Vec::new(),
            built: BTreeMap::new(),
            decided: BTreeMap::new(),
            acknowledged: Vec::new(),
            abandoned: BTreeMap::new(),
            riders: BTreeMap::new(),
            deployments: BTreeMap::new(),
            approvals: Vec::new(),
            confirmed: BTreeMap::new(),
            skipped: BTreeMap::new(),
            ticks: BTreeMap::new(),
            notes: Vec::new(),
            effects: BTreeMap::new(),
            closed: None,
            is_beyond_us: false,
            entries: Vec::new(),
            not_shared: 0,
        }
    }

    /// Folds entries, oldest first. An entry that comes twice counts once.
    pub fn fold(hotfix: HotfixId, entries: impl IntoIterator<Item = Entry>) -> Self {
        let mut record = Self::empty(hotfix);
        let mut ids: HashSet<EventId> = HashSet::new();
        for entry in entries {
            if ids.insert(entry.id.clone()) {
                record.apply_new(entry);
            }
        }
        record
    }

    /// Applies one more entry, unless it is there already.
    pub fn apply(&mut self, entry: Entry) {
        if !self.entries.iter().any(|known| known.id == entry.id) {
            self.apply_new(entry);
        }
    }

    /// Applies an event as if `by` had put it on record, to see what follows from it. Nothing is kept anywhere.
    pub fn suppose(&mut self, event: Event, by: &Person, at: Timestamp) {
        let id = format!("supposed{}", self.entries.len()).parse();
        let actor = Actor {
            person: by.clone(),
            device: String::new(),
        };
        // Only a text beyond every limit cannot be made an entry; then nothing follows from it.
        if let Some(Ok(entry)) = id
            .ok()
            .map(|id| Entry::new(id, self.hotfix.clone(), actor, at, event))
        {
            self.apply_new(entry);
        }
    }

    fn apply_new(&mut self, entry: Entry) {
        match entry.event.clone() {
            Some(event) => self.remember(&entry, event),
            None => self.is_beyond_us |= entry.is_critical,
        }
        self.entries.push(entry);
    }

    fn remember(&mut self, entry: &Entry, event: Event) {
        let by = entry.actor.person.clone();
        let at = entry.at;
        let said = |note: String| Confirmation {
            by: entry.actor.person.clone(),
            at,
            note,
        };
        match event {
            // A hotfix begins once; a second opening could only come from a race and changes nothing.
            Event::Opened { .. } if self.opening.is_some() => {}
            Event::Opened {
                title,
                branch,
                base,
                base_tip,
                playbook,
                answers,
                commits,
            } => {
                self.opening = Some(Opening {
                    title,
                    branch,
                    base,
                    base_tip,
                    playbook,
                    answers,
                    commits,
                    by,
                    at,
                });
            }
            Event::SnapshotTaken {
                head,
                base,
                commits,
            } => {
                // What was accepted was the fix as it was. With other commits, more of them or rebased, it is another question.
                if self
                    .snapshot
                    .as_ref()
                    .is_some_and(|known| known.commits != commits)
                {
                    self.acknowledged.clear();
                }
                self.snapshot = Some(Snapshot {
                    head,
                    base,
                    commits,
                    at,
                });
            }
            Event::IntentDeclared { intent, calls, .. } => {
                let effects = self.effects.entry(intent).or_default();
                effects.extend(calls.into_iter().map(|call| Effect {
                    call,
                    state: EffectState::Declared,
                    at,
                }));
            }
            Event::EffectObserved {
                intent,
                call,
                outcome,
                detail,
            } => {
                let state = EffectState::Observed { outcome, detail };
                self.set_effect(entry, intent, call, state);
            }
            Event::EffectUnknown { intent, call, why } => {
                self.set_effect(entry, intent, call, EffectState::Unknown { why });
            }
            Event::EffectResolved {
                intent,
                call,
                outcome,
            } => {
                let detail = String::new();
                let state = EffectState::Observed { outcome, detail };
                self.set_effect(entry, intent, call, state);
            }
            Event::RequestOpened {
                step,
                target,
                request,
                from,
                into,
                head,
                opened_by,
            } => {
                let opened = OpenedRequest {
                    request,
                    from,
                    into,
                    head,
                    by: opened_by.unwrap_or(by),
                    at,
                };
                self.requests.insert((step, target), opened);
            }
            Event::RequestMerged {
                step,
                target,
                request,
                commit,
                head,
                method,
            } => {
                let merged = MergedRequest {
                    request,
                    commit,
                    head,
                    method,
                    by,
                    at,
                };
                self.merges.insert((step, target), merged);
            }
            Event::TargetBuilt {
                step,
                target,
                branch,
                head,
                onto,
                picks,
                conflicts,
                pending,
            } => {
                let built = BuiltTarget {
                    branch,
                    head,
                    onto,
                    picks,
                    conflicts,
                    pending,
                    at,
                };
                self.built.insert((step, target), built);
            }
            Event::ConflictDecided {
                step,
                target,
                path,
                head,
                note,
            } => {
                let decided = self.decided.entry((step, target)).or_default();
                decided.retain(|earlier| earlier.path != path);
                decided.push(DecidedPath {
                    path,
                    head,
                    by,
                    note,
                });
            }
            Event::VerdictAcknowledged {
                lane: _,
                paths,
                note,
            } => {
                for AcknowledgedPath {
                    path,
                    blob,
                    is_gone,
                    made,
                } in paths
                {
                    // An older version did not look for other names: what it took for gone may be there, and change.
                    if blob.is_none() && !is_gone {
                        continue;
                    }
                    let (by, note) = (by.clone(), note.clone());
                    self.acknowledged.push(Acknowledged {
                        path,
                        blob,
                        made,
                        by,
                        at,
                        note,
                    });
                }
            }
            Event::TargetAdded {
                step,
                target,
                policy,
            } => {
                self.added.push((step, target, policy));
            }
            Event::TargetAbandoned {
                step,
                target,
                reason,
            } => {
                self.abandoned.insert((step, target), said(reason));
            }
            Event::RidersAccepted {
                step,
                from_tip,
                into_tip,
                riders,
                left_out,
            } => {
                let accepted = AcceptedRiders {
                    from_tip,
                    into_tip,
                    listed: riders,
                    left_out,
                };
                self.riders.insert(step, accepted);
            }
            Event::DeploymentCreated {
                step, deployment, ..
            } => {
                self.deployments.insert(step, deployment);
            }
            Event::ApprovalSeen { subject, approval } => {
                let seen = (subject, approval);
                if !self.approvals.contains(&seen) {
                    self.approvals.push(seen);
                }
            }
            Event::ApprovalVoided {
                subject, by, head, ..
            } => {
                self.approvals.retain(|(about, approval)| {
                    about != &subject || approval.by.id != by || approval.head != head
                });
            }
            Event::StepConfirmed { step, note } => {
                self.confirmed.insert(step, said(note));
            }
            Event::StepSkipped { step, reason } => {
                self.skipped.insert(step, said(reason));
            }
            Event::Ticked { item, note } => {
                let tick = Tick {
                    is_ticked: true,
                    by,
                    at,
                    note,
                };
                self.ticks.insert(item, tick);
            }
            Event::Unticked { item, note } => {
                let tick = Tick {
                    is_ticked: false,
                    by,
                    at,
                    note,
                };
                self.ticks.insert(item, tick);
            }
            Event::NoteAdded { text } => self.add_note(entry, text, None),
            Event::CommentAdded { request, text } => self.add_note(entry, text, Some(request)),
            Event::Closed { note } => self.closed = Some(said(note)),
            // These are told in the timeline and change nothing here: what they are about is looked at anew. What an override
            // is worth hangs on its signature, which is looked at later than this.
            Event::DeploymentFinished { .. }
            | Event::DriverChanged { .. }
            | Event::AlarmRaised { .. }
            | Event::AlarmCleared { .. }
            | Event::OutOfBandSeen { .. }
            | Event::OverrideUsed { .. } => {}
        }
    }

    fn add_note(&mut self, entry: &Entry, text: String, request: Option<RequestId>) {
        self.notes.push(NoteEntry {
            by: entry.actor.person.clone(),
            at: entry.at,
            text,
            request,
        });
    }

    /// Sets the state of a declared call; one that was never declared is remembered all the same.
    fn set_effect(&mut self, entry: &Entry, intent: IntentId, call: String, state: EffectState) {
        let effects = self.effects.entry(intent).or_default();
        // The same call may stand twice in a plan: the first one that is still open is meant.
        let open = |effect: &&mut Effect| {
            effect.call == call && !matches!(effect.state, EffectState::Observed { .. })
        };
        if let Some(effect) = effects.iter_mut().find(open) {
            effect.state = state;
            effect.at = entry.at;
        } else {
            effects.push(Effect {
                call,
                state,
                at: entry.at,
            });
        }
    }
}
