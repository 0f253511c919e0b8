//! Which lines a file has, to tell without a merge that a change cannot be in it.
//!
//! A merge that leaves a side as it is holds every hunk of the change on that side already: git makes up no lines. So a
//! line that the change adds, and that the side has nowhere, settles it. Only this answer is given; that a change *is*
//! there says git alone.

use std::hash::DefaultHasher;
use std::hash::Hasher;
use std::sync::Arc;

use crate::model::CommitId;

use super::objects::Kind;
use super::remembered::Remembered;
use super::repo::Repo;

/// Larger files are left to git, in bytes: they would be kept in memory for one question.
const LARGEST: usize = 4 << 20;

/// The lines of a file as numbers, sorted. Two lines with one number count as the same, which only leaves more to git.
type Lines = Arc<[u64]>;

/// How many lines are remembered, in 64 MiB: enough to read what many fixes change once for twenty lanes.
const REMEMBERED: usize = 8 << 20;

/// What was read, for many questions about the same files, and for several who ask.
pub(super) struct LineSets {
    /// None where a file is left to git.
    files: Remembered<CommitId, Option<Lines>>,
    added: Remembered<(CommitId, CommitId), Option<Lines>>,
}

impl Default for LineSets {
    fn default() -> Self {
        Self {
            files: Remembered::up_to(REMEMBERED / 2),
            added: Remembered::up_to(REMEMBERED / 2),
        }
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
        let added = self.added.get(&pair).unwrap_or_else(|| {
            let added = self.added(repo, base, theirs);
            self.added.keep_heavy(pair, added.clone(), weight(&added));
            added
        });
        let Some(added) = added.filter(|added| !added.is_empty()) else {
            return false;
        };
        let Some(ours) = self.lines(repo, ours) else {
            return false;
        };
        added.iter().any(|line| ours.binary_search(line).is_err())
    }

    /// Returns how many lines a file has; the most that there can be where it is left to git.
    pub(super) fn count(&self, repo: &Repo, file: &CommitId) -> usize {
        self.lines(repo, file)
            .map_or(usize::MAX, |lines| lines.len())
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
        if let Some(lines) = self.files.get(file) {
            return lines;
        }
        // A file that cannot be read is git's to complain about.
        let bytes = repo.objects().read_as(Kind::Blob, file).ok();
        let lines = bytes
            .filter(|bytes| bytes.len() <= LARGEST)
            .map(|bytes| numbers(&bytes));
        self.files
            .keep_heavy(file.clone(), lines.clone(), weight(&lines));
        lines
    }
}

/// Returns how many lines are kept, and one for the rest of the entry.
fn weight(lines: &Option<Lines>) -> usize {
    lines.as_ref().map_or(0, |lines| lines.len()) + 1
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
