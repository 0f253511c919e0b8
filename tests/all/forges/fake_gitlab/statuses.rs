//! What others say of a commit. The latest of a name counts.

use serde_json::Value;
use serde_json::json;

use super::Call;
use super::refusal;
use super::state::Said;
use super::state::State;
use crate::forges::message::Reply;

/// Lists the latest of each name.
pub(super) fn of(state: &State, call: &Call<'_>, sha: &str) -> Reply {
    let of_commit: Vec<&Said> = state.said.iter().filter(|one| one.sha == sha).collect();
    let is_latest = |one: &&&Said| {
        !of_commit
            .iter()
            .any(|other| other.name == one.name && other.id > one.id)
    };
    let items: Vec<Value> = of_commit
        .iter()
        .filter(is_latest)
        .map(|one| show(one))
        .collect();
    call.list(&items)
}

/// Sets one. GitLab knows states, and no way from a state to the same.
pub(super) fn set(state: &mut State, call: &Call<'_>, sha: &str) -> Reply {
    let text = |name: &str| call.text(name).unwrap_or_default().to_owned();
    let (status, name) = (text("state"), text("name"));
    let known = ["pending", "running", "success", "failed", "canceled"];
    if !known.contains(&status.as_str()) {
        return refusal(400, "state does not have a valid value");
    }
    let latest = state
        .said
        .iter()
        .rfind(|one| one.sha == sha && one.name == name);
    if latest.is_some_and(|one| one.status == status && status == "pending") {
        return refusal(400, "Cannot transition status via :enqueue from :pending");
    }
    let (id, at) = (state.number(), state.tick());
    let said = Said {
        id,
        sha: sha.to_owned(),
        name,
        status,
        description: text("description"),
        by: call.user.clone(),
        at,
    };
    let shown = show(&said);
    state.said.push(said);
    Reply::json(201, &shown)
}

fn show(said: &Said) -> Value {
    json!({
        "id": said.id, "sha": said.sha, "ref": "main", "status": said.status, "name": said.name,
        "description": said.description, "target_url": null, "allow_failure": false, "coverage": null,
        "created_at": said.at, "started_at": null, "finished_at": said.at, "author": said.by.json(),
    })
}
