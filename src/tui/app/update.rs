//! What a message does to the state, and what is to be done about it.

use crate::engine::Level;
use crate::model::Untrusted;

use super::approvals;
use super::arm;
use super::bell;
use super::brought;
use super::colleagues;
use super::conflict_checks;
use super::conflict_decide;
use super::conflicts;
use super::diff;
use super::editor;
use super::effect::Effect;
use super::lanes;
use super::login;
use super::looks;
use super::looks::look;
use super::moment::is_silent;
use super::msg::Msg;
use super::msg::News;
use super::msg::PlanAnswer;
use super::msg::Trouble;
use super::overlay::Overlay;
use super::plan;
use super::plan::PlanScreen;
use super::quit;
use super::route;
use super::runs;
use super::sharing;
use super::size::Fit;
use super::size::fit;
use super::state::App;
use super::state::Watch;
use super::status;
use super::words::Tone;

/// Without focus for longer, in milliseconds, production is read-only again.
const UNFOCUSED: u64 = 120_000;

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
    status::expire(app);
    let before = bell::before(app);
    let mut effects = hear(app, msg.news);
    effects.extend(bell::after(app, before));
    effects.extend(conflict_checks::stop_unseen(app));
    effects.extend(app.drafts.take_unkept());
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
        News::Glimpsed { generation, board } => looks::glimpsed(app, generation, board),
        News::Sketched { generation, board } => {
            looks::sketched(app, generation, &board);
            Vec::new()
        }
        News::Quieted { until } => {
            app.quiet_until = until;
            Vec::new()
        }
        News::Looked {
            generation,
            outcome,
        } => looks::looked(app, generation, outcome),
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
            app.log.job_streamed(&job, &line);
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
        News::LogPart { job, text } => {
            app.log.job_wrote(&job, &text);
            Vec::new()
        }
        News::LogRead { job, outcome } => {
            match outcome {
                Ok((text, offset, is_whole)) => {
                    app.log.job_wrote(&job, &text);
                    app.log.job_read(&job, Some((offset, is_whole)));
                }
                Err(trouble) => {
                    app.log.job_read(&job, None);
                    app.fail(format!("read the log of job {job}"), &trouble);
                }
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
            app.fail("keep what was decided", &trouble);
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
            app.fail("remember that a diff was looked at", &trouble);
            Vec::new()
        }
        News::DraftUnkept { trouble } => {
            app.fail("keep a draft on this machine", &trouble);
            Vec::new()
        }
        News::Measured { sizes } => {
            approvals::measured(app, sizes);
            Vec::new()
        }
        News::Copied { what, outcome } => {
            match outcome {
                Ok(()) => app.say(format!("copied {what}"), Tone::Plain),
                Err(trouble) => app.fail(format!("copy {what}"), &trouble),
            }
            Vec::new()
        }
        News::RefsMoved => looks::refs_moved(app),
        News::Polled => looks::polled(app),
        News::Unmoved { generation } => looks::unmoved(app, generation),
        News::Shared { outcome } => sharing::told(app, outcome),
        News::Watching { is_on } => {
            app.watch = if is_on { Watch::On } else { Watch::Off };
            Vec::new()
        }
        News::Pointed(pointed) => route::point(app, pointed),
        News::Browsed { outcome } => {
            if let Err(trouble) = outcome {
                app.fail("open the browser", &trouble);
            }
            Vec::new()
        }
        News::Terminated => quit::at_once(app),
    }
}

/// Goes on after a time in which nothing was heard: what is shown may be long over, and so is whatever waited for a yes.
/// A permit that was held is void by itself: it is asked for its age just before its call.
fn woke(app: &mut App) -> Vec<Effect> {
    const WHY: &str = "the console was stopped, or the machine slept";
    // Also in the log: whoever comes back presses a key, and that takes the status away.
    app.log.add(app.clock.now, WHY, "looks again", Tone::Warn);
    app.say(format!("{WHY}: looking again"), Tone::Warn);
    let was_armed = std::mem::take(&mut app.was_suspended_armed) || app.armed.is_some();
    arm::disarm(app, WHY);
    if was_armed {
        let words = "production is READ-ONLY again";
        app.log.add(app.clock.now, WHY, words, Tone::Warn);
        app.say(format!("{WHY}: {words}; looking again"), Tone::Warn);
    }
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
                    app.refuse(reason);
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
            app.refuse(words);
        }
        Ok(PlanAnswer::Round(session)) => return conflicts::next_round(app, *session),
        Err(trouble) => app.fail("plan", &trouble),
    }
    Vec::new()
}
