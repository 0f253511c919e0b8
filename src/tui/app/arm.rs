//! Arming production: read-only in each new session until its name is typed, then for ten minutes.

use crate::model::EnvironmentName;

use super::effect::Effect;
use super::keys::Chord;
use super::naming::NameField;
use super::naming::Typed;
use super::overlay::Overlay;
use super::plan::new_guard;
use super::state::App;
use super::state::Armed;
use super::words::Tone;

/// The question for the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArmScreen {
    pub environments: Vec<EnvironmentName>,
    pub typed: NameField,
}

/// Returns the names of production.
pub(super) fn production(app: &App) -> Vec<EnvironmentName> {
    app.board
        .as_ref()
        .map_or_else(Vec::new, |board| board.book.project.production_names())
}

/// Opens the question.
pub(super) fn open(app: &mut App) -> Vec<Effect> {
    let (environments, typed) = (production(app), NameField::new(app));
    app.overlays.push(Overlay::Arm(ArmScreen {
        environments,
        typed,
    }));
    Vec::new()
}

/// Makes production read-only again.
pub(super) fn disarm(app: &mut App, why: &str) {
    if app.armed.take().is_some() {
        app.say(format!("production is READ-ONLY again: {why}"), Tone::Warn);
    }
}

pub(super) fn press(app: &mut App, mut screen: ArmScreen, chord: Chord) -> Vec<Effect> {
    let millis = app.clock.millis;
    match screen.typed.press(chord, millis, &screen.environments) {
        Typed::Kept => app.overlays.push(Overlay::Arm(screen)),
        Typed::Cancelled => app.say("production stays READ-ONLY", Tone::Plain),
        Typed::Named(environment) => {
            let seconds = app.options.armed_for;
            let words = format!("{environment} is armed for {} min: A disarms", seconds / 60);
            let until = millis + seconds * 1_000;
            app.armed = Some(Armed { environment, until });
            app.say(words, Tone::Warn);
            refresh_guard(app);
        }
    }
    Vec::new()
}

/// The plan below opens anew: the Enter that armed must not also run it.
fn refresh_guard(app: &mut App) {
    let guard = new_guard(app);
    if let Some(Overlay::Plan(screen)) = app.overlays.last_mut() {
        screen.typed.guard = guard;
    }
}
