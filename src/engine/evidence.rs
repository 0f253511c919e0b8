//! Why a step is done: what was seen that proves it.

use std::fmt;

use crate::model::CommitId;
use crate::model::LaneName;
use crate::model::RequestId;
use crate::model::Role;
use crate::model::Subject;
use crate::model::Timestamp;

/// Why we say that something is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    Commits {
        count: usize,
        head: CommitId,
    },
    Merged {
        request: RequestId,
        commit: CommitId,
        by: Option<String>,
        at: Timestamp,
    },
    /// Somebody merged it without the request we know of.
    Found {
        lane: LaneName,
        rule: &'static str,
        tip: CommitId,
    },
    Present {
        lane: LaneName,
        rule: &'static str,
    },
    /// CHANGED, and a person accepted it.
    Acknowledged {
        lane: LaneName,
        by: String,
        note: String,
    },
    Deployed {
        subject: Subject,
        apps: Vec<String>,
        /// Those of them that have a health check which nobody asked: the forge ran the jobs.
        unasked: Vec<String>,
        at: Timestamp,
    },
    Approved {
        role: Role,
        by: String,
        at: Timestamp,
    },
    Confirmed {
        by: String,
        at: Timestamp,
        note: String,
    },
    Nothing {
        why: String,
    },
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commits { count, head } => write!(
                f,
                "{count} commit{}, head {}",
                if *count == 1 { "" } else { "s" },
                head.short()
            ),
            Self::Merged {
                request,
                commit,
                by: Some(by),
                ..
            } => write!(
                f,
                "change request {request} merged by {by} as {}",
                commit.short()
            ),
            Self::Merged {
                request,
                commit,
                by: None,
                ..
            } => write!(f, "change request {request} merged as {}", commit.short()),
            Self::Found { lane, rule, tip } => {
                write!(f, "found in {lane} at {} ({rule})", tip.short())
            }
            Self::Present { lane, rule } => write!(f, "PRESENT in {lane} ({rule})"),
            Self::Acknowledged { lane, by, note } => {
                write!(f, "CHANGED in {lane}, acknowledged by {by}: {note}")
            }
            Self::Deployed {
                subject,
                apps,
                unasked,
                at: _,
            } => {
                write!(f, "{subject} succeeded")?;
                if !apps.is_empty() {
                    write!(f, ": {}", apps.join(", "))?;
                }
                if !unasked.is_empty() {
                    let names = unasked.join(", ");
                    write!(f, "; health checks not asked on this forge: {names}")?;
                }
                Ok(())
            }
            Self::Approved { role, by, .. } => write!(f, "{role}: {by}"),
            Self::Confirmed { by, note, .. } => write!(f, "confirmed by {by}: {note}"),
            Self::Nothing { why } => f.write_str(why),
        }
    }
}
