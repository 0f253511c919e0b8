//! `approvals` as a document: the inbox across hotfixes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::engine::Board;
use crate::engine::DiffOf;
use crate::engine::DiffSize;
use crate::engine::Inbox;
use crate::engine::InboxItem;
use crate::engine::SeatState;
use crate::engine::checks_in_words;
use crate::model::Signed;
use crate::model::Subject;
use crate::model::age;

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
    /// Go-lives that bring no open hotfix live: nobody is asked.
    pub foreign: Vec<Waiting>,
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
    /// The same for the page: their name, and for how long it waits.
    #[serde(skip)]
    pub by: String,
    pub since: String,
    #[serde(skip)]
    pub age: String,
    /// What a yes is bound to.
    pub head: String,
    /// How much it changes; null where its commits cannot be compared here.
    pub size: Option<Size>,
    /// `4 ok  1 running`; empty for deployments.
    pub checks: String,
    /// `not-opened`, `changed` since it was opened here, `hidden` (characters that were not acknowledged) or `looked`.
    pub diff: &'static str,
    /// Why it cannot be approved as far as looking goes.
    pub diff_why: Option<String>,
    /// Roles whose seats are open.
    pub missing: Vec<String>,
    /// Whose decision does not count: it was for an older head, or must be signed and is not.
    pub stale: Vec<String>,
    pub seats: Vec<Seat>,
    /// Why the present head was rejected.
    pub rejections: Vec<String>,
    pub can_act: bool,
    pub why_not: Option<String>,
}

/// How much something changes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Size {
    pub files: usize,
    pub added: usize,
    pub removed: usize,
}

impl Size {
    pub(super) fn new(size: DiffSize) -> Self {
        let DiffSize {
            files,
            added,
            removed,
        } = size;
        Self {
            files,
            added,
            removed,
        }
    }
}

/// Who must say yes, and who did.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Seat {
    pub role: String,
    /// `open`, `taken` or `overridden`.
    pub state: &'static str,
    pub by: Option<String>,
    pub name: Option<String>,
    pub at: Option<String>,
    /// How well it is known that they did: `none`, `unchecked`, `good` or `bad`.
    pub signature: &'static str,
    /// The same for the page, which says more of it.
    #[serde(skip)]
    pub signed: Signed,
    /// Who lifted its rule and why, for the page.
    #[serde(skip)]
    pub overridden: Option<String>,
    /// Why the operator may not take it; null where they may.
    pub why_not: Option<String>,
    /// Ids of the people who may take it.
    pub allowed: Vec<String>,
}

impl ApprovalsDocument {
    /// Makes the document of an inbox.
    pub fn new(inbox: &Inbox, sizes: &BTreeMap<Subject, DiffSize>, board: &Board) -> Self {
        let row = |item: &InboxItem| Waiting::new(item, sizes.get(&item.subject), board);
        let rows = |items: &[InboxItem]| items.iter().map(row).collect();
        Self {
            schema: "lanekeeper/approvals/v1",
            groups: Groups {
                mine: rows(&inbox.mine),
                waiting: rows(&inbox.waiting),
                seen: rows(&inbox.seen),
                foreign: rows(&inbox.foreign),
            },
        }
    }
}

impl Waiting {
    fn new(item: &InboxItem, size: Option<&DiffSize>, board: &Board) -> Self {
        let open = item.seats.iter().filter(|seat| !seat.is_settled());
        let checks = match &item.subject {
            Subject::Request(id) => {
                let requests = board.seen.requests.value().into_iter().flatten();
                let mut requests = requests.filter(|request| &request.id == id);
                requests.next().map_or_else(String::new, checks_in_words)
            }
            Subject::Deployment(_) => String::new(),
        };
        Self {
            id: DiffOf::Subject(item.subject.clone()).to_string(),
            kind: item.kind.word(),
            head: item.head.to_string(),
            size: size.copied().map(Size::new),
            checks,
            diff: item.standing.word(),
            diff_why: item.standing.obstacle(),
            missing: open.map(|seat| seat.role.to_string()).collect(),
            stale: item.stale.clone(),
            hotfix: item.hotfix.as_ref().map(ToString::to_string),
            title: item.title.clone(),
            from: item.from.as_ref().map(ToString::to_string),
            into: item.into.clone(),
            author: item.author.id.clone(),
            by: item.author.show(),
            since: item.since.to_string(),
            age: age(board.seen.now, item.since),
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
            } else if seat.overridden.is_some() {
                "overridden"
            } else {
                "open"
            },
            by: seat.taken_by.as_ref().map(|person| person.id.clone()),
            name: seat
                .taken_by
                .as_ref()
                .map(|person| person.name.raw().to_owned()),
            at: seat.at.map(|at| at.to_string()),
            signature: seat.signed.word(),
            signed: seat.signed.clone(),
            overridden: seat.overridden.as_ref().map(|one| one.words.clone()),
            why_not: seat.why_not_me.clone(),
            allowed: seat.allowed.clone(),
        }
    }
}
