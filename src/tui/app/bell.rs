//! Rings for somebody who looks elsewhere for a while: something new is theirs to do (an approval, a merge whose checks
//! ended, a conflict), or what they started here has ended. The bell says nothing else, so that no title or name reaches a
//! screen that others see.

use super::effect::Effect;
use super::state::App;
use super::wish;

/// Who is away for less, in milliseconds, sees it anyway.
const AWAY: u64 = 10_000;

/// What there was before a message.
pub(super) struct Before {
    mine: Vec<String>,
    is_running: bool,
}

/// Returns what there is; none where nobody is to be called.
pub(super) fn before(app: &App) -> Option<Before> {
    let is_away = app
        .unfocused_at
        .is_some_and(|at| app.clock.millis_since(at) >= AWAY);
    if !is_away || !app.options.has_bell || app.board.is_none() {
        return None;
    }
    Some(Before {
        mine: mine(app),
        is_running: app.run.is_some(),
    })
}

/// Returns the bell, where something came that was not there before.
pub(super) fn after(app: &App, before: Option<Before>) -> Option<Effect> {
    let before = before.filter(|_| app.unfocused_at.is_some())?;
    let has_ended = before.is_running && app.run.is_none();
    let is_new = || mine(app).iter().any(|text| !before.mine.contains(text));
    (has_ended || is_new()).then_some(Effect::Ring)
}

/// Returns what the operator could do now, in words.
fn mine(app: &App) -> Vec<String> {
    wish::mine(app)
        .map(|next| next.intent.to_string())
        .collect()
}
