//! Arming production: read-only in each new session until its name is typed, then for ten minutes.

use crossterm::event::KeyCode;

use crate::model::EnvironmentName;

use super::effect::Effect;
use super::field::Field;
use super::guard::Admission;
use super::guard::Guard;
use super::keys::Chord;
use super::overlay::Overlay;
use super::plan::new_guard;
use super::state::App;
use super::state::Armed;
use super::words::Tone;

/// The question for the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArmScreen {
    pub environments: Vec<EnvironmentName>,
    pub name: Field,
    pub notice: Option<String>,
    pub guard: Guard,
}

/// Returns the environments that are production.
pub(super) fn production(app: &App) -> Vec<EnvironmentName> {
    app.board.as_ref().map_or_else(Vec::new, |board| {
        let environments = board.book.project.environments.iter();
        environments
            .filter(|environment| environment.is_production)
            .map(|environment| environment.name.clone())
            .collect()
    })
}

/// Opens the question.
pub(super) fn open(app: &mut App) -> Vec<Effect> {
    let screen = ArmScreen {
        environments: production(app),
        name: Field::default(),
        notice: None,
        guard: new_guard(app),
    };
    app.overlays.push(Overlay::Arm(screen));
    Vec::new()
}

/// Makes production read-only again.
pub(super) fn disarm(app: &mut App, why: &str) {
    if app.armed.take().is_some() {
        app.say(format!("production is READ-ONLY again: {why}"), Tone::Warn);
    }
}

pub(super) fn press(app: &mut App, mut screen: ArmScreen, chord: Chord) -> Vec<Effect> {
    let is_cancel = chord.code == KeyCode::Esc || chord == Chord::ctrl('c');
    match screen.guard.admit(chord.code, app.clock.millis) {
        // A no is always heard.
        Admission::Deaf if is_cancel => {}
        Admission::Deaf => {
            app.overlays.push(Overlay::Arm(screen));
            return Vec::new();
        }
        Admission::Burst => {
            screen.name = Field::default();
            screen.notice =
                Some("keys came faster than anyone types: all of them ignored".to_owned());
            app.overlays.push(Overlay::Arm(screen));
            return Vec::new();
        }
        Admission::Pass => screen.notice = None,
    }
    if is_cancel {
        app.say("production stays READ-ONLY", Tone::Plain);
        return Vec::new();
    }
    if chord.code != KeyCode::Enter {
        screen.name.press(chord);
        app.overlays.push(Overlay::Arm(screen));
        return Vec::new();
    }
    let named = screen
        .environments
        .iter()
        .find(|environment| environment.as_str() == screen.name.text);
    match named {
        Some(environment) if screen.guard.is_alone() => {
            app.armed = Some(Armed {
                environment: environment.clone(),
                until: app.clock.millis + app.options.armed_for * 1_000,
            });
            app.say(
                format!(
                    "{environment} is armed for {} min: A disarms",
                    app.options.armed_for / 60
                ),
                Tone::Warn,
            );
            refresh_guard(app);
        }
        Some(_) | None => {
            screen.notice = Some("Enter does nothing until the name is complete".to_owned());
            app.overlays.push(Overlay::Arm(screen));
        }
    }
    Vec::new()
}

/// The plan below opens anew: the Enter that armed must not also run it.
fn refresh_guard(app: &mut App) {
    let guard = new_guard(app);
    if let Some(Overlay::Plan(screen)) = app.overlays.last_mut() {
        screen.guard = guard;
    }
}

pub(super) fn paste(app: &App, screen: &mut ArmScreen) {
    screen.name = Field::default();
    screen.guard.shut(app.clock.millis);
    screen.notice = Some("paste is off here: type it".to_owned());
}
