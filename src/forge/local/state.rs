//! What the chain says, folded: requests, deployments, jobs. Plain data, and questions that need nothing else.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::model::Approval;
use crate::model::BranchName;
use crate::model::CheckName;
use crate::model::CheckState;
use crate::model::CommitId;
use crate::model::Deployment;
use crate::model::DeploymentId;
use crate::model::EnvironmentName;
use crate::model::EventId;
use crate::model::HotfixId;
use crate::model::Job;
use crate::model::JobId;
use crate::model::JobState;
use crate::model::Merged;
use crate::model::Person;
use crate::model::RequestId;
use crate::model::Subject;
use crate::model::Timestamp;
use crate::model::Untrusted;

use super::event::Purpose;
use super::event::Run;
use super::seals::Unweighed;

/// The state of the local forge after some entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct State {
    /// Ids of all entries: one that comes again changes nothing.
    pub(super) seen: BTreeSet<EventId>,
    pub(super) requests: BTreeMap<RequestId, Request>,
    /// In order of creation.
    pub(super) deployments: Vec<GoLive>,
    pub(super) jobs: BTreeMap<JobId, JobRecord>,
    /// By commit and name.
    pub(super) statuses: BTreeMap<(CommitId, CheckName), Status>,
    /// Kinds that this version does not know, cannot read or that do not fit the state they came to, in order.
    pub(super) set_aside: Vec<String>,
    /// One of them must be understood: nothing more is written.
    pub(super) is_beyond_us: bool,
    /// Decisions whose seals nobody looked at yet.
    pub(super) unweighed: Vec<Unweighed>,
}

/// A change request as the chain tells it. Its live head, mergeability and checks come from the repository and the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) id: RequestId,
    pub(super) from: BranchName,
    pub(super) into: BranchName,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) is_draft: bool,
    pub(super) is_closed: bool,
    pub(super) merged: Option<Merged>,
    pub(super) labels: Vec<String>,
    pub(super) reviewers: Vec<String>,
    pub(super) hotfix: Option<HotfixId>,
    pub(super) author: Person,
    pub(super) opened_at: Timestamp,
    pub(super) updated_at: Timestamp,
    /// The target's tip when it was opened.
    pub(super) onto: CommitId,
    /// Heads on record, oldest first; never empty. The last one stands in for a branch that is gone.
    pub(super) heads: Vec<CommitId>,
    pub(super) decisions: Vec<Approval>,
    pub(super) comments: Vec<Comment>,
}

impl Request {
    /// Returns the newest head on record.
    pub(super) fn last_head(&self) -> &CommitId {
        self.heads.last().expect("opened with a head")
    }

    /// Tells whether it is neither merged nor closed on record.
    pub(super) fn is_open(&self) -> bool {
        !self.is_closed && self.merged.is_none()
    }
}

/// Words of a person on a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comment {
    pub(super) by: Person,
    pub(super) at: Timestamp,
    pub(super) text: Untrusted,
}

/// What somebody said about a commit under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) state: CheckState,
    pub(super) text: String,
    pub(super) since: Timestamp,
}

/// A deployment with what only the local forge knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GoLive {
    /// Its jobs are kept in [`State::jobs`], and whether its seats are filled depends on the project: see `view`.
    pub(super) deployment: Deployment,
    pub(super) jobs: Vec<JobId>,
    /// Who pressed start, where and when.
    pub(super) run: Option<(Person, Run, Timestamp)>,
    /// Why it failed, in words.
    pub(super) detail: String,
}

/// A job with what only the local forge knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct JobRecord {
    pub(super) job: Job,
    pub(super) purpose: Purpose,
    pub(super) run: Run,
    pub(super) detail: String,
    /// The commit and the attachment that hold its log.
    pub(super) log: Option<(CommitId, String)>,
}

impl JobRecord {
    /// Tells whether it will change no more.
    pub(super) fn has_ended(&self) -> bool {
        match self.job.state {
            JobState::Succeeded | JobState::Failed | JobState::Cancelled | JobState::Skipped => {
                true
            }
            JobState::Manual | JobState::Queued | JobState::Running => false,
        }
    }
}

impl State {
    /// Returns the deployment of that id.
    pub(super) fn deployment(&self, id: &DeploymentId) -> Option<&GoLive> {
        self.deployments
            .iter()
            .find(|golive| &golive.deployment.id == id)
    }

    /// Returns what was decided about a subject.
    pub(super) fn decisions_mut(&mut self, subject: &Subject) -> Option<&mut Vec<Approval>> {
        match subject {
            Subject::Request(id) => {
                let request = self.requests.get_mut(id)?;
                Some(&mut request.decisions)
            }
            Subject::Deployment(id) => {
                let mut all = self.deployments.iter_mut();
                let golive = all.find(|golive| &golive.deployment.id == id)?;
                Some(&mut golive.deployment.approvals)
            }
        }
    }

    /// Returns the deployment that runs in an environment, if one does.
    pub(super) fn running_in(&self, environment: &EnvironmentName) -> Option<&GoLive> {
        self.deployments.iter().find(|golive| {
            &golive.deployment.environment == environment && golive.deployment.is_running()
        })
    }

    /// Returns the latest run of a check for a request's head.
    pub(super) fn check(
        &self,
        id: RequestId,
        name: &CheckName,
        of: &CommitId,
    ) -> Option<&JobRecord> {
        self.jobs
            .values()
            .filter(|record| match &record.purpose {
                Purpose::Check {
                    request,
                    check,
                    head,
                } => *request == id && check == name && head == of,
                Purpose::App { .. } | Purpose::Migrations { .. } => false,
            })
            .max_by_key(|record| job_number(&record.job.id))
    }

    /// Returns what was said about a commit, by name.
    pub(super) fn statuses_of<'a>(
        &'a self,
        commit: &'a CommitId,
    ) -> impl Iterator<Item = (&'a CheckName, &'a Status)> {
        self.statuses
            .iter()
            .filter(move |((of, _), _)| of == commit)
            .map(|((_, name), status)| (name, status))
    }

    /// Returns migration jobs of an environment, oldest first.
    pub(super) fn migrations<'a>(
        &'a self,
        of: &'a EnvironmentName,
    ) -> impl Iterator<Item = (&'a CommitId, &'a JobRecord)> {
        let mut jobs: Vec<_> = self
            .jobs
            .values()
            .filter_map(move |record| match &record.purpose {
                Purpose::Migrations {
                    environment,
                    commit,
                } if environment == of => Some((commit, record)),
                Purpose::Migrations { .. } | Purpose::Check { .. } | Purpose::App { .. } => None,
            })
            .collect();
        jobs.sort_by_key(|(_, record)| job_number(&record.job.id));
        jobs.into_iter()
    }

    /// Returns the number that the next request gets.
    pub(super) fn next_request(&self) -> RequestId {
        RequestId(self.requests.keys().last().map_or(1, |last| last.0 + 1))
    }

    /// Returns the id that the next deployment gets.
    pub(super) fn next_deployment(&self) -> DeploymentId {
        let number = self.deployments.len() + 1;
        number.to_string().parse().expect("digits are an id")
    }

    /// Returns the id of the `ahead`th next job, `0` for the next one.
    pub(super) fn next_job(&self, ahead: u64) -> JobId {
        let number = self.jobs.len() as u64 + ahead + 1;
        format!("job-{number}").parse().expect("static form")
    }
}

/// Returns the number in a job's id: ids sort by it, not by their text.
fn job_number(id: &JobId) -> u64 {
    id.as_str()
        .strip_prefix("job-")
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}
