//! What came of a call: durable in the journal first, then on the record.

use crate::engine::ChangeResult;
use crate::engine::Outcome;
use crate::engine::Plan;
use crate::model::IntentId;
use crate::record::Event;
use crate::record::Record;
use crate::store::IntentState;

use super::super::clock;
use super::super::fault::Fault;
use super::super::ledger::Ledger;
use super::super::story::Story;
use super::acts;
use super::calls::Caller;
use super::touches_world;

impl Caller<'_> {
    /// Keeps what came of the call at `index`, before the next one is made. `events` are what the call itself tells.
    pub(super) async fn keep(
        &self,
        intent: &IntentId,
        index: usize,
        result: &ChangeResult,
        events: Vec<Event>,
    ) -> Result<(), Fault> {
        let keeper = Keeper {
            ledger: self.ledger,
            story: self.story,
            plan: self.plan,
        };
        keeper.keep(intent, index, result, events).await
    }
}

/// Keeps what came of the calls of one plan.
pub(super) struct Keeper<'a> {
    pub(super) ledger: &'a Ledger,
    pub(super) story: &'a Story,
    pub(super) plan: &'a Plan,
}

impl Keeper<'_> {
    /// The same as [`Caller::keep`].
    pub(super) async fn keep(
        &self,
        intent: &IntentId,
        index: usize,
        result: &ChangeResult,
        events: Vec<Event>,
    ) -> Result<(), Fault> {
        set_state(self.ledger, intent, index, state_of(result.outcome))?;
        self.ledger.reach("an answer is durable");
        if touches_world(self.plan) && acts(&self.plan.changes[index].call) {
            self.put_on_record(intent, result, events).await?;
        }
        self.ledger.reach("an answer is on record");
        // What nobody knows stays open here until it is found out.
        if result.outcome != Outcome::Unknown {
            set_state(self.ledger, intent, index, IntentState::Recorded)?;
        }
        self.ledger.reach("a change is over");
        Ok(())
    }

    /// Records what became of one call; a record that cannot be shared now is kept and shared later.
    async fn put_on_record(
        &self,
        intent: &IntentId,
        result: &ChangeResult,
        mut events: Vec<Event>,
    ) -> Result<(), Fault> {
        let observed = match result.outcome {
            Outcome::Unknown => Event::EffectUnknown {
                intent: intent.clone(),
                call: result.call.clone(),
                why: result.why.clone(),
            },
            Outcome::Done | Outcome::Already | Outcome::Refused | Outcome::Failed => {
                Event::EffectObserved {
                    intent: intent.clone(),
                    call: result.call.clone(),
                    outcome: result.outcome.word().to_owned(),
                    detail: result.why.clone(),
                }
            }
        };
        if result.outcome == Outcome::Already {
            // A run that died had told it: what was shared since then is not told again.
            let record = self.story.read()?;
            let is_told = |event: &Event| {
                let mut told = record.entries.iter().filter_map(|one| one.event.as_ref());
                told.any(|one| one == event) || stands_already(&record, event)
            };
            events.retain(|event| !is_told(event));
        }
        events.insert(0, observed);
        self.story.append(self.ledger, events).await?;
        Ok(())
    }
}

/// Tells whether the request that an event says was found open stands on the record at that place: whoever opened it has
/// told that.
fn stands_already(record: &Record, event: &Event) -> bool {
    let Event::RequestOpened {
        step,
        target,
        request,
        opened_by: Some(_),
        ..
    } = event
    else {
        return false;
    };
    let key = (step.clone(), target.clone());
    let known = record.requests.get(&key);
    known.is_some_and(|known| &known.request == request)
}

/// Notes how far a call has come.
pub(super) fn set_state(
    ledger: &Ledger,
    intent: &IntentId,
    index: usize,
    state: IntentState,
) -> Result<(), Fault> {
    ledger.with(|journal| journal.set_state(intent, index, state, clock::now()))
}

fn state_of(outcome: Outcome) -> IntentState {
    match outcome {
        Outcome::Done | Outcome::Already => IntentState::Applied,
        Outcome::Refused | Outcome::Failed => IntentState::NotApplied,
        Outcome::Unknown => IntentState::Unknown,
    }
}
