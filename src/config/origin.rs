//! Where a value comes from.

use std::collections::BTreeMap;
use std::fmt;

use crate::playbook::Place;

/// Where one value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Default,
    File(Place),
    Environment(&'static str),
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(place) => write!(f, "{}:{}", place.file, place.line),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// A value as `config check` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    pub value: String,
    pub origin: Origin,
}

/// Every value with its origin, by key: `project.remote`, `lane.production`, `theme`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins(pub BTreeMap<String, Value>);

impl Origins {
    /// Notes a value; a later source replaces an earlier one.
    pub(super) fn note(&mut self, key: &str, value: impl Into<String>, origin: Origin) {
        let value = value.into();
        self.0.insert(key.to_owned(), Value { value, origin });
    }

    /// Returns where a value comes from.
    pub fn of(&self, key: &str) -> Option<&Origin> {
        self.0.get(key).map(|value| &value.origin)
    }
}
