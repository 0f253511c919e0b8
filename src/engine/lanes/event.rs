//! The lane graph as data: rows, events in the order in which they are drawn, and how each lane stands.

use crate::model::CommitId;
use crate::model::DeploymentId;
use crate::model::LaneName;
use crate::model::Layer;
use crate::model::RequestId;
use crate::model::Timestamp;

use super::paint::measure;

/// The lanes, what happened on them, and where the fix is: all that a drawing needs, in no particular size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LaneModel {
    /// BUILD lanes, release lanes, the hotfix, RUN lanes; production last.
    pub rows: Vec<Row>,
    /// Oldest first; each is one column. A child never comes before its parent, whatever the clocks said.
    pub events: Vec<Event>,
    /// The first event that tells about the hotfix; what is before it is context.
    pub first_relevant: usize,
    /// `x is missing from: integration, uat. Pending: production.` and shorter forms; empty without a hotfix.
    pub summary: Vec<String>,
    /// When it was looked at; none for an empty model.
    pub now: Option<Timestamp>,
    /// What a promotion between two lanes would do.
    pub promotions: Vec<Promotion>,
    /// What a selection steps over, from left to right: events, and the folded runs between them.
    pub stops: Vec<EventKey>,
}

/// An edge of the project as the drawing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promotion {
    pub key: EventKey,
    /// Rows.
    pub from: usize,
    pub into: usize,
    pub outlook: Outlook,
    /// What to write beside the edge, the longest first.
    pub forms: Vec<String>,
    pub sentence: String,
}

/// What a promotion that is computed in memory says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outlook {
    /// It merges; no fix is asked about.
    Clean,
    /// Nothing is left to promote.
    Nothing,
    /// The fix is in the result.
    Survives,
    /// It merges, and the result has not the fix that one of the lanes has.
    AtRisk,
    Conflict,
    /// Nobody could tell; never drawn like `Survives`.
    Unknown,
}

/// Which row of the drawing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RowKey {
    Lane(LaneName),
    /// The selected hotfix.
    Fix,
    /// The hotfixes that are not selected.
    Others,
}

/// A run of commits that is folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// The event before which it lies.
    pub at: usize,
    pub count: usize,
    pub key: EventKey,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub kind: RowKind,
    /// The name, made showable.
    pub name: String,
    /// How the lane stands towards the fix; none without a hotfix and on rows that are no lane.
    pub standing: Option<Standing>,
    /// What the right column says where there is no standing.
    pub note: String,
    /// The event at which the line begins; none for a lane that was always there.
    pub first: Option<usize>,
    /// How the line begins at the left, and from which event on it is another.
    pub begins: Membership,
    pub changes: Vec<(usize, Membership)>,
    /// Commits folded before an event.
    pub folds: Vec<Fold>,
    /// The row in words, for the linear mode.
    pub sentence: String,
}

/// What a row stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowKind {
    Lane {
        lane: LaneName,
        layer: Layer,
        is_release: bool,
    },
    /// The selected hotfix.
    Fix,
    /// The hotfixes that are not selected, as a count.
    Others,
}

/// Whether a stretch of a lane contains the fix; drawn as the line's weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Membership {
    Contains,
    /// It does not need it (yet).
    Free,
    /// It should contain it and does not.
    Lacks,
    /// Nobody could tell; never drawn like `Contains`.
    Unknown,
}

/// How a lane stands towards the fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub word: StandingWord,
    /// A few words: `#12 1/2`, `since 10:42`.
    pub reason: String,
    /// The same for narrow columns: `10:42`.
    pub brief: String,
    /// What else is known, the most important first: each is shown where there is room.
    pub detail: Vec<String>,
}

/// The words of the presence column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StandingWord {
    In,
    /// The same change by another commit.
    Equivalent,
    Pending,
    Missing,
    Reverted,
    Changed,
    Unknown,
    NotDue,
}

impl StandingWord {
    /// Returns the word on the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::In => "IN",
            Self::Equivalent => "EQUIV",
            Self::Pending => "PENDING",
            Self::Missing => "MISSING",
            Self::Reverted => "REVERTED",
            Self::Changed => "CHANGED",
            Self::Unknown => "UNKNOWN",
            Self::NotDue => "NOT DUE",
        }
    }
}

/// What an event is, the same at every look: a selection survives a refresh.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventKey {
    /// Where the hotfix branch leaves its base.
    Cut,
    /// A commit of the hotfix.
    Fix(CommitId),
    /// A commit on a lane: tip, merge, landing, revert.
    Commit(LaneName, CommitId),
    Tag(LaneName, CommitId),
    Deployment(LaneName, DeploymentId),
    /// An open change request.
    Request(RequestId),
    /// The fix would conflict in this lane; nobody has asked for it yet.
    Conflict(LaneName),
    /// A folded run, by its row and its newest commit.
    Run(RowKey, CommitId),
    /// A promotion of one lane into another.
    Edge(LaneName, LaneName),
}

/// Something worth a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub key: EventKey,
    /// The row that its node is on.
    pub row: usize,
    pub node: Node,
    pub link: Option<Link>,
    /// What to write beside it, the longest first.
    pub labels: Vec<String>,
    pub at: Timestamp,
    /// The commit and the request that the detail pane shows.
    pub commit: Option<CommitId>,
    pub request: Option<RequestId>,
    /// What happened, in words.
    pub sentence: String,
}

/// The kind of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Node {
    Commit,
    Merge,
    Tag,
    Deployment,
    FailedDeployment,
    Fix,
    /// An open request, or a deployment that is not started.
    Pending,
    Conflict,
    Revert,
    /// The hotfix branch begins: a corner.
    Cut,
}

/// A connector that comes from another row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    pub from: usize,
    /// Not merged: drawn dashed.
    pub is_pending: bool,
    pub leave: Leave,
}

/// How a connector leaves its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// By a tee in the line.
    Tee,
    /// From a commit that is no event of its own and is drawn as a node beside the connector.
    Commit,
    /// From the node of the event before this one.
    Previous,
}

impl LaneModel {
    /// Returns the longest form of the summary that fits into `width` cells, else the shortest.
    pub fn summary(&self, width: usize) -> Option<&str> {
        let fits = |form: &&String| measure(form) <= width;
        let form = self.summary.iter().find(fits);
        form.or(self.summary.last()).map(String::as_str)
    }

    /// Returns the event of that key.
    pub fn event(&self, key: &EventKey) -> Option<&Event> {
        self.events.iter().find(|event| &event.key == key)
    }

    /// Returns the folded run of that key with its row.
    pub fn fold(&self, key: &EventKey) -> Option<(usize, &Fold)> {
        let rows = self.rows.iter().enumerate();
        let mut folds = rows.flat_map(|(row, made)| made.folds.iter().map(move |fold| (row, fold)));
        folds.find(|(_, fold)| &fold.key == key)
    }

    /// Returns the promotion of that key.
    pub fn promotion(&self, key: &EventKey) -> Option<&Promotion> {
        self.promotions.iter().find(|edge| &edge.key == key)
    }

    /// Returns the row of that key.
    pub fn row(&self, key: &RowKey) -> Option<usize> {
        self.rows.iter().position(|row| &row.key() == key)
    }

    /// Adds the row that counts the hotfixes that are not selected, below the selected one.
    #[must_use]
    pub fn with_others(mut self, count: usize) -> Self {
        if count == 0 {
            return self;
        }
        let fix = self.rows.iter().position(|row| row.kind == RowKind::Fix);
        let at = fix.map_or_else(|| self.first_run_row(), |row| row + 1);
        let plural = if count == 1 { "" } else { "es" };
        let word = if fix.is_some() { "other" } else { "open" };
        self.rows.insert(
            at,
            Row {
                kind: RowKind::Others,
                name: format!("+{count}"),
                standing: None,
                note: format!("{count} {word} hotfix{plural}"),
                first: None,
                begins: Membership::Free,
                changes: Vec::new(),
                folds: Vec::new(),
                sentence: format!("{count} {word} hotfix{plural}"),
            },
        );
        let shift = |row: &mut usize| *row += usize::from(*row >= at);
        for event in &mut self.events {
            shift(&mut event.row);
            if let Some(link) = &mut event.link {
                shift(&mut link.from);
            }
        }
        for promotion in &mut self.promotions {
            shift(&mut promotion.from);
            shift(&mut promotion.into);
        }
        self
    }

    /// Returns the row before which hotfixes stand: the first RUN lane that is no release.
    fn first_run_row(&self) -> usize {
        let is_run = |row: &Row| {
            matches!(
                row.kind,
                RowKind::Lane {
                    layer: Layer::Run,
                    is_release: false,
                    ..
                }
            )
        };
        self.rows.iter().position(is_run).unwrap_or(self.rows.len())
    }
}

impl Row {
    /// Returns what names the row, the same at every look.
    pub fn key(&self) -> RowKey {
        match &self.kind {
            RowKind::Lane { lane, .. } => RowKey::Lane(lane.clone()),
            RowKind::Fix => RowKey::Fix,
            RowKind::Others => RowKey::Others,
        }
    }

    /// Returns the layer of a lane that is no release.
    pub fn layer(&self) -> Option<Layer> {
        match &self.kind {
            RowKind::Lane { layer, .. } => Some(*layer),
            RowKind::Fix | RowKind::Others => None,
        }
    }

    /// Returns how the line is right of the event `at`; none means left of every event.
    pub fn membership(&self, at: Option<usize>) -> Membership {
        let Some(at) = at else {
            return self.begins;
        };
        self.changes
            .iter()
            .rev()
            .find(|(from, _)| *from <= at)
            .map_or(self.begins, |(_, membership)| *membership)
    }
}
