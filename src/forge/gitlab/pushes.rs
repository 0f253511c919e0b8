//! Who pushed the head of a request. GitLab does not say it of the request; the project's events do.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::forge::Error;
use crate::forge::soft::soft;
use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::Person;

use super::home::Gitlab;
use super::home::degraded;
use super::home::lock;
use super::wire;

/// The newest pushes of the project among which a head is looked for: one page.
const MOST: usize = 100;

/// Who pushed the heads of requests, by number, each with the head and the time of the request's last change.
pub(super) type Pushers = BTreeMap<u64, ((CommitId, Option<String>), Option<Person>)>;

#[derive(Debug, Clone, Deserialize)]
struct Event {
    #[serde(default, deserialize_with = "soft")]
    author: Option<wire::User>,
    #[serde(default, deserialize_with = "soft")]
    push_data: Option<Push>,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Push {
    /// None where a branch was deleted, or where more were pushed at once than GitLab tells one by one.
    #[serde(default, deserialize_with = "soft")]
    commit_to: Option<String>,
    #[serde(default, rename = "ref", deserialize_with = "soft")]
    name: String,
}

impl Gitlab {
    /// Returns who pushed the head of an open request into a lane with seats: they take none of these. None where GitLab
    /// does not tell, or where nobody could take a seat.
    pub(super) async fn pusher(
        &self,
        line: &wire::Request,
        head: &CommitId,
    ) -> Result<Option<Person>, Error> {
        if !self.has_seats(line) {
            return Ok(None);
        }
        // One that was not found is not looked for again before the request changes.
        let key = (head.clone(), line.updated_at.clone());
        let known = lock(&self.pushers).get(&line.iid).cloned();
        if let Some((of, by)) = known
            && (of == key || by.is_some() && of.0 == key.0)
        {
            return Ok(by);
        }
        let ask = self
            .get(&["events"])
            .await?
            .with("action", "pushed")
            .with("per_page", "100");
        let events: Vec<Event> =
            degraded(self.http().read_list(&ask, MOST).await)?.unwrap_or_default();
        let by = found(&events, &line.source_branch, head);
        lock(&self.pushers).insert(line.iid, (key, by.clone()));
        Ok(by)
    }

    /// Tells whether a request goes into a lane that has seats.
    pub(super) fn has_seats(&self, line: &wire::Request) -> bool {
        let into: Option<BranchName> = line.target_branch.parse().ok();
        let lane = into.and_then(|into| self.options.project.lane_of_branch(&into));
        lane.is_some_and(|lane| !lane.seats.is_empty())
    }
}

/// Returns who moved `branch` to `head` last; events come newest first.
fn found(events: &[Event], branch: &str, head: &CommitId) -> Option<Person> {
    let is_it = |event: &&Event| {
        event.push_data.as_ref().is_some_and(|push| {
            push.name == branch && push.commit_to.as_deref() == Some(head.as_str())
        })
    };
    let event = events.iter().find(is_it)?;
    event.author.as_ref().map(wire::User::person)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_moved_the_branch_to_the_head_pushed_it() {
        let head = "a".repeat(40);
        let events: Vec<Event> = serde_json::from_value(serde_json::json!([
            { "author": { "id": 1, "username": "dana" }, "push_data": { "ref": "other", "commit_to": head } },
            { "author": { "id": 2, "username": "lena" }, "push_data": { "ref": "fix", "commit_to": "b".repeat(40) } },
            { "author": { "id": 3, "username": "pat" }, "push_data": { "ref": "fix", "commit_to": head } },
            { "author": { "id": 4, "username": "bo" }, "push_data": { "ref": null, "commit_to": null } },
            { "author": null, "push_data": 7 },
        ]))
        .expect("events");
        let head: CommitId = head.parse().expect("an id");
        let by = |branch: &str| found(&events, branch, &head).map(|person| person.id);
        assert_eq!(by("fix").as_deref(), Some("3"));
        assert_eq!(by("other").as_deref(), Some("1"));
        assert_eq!(by("third"), None);
    }
}
