//! Which lines a file has, to tell without a merge that a change cannot be in it.
//!
//! A merge that leaves a side as it is holds every hunk of the change on that side already: git makes up no lines. So a
//! line that the change adds, and that the side has nowhere, settles it. Only this answer is given; that a change *is*
//! there says git alone.

use std::collections::HashMap;
use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::model::CommitId;

use super::objects::Kind;
use super::repo::Repo;

/// Larger files are left to git, in bytes: they would be kept in memory for one question.
const LARGEST: usize = 4 << 20;

/// The lines of a file as numbers, sorted. Two lines with one number count as the same, which only leaves more to git.
type Lines = Arc<[u64]>;

/// What was read, for many questions about the same files, and for several who ask.
#[derive(Default)]
pub(super) struct LineSets {
    /// None where a file is left to git.
    files: Kept<CommitId>,
    added: Kept<(CommitId, CommitId)>,
}

/// Lines by what they are of. Two who ask for the same at once both read it: neither waits for the other.
struct Kept<K>(Mutex<HashMap<K, Option<Lines>>>);

impl<K> Default for Kept<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Hash + Eq> Kept<K> {
    fn get_or(&self, key: K, read: impl FnOnce() -> Option<Lines>) -> Option<Lines> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lock().get(&key).cloned();
        known.unwrap_or_else(|| {
            let lines = read();
            lock().insert(key, lines.clone());
            lines
        })
    }
}

impl LineSets {
    /// Tells whether the change from `base` to `theirs` adds a line that `ours` has nowhere.
    pub(super) fn is_outside(
        &self,
        repo: &Repo,
        base: &CommitId,
        theirs: &CommitId,
        ours: &CommitId,
    ) -> bool {
        let pair = (base.clone(), theirs.clone());
        let added = self.added.get_or(pair, || self.added(repo, base, theirs));
        let Some(added) = added.filter(|added| !added.is_empty()) else {
            return false;
        };
        let Some(ours) = self.lines(repo, ours) else {
            return false;
        };
        added.iter().any(|line| ours.binary_search(line).is_err())
    }

    /// Returns the lines of which `to` has more than `from`: whatever way one compares the two, they are added.
    fn added(&self, repo: &Repo, from: &CommitId, to: &CommitId) -> Option<Lines> {
        let (from, to) = (self.lines(repo, from)?, self.lines(repo, to)?);
        let count = |lines: &[u64], line: u64| {
            let start = lines.partition_point(|other| *other < line);
            lines[start..].partition_point(|other| *other == line)
        };
        let of_each = to.chunk_by(|a, b| a == b);
        let more = of_each.filter(|lines| lines.len() > count(&from, lines[0]));
        Some(more.map(|lines| lines[0]).collect())
    }

    fn lines(&self, repo: &Repo, file: &CommitId) -> Option<Lines> {
        self.files.get_or(file.clone(), || {
            // A file that cannot be read is git's to complain about.
            let bytes = repo.objects().read_as(Kind::Blob, file).ok();
            bytes
                .filter(|bytes| bytes.len() <= LARGEST)
                .map(|bytes| numbers(&bytes))
        })
    }
}

fn numbers(bytes: &[u8]) -> Lines {
    let lines = bytes.split(|byte| *byte == b'\n');
    // A line's end is no part of it: git may add one at the end of a file, and a carriage return may come and go.
    let mut numbers: Vec<u64> = lines.map(|line| number(line.trim_ascii_end())).collect();
    numbers.sort_unstable();
    numbers.into()
}

fn number(line: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(line);
    hasher.finish()
}
