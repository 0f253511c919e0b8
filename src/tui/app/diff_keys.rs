//! What the keys of the diff screen do: move, mark, search, acknowledge, decide.

use crossterm::event::KeyCode;

use crate::engine::DiffOf;
use crate::engine::Glance;
use crate::engine::hidden_words;
use crate::model::Subject;

use super::actions::Scope;
use super::diff::DiffScreen;
use super::diff::screen;
use super::diff::seen;
use super::diff_rows::Layout;
use super::effect::Effect;
use super::field::Field;
use super::input::press_on;
use super::keys::Chord;
use super::overlay::Overlay;
use super::saying;
use super::state::App;
use super::wish::Able;
use super::words::Tone;

pub(super) fn press(app: &mut App, mut screen: Box<DiffScreen>, chord: Chord) -> Vec<Effect> {
    if let Some(field) = screen.finding.take() {
        return type_find(app, screen, field, chord);
    }
    app.overlays.push(Overlay::Diff(screen));
    press_on(app, Scope::Diff, chord)
}

fn type_find(
    app: &mut App,
    mut screen: Box<DiffScreen>,
    mut field: Field,
    chord: Chord,
) -> Vec<Effect> {
    let is_end = chord.code == KeyCode::Esc || chord == Chord::ctrl('c');
    if is_end {
        screen.find.clear();
    } else if chord.code == KeyCode::Enter {
        screen.find = field.text;
    } else {
        field.press(chord);
        screen.finding = Some(field);
    }
    let seeks = screen.finding.is_none() && !is_end;
    app.overlays.push(Overlay::Diff(screen));
    if seeks {
        return hit(app);
    }
    change(app, |_| {})
}

/// Takes a pasted text into the search, where one is typed; tells whether it was taken.
pub(super) fn paste(screen: &mut DiffScreen, text: &str) -> bool {
    match &mut screen.finding {
        Some(field) => {
            field.paste(text);
            true
        }
        None => false,
    }
}

/// Changes the screen and lays it out for what it shows then.
fn change(app: &mut App, change: impl FnOnce(&mut DiffScreen)) -> Vec<Effect> {
    let size = app.size;
    if let Some(screen) = screen(app) {
        change(screen);
        screen.lay(size);
    }
    Vec::new()
}

pub(super) fn on(app: &App) -> Able {
    seen(app).map(drop)
}

pub(super) fn scroll(app: &mut App, by: isize) -> Vec<Effect> {
    change(app, |screen| {
        screen.top = screen.top.saturating_add_signed(by);
    })
}

/// Goes to the next or previous hunk, over the ends of a file.
pub(super) fn hunk(app: &mut App, is_back: bool) -> Vec<Effect> {
    let size = app.size;
    change(app, |screen| {
        let hunks = screen.layout.hunks.clone();
        let (top, last) = (screen.top, screen.last);
        let target = if is_back {
            hunks.iter().rev().find(|row| **row < top)
        } else {
            // What is on the last page was seen already.
            hunks.iter().find(|row| **row > top).filter(|_| top < last)
        };
        match (target, is_back) {
            (Some(row), _) => screen.top = *row,
            (None, false) if screen.file + 1 < screen.diff.files.len() => {
                screen.go(screen.file + 1);
            }
            (None, true) if screen.file > 0 => {
                screen.go(screen.file - 1);
                screen.lay(size);
                screen.top = screen.layout.hunks.last().copied().unwrap_or_default();
            }
            (None, _) => {}
        }
    })
}

pub(super) fn file(app: &mut App, is_back: bool) -> Vec<Effect> {
    change(app, |screen| {
        let at = screen.file;
        screen.go(if is_back {
            at.saturating_sub(1)
        } else {
            at + 1
        });
    })
}

/// Marks the file as seen and goes on to the next that is not; or takes the mark back.
pub(super) fn mark(app: &mut App) -> Vec<Effect> {
    let effects = change(app, |screen| {
        let at = screen.file;
        if screen.seen.remove(&at) {
            return;
        }
        screen.seen.insert(at);
        let count = screen.diff.files.len();
        let next = (at + 1..count)
            .chain(0..at)
            .find(|file| !screen.seen.contains(file));
        if let Some(next) = next {
            screen.go(next);
        }
    });
    let kept = seen(app).ok().and_then(|screen| match &screen.compared.of {
        DiffOf::Subject(subject) => {
            let names = screen
                .seen
                .iter()
                .filter_map(|at| screen.diff.files.get(*at));
            let names: Vec<String> = names.map(|file| file.name().raw().to_owned()).collect();
            Some((subject.clone(), names))
        }
        DiffOf::Commit(_) => None,
    });
    match kept {
        Some((subject, names)) => keep(app, &subject, |glance| glance.files = names),
        None => effects,
    }
}

fn keep(app: &mut App, subject: &Subject, change: impl FnOnce(&mut Glance)) -> Vec<Effect> {
    let now = app.clock.now;
    let glance = app.looked.change(subject, |glance| {
        change(glance);
        glance.at = now;
    });
    glance
        .map(|glance| Effect::KeepGlance { glance })
        .into_iter()
        .collect()
}

pub(super) fn can_acknowledge(app: &App) -> Able {
    let screen = seen(app)?;
    match (screen.hidden, screen.saw_hidden) {
        (0, _) => Err("no hidden characters are in this diff".to_owned()),
        (_, true) => Err("you said so already".to_owned()),
        (_, false) => Ok(()),
    }
}

/// Says that the hidden characters were seen.
pub(super) fn acknowledge(app: &mut App) -> Vec<Effect> {
    let Some(screen) = screen(app) else {
        return Vec::new();
    };
    screen.saw_hidden = true;
    let words = format!("{}: you saw them", hidden_words(screen.hidden));
    let of = screen.compared.of.clone();
    app.say(words, Tone::Plain);
    match of {
        DiffOf::Subject(subject) => keep(app, &subject, |glance| glance.saw_hidden = true),
        DiffOf::Commit(_) => Vec::new(),
    }
}

/// Goes to the next row that `rows` names, over the ends of files and round the end of the diff.
fn seek(app: &mut App, rows: fn(&Layout) -> &[usize], nothing: &str) -> Vec<Effect> {
    let size = app.size;
    let mut is_found = false;
    let _ = change(app, |screen| {
        let (file, top) = (screen.file, screen.top);
        let count = screen.diff.files.len();
        screen.lay(size);
        let here = rows(&screen.layout).iter().find(|row| **row > top).copied();
        if let Some(row) = here.filter(|_| top < screen.last) {
            screen.top = row;
            is_found = true;
            return;
        }
        for step in 1..=count {
            screen.go((file + step) % count);
            screen.lay(size);
            if let Some(row) = rows(&screen.layout).first().copied() {
                screen.top = row;
                is_found = true;
                return;
            }
        }
        screen.go(file);
        screen.top = top;
    });
    if !is_found {
        app.refuse(nothing);
    }
    Vec::new()
}

pub(super) fn can_seek_hidden(app: &App) -> Able {
    if seen(app)?.hidden == 0 {
        return Err("no hidden characters are in this diff".to_owned());
    }
    Ok(())
}

pub(super) fn hidden(app: &mut App) -> Vec<Effect> {
    seek(
        app,
        |layout| &layout.marked,
        "no hidden character is in any line",
    )
}

pub(super) fn find(app: &mut App) -> Vec<Effect> {
    change(app, |screen| {
        screen.finding = Some(Field::with(screen.find.clone()));
    })
}

pub(super) fn can_hit(app: &App) -> Able {
    if seen(app)?.find.is_empty() {
        return Err("/ searches first".to_owned());
    }
    Ok(())
}

pub(super) fn hit(app: &mut App) -> Vec<Effect> {
    seek(app, |layout| &layout.hits, "not found in any file")
}

pub(super) fn other_layout(app: &mut App) -> Vec<Effect> {
    change(app, |screen| {
        screen.is_other_layout = !screen.is_other_layout;
    })
}

pub(super) fn leave(app: &mut App) -> Vec<Effect> {
    if screen(app).is_some() {
        app.overlays.pop();
    }
    Vec::new()
}

/// Makes what the open diff is about the chosen approval, for `a` and `x` here.
fn choose(app: &mut App) {
    let of = seen(app).map(|screen| screen.compared.of.clone());
    if let Ok(DiffOf::Subject(subject)) = of {
        app.selection.approval = Some(subject);
    }
}

fn about(app: &App) -> Result<Subject, String> {
    match &seen(app)?.compared.of {
        DiffOf::Subject(subject) => Ok(subject.clone()),
        DiffOf::Commit(_) => Err("a single commit is not approved".to_owned()),
    }
}

pub(super) fn can_approve(app: &App) -> Able {
    saying::can_approve_of(app, &about(app)?)
}

pub(super) fn approve(app: &mut App) -> Vec<Effect> {
    choose(app);
    saying::approve(app)
}

pub(super) fn can_reject(app: &App) -> Able {
    saying::can_reject_of(app, &about(app)?)
}

pub(super) fn reject(app: &mut App) -> Vec<Effect> {
    choose(app);
    saying::reject(app)
}
