//! What is next for the operator, below the checklist: every line names the key that does just this as the selection
//! stands now.

use crate::engine::DiffOf;
use crate::engine::Intent;
use crate::engine::NextAction;
use crate::engine::Prerequisite;
use crate::engine::Progress;

use super::approvals::chosen;
use super::checklist::RowId;
use super::checklist::selected;
use super::checklist_footer::Footer;
use super::checklist_footer::FooterKind;
use super::conflicts;
use super::diff;
use super::retry;
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
    let (id, text) = if to_look_at(app, next).is_some() {
        ("diff", format!("look at the diff, then {}", next.text))
    } else {
        (key_of(progress, next), next.text.clone())
    };
    if does(app, id, next) {
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

/// Tells whether the key of an action does this and nothing else: most are about what is selected.
fn does(app: &App, id: &str, next: &NextAction) -> bool {
    match (id, &next.intent) {
        ("plan-next", _) => wish::is_next(app, next),
        ("diff", _) => to_look_at(app, next).is_some_and(|of| diff::is_about(app, &of)),
        ("approve", Intent::Approve { subject, role, .. }) => {
            chosen(app).is_some_and(|row| &row.subject == subject && &row.my_role == role)
        }
        ("tick", Intent::Do { step, .. }) => selected(app) == Some(RowId::Step(step.clone())),
        ("tick", Intent::Tick { item, .. }) => selected(app) == Some(RowId::Item(item.clone())),
        ("conflicts", Intent::Decide { step, target, .. }) => {
            conflicts::would_open(app).is_none_or(|opened| opened == (step.clone(), target.clone()))
        }
        ("retry", Intent::Retry { job }) => retry::would_retry(app).is_none_or(|one| &one == job),
        (id, intent) => wish::is_meant(app, id, intent),
    }
}

/// Returns the action whose key leads to a wish.
fn key_of(progress: &Progress, next: &NextAction) -> &'static str {
    match &next.intent {
        Intent::Do { step, .. } => match progress.steps.iter().find(|known| &known.id == step) {
            Some(step) if step.kind == "change" && step.request.is_some() => "promote",
            Some(step) if step.kind == "change" => "request",
            Some(step) if matches!(step.kind, "deploy" | "migration") => "deploy",
            Some(step) if wish::is_carry(step.kind) => "carry",
            Some(step) if wish::is_by_hand(step.kind) => "tick",
            Some(_) | None => "plan-next",
        },
        Intent::Approve { .. } => "approve",
        Intent::Reject { .. } => "reject",
        Intent::Tick { .. } | Intent::Untick { .. } => "tick",
        Intent::Note { .. } => "note",
        Intent::Comment { .. } => "comment",
        Intent::Decide { .. } | Intent::Resolve(_) => "conflicts",
        Intent::Acknowledge { .. } => "acknowledge",
        Intent::Skip { .. } => "skip",
        Intent::Abandon { .. } => "abandon",
        Intent::Retry { .. } => "retry",
        Intent::Close { .. } => "close",
        Intent::Resume { .. } => "resume",
        // A file is named on the command line, and so is what is about many hotfixes.
        Intent::Import { .. } | Intent::Archive { .. } => "palette",
        Intent::Restore => "restore",
        Intent::Start(_) => "start",
        Intent::Drive { .. } => "drive",
    }
}
