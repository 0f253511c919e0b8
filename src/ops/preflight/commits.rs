//! Commits as the subject: one, or a range `A..B` in the picks that the backport engine would make of it.

use crate::git::Forecast;
use crate::git::Pick;
use crate::model::CommitId;
use crate::model::Layer;

use super::super::backport::picks_of_range;
use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::ground::Ground;
use super::super::ground::Meanings;
use super::super::ground::Meant;
use super::super::observe::Trial;
use super::super::ranges;
use super::Asked;

impl Ground {
    /// Returns the questions of a commit or a range, one for each target.
    pub(super) fn commit_questions(&self, rev: &str, into: &[String]) -> Result<Vec<Asked>, Fault> {
        let mut meanings = Meanings::default();
        let (name, commits) = self.named(&mut meanings, rev)?;
        let targets: Vec<String> = if into.is_empty() {
            let build = self
                .lanes
                .iter()
                .filter(|(lane, _)| lane.layer == Layer::Build);
            build.map(|(lane, _)| lane.name.to_string()).collect()
        } else {
            into.to_vec()
        };
        if targets.is_empty() {
            return Err(Fault::new(FaultKind::User, "no target is named").hint(
                "Name one with --into REV; with a lanekeeper.toml it defaults to every BUILD lane.",
            ));
        }
        let question = |target: String| {
            let trial = match meanings.of(self, &target) {
                Ok(Meant::Commit(onto)) => self.tried(&commits, onto),
                Ok(Meant::NoBranch { why }) => Err(Forecast::Blocked { why }),
                Err(why) => Err(Forecast::Unknown { why }),
            };
            Asked {
                commit: name.clone(),
                target,
                hotfix: None,
                fix: None,
                trial,
            }
        };
        Ok(targets.into_iter().map(question).collect())
    }

    /// Returns what is shown for the words, and the commits that they mean, oldest first.
    fn named(&self, meanings: &mut Meanings, rev: &str) -> Result<(String, Vec<CommitId>), Fault> {
        let mut commit = |words: &str| match meanings.of(self, words) {
            Ok(Meant::Commit(commit)) => Ok(commit),
            Ok(Meant::NoBranch { why }) | Err(why) => Err(Fault::new(FaultKind::User, why).hint(
                "Name a commit, branch or tag of this clone, a range A..B, a lane, or a hotfix.",
            )),
        };
        match ranges::ends(rev)? {
            None => {
                let id = commit(rev)?;
                Ok((id.to_string(), vec![id]))
            }
            Some((from, to)) => {
                let (from, to) = (commit(from)?, commit(to)?);
                let commits = picks_of_range(&self.repo, &from, &to, rev)?;
                Ok((rev.to_owned(), commits))
            }
        }
    }

    fn tried(&self, commits: &[CommitId], onto: CommitId) -> Result<Trial, Forecast> {
        match commits {
            [only] => {
                let pick = Pick {
                    commit: only.clone(),
                    onto,
                };
                self.repo.pick_question(&pick).map(Trial::One)
            }
            several => Ok(Trial::Row {
                commits: several.to_vec(),
                onto,
            }),
        }
    }
}
