//! Runs, jobs and environments of the fake.

use serde_json::Value;
use serde_json::json;

use super::super::message::Reply;
use super::shapes;
use super::shapes::shape;
use super::shapes::user;
use super::site::Call;
use super::site::no;
use super::site::not_found;
use super::state::Environment;
use super::state::Rerun;
use super::state::Run;
use super::state::State;

fn reviewers(state: &State, environment: &Environment) -> Vec<Value> {
    let logins = environment.reviewers.iter();
    logins
        // The setting is not there for a private repository of a smaller plan.
        .filter(|_| !state.is_free_private)
        .map(|login| json!({"type": "User", "reviewer": user(state, login)}))
        .collect()
}

impl Call<'_> {
    pub(super) fn environments(&self, state: &State) -> Reply {
        let items: Vec<Value> = state
            .environments
            .iter()
            .map(|one| {
                let reviewers = reviewers(state, one);
                let mut rules = vec![json!({"id": 1, "node_id": "x", "type": "branch_policy"})];
                if !reviewers.is_empty() {
                    rules.push(json!({
                        "id": 2, "node_id": "x", "type": "required_reviewers",
                        "prevent_self_review": one.prevents_self_review, "reviewers": reviewers,
                    }));
                }
                let id = state.environment(&one.name).map(|(id, _)| id);
                shape(
                    "environment",
                    json!({
                        "id": id, "name": one.name, "protection_rules": rules,
                        "can_admins_bypass": !one.bars_admins,
                    }),
                )
            })
            .collect();
        self.page_in("environments", &items, json!({}))
    }

    pub(super) fn actions(&self, state: &mut State, rest: &[&str]) -> Reply {
        let method = self.request.method.as_str();
        match (method, rest) {
            ("GET", ["runs"]) => self.runs(state),
            (_, ["runs", id, rest @ ..]) => {
                let place = state
                    .runs
                    .iter()
                    .position(|run| Some(run.id) == id.parse().ok());
                match place {
                    Some(place) => self.one_run(state, place, rest),
                    None => not_found(),
                }
            }
            ("POST", ["workflows", file, "dispatches"]) => self.dispatch(state, file),
            ("GET", ["jobs", id, rest @ ..]) => self.job(state, id, rest),
            ("POST", ["jobs", id, "rerun"]) => rerun(state, id),
            _ => not_found(),
        }
    }

    fn runs(&self, state: &mut State) -> Reply {
        let asked = |name: &str| self.request.query(name);
        for run in &mut state.runs {
            run.hidden = run.hidden.saturating_sub(1);
        }
        let is_in = |run: &Run, word: &str| {
            let shown = shapes::run(state, run);
            shown["status"] == word || shown["conclusion"] == word
        };
        let fits = |run: &&Run| {
            run.hidden == 0
                && asked("status").is_none_or(|word| is_in(run, word))
                && asked("branch").is_none_or(|branch| branch == run.branch)
                && asked("head_sha").is_none_or(|sha| sha == run.sha)
                && asked("event").is_none_or(|event| event == run.event)
        };
        let runs = state.runs.iter().rev().filter(fits);
        let items: Vec<Value> = runs.map(|run| shapes::run(state, run)).collect();
        self.page_in("workflow_runs", &items, json!({}))
    }

    fn one_run(&self, state: &mut State, place: usize, rest: &[&str]) -> Reply {
        if state.runs[place].hidden > 0 {
            state.runs[place].hidden -= 1;
            return not_found();
        }
        let run = &state.runs[place];
        match (self.request.method.as_str(), rest) {
            ("GET", []) => Reply::json(200, &shapes::run(state, run)),
            ("GET", ["jobs"]) => {
                let mut jobs = shapes::jobs(state, run);
                let shown = shapes::run(state, run);
                if self.request.query("filter") == Some("all") {
                    jobs.extend(run.past.iter().cloned());
                } else if state.lists_rerun_only {
                    jobs.retain(|job| job["run_attempt"] == shown["run_attempt"]);
                }
                self.page_in("jobs", &jobs, json!({}))
            }
            ("GET", ["approvals"]) => {
                // Those of every attempt, and no word about which.
                let before = run.before.iter().filter(|_| !state.forgets_decisions);
                let mut all: Vec<_> = before.chain(&run.decisions).collect();
                if state.lists_newest_first {
                    all.reverse();
                }
                let items: Vec<Value> = all
                    .into_iter()
                    .map(|(name, word, by, comment)| {
                        let environments = [json!({"id": 1, "name": name})];
                        shape(
                            "run_approval",
                            json!({
                                "state": word, "comment": comment,
                                "environments": environments, "user": user(state, by),
                            }),
                        )
                    })
                    .collect();
                self.page(&items)
            }
            ("GET", ["pending_deployments"]) => {
                let items: Vec<Value> = self.waits(state, run).into_iter().collect();
                self.page(&items)
            }
            ("POST", ["pending_deployments"]) => self.decide(state, place),
            _ => not_found(),
        }
    }

    fn may(&self, state: &State, run: &Run, name: &str) -> bool {
        state.environment(name).is_some_and(|(_, environment)| {
            environment.reviewers.contains(&self.me)
                && !(environment.prevents_self_review && run.actor == self.me)
        })
    }

    fn waits(&self, state: &State, run: &Run) -> Option<Value> {
        if run.conclusion.is_some() {
            return None;
        }
        if let Some(name) = state.timer(run) {
            let id = state.environment(name).map(|(id, _)| id);
            let started = shapes::time(run.updated);
            return Some(shape(
                "pending",
                json!({
                    "environment": {"id": id, "name": name},
                    "wait_timer": 10, "wait_timer_started_at": started,
                }),
            ));
        }
        let name = state.gate(run)?;
        let (id, environment) = state.environment(name)?;
        let reviewers = reviewers(state, environment);
        Some(shape(
            "pending",
            json!({
                "environment": {"id": id, "name": name},
                "current_user_can_approve": self.may(state, run, name),
                "reviewers": reviewers,
            }),
        ))
    }

    fn decide(&self, state: &mut State, place: usize) -> Reply {
        let run = state.runs[place].clone();
        let gate = state.gate(&run).map(str::to_owned);
        let id = gate
            .as_deref()
            .and_then(|name| state.environment(name))
            .map(|(id, _)| id);
        let is_asked = self.body["environment_ids"] == json!([id]);
        let Some(gate) = gate.filter(|_| is_asked && run.conclusion.is_none()) else {
            return no(422, "Validation Failed: environment_ids is invalid");
        };
        if !self.may(state, &run, &gate) {
            return no(403, "You are not allowed to approve this deployment");
        }
        if state.wants_comments && self.text("comment").is_empty() {
            return no(422, "Validation Failed: comment can't be blank");
        }
        let word = self.text("state");
        let at = state.tick();
        let changed = &mut state.runs[place];
        changed.decisions.push((
            gate.clone(),
            word.clone(),
            self.me.clone(),
            self.text("comment"),
        ));
        changed.updated = at;
        if word == "rejected" {
            changed.conclusion = Some("failure");
        }
        let over = json!({"id": 1, "environment": gate, "sha": run.sha, "creator": user(state, &run.actor)});
        Reply::json(200, &json!([shape("deployment", over)]))
    }

    fn dispatch(&self, state: &mut State, file: &str) -> Reply {
        let Some(workflow) = state.workflow(file) else {
            return not_found();
        };
        if !workflow.can_be_dispatched {
            return no(422, "Workflow does not have 'workflow_dispatch' trigger");
        }
        if state.is_old && !self.body["return_run_details"].is_null() {
            return no(
                422,
                "Invalid request. \"return_run_details\" is not a permitted key.",
            );
        }
        let branch = self.text("ref");
        let Some(sha) = self.git.tip(&branch) else {
            return no(422, "No ref found");
        };
        let id = state.start_run(file, &branch, &sha, "workflow_dispatch", &self.me);
        if state.is_old {
            return Reply::empty(204);
        }
        let url = format!("https://github.example/runs/{id}");
        Reply::json(
            200,
            &json!({"workflow_run_id": id, "run_url": url, "html_url": url}),
        )
    }

    fn job(&self, state: &State, id: &str, rest: &[&str]) -> Reply {
        // A job of an earlier attempt is still told, as it ended.
        let jobs = state
            .runs
            .iter()
            .flat_map(|run| shapes::jobs(state, run).into_iter().chain(run.past.clone()));
        let found = { jobs }.find(|job| job["id"].as_u64() == id.parse().ok());
        let Some(job) = found else {
            return not_found();
        };
        match rest {
            [] => Reply::json(200, &job),
            ["logs"] if job["status"] == "completed" => {
                let to = format!(
                    "{}/storage/log?signature=1",
                    self.origin.replace("127.0.0.1", "localhost")
                );
                Reply::empty(302).with("location", &to)
            }
            _ => not_found(),
        }
    }
}

/// Runs a job of an ended run again: it gets another number in the run's next attempt.
fn rerun(state: &mut State, id: &str) -> Reply {
    let is_it = |job: &Value| job["id"].as_u64() == id.parse().ok();
    let place = state
        .runs
        .iter()
        .position(|run| shapes::jobs(state, run).iter().any(is_it));
    let Some(place) = place else {
        return not_found();
    };
    if state.runs[place].conclusion.is_none() {
        return no(
            403,
            "This workflow run has not ended, so its jobs cannot be re-run.",
        );
    }
    let (made, at) = (state.number() * 100, state.tick());
    let (old, others): (Vec<Value>, Vec<Value>) = shapes::jobs(state, &state.runs[place])
        .into_iter()
        .partition(is_it);
    let mut clones = Vec::new();
    if state.clones_jobs {
        clones.clone_from(&others);
    }
    let attempt = 2 + state.runs[place].restarts + state.runs[place].reruns.len();
    for clone in &mut clones {
        clone["id"] = json!(state.number() * 100);
        clone["run_attempt"] = json!(attempt);
    }
    let run = &mut state.runs[place];
    let name = old[0]["name"].as_str().unwrap_or_default().to_owned();
    run.past.extend(old);
    if !clones.is_empty() {
        run.past.extend(others);
    }
    run.clones = clones;
    run.reruns.push(Rerun { name, id: made, at });
    run.conclusion = None;
    run.updated = at;
    Reply::json(201, &json!({}))
}
