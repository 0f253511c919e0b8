//! Calls that push and take away branches: one that is new, or what a person resolved. A push whose outcome is open is
//! settled by reading the branch back. What is built for a target is in `build`.

use crate::engine::Call;
use crate::engine::Change;
use crate::engine::Outcome;
use crate::git::Pushed;
use crate::git::RefUpdate;
use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::LaneName;
use crate::model::StepId;
use crate::record::Event;

use super::calls::Answer;
use super::calls::Caller;

impl Caller<'_> {
    pub(super) async fn push_branch(
        &self,
        branch: &BranchName,
        at: &CommitId,
        expected: Option<&CommitId>,
        word: &str,
    ) -> Answer {
        let update = RefUpdate {
            name: branch.to_ref(),
            new: Some(at.clone()),
            expected: expected.cloned(),
            replaces: expected.is_some(),
        };
        self.ledger.reach("a branch is built");
        let pushed = self.workspace.repo().push(&[update]).await;
        self.ledger.reach("a branch is pushed");
        let pushed = match pushed {
            Ok(pushed) => pushed.into_iter().next().unwrap_or(Pushed::UpToDate),
            Err(error) => return Answer::plain(Outcome::Failed, error.to_string()),
        };
        self.answer_of_push(branch, at, pushed, word).await
    }

    /// Takes a branch of ours away, by lease: one that somebody has worked on stays.
    pub(super) async fn delete_branch(&self, branch: &BranchName, at: &CommitId) -> Answer {
        let update = RefUpdate {
            name: branch.to_ref(),
            new: None,
            expected: Some(at.clone()),
            replaces: true,
        };
        let pushed = match self.workspace.repo().push(&[update]).await {
            Ok(pushed) => pushed.into_iter().next().unwrap_or(Pushed::UpToDate),
            Err(error) => return Answer::plain(Outcome::Failed, error.to_string()),
        };
        let why = match pushed {
            Pushed::Done => return Answer::plain(Outcome::Done, "taken away"),
            Pushed::UpToDate => return Answer::plain(Outcome::Already, "it is gone already"),
            Pushed::Rejected(why) => return Answer::plain(Outcome::Refused, why.show()),
            Pushed::Stale => "somebody moved it".to_owned(),
            Pushed::Locked(why) | Pushed::Unknown(why) => why,
        };
        match self.workspace.repo().ls_remote().await {
            Err(error) => Answer::plain(
                Outcome::Unknown,
                format!("{why}; reading it back failed: {error}"),
            ),
            Ok(refs) => match refs.get(&branch.to_ref()) {
                None => Answer::plain(Outcome::Already, "it is gone"),
                Some(found) if found == at => Answer::plain(Outcome::Refused, why),
                Some(found) => Answer::plain(
                    Outcome::Refused,
                    format!("{branch} is at {} now; plan again", found.short()),
                ),
            },
        }
    }

    /// Returns what the remote's answer to the push of one branch means.
    pub(super) async fn answer_of_push(
        &self,
        branch: &BranchName,
        at: &CommitId,
        pushed: Pushed,
        word: &str,
    ) -> Answer {
        match pushed {
            Pushed::Done => Answer::plain(Outcome::Done, format!("{word} at {}", at.short())),
            Pushed::UpToDate => {
                Answer::plain(Outcome::Already, format!("already at {}", at.short()))
            }
            Pushed::Rejected(why) => Answer::plain(Outcome::Refused, why.show()),
            // The rest is settled by reading: a lost race shows another tip, a lost answer may show ours.
            Pushed::Stale => {
                self.settle_push(branch, at, "the branch was there before")
                    .await
            }
            Pushed::Locked(why) | Pushed::Unknown(why) => self.settle_push(branch, at, &why).await,
        }
    }

    /// Reads the branch back after a push whose outcome is open.
    async fn settle_push(&self, branch: &BranchName, at: &CommitId, why: &str) -> Answer {
        match self.workspace.repo().ls_remote().await {
            Err(error) => Answer::plain(
                Outcome::Unknown,
                format!("{why}; reading it back failed: {error}"),
            ),
            Ok(refs) => match refs.get(&branch.to_ref()) {
                Some(found) if found == at => {
                    Answer::plain(Outcome::Already, format!("already at {}", at.short()))
                }
                Some(found) => Answer::plain(
                    Outcome::Refused,
                    format!("{branch} is at {} now; plan again", found.short()),
                ),
                None => Answer::plain(Outcome::Refused, why),
            },
        }
    }

    /// Replaces the head that was resolved; who decided what goes on record with what came of the push.
    pub(super) async fn push_resolution(&self, change: &Change) -> Answer {
        let Call::PushResolution {
            branch,
            previous,
            commit,
            decided,
        } = &change.call
        else {
            return Answer::plain(Outcome::Failed, "not a resolution to push");
        };
        let pushed = self
            .push_branch(branch, commit, Some(previous), "pushed")
            .await;
        let (Some(step), Some(target)) = (&change.step, &change.target) else {
            return pushed;
        };
        if !matches!(pushed.outcome, Outcome::Done | Outcome::Already) {
            return pushed;
        }
        pushed.with(decisions(step, target, commit, decided).collect())
    }

    /// Pushes what a person resolved here, as a new branch.
    pub(super) async fn push_local(&self, change: &Change) -> Answer {
        let Call::PushLocal {
            branch,
            onto,
            commit,
            commits,
            conflicts,
            decided,
        } = &change.call
        else {
            return Answer::plain(Outcome::Failed, "not a resolution to push");
        };
        let (target, head) = (onto.clone(), commit.clone());
        let is_on_it = self
            .workspace
            .git(move |repo| repo.is_ancestor(&target, &head));
        match is_on_it.await {
            Ok(true) => {}
            Ok(false) => {
                let why = format!(
                    "{} was resolved on another head than {}: resolve again",
                    commit.short(),
                    onto.short()
                );
                return Answer::plain(Outcome::Refused, why);
            }
            Err(fault) => return fault.into(),
        }
        let pushed = self.push_branch(branch, commit, None, "pushed").await;
        let (Some(step), Some(target)) = (change.step.clone(), change.target.clone()) else {
            return pushed;
        };
        if !matches!(pushed.outcome, Outcome::Done | Outcome::Already) {
            return pushed;
        }
        let mut events = vec![Event::TargetBuilt {
            step: step.clone(),
            target: target.clone(),
            branch: branch.clone(),
            head: commit.clone(),
            onto: onto.clone(),
            picks: commits.clone(),
            conflicts: conflicts.clone(),
            pending: Vec::new(),
        }];
        events.extend(decisions(&step, &target, commit, decided));
        pushed.with(events)
    }
}

/// Returns what goes on record about a resolution: each path with how it was decided, for the head that came of it.
fn decisions<'a>(
    step: &'a StepId,
    target: &'a LaneName,
    head: &'a CommitId,
    decided: &'a [(String, String)],
) -> impl Iterator<Item = Event> + 'a {
    decided.iter().map(|(path, how)| Event::ConflictDecided {
        step: step.clone(),
        target: target.clone(),
        path: path.clone(),
        head: head.clone(),
        note: how.clone(),
    })
}
