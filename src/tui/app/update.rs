//! What a message does to the state, and what is to be done about it.

use crate::engine::Board;
use crate::engine::Level;
use crate::model::RefsMark;
use crate::model::Untrusted;

use super::approvals;
use super::arm;
use super::brought;
use super::colleagues;
use super::conflict_checks;
use super::conflict_decide;
use super::conflicts;
use super::diff;
use super::editor;
use super::effect::Effect;
use super::follow_up;
use super::hotfixes;
use super::hotfixes::HotfixList;
use super::lanes;
use super::login;
use super::moment::is_silent;
use super::msg::Msg;
use super::msg::News;
use super::msg::PlanAnswer;
use super::msg::Trouble;
use super::msg::looks_at;
use super::overlay::Overlay;
use super::plan;
use super::plan::PlanScreen;
use super::resume;
use super::route;
use super::runs;
use super::size::Fit;
use super::size::fit;
use super::state::App;
use super::state::Watch;
use super::words::Tone;

/// Without focus for longer, in milliseconds, production is read-only again.
const UNFOCUSED: u64 = 120_000;
/// A board is made anew after so many milliseconds, though nothing moved: windows begin and end, and what is old gets
/// older.
const WHOLE: u64 = 60_000;

/// Returns what is to be done first.
#[must_use]
pub fn begin(app: &mut App) -> Vec<Effect> {
    look(app)
}

/// Takes a message into the state and returns what is to be done about it.
#[must_use]
pub fn update(app: &mut App, msg: Msg) -> Vec<Effect> {
    app.clock = msg.at;
    if !is_silent(&msg.news) {
        app.must_be_drawn();
    }
    if app
        .armed
        .as_ref()
        .is_some_and(|armed| armed.until <= app.clock.millis)
    {
        arm::disarm(app, "its time is over");
    }
    let mut effects = hear(app, msg.news);
    effects.extend(conflict_checks::stop_unseen(app));
    effects
}

/// Takes what happened into the state.
fn hear(app: &mut App, news: News) -> Vec<Effect> {
    match news {
        News::Key(chord) => route::press(app, chord),
        News::Repeated(chord) => route::repeat(app, chord),
        News::Released(code) => {
            route::released(app, code);
            Vec::new()
        }
        News::Pasted(text) => {
            route::paste(app, &text);
            Vec::new()
        }
        News::Resized { width, height } => {
            let before = app.fit();
            app.size = (width, height);
            lanes::resized(app, before);
            diff::resized(app);
            if fit(width, height) == Fit::TooSmall {
                return plan::dismiss(app, "the window became too small: nothing was done");
            }
            Vec::new()
        }
        News::FocusGained => {
            app.has_focus = true;
            check_focus(app);
            app.unfocused_at = None;
            Vec::new()
        }
        News::FocusLost => {
            app.has_focus = false;
            app.held = None;
            app.unfocused_at = Some(app.clock.millis);
            plan::dismiss(app, "the window lost its focus: nothing was done")
        }
        News::Tick => {
            check_focus(app);
            plan::tick(app)
        }
        News::Woke => woke(app),
        News::Glimpsed { generation, board } => glimpsed(app, generation, board),
        News::Sketched { generation, board } => {
            sketched(app, generation, &board);
            Vec::new()
        }
        News::Quieted { until } => {
            app.quiet_until = until;
            Vec::new()
        }
        News::Looked {
            generation,
            outcome,
        } => looked(app, generation, outcome),
        News::Heard { hotfix, present } => {
            // An answer about a hotfix that is not shown any more tells nothing.
            if Some(&hotfix) == app.hotfix.as_ref() {
                colleagues::heard(app, present);
            }
            Vec::new()
        }
        News::Planned {
            generation,
            outcome,
        } => planned(app, generation, outcome),
        News::Called { run, text } => {
            runs::called(app, run, text);
            Vec::new()
        }
        News::Resulted { run, result } => {
            runs::resulted(app, run, result);
            Vec::new()
        }
        News::Finished { run, outcome } => runs::finished(app, run, outcome),
        News::JobChanged {
            job,
            name,
            state,
            at,
        } => {
            app.log.job_changed(job, name, state, at);
            Vec::new()
        }
        News::JobLine { job, line } => {
            // The break at its end was taken away on the way.
            let line = Untrusted::new(format!("{}\n", line.raw()));
            app.log.job_wrote(&job, &line);
            Vec::new()
        }
        News::SignedIn { outcome } => {
            login::answered(app, outcome);
            Vec::new()
        }
        News::RequestsFound { commit, outcome } => {
            brought::found(app, commit, outcome);
            Vec::new()
        }
        News::LogRead { job, outcome } => {
            match outcome {
                Ok((text, offset, _)) => {
                    app.log.job_wrote(&job, &text);
                    app.log.job_read(&job, offset);
                }
                Err(trouble) => app.say(trouble.words(), Tone::Bad),
            }
            Vec::new()
        }
        News::Edited { purpose, outcome } => {
            editor::edited(app, purpose, outcome);
            Vec::new()
        }
        News::ConflictsOpened {
            generation,
            outcome,
        } => conflicts::opened(app, generation, outcome),
        News::ConflictsUnkept { trouble } => {
            app.say(trouble.words(), Tone::Bad);
            Vec::new()
        }
        News::CheckTold { generation, news } => {
            conflict_checks::told(app, generation, news);
            Vec::new()
        }
        News::ResolutionChecked {
            generation,
            outcome,
        } => conflict_checks::checked(app, generation, outcome),
        News::ConflictEdited {
            file,
            with,
            outcome,
        } => conflict_decide::edited(app, file, with, outcome),
        News::DiffOpened {
            generation,
            compared,
            outcome,
        } => diff::opened(app, generation, *compared, outcome),
        News::GlanceUnkept { trouble } => {
            app.say(trouble.words(), Tone::Bad);
            Vec::new()
        }
        News::Measured { sizes } => {
            approvals::measured(app, sizes);
            Vec::new()
        }
        News::Copied { what, outcome } => {
            match outcome {
                Ok(()) => app.say(format!("copied {what}"), Tone::Plain),
                Err(trouble) => app.say(trouble.words(), Tone::Bad),
            }
            Vec::new()
        }
        // Our own writes move refs too; the end of the run looks anyway.
        News::RefsMoved | News::Polled if app.run.is_some() => Vec::new(),
        News::RefsMoved if app.is_looking => {
            app.has_moved_since = true;
            Vec::new()
        }
        News::Polled if app.is_looking => Vec::new(),
        News::Polled => poll(app),
        News::RefsMoved => look(app),
        News::Unmoved { generation } => unmoved(app, generation),
        News::Watching { is_on } => {
            app.watch = if is_on { Watch::On } else { Watch::Off };
            Vec::new()
        }
        News::Pointed(pointed) => route::point(app, pointed),
        News::Browsed { outcome } => {
            if let Err(trouble) = outcome {
                app.say(trouble.words(), Tone::Bad);
            }
            Vec::new()
        }
        News::Terminated => vec![Effect::Quit],
    }
}

/// Goes on after a time in which nothing was heard: what is shown may be long over, and so is whatever waited for a yes.
/// A permit that was held is void by itself: it is asked for its age just before its call.
fn woke(app: &mut App) -> Vec<Effect> {
    const WHY: &str = "the console was stopped, or the machine slept";
    // Also in the log: whoever comes back presses a key, and that takes the status away.
    app.log.add(app.clock.now, WHY, "looks again", Tone::Warn);
    app.say(format!("{WHY}: looking again"), Tone::Warn);
    arm::disarm(app, WHY);
    let _ = plan::dismiss(app, &format!("{WHY}: nothing was done"));
    let mut effects = vec![Effect::Redraw];
    effects.extend(look(app));
    effects
}

fn check_focus(app: &mut App) {
    let is_long = app
        .unfocused_at
        .is_some_and(|at| app.clock.millis_since(at) > UNFOCUSED);
    if is_long {
        arm::disarm(app, "the window was without focus for 2 minutes");
    }
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

/// Asks the remote, and looks where it moved; the board's times go on, so that it is made anew now and then in any case.
fn poll(app: &mut App) -> Vec<Effect> {
    let is_young = app
        .board_at
        .is_some_and(|at| app.clock.millis_since(at) < WHOLE);
    let unless = app.shown_refs().filter(|_| is_young).cloned();
    look_unless(app, unless)
}

/// The remote was asked and has what the board was made from: so it would be the same again.
fn unmoved(app: &mut App, generation: u64) -> Vec<Effect> {
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
fn glimpsed(app: &mut App, generation: u64, board: Box<Board>) -> Vec<Effect> {
    if generation != app.look || !app.is_looking {
        return Vec::new();
    }
    lanes::take_board(app, *board);
    after_look(app)
}

/// Shows what moved at once; the look goes on, and what it will say anew is stale meanwhile.
fn sketched(app: &mut App, generation: u64, sketch: &Board) {
    if generation != app.look || !app.is_looking {
        return;
    }
    if let Some(mut board) = app.board.take() {
        board.take_sketch(sketch);
        lanes::take_board(app, board);
    }
}

fn looked(app: &mut App, generation: u64, outcome: Result<Box<Board>, Trouble>) -> Vec<Effect> {
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
            let before = colleagues::count(app);
            lanes::take_board(app, *board);
            colleagues::tell(app, before);
            conflicts::check(app);
            diff::check(app);
            let is_asked = matches!(&app.status, Some(status) if status.text == "looking again");
            if is_asked {
                app.status = None;
            }
            let mut effects = approvals::measure(app);
            effects.extend(after_look(app));
            resume::offer(app);
            effects.extend(follow_up::start(app));
            if app.has_moved_since && app.run.is_none() {
                effects.extend(look(app));
            }
            effects
        }
        Err(trouble) => {
            let what = looks_at(app.hotfix.as_ref());
            app.log.add(app.clock.now, what, trouble.words(), Tone::Bad);
            app.blind = Some(trouble.words());
            Vec::new()
        }
    }
}

/// Chooses a hotfix after the first look, where none was named.
fn after_look(app: &mut App) -> Vec<Effect> {
    if !std::mem::take(&mut app.is_first_look) || app.hotfix.is_some() {
        return Vec::new();
    }
    let open: Vec<_> = app
        .board
        .iter()
        .flat_map(|board| &board.hotfixes)
        .filter(|hotfix| hotfix.is_open)
        .map(|hotfix| hotfix.id.clone())
        .collect();
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

fn planned(app: &mut App, generation: u64, outcome: Result<PlanAnswer, Trouble>) -> Vec<Effect> {
    if generation != app.plan {
        return Vec::new();
    }
    app.is_planning = false;
    let is_dry = std::mem::take(&mut app.is_dry);
    match outcome {
        Ok(PlanAnswer::Plan { board, plan }) => {
            app.status = None;
            // The look that the plan was made from is newer than any that is on its way.
            if board.record.as_ref().map(|record| &record.hotfix) == app.hotfix.as_ref() {
                app.look += 1;
                app.is_looking = false;
                app.looked_at = Some(app.clock.now);
                lanes::take_board(app, (*board).clone());
            }
            if plan.level <= Level::L1 && !is_dry {
                if let Err(reason) = super::wish::is_free(app) {
                    app.say(reason, Tone::Warn);
                    return Vec::new();
                }
                return runs::start(app, *board, *plan);
            }
            if app.fit() == Fit::TooSmall || !app.has_focus {
                app.say(
                    "the plan was made while nobody could see it: ask again",
                    Tone::Warn,
                );
                return Vec::new();
            }
            let screen = PlanScreen::new(app, *board, *plan, is_dry);
            app.overlays.push(Overlay::Plan(Box::new(screen)));
        }
        Ok(PlanAnswer::Refused(refusal)) => {
            let mut words = format!("cannot {}: {}", refusal.wanted, refusal.reasons.join("; "));
            if let Some(hint) = &refusal.hint {
                words.push_str(" - ");
                words.push_str(hint);
            }
            app.log.add(
                app.clock.now,
                refusal.wanted.clone(),
                format!("refused: {}", refusal.reasons.join("; ")),
                Tone::Warn,
            );
            app.say(words, Tone::Warn);
        }
        Ok(PlanAnswer::Round(session)) => return conflicts::next_round(app, *session),
        Err(trouble) => {
            app.log
                .add(app.clock.now, "plan", trouble.words(), Tone::Bad);
            app.say(trouble.words(), Tone::Bad);
        }
    }
    Vec::new()
}
