//! What Detail tells about what is selected in the lane graph: a commit, a tag, a go-live, a change request, a
//! conflict that is foreseen, a folded run, a promotion.

use crate::engine::EdgeSight;
use crate::engine::LaneHistory;
use crate::engine::lanes::EventKey;
use crate::engine::lanes::Node;
use crate::engine::lanes::RowKey;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::DeploymentId;
use crate::model::Edge;
use crate::model::LaneName;
use crate::model::PredictionOutcome;
use crate::model::RequestId;
use crate::model::Seen;
use crate::model::Untrusted;
use crate::model::Verdict;
use crate::model::age;

use super::approvals::numbered;
use super::brought;
use super::detail::Detail;
use super::detail_prediction::prediction_lines;
use super::detail_subject::of_deployment;
use super::detail_subject::of_request;
use super::lanes::told_event;
use super::state::App;
use super::words::Line;
use super::words::Tone;

/// Files of a conflict that are named; the others are counted.
const FILES: usize = 12;
/// Riders that are named.
const RIDERS: usize = 12;

pub(super) fn of_event(app: &App, key: &EventKey, detail: &mut Detail) {
    let Some(graph) = &app.graph else { return };
    let event = graph.event(key);
    match key {
        EventKey::Cut | EventKey::Fix(_) | EventKey::Commit(..) => {
            if let Some(id) = event.and_then(|event| event.commit.as_ref()) {
                detail.title = id.short().to_owned();
                let leaves = matches!(key, EventKey::Cut);
                if let Some(sentence) = event.map(|event| &event.sentence).filter(|_| leaves) {
                    detail.say(sentence.clone(), Tone::Strong);
                    detail.gap();
                }
                commit(app, id, detail);
            }
        }
        EventKey::Tag(lane, id) => {
            detail.title = lane.to_string();
            detail.say(format!("{lane}: {}", tags(app, id)), Tone::Strong);
            detail.gap();
            commit(app, id, detail);
            went_live(app, id, detail);
        }
        EventKey::Deployment(_, id) => {
            of_deployment(app, id, detail);
            if let Some(id) = event.and_then(|event| event.commit.as_ref()) {
                let tags = tags(app, id);
                if !tags.is_empty() {
                    detail.say(format!("version {tags}"), Tone::Strong);
                }
                detail.gap();
                commit(app, id, detail);
            }
        }
        EventKey::Request(_) => {}
        EventKey::Conflict(lane) => foreseen(app, lane, detail),
        EventKey::Run(row, newest) => run(app, row, newest, detail),
        EventKey::Edge(from, into) => edge_of(app, from, into, detail),
    }
    if let Some(id) = event.and_then(|event| event.request) {
        detail.gap();
        of_request(app, id, detail);
    }
    // Where the event joins two lanes: what the next promotion between them carries.
    let Some(link) = event.and_then(|event| Some((event.link?.from, event.row))) else {
        return;
    };
    let is_merge = event.is_some_and(|event| matches!(event.node, Node::Merge | Node::Pending));
    let keys = [link.0, link.1].map(|row| graph.rows.get(row).map(|row| row.key()));
    if let ([Some(RowKey::Lane(from)), Some(RowKey::Lane(into))], true) = (keys, is_merge) {
        edge_of(app, &from, &into, detail);
    }
}

/// Returns the commit of what is selected in the graph.
pub(super) fn commit_of(app: &App) -> Option<CommitId> {
    let key = told_event(app)?;
    match key {
        EventKey::Run(_, newest) => Some(newest.clone()),
        EventKey::Edge(..)
        | EventKey::Cut
        | EventKey::Fix(_)
        | EventKey::Commit(..)
        | EventKey::Tag(..)
        | EventKey::Deployment(..)
        | EventKey::Request(_)
        | EventKey::Conflict(_) => app.graph.as_ref()?.event(key)?.commit.clone(),
    }
}

/// Returns the deployment that is selected in the graph.
pub(super) fn deployment_of(app: &App) -> Option<DeploymentId> {
    match told_event(app)? {
        EventKey::Deployment(_, id) => Some(id.clone()),
        EventKey::Run(..)
        | EventKey::Edge(..)
        | EventKey::Cut
        | EventKey::Fix(_)
        | EventKey::Commit(..)
        | EventKey::Tag(..)
        | EventKey::Request(_)
        | EventKey::Conflict(_) => None,
    }
}

/// Returns the change request of what is selected in the graph.
pub(super) fn request_of(app: &App) -> Option<RequestId> {
    app.graph.as_ref()?.event(told_event(app)?)?.request
}

fn history(app: &App) -> Option<&LaneHistory> {
    app.board.as_ref()?.seen.history.value().map(AsRef::as_ref)
}

/// Returns a commit that was seen, on a lane or of the hotfix.
fn find<'a>(app: &'a App, id: &CommitId) -> Option<&'a Commit> {
    let lanes = history(app)
        .into_iter()
        .flat_map(|seen| seen.lanes.values());
    let fix = app.board.as_ref()?.seen.fix.value();
    let fix = fix.into_iter().flat_map(|fix| &fix.commits);
    lanes.flatten().chain(fix).find(|commit| &commit.id == id)
}

fn tags(app: &App, id: &CommitId) -> String {
    let tags = history(app).and_then(|history| history.tags.get(id));
    let tags = tags.into_iter().flatten();
    let tags: Vec<String> = tags
        .map(|tag| Untrusted::new(tag.as_str()).show())
        .collect();
    tags.join(" ")
}

fn commit(app: &App, id: &CommitId, detail: &mut Detail) {
    let Some(commit) = find(app, id) else {
        detail.say(format!("commit {}", id.short()), Tone::Strong);
        detail.say("its message was not read", Tone::Dim);
        return;
    };
    detail.say(commit.subject(), Tone::Strong);
    detail.say(
        format!("{} by {}", id.short(), commit.author.show()),
        Tone::Plain,
    );
    let at = commit.committed_at;
    detail.say(
        format!("{}, {} ago", at.date_clock(), age(app.clock.now, at)),
        Tone::Dim,
    );
    let tags = tags(app, id);
    if !tags.is_empty() {
        detail.say(format!("tagged {tags}"), Tone::Plain);
    }
    if commit.is_merge() {
        let parents: Vec<&str> = commit.parents.iter().map(CommitId::short).collect();
        detail.say(format!("merges {}", parents.join(" and ")), Tone::Dim);
    }
    brought::tell(app, id, detail);
    let mut body: Vec<String> = commit.message.lines().skip(1).collect();
    body.truncate(12);
    while body.last().is_some_and(|line| line.trim().is_empty()) {
        body.pop();
    }
    for line in body {
        detail.say(line, Tone::Dim);
    }
}

/// Lists commits, newest first, each with who and when.
pub(super) fn commits<'a>(
    app: &App,
    commits: impl Iterator<Item = &'a Commit>,
    detail: &mut Detail,
) {
    for commit in commits {
        let age = age(app.clock.now, commit.committed_at);
        detail.lines.push(
            Line::new(format!(" {} ", commit.id.short()), Tone::Dim)
                .and(commit.subject(), Tone::Plain)
                .and(format!("  {}, {age}", commit.author.show()), Tone::Dim),
        );
    }
}

/// The go-lives of a commit.
fn went_live(app: &App, id: &CommitId, detail: &mut Detail) {
    let Some(board) = &app.board else { return };
    let deployments = board.seen.deployments.value().into_iter().flatten();
    for deployment in deployments.filter(|deployment| &deployment.commit == id) {
        detail.gap();
        of_deployment(app, &deployment.id, detail);
    }
}

fn foreseen(app: &App, lane: &LaneName, detail: &mut Detail) {
    let Some(board) = &app.board else { return };
    detail.title = lane.to_string();
    detail.say(format!("{lane}: the fix would conflict here"), Tone::Strong);
    detail.say("nobody has asked for it yet", Tone::Dim);
    let predictions = board.seen.predictions.iter();
    for (key, prediction) in predictions.filter(|((_, into), _)| into == lane) {
        detail.head(&format!("step {}", key.0));
        prediction_lines(prediction, board.seen.driven.get(key), detail);
    }
}

/// The commits of a folded run, newest first.
fn run(app: &App, row: &RowKey, newest: &CommitId, detail: &mut Detail) {
    let Some(graph) = &app.graph else { return };
    let key = EventKey::Run(row.clone(), newest.clone());
    let count = graph.fold(&key).map_or(0, |(_, fold)| fold.count);
    let (name, chain): (String, Vec<&Commit>) = match row {
        RowKey::Lane(lane) => {
            let chain = history(app).and_then(|history| history.lanes.get(lane));
            (lane.to_string(), chain.into_iter().flatten().collect())
        }
        RowKey::Fix | RowKey::Others => {
            let fix = app.board.as_ref().and_then(|board| board.seen.fix.value());
            let chain = fix.into_iter().flat_map(|fix| fix.commits.iter().rev());
            ("the hotfix".to_owned(), chain.collect())
        }
    };
    let plural = if count == 1 { "" } else { "s" };
    detail.title = name.clone();
    detail.say(format!("{count} commit{plural} of {name}"), Tone::Strong);
    detail.say("v opens the runs of this lane", Tone::Dim);
    detail.gap();
    let run = chain.into_iter().skip_while(|commit| &commit.id != newest);
    commits(app, run.take(count), detail);
}

fn edge_of(app: &App, from: &LaneName, into: &LaneName, detail: &mut Detail) {
    let Some(board) = &app.board else { return };
    let is_it = |(edge, _): &(&Edge, _)| &edge.from == from && &edge.into == into;
    if let Some((edge, sight)) = board.seen.edges.iter().find(is_it) {
        if detail.title.is_empty() {
            detail.title = format!("{from} to {into}");
        }
        detail.gap();
        promotion(app, edge, sight, detail);
    }
}

/// What lies between two lanes, and what the next promotion would do to the fix.
pub(super) fn promotion(app: &App, edge: &Edge, sight: &Seen<EdgeSight>, detail: &mut Detail) {
    detail.say(format!("{} into {}", edge.from, edge.into), Tone::Strong);
    let Some(known) = sight.value() else {
        let why = sight.why().unwrap_or_default();
        detail.say(format!("UNKNOWN: {why}"), Tone::Warn);
        return;
    };
    if let Seen::Stale { at, .. } = sight {
        let age = age(app.clock.now, *at);
        detail.say(format!("as of {age} ago"), Tone::Warn);
    }
    detail.say(
        format!("{} ahead, {} behind", known.ahead, known.behind),
        Tone::Plain,
    );
    match &known.promotion {
        PredictionOutcome::Clean => detail.say("the next promotion merges cleanly", Tone::Good),
        PredictionOutcome::Already => detail.say("nothing to promote", Tone::Dim),
        PredictionOutcome::Conflict { paths } => {
            let count = paths.len();
            let files = if count == 1 { "file" } else { "files" };
            let words = format!("the next promotion conflicts in {count} {files}");
            detail.say(words, Tone::Bad);
            for path in paths.iter().take(FILES) {
                detail.say(format!(" {}", path.path), Tone::Warn);
            }
            if count > FILES {
                detail.say(format!(" and {} more", count - FILES), Tone::Dim);
            }
        }
        PredictionOutcome::Blocked { why } | PredictionOutcome::Unknown { why } => {
            detail.say(format!("the next promotion: unknown, {why}"), Tone::Warn);
        }
    }
    if let Some(after) = &known.fix_after {
        let tone = match after.verdict {
            Verdict::Present => Tone::Good,
            Verdict::Absent | Verdict::Changed => Tone::Bad,
            Verdict::Pending | Verdict::Unknown => Tone::Warn,
        };
        let word = after.verdict.word();
        detail.say(format!("the fix is {word} in its result"), tone);
    }
    let count = known.riders.count();
    if count == 0 {
        return;
    }
    detail.say(format!("{count} riders ship with it"), Tone::Warn);
    for rider in known.riders.listed.iter().take(RIDERS) {
        let id = rider.request.map_or_else(
            || rider.commit.id.short().to_owned(),
            |request| numbered(app, request),
        );
        detail
            .lines
            .push(Line::new(format!(" {id} "), Tone::Dim).and(rider.commit.subject(), Tone::Plain));
    }
    if count > RIDERS {
        detail.say(format!(" and {} more", count - RIDERS), Tone::Dim);
    }
}
