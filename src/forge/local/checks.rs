//! Running the checks of a request's head, one after the other, each in a worktree of its own.

use std::sync::Arc;

use crate::forge::Error;
use crate::forge::JobWatcher;
use crate::forge::Written;
use crate::forge::sent::before;
use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::CheckRule;
use crate::model::CommitId;
use crate::model::JobId;
use crate::model::JobState;
use crate::model::RequestId;

use super::alive::LiveRun;
use super::alive::is_dead;
use super::event::Event;
use super::event::Purpose;
use super::event::Run;
use super::job::JobOrder;
use super::job::Progress;
use super::ledger::Step;
use super::ledger::View;
use super::merge::moved;
use super::options::Local;
use super::request::append;
use super::request::find;

/// What to do about one check.
#[derive(Clone)]
enum Turn {
    Run(JobId),
    /// It has passed for this head.
    Passed,
}

/// What a request's checks need, read once.
struct Checks {
    from: BranchName,
    into: BranchName,
    /// Each with a command.
    rules: Vec<CheckRule>,
}

pub(super) const UNTRUSTED: &str = "the commands in lanekeeper.toml are not trusted on this machine: read them, then run `lanekeeper trust`";

impl Local {
    pub(super) async fn run_checks(
        self: &Arc<Self>,
        id: RequestId,
        head: &CommitId,
        watcher: &dyn JobWatcher,
    ) -> Result<Written<ChangeRequest>, Error> {
        if !self.options.are_commands_trusted {
            return Ok(Written::Refused(UNTRUSTED.to_owned()));
        }
        before(self.settle_lost_runs()).await?;
        let checks = self
            .ask(move |local, view| local.checks_of(view, id))
            .await?;
        let checks = match checks {
            Ok(checks) => checks,
            Err(why) => return Ok(Written::Refused(why)),
        };
        let mut has_run = false;
        for rule in &checks.rules {
            match self.run_check(id, head, rule, &checks, watcher).await? {
                Written::Done(()) => has_run = true,
                Written::AlreadyDone(()) => {}
                Written::Refused(why) => return Ok(Written::Refused(why)),
                Written::Unknown(why) => return Ok(Written::Unknown(why)),
            }
        }
        let written = if has_run {
            Written::Done(id)
        } else {
            Written::AlreadyDone(id)
        };
        self.show(written).await
    }

    fn checks_of(&self, view: &View, id: RequestId) -> Result<Result<Checks, String>, Error> {
        let request = find(view, id)?;
        let project = &self.options.project;
        let Some(lane) = project.lane_of_branch(&request.into) else {
            return Ok(Err(format!(
                "`{}` is no lane, so no check applies",
                request.into
            )));
        };
        let rules: Vec<CheckRule> = project.checks_for(&lane.name).cloned().collect();
        let runnable: Vec<CheckRule> = rules
            .iter()
            .filter(|rule| rule.command.is_some())
            .cloned()
            .collect();
        if let (Some(rule), true) = (rules.first(), runnable.is_empty()) {
            return Ok(Err(format!(
                "check `{}` has no `command`: without a forge's CI nothing can run it; add one in lanekeeper.toml",
                rule.name
            )));
        }
        Ok(Ok(Checks {
            from: request.from.clone(),
            into: request.into.clone(),
            rules: runnable,
        }))
    }

    /// Runs one check, unless it has passed for this head.
    async fn run_check(
        self: &Arc<Self>,
        id: RequestId,
        head: &CommitId,
        rule: &CheckRule,
        checks: &Checks,
        watcher: &dyn JobWatcher,
    ) -> Result<Written<()>, Error> {
        let live = LiveRun::new(&self.options);
        let (local, head_wanted) = (Arc::clone(self), head.clone());
        let (run, wanted) = (live.run().clone(), rule.clone());
        let decide = move |view: &View| local.decide_check(view, id, &head_wanted, &wanted, &run);
        let job = match self.ledger.act("the check", self.stamp(), decide).await? {
            Written::Done(Turn::Run(job)) => job,
            Written::Done(Turn::Passed) | Written::AlreadyDone(_) => {
                return Ok(Written::AlreadyDone(()));
            }
            Written::Refused(why) => return Ok(Written::Refused(why)),
            Written::Unknown(why) => return Ok(Written::Unknown(why)),
        };
        let order = JobOrder {
            id: &job,
            name: rule.name.as_str(),
            argv: rule.command.as_deref().unwrap_or_default(),
            commit: head,
            facts: vec![
                ("LANEKEEPER_REQUEST", id.to_string()),
                ("LANEKEEPER_BRANCH", checks.from.to_string()),
                ("LANEKEEPER_TARGET", checks.into.to_string()),
            ],
            timeout: rule.timeout,
            health: None,
        };
        let stop = self.until_moved(&checks.from, head, watcher);
        let end = self.run_job(&order, watcher, stop).await;
        let (state, why) = (end.state, end.detail.clone());
        let mut progress = Progress::new(self);
        let (event, log) = end.into_event(job);
        progress.tell(event, log).await;
        if let Some(gap) = progress.gap() {
            return Ok(Written::Unknown(format!(
                "check `{}` {} ({why}), but the remote may not know: {gap}",
                rule.name,
                state.word()
            )));
        }
        if state == JobState::Cancelled {
            let name = &rule.name;
            return Ok(Written::Refused(format!(
                "{why}; check `{name}` was stopped"
            )));
        }
        Ok(Written::Done(()))
    }

    fn decide_check(
        &self,
        view: &View,
        id: RequestId,
        head: &CommitId,
        rule: &CheckRule,
        run: &Run,
    ) -> Result<Step<Turn>, Error> {
        let request = find(view, id)?;
        let refused = |why| Ok(Step::Settled(Written::Refused(why)));
        if !self.request(view, request)?.is_open() {
            return refused(format!("request {id} is not open"));
        }
        let now = Self::head(view, request);
        if now != head {
            return refused(moved(request.from.as_str(), now, head));
        }
        if let Some(earlier) = view.state.check(id, &rule.name, head) {
            if earlier.job.state == JobState::Succeeded {
                return Ok(Step::Settled(Written::AlreadyDone(Turn::Passed)));
            }
            // A run elsewhere that is long over its time has died without a word. Two machines' times of day say so, since
            // nobody watched it from its beginning; where one of them is wrong, a check runs twice, which changes nothing.
            let limit = i64::try_from(rule.timeout.as_secs()).unwrap_or(i64::MAX);
            let age = self.now().seconds_since(earlier.job.since);
            let is_over = is_dead(&earlier.run, &self.options) || age > limit.saturating_add(120);
            if !earlier.has_ended() && !is_over {
                return refused(format!(
                    "check `{}` runs already on {}",
                    rule.name, earlier.run.device
                ));
            }
        }
        let job = view.state.next_job(0);
        let event = Event::JobStarted {
            job: job.clone(),
            name: rule.name.to_string(),
            purpose: Purpose::Check {
                request: id,
                check: rule.name.clone(),
                head: head.clone(),
            },
            run: run.clone(),
        };
        Ok(append(event, Turn::Run(job)))
    }
}
