//! What took a fix out of a lane again, as far as a commit says so: a revert names what it reverts, and that may be any
//! of the commits that brought the fix there or anywhere, since a revert is picked from lane to lane like a fix.

use crate::model::CommitId;

use super::error::Error;
use super::landing::Fix;
use super::landing::Traces;
use super::landing::said_of;
use super::repo::Repo;

/// Reverts of reverts of reverts: nobody goes on for so long.
const DEEPEST: usize = 16;

impl Traces {
    /// Returns the commit of the lane that undid another and was not undone itself.
    pub(super) fn undone(&self, commit: &CommitId) -> Option<&CommitId> {
        self.undone_at(commit, 0)
    }

    fn undone_at(&self, commit: &CommitId, depth: usize) -> Option<&CommitId> {
        // A revert names what came before it, so this ends; but what is named in short may be named by design.
        if depth == DEEPEST {
            return None;
        }
        let mut reverts = self.reverts_of(commit).into_iter();
        reverts.find(|revert| self.undone_at(revert, depth + 1).is_none())
    }

    /// Returns all commits of the lane that undid another and were not undone themselves.
    fn live_reverts(&self, commit: &CommitId) -> Vec<&CommitId> {
        let mut reverts = self.reverts_of(commit);
        reverts.retain(|revert| self.undone_at(revert, 1).is_none());
        reverts
    }

    /// Returns the commits that name this one. A revert that was picked is meant where the one that it was picked from is
    /// named: both were taken back where the lanes were, and the second one was picked after the first.
    fn reverts_of(&self, commit: &CommitId) -> Vec<&CommitId> {
        let mut reverts = said_of(&self.reverts, commit);
        for origin in self.origins.get(commit).into_iter().flatten() {
            // Only a full id can be looked up without doubt.
            if let Ok(origin) = origin.parse::<CommitId>() {
                reverts.extend(said_of(&self.reverts, &origin));
            }
        }
        reverts.retain(|revert| *revert != commit);
        reverts
    }

    /// Returns the commits that may be the fix once more, with other ids, and were taken out again.
    pub(super) fn undone_alike(&self, fix: &Fix) -> Vec<CommitId> {
        let mut alike = self.alike(fix);
        alike.retain(|id| self.undone(id).is_some());
        alike
    }
}

/// The beginnings of ids that commits of a lane revert, each with the commit that does.
pub(super) type Reverts = Vec<(String, CommitId)>;

impl Repo {
    /// Returns the commit that took the fix out of a lane. `merges` are commits that are on record as having brought the
    /// same fix somewhere.
    pub(super) fn reverted_by(
        &self,
        fix: &Fix,
        tip: &CommitId,
        traces: &Traces,
        merges: &[CommitId],
    ) -> Result<Option<CommitId>, Error> {
        if traces.reverts.is_empty() {
            return Ok(None);
        }
        let mut carriers = self.picks_of(fix, tip, traces)?;
        // None of these has to be in the lane: a revert that was picked names what brought the fix elsewhere.
        let own = || std::iter::once(&fix.head).chain(&fix.inner);
        carriers.extend(own().cloned());
        carriers.extend(fix.notes.picked.iter().filter_map(|id| id.parse().ok()));
        let merged = own().filter_map(|id| traces.merges.get(id));
        carriers.extend(merged.flatten().cloned());
        carriers.extend(self.same_among(fix, traces.undone_alike(fix))?);
        carriers.extend(merges.iter().cloned());
        for carrier in carriers {
            for revert in traces.live_reverts(&carrier) {
                // What the fix is built on took nothing of it out.
                if !self.is_ancestor(revert, &fix.head)? {
                    return Ok(Some(revert.clone()));
                }
            }
        }
        Ok(None)
    }

    /// Returns what commits of a lane that are not in these histories revert, without what was undone again. It is kept for
    /// later processes.
    pub(super) fn kept_reverts(
        &self,
        outside: &[CommitId],
        tip: &CommitId,
    ) -> Result<Reverts, Error> {
        let mut words = vec!["reverts".to_owned(), tip.to_string()];
        words.extend(outside.iter().map(CommitId::to_string));
        let question = self.shelf_question(&words);
        if let Some(known) = self.shelf().get::<Reverts>(&question) {
            return Ok(known);
        }
        let missed = self.missed();
        let traces = self.traces(outside, tip)?;
        let mut found = Reverts::new();
        for (beginning, reverts) in &traces.reverts {
            for revert in reverts {
                if traces.undone(revert).is_none() {
                    found.push((beginning.clone(), revert.clone()));
                }
            }
        }
        if self.missed() == missed {
            self.shelf().keep(&[(question, &found)]);
        }
        Ok(found)
    }

    /// Returns the one of these reverts that names one of these commits and is not in the history of `fix`.
    pub(super) fn revert_among(
        &self,
        reverts: &[(String, CommitId)],
        commits: &[CommitId],
        fix: &CommitId,
    ) -> Result<Option<CommitId>, Error> {
        for (beginning, revert) in reverts {
            let is_named = |commit: &CommitId| commit.as_str().starts_with(beginning.as_str());
            if commits.iter().any(is_named) && !self.is_ancestor(revert, fix)? {
                return Ok(Some(revert.clone()));
            }
        }
        Ok(None)
    }
}
