//! Leaving: at once when nothing runs, else after asking what becomes of what runs. Where that is a command in this very
//! process, nothing goes on without the console: it can be waited for or ended, and production's name is typed before a
//! command that changes it is ended (console.md 2.5).

use crossterm::event::KeyCode;

use crate::model::EnvironmentName;

use super::effect::Effect;
use super::field::Field;
use super::guard::Admission;
use super::guard::Guard;
use super::keys::Chord;
use super::overlay::Overlay;
use super::plan::new_guard;
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
    pub name: Field,
    pub notice: Option<String>,
    pub guard: Guard,
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
    let naming = Naming {
        environment,
        name: Field::default(),
        notice: None,
        guard: new_guard(app),
        ending,
    };
    let naming = Some(naming);
    app.overlays.push(Overlay::Quit(QuitScreen { naming }));
    Vec::new()
}

fn press_name(app: &mut App, mut naming: Naming, chord: Chord) -> Vec<Effect> {
    const INCOMPLETE: &str = "Enter does nothing until the name is complete";
    if app.run.is_none() {
        app.say("it has ended by itself", Tone::Plain);
        return Vec::new();
    }
    let is_cancel = chord.code == KeyCode::Esc || chord == Chord::ctrl('c');
    match naming.guard.admit(chord.code, app.clock.millis) {
        // A no is always heard.
        Admission::Deaf if is_cancel => {}
        Admission::Deaf => return ask_on(app, naming),
        Admission::Burst => {
            naming.name = Field::default();
            naming.notice =
                Some("keys came faster than anyone types: all of them ignored".to_owned());
            return ask_on(app, naming);
        }
        Admission::Pass => naming.notice = None,
    }
    if is_cancel {
        app.say("it goes on", Tone::Plain);
        return Vec::new();
    }
    let is_named = naming.name.text == naming.environment.as_str() && naming.guard.is_alone();
    match chord.code {
        KeyCode::Enter if is_named => return end(app, naming.ending),
        KeyCode::Enter => naming.notice = Some(INCOMPLETE.to_owned()),
        _ => {
            naming.name.press(chord);
        }
    }
    ask_on(app, naming)
}

fn ask_on(app: &mut App, naming: Naming) -> Vec<Effect> {
    let naming = Some(naming);
    app.overlays.push(Overlay::Quit(QuitScreen { naming }));
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
    naming.name = Field::default();
    naming.guard.shut(app.clock.millis);
    naming.notice = Some("paste is off here: type it".to_owned());
    true
}
