//! What an entry of a chain can be, by its stable name: what is written, and what a team can ask to be signed.

/// Every kind of entry of a record, as of this version.
pub const ENTRY_KINDS: &[&str] = &[
    "hotfix.opened",
    "snapshot.taken",
    "intent.declared",
    "effect.observed",
    "effect.unknown",
    "effect.resolved",
    "request.opened",
    "request.merged",
    "target.added",
    "target.built",
    "conflict.decided",
    "verdict.acknowledged",
    "target.abandoned",
    "riders.accepted",
    "deployment.created",
    "deployment.finished",
    "approval.seen",
    "approval.voided",
    "step.confirmed",
    "step.skipped",
    "check.ticked",
    "check.unticked",
    "note.added",
    "comment.added",
    "driver.changed",
    "alarm.raised",
    "alarm.cleared",
    "out_of_band.seen",
    "override.used",
    "hotfix.closed",
];

/// Every kind of entry of a lock log.
pub const LOCK_KINDS: &[&str] = &[
    "lock.acquire",
    "lock.renew",
    "lock.release",
    "lock.handover",
    "lock.takeover",
    "permit",
    "permit.result",
    "permit.void",
];

/// An override of a rule of ours, which counts for nothing where the team wants it signed and it is not.
pub const OVERRIDE_KIND: &str = "override.used";

/// A yes or a no on the local forge's chain: of its entries the one whose author decides what may happen.
pub const DECISION_KIND: &str = "subject.decided";
