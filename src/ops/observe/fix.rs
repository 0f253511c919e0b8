//! The fix: which commits it is, from where to where, and whether BUILD work sits on its branch.

use std::collections::BTreeSet;

use crate::engine::FixSight;
use crate::git::Error;
use crate::git::Repo;
use crate::model::ChangeRequest;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::Layer;

use super::Look;

/// Longer fixes are cut here; a hotfix of this size is none.
const MOST_COMMITS: usize = 500;

/// The fix and the span of history that it is.
pub(super) struct Fix {
    pub(super) sight: FixSight,
    base: Option<CommitId>,
    head: Option<CommitId>,
    /// Every commit of the fix, and the commits that brought it into a lane.
    pub(super) own: BTreeSet<CommitId>,
}

/// The fix as one change: from `base` to `head`.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub(super) base: CommitId,
    pub(super) head: CommitId,
}

impl Fix {
    /// Returns the span, none while the fix is empty.
    pub(super) fn span(&self) -> Option<Span> {
        match (&self.base, &self.head) {
            (Some(base), Some(head)) if base != head => Some(Span {
                base: base.clone(),
                head: head.clone(),
            }),
            _ => None,
        }
    }
}

/// Sees the fix of the selected hotfix; without one, an empty sight.
pub(super) fn see(look: &Look, requests: &[ChangeRequest]) -> Result<Fix, Error> {
    let empty = FixSight {
        head: None,
        merge_base: None,
        commits: Vec::new(),
        contamination: Vec::new(),
    };
    let opening = look
        .record
        .as_deref()
        .and_then(|record| record.opening.as_ref());
    let (Some(record), Some(opening)) = (look.record.as_deref(), opening) else {
        return Ok(Fix {
            sight: empty,
            base: None,
            head: None,
            own: BTreeSet::new(),
        });
    };
    let on_remote = look.tips.get(&opening.branch).cloned();
    let Some(head) = on_remote.clone().or_else(|| {
        record
            .snapshot
            .as_ref()
            .map(|snapshot| snapshot.head.clone())
    }) else {
        return Ok(Fix {
            sight: empty,
            base: None,
            head: None,
            own: BTreeSet::new(),
        });
    };
    let repo = &look.repo;
    let cut = match on_remote.as_ref().and(look.lane_tip(&opening.base)) {
        Some(lane) => before_arrival(repo, &head, lane)?,
        None => record.snapshot.as_ref().map_or_else(
            || opening.base_tip.clone(),
            |snapshot| snapshot.base.clone(),
        ),
    };
    let base = repo
        .merge_base(&head, &cut)?
        .unwrap_or_else(|| opening.base_tip.clone());
    let mut commits = repo.between(
        &[opening.base_tip.clone(), cut.clone(), base.clone()],
        &head,
        MOST_COMMITS,
    )?;
    commits.reverse();
    let contamination = contamination(look, &head, &commits)?;
    let mut own: BTreeSet<CommitId> = commits.iter().map(|commit| commit.id.clone()).collect();
    own.extend(record.merges.values().map(|merge| merge.commit.clone()));
    own.extend(
        requests
            .iter()
            .filter(|request| {
                request.from == opening.branch || request.hotfix.as_ref() == Some(&record.hotfix)
            })
            .filter_map(|request| request.merged().map(|merged| merged.commit.clone())),
    );
    Ok(Fix {
        sight: FixSight {
            head: on_remote,
            merge_base: Some(base.clone()),
            commits,
            contamination,
        },
        base: Some(base),
        head: Some(head),
        own,
    })
}

/// Returns the lane as it was just before `head` arrived there by a merge, or its tip if it has not.
///
/// Without this a merged fix would have no commits of its own any more.
pub(super) fn before_arrival(
    repo: &Repo,
    head: &CommitId,
    lane: &CommitId,
) -> Result<CommitId, Error> {
    if !repo.is_ancestor(head, lane)? {
        return Ok(lane.clone());
    }
    match arrival(repo, head, lane)? {
        Some(commit) if commit.is_merge() => Ok(commit.parents[0].clone()),
        // Fast-forwarded: the lane's own history does not say where the fix begins; the record's base tip does.
        Some(_) | None => Ok(lane.clone()),
    }
}

/// Returns the oldest first-parent commit of `lane` that contains `head`.
pub(super) fn arrival(
    repo: &Repo,
    head: &CommitId,
    lane: &CommitId,
) -> Result<Option<Commit>, Error> {
    let chain = repo.first_parents(&[], lane, MOST_COMMITS)?;
    // Containment is monotone along the first-parent chain, so the border can be searched by halves.
    let (mut holds, mut lacks) = (0, chain.len());
    while lacks - holds > 1 {
        let middle = usize::midpoint(holds, lacks);
        if repo.is_ancestor(head, &chain[middle].id)? {
            holds = middle
        } else {
            lacks = middle
        }
    }
    Ok(chain.into_iter().nth(holds))
}

/// Returns commits of the fix's branch that are only in BUILD, not counting what a retrofit brought there.
fn contamination(look: &Look, head: &CommitId, commits: &[Commit]) -> Result<Vec<Commit>, Error> {
    let mut found = Vec::new();
    for lane in look
        .book
        .project
        .lanes
        .iter()
        .filter(|lane| lane.layer == Layer::Build)
    {
        let Some(tip) = look.lane_tip(&lane.name) else {
            continue;
        };
        let without_fix = before_arrival(&look.repo, head, tip)?;
        if look.repo.is_ancestor(head, &without_fix)? {
            // Fast-forwarded into BUILD: nothing there tells the fix from BUILD work.
            continue;
        }
        for commit in commits {
            if !found.contains(commit) && arrives_in_build(look, commit, &without_fix)? {
                found.push(commit.clone());
            }
        }
    }
    Ok(found)
}

/// Tells whether `commit` belongs to BUILD: it is in the lane, and in no RUN lane.
fn arrives_in_build(look: &Look, commit: &Commit, tip: &CommitId) -> Result<bool, Error> {
    if !look.repo.is_ancestor(&commit.id, tip)? {
        return Ok(false);
    }
    for run in look
        .book
        .project
        .lanes
        .iter()
        .filter(|lane| lane.layer == Layer::Run)
    {
        let Some(tip) = look.lane_tip(&run.name) else {
            continue;
        };
        if look.repo.is_ancestor(&commit.id, tip)? {
            return Ok(false);
        }
    }
    Ok(true)
}
