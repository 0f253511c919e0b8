//! Keys of the main screen: movement, panes, overlays; and the way from a key to its action.

use crossterm::event::KeyCode;

use crate::engine::Level;

use super::actions::Action;
use super::actions::Scope;
use super::approvals;
use super::brought;
use super::checklist::rows;
use super::checklist::selected;
use super::commands::CommandList;
use super::diff;
use super::effect::Effect;
use super::field::Field;
use super::guard::TYPED_APART;
use super::hotfixes as list;
use super::jobs;
use super::keymap::Match;
use super::keys::Chord;
use super::lanes;
use super::looks::look;
use super::overlay::Overlay;
use super::quit as leaving;
use super::size::Fit;
use super::state::App;
use super::state::Pane;
use super::status;
use super::words::Tone;

/// Takes a key where no overlay is open.
pub(super) fn press(app: &mut App, chord: Chord, since_last: Option<u64>) -> Vec<Effect> {
    if app.filtering.is_some() {
        return type_filter(app, chord);
    }
    let mut keys = std::mem::take(&mut app.pending);
    if !keys.is_empty() && (chord.code == KeyCode::Esc || chord == Chord::ctrl('c')) {
        return Vec::new();
    }
    keys.push(chord);
    match app.options.keymap.find(app.focus, &keys) {
        Match::Action(action) => {
            let is_work = action.level > Level::L0;
            if is_work && since_last.is_some_and(|apart| apart < TYPED_APART) {
                app.refuse("keys came faster than anyone types: ignored, press it again");
                return Vec::new();
            }
            invoke(app, action)
        }
        Match::Leader => {
            app.pending = keys;
            Vec::new()
        }
        Match::Nothing => {
            if app.fit() > Fit::TooSmall {
                app.hint(format!("{chord} does nothing here: ? shows the keys"));
            }
            Vec::new()
        }
    }
}

/// Presses a key on a screen that has keys of its own, which lies on top.
pub(super) fn press_on(app: &mut App, scope: Scope, chord: Chord) -> Vec<Effect> {
    let mut keys = std::mem::take(&mut app.pending);
    keys.push(chord);
    match app.options.keymap.find_in(scope, &keys) {
        Match::Action(action) => invoke(app, action),
        Match::Leader => {
            app.pending = keys;
            Vec::new()
        }
        Match::Nothing => {
            app.hint(format!("{chord} does nothing here: ? shows the keys"));
            Vec::new()
        }
    }
}

/// Does an action, or says why not.
pub(super) fn invoke(app: &mut App, action: &'static Action) -> Vec<Effect> {
    match (action.enabled)(app) {
        Ok(()) => {
            if action.level > Level::L0 {
                app.status = None;
            }
            status::another_deed(app);
            (action.run)(app)
        }
        Err(reason) => {
            app.refuse(format!("{}: {reason}", action.title));
            Vec::new()
        }
    }
}

fn type_filter(app: &mut App, chord: Chord) -> Vec<Effect> {
    let Some(mut field) = app.filtering.take() else {
        return Vec::new();
    };
    match chord.code {
        KeyCode::Esc => {
            app.filter.remove(&app.focus);
        }
        KeyCode::Char('c') if chord.is_ctrl => {
            app.filter.remove(&app.focus);
        }
        KeyCode::Enter => {}
        _ => {
            field.press(chord);
            if field.text.is_empty() {
                app.filter.remove(&app.focus);
            } else {
                app.filter.insert(app.focus, field.text.clone());
            }
            app.filtering = Some(field);
            if app.focus == Pane::Lanes {
                app.status = None;
                return lanes::seek(app, true);
            }
        }
    }
    Vec::new()
}

pub(super) fn can_filter(app: &App) -> Result<(), String> {
    match app.focus {
        Pane::Lanes | Pane::Checklist | Pane::Approvals | Pane::Log => Ok(()),
        Pane::Detail => Err("this pane has nothing to filter".to_owned()),
    }
}

pub(super) fn filter(app: &mut App) -> Vec<Effect> {
    let text = app.filter.get(&app.focus).cloned().unwrap_or_default();
    app.filtering = Some(Field::with(text));
    Vec::new()
}

pub(super) fn can_seek(app: &App) -> Result<(), String> {
    can_filter(app)?;
    app.filter
        .get(&app.focus)
        .map(drop)
        .ok_or_else(|| "/ says what to look for".to_owned())
}

/// Goes on to the next of what the filter finds, and from the last to the first.
pub(super) fn seek(app: &mut App) -> Vec<Effect> {
    let before = match app.focus {
        // It has a row for every lane: the others show only what is found.
        Pane::Lanes => return lanes::seek(app, false),
        Pane::Approvals => {
            approvals::next(app);
            return Vec::new();
        }
        Pane::Checklist | Pane::Detail | Pane::Log => app.selection.clone(),
    };
    let effects = step(app, 1);
    if app.selection == before {
        return step(app, isize::MIN / 2);
    }
    effects
}

pub(super) fn focus(app: &mut App, pane: Pane) -> Vec<Effect> {
    app.focus = pane;
    if pane != Pane::Lanes {
        app.tab = pane;
    }
    match pane {
        Pane::Lanes | Pane::Checklist | Pane::Approvals => {
            if app.subject != pane {
                app.selection.detail = 0;
            }
            app.subject = pane;
        }
        Pane::Detail | Pane::Log => {}
    }
    Vec::new()
}

/// Returns the index that lies `by` rows away, kept inside.
pub(super) fn moved(at: usize, by: isize, len: usize) -> usize {
    at.saturating_add_signed(by).min(len.saturating_sub(1))
}

/// Returns the line that lies `by` lines away, at most `limit`.
pub(super) fn scrolled(at: usize, by: isize, limit: usize) -> usize {
    at.min(limit).saturating_add_signed(by).min(limit)
}

/// Moves the selection of the focused pane.
pub(super) fn step(app: &mut App, by: isize) -> Vec<Effect> {
    match app.focus {
        Pane::Lanes => lanes::step(app, by),
        Pane::Checklist => {
            let ids: Vec<_> = rows(app).into_iter().filter_map(|row| row.id).collect();
            let at = selected(app)
                .and_then(|id| ids.iter().position(|other| *other == id))
                .unwrap_or_default();
            app.selection.row = ids.get(moved(at, by, ids.len())).cloned();
            app.selection.detail = 0;
        }
        Pane::Approvals => approvals::step(app, by),
        Pane::Detail => {
            app.selection.detail = scrolled(app.selection.detail, by, app.limits.detail);
        }
        Pane::Log => {
            app.selection.log = scrolled(app.selection.log, by.saturating_neg(), app.limits.log);
        }
    }
    Vec::new()
}

pub(super) fn open(app: &mut App) -> Vec<Effect> {
    if app.focus == Pane::Log {
        return jobs::show(app);
    }
    // There one opens what is to be approved.
    if app.focus == Pane::Approvals && diff::can_open(app).is_ok() {
        return diff::open(app);
    }
    let asked = if app.focus == Pane::Lanes {
        brought::ask(app)
    } else {
        Vec::new()
    };
    let mut effects = focus(app, Pane::Detail);
    effects.extend(asked);
    effects
}

/// Steps back: from a zoom, a filter, a pane that was opened from another.
pub(super) fn back(app: &mut App) -> Vec<Effect> {
    app.status = None;
    if app.is_zoomed {
        app.is_zoomed = false;
        return Vec::new();
    }
    if app.focus == Pane::Lanes && lanes::drop_event(app) {
        return Vec::new();
    }
    let was_filtered = app.filter.remove(&app.focus).is_some();
    if was_filtered || app.selection.job.take().is_some() {
        return Vec::new();
    }
    if matches!(app.focus, Pane::Detail | Pane::Log) {
        return focus(app, app.subject);
    }
    Vec::new()
}

pub(super) fn zoom(app: &mut App) -> Vec<Effect> {
    app.is_zoomed = !app.is_zoomed;
    Vec::new()
}

/// Rows that the lanes may be given or lose.
pub(super) const MOST_SPLIT: i16 = 40;

pub(super) fn taller(app: &mut App) -> Vec<Effect> {
    app.split = (app.split + 1).min(MOST_SPLIT);
    Vec::new()
}

pub(super) fn lower(app: &mut App) -> Vec<Effect> {
    app.split = (app.split - 1).max(-MOST_SPLIT);
    Vec::new()
}

pub(super) fn has_board(app: &App) -> Result<(), String> {
    app.board
        .as_ref()
        .map(drop)
        .ok_or_else(|| "nothing was seen yet".to_owned())
}

pub(super) fn hotfixes(app: &mut App) -> Vec<Effect> {
    list::open(app)
}

pub(super) fn refresh(app: &mut App) -> Vec<Effect> {
    app.say("looking again", Tone::Dim);
    look(app)
}

pub(super) fn help(app: &mut App) -> Vec<Effect> {
    app.overlays.push(Overlay::Help(CommandList::default()));
    Vec::new()
}

pub(super) fn palette(app: &mut App) -> Vec<Effect> {
    app.overlays.push(Overlay::Palette(CommandList::default()));
    Vec::new()
}

pub(super) fn suspend(app: &mut App) -> Vec<Effect> {
    app.was_suspended_armed |= app.armed.is_some();
    super::arm::disarm(app, "the console was suspended");
    vec![Effect::Suspend]
}

/// `Ctrl-C` never quits, and asks before it ends a command that changes production from here.
pub(super) fn interrupt(app: &mut App) -> Vec<Effect> {
    if app.run.is_some() && app.focus == Pane::Log {
        return leaving::stop(app);
    }
    let words = if app.run.is_some() {
        "Ctrl-C stops what runs only in the log (5); q quits"
    } else {
        "nothing to cancel here; q quits"
    };
    app.say(words, Tone::Plain);
    Vec::new()
}

pub(super) fn quit(app: &mut App) -> Vec<Effect> {
    leaving::ask(app)
}
