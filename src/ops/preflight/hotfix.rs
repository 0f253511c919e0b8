//! A hotfix as the subject: its targets are those of its playbook, its change is what the console carries.

use crate::git::Forecast;
use crate::git::Question;
use crate::model::CommitId;
use crate::model::LaneName;

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
        let Some(NamedHotfix { board, base, head }) = self.hotfix(words).await? else {
            return Ok(None);
        };
        let own = board.book.steps.iter().filter_map(|step| {
            let carry = step.work.carry()?;
            Some(carry.targets.iter())
        });
        let mut targets: Vec<String> = if into.is_empty() {
            own.flatten().map(LaneName::to_string).collect()
        } else {
            into.to_vec()
        };
        targets.dedup();
        let asked = targets.into_iter().map(|target| Asked {
            commit: head.to_string(),
            question: self.span_question(&base, &head, &target),
            target,
            hotfix: Some(words.to_owned()),
        });
        Ok(Some(asked.collect()))
    }

    fn span_question(
        &self,
        base: &CommitId,
        head: &CommitId,
        target: &str,
    ) -> Result<Question, Forecast> {
        match self.meaning(target) {
            Ok(Meant::Commit(onto)) => Ok(Question::Pick {
                commit: head.clone(),
                base: base.clone(),
                onto,
            }),
            Ok(Meant::NoBranch { why }) => Err(Forecast::Blocked { why }),
            Err(why) => Err(Forecast::Unknown { why }),
        }
    }
}
