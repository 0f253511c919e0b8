//! What has not happened yet: open change requests, and conflicts that are predicted before anybody asks.

use std::collections::HashSet;

use crate::model::ChangeRequest;
use crate::model::PredictionOutcome;
use crate::model::Timestamp;
use crate::playbook::Strategy;
use crate::playbook::Work;

use super::atlas::Atlas;
use super::atlas::show;
use super::event::Event;
use super::event::EventKey;
use super::event::Leave;
use super::event::Link;
use super::event::Node;
use super::gather::Draft;
use super::gather::head_place;
use super::landing::Landing;
use super::order::Spot;
use super::standing::seats;

/// Makes the event of an open request; none if it touches no row of the drawing.
pub(super) fn open_request(atlas: &Atlas<'_>, request: &ChangeRequest) -> Option<Draft> {
    let into = atlas.row_of_branch(&request.into)?;
    let from = atlas.source_of(request).filter(|from| *from != into)?;
    let id = atlas.seen.capabilities.numbered(request.id);
    let seats = atlas.lanes[into].and_then(|lane| seats(lane, request));
    let (node, word) = if atlas.is_in_conflict(request) {
        (Node::Conflict, "conflicts".to_owned())
    } else {
        let word = match (request.is_draft, seats) {
            (true, _) => "draft".to_owned(),
            (false, Some(seats)) => seats,
            (false, None) => String::new(),
        };
        (Node::Pending, word)
    };
    let mut labels = vec![format!("{id} {word}").trim_end().to_owned()];
    labels.extend((!word.is_empty()).then(|| id.clone()));
    Some(Draft {
        event: Event {
            key: EventKey::Request(request.id),
            row: into,
            node,
            link: Some(Link {
                from,
                is_pending: true,
                leave: Leave::Tee,
            }),
            labels,
            at: request.opened_at,
            commit: Some(request.head.clone()),
            request: Some(request.id),
            sentence: format!(
                "change request {} from {} into {} is open{}{}",
                request.id,
                show(request.from.as_str()),
                show(request.into.as_str()),
                if word.is_empty() { "" } else { ", " },
                word
            ),
        },
        spot: Spot {
            row: into,
            place: usize::MAX,
            rank: 0,
            at: request.opened_at,
            from: Some((from, head_place(atlas, from, Some(request)))),
        },
    })
}

/// Adds predicted conflicts of lanes that nobody has opened a request for.
pub(super) fn conflicts(
    atlas: &Atlas<'_>,
    landings: &[Landing],
    asked: &HashSet<usize>,
    drafts: &mut Vec<Draft>,
) {
    let mut shown = HashSet::new();
    for ((step, lane), prediction) in &atlas.seen.predictions {
        let Some(PredictionOutcome::Conflict { paths }) =
            prediction.value().map(|prediction| &prediction.outcome)
        else {
            continue;
        };
        let (Some(row), Some(fix_row)) = (atlas.row_of_lane(lane), atlas.fix_row) else {
            continue;
        };
        let look = atlas.look();
        // Nothing is carried any more into a lane that has it, or is accepted as it is.
        let is_settled = look.is_some_and(|look| look.is_present(lane).is_some());
        let is_there = landings[row].landed.is_some() || is_settled;
        if is_there || asked.contains(&row) || !shown.insert(row) {
            continue;
        }
        let from = match atlas.book.step(step).map(|step| &step.work) {
            Some(Work::Carry(carry)) if carry.strategy == Strategy::MergeLane => atlas
                .row_of_lane(&carry.source)
                .filter(|from| *from != row)
                .unwrap_or(fix_row),
            Some(_) | None => fix_row,
        };
        let place = if from == fix_row {
            atlas.fix_commits().len()
        } else {
            atlas.chain(from).len()
        };
        let at = atlas.seen.now;
        let files = paths.len();
        let plural = if files == 1 { "" } else { "s" };
        drafts.push(Draft {
            event: Event {
                key: EventKey::Conflict(lane.clone()),
                row,
                node: Node::Conflict,
                link: Some(Link {
                    from,
                    is_pending: true,
                    leave: Leave::Tee,
                }),
                labels: vec![
                    format!("would conflict in {files} file{plural}"),
                    format!("{files} file{plural}"),
                ],
                at,
                commit: None,
                request: None,
                sentence: format!(
                    "{}: the fix would conflict in {files} file{plural}",
                    show(lane.as_str())
                ),
            },
            spot: Spot {
                row,
                place: usize::MAX,
                rank: 1,
                // It lies ahead of all that happened, also of what the look itself saw happen.
                at: Timestamp::from_second(i64::MAX),
                from: Some((from, Some(place))),
            },
        });
    }
}
