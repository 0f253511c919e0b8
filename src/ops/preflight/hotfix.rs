//! A hotfix as the subject: its targets are those of its playbook, its change is what the console carries.

use std::collections::BTreeSet;

use crate::engine::Board;
use crate::git::Forecast;
use crate::git::Question;
use crate::model::CommitId;
use crate::model::LaneName;
use crate::model::Verdict;
use crate::playbook::Carry;
use crate::playbook::Strategy;

use super::super::fault::Fault;
use super::super::ground::Ground;
use super::super::ground::Meant;
use super::super::ground::NamedHotfix;
use super::Asked;

impl Ground {
    /// Returns the questions of a hotfix; none where `words` do not name one exactly.
    pub(super) async fn hotfix_preflight(
        &self,
        words: &str,
        into: &[String],
    ) -> Result<Option<Vec<Asked>>, Fault> {
        let Some(hotfix) = self.hotfix(words).await? else {
            return Ok(None);
        };
        let own = carries(&hotfix.board).map(|carry| carry.targets.iter());
        let mut targets: Vec<String> = if into.is_empty() {
            own.flatten().map(LaneName::to_string).collect()
        } else {
            into.to_vec()
        };
        let mut known = BTreeSet::new();
        targets.retain(|target| known.insert(target.clone()));
        let asked = targets.into_iter().map(|target| Asked {
            commit: hotfix.head.to_string(),
            question: self.way_question(&hotfix, &target),
            target,
            hotfix: Some(words.to_owned()),
        });
        Ok(Some(asked.collect()))
    }

    /// Asks what the playbook would do for this target: merge where it merges, pick where it picks.
    fn way_question(&self, hotfix: &NamedHotfix, target: &str) -> Result<Question, Forecast> {
        let onto = match self.meaning(target) {
            Ok(Meant::Commit(onto)) => onto,
            Ok(Meant::NoBranch { why }) => return Err(Forecast::Blocked { why }),
            Err(why) => return Err(Forecast::Unknown { why }),
        };
        let lane = self.lane(target).map(|(lane, _)| &lane.name);
        let carry = carries(&hotfix.board)
            .find(|carry| lane.is_some_and(|lane| carry.targets.contains(lane)));
        let span = || Question::Pick {
            commit: hotfix.head.clone(),
            base: hotfix.base.clone(),
            onto: onto.clone(),
        };
        let Some(carry) = carry else {
            return Ok(span());
        };
        match carry.strategy {
            Strategy::Pick => Ok(span()),
            Strategy::MergeFix => Ok(Question::Merge {
                other: hotfix.head.clone(),
                onto,
            }),
            // Before the fix is in the lane that is carried, the lane's tip says nothing of it: the fix alone does.
            Strategy::MergeLane => Ok(match landed_tip(&hotfix.board, &carry.source) {
                Some(other) => Question::Merge { other, onto },
                None => span(),
            }),
        }
    }
}

fn carries(board: &Board) -> impl Iterator<Item = &Carry> {
    board.book.steps.iter().filter_map(|step| step.work.carry())
}

/// Returns the tip of a lane that has the fix.
fn landed_tip(board: &Board, lane: &LaneName) -> Option<CommitId> {
    let presence = board.seen.presence.get(lane)?.value()?;
    let is_there = matches!(presence.verdict, Verdict::Present | Verdict::Changed);
    is_there.then(|| presence.tip.clone())
}
