//! What took a fix out of a lane again, as far as a commit says so: a revert names what it reverts, and that may be any
//! of the commits that brought the fix there or anywhere, since a revert is picked from lane to lane like a fix.

use serde::Deserialize;
use serde::Serialize;

use crate::model::CommitId;

use super::error::Error;
use super::landing::Fix;
use super::landing::Traces;
use super::landing::said_of;
use super::repo::Repo;

/// Reverts of reverts of reverts: nobody goes on for so long.
const DEEPEST: usize = 16;
/// How far back a lane's own line is searched for what brought a revert there.
const LINE: usize = 2_000;

/// What took a fix out of a lane, or some of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenOut {
    /// The commit that says so of itself, wherever it was made.
    pub revert: CommitId,
    /// The commit of the lane's own line that brought it there; the revert itself where it was made there.
    pub came: CommitId,
}

impl Traces {
    /// Returns the commit of the lane that undid another and was not undone itself.
    pub(super) fn undone(&self, commit: &CommitId) -> Option<&CommitId> {
        self.undone_at(commit, 0)
    }

    fn undone_at(&self, commit: &CommitId, depth: usize) -> Option<&CommitId> {
        // A revert names what came before it, so this ends; but what is named in short may be named by design.
        if depth >= DEEPEST {
            return None;
        }
        let mut reverts = self.reverts_of(commit).into_iter();
        reverts.find(|revert| self.undone_at(revert, depth + 1).is_none())
    }

    /// Returns all commits of the lane that undid another and were not undone themselves; where what took it back was taken
    /// back in turn, the last of them.
    fn live_reverts(&self, commit: &CommitId) -> Vec<&CommitId> {
        let reverts = self.reverts_of(commit).into_iter();
        reverts.flat_map(|revert| self.last_of(revert, 1)).collect()
    }

    /// Returns what counts of a revert today: itself where nobody took it back, what undid that where somebody did, nothing
    /// where it was taken back for good.
    fn last_of<'a>(&'a self, revert: &'a CommitId, depth: usize) -> Vec<&'a CommitId> {
        if self.undone_at(revert, depth).is_some() {
            return Vec::new();
        }
        let backs = self.reverts_of(revert);
        if backs.is_empty() || depth >= DEEPEST {
            return vec![revert];
        }
        let mut last = Vec::new();
        for again in backs.into_iter().flat_map(|back| self.reverts_of(back)) {
            last.extend(self.last_of(again, depth + 2));
        }
        last
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

/// The beginnings of ids that commits of a lane revert, each with the commit that took them out last.
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
        let mut newest: Option<CommitId> = None;
        for (_, revert) in self.reverts_of_fix(fix, tip, traces, merges)? {
            if self.comes_after(&revert, newest.as_ref())? {
                newest = Some(revert);
            }
        }
        Ok(newest)
    }

    /// Tells whether a revert stands on another one; of two that know nothing of each other the first counts.
    fn comes_after(&self, revert: &CommitId, other: Option<&CommitId>) -> Result<bool, Error> {
        match other {
            Some(other) => Ok(revert != other && self.is_ancestor(other, revert)?),
            None => Ok(true),
        }
    }

    /// Returns all commits that took the fix out of a lane, or some of it, each with the commit that it reverts.
    fn reverts_of_fix(
        &self,
        fix: &Fix,
        tip: &CommitId,
        traces: &Traces,
        merges: &[CommitId],
    ) -> Result<Vec<(CommitId, CommitId)>, Error> {
        let mut found = Vec::new();
        if traces.reverts.is_empty() {
            return Ok(found);
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
        // A lane that was merged brought it along, and so did the revert of that merge take it out.
        let brought = self.brought_along(traces);
        let along = carriers.iter().filter_map(|id| brought.get(id));
        let along: Vec<CommitId> = along.flatten().cloned().collect();
        carriers.extend(along);
        for carrier in carriers {
            for revert in traces.live_reverts(&carrier) {
                // What the fix is built on took nothing of it out.
                if !self.is_ancestor(revert, &fix.head)? {
                    found.push((carrier.clone(), revert.clone()));
                }
            }
        }
        Ok(found)
    }

    /// Returns the newest commit that took the fix `base..head` out of a lane, or some of it, and that nothing brought back
    /// since, where history says so. `merges` are on record as having brought this fix somewhere; `lacking` are the files in
    /// which nothing of it is, none where it is in no file.
    pub fn taken_out_by(
        &self,
        [base, head, tip]: [&CommitId; 3],
        merges: &[CommitId],
        lacking: Option<&[String]>,
    ) -> Result<Option<TakenOut>, Error> {
        let mut words = vec!["taken out".to_owned(), format!("{lacking:?}")];
        words.extend([base, head, tip].map(CommitId::to_string));
        words.extend(merges.iter().map(CommitId::to_string));
        let question = self.shelf_question(&words);
        if let Some(known) = self.shelf().get::<Option<TakenOut>>(&question) {
            return Ok(known);
        }
        let missed = self.missed();
        let fix = self.fix(base, head)?;
        let traces = self.traces(std::slice::from_ref(head), tip)?;
        let reverts = self.reverts_of_fix(&fix, tip, &traces, merges)?;
        let found = self.newest_effective(&reverts, tip, merges, lacking)?;
        if self.missed() == missed {
            self.shelf().keep(&[(question, &found)]);
        }
        Ok(found)
    }

    /// Returns the newest of these reverts (each behind what it reverts) that is still the reason.
    fn newest_effective(
        &self,
        reverts: &[(CommitId, CommitId)],
        tip: &CommitId,
        merges: &[CommitId],
        lacking: Option<&[String]>,
    ) -> Result<Option<TakenOut>, Error> {
        let mut newest: Option<(usize, TakenOut)> = None;
        if reverts.is_empty() {
            return Ok(None);
        }
        let line = self.first_parent_ids(&[], tip, LINE)?;
        for (carrier, revert) in reverts {
            let having = self.having(revert, &line)?;
            let place = line.iter().rposition(|id| having.contains(id));
            let came = place.map_or(revert, |place| &line[place]);
            let place = place.unwrap_or(usize::MAX);
            if let Some((other, found)) = &newest
                && (*other < place
                    || (*other == place && !self.comes_after(revert, Some(&found.revert))?))
            {
                continue;
            }
            let later = self.merged_later(merges, came, tip)?;
            let is_reason = later.is_empty()
                || (!self.may_be_back(carrier, revert, &later)?
                    && self.touches(revert, lacking)?);
            if is_reason {
                let (revert, came) = (revert.clone(), came.clone());
                newest = Some((place, TakenOut { revert, came }));
            }
        }
        Ok(newest.map(|(_, taken_out)| taken_out))
    }

    /// Returns those of these commits that are in a lane, and not yet in what was there when `came` was its tip.
    fn merged_later<'a>(
        &self,
        merges: &'a [CommitId],
        came: &CommitId,
        tip: &CommitId,
    ) -> Result<Vec<&'a CommitId>, Error> {
        let mut later = Vec::new();
        for merge in merges {
            if self.holds_any(std::slice::from_ref(merge), tip)?
                && !self.is_ancestor(merge, came)?
            {
                later.push(merge);
            }
        }
        Ok(later)
    }

    /// Tells whether one of these commits may have brought back what a revert of `carrier` took out. What both sides of a
    /// merge have is settled for git: a branch that has it and knows nothing of the revert brings nothing of it.
    fn may_be_back(
        &self,
        carrier: &CommitId,
        revert: &CommitId,
        later: &[&CommitId],
    ) -> Result<bool, Error> {
        let mut content = vec![carrier.clone()];
        if self.peel(carrier).is_ok() {
            content.extend(self.raw_commit(carrier)?.parents.into_iter().skip(1));
        }
        for merge in later {
            let mut is_settled = false;
            for other in self.raw_commit(merge)?.parents.iter().skip(1) {
                is_settled |= !self.is_ancestor(revert, other)? && {
                    let mut has = false;
                    for part in &content {
                        has |= self.holds_any(std::slice::from_ref(part), other)?;
                    }
                    has
                };
            }
            if !is_settled {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Tells whether a revert changed one of the files in which nothing of the fix is.
    fn touches(&self, revert: &CommitId, lacking: Option<&[String]>) -> Result<bool, Error> {
        let Some(lacking) = lacking else {
            return Ok(true);
        };
        let Some(parent) = self.raw_commit(revert)?.parents.into_iter().next() else {
            return Ok(false);
        };
        let changes = self.changed_paths(&parent, revert)?;
        let mut paths = changes.iter().flatten();
        Ok(paths.any(|path| {
            let path = String::from_utf8_lossy(path);
            lacking.iter().any(|lacking| *lacking == path)
        }))
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
            for last in reverts.iter().flat_map(|revert| traces.last_of(revert, 0)) {
                found.push((beginning.clone(), last.clone()));
            }
        }
        if self.missed() == missed {
            self.shelf().keep(&[(question, &found)]);
        }
        Ok(found)
    }

    /// Returns the last one of these reverts that takes out one of these commits and is not in the history of `fix`.
    pub(super) fn revert_among(
        &self,
        reverts: &[(String, CommitId)],
        commits: &[CommitId],
        fix: &CommitId,
    ) -> Result<Option<CommitId>, Error> {
        let mut newest: Option<&CommitId> = None;
        for (beginning, revert) in reverts {
            let is_named = |commit: &CommitId| commit.as_str().starts_with(beginning.as_str());
            if commits.iter().any(is_named)
                && !self.is_ancestor(revert, fix)?
                && self.comes_after(revert, newest)?
            {
                newest = Some(revert);
            }
        }
        Ok(newest.cloned())
    }
}
