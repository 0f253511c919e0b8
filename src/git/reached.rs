//! Whether anything of a fix ever came into a lane, as far as history tells, whatever became of it there since. The
//! verdict CHANGED does not tell: the files of a lane may be neither as with a fix nor as without it, and the lane has
//! never seen it.

use crate::model::CommitId;

use super::error::Error;
use super::repo::Repo;

impl Repo {
    /// Tells whether a lane holds one of the fix's `own` commits (what it consists of, and what brought it anywhere), a
    /// commit that says it was picked from one, or one with the same patch as the whole fix `base..head`.
    pub fn has_come(
        &self,
        base: &CommitId,
        head: &CommitId,
        own: &[CommitId],
        tip: &CommitId,
    ) -> Result<bool, Error> {
        let mut words = vec!["come".to_owned()];
        let ids = [base, head, tip].into_iter().chain(own);
        words.extend(ids.map(ToString::to_string));
        let question = self.shelf_question(&words);
        if let Some(answer) = self.shelf().get::<bool>(&question) {
            return Ok(answer);
        }
        let missed = self.missed();
        let answer = self.holds_any(own, tip)? || !self.copies(base, head, own, tip)?.is_empty();
        // A commit that is not here yet may come with the next fetch.
        if self.missed() == missed {
            self.shelf().keep(&[(question, answer)]);
        }
        Ok(answer)
    }

    /// Returns the commits of a lane that are copies of the fix, or of parts of it: what says that it was picked from one of
    /// its `own` commits, or has the same patch.
    pub fn copies(
        &self,
        base: &CommitId,
        head: &CommitId,
        own: &[CommitId],
        tip: &CommitId,
    ) -> Result<Vec<CommitId>, Error> {
        let mut words = vec!["copies".to_owned()];
        let ids = [base, head, tip].into_iter().chain(own);
        words.extend(ids.map(ToString::to_string));
        let question = self.shelf_question(&words);
        if let Some(copies) = self.shelf().get::<Vec<CommitId>>(&question) {
            return Ok(copies);
        }
        let missed = self.missed();
        let traces = self.traces(std::slice::from_ref(head), tip)?;
        let picked = own.iter().flat_map(|id| traces.picked_from(id));
        let mut copies: Vec<CommitId> = picked.cloned().collect();
        let fix = self.fix(base, head)?;
        copies.extend(self.picks_of(&fix, tip, &traces)?);
        copies.extend(self.same_patches(&fix, &traces)?);
        if self.missed() == missed {
            self.shelf().keep(&[(question, &copies)]);
        }
        Ok(copies)
    }
}
