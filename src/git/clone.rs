//! The user's clone, read only.
use super::error::Error;
use super::executable::Git;
use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::Person;
use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
/// The user's clone. Nothing in here writes to it.
#[derive(Debug, Clone)]
pub struct UserClone {
    root: PathBuf,
}
impl UserClone {
    /// Finds the repository around `dir`.
    pub fn discover(git: &Git, dir: &Path) -> Result<Self, Error> {
        let _ = git;
        Err(Error::NoRepository { dir: dir.into() })
    }
    /// Returns the work tree; none in a bare clone.
    pub fn workdir(&self) -> Option<&Path> {
        Some(&self.root)
    }
    /// Returns the folder that all linked worktrees share.
    pub fn common_dir(&self) -> &Path {
        &self.root
    }
    /// Returns where `lanekeeper.toml` lives: the work tree, or the bare repository.
    pub fn root(&self) -> &Path {
        &self.root
    }
    /// Returns who commits here.
    pub fn identity(&self) -> Result<Person, Error> {
        Err(Error::NoIdentity)
    }
    /// Returns the address of a remote.
    pub fn remote_url(&self, name: &str) -> Result<String, Error> {
        Err(Error::NoSuchRevision { rev: name.into() })
    }
    /// Returns the names of the remotes.
    pub fn remotes(&self) -> Result<Vec<String>, Error> {
        Err(Error::NoIdentity)
    }
    /// Returns the local branches.
    pub fn branches(&self) -> Result<BTreeMap<BranchName, CommitId>, Error> {
        Err(Error::NoIdentity)
    }
    /// Returns the commit that `rev` names here.
    pub fn resolve(&self, rev: &str) -> Result<CommitId, Error> {
        Err(Error::NoSuchRevision { rev: rev.into() })
    }
    /// Returns the paths that change when refs of the clone move.
    pub fn watch_paths(&self) -> Vec<PathBuf> {
        Vec::new()
    }
}
