//! Which of the files that a lane lacks may live on there under another name. Git knows it, after a merge of whole trees,
//! which takes long; this tells of many files at once that they do not.
//!
//! Git pairs a file that is gone with one that is new, which means at a path where the base of the merge has no file, if
//! the two are alike ([`Chunks::is_like`]). Whatever else it weighs (better pairs, limits, folders that do not matter) only
//! makes pairs fewer. So a file is not renamed where no new file is like it; where one is, nothing is said.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::Arc;

use crate::model::Commit;
use crate::model::CommitId;

use super::alike::Index;
use super::chunks::Chunks;
use super::error::Error;
use super::fix_paths::Direction;
use super::fix_paths::Known;
use super::fix_paths::Read;
use super::flat::in_batches;
use super::lane_files::Holding;
use super::lane_files::LaneFiles;
use super::repo::Repo;
use super::tree::FOLDER;
use super::tree::SUBMODULE;

/// Larger files are left to git, in bytes: few lanes lack one, and all files of up to twice its size would be read.
const LARGEST: usize = 1 << 20;
/// How much is kept of the files that lanes lack, in chunks of 8 bytes; the files beyond it are left to git.
const HELD: usize = 2 << 20;
/// How many files are read in one go.
const BATCH: usize = 64;
/// How many files are compared in the time of one merge, at least.
const FILES_PER_MERGE: usize = 250;
/// Where more files are like one, which of them are new is not looked at.
const MANY: usize = 32;

/// What a lane is asked for.
struct Wanted<'a> {
    tree: &'a CommitId,
    /// Files that it lacks.
    missing: BTreeSet<&'a CommitId>,
    /// How many merges the answers may save.
    merges: usize,
}

impl<'a> Wanted<'a> {
    fn of(tree: &'a CommitId, column: &'a [Option<[Direction; 2]>]) -> Self {
        let (mut missing, mut merges) = (BTreeSet::new(), 0);
        for direction in column.iter().flatten().flatten() {
            missing.extend(direction.missing());
            merges += usize::from(direction.missing().next().is_some());
        }
        Self {
            tree,
            missing,
            merges,
        }
    }
}

/// Of files that a lane lacks, the paths of those that are like them. What is said of no file in here is not known.
type Alike = HashMap<CommitId, Vec<Arc<[u8]>>>;

impl Repo {
    /// Decides about files that a lane lacks, where they cannot have another name there; the rest is left to git.
    pub(super) fn settle_missing(
        &self,
        open: &[Vec<&Commit>],
        tips: &[CommitId],
        trees: &HashMap<CommitId, CommitId>,
        read: &Read,
        cells: &mut [Known],
    ) -> Result<(), Error> {
        let (asked, lanes) = {
            let lanes = tips.iter().zip(&*cells);
            let lanes = lanes.map(|(tip, column)| Wanted::of(&trees[tip], column));
            let lanes: Vec<Wanted<'_>> = lanes.collect();
            let asked: usize = lanes.iter().map(|lane| lane.merges).sum();
            (asked, self.look_alikes(&lanes)?)
        };
        let mut left = 0;
        for ((fixes, column), alike) in open.iter().zip(cells).zip(&lanes) {
            for (fix, cell) in fixes.iter().zip(column) {
                // A fix is applied to what was before it, and taken out of what it made.
                let bases = [&trees[&fix.parents[0]], &trees[&fix.id]];
                for (direction, base) in cell.iter_mut().flatten().zip(bases) {
                    let is_asked = direction.missing().next().is_some();
                    direction.settle(|file| self.may_be_renamed(file, base, alike, read))?;
                    left += usize::from(is_asked && !direction.is_settled());
                }
            }
        }
        tracing::debug!(asked, left, "merges with files that a lane lacks");
        Ok(())
    }

    /// Tells whether a file that is like this one is new since `base`.
    fn may_be_renamed(
        &self,
        file: &CommitId,
        base: &CommitId,
        alike: &Alike,
        read: &Read,
    ) -> Result<bool, Error> {
        let Some(paths) = alike.get(file).filter(|paths| paths.len() <= MANY) else {
            return Ok(true);
        };
        for path in paths {
            let before = self.look_up(base, path, read)?;
            if before.is_none_or(|(mode, _)| mode == FOLDER) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns for each lane what is like the files that it lacks.
    fn look_alikes(&self, lanes: &[Wanted<'_>]) -> Result<Vec<Alike>, Error> {
        // Without a library each file that is read would cost as much as the merge.
        if lanes.iter().all(|lane| lane.merges == 0) || !self.objects().is_in_process() {
            return Ok(vec![Alike::new(); lanes.len()]);
        }
        let asked = lanes.iter().filter(|lane| lane.merges > 0);
        let merges: usize = lanes.iter().map(|lane| lane.merges).sum();
        let read = |tree: &CommitId| self.objects().tree(tree);
        let trees = asked.map(|lane| lane.tree);
        // To read more of them would take longer than the merges.
        let Some(all) = LaneFiles::read(trees, FILES_PER_MERGE * merges, read) else {
            return Ok(vec![Alike::new(); lanes.len()]);
        };
        let files = all.files();
        let missing = lanes.iter().flat_map(|lane| &lane.missing);
        let missing: BTreeSet<CommitId> = missing.map(|file| (*file).clone()).collect();
        let index = self.index(&missing.into_iter().collect::<Vec<_>>())?;
        let like = in_batches(files, BATCH, |batch| {
            Ok(self.contents(batch, 2 * LARGEST, |file| index.like(&Chunks::of(file))))
        })?;
        tracing::debug!(
            missing = index.files().len(),
            files = files.len(),
            "files compared"
        );
        // Nothing is like a file that is too large; one that cannot be read may be like any.
        let like = like
            .into_iter()
            .map(|like| like.map(Option::unwrap_or_default));
        let like: Vec<Option<Vec<usize>>> = like.collect();
        let found = Found {
            unread: all.unread(),
            unknown: all.holding(|place| like[place].is_none()),
            alike: all.holding(|place| like[place].as_ref().is_some_and(|like| !like.is_empty())),
            all: &all,
            index: &index,
            like: &like,
        };
        let alike = lanes.iter().map(|lane| self.in_lane(lane, &found));
        Ok(alike.map(Option::unwrap_or_default).collect())
    }

    /// Returns what in a lane is like the files that it lacks; none where nothing is asked, or where a folder or a file
    /// could not be read. Only folders with such files are gone through.
    fn in_lane(&self, lane: &Wanted<'_>, found: &Found<'_>) -> Option<Alike> {
        let tree = lane.tree;
        if lane.merges == 0 || found.unread.has(tree) || found.unknown.has(tree) {
            return None;
        }
        let missing = found.index.files();
        let missing = missing.filter(|file| lane.missing.contains(file));
        let mut alike: Alike = missing.map(|file| (file.clone(), Vec::new())).collect();
        let mut folders = vec![(tree.clone(), Vec::new())];
        while let Some((tree, folder)) = folders.pop() {
            if !found.alike.has(&tree) {
                continue;
            }
            for entry in self.objects().tree(&tree).ok()? {
                let mut path: Vec<u8> = folder.clone();
                path.extend(&entry.name);
                match entry.mode {
                    FOLDER => {
                        path.push(b'/');
                        folders.push((entry.id, path));
                    }
                    SUBMODULE => {}
                    _file_or_link => found.put(&entry.id, &path.into(), &mut alike)?,
                }
            }
        }
        Some(alike)
    }

    /// Reads files that lanes lack, as many as memory has room for.
    fn index(&self, files: &[CommitId]) -> Result<Index, Error> {
        let (mut read, mut held) = (Vec::new(), 0);
        for some in files.chunks(2 * BATCH) {
            if held > HELD {
                break;
            }
            let chunks = in_batches(some, BATCH, |batch| {
                Ok(self.contents(batch, LARGEST, Chunks::of))
            })?;
            for (file, chunks) in some.iter().zip(chunks) {
                if let Some(chunks) = chunks.flatten() {
                    held += chunks.len();
                    read.push((file.clone(), chunks));
                }
            }
        }
        Ok(Index::of(read))
    }

    /// Does something with the content of each file, which is not kept. None where a file cannot be read, and none within
    /// where it is too large.
    fn contents<T: Clone>(
        &self,
        files: &[CommitId],
        largest: usize,
        work: impl Fn(&[u8]) -> T,
    ) -> Vec<Option<Option<T>>> {
        let content = |store: &git2::Odb<'_>, file: &CommitId| {
            let id = git2::Oid::from_str(file.as_str()).ok()?;
            let (size, kind) = store.read_header(id).ok()?;
            if kind != git2::ObjectType::Blob {
                return None;
            }
            if size > largest {
                return Some(None);
            }
            let object = store.read(id).ok()?;
            Some(Some(work(object.data())))
        };
        let done = self.objects().with_store(|store| {
            let contents = files.iter().map(|file| content(store, file));
            contents.collect::<Vec<_>>()
        });
        done.unwrap_or_else(|| vec![None; files.len()])
    }
}

/// The files of all lanes that were asked, and which of those that lanes lack they are like.
struct Found<'a> {
    all: &'a LaneFiles,
    index: &'a Index,
    /// For each file of all; none where it could not be read.
    like: &'a [Option<Vec<usize>>],
    /// Folders with something below them that could not be read: a folder, a file.
    unread: Holding<'a>,
    unknown: Holding<'a>,
    /// Folders with a file below them that is like another one.
    alike: Holding<'a>,
}

impl Found<'_> {
    /// Puts the path of a file to each of those that a lane lacks and it is like; none where that is not known.
    fn put(&self, file: &CommitId, path: &Arc<[u8]>, alike: &mut Alike) -> Option<()> {
        for place in self.like.get(self.all.place_of(file)?)?.as_ref()? {
            if let Some(paths) = alike.get_mut(self.index.file(*place))
                && paths.len() <= MANY
            {
                paths.push(Arc::clone(path));
            }
        }
        Some(())
    }
}
