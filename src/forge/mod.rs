//! One vocabulary, several dialects: the trait that every forge fulfils, and the adapters.
//!
//! An adapter translates; it decides nothing about a hotfix. Wire types stay private to each adapter, and
//! neutral types never grow a field for one forge. Only `local` names `git`.

pub mod account;
mod contract;
pub mod gitea;
pub mod github;
pub mod gitlab;
pub mod http;
pub mod local;
mod marker;
mod sent;
mod soft;

pub use contract::{
    Error, Forge, JobWatcher, LogChunk, MergeOrder, NewDeployment, NewRequest, NewStatus,
    NoWatcher, Remark, RequestEdit, RequestQuery, Written,
};
pub use sent::while_it_may;
