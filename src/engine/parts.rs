//! A fix in parts: commits may come after a request has carried the fix into a target. How much of the fix a request
//! carries, what came later, and whether a target that took one is open again (flows.md 5.5, 5.9).

use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::LaneName;
use crate::model::PredictionOutcome;
use crate::model::Seen;
use crate::model::StepId;
use crate::model::Verdict;
use crate::playbook::Carry;
use crate::playbook::Strategy;
use crate::record::Event;

use super::carried::carried;
use super::look::Look;

/// How much of the fix something carries, where that is known to be less than all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share {
    carried: usize,
    all: usize,
}

impl Share {
    /// Returns `1 of 2 commits of the fix`.
    pub(super) fn words(self) -> String {
        // Less than all of it is never the only one.
        format!("{} of {} commits of the fix", self.carried, self.all)
    }

    fn later(self) -> usize {
        self.all - self.carried
    }
}

/// Returns how much of the fix a target's request carries; none where it is all, or where nobody can tell.
pub(super) fn share(
    look: Look<'_>,
    step: &StepId,
    carry: &Carry,
    lane: &LaneName,
    request: &ChangeRequest,
) -> Option<Share> {
    let is_fix_itself = look.fix_branch() == Some(&request.from);
    if carry.strategy == Strategy::MergeFix && is_fix_itself {
        return share_of(look, carry, std::slice::from_ref(head(request)));
    }
    share_of(look, carry, picked(look, step, lane, request)?)
}

/// Returns how much of the fix these commits are, with which a branch was built.
pub(super) fn share_of(look: Look<'_>, carry: &Carry, picks: &[CommitId]) -> Option<Share> {
    let newest = picks.last()?;
    let (has, all) = match carry.strategy {
        Strategy::MergeFix => {
            let commits = look.fix_commits();
            let place = commits.iter().position(|one| one == newest)?;
            (place + 1, commits.len())
        }
        Strategy::Pick => {
            let fix = look.fix();
            let now = carried(carry, look.book, look.record, fix, look.requests(), None);
            // Rebased, or merged in another way since, the fix is other commits: these cannot be counted among them.
            let are_known = picks.iter().all(|one| now.contains(one));
            (are_known.then_some(picks.len())?, now.len())
        }
        // A lane is carried whole, and its commits are not the fix's.
        Strategy::MergeLane => return None,
    };
    (has < all).then_some(Share { carried: has, all })
}

/// Says what of the fix came after what a merged request carried; none where nothing did, as far as anybody knows.
pub(super) fn later(
    look: Look<'_>,
    step: &StepId,
    carry: &Carry,
    lane: &LaneName,
    request: &ChangeRequest,
) -> Option<String> {
    if let Some(share) = share(look, step, carry, lane, request) {
        let count = share.later();
        let plural = if count == 1 { "" } else { "s" };
        return Some(format!("{count} commit{plural} came later"));
    }
    has_lane_more(look, step, carry, lane, request)
        .then(|| format!("more of it came into {} later", carry.source))
}

/// Tells whether a target whose request was merged can take the fix once more: more of it came, or it is not there any
/// more, or what is missing applies without a conflict.
///
/// Where none of that is so, somebody has made something else of the fix. To carry it again would bring the conflict back
/// that was resolved: a person looks.
pub(super) fn is_open_again(
    look: Look<'_>,
    step: &StepId,
    carry: &Carry,
    lane: &LaneName,
    request: &ChangeRequest,
) -> bool {
    let verdict = look.presence(lane).map(|presence| presence.verdict);
    match verdict {
        Some(Verdict::Absent) => true,
        Some(Verdict::Changed) => {
            later(look, step, carry, lane, request).is_some()
                || outcome(look, step, lane) == Some(&PredictionOutcome::Clean)
        }
        Some(Verdict::Present | Verdict::Pending | Verdict::Unknown) | None => false,
    }
}

/// Returns what would come of carrying the fix into a target now, as last seen.
pub(super) fn outcome<'a>(
    look: Look<'a>,
    step: &StepId,
    lane: &LaneName,
) -> Option<&'a PredictionOutcome> {
    let key = (step.clone(), lane.clone());
    let seen = look.seen.predictions.get(&key).and_then(Seen::value);
    seen.map(|prediction| &prediction.outcome)
}

/// Returns the head that a request brought, or would bring.
fn head(request: &ChangeRequest) -> &CommitId {
    request
        .merged()
        .map_or(&request.head, |merged| &merged.head)
}

/// Returns the commits with which the branch of a request was built, also where another one was built since.
fn picked<'a>(
    look: Look<'a>,
    step: &StepId,
    lane: &LaneName,
    request: &ChangeRequest,
) -> Option<&'a [CommitId]> {
    look.record.entries.iter().rev().find_map(|entry| {
        let Some(Event::TargetBuilt {
            step: of,
            target,
            branch,
            picks,
            ..
        }) = &entry.event
        else {
            return None;
        };
        let is_its = of == step && target == lane && branch == &request.from;
        is_its.then_some(picks.as_slice())
    })
}

/// Tells whether the whole fix came into the lane that is carried only after this request took it along.
fn has_lane_more(
    look: Look<'_>,
    step: &StepId,
    carry: &Carry,
    lane: &LaneName,
    request: &ChangeRequest,
) -> bool {
    if carry.strategy != Strategy::MergeLane {
        return false;
    }
    let is_lane_itself = look.branch_of(&carry.source).as_ref() == Some(&request.from);
    let then = if is_lane_itself {
        Some(head(request))
    } else {
        picked(look, step, lane, request).and_then(<[CommitId]>::last)
    };
    let whole = look.fix().and_then(|fix| fix.landed.get(&carry.source));
    let (Some(history), Some(then), Some(whole)) = (look.seen.history.value(), then, whole) else {
        return false;
    };
    let place = |commit: &CommitId| history.place(&carry.source, commit);
    match (place(whole), place(then)) {
        (Some(whole), Some(then)) => whole < then,
        (Some(_) | None, Some(_) | None) => false,
    }
}
