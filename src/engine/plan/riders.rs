//! What else ships with a promotion: read, and accepted by its count for exactly these tips. It is told before the fix
//! comes beside it.

use crate::engine::derive::frozen_by;
use crate::engine::derive::riders_accepted;
use crate::engine::look::sight;
use crate::engine::observation::EdgeSight;
use crate::engine::observation::Frozen;
use crate::engine::observation::Riders;
use crate::engine::run_bound::frozen_beside;
use crate::model::LaneName;
use crate::model::plural;
use crate::playbook::Change as ChangeWork;
use crate::playbook::Source;
use crate::playbook::Step;
use crate::record::Event;

use super::Asked;
use super::Call;
use super::Desk;
use super::Refusal;
use super::draft::Draft;
use super::refuse;

/// Adds the acceptance of exactly the riders that are there, or refuses with the list to read.
pub(super) fn accept_riders(
    desk: &Desk<'_>,
    wanted: &str,
    step: &Step,
    change: &ChangeWork,
    asked: Asked<'_>,
    draft: &mut Draft,
) -> Result<(), Refusal> {
    let Source::Lane(from) = &change.from else {
        return Ok(());
    };
    let edge = fresh_edge(desk, wanted, from, &change.into)?;
    let frozen = frozen_by(desk.look, change);
    let count = edge.riders.count();
    let is_asked = frozen.is_some() || (change.accept_riders && count > 0);
    if !is_asked || riders_accepted(desk.look, &step.id, change) {
        if is_asked {
            draft.ok(format!("{count} rider{} accepted", plural(count)));
        }
        return Ok(());
    }
    if asked.riders == Some(count) {
        draft.call(
            Call::Record {
                event: Event::RidersAccepted {
                    step: step.id.clone(),
                    from_tip: edge.from_tip.clone(),
                    into_tip: edge.into_tip.clone(),
                    riders: edge
                        .riders
                        .listed
                        .iter()
                        .map(|one| one.commit.id.clone())
                        .collect(),
                    left_out: edge.riders.left_out,
                },
            },
            Vec::new(),
        );
        for line in lines_of(&edge.riders) {
            draft.warn(line);
        }
        return Ok(());
    }
    let mut reasons = Vec::new();
    if let Some(frozen) = frozen {
        reasons.push(format!(
            "RUN is frozen: {} is being validated in {}",
            frozen.by, frozen.lane
        ));
    }
    reasons.push(match asked.riders {
        Some(other) => format!(
            "{count} rider{} would ship, not {other}: read them again",
            plural(count)
        ),
        None => format!("{count} rider{} would ship with the fix", plural(count)),
    });
    reasons.extend(lines_of(&edge.riders));
    Err(Refusal {
        wanted: wanted.to_owned(),
        reasons,
        hint: Some(format!(
            "if all of this may go live: {}",
            desk.line(format!("do {} --accept-riders {count}", step.id))
        )),
    })
}

/// Says that the fix comes beside the next version, and leaves RUN for production only with it: whoever opens or merges
/// the request can still wait, and the promotion is too late to hear it.
pub(super) fn tell_frozen(desk: &Desk<'_>, change: &ChangeWork, draft: &mut Draft) {
    // A promotion asks for the riders themselves.
    if change.from != Source::Fix {
        return;
    }
    if let Some(frozen) = frozen_beside(desk.look, &change.into) {
        let so = "and the fix leaves it for production only together with that";
        warn_frozen(draft, frozen, so);
    }
}

/// Says what a lane of RUN is frozen by, and what comes of that for the plan.
pub(super) fn warn_frozen(draft: &mut Draft, frozen: &Frozen, so: &str) {
    draft.warn(format!(
        "RUN is frozen: {} is being validated in {}, {so}",
        frozen.by, frozen.lane
    ));
}

/// Returns one line for each: the commit, its subject, who wrote it, and its request. Those that are not listed are
/// one more line.
pub(super) fn lines_of(riders: &Riders) -> Vec<String> {
    let more = (riders.left_out > 0).then(|| format!("and {} more", riders.left_out));
    riders
        .listed
        .iter()
        .map(|rider| {
            let request = rider
                .request
                .map_or_else(String::new, |id| format!(" (change request {id})"));
            format!(
                "rider {} \"{}\" by {}{request}",
                rider.commit.id.short(),
                rider.commit.subject(),
                rider.commit.author.show()
            )
        })
        .chain(more)
        .collect()
}

pub(super) fn fresh_edge<'a>(
    desk: &'a Desk<'_>,
    wanted: &str,
    from: &LaneName,
    into: &LaneName,
) -> Result<&'a EdgeSight, Refusal> {
    let seen = desk.look.edge(from, into);
    if let Some(blind) = sight(&format!("what {from} would bring to {into}"), seen) {
        return Err(refuse(wanted, blind.words(desk.look.seen.now)));
    }
    if desk.look.is_production(into)
        && let Some(blind) = sight("whether RUN is frozen", Some(&desk.look.seen.frozen))
    {
        return Err(refuse(wanted, blind.words(desk.look.seen.now)));
    }
    let is_old = seen
        .and_then(crate::model::Seen::fresh)
        .is_some_and(|edge| {
            desk.look.lane_tip(from) != Some(&edge.from_tip)
                || desk.look.lane_tip(into) != Some(&edge.into_tip)
        });
    if is_old {
        return Err(refuse(
            wanted,
            format!("{from} or {into} moved since it was looked at"),
        )
        .hint("refresh"));
    }
    seen.and_then(crate::model::Seen::fresh)
        .ok_or_else(|| refuse(wanted, format!("{from} is not promoted into {into}")))
}
