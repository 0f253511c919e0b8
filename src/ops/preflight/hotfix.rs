//! A hotfix as the subject: its targets are those of its playbook, its change is what the console carries.

use crate::git::Forecast;
use crate::git::Question;
use crate::model::CommitId;
use crate::model::LaneName;
use crate::playbook::Work;

use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::ground::Ground;
use super::super::ground::Meant;
use super::Asked;

impl Ground {
    /// Returns the questions of a hotfix; none where `words` do not name one exactly.
    pub(super) async fn hotfix_preflight(
        &self,
        words: &str,
        into: &[String],
    ) -> Result<Option<Vec<Asked>>, Fault> {
        let Some(workspace) = &self.workspace else {
            return Ok(None);
        };
        let hotfixes = workspace.hotfixes().await?;
        // A beginning of an id could be a commit's as well, so only the whole counts.
        let Some(row) = hotfixes.iter().find(|row| row.id.as_str() == words) else {
            return Ok(None);
        };
        let board = workspace.look_offline(Some(&row.id)).await?;
        let fix = board.seen.fix.value();
        let span = fix.and_then(|fix| {
            let head = fix.commits.last()?.id.clone();
            Some((fix.merge_base.clone()?, head))
        });
        let Some((base, head)) = span else {
            return Err(Fault::new(
                FaultKind::User,
                format!("the hotfix {words} has no commits yet"),
            )
            .hint("Push them to its branch; then ask again."));
        };
        let own = board.book.steps.iter().filter_map(|step| match &step.work {
            Work::Carry(carry) => Some(carry.targets.iter()),
            Work::Commits { .. }
            | Work::Change(_)
            | Work::Deploy { .. }
            | Work::Compare { .. }
            | Work::Seed { .. }
            | Work::Migration { .. }
            | Work::Confirm { .. }
            | Work::Postmortem => None,
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
