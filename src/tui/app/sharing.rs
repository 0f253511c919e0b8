//! Entries of records that are kept on this machine: sent after a look that reached the remote, by the console that may
//! write. One that only looks leaves it to the other.

use super::effect::Effect;
use super::looks::look;
use super::msg::Trouble;
use super::state::App;
use super::words::Tone;

/// After a try that did not send everything, the next one waits for so many milliseconds.
const PAUSE: u64 = 60_000;

/// What became of entries that were kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sharing {
    /// How many are shared now.
    pub shared: usize,
    /// What stays here, in a sentence each that says why.
    pub held: Vec<String>,
}

/// How it goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Kept {
    is_under_way: bool,
    /// When the latest try left something here, and why that was.
    tried_at: Option<u64>,
    why: String,
}

/// Returns how much is on record here alone, in words; none where everything is shared.
pub fn not_shared(app: &App) -> Option<String> {
    let count = app.board.as_ref()?.not_shared();
    match count {
        0 => None,
        1 => Some("1 entry not shared yet".to_owned()),
        many => Some(format!("{many} entries not shared yet")),
    }
}

/// Sends what is kept, where there is anything, the remote was just seen, and nothing else of this console writes.
pub(super) fn start(app: &mut App) -> Vec<Effect> {
    let is_quiet = app.blind.is_none() && app.run.is_none() && !app.is_quitting;
    let may_write = app
        .board
        .as_ref()
        .is_some_and(|board| board.only_looks.is_none() && board.not_shared() > 0);
    let is_too_soon = app
        .kept
        .tried_at
        .is_some_and(|at| app.clock.millis_since(at) < PAUSE);
    if !is_quiet || !may_write || is_too_soon || app.kept.is_under_way {
        return Vec::new();
    }
    app.kept.is_under_way = true;
    vec![Effect::ShareKept]
}

/// Hears what became of it: what stays is told once for each reason.
pub(super) fn told(app: &mut App, outcome: Result<Sharing, Trouble>) -> Vec<Effect> {
    const WHAT: &str = "share what was kept on this machine";
    app.kept.is_under_way = false;
    let (shared, why) = match outcome {
        Ok(sharing) => (sharing.shared, sharing.held.join("; ")),
        Err(trouble) => (0, trouble.words()),
    };
    let now = app.clock.now;
    if why.is_empty() {
        app.kept = Kept::default();
    } else {
        app.kept.tried_at = Some(app.clock.millis);
        if app.kept.why != why {
            app.log.add(now, WHAT, why.clone(), Tone::Warn);
            app.kept.why = why;
        }
    }
    if shared == 0 {
        return Vec::new();
    }
    let entries = if shared == 1 { "entry" } else { "entries" };
    let words = format!("shared {shared} {entries} kept on this machine");
    app.log.add(now, words.clone(), "done", Tone::Good);
    // The end of a run looks anyway.
    let effects = if app.run.is_none() {
        look(app)
    } else {
        Vec::new()
    };
    app.say(words, Tone::Good);
    effects
}
