//! Identifiers. Each kind is its own type, so that a step cannot be passed where a hotfix is meant.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    #[error("`{text}` is not a {kind}: {why}")]
    Malformed {
        kind: &'static str,
        text: String,
        why: &'static str,
    },
}

/// A full object id: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CommitId(String);

impl CommitId {
    /// Returns the whole id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the first seven digits, as people quote them.
    pub fn short(&self) -> &str {
        &self.0[..7]
    }
}

impl FromStr for CommitId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let hex = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if hex && matches!(text.len(), 40 | 64) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError::Malformed {
                kind: "commit id",
                text: text.to_owned(),
                why: "expected 40 or 64 lower-case hex digits",
            })
        }
    }
}

impl TryFrom<String> for CommitId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<CommitId> for String {
    fn from(id: CommitId) -> Self {
        id.0
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes an identifier of `[a-z0-9]` first, then also `-`, `_` and `.`; at most 128 bytes.
macro_rules! word_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $extra:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Returns the identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let extra: &[char] = &$extra;
                let fits = |c: char| c.is_ascii_alphanumeric() || extra.contains(&c);
                let malformed = |why| Err(IdError::Malformed { kind: $kind, text: text.to_owned(), why });
                if text.is_empty() {
                    return malformed("it is empty");
                }
                if text.len() > 128 {
                    return malformed("it is longer than 128 bytes");
                }
                if !text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
                    return malformed("it must begin with a letter or a digit");
                }
                if !text.chars().all(fits) {
                    return malformed("it holds a character that is not allowed");
                }
                Ok(Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

word_id!(
    /// One hotfix: date, slug and random digits, `20260412-checkout-null-7f3a9c`; also the last part of its record's ref.
    HotfixId, "hotfix id", ['-']
);
word_id!(
    /// One step of a playbook, unique in it.
    StepId, "step id", ['-', '_']
);
word_id!(
    /// One item of the post-hotfix checklist, unique in it.
    ItemId, "checklist item id", ['-', '_', '.']
);
word_id!(
    /// One event of a record; random and sortable (ULID), fixed before the first attempt to append it.
    EventId, "event id", []
);
word_id!(
    /// One declared intent to change the world; travels with the effect where the forge has a field for it.
    IntentId, "intent id", []
);
word_id!(
    /// The lock log of one deploy target: 16 hex digits made of forge host, project and environment; the last part of its ref.
    LockId, "lock id", []
);
word_id!(
    /// One permit to change a deploy target; random, fixed before the first attempt to append it.
    PermitId, "permit id", ['-']
);
word_id!(
    /// One console: a state directory on one machine, whose changes go through one journal.
    ConsoleId, "console id", ['-']
);
word_id!(
    /// A deployment, in the forge's own numbering.
    DeploymentId, "deployment id", ['-', '_', '.']
);
word_id!(
    /// A job (check run, deploy of one app), in the forge's own numbering.
    JobId, "job id", ['-', '_', '.', ':']
);

impl HotfixId {
    /// Tells whether words of a person can mean it: the whole, the beginning of it, its slug. No words mean none: a script
    /// whose variable is empty meant another.
    pub fn is_meant_by(&self, words: &str) -> bool {
        let is_it = self.0.starts_with(words) || self.0.contains(&format!("-{words}-"));
        is_it && !words.is_empty()
    }
}

/// A change request's number in its project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(pub u64);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for RequestId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let digits = text.trim_start_matches(['!', '#']);
        digits.parse().map(Self).map_err(|_| IdError::Malformed {
            kind: "change request number",
            text: text.to_owned(),
            why: "expected a number, with or without `!` or `#`",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_id_is_full_lower_case_hex() {
        assert!("a".repeat(40).parse::<CommitId>().is_ok());
        assert!("a".repeat(64).parse::<CommitId>().is_ok());
        for bad in ["", "abc", &"A".repeat(40), &"g".repeat(40)] {
            assert!(bad.parse::<CommitId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_hotfix_id_never_leaves_its_ref() {
        assert!("20260412-checkout-null-7f3a9c".parse::<HotfixId>().is_ok());
        for bad in ["", "-x", "a/b", "a..b", "a b", "a\u{1b}", "ä"] {
            assert!(bad.parse::<HotfixId>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_request_number_is_read_with_or_without_its_sign() {
        assert_eq!("!12".parse(), Ok(RequestId(12)));
        assert_eq!("#12".parse(), Ok(RequestId(12)));
        assert_eq!("12".parse(), Ok(RequestId(12)));
        assert!("x".parse::<RequestId>().is_err());
    }
}
