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
use super::super::observe::Cargo;
use super::super::observe::Trial;
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
        // Whatever words it was named by: a script looks it up by its id.
        let record = hotfix.board.record.as_ref();
        let id = record.map_or_else(|| words.to_owned(), |record| record.hotfix.to_string());
        let asked = targets.into_iter().map(|target| Asked {
            commit: hotfix.span.head.to_string(),
            trial: self.way(&hotfix, &target),
            target,
            hotfix: Some(id.clone()),
            fix: Some((hotfix.span.base.clone(), hotfix.span.head.clone())),
        });
        Ok(Some(asked.collect()))
    }

    /// Returns what the playbook would do for this target, as the console predicts it; of a place that it does not carry
    /// the fix to, whether the whole fix would apply there.
    fn way(&self, hotfix: &NamedHotfix, target: &str) -> Result<Trial, Forecast> {
        let onto = match self.meaning(target) {
            Ok(Meant::Commit(onto)) => onto,
            Ok(Meant::NoBranch { why }) => return Err(Forecast::Blocked { why }),
            Err(why) => return Err(Forecast::Unknown { why }),
        };
        let board = &hotfix.board;
        let lane = self.lane(target).map(|(lane, _)| &lane.name);
        let carry =
            carries(board).find(|carry| lane.is_some_and(|lane| carry.targets.contains(lane)));
        let source = carry.and_then(|carry| landed_tip(board, &carry.source));
        // Before the fix is in the lane that is carried, the lane's tip says nothing of it: the fix alone does.
        let carry = carry.filter(|carry| carry.strategy != Strategy::MergeLane || source.is_some());
        let fix = board.seen.fix.value();
        if let (Some(carry), Some(record), Some(fix)) = (carry, &board.record, fix) {
            let cargo = Cargo {
                repo: &self.repo,
                book: &board.book,
                record,
                fix,
                requests: board.seen.requests.value().map_or(&[][..], Vec::as_slice),
            };
            if let Some(trial) = cargo.trial(carry, source.as_ref(), &onto) {
                let trial = trial.map_err(|error| Forecast::Unknown {
                    why: format!("cannot {error}"),
                })?;
                return self.unless_reverted(hotfix, trial);
            }
        }
        Ok(Trial::One(Question::Pick {
            commit: hotfix.span.head.clone(),
            base: hotfix.span.base.clone(),
            onto,
        }))
    }
}

impl Ground {
    /// Refuses the merge of a lane into one that has its commits and reverted the fix: git would call that up to date.
    fn unless_reverted(&self, hotfix: &NamedHotfix, trial: Trial) -> Result<Trial, Forecast> {
        let Trial::One(Question::Merge { other, onto }) = &trial else {
            return Ok(trial);
        };
        if !self.repo.is_ancestor(other, onto).unwrap_or_default() {
            return Ok(trial);
        }
        match self.gone_from(onto, &hotfix.span.base, &hotfix.span.head) {
            Ok(Some(by)) => {
                let by = by.map_or_else(String::new, |by| format!(" by {}", by.short()));
                let why =
                    format!("it was reverted there{by}: only a revert of that brings it back");
                Err(Forecast::Blocked { why })
            }
            Ok(None) | Err(_) => Ok(trial),
        }
    }
}

fn carries(board: &Board) -> impl Iterator<Item = &Carry> {
    board.book.steps.iter().filter_map(|step| step.work.carry())
}

/// Returns the tip of a lane that has the fix.
fn landed_tip(board: &Board, lane: &LaneName) -> Option<CommitId> {
    let presence = board.seen.presence.get(lane)?.value()?;
    let is_there = matches!(presence.verdict, Verdict::Present | Verdict::Changed)
        && !board.is_unreached(lane);
    is_there.then(|| presence.tip.clone())
}
