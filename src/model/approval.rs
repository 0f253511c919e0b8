//! A yes or a no, bound to exactly what was looked at.

use serde::Deserialize;
use serde::Serialize;

use super::id::CommitId;
use super::id::DeploymentId;
use super::id::RequestId;
use super::name::Role;
use super::person::Person;
use super::signature::Signed;
use super::text::Untrusted;
use super::time::Timestamp;

/// What an approval is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Subject {
    Request(RequestId),
    Deployment(DeploymentId),
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Request(id) => write!(f, "change request {id}"),
            Self::Deployment(id) => write!(f, "deployment {id}"),
        }
    }
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Approved,
    Rejected,
}

impl Decision {
    /// Returns what whoever decided so did.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }
}

/// One person's decision in one seat about one commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub by: Person,
    /// The seat it fills; none where the forge does not know seats.
    pub role: Option<Role>,
    /// The head that was looked at; it counts for no other.
    pub head: CommitId,
    pub decision: Decision,
    pub at: Timestamp,
    pub comment: Option<Untrusted>,
    /// Looked up anew at every look, never part of what is kept.
    #[serde(skip)]
    pub proof: Proof,
}

impl Approval {
    /// Says what was decided, in which seat and at which head; not by whom, and without the comment.
    pub fn told(&self, subject: &Subject) -> String {
        let seat = self
            .role
            .as_ref()
            .map_or_else(String::new, |role| format!(" as {role}"));
        let verb = self.decision.verb();
        format!("{verb} {subject}{seat} at {}", self.head.short())
    }
}

/// How well it is known that this person decided so, where what is kept of it can be signed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proof {
    pub signed: Signed,
    /// Why it counts for nothing, though it stands there.
    pub void: Option<String>,
    /// The forge keeps none of it: it stands on the record of a hotfix, of whichever.
    pub is_recorded: bool,
}

impl Proof {
    /// Returns what a decision is worth that was signed so.
    pub fn new(signed: Signed, is_required: bool) -> Self {
        // A wrong signature is told in any case; it is no worse than none where nobody asks for one.
        let void = signed.flaw(is_required).filter(|_| is_required);
        Self {
            signed,
            void,
            is_recorded: false,
        }
    }
}
