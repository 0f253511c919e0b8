//! What a message does to the state, and what is to be done about it.

use crossterm::event::KeyCode;

use crate::engine::Board;
use crate::engine::Level;

use super::arm;
use super::choose;
use super::commands;
use super::commands::CommandList;
use super::editor;
use super::effect::Effect;
use super::hotfixes;
use super::hotfixes::HotfixList;
use super::input;
use super::keys::Chord;
use super::msg::Msg;
use super::msg::News;
use super::msg::PlanAnswer;
use super::msg::Trouble;
use super::msg::looks_at;
use super::overlay::Overlay;
use super::plan;
use super::plan::PlanScreen;
use super::quit;
use super::runs;
use super::size::Fit;
use super::size::fit;
use super::start;
use super::state::App;
use super::state::Watch;
use super::words::Tone;

/// Without focus for longer, production is read-only again.
const UNFOCUSED: i64 = 120;

/// Returns what is to be done first.
#[must_use]
pub fn begin(app: &mut App) -> Vec<Effect> {
    look(app)
}

/// Takes a message into the state and returns what is to be done about it.
#[must_use]
pub fn update(app: &mut App, msg: Msg) -> Vec<Effect> {
    app.clock = msg.at;
    if app
        .armed
        .as_ref()
        .is_some_and(|armed| armed.until <= app.clock.now)
    {
        arm::disarm(app, "its time is over");
    }
    match msg.news {
        News::Key(chord) => press(app, chord),
        News::Repeated(chord) => repeat(app, chord),
        News::Released(code) => {
            released(app, code);
            Vec::new()
        }
        News::Pasted(text) => {
            paste(app, &text);
            Vec::new()
        }
        News::Resized { width, height } => {
            app.size = (width, height);
            if fit(width, height) == Fit::TooSmall {
                return plan::dismiss(app, "the window became too small: nothing was done");
            }
            Vec::new()
        }
        News::FocusGained => {
            app.has_focus = true;
            check_focus(app);
            app.unfocused_at = None;
            Vec::new()
        }
        News::FocusLost => {
            app.has_focus = false;
            app.held = None;
            app.unfocused_at = Some(app.clock.now);
            plan::dismiss(app, "the window lost its focus: nothing was done")
        }
        News::Tick => {
            check_focus(app);
            plan::tick(app)
        }
        News::Woke => {
            arm::disarm(app, "the console was stopped");
            let _ = plan::dismiss(app, "the console was stopped: nothing was done");
            look(app)
        }
        News::Looked {
            generation,
            outcome,
        } => looked(app, generation, outcome),
        News::Planned {
            generation,
            outcome,
        } => planned(app, generation, outcome),
        News::Called { run, text } => {
            runs::called(app, run, text);
            Vec::new()
        }
        News::Resulted { run, result } => {
            runs::resulted(app, run, result);
            Vec::new()
        }
        News::Finished { run, outcome } => runs::finished(app, run, outcome),
        News::JobChanged {
            job,
            name,
            state,
            at,
        } => {
            app.log.job_changed(job, name, state, at);
            Vec::new()
        }
        News::JobLine { job, line } => {
            app.log.job_lines(&job, line.lines());
            Vec::new()
        }
        News::LogRead { job, outcome } => {
            match outcome {
                Ok((text, offset, _)) => {
                    app.log.job_lines(&job, text.lines());
                    app.log.job_read(&job, offset);
                }
                Err(trouble) => app.say(trouble.words(), Tone::Bad),
            }
            Vec::new()
        }
        News::Edited { purpose, outcome } => {
            editor::edited(app, purpose, outcome);
            Vec::new()
        }
        News::Copied { what, outcome } => {
            match outcome {
                Ok(()) => app.say(format!("copied {what}"), Tone::Plain),
                Err(trouble) => app.say(trouble.words(), Tone::Bad),
            }
            Vec::new()
        }
        News::RefsMoved => {
            // Our own writes move refs too; the end of the run looks anyway.
            if app.run.is_some() || app.is_looking {
                return Vec::new();
            }
            look(app)
        }
        News::Watching { is_on } => {
            app.watch = if is_on { Watch::On } else { Watch::Off };
            Vec::new()
        }
        News::Terminated => vec![Effect::Quit],
    }
}

fn press(app: &mut App, chord: Chord) -> Vec<Effect> {
    let since_last = app
        .last_key
        .replace(app.clock.millis)
        .map(|last| app.clock.millis.saturating_sub(last));
    let effects = route(app, chord, since_last);
    app.held = Some(chord.code);
    // Guards that opened by this very key wait for its release.
    if app.options.reports_releases {
        hold(app, chord.code);
    }
    effects
}

/// Tells the guard of a question that this key opened to wait for its release.
fn hold(app: &mut App, code: KeyCode) {
    let millis = app.clock.millis;
    let guard = match app.overlays.last_mut() {
        Some(Overlay::Plan(screen)) => &mut screen.guard,
        Some(Overlay::Arm(screen)) => &mut screen.guard,
        Some(
            Overlay::Editor(_)
            | Overlay::Start(_)
            | Overlay::Hotfixes(_)
            | Overlay::Help(_)
            | Overlay::Palette(_)
            | Overlay::Choose(_)
            | Overlay::Quit(_),
        )
        | None => return,
    };
    guard.hold_if_new(code, millis);
}

fn route(app: &mut App, chord: Chord, since_last: Option<u64>) -> Vec<Effect> {
    if app.fit() == Fit::TooSmall {
        return press_too_small(app, chord);
    }
    if chord == Chord::ctrl('z') {
        return input::suspend(app);
    }
    match app.overlays.pop() {
        None => input::press(app, chord, since_last),
        Some(Overlay::Plan(screen)) => plan::press(app, screen, chord),
        Some(Overlay::Arm(screen)) => arm::press(app, screen, chord),
        Some(Overlay::Editor(editor)) => editor::press(app, editor, chord),
        Some(Overlay::Start(screen)) => start::press(app, screen, chord),
        Some(Overlay::Hotfixes(list)) => hotfixes::press(app, list, chord),
        Some(Overlay::Help(list)) => commands::press(app, list, true, chord),
        Some(Overlay::Palette(list)) => commands::press(app, list, false, chord),
        Some(Overlay::Choose(choose)) => choose::press(app, choose, chord),
        Some(Overlay::Quit(screen)) => quit::press(app, screen, chord),
    }
}

/// Only leaving and help work where nothing fits (help shows once there is room).
fn press_too_small(app: &mut App, chord: Chord) -> Vec<Effect> {
    if chord == Chord::char('q') {
        return if app.run.is_some() {
            app.is_quitting = true;
            Vec::new()
        } else {
            vec![Effect::Quit]
        };
    }
    if chord == Chord::char('?') && app.overlays.is_empty() {
        app.overlays.push(Overlay::Help(CommandList::default()));
    }
    if chord == Chord::ctrl('z') {
        return input::suspend(app);
    }
    Vec::new()
}

/// A held key moves and types; it never decides anything.
fn repeat(app: &mut App, chord: Chord) -> Vec<Effect> {
    match app.overlays.last() {
        Some(Overlay::Plan(_) | Overlay::Arm(_) | Overlay::Quit(_)) => Vec::new(),
        Some(
            Overlay::Editor(_)
            | Overlay::Start(_)
            | Overlay::Hotfixes(_)
            | Overlay::Help(_)
            | Overlay::Palette(_)
            | Overlay::Choose(_),
        ) if chord.code == KeyCode::Enter || chord.code == KeyCode::Esc || chord.is_ctrl => {
            Vec::new()
        }
        Some(_) => route(app, chord, None),
        None if app.filtering.is_some() => route(app, chord, None),
        None => {
            let is_movement = matches!(
                chord.code,
                KeyCode::Up
                    | KeyCode::Down
                    | KeyCode::PageUp
                    | KeyCode::PageDown
                    | KeyCode::Char('j' | 'k' | '+' | '-')
            );
            if is_movement && app.fit() > Fit::TooSmall {
                route(app, chord, None)
            } else {
                Vec::new()
            }
        }
    }
}

fn released(app: &mut App, code: KeyCode) {
    if app.held == Some(code) {
        app.held = None;
    }
    for overlay in &mut app.overlays {
        match overlay {
            Overlay::Plan(screen) => screen.guard.released(code),
            Overlay::Arm(screen) => screen.guard.released(code),
            Overlay::Editor(_)
            | Overlay::Start(_)
            | Overlay::Hotfixes(_)
            | Overlay::Help(_)
            | Overlay::Palette(_)
            | Overlay::Choose(_)
            | Overlay::Quit(_) => {}
        }
    }
}

/// A paste is text: into a text it goes, anywhere else it is refused.
fn paste(app: &mut App, text: &str) {
    let top = app.overlays.pop();
    match top {
        Some(Overlay::Editor(mut editor)) => {
            editor::paste(&mut editor, text);
            app.overlays.push(Overlay::Editor(editor));
        }
        Some(Overlay::Start(mut screen)) => {
            start::paste(&mut screen, text);
            app.overlays.push(Overlay::Start(screen));
        }
        Some(Overlay::Help(mut list)) => {
            list.filter.paste(text);
            app.overlays.push(Overlay::Help(list));
        }
        Some(Overlay::Palette(mut list)) => {
            list.filter.paste(text);
            app.overlays.push(Overlay::Palette(list));
        }
        Some(Overlay::Plan(mut screen)) => {
            plan::paste(app, &mut screen);
            app.overlays.push(Overlay::Plan(screen));
        }
        Some(Overlay::Arm(mut screen)) => {
            arm::paste(app, &mut screen);
            app.overlays.push(Overlay::Arm(screen));
        }
        Some(other @ (Overlay::Hotfixes(_) | Overlay::Choose(_) | Overlay::Quit(_))) => {
            app.overlays.push(other);
            app.say("pasted text is no command: ignored", Tone::Warn);
        }
        None => match &mut app.filtering {
            Some(field) => {
                field.paste(text);
                let text = field.text.clone();
                app.filter.insert(app.focus, text);
            }
            None => app.say("pasted text is no command: ignored", Tone::Warn),
        },
    }
}

fn check_focus(app: &mut App) {
    let is_long = app
        .unfocused_at
        .is_some_and(|at| app.clock.now.seconds_since(at) > UNFOCUSED);
    if is_long {
        arm::disarm(app, "the window was without focus for 2 minutes");
    }
}

/// Asks for a new look; the answer to any earlier one is dropped.
pub(super) fn look(app: &mut App) -> Vec<Effect> {
    app.look += 1;
    app.is_looking = true;
    vec![Effect::Look {
        generation: app.look,
        hotfix: app.hotfix.clone(),
    }]
}

fn looked(app: &mut App, generation: u64, outcome: Result<Box<Board>, Trouble>) -> Vec<Effect> {
    if generation != app.look {
        return Vec::new();
    }
    app.is_looking = false;
    match outcome {
        Ok(board) => {
            app.blind = board.seen.tips.why().map(str::to_owned);
            if app.blind.is_none() {
                app.looked_at = Some(app.clock.now);
            }
            app.board = Some(*board);
            let is_asked = matches!(&app.status, Some(status) if status.text == "looking again");
            if is_asked {
                app.status = None;
            }
            after_look(app)
        }
        Err(trouble) => {
            let what = looks_at(app.hotfix.as_ref());
            app.log.add(app.clock.now, what, trouble.words(), Tone::Bad);
            app.blind = Some(trouble.words());
            Vec::new()
        }
    }
}

/// Chooses a hotfix after the first look, where none was named.
fn after_look(app: &mut App) -> Vec<Effect> {
    if !std::mem::take(&mut app.is_first_look) || app.hotfix.is_some() {
        return Vec::new();
    }
    let open: Vec<_> = app
        .board
        .iter()
        .flat_map(|board| &board.hotfixes)
        .filter(|hotfix| hotfix.is_open)
        .map(|hotfix| hotfix.id.clone())
        .collect();
    match open.as_slice() {
        [] => {
            app.say("no hotfix is open: s starts one", Tone::Plain);
            Vec::new()
        }
        [only] => hotfixes::show(app, only.clone()),
        [first, ..] => {
            app.overlays.push(Overlay::Hotfixes(HotfixList {
                at: Some(first.clone()),
            }));
            Vec::new()
        }
    }
}

fn planned(app: &mut App, generation: u64, outcome: Result<PlanAnswer, Trouble>) -> Vec<Effect> {
    if generation != app.plan {
        return Vec::new();
    }
    app.is_planning = false;
    let is_dry = std::mem::take(&mut app.is_dry);
    match outcome {
        Ok(PlanAnswer::Plan { board, plan }) => {
            app.status = None;
            // The look that the plan was made from is newer than any that is on its way.
            if board.record.as_ref().map(|record| &record.hotfix) == app.hotfix.as_ref() {
                app.look += 1;
                app.is_looking = false;
                app.looked_at = Some(app.clock.now);
                app.board = Some((*board).clone());
            }
            if plan.level <= Level::L1 && !is_dry {
                if let Err(reason) = super::work::is_free(app) {
                    app.say(reason, Tone::Warn);
                    return Vec::new();
                }
                return runs::start(app, *board, *plan);
            }
            if app.fit() == Fit::TooSmall || !app.has_focus {
                app.say(
                    "the plan was made while nobody could see it: ask again",
                    Tone::Warn,
                );
                return Vec::new();
            }
            let screen = PlanScreen::new(app, *board, *plan, is_dry);
            app.overlays.push(Overlay::Plan(Box::new(screen)));
        }
        Ok(PlanAnswer::Refused(refusal)) => {
            let mut words = format!("cannot {}: {}", refusal.wanted, refusal.reasons.join("; "));
            if let Some(hint) = &refusal.hint {
                words.push_str(" - ");
                words.push_str(hint);
            }
            app.log.add(
                app.clock.now,
                refusal.wanted.clone(),
                format!("refused: {}", refusal.reasons.join("; ")),
                Tone::Warn,
            );
            app.say(words, Tone::Warn);
        }
        Err(trouble) => {
            app.log
                .add(app.clock.now, "plan", trouble.words(), Tone::Bad);
            app.say(trouble.words(), Tone::Bad);
        }
    }
    Vec::new()
}
