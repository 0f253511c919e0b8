//! A conflicted path as git laid it out: which side has what, and where the texts of the sides differ.
//!
//! The sides are named by what they are, never "ours" and "theirs": those words change places between a merge and a pick.

use serde::Deserialize;
use serde::Serialize;

use super::authors::LastAuthors;
use super::id::CommitId;
use super::verdict::ConflictKind;

/// Bytes of a file. Git knows no encoding, so neither do we; stored as a text where they are one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Bytes(pub Vec<u8>);

/// How bytes are written into a file of ours.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Stored {
    Text(String),
    Raw(Vec<u8>),
}

impl From<Stored> for Bytes {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Text(text) => Self(text.into_bytes()),
            Stored::Raw(bytes) => Self(bytes),
        }
    }
}

impl From<Bytes> for Stored {
    fn from(bytes: Bytes) -> Self {
        match String::from_utf8(bytes.0) {
            Ok(text) => Self::Text(text),
            Err(error) => Self::Raw(error.into_bytes()),
        }
    }
}

impl Bytes {
    /// Returns the lines with their ends, the last one perhaps without.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.0.split_inclusive(|byte| *byte == b'\n')
    }

    /// Tells whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for Bytes {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

/// What one side has at a path: a file, a link, a submodule, or a folder where the other side has one of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictSide {
    /// As in a tree: `0o100644`.
    pub mode: u32,
    /// The blob; for a submodule its commit, for a folder its tree.
    pub id: CommitId,
}

impl ConflictSide {
    /// Tells whether it is a plain file, executable or not.
    pub fn is_file(&self) -> bool {
        self.mode & 0o170_000 == 0o100_000
    }

    /// Tells whether it is a folder with all that is in it.
    pub fn is_folder(&self) -> bool {
        self.mode & 0o170_000 == 0o040_000
    }

    /// Tells whether both are of one type: two files, executable or not, two links, two submodules.
    pub fn is_like(&self, other: &Self) -> bool {
        self.mode & 0o170_000 == other.mode & 0o170_000
    }

    /// Returns what it is, in a word.
    pub fn word(&self) -> &'static str {
        match self.mode & 0o170_000 {
            0o100_000 if self.mode & 0o111 != 0 => "executable file",
            0o100_000 => "file",
            0o120_000 => "symbolic link",
            0o160_000 => "submodule",
            _ => "folder",
        }
    }
}

/// Lines that the sides have changed differently.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hunk {
    pub base: Bytes,
    pub target: Bytes,
    pub fix: Bytes,
}

/// A part of a conflicted text, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// The same on both sides, or changed by one of them only.
    Agreed(Bytes),
    Hunk(Hunk),
}

/// One conflicted path with all that is known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictFile {
    pub path: String,
    /// The commit whose pick conflicts here; none for a merge, and where git names no sides.
    pub commit: Option<CommitId>,
    pub kind: ConflictKind,
    /// None where a side does not have the path.
    pub base: Option<ConflictSide>,
    pub target: Option<ConflictSide>,
    pub fix: Option<ConflictSide>,
    /// The text in pieces; empty where there is no text to merge: a whole side must be chosen.
    pub pieces: Vec<Piece>,
    /// How many files lie in the folder of the side that has one: they go where the other side is taken.
    pub files: usize,
    pub last_authors: LastAuthors,
}

impl ConflictFile {
    /// Returns the hunks, in order.
    pub fn hunks(&self) -> impl Iterator<Item = &Hunk> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Hunk(hunk) => Some(hunk),
            Piece::Agreed(_) => None,
        })
    }

    /// Says how many files are in a side that is a folder, to stand after its id; nothing of others.
    pub fn files_of(&self, side: &ConflictSide) -> String {
        if !side.is_folder() {
            return String::new();
        }
        match self.files {
            1 => " with 1 file".to_owned(),
            count => format!(" with {count} files"),
        }
    }

    /// Returns the mode of a merged text: that of the side which changed it.
    pub fn merged_mode(&self) -> u32 {
        let mode = |side: &Option<ConflictSide>| side.as_ref().map(|side| side.mode);
        let (base, target, fix) = (mode(&self.base), mode(&self.target), mode(&self.fix));
        let merged = if base == target { fix } else { target };
        merged.or(target).or(fix).unwrap_or(0o100_644)
    }
}

/// The conflicts of one built branch, as they are to be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictScene {
    pub files: Vec<ConflictFile>,
    /// Commits that wait for the resolution before they can be applied.
    pub pending: Vec<CommitId>,
}
