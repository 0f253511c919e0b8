//! The files of many lanes at once. Lanes have nearly everything in common, so each folder is read once, in whichever lane it
//! is met first, and no path is put together: there would be one for every file of every lane.

use std::collections::HashMap;

use crate::model::CommitId;

use super::error::Error;
use super::tree::FOLDER;
use super::tree::SUBMODULE;
use super::tree::TreeEntry;

/// All folders of some trees, and all files in them.
#[derive(Default)]
pub(super) struct LaneFiles {
    /// Each file once.
    files: Vec<CommitId>,
    by_file: HashMap<CommitId, usize>,
    folders: Vec<Folder>,
    by_folder: HashMap<CommitId, usize>,
}

/// A folder, by what it holds itself.
struct Folder {
    /// The places of its files; none where it cannot be read.
    files: Option<Vec<usize>>,
    /// The places of the folders that it lies in.
    parents: Vec<usize>,
}

impl LaneFiles {
    /// Reads all that is below some trees; none where there are more than `most` different files.
    pub(super) fn read<'a>(
        trees: impl Iterator<Item = &'a CommitId>,
        most: usize,
        mut read: impl FnMut(&CommitId) -> Result<Vec<TreeEntry>, Error>,
    ) -> Option<Self> {
        let mut all = Self::default();
        let mut open = Vec::new();
        for tree in trees {
            all.meet(tree, None, &mut open);
            while let Some((place, tree)) = open.pop() {
                let Ok(entries) = read(&tree) else {
                    continue;
                };
                let mut files = Vec::new();
                for entry in entries {
                    match entry.mode {
                        FOLDER => all.meet(&entry.id, Some(place), &mut open),
                        SUBMODULE => {}
                        _file_or_link => files.push(all.file(entry.id)),
                    }
                }
                all.folders[place].files = Some(files);
                if all.files.len() > most {
                    return None;
                }
            }
        }
        Some(all)
    }

    /// Notes a folder, which is to be read where it is a new one.
    fn meet(&mut self, tree: &CommitId, parent: Option<usize>, open: &mut Vec<(usize, CommitId)>) {
        let place = match self.by_folder.get(tree) {
            Some(place) => *place,
            None => {
                let place = self.folders.len();
                self.folders.push(Folder {
                    files: None,
                    parents: Vec::new(),
                });
                self.by_folder.insert(tree.clone(), place);
                open.push((place, tree.clone()));
                place
            }
        };
        self.folders[place].parents.extend(parent);
    }

    fn file(&mut self, file: CommitId) -> usize {
        if let Some(place) = self.by_file.get(&file) {
            return *place;
        }
        let place = self.files.len();
        self.files.push(file.clone());
        self.by_file.insert(file, place);
        place
    }

    /// Returns every file once.
    pub(super) fn files(&self) -> &[CommitId] {
        &self.files
    }

    /// Returns the place of a file among them.
    pub(super) fn place_of(&self, file: &CommitId) -> Option<usize> {
        self.by_file.get(file).copied()
    }

    /// Returns the folders that hold, wherever below them, a file at one of the places for which this is so.
    pub(super) fn holding(&self, is_wanted: impl Fn(usize) -> bool) -> Holding<'_> {
        self.above(|folder| {
            let mut files = folder.files.iter().flatten();
            files.any(|place| is_wanted(*place))
        })
    }

    /// Returns the folders that cannot be read, and those that hold one.
    pub(super) fn unread(&self) -> Holding<'_> {
        self.above(|folder| folder.files.is_none())
    }

    /// Returns the folders for which this is so, and all that they lie in.
    fn above(&self, is_so: impl Fn(&Folder) -> bool) -> Holding<'_> {
        let folders = self.folders.iter().enumerate();
        let found = folders.filter(|(_, folder)| is_so(folder));
        let mut open: Vec<usize> = found.map(|(place, _)| place).collect();
        let mut holds = vec![false; self.folders.len()];
        while let Some(place) = open.pop() {
            if !holds[place] {
                holds[place] = true;
                open.extend(&self.folders[place].parents);
            }
        }
        Holding { all: self, holds }
    }
}

/// Some of the folders.
pub(super) struct Holding<'a> {
    all: &'a LaneFiles,
    /// For each folder, whether it is one of them.
    holds: Vec<bool>,
}

impl Holding<'_> {
    /// Tells whether a folder is one of them; none that was never met is.
    pub(super) fn has(&self, tree: &CommitId) -> bool {
        let place = self.all.by_folder.get(tree);
        place.is_some_and(|place| self.holds[*place])
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::FILE;
    use super::*;

    fn id(number: usize) -> CommitId {
        format!("{number:040x}").parse().expect("forty digits")
    }

    fn entry(mode: u32, number: usize) -> TreeEntry {
        TreeEntry {
            mode,
            name: number.to_string().into_bytes(),
            id: id(number),
        }
    }

    /// Lanes 1 and 2, each with a hundred folders (100..) of ten files. Lane 2 has another file in one folder, 200.
    fn folder(tree: &CommitId) -> Vec<TreeEntry> {
        let lane = |changed: usize| {
            let folders = (100..199).chain([changed]);
            folders.map(|folder| entry(FOLDER, folder)).collect()
        };
        let files = |from: usize| (from..from + 10).map(|file| entry(FILE, file)).collect();
        match (0..300).find(|number| id(*number) == *tree) {
            Some(1) => lane(199),
            Some(2) => lane(200),
            // The same but for its last file.
            Some(200) => files(10 * 199 + 1),
            Some(number) => files(10 * number),
            None => Vec::new(),
        }
    }

    #[test]
    fn of_lanes_that_share_nearly_all_only_what_differs_is_read_again() {
        let mut read = Vec::new();
        let lanes = [id(1), id(2)];
        let all = LaneFiles::read(lanes.iter(), usize::MAX, |tree| {
            read.push(tree.clone());
            Ok(folder(tree))
        });
        let all = all.expect("there are few files");
        assert_eq!(
            read.len(),
            1 + 100 + 2,
            "a lane, and what differs in the other"
        );
        assert_eq!(all.files().len(), 1_001);
        // A file that only the second lane has, and one that both have.
        for (file, trees) in [(2_000, vec![2, 200]), (1_995, vec![1, 2, 199, 200])] {
            let place = all.place_of(&id(file)).expect("it was met");
            let holding = all.holding(|other| other == place);
            let trees: Vec<CommitId> = trees.into_iter().map(id).collect();
            for tree in &read {
                assert_eq!(holding.has(tree), trees.contains(tree), "{file} in {tree}");
            }
        }
        assert!(read.iter().all(|tree| !all.unread().has(tree)));
    }

    #[test]
    fn a_folder_that_cannot_be_read_is_told_of_every_lane_that_has_it_and_many_files_are_not_read_on()
     {
        let lanes = [id(1), id(2)];
        let missing = id(199);
        let read = |tree: &CommitId| {
            if *tree == missing {
                return Err(Error::NoSuchObject { id: tree.clone() });
            }
            Ok(folder(tree))
        };
        let all = LaneFiles::read(lanes.iter(), usize::MAX, read).expect("few files");
        let unread = all.unread();
        assert_eq!(
            [1, 2, 199, 198].map(|tree| unread.has(&id(tree))),
            [true, false, true, false]
        );
        let mut count = 0;
        let many = LaneFiles::read(lanes.iter(), 25, |tree| {
            count += 1;
            Ok(folder(tree))
        });
        assert!(many.is_none());
        assert_eq!(count, 1 + 3, "the lane, and folders until it is clear");
    }
}
