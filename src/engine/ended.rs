//! A go-live that has ended, on a forge that makes no second one of a commit: it goes on by running a job again, or on its page.

use crate::model::Deployment;
use crate::model::Untrusted;

use super::look::Look;

/// Says how it is run again where the forge shows it.
pub(super) fn on_its_page(deployment: &Deployment) -> String {
    let place = deployment.url.as_ref().map_or_else(String::new, |url| {
        format!(": {}", Untrusted::new(url.as_str()).show())
    });
    format!("run it again on its page, it is seen here then{place}")
}

/// Says so where nothing can be done about it from here.
pub(super) fn only_there(look: Look<'_>, deployment: &Deployment) -> Option<String> {
    let capabilities = &look.seen.capabilities;
    capabilities.no_second_golive.as_ref()?;
    let mut jobs = deployment.jobs.iter();
    let is_retried =
        capabilities.no_job_retry.is_none() && jobs.any(|job| job.state.has_ended_badly());
    (!is_retried).then(|| on_its_page(deployment))
}
