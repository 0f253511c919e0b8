//! What picks stand on: earlier changes to the same files that a target lacks, whether or not the picks apply there.

use crate::git::Error;
use crate::git::Question;
use crate::model::Commit;
use crate::model::CommitId;

use super::super::ground::Ground;
use super::super::observe::Trial;
use super::PreflightOutcome;

/// More missing prerequisites than this help nobody.
const PREREQUISITES: usize = 10;

impl Ground {
    /// Returns what the picked files stand on and the target lacks, also where the pick applies. It helps a person; nothing
    /// depends on it.
    pub(super) fn prerequisites(&self, trial: &Trial, outcome: &PreflightOutcome) -> Vec<Commit> {
        match outcome {
            PreflightOutcome::Clean { .. } | PreflightOutcome::Conflict { .. } => {}
            PreflightOutcome::Already { .. }
            | PreflightOutcome::Blocked { .. }
            | PreflightOutcome::Unknown { .. } => return Vec::new(),
        }
        let found = match trial {
            Trial::One(Question::Pick { commit, base, onto }) => {
                let pair = (base.clone(), commit.clone());
                self.lacking(onto, base, &[pair])
            }
            Trial::Row { commits, onto } => self.lacking_row(onto, commits),
            // A merge brings what it stands on.
            Trial::One(Question::Merge { .. }) | Trial::Impossible(_) => return Vec::new(),
        };
        found.unwrap_or_else(|error| {
            tracing::debug!(%error, "missing prerequisites could not be told");
            Vec::new()
        })
    }

    /// Returns what several picks in a row stand on: what lies before the last of them and is not one of them.
    fn lacking_row(&self, onto: &CommitId, commits: &[CommitId]) -> Result<Vec<Commit>, Error> {
        let mut picks = Vec::with_capacity(commits.len());
        for id in commits {
            if let Some(parent) = self.repo.commit(id)?.parents.into_iter().next() {
                picks.push((parent, id.clone()));
            }
        }
        match picks.last() {
            Some((base, _)) => self.lacking(onto, base, &picks),
            None => Ok(Vec::new()),
        }
    }

    fn lacking(
        &self,
        onto: &CommitId,
        base: &CommitId,
        picks: &[(CommitId, CommitId)],
    ) -> Result<Vec<Commit>, Error> {
        let mut paths = Vec::new();
        for (before, commit) in picks {
            paths.extend(self.repo.touched(before, commit)?);
        }
        let along: Vec<CommitId> = picks.iter().map(|(_, commit)| commit.clone()).collect();
        self.repo
            .missing_prerequisites(base, onto, &paths, &along, PREREQUISITES)
    }
}
