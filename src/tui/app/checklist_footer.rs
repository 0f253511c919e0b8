//! The lines below the checklist: what is next, what waits, what is off. While a plan is carried out here nothing else can
//! be done, so that nothing is next.

use crate::engine::Intent;
use crate::engine::Prerequisite;
use crate::engine::Progress;
use crate::engine::StepProgress;
use crate::engine::StepState;
use crate::engine::WaitingOn;
use crate::model::Role;
use crate::model::Subject;

use super::checklist::is_running;
use super::checklist::progress;
use super::checklist_next::next_lines;
use super::state::App;
use super::wish;
use super::words::Tone;

/// What a footer line tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FooterKind {
    Next,
    Wait,
    Off,
}

impl FooterKind {
    /// Returns the word before the line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Next => "NEXT",
            Self::Wait => "WAIT",
            Self::Off => "OFF",
        }
    }

    /// Returns the tone of that word.
    pub fn tone(self) -> Tone {
        match self {
            Self::Next => Tone::Good,
            Self::Wait => Tone::Warn,
            Self::Off => Tone::Dim,
        }
    }
}

/// One line below the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footer {
    pub kind: FooterKind,
    /// The key that does it.
    pub key: String,
    pub text: String,
}

/// Returns what is next for the operator, what waits for others, and what is off and why.
pub fn footer(app: &App) -> Vec<Footer> {
    let Some(progress) = progress(app) else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    if let Some(text) = runs_here(app) {
        lines.push(Footer {
            kind: FooterKind::Wait,
            key: String::new(),
            text,
        });
    }
    if app.run.is_none() {
        lines.extend(next_lines(app, progress));
    }
    if let Some(text) = waits(app, progress) {
        lines.push(Footer {
            kind: FooterKind::Wait,
            key: String::new(),
            text,
        });
    }
    if let Some((key, text)) = off(app) {
        lines.push(Footer {
            kind: FooterKind::Off,
            key,
            text,
        });
    }
    lines
}

/// Returns what is carried out here, with its present call.
fn runs_here(app: &App) -> Option<String> {
    let run = app.run.as_ref()?;
    Some(match run.doing(app.clock.now) {
        Some((_, doing)) => format!("running here: {doing}"),
        None => format!("running here: {}", run.title),
    })
}

/// Returns the first reason that lies with somebody else or with time.
fn waits(app: &App, progress: &Progress) -> Option<String> {
    // What waits for the operator is said under NEXT.
    let is_mine = |step: &StepProgress| {
        progress.next.iter().any(|next| {
            next.who == Prerequisite::Me
                && wish::is_by_hand(step.kind)
                && matches!(&next.intent, Intent::Do { step: id, .. } if id == &step.id)
        })
    };
    // Of what is carried out here the latest look may not know yet.
    let doing = app.run.as_ref().and_then(|run| run.doing(app.clock.now));
    let here = doing.and_then(|(change, _)| change.step.as_ref());
    let is_old = |step: &StepProgress| Some(&step.id) == here && !is_running(&step.state);
    let states = progress
        .steps
        .iter()
        .filter(|step| !is_mine(step) && !is_old(step))
        .flat_map(|step| {
            std::iter::once(&step.state).chain(step.targets.iter().map(|target| &target.state))
        });
    if let Some(text) = for_others(progress) {
        return Some(text);
    }
    for state in states {
        let (StepState::Waiting(on) | StepState::Underway(on)) = state else {
            continue;
        };
        // What nobody can end is said before what somebody will.
        let dead_end = on.iter().find(|reason| reason.is_dead_end());
        let mut reasons = on.iter();
        let reason = dead_end.or_else(|| {
            reasons.find(|reason| !matches!(reason, WaitingOn::Step(_) | WaitingOn::NotYet { .. }))
        });
        if let Some(reason) = reason {
            let several = together(reason, on).filter(|_| dead_end.is_none());
            let words = several.unwrap_or_else(|| reason.words(app.clock.now));
            let short = words.strip_prefix("waits for ").unwrap_or(&words);
            return Some(short.to_owned());
        }
    }
    None
}

/// Returns what could be done, and is for others to do.
fn for_others(progress: &Progress) -> Option<String> {
    progress.next.iter().find_map(|next| {
        let Prerequisite::Others { ids, .. } = &next.who else {
            return None;
        };
        let (step, _) = next.intent.does()?;
        let mut steps = progress.steps.iter();
        let is_ready = steps.any(|one| &one.id == step && one.state == StepState::Ready);
        let who = match ids.as_slice() {
            [] => "somebody else".to_owned(),
            ids => ids.join(" or "),
        };
        is_ready.then(|| format!("{who} to {}", next.text))
    })
}

/// Returns the seats of one subject in one sentence, where there are several: all of them are waited for.
fn together(reason: &WaitingOn, on: &[WaitingOn]) -> Option<String> {
    let (_, subject) = seat(reason)?;
    let seats = on.iter().filter_map(seat);
    let roles: Vec<String> = seats
        .filter(|(_, other)| *other == subject)
        .map(|(role, _)| format!("the {role}"))
        .collect();
    (roles.len() > 1).then(|| format!("waits for {} on {subject}", roles.join(" and ")))
}

/// Returns the seat that a reason is about.
fn seat(reason: &WaitingOn) -> Option<(&Role, &Subject)> {
    if let WaitingOn::Seat { role, subject, .. } | WaitingOn::StaleApproval { role, subject, .. } =
        reason
    {
        return Some((role, subject));
    }
    None
}

/// Returns the first thing that production does not allow now.
fn off(app: &App) -> Option<(String, String)> {
    let keymap = &app.options.keymap;
    // While something runs nothing else can be done anyway; the status line says so.
    if app.run.is_some() {
        return None;
    }
    if let Err(reason) = wish::can_deploy(app)
        && progress(app)?
            .steps
            .iter()
            .any(|step| step.kind == "deploy" && !step.state.is_over())
    {
        return Some((keymap.first("deploy"), format!("deploy: {reason}")));
    }
    let needs_arming = progress(app)?
        .next
        .iter()
        .any(|next| next.level == crate::engine::Level::L4);
    (needs_arming && app.armed.is_none()).then(|| {
        (
            keymap.first("arm"),
            "production is READ-ONLY until it is armed".to_owned(),
        )
    })
}
