//! Finishing a resolution: the branch gets the commit that was built from the decisions, and each decision goes on
//! record for exactly that head. The gate opens by what is recorded, not by what the files look like.

use crate::engine::derive::Gate;
use crate::engine::derive::gate;
use crate::engine::derive::target_request;
use crate::engine::intent::Resolution;
use crate::engine::resolve::TakesAway;
use crate::engine::resolve::takes_away;
use crate::model::ConflictKind;
use crate::record::Event;

use super::Call;
use super::Desk;
use super::Expectation;
use super::Level;
use super::Refusal;
use super::draft::Draft;
use super::refuse;
use super::request::same_head;
use super::settle::carrying;
use super::target::New;
use super::weigh::RESOLVED;
use super::weigh::tell_fix;

pub(super) fn plan_resolve(desk: &Desk<'_>, order: &Resolution) -> Result<Draft, Refusal> {
    let lane = &order.target;
    let wanted = format!("finish the resolution for {lane}");
    let (step, carry, target) = carrying(desk, &wanted, &order.step, lane)?;
    desk.can_see(&wanted)?;
    let request = target_request(desk.look, &order.step, carry, lane);
    let Some(request) = request.filter(|request| request.is_open()) else {
        if target.waits_here() {
            let new = New::predicted(desk, &wanted, step, carry, lane)?;
            return new.push_local(&wanted, order);
        }
        return Err(refuse(
            wanted,
            format!("there is no open change request into {lane}"),
        ));
    };
    let tip = desk.fresh_tip(&wanted, &request.from)?;
    same_head(&wanted, request, &tip)?;
    let is_pushed = tip == order.commit;
    if !is_pushed && tip != order.head {
        return Err(refuse(
            wanted,
            format!(
                "{} moved from {} to {} since the resolution was begun",
                request.from,
                order.head.short(),
                tip.short()
            ),
        )
        .hint(format!(
            "open it again: {}",
            desk.line(format!("resolve {} --target {lane}", order.step))
        )));
    }
    let left = match gate(desk.look, &order.step, lane, request) {
        Gate::Undecided(paths) => paths,
        Gate::Open => {
            return Err(refuse(
                wanted,
                "nothing to do: every conflicted path is decided",
            ));
        }
        Gate::Blind(blind) => return Err(refuse(wanted, blind.words(desk.look.seen.now))),
    };
    let key = (order.step.clone(), lane.clone());
    let built = desk.look.record.built.get(&key);
    // What is ours alone is built anew, with the commits that had been left out.
    let is_anew = built.is_some_and(|built| built.head == order.head);
    let is_named = |path: &str| order.decided.iter().any(|(name, _)| name == path);
    let open: Vec<&str> = left
        .iter()
        .filter(|path| !(is_anew && path.kind == ConflictKind::Pending))
        .map(|path| path.path.as_str())
        .filter(|path| !is_named(path))
        .collect();
    if !open.is_empty() {
        return Err(refuse(wanted, format!("not decided: {}", open.join(", "))));
    }
    let count = order.decided.len();
    let mut draft = Draft::new(
        format!(
            "resolve {count} conflicted path{} for {lane}",
            if count == 1 { "" } else { "s" }
        ),
        Level::L3,
    )
    .step(&step.id, Some(lane));
    if !is_pushed && order.commit != order.head {
        draft.call(
            Call::PushResolution {
                branch: request.from.clone(),
                previous: order.head.clone(),
                commit: order.commit.clone(),
                decided: order.decided.clone(),
            },
            vec![
                Expectation::Branch {
                    branch: request.from.clone(),
                    at: Some(order.head.clone()),
                },
                Expectation::RequestOpen {
                    request: request.id,
                    head: order.head.clone(),
                },
            ],
        );
        draft.will_change.push(format!(
            "{}  {} -> {}",
            request.from,
            order.head.short(),
            order.commit.short()
        ));
        draft.way_back = format!(
            "{} stays in Lanekeeper's own repository; no lane has changed",
            order.head.short()
        );
    } else {
        draft.level = Level::L1;
        draft.way_back = "a new head on the branch asks again".to_owned();
        record(desk, order, &mut draft);
    }
    tell(order, &mut draft);
    draft.ok(format!("{} is at {}", request.from, tip.short()));
    if let Some(built) = built {
        if let Some(now) = desk.look.lane_tip(lane).filter(|now| *now != &built.onto) {
            draft.warn(format!(
                "{lane} moved from {} to {} since the branch was built: the request may conflict again",
                built.onto.short(),
                now.short()
            ));
        }
        if is_anew && order.commit != order.head {
            draft.warn(
                "the commits with markers, which Lanekeeper pushed, are replaced: a checkout of that branch must be reset",
            );
        } else if !built.pending.is_empty() {
            let names: Vec<&str> = built.pending.iter().map(|id| id.short()).collect();
            draft.warn(format!(
                "these commits could not be picked when the branch was built: {}; see that they are in it",
                names.join(" ")
            ));
        }
    }
    let resolved = (&order.commit, RESOLVED);
    tell_fix(desk, &mut draft, carry, lane, resolved);
    Ok(draft)
}

/// Says how each path was decided; that a file goes, or all of a folder, is worth a second look.
pub(super) fn tell(order: &Resolution, draft: &mut Draft) {
    for (path, how) in &order.decided {
        match takes_away(how) {
            Some(TakesAway::Path) => {
                draft.warn(format!("{path}: {how}: the file will not be there"));
            }
            Some(TakesAway::Folder) => {
                draft.warn(format!("{path}: {how}: the files in it will not be there"));
            }
            None => draft.ok(format!("{path}: {how}")),
        }
    }
}

/// Puts the decisions on record where nothing is pushed with them. A run that died in between may have told some of them.
fn record(desk: &Desk<'_>, order: &Resolution, draft: &mut Draft) {
    let key = (order.step.clone(), order.target.clone());
    let told = desk.look.record.decided.get(&key);
    let told = told.map_or(&[][..], Vec::as_slice);
    let is_told = |path: &str| {
        let mut told = told.iter();
        told.any(|one| one.path == path && one.head == order.commit)
    };
    let left = order.decided.iter().filter(|(path, _)| !is_told(path));
    for (path, how) in left {
        draft.call(
            Call::Record {
                event: Event::ConflictDecided {
                    step: order.step.clone(),
                    target: order.target.clone(),
                    path: path.clone(),
                    head: order.commit.clone(),
                    note: how.clone(),
                },
            },
            Vec::new(),
        );
    }
}
