//! Paths at which the sides are of different types: a file and a link, a file and a folder. Git leaves one of them in
//! its place and records the other beside it, under a name of its own making (`conf~<side>`). Whoever decides by that
//! name makes a file of it that nobody ever had, and loses the one that was meant.
//!
//! So what git took apart is put together: one conflict at the path itself, with what each side has there, a folder with
//! all that is in it. In the merged tree the target's side stays. Where the folder is not one side's alone (files of the
//! other were moved into it, or conflict in it) no choice between the two is whole: then it stays as merged, and the file
//! stays beside it, for a person to move.

use crate::model::CommitId;

use super::error::Error;
use super::merge_answer::Answer;
use super::merge_answer::FIX;
use super::merge_answer::Stage;
use super::merge_answer::TARGET;
use super::objects::Objects;
use super::repo::Repo;
use super::tree::FOLDER;

/// What stands after the path of a file that was set aside, by whose it is.
const OF_TARGET: &str = "target";
const OF_FIX: &str = "fix";

impl Repo {
    /// Puts together what git recorded under two names, in the stages and in the tree of an answer.
    pub(super) fn put_together(
        &self,
        objects: &Objects,
        answer: &mut Answer,
        ours: &CommitId,
        theirs: &CommitId,
    ) -> Result<(), Error> {
        for (place, names) in answer.aside("distinct") {
            in_one_place(objects, answer, place, &names)?;
        }
        let beside_folders = answer.aside("file/directory");
        if beside_folders.is_empty() {
            return Ok(());
        }
        let sides = [self.tree_of(ours)?, self.tree_of(theirs)?];
        for (place, names) in beside_folders {
            for name in names {
                beside_folder(objects, answer, &place, &name, &sides)?;
            }
        }
        Ok(())
    }
}

/// Puts two things that are no folders into one place.
fn in_one_place(
    objects: &Objects,
    answer: &mut Answer,
    place: Vec<u8>,
    names: &[Vec<u8>],
) -> Result<(), Error> {
    for stage in &mut answer.stages {
        if names.contains(&stage.path) {
            stage.path.clone_from(&place);
        }
    }
    for name in names {
        answer.tree = with(objects, &answer.tree, name, None)?;
    }
    keep_target(objects, answer, &place)?;
    answer.types.push(place);
    Ok(())
}

/// Puts a file into the place of a folder that one side alone has there; else gives it a name that says whose it is.
fn beside_folder(
    objects: &Objects,
    answer: &mut Answer,
    place: &[u8],
    name: &[u8],
    sides: &[CommitId; 2],
) -> Result<(), Error> {
    if let Some((number, folder)) = whole_folder(objects, answer, place, name, sides)? {
        // What conflicts below is there or not, with the folder.
        answer.stages.retain(|stage| !is_below(&stage.path, place));
        for stage in &mut answer.stages {
            if stage.path == name {
                stage.path = place.to_vec();
            }
        }
        answer.stages.push(Stage {
            mode: FOLDER,
            id: folder,
            number,
            path: place.to_vec(),
        });
        answer.tree = with(objects, &answer.tree, name, None)?;
        keep_target(objects, answer, place)?;
        answer.types.push(place.to_vec());
        return Ok(());
    }
    let [ours, _theirs] = sides;
    let whose = match folder_at(objects, ours, place)? {
        Some(_) => OF_FIX,
        None => OF_TARGET,
    };
    let new = free_name(objects, &answer.tree, place, whose)?;
    if let Some(entry) = objects.entry(&answer.tree, name)? {
        answer.tree = with(objects, &answer.tree, name, None)?;
        answer.tree = with(objects, &answer.tree, &new, Some((entry.mode, entry.id)))?;
    }
    for stage in &mut answer.stages {
        if stage.path == name {
            stage.path.clone_from(&new);
        }
    }
    answer.types.push(new);
    Ok(())
}

/// Makes the place in the tree what the target has there.
fn keep_target(objects: &Objects, answer: &mut Answer, place: &[u8]) -> Result<(), Error> {
    let target = answer.stage(place, TARGET);
    if let Some(target) = target.map(|stage| (stage.mode, stage.id.clone())) {
        answer.tree = with(objects, &answer.tree, place, Some(target))?;
    }
    Ok(())
}

/// Returns the side that has a folder where the other has a file, and the folder as that side has it. None unless
/// everything that the merge left in it is that side's, and all that conflicts in it is there on that side only.
fn whole_folder(
    objects: &Objects,
    answer: &Answer,
    place: &[u8],
    name: &[u8],
    sides: &[CommitId; 2],
) -> Result<Option<(u8, CommitId)>, Error> {
    let has = |number: u8| answer.stage(name, number).is_some();
    let [ours, theirs] = sides;
    let (number, side) = match (has(TARGET), has(FIX)) {
        (true, false) => (FIX, theirs),
        (false, true) => (TARGET, ours),
        (true, true) | (false, false) => return Ok(None),
    };
    let whole = folder_at(objects, side, place)?;
    let merged = folder_at(objects, &answer.tree, place)?;
    let (Some(whole), Some(merged)) = (whole, merged) else {
        return Ok(None);
    };
    let mut below = answer.stages.iter();
    let is_others =
        |stage: &Stage| is_below(&stage.path, place) && ![1, number].contains(&stage.number);
    if below.any(is_others) || !is_within(objects, &merged, &whole)? {
        return Ok(None);
    }
    Ok(Some((number, whole)))
}

/// Tells whether everything in a folder is in another one too, as it is there.
fn is_within(objects: &Objects, inner: &CommitId, outer: &CommitId) -> Result<bool, Error> {
    if inner == outer {
        return Ok(true);
    }
    let outer = objects.known_tree(outer)?;
    let inner = objects.known_tree(inner)?;
    for entry in inner.iter() {
        let Some(other) = outer.iter().find(|other| other.name == entry.name) else {
            return Ok(false);
        };
        let is_there = if entry.is_folder() && other.is_folder() {
            is_within(objects, &entry.id, &other.id)?
        } else {
            entry == other
        };
        if !is_there {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Returns how many files lie in a folder and below it.
pub(super) fn files_in(objects: &Objects, folder: &CommitId) -> Result<usize, Error> {
    let mut count = 0;
    let mut folders = vec![folder.clone()];
    while let Some(folder) = folders.pop() {
        for entry in objects.tree(&folder)? {
            if entry.is_folder() {
                folders.push(entry.id);
            } else {
                count += 1;
            }
        }
    }
    Ok(count)
}

/// Returns the path beside which a file was set, by its name: one of ours, or git's own, which ends with an id.
pub(super) fn set_aside_from(path: &[u8]) -> Option<&[u8]> {
    let at = path.iter().rposition(|byte| *byte == b'~')?;
    let (place, label) = (&path[..at], &path[at + 1..]);
    // Where such a name was taken, a number makes another of it.
    let label = match label.iter().rposition(|byte| *byte == b'_') {
        Some(at) if at + 1 < label.len() && label[at + 1..].iter().all(u8::is_ascii_digit) => {
            &label[..at]
        }
        Some(_) | None => label,
    };
    let is_id = matches!(label.len(), 40 | 64) && label.iter().all(u8::is_ascii_hexdigit);
    let is_ours = [OF_TARGET, OF_FIX].map(str::as_bytes).contains(&label);
    (is_id || is_ours).then_some(place)
}

fn free_name(
    objects: &Objects,
    tree: &CommitId,
    place: &[u8],
    whose: &str,
) -> Result<Vec<u8>, Error> {
    let plain = [place, b"~", whose.as_bytes()].concat();
    let mut name = plain.clone();
    let mut number = 0_usize;
    while objects.entry(tree, &name)?.is_some() {
        name = [&plain[..], format!("_{number}").as_bytes()].concat();
        number += 1;
    }
    Ok(name)
}

fn folder_at(objects: &Objects, tree: &CommitId, path: &[u8]) -> Result<Option<CommitId>, Error> {
    let entry = objects.entry(tree, path)?;
    Ok(entry
        .filter(|entry| entry.is_folder())
        .map(|entry| entry.id))
}

fn is_below(path: &[u8], folder: &[u8]) -> bool {
    let rest = path.strip_prefix(folder);
    rest.is_some_and(|rest| rest.starts_with(b"/"))
}

/// Returns a tree with this at a path, or without the path.
fn with(
    objects: &Objects,
    tree: &CommitId,
    path: &[u8],
    new: Option<(u32, CommitId)>,
) -> Result<CommitId, Error> {
    match objects.with_entry(Some(tree), path, new)? {
        Some(tree) => Ok(tree),
        None => objects.write_tree(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_set_aside_is_known_by_its_name_and_no_other_is() {
        let id = "0123456789".repeat(4);
        for name in [
            "conf~target".to_owned(),
            "conf~fix_12".to_owned(),
            format!("conf~{id}"),
            format!("conf~{id}_0"),
        ] {
            assert_eq!(
                set_aside_from(name.as_bytes()),
                Some(&b"conf"[..]),
                "{name}"
            );
        }
        for name in [
            "conf",
            "conf~",
            "conf~old",
            "conf~fix_",
            "conf~fix_a",
            "a~fix/b",
        ] {
            assert_eq!(set_aside_from(name.as_bytes()), None, "{name}");
        }
    }
}
