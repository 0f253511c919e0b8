//! Go-lives: the workflow runs that deploy, with their gates, decisions and jobs.

use crate::forge::Error;
use crate::forge::http::Ask;
use crate::model::Approval;
use crate::model::BranchName;
use crate::model::Decision;
use crate::model::Deployment;
use crate::model::DeploymentId;
use crate::model::DeploymentState;
use crate::model::Environment;
use crate::model::EnvironmentName;
use crate::model::Untrusted;

use super::actions;
use super::attempts;
use super::gates::Gate;
use super::gates::Gates;
use super::hub::Hub;
use super::jobs;
use super::sight::RunSight;
use super::wire;
use super::words;

/// Runs of a branch among which go-lives are looked for.
const RUNS: usize = 50;
/// The states of runs that go on. A run waits at its gate for up to a month, while others push it off the first page.
const UNDERWAY: [&str; 5] = ["waiting", "in_progress", "queued", "pending", "requested"];
/// Go-lives of one environment that are shown.
const SHOWN: usize = 10;
/// More than one run has of anything.
const MOST: usize = 500;

/// An environment of ours with what is known about its go-lives on GitHub.
pub(super) struct Place<'a> {
    pub(super) environment: &'a Environment,
    pub(super) job: &'a str,
    pub(super) branch: BranchName,
    pub(super) gates: Gates,
}

impl Place<'_> {
    /// Tells whether a job deploys to here; one of a workflow does if it is named after an app.
    pub(super) fn deploys(&self, job: &actions::Job) -> bool {
        if words::is_workflow(self.job) {
            words::app_of(&job.name, &self.environment.apps).is_some()
        } else {
            words::is_job(&job.name, self.job)
        }
    }

    /// Returns the id of a run's go-live to here. One run may go live in several places.
    pub(super) fn deployment_id(&self, run: u64) -> Option<DeploymentId> {
        format!("{run}-{}", plain(&self.environment.name))
            .parse()
            .ok()
    }
}

/// Returns an environment's name in the letters that an id may have.
fn plain(name: &EnvironmentName) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let letters = name.as_str().chars();
    letters.map(|c| if fits(c) { c } else { '_' }).collect()
}

impl Hub {
    /// Returns the go-lives of one environment or of all, newest first.
    pub(super) async fn deployments(
        &self,
        wanted: Option<&EnvironmentName>,
    ) -> Result<Vec<Deployment>, Error> {
        let mut all = Vec::new();
        let is_any = self
            .options
            .project
            .environments
            .iter()
            .any(|one| one.job.is_some() && wanted.is_none_or(|wanted| *wanted == one.name));
        if !is_any {
            return Ok(Vec::new());
        }
        let found = self.environments().await?;
        for environment in &self.options.project.environments {
            if wanted.is_some_and(|wanted| *wanted != environment.name) {
                continue;
            }
            let Some(place) = self.place(environment, &found) else {
                continue;
            };
            let mut shown = 0;
            for run in self.runs(&place).await? {
                if shown >= SHOWN {
                    break;
                }
                let sight = self.sight(run).await?;
                if let Some(deployment) = self.deployment(&place, &sight) {
                    all.push((sight.run.id, deployment));
                    shown += 1;
                }
            }
        }
        all.sort_by_key(|(run, _)| std::cmp::Reverse(*run));
        Ok(all.into_iter().map(|(_, deployment)| deployment).collect())
    }

    /// Returns where an environment's go-lives are found; none if merging is deploying there.
    pub(super) fn place<'a>(
        &self,
        environment: &'a Environment,
        found: &[actions::Environment],
    ) -> Option<Place<'a>> {
        let lanes = &self.options.project.lanes;
        let lane = lanes
            .iter()
            .find(|lane| lane.environment.as_ref() == Some(&environment.name))?;
        Some(Place {
            environment,
            job: environment.job.as_deref()?,
            branch: lane.branch_name()?,
            gates: Gates::of(environment, found),
        })
    }

    /// Returns the run and the environment that a deployment's id means.
    pub(super) fn whose(&self, id: &DeploymentId) -> Result<(u64, &Environment), Error> {
        let gone = || Error::NotFound {
            what: format!("deployment {id}"),
        };
        let (run, name) = id.as_str().split_once('-').ok_or_else(gone)?;
        let run = run.parse().map_err(|_| gone())?;
        let mut environments = self.options.project.environments.iter();
        let environment = environments.find(|one| plain(&one.name) == name);
        Ok((run, environment.ok_or_else(gone)?))
    }

    /// Returns the runs on a place's branch that may go live there: all that go on, then the latest that have ended.
    pub(super) async fn runs(&self, place: &Place<'_>) -> Result<Vec<actions::Run>, Error> {
        let ask = self
            .get(&["actions", "runs"])
            .with("branch", &place.branch)
            .with("exclude_pull_requests", "true")
            .with("per_page", "50");
        let mut runs = self.runs_at(&ask).await?;
        if runs.len() >= RUNS {
            for word in UNDERWAY {
                for run in self.runs_at(&ask.clone().with("status", word)).await? {
                    if !runs.iter().any(|known| known.id == run.id) {
                        runs.push(run);
                    }
                }
            }
        }
        runs.sort_by_key(|run| (run.has_ended(), std::cmp::Reverse(run.id)));
        if words::is_workflow(place.job) {
            runs.retain(|run| run.file().eq_ignore_ascii_case(place.job));
        } else {
            let known = self.known();
            runs.retain(|run| {
                let key = (run.file().to_owned(), place.job.to_owned());
                known.makes.get(&key) != Some(&false)
            });
        }
        Ok(runs)
    }

    async fn runs_at(&self, ask: &Ask) -> Result<Vec<actions::Run>, Error> {
        let runs = self.http().read_pages(ask, RUNS, |answer| {
            answer
                .json::<actions::Runs>()
                .map(|page| page.workflow_runs)
        });
        Ok(runs.await?)
    }

    /// Returns one run; none if it is not there.
    pub(super) async fn run(&self, id: u64) -> Result<Option<actions::Run>, Error> {
        let number = id.to_string();
        let ask = self
            .get(&["actions", "runs", &number])
            .with("exclude_pull_requests", "true");
        Ok(self.http().find(&ask).await?)
    }

    /// Looks at a run closely; at one that has ended, once for each change of it: one that is called completed may go on,
    /// after `action_required` or as another attempt.
    pub(super) async fn sight(&self, run: actions::Run) -> Result<RunSight, Error> {
        let key = (run.id, run.run_attempt, run.updated_at);
        let has_ended = run.has_ended();
        let known = self.known().runs.get(&key).cloned();
        if let Some(known) = known.filter(|known| has_ended && known.run.has_ended()) {
            return Ok(known);
        }
        let number = run.id.to_string();
        let (jobs, approvals) = tokio::join!(self.jobs(&run), self.run_approvals(&number));
        let jobs = jobs?;
        let mut sight = RunSight {
            jobs,
            approvals: approvals?,
            pending: Vec::new(),
            run,
        };
        if !has_ended {
            let ask = self.get(&["actions", "runs", &number, "pending_deployments"]);
            sight.pending = self.http().read_list(&ask, MOST).await?;
        } else {
            self.known().runs.insert(key, sight.clone());
        }
        Ok(sight)
    }

    async fn run_approvals(&self, run: &str) -> Result<Vec<actions::RunApproval>, Error> {
        let ask = self.get(&["actions", "runs", run, "approvals"]);
        Ok(self.http().read_list(&ask, MOST).await?)
    }

    /// Returns the jobs that stand in the latest attempt of a run.
    pub(super) async fn jobs(&self, run: &actions::Run) -> Result<Vec<actions::Job>, Error> {
        if run.run_attempt <= 1 {
            return self.jobs_of(run.id, "latest").await;
        }
        let jobs = self.jobs_of(run.id, "all").await?;
        Ok(attempts::standing(&jobs, run.run_attempt, run.has_ended()))
    }

    /// Returns the jobs of a run: of its `latest` attempt as GitHub shows it, or of `all`.
    pub(super) async fn jobs_of(&self, run: u64, filter: &str) -> Result<Vec<actions::Job>, Error> {
        let number = run.to_string();
        let ask = self
            .get(&["actions", "runs", &number, "jobs"])
            .with("filter", filter)
            .with("per_page", "100");
        let read = self.http().read_pages(&ask, MOST, |answer| {
            answer.json::<actions::Jobs>().map(|page| page.jobs)
        });
        Ok(read.await?)
    }

    /// Returns a run as a go-live to a place; none if it is not one.
    pub(super) fn deployment(&self, place: &Place<'_>, sight: &RunSight) -> Option<Deployment> {
        let run = &sight.run;
        let deploying: Vec<&actions::Job> = if words::is_workflow(place.job) {
            sight.jobs.iter().collect()
        } else {
            let named = |job: &&actions::Job| words::is_job(&job.name, place.job);
            sight.jobs.iter().filter(named).collect()
        };
        if !words::is_workflow(place.job) && !self.is_named(place, sight, !deploying.is_empty()) {
            return None;
        }
        let state = state(place, sight, &deploying);
        Some(Deployment {
            id: place.deployment_id(run.id)?,
            environment: place.environment.name.clone(),
            commit: run.head_sha.clone(),
            state,
            created_by: wire::person_or_ghost(run.triggering_actor.as_ref().or(run.actor.as_ref())),
            created_at: run.created_at,
            updated_at: run.updated_at,
            seats: place
                .gates
                .gates
                .iter()
                .filter_map(|gate| gate.role.clone())
                .collect(),
            approvals: approvals(place, sight),
            jobs: jobs::of_apps(&deploying, &place.environment.apps, state, run.updated_at),
            hotfix: None,
            url: run.html_url.clone(),
            behind: None,
        })
    }

    /// Tells whether a run has the job that a place names, and learns for which workflows it is not worth asking.
    /// Jobs behind a gate are not listed yet; then the gate tells, or what an earlier run of the workflow showed.
    fn is_named(&self, place: &Place<'_>, sight: &RunSight, has_job: bool) -> bool {
        let run = &sight.run;
        let key = (run.file().to_owned(), place.job.to_owned());
        let mut known = self.known();
        if has_job {
            known.makes.insert(key, true);
            return true;
        }
        if run.has_ended() {
            if run.conclusion.as_deref() == Some("success") {
                known.makes.entry(key).or_insert(false);
            }
            return false;
        }
        let waits = sight
            .pending
            .iter()
            .any(|one| place.gates.named(&one.environment.name).is_some());
        waits || known.makes.get(&key) == Some(&true)
    }
}

fn state(place: &Place<'_>, sight: &RunSight, deploying: &[&actions::Job]) -> DeploymentState {
    let run = &sight.run;
    if run.has_ended() {
        let is_rejected = place.gates.gates.iter().any(|gate| {
            let decision = sight.decision(place, gate);
            decision.is_some_and(|one| one.state == "rejected")
        });
        return match run.conclusion.as_deref() {
            Some("success") => DeploymentState::Succeeded,
            _ if is_rejected => DeploymentState::Rejected,
            Some("cancelled" | "skipped" | "stale") => DeploymentState::Cancelled,
            _ => DeploymentState::Failed,
        };
    }
    let open = open_gates(place, sight, deploying);
    let is_elsewhere = sight
        .pending
        .iter()
        .filter(|one| one.asks_somebody())
        .any(|one| place.gates.named(&one.environment.name).is_none());
    if open.iter().any(|gate| gate.role.is_some()) || is_elsewhere {
        DeploymentState::Blocked
    } else if open.is_empty() {
        DeploymentState::Running
    } else if place.gates.unheld.is_empty() {
        // Every seat is filled; the gate without a seat is the start.
        DeploymentState::Approved
    } else {
        DeploymentState::Blocked
    }
}

/// Returns the gates that a run still has to pass: those it waits at, and those it has not reached.
pub(super) fn open_gates<'a>(
    place: &'a Place<'_>,
    sight: &RunSight,
    deploying: &[&actions::Job],
) -> Vec<&'a Gate> {
    let has_begun = deploying
        .iter()
        .any(|job| place.deploys(job) && jobs::has_begun(job));
    let gates = place.gates.gates.iter();
    gates
        .filter(|gate| {
            sight.waits_at(gate).is_some() || (!has_begun && !sight.has_passed(place, gate))
        })
        .collect()
}

/// Returns the decisions about a run's gates. GitHub does not say when they were made; the run's last change comes nearest.
fn approvals(place: &Place<'_>, sight: &RunSight) -> Vec<Approval> {
    let gates = place.gates.gates.iter();
    gates
        // A yes at a gate that holds no seat must not be counted as one for a seat.
        .filter(|gate| gate.role.is_some() || place.environment.seats.is_empty())
        .filter_map(|gate| approval(gate, sight, sight.decision(place, gate)?))
        .collect()
}

/// Returns a decision about a gate in neutral words.
pub(super) fn approval(
    gate: &Gate,
    sight: &RunSight,
    decision: &actions::RunApproval,
) -> Option<Approval> {
    Some(Approval {
        proof: Default::default(),
        by: decision.user.as_ref()?.person(),
        role: gate.role.clone(),
        head: sight.run.head_sha.clone(),
        decision: match decision.state.as_str() {
            "approved" => Decision::Approved,
            "rejected" => Decision::Rejected,
            _ => return None,
        },
        at: sight.run.updated_at,
        comment: (!decision.comment.is_empty()).then(|| Untrusted::new(decision.comment.as_str())),
    })
}
