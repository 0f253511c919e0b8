//! Jobs of a run, and which app each of them deploys.

use crate::forge::Error;
use crate::model::AppName;
use crate::model::DeploymentState;
use crate::model::HealthState;
use crate::model::Job;
use crate::model::JobId;
use crate::model::JobState;
use crate::model::Timestamp;

use super::options::Gitea;
use super::runs::Flow;
use super::wire;

impl Gitea {
    /// Returns the jobs of a run; asked again only when the run changed.
    pub(super) async fn jobs(&self, flow: &Flow) -> Result<Vec<wire::Job>, Error> {
        let Some(id) = flow.id else {
            return Ok(flow.jobs.clone().unwrap_or_default());
        };
        let known = self.memory().jobs.get(&id).cloned();
        // Of a run that goes on, jobs may come that nobody lists yet.
        if let Some((version, jobs)) = known
            && version == flow.version
            && flow.state != DeploymentState::Running
            && jobs
                .iter()
                .all(|job| ended(&job.status, &job.conclusion).is_some())
        {
            return Ok(jobs);
        }
        let run = id.to_string();
        let ask = self.get(&["actions", "runs", &run, "jobs"]);
        let jobs = match self.http().find::<wire::Jobs>(&ask).await? {
            Some(jobs) => jobs.into_vec(),
            // A version that lists runs and not their jobs (Forgejo before 16): what runners took must do.
            None => self.tasks_of(flow).await?,
        };
        let entry = (flow.version.clone(), jobs.clone());
        self.memory().jobs.insert(id, entry);
        Ok(jobs)
    }
}

/// Returns how something ended: Gitea's `completed` with a conclusion, or Forgejo's one word; none while it goes on.
pub(super) fn ended<'a>(status: &'a str, conclusion: &'a str) -> Option<&'a str> {
    match status {
        "completed" => Some(conclusion),
        "success" | "failure" | "cancelled" | "skipped" => Some(status),
        _ => None,
    }
}

fn state(job: &wire::Job) -> JobState {
    match ended(&job.status, &job.conclusion) {
        Some("success") => JobState::Succeeded,
        Some("cancelled") => JobState::Cancelled,
        Some("skipped") => JobState::Skipped,
        Some(_) => JobState::Failed,
        None if matches!(job.status.as_str(), "running" | "in_progress") => JobState::Running,
        None => JobState::Queued,
    }
}

/// Tells whether a job is meant by a name: it is its name, or that of a matrix, `deploy (portal)`.
pub(super) fn is_named(job: &wire::Job, name: &str) -> bool {
    job.name
        .strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("))
}

/// Returns what a run that has succeeded did for each app, where the server tells of none of its jobs: the word for the
/// whole is all there is, and nothing contradicts it.
pub(super) fn of_whole(flow: &Flow, apps: &[AppName]) -> Vec<Job> {
    // Its log is looked for in the run, and not found there, instead of under a number that is another job's.
    let id: Option<JobId> = format!("{}:{}:0", flow.commit, flow.number).parse().ok();
    let job = |app: &AppName| {
        Some(Job {
            id: id.clone()?,
            name: flow.workflow.clone(),
            app: Some(app.clone()),
            state: JobState::Succeeded,
            since: flow.updated_at,
            started_by: None,
            health: HealthState::NotConfigured,
        })
    };
    apps.iter().filter_map(job).collect()
}

/// Returns the jobs that deploy, one for each app: the job whose name has the app's name as a word of its own. Where no
/// job's name has any, every job deploys every app, and an app is as far as the whole.
pub(super) fn of_apps(jobs: &[wire::Job], apps: &[AppName], created_at: Timestamp) -> Vec<Job> {
    let job = |job: &wire::Job, app: Option<&AppName>| {
        let times = [&job.completed_at, &job.started_at, &job.created_at];
        Some(Job {
            id: id(job)?,
            name: job.name.clone(),
            app: app.cloned(),
            state: state(job),
            since: times
                .into_iter()
                .map(|text| wire::time(text))
                .fold(created_at, Timestamp::max),
            started_by: None,
            // Nobody asks the forge how the app is.
            health: HealthState::NotConfigured,
        })
    };
    let app_of = |one: &wire::Job| apps.iter().find(|app| has_word(&one.name, app.as_str()));
    if jobs.iter().any(|one| app_of(one).is_some()) || apps.is_empty() {
        let is_seen = |one: &&wire::Job| {
            ended(&one.status, &one.conclusion) != Some("skipped") || app_of(one).is_some()
        };
        return jobs
            .iter()
            .filter(is_seen)
            .filter_map(|one| job(one, app_of(one)))
            .collect();
    }
    // What stands in the way of the whole stands in the way of each app.
    let decisive = jobs
        .iter()
        .filter(|one| ended(&one.status, &one.conclusion) != Some("skipped"))
        .min_by_key(|one| match state(one) {
            JobState::Failed => 0,
            JobState::Cancelled => 1,
            JobState::Running => 2,
            JobState::Queued | JobState::Manual => 3,
            JobState::Succeeded => 4,
            JobState::Skipped => 5,
        });
    let decisive: Vec<&wire::Job> = decisive.into_iter().collect();
    apps.iter()
        .flat_map(|app| decisive.iter().map(move |one| (one, app)))
        .filter_map(|(one, app)| job(one, Some(app)))
        .collect()
}

/// Returns the number of a job.
pub(super) fn id(job: &wire::Job) -> Option<JobId> {
    job.id.to_string().parse().ok()
}

fn has_word(text: &str, word: &str) -> bool {
    let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    text.match_indices(word).any(|(at, _)| {
        is_edge(text[..at].chars().next_back()) && is_edge(text[at + word.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(id: u64, name: &str, status: &str) -> wire::Job {
        wire::Job {
            id,
            name: name.to_owned(),
            status: status.to_owned(),
            conclusion: String::new(),
            created_at: String::new(),
            started_at: String::new(),
            completed_at: String::new(),
            run_id: 0,
            attempt: 0,
            run_attempt: 0,
        }
    }

    fn shown(jobs: &[wire::Job], apps: &[&str]) -> Vec<(String, Option<String>, JobState)> {
        let apps: Vec<AppName> = apps
            .iter()
            .map(|app| app.parse().expect("an app's name"))
            .collect();
        of_apps(jobs, &apps, Timestamp::from_second(0))
            .into_iter()
            .map(|job| (job.name, job.app.map(|app| app.to_string()), job.state))
            .collect()
    }

    #[test]
    fn a_job_deploys_the_app_that_its_name_names() {
        let jobs = [
            job(1, "build", "success"),
            job(2, "deploy (portal)", "running"),
            job(3, "deploy-api", "success"),
        ];
        let seen = shown(&jobs, &["portal", "api", "mail"]);
        assert_eq!(seen[0].1, None);
        assert_eq!(seen[1].1.as_deref(), Some("portal"));
        assert_eq!(seen[2].1.as_deref(), Some("api"));
        assert_eq!(seen.len(), 3, "nobody deployed mail, and nobody says so");
    }

    #[test]
    fn one_job_for_all_apps_is_the_job_of_each() {
        let jobs = [
            job(1, "build", "success"),
            job(2, "ship", "failure"),
            job(3, "later", "skipped"),
        ];
        let seen = shown(&jobs, &["portal", "api"]);
        let expected = |app: &str| ("ship".to_owned(), Some(app.to_owned()), JobState::Failed);
        assert_eq!(seen, [expected("portal"), expected("api")]);
        assert!(
            is_named(&job(1, "ship", ""), "ship") && is_named(&job(1, "ship (api)", ""), "ship")
        );
        assert!(!is_named(&job(1, "shipping", ""), "ship"));
    }
}
