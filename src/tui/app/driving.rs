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

/// Returns what the header says of each seat that is not free.
pub fn drivers(app: &App) -> Vec<Line> {
    let Some(board) = &app.board else {
        return Vec::new();
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
        if *driver == sight.me {
            return Some(Line::new(format!("YOU DRIVE {environment}"), Tone::Good));
        }
        let name = driver.person.show();
        if lock.is_offered_to(&sight.me) {
            let words = format!("{name} OFFERS YOU {environment}");
            return Some(Line::new(words, Tone::Strong));
        }
        let words = format!("{name} drives {environment} (epoch {})", lock.epoch);
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
