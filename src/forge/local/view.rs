//! From the folded chain to the neutral nouns: live heads, mergeability, checks, seats.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use crate::forge::Error;
use crate::model::ChangeRequest;
use crate::model::Check;
use crate::model::CheckState;
use crate::model::CommitId;
use crate::model::Deployment;
use crate::model::DeploymentState;
use crate::model::JobState;
use crate::model::Mergeability;
use crate::model::Merged;
use crate::model::Person;
use crate::model::PredictionOutcome;
use crate::model::RequestId;
use crate::model::RequestState;
use crate::model::Role;
use crate::model::Untrusted;

use super::ledger::View;
use super::ledger::reading;
use super::options::Local;
use super::seats::Seats;
use super::state::GoLive;
use super::state::Request;
use super::state::State;

/// How far back a merge that was made by hand is looked for.
const OUTSIDE_LIMIT: usize = 10_000;

/// How a request's head stands to its target, by head and target tip: computed once, since commits never change.
pub(super) type Standings = BTreeMap<(RequestId, CommitId, CommitId), Standing>;

/// How a request's head stands to its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing of it is merged.
    Open(Mergeability),
    /// The target holds it, though nobody merged it here.
    MergedOutside(Merged),
}

impl Local {
    /// Returns the head of a request: the tip of its source branch, or the last one known where the branch is gone.
    pub(super) fn head<'a>(view: &'a View, request: &'a Request) -> &'a CommitId {
        match &request.merged {
            Some(merged) => &merged.head,
            None => view.tips.get(&request.from).unwrap_or(request.last_head()),
        }
    }

    /// Returns a request as everybody sees it.
    pub(super) fn request(&self, view: &View, request: &Request) -> Result<ChangeRequest, Error> {
        let head = Self::head(view, request);
        let (state, mergeability) = self.state_of(view, request, head)?;
        let pusher = self.last_pusher(head);
        let seats = self.request_seats(request, head, pusher.as_ref());
        let reviewers = request.reviewers.iter();
        Ok(ChangeRequest {
            id: request.id,
            title: Untrusted::new(request.title.as_str()),
            body: Untrusted::new(request.body.as_str()),
            from: request.from.clone(),
            into: request.into.clone(),
            head: head.clone(),
            state,
            is_draft: request.is_draft,
            labels: request.labels.clone(),
            // A plain remote plans no milestones.
            milestone: None,
            author: request.author.clone(),
            approvals: seats.shown(),
            reviewers: reviewers
                .map(|email| Person::from_email(email, email))
                .collect(),
            opened_at: request.opened_at,
            updated_at: request.updated_at,
            mergeability,
            checks: self.checks(&view.state, request, head),
            hotfix: request.hotfix.clone(),
            url: None,
            last_pusher: pusher,
        })
    }

    fn state_of(
        &self,
        view: &View,
        request: &Request,
        head: &CommitId,
    ) -> Result<(RequestState, Mergeability), Error> {
        let settled = |why: &str| Mergeability::Blocked(why.to_owned());
        if let Some(merged) = &request.merged {
            return Ok((
                RequestState::Merged(merged.clone()),
                settled("it is merged"),
            ));
        }
        if request.is_closed {
            return Ok((RequestState::Closed, settled("it is closed")));
        }
        let Some(target) = view.tips.get(&request.into) else {
            let why = format!("the remote has no branch `{}`", request.into);
            return Ok((RequestState::Open, Mergeability::Blocked(why)));
        };
        Ok(match self.standing(request, head, target)? {
            Standing::Open(mergeability) => (RequestState::Open, mergeability),
            Standing::MergedOutside(merged) => {
                (RequestState::Merged(merged), settled("it is merged"))
            }
        })
    }

    /// Returns how a head stands to a target's tip.
    pub(super) fn standing(
        &self,
        request: &Request,
        head: &CommitId,
        target: &CommitId,
    ) -> Result<Standing, Error> {
        let key = (request.id, head.clone(), target.clone());
        let cached = self.standings.lock();
        let cached = cached
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        if let Some(standing) = cached {
            return Ok(standing);
        }
        let standing = self.compute_standing(request, head, target)?;
        let cached = self.standings.lock();
        let mut cached = cached.unwrap_or_else(PoisonError::into_inner);
        // An older tip of the same request will not come back.
        cached.retain(|(id, _, _), _| *id != request.id);
        cached.insert(key, standing.clone());
        Ok(standing)
    }

    fn compute_standing(
        &self,
        request: &Request,
        head: &CommitId,
        target: &CommitId,
    ) -> Result<Standing, Error> {
        let repo = &self.options.repo;
        let open = |why: String| Ok(Standing::Open(Mergeability::Blocked(why)));
        if repo.commit(head).is_err() {
            return open(format!(
                "commit {} is not on the remote any more",
                head.short()
            ));
        }
        let is_ancestor = |a: &CommitId, of: &CommitId| {
            repo.is_ancestor(a, of)
                .map_err(reading("the target branch"))
        };
        if is_ancestor(head, target)? {
            // What the target held when the request was opened was not brought by it.
            if is_ancestor(head, &request.onto)? {
                return open(format!("`{}` brings nothing new", request.from));
            }
            return self.merged_outside(request, head, target);
        }
        let prediction = repo
            .predict_merge(head, target)
            .map_err(reading("whether the request merges"))?;
        Ok(Standing::Open(match prediction.outcome {
            PredictionOutcome::Clean | PredictionOutcome::Already => Mergeability::Clean,
            PredictionOutcome::Conflict { paths } => {
                Mergeability::Conflicts(paths.into_iter().map(|path| path.path).collect())
            }
            PredictionOutcome::Blocked { why } => Mergeability::Blocked(why),
            PredictionOutcome::Unknown { why } => {
                Mergeability::Blocked(format!("cannot tell whether it merges: {why}"))
            }
        }))
    }

    /// Finds the first commit of the target, along first parents, that holds the head.
    fn merged_outside(
        &self,
        request: &Request,
        head: &CommitId,
        target: &CommitId,
    ) -> Result<Standing, Error> {
        let repo = &self.options.repo;
        let read = reading("the target branch");
        let newest_first = repo
            .first_parents(std::slice::from_ref(&request.onto), target, OUTSIDE_LIMIT)
            .map_err(&read)?;
        // Once a commit does not hold the head, none before it does.
        let mut found = None;
        let (mut low, mut high) = (0, newest_first.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let holds = repo
                .is_ancestor(head, &newest_first[middle].id)
                .map_err(&read)?;
            if holds {
                found = Some(&newest_first[middle]);
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let tip = repo.commit(target).map_err(&read)?;
        let commit = found.unwrap_or(&tip);
        Ok(Standing::MergedOutside(Merged {
            commit: commit.id.clone(),
            head: head.clone(),
            by: Some(commit.author.clone()),
            at: commit.committed_at,
            method: None,
        }))
    }

    /// Returns who stands for the last push: plain git does not tell, so it is the head's author.
    pub(super) fn last_pusher(&self, head: &CommitId) -> Option<Person> {
        let commit = self.options.repo.commit(head).ok()?;
        Some(commit.author)
    }

    /// Returns the seats of a request's target lane with the decisions about a head.
    pub(super) fn request_seats<'a>(
        &'a self,
        request: &'a Request,
        head: &'a CommitId,
        pusher: Option<&'a Person>,
    ) -> Seats<'a> {
        let project = &self.options.project;
        let lane = project.lane_of_branch(&request.into);
        let mut own = vec![(&request.author, "opened it")];
        own.extend(pusher.map(|pusher| (pusher, "wrote its latest commit")));
        Seats {
            seats: lane.map_or(&[], |lane| &lane.seats),
            roles: &project.roles,
            head,
            own,
            decisions: &request.decisions,
        }
    }

    /// Returns the checks of a request's head, by the rules of its target lane.
    pub(super) fn checks(&self, state: &State, request: &Request, head: &CommitId) -> Vec<Check> {
        let project = &self.options.project;
        let lane = project.lane_of_branch(&request.into);
        let check = |rule: &crate::model::CheckRule| {
            let latest = state.check(request.id, &rule.name, head);
            Check {
                name: rule.name.clone(),
                head: head.clone(),
                state: latest.map_or(CheckState::Missing, |run| check_state(run.job.state)),
                is_required: rule.is_required,
                since: latest.map_or(request.updated_at, |run| run.job.since),
                job: latest.map(|run| run.job.id.clone()),
            }
        };
        let rules = lane
            .into_iter()
            .flat_map(|lane| project.checks_for(&lane.name));
        let mut checks: Vec<Check> = rules.map(check).collect();
        // A status is somebody's word: it never stands in for a check that a rule wants to see run.
        let said = state.statuses_of(head).map(|(name, status)| Check {
            name: name.clone(),
            head: head.clone(),
            state: status.state,
            is_required: false,
            since: status.since,
            job: None,
        });
        for status in said {
            if checks.iter().all(|check| check.name != status.name) {
                checks.push(status);
            }
        }
        checks
    }

    /// Returns the seats of a deployment: the environment's, or where it is not configured here those asked for at its creation.
    pub(super) fn deployment_seats<'a>(&'a self, golive: &'a GoLive) -> Seats<'a> {
        let project = &self.options.project;
        let deployment = &golive.deployment;
        let environment = project.environment(&deployment.environment);
        let seats: &[Role] =
            environment.map_or(&deployment.seats, |environment| &environment.seats);
        Seats {
            seats,
            roles: &project.roles,
            head: &deployment.commit,
            own: vec![(&deployment.created_by, "created it")],
            decisions: &deployment.approvals,
        }
    }

    /// Returns a deployment as everybody sees it.
    pub(super) fn deployment(&self, state: &State, golive: &GoLive) -> Deployment {
        let seats = self.deployment_seats(golive);
        let jobs = golive.jobs.iter().filter_map(|job| state.jobs.get(job));
        Deployment {
            state: match golive.deployment.state {
                DeploymentState::Blocked if seats.rejection().is_some() => {
                    DeploymentState::Rejected
                }
                DeploymentState::Blocked if seats.vacant().is_empty() => DeploymentState::Approved,
                state @ (DeploymentState::Blocked
                | DeploymentState::Approved
                | DeploymentState::Rejected
                | DeploymentState::Running
                | DeploymentState::Succeeded
                | DeploymentState::Failed
                | DeploymentState::Cancelled) => state,
            },
            seats: seats.seats.to_vec(),
            approvals: seats.shown(),
            jobs: jobs.map(|record| record.job.clone()).collect(),
            ..golive.deployment.clone()
        }
    }
}

fn check_state(job: JobState) -> CheckState {
    match job {
        JobState::Manual | JobState::Queued => CheckState::Queued,
        JobState::Running => CheckState::Running,
        JobState::Succeeded => CheckState::Passed,
        JobState::Failed => CheckState::Failed,
        JobState::Cancelled => CheckState::Cancelled,
        JobState::Skipped => CheckState::Skipped,
    }
}
