//! Whether anything of a write may have arrived. Where it may have, an error that comes later is no failure of the
//! write: calling it one would invite doing it again.
//!
//! The transport notes what it sent; each adapter lets its writes be judged by that in one place, its face.
//!
//! A write may also be too late: who makes it says until when it may leave ([`while_it_may`]), and the transport asks once
//! more just before the first byte, after every read and pause that came before it.

use std::cell::Cell;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::model::chain_text;

use super::Error;
use super::Written;

tokio::task_local! {
    /// Something of the write that this task carries out may have arrived.
    static HAS_ARRIVED: Cell<bool>;
    /// Tells whether the write that this task carries out may still leave.
    static MAY_LEAVE: Arc<dyn Fn() -> bool + Send + Sync>;
}

/// Carries work out whose writes leave only while they may; one that comes later is not sent.
pub async fn while_it_may<T>(
    may_leave: Arc<dyn Fn() -> bool + Send + Sync>,
    work: impl Future<Output = T>,
) -> T {
    MAY_LEAVE.scope(may_leave, work).await
}

/// Tells whether a write may leave now. Where nobody said until when, it may.
pub(super) fn may_leave() -> bool {
    MAY_LEAVE.try_with(|may_leave| may_leave()).unwrap_or(true)
}

/// Carries a write out. An error after something of it may have arrived is `Unknown`, which is settled by reading.
///
/// Boxed, because a write holds everything that it may have to read.
pub(super) fn judged<'a, T: Send + 'a>(
    write: impl Future<Output = Result<Written<T>, Error>> + Send + 'a,
) -> BoxFuture<'a, Result<Written<T>, Error>> {
    let judged = async {
        match write.await {
            Err(error) if HAS_ARRIVED.with(Cell::get) => Ok(Written::Unknown(format!(
                "it was sent, and what came of it cannot be read: {}",
                chain_text(&error).replace(['\n', '\r'], " ")
            ))),
            written => written,
        }
    };
    Box::pin(HAS_ARRIVED.scope(Cell::new(false), judged))
}

/// Does what a write needs before it, a label for instance: whether that arrived says nothing about the write.
pub(super) async fn before<T>(work: impl Future<Output = T>) -> T {
    HAS_ARRIVED.scope(Cell::new(false), work).await
}

/// Notes that something may have arrived. Outside of a write nobody asks.
pub(super) fn note_arrived() {
    let _nobody_asks = HAS_ARRIVED.try_with(|has_arrived| has_arrived.set(true));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gone() -> Error {
        Error::NotFound {
            what: "change request 7".to_owned(),
        }
    }

    #[tokio::test]
    async fn a_write_leaves_only_while_it_may() {
        assert!(may_leave(), "nobody says until when");
        assert!(while_it_may(Arc::new(|| true), async { may_leave() }).await);
        assert!(!while_it_may(Arc::new(|| false), async { may_leave() }).await);
    }

    #[tokio::test]
    async fn an_error_is_a_failure_only_while_nothing_was_sent() {
        let failed = judged::<()>(async { Err(gone()) }).await;
        assert!(failed.is_err());
        let unknown = judged::<()>(async {
            note_arrived();
            Err(gone())
        });
        let said = unknown.await.expect("no failure");
        let Written::Unknown(why) = said else {
            panic!("{said:?}");
        };
        assert!(why.ends_with("change request 7 is not there"), "{why}");
        let made_before = judged::<()>(async {
            before(async { note_arrived() }).await;
            Err(gone())
        });
        assert!(made_before.await.is_err());
    }
}
