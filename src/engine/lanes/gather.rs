//! Which commits, tags, deployments and requests are worth a column.

use std::collections::HashSet;

use crate::model::ChangeRequest;
use crate::model::Commit;
use crate::model::Deployment;
use crate::model::DeploymentState;
use crate::model::Lane;
use crate::model::Timestamp;

use super::ahead::conflicts;
use super::ahead::open_request;
use super::atlas::Atlas;
use super::atlas::show;
use super::event::Event;
use super::event::EventKey;
use super::event::Leave;
use super::event::Link;
use super::event::Node;
use super::event::RowKey;
use super::landing::Landing;
use super::model::Unfolded;
use super::order::Spot;
use super::standing::moment;

/// An event before it has its column.
pub(super) struct Draft {
    pub(super) event: Event,
    pub(super) spot: Spot,
}

/// More commits of a hotfix than this are folded, the newest excepted.
const FIX_NODES: usize = 4;

/// Returns every event, in no order.
pub(super) fn gather(atlas: &Atlas<'_>, landings: &[Landing], unfolded: &Unfolded) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for (row, lane) in atlas.lane_rows() {
        let is_open = unfolded.contains(&RowKey::Lane(lane.name.clone()));
        lane_commits(atlas, row, lane, landings[row], is_open, &mut drafts);
        deployments(atlas, row, lane, &mut drafts);
    }
    fix_commits(atlas, unfolded.contains(&RowKey::Fix), &mut drafts);
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
    is_open: bool,
    drafts: &mut Vec<Draft>,
) {
    let chain = atlas.chain(row);
    let tags = atlas.seen.history.value().map(|history| &history.tags);
    let cut = atlas.cut_from(row);
    for (place, commit) in chain.iter().enumerate().skip(atlas.start(row)) {
        let is_cut = cut.is_some() && place == atlas.start(row);
        let is_landing = landing.landed == Some(place);
        let is_revert = landing.reverted == Some(place);
        let is_tip = place + 1 == chain.len();
        let is_own = atlas.owns(row, &commit.id);
        let mut parents = commit.parents.iter().skip(1);
        let merged = parents.find_map(|parent| atlas.source(row, parent));
        let request = atlas.merged_request(&commit.id);
        let came_by = request
            .and_then(|request| atlas.source_of(request))
            .filter(|from| *from != row)
            .map(|from| (from, head_place(atlas, from, request)));
        let from = merged
            .map(|(from, place)| (from, Some(place)))
            .or(came_by)
            .or_else(|| Some((atlas.fix_row.filter(|_| is_landing)?, None)))
            .filter(|_| !is_cut);
        let tag = tags
            .and_then(|tags| tags.get(&commit.id))
            .filter(|tags| is_own && !tags.is_empty());
        let is_merge = from.is_some() && (is_own || is_landing);
        let link = from.filter(|_| is_merge).or_else(|| {
            let (from, place) = cut.filter(|_| is_cut)?;
            Some((from, Some(place)))
        });
        let is_shown = (is_tip || is_open) && tag.is_none();
        if link.is_some() || is_landing || is_revert || is_shown {
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
                    link: link.map(|(from, _)| Link {
                        from,
                        is_pending: false,
                        leave: Leave::Tee,
                    }),
                    labels: request
                        .filter(|_| is_merge)
                        .map(|request| atlas.seen.capabilities.numbered(request.id))
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
                    from: link,
                },
            });
        }
        if let Some(tags) = tag {
            drafts.push(tag_draft(row, lane, place, commit, tags));
        }
    }
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

/// Returns the place of a request's head on the row that it comes from.
pub(super) fn head_place(
    atlas: &Atlas<'_>,
    row: usize,
    request: Option<&ChangeRequest>,
) -> Option<usize> {
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
        let now = atlas.seen.now;
        if let Some(draft) = deployment_draft(row, lane, place, deployment, now) {
            drafts.push(draft);
        }
    }
}

fn deployment_draft(
    row: usize,
    lane: &Lane,
    place: usize,
    deployment: &Deployment,
    now: Timestamp,
) -> Option<Draft> {
    let at = deployment.updated_at;
    let environment = show(deployment.environment.as_str());
    let (node, word, brief) = match deployment.state {
        DeploymentState::Succeeded => {
            let when = moment(now, at);
            (Node::Deployment, format!("deployed {when}"), when)
        }
        DeploymentState::Running => named(Node::Deployment, "deploying", "runs"),
        DeploymentState::Failed => named(Node::FailedDeployment, "deploy failed", "failed"),
        DeploymentState::Blocked | DeploymentState::Approved => {
            named(Node::Pending, "deploy waits", "waits")
        }
        // What it did until then stays, and nobody knows how far that was.
        DeploymentState::Cancelled if deployment.has_begun() => {
            named(Node::FailedDeployment, "deploy cancelled", "cancelled")
        }
        DeploymentState::Rejected | DeploymentState::Cancelled => return None,
    };
    // A lane's environment mostly has the lane's name, which stands at the left already.
    let mut labels = vec![word, brief];
    if environment != show(lane.name.as_str()) {
        labels.insert(0, format!("{environment} {}", labels[0]));
    }
    Some(Draft {
        event: Event {
            key: EventKey::Deployment(lane.name.clone(), deployment.id.clone()),
            row,
            node,
            link: None,
            labels,
            at,
            commit: Some(deployment.commit.clone()),
            request: None,
            sentence: format!(
                "{}: {} to {}: {} at {}",
                show(lane.name.as_str()),
                deployment.commit.short(),
                environment,
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

fn named(node: Node, word: &str, brief: &str) -> (Node, String, String) {
    (node, word.to_owned(), brief.to_owned())
}

/// Adds the hotfix's own row: where it leaves its base, and its commits.
fn fix_commits(atlas: &Atlas<'_>, is_open: bool, drafts: &mut Vec<Draft>) {
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
        // A branch is cut when work on it begins, however old the commit is that it leaves from.
        let at = commits.first().map_or_else(
            || opening.map_or(atlas.seen.now, |opening| opening.at),
            |first| first.committed_at,
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
        if !is_open && commits.len() > FIX_NODES && !is_newest && index + 2 >= FIX_NODES {
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
