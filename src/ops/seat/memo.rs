//! What this console observed of lock logs, kept from one process to the next: the fold at the last head, since when
//! that head was there, since when an epoch is ours. A cache and a stop-watch; losing it means waiting once more. It has a
//! sum, since a time that is wrong would mean waiting too little.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::model::CommitId;
use crate::model::ConsoleId;
use crate::model::EnvironmentName;
use crate::model::LockId;
use crate::record::Driver;
use crate::record::Lock;
use crate::record::TakenOver;
use crate::store::Papers;

use super::super::clock;
use super::super::clock::Booted;
use super::claims::Claims;

/// The folder of memos in the state directory. Another number where they hold more: an older memo says of its head that nobody
/// took the seat over, and is read on from there.
const KIND: &str = "locks2";
/// The folder of what this console is, which stays the same whatever memos hold.
const CONSOLE: &str = "locks";
/// How long a remote that refused a lock log is not asked again.
const ASK_AGAIN: Duration = Duration::from_secs(600);

/// What was observed of one lock log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Memo {
    pub(super) head: Option<CommitId>,
    pub(super) lock: Lock,
    /// The start of the machine that the times below count from.
    boot: String,
    /// When this head was first and last seen on the remote.
    first: Duration,
    latest: Duration,
    /// The latest epoch that is ours, and when we saw so.
    mine: Option<(u64, Duration)>,
    /// Why the remote took no lock log, and when it said so.
    refused: Option<(String, Duration)>,
    /// Who says to have written what the present epoch rests on.
    #[serde(default)]
    pub(super) claims: Claims,
    /// From which takeover the present epoch goes on.
    #[serde(default)]
    pub(super) taken_over: Option<TakenOver>,
}

impl Memo {
    /// Notes that the remote, asked at `asked` and answering by `at`, had this head, with this fold.
    pub(super) fn saw(
        &mut self,
        head: Option<&CommitId>,
        lock: Lock,
        who: &Driver,
        asked: &Booted,
        at: &Booted,
    ) {
        self.count_from(at);
        if self.head.as_ref() != head {
            self.first = at.since;
        }
        // The remote was asked before it answered: silence counts from an answer to a question, never longer.
        self.latest = asked.since;
        self.refused = self.refused.take().filter(|_| head.is_none());
        self.head = head.cloned();
        let is_mine = lock.is_driven_by(who);
        let is_known = matches!(self.mine, Some((epoch, _)) if epoch == lock.epoch);
        if is_mine && !is_known {
            self.mine = Some((lock.epoch, at.since));
        }
        self.lock = lock;
    }

    /// Begins to count anew where the times are of another start of the machine. Too long a wait is safe.
    fn count_from(&mut self, at: &Booted) {
        if self.boot != at.boot || at.boot.is_empty() {
            self.boot.clone_from(&at.boot);
            self.first = at.since;
            self.latest = at.since;
            self.mine = None;
        }
    }

    /// Notes that the remote takes no lock log.
    pub(super) fn refuse(&mut self, why: &str, at: &Booted) {
        self.count_from(at);
        self.refused = Some((why.to_owned(), at.since));
    }

    /// Returns why the remote takes no lock log. After a while it is asked again: somebody may have allowed it.
    pub(super) fn refused(&self, now: &Booted) -> Option<String> {
        let (why, since) = self.refused.as_ref()?;
        let is_recent = self.boot == now.boot && now.since.saturating_sub(*since) < ASK_AGAIN;
        is_recent.then(|| why.clone())
    }

    /// For how long the head was the same, as far as it was looked at.
    pub(super) fn silent(&self) -> Duration {
        self.latest.saturating_sub(self.first)
    }

    /// How long ago this head was first seen.
    pub(super) fn unchanged_for(&self, now: &Booted) -> Duration {
        if self.boot == now.boot {
            now.since.saturating_sub(self.first)
        } else {
            Duration::ZERO
        }
    }

    /// How long the present epoch is known to be ours.
    pub(super) fn mine_for(&self, now: &Booted) -> Duration {
        match self.mine {
            Some((epoch, since)) if epoch == self.lock.epoch && self.boot == now.boot => {
                now.since.saturating_sub(since)
            }
            Some(_) | None => Duration::ZERO,
        }
    }
}

/// The memos of all lock logs of a project.
#[derive(Debug, Default)]
pub(in crate::ops) struct Memos {
    state_dir: PathBuf,
    known: Mutex<BTreeMap<LockId, Memo>>,
    /// Why the lock log of an environment could not be read at the latest look.
    troubles: Mutex<BTreeMap<EnvironmentName, String>>,
}

impl Memos {
    pub(in crate::ops) fn new(state_dir: &Path) -> Self {
        Self {
            state_dir: state_dir.to_owned(),
            known: Mutex::default(),
            troubles: Mutex::default(),
        }
    }

    pub(super) fn ill(&self, environment: &EnvironmentName, why: String) {
        self.troubles().insert(environment.clone(), why);
    }

    pub(super) fn well(&self, environment: &EnvironmentName) {
        self.troubles().remove(environment);
    }

    pub(super) fn trouble(&self, environment: &EnvironmentName) -> Option<String> {
        self.troubles().get(environment).cloned()
    }

    fn troubles(&self) -> MutexGuard<'_, BTreeMap<EnvironmentName, String>> {
        let troubles = self.troubles.lock();
        troubles.unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what is known of a lock.
    pub(super) fn get(&self, lock: &LockId) -> Memo {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .entry(lock.clone())
            .or_insert_with(|| self.read(lock).unwrap_or_default())
            .clone()
    }

    /// Keeps what is known of a lock; on disk only where more than the time has changed.
    pub(super) fn put(&self, lock: &LockId, memo: &Memo) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known.insert(lock.clone(), memo.clone());
        let is_same = before.is_some_and(|before| {
            Memo {
                latest: memo.latest,
                ..before
            } == *memo
        });
        if is_same {
            return;
        }
        let written = serde_json::to_string(memo)
            .map_err(|error| error.to_string())
            .and_then(|text| {
                let papers = Papers::open(&self.state_dir, KIND);
                let write = papers.and_then(|papers| papers.write_sealed(lock.as_str(), &text));
                write.map_err(|error| error.to_string())
            });
        if let Err(error) = written {
            tracing::warn!(%error, "what was observed of a lock is not kept");
        }
    }

    fn read(&self, lock: &LockId) -> Option<Memo> {
        let papers = Papers::open(&self.state_dir, KIND).ok()?;
        let text = papers.read_sealed(lock.as_str()).ok()??;
        serde_json::from_str(&text)
            .inspect_err(|error| tracing::warn!(%error, "a memo of a lock is unreadable"))
            .ok()
    }
}

/// Returns which console a state directory is, made up when it is opened for the first time. Where that cannot be kept
/// this process is a console of its own.
pub(in crate::ops) fn console_of(state_dir: &Path) -> ConsoleId {
    const NAME: &str = "console";
    // Lower case: it is the last part of a ref.
    let fresh = clock::fresh_id().to_string().to_lowercase();
    let kept = Papers::open(state_dir, CONSOLE).and_then(|papers| {
        if let Some(kept) = papers.read(NAME)? {
            return Ok(kept);
        }
        papers.write(NAME, &fresh)?;
        Ok(fresh.clone())
    });
    let id = kept.unwrap_or_else(|error| {
        tracing::warn!(%error, "which console this is cannot be kept");
        fresh.clone()
    });
    let parse = |text: &str| text.trim().parse().ok();
    parse(&id)
        .or_else(|| parse(&fresh))
        .expect("a ULID is alphanumeric")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memo_from_before_takeovers_were_noted_is_not_read_and_the_console_stays_the_same() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let lock: LockId = "00000000000000ff".parse().expect("test id");
        let memo = Memo {
            refused: Some(("no such ref".to_owned(), Duration::ZERO)),
            ..Memo::default()
        };
        let before = Papers::open(dir.path(), "locks").expect("own folder");
        let text = serde_json::to_string(&memo).expect("a memo");
        before.write_sealed(lock.as_str(), &text).expect("written");
        before.write("console", "laptop-1").expect("written");
        assert_eq!(Memos::new(dir.path()).get(&lock), Memo::default());
        Memos::new(dir.path()).put(&lock, &memo);
        assert_eq!(Memos::new(dir.path()).get(&lock), memo);
        assert_eq!(console_of(dir.path()).as_str(), "laptop-1");
    }
}
