//! A GitHub that remembers, on a real bare repository: what it merges is merged there. Lists have pages of two,
//! background work takes as many looks as the script says.

mod actions;
mod git;
mod moves;
mod pulls;
mod queue;
mod shapes;
mod site;
mod state;

pub(crate) use site::FakeGithub;
pub(crate) use state::Environment;
pub(crate) use state::Review;
pub(crate) use state::State;
pub(crate) use state::Task;
pub(crate) use state::Workflow;

/// Where the fake keeps its API, as GitHub Enterprise Server does.
pub(crate) const PREFIX: &str = "/api/v3";
/// The repository's path.
pub(crate) const PATH: &str = "acme/shop";
