//! Statuses of a commit as checks: the newest of each context, and what the branch requires and nobody reported.

use crate::forge::Error;
use crate::model::Check;
use crate::model::CheckState;
use crate::model::CommitId;
use crate::model::JobId;

use super::options::Gitea;
use super::view::Lane;
use super::wire;
use super::words;

/// Statuses of one commit that are read; each report is one.
const STATUS_LIMIT: usize = 500;

impl Gitea {
    /// Reads every status that was reported of a commit.
    pub(super) async fn statuses(&self, commit: &str) -> Result<Vec<wire::Status>, Error> {
        if wire::commit(commit).is_none() {
            return Ok(Vec::new());
        }
        let ask = self
            .get(&["commits", commit, "statuses"])
            .with("sort", "highestindex");
        match self.list(ask, STATUS_LIMIT).await {
            // A head that the forge no longer has: nobody reported anything of it.
            Err(Error::Http(error)) if error.status() == Some(404) => Ok(Vec::new()),
            other => other,
        }
    }
}

/// Returns the checks of `head`; without any status there are none.
pub(super) fn checks(
    statuses: &[wire::Status],
    head: &CommitId,
    lane: Option<&Lane>,
) -> Vec<Check> {
    let contexts = lane.map_or(&[][..], |lane| &lane.contexts);
    let mut newest: Vec<&wire::Status> = Vec::new();
    for status in statuses {
        match newest
            .iter_mut()
            .find(|known| known.context == status.context)
        {
            Some(known) if known.id < status.id => *known = status,
            Some(_) => {}
            None => newest.push(status),
        }
    }
    newest.sort_by(|a, b| a.context.cmp(&b.context));
    let mut checks: Vec<Check> = newest
        .iter()
        .filter_map(|status| {
            Some(Check {
                name: status.context.parse().ok()?,
                head: head.clone(),
                state: state(&status.status),
                is_required: contexts
                    .iter()
                    .any(|pattern| words::fits(pattern, &status.context)),
                since: wire::time(&status.updated_at),
                job: job(&status.target_url, head),
            })
        })
        .collect();
    for pattern in contexts {
        let is_reported = newest
            .iter()
            .any(|status| words::fits(pattern, &status.context));
        if let (false, Ok(name)) = (is_reported, pattern.parse()) {
            checks.push(Check {
                name,
                head: head.clone(),
                state: CheckState::Missing,
                is_required: true,
                since: wire::time(""),
                job: None,
            });
        }
    }
    checks
}

fn state(word: &str) -> CheckState {
    match word {
        "success" => CheckState::Passed,
        // Waiting for a runner and running look alike here.
        "pending" => CheckState::Running,
        // The forge does not merge on a warning either.
        "failure" | "error" | "warning" => CheckState::Failed,
        "skipped" => CheckState::Skipped,
        _ => CheckState::Missing,
    }
}

/// Returns the job that a status of the forge's own runner points to: `COMMIT:RUN:PLACE`, since the page's address counts
/// runs and jobs from one, and the API has ids.
fn job(url: &str, head: &CommitId) -> Option<JobId> {
    let (_, rest) = url.split_once("/actions/runs/")?;
    let mut parts = rest.split('/');
    let (run, jobs, place) = (parts.next()?, parts.next()?, parts.next()?);
    let is_number = |text: &str| text.parse::<u64>().is_ok();
    (jobs == "jobs" && is_number(run) && is_number(place))
        .then(|| format!("{head}:{run}:{place}").parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(id: i64, context: &str, status: &str) -> wire::Status {
        wire::Status {
            id,
            context: context.to_owned(),
            status: status.to_owned(),
            description: String::new(),
            target_url: "/acme/shop/actions/runs/7/jobs/1".to_owned(),
            updated_at: "2026-01-02T03:04:05Z".to_owned(),
        }
    }

    #[test]
    fn only_the_newest_status_of_a_context_counts_and_none_is_none() {
        let head: CommitId = "a".repeat(40).parse().expect("an id");
        let statuses = [
            status(1, "ci/unit", "failure"),
            status(3, "ci/unit", "success"),
            status(2, "ci/unit", "pending"),
            status(4, "lint", "astonished"),
        ];
        let lane = Lane {
            contexts: vec!["ci/*".to_owned(), "e2e".to_owned()],
            ..Lane::default()
        };
        let seen: Vec<(String, CheckState, bool)> = checks(&statuses, &head, Some(&lane))
            .into_iter()
            .map(|check| (check.name.to_string(), check.state, check.is_required))
            .collect();
        assert_eq!(
            seen,
            [
                ("ci/unit".to_owned(), CheckState::Passed, true),
                ("lint".to_owned(), CheckState::Missing, false),
                ("e2e".to_owned(), CheckState::Missing, true),
            ]
        );
        assert!(checks(&[], &head, None).is_empty());
        let job = checks(&statuses, &head, None)[0].job.clone();
        assert_eq!(job.map(|job| job.to_string()), Some(format!("{head}:7:1")));
    }
}
