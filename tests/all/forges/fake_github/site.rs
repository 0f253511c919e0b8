//! The fake's face: who asks, which path, pages and ETags.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;

use serde_json::Value;
use serde_json::json;

use super::super::super::support::repository::World;
use super::super::message::Reply;
use super::super::message::Request;
use super::super::message::page;
use super::super::message::tagged;
use super::super::server::Site;
use super::super::spec::Described;
use super::PREFIX;
use super::git::Bare;
use super::shapes::shape;
use super::shapes::user;
use super::state::Check;
use super::state::State;

/// A GitHub with one repository. Cheap to clone; all clones are the same GitHub.
#[derive(Clone)]
pub(crate) struct FakeGithub {
    state: Arc<Mutex<State>>,
    pub(super) git: Bare,
    pub(super) origin: String,
}

impl FakeGithub {
    /// Makes one on the world's bare repository, served from `origin`.
    pub(crate) fn new(world: &Arc<World>, origin: &str) -> Self {
        Self {
            state: Arc::default(),
            git: Bare::new(Arc::clone(world)),
            origin: origin.to_owned(),
        }
    }

    /// Opens the script: tests change here what GitHub does.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while held")
    }

    /// Notices what was pushed by now.
    pub(crate) fn notice(&self) {
        self.state().notice(&self.git);
    }

    pub(crate) fn tip(&self, branch: &str) -> Option<String> {
        self.git.tip(branch)
    }
}

impl Site for FakeGithub {
    fn answer(&self, request: &Request) -> Reply {
        let Some(login) = self.login(request) else {
            return self.reply(request);
        };
        let refusal = self.state().limits.refusal(&login, request);
        if let Some(no) = refusal {
            return no;
        }
        let reply = tagged(request, self.reply(request));
        self.state().limits.told(&login, request, reply)
    }

    fn description(&self) -> Option<Described> {
        Some(Described {
            name: "github",
            prefix: PREFIX,
            // GraphQL has no place in it, and storage is not GitHub's.
            api: PREFIX,
            beyond: &["/shop/statuses/", "/shop/activity", "/timeline"],
        })
    }
}

/// One request with everything that an answer needs.
pub(super) struct Call<'a> {
    pub(super) request: &'a Request,
    pub(super) me: String,
    pub(super) origin: &'a str,
    pub(super) git: &'a Bare,
    pub(super) body: Value,
}

impl Call<'_> {
    pub(super) fn text(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_default().to_owned()
    }

    pub(super) fn list(&self, field: &str) -> Vec<String> {
        let items = self.body[field].as_array().into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    pub(super) fn page(&self, items: &[Value]) -> Reply {
        page(self.request, self.origin, items, "per_page", 2)
    }

    /// Returns a page of a list that stands in an object.
    pub(super) fn page_in(&self, key: &str, items: &[Value], around: Value) -> Reply {
        let mut reply = self.page(items);
        let list: Value = serde_json::from_slice(&reply.body).expect("own JSON");
        let mut around = around;
        around["total_count"] = json!(items.len());
        around[key] = list;
        reply.body = around.to_string().into_bytes();
        reply
    }
}

pub(super) fn no(status: u16, why: &str) -> Reply {
    Reply::json(
        status,
        &json!({"message": why, "status": status.to_string(), "documentation_url": "https://docs.github.com/rest"}),
    )
}

pub(super) fn not_found() -> Reply {
    no(404, "Not Found")
}

impl FakeGithub {
    /// Returns who asks, if this GitHub knows them.
    fn login(&self, request: &Request) -> Option<String> {
        let login = request.token()?.strip_prefix("token-")?;
        let state = self.state();
        let mut people = state.people.iter();
        let found = people.find(|(one, _)| one == login)?;
        Some(found.0.clone())
    }

    fn reply(&self, request: &Request) -> Reply {
        if request.path.starts_with("/storage/") {
            let is_safe = request.header("authorization").is_none();
            return if is_safe {
                Reply::text(200, "text/plain", "one\ntwo\n")
            } else {
                no(400, "a token has no place here")
            };
        }
        let Some(login) = self.login(request) else {
            return no(401, "Bad credentials");
        };
        let mut state = self.state();
        state.notice(&self.git);
        let call = Call {
            request,
            me: login.clone(),
            origin: &self.origin,
            git: &self.git,
            body: request.json(),
        };
        if request.path == "/api/graphql" {
            return call.graphql(&mut state);
        }
        if request.header("x-github-api-version").is_none() {
            return no(400, "the API version is missing");
        }
        let Some(segments) = request.segments(PREFIX) else {
            return not_found();
        };
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (request.method.as_str(), segments.as_slice()) {
            ("GET", ["meta"]) => {
                let mut meta = json!({"verifiable_password_authentication": true});
                if let Some(version) = state.installed {
                    meta["installed_version"] = json!(version);
                }
                Reply::json(200, &meta)
            }
            ("GET", ["user"]) => {
                let id = state.id(&login);
                Reply::json(
                    200,
                    &shape("me", json!({"id": id, "login": login, "name": login})),
                )
            }
            (method, ["repos", "acme", "shop", rest @ ..]) => {
                call.repository(&mut state, method, rest)
            }
            _ => not_found(),
        }
    }
}

fn status_of(said: &Check) -> Value {
    shape(
        "status",
        json!({
            "id": said.id, "context": said.name, "state": said.status, "description": said.description,
        }),
    )
}

impl Call<'_> {
    fn repository(&self, state: &mut State, method: &str, rest: &[&str]) -> Reply {
        match (method, rest) {
            ("GET", []) => Reply::json(
                200,
                &shape(
                    "repository",
                    json!({
                        "full_name": super::PATH,
                        "allow_merge_commit": !state.squashes_only,
                        "allow_squash_merge": true,
                        "allow_rebase_merge": false,
                        "delete_branch_on_merge": state.deletes_branches,
                        "private": state.is_free_private,
                        "permissions": {
                            "admin": false, "maintain": false, "push": !state.is_read_only,
                            "triage": !state.is_read_only, "pull": true,
                        },
                    }),
                ),
            ),
            ("GET", ["branches", name]) => self.branch(state, name),
            ("GET", ["activity"]) => self.activity(state),
            ("GET", ["git", "ref", name]) => self.git_ref(state, name),
            ("POST", ["git", "refs"]) => self.make_ref(),
            ("GET", ["rules", "branches", _] | ["branches", _, "protection"])
                if state.is_free_private =>
            {
                no(
                    403,
                    "Upgrade to GitHub Pro or make this repository public to enable this feature.",
                )
            }
            ("GET", ["rules", "branches", branch]) => self.rules(state, branch),
            ("GET", ["branches", _, "protection"]) => {
                no(403, "Resource not accessible by personal access token")
            }
            ("GET", ["commits", sha]) => self.commit(state, sha),
            ("GET", ["commits", sha, "pulls"]) => self.pulls_of(state, sha),
            ("GET", ["commits", _, "check-runs"]) if state.has_fine_tokens => {
                no(403, "Resource not accessible by personal access token")
            }
            ("GET", ["commits", sha, "check-runs"]) => self.check_runs(state, sha),
            ("GET", ["commits", sha, "status"]) => self.statuses(state, sha),
            ("GET", ["commits", sha, "statuses"]) => self.each_status(state, sha),
            ("POST", ["statuses", sha]) => self.set_status(state, sha),
            ("POST", ["labels"]) => self.make_label(state),
            ("GET" | "POST", ["pulls"]) => self.pulls(state),
            (_, ["pulls", number, rest @ ..]) => match number.parse() {
                Ok(number) => self.one_pull(state, number, rest),
                Err(_) => not_found(),
            },
            ("PATCH", ["issues", "comments", id]) => self.edit_comment(state, id),
            (_, ["issues", number, rest @ ..]) => match number.parse() {
                Ok(number) => self.issue(state, number, rest),
                Err(_) => not_found(),
            },
            ("GET", ["environments"]) => self.environments(state),
            (_, ["actions", rest @ ..]) => self.actions(state, rest),
            _ => not_found(),
        }
    }

    fn git_ref(&self, state: &mut State, name: &str) -> Reply {
        let Some(branch) = name.strip_prefix("heads/") else {
            return not_found();
        };
        let mut deleting = state.deleting.iter();
        if let Some(place) = deleting.position(|(one, ..)| one == branch) {
            if state.deleting[place].2 == 0 {
                let (_, into, _) = state.deleting.remove(place);
                self.git.delete(branch);
                state.aim_elsewhere(branch, &into);
            } else {
                state.deleting[place].2 -= 1;
            }
        }
        let Some(sha) = self.git.tip(branch) else {
            return not_found();
        };
        let full = format!("refs/{name}");
        let object = json!({"sha": sha, "type": "commit"});
        Reply::json(200, &shape("ref", json!({"ref": full, "object": object})))
    }

    fn make_ref(&self) -> Reply {
        let (name, sha) = (self.text("ref"), self.text("sha"));
        let branch = name.strip_prefix("refs/heads/").unwrap_or_default();
        if !self.git.create(branch, &sha) {
            return no(422, "Reference already exists");
        }
        let object = json!({"sha": sha, "type": "commit"});
        Reply::json(201, &shape("ref", json!({"ref": name, "object": object})))
    }

    fn rules(&self, state: &State, branch: &str) -> Reply {
        let ruleset = json!({"ruleset_source_type": "Repository", "ruleset_source": super::PATH, "ruleset_id": 1});
        let mut rules = Vec::new();
        let mut rule = |kind: &str, parameters: Value| {
            let mut rule = ruleset.clone();
            rule["type"] = json!(kind);
            if !parameters.is_null() {
                rule["parameters"] = parameters;
            }
            rules.push(rule);
        };
        if state.kept.iter().any(|one| one == branch) {
            rule("deletion", Value::Null);
        }
        rule("non_fast_forward", Value::Null);
        if let Some(names) = state.required.get(branch) {
            let check = |name: &String| {
                let mut check = json!({ "context": name });
                if let Some(app) = state.required_apps.get(name) {
                    check["integration_id"] = json!(app);
                }
                check
            };
            let checks: Vec<Value> = names.iter().map(check).collect();
            rule(
                "required_status_checks",
                json!({"required_status_checks": checks, "strict_required_status_checks_policy": false}),
            );
        }
        if state.queues.iter().any(|one| one == branch) {
            let method = match state.queue_method {
                "" => "MERGE".to_owned(),
                method => method.to_uppercase(),
            };
            rule(
                "merge_queue",
                json!({
                    "check_response_timeout_minutes": 60, "grouping_strategy": "ALLGREEN",
                    "max_entries_to_build": 5, "max_entries_to_merge": 5, "merge_method": method,
                    "min_entries_to_merge": 1, "min_entries_to_merge_wait_minutes": 5,
                }),
            );
        }
        self.page(&rules)
    }

    fn commit(&self, state: &State, sha: &str) -> Reply {
        let Some((email, parents)) = self.git.commit(sha) else {
            return no(422, "No commit found for SHA");
        };
        let author = state.login(&email).map(|login| user(state, login));
        let parents: Vec<Value> = parents
            .iter()
            .map(|sha| json!({"sha": sha, "url": "https://github.example/x"}))
            .collect();
        let at = self.git.committed(sha).unwrap_or_default();
        let date = lanekeeper::model::Timestamp::from_second(at).to_string();
        let by = json!({"name": "x", "email": email, "date": date});
        Reply::json(
            200,
            &shape(
                "commit",
                json!({
                    "sha": sha, "author": author, "committer": author, "parents": parents,
                    "commit": {"committer": by},
                }),
            ),
        )
    }

    fn check_runs(&self, state: &State, sha: &str) -> Reply {
        let runs = state
            .checks
            .iter()
            .filter(|one| one.sha == sha && one.status.is_none());
        let runs: Vec<Value> = runs.map(super::shapes::check_run).collect();
        self.page_in("check_runs", &runs, json!({}))
    }

    fn statuses(&self, state: &State, sha: &str) -> Reply {
        let of_sha: Vec<&Check> = state
            .checks
            .iter()
            .filter(|one| one.sha == sha && one.status.is_some())
            .collect();
        let is_latest = |one: &&&Check| {
            let mut others = of_sha.iter();
            !others.any(|other| other.name == one.name && other.id > one.id)
        };
        let latest = of_sha.iter().filter(is_latest);
        let items: Vec<Value> = latest.map(|one| status_of(one)).collect();
        // A commit without any status is `pending`, as GitHub says it.
        let all = items.iter().all(|one| one["state"] == "success");
        let word = if all && !items.is_empty() {
            "success"
        } else {
            "pending"
        };
        self.page_in(
            "statuses",
            &items,
            shape("combined_status", json!({"sha": sha, "state": word})),
        )
    }

    /// Every status that was set, the newest first, with who set it.
    fn each_status(&self, state: &State, sha: &str) -> Reply {
        let said = state.checks.iter().rev();
        let of_sha = said.filter(|one| one.sha == sha && one.status.is_some());
        let items: Vec<Value> = of_sha
            .map(|one| {
                let mut shown = status_of(one);
                shown["creator"] = match one.app {
                    Some(id) => {
                        let login = format!("app-{id}[bot]");
                        shape("user", json!({"id": id, "login": login, "type": "Bot"}))
                    }
                    None => user(state, &self.me),
                };
                shown
            })
            .collect();
        self.page(&items)
    }

    fn set_status(&self, state: &mut State, sha: &str) -> Reply {
        let (word, name) = (self.text("state"), self.text("context"));
        if !["error", "failure", "pending", "success"].contains(&word.as_str()) {
            return no(422, "Validation Failed");
        }
        if self.text("description").chars().count() > 140 {
            return no(422, "description is too long (maximum is 140 characters)");
        }
        let check = Check {
            id: state.number(),
            sha: sha.to_owned(),
            name,
            status: Some(word),
            description: self.text("description"),
            conclusion: None,
            app: None,
        };
        let shown = status_of(&check);
        state.checks.push(check);
        Reply::json(201, &shown)
    }

    fn make_label(&self, state: &mut State) -> Reply {
        let name = self.text("name");
        if state.labels.contains(&name) {
            return Reply::json(
                422,
                &json!({"message": "Validation Failed", "errors": [{"resource": "Label", "code": "already_exists", "field": "name"}]}),
            );
        }
        state.labels.push(name.clone());
        Reply::json(201, &shape("label", json!({"name": name})))
    }
}
