//! Somebody else who watches the same hotfix.

use crate::model::ConsoleId;
use crate::model::Person;
use crate::model::Untrusted;

/// A colleague's console on the hotfix that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    pub console: ConsoleId,
    pub person: Person,
    pub device: Untrusted,
    /// What is selected there, in the words that a console parses back; from outside, not to be shown as it is.
    pub looks_at: String,
    /// Nothing was heard of it for a while.
    pub is_away: bool,
}
