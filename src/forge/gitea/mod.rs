//! Gitea and Forgejo: one adapter for both. `GET /version` tells them apart and which calls exist.
//!
//! What they have: pull requests, reviews bound to a commit, commit statuses, merges guarded by the head, workflow
//! runs. What they have not, and what becomes of it here:
//! - **A filter by branch** (Gitea): lists are read and filtered here. Requests from forks are left out, since a fork's
//!   `main` is not our `main`.
//! - **A guard for the target branch**: it is read just before the merge; the forge then merges onto whatever it is.
//! - **The head that was merged**: the answer shows where the source branch is *now*. For requests of ours it is read
//!   from the request's own commits.
//! - **Environments, deployments and their approvals**: see `deployments`. A workflow run is the deployment, seats come
//!   from configuration and the record, and only the console asks for them (`Enforcement::Console`).
//! - **Manual jobs**: a workflow that runs on `workflow_dispatch` is what can be started; any other runs by itself, and
//!   there merging is deploying.

mod checks;
mod deployments;
mod editing;
mod examine;
mod host;
mod jobs;
mod labels;
mod logs;
mod merge;
mod opening;
mod options;
mod requests;
mod retry;
mod reviews;
mod rules;
mod runs;
mod send;
mod server;
mod start;
mod status;
mod tips;
mod view;
mod wire;
mod words;
mod workflow;

pub use host::GiteaForge;
pub use options::GiteaOptions;
