//! A commit as it would be without a change that is in it: what a fix in several parts is compared with, where other work
//! came between its parts.

use crate::model::CommitId;

use super::commit::RawCommit;
use super::commit::Signing;
use super::error::Error;
use super::merge::Merge;
use super::repo::Repo;

impl Repo {
    /// Returns a commit after `tip` that takes the change `base..head` out of it, for comparing only: no ref ever leads
    /// to it. The same arguments give the same commit. None where later work stands on the change.
    pub fn without(
        &self,
        tip: &CommitId,
        base: &CommitId,
        head: &CommitId,
    ) -> Result<Option<CommitId>, Error> {
        let taken_out = self.merge(&Merge {
            base: Some(head.clone()),
            ours: tip.clone(),
            theirs: base.clone(),
            reads_attributes: false,
        })?;
        let Some(result) = taken_out.ok().filter(|result| result.is_clean) else {
            return Ok(None);
        };
        let after = self.raw_commit(tip)?;
        let commit = RawCommit {
            tree: result.tree,
            parents: vec![tip.clone()],
            author: after.author,
            committer: after.committer,
            encoding: None,
            message: format!("without {}..{}\n", base.short(), head.short()).into_bytes(),
        };
        self.create(&commit, Signing::Never).map(Some)
    }
}
