//! Nouns that every room shares: names, ids, lanes, people, change requests, checks, approvals,
//! deployments, verdicts, time, and what we saw of them.
//!
//! These types parse, print and compare; they decide nothing about a hotfix (that is `engine`), they
//! know no forge's dialect (that is `forge`) and they read neither clock nor disk.

mod approval;
mod authors;
mod capabilities;
mod carrier;
mod causes;
mod check;
mod commit;
mod conflict;
mod deployment;
mod diff;
mod driven;
mod entry;
mod freeze;
mod hidden;
mod id;
mod lane;
mod name;
mod person;
mod plural;
mod project;
mod refs_mark;
mod remote_url;
mod request;
mod secret;
mod seen;
mod shell_words;
mod signature;
mod starters;
mod text;
mod time;
mod verdict;

pub use approval::{Approval, Decision, Proof, Subject};
pub use authors::LastAuthors;
pub use capabilities::{Capabilities, Enforcement, OwnerRules, SHORT_BODY};
pub use carrier::{Carrier, CarrierKind, RecordPlace, is_record_branch};
pub use causes::chain_text;
pub use check::{Check, CheckState};
pub use commit::{Commit, SKIPS};
pub use conflict::{Bytes, ConflictFile, ConflictScene, ConflictSide, Hunk, Piece};
pub use deployment::{Deployment, DeploymentState, HealthState, Job, JobState};
pub use diff::{Against, Diff, DiffFile, DiffHunk, DiffLine, FileContent, FileFate, LineSide};
pub use driven::{Driven, DriverCase, DriverText, MergeDriver, Unasked};
pub use entry::{DECISION_KIND, ENTRY_KINDS, LOCK_KINDS, OVERRIDE_KIND};
pub use freeze::ChangeFreeze;
pub use hidden::{Revealed, hidden_in, reveal};
pub use id::{
    CommitId, ConsoleId, DeploymentId, EventId, HotfixId, IdError, IntentId, ItemId, JobId, LockId,
    PermitId, RequestId, StepId,
};
pub use lane::{Edge, Lane, Layer};
pub use name::{
    AppName, BranchName, BranchPattern, CheckName, EnvironmentName, LaneName, NameError, RefName,
    RemoteName, Role, Slug,
};
pub use person::{Person, Roles};
pub use plural::plural;
pub use project::{
    App, CheckRule, ChecklistItem, ChecklistPhase, Environment, EvidenceRule, Health, HealthProbe,
    OverrideRules, Project,
};
pub use refs_mark::RefsMark;
pub use remote_url::{remote_folder, remote_name, remote_url_flaw};
pub use request::{
    BY_A_RULE, ChangeRequest, MergeMethod, Mergeability, Merged, Milestone, RequestState,
};
pub use secret::{keep_address_hidden, keep_hidden, redact, without_passwords};
pub use seen::Seen;
pub use shell_words::{push_shell_word, shell_line};
pub use signature::{SIGNATURE_FILE, Seal, Signed, place_after, signature_text};
pub use starters::Starters;
pub use text::{Untrusted, shows_itself};
pub use time::{LONGEST_WRITE, Timestamp, age, countdown};
pub use verdict::{
    ConflictKind, ConflictPath, Judge, PathVerdict, Prediction, PredictionOutcome, Presence, Rule,
    Verdict,
};
