//! Signing in to the forge from the console: a token is typed or pasted unseen, tried, and kept as `lanekeeper login`
//! keeps it; in a file only after a yes. It opens by itself when a plan that runs waits for a login.
//!
//! The token is in this screen and in the effect that tries it, and nowhere else: neither is drawn, and what describes
//! them for a log leaves it out.

use std::fmt;

use crossterm::event::KeyCode;

use super::effect::Effect;
use super::field::Field;
use super::guard::Admission;
use super::guard::Guard;
use super::keys::Chord;
use super::msg::Trouble;
use super::overlay::Overlay;
use super::plan::new_guard;
use super::state::App;
use super::words::Tone;

/// A text that is never shown, not even where a value is described.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Unseen(String);

impl Unseen {
    /// Gives the text out, to be sent to the forge that it is for.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unseen(..)")
    }
}

/// Where the dialogue stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginStage {
    Typing,
    /// The forge and the keyring are asked.
    Trying,
    /// There is no keyring: may it be kept in a file?
    MayKeepInFile,
}

/// The open dialogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginScreen {
    pub stage: LoginStage,
    /// Why it opened, or what came of the last try.
    pub notice: Option<String>,
    token: Unseen,
    guard: Guard,
}

impl LoginScreen {
    /// Returns how many characters were typed; all that is told of them.
    pub fn length(&self) -> usize {
        self.token.0.chars().count()
    }
}

/// What came of a try that the forge answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignIn {
    /// In a sentence: as whom, with which rights, kept where.
    Done(String),
    /// The forge accepts it, and there is no keyring; nothing was kept.
    NoKeyring,
}

pub(super) fn can_login(app: &App) -> Result<(), String> {
    let board = app.board.as_ref().ok_or("nothing was seen yet")?;
    if board.seen.capabilities.runs_deployments {
        return Err("nobody signs in here: change requests are kept in the remote".to_owned());
    }
    Ok(())
}

pub(super) fn open(app: &mut App) -> Vec<Effect> {
    open_because(app, None);
    Vec::new()
}

fn open_because(app: &mut App, notice: Option<String>) {
    let screen = LoginScreen {
        stage: LoginStage::Typing,
        notice,
        token: Unseen::default(),
        guard: new_guard(app),
    };
    app.overlays.push(Overlay::Login(screen));
}

/// Hears that a plan waits for a login, or goes on after one. A dialogue that somebody is in is not covered.
pub(super) fn called(app: &mut App, text: &str) {
    if text.starts_with("paused: ") {
        if app.overlays.is_empty() {
            open_because(app, Some(text.to_owned()));
        } else {
            let key = app.options.keymap.first("login");
            app.say(format!("{text}; or here: {key}"), Tone::Warn);
        }
    } else if text.starts_with("signed in again") {
        app.overlays
            .retain(|overlay| !matches!(overlay, Overlay::Login(_)));
        app.say(text.to_owned(), Tone::Good);
    }
}

pub(super) fn press(app: &mut App, mut screen: LoginScreen, chord: Chord) -> Vec<Effect> {
    // A burst is a paste on a terminal that does not tell pastes apart; it is welcome here.
    if screen.guard.admit(chord.code, app.clock.millis) == Admission::Deaf {
        app.overlays.push(Overlay::Login(screen));
        return Vec::new();
    }
    if chord.code == KeyCode::Esc || chord == Chord::ctrl('c') {
        app.say("not signed in; nothing was kept", Tone::Plain);
        return Vec::new();
    }
    let mut effects = Vec::new();
    match screen.stage {
        LoginStage::Trying => {}
        LoginStage::Typing if chord.code == KeyCode::Enter => {
            if screen.token.0.trim().is_empty() {
                screen.notice = Some("a token is needed".to_owned());
            } else {
                effects.push(try_it(&mut screen, false));
            }
        }
        LoginStage::Typing => {
            let mut field = Field::with(std::mem::take(&mut screen.token.0));
            field.press(chord);
            screen.token = Unseen(field.text);
        }
        LoginStage::MayKeepInFile => match chord.code {
            KeyCode::Char('y') => effects.push(try_it(&mut screen, true)),
            KeyCode::Char('n') => {
                app.say("not signed in; nothing was kept", Tone::Plain);
                return Vec::new();
            }
            _ => {}
        },
    }
    app.overlays.push(Overlay::Login(screen));
    effects
}

fn try_it(screen: &mut LoginScreen, in_file: bool) -> Effect {
    screen.stage = LoginStage::Trying;
    screen.notice = None;
    Effect::SignIn {
        token: screen.token.clone(),
        in_file,
    }
}

/// Takes the first line of a paste.
pub(super) fn paste(screen: &mut LoginScreen, text: &str) {
    if screen.stage == LoginStage::Typing {
        let line = text.trim_start().lines().next().unwrap_or_default();
        screen.token.0.push_str(line.trim());
    }
}

/// Hears what came of a try.
pub(super) fn answered(app: &mut App, outcome: Result<SignIn, Trouble>) {
    let place = app
        .overlays
        .iter()
        .position(|overlay| matches!(overlay, Overlay::Login(_)));
    if let Ok(SignIn::Done(sentence)) = &outcome {
        if let Some(place) = place {
            app.overlays.remove(place);
        }
        app.log.add(
            app.clock.now,
            "sign in to the forge",
            sentence.clone(),
            Tone::Good,
        );
        app.say(sentence.clone(), Tone::Good);
        return;
    }
    let Some(Overlay::Login(screen)) = place.map(|place| &mut app.overlays[place]) else {
        return;
    };
    match outcome {
        Ok(SignIn::Done(_)) => {}
        Ok(SignIn::NoKeyring) => screen.stage = LoginStage::MayKeepInFile,
        Err(trouble) => {
            screen.stage = LoginStage::Typing;
            screen.token = Unseen::default();
            screen.notice = Some(trouble.words());
        }
    }
}
