//! Nouns that every room shares: names, ids, lanes, people, change requests, checks, approvals,
//! deployments, verdicts, time, and what we saw of them.
//!
//! These types parse, print and compare; they decide nothing about a hotfix (that is `engine`), they
//! know no forge's dialect (that is `forge`) and they read neither clock nor disk.

mod approval;
mod capabilities;
mod check;
mod commit;
mod conflict;
mod deployment;
mod id;
mod lane;
mod name;
mod person;
mod project;
mod request;
mod seen;
mod text;
mod time;
mod verdict;

pub use approval::{Approval, Decision, Subject};
pub use capabilities::{Capabilities, Enforcement};
pub use check::{Check, CheckState};
pub use commit::{Commit, SKIPS};
pub use conflict::{Bytes, ConflictFile, ConflictScene, ConflictSide, Hunk, Piece};
pub use deployment::{Deployment, DeploymentState, HealthState, Job, JobState};
pub use id::{
    CommitId, DeploymentId, EventId, HotfixId, IdError, IntentId, ItemId, JobId, RequestId, StepId,
};
pub use lane::{Edge, Lane, Layer};
pub use name::{
    AppName, BranchName, BranchPattern, CheckName, EnvironmentName, LaneName, NameError, RefName,
    Role, Slug,
};
pub use person::{Person, Roles};
pub use project::{
    App, CheckRule, ChecklistItem, ChecklistPhase, Environment, EvidenceRule, Health, HealthProbe,
    Project,
};
pub use request::{ChangeRequest, MergeMethod, Mergeability, Merged, RequestState};
pub use seen::Seen;
pub use text::Untrusted;
pub use time::{Timestamp, age};
pub use verdict::{
    ConflictKind, ConflictPath, Judge, PathVerdict, Prediction, PredictionOutcome, Presence, Rule,
    Verdict,
};
