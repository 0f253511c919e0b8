//! The branch of a target, built without a checkout and pushed.
//!
//! Guarantees: a head that somebody pushed since is never replaced; only what building again gives is taken for ours. The
//! same build at the same time is the same commit, so a run that died pushes nothing twice.

use crate::engine::Call;
use crate::engine::Change;
use crate::engine::Outcome;
use crate::git::Built;
use crate::git::MergeBuild;
use crate::git::PickOrder;
use crate::model::BranchName;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::Timestamp;
use crate::playbook::ConflictPolicy;
use crate::playbook::Strategy;
use crate::record::Event;

use super::super::clock;
use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::workspace::Workspace;
use super::calls::Answer;
use super::calls::Caller;

impl Caller<'_> {
    pub(super) async fn build_target(&self, change: &Change) -> Answer {
        let Call::BuildTarget {
            branch,
            previous,
            onto,
            commits,
            ..
        } = &change.call
        else {
            return Answer::plain(Outcome::Failed, "not a target to build");
        };
        let at = match self.time_of_build(&change.call, previous.as_ref()).await {
            Ok(at) => at,
            Err(answer) => return answer,
        };
        let built = match self.built(&change.call, onto.clone(), at).await {
            Ok(built) => built,
            Err(answer) => return answer,
        };
        if &built.head == onto {
            return Answer::plain(
                Outcome::Already,
                "everything is there already: nothing to carry",
            );
        }
        let pushed = self
            .push_branch(branch, &built.head, previous.as_ref(), "pushed")
            .await;
        let (Some(step), Some(target)) = (change.step.clone(), change.target.clone()) else {
            return pushed;
        };
        if !matches!(pushed.outcome, Outcome::Done | Outcome::Already) {
            return pushed;
        }
        let why = match built.conflicts.len() {
            0 => pushed.why.clone(),
            count => format!(
                "{}, {count} conflicted path{} for a person{}",
                pushed.why,
                if count == 1 { "" } else { "s" },
                left_out(&built.pending)
            ),
        };
        Answer { why, ..pushed }.with(vec![Event::TargetBuilt {
            step,
            target,
            branch: branch.clone(),
            head: built.head,
            onto: onto.clone(),
            picks: commits.clone(),
            conflicts: built.conflicts,
            pending: built.pending,
        }])
    }

    async fn built(&self, call: &Call, onto: CommitId, at: Timestamp) -> Result<Built, Answer> {
        built(self.workspace, call, onto, at)
            .await
            .map_err(Answer::from)
    }

    /// Returns when a branch is said to be built: now, or as before where a run that died had pushed it already.
    /// The same build at the same time is the same commit, so nothing is pushed twice.
    ///
    /// Ours is only what building again gives. A trailer is no proof: whoever amends our commit keeps it.
    async fn time_of_build(
        &self,
        call: &Call,
        previous: Option<&CommitId>,
    ) -> Result<Timestamp, Answer> {
        let (Call::BuildTarget { branch, .. }, Some(head)) = (call, previous.cloned()) else {
            return Ok(clock::now());
        };
        let found = head.clone();
        let commit = self
            .workspace
            .git(move |repo| repo.commit(&found))
            .await
            .map_err(Answer::from)?;
        let Some(onto) = self.built_onto(call, &commit).await? else {
            return Err(taken_over(branch, &head));
        };
        let again = self.built(call, onto, commit.committed_at).await?.head;
        let found = head.clone();
        let is_ours = self
            .workspace
            .git(move |repo| repo.is_same_work(&again, &found))
            .await
            .map_err(Answer::from)?;
        if is_ours {
            Ok(commit.committed_at)
        } else {
            Err(taken_over(branch, &head))
        }
    }

    /// Returns what the commits of this hotfix that end in `head` were built onto; none if it is not one of them.
    async fn built_onto(&self, call: &Call, head: &Commit) -> Result<Option<CommitId>, Answer> {
        let ours = format!("Hotfix-Id: {}", self.plan.hotfix);
        // Where the target has not moved it ends there: an earlier part of the fix may be in the target already.
        let is_target =
            |commit: &Commit| matches!(call, Call::BuildTarget { onto, .. } if onto == &commit.id);
        let is_ours = |commit: &Commit| {
            !is_target(commit) && commit.message.raw().lines().any(|line| line == ours)
        };
        let mut at = head.clone();
        let mut onto = None;
        while is_ours(&at) {
            let Some(parent) = at.parents.first().cloned() else {
                break;
            };
            let next = parent.clone();
            at = self
                .workspace
                .git(move |repo| repo.commit(&next))
                .await
                .map_err(Answer::from)?;
            onto = Some(parent);
        }
        Ok(onto)
    }
}

/// Says which commits are not on the branch, since they touch what is in conflict there.
fn left_out(pending: &[CommitId]) -> String {
    if pending.is_empty() {
        return String::new();
    }
    let ids: Vec<&str> = pending.iter().map(CommitId::short).collect();
    format!(", left out until then: {}", ids.join(" "))
}

/// Builds what the call says, onto a certain commit. Nothing reaches the remote.
pub(in crate::ops) async fn built(
    workspace: &Workspace,
    call: &Call,
    onto: CommitId,
    at: Timestamp,
) -> Result<Built, Fault> {
    let Call::BuildTarget {
        strategy,
        commits,
        policy,
        trailers,
        subject,
        ..
    } = call
    else {
        return Err(Fault::new(FaultKind::Internal, "not a target to build"));
    };
    let committer = workspace.me().clone();
    match strategy {
        Strategy::Pick => {
            let order = PickOrder {
                onto,
                commits: commits.clone(),
                policy: built_policy(*policy),
                trailers: pairs(trailers),
                committer,
                at,
            };
            workspace.git(move |repo| repo.build_picks(&order)).await
        }
        Strategy::MergeFix | Strategy::MergeLane => {
            let Some(other) = commits.last().cloned() else {
                return Err(Fault::new(FaultKind::Internal, "there is nothing to merge"));
            };
            let mut message = subject.clone();
            if !trailers.is_empty() {
                message.push_str("\n\n");
                message.push_str(&trailers.join("\n"));
                message.push('\n');
            }
            let order = MergeBuild {
                onto,
                other,
                message,
                committer,
                at,
                keep_conflicts: true,
            };
            workspace.git(move |repo| repo.build_merge(&order)).await
        }
    }
}

/// Returns trailers as the git room takes them.
pub(super) fn pairs(trailers: &[String]) -> Vec<(String, String)> {
    trailers
        .iter()
        .filter_map(|line| line.split_once(": "))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// Refuses to write where a person has written.
pub(super) fn taken_over(branch: &BranchName, at: &CommitId) -> Answer {
    Answer::plain(
        Outcome::Refused,
        format!(
            "somebody pushed {} to {branch} since it was built; nothing of theirs is replaced",
            at.short()
        ),
    )
}

/// The git room names no playbook, so it has a word of its own for the same choice.
fn built_policy(policy: ConflictPolicy) -> crate::git::ConflictPolicy {
    match policy {
        ConflictPolicy::DraftWithMarkers => crate::git::ConflictPolicy::DraftWithMarkers,
        ConflictPolicy::EmptyCommit => crate::git::ConflictPolicy::EmptyCommit,
        // A conflict on two branches is built by a call of its own; where this one meets one, the prediction was wrong.
        ConflictPolicy::Fail | ConflictPolicy::Local | ConflictPolicy::TwoBranch => {
            crate::git::ConflictPolicy::Fail
        }
    }
}
