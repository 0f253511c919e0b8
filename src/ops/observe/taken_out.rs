//! What took the fix out of a lane again, as the whole history tells: a revert may have come by a merge, so that no commit
//! of the lane's own line says anything of it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::engine::FixSight;
use crate::engine::FixSpan;
use crate::engine::Reverted;
use crate::engine::is_ours;
use crate::git::Error;
use crate::git::Repo;
use crate::git::TakenOut;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::Lane;
use crate::model::LaneName;
use crate::model::Presence;
use crate::model::Seen;
use crate::model::Verdict;
use crate::record::Record;

use super::Look;
use super::fix::Fix;
use super::lanes::merges_of;

/// A lane that nothing is known to have come into is read through for copies of the fix only where it is no further ahead
/// than this: a look waits for it whenever the lane moves.
const READ_FOR_COPIES: usize = 500;

/// Returns what took the fix out of the lanes that something of it came into.
pub(super) fn taken_out(
    look: &Look,
    fix: Option<&Fix>,
    requests: &[ChangeRequest],
    presence: &BTreeMap<LaneName, Seen<Presence>>,
    unreached: &BTreeSet<LaneName>,
) -> BTreeMap<LaneName, Reverted> {
    let mut found = BTreeMap::new();
    let Some((fix, span, record)) = fix
        .and_then(|fix| Some((fix, fix.span()?)))
        .zip(look.record.as_deref())
        .map(|((fix, span), record)| (fix, span, record))
    else {
        return found;
    };
    let merges = brought(record, requests, &fix.sight);
    for (lane, seen) in presence {
        let Some(presence) = seen.value().filter(|_| !unreached.contains(lane)) else {
            continue;
        };
        let answer = may_have_come(look, fix, requests, lane, presence, &span)
            .and_then(|may| match may {
                true => took_out(&look.repo, &span, &merges, presence),
                false => Ok(None),
            })
            .and_then(|taken_out| {
                let Some(TakenOut { revert, came }) = taken_out else {
                    return Ok(None);
                };
                let commit = look.repo.heads(&[revert])?.pop();
                Ok(commit.map(|commit| Reverted { commit, came }))
            });
        match answer {
            Ok(reverted) => found.extend(reverted.map(|reverted| (lane.clone(), reverted))),
            // It only explains: the verdict stands without it.
            Err(error) => tracing::debug!(%error, %lane, "what took the fix out is not told"),
        }
    }
    found
}

/// Tells whether it is worth asking what took the fix out of a lane.
fn may_have_come(
    look: &Look,
    fix: &Fix,
    requests: &[ChangeRequest],
    lane: &LaneName,
    presence: &Presence,
    span: &FixSpan,
) -> Result<bool, Error> {
    let branch = look.book.project.lane(lane);
    let branch = branch.and_then(Lane::branch_name);
    let is_merged = |request: &ChangeRequest| {
        let record = look.record.as_deref();
        Some(&request.into) == branch.as_ref()
            && request.merged().is_some()
            && record.is_some_and(|record| is_ours(record, request))
    };
    let is_known = presence.verdict == Verdict::Changed
        || fix.sight.landed.contains_key(lane)
        || requests.iter().any(is_merged);
    Ok(is_known || look.repo.ahead_behind(&presence.tip, &span.head)?.0 <= READ_FOR_COPIES)
}

/// Returns the commits that are on record as having brought the fix anywhere.
pub(in crate::ops) fn brought(
    record: &Record,
    requests: &[ChangeRequest],
    fix: &FixSight,
) -> Vec<CommitId> {
    let mut all: BTreeSet<CommitId> = merges_of(record, requests).into_iter().collect();
    all.extend(record.merges.values().map(|merged| merged.commit.clone()));
    all.extend(fix.landed.values().cloned());
    all.into_iter().collect()
}

/// Returns what took a fix out of the lane that `presence` is about; none where the lane lacks nothing of it. `merges` are
/// on record as having brought the fix anywhere.
pub(in crate::ops) fn took_out(
    repo: &Repo,
    span: &FixSpan,
    merges: &[CommitId],
    presence: &Presence,
) -> Result<Option<TakenOut>, Error> {
    let absent = || {
        let paths = presence.paths.iter();
        let absent = paths.filter(|path| path.verdict == Verdict::Absent);
        absent.map(|path| path.path.clone()).collect()
    };
    let lacking: Option<Vec<String>> = match presence.verdict {
        Verdict::Absent | Verdict::Pending => None,
        Verdict::Changed => Some(absent()),
        Verdict::Present | Verdict::Unknown => return Ok(None),
    };
    let fix = [&span.base, &span.head, &presence.tip];
    repo.taken_out_by(fix, merges, lacking.as_deref())
}
