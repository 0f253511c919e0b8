//! Change freezes: times in which lanes are to be left alone (flows.md 5.13).

use serde::Deserialize;
use serde::Serialize;

use super::name::LaneName;
use super::time::Timestamp;

/// A time in which nothing goes into certain lanes by itself, and a person who does it anyway is told. A hotfix is the
/// very thing that may have to go out in one, so it refuses nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeFreeze {
    pub name: String,
    /// Lanes it is about; none means all.
    pub lanes: Vec<LaneName>,
    pub from: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
}

impl ChangeFreeze {
    /// Tells whether it is in force.
    pub fn is_on(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }

    /// Tells whether it is about a lane.
    pub fn is_about(&self, lane: &LaneName) -> bool {
        self.lanes.is_empty() || self.lanes.contains(lane)
    }

    /// Returns it in words, `change freeze `year end` until 2027-01-04T00:00:00Z`.
    pub fn words(&self) -> String {
        format!("change freeze `{}` until {}", self.name, self.until)
    }
}
