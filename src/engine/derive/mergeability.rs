//! Whether an open request merges: what its forge says, beside what git makes of it here.
//!
//! A forge may say no while it is still computing, and names no path where it means it. Git computes the same merge in
//! memory, for exactly this head and the target's tip.

use crate::engine::look::Look;
use crate::engine::ours::is_undecided_draft;
use crate::engine::state::WaitingOn;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::ConflictKind;
use crate::model::ConflictPath;
use crate::model::LaneName;
use crate::model::LastAuthors;
use crate::model::Mergeability;
use crate::model::PredictionOutcome;
use crate::model::Seen;
use crate::model::Verdict;

/// What git makes of a request.
enum Own<'a> {
    Clean,
    Conflicts(&'a [ConflictPath]),
}

/// Returns what keeps a request from being merged into a lane as far as content goes.
pub(super) fn mergeability(
    look: Look<'_>,
    request: &ChangeRequest,
    into: &LaneName,
) -> Option<WaitingOn> {
    let not_yet = |why: String| WaitingOn::Mergeability {
        request: request.id,
        why,
    };
    let conflicts = |paths: Vec<ConflictPath>| WaitingOn::Conflicts {
        request: Some(request.id),
        paths,
    };
    match &request.mergeability {
        Mergeability::Clean => None,
        Mergeability::Conflicts(named) => Some(match clean_here(look, request, into) {
            Some(why) => not_yet(why),
            None => conflicts(match own(look, request, into) {
                Some(Own::Conflicts(paths)) => paths.to_vec(),
                Some(Own::Clean) | None => named.iter().map(|path| of_unknown_kind(path)).collect(),
            }),
        }),
        Mergeability::Checking => Some(not_yet("the forge is still checking".to_owned())),
        Mergeability::Blocked(why) => Some(not_yet(why.clone())),
    }
}

/// Says that git merges a request of which its forge says that it conflicts; none where it does conflict, as far as anybody
/// knows.
pub(in crate::engine) fn clean_here(
    look: Look<'_>,
    request: &ChangeRequest,
    into: &LaneName,
) -> Option<String> {
    let Mergeability::Conflicts(named) = &request.mergeability else {
        return None;
    };
    match own(look, request, into)? {
        // A forge that names the paths has merged it.
        Own::Clean if named.is_empty() => Some(format!(
            "git merges it cleanly; {} says it does not yet",
            look.seen.capabilities.forge
        )),
        Own::Clean | Own::Conflicts(_) => None,
    }
}

/// Returns the paths in which a request conflicts with its lane, where both the forge and git say so.
pub(in crate::engine) fn conflict_with<'a>(
    look: Look<'a>,
    request: &ChangeRequest,
    into: &LaneName,
) -> Option<&'a [ConflictPath]> {
    if !matches!(request.mergeability, Mergeability::Conflicts(_)) {
        return None;
    }
    match own(look, request, into)? {
        Own::Conflicts(paths) => Some(paths),
        Own::Clean => None,
    }
}

/// Returns what git makes of a request; none where nobody computed it for exactly its head and the lane's tip.
fn own<'a>(look: Look<'a>, request: &ChangeRequest, into: &LaneName) -> Option<Own<'a>> {
    if look.branch_of(into).as_ref() != Some(&request.into) {
        return None;
    }
    let tip = look.lane_tip(into)?;
    let key = (into.clone(), request.head.clone());
    let weighed = look.seen.weighed.get(&key).and_then(Seen::fresh);
    let Some(weighed) = weighed.filter(|weighed| &weighed.onto == tip) else {
        return promoted(look, request, into, tip);
    };
    match weighed.conflicts.as_slice() {
        [] => weighed.fix.as_ref().map(|_| Own::Clean),
        paths => Some(Own::Conflicts(paths)),
    }
}

/// Returns what git makes of a request from one lane into another.
fn promoted<'a>(
    look: Look<'a>,
    request: &ChangeRequest,
    into: &LaneName,
    tip: &CommitId,
) -> Option<Own<'a>> {
    let from = look.project().lane_of_branch(&request.from)?;
    let edge = look.edge(&from.name, into)?.fresh()?;
    if edge.from_tip != request.head || &edge.into_tip != tip {
        return None;
    }
    match &edge.promotion {
        PredictionOutcome::Clean | PredictionOutcome::Already => Some(Own::Clean),
        PredictionOutcome::Conflict { paths } => Some(Own::Conflicts(paths)),
        PredictionOutcome::Blocked { .. } | PredictionOutcome::Unknown { .. } => None,
    }
}

/// Tells whether the fix is not in what an open request makes of a lane: merging it brings nothing of it. Only of exactly
/// its head and the lane's tip that is known.
pub(in crate::engine) fn leaves_out(
    look: Look<'_>,
    request: &ChangeRequest,
    into: &LaneName,
) -> bool {
    if look.branch_of(into).as_ref() != Some(&request.into)
        || is_undecided_draft(look.record, request)
    {
        return false;
    }
    let tip = look.lane_tip(into);
    let key = (into.clone(), request.head.clone());
    let weighed = look.seen.weighed.get(&key).and_then(Seen::fresh);
    let of_request = weighed.filter(|weighed| Some(&weighed.onto) == tip);
    let from = look.project().lane_of_branch(&request.from);
    let edge = from.and_then(|from| look.edge(&from.name, into)?.fresh());
    let of_edge = edge.filter(|edge| edge.from_tip == request.head && Some(&edge.into_tip) == tip);
    if let Some((weighed, fix)) = of_request.and_then(|one| Some((one, one.fix.as_ref()?))) {
        let is_missing = fix.verdict != Verdict::Present && weighed.brings_nothing();
        return is_missing || fix.verdict == Verdict::Absent;
    }
    let fix = of_edge.and_then(|edge| edge.fix_after.as_ref());
    fix.is_some_and(|fix| fix.verdict == Verdict::Absent)
}

/// A forge names the paths only; content is what it nearly always is.
fn of_unknown_kind(path: &str) -> ConflictPath {
    ConflictPath {
        path: path.to_owned(),
        kind: ConflictKind::Content,
        blob: None,
        last_authors: LastAuthors::default(),
        owners: Vec::new(),
    }
}
