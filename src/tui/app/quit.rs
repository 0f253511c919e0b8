//! Leaving, and stopping what runs: one leaves at once when nothing runs, else after being asked what becomes of it. Where
//! that is a command in this very process, nothing goes on without the console: it can be waited for or ended, and
//! production's name is typed before a command that changes it is ended (console.md 2.5).

use crossterm::event::KeyCode;

use crate::model::EnvironmentName;

use super::effect::Effect;
use super::keys::Chord;
use super::naming::NameField;
use super::naming::Typed;
use super::overlay::Overlay;
use super::runs;
use super::runs::command_here;
use super::state::App;
use super::words::Tone;

/// The question on leaving with something running, or on ending what runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuitScreen {
    /// The name that is asked for before production is left half changed.
    pub naming: Option<Naming>,
}

/// Production's name, as it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naming {
    pub environment: EnvironmentName,
    pub typed: NameField,
    ending: Ending,
}

/// How what runs is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Leave,
    StopThenLeave,
    Stop,
}

pub(super) fn ask(app: &mut App) -> Vec<Effect> {
    if app.run.is_none() {
        return vec![Effect::Quit];
    }
    app.overlays.push(Overlay::Quit(QuitScreen::default()));
    Vec::new()
}

/// Leaves because the system asks for it: nobody can be asked.
pub(super) fn at_once(app: &mut App) -> Vec<Effect> {
    end(app, Ending::Leave)
}

/// Stops what runs, and stays.
pub(super) fn stop(app: &mut App) -> Vec<Effect> {
    if app.run.as_ref().is_none_or(|run| run.is_cancelled) {
        return Vec::new();
    }
    ask_name_then(app, Ending::Stop)
}

pub(super) fn press(app: &mut App, screen: QuitScreen, chord: Chord) -> Vec<Effect> {
    match screen.naming {
        Some(naming) => press_name(app, naming, chord),
        None if app.run.is_none() => vec![Effect::Quit],
        None => press_choice(app, chord),
    }
}

fn press_choice(app: &mut App, chord: Chord) -> Vec<Effect> {
    match chord.code {
        KeyCode::Esc => Vec::new(),
        KeyCode::Char('c') if chord.is_ctrl => Vec::new(),
        KeyCode::Char('w') => {
            app.is_quitting = true;
            app.say("leaving as soon as it has ended", Tone::Plain);
            Vec::new()
        }
        KeyCode::Char('l') => ask_name_then(app, Ending::Leave),
        KeyCode::Char('s') => ask_name_then(app, Ending::StopThenLeave),
        _ => {
            app.overlays.push(Overlay::Quit(QuitScreen::default()));
            Vec::new()
        }
    }
}

/// Ends what runs; where that leaves production half changed, only once its name is typed.
fn ask_name_then(app: &mut App, ending: Ending) -> Vec<Effect> {
    let Some(environment) = command_here(app).and_then(|here| here.production) else {
        return end(app, ending);
    };
    let naming = Some(Naming {
        environment,
        typed: NameField::new(app),
        ending,
    });
    app.overlays.push(Overlay::Quit(QuitScreen { naming }));
    Vec::new()
}

fn press_name(app: &mut App, mut naming: Naming, chord: Chord) -> Vec<Effect> {
    if app.run.is_none() {
        app.say("it has ended by itself", Tone::Plain);
        return Vec::new();
    }
    let names = std::slice::from_ref(&naming.environment);
    match naming.typed.press(chord, app.clock.millis, names) {
        Typed::Kept => {
            let naming = Some(naming);
            app.overlays.push(Overlay::Quit(QuitScreen { naming }));
        }
        Typed::Cancelled => app.say("it goes on", Tone::Plain),
        Typed::Named(_) => return end(app, naming.ending),
    }
    Vec::new()
}

fn end(app: &mut App, ending: Ending) -> Vec<Effect> {
    let is_here = command_here(app).is_some();
    match ending {
        Ending::Leave => {
            app.has_killed = is_here;
            vec![Effect::Quit]
        }
        Ending::StopThenLeave => {
            app.has_killed = is_here;
            app.is_quitting = true;
            runs::cancel(app)
        }
        Ending::Stop => runs::cancel(app),
    }
}

/// Refuses a paste; tells whether there was a name that it could have been meant for.
pub(super) fn paste(app: &App, screen: &mut QuitScreen) -> bool {
    let Some(naming) = &mut screen.naming else {
        return false;
    };
    naming.typed.paste(app.clock.millis);
    true
}
