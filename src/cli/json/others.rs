//! The smaller documents.

use schemars::JsonSchema;
use serde::Serialize;

use crate::engine::Outside;
use crate::record::Entry;
use crate::record::Record;

/// What went wrong.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FaultDocument {
    #[schemars(extend("const" = "lanekeeper/fault/v1"))]
    pub schema: &'static str,
    /// `user`, `config`, `remote`, `conflict`, `unknown` or `internal`.
    pub kind: &'static str,
    pub summary: String,
    /// The causes, outermost first.
    pub chain: Vec<String>,
    pub hint: Option<String>,
    pub exit: u8,
}

/// The timeline of a hotfix.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LogDocument {
    #[schemars(extend("const" = "lanekeeper/log/v1"))]
    pub schema: &'static str,
    pub hotfix: String,
    pub entries: Vec<LogRow>,
    /// What people did on the forge's own pages and no entry tells of, oldest first.
    pub outside: Vec<OutsideRow>,
}

/// A merge or a decision that was seen on the forge only.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OutsideRow {
    pub at: String,
    /// Null where the forge does not say who it was.
    pub by: Option<String>,
    pub name: Option<String>,
    pub text: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct LogRow {
    /// Its place on the record; where it is not shared yet, the one that it would get now.
    pub seq: u64,
    pub id: String,
    pub at: String,
    pub by: String,
    pub name: String,
    pub device: String,
    /// The event's stable name, `request.merged`.
    pub kind: String,
    pub text: String,
    /// How well it is known who wrote it: 1 where a key that the team allows signed it, else 0.
    pub level: u8,
    /// `none`, `missing` (the team requires one), `unchecked`, `good` or `bad`.
    pub signature: &'static str,
    /// The fingerprint of the key that signed it.
    pub key: Option<String>,
    /// Why the signature is not good.
    pub signature_why: Option<String>,
    /// The event's own fields, also of kinds that this version does not know.
    pub body: serde_json::Value,
    /// Whether it is on the shared record; else it is kept on this machine, and nobody else sees it.
    pub shared: bool,
}

impl LogDocument {
    /// Makes the document of a record, and of what was done beside it.
    pub fn new(record: &Record, outside: &[Outside]) -> Self {
        let shared = record.shared();
        let next = shared.last().map_or(0, |last| last.seq + 1);
        let place = |at: usize, entry: &Entry| match at.checked_sub(shared.len()) {
            Some(behind) => next + u64::try_from(behind).unwrap_or_default(),
            None => entry.seq,
        };
        let entries = record.entries.iter().enumerate().map(|(at, entry)| LogRow {
            seq: place(at, entry),
            id: entry.id.to_string(),
            at: entry.at.to_string(),
            by: entry.actor.person.id.clone(),
            name: entry.actor.person.name.raw().to_owned(),
            device: entry.actor.device.clone(),
            kind: entry.kind.clone(),
            text: entry.sentence(),
            level: entry.signed.level(),
            signature: entry.signed.word(),
            key: entry.signed.key().map(str::to_owned),
            signature_why: entry.signed.why().map(str::to_owned),
            body: entry.json()["body"].take(),
            shared: at < shared.len(),
        });
        Self {
            schema: "lanekeeper/log/v1",
            hotfix: record.hotfix.to_string(),
            entries: entries.collect(),
            outside: outside.iter().map(OutsideRow::new).collect(),
        }
    }
}

impl OutsideRow {
    fn new(one: &Outside) -> Self {
        let by = one.by.as_ref();
        Self {
            at: one.at.to_string(),
            by: by.map(|person| person.id.clone()),
            name: by.map(|person| person.name.raw().to_owned()),
            text: one.sentence(),
        }
    }
}

/// The post-mortem draft.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReportDocument {
    #[schemars(extend("const" = "lanekeeper/report/v1"))]
    pub schema: &'static str,
    pub hotfix: String,
    pub markdown: String,
    /// Where it was written, with `--out`.
    pub file: Option<String>,
}

/// What `export` wrote.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ExportDocument {
    #[schemars(extend("const" = "lanekeeper/export/v1"))]
    pub schema: &'static str,
    pub hotfix: String,
    /// The record, one event per line.
    pub record: String,
    /// The commits of the fix and of the record; null where there were none.
    pub bundle: Option<String>,
    pub events: usize,
}

/// What `doctor` found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DoctorDocument {
    #[schemars(extend("const" = "lanekeeper/doctor/v1"))]
    pub schema: &'static str,
    pub healthy: bool,
    pub findings: Vec<Finding>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Finding {
    pub name: String,
    /// `ok`, `warn` or `bad`.
    pub state: &'static str,
    pub text: String,
    pub hint: Option<String>,
}

/// Every setting with where it comes from.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SettingsDocument {
    #[schemars(extend("const" = "lanekeeper/config/v1"))]
    pub schema: &'static str,
    pub valid: bool,
    pub warnings: Vec<String>,
    pub values: Vec<Value>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Value {
    pub key: String,
    pub value: String,
    /// `lanekeeper.toml:12`, `default`, an environment variable or a flag.
    pub origin: String,
}

/// Every mistake in the configuration.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MistakesDocument {
    #[schemars(extend("const" = "lanekeeper/mistakes/v1"))]
    pub schema: &'static str,
    pub valid: bool,
    pub mistakes: Vec<String>,
}

/// A text that a command prints: a file, a schema, a script.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TextDocument {
    #[schemars(extend("const" = "lanekeeper/text/v1"))]
    pub schema: &'static str,
    pub text: String,
}
