//! Something went wrong while doing: the kind decides exit code and colour, the hint says what to try next.

use std::error::Error as StdError;
use std::fmt;

/// What sort of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The operator named something that is not there, or left something out.
    User,
    /// A configuration file is wrong.
    Config,
    /// The remote, the forge or the network.
    Remote,
    /// Conflicts wait for a person.
    Conflict,
    /// The outcome of a call is not known.
    Unknown,
    /// Ours.
    Internal,
}

/// A fault as data for both fronts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    /// What was being attempted, `cannot open the clone`.
    pub summary: String,
    /// The causes, outermost first, made showable.
    pub chain: Vec<String>,
    /// What to try next.
    pub hint: Option<String>,
}

impl Fault {
    /// Makes a fault without a cause.
    pub fn new(kind: FaultKind, summary: impl Into<String>) -> Self {
        Self {
            kind,
            summary: summary.into(),
            chain: Vec::new(),
            hint: None,
        }
    }

    /// Makes a fault caused by `error`.
    pub fn caused(kind: FaultKind, summary: impl Into<String>, error: &dyn StdError) -> Self {
        let mut chain = Vec::new();
        let mut cause = Some(error);
        while let Some(error) = cause {
            let text = error.to_string();
            // Some libraries repeat their source in their own message.
            if chain.last() != Some(&text) {
                chain.push(text);
            }
            cause = error.source();
        }
        Self {
            kind,
            summary: summary.into(),
            chain,
            hint: None,
        }
    }

    /// Adds what to try next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary)?;
        for cause in &self.chain {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

impl StdError for Fault {}
