//! Work trees for checks.
use std::path::Path;
use tempfile::TempDir;
/// A fresh folder with the files of one commit, removed on drop.
#[derive(Debug)]
pub struct Worktree {
    folder: TempDir,
}
impl Worktree {
    /// Returns the folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}
