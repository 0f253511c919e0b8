//! Folders with the files of one commit, for checks: outside the clone, closed to others, without hooks.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::model::CommitId;

use super::error::Error;
use super::laid_out::disk;
use super::laid_out::make_folder;
use super::repo::Repo;

/// A fresh folder with the files of one commit, removed on drop.
#[derive(Debug)]
pub struct Worktree {
    files: PathBuf,
    /// What git keeps about it in our repository.
    notes: Option<PathBuf>,
    /// Removed last, by its own drop.
    _folder: TempDir,
}

impl Worktree {
    /// Returns the folder with the files.
    pub fn path(&self) -> &Path {
        &self.files
    }
}

impl Drop for Worktree {
    fn drop(&mut self) {
        if let Some(notes) = &self.notes {
            // What stays is pruned by git once the folder is gone.
            let _kept = std::fs::remove_dir_all(notes);
        }
    }
}

impl Repo {
    /// Puts the files of `commit` into a fresh folder beside our repository. Only filters of the operator's own
    /// git configuration apply; nothing in the commit can name a program to run.
    pub fn worktree(&self, commit: &CommitId) -> Result<Worktree, Error> {
        let beside = self.dir().with_file_name("worktrees");
        make_folder(&beside)?;
        let folder = tempfile::Builder::new()
            .prefix("check-")
            .permissions(std::fs::Permissions::from_mode(0o700))
            .tempdir_in(&beside)
            .map_err(disk("create a folder in", &beside))?;
        // The name of the last part must be unique: git names its notes by it.
        let name = folder.path().file_name().unwrap_or_default().to_owned();
        let files = folder.path().join(name);
        self.command("worktree")
            .args(["add", "--quiet", "--detach", "--force"])
            .arg(&files)
            .arg(commit.as_str())
            .success()?;
        let pointer = std::fs::read_to_string(files.join(".git")).unwrap_or_default();
        let notes = pointer
            .trim()
            .strip_prefix("gitdir: ")
            .map(PathBuf::from)
            .filter(|path| path.parent().is_some_and(|p| p.ends_with("worktrees")));
        Ok(Worktree {
            files,
            notes,
            _folder: folder,
        })
    }
}
