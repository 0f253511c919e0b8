//! What a forge can do, as data, so that a plan is refused before anything starts.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use super::id::RequestId;
use super::name::BranchName;
use super::name::EnvironmentName;
use super::request::MergeMethod;
use super::starters::Starters;

/// What the forge of this project can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// What the forge is called: `local`, `gitlab 17.10`.
    pub forge: String,
    /// What stands before a change request's number where the forge is to make a link of it.
    #[serde(default = "exclamation_mark")]
    pub request_sign: char,
    pub merge_methods: Vec<MergeMethod>,
    /// How many bytes the text of a change request may have.
    #[serde(default = "short_body")]
    pub longest_body: usize,
    pub has_drafts: bool,
    pub has_labels: bool,
    /// Somebody who is no CI job may set a named status on a commit (`Forge::set_status`).
    #[serde(default)]
    pub has_statuses: bool,
    /// By which rules a CODEOWNERS file is read there.
    #[serde(default)]
    pub owners: OwnerRules,
    /// The last approval of a deployment starts it; nobody presses start.
    #[serde(default)]
    pub approval_starts: bool,
    /// Environments where it does although elsewhere somebody presses start.
    #[serde(default)]
    pub approval_starts_in: Vec<EnvironmentName>,
    /// The jobs of a go-live are started one by one, so that what a start that was cut short left can be started.
    #[serde(default)]
    pub starts_jobs: bool,
    /// Who may press start, for each environment where the forge keeps that to some.
    #[serde(default)]
    pub starters: Vec<Starters>,
    /// Who makes sure that every seat is filled.
    pub seats: Enforcement,
    /// Its seats are Lanekeeper's own rule and nobody else's, so that an override lifts them (`Forge::lift`).
    #[serde(default)]
    pub lifts_seats: bool,
    /// How many approvals the forge wants before it merges into a branch, from whomever; where it only counts them, and as
    /// far as it was seen.
    #[serde(default)]
    pub approvals: BTreeMap<BranchName, usize>,
    /// It merges by the very call by which the console predicts merges, so that none of them hangs on what it reads besides.
    #[serde(default)]
    pub merges_as_predicted: bool,
    /// The console runs the checks itself (there is no CI).
    pub runs_checks: bool,
    /// The console runs the deploy commands itself.
    pub runs_deployments: bool,
    /// Whether a comment of ours is found again and edited in place (`Forge::keep_comment`).
    pub keeps_comments: bool,
    /// Why a job that ended cannot be run again on its own (`Forge::retry_job`); none where it can.
    #[serde(default)]
    pub no_job_retry: Option<String>,
    /// A job that runs again takes along the jobs that need it, also those that succeeded.
    #[serde(default)]
    pub retries_dependents: bool,
    /// Why a go-live to an environment that has ended is followed by no other one of the same commit; the environments
    /// where another can be created are not in it.
    #[serde(default)]
    pub no_second_golive: BTreeMap<EnvironmentName, String>,
}

impl Capabilities {
    /// Tells whether the last approval of a deployment to this environment starts it.
    pub fn is_started_by_approval(&self, environment: &EnvironmentName) -> bool {
        self.approval_starts || self.approval_starts_in.contains(environment)
    }

    /// Returns who may start what goes to this environment; none where the forge names nobody.
    pub fn starters_of(&self, environment: &EnvironmentName) -> Option<&Starters> {
        let mut starters = self.starters.iter();
        starters.find(|one| &one.environment == environment)
    }

    /// Returns how many approvals the forge counts before it merges into a branch; none where it asks for none.
    pub fn approvals_into(&self, branch: &BranchName) -> Option<usize> {
        self.approvals
            .get(branch)
            .copied()
            .filter(|count| *count > 0)
    }

    /// Returns a change request's number as this forge makes a link of it: `!12` on GitLab, `#12` on GitHub.
    pub fn numbered(&self, request: RequestId) -> String {
        format!("{}{request}", self.request_sign)
    }
}

/// What every forge takes that sets no limit which we know of.
pub const SHORT_BODY: usize = 60_000;

fn short_body() -> usize {
    SHORT_BODY
}

fn exclamation_mark() -> char {
    '!'
}

/// Who makes sure that a rule holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Enforcement {
    /// The forge refuses.
    Forge,
    /// The forge refuses without some; the others only Lanekeeper checks.
    Partly,
    /// Only Lanekeeper checks; the web page could be used to go around it.
    Console,
}

/// By which rules a CODEOWNERS file is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerRules {
    /// One list, patterns as in `.gitignore`.
    #[default]
    Github,
    /// Sections, each with owners of its own; patterns from any folder.
    Gitlab,
    /// The forge has rules of another kind, and asks by them itself.
    Elsewhere,
}
