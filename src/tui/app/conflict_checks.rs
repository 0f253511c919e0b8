//! The project's checks on what is decided on the conflict screen: begun when asked for, told as they go, shown while no
//! decision changes. They are offered: finishing needs none of them.

use crate::engine::resolve::CheckEnd;
use crate::engine::resolve::CheckNews;
use crate::engine::resolve::CheckRun;
use crate::engine::resolve::CheckedResolution;
use crate::model::CheckName;
use crate::model::Untrusted;

use super::conflicts;
use super::conflicts::ConflictScreen;
use super::conflicts::screen;
use super::conflicts::screens;
use super::conflicts::seen;
use super::effect::Effect;
use super::log_reader::LogLine;
use super::log_reader::LogReader;
use super::msg::Trouble;
use super::state::App;
use super::wish::Able;
use super::words::Line;
use super::words::Tone;

/// What the project's checks say of exactly what is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolutionChecks {
    /// Which asking they answer; what is told of others is dropped.
    generation: u64,
    /// The one that runs.
    running: Option<CheckName>,
    /// Those that ended, in their order.
    ended: Vec<CheckRun>,
    is_over: bool,
    /// Which of those that ended shows its output in place of the sides.
    shown: Option<usize>,
}

impl ResolutionChecks {
    fn begun(generation: u64) -> Self {
        Self {
            generation,
            running: None,
            ended: Vec::new(),
            is_over: false,
            shown: None,
        }
    }

    /// Returns those that did not pass and wrote something about it, perhaps.
    fn failed(&self) -> impl Iterator<Item = usize> + '_ {
        let all = self.ended.iter().enumerate();
        all.filter(|(_, run)| run.has_failed()).map(|(at, _)| at)
    }

    /// Returns how they stand on one line; `key` shows an output. What failed comes first: a line may be cut.
    pub fn line(&self, key: &str) -> Line {
        let head = if self.is_over {
            "checked:"
        } else {
            "checking:"
        };
        let mut line = Line::new(head, Tone::Dim);
        let (bad, good): (Vec<&CheckRun>, Vec<&CheckRun>) =
            self.ended.iter().partition(|run| run.end.is_bad());
        let of = |run: &CheckRun| format!("  {} {}", run.name, run.end.words());
        for run in bad {
            line = line.and(of(run), tone(&run.end));
        }
        if self.failed().next().is_some() {
            line = line
                .and("  ", Tone::Dim)
                .and(key, Tone::Key)
                .and(" shows its output", Tone::Dim);
        }
        for run in good {
            line = line.and(of(run), tone(&run.end));
        }
        if let Some(name) = &self.running {
            line = line.and(format!("  {name} running"), Tone::Plain);
        }
        line
    }
}

impl ConflictScreen {
    /// Returns the check whose output is shown in place of the sides.
    pub fn shown_check(&self) -> Option<&CheckRun> {
        let checks = self.checks.as_ref()?;
        checks.ended.get(checks.shown?)
    }

    /// Shows the sides again; tells whether they were hidden.
    pub(super) fn hide_output(&mut self) -> bool {
        let shown = self.checks.as_mut().and_then(|checks| checks.shown.take());
        if shown.is_some() {
            self.scroll = 0;
        }
        shown.is_some()
    }
}

/// Returns what a check wrote, in its colours, and says what is missing before.
pub fn output_lines(run: &CheckRun) -> Vec<LogLine> {
    let mut text = String::new();
    if run.left_out > 0 {
        text.push_str(&format!("[{} lines before these]\n", run.left_out));
    }
    for line in &run.output {
        text.push_str(line.raw());
        text.push('\n');
    }
    if text.is_empty() {
        text.push_str("[it wrote nothing]\n");
    }
    LogReader::default().take(&Untrusted::new(text))
}

fn tone(end: &CheckEnd) -> Tone {
    match end {
        CheckEnd::Passed => Tone::Good,
        CheckEnd::Failed(_) | CheckEnd::TimedOut(_) | CheckEnd::Stopped(_) => Tone::Bad,
        CheckEnd::NotTrusted => Tone::Warn,
        CheckEnd::NoCommand => Tone::Dim,
    }
}

/// Returns the checks of that asking, where what they are about is still decided so.
fn asked(app: &mut App, generation: u64) -> Option<&mut ResolutionChecks> {
    let mut all = screens(app).filter_map(|screen| screen.checks.as_mut());
    all.find(|checks| checks.generation == generation)
}

pub(super) fn can_check(app: &App) -> Able {
    conflicts::can_finish(app)?;
    let screen = seen(app)?;
    if screen.checks.as_ref().is_some_and(|checks| !checks.is_over) {
        return Err("they run already; another decision, or leaving, stops them".to_owned());
    }
    let target = &screen.session.subject.target;
    let has_command = app.board.as_ref().is_none_or(|board| {
        let mut rules = board.book.project.checks_for(target);
        rules.any(|rule| rule.command.is_some())
    });
    if has_command {
        Ok(())
    } else {
        Err(format!(
            "no [[check]] with a command applies to {target}: add one in lanekeeper.toml"
        ))
    }
}

/// Runs the checks on what is decided.
pub(super) fn check(app: &mut App) -> Vec<Effect> {
    app.checks += 1;
    let generation = app.checks;
    let Some(screen) = screen(app) else {
        return Vec::new();
    };
    screen.hide_output();
    screen.checks = Some(ResolutionChecks::begun(generation));
    let session = Box::new(screen.session.clone());
    app.checking = Some(generation);
    app.say("checking what would be pushed", Tone::Dim);
    vec![Effect::CheckResolution {
        generation,
        session,
    }]
}

/// Forgets checks that have not ended: what is asked for now does not wait for them.
pub(super) fn give_up(screen: &mut ConflictScreen) {
    if screen.checks.as_ref().is_some_and(|checks| !checks.is_over) {
        screen.checks = None;
    }
}

/// Stops the checks that run once nobody waits for them: something else was decided, the plan is asked for, the screen was
/// left.
pub(super) fn stop_unseen(app: &mut App) -> Vec<Effect> {
    let Some(generation) = app.checking else {
        return Vec::new();
    };
    if asked(app, generation).is_some() {
        return Vec::new();
    }
    app.checking = None;
    let now = app.clock.now;
    app.log
        .add(now, "checks on a resolution", "stopped", Tone::Warn);
    vec![Effect::StopChecks]
}

/// Hears of one check.
pub(super) fn told(app: &mut App, generation: u64, news: CheckNews) {
    let Some(checks) = asked(app, generation) else {
        return;
    };
    match news {
        CheckNews::Began(name) => {
            let before = checks.ended.last();
            let before = before.map_or_else(String::new, |run| format!("{}; ", run.words()));
            let words = format!("{before}checking {name} ...");
            checks.running = Some(name);
            app.say(words, Tone::Dim);
        }
        CheckNews::Line(_) => {}
        CheckNews::Ended(run) => {
            let (words, tone) = (run.words(), tone(&run.end));
            let (name, ending) = (run.name.clone(), run.ending());
            checks.running = None;
            checks.ended.push(run);
            let now = app.clock.now;
            let what = format!("check {name} on a resolution");
            app.log.add(now, what, ending, tone);
            app.say(words, tone);
        }
    }
}

/// Hears what came of all of them.
pub(super) fn checked(
    app: &mut App,
    generation: u64,
    outcome: Result<CheckedResolution, Trouble>,
) -> Vec<Effect> {
    if app.checking == Some(generation) {
        app.checking = None;
    }
    let Some(checks) = asked(app, generation) else {
        return Vec::new();
    };
    match outcome {
        Ok(CheckedResolution::Checked(runs)) => {
            checks.running = None;
            checks.ended = runs;
            checks.is_over = true;
            say_all(app, generation);
            Vec::new()
        }
        Ok(CheckedResolution::Round(session)) => {
            forget(app, generation);
            conflicts::next_round(app, *session)
        }
        Err(trouble) => {
            forget(app, generation);
            app.fail("check what is decided", &trouble);
            Vec::new()
        }
    }
}

fn say_all(app: &mut App, generation: u64) {
    let finish = app.options.keymap.first("conflict-finish");
    let Some(checks) = asked(app, generation) else {
        return;
    };
    let bad = checks.ended.iter().filter(|run| run.end.is_bad());
    let bad: Vec<String> = bad.map(CheckRun::words).collect();
    if bad.is_empty() {
        let words = format!("every check passed: {finish} shows the plan");
        app.say(words, Tone::Good);
    } else {
        // Each is in the log already.
        app.say(bad.join("; "), Tone::Bad);
    }
}

/// Takes checks away that said nothing.
fn forget(app: &mut App, generation: u64) {
    for screen in screens(app) {
        screen
            .checks
            .take_if(|checks| checks.generation == generation);
    }
}

pub(super) fn can_show(app: &App) -> Able {
    let checks = seen(app)?.checks.as_ref();
    let checks = checks.ok_or("no check was run on what is decided")?;
    if checks.failed().next().is_some() {
        Ok(())
    } else if checks.is_over {
        Err("no check has failed".to_owned())
    } else {
        Err("no check has failed so far".to_owned())
    }
}

/// Shows what the first check that failed wrote, then the next one, then the sides again.
pub(super) fn show(app: &mut App) -> Vec<Effect> {
    if let Some(screen) = screen(app)
        && let Some(checks) = &mut screen.checks
    {
        let shown = checks.shown;
        let next = checks.failed().find(|at| Some(*at) > shown);
        checks.shown = next;
        screen.scroll = 0;
    }
    Vec::new()
}

/// Goes back from an output to the sides, else leaves the screen.
pub(super) fn back(app: &mut App) -> Vec<Effect> {
    if screen(app).is_some_and(ConflictScreen::hide_output) {
        return Vec::new();
    }
    conflicts::leave(app)
}
