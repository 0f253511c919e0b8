//! Everything that touches a repository: the git executable, the user's clone (read only), our own bare
//! repository, refs, history, merges in memory, verdicts, branch building, network commands, append-only chains.
//!
//! Nothing in here ever writes in the user's clone. Nothing in here decides about a hotfix (that is `engine`).
//! Merges, the network and the user's clone belong to the git executable, which knows every repository format; what a
//! look asks many times (our own refs, single objects, the graph of commits) is answered in process. Only the network
//! verbs are async.

mod build;
mod chain;
mod clone;
mod command;
mod commit;
mod conflict;
mod decision;
mod error;
mod executable;
mod graph;
mod history;
mod hunks;
mod kept;
mod merge;
mod message;
mod objects;
mod plain;
mod prediction;
mod presence;
mod process;
mod push;
mod refs;
mod remote;
mod repo;
mod shelf;
mod shortcut;
mod stages;
mod tool;
mod tree;
mod url;
mod worktree;

pub use build::{Built, ConflictPolicy, MergeBuild, PickOrder};
pub use chain::{Link, NewLink};
pub use clone::UserClone;
pub use command::CommandEnvironment;
pub use conflict::{Carried, Conflicted, DecidedContent, DecidedEntry, ResolutionOrder};
pub use error::Error;
pub use executable::{Git, GitVersion};
pub use prediction::Question;
pub use push::{Pushed, RefUpdate};
pub use remote::{Fetched, Moved};
pub use repo::Repo;
pub use tool::ToolFile;
pub use worktree::Worktree;
