//! Answers in GitHub's shapes: every required field is there (`shapes.json`), what a test tells about is laid over it.

use std::sync::OnceLock;

use serde_json::Value;
use serde_json::json;

use super::PATH;
use super::git::Bare;
use super::state::Check;
use super::state::Pull;
use super::state::Run;
use super::state::State;

/// Returns a shape with `over` laid over it, field by field.
pub(crate) fn shape(name: &str, over: Value) -> Value {
    static SHAPES: OnceLock<Value> = OnceLock::new();
    let shapes = SHAPES.get_or_init(|| {
        serde_json::from_str(include_str!("shapes.json")).expect("the file is JSON")
    });
    let mut value = shapes[name].clone();
    lay(&mut value, over);
    value
}

fn lay(under: &mut Value, over: Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (key, value) in over {
                lay(under.entry(key).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over,
    }
}

/// Returns a tick of the fake's clock as GitHub writes times.
pub(crate) fn time(tick: u64) -> String {
    let at = i64::try_from(tick).expect("few ticks") + 1_775_986_267;
    lanekeeper::model::Timestamp::from_second(at).to_string()
}

pub(crate) fn user(state: &State, login: &str) -> Value {
    shape(
        "user",
        json!({"id": state.id(login), "login": login, "type": "User"}),
    )
}

fn end(state: &State, branch: &str, sha: &str, full_name: &str) -> Value {
    let owner = full_name.split('/').next().unwrap_or_default();
    json!({
        "label": format!("{owner}:{branch}"),
        "ref": branch,
        "sha": sha,
        "user": user(state, owner),
        "repo": {"id": 7, "full_name": full_name, "name": "shop"},
    })
}

/// Returns a pull request, with the fields that lists leave out if `is_whole`.
pub(crate) fn pull(state: &State, git: &Bare, pull: &Pull, is_whole: bool) -> Value {
    let head = head(git, pull);
    let base = git.tip(&pull.base).unwrap_or_else(|| "0".repeat(40));
    let is_open = !pull.is_closed && pull.merged.is_none();
    let labels: Vec<Value> = pull
        .labels
        .iter()
        .map(|name| shape("label", json!({"name": name, "description": ""})))
        .collect();
    let reviewers: Vec<Value> = pull
        .reviewers
        .iter()
        .map(|login| user(state, login))
        .collect();
    let teams: Vec<Value> = pull.teams.iter().map(|slug| team(slug)).collect();
    let merged_at = pull.merged.as_ref().map(|_| time(pull.updated));
    let mut over = json!({
        "number": pull.number,
        "id": pull.number,
        "node_id": format!("PR_{}", pull.number),
        "title": pull.title,
        "body": pull.body,
        "state": if is_open { "open" } else { "closed" },
        "draft": pull.is_draft,
        "user": user(state, &pull.author),
        "labels": labels,
        "milestone": pull.milestone.as_ref().map(|node| json!({
            "id": 4, "node_id": node, "number": 4, "title": format!("Release {node}"), "state": "open",
            "description": null, "creator": null, "open_issues": 1, "closed_issues": 0, "due_on": null,
            "created_at": time(1), "updated_at": time(1), "closed_at": null,
            "url": "https://github.example/x", "html_url": "https://github.example/x", "labels_url": "https://github.example/x",
        })),
        "requested_reviewers": reviewers,
        "requested_teams": teams,
        "created_at": time(pull.created),
        "updated_at": time(pull.updated),
        "merged_at": merged_at,
        // Before the merge it is that of a merge for tests.
        "merge_commit_sha": pull.merged.as_ref().map_or_else(|| "d".repeat(40), |(commit, _)| commit.clone()),
        "head": end(state, &pull.head, &head, pull.fork.as_deref().unwrap_or(PATH)),
        "base": end(state, &pull.base, &base, PATH),
    });
    if !is_whole {
        return shape("listed_pull", over);
    }
    let (mergeable, word) = mergeable(state, git, pull, &head);
    lay(
        &mut over,
        json!({
            "merged": pull.merged.is_some(),
            "merged_by": pull.merged.as_ref().map(|(_, by)| user(state, by)),
            "mergeable": mergeable,
            "mergeable_state": word,
            "commits": git.count(&base, &head).max(1),
        }),
    );
    shape("pull", over)
}

fn team(slug: &str) -> Value {
    let url = "https://github.example/x";
    json!({
        "id": 1, "node_id": "T_1", "url": url, "html_url": url, "members_url": url, "repositories_url": url,
        "name": slug, "slug": slug, "description": null, "privacy": "closed", "permission": "push",
        "notification_setting": "notifications_enabled", "parent": null, "type": "organization",
        "organization_id": 7,
    })
}

/// Returns where a pull request's head is, or was when it ended.
pub(crate) fn head(git: &Bare, pull: &Pull) -> String {
    let now = || git.tip(&pull.head).unwrap_or_else(|| pull.last_sha.clone());
    pull.sha.clone().unwrap_or_else(now)
}

/// Says what GitHub says about merging.
fn mergeable(state: &State, git: &Bare, pull: &Pull, head: &str) -> (Option<bool>, &'static str) {
    let is_open = !pull.is_closed && pull.merged.is_none();
    if pull.checking > 0 || !is_open {
        return (None, "unknown");
    }
    let base = git.tip(&pull.base).unwrap_or_default();
    if !git.is_clean(&base, head) {
        (Some(false), "dirty")
    } else if pull.is_draft {
        (Some(true), "draft")
    } else if obstacle(state, pull, head).is_some() {
        (Some(true), "blocked")
    } else {
        (Some(true), "clean")
    }
}

/// Says which rule of the target branch is not met.
pub(crate) fn obstacle(state: &State, pull: &Pull, head: &str) -> Option<String> {
    if state.is_free_private {
        return None;
    }
    for name in state.wanted(&pull.base) {
        let has_passed = state.checks.iter().any(|check| {
            check.sha == head
                && &check.name == name
                && state
                    .required_apps
                    .get(name)
                    .is_none_or(|app| check.app == Some(*app))
                && (check.conclusion == Some("success")
                    || check.status.as_deref() == Some("success"))
        });
        if !has_passed {
            return Some(format!("Required status check \"{name}\" is expected."));
        }
    }
    let wanted = state.wants_reviews.get(&pull.base).copied().unwrap_or(0);
    let mut last: Vec<(&str, bool)> = Vec::new();
    for review in pull.reviews.iter().filter(|one| one.state != "COMMENTED") {
        last.retain(|(by, _)| *by != review.by);
        last.push((&review.by, review.state == "APPROVED" && review.sha == head));
    }
    let given = last.iter().filter(|(_, is_yes)| *is_yes).count();
    (given < wanted).then(|| {
        format!("At least {wanted} approving reviews are required by reviewers with write access.")
    })
}

pub(crate) fn check_run(check: &Check) -> Value {
    let is_over = check.conclusion.is_some();
    shape(
        "check_run",
        json!({
            "id": check.id,
            "name": check.name,
            "head_sha": check.sha,
            "status": if is_over { "completed" } else { "in_progress" },
            "conclusion": check.conclusion,
            "started_at": time(check.id),
            "completed_at": is_over.then(|| time(check.id)),
            "app": check.app.map(app),
        }),
    )
}

fn app(id: u64) -> Value {
    let (at, url) = (time(1), "https://github.example/x");
    json!({
        "id": id, "slug": format!("app-{id}"), "node_id": "x", "name": format!("App {id}"), "description": null,
        "owner": shape("user", json!({"id": 1, "login": "apps", "type": "User"})),
        "external_url": url, "html_url": url, "created_at": at, "updated_at": at,
        "permissions": {"checks": "write"}, "events": [],
    })
}

pub(crate) fn run(state: &State, run: &Run) -> Value {
    let status = match (run.conclusion, state.gate(run).or(state.timer(run))) {
        (Some(_), _) => "completed",
        (None, Some(_)) => "waiting",
        (None, None) => "in_progress",
    };
    shape(
        "run",
        json!({
            "id": run.id,
            "head_sha": run.sha,
            "head_branch": run.branch,
            "path": format!(".github/workflows/{}", run.file),
            "event": run.event,
            "status": status,
            "conclusion": run.conclusion,
            "run_attempt": 1 + run.restarts + run.reruns.len(),
            "created_at": time(run.created),
            "updated_at": time(run.updated),
            "actor": user(state, &run.actor),
            "triggering_actor": user(state, &run.actor),
        }),
    )
}

/// Returns the jobs of a run that GitHub shows: those behind a gate are not there yet.
pub(crate) fn jobs(state: &State, run: &Run) -> Vec<Value> {
    let Some(workflow) = state.workflow(&run.file) else {
        return Vec::new();
    };
    let waits = state.gate(run);
    let first = run.id * 100 + 20 * run.restarts as u64;
    let mut jobs = Vec::new();
    let mut job = |name: &str, status: &str, conclusion: Option<&str>| {
        let place = jobs.len() as u64;
        // A gate's own job takes no time, the others end with the run.
        let is_gate = workflow.gates.iter().any(|gate| gate == name);
        let ended = if is_gate { run.began } else { run.updated };
        jobs.push(shape(
            "job",
            json!({
                "id": first + place,
                "run_id": run.id,
                "run_attempt": 1 + run.restarts,
                "head_sha": run.sha,
                "name": name,
                "status": status,
                "conclusion": conclusion,
                "started_at": time(run.began),
                "completed_at": conclusion.map(|_| time(ended)),
                "steps": [{"name": "Set up job", "status": "completed", "conclusion": "success", "number": 1}],
            }),
        ));
    };
    for gate in &workflow.gates {
        if waits == Some(gate) {
            job(gate, "waiting", None);
            return jobs;
        }
        let is_rejected = run
            .decisions
            .iter()
            .any(|(name, word, ..)| name == gate && word == "rejected");
        if is_rejected {
            job(gate, "completed", Some("failure"));
            return jobs;
        }
        job(gate, "completed", Some("success"));
    }
    for name in &workflow.jobs {
        match run.conclusion {
            Some(conclusion) => job(name, "completed", Some(conclusion)),
            None if state.timer(run).is_some() => job(name, "waiting", None),
            None => job(name, "in_progress", None),
        }
    }
    for (attempt, rerun) in (run.restarts + 2..).zip(&run.reruns) {
        if let Some(job) = jobs.iter_mut().find(|job| job["name"] == rerun.name) {
            job["id"] = json!(rerun.id);
            job["run_attempt"] = json!(attempt);
            job["started_at"] = json!(time(rerun.at));
        }
    }
    for clone in &run.clones {
        if let Some(job) = jobs.iter_mut().find(|job| job["name"] == clone["name"]) {
            job.clone_from(clone);
        }
    }
    jobs
}
