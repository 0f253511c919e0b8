//! Workflow runs, from whichever call the version has: runs (Gitea 1.25, Forgejo 12), or the tasks that runners took.

use crate::forge::Error;
use crate::model::CommitId;
use crate::model::DeploymentState;
use crate::model::Person;
use crate::model::Timestamp;

use super::jobs::ended;
use super::options::Gitea;
use super::wire;

/// Runs that are read: the latest of the whole project.
pub(super) const RUN_LIMIT: usize = 100;
/// Runs or tasks that are looked through for those of one commit, where a server cannot be asked for these only.
pub(super) const SOUGHT: usize = 1_000;
/// How far the clock of whoever made a commit may be from the server's.
const CLOCKS: i64 = 24 * 60 * 60;

/// What was read of the list of runs.
#[derive(Debug)]
pub(super) struct Listed {
    /// Newest first.
    pub(super) flows: Vec<Flow>,
    /// Nothing was left unread: there are no others.
    pub(super) is_whole: bool,
    /// The earliest time in what was read; none where the list tells no time of every run.
    back_to: Option<Timestamp>,
}

impl Listed {
    /// Tells whether every run of a commit made at that time is in it: a run is later than its commit.
    pub(super) fn reaches(&self, made: Timestamp) -> bool {
        let is_before = |at: Timestamp| at.as_second() < made.as_second() - CLOCKS;
        self.is_whole || self.back_to.is_some_and(is_before)
    }
}

/// One run of a workflow.
#[derive(Debug, Clone)]
pub(super) struct Flow {
    /// The API's id; none where only tasks are known.
    pub(super) id: Option<u64>,
    /// As counted in the project, and in addresses of pages.
    pub(super) number: u64,
    /// The workflow's file, `deploy.yml`.
    pub(super) workflow: String,
    pub(super) branch: String,
    pub(super) commit: CommitId,
    pub(super) state: DeploymentState,
    pub(super) by: Person,
    pub(super) created_at: Timestamp,
    /// When a runner first took a job of its latest attempt; none before that, and where the server does not tell.
    started_at: Option<Timestamp>,
    pub(super) updated_at: Timestamp,
    pub(super) url: String,
    /// What changes when the run goes on or is run again.
    pub(super) version: String,
    /// The jobs, where the list already told them.
    pub(super) jobs: Option<Vec<wire::Job>>,
}

impl Gitea {
    /// Reads the latest runs, newest first, or those of one commit; none if this server tells of no runs.
    pub(super) async fn flows(
        &self,
        commit: Option<&CommitId>,
    ) -> Result<Option<Vec<Flow>>, Error> {
        let listed = self.listed(commit, RUN_LIMIT).await?;
        Ok(listed.map(|listed| listed.flows))
    }

    /// The same, of the latest `most` runs or tasks, with how far that reaches.
    pub(super) async fn listed(
        &self,
        commit: Option<&CommitId>,
        most: usize,
    ) -> Result<Option<Listed>, Error> {
        let known = self.known().await?;
        if known.version.no_flows().is_some() {
            return Ok(None);
        }
        if known.version.has_runs() {
            let mut ask = self.get(&["actions", "runs"]).with("limit", &known.page);
            if let Some(commit) = commit {
                ask = ask.with("head_sha", commit.as_str());
            }
            let read = self.http().read_pages(&ask, most, |answer| {
                Ok(answer.json::<wire::Runs>()?.workflow_runs)
            });
            match read.await {
                Ok(runs) => {
                    return Ok(Some(Listed {
                        flows: of_runs(&runs, commit),
                        is_whole: runs.len() < most,
                        back_to: None,
                    }));
                }
                Err(error) if error.status() == Some(404) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.listed_tasks(commit, most).await
    }

    /// Puts runs together from the latest tasks that runners took; none if this server tells of none.
    pub(super) async fn task_flows(
        &self,
        commit: Option<&CommitId>,
    ) -> Result<Option<Vec<Flow>>, Error> {
        let listed = self.listed_tasks(commit, RUN_LIMIT).await?;
        Ok(listed.map(|listed| listed.flows))
    }

    async fn listed_tasks(
        &self,
        commit: Option<&CommitId>,
        most: usize,
    ) -> Result<Option<Listed>, Error> {
        let page = self.known().await?.page;
        let ask = self.get(&["actions", "tasks"]).with("limit", &page);
        let read = self.http().read_pages(&ask, most, |answer| {
            Ok(answer.json::<wire::Tasks>()?.workflow_runs)
        });
        match read.await {
            Ok(tasks) => {
                let times = tasks.iter().map(|task| wire::known_time(&task.created_at));
                let times: Option<Vec<Timestamp>> = times.collect();
                Ok(Some(Listed {
                    flows: of_tasks(&tasks, commit),
                    is_whole: tasks.len() < most,
                    back_to: times.and_then(|times| times.into_iter().min()),
                }))
            }
            // Actions are off, or the token may not read them.
            Err(error) if matches!(error.status(), Some(403 | 404)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the jobs of a run that runners took, in the order in which they did; those that wait for their first time are
    /// not among them.
    pub(super) async fn tasks_of(&self, flow: &Flow) -> Result<Vec<wire::Job>, Error> {
        let all = self.task_flows(Some(&flow.commit)).await?;
        let is_same = |one: &Flow| one.number == flow.number && one.workflow == flow.workflow;
        let same = all.into_iter().flatten().find(is_same);
        let mut jobs = same.and_then(|one| one.jobs).unwrap_or_default();
        if flow.state == DeploymentState::Running {
            let before = |job: &&mut wire::Job| is_of_before(job, flow.started_at);
            for job in jobs.iter_mut().filter(before) {
                "waiting".clone_into(&mut job.status);
            }
        }
        Ok(jobs)
    }
}

fn of_runs(runs: &[wire::Run], wanted: Option<&CommitId>) -> Vec<Flow> {
    let flow = |run: &wire::Run| {
        let commit = wire::commit(&run.head_sha)?;
        // An older version answers with all, whatever it was asked for.
        if wanted.is_some_and(|wanted| *wanted != commit) {
            return None;
        }
        let times = [&run.completed_at, &run.started_at, &run.created_at];
        Some(Flow {
            id: Some(run.id),
            number: run.run_number,
            workflow: run.workflow.clone(),
            branch: run.head_branch.clone(),
            commit,
            state: state(&run.status, &run.conclusion),
            by: wire::person(run.user.as_ref()),
            created_at: wire::time(&run.created_at),
            started_at: wire::known_time(&run.started_at),
            updated_at: times
                .into_iter()
                .map(|text| wire::time(text))
                .max()
                .unwrap_or_else(|| wire::time("")),
            url: run.html_url.clone(),
            version: format!("{} {} {}", run.status, run.conclusion, run.completed_at),
            jobs: None,
        })
    };
    runs.iter().filter_map(flow).collect()
}

/// Puts the tasks of each run together. A run whose jobs no runner took yet cannot be seen this way.
fn of_tasks(tasks: &[wire::Task], wanted: Option<&CommitId>) -> Vec<Flow> {
    let mut flows: Vec<Flow> = Vec::new();
    for task in tasks {
        let Some(commit) = wire::commit(&task.head_sha) else {
            continue;
        };
        if wanted.is_some_and(|wanted| *wanted != commit) {
            continue;
        }
        let job = wire::Job {
            id: task.id,
            name: task.name.clone(),
            status: task.status.clone(),
            conclusion: String::new(),
            created_at: task.created_at.clone(),
            started_at: task.created_at.clone(),
            completed_at: task.updated_at.clone(),
            run_id: 0,
            attempt: 0,
            run_attempt: 0,
        };
        let (created, updated) = (wire::time(&task.created_at), wire::time(&task.updated_at));
        let same = flows
            .iter_mut()
            .find(|flow| flow.number == task.run_number && flow.workflow == task.workflow_id);
        match same {
            Some(flow) => {
                flow.created_at = flow.created_at.min(created);
                flow.updated_at = flow.updated_at.max(updated);
                flow.jobs.get_or_insert_default().push(job);
            }
            None => flows.push(Flow {
                id: None,
                number: task.run_number,
                workflow: task.workflow_id.clone(),
                branch: task.head_branch.clone(),
                commit,
                state: DeploymentState::Running,
                // A task does not tell who started it.
                by: wire::person(None),
                created_at: created,
                started_at: None,
                updated_at: updated,
                url: task.url.clone(),
                version: String::new(),
                jobs: Some(vec![job]),
            }),
        }
    }
    for flow in &mut flows {
        let jobs = latest(flow.jobs.take().unwrap_or_default());
        let states: Vec<DeploymentState> = jobs
            .iter()
            .map(|job| state(&job.status, &job.conclusion))
            .collect();
        flow.state = all(&states);
        flow.jobs = Some(jobs);
    }
    flows.sort_by_key(|flow| std::cmp::Reverse(flow.number));
    flows
}

/// Keeps the newest task of each job, in the order in which runners first took them: a job that ran again is another
/// task of its name, and what came of the earlier ones stays in the list. Non-guarantee: two jobs with one `name` are taken for
/// one, since nothing in the list tells them apart; `doctor` warns of them.
fn latest(mut tasks: Vec<wire::Job>) -> Vec<wire::Job> {
    tasks.sort_by_key(|task| task.id);
    let mut jobs: Vec<wire::Job> = Vec::new();
    for task in tasks {
        match jobs.iter_mut().find(|earlier| earlier.name == task.name) {
            Some(earlier) => *earlier = task,
            None => jobs.push(task),
        }
    }
    jobs
}

/// Tells whether a task of a run that goes on ended badly before that was started: it is of an earlier attempt, and is to
/// run again as far as anybody knows.
fn is_of_before(task: &wire::Job, started_at: Option<Timestamp>) -> bool {
    let has_failed = match state(&task.status, &task.conclusion) {
        DeploymentState::Failed | DeploymentState::Cancelled => true,
        DeploymentState::Blocked
        | DeploymentState::Approved
        | DeploymentState::Rejected
        | DeploymentState::Running
        | DeploymentState::Succeeded => false,
    };
    has_failed && started_at.is_none_or(|at| wire::time(&task.completed_at) < at)
}

/// Returns the state of a run from those of its jobs.
fn all(states: &[DeploymentState]) -> DeploymentState {
    [
        DeploymentState::Running,
        DeploymentState::Failed,
        DeploymentState::Cancelled,
    ]
    .into_iter()
    .find(|state| states.contains(state))
    .unwrap_or(DeploymentState::Succeeded)
}

/// Returns what the words of a run mean. An unknown one is no end.
fn state(status: &str, conclusion: &str) -> DeploymentState {
    match ended(status, conclusion) {
        Some("success") => DeploymentState::Succeeded,
        Some("cancelled" | "skipped") => DeploymentState::Cancelled,
        Some(_) => DeploymentState::Failed,
        None => DeploymentState::Running,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(id: u64, number: u64, name: &str, status: &str) -> wire::Task {
        wire::Task {
            id,
            name: name.to_owned(),
            head_sha: "a".repeat(40),
            head_branch: "main".to_owned(),
            run_number: number,
            status: status.to_owned(),
            workflow_id: "deploy.yml".to_owned(),
            url: String::new(),
            created_at: "2026-01-02T03:04:05Z".to_owned(),
            updated_at: "2026-01-02T03:04:06Z".to_owned(),
        }
    }

    #[test]
    fn the_tasks_of_a_run_are_one_run_that_has_ended_when_all_have() {
        let tasks = [
            task(5, 8, "b", "success"),
            task(4, 8, "a", "running"),
            task(2, 7, "b", "success"),
            task(1, 7, "a", "failure"),
        ];
        let flows = of_tasks(&tasks, None);
        let seen: Vec<(u64, DeploymentState)> =
            flows.iter().map(|flow| (flow.number, flow.state)).collect();
        assert_eq!(
            seen,
            [(8, DeploymentState::Running), (7, DeploymentState::Failed)]
        );
    }

    #[test]
    fn of_a_job_that_ran_again_only_its_newest_task_counts() {
        let tasks = [
            task(9, 7, "portal", "success"),
            task(8, 7, "admin", "success"),
            task(5, 7, "portal", "success"),
            task(4, 7, "admin", "failure"),
        ];
        let flow = of_tasks(&tasks, None).remove(0);
        assert_eq!(flow.state, DeploymentState::Succeeded);
        let jobs = flow.jobs.unwrap_or_default();
        let ids: Vec<u64> = jobs.iter().map(|job| job.id).collect();
        assert_eq!(ids, [8, 9], "each in its place");
        // It is not what it was before, either, while it runs again.
        let again = [task(8, 7, "admin", "running"), tasks[3].clone()];
        assert_eq!(of_tasks(&again, None)[0].state, DeploymentState::Running);
    }

    #[test]
    fn what_is_older_than_what_was_read_may_have_run_all_the_same() {
        let made = Timestamp::from_second(1_000_000);
        let reaches = |is_whole, back_to: Option<i64>| {
            let listed = Listed {
                flows: Vec::new(),
                is_whole,
                back_to: back_to.map(Timestamp::from_second),
            };
            listed.reaches(made)
        };
        assert!(reaches(true, None), "there are no others");
        assert!(!reaches(false, None), "it tells no time");
        assert!(reaches(false, Some(1_000_000 - CLOCKS - 1)));
        assert!(!reaches(false, Some(1_000_000 - CLOCKS)), "by some clock");
        assert!(!reaches(false, Some(2_000_000)));
    }

    #[test]
    fn an_unknown_word_is_no_end() {
        assert_eq!(state("completed", "success"), DeploymentState::Succeeded);
        assert_eq!(state("success", ""), DeploymentState::Succeeded);
        assert_eq!(state("cancelled", ""), DeploymentState::Cancelled);
        assert_eq!(state("completed", "exploded"), DeploymentState::Failed);
        assert_eq!(state("pondering", ""), DeploymentState::Running);
    }
}
