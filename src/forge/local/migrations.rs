//! Database migrations of an environment: one job, by hand, once per commit.

use std::sync::Arc;

use crate::forge::Error;
use crate::forge::JobWatcher;
use crate::forge::Written;
use crate::forge::sent::before;
use crate::model::CommitId;
use crate::model::EnvironmentName;
use crate::model::JobId;
use crate::model::JobState;

use super::alive::LiveRun;
use super::checks::UNTRUSTED;
use super::event::Event;
use super::event::Purpose;
use super::event::Run;
use super::golive::DEPLOY_TIMEOUT;
use super::job::JobOrder;
use super::job::Progress;
use super::job::until_cancelled;
use super::ledger::Step;
use super::ledger::View;
use super::options::Local;
use super::request::append;

const NAME: &str = "migrations";

impl Local {
    pub(super) async fn run_migrations(
        self: &Arc<Self>,
        environment: &EnvironmentName,
        commit: &CommitId,
        watcher: &dyn JobWatcher,
    ) -> Result<Written<()>, Error> {
        let configured = self.options.project.environment(environment);
        let argv = configured.and_then(|environment| environment.migrations.clone());
        let Some(argv) = argv else {
            return Ok(Written::Refused(format!(
                "environment `{environment}` has no `migrations` command in lanekeeper.toml"
            )));
        };
        if !self.options.are_commands_trusted {
            return Ok(Written::Refused(UNTRUSTED.to_owned()));
        }
        before(self.settle_lost_runs()).await?;
        let live = LiveRun::new(&self.options);
        let (wanted, run) = ((environment.clone(), commit.clone()), live.run().clone());
        let decide = move |view: &View| Ok(decide(view, &wanted.0, &wanted.1, &run));
        let stamp = self.stamp();
        let job = match self.ledger.act(NAME, stamp, decide).await? {
            Written::Done(job) => job,
            Written::AlreadyDone(_) => return Ok(Written::AlreadyDone(())),
            Written::Refused(why) => return Ok(Written::Refused(why)),
            Written::Unknown(why) => return Ok(Written::Unknown(why)),
        };
        let order = JobOrder {
            id: &job,
            name: NAME,
            argv: &argv,
            commit,
            facts: vec![("LANEKEEPER_ENVIRONMENT", environment.to_string())],
            timeout: DEPLOY_TIMEOUT,
            health: None,
        };
        let stop = until_cancelled(watcher);
        let end = self.run_job(&order, watcher, stop).await;
        let (state, why) = (end.state, end.why());
        let mut progress = Progress::new(self);
        let (event, log) = end.into_event(job.clone());
        progress.tell(event, log).await;
        if let Some(gap) = progress.gap() {
            return Ok(Written::Unknown(format!(
                "migrations {}, but the remote may not know: {gap}",
                state.word()
            )));
        }
        Ok(match state {
            JobState::Succeeded => Written::Done(()),
            JobState::Manual
            | JobState::Queued
            | JobState::Running
            | JobState::Failed
            | JobState::Cancelled
            | JobState::Skipped => Written::Refused(format!(
                "migrations {} ({why}); what they changed before that stays: see the log of {job}",
                state.word()
            )),
        })
    }
}

fn decide(view: &View, environment: &EnvironmentName, commit: &CommitId, run: &Run) -> Step<JobId> {
    let refused = |why| Step::Settled(Written::Refused(why));
    if let Some(running) = view.state.running_in(environment) {
        return refused(format!(
            "deployment {} to {environment} runs; wait until it has ended",
            running.deployment.id
        ));
    }
    for (of, record) in view.state.migrations(environment) {
        if !record.has_ended() {
            return refused(format!("migrations run already on {}", record.run.device));
        }
        if of == commit && record.job.state == JobState::Succeeded {
            return Step::Settled(Written::AlreadyDone(record.job.id.clone()));
        }
    }
    let job = view.state.next_job(0);
    let event = Event::JobStarted {
        job: job.clone(),
        name: NAME.to_owned(),
        purpose: Purpose::Migrations {
            environment: environment.clone(),
            commit: commit.clone(),
        },
        run: run.clone(),
    };
    append(event, job)
}
