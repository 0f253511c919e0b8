//! Carries a plan out, one change at a time, and nothing else does.
//!
//! Guarantees: every call of a plan is durable in the local journal, and its intent on the record, before the
//! first byte of it leaves; what a call assumes is looked at again just before it; the result is recorded
//! before the next call. After a crash the next look sees reality, and every call is such that making it again
//! changes nothing twice (leases, adoption, head guards, a job that plays once).
//! Non-guarantee: an outcome that cannot be read back is reported as unknown and stops the plan; it is never
//! guessed and never tried again by itself.

mod branches;
mod calls;
mod expectations;

use std::sync::Arc;

use crate::engine::Call;
use crate::engine::Change;
use crate::engine::ChangeResult;
use crate::engine::Intent;
use crate::engine::Outcome;
use crate::engine::Plan;
use crate::engine::Report;
use crate::model::IntentId;
use crate::model::LaneName;
use crate::record::Event;
use crate::store::IntentState;

use super::clock;
use super::fault::Fault;
use super::fault::FaultKind;
use super::interrupted::TakenUp;
use super::ledger::Ledger;
use super::story::Shared;
use super::story::Story;
use super::watcher::Watcher;
use super::workspace::Workspace;
use calls::Answer;
use calls::Caller;

impl Workspace {
    /// Carries `plan` out. Stops at the first change that is not done, except that other targets of the same plan go on.
    ///
    /// # Errors
    /// When the plan has expired, another console of this clone is carrying one out, or the journal cannot be written:
    /// in all three cases nothing was sent.
    pub async fn execute(&self, plan: &Plan, watcher: Arc<dyn Watcher>) -> Result<Report, Fault> {
        if clock::now() > plan.expires_at {
            return Err(Fault::new(
                FaultKind::User,
                format!("the plan to {} has expired", plan.title),
            )
            .hint("Look again and plan again; the world may have moved."));
        }
        let ledger = self.ledger()?;
        let story = self.story(&plan.hotfix)?;
        let taken = Box::pin(self.settle(&ledger)).await?;
        for one in &taken {
            watcher.call(&one.sentence());
        }
        let intent = new_intent_id();
        let texts: Vec<String> = plan
            .changes
            .iter()
            .map(|change| change.call.to_string())
            .collect();
        ledger.with(|journal| journal.declare(&intent, &plan.hotfix, &texts, clock::now()))?;
        // A record begins with its opening, so events that lead a plan come before the declared intent.
        let mut is_declared = !touches_world(plan);
        let caller = Caller {
            workspace: self,
            plan,
            ledger: &ledger,
            story: &story,
            watcher: &watcher,
        };
        let mut report = Report {
            results: Vec::new(),
        };
        let mut stopped: Vec<Option<LaneName>> = Vec::new();
        for (index, change) in plan.changes.iter().enumerate() {
            let text = change.call.to_string();
            if let Some(why) =
                self.reason_to_skip(&stopped, change.target.as_ref(), watcher.as_ref())
            {
                report.results.push(ChangeResult {
                    call: text,
                    outcome: Outcome::Refused,
                    why,
                });
                continue;
            }
            if !is_declared && !matches!(change.call, Call::Record { .. }) {
                declare(&ledger, &story, plan, &intent, texts.clone()).await?;
                is_declared = true;
            }
            watcher.call(&text);
            let answer = match expectations::check(self, &change.expects).await {
                Err(why) => Answer::plain(Outcome::Refused, why),
                Ok(()) => {
                    set_state(&ledger, &intent, index, IntentState::Sending)?;
                    if matches!(change.call, Call::Record { .. })
                        && is_taken_up(&taken, plan, change)
                    {
                        let why =
                            "an earlier run, which was interrupted, had kept it; it is shared now";
                        Answer::plain(Outcome::Already, why)
                    } else {
                        caller.make(change, &report).await
                    }
                }
            };
            set_state(&ledger, &intent, index, state_of(answer.outcome))?;
            let result = ChangeResult {
                call: text,
                outcome: answer.outcome,
                why: answer.why,
            };
            if touches_world(plan) {
                remember(
                    &ledger,
                    &story,
                    &intent,
                    &change.call,
                    &result,
                    answer.events,
                )
                .await?;
            }
            set_state(&ledger, &intent, index, IntentState::Recorded)?;
            watcher.result(&result);
            if !matches!(result.outcome, Outcome::Done | Outcome::Already) {
                stopped.push(change.target.clone());
            }
            report.results.push(result);
        }
        self.forget_resolution(plan, &report);
        Ok(report)
    }

    /// Drops the session of a resolution that is on the remote now. One that stays is found to be void later.
    fn forget_resolution(&self, plan: &Plan, report: &Report) {
        let is_done =
            |result: &ChangeResult| matches!(result.outcome, Outcome::Done | Outcome::Already);
        if let Intent::Resolve(order) = &plan.intent
            && report.results.iter().all(is_done)
            && let Err(fault) = self.drop_resolution(&plan.hotfix, &order.step, &order.target)
        {
            tracing::warn!(%fault, "a finished resolution was not forgotten");
        }
    }

    /// Says why a change is not made any more: an earlier one of the same target stopped, or the operator did.
    fn reason_to_skip(
        &self,
        stopped: &[Option<LaneName>],
        target: Option<&LaneName>,
        watcher: &dyn Watcher,
    ) -> Option<String> {
        if watcher.is_cancelled() {
            return Some("not started: cancelled before it".to_owned());
        }
        let is_stopped = stopped
            .iter()
            .any(|other| other.is_none() || other.as_ref() == target);
        is_stopped.then(|| "not started: an earlier change did not succeed".to_owned())
    }
}

/// Tells whether exactly this event was kept by a run that died and is on the record since a moment ago: the same
/// words said again mean the same event, not a second one.
fn is_taken_up(taken: &[TakenUp], plan: &Plan, change: &Change) -> bool {
    let text = change.call.to_string();
    taken
        .iter()
        .any(|one| one.hotfix == plan.hotfix && one.call == text)
}

/// Tells whether a plan does more than append to the record.
fn touches_world(plan: &Plan) -> bool {
    plan.changes
        .iter()
        .any(|change| !matches!(change.call, Call::Record { .. }))
}

/// Puts the intent on the shared record before the first call; where that fails, nothing is done.
async fn declare(
    ledger: &Ledger,
    story: &Story,
    plan: &Plan,
    intent: &IntentId,
    calls: Vec<String>,
) -> Result<(), Fault> {
    let event = Event::IntentDeclared {
        intent: intent.clone(),
        words: plan.intent.to_string(),
        plan: plan.hash.clone(),
        level: plan.level.to_string(),
        calls,
    };
    match story.append(ledger, vec![event]).await? {
        Shared::Yes => Ok(()),
        Shared::NotYet { why } => Err(Fault::new(FaultKind::Remote, format!("cannot share the intent before acting: {why}"))
            .hint("Nothing was changed. The intent is kept locally; try again when the remote can be reached.")),
    }
}

/// Records what became of one call; a record that cannot be shared now is kept and shared later.
async fn remember(
    ledger: &Ledger,
    story: &Story,
    intent: &IntentId,
    call: &Call,
    result: &ChangeResult,
    mut events: Vec<Event>,
) -> Result<(), Fault> {
    if matches!(call, Call::Record { .. }) {
        return Ok(());
    }
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
    events.insert(0, observed);
    story.append(ledger, events).await?;
    Ok(())
}

fn set_state(
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

fn new_intent_id() -> IntentId {
    clock::fresh_id()
        .to_string()
        .parse()
        .expect("a ULID is alphanumeric")
}
