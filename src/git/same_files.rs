//! Which files are the same in two trees.

use crate::model::CommitId;

use super::error::Error;
use super::repo::Repo;

impl Repo {
    /// Returns those of `paths` at which two trees (or those of commits) hold the very same; what neither has is not the
    /// same, it is nothing.
    pub fn same_files(
        &self,
        one: &CommitId,
        other: &CommitId,
        paths: &[String],
    ) -> Result<Vec<String>, Error> {
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        let trees = [self.tree_of(one)?, self.tree_of(other)?];
        self.provide(&trees)?;
        let mut same = Vec::new();
        for path in paths {
            let at = |tree: &CommitId| self.objects().entry(tree, path.as_bytes());
            let (here, there) = (at(&trees[0])?, at(&trees[1])?);
            if here.is_some() && here == there {
                same.push(path.clone());
            }
        }
        Ok(same)
    }
}
