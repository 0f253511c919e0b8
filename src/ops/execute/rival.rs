//! Two starts of one branch at the same time. Each puts its opening on record before its branch is pushed, and the push
//! makes the branch or does not: whoever finds it made sees the record of who made it, and takes its own start back.

use crate::engine::Call;
use crate::engine::Change;
use crate::engine::Intent;
use crate::engine::Outcome;
use crate::engine::Plan;
use crate::model::BranchName;

use super::super::fault::Fault;
use super::super::rival::Rival;
use super::super::rival::ahead;
use super::super::rival::any;
use super::super::rival::is_withdrawal;
use super::super::story::Story;
use super::super::workspace::Workspace;
use super::calls::Answer;
use super::calls::Caller;

impl Caller<'_> {
    /// Withdraws this hotfix where the branch that it begins with was not made by `answer`'s call, and another open one
    /// has the same. Our own record, found again after a run that died, is no other.
    pub(super) async fn give_way(&self, change: &Change, answer: Answer) -> Answer {
        let Some(branch) = new_branch(&change.call) else {
            return answer;
        };
        match answer.outcome {
            Outcome::Already | Outcome::Refused => {}
            Outcome::Done | Outcome::Unknown | Outcome::Failed => return answer,
        }
        match self.rival(branch).await {
            Ok(None) => answer,
            Ok(Some(rival)) => withdrawn(branch, &rival),
            // Whose branch it is stays open, and is found out by the next look.
            Err(fault) => {
                let why = format!(
                    "{}; whether another hotfix has {branch} too could not be seen: {fault}",
                    answer.why
                );
                let outcome = Outcome::Unknown;
                Answer {
                    outcome,
                    why,
                    ..answer
                }
            }
        }
    }

    /// Returns the open hotfix that this one gives way to. A start that is new has not made the branch before, so any
    /// other is ahead of it; one that goes on may have.
    async fn rival(&self, branch: &BranchName) -> Result<Option<Rival>, Fault> {
        let own = self.story.read()?;
        let opening = own.opening.as_ref();
        if opening.is_none_or(|one| &one.branch != branch) {
            return Ok(None);
        }
        self.workspace.refresh().await?;
        let records = self.workspace.records().await?;
        Ok(if matches!(self.plan.intent, Intent::Start(_)) {
            any(&own, &records)
        } else {
            ahead(&own, &records)
        })
    }
}

impl Workspace {
    /// Refuses to give way, as it was decided about a start that died, to a hotfix that has ended since: no open one would
    /// have the branch. Asked before each change, since what was found of the calls is told before the end.
    pub(super) async fn still_gives_way(&self, story: &Story, plan: &Plan) -> Result<(), String> {
        let is_resumed = matches!(plan.intent, Intent::Resume { .. });
        if !is_resumed || !plan.changes.iter().any(|one| withdraws(&one.call)) {
            return Ok(());
        }
        let unseen = |fault: Fault| format!("cannot look again before this one ends: {fault}");
        self.refresh().await.map_err(unseen)?;
        let own = story.read().map_err(unseen)?;
        let records = self.records().await.map_err(unseen)?;
        if own.closed.is_some() || ahead(&own, &records).is_some() {
            return Ok(());
        }
        Err(
            "the hotfix that this one gave way to is not open any more, and this one stays; plan again"
                .to_owned(),
        )
    }
}

fn withdraws(call: &Call) -> bool {
    matches!(call, Call::Record { event } if is_withdrawal(event))
}

/// Returns the branch that a call makes where none may be.
fn new_branch(call: &Call) -> Option<&BranchName> {
    let (Call::CreateBranch { branch, .. }
    | Call::BuildTarget {
        branch,
        previous: None,
        ..
    }) = call
    else {
        return None;
    };
    Some(branch)
}

fn withdrawn(branch: &BranchName, rival: &Rival) -> Answer {
    let Rival { hotfix, by, .. } = rival;
    let why = format!(
        "hotfix {hotfix} by {by} was begun with {branch} meanwhile, and this one is withdrawn; go on with it: \
         `lanekeeper next {hotfix}`, or start yours with another slug"
    );
    Answer::plain(Outcome::Refused, why).with(vec![rival.withdrawal()])
}
