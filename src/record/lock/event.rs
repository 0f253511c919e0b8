//! What a lock log holds: stable names, fields only added, unknown kinds kept.

use serde::Deserialize;
use serde::Serialize;

use crate::model::HotfixId;
use crate::model::PermitId;

/// One event of a lock log. The serialized form is `{"type": .., "body": {..}}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", content = "body")]
pub enum LockEvent {
    /// Takes the free seat, or accepts the one that was offered; begins `epoch`.
    #[serde(rename = "lock.acquire")]
    Acquire {
        epoch: u64,
        /// For one plan only, which leaves it again at its end.
        #[serde(default)]
        is_brief: bool,
    },
    #[serde(rename = "lock.renew")]
    Renew { epoch: u64 },
    #[serde(rename = "lock.release")]
    Release { epoch: u64 },
    /// Offers the seat to somebody, by account or address; the driver drives on until they accept.
    #[serde(rename = "lock.handover")]
    HandOver { epoch: u64, to: String },
    /// Takes the seat from a driver who was silent; begins `epoch`.
    #[serde(rename = "lock.takeover")]
    TakeOver { epoch: u64, reason: String },
    /// Allows its author one call, which must start before `ttl_seconds` have passed on the author's own clock.
    #[serde(rename = "permit")]
    Permit {
        permit: PermitId,
        epoch: u64,
        call: String,
        #[serde(default)]
        hotfix: Option<HotfixId>,
        ttl_seconds: u64,
    },
    /// The call was made, and this came of it; or a probe told what came of it.
    #[serde(rename = "permit.result")]
    PermitResult {
        permit: PermitId,
        outcome: String,
        #[serde(default)]
        is_probed: bool,
    },
    /// The call was not made and never will be.
    #[serde(rename = "permit.void")]
    PermitVoid { permit: PermitId, why: String },
}

impl LockEvent {
    /// Returns the stable name, `lock.acquire`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Acquire { .. } => "lock.acquire",
            Self::Renew { .. } => "lock.renew",
            Self::Release { .. } => "lock.release",
            Self::HandOver { .. } => "lock.handover",
            Self::TakeOver { .. } => "lock.takeover",
            Self::Permit { .. } => "permit",
            Self::PermitResult { .. } => "permit.result",
            Self::PermitVoid { .. } => "permit.void",
        }
    }

    /// Returns what it did, as the one who lost a race reads it: `took the seat`, `began: merge ..`.
    pub fn words(&self) -> String {
        match self {
            Self::Acquire { .. } => "took the seat".to_owned(),
            Self::Renew { .. } => "drives".to_owned(),
            Self::Release { .. } => "left the seat".to_owned(),
            Self::HandOver { to, .. } => format!("offered the seat to {to}"),
            Self::TakeOver { reason, .. } => format!("took the seat over: {reason}"),
            Self::Permit { call, .. } => format!("began: {call}"),
            Self::PermitResult { outcome, .. } => format!("ended a call: {outcome}"),
            Self::PermitVoid { why, .. } => format!("gave a permit back: {why}"),
        }
    }
}
