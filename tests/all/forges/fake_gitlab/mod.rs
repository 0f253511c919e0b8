//! A GitLab with one project on a real bare repository: merges really happen there. Lists come in pages of two, reads
//! have ETags, and what GitLab does in the background is scripted.

mod ci;
mod golive;
mod repository;
mod requests;
mod state;
mod statuses;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;

use serde_json::Value;
use serde_json::json;

use super::message::Reply;
use super::message::Request;
use super::message::page;
use super::message::tagged;
use super::server::Site;
use super::spec::Described;
use crate::support::repository::World;

pub(crate) use state::Layout;
pub(crate) use state::Starter;
pub(crate) use state::State;
pub(crate) use state::User;

/// What stands before every path.
pub(crate) const PREFIX: &str = "/api/v4";

/// The fake. Cheap to clone.
#[derive(Clone)]
pub(crate) struct FakeGitlab {
    world: Arc<World>,
    origin: String,
    state: Arc<Mutex<State>>,
}

impl FakeGitlab {
    pub(crate) fn new(world: Arc<World>, origin: &str, state: Arc<Mutex<State>>) -> Self {
        Self {
            world,
            origin: origin.to_owned(),
            state,
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while held")
    }
}

/// Returns GitLab's body of a refusal.
fn refusal(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({ "message": message }))
}

/// One request with who asks.
struct Call<'a> {
    request: &'a Request,
    origin: &'a str,
    world: &'a World,
    user: User,
    body: Value,
}

impl Call<'_> {
    fn list(&self, items: &[Value]) -> Reply {
        page(self.request, self.origin, items, "per_page", 2)
    }

    fn one(&self, item: &Value) -> Reply {
        Reply::json(200, item)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.body[name].as_str()
    }
}

impl Site for FakeGitlab {
    fn answer(&self, request: &Request) -> Reply {
        let mut state = self.state();
        let Some(user) = state.user_of(request.token()) else {
            return Reply::json(401, &json!({ "message": "401 Unauthorized" }));
        };
        let login = user.username;
        if let Some(no) = state.limits.refusal(login, request) {
            return no;
        }
        let call = Call {
            request,
            origin: &self.origin,
            world: &self.world,
            user,
            body: request.json(),
        };
        state.see_pushes(&self.world);
        let reply = tagged(request, route(&mut state, &call));
        state.limits.told(login, request, reply)
    }

    fn description(&self) -> Option<Described> {
        Some(Described {
            name: "gitlab",
            prefix: "",
            api: PREFIX,
            beyond: &[
                "/versions",
                "/unapprove",
                "/trace",
                "/projects/42/statuses/",
                "/projects/42/approvals",
                "/projects/42/freeze_periods",
                "/projects/42/events",
            ],
        })
    }
}

fn route(state: &mut State, call: &Call<'_>) -> Reply {
    let Some(segments) = call.request.segments(PREFIX) else {
        return refusal(404, "404 Not Found");
    };
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match (call.request.method.as_str(), segments.as_slice()) {
        ("GET", ["user"]) => {
            let mut shown = call.user.json();
            shown["is_admin"] = json!(state.admins.contains(&call.user.username));
            call.one(&shown)
        }
        ("GET", ["users"]) => {
            let name = call.request.query("username").unwrap_or_default();
            let found = state.users.iter().filter(|user| user.username == name);
            call.list(&found.map(User::json).collect::<Vec<_>>())
        }
        ("GET", ["personal_access_tokens", "self"]) => call.one(&json!({
            "id": call.user.id, "name": "console", "revoked": false, "active": true, "user_id": call.user.id,
            "created_at": "2026-01-01T00:00:00.000Z", "scopes": ["api"], "expires_at": "2027-01-31",
        })),
        // It came with 15.2.
        ("GET", ["metadata"]) if state.version.starts_with("14.") => refusal(404, "404 Not Found"),
        ("GET", ["metadata" | "version"]) => {
            let is_enterprise = !state.is_free;
            call.one(&json!({ "version": state.version, "revision": "0", "enterprise": is_enterprise }))
        }
        (_, ["projects", project, rest @ ..]) => {
            if *project != "acme/shop" && *project != "42" {
                return refusal(404, "404 Project Not Found");
            }
            in_project(state, call, rest)
        }
        _ => refusal(404, "404 Not Found"),
    }
}

fn in_project(state: &mut State, call: &Call<'_>, rest: &[&str]) -> Reply {
    match (call.request.method.as_str(), rest) {
        ("GET", []) => call.one(&json!({
            "id": 42,
            "path_with_namespace": state.path,
            "default_branch": "main",
            "merge_method": state.merge_method,
            "squash_option": state.squash_option,
            "remove_source_branch_after_merge": state.removes_source,
            "only_allow_merge_if_pipeline_succeeds": state.needs_pipeline,
            "only_allow_merge_if_all_discussions_are_resolved": state.needs_threads,
            // A number at GitLab's, a text in its description.
            "permissions": { "project_access": { "access_level": state.own_level_of(&call.user).to_string() } },
        })),
        ("GET", ["members", "all", id]) => {
            let mut users = state.users.iter();
            match users.find(|user| user.id.to_string() == *id) {
                Some(user) => call.one(&json!({
                    "id": user.id, "username": user.username, "name": user.username, "state": "active",
                    "access_level": state.level_of(user).to_string(),
                })),
                None => refusal(404, "404 Not found"),
            }
        }
        ("GET", ["events"]) => {
            let pushed = state.pushed.iter().rev();
            let shown = pushed.map(|(user, branch, head)| {
                json!({
                    "project_id": 42, "action_name": "pushed to", "author_id": user.id, "author": user.json(),
                    "push_data": {
                        "action": "pushed", "ref_type": "branch", "ref": branch, "commit_to": head, "commit_count": 1,
                    },
                })
            });
            call.list(&shown.collect::<Vec<_>>())
        }
        ("GET", ["freeze_periods"]) => {
            let freezes = state.freezes.iter().enumerate();
            let shown = freezes.map(|(place, [from, until])| {
                json!({
                    "id": place, "freeze_start": from, "freeze_end": until, "cron_timezone": "UTC",
                    "created_at": "2026-01-01T00:00:00.000Z", "updated_at": "2026-01-01T00:00:00.000Z",
                })
            });
            call.list(&shown.collect::<Vec<_>>())
        }
        ("GET", ["approvals"]) => call.one(&json!({
            "reset_approvals_on_push": true,
            "merge_requests_author_approval": state.authors_approve,
            "merge_requests_disable_committers_approval": !state.committers_approve,
        })),
        ("GET", ["protected_branches", name]) if state.protected.contains(name) => {
            let levels =
                [json!({ "id": 1, "access_level": 40, "access_level_description": "Maintainers" })];
            call.one(&json!({ "id": 1, "name": name, "merge_access_levels": levels }))
        }
        ("GET", ["repository", "commits", id, "merge_requests"]) => {
            requests::of_commit(state, call, id)
        }
        ("GET", ["repository", "commits", sha, "statuses"]) => statuses::of(state, call, sha),
        ("POST", ["statuses", sha]) => statuses::set(state, call, sha),
        ("GET", ["repository", ..]) => repository::route(state, call, rest),
        (_, ["merge_requests", rest @ ..]) => requests::route(state, call, rest),
        (_, ["pipelines" | "jobs", ..]) => ci::route(state, call, rest),
        (_, ["deployments", ..] | ["protected_environments", _]) => {
            golive::route(state, call, rest)
        }
        _ => refusal(404, "404 Not Found"),
    }
}
