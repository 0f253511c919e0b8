//! Merges that need no engine: one side changed nothing, or the fix changes only files that the target has exactly as
//! the fix found them.
//!
//! Such an answer is never a guess. What makes merge-ort look beyond a path is a path that appears or disappears
//! (renames of files and folders, a file where a folder was); where the fix neither adds nor removes any, and every
//! path that it changes exists on all sides with the content of one of the other two, there is nothing to look for.
//! Submodules are left to git, which looks into them; attributes change only how a file is merged that both sides
//! changed, and none is here.

use crate::model::CommitId;
use crate::model::Judge;

use super::merge::Merge;
use super::merge::MergeResult;
use super::objects::parse_id;
use super::repo::Repo;

/// The bytes of a binary id; other formats are left to git.
const SHA1: usize = 20;

impl Repo {
    /// Answers where one side changed nothing or both came to the same, since every merge takes the other side then;
    /// and where nobody touched in `ours` what the fix changes, file by file. Tells whether it was the latter.
    pub(super) fn own(&self, merge: &Merge) -> Option<(MergeResult, bool)> {
        let base = self.base_of(merge)?;
        let tree = |id| self.tree_of(id).ok();
        let (base, ours, theirs) = (tree(&base)?, tree(&merge.ours)?, tree(&merge.theirs)?);
        if base == theirs || ours == theirs {
            return Some((MergeResult::clean(ours, Judge::Own), false));
        }
        if base == ours {
            return Some((MergeResult::clean(theirs, Judge::Own), false));
        }
        let id = |id: &CommitId| git2::Oid::from_str(id.as_str()).ok();
        let (base, ours, theirs) = (id(&base)?, id(&ours)?, id(&theirs)?);
        let merged = self
            .objects()
            .with_store(|store| merge_trees(store, base, ours, theirs))??;
        let tree = parse_id("merge-tree", &merged.to_string()).ok()?;
        Some((MergeResult::clean(tree, Judge::Own), true))
    }

    /// Returns the base of a merge; none where it is not one commit.
    fn base_of(&self, merge: &Merge) -> Option<CommitId> {
        match &merge.base {
            Some(base) => Some(base.clone()),
            None => match &self.merge_bases(&merge.ours, &merge.theirs).ok()?[..] {
                [only] => Some(only.clone()),
                [..] => None,
            },
        }
    }

    pub(super) fn merge_question(&self, merge: &Merge) -> String {
        let base = merge.base.as_ref().map_or("-", CommitId::as_str);
        let (ours, theirs) = (merge.ours.to_string(), merge.theirs.to_string());
        let mut words = vec!["merge-tree".to_owned(), base.to_owned(), ours, theirs];
        words.extend(merge.attributes().map(|_| "attributes".to_owned()));
        self.shelf_question(&words)
    }
}

/// Returns the id of the merged tree; none where git must look.
fn merge_trees(
    store: &git2::Odb<'_>,
    base: git2::Oid,
    ours: git2::Oid,
    theirs: git2::Oid,
) -> Option<git2::Oid> {
    let (base, ours, theirs) = (
        store.read(base).ok()?,
        store.read(ours).ok()?,
        store.read(theirs).ok()?,
    );
    let mut merged = ours.data().to_vec();
    let mut our_entries = Entries::of(ours.data());
    let (mut old, mut new) = (Entries::of(base.data()), Entries::of(theirs.data()));
    loop {
        let (before, after) = match (old.next(), new.next()) {
            (Some(before), Some(after)) => (before?, after?),
            (None, None) => break,
            // The fix adds or removes a path.
            (Some(_), None) | (None, Some(_)) => return None,
        };
        if before.name != after.name {
            return None;
        }
        if before.id == after.id && before.mode == after.mode {
            continue;
        }
        // A tree is sorted, so the next one of ours lies behind the last.
        let here = our_entries.find_map(|entry| match entry {
            Some(entry) if entry.name != before.name => None,
            found => Some(found),
        })??;
        let result = if before.is_folder() && after.is_folder() && here.is_folder() {
            let ids = [before.id, here.id, after.id].map(git2::Oid::from_bytes);
            let [Ok(base), Ok(ours), Ok(theirs)] = ids else {
                return None;
            };
            (
                here.mode,
                merge_trees(store, base, ours, theirs)?.as_bytes().to_vec(),
            )
        } else if [&before, &after, &here]
            .iter()
            .all(|entry| entry.is_like(&before))
        {
            if (here.mode, here.id) == (before.mode, before.id) {
                (after.mode, after.id.to_vec())
            } else if (here.mode, here.id) == (after.mode, after.id) {
                (here.mode, here.id.to_vec())
            } else {
                return None;
            }
        } else {
            return None;
        };
        // Modes of one kind of file are equally long, so everything stays in its place.
        let (mode, id) = result;
        let id_at = here.at + here.mode.len() + 1 + here.name.len() + 1;
        merged
            .get_mut(here.at..here.at + mode.len())?
            .copy_from_slice(mode);
        merged.get_mut(id_at..id_at + SHA1)?.copy_from_slice(&id);
    }
    git2::Oid::hash_object(git2::ObjectType::Tree, &merged).ok()
}

/// One name in the bytes of a tree.
struct Entry<'a> {
    at: usize,
    mode: &'a [u8],
    name: &'a [u8],
    id: &'a [u8],
}

impl Entry<'_> {
    fn is_folder(&self) -> bool {
        self.mode == b"40000"
    }

    /// Tells whether both are files, or both are links.
    fn is_like(&self, other: &Self) -> bool {
        let is_file = |entry: &Self| matches!(entry.mode, b"100644" | b"100755");
        let is_link = |entry: &Self| entry.mode == b"120000";
        is_file(self) && is_file(other) || is_link(self) && is_link(other)
    }
}

/// The names of a tree, in order; `Some(None)` where the bytes are no tree.
struct Entries<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Entries<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn read(&mut self) -> Option<Entry<'a>> {
        let at = self.at;
        let rest = self.bytes.get(at..)?;
        let space = rest.iter().position(|byte| *byte == b' ')?;
        let end = space + rest[space..].iter().position(|byte| *byte == 0)?;
        let id = rest.get(end + 1..end + 1 + SHA1)?;
        self.at = at + end + 1 + SHA1;
        Some(Entry {
            at,
            mode: &rest[..space],
            name: &rest[space + 1..end],
            id,
        })
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Option<Entry<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.bytes.len() {
            return None;
        }
        let entry = self.read();
        if entry.is_none() {
            self.at = self.bytes.len();
        }
        Some(entry)
    }
}
