//! Who said yes or no to a request, each bound to the head that was there when they said it.
//!
//! GitLab's approvals name a person and a time. The versions of the request say what was pushed when, so the head that
//! an approval saw is the last one pushed before it. A no is not in GitLab's API: it is a comment with a hidden line,
//! which everybody can read and which counts as its author's.

use jiff::Timestamp as Instant;
use serde::Deserialize;
use serde::Serialize;

use crate::forge::Error;
use crate::model::Approval;
use crate::model::CommitId;
use crate::model::Decision;
use crate::model::Role;
use crate::model::Timestamp;
use crate::model::Untrusted;

use super::home::Gitlab;
use super::home::degraded;
use super::wire;

/// How many versions and comments of one request are read.
const MOST: usize = 500;
const OPEN: &str = "<!-- lanekeeper-decision ";
const CLOSE: &str = " -->";

/// What the hidden line of a rejection says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Rejection {
    v: u32,
    rejected: CommitId,
    #[serde(default)]
    role: Option<Role>,
}

impl Gitlab {
    /// Returns everybody's decisions, in the order of their times.
    pub(super) async fn approvals(&self, line: &wire::Request) -> Result<Vec<Approval>, Error> {
        let iid = line.iid.to_string();
        let ask = self.get(&["merge_requests", &iid, "approvals"]).await?;
        let given: wire::Approvals = degraded(self.http().read(&ask).await)?.unwrap_or_default();
        let mut decisions = self.rejections(line).await?;
        if !given.approved_by.is_empty() {
            let ask = self.get(&["merge_requests", &iid, "versions"]).await?;
            let versions: Vec<wire::Version> =
                degraded(self.http().read_list(&ask, MOST).await)?.unwrap_or_default();
            decisions.extend(given.approved_by.iter().map(|one| {
                let at: Option<Instant> = one.approved_at.as_ref().and_then(|at| at.parse().ok());
                let approval = Approval {
                    proof: Default::default(),
                    by: one.user.person(),
                    role: None,
                    head: head_at(&versions, at),
                    decision: Decision::Approved,
                    at: wire::time(one.approved_at.as_ref()).unwrap_or(Timestamp::from_second(0)),
                    comment: None,
                };
                (at, approval)
            }));
        }
        decisions.sort_by_key(|(at, _)| *at);
        Ok(decisions
            .into_iter()
            .map(|(_, approval)| approval)
            .collect())
    }

    async fn rejections(
        &self,
        line: &wire::Request,
    ) -> Result<Vec<(Option<Instant>, Approval)>, Error> {
        if line.user_notes_count == 0 {
            return Ok(Vec::new());
        }
        let ask = self
            .get(&["merge_requests", &line.iid.to_string(), "notes"])
            .await?
            .with("per_page", "100");
        let notes: Vec<wire::Note> =
            degraded(self.http().read_list(&ask, MOST).await)?.unwrap_or_default();
        let rejection = |note: &wire::Note| {
            let (rejection, said) = find(&note.body)?;
            let approval = Approval {
                proof: Default::default(),
                by: note.author.as_ref()?.person(),
                role: rejection.role,
                head: rejection.rejected,
                decision: Decision::Rejected,
                at: wire::time(note.created_at.as_ref())?,
                comment: Some(Untrusted::new(said)),
            };
            Some((note.created_at.as_ref()?.parse().ok(), approval))
        };
        Ok(notes
            .iter()
            .filter(|note| !note.system)
            .filter_map(rejection)
            .collect())
    }
}

/// Returns the comment that is a rejection of `head`.
pub(super) fn rejection(head: &CommitId, role: Option<&Role>, comment: Option<&str>) -> String {
    let line = serde_json::json!({ "v": 1, "rejected": head, "role": role });
    let said = comment.unwrap_or("Rejected.");
    format!("{said}\n\n{OPEN}{line}{CLOSE}")
}

/// Reads the rejection in a comment, and what was said with it.
fn find(body: &str) -> Option<(Rejection, String)> {
    let at = body.find(OPEN)?;
    let rest = &body[at + OPEN.len()..];
    let rejection: Rejection = serde_json::from_str(&rest[..rest.find(CLOSE)?]).ok()?;
    Some((rejection, body[..at].trim().to_owned()))
}

/// Returns the head that was pushed last before `at`. What was pushed in the same instant was not looked at.
fn head_at(versions: &[wire::Version], at: Option<Instant>) -> CommitId {
    let pushed = versions.iter().filter_map(|version| {
        let pushed: Instant = version.created_at.as_ref()?.parse().ok()?;
        let head: CommitId = version.head_commit_sha.as_ref()?.parse().ok()?;
        Some((pushed, head))
    });
    let before = pushed.filter(|(pushed, _)| at.is_some_and(|at| *pushed < at));
    let last = before.max_by_key(|(pushed, _)| *pushed);
    last.map_or_else(no_head, |(_, head)| head)
}

/// The head of an approval of which GitLab does not tell what it saw: it counts for nothing.
fn no_head() -> CommitId {
    "0".repeat(40)
        .parse()
        .expect("forty digits are a commit id")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(digit: &str) -> CommitId {
        digit.repeat(40).parse().expect("an id")
    }

    fn version(head: &str, at: &str) -> wire::Version {
        wire::Version {
            head_commit_sha: Some(head.repeat(40)),
            created_at: Some(at.to_owned()),
        }
    }

    #[test]
    fn an_approval_is_for_the_head_that_was_there_when_it_was_given() {
        let versions = [
            version("b", "2026-03-02T10:05:00.500Z"),
            version("a", "2026-03-02T10:00:00.000Z"),
        ];
        let of = |at: &str| head_at(&versions, at.parse().ok());
        assert_eq!(of("2026-03-02T10:05:00.501Z"), id("b"));
        assert_eq!(of("2026-03-02T12:05:01+02:00"), id("b"));
        // Less than a second before the push, and in its very instant: what was looked at was the old head.
        assert_eq!(of("2026-03-02T10:05:00.100Z"), id("a"));
        assert_eq!(of("2026-03-02T10:05:00.500Z"), id("a"));
        assert_eq!(of("2026-03-02T09:00:00.000Z"), id("0"));
        assert_eq!(head_at(&versions, None), id("0"));
    }

    #[test]
    fn a_rejection_survives_as_a_comment_and_says_what_it_rejects() {
        let role: Role = "tech-lead".parse().expect("a role");
        let text = rejection(&id("a"), Some(&role), Some("No test."));
        let (found, said) = find(&text).expect("our own form");
        assert_eq!(
            (found.rejected, found.role, said.as_str()),
            (id("a"), Some(role), "No test.")
        );
        assert_eq!(find("<!-- lanekeeper-decision {} -->"), None);
        assert_eq!(find("no"), None);
    }
}
