//! A go-live of which somebody set only some jobs going: whoever plays jobs one by one on the forge's own page leaves it so,
//! and whoever presses start here later starts the others alone.

use crate::model::Deployment;
use crate::model::Untrusted;

use super::look::Look;
use super::ours::was_started_here;

/// Says by whom which jobs were started while others are held, and where: "started on the forge's page: …". None where none
/// is held, or the forge does not say by whom.
pub(super) fn begun(look: Look<'_>, deployment: &Deployment) -> Option<String> {
    let jobs = begun_jobs(deployment)?;
    let place = if was_started_here(look.record, deployment) {
        ""
    } else {
        " on the forge's page"
    };
    Some(format!("started{place}: {jobs}"))
}

/// Returns these jobs in a showable list: `` `deploy-portal` by Lena (running) ``.
pub(super) fn begun_jobs(deployment: &Deployment) -> Option<String> {
    let jobs = deployment.begun().map(|(job, by)| {
        let name = Untrusted::new(job.name.as_str()).show();
        format!("`{name}` by {} ({})", by.show(), job.state.word())
    });
    let jobs: Vec<String> = jobs.collect();
    (!jobs.is_empty()).then(|| jobs.join(", "))
}

/// Returns the jobs that are left to start, in a showable list.
pub(super) fn left_jobs(deployment: &Deployment) -> String {
    let jobs = deployment
        .held()
        .map(|job| format!("`{}`", Untrusted::new(job.name.as_str()).show()));
    jobs.collect::<Vec<_>>().join(", ")
}
