//! When a fetch has nothing to do: what the latest one found so rests on, so that a poll of an unchanged remote neither reads
//! the listing word by word nor opens the packs of a large clone to see that all objects are there.
//!
//! Non-guarantee: a single object that is removed by hand is noticed when somebody asks for it.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;

use sha2::Digest;
use sha2::Sha256;

use super::error::Error;
use super::kept::Kept;
use super::repo::Repo;

/// A digest of everything that it rests on that the remote has what is kept here, and that its objects are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Footing([u8; 32]);

/// The latest footing on which there was nothing to fetch.
#[derive(Debug, Default)]
pub(super) struct Settled(Mutex<Option<Footing>>);

impl Settled {
    pub(super) fn is_on(&self, footing: Footing) -> bool {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) == Some(footing)
    }

    pub(super) fn keep(&self, footing: Footing) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(footing);
    }
}

impl Repo {
    /// Returns what it rests on now: what the remote listed, the refs that are kept, the folders in which the objects lie,
    /// and how often one was missed.
    pub(super) fn footing(&self, listing: &str) -> Result<Footing, Error> {
        let mut digest = Sha256::new();
        digest.update(Kept::read(self.dir())?.digest(|_| true));
        digest.update(self.missed().to_be_bytes());
        let own = self.dir().join("objects");
        // Written by ourselves, one whole path a line.
        let lent = std::fs::read_to_string(own.join("info/alternates")).unwrap_or_default();
        for folder in std::iter::once(own).chain(lent.lines().map(PathBuf::from)) {
            // A pack that comes or goes changes the first, a folder of loose objects the second.
            for folder in [folder.join("pack"), folder] {
                for number in changed(&folder) {
                    digest.update(number.to_be_bytes());
                }
            }
        }
        digest.update(listing.as_bytes());
        Ok(Footing(digest.finalize().into()))
    }
}

/// Returns which folder or file it is and when it last changed; zeros where none is.
pub(super) fn changed(path: &Path) -> [i64; 3] {
    std::fs::metadata(path).map_or([0; 3], |found| {
        [found.ino().cast_signed(), found.mtime(), found.mtime_nsec()]
    })
}
