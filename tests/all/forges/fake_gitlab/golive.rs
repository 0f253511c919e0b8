//! Deployments of a protected environment: held back until each rule has its yes, one per person, none of one's own.
//! As on GitLab the word `blocked` says nothing of that; it is there for every manual job.

use serde_json::Value;
use serde_json::json;

use super::Call;
use super::ci;
use super::refusal;
use super::state::Deployment;
use super::state::Job;
use super::state::Pipeline;
use super::state::Rule;
use super::state::Starter;
use super::state::State;
use super::state::User;
use super::state::Vote;
use crate::forges::message::Reply;

/// Makes the deployment of a job, as the pipeline does.
pub(super) fn make(state: &mut State, job: u64) {
    let (id, at) = (state.number(), state.tick());
    state.deployments.push(Deployment {
        id,
        job,
        at,
        approvals: Vec::new(),
    });
}

/// Tells whether GitLab holds a job back for approvals.
pub(super) fn is_blocked(state: &State, job: u64) -> bool {
    let found = state.deployments.iter().find(|one| one.job == job);
    found.is_some_and(|one| !state.is_free && missing(state, one) > 0)
}

/// Tells whether somebody may start a job that deploys to production. An environment that is not protected leaves it to
/// the branch, which those who may merge into it may run jobs of.
pub(super) fn may_start(state: &State, user: &User) -> bool {
    if state.is_free {
        return state.mergers.contains(&user.username);
    }
    state.admins.contains(&user.username)
        || state.starters.iter().any(|starter| match starter {
            Starter::Role(level) => *level > 0 && state.level_of(user) >= *level,
            Starter::Group(_, members) => members.contains(&user.username),
            Starter::Person(person) => person == user,
        })
}

fn starter_json(place: usize, starter: &Starter) -> Value {
    let mut shown = json!({
        "id": place, "access_level": null, "user_id": null, "group_id": null, "group_inheritance_type": 0,
    });
    let name = match starter {
        Starter::Role(level) => {
            shown["access_level"] = json!(level);
            match *level {
                0 => "No one",
                40 => "Maintainers",
                _ => "Developers + Maintainers",
            }
        }
        Starter::Group(name, _) => {
            shown["group_id"] = json!(700 + place);
            *name
        }
        Starter::Person(person) => {
            shown["user_id"] = json!(person.id);
            person.username
        }
    };
    shown["access_level_description"] = json!(name);
    shown
}

fn missing(state: &State, deployment: &Deployment) -> usize {
    if state.count > 0 {
        let votes = deployment.approvals.iter();
        let given = votes.filter(|vote| vote.status == "approved").count();
        return state.count.saturating_sub(given);
    }
    let has_yes = |rule: usize| {
        let mut votes = deployment.approvals.iter();
        votes.any(|vote| vote.rule == Some(rule) && vote.status == "approved")
    };
    (0..state.rules.len())
        .filter(|rule| !has_yes(*rule))
        .count()
}

pub(super) fn route(state: &mut State, call: &Call<'_>, rest: &[&str]) -> Reply {
    match (call.request.method.as_str(), rest) {
        ("GET", ["protected_environments", "production"]) if !state.is_free => {
            let rules = state.rules.iter().enumerate().map(|(place, rule)| {
                json!({ "id": place, "access_level_description": rule.name, "required_approvals": 1 })
            });
            let rules: Vec<Value> = rules.filter(|_| state.count == 0).collect();
            let starters = state.starters.iter().enumerate();
            let starters: Vec<Value> = starters
                .map(|(place, starter)| starter_json(place, starter))
                .collect();
            call.one(&json!({
                "name": "production", "approval_rules": rules, "required_approval_count": state.count,
                "deploy_access_levels": starters,
            }))
        }
        ("GET", ["deployments"]) => {
            let is_asked = call
                .request
                .query("environment")
                .is_none_or(|name| name == "production");
            let found = state.deployments.iter().rev().filter(|_| is_asked);
            let shown: Vec<Value> = found.map(|one| show(state, one, false)).collect();
            call.list(&shown)
        }
        (method, ["deployments", id, rest @ ..]) => {
            let id: u64 = id.parse().unwrap_or_default();
            let Some(found) = state.deployments.iter().find(|one| one.id == id).cloned() else {
                return refusal(404, "404 Not Found");
            };
            match (method, rest) {
                ("GET", []) => call.one(&show(state, &found, true)),
                ("POST", ["approval"]) => vote(state, call, &found),
                _ => refusal(404, "404 Not Found"),
            }
        }
        _ => refusal(404, "404 Not Found"),
    }
}

/// Returns the job that a deployment was made for, and its pipeline.
fn run_of<'a>(state: &'a State, deployment: &Deployment) -> (&'a Job, &'a Pipeline) {
    let job = state
        .jobs
        .iter()
        .find(|job| job.id == deployment.job)
        .expect("made for a job");
    let pipeline = state
        .pipelines
        .iter()
        .find(|one| one.id == job.pipeline)
        .expect("its pipeline");
    (job, pipeline)
}

fn show(state: &State, deployment: &Deployment, is_whole: bool) -> Value {
    let (job, pipeline) = run_of(state, deployment);
    let status = match job.status {
        "manual" => "blocked",
        "created" | "pending" => "created",
        other => other,
    };
    let mut shown = json!({
        "id": deployment.id, "iid": deployment.id, "ref": pipeline.branch, "sha": pipeline.sha, "status": status,
        "created_at": deployment.at, "updated_at": deployment.at, "user": pipeline.user.json(),
        "environment": { "id": 9, "name": "production", "slug": "production" },
        "deployable": ci::job_json(state, job),
    });
    if is_whole && !state.is_free {
        let votes = deployment.approvals.iter();
        let rules = state.rules.iter().enumerate();
        shown["approvals"] = votes.map(vote_json).collect();
        shown["pending_approval_count"] = json!(missing(state, deployment));
        let rules = rules.filter(|_| state.count == 0);
        shown["approval_summary"] = json!({
            "rules": rules.map(|(place, rule)| rule_json(deployment, place, rule)).collect::<Vec<_>>(),
        });
    }
    shown
}

fn rule_json(deployment: &Deployment, place: usize, rule: &Rule) -> Value {
    let votes = deployment
        .approvals
        .iter()
        .filter(|vote| vote.rule == Some(place));
    json!({
        "id": place, "access_level_description": rule.name, "group_id": 500 + place, "user_id": null,
        "access_level": null, "group_inheritance_type": 0, "required_approvals": 1,
        "deployment_approvals": votes.map(vote_json).collect::<Vec<_>>(),
    })
}

fn vote_json(vote: &Vote) -> Value {
    json!({ "user": vote.user.json(), "status": vote.status, "created_at": vote.at, "comment": vote.comment })
}

fn vote(state: &mut State, call: &Call<'_>, deployment: &Deployment) -> Reply {
    if state.is_free {
        // There is no such place.
        return refusal(404, "404 Not Found");
    }
    if !is_blocked(state, deployment.job) {
        return refusal(400, "This deployment is not waiting for approvals.");
    }
    let (job, pipeline) = run_of(state, deployment);
    if job.status == "failed" {
        return refusal(400, "This deployment is not waiting for approvals.");
    }
    if pipeline.user == call.user {
        return refusal(
            400,
            "You cannot approve your own deployment. This configuration can be adjusted in the protected environment settings.",
        );
    }
    let status = call.text("status").unwrap_or_default().to_owned();
    let wanted = call.text("represented_as");
    let may = |rule: &Rule| {
        rule.members.contains(&call.user.username) && wanted.is_none_or(|name| name == rule.name)
    };
    let rule = match state.count {
        0 => state.rules.iter().position(may).map(Some),
        // Whoever may start may approve, in no role; a name would be refused.
        _ => wanted.is_none().then_some(None),
    };
    let Some(rule) = rule else {
        return refusal(
            400,
            "You don't have permission to review this deployment. Contact the project or group owner for help.",
        );
    };
    if let Some(mine) = deployment
        .approvals
        .iter()
        .find(|vote| vote.user == call.user)
    {
        // The same person again is returned as it is.
        return Reply::json(201, &vote_json(mine));
    }
    let vote = Vote {
        user: call.user.clone(),
        status: status.clone(),
        comment: call.text("comment").map(str::to_owned),
        at: state.tick(),
        rule,
    };
    let id = deployment.id;
    let kept = state
        .deployments
        .iter_mut()
        .find(|one| one.id == id)
        .expect("it is there");
    kept.approvals.push(vote.clone());
    let job = kept.job;
    if status == "approved" && state.count > 0 && !is_blocked(state, job) {
        // Rules only let a job go; a count starts it.
        let mut jobs = state.jobs.iter_mut();
        let job = jobs.find(|one| one.id == job);
        job.expect("made for a job").status = "pending";
    } else if status == "rejected" {
        let job = state
            .jobs
            .iter_mut()
            .find(|one| one.id == job)
            .expect("made for a job");
        job.status = "failed";
        job.why = Some("deployment_rejected");
    }
    Reply::json(201, &vote_json(&vote))
}
