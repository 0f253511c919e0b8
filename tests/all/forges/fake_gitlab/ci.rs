//! Pipelines and jobs. Nothing runs here: a test says what a job comes to.

use serde_json::Value;
use serde_json::json;

use super::Call;
use super::golive;
use super::refusal;
use super::state::APPS;
use super::state::Job;
use super::state::Layout;
use super::state::Pipeline;
use super::state::State;
use super::state::User;
use crate::forges::message::Reply;

impl State {
    /// The pipeline of a request's head, all of it passed but for one job that may fail.
    pub(crate) fn request_pipeline(&mut self, head: &str, author: &User) {
        let id = self.pipeline(
            head,
            "refs/merge-requests/77/head",
            "merge_request_event",
            author,
        );
        for name in ["lint", "trivy", "build", "coverage"] {
            self.job(id, name, "test", "success", None);
        }
        let bridge = self.job(id, "review", "test", "success", None);
        bridge.is_bridge = true;
    }

    /// The pipeline of a push to main: build, the deploy stage, migrations.
    pub(crate) fn push_pipeline(&mut self, sha: &str, user: &User) {
        let id = self.pipeline(sha, "main", "push", user);
        self.job(id, "build", "build", "success", None);
        let production = Some("production");
        let deploys: Vec<(String, Option<&'static str>)> = match self.layout {
            Layout::Single | Layout::Gate => vec![("deploy-prod-hotfix".to_owned(), production)],
            Layout::Matrix => {
                let names = APPS
                    .iter()
                    .map(|app| format!("deploy-prod-hotfix: [{app}]"));
                names.map(|name| (name, production)).collect()
            }
        };
        for (name, environment) in deploys {
            let job = self.job(id, &name, "deploy", "manual", environment).id;
            golive::make(self, job);
        }
        if self.layout == Layout::Gate {
            for app in APPS {
                self.job(id, &format!("promote-{app}"), "deploy", "created", None);
            }
        }
        let migrations = self.job(id, "run-migrations-prod", "after", "manual", None);
        migrations.allow_failure = true;
    }

    fn pipeline(&mut self, sha: &str, branch: &str, source: &'static str, user: &User) -> u64 {
        let (id, at) = (self.number(), self.tick());
        self.pipelines.push(Pipeline {
            id,
            sha: sha.to_owned(),
            branch: branch.to_owned(),
            source,
            user: user.clone(),
            at,
        });
        id
    }

    fn job(
        &mut self,
        pipeline: u64,
        name: &str,
        stage: &'static str,
        status: &'static str,
        environment: Option<&'static str>,
    ) -> &mut Job {
        let (id, at) = (self.number(), self.tick());
        let mut pipelines = self.pipelines.iter();
        let of_it = pipelines.find(|one| one.id == pipeline);
        let user = of_it.map(|one| one.user.clone());
        self.jobs.push(Job {
            id,
            pipeline,
            name: name.to_owned(),
            stage,
            status,
            allow_failure: false,
            why: None,
            at,
            trace: format!("$ {name}\n"),
            is_bridge: false,
            environment,
            user,
        });
        self.jobs.last_mut().expect("pushed just before")
    }

    /// Returns the latest job of that name.
    pub(crate) fn job_named(&mut self, name: &str) -> &mut Job {
        let mut jobs = self.jobs.iter_mut();
        jobs.rfind(|job| job.name == name)
            .expect("a job of that name")
    }

    /// Jobs beside the deploy stage run while they are looked at.
    fn advance(&mut self, id: u64) {
        let job = self.jobs.iter_mut().find(|job| job.id == id);
        let Some(job) = job.filter(|job| job.stage == "after") else {
            return;
        };
        job.status = match job.status {
            "pending" => "running",
            "running" => "success",
            other => other,
        };
    }

    /// Lets every job of the deploy stage that was started end as `wanted`.
    pub(crate) fn end_jobs(&mut self, wanted: &'static str) {
        let started = |job: &&mut Job| matches!(job.status, "pending" | "running");
        for job in self.jobs.iter_mut().filter(started) {
            job.status = wanted;
            job.trace.push_str("done\n");
        }
        // The gate's followers run when it has succeeded.
        let gate = self
            .jobs
            .iter()
            .rfind(|job| job.name == "deploy-prod-hotfix");
        let is_open =
            self.layout == Layout::Gate && gate.is_some_and(|job| job.status == "success");
        for job in self
            .jobs
            .iter_mut()
            .filter(|job| is_open && job.status == "created")
        {
            job.status = wanted;
        }
    }
}

/// Tells whether the pipeline of a commit passed.
pub(super) fn has_passed(state: &State, sha: &str) -> bool {
    let pipeline = state.pipelines.iter().rfind(|pipeline| pipeline.sha == sha);
    pipeline.is_some_and(|pipeline| status_of(state, pipeline) == "success")
}

fn latest(state: &State, pipeline: u64) -> Vec<&Job> {
    let of_it = state.jobs.iter().filter(|job| job.pipeline == pipeline);
    let is_last = |job: &&Job| {
        let mut later = state.jobs.iter();
        !later
            .any(|other| other.pipeline == pipeline && other.name == job.name && other.id > job.id)
    };
    of_it.filter(is_last).collect()
}

fn status_of(state: &State, pipeline: &Pipeline) -> &'static str {
    let jobs = latest(state, pipeline.id);
    let has = |status: &str| {
        jobs.iter()
            .any(|job| job.status == status && !job.allow_failure)
    };
    if has("failed") {
        "failed"
    } else if has("manual") {
        "manual"
    } else if has("running") || has("pending") || has("created") {
        "running"
    } else {
        "success"
    }
}

/// Returns the newest pipeline of a commit as GitLab shows it.
pub(super) fn pipeline_of(state: &State, sha: &str) -> Value {
    let found = state.pipelines.iter().rfind(|pipeline| pipeline.sha == sha);
    found.map_or(Value::Null, |pipeline| show(state, pipeline))
}

fn show(state: &State, pipeline: &Pipeline) -> Value {
    json!({
        "id": pipeline.id, "iid": pipeline.id, "project_id": 42, "sha": pipeline.sha, "ref": pipeline.branch,
        "source": pipeline.source, "status": status_of(state, pipeline), "created_at": pipeline.at,
        "updated_at": pipeline.at, "web_url": format!("https://gitlab.example/acme/shop/-/pipelines/{}", pipeline.id),
    })
}

pub(super) fn job_json(state: &State, job: &Job) -> Value {
    let pipeline = state.pipelines.iter().find(|one| one.id == job.pipeline);
    let mut shown = json!({
        "id": job.id, "name": job.name, "stage": job.stage, "status": job.status,
        "allow_failure": job.allow_failure, "created_at": job.at, "started_at": null, "finished_at": null,
        "pipeline": pipeline.map(|pipeline| show(state, pipeline)), "user": job.user.as_ref().map(User::json),
        "web_url": format!("https://gitlab.example/acme/shop/-/jobs/{}", job.id),
    });
    if let Some(why) = job.why {
        shown["failure_reason"] = json!(why);
    }
    shown
}

pub(super) fn route(state: &mut State, call: &Call<'_>, rest: &[&str]) -> Reply {
    match (call.request.method.as_str(), rest) {
        ("GET", ["pipelines"]) => {
            let sha = call.request.query("sha");
            let found = state.pipelines.iter().rev();
            let found = found.filter(|one| sha.is_none_or(|sha| sha == one.sha));
            let shown: Vec<Value> = found.map(|one| show(state, one)).collect();
            call.list(&shown)
        }
        ("GET", ["pipelines", id, kind @ ("jobs" | "bridges")]) => {
            let id: u64 = id.parse().unwrap_or_default();
            let wants_bridges = *kind == "bridges";
            let jobs = latest(state, id).into_iter();
            let jobs = jobs.filter(|job| job.is_bridge == wants_bridges);
            let shown: Vec<Value> = jobs.map(|job| job_json(state, job)).collect();
            call.list(&shown)
        }
        (method, ["jobs", id, rest @ ..]) => {
            let id: u64 = id.parse().unwrap_or_default();
            let Some(job) = state.jobs.iter().find(|job| job.id == id).cloned() else {
                return refusal(404, "404 Not Found");
            };
            match (method, rest) {
                ("GET", []) => {
                    let shown = job_json(state, &job);
                    state.advance(id);
                    call.one(&shown)
                }
                ("GET", ["trace"]) => Reply::text(200, "text/plain", &job.trace),
                ("POST", ["play"]) => play(state, call, &job),
                ("POST", ["retry"]) => retry(state, call, &job),
                _ => refusal(404, "404 Not Found"),
            }
        }
        _ => refusal(404, "404 Not Found"),
    }
}

fn play(state: &mut State, call: &Call<'_>, job: &Job) -> Reply {
    if job.environment.is_some() && !golive::may_start(state, &call.user) {
        return refusal(403, "403 Forbidden");
    }
    if job.status != "manual" || golive::is_blocked(state, job.id) {
        return refusal(400, "400 Bad request - Unplayable Job");
    }
    let kept = state
        .jobs
        .iter_mut()
        .find(|one| one.id == job.id)
        .expect("it is there");
    kept.status = "pending";
    kept.user = Some(call.user.clone());
    let kept = kept.clone();
    call.one(&job_json(state, &kept))
}

fn retry(state: &mut State, call: &Call<'_>, job: &Job) -> Reply {
    if job.environment.is_some() && !golive::may_start(state, &call.user) {
        return refusal(403, "403 Forbidden");
    }
    if !matches!(job.status, "success" | "failed" | "canceled") {
        return refusal(403, "403 Forbidden - Job is not retryable");
    }
    let is_held = job.environment.is_some() && !state.is_free;
    let status = if is_held { "manual" } else { "pending" };
    let made = state.job(job.pipeline, &job.name, job.stage, status, job.environment);
    made.allow_failure = job.allow_failure;
    made.user = Some(call.user.clone());
    let made = made.clone();
    if made.environment.is_some() {
        golive::make(state, made.id);
    }
    Reply::json(201, &job_json(state, &made))
}
