//! Creating and starting go-lives, and migrations.

use crate::forge::Error;
use crate::forge::JobWatcher;
use crate::forge::NewDeployment;
use crate::forge::Written;
use crate::model::CommitId;
use crate::model::Decision;
use crate::model::Deployment;
use crate::model::DeploymentId;
use crate::model::DeploymentState;
use crate::model::EnvironmentName;
use crate::model::Role;
use crate::model::Untrusted;

use super::actions;
use super::checks::job_id;
use super::dispatch::Dispatch;
use super::hub::Came;
use super::hub::Hub;
use super::runs::Place;
use super::sight::RunSight;
use super::words;

impl Hub {
    /// Finds the run that goes live with this commit, or dispatches one that waits at its gates.
    pub(super) async fn create_deployment(
        &self,
        new: &NewDeployment,
    ) -> Result<Written<Deployment>, Error> {
        let refused = |why: String| Ok(Written::Refused(why));
        let name = &new.environment;
        let Some(environment) = self.options.project.environment(name) else {
            return refused(format!(
                "there is no environment `{name}` in lanekeeper.toml"
            ));
        };
        let Some(job) = &environment.job else {
            return refused(format!(
                "environment `{name}` names no job in lanekeeper.toml: set job to the workflow's file, such as \"deploy-{name}.yml\""
            ));
        };
        let existing = self.deployments(Some(name)).await?;
        let mut on_the_way = existing
            .into_iter()
            .filter(|one| one.commit == new.commit && !one.state.has_ended());
        if let Some(found) = on_the_way.next() {
            return Ok(Written::AlreadyDone(found));
        }
        let found = self.environments().await?;
        let Some(place) = self.place(environment, &found) else {
            return refused(format!(
                "no lane of one branch leads to `{name}`: GitHub dispatches on branches only"
            ));
        };
        if !words::is_workflow(job) {
            return refused(format!(
                "no run on `{}` for {} has a job `{job}`: the workflow that runs on pushes there must have it; or name a workflow file as job",
                place.branch,
                new.commit.short()
            ));
        }
        if place.gates.gates.is_empty() {
            return refused(format!(
                "no environment of `{name}` has reviewers on GitHub, so `{job}` would deploy at once: add required reviewers to `{name}`, or run it in the browser"
            ));
        }
        let order = Dispatch {
            file: job,
            branch: &place.branch,
            commit: &new.commit,
        };
        let run = match self.dispatch(&order).await? {
            Written::Done(run) => run,
            Written::AlreadyDone(run) => run,
            Written::Refused(why) => return Ok(Written::Refused(why)),
            Written::Unknown(why) => return Ok(Written::Unknown(why)),
        };
        let id = run.id;
        let sight = self.sight(run).await?;
        Ok(match self.deployment(&place, &sight) {
            Some(deployment) => Written::Done(deployment),
            None => Written::Unknown(format!("run {id} was made, but cannot be read")),
        })
    }

    /// Starts a go-live whose seats are filled: passes the gate that holds none. Without such a gate the last approval
    /// has started it already.
    pub(super) async fn start_deployment(
        &self,
        id: &DeploymentId,
        commit: &CommitId,
    ) -> Result<Written<Deployment>, Error> {
        let refused = |why: String| Ok(Written::Refused(format!("deployment {id}: {why}")));
        let (place, sight) = self.look_closely(id).await?;
        if &sight.run.head_sha != commit {
            return refused(format!(
                "it deploys {}, and you looked at {}",
                sight.run.head_sha.short(),
                commit.short()
            ));
        }
        let Some(deployment) = self.deployment(&place, &sight) else {
            return refused("its run has no job of this environment".to_owned());
        };
        match deployment.state {
            DeploymentState::Running | DeploymentState::Succeeded => {
                Ok(Written::AlreadyDone(deployment))
            }
            DeploymentState::Rejected | DeploymentState::Failed | DeploymentState::Cancelled => {
                refused(format!("it {}", deployment.state.word()))
            }
            DeploymentState::Blocked => refused(blocked(&place, &sight)),
            DeploymentState::Approved => self.pass_start(&place, &sight, deployment).await,
        }
    }

    async fn pass_start(
        &self,
        place: &Place<'_>,
        sight: &RunSight,
        deployment: Deployment,
    ) -> Result<Written<Deployment>, Error> {
        let id = deployment.id.clone();
        let refused = |why: String| Ok(Written::Refused(format!("deployment {id}: {why}")));
        let waited: Vec<&actions::Pending> = place
            .gates
            .gates
            .iter()
            .filter_map(|gate| sight.waits_at(gate))
            .collect();
        if waited.is_empty() {
            return refused("its run has not reached its last gate yet: look again".to_owned());
        }
        if let Some(closed) = waited.iter().find(|one| !one.current_user_can_approve) {
            return refused(format!(
                "GitHub does not let you start it: you are none of the reviewers of `{}`",
                Untrusted::new(closed.environment.name.as_str()).show()
            ));
        }
        let started = |deployment: Deployment| Deployment {
            state: DeploymentState::Running,
            ..deployment
        };
        let comment = Some("Started with Lanekeeper.");
        match self
            .pass(sight, &waited, Decision::Approved, comment)
            .await?
        {
            Came::Yes(_) => Ok(Written::Done(started(deployment))),
            Came::No(_, why) => refused(why),
            Came::Unclear(why) => {
                let (place, sight) = self.look_closely(&id).await?;
                let now = self.deployment(&place, &sight);
                Ok(match now {
                    Some(now)
                        if !matches!(
                            now.state,
                            DeploymentState::Approved | DeploymentState::Blocked
                        ) =>
                    {
                        Written::Done(now)
                    }
                    Some(_) | None => Written::Unknown(why),
                })
            }
        }
    }

    /// Runs the migrations workflow of an environment, and waits for it.
    pub(super) async fn run_migrations(
        &self,
        name: &EnvironmentName,
        commit: &CommitId,
        watcher: &dyn JobWatcher,
    ) -> Result<Written<()>, Error> {
        let environment = self.options.project.environment(name);
        let migrations = environment.and_then(|one| one.migrations.as_deref());
        let (Some(environment), Some([file])) = (environment, migrations) else {
            return Err(no_workflow(name));
        };
        if !words::is_workflow(file) {
            return Err(no_workflow(name));
        }
        let lanes = &self.options.project.lanes;
        let lane = lanes
            .iter()
            .find(|lane| lane.environment.as_ref() == Some(&environment.name));
        let Some(branch) = lane.and_then(crate::model::Lane::branch_name) else {
            return Ok(Written::Refused(format!(
                "no lane of one branch leads to `{name}`: GitHub dispatches on branches only"
            )));
        };
        let order = Dispatch {
            file,
            branch: &branch,
            commit,
        };
        let runs = self.runs_of(&order).await?;
        // Migrations of a commit run once, as a job that succeeded is not run again on other forges.
        if runs
            .iter()
            .any(|run| run.conclusion.as_deref() == Some("success"))
        {
            return Ok(Written::AlreadyDone(()));
        }
        let run = match runs.into_iter().find(|run| !run.has_ended()) {
            Some(run) => run,
            None => match self.dispatch(&order).await? {
                Written::Done(run) | Written::AlreadyDone(run) => run,
                Written::Refused(why) => return Ok(Written::Refused(why)),
                Written::Unknown(why) => return Ok(Written::Unknown(why)),
            },
        };
        self.wait_for(run, watcher).await
    }

    /// Waits until a run has ended.
    async fn wait_for(
        &self,
        run: actions::Run,
        watcher: &dyn JobWatcher,
    ) -> Result<Written<()>, Error> {
        let (id, file) = (run.id, run.file().to_owned());
        loop {
            let Some(run) = self.run(id).await? else {
                return Ok(Written::Unknown(format!("run {id} of `{file}` is gone")));
            };
            for job in self.jobs(&run).await? {
                if let Some(number) = job_id(job.id) {
                    let state = words::job(&job.status, job.conclusion.as_deref());
                    let name = Untrusted::new(job.name.as_str()).show();
                    watcher.state(&number, &name, state.word(), self.now());
                }
            }
            if run.has_ended() {
                return Ok(match run.conclusion.as_deref() {
                    Some("success") => Written::Done(()),
                    how => {
                        let how = Untrusted::new(how.unwrap_or("no success")).show();
                        Written::Refused(format!("run {id} of `{file}` ended with {how}"))
                    }
                });
            }
            if watcher.is_cancelled() {
                return Ok(Written::Unknown(format!(
                    "run {id} of `{file}` goes on: nobody waits for it any more"
                )));
            }
            self.pause().await;
        }
    }
}

fn no_workflow(name: &EnvironmentName) -> Error {
    Error::Unsupported {
        what: format!("the migrations of `{name}`"),
        why: "on GitHub they are a workflow: migrations = [\"migrate.yml\"]".to_owned(),
    }
}

/// Says whom a run waits for; starting it is the last approval's doing.
fn blocked(place: &Place<'_>, sight: &RunSight) -> String {
    if let Some(gap) = place.gates.gap(place.environment) {
        return gap;
    }
    let roles: Vec<&str> = place
        .gates
        .gates
        .iter()
        .filter(|gate| sight.decision(place, gate).is_none())
        .filter_map(|gate| gate.role.as_ref().map(Role::as_str))
        .collect();
    if roles.is_empty() {
        return "its run waits for another environment".to_owned();
    }
    format!(
        "an approval is missing: {}; on GitHub the last one starts it",
        roles.join(" and ")
    )
}
