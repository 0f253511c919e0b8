//! A throw-away object directory: what merges in memory write goes here, beside our store, and is gone with the
//! process. Only the objects of a result that is used are taken over into the store.
//!
//! Guaranteed: a tree in the store never lacks anything below it, whatever was thrown away. The folder is held by a
//! lock that the kernel frees, so that what a killed process left behind is swept by the next one.

use std::fs::File;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use tempfile::TempDir;

use crate::model::CommitId;

use super::error::Error;
use super::objects::Objects;
use super::repo::Repo;
use super::repo::disk;
use super::repo::make_folder;
use super::tree::SUBMODULE;

/// One throw-away repository; its objects borrow from our store.
#[derive(Debug)]
pub(super) struct Scratch {
    objects: Objects,
    object_dir: PathBuf,
    /// Removed on drop, before the lock is freed.
    _folder: TempDir,
    _lock: File,
}

/// The one of this process, made when it is first needed.
#[derive(Debug, Default)]
pub(super) struct ScratchCell(Mutex<Option<Arc<Scratch>>>);

impl ScratchCell {
    /// Forgets it, after the store was made anew.
    pub(super) fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Scratch {
    fn make(repo: &Repo) -> Result<Self, Error> {
        let beside = repo.dir().with_file_name("scratch");
        make_folder(&beside)?;
        sweep(&beside);
        let folder = tempfile::Builder::new()
            .prefix("merges-")
            .tempdir_in(&beside)
            .map_err(disk("create a folder in", &beside))?;
        let dir = folder.path().to_owned();
        let lock = File::create(dir.join("lock")).map_err(disk("create", &dir))?;
        lock.lock().map_err(disk("lock", &dir))?;
        let object_dir = dir.join("objects");
        for part in ["objects/info", "objects/pack", "refs"] {
            make_folder(&dir.join(part))?;
        }
        let copy = |name: &str| {
            std::fs::copy(repo.dir().join(name), dir.join(name)).map_err(disk("write", &dir))
        };
        copy("HEAD")?;
        copy("config")?;
        let store = repo.dir().join("objects");
        let store = store.canonicalize().unwrap_or(store);
        let line = format!("{}\n", store.to_string_lossy());
        std::fs::write(object_dir.join("info/alternates"), line).map_err(disk("write", &dir))?;
        Ok(Self {
            objects: Objects::open(repo.git(), &dir),
            object_dir,
            _folder: folder,
            _lock: lock,
        })
    }

    /// Returns its objects and those of our store; what is written stays here.
    pub(super) fn objects(&self) -> &Objects {
        &self.objects
    }

    /// Returns the folder for `GIT_OBJECT_DIRECTORY`.
    pub(super) fn object_dir(&self) -> &Path {
        &self.object_dir
    }
}

impl Repo {
    /// Gives the memory back that reading objects took. Whoever reads next gets the same answers.
    pub fn rest(&self) {
        self.objects().rest();
        let cell = &self.scratch_cell().0;
        let scratch = cell.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(scratch) = &*scratch {
            scratch.objects().rest();
        }
    }

    /// Returns the throw-away objects of this process.
    pub(super) fn scratch(&self) -> Result<Arc<Scratch>, Error> {
        let cell = &self.scratch_cell().0;
        let mut cell = cell.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(scratch) = &*cell {
            return Ok(Arc::clone(scratch));
        }
        let scratch = Arc::new(Scratch::make(self)?);
        self.objects().look_beyond(&scratch);
        *cell = Some(Arc::clone(&scratch));
        Ok(scratch)
    }

    /// Takes everything below a tree over into the store, unless it is there already.
    pub(super) fn keep_tree(&self, tree: &CommitId) -> Result<(), Error> {
        self.provide(std::slice::from_ref(tree))?;
        let scratch = {
            let cell = &self.scratch_cell().0;
            cell.lock().unwrap_or_else(PoisonError::into_inner).clone()
        };
        match scratch {
            Some(scratch) => self.take_over(&scratch, tree),
            // Nothing was ever thrown away.
            None => Ok(()),
        }
    }

    fn take_over(&self, scratch: &Scratch, tree: &CommitId) -> Result<(), Error> {
        let store = self.dir().join("objects");
        let thrown = loose(scratch.object_dir(), tree);
        let kept = loose(&store, tree);
        let is_thrown = thrown.exists();
        // Packed and borrowed trees are whole. One that we wrote may stand on something thrown away.
        if !is_thrown && !kept.exists() {
            return Ok(());
        }
        for entry in scratch.objects().tree(tree)? {
            if entry.is_folder() {
                self.take_over(scratch, &entry.id)?;
            } else if entry.mode != SUBMODULE {
                let blob = loose(scratch.object_dir(), &entry.id);
                if blob.exists() {
                    link(&blob, &loose(&store, &entry.id))?;
                }
            }
        }
        // After everything below it: the store is whole at every moment.
        if is_thrown {
            link(&thrown, &kept)?;
        }
        Ok(())
    }
}

/// Returns where a loose object lies.
fn loose(objects: &Path, id: &CommitId) -> PathBuf {
    let (folder, rest) = id.as_str().split_at(2);
    objects.join(folder).join(rest)
}

/// Puts a file into the store in one step.
fn link(from: &Path, to: &Path) -> Result<(), Error> {
    if to.exists() {
        return Ok(());
    }
    let folder = to.parent().unwrap_or(to);
    make_folder(folder)?;
    match std::fs::hard_link(from, to) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Ok(()),
        // Some file systems know no second name for a file.
        Err(_) => {}
    }
    let copy = || -> std::io::Result<()> {
        let file = tempfile::NamedTempFile::new_in(folder)?;
        std::fs::copy(from, file.path())?;
        file.persist(to)?;
        Ok(())
    };
    copy().map_err(disk("write", to))
}

/// Removes what processes that are gone left behind.
fn sweep(beside: &Path) {
    let Ok(entries) = std::fs::read_dir(beside) else {
        return;
    };
    for folder in entries.flatten().map(|entry| entry.path()) {
        // Without its lock file the owner is between making the folder and locking it, or was killed there; an empty
        // folder costs nothing.
        let Ok(lock) = File::open(folder.join("lock")) else {
            continue;
        };
        if lock.try_lock().is_ok() {
            // What cannot be removed now is tried again by the next one.
            let _kept = std::fs::remove_dir_all(&folder);
        }
    }
}
