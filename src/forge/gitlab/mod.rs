//! GitLab, gitlab.com and self-hosted alike, from version 15.6 on.
//!
//! One neutral deployment is one pipeline's deployments to one environment: a deploy stage has a job per app, and GitLab
//! keeps a deployment (with approvals of its own) for each of them. It is open as long as one of them is; a seat is
//! taken when it is taken in each that still waits. Approving starts nothing: somebody presses play.
//!
//! An approval of a merge request names no commit on GitLab. It is taken for the head that was pushed last before it was
//! given, and merging always carries the head that was looked at.
//!
//! What GitLab cannot guard: the target branch is read just before a merge, and looked at again after it.
//! Requests from forks are not listed; a branch of theirs may be named like a lane.

mod approvals;
mod asked;
mod behind;
mod checks;
mod create;
mod decide;
mod deployments;
mod details;
mod edit;
mod examine;
mod freezes;
mod golive;
mod history;
mod home;
mod host;
mod jobs;
mod merge;
mod migrations;
mod open;
mod people;
mod protection;
mod pushes;
mod requests;
mod seats;
mod settle;
mod start;
mod starters;
mod status;
mod version;
mod vote;
mod wire;
mod words;

pub use host::{GitlabForge, GitlabOptions};
