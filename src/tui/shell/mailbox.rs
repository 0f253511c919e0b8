//! Results on their way to the loop. Nothing here waits for the loop, so no worker is ever held up by a
//! stopped terminal; lines of logs are the only thing that is dropped when too many pile up.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use tokio::sync::Notify;

use crate::engine::ChangeResult;
use crate::model::JobId;
use crate::model::Timestamp;
use crate::model::Untrusted;
use crate::ops::Watcher;
use crate::tui::app::News;
use crate::tui::app::Trouble;

/// Lines of logs kept while the loop cannot take them; the log file has them all.
const LINES: usize = 4_096;
/// Bytes of a log that are taken between two keys: a few milliseconds of work.
const LOG_PART: usize = 128 * 1024;

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<VecDeque<News>>,
    bell: Notify,
    /// Refs moved: merged into one message however often it happened.
    has_moved: AtomicBool,
}

/// The box. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Mailbox {
    shared: Arc<Shared>,
}

impl Mailbox {
    /// Puts a result in.
    pub fn put(&self, news: News) {
        let mut queue = self
            .shared
            .queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if matches!(news, News::JobLine { .. }) && queue.len() >= LINES {
            let oldest = queue
                .iter()
                .position(|news| matches!(news, News::JobLine { .. }));
            if let Some(oldest) = oldest {
                queue.remove(oldest);
            }
        }
        queue.push_back(news);
        drop(queue);
        self.shared.bell.notify_one();
    }

    /// Puts in what was read of a log, in parts: reading all of a long one at once would keep a key waiting.
    pub(super) fn put_log(&self, job: JobId, outcome: Result<(Untrusted, u64, bool), Trouble>) {
        let outcome = outcome.map(|(text, offset, is_whole)| {
            let mut rest = text.raw();
            while rest.len() > LOG_PART {
                let (part, more) = rest.split_at(rest.floor_char_boundary(LOG_PART));
                let (job, text) = (job.clone(), Untrusted::new(part));
                self.put(News::LogPart { job, text });
                rest = more;
            }
            (Untrusted::new(rest), offset, is_whole)
        });
        self.put(News::LogRead { job, outcome });
    }

    /// Says that refs moved.
    pub fn refs_moved(&self) {
        self.shared.has_moved.store(true, Ordering::Release);
        self.shared.bell.notify_one();
    }

    /// Tells, once, whether refs moved.
    pub(super) fn take_moved(&self) -> bool {
        self.shared.has_moved.swap(false, Ordering::AcqRel)
    }

    /// Takes the oldest result out.
    pub(super) fn take(&self) -> Option<News> {
        self.shared
            .queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front()
    }

    fn is_empty(&self) -> bool {
        let queue = self.shared.queue.lock();
        queue.unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Waits until something may have come.
    pub(super) async fn rings(&self) {
        // The bell rings once for whatever came in before: some of it may have been left for later.
        if !self.is_empty() {
            return;
        }
        self.shared.bell.notified().await;
    }
}

/// Hears of one run and hands what it hears to the loop.
#[derive(Debug, Clone)]
pub struct RunWatcher {
    pub(super) run: u64,
    pub(super) mailbox: Mailbox,
    pub(super) is_cancelled: Arc<AtomicBool>,
}

impl Watcher for RunWatcher {
    fn is_attended(&self) -> bool {
        true
    }

    fn call(&self, text: &str) {
        self.mailbox.put(News::Called {
            run: self.run,
            text: text.to_owned(),
        });
    }

    fn result(&self, result: &ChangeResult) {
        self.mailbox.put(News::Resulted {
            run: self.run,
            result: result.clone(),
        });
    }

    fn job(&self, job: &JobId, name: &str, state: &str, at: Timestamp) {
        self.mailbox.put(News::JobChanged {
            job: job.clone(),
            name: name.to_owned(),
            state: state.to_owned(),
            at,
        });
    }

    fn line(&self, job: &JobId, line: &Untrusted) {
        self.mailbox.put(News::JobLine {
            job: job.clone(),
            line: line.clone(),
        });
    }

    fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn it_rings_as_long_as_something_is_left() {
        let mailbox = Mailbox::default();
        for _ in 0..2 {
            mailbox.put(News::Tick);
        }
        for _ in 0..2 {
            assert!(mailbox.rings().now_or_never().is_some());
            assert!(mailbox.take().is_some());
        }
        // What rang for them may be heard once more.
        let _late = mailbox.rings().now_or_never();
        assert!(mailbox.rings().now_or_never().is_none());
        mailbox.put(News::Tick);
        assert!(mailbox.rings().now_or_never().is_some());
    }
}
