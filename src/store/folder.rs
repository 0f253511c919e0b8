//! The private folder around the journal: nobody else's, no links, one writer.

use std::fs::DirBuilder;
use std::fs::File;
use std::fs::Metadata;
use std::fs::OpenOptions;
use std::fs::Permissions;
use std::io;
use std::io::Read;
use std::io::Seek;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

use rustix::fs::FlockOperation;
use rustix::fs::OFlags;

use super::journal::Error;
use super::network;

/// Makes sure that `dir` is ours and private, and returns it without symbolic links on the way.
pub(super) fn ensure(dir: &Path) -> Result<PathBuf, Error> {
    let failed = |source| Error::Folder {
        path: dir.to_owned(),
        source,
    };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(failed)?;
    let found = dir.symlink_metadata().map_err(failed)?;
    let refused = |why| {
        Err(Error::Unsafe {
            path: dir.to_owned(),
            why,
        })
    };
    if !found.is_dir() {
        return refused("it is a symbolic link");
    }
    if found.uid() != rustix::process::geteuid().as_raw() {
        return refused("it belongs to another user");
    }
    if found.mode() & 0o077 != 0 {
        std::fs::set_permissions(dir, Permissions::from_mode(0o700)).map_err(failed)?;
    }
    let dir = dir.canonicalize().map_err(failed)?;
    if network::is_shared(&dir) {
        return Err(Error::Network { path: dir });
    }
    Ok(dir)
}

/// Opens or creates a file of ours, 0600, refusing what somebody else may have planted in its place.
pub(super) fn private_file(path: &Path) -> Result<File, Error> {
    let failed = |source| Error::Folder {
        path: path.to_owned(),
        source,
    };
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
        .open(path)
        .map_err(failed)?;
    let found = file.metadata().map_err(failed)?;
    check_own(path, &found)?;
    if found.mode() & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(0o600))
            .map_err(failed)?;
    }
    Ok(file)
}

/// Refuses a file that SQLite would open by its name, where somebody planted one. None there is fine.
pub(super) fn check_side(path: &Path) -> Result<(), Error> {
    match path.symlink_metadata() {
        Ok(found) => check_own(path, &found),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(Error::Folder {
            path: path.to_owned(),
            source,
        }),
    }
}

fn check_own(path: &Path, found: &Metadata) -> Result<(), Error> {
    let refused = |why| {
        Err(Error::Unsafe {
            path: path.to_owned(),
            why,
        })
    };
    if !found.is_file() || found.nlink() != 1 {
        return refused("it is not a plain file of its own");
    }
    if found.uid() != rustix::process::geteuid().as_raw() {
        return refused("it belongs to another user");
    }
    Ok(())
}

/// The right to write, held as long as the value lives; the kernel frees it when the process dies.
#[derive(Debug)]
pub(super) enum Guard {
    Held { _held: Held },
    Taken { by: String },
}

/// The locked file.
#[derive(Debug)]
pub(super) struct Held(File);

impl Drop for Held {
    /// Says that nobody is at work any more: only a process that dies leaves its id behind.
    fn drop(&mut self) {
        if let Err(error) = self.0.set_len(0) {
            tracing::debug!(%error, "the lock keeps the name of its last holder");
        }
        // Not by closing the file alone: a child that another thread is starting has it too, until it is another program.
        if let Err(error) = rustix::fs::flock(&self.0, FlockOperation::Unlock) {
            tracing::debug!(%error, "the lock is free once the file is closed");
        }
    }
}

/// Takes the lock if nobody has it, and leaves `words` behind our id for whoever comes later; never waits.
pub(super) fn lock(path: &Path, words: &str) -> Result<Guard, Error> {
    let mut file = private_file(path)?;
    let failed = |source: io::Error| Error::Folder {
        path: path.to_owned(),
        source,
    };
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {
            file.set_len(0).map_err(failed)?;
            file.rewind().map_err(failed)?;
            write!(file, "{} {words}", std::process::id()).map_err(failed)?;
            Ok(Guard::Held { _held: Held(file) })
        }
        Err(rustix::io::Errno::WOULDBLOCK) => {
            let mut by = String::new();
            file.read_to_string(&mut by).map_err(failed)?;
            Ok(Guard::Taken {
                by: by.trim().to_owned(),
            })
        }
        Err(error) => Err(failed(error.into())),
    }
}

/// Tells whether the process that took the lock last is still there.
///
/// A process id may be used again: then a look tells too little, never too much.
pub(super) fn is_at_work(path: &Path) -> bool {
    let holder = std::fs::read_to_string(path).ok();
    let holder = holder.and_then(|text| text.split_whitespace().next()?.parse().ok());
    holder
        .and_then(rustix::process::Pid::from_raw)
        .is_some_and(|pid| {
            rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH)
                && !is_unburied(pid)
        })
}

/// Tells whether a process is dead and only its parent has not asked for it yet, as in a container whose first process never
/// does. Where `/proc` does not say, it lives.
fn is_unburied(pid: rustix::process::Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    // The name stands in brackets, and may have brackets and spaces in it.
    let state = stat.ok().and_then(|text| {
        let (_, after) = text.rsplit_once(')')?;
        after.trim_start().chars().next()
    });
    matches!(state, Some('Z' | 'X'))
}
