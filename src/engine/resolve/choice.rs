//! What can be chosen for a hunk, and for a path as a whole.

use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

use crate::model::Bytes;
use crate::model::Hunk;

/// Lines taken from the sides as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Take {
    Target,
    Fix,
    /// Both, the target's lines first.
    Both,
    /// Both, the fix's lines first.
    BothFixFirst,
}

impl Take {
    /// Every way, in the order of its key.
    pub const ALL: [Self; 4] = [Self::Target, Self::Fix, Self::Both, Self::BothFixFirst];

    /// Returns the word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Fix => "fix",
            Self::Both => "both",
            Self::BothFixFirst => "both-fix-first",
        }
    }
}

impl FromStr for Take {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|take| take.word() == text)
            .ok_or_else(|| format!("`{text}` is none of target, fix, both, both-fix-first"))
    }
}

/// Where the command line may take a path from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Sides(Take),
    /// What a merge driver makes of it.
    Driver,
}

impl Source {
    /// The word on the command line for what a merge driver makes of a path.
    pub const DRIVER: &'static str = "driver";
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == Self::DRIVER {
            return Ok(Self::Driver);
        }
        let take: Result<Take, String> = text.parse();
        take.map(Self::Sides)
            .map_err(|why| format!("{why}, {}", Self::DRIVER))
    }
}

/// What becomes of one hunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    Take(Take),
    /// Lines that a person wrote.
    Text(Bytes),
}

impl Choice {
    /// Returns the lines.
    pub fn lines(&self, hunk: &Hunk) -> Bytes {
        match self {
            Self::Take(Take::Target) => hunk.target.clone(),
            Self::Take(Take::Fix) => hunk.fix.clone(),
            Self::Take(Take::Both) => joined(&hunk.target, &hunk.fix),
            Self::Take(Take::BothFixFirst) => joined(&hunk.fix, &hunk.target),
            Self::Text(text) => text.clone(),
        }
    }

    /// Returns it in a word or two.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Take(Take::Target) => "target taken",
            Self::Take(Take::Fix) => "fix taken",
            Self::Take(Take::Both) => "both taken, target first",
            Self::Take(Take::BothFixFirst) => "both taken, fix first",
            Self::Text(_) => "edited",
        }
    }
}

/// Puts one text after the other; a first one without a line break at its end gets one.
fn joined(first: &Bytes, second: &Bytes) -> Bytes {
    let mut both = first.0.clone();
    if !both.is_empty() && !both.ends_with(b"\n") && !second.is_empty() {
        both.push(b'\n');
    }
    both.extend(&second.0);
    Bytes(both)
}

/// What becomes of a path as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whole {
    /// As the target has it; taken away where it does not.
    Target,
    /// As the fix has it; taken away where it does not.
    Fix,
    Delete,
    /// A file that a person wrote.
    Text(Bytes),
}

impl Whole {
    /// Returns it in a word or two.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Target => "kept as the target has it",
            Self::Fix => "taken as the fix has it",
            Self::Delete => "deleted",
            Self::Text(_) => "edited",
        }
    }
}

/// How the words begin by which a side's own absence is taken.
const LEFT_OUT: &str = "left out";

/// The words by which a file comes where the target has a folder.
pub(super) const FIX_FOR_FOLDER: &str = "taken as the fix has it, in place of the folder";
pub(super) const TEXT_FOR_FOLDER: &str = "edited, in place of the folder";
/// The words by which a folder of the target goes, and nothing comes for it.
pub(super) const DELETED_FOLDER: &str = "deleted, with the folder";

/// What is not there any more after a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum TakesAway {
    Path,
    /// Every file of a folder of the target.
    Folder,
}

/// Tells by the words of a decision what it takes away; they may go on with where it is reused from.
pub(in crate::engine) fn takes_away(how: &str) -> Option<TakesAway> {
    let begins_with = |words: &[&str]| words.iter().any(|words| how.starts_with(words));
    // A folder that goes is "deleted", too.
    if begins_with(&[DELETED_FOLDER, FIX_FOR_FOLDER, TEXT_FOR_FOLDER]) {
        Some(TakesAway::Folder)
    } else if begins_with(&[Whole::Delete.words(), LEFT_OUT]) {
        Some(TakesAway::Path)
    } else {
        None
    }
}

/// Where a decision stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing<T> {
    Open,
    /// Decided before, elsewhere; counts only once a person confirms it.
    Offered {
        choice: T,
        from: String,
    },
    Decided {
        choice: T,
        /// Where it was first decided, if it was reused.
        from: Option<String>,
    },
}

impl<T> Standing<T> {
    /// Returns what was decided.
    pub fn decided(&self) -> Option<&T> {
        match self {
            Self::Decided { choice, .. } => Some(choice),
            Self::Open | Self::Offered { .. } => None,
        }
    }

    /// Returns what is shown: decided or offered.
    pub fn shown(&self) -> Option<&T> {
        match self {
            Self::Decided { choice, .. } | Self::Offered { choice, .. } => Some(choice),
            Self::Open => None,
        }
    }

    /// Returns where an offer comes from, while nobody confirmed it.
    pub fn offered_from(&self) -> Option<&str> {
        match self {
            Self::Offered { from, .. } => Some(from),
            Self::Open | Self::Decided { .. } => None,
        }
    }

    /// Turns an offer into a decision; tells whether there was one.
    pub(super) fn confirm(&mut self) -> bool {
        match std::mem::replace(self, Self::Open) {
            Self::Offered { choice, from } => {
                *self = Self::Decided {
                    choice,
                    from: Some(from),
                };
                true
            }
            other @ (Self::Open | Self::Decided { .. }) => {
                *self = other;
                false
            }
        }
    }
}
