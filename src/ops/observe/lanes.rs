//! The lanes: presence, promotions, riders, frozen RUN, recent history.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::engine::EdgeSight;
use crate::engine::Frozen;
use crate::engine::LaneHistory;
use crate::engine::Rider;
use crate::git::Error;
use crate::git::Question;
use crate::model::ChangeRequest;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::Edge;
use crate::model::LaneName;
use crate::model::Layer;
use crate::model::Presence;
use crate::model::Seen;
use crate::model::Verdict;

use super::Look;
use super::fix::Fix;
use super::fix::Span;

/// How much of a lane's first-parent chain is read for the drawing.
const HISTORY: usize = 300;
/// How far back a lane is searched for BUILD work that froze it.
const FROZEN_SEARCH: usize = 1_000;

/// Judges every lane.
pub(super) fn presence(
    look: &Look,
    span: Option<&Span>,
    requests: &[ChangeRequest],
) -> BTreeMap<LaneName, Seen<Presence>> {
    let Some(span) = span else {
        return BTreeMap::new();
    };
    look.book
        .project
        .lanes
        .iter()
        .map(|lane| {
            let seen = match look.lane_tip(&lane.name) {
                None => Seen::unknown(format!("the branch {} is not on the remote", lane.branch)),
                Some(tip) => look
                    .sight
                    .of_result(look.repo.presence(&span.base, &span.head, tip)),
            };
            let is_on_its_way = requests.iter().any(|request| {
                request.is_open()
                    && lane.branch.matches(&request.into)
                    && look
                        .record
                        .as_deref()
                        .is_some_and(|record| carries(record, request))
            });
            let seen = seen.map(|presence| match presence.verdict {
                Verdict::Absent if is_on_its_way => Presence {
                    verdict: Verdict::Pending,
                    ..presence
                },
                _ => presence,
            });
            (lane.name.clone(), seen)
        })
        .collect()
}

/// Tells whether a request carries the fix.
fn carries(record: &crate::record::Record, request: &ChangeRequest) -> bool {
    request.hotfix.as_ref() == Some(&record.hotfix)
        || record
            .opening
            .as_ref()
            .is_some_and(|opening| opening.branch == request.from)
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
    let prediction = look.repo.predict_merge(from, into)?;
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

/// Returns what ships besides the fix: the first-parent commits of `into..from` that neither are the fix nor brought it.
fn riders(
    look: &Look,
    fix: Option<&Fix>,
    requests: &[ChangeRequest],
    from: &CommitId,
    into: &CommitId,
) -> Result<Vec<Rider>, Error> {
    let none = BTreeSet::new();
    let own = fix.map_or(&none, |fix| &fix.own);
    let head = fix.and_then(Fix::span).map(|span| span.head);
    let mut riders = Vec::new();
    for commit in look
        .repo
        .first_parents(std::slice::from_ref(into), from, HISTORY)?
    {
        let brought_fix = own.contains(&commit.id)
            || commit
                .parents
                .iter()
                .skip(1)
                .any(|parent| own.contains(parent) || head.as_ref() == Some(parent));
        // A merge of the target back into the source ships nothing new.
        let only_catches_up =
            commit.parents.len() == 2 && look.repo.is_ancestor(&commit.parents[1], into)?;
        if brought_fix || only_catches_up {
            continue;
        }
        let request = requests
            .iter()
            .find(|request| {
                request
                    .merged()
                    .is_some_and(|merged| merged.commit == commit.id)
            })
            .map(|request| request.id);
        riders.push(Rider { commit, request });
    }
    Ok(riders)
}

/// Finds BUILD work between production and the RUN lane that leads there (flows.md 8.3.7).
///
/// A merge's second parent must lie on a BUILD lane's *first-parent* chain: after a retrofit BUILD also contains the hotfix
/// branch's own commits, so plain reachability would call every hotfix BUILD work.
pub(super) fn frozen(look: &Look) -> Result<Option<Frozen>, Error> {
    let project = &look.book.project;
    let (Some(entry), Some(production)) = (project.run_entry(), project.production()) else {
        return Ok(None);
    };
    if entry.name == production.name {
        return Ok(None);
    }
    let (Some(entry_tip), Some(production_tip)) =
        (look.lane_tip(&entry.name), look.lane_tip(&production.name))
    else {
        return Ok(None);
    };
    let merges: Vec<Commit> = look
        .repo
        .first_parents(std::slice::from_ref(production_tip), entry_tip, HISTORY)?
        .into_iter()
        .filter(Commit::is_merge)
        .collect();
    if merges.is_empty() {
        return Ok(None);
    }
    for lane in project
        .lanes
        .iter()
        .filter(|lane| lane.layer == Layer::Build)
    {
        let Some(tip) = look.lane_tip(&lane.name) else {
            continue;
        };
        let chain: BTreeSet<CommitId> = look
            .repo
            .first_parents(std::slice::from_ref(production_tip), tip, FROZEN_SEARCH)?
            .into_iter()
            .map(|commit| commit.id)
            .collect();
        if let Some(merge) = merges.iter().find(|merge| {
            merge
                .parents
                .iter()
                .skip(1)
                .any(|parent| chain.contains(parent))
        }) {
            return Ok(Some(Frozen {
                lane: entry.name.clone(),
                by: lane.name.clone(),
                merge: merge.clone(),
            }));
        }
    }
    Ok(None)
}

/// Reads the recent first-parent chain of every lane, and the tags.
pub(super) fn history(look: &Look) -> Result<LaneHistory, Error> {
    let mut lanes = BTreeMap::new();
    for lane in &look.book.project.lanes {
        if let Some(tip) = look.lane_tip(&lane.name) {
            lanes.insert(
                lane.name.clone(),
                look.repo.first_parents(&[], tip, HISTORY)?,
            );
        }
    }
    Ok(LaneHistory {
        lanes,
        tags: look.repo.tags()?,
    })
}
