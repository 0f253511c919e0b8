//! Which commits, tags, deployments and requests are worth a column.

use std::collections::HashSet;

use crate::model::ChangeRequest;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::Deployment;
use crate::model::DeploymentState;
use crate::model::Lane;
use crate::model::Mergeability;
use crate::model::PredictionOutcome;
use crate::playbook::Strategy;
use crate::playbook::Work;

use super::atlas::Atlas;
use super::atlas::show;
use super::event::Event;
use super::event::EventKey;
use super::event::Leave;
use super::event::Link;
use super::event::Node;
use super::landing::Landing;
use super::order::Spot;

/// An event before it has its column.
pub(super) struct Draft {
    pub(super) event: Event,
    pub(super) spot: Spot,
}

/// More commits of a hotfix than this are folded, the newest excepted.
const FIX_NODES: usize = 4;

/// Returns every event, in no order.
pub(super) fn gather(atlas: &Atlas<'_>, landings: &[Landing]) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for (row, lane) in atlas.lane_rows() {
        lane_commits(atlas, row, lane, landings[row], &mut drafts);
        deployments(atlas, row, lane, &mut drafts);
    }
    fix_commits(atlas, &mut drafts);
    let mut asked = HashSet::new();
    for request in atlas.requests().iter().filter(|request| request.is_open()) {
        if let Some(draft) = open_request(atlas, request) {
            asked.insert(draft.event.row);
            drafts.push(draft);
        }
    }
    conflicts(atlas, landings, &asked, &mut drafts);
    drafts
}

/// Adds merges, the landing, a revert, tags and the tip of one lane.
fn lane_commits(
    atlas: &Atlas<'_>,
    row: usize,
    lane: &Lane,
    landing: Landing,
    drafts: &mut Vec<Draft>,
) {
    let chain = atlas.chain(row);
    let tags = atlas.seen.history.value().map(|history| &history.tags);
    for (place, commit) in chain.iter().enumerate() {
        let is_landing = landing.landed == Some(place);
        let is_revert = landing.reverted == Some(place);
        let is_tip = place + 1 == chain.len();
        let is_own = atlas.owns(row, &commit.id);
        let mut parents = commit.parents.iter().skip(1);
        let merged = parents.find_map(|parent| atlas.source(row, parent));
        let request = merged_request(atlas, commit);
        let came_by = request
            .and_then(|request| atlas.source_of(request))
            .filter(|from| *from != row)
            .map(|from| (from, head_place(atlas, from, request)));
        let from = merged
            .map(|(from, place)| (from, Some(place)))
            .or(came_by)
            .or_else(|| is_landing.then(|| (atlas.fix_row, None)).and_then(pair));
        let tag = tags
            .and_then(|tags| tags.get(&commit.id))
            .filter(|tags| is_own && !tags.is_empty());
        let is_merge = from.is_some() && (is_own || is_landing);
        if is_merge || is_landing || is_revert || (is_tip && tag.is_none()) {
            let node = match (is_revert, is_merge) {
                (true, _) => Node::Revert,
                (false, true) => Node::Merge,
                (false, false) => Node::Commit,
            };
            drafts.push(Draft {
                event: Event {
                    key: EventKey::Commit(lane.name.clone(), commit.id.clone()),
                    row,
                    node,
                    link: from.filter(|_| is_merge).map(|(from, _)| Link {
                        from,
                        is_pending: false,
                        leave: Leave::Tee,
                    }),
                    labels: request
                        .filter(|_| is_merge)
                        .map(|request| format!("#{}", request.id))
                        .into_iter()
                        .collect(),
                    at: commit.committed_at,
                    commit: Some(commit.id.clone()),
                    request: request.map(|request| request.id),
                    sentence: commit_sentence(lane, commit, node),
                },
                spot: Spot {
                    row,
                    place,
                    rank: 0,
                    at: commit.committed_at,
                    from: from.filter(|_| is_merge),
                },
            });
        }
        if let Some(tags) = tag {
            drafts.push(tag_draft(row, lane, place, commit, tags));
        }
    }
}

/// Turns a pair with an optional first part around.
fn pair((row, place): (Option<usize>, Option<usize>)) -> Option<(usize, Option<usize>)> {
    row.map(|row| (row, place))
}

fn commit_sentence(lane: &Lane, commit: &Commit, node: Node) -> String {
    let what = match node {
        Node::Merge => "merge",
        Node::Revert => "revert",
        Node::Commit
        | Node::Tag
        | Node::Deployment
        | Node::FailedDeployment
        | Node::Fix
        | Node::Pending
        | Node::Conflict
        | Node::Cut => "commit",
    };
    format!(
        "{}: {what} {} by {} at {}: {}",
        show(lane.name.as_str()),
        commit.id.short(),
        commit.author.show(),
        commit.committed_at.date_clock(),
        commit.subject()
    )
}

fn tag_draft(row: usize, lane: &Lane, place: usize, commit: &Commit, tags: &[String]) -> Draft {
    let names: Vec<String> = tags.iter().map(|tag| show(tag)).collect();
    let mut labels = vec![names.join(" ")];
    labels.extend((names.len() > 1).then(|| format!("{} +{}", names[0], names.len() - 1)));
    Draft {
        event: Event {
            key: EventKey::Tag(lane.name.clone(), commit.id.clone()),
            row,
            node: Node::Tag,
            link: None,
            labels,
            at: commit.committed_at,
            commit: Some(commit.id.clone()),
            request: None,
            sentence: format!(
                "{}: {} tagged {}",
                show(lane.name.as_str()),
                commit.id.short(),
                names.join(", ")
            ),
        },
        spot: Spot {
            row,
            place,
            rank: 1,
            at: commit.committed_at,
            from: None,
        },
    }
}

/// Returns the request whose merge made this commit.
fn merged_request<'a>(atlas: &Atlas<'a>, commit: &Commit) -> Option<&'a ChangeRequest> {
    let made = |request: &&ChangeRequest| {
        request
            .merged()
            .is_some_and(|merged| merged.commit == commit.id)
    };
    atlas.requests().iter().find(made)
}

/// Returns the place of a request's head on the row that it comes from.
fn head_place(atlas: &Atlas<'_>, row: usize, request: Option<&ChangeRequest>) -> Option<usize> {
    let request = request?;
    let head = request
        .merged()
        .map_or(&request.head, |merged| &merged.head);
    if atlas.fix_row == Some(row) {
        // A branch built for one target carries the whole fix.
        let whole = atlas.fix_commits().len();
        return Some(atlas.fix_place(head).unwrap_or(whole));
    }
    atlas.place(row, head)
}

/// Adds the go-lives of a lane's environment.
fn deployments(atlas: &Atlas<'_>, row: usize, lane: &Lane, drafts: &mut Vec<Draft>) {
    let all = atlas
        .seen
        .deployments
        .value()
        .map_or(&[][..], Vec::as_slice);
    for deployment in all {
        if Some(&deployment.environment) != lane.environment.as_ref() {
            continue;
        }
        let Some(place) = atlas.place(row, &deployment.commit) else {
            continue;
        };
        if let Some(draft) = deployment_draft(row, lane, place, deployment) {
            drafts.push(draft);
        }
    }
}

fn deployment_draft(
    row: usize,
    lane: &Lane,
    place: usize,
    deployment: &Deployment,
) -> Option<Draft> {
    let at = deployment.updated_at;
    let (node, word) = match deployment.state {
        DeploymentState::Succeeded => (Node::Deployment, format!("deployed {}", at.clock())),
        DeploymentState::Running => (Node::Deployment, "deploying".to_owned()),
        DeploymentState::Failed => (Node::FailedDeployment, "deploy failed".to_owned()),
        DeploymentState::Blocked | DeploymentState::Approved => {
            (Node::Pending, "deploy waits".to_owned())
        }
        DeploymentState::Rejected | DeploymentState::Cancelled => return None,
    };
    Some(Draft {
        event: Event {
            key: EventKey::Deployment(lane.name.clone(), deployment.id.clone()),
            row,
            node,
            link: None,
            labels: vec![word],
            at,
            commit: Some(deployment.commit.clone()),
            request: None,
            sentence: format!(
                "{}: {} to {}: {} at {}",
                show(lane.name.as_str()),
                deployment.commit.short(),
                show(deployment.environment.as_str()),
                deployment.state.word(),
                at.date_clock()
            ),
        },
        spot: Spot {
            row,
            place,
            rank: 2,
            at,
            from: None,
        },
    })
}

/// Adds the hotfix's own row: where it leaves its base, and its commits.
fn fix_commits(atlas: &Atlas<'_>, drafts: &mut Vec<Draft>) {
    let (Some(row), Some(record)) = (atlas.fix_row, atlas.record) else {
        return;
    };
    let sight = atlas.seen.fix.value();
    let opening = record.opening.as_ref();
    let base = opening.map_or(&atlas.book.base, |opening| &opening.base);
    let left = sight
        .and_then(|sight| sight.merge_base.as_ref())
        .or_else(|| opening.map(|opening| &opening.base_tip));
    let commits = atlas.fix_commits();
    let exists = !commits.is_empty() || sight.is_some_and(|sight| sight.head.is_some());
    if let (Some(base_row), Some(left), true) = (atlas.row_of_lane(base), left, exists) {
        let place = atlas.place(base_row, left);
        let at = place.map_or_else(
            || opening.map_or(atlas.seen.now, |opening| opening.at),
            |place| atlas.chain(base_row)[place].committed_at,
        );
        drafts.push(Draft {
            event: Event {
                key: EventKey::Cut,
                row,
                node: Node::Cut,
                link: Some(Link {
                    from: base_row,
                    is_pending: false,
                    leave: Leave::Tee,
                }),
                labels: Vec::new(),
                at,
                commit: Some(left.clone()),
                request: None,
                sentence: format!(
                    "the hotfix leaves {} at {}",
                    show(base.as_str()),
                    left.short()
                ),
            },
            spot: Spot {
                row,
                place: 0,
                rank: 0,
                at,
                from: Some((base_row, place)),
            },
        });
    }
    for (index, commit) in commits.iter().enumerate() {
        let is_newest = index + 1 == commits.len();
        if commits.len() > FIX_NODES && !is_newest && index + 2 >= FIX_NODES {
            continue;
        }
        drafts.push(Draft {
            event: Event {
                key: EventKey::Fix(commit.id.clone()),
                row,
                node: Node::Fix,
                link: None,
                labels: Vec::new(),
                at: commit.committed_at,
                commit: Some(commit.id.clone()),
                request: None,
                sentence: format!(
                    "hotfix commit {} by {}: {}",
                    commit.id.short(),
                    commit.author.show(),
                    commit.subject()
                ),
            },
            spot: Spot {
                row,
                place: index + 1,
                rank: 0,
                at: commit.committed_at,
                from: None,
            },
        });
    }
}

/// Makes the event of an open request; none if it touches no row of the drawing.
fn open_request(atlas: &Atlas<'_>, request: &ChangeRequest) -> Option<Draft> {
    let into = atlas.row_of_branch(&request.into)?;
    let from = atlas.source_of(request).filter(|from| *from != into)?;
    let id = format!("#{}", request.id);
    let (node, word) = match &request.mergeability {
        Mergeability::Conflicts(_) => (Node::Conflict, "conflicts"),
        Mergeability::Clean | Mergeability::Checking | Mergeability::Blocked(_) => {
            (Node::Pending, if request.is_draft { "draft" } else { "" })
        }
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
fn conflicts(
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
        if landings[row].landed.is_some() || asked.contains(&row) || !shown.insert(row) {
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
                commit: None::<CommitId>,
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
                at,
                from: Some((from, Some(place))),
            },
        });
    }
}
