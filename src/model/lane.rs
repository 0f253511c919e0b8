//! Lanes: long-lived branches on their fixed rows, and which merges into which.

use serde::Deserialize;
use serde::Serialize;

use super::name::BranchName;
use super::name::BranchPattern;
use super::name::EnvironmentName;
use super::name::LaneName;
use super::name::Role;

/// BUILD prepares the next version; RUN maintains production.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    Build,
    Run,
}

impl Layer {
    /// Returns the word on the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Build => "BUILD",
            Self::Run => "RUN",
        }
    }
}

/// A long-lived branch on its row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    pub name: LaneName,
    /// The branch, or a pattern (`release/*`) that is one lane per branch once branches are known.
    pub branch: BranchPattern,
    pub layer: Layer,
    /// Lanes that this one is promoted into.
    pub merges_into: Vec<LaneName>,
    /// What runs this lane's tip.
    pub environment: Option<EnvironmentName>,
    /// Roles that must approve a change request into this lane, each by another person.
    pub seats: Vec<Role>,
    /// The pattern that an open release branch was found by; none for a lane that is configured by its branch.
    pub pattern: Option<BranchPattern>,
}

impl Lane {
    /// Returns the branch. A lane of an expanded project always has one; a pattern has none.
    pub fn branch_name(&self) -> Option<BranchName> {
        self.branch.as_branch()
    }
}

/// One promotion: `from` is merged into `into`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Edge {
    pub from: LaneName,
    pub into: LaneName,
}
