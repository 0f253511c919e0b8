//! The order of the columns: topology first, time second.
//!
//! A hard rule (a child comes after its parents) is never broken; a soft rule (a connector leaves its line
//! before the next commit of that line) gives way where two merges cross.

use std::collections::BTreeSet;

use crate::model::Timestamp;

/// Where an event stands, as far as order is concerned.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    pub(super) row: usize,
    /// Place on its row's first-parent chain, 0 for the oldest; `usize::MAX` for what has not happened yet.
    pub(super) place: usize,
    /// Among events of one commit: the commit itself, then its tag, then its deployment.
    pub(super) rank: u8,
    pub(super) at: Timestamp,
    /// The row that its connector comes from, and the place there, if known.
    pub(super) from: Option<(usize, Option<usize>)>,
}

/// Returns the indexes of `spots` in drawing order.
pub(super) fn order(spots: &[Spot]) -> Vec<usize> {
    let rows = by_row(spots);
    let mut hard = vec![Vec::new(); spots.len()];
    let mut soft = vec![Vec::new(); spots.len()];
    for row in &rows {
        for pair in row.windows(2) {
            hard[pair[1]].push(pair[0]);
        }
    }
    for (index, spot) in spots.iter().enumerate() {
        let Some((from, Some(place))) = spot.from else {
            continue;
        };
        let Some(row) = rows.get(from) else {
            continue;
        };
        let after = row.partition_point(|&other| spots[other].place <= place);
        if let Some(&parent) = after.checked_sub(1).and_then(|before| row.get(before)) {
            hard[index].push(parent);
        }
        if let Some(&next) = row.get(after)
            && next != index
        {
            soft[next].push(index);
        }
    }
    take_in_order(spots, &hard, &soft)
}

/// Groups the events by row, each row by place.
fn by_row(spots: &[Spot]) -> Vec<Vec<usize>> {
    let count = spots.iter().map(|spot| spot.row + 1).max().unwrap_or(0);
    let mut rows = vec![Vec::new(); count];
    for (index, spot) in spots.iter().enumerate() {
        rows[spot.row].push(index);
    }
    for row in &mut rows {
        row.sort_by_key(|&index| {
            let spot = &spots[index];
            (spot.place, spot.rank, spot.at, index)
        });
    }
    rows
}

/// Takes, again and again, the earliest event whose predecessors are taken.
fn take_in_order(spots: &[Spot], hard: &[Vec<usize>], soft: &[Vec<usize>]) -> Vec<usize> {
    let key = |index: usize| {
        let spot = &spots[index];
        (spot.at, spot.row, spot.place, index)
    };
    let mut after = vec![Vec::new(); spots.len()];
    // How many hard and soft predecessors are not taken yet.
    let mut open: Vec<[usize; 2]> = Vec::with_capacity(spots.len());
    for index in 0..spots.len() {
        open.push([hard[index].len(), soft[index].len()]);
        for (rule, before) in [hard, soft].into_iter().enumerate() {
            for &parent in &before[index] {
                after[parent].push((index, rule));
            }
        }
    }
    // Nothing before it is open; only soft ones are; hard ones are.
    let mut waiting: [BTreeSet<_>; 3] = Default::default();
    for index in 0..spots.len() {
        waiting[class(open[index])].insert(key(index));
    }
    let mut is_taken = vec![false; spots.len()];
    let mut taken = Vec::with_capacity(spots.len());
    // Parents in a circle exist in no repository; the third class takes the earliest of those rather than loop.
    while let Some((.., next)) = waiting.iter_mut().find_map(BTreeSet::pop_first) {
        is_taken[next] = true;
        taken.push(next);
        for &(child, rule) in after[next].iter().filter(|(child, _)| !is_taken[*child]) {
            waiting[class(open[child])].remove(&key(child));
            open[child][rule] -= 1;
            waiting[class(open[child])].insert(key(child));
        }
    }
    taken
}

/// Returns which rule an event still waits for: none, a soft one only, a hard one.
fn class(open: [usize; 2]) -> usize {
    match open {
        [0, 0] => 0,
        [0, _] => 1,
        [_, _] => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(row: usize, place: usize, at: i64, from: Option<(usize, usize)>) -> Spot {
        Spot {
            row,
            place,
            rank: 0,
            at: Timestamp::from_second(at),
            from: from.map(|(row, place)| (row, Some(place))),
        }
    }

    #[test]
    fn time_orders_what_topology_leaves_open() {
        let spots = [
            spot(0, 0, 30, None),
            spot(1, 0, 10, None),
            spot(2, 0, 20, None),
        ];
        assert_eq!(order(&spots), [1, 2, 0]);
    }

    #[test]
    fn a_wrong_clock_puts_no_child_before_its_parent() {
        let spots = [
            spot(0, 0, 900, None),
            spot(0, 1, 10, None),
            spot(1, 0, 5, Some((0, 1))),
        ];
        assert_eq!(order(&spots), [0, 1, 2]);
    }

    #[test]
    fn a_connector_leaves_before_the_next_commit_of_its_line() {
        let spots = [
            spot(0, 1, 10, None),
            spot(0, 3, 20, None),
            spot(1, 0, 30, Some((0, 2))),
        ];
        assert_eq!(order(&spots), [0, 2, 1]);
    }

    #[test]
    fn crossing_merges_still_find_an_order() {
        let spots = [spot(0, 6, 10, Some((1, 3))), spot(1, 4, 11, Some((0, 5)))];
        assert_eq!(order(&spots).len(), 2);
    }
}
