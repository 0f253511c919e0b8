//! Looks: when one is asked for, and what its answer does to the state.

use crate::engine::Board;
use crate::engine::HotfixSummary;
use crate::model::HotfixId;
use crate::model::RefsMark;

use super::approvals;
use super::colleagues;
use super::conflicts;
use super::diff;
use super::effect::Effect;
use super::follow_up;
use super::hotfixes;
use super::hotfixes::HotfixList;
use super::jobs;
use super::lanes;
use super::msg::Trouble;
use super::msg::looks_at;
use super::overlay::Overlay;
use super::plan;
use super::resume;
use super::runs;
use super::sharing;
use super::state::App;
use super::status;
use super::words::Tone;

/// A board is made anew after so many milliseconds, though nothing moved: windows begin and end, and what is old gets
/// older.
const WHOLE: u64 = 60_000;

/// Refs moved here or on the remote. Those that move during a look are looked at after it, which may have read them before.
pub(super) fn refs_moved(app: &mut App) -> Vec<Effect> {
    if !runs::leaves_room(app) {
        return Vec::new();
    }
    if app.is_looking {
        app.has_moved_since = true;
        return Vec::new();
    }
    look(app)
}

/// It is time to look again.
pub(super) fn polled(app: &mut App) -> Vec<Effect> {
    if app.is_looking || !runs::leaves_room(app) {
        return Vec::new();
    }
    poll(app)
}

/// Asks for a new look; the answer to any earlier one is dropped.
pub(super) fn look(app: &mut App) -> Vec<Effect> {
    look_unless(app, None)
}

fn look_unless(app: &mut App, unless: Option<RefsMark>) -> Vec<Effect> {
    app.look += 1;
    app.is_looking = true;
    app.has_moved_since = false;
    vec![Effect::Look {
        generation: app.look,
        hotfix: app.hotfix.clone(),
        unless,
    }]
}

/// Asks the remote, and looks where it moved; the board's times go on, so that it is made anew now and then in any case. So
/// it is each time while this console only looks: no ref tells that the one which writes has left.
fn poll(app: &mut App) -> Vec<Effect> {
    let is_young = app
        .board_at
        .is_some_and(|at| app.clock.millis_since(at) < WHOLE);
    let board = app.board.as_ref();
    let only_looks = board.is_some_and(|board| board.only_looks.is_some());
    let is_enough = is_young && !only_looks;
    let unless = app.shown_refs().filter(|_| is_enough).cloned();
    look_unless(app, unless)
}

/// The remote was asked and has what the board was made from: so it would be the same again.
pub(super) fn unmoved(app: &mut App, generation: u64) -> Vec<Effect> {
    if generation != app.look {
        return Vec::new();
    }
    app.is_looking = false;
    app.looked_at = Some(app.clock.now);
    if app.has_moved_since && app.run.is_none() {
        return look(app);
    }
    Vec::new()
}

/// Shows what was last seen; the look goes on, and nothing counts as seen now.
pub(super) fn glimpsed(app: &mut App, generation: u64, board: Box<Board>) -> Vec<Effect> {
    if generation != app.look || !app.is_looking {
        return Vec::new();
    }
    lanes::take_board(app, *board);
    after_look(app)
}

/// Shows what moved at once; the look goes on, and what it will say anew is stale meanwhile.
pub(super) fn sketched(app: &mut App, generation: u64, sketch: &Board) {
    if generation != app.look || !app.is_looking {
        return;
    }
    if let Some(mut board) = app.board.take() {
        board.take_sketch(sketch);
        lanes::take_board(app, board);
    }
}

pub(super) fn looked(
    app: &mut App,
    generation: u64,
    outcome: Result<Box<Board>, Trouble>,
) -> Vec<Effect> {
    if generation != app.look {
        return Vec::new();
    }
    app.is_looking = false;
    match outcome {
        Ok(board) => {
            app.blind = board.seen.tips.why().map(str::to_owned);
            app.board_at = Some(app.clock.millis);
            if app.blind.is_none() {
                app.looked_at = Some(app.clock.now);
            }
            let says_otherwise = says_otherwise(app.board.as_ref(), &board);
            let before = colleagues::before(app);
            lanes::take_board(app, *board);
            if says_otherwise {
                status::outdate(app, generation);
            }
            colleagues::tell(app, before);
            conflicts::check(app);
            diff::check(app);
            let is_asked = matches!(&app.status, Some(status) if status.text == "looking again");
            if is_asked {
                app.status = None;
            }
            let mut effects = approvals::measure(app);
            if app.blind.is_some() {
                effects.extend(plan::lose_sight(app));
            }
            effects.extend(after_look(app));
            effects.extend(jobs::looked(app));
            resume::offer(app);
            effects.extend(follow_up::start(app));
            effects.extend(sharing::start(app));
            if app.has_moved_since && app.run.is_none() {
                effects.extend(look(app));
            }
            effects
        }
        Err(trouble) => {
            let what = looks_at(app.hotfix.as_ref());
            app.log.add(app.clock.now, what, trouble.words(), Tone::Bad);
            app.blind = Some(trouble.words());
            plan::lose_sight(app)
        }
    }
}

/// Tells whether a board says something else than the one that is shown of how things stand and what can be done.
fn says_otherwise(shown: Option<&Board>, board: &Board) -> bool {
    shown.is_none_or(|shown| shown.progress != board.progress || shown.hotfixes != board.hotfixes)
}

/// Chooses a hotfix after the first look, where none was named.
fn after_look(app: &mut App) -> Vec<Effect> {
    if !std::mem::take(&mut app.is_first_look) || app.hotfix.is_some() {
        return Vec::new();
    }
    // The same one as the command line means where none is named: what is copied from here has no `--hotfix` then.
    let all = app.board.iter().flat_map(|board| {
        let rows = HotfixSummary::unnamed(&board.hotfixes).into_iter();
        rows.map(|hotfix| hotfix.id.clone())
    });
    let open: Vec<HotfixId> = all.collect();
    match open.as_slice() {
        [] => {
            app.say("no hotfix is open: s starts one", Tone::Plain);
            Vec::new()
        }
        [only] => hotfixes::show(app, only.clone()),
        [first, ..] => {
            app.overlays.push(Overlay::Hotfixes(HotfixList {
                at: Some(first.clone()),
            }));
            Vec::new()
        }
    }
}
