//! Work on the hotfix as a whole: start, skip, abandon, close; arming; what runs.

use crate::engine::TargetProgress;

use super::arm as arming;
use super::checklist::RowId;
use super::checklist::selected;
use super::editor;
use super::editor::Purpose;
use super::effect::Effect;
use super::quit;
use super::saying::open_text;
use super::start as wizard;
use super::state::App;
use super::wish::Able;
use super::wish::is_free;
use super::wish::open_steps;
use super::wish::steps;

pub(super) fn can_start(app: &App) -> Able {
    is_free(app)?;
    if wizard::playbooks(app).is_empty() {
        return Err("nothing was seen yet".to_owned());
    }
    Ok(())
}

pub(super) fn start(app: &mut App) -> Vec<Effect> {
    wizard::open(app)
}

fn skip_purpose(app: &App) -> Result<Purpose, String> {
    let steps = open_steps(app)?;
    match selected(app) {
        Some(RowId::Step(id)) => match steps.iter().find(|step| step.id == id) {
            Some(step) if step.state.is_over() => Err("it is done".to_owned()),
            Some(step) => Ok(Purpose::Skip(step.id.clone())),
            None => Err("nothing is selected".to_owned()),
        },
        Some(RowId::Target(_, _)) => Err("a target is abandoned, not skipped: R a".to_owned()),
        Some(RowId::Item(_)) => Err("only steps can be skipped".to_owned()),
        None => Err("nothing is selected".to_owned()),
    }
}

pub(super) fn can_skip(app: &App) -> Able {
    skip_purpose(app).map(drop)
}

pub(super) fn skip(app: &mut App) -> Vec<Effect> {
    open_text(app, skip_purpose)
}

fn abandon_purpose(app: &App) -> Result<Purpose, String> {
    let steps = open_steps(app)?;
    let Some(RowId::Target(id, lane)) = selected(app) else {
        return Err("select a target lane in the checklist".to_owned());
    };
    let target: Option<&TargetProgress> = steps
        .iter()
        .find(|step| step.id == id)
        .and_then(|step| step.targets.iter().find(|target| target.lane == lane));
    match target {
        Some(target) if target.state.is_over() => Err("it is done".to_owned()),
        Some(_) => Ok(Purpose::Abandon(id, lane)),
        None => Err("select a target lane in the checklist".to_owned()),
    }
}

pub(super) fn can_abandon(app: &App) -> Able {
    abandon_purpose(app).map(drop)
}

pub(super) fn abandon(app: &mut App) -> Vec<Effect> {
    open_text(app, abandon_purpose)
}

pub(super) fn can_close(app: &App) -> Able {
    steps(app)?;
    let is_closed = app
        .board
        .as_ref()
        .and_then(|board| board.record.as_ref())
        .is_some_and(|record| record.closed.is_some());
    if is_closed {
        return Err("it is closed".to_owned());
    }
    Ok(())
}

pub(super) fn close(app: &mut App) -> Vec<Effect> {
    editor::open(app, Purpose::Close)
}

pub(super) fn can_arm(app: &App) -> Able {
    if app.armed.is_none() && arming::production(app).is_empty() {
        return Err("no environment is production here".to_owned());
    }
    Ok(())
}

pub(super) fn arm(app: &mut App) -> Vec<Effect> {
    if app.armed.is_some() {
        arming::disarm(app, "you disarmed it");
        return Vec::new();
    }
    arming::open(app)
}

pub(super) fn can_stop(app: &App) -> Able {
    match &app.run {
        Some(run) if run.is_cancelled => Err("it is stopping".to_owned()),
        Some(_) => Ok(()),
        None => Err("nothing is running".to_owned()),
    }
}

pub(super) fn stop(app: &mut App) -> Vec<Effect> {
    quit::stop(app)
}
