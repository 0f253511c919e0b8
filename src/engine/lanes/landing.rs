//! Where the fix came into each lane, and where it was taken out again.

use std::collections::HashSet;

use crate::model::Commit;
use crate::model::CommitId;

use super::atlas::Atlas;

/// Per row: the place at which the fix came in, and a later one at which it was reverted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Landing {
    pub(super) landed: Option<usize>,
    pub(super) reverted: Option<usize>,
}

/// Returns the landing of every row, none where the visible history does not show it.
pub(super) fn landings(atlas: &Atlas<'_>) -> Vec<Landing> {
    let mut landings = vec![Landing::default(); atlas.lanes.len()];
    let mut carriers = atlas.carriers();
    if carriers.is_empty() {
        return landings;
    }
    // A promotion carries it from lane to lane: repeat until a round finds nothing new.
    let mut is_settled = false;
    while !is_settled {
        is_settled = true;
        for (row, _) in atlas.lane_rows() {
            let chain = atlas.chain(row);
            let bound = landings[row].landed.unwrap_or(chain.len());
            let brings = |commit: &&Commit| brings(atlas, row, commit, &carriers, &landings);
            if let Some(place) = chain[..bound].iter().position(brings) {
                landings[row].landed = Some(place);
                carriers.insert(&chain[place].id);
                is_settled = false;
            }
        }
    }
    for (row, _) in atlas.lane_rows() {
        landings[row].reverted = reverted(atlas.chain(row), landings[row].landed, &carriers);
    }
    landings
}

/// Tells whether `commit` on `row` brings the fix in.
fn brings(
    atlas: &Atlas<'_>,
    row: usize,
    commit: &Commit,
    carriers: &HashSet<&CommitId>,
    landings: &[Landing],
) -> bool {
    let merges_it = |parent: &CommitId| {
        carriers.contains(parent)
            || atlas.source(row, parent).is_some_and(|(from, place)| {
                landings[from].landed.is_some_and(|landed| place >= landed)
            })
    };
    carriers.contains(&commit.id)
        || commit.parents.iter().skip(1).any(merges_it)
        || is_picked(atlas, commit, carriers)
}

/// Tells whether the message says that it is the fix, picked.
fn is_picked(atlas: &Atlas<'_>, commit: &Commit, carriers: &HashSet<&CommitId>) -> bool {
    let hotfix = atlas.record.map(|record| record.hotfix.as_str());
    commit.message.raw().lines().any(|line| {
        named(line, "(cherry picked from commit ").is_some_and(|id| carriers.contains(&id))
            || line
                .strip_prefix("Hotfix-Id:")
                .is_some_and(|id| Some(id.trim()) == hotfix)
    })
}

/// Returns the last revert of a carrier after it landed.
fn reverted(
    chain: &[&Commit],
    landed: Option<usize>,
    carriers: &HashSet<&CommitId>,
) -> Option<usize> {
    let landed = landed?;
    let reverts = |commit: &&Commit| {
        let mut lines = commit.message.raw().lines();
        lines.any(|line| {
            named(line, "This reverts commit ").is_some_and(|id| carriers.contains(&id))
        })
    };
    let after = chain.get(landed + 1..)?;
    after.iter().rposition(reverts).map(|at| landed + 1 + at)
}

/// Returns the commit that a line of a message names after `words`.
fn named(line: &str, words: &str) -> Option<CommitId> {
    let rest = line.trim_start().strip_prefix(words)?;
    let end = rest
        .find(|c: char| !c.is_ascii_hexdigit())
        .unwrap_or(rest.len());
    rest[..end].parse().ok()
}
