//! The resume screen: what a process that died left open on this machine, and what a person makes of it. It opens by
//! itself when the console first sees something that may have been sent; nothing runs by itself.

use crossterm::event::KeyCode;

use crate::engine::Found;
use crate::engine::Intent;
use crate::engine::Interrupted;
use crate::engine::Place;
use crate::engine::Plan;
use crate::engine::Resuming;
use crate::engine::Touched;
use crate::model::IntentId;
use crate::model::age;

use super::effect::Effect;
use super::keys::Chord;
use super::msg::Wish;
use super::overlay::Overlay;
use super::state::App;
use super::wish::ask;
use super::wish::is_free;
use super::words::Line;
use super::words::Tone;

/// The open screen. `at` is an identity, so that a refresh does not move it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResumeScreen {
    pub at: Option<IntentId>,
}

impl ResumeScreen {
    /// Returns the index of the selected intent.
    pub fn index(&self, left: &[Interrupted]) -> usize {
        left.iter()
            .position(|one| Some(&one.intent) == self.at.as_ref())
            .unwrap_or_default()
    }
}

/// Returns what was left open for the hotfix that is shown.
pub fn interrupted(app: &App) -> &[Interrupted] {
    app.board
        .as_ref()
        .map_or(&[], |board| board.seen.interrupted.as_slice())
}

/// Returns one intent as lines: what it was, each call with what was found of it, and what can be done.
pub fn resume_lines(app: &App, one: &Interrupted) -> Vec<Line> {
    let since = age(app.clock.now, one.since);
    let mut lines =
        vec![Line::new(one.title(), Tone::Strong).and(format!("  {since} ago"), Tone::Dim)];
    let project = app.board.as_ref().map(|board| &board.book.project);
    // The lanes are behind this screen.
    if let Some(board) = &app.board {
        let touched = one.touched(board);
        let tone = match touched {
            Touched::Yes => Tone::Bad,
            Touched::Perhaps | Touched::No => Tone::Warn,
            Touched::Never => Tone::Dim,
        };
        lines.push(Line::new(format!("  {}", touched.words()), tone));
    }
    for call in &one.calls {
        let tone = match call.found {
            Found::There { .. } | Found::Recorded => Tone::Good,
            Found::Nowhere | Found::Untold | Found::NotSeen => Tone::Warn,
            Found::NotBegun | Found::Written => Tone::Dim,
        };
        let place = project.and_then(|project| Place::of(&call.call, project));
        let beside = place
            .as_ref()
            .and_then(|place| place.beside(&call.call))
            .map_or_else(String::new, |words| format!("  {words}:"));
        let is_production = place.is_some_and(|place| place.is_production);
        let told = if is_production {
            Tone::Bad
        } else {
            Tone::Strong
        };
        let gap = if beside.is_empty() { "  " } else { " " };
        lines.push(Line::new(beside, told).and(format!("{gap}{}", call.call), Tone::Plain));
        lines.push(Line::new(format!("    {}", call.found.words()), tone));
    }
    for how in Resuming::ALL {
        let words = match how {
            Resuming::Continue => "put that on record, then do the rest of it",
            Resuming::Skip if !one.kept_alone().is_empty() => {
                "share none of it: drop what is kept here, with a word on record"
            }
            Resuming::Skip => "put that on record, and leave it at that",
            Resuming::Undo => "take back what it made",
        };
        let line = match can(app, one, how) {
            Ok(plan) => {
                let line = Line::new(format!("  {} ", key(how)), Tone::Key).and(words, Tone::Plain);
                match &plan.next {
                    Some(next) => line.and(format!("; next: `{next}`"), Tone::Dim),
                    None => line,
                }
            }
            Err(why) => Line::new(format!("  {} {words}: not now: {why}", key(how)), Tone::Dim),
        };
        lines.push(line);
    }
    lines
}

fn key(how: Resuming) -> char {
    match how {
        Resuming::Continue => 'c',
        Resuming::Skip => 's',
        Resuming::Undo => 'u',
    }
}

fn can(app: &App, one: &Interrupted, how: Resuming) -> Result<Plan, String> {
    let board = app.board.as_ref().ok_or("nothing was seen yet")?;
    let planned = board.plan_resume(one, how);
    planned.map_err(|reasons| reasons.join("; "))
}

pub(super) fn can_resume(app: &App) -> Result<(), String> {
    is_free(app)?;
    if interrupted(app).is_empty() {
        Err("nothing was interrupted here".to_owned())
    } else {
        Ok(())
    }
}

pub(super) fn open(app: &mut App) -> Vec<Effect> {
    app.overlays.push(Overlay::Resume(ResumeScreen::default()));
    Vec::new()
}

pub(super) fn can_restore(app: &App) -> Result<(), String> {
    is_free(app)?;
    let board = app.board.as_ref().ok_or("nothing was seen yet")?;
    match &board.seen.rewritten {
        Some(_) => Ok(()),
        None => Err("the record holds everything that was seen here".to_owned()),
    }
}

pub(super) fn restore(app: &mut App) -> Vec<Effect> {
    ask(app, Wish::Intent(Intent::Restore), false)
}

/// Opens the screen where something may have been sent that nobody has decided about, once per intent.
pub(super) fn offer(app: &mut App) {
    let fresh: Vec<IntentId> = interrupted(app)
        .iter()
        .filter(|one| one.may_have_acted() && !app.offered.contains(&one.intent))
        .map(|one| one.intent.clone())
        .collect();
    if fresh.is_empty() || app.run.is_some() || !app.overlays.is_empty() {
        return;
    }
    let at = fresh.first().cloned();
    app.offered.extend(fresh);
    app.overlays.push(Overlay::Resume(ResumeScreen { at }));
}

pub(super) fn press(app: &mut App, mut screen: ResumeScreen, chord: Chord) -> Vec<Effect> {
    let left = interrupted(app).to_vec();
    let at = screen.index(&left);
    let how = match chord.code {
        KeyCode::Esc | KeyCode::Char('q') => return Vec::new(),
        KeyCode::Char('c') if chord.is_ctrl => return Vec::new(),
        KeyCode::Down | KeyCode::Char('j') => {
            screen.at = left
                .get(at + 1)
                .or(left.last())
                .map(|one| one.intent.clone());
            None
        }
        KeyCode::Up | KeyCode::Char('k') => {
            screen.at = left.get(at.saturating_sub(1)).map(|one| one.intent.clone());
            None
        }
        KeyCode::Char('c') => Some(Resuming::Continue),
        KeyCode::Char('s') => Some(Resuming::Skip),
        KeyCode::Char('u') => Some(Resuming::Undo),
        _ => {
            app.hint(format!(
                "{chord} does nothing here: c, s and u decide, Esc leaves it for later"
            ));
            None
        }
    };
    if let (Some(how), Some(one)) = (how, left.get(at)) {
        match is_free(app).and_then(|()| can(app, one, how)) {
            // The plan comes from a fresh look, and is shown where it does more than write down.
            Ok(_) => return ask(app, Wish::Intent(one.resume(how)), false),
            Err(why) => app.say(why, Tone::Warn),
        }
    }
    app.overlays.push(Overlay::Resume(screen));
    Vec::new()
}
