//! The backport engine on its own: `lanekeeper backport REV --into LANE`, for a CI job or a fix that no hotfix tracks.
//!
//! What is carried has one record, `backport-<sha>`, so that a second run finds what the first one did and writes
//! nothing. Where that was closed another one, `backport-<sha>-2`, is begun on request.

mod asked;
mod beginning;
mod book;
mod elsewhere;
mod newest;
mod standing;
mod ways;

use std::collections::BTreeMap;

use crate::engine::ALONE;
use crate::engine::Board;
use crate::engine::Intent;
use crate::engine::Plan;
use crate::engine::Refusal;
use crate::model::HotfixId;
use crate::model::LaneName;
use crate::model::StepId;
use crate::playbook::ConflictPolicy;
use crate::record::Entry;
use crate::record::Event;
use crate::record::Record;

use super::fault::Fault;
use super::fault::FaultKind;
use super::lane_names::find_lane;
use super::workspace::Workspace;
pub(super) use asked::picks_of_range;
use beginning::added;
use beginning::begun_with;
use beginning::only_on_record;
use beginning::opening;
use book::book;
pub(super) use book::book_of;
use book::only;
use book::recorded_policy;
pub use elsewhere::Elsewhere;
pub use elsewhere::InPart;
use newest::is_over;
use newest::over;
use standing::Standing;
use standing::waits_here;
use ways::ways;

/// The name under which such records say how they came about.
pub(super) const PLAYBOOK: &str = ALONE;
const STEP: &str = "backport";
/// The answer that keeps which lanes were asked for.
const INTO: &str = "into";
/// The answer that keeps what happens on a conflict.
const POLICY: &str = "policy";

/// What is to be carried where, in the words of the operator.
#[derive(Debug, Clone, Default)]
pub struct BackportWords {
    /// A commit, a merge, or a range `A..B`.
    pub rev: String,
    pub into: Vec<String>,
    /// A merge is picked commit by commit.
    pub is_per_commit: bool,
    /// What happens on a conflict; the project's own way if not said.
    pub policy: Option<ConflictPolicy>,
    /// Build again, under a new name, what was closed without a merge, or merged and is not there; begin another record
    /// where the one of an earlier run is closed.
    pub is_start_over: bool,
}

/// A backport that was planned, or the reasons why not.
pub struct BackportPlan {
    pub board: Board,
    pub planned: Result<Plan, Refusal>,
    /// Every lane has the commit or a change request for it: nothing is left to do here. Merging is never this
    /// command's: a job that runs again must not do more than the first time.
    pub is_settled: bool,
    /// What was asked for, by lane.
    pub targets: Vec<LaneName>,
    /// Lanes for which an open request of another record brings the same: a second one beside it would only confuse.
    pub elsewhere: BTreeMap<LaneName, Elsewhere>,
    /// Lanes for which open requests of other records bring a part of it: nothing is planned for them.
    pub in_part: BTreeMap<LaneName, InPart>,
    /// What can be done about lanes where it was merged and is not, or not as it was.
    pub ways: BTreeMap<LaneName, String>,
}

impl Workspace {
    /// Plans to carry commits into lanes. Nothing is changed.
    ///
    /// # Errors
    /// When a commit or a lane is not there, or the commits cannot be picked as they were named.
    pub async fn backport(&self, words: &BackportWords) -> Result<BackportPlan, Fault> {
        self.refresh().await?;
        let lanes = self.look_offline(None).await?;
        let mut targets = Vec::new();
        for name in &words.into {
            let lane = find_lane(&lanes, name)?;
            if !targets.contains(&lane) {
                targets.push(lane);
            }
        }
        let asked = self.asked(&lanes, words).await?;
        let (asked, found) = self.newest(asked, words.is_start_over).await?;
        let policy = words
            .policy
            .or_else(|| found.as_ref().and_then(recorded_policy));
        let book = book(&lanes.book.project, &targets, &lanes.book, policy)?;
        let others = self.elsewhere(&lanes, &book, &asked, &targets).await?;
        let own: Vec<LaneName> = targets
            .iter()
            .filter(|lane| !others.has(lane))
            .cloned()
            .collect();
        let (record, opening) = match found {
            Some(record) if record.snapshot.is_some() => (record, Vec::new()),
            Some(record) => {
                // A run died between the two events with which a record begins: the second one comes now.
                let mut rest = opening(&lanes, &asked, words, &own)?;
                rest.retain(|event| matches!(event, Event::SnapshotTaken { .. }));
                (self.imagined(&asked.id, record.entries, &rest)?, rest)
            }
            None => {
                let opening = opening(&lanes, &asked, words, &own)?;
                (self.imagined(&asked.id, Vec::new(), &opening)?, opening)
            }
        };
        let step: StepId = STEP.parse().expect("static id");
        let mut board = self.board_of(Some(record), book).await?;
        board.seen.prerequisites = self.prerequisites(&board, &step, None).await?;
        let record = board
            .record
            .as_ref()
            .ok_or_else(|| Fault::new(FaultKind::Internal, "the backport has no record"))?;
        let standing = Standing::of(&board, words, others);
        let ways = ways(&board, record, &step);
        let open: Vec<&LaneName> = targets
            .iter()
            .filter(|lane| standing.is_open(lane))
            .collect();
        let is_settled = open.is_empty() && standing.is_settled();
        let intent = Intent::Do {
            step,
            target: match &open[..] {
                [only] => Some((*only).clone()),
                [] if targets.len() == 1 => Some(targets[0].clone()),
                _several => None,
            },
            note: None,
            riders: None,
        };
        // What is begun is not planned again: nothing is said about a merge that is not made here.
        let to_plan = match &open[..] {
            [] => board.book.clone(),
            some => only(&board.book, some),
        };
        let in_part = standing.refused_in_part().filter(|_| open.is_empty());
        let planned = match (in_part, board.plan_by(&to_plan, &intent, record)) {
            // Nothing is put on record either for what others bring.
            (Some(refusal), Ok(_) | Err(_)) => Err(refusal),
            (None, Ok(plan)) => standing.left_to_do(begun_with(plan, opening)),
            (None, Err(refusal)) if is_over(&board, record) => Err(over(refusal)),
            (None, Err(refusal)) if waits_here(&board) => {
                let begin = if opening.is_empty() {
                    added(record, &own, words.policy)?
                } else {
                    opening
                };
                if begin.is_empty() {
                    Err(refusal)
                } else {
                    Ok(only_on_record(&board, intent, &asked, refusal, begin))
                }
            }
            (None, Err(refusal)) => Err(refusal),
        };
        Ok(BackportPlan {
            board,
            planned,
            is_settled,
            targets,
            elsewhere: standing.elsewhere,
            in_part: standing.in_part,
            ways,
        })
    }

    /// Folds events that are not appended yet after those that are, so that the plan can be made before anything is
    /// written.
    fn imagined(
        &self,
        id: &HotfixId,
        mut entries: Vec<Entry>,
        events: &[Event],
    ) -> Result<Record, Fault> {
        let story = self.story(id)?;
        for event in events {
            entries.push(story.entry(event.clone())?);
        }
        Ok(Record::fold(id.clone(), entries))
    }
}
