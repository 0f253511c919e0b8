//! Merges on their way to git: cut into batches, the first ones short so that something can be shown soon, two
//! processes at a time, while the asker goes on asking.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::Sender;
use std::sync::mpsc::TryRecvError;
use std::thread::Scope;

use super::bridge::is_alone;
use super::error::Error;
use super::merge::Merge;
use super::merge::MergeAnswer;
use super::repo::Repo;

/// Processes at a time: more would take the machine from the screen.
const PROCESSES: usize = 2;
/// The first batches; each of them takes well under a tenth of a second.
const FIRST: usize = 12;
/// Later batches: long enough that starting a process does not count, short enough to go on filling a screen.
const LARGEST: usize = 96;
/// Fewer than this are not worth a second process.
const WORTH_TWO: usize = 8;

/// A batch that was computed, with its questions.
type Done<'a> = Vec<(&'a Merge, MergeAnswer)>;
/// The same, or why none of it could be.
type Outcome<'a> = Result<Done<'a>, Error>;

/// What is asked, under way and done.
pub(super) struct Pipeline<'scope, 'env, 'a> {
    scope: &'scope Scope<'scope, 'env>,
    repo: &'a Repo,
    batch: Vec<&'a Merge>,
    size: usize,
    workers: usize,
    under_way: usize,
    /// None when everything was handed over.
    work: Option<Sender<Vec<&'a Merge>>>,
    queue: Arc<Mutex<Receiver<Vec<&'a Merge>>>>,
    results: (Sender<Outcome<'a>>, Receiver<Outcome<'a>>),
}

impl<'scope, 'env, 'a: 'scope> Pipeline<'scope, 'env, 'a> {
    pub(super) fn new(scope: &'scope Scope<'scope, 'env>, repo: &'a Repo) -> Self {
        let (work, queue) = mpsc::channel();
        Self {
            scope,
            repo,
            batch: Vec::new(),
            size: FIRST,
            workers: 0,
            under_way: 0,
            work: Some(work),
            queue: Arc::new(Mutex::new(queue)),
            results: mpsc::channel(),
        }
    }

    /// Adds a question.
    pub(super) fn push(&mut self, merge: &'a Merge) {
        self.batch.push(merge);
        if self.batch.len() == self.size && !is_alone() {
            let batch = std::mem::take(&mut self.batch);
            self.send(batch);
            self.size = (self.size * 2).min(LARGEST);
        }
    }

    /// Returns a batch that is done, without waiting.
    pub(super) fn ready(&mut self) -> Result<Option<Done<'a>>, Error> {
        match self.results.1.try_recv() {
            Ok(done) => {
                self.under_way -= 1;
                done.map(Some)
            }
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => Ok(None),
        }
    }

    /// Hands over what is left and returns the next batch that is done; none after the last.
    pub(super) fn finish(&mut self) -> Result<Option<Done<'a>>, Error> {
        let rest = std::mem::take(&mut self.batch);
        if self.workers == 0 && (rest.len() < WORTH_TWO || is_alone()) {
            // One process at most: no need of a thread.
            self.work = None;
            return match rest[..] {
                [] => Ok(None),
                [..] => self.repo.compute(&rest).map(Some),
            };
        }
        let (first, second) = rest.split_at(rest.len().div_ceil(2));
        for half in [first, second] {
            if !half.is_empty() {
                self.send(half.to_vec());
            }
        }
        self.work = None;
        if self.under_way == 0 {
            return Ok(None);
        }
        match self.results.1.recv() {
            Ok(done) => {
                self.under_way -= 1;
                done.map(Some)
            }
            Err(mpsc::RecvError) => Ok(None),
        }
    }

    fn send(&mut self, batch: Vec<&'a Merge>) {
        let Some(work) = &self.work else { return };
        // The receiver is held by this value, so it is there.
        if work.send(batch).is_ok() {
            self.under_way += 1;
        }
        if self.workers < PROCESSES && self.workers < self.under_way {
            self.workers += 1;
            let (queue, results) = (Arc::clone(&self.queue), self.results.0.clone());
            let repo = self.repo;
            self.scope.spawn(move || {
                // The lock is held while waiting: one worker waits for work, the others for their turn.
                let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
                while let Ok(batch) = next() {
                    let outcome = outcome(|| repo.compute(&batch));
                    if results.send(outcome).is_err() {
                        break;
                    }
                }
            });
        }
    }
}

/// Computes a batch. What panics has an outcome too: whoever waits for as many as were asked would wait for ever.
fn outcome<'a>(compute: impl FnOnce() -> Outcome<'a>) -> Outcome<'a> {
    // Nothing of the batch is used afterwards, and what others share is whole at every moment.
    std::panic::catch_unwind(AssertUnwindSafe(compute)).unwrap_or_else(|_| {
        Err(Error::Failed {
            verb: "merge-tree".into(),
            why: "the thread that asked it ended early".into(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_whose_thread_panics_is_an_error_and_not_waited_for() {
        let failed = outcome(|| panic!("for a test"));
        assert!(matches!(failed, Err(Error::Failed { .. })));
        assert!(matches!(outcome(|| Ok(Vec::new())), Ok(done) if done.is_empty()));
    }
}
