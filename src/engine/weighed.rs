//! What a commit that carries the fix makes of a lane, computed before it happens: is the fix in it.

use std::collections::BTreeSet;

use crate::model::CommitId;
use crate::model::ConflictPath;
use crate::model::PathVerdict;
use crate::model::Presence;
use crate::model::Verdict;

/// The fix in what a commit makes of a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weighed {
    /// The commit of the lane that it is compared with.
    pub onto: CommitId,
    /// None where the two do not merge by themselves.
    pub fix: Option<Presence>,
    /// The paths in which they do not.
    pub conflicts: Vec<ConflictPath>,
    /// Not one file of the lane becomes another.
    pub changes_nothing: bool,
    /// Files in which the fix is CHANGED and that stay exactly as the lane has them.
    pub untouched: BTreeSet<String>,
}

impl Weighed {
    /// Tells whether the lane's files of the fix stay as they are, so that nothing of the fix comes with this.
    pub fn brings_nothing(&self) -> bool {
        let paths = self
            .fix
            .as_ref()
            .map_or(&[][..], |presence| &presence.paths);
        let stays = |path: &PathVerdict| self.untouched.contains(&path.path);
        self.changes_nothing || (!paths.is_empty() && paths.iter().all(stays))
    }

    /// Returns the files that do not hold the fix as it is.
    pub fn differing(&self) -> impl Iterator<Item = &PathVerdict> {
        let paths = self.fix.iter().flat_map(|presence| &presence.paths);
        paths.filter(|path| path.verdict != Verdict::Present)
    }
}
