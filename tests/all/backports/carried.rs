//! A fix in `main` that is to be in integration as well, and what a backport of it came to.

use lanekeeper::engine::TargetProgress;
use lanekeeper::model::ChangeRequest;
use lanekeeper::ops::BackportPlan;
use lanekeeper::ops::BackportWords;

use crate::support::team::Team;
use crate::support::team::numbered;

/// A fix in `main`; integration has something else in its place where they are to conflict.
pub(super) fn fixed(has_conflict: bool) -> Team {
    let team = Team::new();
    let world = &team.world;
    if has_conflict {
        world.switch("integration", None);
        world.change("shop.txt", numbered(&[(3, "next version")]), "Next version");
    }
    world.switch("main", None);
    world.change("shop.txt", numbered(&[(3, "fixed")]), "Fix it");
    world.push();
    team
}

pub(super) fn words() -> BackportWords {
    BackportWords {
        rev: "main".to_owned(),
        into: vec!["integration".to_owned()],
        ..BackportWords::default()
    }
}

/// The branch of the request into the target; where there are two more, they are named after it.
pub(super) fn branch(team: &Team) -> String {
    format!("backport/integration-{}", team.world.id("main").short())
}

pub(super) fn target(backport: &BackportPlan) -> TargetProgress {
    let progress = backport.board.progress.as_ref().expect("a record");
    progress.steps[0].targets[0].clone()
}

pub(super) fn request(backport: &BackportPlan) -> ChangeRequest {
    let wanted = target(backport).request.expect("a request");
    let all = backport.board.seen.requests.value().expect("seen");
    let found = all.iter().find(|request| request.id == wanted);
    found.expect("listed").clone()
}
