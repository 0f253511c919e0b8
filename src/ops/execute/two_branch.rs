//! Calls of a conflict on two branches: both are pushed at once or not at all, and the result is a branch of its own.

use crate::engine::Call;
use crate::engine::Change;
use crate::engine::Outcome;
use crate::git::PickOrder;
use crate::git::RefUpdate;
use crate::git::Resolved;
use crate::git::ResolvedOrder;
use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::Timestamp;
use crate::record::Event;

use super::super::clock;
use super::build::pairs;
use super::build::taken_over;
use super::calls::Answer;
use super::calls::Caller;

impl Caller<'_> {
    pub(super) async fn build_conflict(&self, change: &Change) -> Answer {
        let Call::BuildConflict {
            base,
            side,
            previous,
            onto,
            commits,
            trailers,
        } = &change.call
        else {
            return Answer::plain(Outcome::Failed, "no conflict to build");
        };
        let at = match self.time_of(previous.as_ref()).await {
            Ok(at) => at,
            Err(answer) => return answer,
        };
        let order = PickOrder {
            onto: onto.clone(),
            commits: commits.clone(),
            policy: crate::git::ConflictPolicy::DraftWithMarkers,
            trailers: pairs(trailers),
            committer: self.workspace.me().clone(),
            at,
        };
        let built = self
            .workspace
            .git(move |repo| repo.build_two_branches(&order));
        let built = match built.await {
            Ok(built) => built,
            Err(fault) => return fault.into(),
        };
        let tips = match self.workspace.git(|repo| repo.tips()).await {
            Ok(tips) => tips,
            Err(fault) => return fault.into(),
        };
        let mut updates = Vec::new();
        let mut heads = Vec::new();
        for (branch, new) in [(base, built.base), (side, built.side)] {
            let found = tips.get(branch).cloned();
            match self.ours_or_new(branch, &new, found.as_ref()).await {
                Ok(None) => updates.push((branch.clone(), new.clone())),
                Ok(Some(head)) => {
                    heads.push(head);
                    continue;
                }
                Err(answer) => return answer,
            }
            heads.push(new);
        }
        let pushed = self.push_all(&updates).await;
        let (Some(step), Some(target), Some(head)) =
            (change.step.clone(), change.target.clone(), heads.first())
        else {
            return pushed;
        };
        if !matches!(pushed.outcome, Outcome::Done | Outcome::Already) {
            return pushed;
        }
        pushed.with(vec![Event::TargetBuilt {
            step,
            target,
            branch: base.clone(),
            head: head.clone(),
            onto: onto.clone(),
            picks: commits.clone(),
            conflicts: built.conflicts,
            pending: Vec::new(),
        }])
    }

    /// Returns the head that a run which died pushed already; none where the branch is new. Anything else is a
    /// person's and is not touched.
    async fn ours_or_new(
        &self,
        branch: &BranchName,
        new: &CommitId,
        found: Option<&CommitId>,
    ) -> Result<Option<CommitId>, Answer> {
        let Some(found) = found.cloned() else {
            return Ok(None);
        };
        let (built, there) = (new.clone(), found.clone());
        let is_ours = self
            .workspace
            .git(move |repo| repo.is_same_work(&built, &there));
        match is_ours.await {
            Ok(true) => Ok(Some(found)),
            Ok(false) => Err(taken_over(branch, &found)),
            Err(fault) => Err(fault.into()),
        }
    }

    pub(super) async fn build_resolved(&self, change: &Change) -> Answer {
        let Call::BuildResolved {
            branch,
            previous,
            base,
            tip,
            built,
            onto,
            into,
            commits,
            conflicts,
            trailers,
        } = &change.call
        else {
            return Answer::plain(Outcome::Failed, "nothing was resolved");
        };
        let at = match self.time_of(previous.as_ref()).await {
            Ok(at) => at,
            Err(answer) => return answer,
        };
        let tips = match self.workspace.git(|repo| repo.tips()).await {
            Ok(tips) => tips,
            Err(fault) => return fault.into(),
        };
        let order = ResolvedOrder {
            tip: tip.clone(),
            base: built.clone(),
            onto: onto.clone(),
            target: tips.get(into).unwrap_or(onto).clone(),
            commits: commits.clone(),
            conflicts: conflicts.clone(),
            trailers: pairs(trailers),
            committer: self.workspace.me().clone(),
            at,
        };
        let resolved = self.workspace.git(move |repo| repo.build_resolved(&order));
        let head = match resolved.await {
            Ok(Resolved::Built(head)) => head,
            Ok(Resolved::Nothing) => {
                return Answer::plain(
                    Outcome::Refused,
                    format!(
                        "{base} was resolved to {into} as it is, so there is nothing to carry; where that is right, give the target up"
                    ),
                );
            }
            Ok(Resolved::Replaced) => return taken_over(base, tip),
            Err(fault) => return fault.into(),
        };
        let found = previous.as_ref();
        let (head, pushed) = match self.ours_or_new(branch, &head, found).await {
            Ok(None) => {
                let pushed = self.push_branch(branch, &head, None, "pushed").await;
                (head, pushed)
            }
            Ok(Some(there)) => {
                let why = format!("already at {}", there.short());
                (there, Answer::plain(Outcome::Already, why))
            }
            Err(answer) => return answer,
        };
        let (Some(step), Some(target)) = (change.step.clone(), change.target.clone()) else {
            return pushed;
        };
        if !matches!(pushed.outcome, Outcome::Done | Outcome::Already) {
            return pushed;
        }
        pushed.with(vec![Event::TargetBuilt {
            step,
            target,
            branch: branch.clone(),
            head,
            onto: onto.clone(),
            picks: commits.clone(),
            conflicts: Vec::new(),
            pending: Vec::new(),
        }])
    }

    /// Returns when a branch is said to be built: now, or as before where a run that died had pushed it already.
    async fn time_of(&self, previous: Option<&CommitId>) -> Result<Timestamp, Answer> {
        let Some(head) = previous.cloned() else {
            return Ok(clock::now());
        };
        let commit = self.workspace.git(move |repo| repo.commit(&head)).await;
        commit
            .map(|commit| commit.committed_at)
            .map_err(Answer::from)
    }

    /// Pushes new branches, all or none of them.
    async fn push_all(&self, new: &[(BranchName, CommitId)]) -> Answer {
        if new.is_empty() {
            return Answer::plain(Outcome::Already, "both branches are there");
        }
        let updates: Vec<RefUpdate> = new
            .iter()
            .map(|(branch, head)| RefUpdate {
                name: branch.to_ref(),
                new: Some(head.clone()),
                expected: None,
                replaces: false,
            })
            .collect();
        let pushed = match self.workspace.repo().push(&updates).await {
            Ok(pushed) => pushed,
            Err(error) => return Answer::plain(Outcome::Failed, error.to_string()),
        };
        let mut worst = Answer::plain(Outcome::Already, "both branches are there");
        for ((branch, head), pushed) in new.iter().zip(pushed) {
            let answer = self.answer_of_push(branch, head, pushed, "pushed").await;
            match answer.outcome {
                Outcome::Already => {}
                Outcome::Done => worst = answer,
                Outcome::Refused | Outcome::Unknown | Outcome::Failed => return answer,
            }
        }
        worst
    }
}
