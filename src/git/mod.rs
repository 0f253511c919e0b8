//! Everything that touches a repository: the git executable, the user's clone (read only), our own bare
//! repository, refs, history, merges in memory, verdicts, branch building, network commands, append-only chains.
//!
//! Nothing in here ever writes in the user's clone. Nothing in here decides about a hotfix (that is `engine`).
//! Merges, the network and the user's clone belong to the git executable, which knows every repository format; what a
//! look asks many times (our own refs, single objects, the graph of commits) is answered in process. Only the network
//! verbs are async.

mod build;
mod cancel;
mod chain;
mod chains;
mod clone;
mod clone_config;
mod command;
mod commit;
mod commit_graph;
mod conflict;
mod decision;
mod diff;
mod diff_list;
mod driver;
mod error;
mod executable;
mod fix_paths;
mod fixes;
mod flat;
mod folder;
mod forecast;
mod formed;
mod graph;
mod history;
mod hunks;
mod kept;
mod landing;
mod last_authors;
mod leftovers;
mod lender;
mod line_sets;
mod lines;
mod loading;
mod masks;
mod merge;
mod merge_answer;
mod merge_tree;
mod message;
mod objects;
mod picks;
mod pipeline;
mod plain;
mod prediction;
mod prerequisites;
mod presence;
mod process;
mod push;
mod readers;
mod refs;
mod remote;
mod replay;
mod repo;
mod resolution;
mod scratch;
mod shelf;
mod shortcut;
mod stages;
mod store;
mod tool;
mod tree;
mod two_branch;
mod url;
mod walk;
mod wanted;
mod without;
mod worktree;

pub use build::{Built, ConflictPolicy, MergeBuild, PickOrder};
pub use cancel::{Cancel, CancelOnDrop};
pub use chain::{Link, NewLink};
pub use chains::Chains;
pub use clone::UserClone;
pub use command::CommandEnvironment;
pub use conflict::{Carried, Conflicted};
pub use error::Error;
pub use executable::{Git, GitVersion, MergeEngine};
pub use fixes::Cell;
pub use forecast::{Forecast, Pick};
pub use leftovers::BuiltFrom;
pub use lines::{LineChange, line_changes};
pub use picks::Series;
pub use prediction::Question;
pub use push::{Pushed, RefUpdate, Refusal};
pub use readers::read_as_everything;
pub use remote::{Fetched, Moved};
pub use repo::Repo;
pub use resolution::{DecidedConflict, DecidedContent, DecidedEntry, ResolutionOrder};
pub use stages::Stages;
pub use tool::ToolFile;
pub use two_branch::{Resolved, ResolvedOrder, TwoBranches};
pub use worktree::Worktree;
