//! Are these fixes in these lanes, by what is in them alone: each is applied again and taken out (flows.md 6.2). Most
//! paths tell what comes of that without a merge, those that are edited files on all sides are merged many at once, and
//! whole trees only where a file may be renamed or is of another kind and nothing else has decided.

use std::collections::HashMap;

use crate::model::Commit;
use crate::model::CommitId;
use crate::model::Verdict;

use super::error::Error;
use super::fix_changes::Change;
use super::fix_paths::Column;
use super::fix_paths::Direction;
use super::fix_paths::Known;
use super::fix_paths::Read;
use super::flat::File;
use super::flat::in_batches;
use super::presence::verdict;
use super::repo::Repo;

/// The fixes that are asked about in a lane, and its tree.
type Lane<'a> = (&'a [&'a Commit], &'a CommitId);
/// Where a direction is: lane, fix, applied or taken out.
type Place = (usize, usize, usize);

impl Repo {
    /// Returns the verdicts on each lane's fixes, in their order.
    pub(super) fn verdicts(
        &self,
        open: &[Vec<&Commit>],
        tips: &[CommitId],
        trees: &HashMap<CommitId, CommitId>,
        changes: &HashMap<CommitId, Vec<Change>>,
    ) -> Result<Vec<Vec<Verdict>>, Error> {
        let read = Read::default();
        let trees_of_lanes = tips.iter().map(|tip| &trees[tip]);
        let lanes = open.iter().map(Vec::as_slice).zip(trees_of_lanes);
        let lanes: Vec<Lane<'_>> = lanes.collect();
        let (mut cells, files) = self.by_paths(&lanes, changes, &read)?;
        self.settle_missing(open, tips, trees, &read, &mut cells)?;
        // An old git takes commits only: it is asked at the end.
        let merges_trees = self.git().version().merges_trees();
        let answers = if merges_trees {
            self.ask_about_files(&cells, &files)?
        } else {
            vec![None; files.len()]
        };
        for direction in cells.iter_mut().flatten().flatten().flatten() {
            direction.take(&answers);
        }
        let merge = |place: &Place| {
            let (lane, row, side) = *place;
            let (fixes, tree) = lanes[lane];
            let fix = fixes[row];
            let mut pair = [&trees[&fix.parents[0]], &trees[&fix.id]];
            if side == 1 {
                pair.reverse();
            }
            [pair[0], pair[1], tree].map(CommitId::clone)
        };
        if merges_trees {
            let places = still_open(&cells, |direction| direction.needs_trees);
            let whole: Vec<_> = places.iter().map(merge).collect();
            tracing::debug!(files = files.len(), whole = whole.len(), "merges for git");
            settle(&mut cells, &places, self.stay_trees(&whole)?);
        }
        // An old git cannot be asked so, and one bad merge ends a batch: what is left goes the way of every other merge.
        let places = still_open(&cells, |_| true);
        let rest: Vec<_> = places.iter().map(merge).collect();
        settle(&mut cells, &places, self.stay_each(&rest)?);
        Ok(cells.into_iter().map(told).collect())
    }

    /// Judges the fixes of each lane by what is at their paths. Returns also the files that git has to be asked about.
    fn by_paths(
        &self,
        lanes: &[Lane<'_>],
        changes: &HashMap<CommitId, Vec<Change>>,
        read: &Read,
    ) -> Result<(Vec<Known>, Vec<File>), Error> {
        let column = |(fixes, tree): &Lane<'_>| -> Result<Column, Error> {
            let mut files = Vec::new();
            let mut column = Vec::with_capacity(fixes.len());
            for fix in *fixes {
                let changes = changes.get(&fix.id).map_or(&[][..], Vec::as_slice);
                column.push(self.directions(changes, tree, read, &mut files)?);
            }
            Ok((column, files))
        };
        let columns = in_batches(lanes, 1, |batch| {
            batch.iter().map(|lane| column(lane).map(Some)).collect()
        })?;
        let mut files: Vec<File> = Vec::new();
        let mut cells: Vec<Known> = Vec::new();
        for (lane, found) in lanes.iter().zip(columns) {
            // A worker that ended early leaves its lane without an answer.
            let (mut column, asked) = found.map_or_else(|| column(lane), Ok)?;
            for direction in column.iter_mut().flatten().flatten() {
                direction.shift(files.len());
            }
            files.extend(asked);
            cells.push(column);
        }
        Ok((cells, files))
    }

    /// Asks git which files stay as they are, by their places. One that does not decides for all of its direction, and a
    /// merge that changes something is the dear one: it is written. So the first file of each direction is asked about
    /// before the others.
    fn ask_about_files(&self, cells: &[Known], files: &[File]) -> Result<Vec<Option<bool>>, Error> {
        let mut answers = vec![None; files.len()];
        for share in [Direction::first, Direction::others] {
            let directions = cells.iter().flatten().flatten().flatten();
            let mut wanted: Vec<usize> = directions
                .flat_map(|one| share(one, &answers))
                .copied()
                .collect();
            wanted.sort_unstable();
            wanted.dedup();
            let asked: Vec<&File> = wanted.iter().map(|place| &files[*place]).collect();
            for (place, answer) in wanted.iter().zip(self.stay_files(&asked)?) {
                answers[*place] = answer;
            }
        }
        Ok(answers)
    }
}

/// Returns where it is not known yet whether anything changes, of the directions that are wanted.
fn still_open(cells: &[Known], is_wanted: impl Fn(&Direction) -> bool) -> Vec<Place> {
    let mut places = Vec::new();
    for (lane, column) in cells.iter().enumerate() {
        for (row, cell) in column.iter().enumerate() {
            for (side, direction) in cell.iter().flatten().enumerate() {
                if direction.stays.is_none() && is_wanted(direction) {
                    places.push((lane, row, side));
                }
            }
        }
    }
    places
}

/// Takes answers in at their places.
fn settle(cells: &mut [Known], places: &[Place], answers: Vec<Option<bool>>) {
    for ((lane, row, side), answer) in places.iter().zip(answers) {
        if let Some(directions) = &mut cells[*lane][*row] {
            directions[*side].stays = answer;
        }
    }
}

fn told(column: Known) -> Vec<Verdict> {
    let judged = column.into_iter().map(|cell| match cell {
        // An empty fix is everywhere and nowhere.
        None => Verdict::Unknown,
        Some([applied, undone]) => verdict(applied.stays, undone.stays),
    });
    judged.collect()
}
