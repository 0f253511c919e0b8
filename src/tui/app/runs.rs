//! A plan being carried out: one at a time. What it is about is shown from its own news: the latest look may be from before.

use crate::engine::Call;
use crate::engine::Change;
use crate::engine::ChangeResult;
use crate::engine::Intent;
use crate::engine::Level;
use crate::engine::Outcome;
use crate::engine::Plan;
use crate::engine::Report;
use crate::model::Capabilities;
use crate::model::EnvironmentName;
use crate::model::Timestamp;
use crate::model::age;
use crate::model::redact;

use super::conflicts;
use super::diff;
use super::editor;
use super::effect::Effect;
use super::login;
use super::looks::look;
use super::msg::Clock;
use super::msg::Trouble;
use super::overlay::Overlay;
use super::state::App;
use super::state::Selection;
use super::status;
use super::undo::inverse;
use super::words::Tone;

/// A call that goes on for so many milliseconds has its permit, or none, and waits for something that takes its time: looks go
/// on beside it. Before that they would be in its way at the remote.
const LONG: u64 = 10_000;

/// One call of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunCall {
    pub text: String,
    pub since: Timestamp,
    pub result: Option<ChangeResult>,
}

/// A plan under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub id: u64,
    pub title: String,
    pub since: Timestamp,
    pub calls: Vec<RunCall>,
    pub is_cancelled: bool,
    plan: Plan,
    /// What the forge can do, as the plan was made.
    capabilities: Capabilities,
    /// When the latest call began or ended, in milliseconds.
    moved_at: u64,
    /// What takes it back once it is done, made from what it was planned on: the note of a tick that it takes away.
    undo: Option<(String, Intent)>,
}

impl Run {
    /// Returns the call that is being made, and the change of the plan that it belongs to.
    fn present(&self) -> Option<(&RunCall, Option<&Change>)> {
        let call = self.calls.iter().rev().find(|call| call.result.is_none())?;
        let is_its = |change: &&Change| redact(&change.call.to_string()) == call.text;
        Some((call, self.plan.changes.iter().find(is_its)))
    }

    /// Returns the call that is being made now, in words.
    pub fn under_way(&self) -> Option<&str> {
        self.present().map(|(call, _)| call.text.as_str())
    }

    /// Returns the calls that were not begun, in order and in words: stopping leaves them undone.
    pub fn left(&self) -> Vec<String> {
        let calls = self.plan.changes.iter();
        let calls = calls.map(|change| redact(&change.call.to_string()).into_owned());
        calls
            .filter(|text| !self.calls.iter().any(|call| &call.text == text))
            .collect()
    }

    /// Returns the change that is being made now, with what is done and since when, in words.
    pub(super) fn doing(&self, now: Timestamp) -> Option<(&Change, String)> {
        let (call, change) = self.present()?;
        let words = format!("{}, since {}", call.text, age(now, call.since));
        Some((change?, words))
    }
}

/// A command of the team that runs in this very process, for the call that is being made: it ends with the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandHere {
    /// The production environment that it changes, and would leave half changed.
    pub production: Option<EnvironmentName>,
}

/// Returns the command that ends if the console is left now.
pub fn command_here(app: &App) -> Option<CommandHere> {
    let run = app.run.as_ref()?;
    let (_, change) = run.present()?;
    let call = &change?.call;
    let goes_live = matches!(
        call,
        Call::StartDeployment { .. } | Call::RunMigrations { .. }
    );
    let is_golive = goes_live && run.capabilities.runs_deployments;
    let is_check = matches!(call, Call::RunChecks { .. }) && run.capabilities.runs_checks;
    let production = run.plan.environment.clone().filter(|_| is_golive);
    (is_golive || is_check).then_some(CommandHere { production })
}

/// Tells whether the console may look while a plan is carried out: its own writes move refs too, and its end looks anyway.
pub(super) fn leaves_room(app: &App) -> bool {
    app.run
        .as_ref()
        .is_none_or(|run| app.clock.millis_since(run.moved_at) >= LONG)
}

/// Starts a confirmed plan.
pub(super) fn start(app: &mut App, board: crate::engine::Board, plan: Plan) -> Vec<Effect> {
    app.runs += 1;
    let undo = (plan.level <= Level::L1)
        .then(|| inverse(&plan.intent, &board))
        .flatten();
    app.run = Some(Run {
        id: app.runs,
        title: plan.title.clone(),
        since: app.clock.now,
        calls: Vec::new(),
        is_cancelled: false,
        plan: plan.clone(),
        capabilities: board.seen.capabilities.clone(),
        moved_at: app.clock.millis,
        undo,
    });
    app.say(format!("running: {}", plan.title), Tone::Plain);
    vec![Effect::Execute {
        run: app.runs,
        board: Box::new(board),
        plan: Box::new(plan),
    }]
}

/// Asks the present run to stop after its present call, or with it where that runs here.
pub(super) fn cancel(app: &mut App) -> Vec<Effect> {
    let is_here = command_here(app).is_some();
    let Some(run) = app.run.as_mut().filter(|run| !run.is_cancelled) else {
        return Vec::new();
    };
    run.is_cancelled = true;
    let id = run.id;
    let words = if is_here {
        "stopping: the command that runs here is ended, what it did until now stays"
    } else {
        "stopping after the present call: a call that was sent is never torn apart"
    };
    app.say(words, Tone::Warn);
    vec![Effect::CancelRun { run: id }]
}

pub(super) fn called(app: &mut App, id: u64, text: String) {
    let Clock { now, millis } = app.clock;
    let Some(run) = app.run.as_mut().filter(|run| run.id == id) else {
        return;
    };
    app.log.add(now, text.clone(), "", Tone::Plain);
    let told = text.clone();
    run.moved_at = millis;
    run.calls.push(RunCall {
        text,
        since: now,
        result: None,
    });
    login::called(app, &told);
}

pub(super) fn resulted(app: &mut App, id: u64, result: ChangeResult) {
    let Clock { now, millis } = app.clock;
    let Some(run) = app.run.as_mut().filter(|run| run.id == id) else {
        return;
    };
    run.moved_at = millis;
    settle(&mut app.log, now, &result);
    match run
        .calls
        .iter_mut()
        .find(|call| call.text == result.call && call.result.is_none())
    {
        Some(call) => call.result = Some(result),
        None => run.calls.push(RunCall {
            text: result.call.clone(),
            since: now,
            result: Some(result),
        }),
    }
}

fn settle(log: &mut super::log::Log, now: Timestamp, result: &ChangeResult) {
    let words = if result.why.is_empty() {
        result.outcome.word().to_owned()
    } else {
        format!("{}: {}", result.outcome.word(), result.why)
    };
    log.settle(now, &result.call, words, tone(result.outcome));
}

fn tone(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Done | Outcome::Already => Tone::Good,
        Outcome::Unknown => Tone::Warn,
        Outcome::Refused | Outcome::Failed => Tone::Bad,
    }
}

/// Hears the end of a run, says what came out and looks again: what is on the screen is what was seen.
pub(super) fn finished(app: &mut App, id: u64, outcome: Result<Report, Trouble>) -> Vec<Effect> {
    let Some(run) = app.run.take_if(|run| run.id == id) else {
        return Vec::new();
    };
    let now = app.clock.now;
    match outcome {
        Ok(report) => {
            for result in &report.results {
                let is_heard = run
                    .calls
                    .iter()
                    .any(|call| call.result.as_ref() == Some(result));
                if !is_heard {
                    settle(&mut app.log, now, result);
                }
            }
            say_report(app, &run, &report);
            // It came to its end before it could be stopped.
            let is_whole = report.results.iter().all(ChangeResult::is_good_enough);
            app.has_killed &= !is_whole;
        }
        Err(trouble) => {
            app.log
                .add(now, run.title.clone(), trouble.words(), Tone::Bad);
            app.say(format!("{}: {}", run.title, trouble.words()), Tone::Bad);
        }
    }
    if app.is_quitting {
        return vec![Effect::Quit];
    }
    let effects = look(app);
    status::outlive_look(app);
    effects
}

fn say_report(app: &mut App, run: &Run, report: &Report) {
    let worst = report
        .results
        .iter()
        .find(|result| !result.is_good_enough());
    match worst {
        None => {
            editor::forget(app, &run.plan.intent);
            if let Intent::Start(order) = &run.plan.intent {
                app.overlays
                    .retain(|overlay| !matches!(overlay, Overlay::Start(_)));
                app.hotfix = Some(order.id.clone());
                app.selection = Selection::default();
            }
            if let Intent::Approve { .. } | Intent::Reject { .. } = &run.plan.intent {
                diff::finished(app);
            }
            if let Intent::Resolve(_) = &run.plan.intent {
                conflicts::finished(app);
            }
            app.undo.clone_from(&run.undo);
            let undo = if app.undo.is_some() {
                "  (u takes it back)"
            } else {
                ""
            };
            let is_left = |result: &&ChangeResult| tone(result.outcome) != Tone::Good;
            let (left, tone) = match report.results.iter().find(is_left) {
                None => (String::new(), Tone::Good),
                Some(aside) => (format!("; not done: {}", aside.call), Tone::Warn),
            };
            app.say(format!("done: {}{left}{undo}", run.title), tone);
        }
        Some(result) => {
            app.undo = None;
            let why = if result.why.is_empty() {
                String::new()
            } else {
                format!(": {}", result.why)
            };
            app.say(
                format!("{}: {}{why}", result.outcome.word(), result.call),
                tone(result.outcome),
            );
        }
    }
}
