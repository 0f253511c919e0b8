//! A throw-away object directory: what merges in memory write goes here, beside our store, and is gone with the
//! process. Only the objects of a result that is used are taken over into the store.
//!
//! Guaranteed: a tree in the store never lacks anything below it, whatever was thrown away. The folder is held by a
//! lock that the kernel frees, so that what a killed process left behind is swept by the next one. It lies in memory
//! where there is room for it: on a disk, making and removing a file for every object takes longer than the merges.

use std::fs::DirBuilder;
use std::fs::File;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use tempfile::TempDir;

use crate::model::CommitId;

use super::error::Error;
use super::laid_out::disk;
use super::laid_out::make_folder;
use super::objects::Objects;
use super::repo::Repo;
use super::tree::SUBMODULE;

/// The file system in memory.
const MEMORY: &str = "/dev/shm";
/// How much must be free there, in bytes: merges of a large repository take some tens of megabytes, and containers often
/// have 64 MiB in all.
const ROOM: u64 = 512 << 20;

/// A folder for what nobody needs afterwards.
#[derive(Debug)]
pub(super) struct ThrowAway {
    /// Removed on drop, before the lock is freed.
    folder: TempDir,
    _lock: File,
}

/// One throw-away repository; its objects borrow from our store.
#[derive(Debug)]
pub(super) struct Scratch {
    objects: Objects,
    object_dir: PathBuf,
    _folder: ThrowAway,
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

impl ThrowAway {
    pub(super) fn make(repo: &Repo) -> Result<Self, Error> {
        let place = repo.throw_away_place();
        make_folder(&place)?;
        sweep(&place);
        let folder = tempfile::Builder::new()
            .prefix("merges-")
            .tempdir_in(&place)
            .map_err(disk("create a folder in", &place))?;
        let dir = folder.path();
        // Held before it has its name: whoever sweeps meanwhile finds no lock, or one that is held.
        let unnamed = dir.join("lock.new");
        let lock = File::create(&unnamed).map_err(disk("create", dir))?;
        lock.lock().map_err(disk("lock", dir))?;
        std::fs::rename(&unnamed, dir.join("lock")).map_err(disk("lock", dir))?;
        Ok(Self {
            folder,
            _lock: lock,
        })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Returns our folder in memory; none where there is too little room, or somebody else has put something in its place.
fn in_memory() -> Option<PathBuf> {
    let found = rustix::fs::statvfs(MEMORY).ok()?;
    if found.f_bavail.saturating_mul(found.f_frsize) < ROOM {
        return None;
    }
    let me = rustix::process::geteuid().as_raw();
    let folder = Path::new(MEMORY).join(format!("lanekeeper-{me}"));
    // One that is there already is as good, if it is ours.
    let _made = DirBuilder::new().mode(0o700).create(&folder);
    let found = std::fs::symlink_metadata(&folder).ok()?;
    let is_ours = found.is_dir() && found.uid() == me && found.mode() & 0o077 == 0;
    is_ours.then_some(folder)
}

impl Scratch {
    fn make(repo: &Repo) -> Result<Self, Error> {
        let folder = ThrowAway::make(repo)?;
        let dir = folder.path().to_owned();
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
    /// Returns where throw-away objects lie, in a folder for each that is removed after use.
    pub fn throw_away_place(&self) -> PathBuf {
        in_memory().unwrap_or_else(|| self.dir().with_file_name("scratch"))
    }

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
        // Without its lock file the owner is between making the folder and locking it, or was killed there; a folder
        // with nothing in it costs nothing.
        let Ok(lock) = File::open(folder.join("lock")) else {
            continue;
        };
        if lock.try_lock().is_ok() {
            // What cannot be removed now is tried again by the next one.
            let _kept = std::fs::remove_dir_all(&folder);
        }
    }
}
