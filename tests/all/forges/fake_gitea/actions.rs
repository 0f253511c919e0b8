//! Workflow runs: in Forgejo's words, in Gitea's, or as tasks only.

use serde_json::Value;
use serde_json::json;

use super::super::message::Reply;
use super::super::message::Request;
use super::super::message::page;
use super::FakeGitea;
use super::site::PAGE;
use super::site::not_found;
use super::site::person;
use super::site::says;
use super::state::Job;
use super::state::Run;
use super::state::State;
use super::state::User;
use super::state::written;

/// How Gitea tells a time that has not come.
const NEVER: &str = "1970-01-01T00:00:00Z";

pub(super) fn answer(
    fake: &FakeGitea,
    request: &Request,
    user: &User,
    method: &str,
    path: &[&str],
) -> Reply {
    let (has_runs, has_jobs, is_forgejo, reruns_jobs) = {
        let state = fake.state();
        if state.is_without_actions || state.version == super::GITEA_WITHOUT_TASKS {
            return not_found();
        }
        (
            state.has_runs(),
            state.has_jobs(),
            state.is_forgejo(),
            state.reruns_jobs(),
        )
    };
    let number = |text: &str| text.parse::<u64>().unwrap_or_default();
    match (method, path) {
        ("GET", ["tasks"]) => {
            let state = fake.state();
            // One that no runner took is no task yet.
            let is_task = |job: &&Job| has_jobs || !has_runs || job.status != "waiting";
            let mut tasks: Vec<(&Run, &Job)> = newest(&state)
                .filter(|_| !state.forgets_tasks)
                .flat_map(|run| {
                    // What ran before it ran again stays in the list.
                    let taken = run.jobs.iter().chain(&run.earlier).filter(is_task);
                    taken.map(move |job| (run, job))
                })
                .collect();
            tasks.sort_by_key(|(_, job)| std::cmp::Reverse(job.id));
            let tasks: Vec<Value> = tasks.iter().map(|(run, job)| task(run, job)).collect();
            inside(fake, request, &tasks)
        }
        ("GET", ["runs"]) if has_runs => {
            let mut state = fake.state();
            let is_late = state.delay > 0;
            state.delay = state.delay.saturating_sub(1);
            let wanted = request.query("head_sha");
            let runs: Vec<Value> = newest(&state)
                .skip(usize::from(is_late))
                .filter(|run| wanted.is_none_or(|wanted| wanted == run.commit))
                .map(|run| shown(&state, run))
                .collect();
            inside(fake, request, &runs)
        }
        ("GET", ["runs", id, "jobs"]) if has_jobs => {
            let state = fake.state();
            let Some(run) = state.runs.iter().find(|run| run.id == number(id)) else {
                return not_found();
            };
            let jobs: Vec<Value> = run
                .jobs
                .iter()
                .map(|job| job_shown(&state, run, job))
                .collect();
            let list = Value::Array(jobs);
            let body = if is_forgejo {
                list
            } else {
                json!({ "jobs": list, "total_count": 1 })
            };
            Reply::json(200, &body)
        }
        ("GET", ["jobs", id]) if has_jobs => {
            let state = fake.state();
            find(&state, number(id)).map_or_else(not_found, |(run, job)| {
                Reply::json(200, &job_shown(&state, run, job))
            })
        }
        ("GET", ["jobs", id, "logs"]) if has_jobs => {
            let state = fake.state();
            find(&state, number(id))
                .map_or_else(not_found, |(_, job)| log(request, job, is_forgejo))
        }
        ("POST", ["jobs", id, "rerun"]) if has_jobs && is_forgejo => {
            rerun(&mut fake.state(), user, number(id))
        }
        ("POST", ["runs", run, "jobs", id, "rerun"]) if reruns_jobs => {
            rerun_in_run(&mut fake.state(), user, number(run), number(id))
        }
        ("POST", ["workflows", file, "dispatches"]) if has_runs => {
            dispatch(fake, request, user, file)
        }
        _ => not_found(),
    }
}

/// Runs an ended job again, in its place.
fn rerun(state: &mut State, user: &User, id: u64) -> Reply {
    if !user.may_write {
        return says(403, "no write permission");
    }
    let has = |run: &&mut Run| run.jobs.iter().any(|job| job.id == id);
    let Some(run) = state.runs.iter_mut().find(has) else {
        return not_found();
    };
    let mut jobs = run.jobs.iter_mut();
    let job = jobs.find(|job| job.id == id).expect("just seen");
    if matches!(job.status.as_str(), "waiting" | "running") {
        return says(400, "the job has not completed");
    }
    "waiting".clone_into(&mut job.status);
    job.attempt += 1;
    take_along(run);
    Reply::empty(204)
}

/// Lets what was skipped for a job's sake wait for it, now that it runs again.
fn take_along(run: &mut Run) {
    let skipped = |job: &&mut Job| job.status == "skipped";
    for job in run.jobs.iter_mut().filter(skipped) {
        "waiting".clone_into(&mut job.status);
        job.attempt += 1;
    }
}

/// The same in Gitea, which asks for the run as well, wants all of it to have ended, and answers with the job.
fn rerun_in_run(state: &mut State, user: &User, run: u64, id: u64) -> Reply {
    if !user.may_write {
        return says(403, "user should have permission to write actions");
    }
    let (made, has_attempts) = (state.next().unsigned_abs() * 100, state.has_attempts());
    let Some(place) = state.runs.iter().position(|one| one.id == run) else {
        return not_found();
    };
    let run = &mut state.runs[place];
    let is_done = |job: &Job| !matches!(job.status.as_str(), "waiting" | "running");
    let is_over = run.jobs.iter().all(is_done);
    let Some(job) = run.jobs.iter_mut().find(|job| job.id == id) else {
        return says(404, "workflow job not found");
    };
    if !is_over {
        return says(400, "this workflow run is not done");
    }
    let before = job.clone();
    "waiting".clone_into(&mut job.status);
    if has_attempts {
        job.id = made;
        job.attempt += 1;
        run.earlier.push(before);
    }
    take_along(run);
    let id = if has_attempts { made } else { id };
    let (run, job) = find(state, id).expect("just made");
    Reply::json(201, &job_shown(state, run, job))
}

fn newest(state: &State) -> impl Iterator<Item = &Run> {
    state.runs.iter().rev()
}

fn find(state: &State, id: u64) -> Option<(&Run, &Job)> {
    let mut jobs = state.runs.iter().flat_map(|run| {
        run.jobs
            .iter()
            .chain(&run.earlier)
            .map(move |job| (run, job))
    });
    jobs.find(|(_, job)| job.id == id)
}

/// Pages inside of an object.
fn inside(fake: &FakeGitea, request: &Request, items: &[Value]) -> Reply {
    // A thousand runs, two at a time, are minutes of asking.
    let most = if items.len() > 100 { 50 } else { PAGE };
    let mut reply = page(request, &fake.origin, items, "limit", most);
    let list: Value = serde_json::from_slice(&reply.body).expect("just written");
    reply.body = json!({ "workflow_runs": list, "total_count": items.len() })
        .to_string()
        .into_bytes();
    reply
}

fn gitea_words(status: &str) -> (&str, Option<&str>) {
    match status {
        "waiting" => ("queued", None),
        "running" => ("in_progress", None),
        ended => ("completed", Some(ended)),
    }
}

fn shown(state: &State, run: &Run) -> Value {
    let url = format!(
        "https://forge.example/{}/actions/runs/{}",
        super::PATH,
        run.id
    );
    if state.is_forgejo() {
        return json!({
            "id": run.id, "index_in_repo": run.id, "status": run.status(), "commit_sha": run.commit,
            "prettyref": run.branch, "workflow_id": run.workflow, "html_url": url,
            "trigger_user": person(state.user(run.by)), "event": "push", "trigger_event": "push",
            "created": written(run.at), "started": begun(run, run.status()), "updated": written(run.at), "stopped": written(run.at),
        });
    }
    let (status, conclusion) = gitea_words(run.status());
    let mut shown = json!({
        "id": run.id, "run_number": run.id, "status": status, "head_sha": run.commit, "head_branch": run.branch,
        "path": format!("{}@refs/heads/{}", run.workflow, run.branch), "html_url": url,
        "actor": person(state.user(run.by)), "trigger_actor": person(state.user(run.by)),
        "started_at": begun(run, run.status()), "completed_at": over(run, conclusion), "event": "push",
    });
    if let Some(conclusion) = conclusion {
        shown["conclusion"] = conclusion.into();
    }
    shown
}

/// Returns when something began, as both say it: in 1970, until a runner took it.
fn begun(run: &Run, status: &str) -> String {
    if status == "waiting" {
        NEVER.to_owned()
    } else {
        written(run.at)
    }
}

fn over(run: &Run, conclusion: Option<&str>) -> String {
    conclusion.map_or_else(|| NEVER.to_owned(), |_| written(run.at + 1))
}

fn job_shown(state: &State, run: &Run, job: &Job) -> Value {
    if state.is_forgejo() {
        return json!({
            "id": job.id, "run_id": run.id, "name": job.name, "status": job.status, "attempt": job.attempt,
        });
    }
    let (status, conclusion) = gitea_words(&job.status);
    let mut shown = json!({
        "id": job.id, "run_id": run.id, "name": job.name, "status": status, "created_at": written(run.at),
        "started_at": begun(run, &job.status), "completed_at": over(run, conclusion),
    });
    if state.reruns_jobs() {
        shown["run_attempt"] = job.attempt.into();
    }
    if let Some(conclusion) = conclusion {
        shown["conclusion"] = conclusion.into();
    }
    shown
}

fn task(run: &Run, job: &Job) -> Value {
    json!({
        "id": job.id, "name": job.name, "head_branch": run.branch, "head_sha": run.commit, "run_number": run.id,
        "event": "push", "status": job.status, "workflow_id": run.workflow,
        "url": format!("https://forge.example/{}/actions/runs/{}", super::PATH, run.id),
        "created_at": written(run.at), "updated_at": written(run.at), "run_started_at": written(run.at),
    })
}

/// Forgejo knows ranges, Gitea does not.
fn log(request: &Request, job: &Job, is_forgejo: bool) -> Reply {
    let range = request
        .header("range")
        .and_then(|range| range.strip_prefix("bytes="));
    let start = range.and_then(|range| range.trim_end_matches('-').parse::<usize>().ok());
    match start.filter(|_| is_forgejo) {
        None => Reply::text(200, "text/plain", &job.log),
        Some(start) if start >= job.log.len() => Reply::empty(416),
        Some(start) => Reply::text(206, "text/plain", &job.log[start..]),
    }
}

fn dispatch(fake: &FakeGitea, request: &Request, user: &User, file: &str) -> Reply {
    let body = request.json();
    let branch = body["ref"].as_str().unwrap_or_default();
    let branch = branch.strip_prefix("refs/heads/").unwrap_or(branch);
    let Some(commit) = fake.bare.tip(branch) else {
        return says(404, "ref does not exist");
    };
    let mut state = fake.state();
    if !user.may_write {
        return says(403, "no write permission");
    }
    let Some(jobs) = state.workflows.get(file).cloned() else {
        return if state.is_forgejo() {
            says(500, "workflow not found")
        } else {
            says(404, &format!("workflow {file} does not exist"))
        };
    };
    let id = state.run(file, &jobs, branch, &commit, user.id);
    if body["return_run_info"] == true {
        return Reply::json(201, &json!({ "id": id, "run_number": id, "jobs": jobs }));
    }
    Reply::empty(204)
}
