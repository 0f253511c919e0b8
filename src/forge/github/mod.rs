//! GitHub: github.com, `*.ghe.com` and GitHub Enterprise Server.
//!
//! A go-live is a workflow run. `job` of an environment names its workflow file (`deploy-production.yml`), which can
//! be dispatched on the lane's branch, or a job that a workflow started by a push has; then the run is found, and
//! never made.
//!
//! GitHub asks one of up to six reviewers per environment, so one environment is one seat. Two seats are two
//! environments in a chain, each with its own reviewers, named after the environment and the role:
//!
//! ```yaml
//! on: workflow_dispatch
//! concurrency: production          # and never cancel-in-progress: true
//! jobs:
//!   tech-lead:
//!     environment: production-tech-lead
//!     runs-on: ubuntu-latest
//!     steps: [{run: "true"}]
//!   pm:
//!     needs: tech-lead
//!     environment: production-pm
//!     runs-on: ubuntu-latest
//!     steps: [{run: "true"}]
//!   deploy:
//!     needs: pm
//!     environment: production      # no reviewers of its own: it would be a third seat
//!     strategy: {matrix: {app: [portal, api]}}
//!     runs-on: ubuntu-latest
//!     steps: [{run: "./ci/deploy ${{ matrix.app }}"}]
//! ```
//!
//! `seats = ["tech-lead", "pm"]` of our environment `production` is then enforced by GitHub. The last seat without
//! an environment of its own may be held by `production` itself. Where a seat is held by nothing, approving through
//! us is refused, because GitHub would start the run without it; [`Forge::examine`](crate::forge::Forge::examine) says so for `doctor`.
//! By default administrators may go around every gate: then GitHub holds the seats only in part, which is said too.
//!
//! GitHub knows no "approved, not started": the last approval starts the run. A team that wants to press start gives
//! `production` reviewers although each seat has its environment; that gate holds no seat and is passed by starting.
//! Migrations are a workflow too: `migrations = ["migrate.yml"]`. Health checks are the workflow's own.
//!
//! A team may be among an environment's reviewers: whether we are in it GitHub says with each run. On a request a team that
//! is asked is named while rules keep the request back; a seat there is taken by the roles of the team's file alone, since
//! not every token may read who is in a team, and nobody's membership is guessed.
//!
//! Where GitHub does not say in which way it behaves (what another attempt of a run lists, in which order, under which
//! numbers), what it shows is read so that both ways are safe.
//!
//! What does not belong here: other forges' words, and anything that decides about a hotfix.
//!
//! Guarantees: the head is sent with every merge, and the target's tip is read just before it (GitHub has no guard
//! for that); a write whose answer was lost is settled by reading; an approval is bound to the head that was there when
//! it was given, whatever head GitHub shows it at. Requests from forks are not seen.

mod actions;
mod approve;
mod arrival;
mod attempts;
mod checks;
mod dispatch;
mod draft;
mod edit;
mod examine;
mod gates;
mod golive;
mod host;
mod hub;
mod jobs;
mod merge;
mod merge_queue;
mod open;
mod requests;
mod required;
mod retry;
mod reviews;
mod runs;
mod second;
mod server;
mod sight;
mod status;
mod wire;
mod words;

pub use host::GithubForge;
pub use hub::GithubOptions;
