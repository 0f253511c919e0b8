//! The driver's seat on the screen: who has it, and the wishes about it. Production is meant where none is named.

use crate::engine::DriveWish;
use crate::engine::Intent;
use crate::engine::LockSight;
use crate::engine::solo;
use crate::model::EnvironmentName;
use crate::model::Seen;

use super::editor::Purpose;
use super::effect::Effect;
use super::saying::open_text;
use super::state::App;
use super::wish::Able;
use super::wish::ask_for;
use super::wish::steps;
use super::words::Line;
use super::words::Tone;

/// Returns the seat that the keys are about: production's, else the first.
fn seat(app: &App) -> Result<(&EnvironmentName, &LockSight), String> {
    let nothing = || "nothing was seen yet".to_owned();
    let board = app.board.as_ref().ok_or_else(nothing)?;
    let is_production = |name: &EnvironmentName| {
        let environment = board.book.project.environment(name);
        environment.is_none_or(|environment| environment.is_production)
    };
    let locks = &board.seen.locks;
    let main = locks.iter().find(|(name, _)| is_production(name));
    match main.or_else(|| locks.iter().next()) {
        None => Err(nothing()),
        Some((_, Seen::Unknown { why })) => Err(why.clone()),
        Some((name, Seen::Known { value, .. } | Seen::Stale { value, .. })) => Ok((name, value)),
    }
}

fn drive_wish(app: &App) -> Result<Intent, String> {
    steps(app)?;
    let (environment, sight) = seat(app)?;
    let wish = if sight.lock.is_driven_by(&sight.me) {
        DriveWish::Release
    } else {
        DriveWish::Take
    };
    Ok(Intent::Drive {
        environment: Some(environment.clone()),
        wish,
    })
}

pub(super) fn can_drive(app: &App) -> Able {
    drive_wish(app).map(drop)
}

pub(super) fn drive(app: &mut App) -> Vec<Effect> {
    let wish = drive_wish(app);
    ask_for(app, wish, false)
}

fn take_over_purpose(app: &App) -> Result<Purpose, String> {
    steps(app)?;
    let (environment, sight) = seat(app)?;
    match &sight.lock.driver {
        None => Err(format!("nobody drives {environment}")),
        Some(driver) if *driver == sight.me => Err(format!("you drive {environment}")),
        Some(_) => Ok(Purpose::TakeOver(environment.clone())),
    }
}

pub(super) fn can_take_over(app: &App) -> Able {
    take_over_purpose(app).map(drop)
}

pub(super) fn take_over(app: &mut App) -> Vec<Effect> {
    open_text(app, take_over_purpose)
}

fn hand_over_purpose(app: &App) -> Result<Purpose, String> {
    steps(app)?;
    let (environment, sight) = seat(app)?;
    if sight.lock.is_driven_by(&sight.me) {
        Ok(Purpose::HandOver(environment.clone()))
    } else {
        Err(format!("you do not drive {environment}"))
    }
}

pub(super) fn can_hand_over(app: &App) -> Able {
    hand_over_purpose(app).map(drop)
}

pub(super) fn hand_over(app: &mut App) -> Vec<Effect> {
    open_text(app, hand_over_purpose)
}

/// How much is said of who drives, and of what is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brevity {
    /// `Ben Okafor drives production (epoch 5)`
    Full,
    /// `Ben Okafor drives production`
    Named,
    /// `Ben drives`, where there is one environment to drive.
    Brief,
}

impl Brevity {
    /// From the most words to the fewest.
    pub const ALL: [Self; 3] = [Self::Full, Self::Named, Self::Brief];
}

/// Returns what the header says of each seat that is not free.
pub fn drivers(app: &App) -> Vec<Line> {
    drivers_in(app, Brevity::Full)
}

/// Returns the same in as many words as there is room for.
pub fn drivers_in(app: &App, brevity: Brevity) -> Vec<Line> {
    let Some(board) = &app.board else {
        return Vec::new();
    };
    let is_brief = brevity == Brevity::Brief;
    let is_only = board.seen.locks.len() == 1;
    let of = |environment: &EnvironmentName| {
        if is_brief && is_only {
            String::new()
        } else {
            format!(" {environment}")
        }
    };
    let line = |(environment, seen): (&EnvironmentName, &Seen<LockSight>)| {
        let Some(sight) = seen.value() else {
            return Some(Line::new(format!("{environment}: who drives?"), Tone::Bad));
        };
        if sight.refused.is_some() {
            return None;
        }
        let lock = &sight.lock;
        let driver = lock.driver.as_ref()?;
        let of = of(environment);
        if *driver == sight.me {
            return Some(Line::new(format!("YOU DRIVE{of}"), Tone::Good));
        }
        let mut name = driver.person.show();
        if is_brief && let Some((first, _)) = name.split_once(' ') {
            name = first.to_owned();
        }
        if lock.is_offered_to(&sight.me) {
            let words = format!("{name} OFFERS YOU{of}");
            return Some(Line::new(words, Tone::Strong));
        }
        let epoch = match brevity {
            Brevity::Full => format!(" (epoch {})", lock.epoch),
            Brevity::Named | Brevity::Brief => String::new(),
        };
        let words = format!("{name} drives{of}{epoch}");
        if sight.flaws.is_empty() {
            return Some(Line::new(words, Tone::Warn));
        }
        // The reason stands among the findings.
        let words = format!("{words}, {}", sight.signed.words());
        Some(Line::new(words, Tone::Bad))
    };
    // Once, however many environments there are: nothing but the person is in the way of a dangerous call.
    let solo = solo(&board.seen.locks).map(|_| Line::new("SOLO MODE, NO LOCK", Tone::Warn));
    let driven = board.seen.locks.iter().filter_map(line);
    solo.into_iter().chain(driven).collect()
}
