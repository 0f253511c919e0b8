//! What a playbook lets follow by itself (flows.md 5.7 and the automatic backport), carried out from this console as from
//! the command line: after a look, once nothing else is asked or under way here, and each plan at most once. A plan that
//! did not come to its end is a person's to look at.

use crate::engine::falls_to_me;
use crate::engine::follow_up;

use super::effect::Effect;
use super::runs;
use super::state::App;
use super::wish::is_free;
use super::words::Tone;

/// Starts what follows by itself from what was just seen.
pub(super) fn start(app: &mut App) -> Vec<Effect> {
    let is_idle = is_free(app).is_ok()
        && !app.is_planning
        && !app.is_quitting
        && app.overlays.is_empty()
        && app.blind.is_none();
    let Some(board) = app.board.as_ref().filter(|_| is_idle) else {
        return Vec::new();
    };
    let (Some(record), Some(progress)) = (&board.record, &board.progress) else {
        return Vec::new();
    };
    // What a process that died left open is decided first.
    let is_ready = board.seen.interrupted.is_empty() && board.only_looks.is_none();
    if !is_ready || !falls_to_me(record, &board.seen) {
        return Vec::new();
    }
    let Some(plan) = follow_up(&board.book, record, &board.seen, progress) else {
        return Vec::new();
    };
    if !app.followed.insert(plan.hash.clone()) {
        return Vec::new();
    }
    let board = board.clone();
    let title = plan.title.clone();
    let now = app.clock.now;
    app.log
        .add(now, title.clone(), "follows by itself", Tone::Plain);
    let effects = runs::start(app, board, plan);
    app.say(format!("follows by itself: {title}"), Tone::Plain);
    effects
}
