//! An answer of the journal that each poll and each look asks for: kept for as long as nobody writes in it, so that SQLite
//! is not opened to read the same again.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::model::Timestamp;

use super::journal::Error;
use super::journal::Journal;

/// Files that were written so lately may be written again without a sign of it: times of files go on in steps.
const YOUNG: i64 = 2;

/// One answer of the journal in one folder.
#[derive(Debug, Default)]
pub struct Told<T>(Mutex<Option<(Stamp, T)>>);

impl<T: Clone> Told<T> {
    /// Returns what `read` reads in the journal in `dir`, or read there before. Always ask the same.
    pub fn by(
        &self,
        dir: &Path,
        now: Timestamp,
        read: impl FnOnce(&Journal) -> Result<T, Error>,
    ) -> Result<T, Error> {
        // Before anything is read: what is written meanwhile is read the next time.
        let stamp = Stamp::of(dir, now);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(stamp), Some((then, told))) = (&stamp, &*known)
            && stamp == then
        {
            return Ok(told.clone());
        }
        let told = read(&Journal::look(dir)?)?;
        *known = stamp.map(|stamp| (stamp, told.clone()));
        Ok(told)
    }
}

/// The files of a journal, by which a change of it is known: which file, its size, when it was written.
#[derive(Debug, PartialEq, Eq)]
struct Stamp([Option<(u64, u64, i64, i64)>; 2]);

impl Stamp {
    /// Returns the stamp of the journal in `dir`; none while the next change might leave it as it is.
    fn of(dir: &Path, now: Timestamp) -> Option<Self> {
        let files = ["journal.sqlite", "journal.sqlite-wal"].map(|name| {
            let found = dir.join(name).metadata().ok()?;
            let (second, nanosecond) = (found.mtime(), found.mtime_nsec());
            Some((found.ino(), found.len(), second, nanosecond))
        });
        let mut written = files.iter().flatten().map(|(_, _, second, _)| second);
        let is_settled = written.all(|second| second + YOUNG <= now.as_second());
        is_settled.then_some(Self(files))
    }
}
