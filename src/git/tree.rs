//! Trees: reading, looking up a path, and writing a tree with one path changed.

use std::sync::Arc;
use std::sync::PoisonError;

use crate::model::CommitId;

use super::error::Error;
use super::objects::Kind;
use super::objects::Objects;

/// The mode of a folder in a tree.
pub(super) const FOLDER: u32 = 0o040_000;
/// The mode of a submodule's commit in a tree.
pub(super) const SUBMODULE: u32 = 0o160_000;
/// The mode of a plain file.
pub(super) const FILE: u32 = 0o100_644;

/// The folders of a few thousand paths; beyond it the old ones are not worth a smarter rule.
const REMEMBERED: usize = 1_024;

/// One name in a tree. Names are bytes: git knows no encoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TreeEntry {
    pub(super) mode: u32,
    pub(super) name: Vec<u8>,
    pub(super) id: CommitId,
}

impl TreeEntry {
    pub(super) fn is_folder(&self) -> bool {
        self.mode == FOLDER
    }

    /// Git sorts a folder as if its name ended with a slash.
    fn sort_key(&self) -> Vec<u8> {
        let mut key = self.name.clone();
        if self.is_folder() {
            key.push(b'/');
        }
        key
    }
}

impl Objects {
    /// Returns the entries of a tree.
    pub(super) fn tree(&self, id: &CommitId) -> Result<Vec<TreeEntry>, Error> {
        parse(id, &self.read_as(Kind::Tree, id)?)
    }

    /// Returns the entries of a tree that may be asked for again.
    pub(super) fn known_tree(&self, id: &CommitId) -> Result<Arc<Vec<TreeEntry>>, Error> {
        // A reader that panics leaves the map whole.
        let trees = || self.trees.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = trees().get(id) {
            return Ok(Arc::clone(known));
        }
        let entries = Arc::new(self.tree(id)?);
        let mut trees = trees();
        if trees.len() >= REMEMBERED {
            trees.clear();
        }
        trees.insert(id.clone(), Arc::clone(&entries));
        Ok(entries)
    }

    /// Stores a tree of these entries, in any order.
    pub(super) fn write_tree(&self, mut entries: Vec<TreeEntry>) -> Result<CommitId, Error> {
        entries.sort_by_key(TreeEntry::sort_key);
        let mut bytes = Vec::new();
        for entry in entries {
            bytes.extend(format!("{:o} ", entry.mode).into_bytes());
            bytes.extend(entry.name);
            bytes.push(0);
            bytes.extend(to_raw(&entry.id));
        }
        self.write(Kind::Tree, &bytes)
    }

    /// Returns what is at `path` in a tree, if anything.
    pub(super) fn entry(&self, tree: &CommitId, path: &[u8]) -> Result<Option<TreeEntry>, Error> {
        let mut tree = tree.clone();
        let mut parts = path.split(|b| *b == b'/').peekable();
        while let Some(part) = parts.next() {
            let entries = self.known_tree(&tree)?;
            let found = entries.iter().find(|entry| entry.name == part);
            match found {
                Some(entry) if parts.peek().is_none() => return Ok(Some(entry.clone())),
                Some(entry) if entry.is_folder() => tree = entry.id.clone(),
                Some(_) | None => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Returns a tree like `tree` with `path` set to mode and id, or taken out. Folders come and go as needed.
    pub(super) fn with_entry(
        &self,
        tree: Option<&CommitId>,
        path: &[u8],
        new: Option<(u32, CommitId)>,
    ) -> Result<Option<CommitId>, Error> {
        let mut entries = match tree {
            Some(id) => self.tree(id)?,
            None => Vec::new(),
        };
        let (name, below) = match path.iter().position(|b| *b == b'/') {
            Some(slash) => (&path[..slash], Some(&path[slash + 1..])),
            None => (path, None),
        };
        let old = entries.iter().position(|entry| entry.name == name);
        let old = old.map(|index| entries.remove(index));
        let replacement = match below {
            None => new,
            // Nothing lies below a file: there is nothing to take out.
            Some(_) if new.is_none() && old.as_ref().is_some_and(|old| !old.is_folder()) => {
                old.map(|entry| (entry.mode, entry.id))
            }
            Some(below) => {
                let folder = old.filter(TreeEntry::is_folder).map(|entry| entry.id);
                self.with_entry(folder.as_ref(), below, new)?
                    .map(|id| (FOLDER, id))
            }
        };
        if let Some((mode, id)) = replacement {
            entries.push(TreeEntry {
                mode,
                name: name.to_vec(),
                id,
            });
        }
        if entries.is_empty() {
            return Ok(None);
        }
        self.write_tree(entries).map(Some)
    }
}

fn parse(id: &CommitId, bytes: &[u8]) -> Result<Vec<TreeEntry>, Error> {
    let bad = || Error::BadObject {
        id: id.clone(),
        why: "it is not a well-formed tree",
    };
    let raw_length = id.as_str().len() / 2;
    let mut rest = bytes;
    let mut entries = Vec::new();
    while !rest.is_empty() {
        let space = rest.iter().position(|b| *b == b' ').ok_or_else(bad)?;
        let mode = std::str::from_utf8(&rest[..space])
            .ok()
            .and_then(|text| u32::from_str_radix(text, 8).ok())
            .ok_or_else(bad)?;
        rest = &rest[space + 1..];
        let end = rest.iter().position(|b| *b == 0).ok_or_else(bad)?;
        let name = rest[..end].to_vec();
        rest = &rest[end + 1..];
        if rest.len() < raw_length {
            return Err(bad());
        }
        let (raw, after) = rest.split_at(raw_length);
        let id = to_digits(raw).parse().map_err(|_| bad())?;
        entries.push(TreeEntry { mode, name, id });
        rest = after;
    }
    Ok(entries)
}

/// Returns bytes as hexadecimal digits.
pub(super) fn to_digits(raw: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(2 * raw.len());
    for byte in raw {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// Returns the bytes that the hexadecimal digits stand for.
fn to_raw(id: &CommitId) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => byte - b'0',
        other => other - b'a' + 10,
    };
    id.as_str()
        .as_bytes()
        .chunks(2)
        .map(|pair| (digit(pair[0]) << 4) | digit(pair[1]))
        .collect()
}
