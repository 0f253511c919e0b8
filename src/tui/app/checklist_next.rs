//! What is next for the operator, below the checklist: every line names the key that does just this as the selection
//! stands now.

use crate::engine::DiffOf;
use crate::engine::Intent;
use crate::engine::NextAction;
use crate::engine::Prerequisite;
use crate::engine::Progress;
use crate::engine::Resolution;
use crate::model::Role;
use crate::model::StepId;
use crate::model::Subject;

use super::approvals::chosen;
use super::checklist::RowId;
use super::checklist::selected;
use super::checklist_footer::Footer;
use super::checklist_footer::FooterKind;
use super::conflicts;
use super::diff;
use super::retry;
use super::saying;
use super::state::App;
use super::wish;

/// So many are told; all of them are in `lanekeeper next`.
const MOST: usize = 2;

/// Returns what the operator can do, the most urgent first.
pub(super) fn next_lines(app: &App, progress: &Progress) -> Vec<Footer> {
    let next = progress.next.iter();
    next.filter(|next| next.who == Prerequisite::Me)
        .take(MOST)
        .map(|next| {
            let (key, text) = way(app, progress, next);
            Footer {
                kind: FooterKind::Next,
                key,
                text,
            }
        })
        .collect()
}

/// Returns the key that does this, and the words for it.
fn way(app: &App, progress: &Progress, next: &NextAction) -> (String, String) {
    if let Some(line) = &next.by_git {
        // The step above says what for.
        return (String::new(), line.clone());
    }
    let keymap = &app.options.keymap;
    let (id, does_it, text) = match to_look_at(app, next) {
        Some(of) => {
            let text = format!("look at the diff, then {}", next.text);
            ("diff", diff::is_about(app, &of), text)
        }
        None => {
            let (id, does_it) = by_key(app, progress, next);
            (id, does_it, next.text.clone())
        }
    };
    if does_it {
        return (keymap.first(id), text);
    }
    if wish::is_next(app, next) {
        return (keymap.first("plan-next"), text);
    }
    (keymap.first(id), format!("{text} (select it first)"))
}

/// Returns what must be looked at before a yes counts.
fn to_look_at(app: &App, next: &NextAction) -> Option<DiffOf> {
    app.board.as_ref()?.to_look_at(next, &app.looked)
}

/// Returns the action whose key leads to a wish, and whether it does this and nothing else: most are about what is selected.
fn by_key(app: &App, progress: &Progress, next: &NextAction) -> (&'static str, bool) {
    let is_selected = |row: RowId| selected(app) == Some(row);
    let is_chosen = |subject: &Subject, role: &Option<Role>| {
        chosen(app).is_some_and(|row| &row.subject == subject && &row.my_role == role)
    };
    match &next.intent {
        Intent::Do { step, .. } => by_step(app, progress, next, step),
        Intent::Approve { subject, role, .. } => ("approve", is_chosen(subject, role)),
        Intent::Reject { subject, role, .. } => ("reject", is_chosen(subject, role)),
        Intent::Tick { item, .. } | Intent::Untick { item, .. } => {
            ("tick", is_selected(RowId::Item(item.clone())))
        }
        Intent::Skip { step, .. } => ("skip", is_selected(RowId::Step(step.clone()))),
        Intent::Abandon { step, target, .. } => {
            let row = RowId::Target(step.clone(), target.clone());
            ("abandon", is_selected(row))
        }
        Intent::Comment { request, .. } => {
            ("comment", saying::request_of(app).as_ref() == Some(request))
        }
        // Where several could be meant, the key asks which.
        Intent::Decide { step, target, .. } | Intent::Resolve(Resolution { step, target, .. }) => {
            let would = conflicts::would_open(app);
            let is_it = would.is_none_or(|opened| opened == (step.clone(), target.clone()));
            ("conflicts", is_it)
        }
        Intent::Retry { job } => {
            let would = retry::would_retry(app);
            ("retry", would.is_none_or(|one| &one == job))
        }
        // These ask what they are about by themselves, or are about the hotfix.
        Intent::Acknowledge { .. } => ("acknowledge", true),
        Intent::Override { .. } => ("override", true),
        Intent::Note { .. } => ("note", true),
        Intent::Close { .. } => ("close", true),
        Intent::Resume { .. } => ("resume", true),
        Intent::Restore => ("restore", true),
        Intent::Start(_) => ("start", true),
        Intent::Drive { .. } => ("drive", true),
        // A file is named on the command line, and so is what is about many hotfixes.
        Intent::Import { .. } | Intent::Archive { .. } => ("palette", true),
    }
}

/// The same of a step that is carried on.
fn by_step(
    app: &App,
    progress: &Progress,
    next: &NextAction,
    step: &StepId,
) -> (&'static str, bool) {
    let known = progress.steps.iter().find(|known| &known.id == step);
    if known.is_some_and(|known| wish::is_by_hand(known.kind)) {
        return ("tick", selected(app) == Some(RowId::Step(step.clone())));
    }
    match known.and_then(wish::carries_on) {
        Some((id, wanted)) => (id, wanted(app).as_ref() == Ok(&next.intent)),
        None => ("plan-next", wish::is_next(app, next)),
    }
}
