//! What a process that died left open here, and what was found of each of its calls. Nothing of it runs by itself: a
//! person goes on with it, leaves it as it is, or takes it back.

use std::fmt;
use std::str::FromStr;

use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::IntentId;
use crate::model::LONGEST_WRITE;
use crate::model::RequestId;
use crate::model::Timestamp;
use crate::record::Event;

use super::calls::COPY_WORDS;
use super::intent::Intent;
use super::observation::Observation;

/// What is done about an intent that was interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resuming {
    /// Put what was found on record, then do the rest of it, planned anew: the same acts, and not the next stage.
    Continue,
    /// Put what was found on record, and leave it at that. What it only meant to say, and is kept here, is dropped.
    Skip,
    /// Take back what can be taken back safely.
    Undo,
}

impl Resuming {
    pub const ALL: [Self; 3] = [Self::Continue, Self::Skip, Self::Undo];

    /// Returns the word of the command line, without its dashes.
    pub fn word(self) -> &'static str {
        match self {
            Self::Continue => "continue",
            Self::Skip => "skip",
            Self::Undo => "undo",
        }
    }
}

impl fmt::Display for Resuming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "--{}", self.word())
    }
}

impl FromStr for Resuming {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|known| known.to_string() == word)
            .ok_or_else(|| format!("expected --continue, --skip or --undo, not `{word}`"))
    }
}

/// An intent whose process is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interrupted {
    pub intent: IntentId,
    /// The words in which it was wanted; none where an older version kept none.
    pub words: Option<String>,
    /// When the journal last heard of it.
    pub since: Timestamp,
    pub calls: Vec<LeftCall>,
}

/// One of its calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftCall {
    pub call: String,
    /// How far it had come, in the journal's word.
    pub state: &'static str,
    pub found: Found,
}

/// What a look at the remote found of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// No byte of it had left this machine.
    NotBegun,
    /// It only adds to the record; the event is kept and goes out with the next one, or never was made.
    Written,
    /// It only added to the record, and everybody sees the event there.
    Recorded,
    /// Its trace is there.
    There {
        words: String,
        /// What the record lacks because of the death.
        missing: Vec<Event>,
        undo: Option<UndoOf>,
    },
    /// The remote was seen, and nothing of it is there.
    Nowhere,
    /// Calls of this kind leave nothing by which a look could tell whether they arrived.
    Untold,
    /// The remote was not seen.
    NotSeen,
}

/// What would be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UndoOf {
    Branch { branch: BranchName, at: CommitId },
    Request { request: RequestId, head: CommitId },
}

impl Found {
    /// Returns it in words.
    pub fn words(&self) -> &str {
        match self {
            Self::NotBegun => "it never began",
            Self::Written => "it is kept, and goes out with the next change",
            Self::Recorded => "it is on record",
            Self::There { words, .. } => words,
            Self::Nowhere => "no trace of it on the remote",
            Self::Untold => "it may have arrived: nothing tells such a call from another one",
            Self::NotSeen => "the remote was not seen",
        }
    }

    /// Tells whether a byte of it may have left this machine.
    pub fn may_have_been_sent(&self) -> bool {
        match self {
            Self::NotBegun | Self::Written | Self::Recorded => false,
            Self::There { .. } | Self::Nowhere | Self::Untold | Self::NotSeen => true,
        }
    }
}

impl Interrupted {
    /// Returns what is wanted by whoever decides about it in this way.
    pub fn resume(&self, how: Resuming) -> Intent {
        Intent::Resume {
            intent: self.intent.clone(),
            how,
        }
    }

    /// Tells whether a change of the world may have left this machine, so that nothing else is done before a person has
    /// decided about it.
    pub fn may_have_acted(&self) -> bool {
        self.calls
            .iter()
            .any(|call| call.found.may_have_been_sent())
    }

    /// Tells whether everything of it that others could see is there.
    pub(super) fn has_arrived(&self) -> bool {
        let mut seen = self
            .calls
            .iter()
            .filter(|call| call.found != Found::Written);
        let is_some = seen.clone().next().is_some();
        is_some
            && seen.all(|call| match call.found {
                Found::There { .. } | Found::Recorded => true,
                Found::Written
                | Found::NotBegun
                | Found::Nowhere
                | Found::Untold
                | Found::NotSeen => false,
            })
    }

    /// Returns what this machine keeps of it and nobody else has seen, where it only meant to say something. What a decision
    /// about another run was to tell is told by whoever decides about that one again.
    pub fn kept_alone(&self) -> Vec<&LeftCall> {
        let is_said = |call: &LeftCall| match call.found {
            Found::Written | Found::Recorded => call.call.starts_with("record "),
            Found::NotBegun => call.call.starts_with(COPY_WORDS),
            Found::There { .. } | Found::Nowhere | Found::Untold | Found::NotSeen => false,
        };
        let words = self.words.as_deref().unwrap_or_default();
        if words.starts_with("resume ") || !self.calls.iter().all(is_said) {
            return Vec::new();
        }
        let begun = ["sending", "applied"];
        let is_kept =
            |call: &&LeftCall| call.found == Found::Written && begun.contains(&call.state);
        self.calls.iter().filter(is_kept).collect()
    }

    /// Returns for how many seconds more a call of it that sets something running may arrive at a forge which shows no trace
    /// of it now; none where it cannot. Made once more before that, it would run twice.
    pub(super) fn may_arrive_for(&self, call: &LeftCall, seen: &Observation) -> Option<i64> {
        let runs = ["start deployment ", "run job "];
        // The local forge runs it in the process that died.
        let is_elsewhere = !seen.capabilities.runs_deployments;
        if call.found != Found::Nowhere
            || call.state != "sending"
            || !is_elsewhere
            || !runs.iter().any(|begin| call.call.starts_with(begin))
        {
            return None;
        }
        let longest = i64::try_from(LONGEST_WRITE.as_secs()).unwrap_or(i64::MAX);
        // A clock that was set back does not make it longer.
        let left = longest - seen.now.seconds_since(self.since).max(0);
        (left > 0).then_some(left)
    }

    /// Returns what it was about, in one line.
    pub fn title(&self) -> String {
        match &self.words {
            Some(words) => words.clone(),
            None => self
                .calls
                .first()
                .map_or_else(String::new, |call| call.call.clone()),
        }
    }

    /// Returns the calls that may have been sent, each with what was found of it.
    pub fn sentences(&self) -> Vec<String> {
        let acted = self
            .calls
            .iter()
            .filter(|call| call.found.may_have_been_sent());
        acted
            .map(|call| {
                format!(
                    "an earlier run was interrupted: {}; what was found: {}",
                    call.call,
                    call.found.words()
                )
            })
            .collect()
    }
}
