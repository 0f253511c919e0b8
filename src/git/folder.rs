//! What lies in a folder of a commit.

use crate::model::CommitId;

use super::error::Error;
use super::repo::Repo;
use super::tree::SUBMODULE;

impl Repo {
    /// Returns the paths of the files directly in `folder` (`a/b`, no slash at the end) as it is in `commit`; none where
    /// there is no such folder. Names that are not UTF-8 are left out.
    pub fn files_in(&self, commit: &CommitId, folder: &str) -> Result<Vec<String>, Error> {
        let tree = self.raw_commit(commit)?.tree;
        let found = self.objects().entry(&tree, folder.as_bytes())?;
        let Some(found) = found.filter(|entry| entry.is_folder()) else {
            return Ok(Vec::new());
        };
        let entries = self.objects().tree(&found.id)?;
        let files = entries
            .into_iter()
            .filter(|entry| !entry.is_folder() && entry.mode != SUBMODULE);
        let names = files.filter_map(|entry| String::from_utf8(entry.name).ok());
        Ok(names.map(|name| format!("{folder}/{name}")).collect())
    }
}
