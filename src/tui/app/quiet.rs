//! A forge that asks us to wait: what is said of it while we do.

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
    let forge = seen.and_then(|seen| seen.capabilities.forge.split(' ').next());
    let forge = forge.unwrap_or("the forge");
    Some(format!("{forge} asks to wait {}", countdown(left)))
}
