//! Deployments of a forge that has none: what the engine needs, made of what is there.
//!
//! An environment names its workflow in `job`. With a **file** (`job = "deploy.yml"`), the newest run of that workflow
//! for a commit of the environment's lane is the deployment of that commit. Before there is a run, the tip of the lane
//! *waits to be started*, as a manual job would: it is listed, people take its seats (in the record, since the forge has
//! no place for that), and starting it is a `workflow_dispatch`. With the **name of a job** (`job = "deploy-prod"`), the
//! deployment is the run that has this job; the pipeline starts it by itself, so there merging is deploying, and nothing
//! can be approved or started here. Without `job` there is nothing to deploy.
//!
//! One commit has one deployment here: the newest run. What ended badly is run again on the forge's page, and the next
//! look sees it running.

use std::collections::BTreeMap;

use crate::forge::Error;
use crate::forge::NewDeployment;
use crate::forge::Written;
use crate::model::Approval;
use crate::model::CommitId;
use crate::model::Decision;
use crate::model::Deployment;
use crate::model::DeploymentId;
use crate::model::DeploymentState;
use crate::model::Environment;
use crate::model::EnvironmentName;
use crate::model::Lane;
use crate::model::Person;
use crate::model::Project;
use crate::model::Role;
use crate::model::Subject;
use crate::model::Timestamp;
use crate::model::Untrusted;

use super::jobs::is_named;
use super::jobs::of_apps;
use super::jobs::of_whole;
use super::options::Gitea;
use super::runs::Flow;
use super::runs::RUN_LIMIT;
use super::server::SKIP;
use super::wire;

/// Runs of one environment that are listed, of the latest of the project.
const SHOWN: usize = 10;

/// Tells whether an environment's job is a workflow's file, which can be started.
pub(super) fn is_file(job: &str) -> bool {
    let extension = std::path::Path::new(job).extension();
    extension.is_some_and(|extension| extension == "yml" || extension == "yaml")
}

/// Says why no other go-live of a commit is made: by whichever version, the newest run of the commit is its go-live, and
/// [`Gitea::find_or_refuse`] starts none beside it.
pub(super) fn no_second(project: &Project) -> BTreeMap<EnvironmentName, String> {
    let why = "a commit has one go-live here: the newest run of its workflow";
    let environments = project.environments.iter();
    environments
        .map(|one| (one.name.clone(), why.to_owned()))
        .collect()
}

impl Gitea {
    /// Lists deployments, newest first.
    pub(super) async fn list_deployments(
        &self,
        environment: Option<&EnvironmentName>,
    ) -> Result<Vec<Deployment>, Error> {
        let wanted: Vec<(&Environment, &str)> = self
            .options
            .project
            .environments
            .iter()
            .filter(|one| environment.is_none_or(|name| *name == one.name))
            .filter_map(|one| Some((one, one.job.as_deref()?)))
            .collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let Some(latest) = self.listed(None, RUN_LIMIT).await? else {
            return Ok(Vec::new());
        };
        let mut all = Vec::new();
        for (environment, job) in wanted {
            let runs = self.runs_of(environment, job, &latest.flows).await?;
            all.extend(self.of_tips(environment, job, &runs, &latest).await?);
            all.extend(runs);
        }
        // A waiting one is the newest: nothing came of it yet. Among equals the order of the list stays.
        all.sort_by_key(|one| std::cmp::Reverse((is_waiting(one), one.created_at)));
        Ok(all)
    }

    /// Returns the newest run of each commit that deploys to an environment.
    pub(super) async fn runs_of(
        &self,
        environment: &Environment,
        job: &str,
        flows: &[Flow],
    ) -> Result<Vec<Deployment>, Error> {
        let lanes = self.lanes_in(environment);
        let is_here = |flow: &&Flow| {
            let branch = flow.branch.parse();
            let is_lane =
                branch.is_ok_and(|branch| lanes.iter().any(|lane| lane.branch.matches(&branch)));
            is_lane && (!is_file(job) || flow.workflow == job)
        };
        let mut found: Vec<Deployment> = Vec::new();
        for flow in flows.iter().filter(is_here) {
            // Counted are deployments, not the other workflows that ran beside them.
            if found.len() == SHOWN {
                break;
            }
            if found.iter().any(|newer| newer.commit == flow.commit) {
                continue;
            }
            let jobs = self.jobs(flow).await?;
            if !is_file(job) && !jobs.iter().any(|one| is_named(one, job)) {
                continue;
            }
            let created_at = self.made_at(flow, &jobs);
            let deploying: Vec<wire::Job> = if is_file(job) {
                jobs
            } else {
                jobs.into_iter().filter(|one| is_named(one, job)).collect()
            };
            let is_untold = deploying.is_empty() && flow.state == DeploymentState::Succeeded;
            found.push(Deployment {
                id: id(environment, &flow.commit)?,
                environment: environment.name.clone(),
                commit: flow.commit.clone(),
                state: flow.state,
                created_by: self.who_answers(environment, flow).await?,
                created_at,
                updated_at: flow.updated_at.max(created_at),
                seats: Vec::new(),
                approvals: Vec::new(),
                jobs: if is_untold {
                    of_whole(flow, &environment.apps)
                } else {
                    of_apps(&deploying, &environment.apps, created_at)
                },
                hotfix: None,
                url: Some(flow.url.clone()).filter(|url| !url.is_empty()),
                behind: None,
            });
        }
        Ok(found)
    }

    /// Returns when a run was made. Gitea does not tell that, only when it was started, which is unknown until a runner comes
    /// and is another time when it runs again: its jobs know when they were queued.
    fn made_at(&self, flow: &Flow, jobs: &[wire::Job]) -> Timestamp {
        let queued = jobs
            .iter()
            .filter_map(|job| wire::known_time(&job.created_at));
        let is_known = |at: &Timestamp| *at > Timestamp::from_second(0);
        let told = [flow.created_at, flow.updated_at].into_iter();
        queued
            .chain(told.filter(is_known))
            .min()
            .unwrap_or_else(|| self.now())
    }

    /// Returns who merged a commit into its lane: who brings something may not approve that it goes live.
    pub(super) async fn who_brought(
        &self,
        commit: &CommitId,
        author: Option<&wire::Author>,
    ) -> Result<Person, Error> {
        let known = self.memory().brought.get(commit).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let ask = self.get(&["commits", commit.as_str(), "pull"]);
        let pull: Option<wire::Pull> = self.http().find(&ask).await?;
        let person = match (pull.and_then(|pull| pull.merged_by), author) {
            (Some(user), _) => wire::person(Some(&user)),
            (None, Some(author)) => Person::from_email(&author.name, &author.email),
            (None, None) => self.who_wrote(commit).await?,
        };
        self.memory().brought.insert(commit.clone(), person.clone());
        Ok(person)
    }

    async fn who_wrote(&self, commit: &CommitId) -> Result<Person, Error> {
        let ask = self.get(&["git", "commits", commit.as_str()]);
        let found: Option<wire::Commit> = self.http().find(&ask).await?;
        Ok(found.map_or_else(
            || wire::person(None),
            |found| {
                let author = &found.commit.author;
                Person::from_email(&author.name, &author.email)
            },
        ))
    }

    /// Returns who may take no seat of a run: the same person as before it was started. Who pressed start, or ran it again,
    /// would void their own yes by that, and nobody could run its jobs again. Without seats it is who started it.
    async fn who_answers(&self, environment: &Environment, flow: &Flow) -> Result<Person, Error> {
        if environment.seats.is_empty() {
            return Ok(flow.by.clone());
        }
        self.who_brought(&flow.commit, None).await
    }

    pub(super) fn lanes_in(&self, environment: &Environment) -> Vec<&Lane> {
        let lanes = self.options.project.lanes.iter();
        lanes
            .filter(|lane| lane.environment.as_ref() == Some(&environment.name))
            .collect()
    }

    /// Finds the deployment of a commit, or says what is missing for one.
    pub(super) async fn find_or_refuse(
        &self,
        new: &NewDeployment,
    ) -> Result<Written<Deployment>, Error> {
        let NewDeployment {
            environment: name,
            commit,
            hotfix: _,
        } = new;
        let refused = |why: String| Ok(Written::Refused(why));
        let Some(environment) = self.options.project.environment(name) else {
            return refused(format!(
                "there is no environment `{name}` in lanekeeper.toml"
            ));
        };
        let Some(job) = environment.job.as_deref() else {
            return refused(format!(
                "environment `{name}` has no `job` in lanekeeper.toml; name there the file of its workflow (`deploy.yml`), or take its apps out: then merging is deploying"
            ));
        };
        let all = self.list_deployments(Some(name)).await?;
        if let Some(found) = all.into_iter().find(|one| one.commit == *commit) {
            return match found.state {
                DeploymentState::Blocked | DeploymentState::Approved | DeploymentState::Running => {
                    Ok(Written::AlreadyDone(found))
                }
                DeploymentState::Rejected
                | DeploymentState::Succeeded
                | DeploymentState::Failed
                | DeploymentState::Cancelled => refused(self.run_again(&found, job).await?),
            };
        }
        let known = self.known().await?;
        let (server, short) = (known.version.name(), commit.short());
        let branches: Vec<String> = self
            .lanes_in(environment)
            .iter()
            .map(|lane| format!("`{}`", lane.branch))
            .collect();
        let branches = branches.join(" or ");
        if let Some(why) = known.version.no_flows() {
            return refused(format!("{server}: {why}; {SKIP}"));
        }
        if self.listed(None, RUN_LIMIT).await?.is_none() {
            return refused(format!(
                "{server} tells of no workflow runs here: Actions are off for this project, or the token may not read them"
            ));
        }
        refused(if !is_file(job) {
            format!(
                "no workflow run of {short} on {branches} has a job `{job}`; it is seen here as soon as the pipeline made it"
            )
        } else if known.version.has_dispatch() && self.is_tip(environment, commit).await? {
            format!(
                "{server} has more runs than are looked through, so nobody knows here whether `{job}` ran for {short}; look on its page, and start it there if it did not: it is seen here then"
            )
        } else if known.version.has_dispatch() {
            format!(
                "only the tip of {branches} can be started, and {short} is not there; look again"
            )
        } else {
            format!(
                "{server} cannot be asked to start a workflow; start `{job}` for {short} on its page, it is seen here then"
            )
        })
    }

    /// Says how a run that has ended is run again.
    async fn run_again(&self, ended: &Deployment, job: &str) -> Result<String, Error> {
        let flows = self.flows(Some(&ended.commit)).await?.unwrap_or_default();
        let run = flows
            .iter()
            .find(|flow| !is_file(job) || flow.workflow == job);
        let place = run.map_or_else(String::new, |run| format!(": {}", run.url));
        Ok(format!(
            "the run of `{job}` for {} has ended ({}); run it again on its page, it is seen here then{place}",
            ended.commit.short(),
            ended.state.word()
        ))
    }

    /// Takes a seat for a deployment. The forge has no place for it: what is answered here is kept in the record.
    pub(super) async fn decide_deployment(
        &self,
        id: &DeploymentId,
        head: &CommitId,
        role: Option<&Role>,
        decision: Decision,
        comment: Option<&str>,
    ) -> Result<Written<Approval>, Error> {
        let all = self.list_deployments(None).await?;
        let subject = Subject::Deployment(id.clone());
        let refused = |why: &str| Ok(Written::Refused(format!("{subject}: {why}")));
        let Some(found) = all.into_iter().find(|one| one.id == *id) else {
            return refused("it is not there any more; look again");
        };
        let me = self.me().await?;
        if found.commit != *head {
            return refused("it is of another commit than you looked at; look again");
        }
        if !is_waiting(&found) {
            return refused("it was started already");
        }
        if found.created_by == *me {
            return refused("you merged what it deploys");
        }
        Ok(Written::Done(Approval {
            proof: Default::default(),
            by: me.clone(),
            role: role.cloned(),
            head: head.clone(),
            decision,
            at: self.now(),
            comment: comment
                .filter(|text| !text.trim().is_empty())
                .map(Untrusted::new),
        }))
    }
}

/// Tells whether nobody started it.
pub(super) fn is_waiting(deployment: &Deployment) -> bool {
    matches!(
        deployment.state,
        DeploymentState::Blocked | DeploymentState::Approved
    )
}

/// Returns the id by which everybody knows the deployment of a commit to an environment.
pub(super) fn id(environment: &Environment, commit: &CommitId) -> Result<DeploymentId, Error> {
    let plain: String = environment
        .name
        .as_str()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let short: String = commit.as_str().chars().take(12).collect();
    let text = format!("{}-{short}", plain.trim_start_matches('-'));
    let text = text.trim_start_matches('-');
    text.parse().map_err(|error| Error::Read {
        what: format!("the deployments to {}", environment.name),
        source: Box::new(error),
    })
}
