//! Two starts of one branch at the same time. Each puts its opening on record before its branch is pushed, and the push
//! makes the branch or does not: whoever finds it made sees the record of who made it, and takes its own start back.

use crate::engine::Call;
use crate::engine::Change;
use crate::engine::Intent;
use crate::engine::Outcome;
use crate::model::BranchName;
use crate::model::HotfixId;
use crate::record::Event;
use crate::record::Record;

use super::super::fault::Fault;
use super::calls::Answer;
use super::calls::Caller;

/// Another open hotfix of the same branch.
struct Rival {
    hotfix: HotfixId,
    by: String,
}

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
            Err(fault) => {
                let why = format!(
                    "{}; whether another hotfix has {branch} too could not be seen: {fault}",
                    answer.why
                );
                Answer { why, ..answer }
            }
        }
    }

    /// Returns the open hotfix that this one gives way to. A start that is new has not made the branch before, so any
    /// other is ahead of it; one that goes on may have, and gives way only to one that was begun earlier.
    async fn rival(&self, branch: &BranchName) -> Result<Option<Rival>, Fault> {
        let own = self.story.read()?;
        let opening = own.opening.as_ref();
        let Some(opening) = opening.filter(|one| &one.branch == branch) else {
            return Ok(None);
        };
        let is_new = matches!(self.plan.intent, Intent::Start(_));
        let ours = (opening.at, &own.hotfix);
        self.workspace.refresh().await?;
        let records = self.workspace.records().await?;
        let is_ahead = |record: &&Record| {
            record.hotfix != own.hotfix
                && record.closed.is_none()
                && record.opening.as_ref().is_some_and(|one| {
                    &one.branch == branch && (is_new || (one.at, &record.hotfix) < ours)
                })
        };
        let ahead = records.iter().find(is_ahead);
        Ok(ahead.map(|record| Rival {
            hotfix: record.hotfix.clone(),
            by: record
                .opening
                .as_ref()
                .map_or_else(String::new, |one| one.by.show()),
        }))
    }
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
    let Rival { hotfix, by } = rival;
    let note = format!("withdrawn: hotfix {hotfix} by {by} was begun with {branch} meanwhile");
    let why = format!(
        "hotfix {hotfix} by {by} was begun with {branch} meanwhile, and this one is withdrawn; go on with it: \
         `lanekeeper next {hotfix}`, or start yours with another slug"
    );
    Answer::plain(Outcome::Refused, why).with(vec![Event::Closed { note }])
}
