//! From an intent to the exact changes to the world, or to the reasons why not: one file per kind of step or
//! intent. The guards of flows.md section 3 live here.
//!
//! One plan is the next stage of a step. Planning again when nothing is left to do is refused with the
//! evidence, so that a run on an unchanged world writes nothing. What does not belong here: carrying a plan
//! out, and the events that tell what came of a call; `ops` does both.

mod about;
mod anew;
mod body;
mod call;
mod carry;
mod change;
mod confirm;
mod data;
mod decide;
mod deploy;
mod draft;
mod drive;
mod dropped;
mod expects;
mod failed_job;
mod guard;
mod mirror;
mod notes;
mod opening;
mod overridable;
mod overriding;
mod request;
mod resolve;
mod restore;
mod resume;
mod retry;
mod riders;
mod settle;
mod start;
mod stuck;
mod target;
mod told;
mod two_branch;
mod voided;
mod weigh;
mod within;
mod words;
mod writable;

pub(super) use anew::merge_by_hand;
pub use call::{Call, RequestRef};
pub use data::{
    Change, ChangeResult, Expectation, Fact, FactState, Level, Outcome, Plan, Refusal, Report,
};
pub(crate) use resume::GO_ON;
#[cfg(test)]
pub(crate) use resume::settlement;

use crate::model::LaneName;
use crate::model::StepId;
use crate::playbook::ConflictPolicy;
use crate::playbook::Playbook;
use crate::playbook::Step;
use crate::playbook::Work;
use crate::record::Record;

use super::board::Board;
use super::derive::steps;
use super::intent::Intent;
use super::interrupted::Interrupted;
use super::look::Look;
use super::observation::Observation;
use super::state::StepProgress;
use super::state::StepState;
use super::state::WaitingOn;
use super::words::named;

use draft::Draft;

/// Returns the exact changes that an intent means now, or why it cannot be carried out now.
pub fn plan(
    intent: &Intent,
    book: &Playbook,
    record: &Record,
    seen: &Observation,
) -> Result<Plan, Refusal> {
    plan_called(intent, Look { book, record, seen }, None)
}

/// Plans the same; every command that is told names the hotfix so.
pub(super) fn plan_called(
    intent: &Intent,
    look: Look<'_>,
    called: Option<&str>,
) -> Result<Plan, Refusal> {
    Desk {
        look,
        steps: &steps(look),
        called,
        only: None,
    }
    .plan(intent)
}

/// Returns the call that would build a target with its conflicts in it: where they are resolved before anything is
/// pushed (policy `local`), it is made on this machine alone.
pub fn local_build(
    board: &Board,
    record: &Record,
    step: &StepId,
    lane: &LaneName,
) -> Result<Call, Refusal> {
    let look = Look {
        book: &board.book,
        record,
        seen: &board.seen,
    };
    let desk = Desk {
        look,
        steps: &steps(look),
        called: board.called(),
        only: None,
    };
    let wanted = format!("resolve {step} --target {lane}");
    let (step, carry, _) = settle::carrying(&desk, &wanted, step, lane)?;
    let new = target::New::predicted(&desk, &wanted, step, carry, lane)?;
    let branch = new.branch(&wanted)?;
    Ok(new.building(&branch, ConflictPolicy::DraftWithMarkers))
}

/// Returns the rules that an override would lift now, each as it is named and in words.
pub(super) fn overridable(look: Look<'_>, steps: &[StepProgress]) -> Vec<(String, String)> {
    let desk = Desk {
        look,
        steps,
        called: None,
        only: None,
    };
    let rules = desk.overridable().into_iter();
    rules.map(|rule| (rule.key, rule.words)).collect()
}

/// Where plans are made: one look and the steps derived from it.
pub(super) struct Desk<'a> {
    pub look: Look<'a>,
    pub steps: &'a [StepProgress],
    /// How commands must name the hotfix; none where they mean it by themselves, or where nobody reads them.
    pub called: Option<&'a str>,
    /// The interrupted run that is gone on with: nothing is planned that it was not about.
    pub only: Option<&'a Interrupted>,
}

/// What a `do` names besides its step.
#[derive(Clone, Copy)]
struct Asked<'a> {
    target: Option<&'a LaneName>,
    note: Option<&'a str>,
    riders: Option<usize>,
}

impl Desk<'_> {
    pub(super) fn plan(&self, intent: &Intent) -> Result<Plan, Refusal> {
        if let Intent::Start(order) = intent {
            return start::plan_start(self, order).map(|draft| draft.finish(self, intent));
        }
        if let Intent::Archive { .. } = intent {
            return Err(self.not_alone(intent));
        }
        self.may_write(intent)?;
        let draft = match intent {
            Intent::Start(order) => start::plan_start(self, order),
            Intent::Do {
                step,
                target,
                note,
                riders,
            } => {
                let asked = Asked {
                    target: target.as_ref(),
                    note: note.as_deref(),
                    riders: *riders,
                };
                self.plan_do(step, asked).map(|mut draft| {
                    notes::tell_starts(self, &mut draft);
                    draft
                })
            }
            Intent::Skip { step, reason } => notes::plan_skip(self, step, reason),
            Intent::Approve {
                subject,
                role,
                comment,
                seen,
            } => decide::plan_decision(
                self,
                subject,
                &decide::Vote {
                    decision: crate::model::Decision::Approved,
                    role: role.as_ref(),
                    comment: comment.as_ref(),
                    seen: seen.as_ref(),
                },
            ),
            Intent::Reject {
                subject,
                role,
                comment,
            } => decide::plan_decision(
                self,
                subject,
                &decide::Vote {
                    decision: crate::model::Decision::Rejected,
                    role: role.as_ref(),
                    comment: comment.as_ref(),
                    seen: None,
                },
            ),
            Intent::Tick { item, note } => notes::plan_tick(self, item, note.as_deref()),
            Intent::Untick { item, note } => notes::plan_untick(self, item, note),
            Intent::Note { text } => notes::plan_note(text),
            Intent::Comment { request, text } => notes::plan_comment(self, *request, text),
            Intent::Decide {
                step,
                target,
                path,
                note,
            } => settle::plan_decide(self, step, target, path, note),
            Intent::Acknowledge { lane, note } => settle::plan_acknowledge(self, lane, note),
            Intent::Override { rule, reason } => overriding::plan_override(self, rule, reason),
            Intent::Resolve(order) => resolve::plan_resolve(self, order),
            Intent::Abandon {
                step,
                target,
                reason,
            } => settle::plan_abandon(self, step, target, reason),
            Intent::Retry { job } => retry::plan_retry(self, job),
            Intent::Close { note } => notes::plan_close(self, note),
            Intent::Drive { environment, wish } => {
                drive::plan_drive(self, environment.as_ref(), wish)
            }
            Intent::Restore => restore::plan_restore(self),
            Intent::Import { .. } => Err(refuse(
                intent.to_string(),
                "it is planned from its file: `lanekeeper import FILE`",
            )),
            Intent::Archive { .. } => Err(self.not_alone(intent)),
            Intent::Resume { intent: id, how } => {
                return resume::plan_resume(self, intent, id, *how);
            }
        }?;
        Ok(draft.finish(self, intent))
    }

    fn plan_do(&self, id: &StepId, asked: Asked<'_>) -> Result<Draft, Refusal> {
        let (step, progress) = self.step(id)?;
        let is_fan_out = matches!(step.work, Work::Carry(_));
        if asked.target.is_some() && !is_fan_out {
            return Err(
                refuse(format!("do {id}"), format!("step `{id}` has no targets"))
                    .hint("say it without --target"),
            );
        }
        if asked.riders.is_some() && !matches!(step.work, Work::Change(_)) {
            return Err(refuse(
                format!("do {id}"),
                format!("step `{id}` has no riders to accept"),
            ));
        }
        if progress.state.is_over() {
            return Err(nothing_to_do(id, &progress.state));
        }
        self.is_due(step)?;
        let draft = self.plan_stage(step, progress, asked)?;
        if self.goes_further(&draft) {
            return Err(self.over(format!("do {id}")));
        }
        Ok(draft)
    }

    /// Plans the next stage of a step that is due; for a step that fans out, of each target that is asked for.
    fn plan_stage(
        &self,
        step: &Step,
        progress: &StepProgress,
        asked: Asked<'_>,
    ) -> Result<Draft, Refusal> {
        match &step.work {
            Work::Commits { .. } => start::plan_branch(self, step, progress),
            Work::Change(change) => change::plan_change(self, step, change, asked),
            Work::Deploy { environment, lane } => {
                deploy::plan_deploy(self, step, progress, environment, lane)
            }
            Work::Carry(carry) => carry::plan_carry(self, step, carry, progress, asked.target),
            Work::Migration { environment } => {
                confirm::plan_migration(self, step, progress, environment, asked.note)
            }
            Work::Compare { .. } | Work::Seed { .. } | Work::Confirm { .. } | Work::Postmortem => {
                confirm::plan_note(self, step, progress, asked.note)
            }
        }
    }

    /// Returns a step of the playbook and where it stands.
    fn step(&self, id: &StepId) -> Result<(&Step, &StepProgress), Refusal> {
        let step = self.look.book.step(id);
        let progress = self.steps.iter().find(|step| &step.id == id);
        match (step, progress) {
            (Some(step), Some(progress)) => Ok((step, progress)),
            _ => {
                let known: Vec<&str> = self.steps.iter().map(|step| step.id.as_str()).collect();
                Err(refuse(
                    format!("do {id}"),
                    format!("playbook `{}` has no step `{id}`", self.look.book.id),
                )
                .hint(format!("steps: {}", known.join(", "))))
            }
        }
    }

    /// Refuses a step before its turn.
    fn is_due(&self, step: &Step) -> Result<(), Refusal> {
        let reasons: Vec<String> = step
            .after
            .iter()
            .filter_map(|id| {
                let before = self.steps.iter().find(|step| &step.id == id)?;
                (!before.state.is_over()).then(|| {
                    let why = before.state.why(self.look.seen.now);
                    let tail = if why.is_empty() {
                        String::new()
                    } else {
                        format!(": {}", why.join("; "))
                    };
                    let is = match &before.state {
                        StepState::Failed(_) => "has failed".to_owned(),
                        StepState::Waiting(_)
                        | StepState::Ready
                        | StepState::Underway(_)
                        | StepState::Done(_)
                        | StepState::Skipped { .. } => format!("is {}", before.state.word()),
                    };
                    format!("step `{id}` comes first and {is}{tail}")
                })
            })
            .collect();
        if reasons.is_empty() {
            Ok(())
        } else {
            let next = self.line("next");
            Err(Refusal {
                wanted: format!("do {}", step.id),
                reasons,
                hint: Some(format!("`{next}` shows what can be done now")),
            })
        }
    }

    /// Returns the command line of these words, about this hotfix.
    fn line(&self, words: impl Into<String>) -> String {
        format!("lanekeeper {}", named(words.into(), self.called))
    }

    /// Returns reasons in words.
    fn words(&self, waits: &[WaitingOn]) -> Vec<String> {
        waits
            .iter()
            .map(|reason| reason.words(self.look.seen.now))
            .collect()
    }
}

/// Returns a refusal with one reason.
fn refuse(wanted: impl Into<String>, reason: impl Into<String>) -> Refusal {
    Refusal {
        wanted: wanted.into(),
        reasons: vec![reason.into()],
        hint: None,
    }
}

fn nothing_to_do(id: &StepId, state: &StepState) -> Refusal {
    let mut reasons = state.evidence();
    reasons.extend(state.why(crate::model::Timestamp::from_second(0)));
    Refusal {
        wanted: format!("do {id}"),
        reasons: vec![format!(
            "nothing to do: step `{id}` is {} ({})",
            state.word(),
            reasons.join("; ")
        )],
        hint: None,
    }
}

impl Refusal {
    /// Tells whether nothing is left to do, rather than something in the way.
    fn is_done(&self) -> bool {
        let mut reasons = self.reasons.iter();
        reasons.any(|reason| reason.starts_with("nothing to do"))
    }

    /// Adds what to do next.
    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
