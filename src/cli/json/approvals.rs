//! `approvals` as a document: the inbox across hotfixes.

use schemars::JsonSchema;
use serde::Serialize;

use crate::engine::Inbox;
use crate::engine::InboxItem;
use crate::engine::SeatState;
use crate::model::Subject;

/// What waits for a yes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ApprovalsDocument {
    #[schemars(extend("const" = "lanekeeper/approvals/v1"))]
    pub schema: &'static str,
    pub groups: Groups,
}

/// By what the operator can do about it.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Groups {
    /// The operator can approve now.
    pub mine: Vec<Waiting>,
    /// Others must.
    pub waiting: Vec<Waiting>,
    /// The operator has approved.
    pub seen: Vec<Waiting>,
}

/// One change request or deployment with its seats.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Waiting {
    /// `12` or `deployment:3`, as `approve` takes it.
    pub id: String,
    /// `request`, `environment` or `job`.
    pub kind: &'static str,
    pub hotfix: Option<String>,
    pub title: String,
    /// Null for deployments.
    pub from: Option<String>,
    /// The target branch, or the environment.
    pub into: String,
    pub author: String,
    pub since: String,
    pub seats: Vec<Seat>,
    /// Why the present head was rejected.
    pub rejections: Vec<String>,
    pub can_act: bool,
    pub why_not: Option<String>,
}

/// Who must say yes, and who did.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Seat {
    pub role: String,
    /// `open` or `taken`.
    pub state: &'static str,
    pub by: Option<String>,
    pub name: Option<String>,
    pub at: Option<String>,
    /// Ids of the people who may take it.
    pub allowed: Vec<String>,
}

impl ApprovalsDocument {
    /// Makes the document of an inbox.
    pub fn new(inbox: &Inbox) -> Self {
        let rows = |items: &[InboxItem]| items.iter().map(Waiting::new).collect();
        Self {
            schema: "lanekeeper/approvals/v1",
            groups: Groups {
                mine: rows(&inbox.mine),
                waiting: rows(&inbox.waiting),
                seen: rows(&inbox.seen),
            },
        }
    }
}

impl Waiting {
    fn new(item: &InboxItem) -> Self {
        let (id, kind) = match &item.subject {
            Subject::Request(id) => (id.to_string(), "request"),
            Subject::Deployment(id) => (format!("deployment:{id}"), "environment"),
        };
        Self {
            id,
            kind,
            hotfix: item.hotfix.as_ref().map(ToString::to_string),
            title: item.title.clone(),
            from: item.from.as_ref().map(ToString::to_string),
            into: item.into.clone(),
            author: item.author.id.clone(),
            since: item.since.to_string(),
            seats: item.seats.iter().map(Seat::new).collect(),
            rejections: item.rejections.clone(),
            can_act: item.can_act,
            why_not: item.why_not.clone(),
        }
    }
}

impl Seat {
    fn new(seat: &SeatState) -> Self {
        Self {
            role: seat.role.to_string(),
            state: if seat.taken_by.is_some() {
                "taken"
            } else {
                "open"
            },
            by: seat.taken_by.as_ref().map(|person| person.id.clone()),
            name: seat
                .taken_by
                .as_ref()
                .map(|person| person.name.raw().to_owned()),
            at: seat.at.map(|at| at.to_string()),
            allowed: seat.allowed.clone(),
        }
    }
}
