//! What becomes of the single paths of a fix in a lane. Most paths tell by their content alone whether they stay as they
//! are when the fix is applied again, and when it is taken out; the others say what git has to be asked.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::CommitId;

use super::error::Error;
use super::fix_changes::Change;
use super::flat::File;
use super::flat::Spot;
use super::line_sets::LineSets;
use super::remembered::Remembered;
use super::repo::Repo;
use super::tree::FILE;
use super::tree::FOLDER;

/// The mode of a program.
const PROGRAM: u32 = 0o100_755;

/// What was read, for many cells and for several that read at once.
#[derive(Default)]
pub(super) struct Read {
    trees: Trees,
    lines: LineSets,
}

/// Trees by name.
type Trees = Remembered<CommitId, Arc<HashMap<Vec<u8>, Spot>>>;

/// What is known of each fix in a lane, applied and taken out; none where the fix changes nothing.
pub(super) type Known = Vec<Option<[Direction; 2]>>;
/// The same, with the files that git has to be asked about.
pub(super) type Column = (Known, Vec<File>);

/// Whether applying a change to a path, or taking it out, leaves everything as it is.
enum Stays {
    Yes,
    No,
    /// The path is a file on all sides: merging it alone tells.
    AskFile(File),
    /// The lane lacks the file. This decides, unless the file has another name there.
    UnlessRenamed(Missing),
    /// Only merging the whole trees tells: the path may have another name on one side.
    AskTrees,
}

/// A file of the merge's base that the lane lacks.
#[derive(Debug, Clone)]
struct Missing {
    file: CommitId,
    /// Whether its path stays as it is, where the file has no other name in the lane.
    stays: bool,
}

/// A cell that is being judged: what is known of one direction of the merge.
#[derive(Debug, Clone, Default)]
pub(super) struct Direction {
    /// None while it is not known.
    pub(super) stays: Option<bool>,
    /// The places of the questions about files, the shortest file first.
    files: Vec<usize>,
    /// The files that may be renamed in the lane, until that is settled.
    missing: Vec<Missing>,
    pub(super) needs_trees: bool,
}

impl Repo {
    /// Returns what is known of both directions, applied and taken out, putting what has to be asked into `files`; none
    /// where nothing changes.
    pub(super) fn directions(
        &self,
        changes: &[Change],
        tree: &CommitId,
        read: &Read,
        files: &mut Vec<File>,
    ) -> Result<Option<[Direction; 2]>, Error> {
        if changes.is_empty() {
            return Ok(None);
        }
        let adds = changes.iter().any(|change| change.old.is_none());
        let removes = changes.iter().any(|change| change.new.is_none());
        let mut paths = Vec::with_capacity(changes.len());
        for change in changes {
            let there = self.look_up(tree, &change.path, read)?;
            let is_blocked = there.is_none() && self.is_blocked(tree, &change.path, read)?;
            let mut stays = stays(change, there, adds, removes);
            for side in &mut stays {
                if is_blocked && matches!(side, Stays::UnlessRenamed(_)) {
                    *side = Stays::AskTrees;
                }
            }
            paths.push(stays);
        }
        // Without a library each file that is read would cost as much as the merge.
        let reads_files = self.objects().is_in_process();
        if reads_files {
            self.settle_outside(&mut paths, &read.lines);
        }
        let mut directions = [Direction::default(), Direction::default()];
        for (side, direction) in directions.iter_mut().enumerate() {
            // One path that does not stay decides for all.
            if paths.iter().any(|path| matches!(path[side], Stays::No)) {
                direction.stays = Some(false);
                continue;
            }
            let mut asked = Vec::new();
            for path in &mut paths {
                match std::mem::replace(&mut path[side], Stays::Yes) {
                    Stays::Yes | Stays::No => {}
                    Stays::AskTrees => direction.needs_trees = true,
                    Stays::UnlessRenamed(missing) => direction.missing.push(missing),
                    Stays::AskFile(file) => asked.push(file),
                }
            }
            // The first one may decide for all, and a list of changes is the longest of them.
            if reads_files {
                asked.sort_by_cached_key(|file| read.lines.count(self, &file.theirs.1));
            }
            for file in asked {
                direction.files.push(files.len());
                files.push(file);
            }
        }
        Ok(Some(directions))
    }

    /// Settles the merges that cannot leave a file as it is, until one path of a direction does not stay: that decides.
    fn settle_outside(&self, paths: &mut [[Stays; 2]], lines: &LineSets) {
        for side in 0..2 {
            if paths.iter().any(|path| matches!(path[side], Stays::No)) {
                continue;
            }
            for path in paths.iter_mut() {
                if let Stays::AskFile(file) = &path[side]
                    && lines.is_outside(self, &file.base.1, &file.theirs.1, &file.ours.1)
                {
                    path[side] = Stays::No;
                    break;
                }
            }
        }
    }

    /// Tells whether something else stands where the path needs a folder.
    fn is_blocked(&self, tree: &CommitId, path: &[u8], read: &Read) -> Result<bool, Error> {
        let slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        for (end, _) in slashes {
            let above = self.look_up(tree, &path[..end], read)?;
            if above.is_some_and(|(mode, _)| mode != FOLDER) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns what is at a path of a tree.
    pub(super) fn look_up(
        &self,
        tree: &CommitId,
        path: &[u8],
        read: &Read,
    ) -> Result<Option<Spot>, Error> {
        let mut tree = tree.clone();
        let mut parts = path.split(|byte| *byte == b'/').peekable();
        while let Some(part) = parts.next() {
            let entries = match read.trees.get(&tree) {
                Some(entries) => entries,
                None => {
                    let entries = self.objects().tree(&tree)?.into_iter();
                    let by_name = entries.map(|entry| (entry.name, (entry.mode, entry.id)));
                    let entries = Arc::new(by_name.collect::<HashMap<_, _>>());
                    read.trees.keep(tree.clone(), Arc::clone(&entries));
                    entries
                }
            };
            match entries.get(part) {
                Some(spot) if parts.peek().is_none() => return Ok(Some(spot.clone())),
                Some((FOLDER, id)) => tree = id.clone(),
                Some(_) | None => return Ok(None),
            }
        }
        Ok(None)
    }
}

impl Direction {
    /// Returns the files that the lane lacks, as far as it would decide that they have no other name there.
    pub(super) fn missing(&self) -> impl Iterator<Item = &CommitId> {
        let can_decide = self.stays.is_none()
            && (!self.needs_trees || self.missing.iter().any(|missing| !missing.stays));
        let missing = self.missing.iter().filter(move |_| can_decide);
        missing.map(|missing| &missing.file)
    }

    /// Takes in which of the files that the lane lacks may have another name there.
    pub(super) fn settle(
        &mut self,
        mut may_be_renamed: impl FnMut(&CommitId) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        for missing in std::mem::take(&mut self.missing) {
            if self.stays.is_some() {
                break;
            }
            if may_be_renamed(&missing.file)? {
                self.needs_trees = true;
            } else if !missing.stays {
                self.stays = Some(false);
            }
        }
        Ok(())
    }

    /// Tells whether whole trees need not be merged.
    pub(super) fn is_settled(&self) -> bool {
        self.stays.is_some() || !self.needs_trees
    }

    /// Returns the place of the question that is asked first, where there is one.
    pub(super) fn first(&self, _: &[Option<bool>]) -> &[usize] {
        match (self.stays, self.files.as_slice()) {
            (None, [first, ..]) => std::slice::from_ref(first),
            (Some(_), _) | (None, []) => &[],
        }
    }

    /// Returns the places of the other questions, where the answer to the first one does not decide.
    pub(super) fn others(&self, answers: &[Option<bool>]) -> &[usize] {
        match (self.stays, self.files.as_slice()) {
            (None, [first, others @ ..]) if answers[*first] == Some(true) => others,
            (Some(_) | None, _) => &[],
        }
    }

    /// Finds its questions in a longer list, in which its own list begins here.
    pub(super) fn shift(&mut self, begin: usize) {
        for place in &mut self.files {
            *place += begin;
        }
    }

    /// Takes the answers about its files in.
    pub(super) fn take(&mut self, answers: &[Option<bool>]) {
        if self.stays.is_some() {
            return;
        }
        let answers = self.files.iter().map(|place| answers[*place]);
        self.stays = if answers.clone().any(|stays| stays == Some(false)) {
            Some(false)
        } else if self.needs_trees || answers.clone().any(|stays| stays.is_none()) {
            // Where an answer about a file is missing the cell is asked for as a whole.
            self.needs_trees &= answers.clone().all(|stays| stays.is_some());
            None
        } else {
            Some(true)
        };
    }
}

/// Tells of one path of a fix whether it stays as it is in a lane when the fix is applied, and when it is taken out.
/// `adds` and `removes` say that the fix adds a file somewhere, and takes one away.
///
/// A path that is a file before the fix, after it and in the lane has no part in any rename: what becomes of it does not
/// depend on other paths. The other cases that are decided here come out the same however git pairs removed and added
/// files; everything else is left to git.
///
/// A file that the lane lacks is decided on the condition that it has no other name there. That is asked of the file as the
/// base of the merge has it: the old one when the fix is applied, the new one when it is taken out. On this condition:
///
/// - Where the fix changes the file, one side of each merge lacks it and the other has changed it, a conflict. On that other
///   side the path is no part of a rename, since the base and the side both have it; and when a folder gets another name,
///   git only moves files that are new in it. Should it move one of the lane to this very path, that is a change as well.
/// - Where the merge takes the file away, both sides lack it and nothing changes, unless the other side has renamed it, or
///   git cannot tell where a folder went. A side that adds no file has no name to give, so it renames neither files nor
///   folders, and has nothing to be moved. Git asks where a folder of the lane went if it lies in one that the other side
///   has removed and the lane has put a file into: then all that was in it are files of the fix that the lane lacks, and
///   each must meet the same condition.
fn stays(change: &Change, there: Option<Spot>, adds: bool, removes: bool) -> [Stays; 2] {
    let is_file = |spot: &Spot| matches!(spot.0, FILE | PROGRAM);
    let unless_renamed = |spot: &Spot, stays: bool| {
        let file = spot.1.clone();
        Stays::UnlessRenamed(Missing { file, stays })
    };
    match (&change.old, &change.new, there) {
        (Some(old), Some(new), Some(there)) if is_file(old) && is_file(new) && is_file(&there) => {
            if there == *new {
                return [Stays::Yes, Stays::No];
            }
            if there == *old {
                return [Stays::No, Stays::Yes];
            }
            let file = |base: &Spot, theirs: &Spot| {
                Stays::AskFile(File {
                    base: base.clone(),
                    theirs: theirs.clone(),
                    ours: there.clone(),
                })
            };
            [file(old, new), file(new, old)]
        }
        (Some(old), Some(new), None) if is_file(old) && is_file(new) => {
            [unless_renamed(old, false), unless_renamed(new, false)]
        }
        // Added on both sides alike; taking the fix out takes it away.
        (None, Some(new), Some(there)) if is_file(new) && there == *new => {
            let applied = if removes { Stays::AskTrees } else { Stays::Yes };
            [applied, Stays::No]
        }
        // It would be added, here or in the folder's new place, or conflict.
        (None, Some(new), None) if is_file(new) => {
            let undone = if removes {
                Stays::AskTrees
            } else {
                unless_renamed(new, true)
            };
            [Stays::No, undone]
        }
        // The same the other way round.
        (Some(old), None, None) if is_file(old) => {
            let applied = if adds {
                Stays::AskTrees
            } else {
                unless_renamed(old, true)
            };
            [applied, Stays::No]
        }
        // It would be taken away, renamed, or conflict.
        (Some(old), None, Some(there)) if is_file(old) && is_file(&there) => {
            [Stays::No, Stays::AskTrees]
        }
        (Some(_) | None, Some(_) | None, Some(_) | None) => [Stays::AskTrees, Stays::AskTrees],
    }
}
