//! The backport engine on its own: `lanekeeper backport REV --into LANE`, for a CI job or a fix that no hotfix tracks.
//!
//! What is carried has one record, `backport-<sha>`, so that a second run finds what the first one did and writes
//! nothing.

mod asked;
mod book;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::engine::Board;
use crate::engine::Call;
use crate::engine::Change;
use crate::engine::Fact;
use crate::engine::FactState;
use crate::engine::Intent;
use crate::engine::Level;
use crate::engine::Plan;
use crate::engine::Refusal;
use crate::engine::TargetProgress;
use crate::engine::closed;
use crate::engine::plan;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::HotfixId;
use crate::model::LaneName;
use crate::model::RequestId;
use crate::model::StepId;
use crate::playbook::ConflictPolicy;
use crate::playbook::Work;
use crate::record::Answer;
use crate::record::Entry;
use crate::record::Event;
use crate::record::Record;

use super::fault::Fault;
use super::fault::FaultKind;
use super::start::find_lane;
use super::workspace::Workspace;
use asked::Asked;
pub(super) use asked::picks_of_range;
use book::book;
pub(super) use book::book_of;
use book::recorded_policy;
use book::targets_on;

/// The name under which such records say how they came about.
pub(super) const PLAYBOOK: &str = "backport";
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
    /// Build again, under a new name, what was closed without a merge.
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
}

impl Workspace {
    /// Plans to carry commits into lanes. Nothing is changed.
    ///
    /// # Errors
    /// When a commit or a lane is not there, or the commits cannot be picked as they were named.
    pub async fn backport(&self, words: &BackportWords) -> Result<BackportPlan, Fault> {
        self.refresh().await?;
        let lanes = self.board(None, None).await?;
        let mut targets = Vec::new();
        for name in &words.into {
            let lane = find_lane(&lanes, name)?;
            if !targets.contains(&lane) {
                targets.push(lane);
            }
        }
        let asked = self.asked(&lanes, words).await?;
        let record = self
            .records()
            .await?
            .into_iter()
            .find(|record| record.hotfix == asked.id);
        // One that was closed and archived is as closed as before.
        let record = match record {
            Some(record) => Some(record),
            None => self.archived(&asked.id).await?,
        };
        let (record, opening) = match record {
            Some(record) if record.snapshot.is_some() => (record, Vec::new()),
            Some(record) => {
                // A run died between the two events with which a record begins: the second one comes now.
                let mut rest = opening(&lanes, &asked, words, &targets)?;
                rest.retain(|event| matches!(event, Event::SnapshotTaken { .. }));
                (self.imagined(&asked.id, record.entries, &rest)?, rest)
            }
            None => {
                let opening = opening(&lanes, &asked, words, &targets)?;
                (self.imagined(&asked.id, Vec::new(), &opening)?, opening)
            }
        };
        let policy = words.policy.or_else(|| recorded_policy(&record));
        let book = book(&lanes.book.project, &targets, &lanes.book, policy)?;
        let board = self.board_of(Some(record), book).await?;
        let record = board
            .record
            .as_ref()
            .ok_or_else(|| Fault::new(FaultKind::Internal, "the backport has no record"))?;
        let step: StepId = STEP.parse().expect("static id");
        let begun = begun(&board);
        let held = if words.is_start_over {
            BTreeMap::new()
        } else {
            let progress = board.progress.as_ref();
            progress.map_or_else(BTreeMap::new, |progress| closed(progress, &board.seen))
        };
        let open: Vec<&LaneName> = targets
            .iter()
            .filter(|lane| !begun.contains(*lane) && !held.contains_key(*lane))
            .collect();
        let is_settled = open.is_empty() && held.is_empty();
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
        let planned = match plan(&intent, &board.book, record, &board.seen) {
            Ok(plan) => left_to_do(without(begun_with(plan, opening), &begun, &held), &held),
            Err(refusal) if waits_here(&board) => {
                let begin = if opening.is_empty() {
                    added(record, &targets, words.policy)?
                } else {
                    opening
                };
                if begin.is_empty() {
                    Err(refusal)
                } else {
                    Ok(only_on_record(&board, intent, &asked, refusal, begin))
                }
            }
            Err(refusal) => Err(refusal),
        };
        Ok(BackportPlan {
            board,
            planned,
            is_settled,
            targets,
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

/// The events with which the record of a backport begins.
fn opening(
    board: &Board,
    asked: &Asked,
    words: &BackportWords,
    targets: &[LaneName],
) -> Result<Vec<Event>, Fault> {
    let names: Vec<&str> = targets.iter().map(LaneName::as_str).collect();
    let branch = format!("backport-of/{}", asked.head.short());
    let commits: Vec<CommitId> = asked.commits.iter().map(|one| one.id.clone()).collect();
    let mut answers = vec![Answer {
        question: INTO.parse().expect("static id"),
        text: names.join(","),
    }];
    answers.extend(words.policy.map(|policy| Answer {
        question: POLICY.parse().expect("static id"),
        text: policy.word().to_owned(),
    }));
    Ok(vec![
        Event::Opened {
            title: asked.title.clone(),
            branch: branch.parse().map_err(|error| {
                Fault::caused(FaultKind::Internal, "cannot name the backport", &error)
            })?,
            base: board.book.base.clone(),
            base_tip: asked.base.clone(),
            playbook: PLAYBOOK.to_owned(),
            answers,
            commits: commits.clone(),
        },
        Event::SnapshotTaken {
            head: asked.head.clone(),
            base: asked.base.clone(),
            commits,
        },
    ])
}

/// Returns what puts targets on record that an earlier run did not name: without it nobody could resolve them.
fn added(
    record: &Record,
    targets: &[LaneName],
    policy: Option<ConflictPolicy>,
) -> Result<Vec<Event>, Fault> {
    let known = targets_on(record);
    let step: StepId = STEP
        .parse()
        .map_err(|error| Fault::caused(FaultKind::Internal, "cannot name the step", &error))?;
    let new = targets.iter().filter(|lane| !known.contains(lane));
    let event = |lane: &LaneName| Event::TargetAdded {
        step: step.clone(),
        target: lane.clone(),
        policy: policy.map(|policy| policy.word().to_owned()),
    };
    Ok(new.map(event).collect())
}

fn targets_of(board: &Board) -> impl Iterator<Item = &TargetProgress> {
    let steps = board.progress.iter().flat_map(|progress| &progress.steps);
    steps.flat_map(|step| &step.targets)
}

/// Returns the lanes that need nothing more from this command: they have a change request, or the commit itself.
fn begun(board: &Board) -> BTreeSet<LaneName> {
    targets_of(board)
        .filter(|target| {
            target.state.is_over()
                || target
                    .request
                    .and_then(|id| board.seen.request(id))
                    .is_some_and(|request| {
                        request.is_open()
                            || request.merged().is_some() && is_into(board, request, target)
                    })
        })
        .map(|target| target.lane.clone())
        .collect()
}

/// Tells whether a request goes into the target itself, not between two branches on which its conflict is resolved.
fn is_into(board: &Board, request: &ChangeRequest, target: &TargetProgress) -> bool {
    let lane = board.book.project.lane(&target.lane);
    lane.and_then(crate::model::Lane::branch_name).as_ref() == Some(&request.into)
}

/// Tells whether a target waits for somebody to resolve it on this machine.
fn waits_here(board: &Board) -> bool {
    let is_local = board.book.steps.iter().any(
        |step| matches!(&step.work, Work::Carry(carry) if carry.conflict == ConflictPolicy::Local),
    );
    is_local && targets_of(board).any(TargetProgress::waits_here)
}

/// Returns a plan that only begins the record: without it nobody could find what is to be resolved.
fn only_on_record(
    board: &Board,
    intent: Intent,
    asked: &Asked,
    refusal: Refusal,
    opening: Vec<Event>,
) -> Plan {
    let reasons = refusal.reasons.into_iter().chain(refusal.hint);
    let plan = Plan {
        hotfix: asked.id.clone(),
        intent,
        step: None,
        target: None,
        title: "put the backport on record; it waits for a local resolution".to_owned(),
        // Shown before it is done: what it says is why nothing else is done.
        level: Level::L2,
        environment: None,
        changes: Vec::new(),
        facts: reasons
            .map(|text| Fact {
                state: FactState::Warn,
                text,
            })
            .collect(),
        will_change: Vec::new(),
        will_not_change: vec!["branches, change requests, environments".to_owned()],
        way_back: "the record is append-only: `lanekeeper abandon` gives a target up".to_owned(),
        made_at: board.seen.now,
        since_boot: board.seen.since_boot,
        lasts: Plan::LASTS,
        settles: None,
        known: BTreeSet::new(),
        hash: String::new(),
    };
    begun_with(plan, opening)
}

/// Returns the plan without what carries begun targets on: their merge is a person's decision.
fn without(
    mut plan: Plan,
    begun: &BTreeSet<LaneName>,
    held: &BTreeMap<LaneName, RequestId>,
) -> Plan {
    plan.changes.retain(|change| {
        let target = change.target.as_ref();
        target.is_none_or(|target| !begun.contains(target) && !held.contains_key(target))
    });
    plan.facts.extend(held.iter().map(|(lane, request)| Fact {
        state: FactState::Warn,
        text: held_words(lane, *request),
    }));
    plan.rehashed()
}

/// Refuses a plan in which nothing is left.
fn left_to_do(plan: Plan, held: &BTreeMap<LaneName, RequestId>) -> Result<Plan, Refusal> {
    let is_empty = plan.changes.iter().all(|change| change.target.is_none());
    if held.is_empty() || !is_empty {
        return Ok(plan);
    }
    Err(Refusal {
        wanted: plan.title,
        reasons: held
            .iter()
            .map(|(lane, request)| held_words(lane, *request))
            .collect(),
        hint: Some("--start-over builds it again under a new name".to_owned()),
    })
}

fn held_words(lane: &LaneName, request: RequestId) -> String {
    format!("{lane}: change request {request} was closed without a merge")
}

/// Returns the plan with the record's beginning before its first call.
fn begun_with(mut plan: Plan, opening: Vec<Event>) -> Plan {
    let begin = opening.into_iter().map(|event| Change {
        call: Call::Record { event },
        expects: Vec::new(),
        step: None,
        target: None,
    });
    plan.changes.splice(0..0, begin);
    plan.rehashed()
}
