//! Go-lives as GitLab keeps them, a deployment per job, gathered by pipeline and environment.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::forge::Error;
use crate::model::Approval;
use crate::model::CommitId;
use crate::model::Decision;
use crate::model::Deployment;
use crate::model::DeploymentId;
use crate::model::DeploymentState;
use crate::model::EnvironmentName;
use crate::model::HealthState;
use crate::model::Job;
use crate::model::Person;
use crate::model::Role;
use crate::model::Timestamp;

use super::checks::since;
use super::golive::GoLive;
use super::golive::Part;
use super::golive::Phase;
use super::golive::is_named;
use super::home::Gitlab;
use super::home::degraded;
use super::home::lock;
use super::jobs::app_of;
use super::seats;
use super::wire;
use super::words;

/// How many of GitLab's deployments to one environment are read.
const MOST: usize = 100;
/// How many deployments that ended are asked for their approvals in one look; the others are from long ago.
const DETAILS: usize = 30;

/// Which pipeline deployed to which environment, by the number of each of its deployments.
pub(super) type Runs = BTreeMap<u64, (EnvironmentName, u64)>;

/// What was read about deployments that ended, by their number, each with the time of their last change.
pub(super) type Ended = BTreeMap<u64, (Option<String>, wire::DeploymentDetail)>;

impl Gitlab {
    pub(super) async fn deployments(
        self: &Arc<Self>,
        environment: Option<&EnvironmentName>,
    ) -> Result<Vec<Deployment>, Error> {
        let project = &self.options.project;
        let names: Vec<EnvironmentName> = match environment {
            Some(name) => vec![name.clone()],
            None => project
                .environments
                .iter()
                .filter(|one| one.is_production || one.job.is_some())
                .map(|one| one.name.clone())
                .collect(),
        };
        let mut all = Vec::new();
        for name in names {
            self.look_again_at_starters(&name).await;
            all.extend(self.golives(&name).await?);
        }
        all.sort_by_key(|golive| std::cmp::Reverse(golive.number()));
        Ok(all
            .iter()
            .filter_map(|golive| self.neutral(golive))
            .collect())
    }

    /// Reads the go-lives to one environment, newest first.
    pub(super) async fn golives(&self, name: &EnvironmentName) -> Result<Vec<GoLive>, Error> {
        let ask = self
            .get(&["deployments"])
            .await?
            .with("environment", name)
            .with("order_by", "id")
            .with("sort", "desc")
            .with("per_page", &MOST);
        let read = self.http().read_list(&ask, MOST).await;
        let lines: Vec<wire::Deployment> = match read {
            Ok(lines) => lines,
            // An environment that nothing was deployed to yet. Without the right to look, nothing is known.
            Err(error) if error.status() == Some(404) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let lines = lines
            .into_iter()
            .filter(|line| line.environment.name == name.as_str());
        let groups = self.grouped(name, lines).into_iter();
        let mut found: Vec<GoLive> = groups.filter_map(|group| golive(name, group)).collect();
        found.sort_by_key(|golive| std::cmp::Reverse(golive.number()));
        let mut golives = Vec::new();
        let mut is_overtaken = false;
        for mut golive in found {
            // Nobody starts what a later go-live left behind; GitLab itself calls such jobs outdated. Each of them stays
            // manual for ever, so that asking about them would take longer with every pipeline.
            if is_overtaken && !golive.is_started() {
                continue;
            }
            self.complete(&mut golive).await?;
            is_overtaken |= golive.state() == DeploymentState::Succeeded;
            golives.push(golive);
        }
        if let Some(newest) = golives.first() {
            self.note_rules(newest);
        }
        Ok(golives)
    }

    /// Gathers deployments by pipeline, the latest of each job, and of a pipeline those of its deploy stage.
    fn grouped(
        &self,
        name: &EnvironmentName,
        lines: impl Iterator<Item = wire::Deployment>,
    ) -> Vec<Vec<wire::Deployment>> {
        let mut groups: BTreeMap<(bool, u64), BTreeMap<String, wire::Deployment>> = BTreeMap::new();
        for line in lines {
            let job = line.deployable.as_ref();
            let pipeline = job.and_then(|job| job.pipeline.as_ref());
            if let Some(pipeline) = pipeline {
                lock(&self.runs).insert(line.id, (name.clone(), pipeline.id));
            }
            let key = pipeline.map_or((false, line.id), |pipeline| (true, pipeline.id));
            let job_name = job.map_or_else(String::new, |job| job.name.clone());
            let known = groups.entry(key).or_default();
            if known.get(&job_name).is_none_or(|known| known.id < line.id) {
                known.insert(job_name, line);
            }
        }
        let wanted = self
            .options
            .project
            .environment(name)
            .and_then(|one| one.job.as_deref());
        let of_stage = |group: BTreeMap<String, wire::Deployment>| -> Vec<wire::Deployment> {
            let stages: Vec<String> = group
                .values()
                .filter_map(|one| one.deployable.as_ref())
                .filter(|job| wanted.is_some_and(|wanted| is_named(&job.name, wanted)))
                .map(|job| job.stage.clone())
                .collect();
            let is_in = |one: &wire::Deployment| {
                let job = one.deployable.as_ref();
                stages.is_empty() || job.is_some_and(|job| stages.contains(&job.stage))
            };
            group.into_values().filter(|one| is_in(one)).collect()
        };
        groups.into_values().rev().map(of_stage).collect()
    }

    /// Returns the older deployments of the same pipeline to the same environment: the number of a go-live is that of the
    /// newest, and each job that runs again makes one more.
    pub(super) fn earlier_numbers(&self, id: &DeploymentId) -> Vec<DeploymentId> {
        let runs = lock(&self.runs);
        let Ok(number) = id.as_str().parse::<u64>() else {
            return Vec::new();
        };
        let Some(run) = runs.get(&number) else {
            return Vec::new();
        };
        let older = runs.range(..number).filter(|(_, one)| *one == run);
        older
            .filter_map(|(number, _)| number.to_string().parse().ok())
            .collect()
    }

    /// Reads what no list has of a go-live.
    async fn complete(&self, golive: &mut GoLive) -> Result<(), Error> {
        for part in &mut golive.parts {
            part.detail = self.detail(&part.deployment).await?;
        }
        golive.extra = self.extra_jobs(&golive.environment, &golive.parts).await?;
        golive.behind = self.behind(golive).await?;
        Ok(())
    }

    /// Reads what only the single answer has: approvals and rules. What has ended is asked once, and an edition without
    /// any not at all.
    pub(super) async fn detail(
        &self,
        line: &wire::Deployment,
    ) -> Result<wire::DeploymentDetail, Error> {
        if self.is_community() {
            return Ok(wire::DeploymentDetail::default());
        }
        let job_status = line.deployable.as_ref().map(|job| job.status.as_str());
        let has_ended = words::has_ended(job_status.unwrap_or(&line.status));
        if has_ended {
            let mut ended = lock(&self.ended);
            match ended.get(&line.id) {
                Some((at, detail)) if *at == line.updated_at => return Ok(detail.clone()),
                Some(_) => {}
                None if ended.len() >= DETAILS => {
                    let oldest = ended.keys().next().copied().unwrap_or_default();
                    if line.id < oldest {
                        return Ok(wire::DeploymentDetail::default());
                    }
                    ended.remove(&oldest);
                }
                None => {}
            }
        }
        let ask = self.get(&["deployments", &line.id.to_string()]).await?;
        let detail: wire::DeploymentDetail =
            degraded(self.http().read(&ask).await)?.unwrap_or_default();
        if has_ended {
            lock(&self.ended).insert(line.id, (line.updated_at.clone(), detail.clone()));
        }
        Ok(detail)
    }

    pub(super) fn neutral(&self, golive: &GoLive) -> Option<Deployment> {
        let project = &self.options.project;
        let (environment, commit) = (&golive.environment, &golive.commit);
        let judged = golive.judged();
        let seats = judged
            .iter()
            .map(|part| seats::seats_of(&part.detail, environment, project));
        let lines = golive.parts.iter().map(|part| &part.deployment);
        let times = |of: fn(&wire::Deployment) -> &Option<String>| {
            let known = golive
                .parts
                .iter()
                .filter_map(|part| wire::time(of(&part.deployment).as_ref()));
            known.collect::<Vec<Timestamp>>()
        };
        let created_at = times(|line| &line.created_at).into_iter().min();
        let created_at = created_at.unwrap_or(Timestamp::from_second(0));
        let updated_at = times(|line| &line.updated_at).into_iter().max();
        let user = lines
            .max_by_key(|line| line.id)
            .and_then(|line| line.user.as_ref());
        Some(Deployment {
            id: golive.id()?,
            environment: environment.clone(),
            commit: commit.clone(),
            state: golive.state(),
            created_by: wire::person(user),
            created_at,
            updated_at: updated_at.unwrap_or(created_at),
            seats: most(seats),
            approvals: self.approvals_of(golive),
            jobs: self.jobs_of(golive),
            hotfix: lock(&self.hotfixes).get(commit).cloned(),
            url: golive.page(),
            behind: golive.behind.clone(),
        })
    }

    /// Returns the decisions that hold for the whole: what every job that still waits has, and each no.
    fn approvals_of(&self, golive: &GoLive) -> Vec<Approval> {
        let decisions = |part: &Part| {
            let (environment, commit) = (&golive.environment, &golive.commit);
            seats::decisions_of(&part.detail, environment, commit, &self.options.project)
        };
        let judged: Vec<Vec<Approval>> = golive.judged().into_iter().map(decisions).collect();
        let mut shown = seats::in_all(&judged);
        let rejected = golive
            .parts
            .iter()
            .filter(|part| part.phase() == Phase::Rejected);
        for no in rejected
            .flat_map(decisions)
            .filter(|one| one.decision == Decision::Rejected)
        {
            if !shown
                .iter()
                .any(|known| known.by == no.by && known.decision == no.decision)
            {
                shown.push(no);
            }
        }
        shown
    }

    /// Returns one job per app. A job that names none of the apps deploys all of them, if no other names one.
    fn jobs_of(&self, golive: &GoLive) -> Vec<Job> {
        let configured = self.options.project.environment(&golive.environment);
        let apps = configured.map_or(&[][..], |one| &one.apps);
        let own = golive.parts.iter().filter_map(Part::job);
        let all: Vec<&wire::Job> = own.chain(&golive.extra).collect();
        let names_any = all.iter().any(|job| app_of(&job.name, apps).is_some());
        let mut jobs = Vec::new();
        for job in all {
            let Ok(id) = job.id.to_string().parse() else {
                continue;
            };
            let plain = Job {
                id,
                name: job.name.clone(),
                app: app_of(&job.name, apps).cloned(),
                state: words::job_state(&job.status),
                since: since(&[&job.finished_at, &job.started_at, &job.created_at]),
                started_by: started_by(job),
                health: HealthState::NotConfigured,
            };
            if names_any || apps.is_empty() {
                jobs.push(plain);
                continue;
            }
            jobs.extend(apps.iter().map(|app| Job {
                name: format!("{} ({app})", job.name),
                app: Some(app.clone()),
                ..plain.clone()
            }));
        }
        jobs
    }
}

/// Returns who pressed play on a job; none while nobody has, or where the account is gone.
fn started_by(job: &wire::Job) -> Option<Person> {
    let user = job.user.as_ref();
    user.filter(|_| words::was_started(&job.status))
        .map(wire::User::person)
}

/// Returns the go-live of these deployments, as far as the list tells.
fn golive(name: &EnvironmentName, group: Vec<wire::Deployment>) -> Option<GoLive> {
    let commit: CommitId = group.first()?.sha.parse().ok()?;
    let part = |deployment| Part {
        deployment,
        detail: wire::DeploymentDetail::default(),
    };
    Some(GoLive {
        environment: name.clone(),
        commit,
        parts: group.into_iter().map(part).collect(),
        extra: Vec::new(),
        behind: None,
    })
}

/// Returns the seats that fill all lists: each role as often as the list that wants it most.
fn most(lists: impl Iterator<Item = Vec<Role>>) -> Vec<Role> {
    let mut all: Vec<Role> = Vec::new();
    for list in lists {
        for role in &list {
            let wanted = list.iter().filter(|other| *other == role).count();
            let known = all.iter().filter(|other| *other == role).count();
            all.extend((known..wanted).map(|_| role.clone()));
        }
    }
    all
}
