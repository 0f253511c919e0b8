//! One vocabulary, several dialects: the trait that every forge fulfils, and the adapters.
//!
//! An adapter translates; it decides nothing about a hotfix. Wire types stay private to each adapter, and
//! neutral types never grow a field for one forge. Only `local` names `git`.

mod contract;
pub mod local;

pub use contract::{
    Error, Forge, JobWatcher, LogChunk, MergeOrder, NewDeployment, NewRequest, NoWatcher,
    RequestEdit, RequestQuery, Written,
};
