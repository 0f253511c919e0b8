//! Attributes in the tree of a target that change how files merge (flows.md 5.4.2): `merge=union`, `-merge`, `binary`.
//!
//! Git reads them in a clone and not in a bare repository, and what each forge does is not known. So where a target has
//! such lines git is asked a second time with them, and an answer that hangs on them is none. What we build ourselves
//! is as it is, what the local forge merges too: that needs no second answer.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use tempfile::NamedTempFile;

use crate::model::CommitId;
use crate::model::Judge;
use crate::model::Untrusted;

use super::command::Command;
use super::error::Error;
use super::executable::GitVersion;
use super::laid_out::disk;
use super::merge::Merge;
use super::merge::MergeAnswer;
use super::merge::MergeResult;
use super::objects::Kind;
use super::repo::Repo;
use super::tree::SUBMODULE;
use super::tree::TreeEntry;

/// The file in each folder that git reads attributes from.
const NAME: &[u8] = b".gitattributes";

/// From here on git reads the attributes of a tree: what a worktree happens to hold must not count.
pub(super) const READS_ATTRIBUTES_OF_TREES: GitVersion = GitVersion {
    major: 2,
    minor: 41,
    patch: 0,
};

/// A search for attributes about merging in the targets of many merges.
#[derive(Default)]
pub(super) struct AttributeSearch {
    /// Whether the files that were met say anything about it, by id: many targets have the same few.
    files: HashMap<CommitId, bool>,
    /// The same of folders with all below them, where all of a target was searched.
    folders: HashMap<CommitId, bool>,
    /// What was found of merges, for the shelf.
    found: Vec<(String, bool)>,
}

/// What was found of attributes in the folders in which something changes.
enum Found {
    Nothing,
    Attributes,
    /// None there, but something that changes is not there in the target: git may find it under another name.
    Elsewhere,
}

/// How git is told which attributes count.
pub(super) enum Attributes {
    Tree(CommitId),
    File(NamedTempFile),
}

impl Attributes {
    pub(super) fn tell(&self, call: Command) -> Command {
        match self {
            Self::Tree(tree) => call.before(format!("--attr-source={tree}")),
            Self::File(file) => {
                let mut setting = OsString::from("core.attributesFile=");
                setting.push(file.path());
                call.before(setting).before("-c")
            }
        }
    }
}

impl Repo {
    /// Tells whether an answer may be another one where the attributes in the target's tree count.
    pub(super) fn hangs_on_attributes(
        &self,
        merge: &Merge,
        answer: &MergeAnswer,
        search: &mut AttributeSearch,
    ) -> bool {
        // What needed no engine merged no file: no attribute has a say in it.
        let is_merged = matches!(answer, Ok(result) if result.by == Judge::Git);
        if !is_merged {
            return false;
        }
        let mut words = vec!["attributes".to_owned()];
        words.extend(merge.inputs().map(CommitId::to_string));
        let question = self.shelf_question(&words);
        if let Some(known) = self.shelf().get::<bool>(&question) {
            return known;
        }
        match self.has_merge_attributes(merge, search) {
            Ok(hangs) => {
                search.found.push((question, hangs));
                hangs
            }
            // What cannot be read here is git's to complain about, when it is asked again.
            Err(_) => true,
        }
    }

    /// Keeps for later processes what was found.
    pub(super) fn keep_search(&self, search: &AttributeSearch) {
        self.shelf().keep(&search.found);
    }

    /// Looks in the target for attributes of merges: in the folders in which the other side changes something, and in all
    /// of it where something that is changed there has another name in the target, or none.
    fn has_merge_attributes(
        &self,
        merge: &Merge,
        search: &mut AttributeSearch,
    ) -> Result<bool, Error> {
        let base = match &merge.base {
            Some(base) => Some(base.clone()),
            None => self.merge_base(&merge.ours, &merge.theirs)?,
        };
        let base = base.map(|base| self.tree_of(&base)).transpose()?;
        let (ours, theirs) = (self.tree_of(&merge.ours)?, self.tree_of(&merge.theirs)?);
        Ok(
            match self.found_beside(&ours, base.as_ref(), Some(&theirs), search)? {
                Found::Attributes => true,
                Found::Nothing => false,
                Found::Elsewhere => self.found_below(&ours, search)?,
            },
        )
    }

    fn found_beside(
        &self,
        ours: &CommitId,
        old: Option<&CommitId>,
        new: Option<&CommitId>,
        search: &mut AttributeSearch,
    ) -> Result<Found, Error> {
        let entries = self.objects().known_tree(ours)?;
        if self.says_so(&entries, search)? {
            return Ok(Found::Attributes);
        }
        let (old, new) = (self.entries_of(old)?, self.entries_of(new)?);
        let is_changed = |name: &Vec<u8>| old.get(name) != new.get(name);
        let lost = old.keys().filter(|name| is_changed(name));
        let mut lost = lost.filter(|name| !entries.iter().any(|entry| &entry.name == *name));
        let mut found = match lost.next() {
            Some(_) => Found::Elsewhere,
            None => Found::Nothing,
        };
        let folder = |entry: Option<&TreeEntry>| {
            let folder = entry.filter(|entry| entry.is_folder());
            folder.map(|entry| entry.id.clone())
        };
        for entry in entries.iter().filter(|entry| entry.is_folder()) {
            let (old, new) = (folder(old.get(&entry.name)), folder(new.get(&entry.name)));
            if old == new {
                continue;
            }
            match self.found_beside(&entry.id, old.as_ref(), new.as_ref(), search)? {
                Found::Attributes => return Ok(Found::Attributes),
                Found::Elsewhere => found = Found::Elsewhere,
                Found::Nothing => {}
            }
        }
        Ok(found)
    }

    /// Looks in a folder and all below it.
    fn found_below(&self, tree: &CommitId, search: &mut AttributeSearch) -> Result<bool, Error> {
        if let Some(known) = search.folders.get(tree) {
            return Ok(*known);
        }
        let entries = self.objects().known_tree(tree)?;
        let mut found = self.says_so(&entries, search)?;
        for folder in entries.iter().filter(|entry| entry.is_folder()) {
            found = found || self.found_below(&folder.id, search)?;
        }
        search.folders.insert(tree.clone(), found);
        Ok(found)
    }

    /// Tells whether a folder has a file of attributes that says something about merges.
    fn says_so(&self, entries: &[TreeEntry], search: &mut AttributeSearch) -> Result<bool, Error> {
        let Some(file) = entries.iter().find(|entry| is_attributes(entry)) else {
            return Ok(false);
        };
        if let Some(says) = search.files.get(&file.id) {
            return Ok(*says);
        }
        let says = is_about_merges(&self.objects().read_as(Kind::Blob, &file.id)?);
        search.files.insert(file.id.clone(), says);
        Ok(says)
    }

    fn entries_of(&self, tree: Option<&CommitId>) -> Result<HashMap<Vec<u8>, TreeEntry>, Error> {
        let Some(tree) = tree else {
            return Ok(HashMap::new());
        };
        let entries = self.objects().known_tree(tree)?;
        let entries = entries.iter();
        Ok(entries
            .map(|entry| (entry.name.clone(), entry.clone()))
            .collect())
    }

    /// Makes the attributes of a tree count for a call. An older git takes one file for everything, so that of the
    /// root: others are rare.
    pub(super) fn attributes_of(&self, tree: &CommitId) -> Result<Attributes, Error> {
        if self.git().version() >= READS_ATTRIBUTES_OF_TREES {
            return Ok(Attributes::Tree(tree.clone()));
        }
        let found = self.objects().entry(&self.tree_of(tree)?, NAME)?;
        let bytes = match found.filter(is_attributes) {
            Some(file) => self.objects().read_as(Kind::Blob, &file.id)?,
            None => Vec::new(),
        };
        let made = NamedTempFile::new().and_then(|mut file| {
            file.write_all(&bytes)?;
            Ok(file)
        });
        made.map(Attributes::File)
            .map_err(disk("make a file in", Path::new("TMPDIR")))
    }
}

/// Returns the answer that git gives both ways, without the attributes of the target and with them; why there is none
/// where they differ.
pub(super) fn agreed(without: MergeAnswer, with: MergeAnswer) -> MergeAnswer {
    let (without, with) = (without?, with?);
    let (some, others) = (conflicted(&without), conflicted(&with));
    // A conflict in the same paths is the same conflict, whatever was written in their place.
    if without.is_clean == with.is_clean
        && some == others
        && (!without.is_clean || without.tree == with.tree)
    {
        return Ok(without);
    }
    let path = some.symmetric_difference(&others).next();
    let path = path.map_or_else(String::new, |path| {
        format!(" of {}", Untrusted::from_bytes(path).show())
    });
    Err(format!(
        "the merge{path} hangs on the .gitattributes of the target, and it is not known whether the forge reads them"
    ))
}

fn conflicted(result: &MergeResult) -> BTreeSet<&[u8]> {
    let paths = result.conflicts.iter();
    paths.map(|conflict| conflict.path.as_slice()).collect()
}

fn is_attributes(entry: &TreeEntry) -> bool {
    entry.name == NAME && !entry.is_folder() && entry.mode != SUBMODULE
}

/// Tells whether a file of attributes mentions how to merge: as itself, in a macro, or by git's own macro for that. A
/// pattern of that name counts as well, which only costs a question.
fn is_about_merges(text: &[u8]) -> bool {
    let is_named = |word: &[u8]| {
        let bare = word.strip_prefix(b"-").or(word.strip_prefix(b"!"));
        let mut parts = bare.unwrap_or(word).split(|byte| *byte == b'=');
        matches!(parts.next(), Some(b"merge" | b"binary"))
    };
    let mut lines = text.split(|byte| *byte == b'\n');
    lines.any(|line| {
        !line.trim_ascii_start().starts_with(b"#")
            && line.split(u8::is_ascii_whitespace).any(is_named)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_about_merges_are_found_in_every_form() {
        for text in [
            "*.md merge=union",
            "* text=auto\n*.lock\t-merge\r\n",
            "[attr]made -diff -merge",
            "*.svg binary",
            "a !merge",
        ] {
            assert!(is_about_merges(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            "* text=auto eol=lf",
            "# *.md merge=union",
            "*.rb diff=ruby",
        ] {
            assert!(!is_about_merges(text.as_bytes()), "{text}");
        }
    }
}
