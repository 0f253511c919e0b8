//! The state of the console: everything the screen is made from.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::engine::Board;
use crate::engine::DiffSize;
use crate::engine::Intent;
use crate::engine::Looked;
use crate::engine::Present;
use crate::engine::lanes::EventKey;
use crate::engine::lanes::LaneModel;
use crate::engine::lanes::RowKey;
use crate::engine::lanes::Unfolded;
use crate::model::CommitId;
use crate::model::ConsoleId;
use crate::model::EnvironmentName;
use crate::model::HotfixId;
use crate::model::IntentId;
use crate::model::JobId;
use crate::model::RefsMark;
use crate::model::Seen;
use crate::model::Subject;
use crate::model::Timestamp;

use super::brought::Brought;
use super::checklist::RowId;
use super::closing::Aftermath;
use super::drafts::Drafts;
use super::field::Field;
use super::keys::Chord;
use super::log::Log;
use super::moment::Moment;
use super::msg::Clock;
use super::options::Options;
use super::overlay::Overlay;
use super::runs::Run;
use super::sharing::Kept;
use super::size::Fit;
use super::size::fit;
use super::status::Status;

/// A pane of the main screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pane {
    Lanes,
    Checklist,
    Approvals,
    Detail,
    Log,
}

impl Pane {
    /// Every pane, in the order of its number.
    pub const ALL: [Self; 5] = [
        Self::Lanes,
        Self::Checklist,
        Self::Approvals,
        Self::Detail,
        Self::Log,
    ];

    /// Returns number and name, as on its border.
    pub fn title(self) -> &'static str {
        match self {
            Self::Lanes => "1 Lanes",
            Self::Checklist => "2 Checklist",
            Self::Approvals => "3 Approvals",
            Self::Detail => "4 Detail",
            Self::Log => "5 Log",
        }
    }

    fn index(self) -> usize {
        Self::ALL
            .iter()
            .position(|pane| *pane == self)
            .unwrap_or_default()
    }

    pub(super) fn next(self) -> Self {
        Self::ALL[(self.index() + 1) % Self::ALL.len()]
    }

    pub(super) fn previous(self) -> Self {
        Self::ALL[(self.index() + Self::ALL.len() - 1) % Self::ALL.len()]
    }
}

/// Production that may be changed for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Armed {
    pub environment: EnvironmentName,
    /// In milliseconds of the console's [`Clock`].
    pub until: u64,
}

/// How moves of refs come to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    Starting,
    On,
    Off,
}

/// What is selected in each pane, by identity, so that a refresh does not move it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The row of the lane graph.
    pub lane: Option<RowKey>,
    pub row: Option<RowId>,
    /// The event of the lane graph.
    pub event: Option<EventKey>,
    /// The graph stays where it was scrolled to in time, though no event is selected any more.
    pub is_past: bool,
    pub approval: Option<Subject>,
    /// Lines scrolled within that approval, where it is longer than its pane.
    pub inbox: usize,
    pub job: Option<JobId>,
    /// Lines scrolled in Detail from the top, and in Log from the end.
    pub detail: usize,
    pub log: usize,
}

/// How far the scrolling panes can go, as last drawn: the drawing alone knows how lines were wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub detail: usize,
    pub log: usize,
    /// Lines of the selected approval that its pane has no room for.
    pub inbox: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            detail: usize::MAX,
            log: usize::MAX,
            inbox: 0,
        }
    }
}

/// The whole state.
#[derive(Debug, Clone)]
pub struct App {
    pub options: Options,
    pub clock: Clock,
    pub size: (u16, u16),
    pub has_focus: bool,
    pub board: Option<Board>,
    /// The lane graph of that board.
    pub graph: Option<Arc<LaneModel>>,
    /// The hotfix that is shown; none shows the lanes alone.
    pub hotfix: Option<HotfixId>,
    /// Interrupted intents that the resume screen was opened for.
    pub offered: BTreeSet<IntentId>,
    /// The number of the latest look and of the latest plan asked for; answers to older ones are dropped.
    pub look: u64,
    pub plan: u64,
    /// The number of the latest conflicts asked for.
    pub(super) opening: u64,
    /// The number of the latest checks asked for, and of those that run.
    pub(super) checks: u64,
    pub(super) checking: Option<u64>,
    pub is_looking: bool,
    /// Refs moved while the look was under way, which may have read them before.
    pub(super) has_moved_since: bool,
    /// When the board that is shown was made, by a whole look; in milliseconds.
    pub(super) board_at: Option<u64>,
    pub is_planning: bool,
    /// When the latest look that succeeded came back.
    pub looked_at: Option<Timestamp>,
    /// Why the latest look failed.
    pub blind: Option<String>,
    /// Until when the forge wants quiet, as the connection knows it: a look that waits tells nothing of it yet.
    pub quiet_until: Option<Timestamp>,
    pub watch: Watch,
    pub focus: Pane,
    pub is_zoomed: bool,
    /// Rows given to (or taken from) the lanes.
    pub split: i16,
    /// Above 0 spreads the events of the graph, below 0 packs them.
    pub graph_zoom: i8,
    pub selection: Selection,
    pub limits: Limits,
    pub filter: BTreeMap<Pane, String>,
    /// The filter that is being typed for the focused pane.
    pub filtering: Option<Field>,
    /// Keys of a sequence so far: after a leader key.
    pub pending: Vec<Chord>,
    pub overlays: Vec<Overlay>,
    pub armed: Option<Armed>,
    /// Diffs that were looked at on this machine.
    pub looked: Looked,
    /// How much each approval changes, at a head.
    pub sizes: BTreeMap<Subject, (CommitId, DiffSize)>,
    pub log: Log,
    /// By which requests commits came in, of those that were asked about.
    pub brought: BTreeMap<CommitId, Brought>,
    /// Who else watches the shown hotfix.
    pub present: Vec<Present>,
    /// With whose selection ours goes along.
    pub follows: Option<ConsoleId>,
    pub run: Option<Run>,
    pub status: Option<Status>,
    /// Texts begun and left.
    pub drafts: Drafts,
    /// What `u` takes back: words and intent.
    pub undo: Option<(String, Intent)>,
    pub is_quitting: bool,
    /// A command that ran here is ended by leaving, half-way.
    pub has_killed: bool,
    /// How sending goes what is kept on this machine.
    pub(super) kept: Kept,
    /// Hashes of the plans that followed by themselves, so that none is tried twice.
    pub(super) followed: BTreeSet<String>,
    /// Rows of the graph whose runs are open.
    pub(super) unfolded: Unfolded,
    pub(super) runs: u64,
    /// Times of the latest keys, for bursts outside of guarded questions.
    pub(super) last_key: Option<u64>,
    /// The latest key pressed and not released, for the guards.
    pub(super) held: Option<crossterm::event::KeyCode>,
    /// A question closed by itself just now.
    pub(super) aftermath: Option<Aftermath>,
    /// Production was made read-only because the console was suspended, which nobody could read then.
    pub(super) was_suspended_armed: bool,
    /// In milliseconds.
    pub(super) unfocused_at: Option<u64>,
    pub(super) is_first_look: bool,
    /// The plan that was asked for is only to be shown.
    pub(super) is_dry: bool,
    /// The pane whose selection Detail tells about.
    pub(super) subject: Pane,
    /// The pane below the lanes where there is room for one.
    pub(super) tab: Pane,
    /// What the latest frame said by the clock; none where something else changed since.
    pub(super) drawn: Option<Moment>,
}

impl App {
    /// Makes the state before anything was seen.
    pub fn new(options: Options, clock: Clock, size: (u16, u16)) -> Self {
        let arrangement = options.arrangement;
        let drafts = Drafts::of(options.drafts.clone());
        let mut app = Self {
            hotfix: options.hotfix.clone(),
            offered: BTreeSet::new(),
            options,
            clock,
            size,
            has_focus: true,
            board: None,
            graph: None,
            look: 0,
            plan: 0,
            opening: 0,
            checks: 0,
            checking: None,
            is_looking: false,
            has_moved_since: false,
            board_at: None,
            is_planning: false,
            looked_at: None,
            blind: None,
            quiet_until: None,
            watch: Watch::Starting,
            focus: Pane::Checklist,
            is_zoomed: false,
            split: 0,
            graph_zoom: 0,
            selection: Selection::default(),
            limits: Limits::default(),
            filter: BTreeMap::new(),
            filtering: None,
            pending: Vec::new(),
            overlays: Vec::new(),
            armed: None,
            looked: Looked::default(),
            sizes: BTreeMap::new(),
            log: Log::default(),
            brought: BTreeMap::new(),
            present: Vec::new(),
            follows: None,
            run: None,
            status: None,
            drafts,
            undo: None,
            is_quitting: false,
            has_killed: false,
            kept: Kept::default(),
            followed: BTreeSet::new(),
            unfolded: Unfolded::new(),
            runs: 0,
            last_key: None,
            held: None,
            aftermath: None,
            was_suspended_armed: false,
            unfocused_at: None,
            is_first_look: true,
            is_dry: false,
            subject: Pane::Checklist,
            tab: Pane::Checklist,
            drawn: None,
        };
        arrangement.put(&mut app);
        app
    }

    /// Returns what fits on the screen.
    pub fn fit(&self) -> Fit {
        fit(self.size.0, self.size.1)
    }

    /// Returns the pane that is below the lanes where there is room for one.
    pub fn tab(&self) -> Pane {
        self.tab
    }

    /// Tells whether the lane graph is what is looked at: it has the focus, or Detail tells about it.
    pub fn tells_of_lanes(&self) -> bool {
        self.focus == Pane::Lanes || (self.focus == Pane::Detail && self.subject == Pane::Lanes)
    }

    /// Returns the overlay on top.
    pub fn overlay(&self) -> Option<&Overlay> {
        self.overlays.last()
    }

    /// Returns the refs that the board on the screen was made from; none while another one is on its way, or nobody can
    /// look.
    pub fn shown_refs(&self) -> Option<&RefsMark> {
        let is_latest = self.blind.is_none() && !self.is_looking;
        let board = self.board.as_ref().filter(|_| is_latest)?;
        Some(&board.refs)
    }

    /// Tells whether that environment may be changed in this session now.
    pub fn is_armed(&self, environment: &EnvironmentName) -> bool {
        self.armed.as_ref().is_some_and(|armed| {
            &armed.environment == environment && armed.until > self.clock.millis
        })
    }

    /// Returns when what is shown of the remote was seen: by a look of this console, else by whatever process looked before.
    pub fn seen_at(&self) -> Option<Timestamp> {
        let of_board = || {
            let seen = &self.board.as_ref()?.seen;
            // Where even the tips are not known, what the lanes were seen to have is shown with its time.
            let of_lanes = seen.presence.values().filter_map(|seen| match seen {
                Seen::Stale { at, .. } => Some(*at),
                Seen::Known { .. } | Seen::Unknown { .. } => None,
            });
            seen.tips.at().or_else(|| of_lanes.max())
        };
        self.looked_at.or_else(of_board)
    }
}
