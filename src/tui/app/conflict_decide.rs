//! What is decided on the conflict screen: hunk by hunk, by whole sides, in the editor and in programs of the person's
//! own. Each decision is kept at once, so that leaving loses nothing.

use crate::engine::resolve::Choice;
use crate::engine::resolve::FileWork;
use crate::engine::resolve::Take;
use crate::engine::resolve::Whole;
use crate::model::ConflictSide;

use super::conflicts::ConflictScreen;
use super::conflicts::screen;
use super::conflicts::seen;
use super::editor;
use super::editor::Purpose;
use super::effect::Effect;
use super::msg::OwnProgram;
use super::msg::Trouble;
use super::state::App;
use super::wish::Able;
use super::words::Tone;

/// Changes the session and keeps it. What the checks said was about what was decided before.
fn change(app: &mut App, change: impl FnOnce(&mut ConflictScreen)) -> Vec<Effect> {
    let Some(screen) = screen(app) else {
        return Vec::new();
    };
    let checked = screen.checks.is_some();
    let before = checked.then(|| screen.session.files.clone());
    change(screen);
    if before.is_some_and(|before| before != screen.session.files) {
        screen.checks = None;
    }
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
        app.refuse(reason);
        return Vec::new();
    }
    effects
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

pub(super) fn can_take_driver(app: &App) -> Able {
    match seen(app)?.work() {
        Some(work) if work.driver.is_some() => Ok(()),
        Some(_) | None => {
            Err("there is nothing that a trusted merge driver makes of it".to_owned())
        }
    }
}

pub(super) fn take_driver(app: &mut App) -> Vec<Effect> {
    let effects = change(app, |screen| {
        let file = screen.file;
        screen.session.choose_driver(file);
    });
    let undo = app.options.keymap.first("conflict-undo");
    app.say(
        format!("taken as the merge driver made it: {undo} takes that back"),
        Tone::Plain,
    );
    effects
}

pub(super) fn delete(app: &mut App) -> Vec<Effect> {
    let path = seen(app).ok().and_then(ConflictScreen::work);
    let path = path.map(|work| work.file.path.clone());
    let effects = change(app, |screen| {
        let file = screen.file;
        screen.session.choose_whole(file, Whole::Delete);
    });
    if let Some(path) = path {
        let undo = app.options.keymap.first("conflict-undo");
        app.say(
            format!("{path} is deleted: {undo} takes that back"),
            Tone::Warn,
        );
    }
    effects
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
    let mut taken_back = None;
    let effects = change(app, |screen| {
        let before = screen.session.files.clone();
        let Some(file) = screen.session.undo() else {
            return;
        };
        if file != screen.file {
            screen.go(file, 0);
        }
        let after = screen.session.files.get(file);
        taken_back = before
            .get(file)
            .zip(after)
            .map(|(before, after)| what_was_taken_back(before, after));
    });
    if let Some(words) = taken_back {
        app.say(words, Tone::Plain);
    }
    effects
}

/// Says which decision about a path is not there any more.
fn what_was_taken_back(before: &FileWork, after: &FileWork) -> String {
    let path = &before.file.path;
    if before.whole != after.whole
        && let Some(choice) = before.whole.shown()
    {
        return format!("taken back: {path} {}", before.words_of(choice));
    }
    let mut hunks = before.hunks.iter().zip(&after.hunks).enumerate();
    let changed = hunks.find(|(_, (before, after))| before != after);
    let words = changed.and_then(|(at, (before, _))| {
        let choice = before.shown()?;
        Some(format!("hunk {}, {}", at + 1, choice.words()))
    });
    match words {
        Some(words) => format!("taken back: {words} ({path})"),
        None => format!("the latest decision about {path} is taken back"),
    }
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
        // The same path may come again in a later round; the one that is shown was edited.
        let is_shown = screen.work().is_some_and(|work| work.file.path == path);
        let shown = is_shown.then_some(screen.file);
        let Some(at) = shown.or_else(|| screen.session.find(path)) else {
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

pub(super) fn can_open_file(app: &App) -> Able {
    let has_file = seen(app)?.work().is_some_and(|work| {
        let sides = [&work.file.target, &work.file.fix];
        sides.into_iter().flatten().any(ConflictSide::is_file)
    });
    if has_file {
        Ok(())
    } else {
        Err("there is no file to work on: one side must be chosen".to_owned())
    }
}

/// Hands the file to a program of the person's own.
pub(super) fn open_file(app: &mut App, with: OwnProgram) -> Vec<Effect> {
    let Some(screen) = screen(app) else {
        return Vec::new();
    };
    vec![Effect::EditConflict {
        session: Box::new(screen.session.clone()),
        file: screen.file,
        with,
    }]
}

/// Takes a file back from the person's program.
pub(super) fn edited(
    app: &mut App,
    file: usize,
    with: OwnProgram,
    outcome: Result<Option<Whole>, Trouble>,
) -> Vec<Effect> {
    match outcome {
        Ok(Some(whole)) => {
            let mut left = 0;
            let effects = change(app, |screen| {
                screen.session.choose_whole(file, whole);
                let work = screen.session.files.get(file);
                left = work.map_or(0, |work| work.markers_left().len());
            });
            if left > 0 {
                app.say(
                    format!("{left} lines with markers are left: edit again, or u"),
                    Tone::Warn,
                );
            } else {
                app.say(format!("taken from {}", with.words()), Tone::Good);
            }
            effects
        }
        Ok(None) => {
            app.say(format!("{} left it as it was", with.words()), Tone::Plain);
            Vec::new()
        }
        Err(trouble) => {
            app.fail(with.words(), &trouble);
            Vec::new()
        }
    }
}
