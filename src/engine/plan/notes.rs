//! What is only written down: ticks, notes, skips, the end; and comments.

use crate::engine::derive::derive;
use crate::engine::outside::Outside;
use crate::engine::outside::outside;
use crate::engine::outside::started;
use crate::engine::own::Own;
use crate::engine::state::ItemState;
use crate::engine::state::Progress;
use crate::model::Deployment;
use crate::model::ItemId;
use crate::model::RequestId;
use crate::model::Seen;
use crate::model::StepId;
use crate::record::Event;

use super::Call;
use super::Desk;
use super::Level;
use super::Refusal;
use super::draft::Draft;
use super::refuse;

pub(super) fn plan_skip(desk: &Desk<'_>, id: &StepId, reason: &str) -> Result<Draft, Refusal> {
    let wanted = format!("skip {id}");
    let (step, progress) = desk.step(id)?;
    if reason.trim().is_empty() {
        return Err(refuse(wanted, "skipping a step needs a reason"));
    }
    if progress.state.is_over() {
        return Err(Refusal {
            wanted,
            reasons: vec![format!("step `{id}` is {}", progress.state.word())],
            hint: None,
        });
    }
    let mut draft = Draft::lasting(
        format!("skip `{}`", step.title),
        Event::StepSkipped {
            step: id.clone(),
            reason: reason.to_owned(),
        },
    )
    .step(id, None);
    draft.warn(format!("nothing will show that `{}` was done", step.title));
    "not possible here: a step that was left out stays out".clone_into(&mut draft.way_back);
    Ok(draft)
}

pub(super) fn plan_tick(
    desk: &Desk<'_>,
    id: &ItemId,
    note: Option<&str>,
) -> Result<Draft, Refusal> {
    let wanted = format!("tick {id}");
    let state = by_hand(desk, &wanted, id)?;
    if matches!(state, ItemState::DoneBy { .. }) {
        return Err(refuse(wanted, format!("nothing to do: `{id}` is ticked")));
    }
    Ok(Draft::written(
        wanted,
        Event::Ticked {
            item: id.clone(),
            note: note.unwrap_or_default().to_owned(),
        },
    ))
}

pub(super) fn plan_untick(desk: &Desk<'_>, id: &ItemId, note: &str) -> Result<Draft, Refusal> {
    let wanted = format!("untick {id}");
    let state = by_hand(desk, &wanted, id)?;
    if note.trim().is_empty() {
        return Err(refuse(wanted, "taking a tick back needs a note"));
    }
    if !matches!(state, ItemState::DoneBy { .. }) {
        return Err(refuse(
            wanted,
            format!("nothing to do: `{id}` is not ticked"),
        ));
    }
    Ok(Draft::written(
        wanted,
        Event::Unticked {
            item: id.clone(),
            note: note.to_owned(),
        },
    ))
}

/// Returns the state of an item that people tick; one that evidence ticks now is not theirs.
fn by_hand(desk: &Desk<'_>, wanted: &str, id: &ItemId) -> Result<ItemState, Refusal> {
    let look = desk.look;
    let Some(item) = look.book.checklist.iter().find(|item| &item.id == id) else {
        let known: Vec<&str> = look
            .book
            .checklist
            .iter()
            .filter(|item| item.evidence.is_none())
            .map(|item| item.id.as_str())
            .collect();
        return Err(refuse(wanted, format!("the checklist has no item `{id}`"))
            .hint(format!("items: {}", known.join(", "))));
    };
    let progress = derive(look.book, look.record, look.seen);
    let found = progress.checklist.into_iter().find(|item| &item.id == id);
    match (found, &item.evidence) {
        (Some(found), Some(rule)) if found.is_automatic => Err(refuse(
            wanted,
            format!("`{id}` is ticked by evidence alone ({rule})"),
        )),
        (Some(found), _) => Ok(found.state),
        (None, _) => Err(refuse(wanted, format!("the checklist has no item `{id}`"))),
    }
}

pub(super) fn plan_note(text: &str) -> Result<Draft, Refusal> {
    if text.trim().is_empty() {
        return Err(refuse("note", "the note is empty"));
    }
    Ok(Draft::written(
        "add a note",
        Event::NoteAdded {
            text: text.to_owned(),
        },
    ))
}

pub(super) fn plan_comment(desk: &Desk<'_>, id: RequestId, text: &str) -> Result<Draft, Refusal> {
    let wanted = format!("comment on change request {id}");
    if text.trim().is_empty() {
        return Err(refuse(wanted, "the comment is empty"));
    }
    if !desk.look.requests().iter().any(|request| request.id == id) {
        return Err(refuse(
            wanted,
            format!("there is no change request {id} here"),
        ));
    }
    let mut draft = Draft::new(wanted, Level::L2);
    draft.call(
        Call::Comment {
            request: id,
            text: text.to_owned(),
        },
        Vec::new(),
    );
    draft.will_not_change = vec!["branches, environments".to_owned()];
    draft.way_back = "comments stay; a later one can correct it".to_owned();
    Ok(draft)
}

pub(super) fn plan_close(desk: &Desk<'_>, note: &str) -> Result<Draft, Refusal> {
    let look = desk.look;
    let progress = derive(look.book, look.record, look.seen);
    let mut open: Vec<String> = progress
        .steps
        .iter()
        .filter(|step| !step.state.is_over())
        .map(|step| format!("step `{}` is {}", step.id, step.state.word()))
        .collect();
    open.extend(
        progress
            .checklist
            .iter()
            .filter(|item| !item.state.is_over())
            .map(|item| format!("checklist: {} is {}", item.text, item.state.word())),
    );
    if !open.is_empty() && note.trim().is_empty() {
        return Err(Refusal {
            wanted: "close".to_owned(),
            reasons: open,
            hint: Some(format!(
                "to close it unfinished, say why: {}",
                desk.line("close --note N")
            )),
        });
    }
    let mut draft = Draft::lasting(
        "close the hotfix",
        Event::Closed {
            note: note.to_owned(),
        },
    );
    tell_outside(desk, &progress, &mut draft);
    if open.is_empty() {
        draft.ok("every step and every item is over");
    }
    for line in open {
        draft.warn(line);
    }
    "not possible here: nothing more can be done for a hotfix, or noted, once it is closed"
        .clone_into(&mut draft.way_back);
    Ok(draft)
}

/// Puts what people did on the forge's own pages on record before the end of it: nobody asks the forge about it later.
fn tell_outside(desk: &Desk<'_>, progress: &Progress, draft: &mut Draft) {
    let found = outside(Own {
        record: desk.look.record,
        seen: desk.look.seen,
        progress: Some(progress),
    });
    put_first(found, draft);
}

/// Puts go-lives that were started past the driver's seat on record, before anything else is done; whoever drives says so,
/// or whoever acts where nobody does.
pub(super) fn tell_starts(desk: &Desk<'_>, draft: &mut Draft) {
    let seen = desk.look.seen;
    let is_shown = |deployment: &&Deployment| {
        let mut steps = desk.steps.iter();
        steps.any(|step| step.deployment.as_ref() == Some(&deployment.id))
    };
    let may_say = |deployment: &&Deployment| {
        let sight = seen.locks.get(&deployment.environment);
        sight
            .and_then(Seen::value)
            .is_some_and(|sight| sight.lock.driver.is_none() || sight.lock.is_driven_by(&sight.me))
    };
    let deployments = desk.look.deployments().iter();
    let found: Vec<Outside> = deployments
        .filter(is_shown)
        .filter(may_say)
        .filter_map(|deployment| started(desk.look.record, seen, deployment))
        .collect();
    for one in &found {
        draft.warn(format!("{} {}", one.who(), one.sentence()));
    }
    put_first(found, draft);
}

/// Puts what was done elsewhere on record before what the plan does.
fn put_first(found: Vec<Outside>, draft: &mut Draft) {
    let then = std::mem::take(&mut draft.changes);
    for one in found {
        draft.call(Call::Record { event: one.event() }, Vec::new());
    }
    draft.changes.extend(then);
}
