//! What is resolved: the branch that was built for a target, or under the policy `local` the one that would be.

use crate::engine::Board;
use crate::engine::Call;
use crate::engine::TargetProgress;
use crate::engine::local_build;
use crate::engine::named;
use crate::engine::resolve::Subject;
use crate::git::Carried;
use crate::git::Conflicted;
use crate::model::CommitId;
use crate::model::ConflictKind;
use crate::model::LaneName;
use crate::model::StepId;
use crate::model::Timestamp;
use crate::playbook::Carry;
use crate::playbook::Strategy;
use crate::playbook::Work;
use crate::record::Record;

use super::super::execute::built;
use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::workspace::Workspace;

impl Workspace {
    /// Returns what is to be resolved, for the engine and for git.
    pub(super) async fn subject(
        &self,
        board: &Board,
        step: &StepId,
        lane: &LaneName,
    ) -> Result<(Subject, Conflicted), Fault> {
        if let Some(carry) = carry(board, step)
            && target(board, step, lane)?.waits_here()
        {
            return self.subject_here(board, carry, step, lane).await;
        }
        subject(board, step, lane)
    }

    /// Returns it where nothing was pushed yet (policy `local`): the branch is built in our own repository, as it would be
    /// pushed with the conflicts in it. From the same commits it is the same each time.
    async fn subject_here(
        &self,
        board: &Board,
        carry: &Carry,
        step: &StepId,
        lane: &LaneName,
    ) -> Result<(Subject, Conflicted), Fault> {
        let record = record(board)?;
        let call = local_build(board, record, step, lane).map_err(|refusal| {
            let mut fault = user(refusal.reasons.join("; "));
            fault.hint = refusal.hint;
            fault
        })?;
        let Call::BuildTarget {
            branch,
            onto,
            commits,
            ..
        } = &call
        else {
            return Err(user(format!("nothing is built for {lane}")));
        };
        let mut at = self.committed_at(onto).await?;
        for commit in commits {
            at = at.max(self.committed_at(commit).await?);
        }
        let built = built(self, &call, onto.clone(), at).await?;
        let (carried, fix) = carried(carry, commits, lane)?;
        let subject = Subject {
            hotfix: record.hotfix.clone(),
            step: step.clone(),
            target: lane.clone(),
            branch: branch.clone(),
            head: built.head.clone(),
            onto: onto.clone(),
            tip: onto.clone(),
            fix: fix.unwrap_or_else(|| name_of_fix(record)),
            is_ours: true,
            is_pushed: false,
        };
        let conflicted = Conflicted {
            onto: onto.clone(),
            carried,
            head: built.head,
            is_ours: true,
            open: built.conflicts,
        };
        Ok((subject, conflicted))
    }

    pub(super) async fn committed_at(&self, id: &CommitId) -> Result<Timestamp, Fault> {
        let id = id.clone();
        let commit = self.git(move |repo| repo.commit(&id)).await?;
        Ok(commit.committed_at)
    }
}

/// Returns what is to be resolved of a branch that was built.
fn subject(board: &Board, step: &StepId, lane: &LaneName) -> Result<(Subject, Conflicted), Fault> {
    let record = record(board)?;
    let carry = carry(board, step).ok_or_else(|| {
        let steps = board.book.steps.iter();
        let known = steps.filter(|step| matches!(step.work, Work::Carry(_)));
        let known: Vec<&str> = known.map(|step| step.id.as_str()).collect();
        user(format!("step `{step}` carries nothing into other lanes"))
            .hint(format!("Steps that do: {}", known.join(", ")))
    })?;
    let target = target(board, step, lane)?;
    if target.undecided.is_empty() {
        return Err(nothing_to_resolve(board, step, target));
    }
    let built = record.built.get(&(step.clone(), lane.clone()));
    let tips = board.seen.tips.value();
    let tip_of =
        |branch: &crate::model::BranchName| tips.and_then(|tips| tips.get(branch)).cloned();
    let (Some(built), Some(head)) = (built, built.and_then(|built| tip_of(&built.branch))) else {
        return Err(user(format!(
            "the branch built for {lane} is not on the remote"
        )));
    };
    let lane_branch = board
        .book
        .project
        .lanes
        .iter()
        .find(|known| &known.name == lane);
    let tip = lane_branch
        .and_then(|known| known.branch_name())
        .and_then(|branch| tip_of(&branch))
        .unwrap_or_else(|| built.onto.clone());
    let (carried, fix) = carried(carry, &built.picks, lane)?;
    // Built anew, it gets the commits that had been left out: they are rounds of their own.
    let is_ours = head == built.head;
    let subject = Subject {
        hotfix: record.hotfix.clone(),
        step: step.clone(),
        target: lane.clone(),
        branch: built.branch.clone(),
        head: head.clone(),
        onto: built.onto.clone(),
        tip,
        fix: fix.unwrap_or_else(|| name_of_fix(record)),
        is_ours,
        is_pushed: true,
    };
    let conflicted = Conflicted {
        onto: built.onto.clone(),
        carried,
        head,
        is_ours,
        open: target
            .undecided
            .iter()
            .filter(|path| !(is_ours && path.kind == ConflictKind::Pending))
            .cloned()
            .collect(),
    };
    Ok((subject, conflicted))
}

/// Says that there is nothing to resolve yet, and what comes before it.
fn nothing_to_resolve(board: &Board, step: &StepId, target: &TargetProgress) -> Fault {
    let lane = &target.lane;
    if let Some(how) = resolved_already(board, step, target) {
        let words = format!("no conflicted path of {lane} waits for a decision any more: {how}");
        return user(words).hint("What was decided here is not needed.");
    }
    let again = named(format!("do {step} --target {lane}"), board.called());
    let hint = match target.request.filter(|_| target.is_conflicting()) {
        Some(request) => format!(
            "Change request {request} conflicts, but nothing was built with the conflicts in it: `lanekeeper {again}` closes it and builds that, or says what else is to be done."
        ),
        None => {
            format!("Where a conflict is predicted, `lanekeeper {again}` builds the draft first.")
        }
    };
    user(format!("no conflicted path of {lane} waits for a decision")).hint(hint)
}

/// Says what became of conflicts that a branch was built with, where nothing of them is left.
fn resolved_already(board: &Board, step: &StepId, target: &TargetProgress) -> Option<String> {
    let key = (step.clone(), target.lane.clone());
    let record = board.record.as_ref()?;
    let built = record.built.get(&key)?;
    if built.conflicts.is_empty() || target.is_conflicting() {
        return None;
    }
    let tip = board.seen.tips.value()?.get(&built.branch);
    Some(match tip {
        Some(tip) if tip != &built.head => format!(
            "they were resolved, and {} went from {} to {}",
            built.branch,
            built.head.short(),
            tip.short()
        ),
        Some(_) => {
            let decided = record.decided.get(&key).and_then(|all| all.last());
            let by = decided.map_or_else(String::new, |one| format!(" by {}", one.by.show()));
            format!("they were resolved{by}")
        }
        None => format!("{} is not on the remote any more", built.branch),
    })
}

fn user(summary: String) -> Fault {
    Fault::new(FaultKind::User, summary)
}

fn record(board: &Board) -> Result<&Record, Fault> {
    let record = board.record.as_ref();
    record.ok_or_else(|| user("no hotfix is open".to_owned()))
}

fn name_of_fix(record: &Record) -> String {
    let opening = record.opening.as_ref();
    opening.map_or_else(
        || record.hotfix.to_string(),
        |opening| opening.branch.to_string(),
    )
}

/// Returns how the commits come into the lane, and what they are called if it is not the fix.
pub(super) fn carried(
    carry: &Carry,
    commits: &[CommitId],
    lane: &LaneName,
) -> Result<(Carried, Option<String>), Fault> {
    if carry.strategy == Strategy::Pick {
        return Ok((Carried::Picks(commits.to_vec()), None));
    }
    let Some(other) = commits.last().cloned() else {
        return Err(user(format!(
            "the record does not say what was merged into {lane}"
        )));
    };
    let source = (carry.strategy == Strategy::MergeLane).then(|| carry.source.to_string());
    Ok((Carried::Merge(other), source))
}

pub(super) fn target<'a>(
    board: &'a Board,
    step: &StepId,
    lane: &LaneName,
) -> Result<&'a TargetProgress, Fault> {
    let steps = board.progress.iter().flat_map(|progress| &progress.steps);
    let of_step = steps.filter(|progress| &progress.id == step);
    let mut targets = of_step.flat_map(|progress| &progress.targets);
    targets.find(|target| &target.lane == lane).ok_or_else(|| {
        let known = carry(board, step).map_or(&[][..], |carry| &carry.targets);
        let known: Vec<&str> = known.iter().map(LaneName::as_str).collect();
        user(format!("{lane} is no target of step `{step}`"))
            .hint(format!("Targets: {}", known.join(", ")))
    })
}

pub(super) fn carry<'a>(board: &'a Board, step: &StepId) -> Option<&'a Carry> {
    board.book.step(step)?.work.carry()
}
