//! What a forge can do, as data, so that a plan is refused before anything starts.

use serde::Deserialize;
use serde::Serialize;

use super::request::MergeMethod;

/// What the forge of this project can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// What the forge is called: `local`, `gitlab 17.10`.
    pub forge: String,
    pub merge_methods: Vec<MergeMethod>,
    pub has_drafts: bool,
    pub has_labels: bool,
    /// Who makes sure that every seat is filled.
    pub seats: Enforcement,
    /// The console runs the checks itself (there is no CI).
    pub runs_checks: bool,
    /// The console runs the deploy commands itself.
    pub runs_deployments: bool,
}

/// Who makes sure that a rule holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Enforcement {
    /// The forge refuses.
    Forge,
    /// Only Lanekeeper checks; the web page could be used to go around it.
    Console,
}
