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
    let mut candidates: Vec<Vec<Candidate>> = vec![Vec::new(); atlas.lanes.len()];
    for (row, _) in atlas.lane_rows() {
        let chain = atlas.chain(row).iter().enumerate();
        candidates[row]
            .extend(chain.filter_map(|(place, commit)| candidate(atlas, row, place, commit)));
    }
    // A promotion carries it from lane to lane: repeat until a round finds nothing new.
    let mut is_settled = false;
    while !is_settled {
        is_settled = true;
        for (row, lane) in atlas.lane_rows() {
            // What was merged there brought nothing of it, to this lane or to those after it.
            if atlas.seen.dropped.contains(&lane.name) {
                continue;
            }
            let chain = atlas.chain(row);
            let bound = landings[row].landed.unwrap_or(chain.len());
            let itself = carriers.iter().filter_map(|id| atlas.place(row, id)).min();
            let brings = |candidate: &&Candidate| brings(candidate, &carriers, &landings);
            let brought = candidates[row].iter().find(brings);
            let brought = brought.map(|candidate| candidate.place);
            let first = itself.into_iter().chain(brought).min();
            if let Some(place) = first.filter(|place| *place < bound) {
                landings[row].landed = Some(place);
                carriers.insert(&chain[place].id);
                is_settled = false;
            }
        }
    }
    for (row, lane) in atlas.lane_rows() {
        let landed = landings[row].landed;
        let told = atlas.seen.taken_out.get(&lane.name);
        let told = told.and_then(|reverted| atlas.place(row, &reverted.came));
        // What came in and was taken out by one and the same merge never was in the lane.
        let told = told.filter(|place| landed.is_none_or(|landed| *place > landed));
        landings[row].reverted = told.or_else(|| reverted(atlas.chain(row), landed, &carriers));
    }
    landings
}

/// A commit that may bring the fix in: by its other parents or by what its message says.
#[derive(Debug, Clone)]
struct Candidate<'a> {
    place: usize,
    merges: Vec<(&'a CommitId, Option<(usize, usize)>)>,
    picks: Vec<CommitId>,
    /// The message names this hotfix.
    is_named: bool,
}

/// Returns what one commit of a chain may bring in; none for ordinary work.
fn candidate<'a>(
    atlas: &Atlas<'a>,
    row: usize,
    place: usize,
    commit: &'a Commit,
) -> Option<Candidate<'a>> {
    let hotfix = atlas.record.map(|record| record.hotfix.as_str());
    let mut made = Candidate {
        place,
        merges: Vec::new(),
        picks: Vec::new(),
        is_named: false,
    };
    for parent in commit.parents.iter().skip(1) {
        made.merges.push((parent, atlas.source(row, parent)));
    }
    for line in commit.message.raw().lines() {
        made.picks
            .extend(named(line, "(cherry picked from commit "));
        let id = line.strip_prefix("Hotfix-Id:");
        made.is_named |= id.is_some_and(|id| Some(id.trim()) == hotfix);
    }
    let is_any = made.is_named || !made.merges.is_empty() || !made.picks.is_empty();
    is_any.then_some(made)
}

/// Tells whether a candidate brings the fix in, by what is known to carry it so far.
fn brings(candidate: &Candidate<'_>, carriers: &HashSet<&CommitId>, landings: &[Landing]) -> bool {
    let merges_it = |(parent, from): &(&CommitId, Option<(usize, usize)>)| {
        carriers.contains(parent)
            || from.is_some_and(|(from, place)| {
                landings[from].landed.is_some_and(|landed| place >= landed)
            })
    };
    candidate.is_named
        || candidate.merges.iter().any(merges_it)
        || candidate.picks.iter().any(|id| carriers.contains(id))
}

/// Returns the last revert of a carrier after it landed that was not reverted itself.
fn reverted(
    chain: &[&Commit],
    landed: Option<usize>,
    carriers: &HashSet<&CommitId>,
) -> Option<usize> {
    let landed = landed?;
    let after = chain.get(landed + 1..)?;
    let mut undone: HashSet<CommitId> = HashSet::new();
    // From the newest back: a revert that was taken back takes nothing back itself.
    for (at, commit) in after.iter().enumerate().rev() {
        if undone.contains(&commit.id) {
            continue;
        }
        if reverts(commit).any(|id| carriers.contains(&id)) {
            return Some(landed + 1 + at);
        }
        undone.extend(reverts(commit));
    }
    None
}

/// Returns the commits of which a message says that it reverts them.
pub(in crate::engine) fn reverts(commit: &Commit) -> impl Iterator<Item = CommitId> {
    let lines = commit.message.raw().lines();
    lines.filter_map(|line| named(line, "This reverts commit "))
}

/// Returns the commit that a line of a message names after `words`.
fn named(line: &str, words: &str) -> Option<CommitId> {
    let rest = line.trim_start().strip_prefix(words)?;
    let end = rest
        .find(|c: char| !c.is_ascii_hexdigit())
        .unwrap_or(rest.len());
    rest[..end].parse().ok()
}
