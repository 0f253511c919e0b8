//! `lanes` as a document.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::command::lanes::Beside;
use crate::engine::Board;
use crate::engine::EdgeSight;
use crate::model::Edge;
use crate::model::HotfixId;
use crate::model::Lane;
use crate::model::LaneName;
use crate::model::Layer;
use crate::model::PredictionOutcome;
use crate::model::Presence;
use crate::model::Seen;
use crate::model::Verdict;
use crate::ops::FixCell;
use crate::ops::FixTable;
use crate::ops::FixTakenOut;

use super::debt::DebtRow;
use super::driven::MergeDriverRow;
use super::driving::DriverRow;
use super::driving::rows as drivers;
use super::status::Remote;

/// Lanes, promotions, hotfixes, presence.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LanesDocument {
    #[schemars(extend("const" = "lanekeeper/lanes/v1"))]
    pub schema: &'static str,
    pub lanes: Vec<LaneRow>,
    pub edges: Vec<EdgeRow>,
    pub hotfixes: Vec<HotfixRow>,
    /// Of every open hotfix, by its id; with `--fixes` also of each of those, by its commit.
    pub presence: Vec<PresenceRow>,
    /// Open hotfixes of which `presence` says nothing, since too many are open.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub presence_left_out: Vec<String>,
    /// With `--fixes`: the newest fixes of the RUN lanes, newest first.
    pub fixes: Vec<FixRow>,
    /// The lane whose work is being validated in RUN, if RUN is frozen.
    pub frozen: Option<FrozenRow>,
    /// Hotfixes that RUN took and a BUILD lane lacks, the oldest first.
    pub debt: Vec<DebtRow>,
    /// Who drives each environment.
    pub drivers: Vec<DriverRow>,
    pub remote: Remote,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct LaneRow {
    pub name: String,
    pub branch: String,
    /// `build` or `run`.
    pub layer: &'static str,
    /// Null where the branch is not on the remote.
    pub tip: Option<String>,
    pub environment: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct EdgeRow {
    pub from: String,
    pub into: String,
    /// Null where it could not be seen.
    pub ahead: Option<usize>,
    pub behind: Option<usize>,
    pub promotion: Promotion,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Promotion {
    /// `clean`, `conflict` or `unknown`.
    pub merge: &'static str,
    pub conflicts: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct HotfixRow {
    pub id: String,
    pub title: String,
    pub branch: String,
    pub playbook: String,
    /// `open` or `closed`.
    pub state: &'static str,
    /// How many entries of its record are on this machine only.
    pub not_shared: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct PresenceRow {
    pub fix: String,
    pub lane: String,
    /// `present`, `absent`, `changed`, `pending` or `unknown`.
    pub verdict: String,
    /// `ancestor`, `trailer`, `patch-id`, `merge-commit` or `tree`.
    pub rule: Option<&'static str>,
    /// `false` where the fix is `changed` though nothing of it ever came into the lane; left out everywhere else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carried: Option<bool>,
    /// The commit that took the fix out of the lane again, where history says so.
    pub reverted_by: Option<String>,
    /// The commit of the lane that brought that one there, where it was made elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reverted_with: Option<String>,
    /// While the fix is still to be carried there, where a merge driver of this clone merges some of its paths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub driver: Option<MergeDriverRow>,
}

/// One of the newest fixes of RUN.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FixRow {
    /// The commit, by which the rows of `presence` name it.
    pub commit: String,
    pub subject: String,
    pub committed_at: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct FrozenRow {
    pub lane: String,
    pub by: String,
}

impl LanesDocument {
    /// Makes the document of a board.
    pub fn new(board: &Board) -> Self {
        let presence = PresenceRow::all(board);
        let frozen = board.seen.frozen.value().and_then(Option::as_ref);
        Self {
            schema: "lanekeeper/lanes/v1",
            lanes: board
                .book
                .project
                .lanes
                .iter()
                .map(|lane| LaneRow::new(lane, board))
                .collect(),
            edges: board
                .seen
                .edges
                .iter()
                .map(|(edge, seen)| EdgeRow::new(edge, seen))
                .collect(),
            hotfixes: board
                .hotfixes
                .iter()
                .map(|row| HotfixRow {
                    id: row.id.to_string(),
                    title: row.title.clone(),
                    branch: row.branch.to_string(),
                    playbook: row.playbook.clone(),
                    state: if row.is_open { "open" } else { "closed" },
                    not_shared: row.not_shared,
                })
                .collect(),
            presence,
            presence_left_out: Vec::new(),
            fixes: Vec::new(),
            frozen: frozen.map(|frozen| FrozenRow {
                lane: frozen.lane.to_string(),
                by: frozen.by.to_string(),
            }),
            debt: DebtRow::all(board),
            drivers: drivers(board),
            remote: Remote::new(board),
        }
    }

    /// Adds which commit took the hotfix of a board out of a lane again.
    #[must_use]
    pub fn with_taken_out(mut self, board: &Board, by: &BTreeMap<LaneName, FixTakenOut>) -> Self {
        let fix = board.record.as_ref().map(|record| record.hotfix.as_str());
        let rows = self.presence.iter_mut();
        for row in rows.filter(|row| fix == Some(row.fix.as_str())) {
            let taken_out = by.iter().find(|(lane, _)| lane.as_str() == row.lane);
            let taken_out = taken_out.map(|(_, taken_out)| taken_out);
            row.reverted_by = taken_out.map(|taken_out| taken_out.revert.to_string());
            let elsewhere = taken_out.filter(|taken_out| taken_out.came != taken_out.revert);
            row.reverted_with = elsewhere.map(|taken_out| taken_out.came.to_string());
        }
        self
    }

    /// Adds where open hotfixes are, where the lanes are not those of the only one.
    #[must_use]
    pub(in crate::cli) fn with_hotfixes(mut self, beside: &Beside) -> Self {
        for (row, looked) in &beside.boards {
            match looked {
                Ok(board) => self.presence.extend(PresenceRow::all(board)),
                Err(_) => {
                    let unknown = self.lanes.iter();
                    let unknown = unknown.map(|lane| PresenceRow::unknown(&row.id, &lane.name));
                    self.presence.extend(unknown);
                }
            }
        }
        let left_out = beside.left_out.iter();
        self.presence_left_out = left_out.map(ToString::to_string).collect();
        self
    }

    /// Adds the fixes of RUN and where each is.
    #[must_use]
    pub fn with_fixes(mut self, table: Option<&FixTable>) -> Self {
        let Some(table) = table else { return self };
        for row in &table.rows {
            self.fixes.push(FixRow {
                commit: row.fix.id.to_string(),
                subject: row.fix.subject(),
                committed_at: row.fix.committed_at.to_string(),
            });
            let fix = row.fix.id.as_str();
            let cells = table.lanes.iter().zip(&row.cells);
            self.presence
                .extend(cells.map(|(lane, cell)| PresenceRow::of_cell(fix, lane, cell)));
        }
        self
    }
}

impl LaneRow {
    fn new(lane: &Lane, board: &Board) -> Self {
        let tips = board.seen.tips.value();
        let branch = lane.branch_name();
        let tip = tips
            .zip(branch)
            .and_then(|(tips, branch)| tips.get(&branch));
        Self {
            name: lane.name.to_string(),
            branch: lane.branch.to_string(),
            layer: match lane.layer {
                Layer::Build => "build",
                Layer::Run => "run",
            },
            tip: tip.map(ToString::to_string),
            environment: lane.environment.as_ref().map(ToString::to_string),
        }
    }
}

impl EdgeRow {
    fn new(edge: &Edge, seen: &Seen<EdgeSight>) -> Self {
        let sight = seen.value();
        let (merge, conflicts) = match sight.map(|sight| &sight.promotion) {
            Some(PredictionOutcome::Clean | PredictionOutcome::Already) => ("clean", Vec::new()),
            Some(PredictionOutcome::Conflict { paths }) => (
                "conflict",
                paths.iter().map(|path| path.path.clone()).collect(),
            ),
            Some(PredictionOutcome::Blocked { .. } | PredictionOutcome::Unknown { .. }) | None => {
                ("unknown", Vec::new())
            }
        };
        Self {
            from: edge.from.to_string(),
            into: edge.into.to_string(),
            ahead: sight.map(|sight| sight.ahead),
            behind: sight.map(|sight| sight.behind),
            promotion: Promotion { merge, conflicts },
        }
    }
}

impl PresenceRow {
    /// Returns where the hotfix of a board is; nothing without one.
    fn all(board: &Board) -> Vec<Self> {
        let Some(record) = &board.record else {
            return Vec::new();
        };
        let fix = record.hotfix.to_string();
        let seen = board.seen.presence.iter();
        seen.map(|(lane, seen)| Self::new(&fix, lane, seen, board))
            .collect()
    }

    fn unknown(fix: &HotfixId, lane: &str) -> Self {
        Self {
            fix: fix.to_string(),
            lane: lane.to_owned(),
            verdict: "unknown".to_owned(),
            rule: None,
            carried: None,
            reverted_by: None,
            reverted_with: None,
            driver: None,
        }
    }

    fn new(fix: &str, lane: &LaneName, seen: &Seen<Presence>, board: &Board) -> Self {
        let presence = seen.value();
        let verdict = presence.map_or(Verdict::Unknown, |presence| presence.verdict);
        Self {
            fix: fix.to_owned(),
            lane: lane.to_string(),
            verdict: verdict.word().to_lowercase(),
            rule: presence
                .and_then(|presence| presence.rule)
                .map(crate::model::Rule::word),
            carried: board.is_unreached(lane).then_some(false),
            reverted_by: None,
            reverted_with: None,
            driver: board.driven_into(lane).map(MergeDriverRow::new),
        }
    }

    fn of_cell(fix: &str, lane: &LaneName, cell: &FixCell) -> Self {
        Self {
            fix: fix.to_owned(),
            lane: lane.to_string(),
            verdict: cell.verdict.word().to_lowercase(),
            rule: cell.rule.map(crate::model::Rule::word),
            carried: None,
            reverted_by: cell.reverted_by.as_ref().map(ToString::to_string),
            reverted_with: None,
            driver: None,
        }
    }
}
