//! A plan carried out as `Workspace::execute` does it: the same parts in the same order, without what only git and a forge
//! over HTTP have.

use crate::engine::Call;
use crate::engine::Change;
use crate::engine::ChangeResult;
use crate::engine::Found;
use crate::engine::Intent;
use crate::engine::Level;
use crate::engine::Outcome;
use crate::engine::Plan;
use crate::engine::Resuming;
use crate::engine::settlement;
use crate::model::EnvironmentName;
use crate::model::IntentId;
use crate::ops::clock;
use crate::ops::clock::played::tell;
use crate::ops::fault::Fault;
use crate::ops::interrupted::grouped;
use crate::ops::interrupted::is_written;
use crate::ops::ledger::Sent;
use crate::ops::seat::Held;
use crate::ops::seat::Second;
use crate::ops::seat::demand_at;
use crate::ops::seat::tidy_at;
use crate::ops::workspace::Workspace;
use crate::record::Event;
use crate::store::Journal;
use crate::store::OpenIntent;

use super::super::acts;
use super::super::calls::Answer;
use super::super::declare;
use super::super::expectations;
use super::super::is_sending;
use super::super::keeping::Keeper;
use super::super::new_intent_id;
use super::super::told;
use super::super::touches_world;
use super::super::under;
use super::console::Job;
use super::console::Process;
use super::flaws::Flaw;
use super::forge::THERE;
use super::network::lock;

impl Process<'_> {
    /// Says something on the record; the same again where it is not known whether it is there.
    pub(super) async fn say(&self, note: &str) -> Result<(), Fault> {
        if !self.is_said(note)? {
            let intent = Intent::Note {
                text: note.to_owned(),
            };
            let event = Event::NoteAdded {
                text: note.to_owned(),
            };
            let change = change(Call::Record { event });
            let plan = self.plan(intent, vec![change], None)?;
            let results = self.carry_out(&plan, None).await?;
            if !results.iter().all(ChangeResult::is_good_enough) {
                return Ok(());
            }
        }
        let mut person = lock(&self.console.person);
        person.acknowledged.insert(note.to_owned());
        person.notes.retain(|other| other != note);
        Ok(())
    }

    /// Tells whether it is on the record as last seen, or kept here.
    fn is_said(&self, note: &str) -> Result<bool, Fault> {
        let kept = self
            .ledger
            .with(|journal| journal.pending(&self.console.hotfix))?;
        let record = self.story.read()?;
        let mut all = record.entries.iter().chain(&kept);
        let is_it = |event: &Option<Event>| matches!(event, Some(Event::NoteAdded { text }) if text == note);
        Ok(all.any(|entry| is_it(&entry.event)))
    }

    /// Runs a job, unless the forge shows that it was run.
    pub(super) async fn run(&self, job: &Job) -> Result<(), Fault> {
        let call = call_of(job);
        let text = told(&call);
        let is_blind = self.console.flaw == Some(Flaw::RetriesOnUnknown);
        if !is_blind && self.console.forge.has_run(&text).await? {
            tell(|| format!("sees that it was run: {text}"));
            lock(&self.console.person).done.insert(job.name.clone());
            return Ok(());
        }
        let Call::RetryJob { job: id, .. } = &call else {
            return Ok(());
        };
        let intent = Intent::Retry { job: id.clone() };
        let plan = self.plan(intent, vec![change(call.clone())], None)?;
        let results = self.carry_out(&plan, Some(job)).await?;
        let mut person = lock(&self.console.person);
        if results
            .iter()
            .any(|result| result.outcome == Outcome::Unknown)
        {
            person.unknowns += 1;
        }
        if results.iter().all(ChangeResult::is_good_enough) {
            person.done.insert(job.name.clone());
        }
        Ok(())
    }

    /// Decides about what a process that died, or an answer that never came, left open: what may have been sent, or
    /// `anything`. Tells whether there was any.
    pub(super) async fn resume(&self, anything: bool) -> Result<bool, Fault> {
        let left = self.ledger.with(Journal::open_intents)?;
        let has_acted =
            |call: &&OpenIntent| anything || (!is_written(&call.call) && call.state.has_begun());
        let Some(first) = left.iter().find(has_acted) else {
            return Ok(false);
        };
        if self.console.flaw == Some(Flaw::RetriesOnUnknown) {
            let intent = first.intent.clone();
            self.ledger
                .with(|journal| journal.close(&intent, clock::now()))?;
            return Ok(true);
        }
        // The look that the person decides on.
        let mut there = Vec::new();
        for call in left.iter().filter(|call| call.intent == first.intent) {
            if self.console.forge.has_run(&call.call).await? {
                there.push(call.call.clone());
            }
        }
        self.console
            .chains
            .fetch(&self.story.name)
            .await
            .map_err(|error| {
                Fault::caused(crate::ops::fault::FaultKind::Remote, "not seen", &error)
            })?;
        let calls: Vec<&OpenIntent> = left.iter().collect();
        let all = grouped(&calls, &std::collections::BTreeMap::new(), |call| {
            if is_written(&call.call) {
                Found::Written
            } else if !call.state.has_begun() {
                Found::NotBegun
            } else if there.contains(&call.call) {
                Found::There {
                    words: THERE.to_owned(),
                    missing: Vec::new(),
                    undo: None,
                }
            } else {
                Found::Nowhere
            }
        });
        let one = all.iter().find(|one| one.intent == first.intent);
        let Some(one) = one else {
            return Ok(false);
        };
        let events = settlement(&self.story.read()?, one);
        tell(|| format!("resumes {}: {events:?}", one.title()));
        let changes = events
            .into_iter()
            .map(|event| change(Call::Record { event }));
        let intent = Intent::Resume {
            intent: one.intent.clone(),
            how: Resuming::Skip,
        };
        let plan = self.plan(intent, changes.collect(), Some(one.intent.clone()))?;
        self.carry_out(&plan, None).await?;
        Ok(true)
    }

    fn plan(
        &self,
        intent: Intent,
        changes: Vec<Change>,
        settles: Option<IntentId>,
    ) -> Result<Plan, Fault> {
        let record = self.story.read()?;
        Ok(Plan {
            hotfix: self.console.hotfix.clone(),
            intent,
            step: None,
            target: None,
            title: String::new(),
            level: Level::L1,
            environment: None,
            changes,
            facts: Vec::new(),
            will_change: Vec::new(),
            will_not_change: Vec::new(),
            way_back: String::new(),
            made_at: clock::now(),
            since_boot: std::time::Duration::ZERO,
            lasts: std::time::Duration::ZERO,
            settles,
            next: None,
            known: record.event_ids(),
            hash: String::new(),
        })
    }

    /// See `Workspace::execute`.
    async fn carry_out(&self, plan: &Plan, job: Option<&Job>) -> Result<Vec<ChangeResult>, Fault> {
        let (ledger, story) = (&self.ledger, &self.story);
        ledger.reach("a plan begins");
        if !ledger.with(Journal::open_intents)?.is_empty() {
            tidy_at(&self.place(), &self.console.forge).await?;
        }
        let taken = Workspace::take_up_written(ledger, story, plan).await?;
        let mut settles = plan.settles.clone();
        let intent = new_intent_id();
        let texts: Vec<String> = plan.changes.iter().map(|one| told(&one.call)).collect();
        let words = plan.intent.to_string();
        ledger
            .with(|journal| journal.declare(&intent, &plan.hotfix, &words, &texts, clock::now()))?;
        ledger.reach("the intent is durable");
        let mut is_declared = !touches_world(plan);
        let mut results: Vec<ChangeResult> = Vec::new();
        for (index, change) in plan.changes.iter().enumerate() {
            let text = told(&change.call);
            let acts = acts(&change.call);
            if acts && let Some(old) = settles.take() {
                Workspace::close_interrupted(ledger, story, &old).await?;
            }
            if !is_declared && acts {
                declare(ledger, story, plan, &intent, texts.clone()).await?;
                is_declared = true;
                ledger.reach("the intent is shared");
            }
            let answer = match self.may_start(plan, change, &text).await {
                Err(why) => Answer::plain(Outcome::Refused, why),
                Ok(permit) => {
                    let id = permit.as_ref().map(|held| held.id().clone());
                    let permit = is_sending(ledger, &intent, index, permit).await?;
                    ledger.reach("before a call");
                    if !acts && taken.calls.contains(&text) {
                        Answer::plain(Outcome::Already, "an earlier run had kept it")
                    } else if let Call::Record { event } = &change.call {
                        let written = story.write_down(ledger, &intent, event.clone()).await;
                        match written {
                            Ok(_) => Answer::plain(Outcome::Done, ""),
                            Err(fault) => fault.into(),
                        }
                    } else {
                        ledger.sends(Sent::Call);
                        let plays_once = job.is_some_and(|job| job.plays_once);
                        let run = self.console.forge.run(&text, id, plays_once);
                        under(permit, Box::pin(run)).await
                    }
                }
            };
            ledger.reach("after a call");
            tell(|| format!("{text}: {} {}", answer.outcome.word(), answer.why));
            let result = ChangeResult {
                call: text,
                outcome: answer.outcome,
                why: answer.why,
                is_aside: false,
            };
            let keeper = Keeper {
                ledger,
                story,
                plan,
            };
            keeper.keep(&intent, index, &result, answer.events).await?;
            let is_good = result.is_good_enough();
            results.push(result);
            if !is_good {
                break;
            }
        }
        taken.share(ledger, story).await?;
        if results.iter().all(ChangeResult::is_good_enough)
            && let Some(old) = settles
        {
            Workspace::close_interrupted(ledger, story, &old).await?;
        }
        ledger.reach("a plan is over");
        Ok(results)
    }

    async fn may_start(
        &self,
        plan: &Plan,
        change: &Change,
        text: &str,
    ) -> Result<Option<Held<'_>>, String> {
        expectations::still_wanted(&self.story, plan, change)?;
        self.ledger.reach("what a call assumes holds");
        if !acts(&change.call) {
            return Ok(None);
        }
        self.ledger.sends(Sent::Words);
        let environment: EnvironmentName = "production".parse().expect("static name");
        let forge = &self.console.forge;
        let demanded = demand_at(
            self.place(),
            forge,
            &Second::of_nobody(&environment),
            &plan.hotfix,
            text,
        )
        .await;
        demanded.map_err(|fault| fault.to_string())?.map(Some)
    }
}

fn change(call: Call) -> Change {
    Change {
        call,
        expects: Vec::new(),
        step: None,
        target: None,
    }
}

/// Returns the call that runs a job.
pub(super) fn call_of(job: &Job) -> Call {
    Call::RetryJob {
        job: job.name.parse().expect("a job id"),
        name: job.name.clone(),
        commit: "7d02c417d02c417d02c417d02c417d02c417d02c"
            .parse()
            .expect("static id"),
        environment: Some("production".parse().expect("static name")),
    }
}
