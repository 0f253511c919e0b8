//! What we saw, when, or why we could not. "Not seen" is never "not done".

use serde::Deserialize;
use serde::Serialize;

use super::time::Timestamp;

/// A fact from outside together with how we know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "seen", rename_all = "snake_case")]
pub enum Seen<T> {
    /// Looked at `at` and saw `value`.
    Known { value: T, at: Timestamp },
    /// Saw `value` at `at`, could not look again since: `why`.
    Stale {
        value: T,
        at: Timestamp,
        why: String,
    },
    /// Never saw it: `why`.
    Unknown { why: String },
}

impl<T> Seen<T> {
    /// Makes a fact seen at `at`.
    pub fn known(value: T, at: Timestamp) -> Self {
        Self::Known { value, at }
    }

    /// Makes a fact nobody could see.
    pub fn unknown(why: impl Into<String>) -> Self {
        Self::Unknown { why: why.into() }
    }

    /// Returns the value, fresh or stale. Decisions that change the world use [`Seen::fresh`].
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Known { value, .. } | Self::Stale { value, .. } => Some(value),
            Self::Unknown { .. } => None,
        }
    }

    /// Returns the value only if it was seen in the latest look.
    pub fn fresh(&self) -> Option<&T> {
        match self {
            Self::Known { value, .. } => Some(value),
            Self::Stale { .. } | Self::Unknown { .. } => None,
        }
    }

    /// Returns when the value was seen, if ever.
    pub fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Known { at, .. } | Self::Stale { at, .. } => Some(*at),
            Self::Unknown { .. } => None,
        }
    }

    /// Returns why the latest look failed, if it did.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Known { .. } => None,
            Self::Stale { why, .. } | Self::Unknown { why } => Some(why),
        }
    }

    /// Maps the value, keeping how it is known.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Seen<U> {
        match self {
            Self::Known { value, at } => Seen::Known {
                value: f(value),
                at,
            },
            Self::Stale { value, at, why } => Seen::Stale {
                value: f(value),
                at,
                why,
            },
            Self::Unknown { why } => Seen::Unknown { why },
        }
    }

    /// Returns this look if it succeeded, else the value of `previous` marked stale.
    pub fn or_previous(self, previous: &Self) -> Self
    where
        T: Clone,
    {
        let Self::Unknown { why } = self else {
            return self;
        };
        match previous {
            Self::Known { value, at } | Self::Stale { value, at, .. } => Self::Stale {
                value: value.clone(),
                at: *at,
                why,
            },
            Self::Unknown { .. } => Self::Unknown { why },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_look_keeps_the_old_value_and_its_age() {
        let then = Timestamp::from_second(100);
        let stale = Seen::unknown("no route to host").or_previous(&Seen::known(7, then));
        assert_eq!(
            stale,
            Seen::Stale {
                value: 7,
                at: then,
                why: "no route to host".into()
            }
        );
        assert_eq!(stale.fresh(), None);
        assert_eq!(stale.value(), Some(&7));
    }
}
