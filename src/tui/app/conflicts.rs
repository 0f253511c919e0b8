//! The conflict screen: every conflicted path of one target; how it is opened, gone through, finished and left. What is
//! decided on it is in `conflict_decide`.

use crate::engine::resolve::FileWork;
use crate::engine::resolve::Session;
use crate::model::Lane;
use crate::model::LaneName;
use crate::model::StepId;

use super::actions::Scope;
use super::checklist::RowId;
use super::checklist::selected;
use super::choose;
use super::choose::Leads;
use super::conflict_checks;
use super::conflict_checks::ResolutionChecks;
use super::effect::Effect;
use super::input::press_on;
use super::keys::Chord;
use super::msg::Trouble;
use super::msg::Wish;
use super::overlay::Overlay;
use super::state::App;
use super::wish;
use super::wish::Able;
use super::wish::steps;
use super::words::Tone;

/// An open conflict screen.
#[derive(Debug, Clone)]
pub struct ConflictScreen {
    pub session: Session,
    /// The path and the hunk that the keys are about.
    pub file: usize,
    pub hunk: usize,
    pub shows_base: bool,
    /// The result is shown where there is no room for three panes.
    pub shows_result: bool,
    /// Lines scrolled away from the hunk.
    pub scroll: isize,
    /// Leaving is being asked about.
    pub is_leaving: bool,
    /// The project's checks on what is decided; none where no check was asked for since the latest decision.
    pub checks: Option<ResolutionChecks>,
}

impl ConflictScreen {
    /// Opens at the first thing that is not decided.
    pub fn new(session: Session) -> Self {
        let mut screen = Self {
            session,
            file: 0,
            hunk: 0,
            shows_base: false,
            shows_result: false,
            scroll: 0,
            is_leaving: false,
            checks: None,
        };
        screen.seek_open();
        screen
    }

    /// Returns the path that the keys are about.
    pub fn work(&self) -> Option<&FileWork> {
        self.session.files.get(self.file)
    }

    fn seek_open(&mut self) {
        let open = self
            .session
            .files
            .iter()
            .position(|work| !work.is_decided());
        if let Some(file) = open {
            self.file = file;
            let count = self.session.files[file].hunks.len();
            let work = &self.session.files[file];
            self.hunk = (0..count)
                .find(|at| !work.is_hunk_decided(*at))
                .unwrap_or_default();
        }
        self.scroll = 0;
    }

    pub(super) fn go(&mut self, file: usize, hunk: usize) {
        self.file = file;
        self.hunk = hunk;
        self.scroll = 0;
        self.hide_output();
    }

    /// Goes to the hunk after or before, over the ends of a file.
    fn step(&mut self, is_back: bool) {
        let count = self.work().map_or(0, |work| work.hunks.len());
        if is_back {
            if self.hunk > 0 {
                self.go(self.file, self.hunk - 1);
            } else if self.file > 0 {
                let last = self.session.files[self.file - 1].hunks.len();
                self.go(self.file - 1, last.saturating_sub(1));
            }
        } else if self.hunk + 1 < count {
            self.go(self.file, self.hunk + 1);
        } else if self.file + 1 < self.session.files.len() {
            self.go(self.file + 1, 0);
        }
    }
}

pub(super) fn screen(app: &mut App) -> Option<&mut ConflictScreen> {
    if let Some(Overlay::Conflicts(screen)) = app.overlays.last_mut() {
        return Some(screen);
    }
    None
}

/// Returns the open conflict screen; help and palette lie above the screen that they tell about.
pub(super) fn seen(app: &App) -> Result<&ConflictScreen, String> {
    let mut open = app.overlays.iter().rev().filter_map(|overlay| {
        if let Overlay::Conflicts(screen) = overlay {
            return Some(&**screen);
        }
        None
    });
    open.next()
        .ok_or_else(|| "no conflict is open: c opens it".to_owned())
}

/// Returns the conflict screen that is open, below whatever lies above it.
pub(super) fn screens(app: &mut App) -> impl Iterator<Item = &mut ConflictScreen> {
    app.overlays.iter_mut().filter_map(|overlay| {
        if let Overlay::Conflicts(screen) = overlay {
            return Some(&mut **screen);
        }
        None
    })
}

/// Tells whether the conflict screen is open, perhaps below help or palette.
pub(super) fn is_open(app: &App) -> bool {
    seen(app).is_ok()
}

/// Returns every target with conflicts to decide.
fn targets(app: &App) -> Result<Vec<(StepId, LaneName, usize)>, String> {
    let mut found = Vec::new();
    for step in steps(app)? {
        for target in &step.targets {
            let count = target.to_resolve().len();
            if count > 0 {
                found.push((step.id.clone(), target.lane.clone(), count));
            }
        }
    }
    if found.is_empty() {
        return Err("no conflicted path waits for a decision".to_owned());
    }
    Ok(found)
}

pub(super) fn can_resolve(app: &App) -> Able {
    targets(app).map(drop)
}

/// Returns the one of them that the key is about: the selected one, else the only one; none where it asks which.
fn picked(app: &App, targets: &[(StepId, LaneName, usize)]) -> Option<(StepId, LaneName)> {
    let of_row = match selected(app) {
        Some(RowId::Target(step, lane)) => targets
            .iter()
            .find(|(id, target, _)| id == &step && target == &lane),
        Some(RowId::Step(_) | RowId::Item(_)) | None => None,
    };
    match (of_row, targets) {
        (Some((step, lane, _)), _) | (None, [(step, lane, _)]) => {
            Some((step.clone(), lane.clone()))
        }
        (None, _) => None,
    }
}

/// Returns the target whose conflicts would be opened at once; none where it asks which.
pub(super) fn would_open(app: &App) -> Option<(StepId, LaneName)> {
    picked(app, &targets(app).ok()?)
}

/// Opens the conflicts of the selected target, else of the only one, else asks which.
pub(super) fn resolve(app: &mut App) -> Vec<Effect> {
    let targets = match targets(app) {
        Ok(targets) => targets,
        Err(reason) => {
            app.refuse(reason);
            return Vec::new();
        }
    };
    match picked(app, &targets) {
        Some((step, lane)) => open(app, step, lane),
        None => {
            let choices = targets
                .into_iter()
                .map(|(step, lane, count)| {
                    let words = format!("{lane}  {count} conflicted, {step}");
                    (words, Leads::Conflicts(step, lane))
                })
                .collect();
            choose::open_leads(app, "Resolve which target?", choices)
        }
    }
}

pub(super) fn open(app: &mut App, step: StepId, target: LaneName) -> Vec<Effect> {
    let Some(hotfix) = app.hotfix.clone() else {
        return Vec::new();
    };
    app.opening += 1;
    app.say("laying the conflicts out", Tone::Dim);
    vec![Effect::OpenConflicts {
        generation: app.opening,
        hotfix,
        step,
        target,
    }]
}

/// Shows a session that was laid out.
pub(super) fn opened(
    app: &mut App,
    generation: u64,
    outcome: Result<Box<Session>, Trouble>,
) -> Vec<Effect> {
    if generation != app.opening {
        return Vec::new();
    }
    match outcome {
        Ok(session) => {
            app.status = None;
            let notes = session.notes.join("; ");
            if !notes.is_empty() {
                app.say(notes, Tone::Warn);
            }
            app.overlays
                .retain(|overlay| !matches!(overlay, Overlay::Conflicts(_)));
            // Below whatever was opened meanwhile: a question must not be covered.
            app.overlays.insert(
                0,
                Overlay::Conflicts(Box::new(ConflictScreen::new(*session))),
            );
        }
        Err(trouble) => app.fail("lay the conflicts out", &trouble),
    }
    Vec::new()
}

pub(super) fn press(app: &mut App, mut screen: Box<ConflictScreen>, chord: Chord) -> Vec<Effect> {
    if screen.is_leaving {
        screen.is_leaving = false;
        return answer(app, screen, chord);
    }
    app.overlays.push(Overlay::Conflicts(screen));
    press_on(app, Scope::Conflicts, chord)
}

/// Takes the answer to leaving: `y` keeps, `d` forgets, anything else stays.
fn answer(app: &mut App, screen: Box<ConflictScreen>, chord: Chord) -> Vec<Effect> {
    if chord == Chord::char('y') {
        app.overlays.push(Overlay::Conflicts(screen));
        return leave(app);
    }
    if chord == Chord::char('d') {
        let subject = &screen.session.subject;
        app.say(
            "given up: what was decided is forgotten; the branch stays as it was",
            Tone::Plain,
        );
        return vec![Effect::DropResolution {
            hotfix: subject.hotfix.clone(),
            step: subject.step.clone(),
            target: subject.target.clone(),
        }];
    }
    app.say("still here", Tone::Dim);
    app.overlays.push(Overlay::Conflicts(screen));
    Vec::new()
}

pub(super) fn on(app: &App) -> Able {
    seen(app).map(drop)
}

pub(super) fn hunk(app: &mut App, is_back: bool) -> Vec<Effect> {
    let Some(screen) = screen(app) else {
        return Vec::new();
    };
    let before = (screen.file, screen.hunk);
    screen.step(is_back);
    if before == (screen.file, screen.hunk) {
        app.hint(if is_back {
            "nothing that conflicts comes before this"
        } else {
            "nothing that conflicts comes after this"
        });
    }
    Vec::new()
}

pub(super) fn file(app: &mut App, is_back: bool) -> Vec<Effect> {
    let Some(screen) = screen(app) else {
        return Vec::new();
    };
    let last = screen.session.files.len().saturating_sub(1);
    let before = screen.file;
    let file = if is_back {
        before.saturating_sub(1)
    } else {
        (before + 1).min(last)
    };
    screen.go(file, 0);
    if file == before {
        app.hint(match (last, is_back) {
            (0, _) => "this is the only file that conflicts",
            (_, true) => "this is the first file",
            (_, false) => "this is the last file",
        });
    }
    Vec::new()
}

pub(super) fn scroll(app: &mut App, by: isize) -> Vec<Effect> {
    if let Some(screen) = screen(app) {
        // Bounded, so that scrolling back takes no longer than scrolling there.
        screen.scroll = screen.scroll.saturating_add(by).clamp(-10_000, 10_000);
    }
    Vec::new()
}

pub(super) fn base(app: &mut App) -> Vec<Effect> {
    let Some(screen) = screen(app) else {
        return Vec::new();
    };
    screen.shows_base = !screen.shows_base;
    // The first line is shown in any case.
    if screen.shows_base && screen.base_lines().len() <= 1 {
        let words = if screen.has_base_line() {
            "the base is this one line"
        } else {
            "there is no more to show of the base"
        };
        app.say(words, Tone::Dim);
    }
    Vec::new()
}

pub(super) fn result(app: &mut App) -> Vec<Effect> {
    if let Some(screen) = screen(app)
        && !screen.hide_output()
    {
        screen.shows_result = !screen.shows_result;
    }
    Vec::new()
}

pub(super) fn can_finish(app: &App) -> Able {
    let screen = seen(app)?;
    wish::is_free(app)?;
    let blockers = screen.session.blockers();
    match blockers.first() {
        None => Ok(()),
        Some(first) if blockers.len() == 1 => Err(format!("{}: {}", first.path, first.why)),
        Some(first) => Err(format!(
            "{}: {}; and {} more",
            first.path,
            first.why,
            blockers.len() - 1
        )),
    }
}

pub(super) fn finish(app: &mut App) -> Vec<Effect> {
    let Some(screen) = screen(app) else {
        return Vec::new();
    };
    conflict_checks::give_up(screen);
    let wish = Wish::Resolve(Box::new(screen.session.clone()));
    wish::ask(app, wish, false)
}

/// Shows one more round, and keeps it: nothing may be lost by leaving now.
pub(super) fn next_round(app: &mut App, session: Session) -> Vec<Effect> {
    let Some(screen) = screens(app).find(|screen| screen.session.subject == session.subject) else {
        return Vec::new();
    };
    if !session.files.starts_with(&screen.session.files) {
        app.say(
            "something was decided meanwhile: finish once more",
            Tone::Warn,
        );
        return Vec::new();
    }
    let words = session.round_words().unwrap_or_default();
    *screen = ConflictScreen {
        shows_base: screen.shows_base,
        ..ConflictScreen::new(session.clone())
    };
    app.say(words, Tone::Warn);
    vec![Effect::KeepResolution {
        session: Box::new(session),
    }]
}

pub(super) fn abort(app: &mut App) -> Vec<Effect> {
    if let Some(screen) = screen(app) {
        screen.is_leaving = true;
    }
    Vec::new()
}

pub(super) fn leave(app: &mut App) -> Vec<Effect> {
    if let Some(screen) = screen(app) {
        let (needed, done) = screen.session.count();
        let effects = vec![Effect::KeepResolution {
            session: Box::new(screen.session.clone()),
        }];
        app.overlays.pop();
        let key = app.options.keymap.first("conflicts");
        app.say(
            format!("{done} of {needed} decided, kept: {key} goes on where you left"),
            Tone::Plain,
        );
        return effects;
    }
    Vec::new()
}

/// Says that the branch moved under an open session: finishing would be refused, and nothing is lost.
pub(super) fn check(app: &mut App) {
    let Ok(screen) = seen(app) else {
        return;
    };
    let subject = &screen.session.subject;
    let Some(board) = &app.board else {
        return;
    };
    // Before anything is pushed it is the target alone that can move.
    let lane = board.book.project.lane(&subject.target);
    let (branch, was) = match lane.and_then(Lane::branch_name) {
        Some(lane) if !subject.is_pushed => (lane, &subject.onto),
        Some(_) | None => (subject.branch.clone(), &subject.head),
    };
    let tips = board.seen.tips.fresh();
    let moved = tips
        .and_then(|tips| tips.get(&branch))
        .filter(|tip| *tip != was);
    if let Some(tip) = moved {
        let words = format!(
            "{branch} moved from {} to {}: leave and open it again, decisions that still fit are offered",
            was.short(),
            tip.short()
        );
        app.say(words, Tone::Warn);
    }
}

/// Closes the screen of a resolution that was pushed.
pub(super) fn finished(app: &mut App) {
    app.overlays
        .retain(|overlay| !matches!(overlay, Overlay::Conflicts(_)));
}
