//! Who said yes or no to a request, each bound to the head that was there when they said it.
//!
//! GitLab's approvals name a person and a time. The versions of the request say what was pushed when, so the head that
//! an approval saw is the last one pushed before it. Before 18.4 they name the person only; the time is that of the note
//! that GitLab then writes of its own. It writes it behind the approval, most often within seconds: what is pushed in
//! between passes for seen there. A no is not in GitLab's API: it is a comment with a hidden line, which everybody can
//! read and which counts as its author's.

use jiff::Timestamp as Instant;
use serde::Deserialize;
use serde::Serialize;

use crate::forge::Error;
use crate::model::Approval;
use crate::model::CommitId;
use crate::model::Decision;
use crate::model::Proof;
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
/// How GitLab's own notes of an approval and of one that was taken back begin.
const APPROVED: &str = "approved this merge request";
const UNAPPROVED: &str = "unapproved this merge request";

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
        let is_untimed = given.approved_by.iter().any(|one| one.time().is_none());
        // GitLab does not count its own notes.
        let notes = if is_untimed || line.user_notes_count > 0 {
            self.notes(line).await?
        } else {
            Vec::new()
        };
        let mut decisions = rejections(&notes);
        if !given.approved_by.is_empty() {
            let ask = self.get(&["merge_requests", &iid, "versions"]).await?;
            let versions: Vec<wire::Version> =
                degraded(self.http().read_list(&ask, MOST).await)?.unwrap_or_default();
            for one in &given.approved_by {
                let at = one.time().or_else(|| noted(&notes, &one.user));
                decisions.extend(self.approval(line, &one.user, at, &versions));
            }
        }
        decisions.sort_by_key(|(at, _)| *at);
        Ok(decisions
            .into_iter()
            .map(|(_, approval)| approval)
            .collect())
    }

    /// Returns a yes with its time. One of which GitLab does not tell what it saw stands there and counts for nothing;
    /// none where the request itself has no head.
    fn approval(
        &self,
        line: &wire::Request,
        user: &wire::User,
        at: Option<Instant>,
        versions: &[wire::Version],
    ) -> Option<(Option<Instant>, Approval)> {
        let seen = at.and_then(|at| head_at(versions, at));
        let void = seen.is_none().then(|| {
            let forge = self.capabilities().forge;
            match at {
                Some(_) => format!("is older than every push that {forge} tells of"),
                None => format!("was given at a time that {forge} does not tell"),
            }
        });
        let head = match seen {
            Some(head) => head,
            None => line.sha.as_ref()?.parse().ok()?,
        };
        let approval = Approval {
            proof: Proof {
                void,
                ..Proof::default()
            },
            by: user.person(),
            role: None,
            head,
            decision: Decision::Approved,
            at: Timestamp::from_second(at.map_or(0, Instant::as_second)),
            comment: None,
        };
        Some((at, approval))
    }

    /// Returns what was written under a request, by people and by GitLab, newest first.
    async fn notes(&self, line: &wire::Request) -> Result<Vec<wire::Note>, Error> {
        let ask = self
            .get(&["merge_requests", &line.iid.to_string(), "notes"])
            .await?
            .with("per_page", "100");
        Ok(degraded(self.http().read_list(&ask, MOST).await)?.unwrap_or_default())
    }
}

fn rejections(notes: &[wire::Note]) -> Vec<(Option<Instant>, Approval)> {
    let rejection = |note: &wire::Note| {
        let (rejection, said) = find(&note.body)?;
        let approval = Approval {
            proof: Proof::default(),
            by: note.author.as_ref()?.person(),
            role: rejection.role,
            head: rejection.rejected,
            decision: Decision::Rejected,
            at: wire::time(note.created_at.as_ref())?,
            comment: Some(Untrusted::new(said)),
        };
        Some((note.time(), approval))
    };
    let people = notes.iter().filter(|note| !note.system);
    people.filter_map(rejection).collect()
}

/// Returns when somebody approved, as GitLab's own note of it says; none where their last one is of an approval that was
/// taken back, or where there is none.
fn noted(notes: &[wire::Note], user: &wire::User) -> Option<Instant> {
    let is_about = |note: &&wire::Note| {
        let is_theirs = note.author.as_ref().is_some_and(|by| by.id == user.id);
        let is_word = [APPROVED, UNAPPROVED]
            .iter()
            .any(|word| note.body.starts_with(*word));
        note.system && is_theirs && is_word
    };
    let last = notes
        .iter()
        .filter(is_about)
        .max_by_key(|note| note.time())?;
    last.body.starts_with(APPROVED).then(|| last.time())?
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
fn head_at(versions: &[wire::Version], at: Instant) -> Option<CommitId> {
    let pushed = versions.iter().filter_map(|version| {
        let pushed: Instant = version.created_at.as_ref()?.parse().ok()?;
        let head: CommitId = version.head_commit_sha.as_ref()?.parse().ok()?;
        Some((pushed, head))
    });
    let before = pushed.filter(|(pushed, _)| *pushed < at);
    let last = before.max_by_key(|(pushed, _)| *pushed);
    last.map(|(_, head)| head)
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
        let of = |at: &str| head_at(&versions, at.parse().expect("a time"));
        assert_eq!(of("2026-03-02T10:05:00.501Z"), Some(id("b")));
        assert_eq!(of("2026-03-02T12:05:01+02:00"), Some(id("b")));
        // Less than a second before the push, and in its very instant: what was looked at was the old head.
        assert_eq!(of("2026-03-02T10:05:00.100Z"), Some(id("a")));
        assert_eq!(of("2026-03-02T10:05:00.500Z"), Some(id("a")));
        assert_eq!(of("2026-03-02T09:00:00.000Z"), None);
    }

    #[test]
    fn the_last_note_of_somebodys_approval_tells_when_it_was_given() {
        let note = |id: u64, body: &str, at: &str, is_system: bool| {
            let text = serde_json::json!({
                "body": body, "author": { "id": id, "username": "lena" }, "created_at": at, "system": is_system,
            });
            serde_json::from_value::<wire::Note>(text).expect("a note")
        };
        let user = |id: u64| {
            let text = serde_json::json!({ "id": id, "username": "lena" });
            serde_json::from_value::<wire::User>(text).expect("a user")
        };
        let (first, back, second) = (
            note(11, APPROVED, "2026-03-02T10:00:00Z", true),
            note(11, UNAPPROVED, "2026-03-02T10:01:00Z", true),
            note(11, APPROVED, "2026-03-02T10:02:00.250Z", true),
        );
        // Anybody can write those words.
        let said = note(11, APPROVED, "2026-03-02T11:00:00Z", false);
        let of = |notes: &[wire::Note], id: u64| noted(notes, &user(id));
        let at = |text: &str| text.parse::<Instant>().ok();
        let all = [said.clone(), second, back.clone(), first.clone()];
        assert_eq!(of(&all, 11), at("2026-03-02T10:02:00.250Z"));
        assert_eq!(of(&all, 12), None);
        assert_eq!(of(&[said, back, first], 11), None, "it was taken back");
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
