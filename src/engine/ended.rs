//! A go-live that has ended, on a forge that makes no second one of a commit: it goes on by running a job again, or on its page.

use crate::model::Deployment;
use crate::model::Enforcement;
use crate::model::Job;
use crate::model::Untrusted;

use super::look::Look;
use super::seats::Bench;

/// Says how it is run again where the forge shows it.
pub(super) fn on_its_page(deployment: &Deployment) -> String {
    let place = deployment.url.as_ref().map_or_else(String::new, |url| {
        format!(": {}", Untrusted::new(url.as_str()).show())
    });
    format!("run it again on its page, it is seen here then{place}")
}

/// Says so where no job of it can be run again from here: there is none, or a seat is empty that is no longer decided.
pub(super) fn only_there(look: Look<'_>, deployment: &Deployment) -> Option<String> {
    let kept = &look.seen.capabilities.no_second_golive;
    kept.get(&deployment.environment)?;
    let is_held = look.seen.capabilities.seats != Enforcement::Forge
        && !Bench::of_deployment(look.project(), deployment)
            .lifting(look.record)
            .waits()
            .is_empty();
    (is_held || job_to_retry(look, deployment).is_none()).then(|| on_its_page(deployment))
}

/// Returns the job that carries it on when it is run again. Whether it may be now, and by whom, is asked with its plan.
pub(super) fn job_to_retry<'a>(look: Look<'_>, deployment: &'a Deployment) -> Option<&'a Job> {
    if look.seen.capabilities.no_job_retry.is_some() {
        return None;
    }
    let mut jobs = deployment.jobs.iter();
    jobs.find(|job| job.state.has_ended_badly())
}
