//! The lanes: presence, promotions, riders, recent history.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::engine::EdgeSight;
use crate::engine::FixSpan;
use crate::engine::LaneHistory;
use crate::engine::Marker;
use crate::engine::Rider;
use crate::engine::Riders;
use crate::engine::is_ours;
use crate::engine::is_undecided_draft;
use crate::forge::Forge;
use crate::git::Error;
use crate::git::Question;
use crate::git::Repo;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::Edge;
use crate::model::LaneName;
use crate::model::Prediction;
use crate::model::PredictionOutcome;
use crate::model::Presence;
use crate::model::Seen;
use crate::model::Verdict;
use crate::record::Record;

use super::Depth;
use super::Look;
use super::fix::Fix;

/// How much of a lane's first-parent chain is read for the drawing.
const HISTORY: usize = 300;

/// How much of it the first picture needs; the look that follows at once has the rest.
const SKETCHED: usize = 40;

/// How many riders are read, for their words; all of them are counted.
const LISTED: usize = 300;

/// Returns what the requests of a hotfix were merged as.
pub(in crate::ops) fn merges_of(record: &Record, requests: &[ChangeRequest]) -> Vec<CommitId> {
    let own = requests.iter().filter(|request| is_ours(record, request));
    own.filter_map(|request| request.merged().map(|merged| merged.commit.clone()))
        .collect()
}

/// Judges every lane.
pub(super) fn presence(
    look: &Look,
    span: Option<&FixSpan>,
    requests: &[ChangeRequest],
) -> BTreeMap<LaneName, Seen<Presence>> {
    let Some(span) = span else {
        return BTreeMap::new();
    };
    let merges = look
        .record
        .as_deref()
        .map_or_else(Vec::new, |record| merges_of(record, requests));
    look.book
        .project
        .lanes
        .iter()
        .map(|lane| {
            let seen = match look.lane_tip(&lane.name) {
                None => Seen::unknown(format!("the branch {} is not on the remote", lane.branch)),
                Some(tip) => look
                    .sight
                    .of_result(look.repo.presence_by(&span.base, &span.head, tip, &merges)),
            };
            let is_on_its_way = |tip: &CommitId| {
                let mut own = requests.iter().filter(|request| {
                    let record = look.record.as_deref();
                    request.is_open()
                        && !has_lost_branch(look, request)
                        && lane.branch.matches(&request.into)
                        && record.is_some_and(|record| is_ours(record, request))
                });
                own.any(|request| brings(look, span, request, tip))
            };
            let seen = seen.map(|presence| match presence.verdict {
                Verdict::Absent if is_on_its_way(&presence.tip) => Presence {
                    verdict: Verdict::Pending,
                    ..presence
                },
                _ => presence,
            });
            (lane.name.clone(), seen)
        })
        .collect()
}

/// Tells whether the fix is in what an open request makes of a lane at `tip`. What conflicts, waits for a person's decisions
/// or cannot be told may bring it.
fn brings(look: &Look, span: &FixSpan, request: &ChangeRequest, tip: &CommitId) -> bool {
    let record = look.record.as_deref();
    if record.is_some_and(|record| is_undecided_draft(record, request)) {
        return true;
    }
    let merged = promoted(&look.repo, Some(&*look.forge), &request.head, tip);
    let tree = merged.ok().and_then(|merged| match merged.outcome {
        PredictionOutcome::Clean | PredictionOutcome::Already => merged.tree,
        PredictionOutcome::Conflict { .. }
        | PredictionOutcome::Blocked { .. }
        | PredictionOutcome::Unknown { .. } => None,
    });
    let found = tree.map(|tree| look.repo.presence_in_tree(&span.base, &span.head, &tree));
    !matches!(found, Some(Ok((Verdict::Absent, _))))
}

/// Tells whether the branch of a request that we opened is gone: it brings nothing any more. That of a fork is elsewhere.
fn has_lost_branch(look: &Look, request: &ChangeRequest) -> bool {
    !look.tips.contains_key(&request.from) && Marker::find(request.body.raw()).is_some()
}

/// Returns what the promotions will ask of git.
pub(super) fn questions(look: &Look) -> Vec<Question> {
    let edges = look.book.project.edges().into_iter();
    edges
        .filter_map(|edge| {
            let (other, onto) = (
                look.lane_tip(&edge.from)?.clone(),
                look.lane_tip(&edge.into)?.clone(),
            );
            Some(Question::Merge { other, onto })
        })
        .collect()
}

/// Computes every promotion in memory, and what ships with it.
pub(super) fn edges(
    look: &Look,
    fix: Option<&Fix>,
    requests: &[ChangeRequest],
) -> BTreeMap<Edge, Seen<EdgeSight>> {
    look.book
        .project
        .edges()
        .into_iter()
        .map(|edge| {
            let seen = match (look.lane_tip(&edge.from), look.lane_tip(&edge.into)) {
                (Some(from), Some(into)) => look
                    .sight
                    .of_result(see_edge(look, fix, requests, from, into)),
                (None, _) => {
                    Seen::unknown(format!("the branch of {} is not on the remote", edge.from))
                }
                (_, None) => {
                    Seen::unknown(format!("the branch of {} is not on the remote", edge.into))
                }
            };
            (edge, seen)
        })
        .collect()
}

fn see_edge(
    look: &Look,
    fix: Option<&Fix>,
    requests: &[ChangeRequest],
    from: &CommitId,
    into: &CommitId,
) -> Result<EdgeSight, Error> {
    let (ahead, behind) = look.repo.ahead_behind(from, into)?;
    let prediction = promoted(&look.repo, Some(&*look.forge), from, into)?;
    let span = fix.and_then(Fix::span);
    let fix_after = match (&span, &prediction.tree) {
        (Some(span), Some(tree)) => {
            let (verdict, paths) = look.repo.presence_in_tree(&span.base, &span.head, tree)?;
            Some(Presence {
                verdict,
                rule: Some(crate::model::Rule::Tree),
                tip: from.clone(),
                paths,
            })
        }
        _ => None,
    };
    Ok(EdgeSight {
        from_tip: from.clone(),
        into_tip: into.clone(),
        ahead,
        behind,
        riders: riders(look, fix, requests, from, into)?,
        promotion: prediction.outcome,
        fix_after,
    })
}

/// Predicts what merging `from` into `into` does where the forge merges it, or nobody knows who does.
pub(in crate::ops) fn promoted(
    repo: &Repo,
    forge: Option<&dyn Forge>,
    from: &CommitId,
    into: &CommitId,
) -> Result<Prediction, Error> {
    match forge {
        Some(forge) if forge.capabilities().merges_as_predicted => repo.predict_merge(from, into),
        Some(_) | None => repo.predict_promotion(from, into),
    }
}

/// Returns what ships besides the fix: the first-parent commits of `into..from` that neither are the fix nor brought it.
pub(super) fn riders(
    look: &Look,
    fix: Option<&Fix>,
    requests: &[ChangeRequest],
    from: &CommitId,
    into: &CommitId,
) -> Result<Riders, Error> {
    let none = BTreeSet::new();
    let own = fix.map_or(&none, |fix| &fix.own);
    let head = fix.and_then(Fix::span).map(|span| span.head);
    let is_own = |id: &CommitId| own.contains(id) || head.as_ref() == Some(id);
    let mut found: Vec<CommitId> = Vec::new();
    let mut known: BTreeSet<CommitId> = BTreeSet::new();
    let mut lines = vec![from.clone()];
    while let Some(start) = lines.pop() {
        for (commit, merged) in look.repo.own_line(std::slice::from_ref(into), &start)? {
            if is_own(&commit) {
                // The lane was fast-forwarded to the hotfix branch: its own line goes on at the second parent.
                lines.extend(merged.into_iter().filter(|parent| !is_own(parent)));
                continue;
            }
            let brought_fix = merged.iter().any(is_own);
            // A merge of the target back into the source ships nothing new.
            let only_catches_up = match &merged[..] {
                [one] => look.repo.is_ancestor(one, into)?,
                [] | [_, _, ..] => false,
            };
            if !brought_fix && !only_catches_up && known.insert(commit.clone()) {
                found.push(commit);
            }
        }
    }
    let listed = &found[..found.len().min(LISTED)];
    let request_of = |commit: &CommitId| {
        let mut merged = requests.iter().filter_map(|request| {
            let merged = request.merged()?;
            (&merged.commit == commit).then_some(request.id)
        });
        merged.next()
    };
    let commits = look.repo.heads(listed)?.into_iter();
    Ok(Riders {
        listed: commits
            .map(|commit| Rider {
                request: request_of(&commit.id),
                commit,
            })
            .collect(),
        left_out: found.len() - listed.len(),
    })
}

/// Reads the recent first-parent chain of the lanes, and the tags: for a drawing all of it, for the steps of a hotfix
/// the order of the commits, and of the commits themselves as far as the merges of the hotfix.
pub(super) fn history(look: &Look, requests: &[ChangeRequest]) -> Result<LaneHistory, Error> {
    let mut history = LaneHistory::default();
    let merges = look
        .record
        .as_deref()
        .map(|record| merges(record, requests));
    for lane in &look.book.project.lanes {
        let Some(tip) = look.lane_tip(&lane.name) else {
            continue;
        };
        let mut ids = look.repo.first_parent_ids(&[], tip, HISTORY)?;
        let is_read = match (look.depth, &merges) {
            (Depth::Drawing | Depth::Sketch, _) => ids.len(),
            (Depth::Steps, Some(merges)) => ids
                .iter()
                .rposition(|id| merges.contains(id))
                .map_or(0, |last| last + 1),
            // Without a hotfix there is nothing to compare.
            (Depth::Steps, None) => continue,
        };
        let beyond = ids.split_off(is_read);
        let commits = look.repo.heads(&ids)?;
        history.lanes.insert(lane.name.clone(), commits);
        history.beyond.insert(lane.name.clone(), beyond);
    }
    if look.depth != Depth::Steps {
        history.tags = look.repo.tags()?;
    }
    Ok(history)
}

/// Returns what requests were merged as, without those of other hotfixes.
fn merges<'a>(record: &Record, requests: &'a [ChangeRequest]) -> BTreeSet<&'a CommitId> {
    let is_anothers = |request: &ChangeRequest| {
        let hotfix = request.hotfix.as_ref();
        hotfix.is_some_and(|hotfix| hotfix != &record.hotfix) && !record.has_opened(request.id)
    };
    let own = requests.iter().filter(|request| !is_anothers(request));
    own.filter_map(|request| Some(&request.merged()?.commit))
        .collect()
}

/// Reads the newest part of it, without the graph of all commits.
pub(super) fn sketch(look: &Look) -> Result<LaneHistory, Error> {
    let mut lanes = BTreeMap::new();
    let mut tips = Vec::new();
    for lane in &look.book.project.lanes {
        if let Some(tip) = look.lane_tip(&lane.name) {
            lanes.insert(lane.name.clone(), Vec::new());
            tips.push((lane.name.clone(), tip.clone()));
        }
    }
    for _ in 0..SKETCHED {
        let ids: Vec<CommitId> = tips.iter().map(|(_, id)| id.clone()).collect();
        let mut further = Vec::new();
        for ((lane, _), commit) in tips.into_iter().zip(look.repo.heads(&ids)?) {
            if let Some(parent) = commit.parents.first() {
                further.push((lane.clone(), parent.clone()));
            }
            lanes.entry(lane).or_default().push(commit);
        }
        tips = further;
    }
    Ok(LaneHistory {
        lanes,
        beyond: BTreeMap::new(),
        tags: look.repo.tags()?,
    })
}
