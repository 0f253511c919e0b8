//! The conflict screen: every conflicted path of one target, decided hunk by hunk. Each decision is kept at once;
//! finishing opens the plan screen, leaving loses nothing.

use crate::engine::resolve::Choice;
use crate::engine::resolve::FileWork;
use crate::engine::resolve::Session;
use crate::engine::resolve::Take;
use crate::engine::resolve::Whole;
use crate::model::Bytes;
use crate::model::LaneName;
use crate::model::StepId;

use super::actions::Scope;
use super::checklist::RowId;
use super::checklist::selected;
use super::choose;
use super::choose::Leads;
use super::editor;
use super::editor::Purpose;
use super::effect::Effect;
use super::input::invoke;
use super::keymap::Match;
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

    fn go(&mut self, file: usize, hunk: usize) {
        self.file = file;
        self.hunk = hunk;
        self.scroll = 0;
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

fn screen(app: &mut App) -> Option<&mut ConflictScreen> {
    if let Some(Overlay::Conflicts(screen)) = app.overlays.last_mut() {
        return Some(screen);
    }
    None
}

fn seen(app: &App) -> Result<&ConflictScreen, String> {
    if let Some(Overlay::Conflicts(screen)) = app.overlays.last() {
        return Ok(screen);
    }
    // Help and palette lie above the screen that they tell about.
    app.overlays
        .iter()
        .rev()
        .find_map(|overlay| match overlay {
            Overlay::Conflicts(screen) => Some(&**screen),
            Overlay::Plan(_)
            | Overlay::Arm(_)
            | Overlay::Editor(_)
            | Overlay::Start(_)
            | Overlay::Hotfixes(_)
            | Overlay::Help(_)
            | Overlay::Palette(_)
            | Overlay::Choose(_)
            | Overlay::Quit(_) => None,
        })
        .ok_or_else(|| "no conflict is open: c opens it".to_owned())
}

/// Tells whether the conflict screen is open, perhaps below help or palette.
pub(super) fn is_open(app: &App) -> bool {
    seen(app).is_ok()
}

/// Returns every target with conflicts to decide.
fn targets(app: &App) -> Result<Vec<(StepId, LaneName, usize)>, String> {
    let mut found = Vec::new();
    for step in steps(app)? {
        for target in step.targets.iter().filter(|one| !one.undecided.is_empty()) {
            found.push((step.id.clone(), target.lane.clone(), target.undecided.len()));
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

/// Opens the conflicts of the selected target, else of the only one, else asks which.
pub(super) fn resolve(app: &mut App) -> Vec<Effect> {
    let targets = match targets(app) {
        Ok(targets) => targets,
        Err(reason) => {
            app.say(reason, Tone::Warn);
            return Vec::new();
        }
    };
    let of_row = match selected(app) {
        Some(RowId::Target(step, lane)) => targets
            .iter()
            .find(|(id, target, _)| id == &step && target == &lane),
        Some(RowId::Step(_) | RowId::Item(_)) | None => None,
    };
    match (of_row, targets.as_slice()) {
        (Some((step, lane, _)), _) | (None, [(step, lane, _)]) => {
            open(app, step.clone(), lane.clone())
        }
        (None, _) => {
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
        Err(trouble) => app.say(trouble.words(), Tone::Bad),
    }
    Vec::new()
}

pub(super) fn press(app: &mut App, mut screen: Box<ConflictScreen>, chord: Chord) -> Vec<Effect> {
    if screen.is_leaving {
        screen.is_leaving = false;
        return answer(app, screen, chord);
    }
    app.overlays.push(Overlay::Conflicts(screen));
    let mut keys = std::mem::take(&mut app.pending);
    keys.push(chord);
    match app.options.keymap.find_in(Scope::Conflicts, &keys) {
        Match::Action(action) => invoke(app, action),
        Match::Leader => {
            app.pending = keys;
            Vec::new()
        }
        Match::Nothing => {
            app.say(
                format!("{chord} does nothing here: ? shows the keys"),
                Tone::Dim,
            );
            Vec::new()
        }
    }
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

/// Changes the session and keeps it.
fn change(app: &mut App, change: impl FnOnce(&mut ConflictScreen)) -> Vec<Effect> {
    let Some(screen) = screen(app) else {
        return Vec::new();
    };
    change(screen);
    vec![Effect::KeepResolution {
        session: Box::new(screen.session.clone()),
    }]
}

fn take(app: &mut App, take: Take) -> Vec<Effect> {
    let mut refused = None;
    let effects = change(app, |screen| {
        let (file, hunk) = (screen.file, screen.hunk);
        let Some(work) = screen.work() else { return };
        if work.is_text() {
            screen.session.choose(file, hunk, Choice::Take(take));
            return;
        }
        match take {
            Take::Target => screen.session.choose_whole(file, Whole::Target),
            Take::Fix => screen.session.choose_whole(file, Whole::Fix),
            Take::Both | Take::BothFixFirst => {
                refused = Some(format!(
                    "{} has no lines to put together: take one side, or delete it",
                    work.file.kind.word()
                ));
            }
        }
    });
    if let Some(reason) = refused {
        app.say(reason, Tone::Warn);
        return Vec::new();
    }
    effects
}

pub(super) fn on(app: &App) -> Able {
    seen(app).map(drop)
}

pub(super) fn take_target(app: &mut App) -> Vec<Effect> {
    take(app, Take::Target)
}

pub(super) fn take_fix(app: &mut App) -> Vec<Effect> {
    take(app, Take::Fix)
}

pub(super) fn take_both(app: &mut App) -> Vec<Effect> {
    take(app, Take::Both)
}

pub(super) fn take_both_fix_first(app: &mut App) -> Vec<Effect> {
    take(app, Take::BothFixFirst)
}

pub(super) fn delete(app: &mut App) -> Vec<Effect> {
    change(app, |screen| {
        let file = screen.file;
        screen.session.choose_whole(file, Whole::Delete);
    })
}

pub(super) fn reopen(app: &mut App) -> Vec<Effect> {
    change(app, |screen| {
        let (file, hunk) = (screen.file, screen.hunk);
        screen.session.reopen(file, hunk);
    })
}

pub(super) fn can_confirm(app: &App) -> Able {
    let screen = seen(app)?;
    let is_offered = screen.work().is_some_and(|work| {
        let hunk = work.hunks.get(screen.hunk);
        work.whole.offered_from().is_some()
            || hunk.is_some_and(|hunk| hunk.offered_from().is_some())
    });
    if is_offered {
        Ok(())
    } else {
        Err("nothing that was decided before is offered here".to_owned())
    }
}

pub(super) fn confirm(app: &mut App) -> Vec<Effect> {
    change(app, |screen| {
        let (file, hunk) = (screen.file, screen.hunk);
        screen.session.confirm(file, hunk);
    })
}

pub(super) fn can_undo(app: &App) -> Able {
    if seen(app)?.session.can_undo() {
        Ok(())
    } else {
        Err("nothing was decided since this was opened".to_owned())
    }
}

pub(super) fn undo(app: &mut App) -> Vec<Effect> {
    change(app, |screen| {
        if let Some(file) = screen.session.undo()
            && file != screen.file
        {
            screen.go(file, 0);
        }
    })
}

pub(super) fn hunk(app: &mut App, is_back: bool) -> Vec<Effect> {
    if let Some(screen) = screen(app) {
        screen.step(is_back);
    }
    Vec::new()
}

pub(super) fn file(app: &mut App, is_back: bool) -> Vec<Effect> {
    if let Some(screen) = screen(app) {
        let last = screen.session.files.len().saturating_sub(1);
        let file = if is_back {
            screen.file.saturating_sub(1)
        } else {
            (screen.file + 1).min(last)
        };
        screen.go(file, 0);
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
    if let Some(screen) = screen(app) {
        screen.shows_base = !screen.shows_base;
    }
    Vec::new()
}

pub(super) fn result(app: &mut App) -> Vec<Effect> {
    if let Some(screen) = screen(app) {
        screen.shows_result = !screen.shows_result;
    }
    Vec::new()
}

pub(super) fn save(app: &mut App) -> Vec<Effect> {
    let effects = change(app, |_| {});
    app.say("kept, as after every decision", Tone::Plain);
    effects
}

pub(super) fn can_edit(app: &App) -> Able {
    match seen(app)?.work() {
        Some(work) if work.is_text() => Ok(()),
        Some(_) | None => Err("there are no lines to edit: one side must be chosen".to_owned()),
    }
}

/// Opens the lines of the hunk, as chosen or both sides after one another.
pub(super) fn edit(app: &mut App) -> Vec<Effect> {
    let Some(screen) = screen(app) else {
        return Vec::new();
    };
    let (at, hunk) = (screen.file, screen.hunk);
    let Some(work) = screen.session.files.get(at) else {
        return Vec::new();
    };
    let (Some(lines), Some(standing)) = (work.file.hunks().nth(hunk), work.hunks.get(hunk)) else {
        return Vec::new();
    };
    let both = Choice::Take(Take::Both);
    let text = standing.shown().unwrap_or(&both).lines(lines);
    let Ok(text) = String::from_utf8(text.0) else {
        app.say(
            "these lines are no UTF-8: E opens the file in your editor",
            Tone::Warn,
        );
        return Vec::new();
    };
    let purpose = Purpose::Hunk(work.file.path.clone(), hunk);
    editor::open_with(app, purpose, &text)
}

/// Takes the lines that were written for a hunk.
pub(super) fn written(app: &mut App, path: &str, hunk: usize, text: &str) -> Vec<Effect> {
    change(app, |screen| {
        let Some(at) = screen.session.find(path) else {
            return;
        };
        let work = &screen.session.files[at];
        let Some(lines) = work.file.hunks().nth(hunk) else {
            return;
        };
        let sides = [&lines.target.0, &lines.fix.0, &lines.base.0];
        let has_returns = sides
            .iter()
            .any(|side| side.windows(2).any(|two| two == b"\r\n"));
        // The text area ends lines its own way and drops the last line break.
        let mut text = text.to_owned();
        let is_cut = !sides.iter().any(|side| side.ends_with(b"\n"));
        if !text.is_empty() && !text.ends_with('\n') && !is_cut {
            text.push('\n');
        }
        if has_returns {
            text = text.replace('\n', "\r\n");
        }
        screen
            .session
            .choose(at, hunk, Choice::Text(text.as_str().into()));
    })
}

pub(super) fn edit_file(app: &mut App) -> Vec<Effect> {
    let Some(screen) = screen(app) else {
        return Vec::new();
    };
    vec![Effect::EditConflict {
        session: Box::new(screen.session.clone()),
        file: screen.file,
    }]
}

/// Takes a file back from the person's editor.
pub(super) fn edited(
    app: &mut App,
    file: usize,
    outcome: Result<Option<Bytes>, Trouble>,
) -> Vec<Effect> {
    match outcome {
        Ok(Some(text)) => {
            let mut left = 0;
            let effects = change(app, |screen| {
                screen.session.write(file, text);
                left = screen.session.files[file].markers_left().len();
            });
            if left > 0 {
                app.say(
                    format!("{left} lines with markers are left: edit again, or u"),
                    Tone::Warn,
                );
            } else {
                app.say("taken from your editor", Tone::Good);
            }
            effects
        }
        Ok(None) => {
            app.say("left as it was", Tone::Plain);
            Vec::new()
        }
        Err(trouble) => {
            app.say(trouble.words(), Tone::Bad);
            Vec::new()
        }
    }
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
    let wish = Wish::Resolve(Box::new(screen.session.clone()));
    wish::ask(app, wish, false)
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
    let tips = app.board.as_ref().and_then(|board| board.seen.tips.fresh());
    let moved = tips
        .and_then(|tips| tips.get(&subject.branch))
        .filter(|tip| **tip != subject.head);
    if let Some(tip) = moved {
        let words = format!(
            "{} moved from {} to {}: leave and open it again, decisions that still fit are offered",
            subject.branch,
            subject.head.short(),
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
