//! What CI says about a commit: check runs and statuses, which GitHub keeps apart, and what is required but missing.

use crate::forge::Error;
use crate::model::BranchName;
use crate::model::Check;
use crate::model::CheckName;
use crate::model::CheckState;
use crate::model::CommitId;
use crate::model::JobId;
use crate::model::Timestamp;

use super::actions;
use super::hub::Hub;
use super::required::Required;
use super::required::Rules;
use super::wire;
use super::words;

/// More checks of one commit than anybody reads.
pub(super) const MOST: usize = 1000;
/// Workflow runs of one commit whose jobs are read one after the other.
const MOST_RUNS: usize = 50;
/// The app whose check runs are jobs.
const ACTIONS: &str = "github-actions";

/// Returns the number of that app, where it is one everywhere: each server of one's own gives it another.
fn actions_app(host: &str) -> Option<u64> {
    (host == "github.com").then_some(15_368)
}

impl Hub {
    /// Returns the checks of a head that is to be merged into a branch.
    pub(super) async fn checks(
        &self,
        head: &CommitId,
        into: &BranchName,
        since: Timestamp,
    ) -> Result<Vec<Check>, Error> {
        let rules = self.rules(into).await?;
        let runs = self
            .get(&["commits", head.as_str(), "check-runs"])
            .with("filter", "latest")
            .with("per_page", "100");
        let runs = self.http().read_pages(&runs, MOST, |answer| {
            answer.json::<wire::CheckRuns>().map(|page| page.check_runs)
        });
        let runs = match runs.await {
            Ok(runs) => runs,
            // No right of a fine-grained token lets it read check runs of a private repository.
            Err(error) if error.status() == Some(403) => self.jobs_as_checks(head).await?,
            Err(error) => return Err(error.into()),
        };
        let statuses = self.statuses(head).await?;
        let by_people = self.set_by_people(head, &statuses, &rules).await?;
        Ok(fold(
            &runs,
            (statuses.as_slice(), by_people.as_slice()),
            &rules,
            head,
            since,
        ))
    }

    /// Returns the contexts whose status a person set, where an app is to say what is called so: it is none of the app's.
    /// The latest statuses come without who set them, so this is asked only where it matters.
    async fn set_by_people(
        &self,
        head: &CommitId,
        statuses: &[wire::Status],
        rules: &Rules,
    ) -> Result<Vec<String>, Error> {
        let is_of_app = |said: &wire::Status| {
            let mut wanted = rules.checks.iter();
            wanted.any(|wanted| wanted.app.is_some() && wanted.name == said.context)
        };
        if !statuses.iter().any(is_of_app) {
            return Ok(Vec::new());
        }
        let ask = self
            .get(&["commits", head.as_str(), "statuses"])
            .with("per_page", "100");
        let each: Vec<wire::Status> = self.http().read_list(&ask, MOST).await?;
        let is_persons = |said: &&wire::Status| {
            // The newest comes first.
            let latest = each.iter().find(|one| one.context == said.context);
            is_of_app(said) && latest.is_some_and(|latest| latest.creator.kind == "User")
        };
        let contexts = statuses.iter().filter(is_persons);
        Ok(contexts.map(|said| said.context.clone()).collect())
    }

    /// Reads the jobs of a commit's workflow runs, which are check runs too: all that there are but those of other apps.
    async fn jobs_as_checks(&self, head: &CommitId) -> Result<Vec<wire::CheckRun>, Error> {
        let ask = self
            .get(&["actions", "runs"])
            .with("head_sha", head)
            .with("exclude_pull_requests", "true")
            .with("per_page", "100");
        let runs = self.http().read_pages(&ask, MOST_RUNS, |answer| {
            answer
                .json::<actions::Runs>()
                .map(|page| page.workflow_runs)
        });
        let mut checks = Vec::new();
        for run in runs.await? {
            let jobs = self.jobs(&run).await?;
            checks.extend(jobs.into_iter().map(|job| wire::CheckRun {
                id: job.id,
                name: job.name,
                status: job.status,
                conclusion: job.conclusion,
                started_at: job.started_at,
                completed_at: job.completed_at,
                app: Some(wire::App {
                    id: actions_app(self.http().base().name()),
                    slug: ACTIONS.to_owned(),
                }),
            }));
        }
        Ok(checks)
    }

    /// Tells whether this token may read check runs, by asking for those of a branch; none where that branch is not there.
    pub(super) async fn may_read_checks(&self, branch: &BranchName) -> Result<Option<bool>, Error> {
        let ask = self
            .get(&["commits", branch.as_str(), "check-runs"])
            .with("per_page", "1");
        match self.http().read_answer(&ask).await {
            Ok(_) => Ok(Some(true)),
            Err(error) if error.status() == Some(403) => Ok(Some(false)),
            Err(error) if matches!(error.status(), Some(404 | 422)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

fn fold(
    runs: &[wire::CheckRun],
    (statuses, by_people): (&[wire::Status], &[String]),
    rules: &Rules,
    head: &CommitId,
    since: Timestamp,
) -> Vec<Check> {
    let is_required = |name: &str, app: Option<u64>| {
        let mut wanted = rules.checks.iter();
        wanted.any(|wanted| wanted.is(name, app))
    };
    let is_it = |wanted: &Required, said: &wire::Status| {
        let is_no_app = by_people.contains(&said.context);
        wanted.is(&said.context, None) && !(is_no_app && wanted.app.is_some())
    };
    let app = |run: &wire::CheckRun| run.app.as_ref().and_then(|app| app.id);
    let mut checks: Vec<Check> = Vec::new();
    for run in runs {
        let Ok(name) = run.name.parse::<CheckName>() else {
            continue;
        };
        let is_job = run.app.as_ref().is_some_and(|app| app.slug == ACTIONS);
        checks.push(Check {
            name,
            head: head.clone(),
            state: words::check_run(&run.status, run.conclusion.as_deref()),
            is_required: is_required(&run.name, app(run)),
            since: run.completed_at.or(run.started_at).unwrap_or(since),
            // A job's check run has the job's number.
            job: is_job.then(|| job_id(run.id)).flatten(),
        });
    }
    for status in statuses {
        let Ok(name) = status.context.parse::<CheckName>() else {
            continue;
        };
        checks.push(Check {
            name,
            head: head.clone(),
            state: words::status(&status.state),
            is_required: rules.checks.iter().any(|wanted| is_it(wanted, status)),
            since: status.updated_at.unwrap_or(since),
            job: None,
        });
    }
    for wanted in &rules.checks {
        let Ok(name) = wanted.name.parse::<CheckName>() else {
            continue;
        };
        let has_run = runs.iter().any(|run| wanted.is(&run.name, app(run)))
            || statuses.iter().any(|said| is_it(wanted, said));
        if !has_run {
            checks.push(Check {
                name,
                head: head.clone(),
                state: CheckState::Missing,
                is_required: true,
                since,
                job: None,
            });
        }
    }
    checks
}

/// Returns a job's number as an id.
pub(super) fn job_id(number: u64) -> Option<JobId> {
    number.to_string().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_count_and_a_required_one_that_nobody_ran_is_missing() {
        let runs: wire::CheckRuns = serde_json::from_str(
            r#"{"total_count":1,"check_runs":[{"id":41,"name":"unit","status":"completed","conclusion":"success",
                "started_at":"2026-04-12T09:31:07Z","completed_at":"2026-04-12T09:32:07Z","app":{"slug":"github-actions"}},
                {"id":42,"name":"scan","status":"queued","conclusion":null,"started_at":null,"completed_at":null,"app":{"id":4,"slug":"scanner"}}]}"#,
        )
        .expect("check runs");
        let statuses: wire::CombinedStatus = serde_json::from_str(
            r#"{"state":"pending","total_count":1,"statuses":[{"context":"old-ci","state":"failure","updated_at":"2026-04-12T09:33:07Z"},
                {"context":"deploy","state":"success","updated_at":"2026-04-12T09:33:07Z"}]}"#,
        )
        .expect("statuses");
        let rules = Rules {
            checks: [
                ("unit", None),
                ("e2e", None),
                ("scan", Some(3)),
                ("deploy", Some(5)),
            ]
            .map(|(name, app)| Required {
                name: name.to_owned(),
                app,
            })
            .to_vec(),
            ..Rules::default()
        };
        let head: CommitId = "a".repeat(40).parse().expect("an id");
        let checks = fold(
            &runs.check_runs,
            (
                statuses.statuses.as_slice(),
                ["deploy".to_owned()].as_slice(),
            ),
            &rules,
            &head,
            Timestamp::from_second(0),
        );
        let shown: Vec<String> = checks
            .iter()
            .map(|check| {
                format!(
                    "{} {} {} {:?}",
                    check.name,
                    check.state.word(),
                    check.is_required,
                    check.job.as_ref().map(JobId::as_str)
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                "unit passed true Some(\"41\")",
                "scan queued false None",
                "old-ci failed false None",
                "deploy passed false None",
                "e2e not run true None",
                // Another app of the same name does not do.
                "scan not run true None",
                // Nor does what a person said under its name.
                "deploy not run true None"
            ]
        );
    }

    #[test]
    fn a_commit_without_any_status_is_not_pending() {
        let head: CommitId = "a".repeat(40).parse().expect("an id");
        let none: wire::CombinedStatus =
            serde_json::from_str(r#"{"state":"pending","total_count":0,"statuses":[]}"#)
                .expect("no status");
        let checks = fold(
            &[],
            (none.statuses.as_slice(), <&[String]>::default()),
            &Rules::default(),
            &head,
            Timestamp::from_second(0),
        );
        assert!(checks.is_empty());
    }

    #[test]
    fn a_job_is_no_check_of_another_app_where_the_number_of_its_own_is_known() {
        let scan = Required {
            name: "scan".to_owned(),
            app: Some(3),
        };
        assert!(!scan.is("scan", actions_app("github.com")));
        assert!(scan.is("scan", actions_app("github.example.org")));
    }
}
