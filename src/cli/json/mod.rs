//! What scripts read: one document type per command, each with its schema in `assets/schemas`. Field names
//! are stable; fields are only added. Text from outside stands here as it came: JSON escapes it.

mod approvals;
mod carried;
mod debt;
mod diff;
mod driven;
mod driving;
mod lanes;
mod others;
mod preflight;
mod prove;
mod requests;
mod resolve;
mod resume;
mod status;
mod targets;

use schemars::Schema;
use schemars::schema_for;

pub use approvals::{ApprovalsDocument, Groups, Seat, Size, Waiting};
pub use carried::CarriedDocument;
pub use debt::DebtRow;
pub use diff::DiffDocument;
pub use lanes::LanesDocument;
pub use others::{
    DoctorDocument, ExportDocument, FaultDocument, Finding, LogDocument, MistakesDocument,
    ReportDocument, SettingsDocument, TextDocument, Value,
};
pub use preflight::{PreflightDocument, PreflightRow};
pub use prove::{ProofRow, ProveDocument};
pub use requests::RequestsDocument;
pub use resolve::ResolveDocument;
pub use resume::{KeptRow, ResumeDocument};
pub use status::{NextDocument, StatusDocument};
pub use targets::TargetRow;

/// Returns the schema of every document, by its name.
pub fn schemas() -> Vec<(&'static str, Schema)> {
    vec![
        ("approvals", schema_for!(ApprovalsDocument)),
        ("config", schema_for!(SettingsDocument)),
        ("diff", schema_for!(DiffDocument)),
        ("do", schema_for!(CarriedDocument)),
        ("doctor", schema_for!(DoctorDocument)),
        ("export", schema_for!(ExportDocument)),
        ("fault", schema_for!(FaultDocument)),
        ("lanes", schema_for!(LanesDocument)),
        ("log", schema_for!(LogDocument)),
        ("mistakes", schema_for!(MistakesDocument)),
        ("next", schema_for!(NextDocument)),
        ("preflight", schema_for!(PreflightDocument)),
        ("prove", schema_for!(ProveDocument)),
        ("report", schema_for!(ReportDocument)),
        ("requests", schema_for!(RequestsDocument)),
        ("resolve", schema_for!(ResolveDocument)),
        ("resume", schema_for!(ResumeDocument)),
        ("status", schema_for!(StatusDocument)),
        ("text", schema_for!(TextDocument)),
    ]
}
