//! What is proved: a commit, the commits of a range along its own line, or a hotfix.

use crate::git::Forecast;
use crate::git::Pick;
use crate::git::Question;
use crate::model::Commit;
use crate::model::CommitId;

use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::ground::Ground;
use super::super::ground::Meant;
use super::super::ground::NamedHotfix;
use super::super::observe::merges_of;
use super::super::ranges;
use super::Acceptances;
use super::Asked;
use super::Subject;
use super::Unjudged;

/// A longer list of fixes is no list since the last go-live.
const LISTED: usize = 1_000;

impl Ground {
    pub(super) async fn hotfix_subject(&self, words: &str) -> Result<Option<Subject>, Fault> {
        let Some(NamedHotfix { board, span }) = self.hotfix(words).await? else {
            return Ok(None);
        };
        let requests = board.seen.requests.value().map_or(&[][..], Vec::as_slice);
        let merges = board
            .record
            .as_ref()
            .map_or_else(Vec::new, |record| merges_of(record, requests));
        let lanes = board.seen.presence.iter();
        let unreached = lanes.filter(|(lane, _)| board.is_unreached(lane));
        let unreached = unreached.filter_map(|(_, seen)| Some(seen.value()?.tip.clone()));
        let unreached = unreached.collect();
        Ok(Some(Subject {
            name: words.to_owned(),
            base: span.base,
            head: span.head,
            is_empty: false,
            record: board.record,
            merges,
            unreached,
            alone: Vec::new(),
        }))
    }

    /// Returns a commit, or those of a range, and which of a range are left out since they change nothing. A single one is
    /// asked about by name: it is answered like any other.
    pub(super) fn commit_subjects(
        &self,
        rev: &str,
        accepted: &Acceptances,
    ) -> Result<(Vec<Asked>, Vec<CommitId>), Fault> {
        let fault = |why: String| {
            Fault::new(FaultKind::User, why)
                .hint("Name a commit, branch or tag of this clone, a range A..B, or a hotfix.")
        };
        let commit = |words: &str| match self.meaning(words) {
            Ok(Meant::Commit(commit)) => Ok(commit),
            Ok(Meant::NoBranch { why }) | Err(why) => Err(fault(why)),
        };
        let Some((from, to)) = ranges::ends(rev)? else {
            let subject = self.subject_of(&commit(rev)?).map_err(fault)?;
            return Ok((vec![Ok(accepted.of(subject))], Vec::new()));
        };
        let (from, to) = (commit(from)?, commit(to)?);
        let line = self.repo.first_parents(&[from], &to, LISTED + 1);
        let line = line.map_err(|error| fault(format!("cannot {error}")))?;
        if line.len() > LISTED {
            return Err(
                fault(format!("there are more than {LISTED} commits in {rev}"))
                    .hint("Name a shorter range: none is left out silently."),
            );
        }
        if line.is_empty() {
            // Nothing to judge is no proof.
            return Err(fault(format!("there are no commits in {rev}"))
                .hint("Write A..B with A older than B; A itself is left out."));
        }
        let (mut asked, mut empty) = (Vec::new(), Vec::new());
        for Commit { id: commit, .. } in line.into_iter().rev() {
            match self.subject_of(&commit) {
                Ok(subject) if subject.is_empty => empty.push(commit),
                Ok(subject) => asked.push(Ok(accepted.of(subject))),
                Err(why) => asked.push(Err(Unjudged { commit, why })),
            }
        }
        if asked.is_empty() {
            return Err(fault(format!("no commit in {rev} changes anything")));
        }
        Ok((asked, empty))
    }

    /// Tells whether there is nothing to look for. What cannot be read is asked about, to be told so.
    fn changes_nothing(&self, base: &CommitId, head: &CommitId) -> bool {
        let tree = |id: &CommitId| self.repo.tree_of(id).ok();
        tree(base).is_some_and(|base| tree(head) == Some(base))
    }

    /// Returns a commit as the change against its first parent.
    pub(super) fn subject_of(&self, commit: &CommitId) -> Result<Subject, String> {
        let pick = Pick {
            onto: commit.clone(),
            commit: commit.clone(),
        };
        match self.repo.pick_question(&pick) {
            Ok(Question::Pick { commit, base, .. }) => Ok(Subject {
                name: commit.to_string(),
                is_empty: self.changes_nothing(&base, &commit),
                base,
                head: commit,
                record: None,
                merges: Vec::new(),
                unreached: Vec::new(),
                alone: Vec::new(),
            }),
            Ok(Question::Merge { .. }) => Err(format!("{commit} is no pick")),
            Err(Forecast::Blocked { why } | Forecast::Unknown { why }) => Err(why),
            Err(Forecast::Clean { .. } | Forecast::Already { .. } | Forecast::Conflict { .. }) => {
                Err(format!("{commit} cannot be judged"))
            }
        }
    }
}
