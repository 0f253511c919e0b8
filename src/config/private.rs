//! Files of ours that decide what may run or hold secrets: nobody else may have put them there or may change them.

use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

/// What is wrong with a file that should be ours alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// A link, or a name of a file that has others.
    Planted,
    Foreign,
    /// Others may read it (where that matters), or write it.
    Open,
}

/// What was found under a name.
#[derive(Debug)]
pub(super) enum Found {
    Nothing,
    Flawed(Flaw),
    Text(String),
}

/// Reads a file of ours; `forbidden` are the permissions of others that it must not have.
pub(super) fn read(path: &Path, forbidden: u32) -> io::Result<Found> {
    let opened = OpenOptions::new()
        .read(true)
        // A pipe in its place must not hold us up either.
        .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed())
        .open(path);
    let mut file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) if is_link(path, &error) => return Ok(Found::Flawed(Flaw::Planted)),
        Err(error) => return Err(error),
    };
    if let Some(flaw) = flaw(&file, forbidden)? {
        return Ok(Found::Flawed(flaw));
    }
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(Found::Text(text))
}

fn is_link(path: &Path, error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
        || path
            .symlink_metadata()
            .is_ok_and(|found| found.is_symlink())
}

fn flaw(file: &File, forbidden: u32) -> io::Result<Option<Flaw>> {
    // Asked of the open file: a name may lead elsewhere a moment later.
    let found = file.metadata()?;
    Ok(if !found.is_file() || found.nlink() != 1 {
        Some(Flaw::Planted)
    } else if found.uid() != rustix::process::geteuid().as_raw() {
        Some(Flaw::Foreign)
    } else if found.mode() & forbidden != 0 {
        Some(Flaw::Open)
    } else {
        None
    })
}
