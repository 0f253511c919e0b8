//! What a forge tells of time: that it asks us to wait, while we do, and that its clock is not ours.

use crate::engine::Observation;
use crate::model::countdown;

use super::state::App;

/// Returns what the forge asks for, while that lasts: `gitlab asks to wait 0:58`. The connection knows it while a look
/// or a call waits; the board of the latest look has what was too long to be sat out.
pub fn asks_to_wait(app: &App) -> Option<String> {
    let seen = app.board.as_ref().map(|board| &board.seen);
    let until = app
        .quiet_until
        .max(seen.and_then(|seen| seen.quiet_until))?;
    let left = until.seconds_since(app.clock.now);
    if left <= 0 {
        return None;
    }
    let forge = seen.map_or("the forge", name);
    Some(format!("{forge} asks to wait {}", countdown(left)))
}

/// Returns by how much the forge's clock is not this machine's, where that is worth telling: `gitlab's clock +45 s`.
pub fn other_clock(app: &App) -> Option<String> {
    let seen = &app.board.as_ref()?.seen;
    let ahead = seen.clock_offset?;
    Some(format!("{}'s clock {ahead:+} s", name(seen)))
}

/// Returns what a forge is called, without its version.
fn name(seen: &Observation) -> &str {
    let forge = seen.capabilities.forge.as_str();
    forge.split(' ').next().unwrap_or(forge)
}
