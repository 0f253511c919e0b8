//! A first picture of what moved, while the whole look goes on: the lanes' new commits on a board that was seen before.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::Commit;
use crate::model::LaneName;
use crate::model::Seen;

use super::board::Board;
use super::observation::LaneHistory;

/// Why a fact is stale meanwhile.
const MOVED: &str = "the lane moved, and is being looked at";

impl Board {
    /// Takes the newest commits of the lanes from a sketch. What was known of a lane whose tip moved is stale from then on;
    /// steps and findings stay as they were derived, until the whole look replaces the board.
    pub fn take_sketch(&mut self, sketch: &Self) {
        let (Some(tips), Some(drawn)) = (sketch.seen.tips.value(), sketch.seen.history.value())
        else {
            return;
        };
        let before = self.seen.tips.value();
        let lanes = self.book.project.lanes.iter();
        let moved: BTreeSet<LaneName> = lanes
            .filter(|lane| {
                let tip = lane.branch_name();
                let tip = tip.as_ref();
                let was = before.and_then(|tips| tips.get(tip?));
                was != tip.and_then(|branch| tips.get(branch))
            })
            .map(|lane| lane.name.clone())
            .collect();
        if moved.is_empty() {
            return;
        }
        let old = self.seen.history.value();
        let mut history = old.map_or_else(LaneHistory::default, |old| LaneHistory::clone(old));
        for lane in &moved {
            let newest = drawn.lanes.get(lane).map_or(&[][..], Vec::as_slice);
            let joined = join(newest, history.lanes.get(lane).map_or(&[], Vec::as_slice));
            history.lanes.insert(lane.clone(), joined);
        }
        history.tags.clone_from(&drawn.tags);
        self.seen.history = sketch.seen.history.clone().map(|_| Arc::new(history));
        self.seen.tips = sketch.seen.tips.clone();
        for (lane, presence) in &mut self.seen.presence {
            if moved.contains(lane) {
                age(presence);
            }
        }
        for (edge, sight) in &mut self.seen.edges {
            if moved.contains(&edge.from) || moved.contains(&edge.into) {
                age(sight);
            }
        }
        for ((lane, _), weighed) in &mut self.seen.weighed {
            if moved.contains(lane) {
                age(weighed);
            }
        }
        for ((_, lane), prediction) in &mut self.seen.predictions {
            if moved.contains(lane) {
                age(prediction);
            }
        }
    }
}

/// Puts the newest commits before those that were known; a line that was rewritten begins anew.
fn join(newest: &[Commit], known: &[Commit]) -> Vec<Commit> {
    let met = newest.iter().enumerate().find_map(|(count, commit)| {
        let at = known.iter().position(|known| known.id == commit.id)?;
        Some((count, at))
    });
    match met {
        Some((count, at)) => [&newest[..count], &known[at..]].concat(),
        None => newest.to_vec(),
    }
}

fn age<T: Clone>(fact: &mut Seen<T>) {
    *fact = Seen::unknown(MOVED).or_previous(fact);
}
