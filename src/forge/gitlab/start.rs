//! Pressing start: play on every job of the go-live that waits for it. At most once per job and call; a job that may
//! have been started is looked at and never pressed again.

use std::sync::Arc;

use crate::forge::Error;
use crate::forge::JobWatcher;
use crate::forge::Written;
use crate::model::CommitId;
use crate::model::Deployment;
use crate::model::DeploymentId;
use crate::model::DeploymentState;

use super::golive::GoLive;
use super::golive::Part;
use super::golive::Phase;
use super::home::Gitlab;

impl Gitlab {
    pub(super) async fn start(
        self: &Arc<Self>,
        id: &DeploymentId,
        commit: &CommitId,
        watcher: &dyn JobWatcher,
    ) -> Result<Written<Deployment>, Error> {
        let golive = self.find_golive(id).await?;
        let refused = |why: String| Ok(Written::Refused(format!("deployment {id}: {why}")));
        if golive.commit != *commit {
            return refused(format!(
                "it is of {}, not of {}",
                golive.commit.short(),
                commit.short()
            ));
        }
        match golive.state() {
            // Where some jobs run, whoever started them may not have come to the others.
            DeploymentState::Approved | DeploymentState::Running => {}
            DeploymentState::Blocked => return refused(self.why_blocked(&golive)),
            DeploymentState::Rejected => return refused("it was rejected".to_owned()),
            DeploymentState::Succeeded | DeploymentState::Failed | DeploymentState::Cancelled => {
                return refused("it has ended; a deployment is started once".to_owned());
            }
        }
        let own = golive
            .parts
            .iter()
            .filter(|part| part.phase() == Phase::Manual);
        let own = own.filter_map(Part::job);
        let extra = golive.extra.iter().filter(|job| job.status == "manual");
        let mut started = 0;
        for job in own.chain(extra) {
            match self.play(job, &golive.environment).await? {
                Written::Done(()) | Written::AlreadyDone(()) => {
                    started += 1;
                    if let Ok(id) = job.id.to_string().parse() {
                        watcher.state(&id, &job.name, "started", self.now());
                    }
                }
                Written::Refused(why) if started == 0 => return refused(why),
                // The others run: what is left is shown as not started, and can be started by another start.
                Written::Refused(_) => break,
                Written::Unknown(why) => return Ok(Written::Unknown(why)),
            }
        }
        if started == 0 {
            return self.shown(&golive).map(Written::AlreadyDone);
        }
        match self.find_golive(id).await {
            Ok(now) => self.shown(&now).map(Written::Done),
            // GitLab took every start; how far the jobs are is for the next look.
            Err(_) => self.shown(&golive).map(|before| {
                Written::Done(Deployment {
                    state: DeploymentState::Running,
                    ..before
                })
            }),
        }
    }

    fn shown(&self, golive: &GoLive) -> Result<Deployment, Error> {
        self.neutral(golive).ok_or_else(|| Error::NotFound {
            what: format!("deployment {}", golive.number()),
        })
    }

    fn why_blocked(&self, golive: &GoLive) -> String {
        let blocked = golive
            .parts
            .iter()
            .filter(|part| part.phase() == Phase::Blocked);
        let mut missing: Vec<String> = Vec::new();
        for part in blocked {
            for rule in part.detail.rules() {
                let name =
                    crate::model::Untrusted::new(rule.access_level_description.as_str()).show();
                if !rule.is_met() && !missing.contains(&name) {
                    missing.push(name);
                }
            }
        }
        let is_reached = golive
            .parts
            .iter()
            .any(|part| part.phase() == Phase::Blocked);
        if !is_reached {
            return match &golive.behind {
                Some(what) => format!("it waits for {what}"),
                None => "the pipeline has not reached it yet".to_owned(),
            };
        }
        if missing.is_empty() {
            return "an approval is missing".to_owned();
        }
        format!("an approval is missing: {}", missing.join(", "))
    }
}
