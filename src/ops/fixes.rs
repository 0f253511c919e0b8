//! Where the newest fixes of RUN are: a table of fixes and lanes; and what took the open hotfix out of a lane.

use std::collections::BTreeMap;

use crate::engine::Board;
use crate::git::Cell;
use crate::git::TakenOut;
use crate::model::ChangeRequest;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::LaneName;
use crate::model::Layer;
use crate::model::Presence;

use super::fault::Fault;
use super::fault::FaultKind;
use super::observe::brought;
use super::observe::took_out;
use super::workspace::Workspace;

/// Fixes and lanes, and in each place whether the fix is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixTable {
    /// The lanes whose branch is on the remote.
    pub lanes: Vec<LaneName>,
    /// Newest first.
    pub rows: Vec<FixRow>,
}

/// One fix, with a cell for each lane of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixRow {
    pub fix: Commit,
    pub cells: Vec<FixCell>,
}

/// Whether a fix is in a lane, by which rule we know, and what took it out again.
pub type FixCell = Cell;

/// What took a fix out of a lane again, and what brought that there.
pub type FixTakenOut = TakenOut;

impl Workspace {
    /// Judges the newest `limit` fixes of the RUN lanes in every lane, as seen on `board`.
    ///
    /// # Errors
    /// When the remote was never seen, or git cannot read it.
    pub async fn fixes(&self, board: &Board, limit: usize) -> Result<FixTable, Fault> {
        let tips = board.seen.tips.value().ok_or_else(|| {
            let why = board.seen.tips.why().unwrap_or_default().to_owned();
            let mut fault = Fault::new(FaultKind::Remote, "the lanes were never seen");
            fault.chain.push(why);
            fault.hint(
                "Try again when the remote answers: lanekeeper doctor tells what is wrong with it.",
            )
        })?;
        let mut lanes = Vec::new();
        for lane in &board.book.project.lanes {
            let branch = lane.branch_name();
            if let Some(tip) = branch.and_then(|branch| tips.get(&branch)) {
                lanes.push((lane.name.clone(), lane.layer, tip.clone()));
            }
        }
        let requests = board.seen.requests.value();
        let merges = brought_together(requests.map_or(&[], Vec::as_slice));
        let names = lanes.iter().map(|(name, ..)| name.clone()).collect();
        let rows = self
            .git(move |repo| {
                let of = |wanted: Layer| {
                    let lanes = lanes.iter().filter(|(_, layer, _)| *layer == wanted);
                    lanes.map(|(.., tip)| tip.clone()).collect::<Vec<_>>()
                };
                let fixes = repo.fixes(&of(Layer::Run), &of(Layer::Build), limit)?;
                let tips: Vec<CommitId> = lanes.iter().map(|(.., tip)| tip.clone()).collect();
                let cells = repo.presence_many(&fixes, &tips, &merges)?;
                let rows = fixes.into_iter().zip(cells);
                Ok(rows.map(|(fix, cells)| FixRow { fix, cells }).collect())
            })
            .await?;
        Ok(FixTable { lanes: names, rows })
    }

    /// Returns what took the board's hotfix out of each lane again, where history says so. It helps a person: nothing depends
    /// on it.
    ///
    /// # Errors
    /// When git ends before its time.
    pub async fn taken_out(&self, board: &Board) -> Result<BTreeMap<LaneName, FixTakenOut>, Fault> {
        let fix = board.seen.fix.value();
        let span = fix.and_then(|fix| fix.span.clone());
        let (Some(record), Some(fix), Some(span)) = (&board.record, fix, span) else {
            return Ok(BTreeMap::new());
        };
        let requests = board.seen.requests.value().map_or(&[][..], Vec::as_slice);
        let merges = brought(record, requests, fix);
        let presence = board.seen.presence.iter();
        let lanes = presence.filter_map(|(lane, seen)| Some((lane.clone(), seen.value()?.clone())));
        let lanes: Vec<(LaneName, Presence)> = lanes.collect();
        self.git(move |repo| {
            let mut found = BTreeMap::new();
            for (lane, presence) in lanes {
                match took_out(repo, &span, &merges, &presence) {
                    Ok(Some(taken_out)) => drop(found.insert(lane, taken_out)),
                    Ok(None) => {}
                    Err(error) => {
                        tracing::debug!(%error, %lane, "what took the fix out is not told");
                    }
                }
            }
            Ok(found)
        })
        .await
    }
}

/// Returns the merge commits of requests that carried the same fix: those of one hotfix, or from one branch.
fn brought_together(requests: &[ChangeRequest]) -> Vec<Vec<CommitId>> {
    let mut groups: BTreeMap<String, Vec<CommitId>> = BTreeMap::new();
    for request in requests {
        if let Some(merged) = request.merged() {
            let group = match &request.hotfix {
                Some(hotfix) => format!("hotfix {hotfix}"),
                None => format!("branch {}", request.from),
            };
            groups.entry(group).or_default().push(merged.commit.clone());
        }
    }
    groups
        .into_values()
        .filter(|group| group.len() > 1)
        .collect()
}
