//! Plans about an intent whose process died. What was found of it is put on record first, whatever is wanted then; only
//! after that the rest is planned anew, from the world as it is, or what it made is taken back.

use crate::engine::derive::steps;
use crate::engine::gathered::is_gathering;
use crate::engine::intent::Intent;
use crate::engine::interrupted::Found;
use crate::engine::interrupted::Interrupted;
use crate::engine::interrupted::LeftCall;
use crate::engine::interrupted::Resuming;
use crate::engine::interrupted::UndoOf;
use crate::engine::look::Look;
use crate::engine::observation::Observation;
use crate::model::IntentId;
use crate::playbook::Work;
use crate::record::Effect;
use crate::record::EffectState;
use crate::record::Event;
use crate::record::Record;

use super::Call;
use super::Desk;
use super::Expectation;
use super::Level;
use super::Outcome;
use super::Plan;
use super::Refusal;
use super::draft::Draft;
use super::dropped::drop_kept;
use super::refuse;

/// How the title of a plan begins that goes on with what was interrupted.
pub(crate) const GO_ON: &str = "go on: ";

pub(super) fn plan_resume(
    desk: &Desk<'_>,
    intent: &Intent,
    id: &IntentId,
    how: Resuming,
) -> Result<Plan, Refusal> {
    let left = find(desk, intent, id)?;
    let unseen = left
        .calls
        .iter()
        .filter(|call| call.found == Found::NotSeen);
    let unseen: Vec<String> = unseen
        .map(|call| format!("{}: the remote was not seen", call.call))
        .collect();
    if !unseen.is_empty() {
        return Err(Refusal {
            wanted: intent.to_string(),
            reasons: unseen,
            hint: Some(
                "look again when the remote can be seen; nothing is decided on a guess".into(),
            ),
        });
    }
    let settled = match desk.look.seen.archived {
        // Its chain has come to its end.
        Some(_) => Vec::new(),
        None => settlement(desk.look.record, left),
    };
    let mut plan = match how {
        Resuming::Skip => match drop_kept(desk, left, &settled)? {
            Some(draft) => draft.finish(desk, intent),
            None => skip(desk, left, settled).finish(desk, intent),
        },
        Resuming::Undo => undo(desk, left, settled)?.finish(desk, intent),
        Resuming::Continue => go_on(desk, intent, left, settled)?,
    };
    plan.settles = Some(id.clone());
    Ok(plan)
}

fn find<'a>(desk: &Desk<'a>, intent: &Intent, id: &IntentId) -> Result<&'a Interrupted, Refusal> {
    let all = &desk.look.seen.interrupted;
    all.iter().find(|left| &left.intent == id).ok_or_else(|| {
        let refusal = refuse(
            intent.to_string(),
            format!("no interrupted intent {id} is kept on this machine for this hotfix"),
        );
        match all.first() {
            Some(other) => refusal.hint(format!("there is {}: {}", other.intent, other.title())),
            None => refusal.hint("`lanekeeper resume` lists what is there"),
        }
    })
}

/// Returns what the record must be told: how each call ended, and what it made. What it knows already is left out, so
/// that a process which dies in the middle of this can begin it again.
pub(crate) fn settlement(record: &Record, left: &Interrupted) -> Vec<Event> {
    let known: Vec<&Effect> = record
        .effects
        .get(&left.intent)
        .into_iter()
        .flatten()
        .collect();
    let told = |call: &LeftCall| {
        let mut same = known.iter().filter(|effect| effect.call == call.call);
        same.find_map(|effect| match &effect.state {
            EffectState::Observed { outcome, .. } => Some(outcome.as_str()),
            EffectState::Declared | EffectState::Unknown { .. } => None,
        })
    };
    let did_nothing = [Outcome::Refused.word(), Outcome::Failed.word()];
    let is_declared = !known.is_empty();
    let mut events = Vec::new();
    // The record was never told of a call that archives it, and an entry after its closing would keep it out of the archive.
    let calls = left.calls.iter().filter(|call| !is_gathering(&call.call));
    for call in calls {
        let is_wanted = match &call.found {
            Found::Written | Found::Recorded => false,
            // Where nobody was told of the intent, nobody asks what became of it.
            Found::NotBegun => is_declared,
            Found::There { .. } | Found::Nowhere | Found::Untold | Found::NotSeen => true,
        };
        let told = told(call);
        if is_wanted && told.is_none() {
            events.push(Event::EffectResolved {
                intent: left.intent.clone(),
                call: call.call.clone(),
                outcome: call.found.words().to_owned(),
            });
        }
        // Whoever died after that word, and before the next, has not told what the call made.
        let is_its = told.is_none_or(|outcome| !did_nothing.contains(&outcome));
        if let (Found::There { missing, .. }, true) = (&call.found, is_its) {
            events.extend(missing.iter().cloned());
        }
    }
    events
}

/// A plan that tells the record what was found.
fn recorded(desk: &Desk<'_>, title: String, left: &Interrupted, settled: Vec<Event>) -> Draft {
    let mut draft = Draft::new(title, Level::L1);
    for event in settled {
        draft.call(Call::Record { event }, Vec::new());
    }
    for call in &left.calls {
        let mut line = format!("{}: {}", call.call, call.found.words());
        if let Some(seconds) = left.may_arrive_for(call, desk.look.seen) {
            line = format!("{line}; it may still arrive: look again in {seconds} s");
        }
        match call.found {
            Found::There { .. } | Found::Written | Found::Recorded => draft.ok(line),
            Found::NotBegun | Found::Nowhere | Found::Untold | Found::NotSeen => draft.warn(line),
        }
    }
    "the record is append-only: a later entry can correct it".clone_into(&mut draft.way_back);
    draft
}

fn skip(desk: &Desk<'_>, left: &Interrupted, settled: Vec<Event>) -> Draft {
    let title = format!(
        "record what was found of `{}`, and leave it at that",
        left.title()
    );
    let mut draft = recorded(desk, title, left, settled);
    draft.will_not_change = vec!["branches, change requests, environments".to_owned()];
    if desk.look.record.opening.is_none() {
        draft.warn("the record was not begun, nothing was done: what was kept for it is forgotten");
    }
    draft
}

/// Takes back what nobody else can have built on: a branch that is where we pushed it, an open request.
fn undo(desk: &Desk<'_>, left: &Interrupted, settled: Vec<Event>) -> Result<Draft, Refusal> {
    let wanted = format!("take back `{}`", left.title());
    let sent = left
        .calls
        .iter()
        .filter(|call| call.found.may_have_been_sent());
    let mut reasons = Vec::new();
    let mut calls = Vec::new();
    for call in sent {
        match &call.found {
            Found::There {
                undo: Some(undo), ..
            } => match taking_back(desk, undo) {
                Ok(one) => calls.extend(one),
                Err(why) => reasons.push(why),
            },
            Found::There {
                undo: None, words, ..
            } => reasons.push(format!(
                "this cannot be taken back safely from here: {}: {words}",
                call.call
            )),
            Found::Untold => reasons.push(format!(
                "this cannot be taken back safely from here: {}: {}",
                call.call,
                call.found.words()
            )),
            Found::NotBegun
            | Found::Written
            | Found::Recorded
            | Found::Nowhere
            | Found::NotSeen => {}
        }
    }
    if !reasons.is_empty() {
        return Err(Refusal {
            wanted,
            reasons,
            hint: Some(format!(
                "`lanekeeper resume {} --skip` puts what was found on record",
                left.intent
            )),
        });
    }
    if calls.is_empty() {
        return Err(refuse(
            wanted,
            "nothing of it is there, so there is nothing to take back",
        )
        .hint(format!(
            "`lanekeeper resume {} --skip` closes it",
            left.intent
        )));
    }
    let mut draft = recorded(desk, wanted, left, settled);
    draft.level = Level::L2;
    // The youngest first: a request before the branch that it is about.
    for (call, expects) in calls.into_iter().rev() {
        draft.will_change.push(call.to_string());
        draft.call(call, expects);
    }
    "what is taken back can be made again".clone_into(&mut draft.way_back);
    Ok(draft)
}

/// Returns the call that takes one thing back; none where that was done already, as by an undo that was cut off.
fn taking_back(desk: &Desk<'_>, undo: &UndoOf) -> Result<Option<(Call, Vec<Expectation>)>, String> {
    let look = desk.look;
    match undo {
        UndoOf::Request { request, head } => {
            let found = look.requests().iter().find(|one| &one.id == request);
            match found {
                Some(found) if found.is_open() => Ok(Some((
                    Call::CloseRequest { request: *request },
                    vec![Expectation::RequestOpen {
                        request: *request,
                        head: head.clone(),
                    }],
                ))),
                Some(found) if found.merged().is_none() => Ok(None),
                _ => Err(format!("change request {request} is not open any more")),
            }
        }
        UndoOf::Branch { branch, at } => {
            let is_lane = look.project().lane_of_branch(branch).is_some();
            if is_lane {
                return Err(format!("{branch} is a lane and stays"));
            }
            let tip = look.seen.tips.fresh().and_then(|tips| tips.get(branch));
            if tip != Some(at) {
                return Err(format!(
                    "{branch} is not at {} any more: somebody has worked on it",
                    at.short()
                ));
            }
            Ok(Some((
                Call::DeleteBranch {
                    branch: branch.clone(),
                    at: at.clone(),
                },
                vec![Expectation::Branch {
                    branch: branch.clone(),
                    at: Some(at.clone()),
                }],
            )))
        }
    }
}

/// Plans the rest of it, and no more, as if the record were told already.
fn go_on(
    desk: &Desk<'_>,
    intent: &Intent,
    left: &Interrupted,
    settled: Vec<Event>,
) -> Result<Plan, Refusal> {
    let Some(words) = &left.words else {
        return Err(refuse(
            intent.to_string(),
            "an older version declared it and kept no words of it",
        )
        .hint(format!(
            "`lanekeeper resume {} --skip`, then say again what you want",
            left.intent
        )));
    };
    let aim: Intent = words.parse().map_err(|error| {
        refuse(
            intent.to_string(),
            format!("`{words}` is not understood: {error}"),
        )
    })?;
    let aim = begun(desk, aim);
    let mut record = desk.look.record.clone();
    for event in &settled {
        record.suppose(event.clone(), &desk.look.seen.me, desk.look.seen.now);
    }
    if record.closed.is_some() && desk.look.record.closed.is_none() {
        // What was found ends it: there is nothing to go on with.
        let title = format!("withdraw `{}`", left.title());
        return Ok(recorded(desk, title, left, settled).finish(desk, intent));
    }
    let seen = Observation {
        interrupted: Vec::new(),
        ..desk.look.seen.clone()
    };
    let look = Look {
        record: &record,
        seen: &seen,
        book: desk.look.book,
    };
    let only = Desk {
        look,
        steps: &steps(look),
        called: desk.called,
        only: Some(left),
    };
    let rest = only.plan(&aim);
    let title = format!("go on with `{}`", left.title());
    let mut draft = recorded(desk, title, left, settled);
    match rest {
        // There is nothing left of it; what keeps the next stage waiting is told when that is wanted.
        Err(refusal) if refusal.is_done() || left.has_arrived() => {
            if refusal.is_done() {
                for reason in refusal.reasons {
                    draft.ok(reason);
                }
            }
            tell_next(&only, &aim, &mut draft);
            Ok(draft.finish(desk, intent))
        }
        Err(refusal) => Err(Refusal {
            wanted: intent.to_string(),
            reasons: refusal.reasons,
            hint: Some(format!(
                "`lanekeeper resume {} --skip` puts what was found on record{}",
                left.intent,
                refusal
                    .hint
                    .map_or_else(String::new, |hint| format!("; {hint}"))
            )),
        }),
        Ok(mut plan) => {
            tell_next(&only, &aim, &mut draft);
            plan.changes.splice(0..0, draft.changes);
            plan.facts.splice(0..0, draft.facts);
            plan.next = draft.next;
            plan.title = format!("{GO_ON}{}", plan.title);
            Ok(plan.rehashed())
        }
    }
}

/// Says what comes after what was interrupted, where more does: it is wanted again, and planned then.
fn tell_next(desk: &Desk<'_>, aim: &Intent, draft: &mut Draft) {
    let Some((id, _)) = aim.does() else {
        return;
    };
    let step = desk.steps.iter().find(|step| &step.id == id);
    let has_stages = desk.look.book.step(id).is_some_and(|step| {
        matches!(
            step.work,
            Work::Change(_) | Work::Carry(_) | Work::Deploy { .. }
        )
    });
    if has_stages && step.is_some_and(|step| !step.state.is_over()) {
        let next = desk.line(aim.to_string());
        draft.ok(format!("no more than what was interrupted; next: `{next}`"));
        draft.next = Some(next);
    }
}

/// A start whose record has begun goes on with the branch: its first step.
fn begun(desk: &Desk<'_>, aim: Intent) -> Intent {
    let first = desk.look.book.steps.iter();
    let mut first = first.filter(|step| matches!(step.work, Work::Commits { .. }));
    match (&aim, first.next()) {
        (Intent::Start(_), Some(step)) if desk.look.record.opening.is_some() => Intent::Do {
            step: step.id.clone(),
            target: None,
            note: None,
            riders: None,
        },
        _ => aim,
    }
}
