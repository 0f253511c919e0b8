//! Keys that were meant for a question which closed by itself: whoever types on is not heard by what lies below it until
//! their hands have rested. Against keys from before a question opened there is `guard`.

use crossterm::event::KeyCode;

use super::keys::Chord;
use super::state::App;
use super::words::Tone;

/// So many times as long as a question is deaf after it opens: whoever types into one sees late that it is gone.
const LONGER: u64 = 3;

/// The time after a question closed by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Aftermath {
    until: u64,
    why: String,
}

/// Begins it.
pub(super) fn begin(app: &mut App, why: &str) {
    let until = app
        .clock
        .millis
        .saturating_add(LONGER * app.options.dead_for);
    app.aftermath = Some(Aftermath {
        until,
        why: why.to_owned(),
    });
}

/// Tells whether a key is heard; each that is not makes it longer.
pub(super) fn is_heard(app: &mut App, chord: Chord) -> bool {
    let millis = app.clock.millis;
    let Some(mut aftermath) = app.aftermath.take() else {
        return true;
    };
    if millis >= aftermath.until {
        return true;
    }
    // A no is always heard.
    let is_no = chord.code == KeyCode::Esc || chord == Chord::ctrl('c');
    if !is_no {
        let rest = millis.saturating_add(app.options.dead_for);
        aftermath.until = aftermath.until.max(rest);
        let words = format!("{}; keys that came after it are ignored", aftermath.why);
        app.say(words, Tone::Warn);
    }
    app.aftermath = Some(aftermath);
    is_no
}
