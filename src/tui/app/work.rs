//! Wishes: from a key to what an operator wants. Each can-function says why not; each other one asks for a plan.

use crate::engine::Intent;
use crate::engine::NextAction;
use crate::engine::Prerequisite;
use crate::engine::StepProgress;
use crate::engine::StepState;
use crate::engine::TargetProgress;
use crate::model::RequestId;
use crate::model::StepId;
use crate::playbook::CarryKind;

use super::approvals::ApprovalRow;
use super::approvals::chosen;
use super::arm as arming;
use super::checklist::RowId;
use super::checklist::selected;
use super::choose;
use super::editor;
use super::editor::Purpose;
use super::editor::Vote;
use super::effect::Effect;
use super::msg::Wish;
use super::runs;
use super::start as wizard;
use super::state::App;
use super::words::Tone;

type Able = Result<(), String>;

/// Tells whether a plan may be asked for now: one at a time.
pub(super) fn is_free(app: &App) -> Able {
    match &app.run {
        Some(run) => Err(format!("`{}` is still running", run.title)),
        None => Ok(()),
    }
}

/// Asks for a plan; the answer opens the plan screen, or runs at once where it can be taken back.
pub(super) fn ask(app: &mut App, wish: Wish, is_dry: bool) -> Vec<Effect> {
    app.plan += 1;
    app.is_planning = true;
    app.is_dry = is_dry;
    app.say("looking again and planning", Tone::Dim);
    vec![Effect::Plan {
        generation: app.plan,
        hotfix: app.hotfix.clone(),
        wish,
    }]
}

fn steps(app: &App) -> Result<&[StepProgress], String> {
    is_free(app)?;
    let board = app.board.as_ref().ok_or("nothing was seen yet")?;
    let progress = board.progress.as_ref().ok_or_else(no_hotfix)?;
    Ok(&progress.steps)
}

fn no_hotfix() -> String {
    "no hotfix is shown: g h lists them, s starts one".to_owned()
}

fn next_actions(app: &App) -> &[NextAction] {
    app.board
        .as_ref()
        .and_then(|board| board.progress.as_ref())
        .map_or(&[], |progress| progress.next.as_slice())
}

/// Tells whether a step carries the fix into other lanes.
pub(super) fn is_carry(kind: &str) -> bool {
    [CarryKind::Retrofit, CarryKind::Backport, CarryKind::Sync]
        .iter()
        .any(|carry| carry.word() == kind)
}

/// Tells whether a step is done by a person who says so.
pub(super) fn is_by_hand(kind: &str) -> bool {
    matches!(kind, "confirm" | "postmortem" | "compare" | "seed")
}

/// Returns the wish of the step that `wanted` picks: the selected one first, else the most urgent.
fn wish_for(
    app: &App,
    what: &str,
    wanted: impl Fn(&StepProgress) -> bool,
) -> Result<Intent, String> {
    let steps = steps(app)?;
    let of_kind: Vec<&StepProgress> = steps.iter().filter(|step| wanted(step)).collect();
    if of_kind.is_empty() {
        return Err(format!("there is nothing to {what}"));
    }
    let fits: Vec<&NextAction> = next_actions(app)
        .iter()
        .filter(|next| match &next.intent {
            Intent::Do { step, .. } => of_kind.iter().any(|known| &known.id == step),
            Intent::Start(_)
            | Intent::Skip { .. }
            | Intent::Approve { .. }
            | Intent::Reject { .. }
            | Intent::Tick { .. }
            | Intent::Untick { .. }
            | Intent::Note { .. }
            | Intent::Comment { .. }
            | Intent::Decide { .. }
            | Intent::Acknowledge { .. }
            | Intent::Abandon { .. }
            | Intent::Close { .. } => false,
        })
        .collect();
    let is_selected = |next: &&&NextAction| match (&next.intent, selected(app)) {
        (Intent::Do { step, .. }, Some(RowId::Step(row))) => step == &row,
        (
            Intent::Do {
                step,
                target: Some(target),
                ..
            },
            Some(RowId::Target(row, lane)),
        ) => step == &row && target == &lane,
        _ => false,
    };
    let is_mine = |next: &&&NextAction| next.who == Prerequisite::Me;
    let next = fits
        .iter()
        .find(is_selected)
        .or_else(|| fits.iter().find(is_mine))
        .or(fits.first());
    match next {
        Some(next) => match &next.who {
            Prerequisite::Me => Ok(next.intent.clone()),
            Prerequisite::Others { role, ids } => Err(others(role.as_ref(), ids)),
        },
        None => Err(why_not(app, &of_kind)),
    }
}

fn others(role: Option<&crate::model::Role>, ids: &[String]) -> String {
    let who = if ids.is_empty() {
        "nobody here".to_owned()
    } else {
        ids.join(", ")
    };
    role.map_or_else(
        || format!("only {who} may"),
        |role| format!("only the {role} may: {who}"),
    )
}

fn why_not(app: &App, steps: &[&StepProgress]) -> String {
    let open = steps.iter().find(|step| !step.state.is_over());
    match open {
        None => "it is done".to_owned(),
        Some(step) => step
            .state
            .why(app.clock.now)
            .into_iter()
            .next()
            .unwrap_or_else(|| format!("`{}` is {}", step.id, step.state.word())),
    }
}

fn request_wish(app: &App) -> Result<Intent, String> {
    wish_for(app, "open", |step| step.kind == "change")
}

fn promote_wish(app: &App) -> Result<Intent, String> {
    wish_for(app, "merge", |step| {
        step.kind == "change" && step.request.is_some()
    })
}

fn deploy_wish(app: &App) -> Result<Intent, String> {
    wish_for(app, "deploy", |step| {
        matches!(step.kind, "deploy" | "migration")
    })
}

fn carry_wish(app: &App) -> Result<Intent, String> {
    wish_for(app, "carry back", |step| is_carry(step.kind))
}

fn ask_for(app: &mut App, wish: Result<Intent, String>, is_dry: bool) -> Vec<Effect> {
    match wish {
        Ok(intent) => match by_hand(app, &intent).filter(|_| !is_dry) {
            Some(purpose) => editor::open(app, purpose),
            None => ask(app, Wish::Intent(intent), is_dry),
        },
        Err(reason) => {
            app.say(reason, Tone::Warn);
            Vec::new()
        }
    }
}

/// Returns the text that a wish needs before it can be planned.
fn by_hand(app: &App, intent: &Intent) -> Option<Purpose> {
    match intent {
        Intent::Do {
            step, note: None, ..
        } => steps(app)
            .ok()?
            .iter()
            .find(|known| &known.id == step && is_by_hand(known.kind))
            .map(|known| Purpose::Confirm(known.id.clone())),
        Intent::Tick { item, note: None } => Some(Purpose::Tick(item.clone())),
        Intent::Decide {
            step,
            target,
            path,
            note,
        } if note.is_empty() => Some(Purpose::Decide(step.clone(), target.clone(), path.clone())),
        Intent::Acknowledge { lane, note } if note.is_empty() => {
            Some(Purpose::Acknowledge(lane.clone()))
        }
        Intent::Approve {
            subject,
            role,
            comment: None,
        } => Some(Purpose::Vote(subject.clone(), role.clone(), Vote::Approve)),
        Intent::Tick { note: Some(_), .. }
        | Intent::Do { note: Some(_), .. }
        | Intent::Start(_)
        | Intent::Skip { .. }
        | Intent::Approve { .. }
        | Intent::Reject { .. }
        | Intent::Untick { .. }
        | Intent::Note { .. }
        | Intent::Comment { .. }
        | Intent::Decide { .. }
        | Intent::Acknowledge { .. }
        | Intent::Abandon { .. } => None,
        Intent::Close { note } => note.is_empty().then_some(Purpose::Close),
    }
}

pub(super) fn can_request(app: &App) -> Able {
    request_wish(app).map(drop)
}

pub(super) fn request(app: &mut App) -> Vec<Effect> {
    let wish = request_wish(app);
    ask_for(app, wish, false)
}

pub(super) fn can_promote(app: &App) -> Able {
    promote_wish(app).map(drop)
}

pub(super) fn promote(app: &mut App) -> Vec<Effect> {
    let wish = promote_wish(app);
    ask_for(app, wish, false)
}

pub(super) fn can_deploy(app: &App) -> Able {
    deploy_wish(app).map(drop)
}

pub(super) fn deploy(app: &mut App) -> Vec<Effect> {
    let wish = deploy_wish(app);
    ask_for(app, wish, false)
}

pub(super) fn can_carry(app: &App) -> Able {
    carry_wish(app).map(drop)
}

pub(super) fn carry(app: &mut App) -> Vec<Effect> {
    let wish = carry_wish(app);
    ask_for(app, wish, false)
}

/// The most urgent thing that the operator may do.
fn next_wish(app: &App) -> Result<Intent, String> {
    steps(app)?;
    next_actions(app)
        .iter()
        .find(|next| next.who == Prerequisite::Me)
        .map(|next| next.intent.clone())
        .ok_or_else(|| "nothing waits for you".to_owned())
}

pub(super) fn can_next(app: &App) -> Able {
    next_wish(app).map(drop)
}

pub(super) fn next(app: &mut App) -> Vec<Effect> {
    let wish = next_wish(app);
    ask_for(app, wish, false)
}

pub(super) fn next_dry(app: &mut App) -> Vec<Effect> {
    let wish = next_wish(app);
    ask_for(app, wish, true)
}

/// Returns the next wish as a command line.
pub(super) fn next_command(app: &App) -> Option<String> {
    next_wish(app)
        .ok()
        .map(|intent| format!("lanekeeper {intent}"))
}

fn approval(app: &App) -> Result<ApprovalRow, String> {
    steps(app)?;
    let row = chosen(app).ok_or("nothing waits for an approval")?;
    match &row.why_not {
        Some(reason) => Err(reason.clone()),
        None => Ok(row),
    }
}

fn vote(app: &mut App, vote: Vote) -> Vec<Effect> {
    match approval(app) {
        Ok(row) => editor::open(app, Purpose::Vote(row.subject, row.my_role, vote)),
        Err(reason) => {
            app.say(reason, Tone::Warn);
            Vec::new()
        }
    }
}

pub(super) fn can_approve(app: &App) -> Able {
    approval(app).map(drop)
}

pub(super) fn approve(app: &mut App) -> Vec<Effect> {
    vote(app, Vote::Approve)
}

pub(super) fn can_reject(app: &App) -> Able {
    approval(app).map(drop)
}

pub(super) fn reject(app: &mut App) -> Vec<Effect> {
    vote(app, Vote::Reject)
}

/// Returns the text that the selected row asks for, or why it cannot be ticked.
fn tick_purpose(app: &App) -> Result<Purpose, String> {
    let steps = steps(app)?;
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

fn open_text(app: &mut App, purpose: fn(&App) -> Result<Purpose, String>) -> Vec<Effect> {
    match purpose(app) {
        Ok(purpose) => editor::open(app, purpose),
        Err(reason) => {
            app.say(reason, Tone::Warn);
            Vec::new()
        }
    }
}

/// Returns every conflicted path that nobody decided, with words.
fn undecided(app: &App) -> Result<Vec<(String, Purpose)>, String> {
    let mut choices = Vec::new();
    for step in steps(app)? {
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
    match undecided(app) {
        Ok(choices) => choose::open(app, "Keep which path as the branch's head has it?", choices),
        Err(reason) => {
            app.say(reason, Tone::Warn);
            Vec::new()
        }
    }
}

/// Returns every lane where a changed fix waits for a person's eye, with words.
fn changed(app: &App) -> Result<Vec<(String, Purpose)>, String> {
    steps(app)?;
    let choices: Vec<(String, Purpose)> = next_actions(app)
        .iter()
        .filter_map(|next| match by_hand(app, &next.intent) {
            Some(Purpose::Acknowledge(lane)) => {
                Some((next.text.clone(), Purpose::Acknowledge(lane)))
            }
            Some(_) | None => None,
        })
        .collect();
    if choices.is_empty() {
        return Err("the fix is CHANGED in no lane".to_owned());
    }
    Ok(choices)
}

pub(super) fn can_acknowledge(app: &App) -> Able {
    changed(app).map(drop)
}

pub(super) fn acknowledge(app: &mut App) -> Vec<Effect> {
    match changed(app) {
        Ok(choices) => choose::open(app, "Where is the changed fix alive?", choices),
        Err(reason) => {
            app.say(reason, Tone::Warn);
            Vec::new()
        }
    }
}

pub(super) fn can_note(app: &App) -> Able {
    steps(app).map(drop)
}

pub(super) fn note(app: &mut App) -> Vec<Effect> {
    editor::open(app, Purpose::Note)
}

pub(super) fn note_in_editor(app: &mut App) -> Vec<Effect> {
    let text = app.drafts.get(&Purpose::Note).cloned().unwrap_or_default();
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
    steps(app)?;
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
        Some(_) => Ok(()),
        None => Err("nothing done here can be taken back".to_owned()),
    }
}

pub(super) fn undo(app: &mut App) -> Vec<Effect> {
    let Some((_, intent)) = app.undo.take() else {
        return Vec::new();
    };
    ask(app, Wish::Intent(intent), false)
}

pub(super) fn can_start(app: &App) -> Able {
    is_free(app)?;
    if wizard::playbooks(app).is_empty() {
        return Err("nothing was seen yet".to_owned());
    }
    Ok(())
}

pub(super) fn start(app: &mut App) -> Vec<Effect> {
    wizard::open(app)
}

fn skip_purpose(app: &App) -> Result<Purpose, String> {
    let steps = steps(app)?;
    match selected(app) {
        Some(RowId::Step(id)) => match steps.iter().find(|step| step.id == id) {
            Some(step) if step.state.is_over() => Err("it is done".to_owned()),
            Some(step) => Ok(Purpose::Skip(step.id.clone())),
            None => Err("nothing is selected".to_owned()),
        },
        Some(RowId::Target(_, _)) => Err("a target is abandoned, not skipped: R a".to_owned()),
        Some(RowId::Item(_)) => Err("only steps can be skipped".to_owned()),
        None => Err("nothing is selected".to_owned()),
    }
}

pub(super) fn can_skip(app: &App) -> Able {
    skip_purpose(app).map(drop)
}

pub(super) fn skip(app: &mut App) -> Vec<Effect> {
    open_text(app, skip_purpose)
}

fn abandon_purpose(app: &App) -> Result<Purpose, String> {
    let steps = steps(app)?;
    let Some(RowId::Target(id, lane)) = selected(app) else {
        return Err("select a target lane in the checklist".to_owned());
    };
    let target: Option<&TargetProgress> = steps
        .iter()
        .find(|step| step.id == id)
        .and_then(|step| step.targets.iter().find(|target| target.lane == lane));
    match target {
        Some(target) if target.state.is_over() => Err("it is done".to_owned()),
        Some(_) => Ok(Purpose::Abandon(id, lane)),
        None => Err("select a target lane in the checklist".to_owned()),
    }
}

pub(super) fn can_abandon(app: &App) -> Able {
    abandon_purpose(app).map(drop)
}

pub(super) fn abandon(app: &mut App) -> Vec<Effect> {
    open_text(app, abandon_purpose)
}

pub(super) fn can_close(app: &App) -> Able {
    steps(app)?;
    let is_closed = app
        .board
        .as_ref()
        .and_then(|board| board.record.as_ref())
        .is_some_and(|record| record.closed.is_some());
    if is_closed {
        return Err("it is closed".to_owned());
    }
    Ok(())
}

pub(super) fn close(app: &mut App) -> Vec<Effect> {
    editor::open(app, Purpose::Close)
}

pub(super) fn can_arm(app: &App) -> Able {
    if app.armed.is_none() && arming::production(app).is_empty() {
        return Err("no environment is production here".to_owned());
    }
    Ok(())
}

pub(super) fn arm(app: &mut App) -> Vec<Effect> {
    if app.armed.is_some() {
        arming::disarm(app, "you disarmed it");
        return Vec::new();
    }
    arming::open(app)
}

pub(super) fn can_stop(app: &App) -> Able {
    match &app.run {
        Some(run) if run.is_cancelled => Err("it is stopping".to_owned()),
        Some(_) => Ok(()),
        None => Err("nothing is running".to_owned()),
    }
}

pub(super) fn stop(app: &mut App) -> Vec<Effect> {
    runs::cancel(app)
}
