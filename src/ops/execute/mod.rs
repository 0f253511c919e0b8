//! Carries a plan out, one change at a time, and nothing else does.
//!
//! Guarantees: every call of a plan is durable in the local journal, and its intent on the record, before the
//! first byte of it leaves; what a call assumes is looked at again just before it; the result is recorded
//! before the next call. A dangerous call starts only under a permit of the driver's seat. After a crash the next look sees reality, and every call is such that making it again
//! changes nothing twice (leases, adoption, head guards, a job that plays once).
//! Non-guarantee: an outcome that cannot be read back is reported as unknown and stops the plan; it is never
//! guessed and never tried again by itself.

mod archive;
mod branches;
mod build;
mod calls;
mod expectations;
mod keeping;
mod login;
mod mirror;
#[cfg(test)]
mod played;
mod requests;
mod rival;
mod signing;
mod status;
mod two_branch;

use std::sync::Arc;

use crate::engine::Call;
use crate::engine::Change;
use crate::engine::ChangeResult;
use crate::engine::Expectation;
use crate::engine::Intent;
use crate::engine::Outcome;
use crate::engine::Plan;
use crate::engine::Report;
use crate::engine::Resuming;
use crate::forge::while_it_may;
use crate::model::IntentId;
use crate::model::LaneName;
use crate::model::redact;
use crate::record::Event;
use crate::store::IntentState;
use crate::store::Journal;

use super::clock;
use super::fault::Fault;
use super::fault::FaultKind;
use super::ledger::Ledger;
use super::ledger::Sent;
use super::seat;
use super::seat::Held;
use super::story::Shared;
use super::story::Story;
use super::watcher::Watcher;
use super::workspace::Workspace;
pub(super) use build::built;
use calls::Answer;
use calls::Caller;
use keeping::set_state;

impl Workspace {
    /// Carries `plan` out. Stops at the first change that is not done, except that other targets of the same plan go on.
    ///
    /// # Errors
    /// When the plan has expired, another console of this clone is carrying one out, or the journal cannot be written:
    /// in all three cases nothing was sent.
    pub async fn execute(&self, plan: &Plan, watcher: Arc<dyn Watcher>) -> Result<Report, Fault> {
        // This console may just be sharing what was kept, which goes first in any case.
        let _writing = self.writing().lock().await;
        if plan.left(self.since_boot()).is_zero() {
            return Err(Fault::new(
                FaultKind::User,
                format!("the plan to {} has expired", plan.title),
            )
            .hint("Look again and plan again; the world may have moved."));
        }
        Box::pin(self.demand_signature(plan)).await?;
        let ledger = self.ledger()?;
        let story = self.story(&plan.hotfix)?;
        ledger.reach("a plan begins");
        // A run that died may have had the driver's seat: nobody else gets it before this.
        if !ledger.with(Journal::open_intents)?.is_empty() {
            seat::tidy(self).await?;
        }
        let taken = Self::take_up_written(&ledger, &story, plan).await?;
        let mut settles = plan.settles.clone();
        let intent = new_intent_id();
        let texts: Vec<String> = plan
            .changes
            .iter()
            .map(|change| told(&change.call))
            .collect();
        let words = redact(&plan.intent.to_string()).into_owned();
        ledger
            .with(|journal| journal.declare(&intent, &plan.hotfix, &words, &texts, clock::now()))?;
        ledger.reach("the intent is durable");
        // A record begins with its opening, so events that lead a plan come before the declared intent.
        let mut is_declared = !touches_world(plan);
        let caller = Caller {
            workspace: self,
            plan,
            intent: &intent,
            ledger: &ledger,
            story: &story,
            watcher: &watcher,
        };
        let mut report = Report {
            results: Vec::new(),
        };
        let mut stopped: Vec<Option<LaneName>> = Vec::new();
        for (index, change) in plan.changes.iter().enumerate() {
            let text = told(&change.call);
            let acts = acts(&change.call);
            // What is taken back stays open until all of it is: who died in between takes the rest back.
            if acts
                && stopped.is_empty()
                && !takes_back(plan)
                && let Some(old) = settles.take()
            {
                // The record knows what became of it; from here on this plan is what is open.
                Self::close_interrupted(&ledger, &story, &old).await?;
            }
            if let Some(why) =
                self.reason_to_skip(&stopped, change.target.as_ref(), watcher.as_ref())
            {
                // It never began, so nobody has to look for traces of it later.
                set_state(&ledger, &intent, index, IntentState::Recorded)?;
                report.results.push(ChangeResult {
                    call: text,
                    outcome: Outcome::Refused,
                    why,
                    is_aside: change.call.is_aside(),
                });
                continue;
            }
            if !is_declared && acts {
                declare(&ledger, &story, plan, &intent, texts.clone()).await?;
                is_declared = true;
                ledger.reach("the intent is shared");
            }
            watcher.call(&text);
            let answer = loop {
                let answer = match self.may_start(&ledger, &story, plan, change, &text).await {
                    Err(why) => Answer::plain(Outcome::Refused, why),
                    Ok(permit) => {
                        let permit = is_sending(&ledger, &intent, index, permit).await?;
                        ledger.reach("before a call");
                        if !acts && taken.calls.contains(&text) {
                            let why = "an earlier run, which was interrupted, had kept it; it is shared now";
                            Answer::plain(Outcome::Already, why)
                        } else {
                            if reaches_out(&change.call) {
                                ledger.sends(Sent::Call);
                            }
                            under(permit, Box::pin(caller.make(change, &report))).await
                        }
                    }
                };
                // A forge that does not know us did nothing, so the same change is made again after a login.
                let is_sure = matches!(answer.outcome, Outcome::Refused | Outcome::Failed);
                if !is_sure || !self.goes_on_after_login(watcher.as_ref()).await {
                    break answer;
                }
            };
            let answer = Box::pin(caller.give_way(change, answer)).await;
            ledger.reach("after a call");
            let result = ChangeResult {
                call: text,
                outcome: answer.outcome,
                why: answer.why,
                is_aside: change.call.is_aside(),
            };
            let kept = caller.keep(&intent, index, &result, answer.events).await;
            // Told also where it could not be kept: nobody would find it in the journal.
            watcher.result(&result);
            kept?;
            if !result.is_good_enough() {
                stopped.push(change.target.clone());
            }
            report.results.push(result);
        }
        taken.share(&ledger, &story).await?;
        if stopped.is_empty()
            && let Some(old) = settles
        {
            Self::close_interrupted(&ledger, &story, &old).await?;
        }
        ledger.reach("a plan is over");
        self.forget_resolution(plan, &report);
        Ok(report)
    }

    /// Looks again at what a change assumes, and gets the permit that it needs, just before it; or says why not.
    async fn may_start(
        &self,
        ledger: &Ledger,
        story: &Story,
        plan: &Plan,
        change: &Change,
        text: &str,
    ) -> Result<Option<Held<'_>>, String> {
        expectations::check(self, story, change).await?;
        expectations::still_wanted(story, plan, change)?;
        Box::pin(self.still_gives_way(story, plan)).await?;
        ledger.reach("what a call assumes holds");
        self.permit(ledger, plan, change, text).await
    }

    /// Gets the permit that a dangerous call needs, or says why there is none.
    async fn permit(
        &self,
        ledger: &Ledger,
        plan: &Plan,
        change: &Change,
        call: &str,
    ) -> Result<Option<Held<'_>>, String> {
        let seat = change.expects.iter().find_map(|expects| match expects {
            Expectation::Seat { environment, .. } => Some(environment),
            Expectation::Branch { .. }
            | Expectation::RequestOpen { .. }
            | Expectation::DeploymentIs { .. }
            | Expectation::Quiet { .. } => None,
        });
        let Some(environment) = seat else {
            return Ok(None);
        };
        ledger.sends(Sent::Words);
        // It may look again at everything for a call that was left open.
        let demanded = Box::pin(seat::demand(self, environment, &plan.hotfix, call)).await;
        demanded.map_err(|fault| fault.to_string())?.map(Some)
    }

    /// Drops the session of a resolution that is on the remote now. One that stays is found to be void later.
    fn forget_resolution(&self, plan: &Plan, report: &Report) {
        if let Intent::Resolve(order) = &plan.intent
            && report.results.iter().all(ChangeResult::is_good_enough)
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

/// Makes a call under the permit that it has, if it needs one.
async fn under(permit: Option<Held<'_>>, call: impl Future<Output = Answer>) -> Answer {
    let Some(permit) = permit else {
        return call.await;
    };
    // The last question before the first byte: the machine may have slept since the permit was asked for.
    if !permit.is_live() {
        return Answer::plain(Outcome::Refused, permit.give_back().await);
    }
    let answer = permit.during(while_it_may(permit.lasts(), call)).await;
    permit.end(answer.outcome).await;
    answer
}

/// Returns a call in words, as it is told, kept and compared: without the secrets that somebody wrote into it.
pub(super) fn told(call: &Call) -> String {
    redact(&call.to_string()).into_owned()
}

/// Tells whether a plan takes back what an interrupted one left.
fn takes_back(plan: &Plan) -> bool {
    let how = match &plan.intent {
        Intent::Resume { how, .. } => Some(*how),
        _ => None,
    };
    how == Some(Resuming::Undo)
}

/// Tells whether a plan does more than append to the record.
fn touches_world(plan: &Plan) -> bool {
    plan.changes.iter().any(|change| acts(&change.call))
}

/// Tells whether a call does more than add to the record, and the record is told of it.
pub(super) fn acts(call: &Call) -> bool {
    !matches!(
        call,
        Call::Record { .. } | Call::Restore { .. } | Call::Import { .. } | Call::Archive { .. }
    )
}

/// Tells whether a call does more than add to the record. One that archives records is told by the archive alone: an entry
/// would come after the closing that ends a record.
pub(super) fn reaches_out(call: &Call) -> bool {
    acts(call) || matches!(call, Call::Archive { .. })
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
        words: redact(&plan.intent.to_string()).into_owned(),
        plan: plan.hash.clone(),
        level: plan.level.to_string(),
        calls,
    };
    match story.append(ledger, vec![event]).await? {
        Shared::Yes => ledger.with(|journal| journal.set_shared(intent, clock::now())),
        Shared::NotYet { why } => Err(Fault::new(FaultKind::Remote, format!("cannot share the intent before acting: {why}"))
            .hint("Nothing was changed. The intent is kept locally; try again when the remote can be reached.")),
    }
}

/// Notes that the first byte of a call is about to leave; without that none does, and its permit is given back.
async fn is_sending<'a>(
    ledger: &Ledger,
    intent: &IntentId,
    index: usize,
    permit: Option<Held<'a>>,
) -> Result<Option<Held<'a>>, Fault> {
    let permitted = match permit {
        Some(_) => set_state(ledger, intent, index, IntentState::Permitted),
        None => Ok(()),
    };
    match permitted.and_then(|()| set_state(ledger, intent, index, IntentState::Sending)) {
        Ok(()) => Ok(permit),
        Err(fault) => {
            if let Some(permit) = permit {
                permit
                    .void("the call could not be noted down before it")
                    .await;
            }
            Err(fault)
        }
    }
}

fn new_intent_id() -> IntentId {
    clock::fresh_id()
        .to_string()
        .parse()
        .expect("a ULID is alphanumeric")
}
