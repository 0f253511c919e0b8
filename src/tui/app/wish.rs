//! Wishes: from a key to what an operator wants of the steps. Each can-function says why not; each other one
//! asks for a plan.

use crate::engine::Board;
use crate::engine::DiffOf;
use crate::engine::Intent;
use crate::engine::NextAction;
use crate::engine::Prerequisite;
use crate::engine::StepProgress;
use crate::playbook::CarryKind;

use super::approvals;
use super::checklist::RowId;
use super::checklist::selected;
use super::conflicts;
use super::diff;
use super::editor;
use super::editor::Purpose;
use super::editor::Vote;
use super::effect::Effect;
use super::msg::Wish;
use super::saying;
use super::state::App;
use super::words::Tone;

pub(super) type Able = Result<(), String>;

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
    // An approval may be about another hotfix than the one that is shown.
    let other = match &wish {
        Wish::Intent(Intent::Approve { subject, .. } | Intent::Reject { subject, .. }) => {
            approvals::hotfix_of(app, subject)
        }
        Wish::Intent(_) | Wish::Resolve(_) | Wish::Start(_) => None,
    };
    vec![Effect::Plan {
        generation: app.plan,
        hotfix: other.or_else(|| app.hotfix.clone()),
        wish,
    }]
}

pub(super) fn steps(app: &App) -> Result<&[StepProgress], String> {
    is_free(app)?;
    let board = app.board.as_ref().ok_or("nothing was seen yet")?;
    let progress = board.progress.as_ref().ok_or_else(no_hotfix)?;
    Ok(&progress.steps)
}

/// Returns the steps of a hotfix that something may still be written down for.
pub(super) fn open_steps(app: &App) -> Result<&[StepProgress], String> {
    let steps = steps(app)?;
    let record = app.board.as_ref().and_then(|board| board.record.as_ref());
    match record.and_then(|record| record.closed.as_ref()) {
        Some(closed) => Err(format!("this hotfix was closed by {}", closed.by.show())),
        None => Ok(steps),
    }
}

pub(super) fn no_hotfix() -> String {
    "no hotfix is shown: g h lists them, s starts one".to_owned()
}

pub(super) fn next_actions(app: &App) -> &[NextAction] {
    app.board
        .as_ref()
        .and_then(|board| board.progress.as_ref())
        .map_or(&[], |progress| progress.next.as_slice())
}

/// Tells whether a step carries the fix into other lanes.
fn is_carry(kind: &str) -> bool {
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
        .filter(|next| {
            let does = next.intent.does();
            does.is_some_and(|(step, _)| of_kind.iter().any(|known| &known.id == step))
        })
        .collect();
    let is_selected = |next: &&&NextAction| match (next.intent.does(), selected(app)) {
        (Some((step, _)), Some(RowId::Step(row))) => step == &row,
        (Some((step, Some(target))), Some(RowId::Target(row, lane))) => {
            step == &row && target == &lane
        }
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
            // It had better be others; the plan says why.
            Prerequisite::Others { .. } if is_planned(app, &next.intent) => Ok(next.intent.clone()),
            Prerequisite::Others { role, ids } => Err(others(role.as_ref(), ids)),
        },
        None => Err(why_not(app, &of_kind)),
    }
}

fn is_planned(app: &App, intent: &Intent) -> bool {
    let board = app.board.as_ref();
    board.is_some_and(|board| {
        let record = board.record.as_ref();
        record.is_some_and(|record| board.plan(intent, record).is_ok())
    })
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

pub(super) fn why_not(app: &App, steps: &[&StepProgress]) -> String {
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

pub(super) fn ask_for(app: &mut App, wish: Result<Intent, String>, is_dry: bool) -> Vec<Effect> {
    match wish {
        // What waits for a yes is looked at first.
        Ok(Intent::Approve { subject, .. }) if saying::looked_at(app, &subject).is_none() => {
            diff::open_of(app, &DiffOf::Subject(subject))
        }
        Ok(intent) => match by_hand(app, &intent).filter(|_| !is_dry) {
            Some(purpose) => editor::open(app, purpose),
            None => {
                let intent = having_looked(app, intent);
                ask(app, Wish::Intent(intent), is_dry)
            }
        },
        Err(reason) => {
            app.refuse(reason);
            Vec::new()
        }
    }
}

/// Names the head that was looked at, where the intent is a yes.
fn having_looked(app: &App, mut intent: Intent) -> Intent {
    if let Intent::Approve { subject, seen, .. } = &mut intent {
        *seen = saying::looked_at(app, subject);
    }
    intent
}

/// Returns the text that a wish needs before it can be planned.
pub(super) fn by_hand(app: &App, intent: &Intent) -> Option<Purpose> {
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
        Intent::Override { rule, reason } if reason.is_empty() => {
            Some(Purpose::Override(rule.clone()))
        }
        Intent::Approve {
            subject,
            role,
            comment: None,
            ..
        } => {
            let head = saying::looked_at(app, subject)?;
            Some(Purpose::Vote(
                subject.clone(),
                role.clone(),
                Vote::Approve(head),
            ))
        }
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
        | Intent::Override { .. }
        | Intent::Resolve(_)
        | Intent::Abandon { .. }
        | Intent::Retry { .. }
        | Intent::Drive { .. }
        | Intent::Restore
        | Intent::Import { .. }
        | Intent::Archive { .. }
        | Intent::Resume { .. } => None,
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

/// Returns what lies with the operator, the most urgent first.
pub(super) fn mine(app: &App) -> impl Iterator<Item = &NextAction> {
    let next = next_actions(app).iter();
    next.filter(|next| next.who == Prerequisite::Me)
}

/// The most urgent thing that the operator may do and that a plan does.
fn first_of_mine(app: &App) -> Result<&NextAction, String> {
    steps(app)?;
    if let Some(next) = mine(app).find(|next| next.by_git.is_none()) {
        return Ok(next);
    }
    Err(match mine(app).find_map(|next| next.by_git.as_ref()) {
        Some(line) => format!("git does it, by hand: {line}"),
        None => "nothing waits for you".to_owned(),
    })
}

/// Tells whether `R n` is about this.
pub(super) fn is_next(app: &App, next: &NextAction) -> bool {
    first_of_mine(app).is_ok_and(|first| first == next)
}

/// What a key would ask for as the selection stands.
pub(super) type Wanted = fn(&App) -> Result<Intent, String>;

/// Returns the action whose key carries a step of this kind on, and what it would ask for; none where none does.
pub(super) fn carries_on(step: &StepProgress) -> Option<(&'static str, Wanted)> {
    match step.kind {
        "change" if step.request.is_some() => Some(("promote", promote_wish)),
        "change" => Some(("request", request_wish)),
        "deploy" | "migration" => Some(("deploy", deploy_wish)),
        kind if is_carry(kind) => Some(("carry", carry_wish)),
        _ => None,
    }
}

/// The same as an intent; a reason where conflicts are to be resolved before there can be a plan.
fn next_wish(app: &App) -> Result<Intent, String> {
    let next = first_of_mine(app)?;
    match &next.resolves {
        None => Ok(next.intent.clone()),
        Some((_, target)) => Err(format!(
            "the conflicts with {target} are resolved first: {} opens them",
            app.options.keymap.first("conflicts")
        )),
    }
}

pub(super) fn can_next(app: &App) -> Able {
    first_of_mine(app).map(drop)
}

pub(super) fn next(app: &mut App) -> Vec<Effect> {
    if let Ok(next) = first_of_mine(app)
        && let Some((step, target)) = next.resolves.clone()
    {
        return conflicts::open(app, step, target);
    }
    let wish = next_wish(app);
    ask_for(app, wish, false)
}

pub(super) fn next_dry(app: &mut App) -> Vec<Effect> {
    let wish = next_wish(app);
    ask_for(app, wish, true)
}

pub(super) fn can_copy(app: &App) -> Able {
    let line = next_command(app);
    line.map(drop)
        .ok_or_else(|| "nothing waits for you".to_owned())
}

/// Returns what is next as a line to type.
pub(super) fn next_command(app: &App) -> Option<String> {
    let called = app.board.as_ref().and_then(Board::called);
    mine(app).next().map(|next| next.line(called))
}
