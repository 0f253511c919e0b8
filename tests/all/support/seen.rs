//! What made-up observations have in common.

use std::collections::BTreeMap;

use lanekeeper::model::Capabilities;
use lanekeeper::model::Enforcement;
use lanekeeper::model::MergeMethod;
use lanekeeper::model::OwnerRules;

/// A forge like the local one: it can everything that is asked of it here, and seats are kept by the console.
pub(crate) fn capabilities() -> Capabilities {
    Capabilities {
        forge: "local".to_owned(),
        request_sign: '!',
        merge_methods: vec![MergeMethod::Merge],
        longest_body: 60_000,
        has_drafts: true,
        has_labels: true,
        has_statuses: true,
        owners: OwnerRules::Github,
        approval_starts: false,
        approval_starts_in: Vec::new(),
        starts_jobs: false,
        starters: Vec::new(),
        seats: Enforcement::Console,
        lifts_seats: true,
        approvals: BTreeMap::new(),
        merges_as_predicted: true,
        runs_checks: true,
        runs_deployments: true,
        keeps_comments: false,
        no_job_retry: None,
        retries_dependents: false,
        no_second_golive: BTreeMap::new(),
    }
}
