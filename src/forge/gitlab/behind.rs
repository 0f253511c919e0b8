//! A pipeline that has not come to its deploy stage: its jobs there are listed, and nobody can press play on them yet.

use crate::forge::Error;
use crate::model::Untrusted;

use super::golive::GoLive;
use super::golive::Part;
use super::golive::Phase;
use super::home::Gitlab;
use super::wire;
use super::words;

impl Gitlab {
    /// Returns what the pipeline of a go-live does before it gets there: `pipeline 104: stage test is running`. None where it
    /// is there, which takes no read.
    pub(super) async fn behind(&self, golive: &GoLive) -> Result<Option<String>, Error> {
        let parts = golive.parts.iter();
        let mut unreached = parts.filter(|part| part.phase() == Phase::NotReached);
        let Some(job) = unreached.find_map(Part::job) else {
            return Ok(None);
        };
        let Some(pipeline) = &job.pipeline else {
            return Ok(None);
        };
        let jobs = self.pipeline_jobs(pipeline.id).await?;
        Ok(Some(said(pipeline.id, job, &jobs)))
    }
}

fn said(pipeline: u64, deploys: &wire::Job, jobs: &[wire::Job]) -> String {
    let show = |text: &str| Untrusted::new(text).show();
    let others = jobs.iter().filter(|job| job.stage != deploys.stage);
    let others: Vec<&wire::Job> = others.collect();
    // What works now comes before it: nothing behind the deploy stage can. The numbers do not tell, since a job that runs
    // again has a later one than those that wait for it.
    let is_at_work =
        |job: &wire::Job| words::was_started(&job.status) && !words::has_ended(&job.status);
    let at_work = others.iter().filter(|job| is_at_work(job));
    if let Some(job) = at_work.min_by_key(|job| job.id) {
        let doing = match job.status.as_str() {
            "running" | "canceling" => "is running",
            _ => "waits for a runner",
        };
        return format!("pipeline {pipeline}: stage {} {doing}", show(&job.stage));
    }
    let is_held =
        |job: &wire::Job| job.status == "manual" && !job.allow_failure && job.id < deploys.id;
    if let Some(job) = others.iter().find(|job| is_held(job)) {
        return format!(
            "pipeline {pipeline}: somebody must start `{}` in stage {}",
            show(&job.name),
            show(&job.stage)
        );
    }
    format!(
        "pipeline {pipeline}, which has not come to stage {}",
        show(&deploys.stage)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(id: u64, stage: &str, status: &str) -> wire::Job {
        let text =
            format!(r#"{{"id":{id},"name":"{stage}-{id}","stage":"{stage}","status":"{status}"}}"#);
        serde_json::from_str(&text).expect("a job")
    }

    #[test]
    fn the_stage_that_works_now_is_what_a_go_live_waits_for() {
        let of = |others: &[wire::Job]| said(104, &job(7, "deploy", "created"), others);
        let built = || job(1, "build", "success");
        assert_eq!(
            of(&[
                built(),
                job(2, "test", "running"),
                job(8, "after", "created")
            ]),
            "pipeline 104: stage test is running"
        );
        // One that was run again has a number behind those that wait for it.
        assert_eq!(
            of(&[built(), job(9, "test", "pending")]),
            "pipeline 104: stage test waits for a runner"
        );
        assert_eq!(
            of(&[built(), job(3, "gate", "manual"), job(8, "after", "manual")]),
            "pipeline 104: somebody must start `gate-3` in stage gate"
        );
        assert_eq!(
            of(&[built(), job(6, "deploy", "running")]),
            "pipeline 104, which has not come to stage deploy"
        );
    }
}
