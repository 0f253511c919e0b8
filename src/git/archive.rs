//! Archives: commits that lead to the heads of chains, so that the refs of those can go and nothing of them is lost. One
//! commit after another at one ref; each holds a list of what the archive has by then, and all heads are its parents.

use crate::model::CommitId;

use super::chain::NewLink;
use super::error::Error;
use super::repo::Repo;

/// Heads that one commit leads to, besides the commit before it. Git knows no limit; people who look at one do.
pub const MOST_HEADS: usize = 100;

/// The largest file that is read: what `record::archive` allows.
const LARGEST: usize = 16 * 1024 * 1024;

impl Repo {
    /// Stores a commit after `previous` that leads to `heads` as well, and returns its id, which follows from the content
    /// alone.
    pub(super) fn gather(
        &self,
        previous: Option<&CommitId>,
        heads: &[CommitId],
        link: &NewLink,
    ) -> Result<CommitId, Error> {
        let parents = previous.into_iter().chain(heads).cloned();
        self.chain_commit(parents.collect(), link)
    }

    /// Returns a file of one commit, whatever the commit leads to; none if it has no such file, or one of more than 16 MiB.
    pub(super) fn file_in(&self, commit: &CommitId, path: &str) -> Result<Option<Vec<u8>>, Error> {
        let tree = self.raw_commit(commit)?.tree;
        let found = self.objects().entry(&tree, path.as_bytes())?;
        let file = found.filter(|entry| !entry.is_folder());
        file.map_or(Ok(None), |entry| {
            self.objects().blob_within(&entry.id, LARGEST)
        })
    }
}
