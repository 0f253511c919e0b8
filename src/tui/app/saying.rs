//! Work that takes words: votes, ticks, decisions, notes, comments.

use crate::engine::Intent;
use crate::engine::Prerequisite;
use crate::engine::Standing;
use crate::engine::StepState;
use crate::model::CommitId;
use crate::model::RequestId;
use crate::model::StepId;
use crate::model::Subject;
use crate::model::Verdict;

use super::approvals::ApprovalRow;
use super::approvals::chosen;
use super::approvals::row_of;
use super::checklist::RowId;
use super::checklist::selected;
use super::choose;
use super::editor;
use super::editor::Purpose;
use super::editor::Vote;
use super::effect::Effect;
use super::msg::Wish;
use super::state::App;
use super::wish::Able;
use super::wish::ask;
use super::wish::by_hand;
use super::wish::is_by_hand;
use super::wish::is_free;
use super::wish::next_actions;
use super::wish::no_hotfix;
use super::wish::open_steps;
use super::wish::steps;
use super::wish::why_not;

/// Returns the approval that the keys are about, if the operator may decide it.
fn approval(app: &App, subject: Option<&Subject>) -> Result<ApprovalRow, String> {
    is_free(app)?;
    let row = match subject {
        Some(subject) => row_of(app, subject),
        None => chosen(app),
    };
    let row = row.ok_or("nothing waits for an approval")?;
    if row.hotfix.is_none() && app.hotfix.is_none() {
        return Err(no_hotfix());
    }
    match &row.why_not {
        Some(reason) => Err(reason.clone()),
        None => Ok(row),
    }
}

/// Returns the yes to an approval: only to what was looked at as it stands.
fn yes(app: &App, subject: Option<&Subject>) -> Result<Purpose, String> {
    let row = approval(app, subject)?;
    if let Some(obstacle) = row.standing.obstacle() {
        let keymap = &app.options.keymap;
        let key = match row.standing {
            Standing::Hidden { .. } if subject.is_some() => keymap.first("diff-saw-hidden"),
            Standing::Hidden { .. }
            | Standing::Never
            | Standing::Changed { .. }
            | Standing::Looked { .. } => keymap.first("diff"),
        };
        let next = match row.standing {
            Standing::Hidden { .. } if subject.is_some() => "says that you saw them",
            Standing::Hidden { .. }
            | Standing::Never
            | Standing::Changed { .. }
            | Standing::Looked { .. } => "opens it",
        };
        return Err(format!("{obstacle}: {key} {next}"));
    }
    Ok(Purpose::Vote(
        row.subject,
        row.my_role,
        Vote::Approve(row.head),
    ))
}

fn no(app: &App, subject: Option<&Subject>) -> Result<Purpose, String> {
    let row = approval(app, subject)?;
    Ok(Purpose::Vote(row.subject, row.my_role, Vote::Reject))
}

pub(super) fn can_approve(app: &App) -> Able {
    yes(app, None).map(drop)
}

pub(super) fn can_approve_of(app: &App, subject: &Subject) -> Able {
    yes(app, Some(subject)).map(drop)
}

pub(super) fn approve(app: &mut App) -> Vec<Effect> {
    open_text(app, |app| yes(app, None))
}

pub(super) fn can_reject(app: &App) -> Able {
    no(app, None).map(drop)
}

pub(super) fn can_reject_of(app: &App, subject: &Subject) -> Able {
    no(app, Some(subject)).map(drop)
}

pub(super) fn reject(app: &mut App) -> Vec<Effect> {
    open_text(app, |app| no(app, None))
}

/// Returns the head that the operator looked at, if a yes would count.
pub(super) fn looked_at(app: &App, subject: &Subject) -> Option<CommitId> {
    let row = row_of(app, subject)?;
    row.standing.is_looked().then_some(row.head)
}

/// Returns the text that the selected row asks for, or why it cannot be ticked.
fn tick_purpose(app: &App) -> Result<Purpose, String> {
    let steps = open_steps(app)?;
    let progress = app
        .board
        .as_ref()
        .and_then(|board| board.progress.as_ref())
        .ok_or_else(no_hotfix)?;
    match selected(app).ok_or("nothing is selected")? {
        RowId::Item(id) => {
            let item = progress
                .checklist
                .iter()
                .find(|item| item.id == id)
                .ok_or("nothing is selected")?;
            if item.is_automatic {
                return Err("this item is ticked from evidence only, never by hand".to_owned());
            }
            Ok(if item.state.is_over() {
                Purpose::Untick(id)
            } else {
                Purpose::Tick(id)
            })
        }
        RowId::Step(id) | RowId::Target(id, _) => {
            let step = steps
                .iter()
                .find(|step| step.id == id)
                .ok_or("nothing is selected")?;
            match &step.state {
                _ if !is_by_hand(step.kind) => {
                    Err("this step is done from evidence only, never by hand".to_owned())
                }
                StepState::Done(_) | StepState::Skipped { .. } => Err("it is done".to_owned()),
                StepState::Ready | StepState::Underway(_) => Ok(Purpose::Confirm(id)),
                // A step that waits for a person's word is open as soon as the engine offers it.
                StepState::Waiting(_) if is_offered(app, &id) => Ok(Purpose::Confirm(id)),
                StepState::Waiting(_) | StepState::Failed(_) => Err(why_not(app, &[step])),
            }
        }
    }
}

/// Tells whether the step is among what the operator may do next.
fn is_offered(app: &App, wanted: &StepId) -> bool {
    next_actions(app).iter().any(|next| {
        next.who == Prerequisite::Me
            && matches!(&next.intent, Intent::Do { step, .. } if step == wanted)
    })
}

pub(super) fn can_tick(app: &App) -> Able {
    tick_purpose(app).map(drop)
}

pub(super) fn tick(app: &mut App) -> Vec<Effect> {
    open_text(app, tick_purpose)
}

pub(super) fn open_text(
    app: &mut App,
    purpose: fn(&App) -> Result<Purpose, String>,
) -> Vec<Effect> {
    match purpose(app) {
        Ok(purpose) => editor::open(app, purpose),
        Err(reason) => {
            app.refuse(reason);
            Vec::new()
        }
    }
}

/// Returns every conflicted path that nobody decided, with words.
fn undecided(app: &App) -> Result<Vec<(String, Purpose)>, String> {
    let mut choices = Vec::new();
    for step in open_steps(app)? {
        for target in &step.targets {
            for path in &target.undecided {
                choices.push((
                    format!("{}  {} ({})", target.lane, path.path, path.kind.word()),
                    Purpose::Decide(step.id.clone(), target.lane.clone(), path.path.clone()),
                ));
            }
        }
    }
    if choices.is_empty() {
        return Err("no conflicted path waits for a decision".to_owned());
    }
    Ok(choices)
}

pub(super) fn can_decide(app: &App) -> Able {
    undecided(app).map(drop)
}

pub(super) fn decide(app: &mut App) -> Vec<Effect> {
    let paths = undecided(app);
    choose::open(app, "Keep which path as the branch's head has it?", paths)
}

/// Returns every lane where a changed fix waits for a person's eye, with words: what is next first, then wherever the
/// command line takes one as well.
fn changed(app: &App) -> Result<Vec<(String, Purpose)>, String> {
    open_steps(app)?;
    let mut choices: Vec<(String, Purpose)> = next_actions(app)
        .iter()
        .filter_map(|next| match by_hand(app, &next.intent) {
            Some(Purpose::Acknowledge(lane)) => {
                Some((next.text.clone(), Purpose::Acknowledge(lane)))
            }
            Some(_) | None => None,
        })
        .collect();
    if let Some(board) = &app.board {
        for lane in board.changed_lanes() {
            let verdict = board.verdict_in(&lane, Verdict::Changed);
            let words = format!("{lane}: {verdict}");
            let purpose = Purpose::Acknowledge(lane);
            if !choices.iter().any(|(_, known)| *known == purpose) {
                choices.push((words, purpose));
            }
        }
    }
    if choices.is_empty() {
        return Err("the fix is CHANGED in no lane".to_owned());
    }
    Ok(choices)
}

pub(super) fn can_acknowledge(app: &App) -> Able {
    changed(app).map(drop)
}

pub(super) fn acknowledge(app: &mut App) -> Vec<Effect> {
    let lanes = changed(app);
    choose::open(app, "Where is the changed fix alive?", lanes)
}

/// Returns every rule that can be overridden now, with words.
fn overridable(app: &App) -> Result<Vec<(String, Purpose)>, String> {
    open_steps(app)?;
    let rules = app.board.iter().flat_map(|board| board.overridable());
    let choices: Vec<(String, Purpose)> = rules
        .map(|(rule, words)| (words, Purpose::Override(rule)))
        .collect();
    if choices.is_empty() {
        return Err("no rule that can be overridden blocks a step".to_owned());
    }
    Ok(choices)
}

pub(super) fn can_override(app: &App) -> Able {
    overridable(app).map(drop)
}

pub(super) fn override_rule(app: &mut App) -> Vec<Effect> {
    let rules = overridable(app);
    choose::open(app, "Override which rule?", rules)
}

pub(super) fn can_note(app: &App) -> Able {
    open_steps(app).map(drop)
}

pub(super) fn note(app: &mut App) -> Vec<Effect> {
    editor::open(app, Purpose::Note)
}

pub(super) fn note_in_editor(app: &mut App) -> Vec<Effect> {
    let draft = app.drafts.text(app.hotfix.as_ref(), &Purpose::Note);
    let text = draft.unwrap_or_default().to_owned();
    let mut effects = editor::open(app, Purpose::Note);
    effects.push(Effect::Edit {
        purpose: Purpose::Note,
        text,
    });
    effects
}

/// Returns the request of the selected row, else the latest one of the hotfix.
pub(super) fn request_of(app: &App) -> Option<RequestId> {
    let steps = steps(app).ok()?;
    let of_row = match selected(app) {
        Some(RowId::Step(id)) => steps
            .iter()
            .find(|step| step.id == id)
            .and_then(|step| step.request),
        Some(RowId::Target(id, lane)) => steps
            .iter()
            .find(|step| step.id == id)
            .and_then(|step| step.targets.iter().find(|target| target.lane == lane))
            .and_then(|target| target.request),
        Some(RowId::Item(_)) | None => None,
    };
    of_row.or_else(|| steps.iter().rev().find_map(|step| step.request))
}

fn comment_purpose(app: &App) -> Result<Purpose, String> {
    open_steps(app)?;
    request_of(app)
        .map(Purpose::Comment)
        .ok_or_else(|| "there is no change request yet".to_owned())
}

pub(super) fn can_comment(app: &App) -> Able {
    comment_purpose(app).map(drop)
}

pub(super) fn comment(app: &mut App) -> Vec<Effect> {
    open_text(app, comment_purpose)
}

pub(super) fn can_undo(app: &App) -> Able {
    is_free(app)?;
    match &app.undo {
        Some(_) => open_steps(app).map(drop),
        None => Err("nothing done here can be taken back".to_owned()),
    }
}

pub(super) fn undo(app: &mut App) -> Vec<Effect> {
    let Some((_, intent)) = app.undo.take() else {
        return Vec::new();
    };
    ask(app, Wish::Intent(intent), false)
}
