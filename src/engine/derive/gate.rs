//! The gate of flows.md 5.8.3: the list of conflicted paths, each decided for the present head.

use crate::engine::look::Look;
use crate::engine::look::sight;
use crate::engine::state::WaitingOn;
use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::ConflictPath;
use crate::model::LaneName;
use crate::model::StepId;
use crate::record::BuiltTarget;

/// The gate of flows.md 5.8.3: the list of conflicted paths, not a search for markers.
pub(in crate::engine) enum Gate {
    Open,
    Undecided(Vec<ConflictPath>),
    Blind(WaitingOn),
}

/// Returns how the gate of one target's request stands for its present head.
pub(in crate::engine) fn gate(
    look: Look<'_>,
    step: &StepId,
    lane: &LaneName,
    request: &ChangeRequest,
) -> Gate {
    gate_at(look, step, lane, &request.from, &request.head)
}

/// Returns how the gate stands for one head of a branch that was built for a target.
pub(in crate::engine) fn gate_at(
    look: Look<'_>,
    step: &StepId,
    lane: &LaneName,
    branch: &BranchName,
    head: &CommitId,
) -> Gate {
    let key = (step.clone(), lane.clone());
    let Some(built) = look.record.built.get(&key) else {
        return Gate::Open;
    };
    if built.conflicts.is_empty() || &built.branch != branch {
        return Gate::Open;
    }
    let paths = match undecided(look, branch, head, built) {
        Ok(paths) => paths,
        Err(blind) => return Gate::Blind(blind),
    };
    let decided = look.record.decided.get(&key).map_or(&[][..], Vec::as_slice);
    let left: Vec<ConflictPath> = paths
        .into_iter()
        .filter(|path| {
            !decided
                .iter()
                .any(|one| one.path == path.path && &one.head == head)
        })
        .collect();
    if left.is_empty() {
        Gate::Open
    } else {
        Gate::Undecided(left)
    }
}

fn undecided(
    look: Look<'_>,
    branch: &BranchName,
    head: &CommitId,
    built: &BuiltTarget,
) -> Result<Vec<ConflictPath>, WaitingOn> {
    // What we wrote ourselves and nobody touched is undecided by construction. Where else commits are missing that could
    // not be applied, only a look tells.
    if head == &built.head && built.pending.is_empty() {
        return Ok(built.conflicts.clone());
    }
    let seen = look.seen.undecided.get(branch);
    match sight(&format!("which conflicts on {branch} are decided"), seen) {
        Some(blind) => Err(blind),
        None => Ok(seen
            .and_then(crate::model::Seen::value)
            .cloned()
            .unwrap_or_default()),
    }
}
