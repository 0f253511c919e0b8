//! What is written to the disk of this machine, one after the other, and how often a failure of it is said.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Writes under way, each after the one before, so that the newest stays.
#[derive(Debug, Default)]
pub(super) struct Writes {
    latest: Option<JoinHandle<()>>,
}

impl Writes {
    /// Writes once everything before is written.
    pub(super) fn add(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        let before = self.latest.take();
        self.latest = Some(tokio::spawn(async move {
            settled(before).await;
            work.await;
        }));
    }

    /// Reads once everything before is written. Neither the next write nor leaving waits for that.
    pub(super) fn read(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        let (tell, told) = oneshot::channel();
        self.add(async move {
            let _told = tell.send(());
        });
        tokio::spawn(async move {
            let _settled = told.await;
            work.await;
        });
    }

    /// Waits until everything is written.
    pub(super) async fn end(self) {
        settled(self.latest).await;
    }
}

/// Waits for what was asked before.
pub(super) async fn settled(before: Option<JoinHandle<()>>) {
    if let Some(before) = before {
        // One that panicked has nothing more to say.
        let _ended = before.await;
    }
}

/// Whether the latest write of a kind failed: one is made for every key, and a full disk is said once.
#[derive(Debug, Clone, Default)]
pub(super) struct Failing(Arc<AtomicBool>);

impl Failing {
    /// Takes note of how a write ended; returns the failure to say, the first until one succeeds.
    pub(super) fn to_say<E>(&self, outcome: Result<(), E>) -> Option<E> {
        let was_failing = self.0.swap(outcome.is_err(), Ordering::AcqRel);
        outcome.err().filter(|_| !was_failing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn leaving_waits_for_a_write_that_a_read_waits_for_and_not_for_the_read() {
        let is_written = Arc::new(AtomicBool::new(false));
        let mut writes = Writes::default();
        let written = Arc::clone(&is_written);
        writes.add(async move { written.store(true, Ordering::Release) });
        writes.read(std::future::pending());
        writes.end().await;
        assert!(is_written.load(Ordering::Acquire));
    }

    #[test]
    fn of_failures_in_a_row_the_first_is_said() {
        let failing = Failing::default();
        assert_eq!(failing.to_say(Err("full")), Some("full"));
        assert_eq!(failing.to_say(Err("full")), None);
        assert_eq!(failing.to_say::<&str>(Ok(())), None);
        assert_eq!(failing.to_say(Err("full")), Some("full"));
    }
}
