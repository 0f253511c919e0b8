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
        let answer = self.holds_any(own, tip)? || self.is_copied(base, head, own, tip)?;
        // A commit that is not here yet may come with the next fetch.
        if self.missed() == missed {
            self.shelf().keep(&[(question, answer)]);
        }
        Ok(answer)
    }

    /// Tells whether commits of the lane are copies of the fix, or of parts of it.
    fn is_copied(
        &self,
        base: &CommitId,
        head: &CommitId,
        own: &[CommitId],
        tip: &CommitId,
    ) -> Result<bool, Error> {
        let traces = self.traces(std::slice::from_ref(head), tip)?;
        if own.iter().any(|id| traces.has_pick_of(id)) {
            return Ok(true);
        }
        let fix = self.fix(base, head)?;
        Ok(!self.picks_of(&fix, tip, &traces)?.is_empty()
            || !self.same_patches(&fix, &traces)?.is_empty())
    }
}
