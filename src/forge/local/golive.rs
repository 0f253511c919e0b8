//! Deployments: created, approved, started by hand once, every app every time, and ended in any case.

use std::sync::Arc;
use std::time::Duration;

use crate::forge::Error;
use crate::forge::JobWatcher;
use crate::forge::NewDeployment;
use crate::forge::Written;
use crate::forge::sent::before;
use crate::model::App;
use crate::model::AppName;
use crate::model::CommitId;
use crate::model::Deployment;
use crate::model::DeploymentId;
use crate::model::DeploymentState;
use crate::model::Environment;
use crate::model::EnvironmentName;
use crate::model::JobState;
use crate::model::Subject;

use super::alive::LiveRun;
use super::alive::is_dead;
use super::checks::UNTRUSTED;
use super::event::AppJob;
use super::event::Event;
use super::event::Purpose;
use super::event::Run;
use super::job::JobOrder;
use super::job::Progress;
use super::job::until_cancelled;
use super::ledger::Step;
use super::ledger::View;
use super::options::Local;
use super::request::append;
use super::request::not_found;

/// How long one deploy or migrations command may take.
pub(super) const DEPLOY_TIMEOUT: Duration = Duration::from_secs(60 * 60);

impl Local {
    pub(super) async fn create_deployment(
        self: &Arc<Self>,
        new: &NewDeployment,
    ) -> Result<Written<Deployment>, Error> {
        before(self.settle_lost_runs()).await?;
        let (local, new) = (Arc::clone(self), new.clone());
        let decide = move |view: &View| Ok(local.decide_create(view, &new));
        let stamp = self.stamp();
        let written = self.ledger.act("the deployment", stamp, decide).await?;
        self.show_deployment(written).await
    }

    fn decide_create(&self, view: &View, new: &NewDeployment) -> Step<DeploymentId> {
        let refused = |why| Step::Settled(Written::Refused(why));
        let environment = match self.deployable(&new.environment) {
            Ok((environment, _)) => environment,
            Err(why) => return refused(why),
        };
        let unfinished = view.state.deployments.iter().rev().find(|golive| {
            golive.deployment.environment == new.environment
                && golive.deployment.commit == new.commit
                && match self.deployment(&view.state, golive).state {
                    DeploymentState::Blocked
                    | DeploymentState::Approved
                    | DeploymentState::Running => true,
                    DeploymentState::Rejected
                    | DeploymentState::Succeeded
                    | DeploymentState::Failed
                    | DeploymentState::Cancelled => false,
                }
        });
        if let Some(golive) = unfinished {
            return Step::Settled(Written::AlreadyDone(golive.deployment.id.clone()));
        }
        if self.options.repo.commit(&new.commit).is_err() {
            return refused(format!(
                "commit {} is not on the remote: push it first",
                new.commit.short()
            ));
        }
        let deployment = view.state.next_deployment();
        let event = Event::DeploymentCreated {
            deployment: deployment.clone(),
            environment: new.environment.clone(),
            commit: new.commit.clone(),
            seats: environment.seats.clone(),
            hotfix: new.hotfix.clone(),
        };
        append(event, deployment)
    }

    /// Returns the environment with its apps, or says why nothing can be deployed there.
    fn deployable(&self, name: &EnvironmentName) -> Result<(&Environment, Vec<&App>), String> {
        let project = &self.options.project;
        let environment = project
            .environment(name)
            .ok_or_else(|| format!("there is no environment `{name}` in lanekeeper.toml"))?;
        if environment.apps.is_empty() {
            return Err(format!(
                "environment `{name}` has no apps, so there is nothing to deploy: name them in lanekeeper.toml"
            ));
        }
        let app = |name: &AppName| {
            let found = project.apps.iter().find(|app| app.name == *name);
            let found =
                found.ok_or_else(|| format!("there is no app `{name}` in lanekeeper.toml"))?;
            if found.deploy.is_empty() {
                return Err(format!(
                    "app `{name}` has no deploy command, which a plain remote needs: [[app]] deploy in lanekeeper.toml"
                ));
            }
            Ok(found)
        };
        let apps: Result<Vec<&App>, String> = environment.apps.iter().map(app).collect();
        Ok((environment, apps?))
    }

    pub(super) async fn start_deployment(
        self: &Arc<Self>,
        id: &DeploymentId,
        commit: &CommitId,
        watcher: &dyn JobWatcher,
    ) -> Result<Written<Deployment>, Error> {
        if !self.options.are_commands_trusted {
            return Ok(Written::Refused(UNTRUSTED.to_owned()));
        }
        before(self.settle_lost_runs()).await?;
        let live = LiveRun::new(&self.options);
        let (local, run) = (Arc::clone(self), live.run().clone());
        let wanted = (id.clone(), commit.clone());
        let decide = move |view: &View| local.decide_start(view, &wanted.0, &wanted.1, &run);
        let stamp = self.stamp();
        let written = self.ledger.act("the start", stamp, decide).await?;
        let jobs = match written {
            Written::Done(jobs) => jobs,
            Written::AlreadyDone(_) => {
                return self.show_deployment(Written::AlreadyDone(id.clone())).await;
            }
            Written::Refused(why) => return Ok(Written::Refused(why)),
            Written::Unknown(why) => return Ok(Written::Unknown(why)),
        };
        let gap = self
            .run_apps(id, commit, (&jobs, live.run()), watcher)
            .await;
        match gap {
            Some(gap) => Ok(Written::Unknown(gap)),
            None => self.show_deployment(Written::Done(id.clone())).await,
        }
    }

    fn decide_start(
        &self,
        view: &View,
        id: &DeploymentId,
        commit: &CommitId,
        run: &Run,
    ) -> Result<Step<Vec<AppJob>>, Error> {
        let subject = Subject::Deployment(id.clone());
        let golive = view
            .state
            .deployment(id)
            .ok_or_else(|| not_found(&subject))?;
        let refused = |why| Ok(Step::Settled(Written::Refused(why)));
        let deployment = self.deployment(&view.state, golive);
        if let Some((by, run, at)) = &golive.run {
            return refused(format!(
                "{subject} was started by {} on {} at {at}; it can be started once, so create a new one",
                by.show(),
                run.device
            ));
        }
        if deployment.commit != *commit {
            return refused(format!(
                "{subject} deploys {}, and you looked at {}",
                deployment.commit.short(),
                commit.short()
            ));
        }
        let lifted = self.lifted(&subject, commit);
        if let Some(why) = self.deployment_seats(golive).obstacle(&lifted) {
            return refused(format!("{subject}: {why}"));
        }
        if let Some(other) = view.state.running_in(&deployment.environment) {
            return refused(format!(
                "deployment {} to {} runs; one at a time",
                other.deployment.id, deployment.environment
            ));
        }
        let mut migrations = view.state.migrations(&deployment.environment);
        if migrations.any(|(_, job)| !job.has_ended()) {
            return refused(format!("migrations run on {}", deployment.environment));
        }
        let apps = match self.deployable(&deployment.environment) {
            Ok((_, apps)) => apps,
            Err(why) => return refused(why),
        };
        let jobs: Vec<AppJob> = (0..)
            .zip(apps)
            .map(|(ahead, app)| AppJob {
                job: view.state.next_job(ahead),
                app: app.name.clone(),
                has_health: app.health.is_some(),
            })
            .collect();
        let event = Event::DeploymentStarted {
            deployment: id.clone(),
            run: run.clone(),
            jobs: jobs.clone(),
        };
        Ok(append(event, jobs))
    }

    /// Runs all apps, also after one has failed. Returns what the remote may not know, if something.
    async fn run_apps(
        self: &Arc<Self>,
        id: &DeploymentId,
        commit: &CommitId,
        (jobs, run): (&[AppJob], &Run),
        watcher: &dyn JobWatcher,
    ) -> Option<String> {
        let mut progress = Progress::new(self);
        let mut failed = Vec::new();
        let mut is_cancelled = false;
        for AppJob { job, app, .. } in jobs {
            let project = &self.options.project;
            let found = project.apps.iter().find(|known| known.name == *app);
            let Some(known) = found else {
                // The jobs were made from this very project.
                continue;
            };
            if watcher.is_cancelled() {
                is_cancelled = true;
                break;
            }
            let started = Event::JobStarted {
                job: job.clone(),
                name: app.to_string(),
                purpose: Purpose::App {
                    deployment: id.clone(),
                },
                run: run.clone(),
            };
            progress.tell(started, Vec::new()).await;
            let order = JobOrder {
                id: job,
                name: app.as_str(),
                argv: &known.deploy,
                commit,
                facts: vec![
                    ("LANEKEEPER_DEPLOYMENT", id.to_string()),
                    ("LANEKEEPER_APP", app.to_string()),
                ],
                timeout: DEPLOY_TIMEOUT,
                health: known.health.as_ref(),
            };
            let end = self
                .run_job(&order, watcher, until_cancelled(watcher))
                .await;
            if !end.is_good() {
                failed.push(format!("{app}: {}", end.why()));
            }
            is_cancelled |= end.state == JobState::Cancelled;
            let (event, log) = end.into_event(job.clone());
            progress.tell(event, log).await;
        }
        let state = match (is_cancelled, failed.is_empty()) {
            (true, _) => DeploymentState::Cancelled,
            (false, true) => DeploymentState::Succeeded,
            (false, false) => DeploymentState::Failed,
        };
        let finished = Event::DeploymentFinished {
            deployment: id.clone(),
            state,
            detail: failed.join("; "),
        };
        progress.tell(finished, Vec::new()).await;
        let gap = progress.gap()?;
        Some(format!(
            "deployment {id} ended here ({}), but the remote may not know: {gap}",
            state.word()
        ))
    }

    /// Turns an answer that names a deployment into one that shows it.
    async fn show_deployment(
        self: &Arc<Self>,
        written: Written<DeploymentId>,
    ) -> Result<Written<Deployment>, Error> {
        let id = match &written {
            Written::Done(id) | Written::AlreadyDone(id) => id.clone(),
            Written::Refused(why) => return Ok(Written::Refused(why.clone())),
            Written::Unknown(why) => return Ok(Written::Unknown(why.clone())),
        };
        let deployment = self
            .ask(move |local, view| {
                let golive = view.state.deployment(&id);
                let golive = golive.ok_or_else(|| not_found(&Subject::Deployment(id.clone())))?;
                Ok(local.deployment(&view.state, golive))
            })
            .await?;
        Ok(match written {
            Written::AlreadyDone(_) => Written::AlreadyDone(deployment),
            Written::Done(_) | Written::Refused(_) | Written::Unknown(_) => {
                Written::Done(deployment)
            }
        })
    }

    /// Ends what a dead console of this machine left running. Returns what it ended.
    pub(super) async fn settle_lost_runs(self: &Arc<Self>) -> Result<Vec<String>, Error> {
        let lost = self.ask(|local, view| Ok(local.lost(view))).await?;
        let mut ended = Vec::new();
        for event in lost {
            let name = if let Event::DeploymentLost { deployment, .. } = &event {
                format!("deployment {deployment}")
            } else {
                "a job".to_owned()
            };
            let local = Arc::clone(self);
            let decide = move |view: &View| {
                // Another console of this machine may have been faster.
                if local.lost(view).contains(&event) {
                    Ok(append(event.clone(), ()))
                } else {
                    Ok(Step::Settled(Written::AlreadyDone(())))
                }
            };
            let stamp = self.stamp();
            let written = self.ledger.act("the lost run", stamp, decide).await?;
            if matches!(written, Written::Done(())) {
                ended.push(name);
            }
        }
        Ok(ended)
    }

    /// Returns the events that end what a dead console of this machine left running.
    fn lost(&self, view: &View) -> Vec<Event> {
        const WHY: &str = "the console that ran it died";
        let is_lost = |run: &Run| is_dead(run, &self.options);
        let deployments = view.state.deployments.iter().filter(|golive| {
            golive.deployment.is_running()
                && golive.run.as_ref().is_some_and(|(_, run, _)| is_lost(run))
        });
        let mut lost: Vec<Event> = deployments
            .map(|golive| Event::DeploymentLost {
                deployment: golive.deployment.id.clone(),
                why: WHY.to_owned(),
            })
            .collect();
        let jobs = view.state.jobs.values().filter(|record| {
            // Jobs of a deployment end with it.
            record.job.app.is_none() && !record.has_ended() && is_lost(&record.run)
        });
        lost.extend(jobs.map(|record| Event::JobFinished {
            job: record.job.id.clone(),
            state: JobState::Cancelled,
            health: None,
            detail: WHY.to_owned(),
            log: None,
        }));
        lost
    }

    /// Marks a running deployment as failed because its console is known to be gone.
    pub(super) async fn abandon(
        self: &Arc<Self>,
        id: &DeploymentId,
        reason: &str,
    ) -> Result<Written<Deployment>, Error> {
        let (wanted, why) = (id.clone(), reason.to_owned());
        let decide = move |view: &View| {
            let golive = view.state.deployment(&wanted);
            let golive = golive.ok_or_else(|| not_found(&Subject::Deployment(wanted.clone())))?;
            if !golive.deployment.is_running() {
                let why = format!("deployment {wanted} does not run");
                return Ok(Step::Settled(Written::Refused(why)));
            }
            let event = Event::DeploymentLost {
                deployment: wanted.clone(),
                why: why.clone(),
            };
            Ok(append(event, wanted.clone()))
        };
        let stamp = self.stamp();
        let written = self.ledger.act("the deployment", stamp, decide).await?;
        self.show_deployment(written).await
    }
}
