//! Which call is which.

use serde_json::Value;
use serde_json::json;

use super::super::message::Reply;
use super::super::message::Request;
use super::super::message::page;
use super::FakeGitea;
use super::actions;
use super::issues;
use super::pulls;
use super::state::Protection;
use super::state::Status;
use super::state::User;

/// Items on a page.
pub(super) const PAGE: usize = 2;

pub(super) fn says(status: u16, message: &str) -> Reply {
    let body = json!({ "message": message, "url": "https://forge.example/api/swagger" });
    Reply::json(status, &body)
}

pub(super) fn not_found() -> Reply {
    says(404, "The target couldn't be found.")
}

pub(super) fn list(fake: &FakeGitea, request: &Request, items: &[Value]) -> Reply {
    page(request, &fake.origin, items, "limit", PAGE)
}

pub(super) fn person(user: &User) -> Value {
    json!({ "id": user.id, "login": user.login, "username": user.login, "full_name": "", "email": user.email() })
}

pub(super) fn answer(fake: &FakeGitea, request: &Request) -> Reply {
    let Some(segments) = request.segments("/api/v1") else {
        return Reply::text(404, "text/html", "<html>Not found</html>");
    };
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    let method = request.method.as_str();
    if (method, path.as_slice()) == ("GET", &["version"]) {
        let version = fake.state().version.clone();
        return Reply::json(200, &json!({ "version": version }));
    }
    let token = request.token().unwrap_or_default();
    let login = token.strip_prefix("token-of-").unwrap_or_default();
    let user = fake
        .state()
        .users
        .iter()
        .find(|user| user.login == login)
        .cloned();
    let Some(user) = user else {
        return says(401, "invalid username, password or token");
    };
    if let Some(scope) = lacking(fake, method, &path) {
        let words = format!("token does not have at least one of required scope(s): [{scope}]");
        return says(403, &words);
    }
    match (method, path.as_slice()) {
        ("GET", ["settings", "api"]) => Reply::json(
            200,
            &json!({ "max_response_items": PAGE, "default_paging_num": PAGE }),
        ),
        ("GET", ["users", name]) => {
            let users = fake.state().users.clone();
            let found = users.iter().find(|user| user.login == *name);
            found.map_or_else(not_found, |user| Reply::json(200, &person(user)))
        }
        ("GET", ["user"]) => Reply::json(200, &person(&user)),
        ("GET", ["orgs", "acme", "labels"]) => {
            let labels = fake.state().org_labels.clone();
            list(fake, request, &issues::labels(&labels))
        }
        (_, ["repos", "acme", "shop", rest @ ..]) => project(fake, request, &user, method, rest),
        _ => not_found(),
    }
}

/// Returns the scope that a write needs and no token has; looked at before the project is, as the server does.
fn lacking(fake: &FakeGitea, method: &str, path: &[&str]) -> Option<&'static str> {
    let needed = match path {
        _ if method == "GET" => return None,
        ["repos", _, _, "issues" | "labels", ..] => "write:issue",
        ["repos", ..] => "write:repository",
        _ => return None,
    };
    let state = fake.state();
    let found = state.lacking.iter().find(|scope| **scope == needed);
    found.copied()
}

fn project(fake: &FakeGitea, request: &Request, user: &User, method: &str, path: &[&str]) -> Reply {
    let body = request.json();
    let number = |text: &str| text.parse::<u64>().unwrap_or_default();
    match (method, path) {
        ("GET", []) => {
            let methods = fake.state().methods.clone();
            let is_administered = fake.state().is_administered;
            let body = json!({
                "id": 1, "full_name": super::PATH, "default_branch": "main",
                "allow_merge_commits": methods.contains("merge"),
                "allow_squash_merge": methods.contains("squash"),
                "allow_rebase": methods.contains("rebase"),
                "default_delete_branch_after_merge": fake.state().deletes_branches,
                "permissions": { "admin": is_administered, "push": user.may_write, "pull": true },
            });
            Reply::json(200, &body)
        }
        ("GET", ["labels"]) => {
            let labels = fake.state().labels.clone();
            list(fake, request, &issues::labels(&labels))
        }
        ("POST", ["labels"]) => issues::make_label(fake, user, &body),
        ("GET", ["branch_protections"]) => rules(fake),
        ("GET", ["branches", branch]) => branch_of(fake, user, branch),
        ("GET", ["commits", commit, "statuses"]) => statuses(fake, request, commit),
        ("POST", ["statuses", commit]) => set_status(fake, user, commit, &body),
        ("GET", ["commits", commit, "pull"]) => pulls::of_commit(fake, commit),
        ("GET", ["git", "commits", commit]) => match fake.bare.parents(commit) {
            Some(parents) => {
                let parents: Vec<Value> = parents.iter().map(|id| json!({ "sha": id })).collect();
                let author = json!({ "name": "Dev", "email": "dev@example.org" });
                let said = json!({ "message": fake.bare.message(commit), "author": author });
                let mut shown = json!({ "sha": commit, "parents": parents, "commit": said });
                let state = fake.state();
                for (field, address) in ["author", "committer"]
                    .into_iter()
                    .zip(fake.bare.makers(commit))
                {
                    let mut users = state.users.iter();
                    let account = users.find(|user| user.email() == address);
                    if let Some(account) = account {
                        shown[field] = person(account);
                    }
                }
                Reply::json(200, &shown)
            }
            None => not_found(),
        },
        ("GET", ["pulls"]) => pulls::all(fake, request),
        ("POST", ["pulls"]) => pulls::open(fake, user, &body),
        ("GET", ["pulls", id]) => pulls::one(fake, number(id)),
        ("PATCH", ["pulls", id]) => pulls::edit(fake, user, number(id), &body),
        ("GET", ["pulls", id, "commits"]) => pulls::commits(fake, request, number(id)),
        ("GET", ["pulls", id, "reviews"]) => pulls::reviews(fake, request, number(id)),
        ("POST", ["pulls", id, "reviews"]) => pulls::review(fake, user, number(id), &body),
        ("POST" | "DELETE", ["pulls", id, "requested_reviewers"]) => {
            pulls::ask(fake, number(id), &body, method == "POST")
        }
        ("POST", ["pulls", id, "merge"]) => pulls::merge(fake, user, number(id), &body),
        ("GET", ["pulls", base, head]) => pulls::of_branches(fake, base, head),
        ("PUT", ["issues", id, "labels"]) => issues::set_labels(fake, user, number(id), &body),
        ("PATCH", ["issues", "comments", id]) => issues::edit_comment(fake, number(id), &body),
        ("GET", ["issues", id, "comments"]) => issues::comments(fake, number(id)),
        ("POST", ["issues", id, "comments"]) => issues::comment(fake, user, number(id), &body),
        ("GET", ["contents", folder, "workflows"]) => workflows_in(fake, folder),
        ("GET", ["raw", folder, "workflows", file]) => workflow(fake, folder, file),
        (_, ["actions", rest @ ..]) => actions::answer(fake, request, user, method, rest),
        _ => not_found(),
    }
}

/// Lists the folder that only this server looks into, and the one in which workflows are.
fn workflows_in(fake: &FakeGitea, folder: &str) -> Reply {
    let state = fake.state();
    if folder == state.first_folder() || Some(folder) == state.workflow_folder {
        Reply::json(200, &json!([]))
    } else {
        not_found()
    }
}

/// Serves a workflow's file from the folder in which it is.
fn workflow(fake: &FakeGitea, folder: &str, file: &str) -> Reply {
    let state = fake.state();
    let own = state
        .workflow_folder
        .unwrap_or_else(|| state.first_folder());
    let Some(jobs) = state.workflows.get(file).filter(|_| folder == own) else {
        return not_found();
    };
    let mut text = "on:\n  workflow_dispatch:\njobs:\n".to_owned();
    for (place, name) in jobs.iter().enumerate() {
        text.push_str(&format!("  job{place}:\n    name: {name}\n"));
    }
    Reply::text(200, "text/plain", &text)
}

fn branch_of(fake: &FakeGitea, user: &User, branch: &str) -> Reply {
    let Some(tip) = fake.bare.tip(branch) else {
        return not_found();
    };
    let protection = fake.state().protections.get(branch).cloned();
    let is_named = protection.is_some() && fake.state().is_administered;
    let is_protected = protection.is_some();
    let protection = protection.unwrap_or_default();
    let body = json!({
        "name": branch,
        "commit": {
            "id": tip, "message": "x", "timestamp": super::state::written(100),
            "author": {"name": "Dev", "email": "dev@example.org", "username": ""},
        },
        "protected": is_protected,
        "effective_branch_protection_name": if is_named { branch } else { "" },
        "required_approvals": protection.approvals,
        "enable_status_check": !protection.contexts.is_empty(),
        "status_check_contexts": protection.contexts,
        "user_can_merge": user.may_write,
        "user_can_push": user.may_write && !is_protected,
    });
    Reply::json(200, &body)
}

fn rules(fake: &FakeGitea) -> Reply {
    let state = fake.state();
    if !state.is_administered {
        return says(
            403,
            "user should be an owner or a collaborator with admin write of a repository",
        );
    }
    let rule = |(branch, protection): (&String, &Protection)| {
        json!({
            "branch_name": branch, "rule_name": branch,
            "required_approvals": protection.approvals,
            "block_on_outdated_branch": state.blocks_outdated.contains(branch.as_str()),
            "block_on_official_review_requests": state.blocks_asked.contains(branch.as_str()),
        })
    };
    let rules: Vec<Value> = state.protections.iter().map(rule).collect();
    Reply::json(200, &Value::Array(rules))
}

fn statuses(fake: &FakeGitea, request: &Request, commit: &str) -> Reply {
    let all = fake
        .state()
        .statuses
        .get(commit)
        .cloned()
        .unwrap_or_default();
    let mut items: Vec<Value> = all.iter().map(status_of).collect();
    if request.query("sort") == Some("highestindex") {
        items.reverse();
    }
    list(fake, request, &items)
}

fn status_of(status: &Status) -> Value {
    json!({
        "id": status.id, "context": status.context, "status": status.status, "target_url": status.url,
        "description": status.description,
        "created_at": super::state::written(status.at), "updated_at": super::state::written(status.at),
    })
}

fn set_status(fake: &FakeGitea, user: &User, commit: &str, body: &Value) -> Reply {
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    if !user.may_write {
        return says(403, "user should have a permission to write to a repo");
    }
    if !["pending", "success", "error", "failure", "warning"].contains(&text("state")) {
        return says(422, "invalid commit status state");
    }
    let mut state = fake.state();
    state.say(commit, text("context"), text("state"), text("description"));
    let said = &state.statuses[commit];
    Reply::json(201, &status_of(said.last().expect("said just before")))
}
