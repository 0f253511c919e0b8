//! The checks of a head: the jobs of the pipeline that ran for exactly this commit, and bridges to other pipelines.

use crate::forge::Error;
use crate::model::Check;
use crate::model::CommitId;
use crate::model::JobId;
use crate::model::Timestamp;

use super::home::Gitlab;
use super::home::degraded;
use super::wire;
use super::words;

/// Jobs that one pipeline may have before the rest is left out.
pub(super) const JOBS: usize = 500;

/// What a pipeline is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The checks of a request.
    Request,
    /// Whatever runs on a lane.
    Lane,
}

impl Gitlab {
    pub(super) async fn checks(
        &self,
        line: &wire::Request,
        head: &CommitId,
    ) -> Result<Vec<Check>, Error> {
        let mut checks = Vec::new();
        if let Some(pipeline) = self.request_pipeline(line, head).await? {
            let id = pipeline.id.to_string();
            for job in self.pipeline_jobs(pipeline.id).await? {
                let since = since(&[&job.finished_at, &job.started_at, &job.created_at]);
                let log = job.id.to_string().parse::<JobId>().ok();
                checks.extend(check(
                    &job.name,
                    &job.status,
                    !job.allow_failure,
                    since,
                    log,
                    head,
                ));
            }
            let ask = self.get(&["pipelines", &id, "bridges"]).await?;
            let bridges: Vec<wire::Bridge> =
                degraded(self.http().read_list(&ask, JOBS).await)?.unwrap_or_default();
            for job in bridges {
                let since = since(&[&job.finished_at, &job.started_at, &job.created_at]);
                checks.extend(check(
                    &job.name,
                    &job.status,
                    !job.allow_failure,
                    since,
                    None,
                    head,
                ));
            }
        }
        self.add_statuses(head, &mut checks).await?;
        Ok(checks)
    }

    /// Adds what others report of the commit and no job is called.
    async fn add_statuses(&self, head: &CommitId, checks: &mut Vec<Check>) -> Result<(), Error> {
        for status in self.statuses(head).await? {
            let since = since(&[&status.finished_at, &status.started_at, &status.created_at]);
            // Somebody's word is required only where the team's file names it; what a project asks for besides, GitLab's
            // own verdict about the merge tells.
            let found = check(&status.name, &status.status, false, since, None, head);
            let is_known = |found: &Check| checks.iter().any(|known| known.name == found.name);
            if let Some(found) = found.filter(|found| !is_known(found)) {
                checks.push(found);
            }
        }
        Ok(())
    }

    /// Returns the pipeline of a request's head: the one that GitLab names, if it is for this head, else the best other.
    async fn request_pipeline(
        &self,
        line: &wire::Request,
        head: &CommitId,
    ) -> Result<Option<wire::Pipeline>, Error> {
        if let Some(pipeline) = &line.head_pipeline {
            let is_of_head = pipeline.sha == head.as_str()
                || (pipeline.r#ref.starts_with("refs/merge-requests/")
                    && self.is_merge_of(&pipeline.sha, head).await?);
            if is_of_head {
                return Ok(Some(pipeline.clone()));
            }
        }
        self.pipeline(head, Purpose::Request).await
    }

    /// Tells whether `commit` is what GitLab made to try a merge of `head`: a merged-results pipeline runs on that.
    async fn is_merge_of(&self, commit: &str, head: &CommitId) -> Result<bool, Error> {
        let ask = self.get(&["repository", "commits", commit]).await?;
        let found: Option<wire::Commit> = degraded(self.http().read(&ask).await)?;
        Ok(found.is_some_and(|found| found.parent_ids.iter().any(|one| one == head.as_str())))
    }

    /// Returns the pipeline of a commit that fits the purpose best, the newest among equals.
    pub(super) async fn pipeline(
        &self,
        commit: &CommitId,
        purpose: Purpose,
    ) -> Result<Option<wire::Pipeline>, Error> {
        let ask = self
            .get(&["pipelines"])
            .await?
            .with("sha", commit)
            .with("order_by", "id")
            .with("sort", "desc")
            .with("per_page", "50");
        let pipelines: Vec<wire::Pipeline> =
            degraded(self.http().read_list(&ask, 50).await)?.unwrap_or_default();
        let of_commit = pipelines
            .into_iter()
            .filter(|one| one.sha == commit.as_str());
        Ok(of_commit.max_by_key(|one| (rank(&one.source, purpose), one.id)))
    }

    /// Returns a pipeline's jobs, each name's latest.
    pub(super) async fn pipeline_jobs(&self, pipeline: u64) -> Result<Vec<wire::Job>, Error> {
        let ask = self
            .get(&["pipelines", &pipeline.to_string(), "jobs"])
            .await?
            .with("include_retried", "false")
            .with("per_page", "100");
        Ok(degraded(self.http().read_list(&ask, JOBS).await)?.unwrap_or_default())
    }
}

/// Returns how well a pipeline of this source fits. A schedule or a child pipeline runs other jobs than a push.
fn rank(source: &str, purpose: Purpose) -> u8 {
    match (source, purpose) {
        ("merge_request_event", Purpose::Request) | ("push", Purpose::Lane) => 4,
        ("push" | "external_pull_request_event", Purpose::Request) => 3,
        ("web" | "api" | "trigger" | "chat", _) => 2,
        ("external", _) => 1,
        _ => 0,
    }
}

/// Returns the latest time of those that are known.
pub(super) fn since(times: &[&Option<String>]) -> Timestamp {
    let known = times.iter().find_map(|text| wire::time(text.as_ref()));
    known.unwrap_or(Timestamp::from_second(0))
}

/// Translates a job to a check; none where its name cannot be one.
fn check(
    name: &str,
    status: &str,
    is_required: bool,
    since: Timestamp,
    job: Option<JobId>,
    head: &CommitId,
) -> Option<Check> {
    Some(Check {
        name: name.parse().ok()?,
        head: head.clone(),
        state: words::check_state(status),
        is_required,
        since,
        job,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pipeline_is_chosen_by_what_made_it() {
        let best = |sources: &[&'static str], purpose: Purpose| {
            let all = sources.iter().copied();
            all.max_by_key(|source| rank(source, purpose))
        };
        let both = ["schedule", "push", "merge_request_event", "parent_pipeline"];
        assert_eq!(best(&both, Purpose::Request), Some("merge_request_event"));
        assert_eq!(best(&both, Purpose::Lane), Some("push"));
        assert_eq!(best(&["schedule", "web"], Purpose::Lane), Some("web"));
    }
}
