//! Where somebody sits down, drives and gets permits: the log of one deploy target, with all that this needs of a console.

use crate::engine::driving;
use crate::engine::driving::Timing;
use crate::git::Chains;
use crate::record::Driver;
use crate::record::Lock;
use crate::record::LockEvent;
use crate::record::Permit;

use super::super::clock::BootClock;
use super::super::fault::Fault;
use super::super::sign::Signing;
use super::super::workspace::Workspace;
use super::log::Appended;
use super::log::Fresh;
use super::log::LockLog;
use super::memo::Memos;
use super::sight::Target;

/// The lock log of one target, with the hand of one driver on it.
pub(in crate::ops) struct Place<'a> {
    pub(in crate::ops) chains: &'a Chains,
    pub(in crate::ops) memos: &'a Memos,
    pub(in crate::ops) boot: &'a BootClock,
    pub(in crate::ops) signing: &'a Signing,
    pub(in crate::ops) target: Target,
    pub(in crate::ops) me: Driver,
    pub(in crate::ops) timing: Timing,
}

/// Sees on the remote and the forge what came of a call.
pub(in crate::ops) trait Eye: Sync {
    /// Returns it in words.
    fn found(&self, open: &Permit) -> impl Future<Output = Result<String, Fault>> + Send;
}

impl<'a> Place<'a> {
    pub(super) fn of(workspace: &'a Workspace, target: Target, me: Driver) -> Self {
        Self {
            chains: workspace.chains(),
            memos: workspace.memos(),
            boot: workspace.boot(),
            signing: workspace.signing(),
            target,
            me,
            timing: Timing::STANDARD,
        }
    }

    pub(super) fn log(&self) -> LockLog<'_> {
        LockLog {
            chains: self.chains,
            memos: self.memos,
            boot: self.boot,
            me: &self.me,
            id: &self.target.id,
            name: &self.target.name,
            signing: self.signing,
        }
    }

    /// Returns the lock as it was seen last.
    pub(in crate::ops) fn known(&self) -> Lock {
        self.memos.get(&self.target.id).lock
    }

    /// Appends what somebody wants with the seat, where the fresh log still admits it.
    pub(in crate::ops) async fn put(&self, event: &LockEvent) -> Result<Appended, Fault> {
        let decide = |fresh: &Fresh| {
            // The epoch in the event is the one that was planned for: a seat that changed hands meanwhile refuses it.
            match event {
                LockEvent::TakeOver { reason, .. } => {
                    let (lock, silent) = (&fresh.lock, fresh.silent);
                    driving::take_over(lock, &self.me, silent, reason, &self.timing)?;
                }
                LockEvent::Acquire { .. }
                | LockEvent::Renew { .. }
                | LockEvent::Release { .. }
                | LockEvent::HandOver { .. }
                | LockEvent::Permit { .. }
                | LockEvent::PermitResult { .. }
                | LockEvent::PermitVoid { .. } => {}
            }
            fresh.lock.admits(&self.me, event)?;
            Ok(vec![event.clone()])
        };
        self.log().append(decide).await
    }

    /// Says that we are still there.
    pub(super) async fn renew(&self) -> Result<Appended, Fault> {
        let decide = |fresh: &Fresh| driving::renew(&fresh.lock, &self.me).map(|one| vec![one]);
        self.log().append(decide).await
    }

    /// Says so where we drive and have said nothing for a while.
    pub(in crate::ops) async fn keep(&self) -> Result<(), Fault> {
        let memo = self.memos.get(&self.target.id);
        let is_due = memo.lock.is_driven_by(&self.me)
            && !memo.lock.is_brief
            && memo.unchanged_for(&self.boot.read()) >= self.timing.renew;
        if is_due {
            self.renew().await?;
        }
        Ok(())
    }

    /// Looks at the log; returns for how long it was the same.
    #[cfg(test)]
    pub(in crate::ops) async fn look(&self) -> Result<std::time::Duration, Fault> {
        let asked = self.boot.read();
        let head = self.chains.fetch(&self.target.name).await;
        let head = head.map_err(|error| {
            let kind = super::super::fault::FaultKind::Remote;
            Fault::caused(kind, "cannot look", &error)
        })?;
        let (memo, _) = self.log().see(head.as_ref(), &asked).await?;
        Ok(memo.silent())
    }
}
