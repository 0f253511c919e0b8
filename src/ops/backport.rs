//! The backport engine on its own: `lanekeeper backport REV --into LANE`, for a CI job or a fix that no hotfix tracks.
//!
//! Each commit has one record, `backport-<sha>`, so that a second run finds what the first one did and writes nothing.

use std::collections::BTreeSet;

use crate::engine::Board;
use crate::engine::Call;
use crate::engine::Change;
use crate::engine::Intent;
use crate::engine::Plan;
use crate::engine::Refusal;
use crate::engine::plan;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::HotfixId;
use crate::model::LaneName;
use crate::model::MergeMethod;
use crate::model::Project;
use crate::model::StepId;
use crate::playbook::Carry;
use crate::playbook::CarryKind;
use crate::playbook::ConflictPolicy;
use crate::playbook::Playbook;
use crate::playbook::Step;
use crate::playbook::Strategy;
use crate::playbook::Work;
use crate::record::Answer;
use crate::record::Event;
use crate::record::Record;

use super::fault::Fault;
use super::fault::FaultKind;
use super::start::find_lane;
use super::workspace::Workspace;

/// The name under which such records say how they came about.
pub(super) const PLAYBOOK: &str = "backport";
const STEP: &str = "backport";
/// The answer that keeps which lanes were asked for.
const INTO: &str = "into";

/// A backport that was planned, or the reasons why not.
pub struct BackportPlan {
    pub board: Board,
    pub planned: Result<Plan, Refusal>,
    /// Every lane has the commit or a change request for it: nothing is left to do here. Merging is never this
    /// command's: a job that runs again must not do more than the first time.
    pub is_settled: bool,
}

impl Workspace {
    /// Plans to carry `rev` into lanes. Nothing is changed.
    ///
    /// # Errors
    /// When the commit or a lane is not there, or the commit is a merge of more than two.
    pub async fn backport(&self, rev: &str, into: &[String]) -> Result<BackportPlan, Fault> {
        self.refresh().await?;
        let lanes = self.board(None, None).await?;
        let targets = into
            .iter()
            .map(|name| find_lane(&lanes, name))
            .collect::<Result<Vec<LaneName>, Fault>>()?;
        let found = self.resolve(rev).await?;
        let commit = self.git(move |repo| repo.commit(&found)).await?;
        let base = first_parent(&commit)?;
        let id = record_id(&commit.id);
        let mut record = self
            .records()
            .await?
            .into_iter()
            .find(|record| record.hotfix == id);
        let opening = if record.is_none() {
            self.opening(&lanes, &commit, &base, &targets)?
        } else {
            Vec::new()
        };
        if record.is_none() {
            record = Some(self.imagined(&id, &opening)?);
        }
        let book = book(&lanes.book.project, &targets, &lanes.book.base)?;
        let board = self.board_of(record, book).await?;
        let step: StepId = STEP.parse().expect("static id");
        let target = (targets.len() == 1).then(|| targets[0].clone());
        let intent = Intent::Do {
            step,
            target,
            note: None,
            riders: None,
        };
        let record = board
            .record
            .as_ref()
            .ok_or_else(|| Fault::new(FaultKind::Internal, "the backport has no record"))?;
        let planned =
            plan(&intent, &board.book, record, &board.seen).map(|plan| begun_with(plan, opening));
        let begun = begun(&board);
        let planned = planned.map(|plan| without(plan, &begun));
        let is_settled = targets.iter().all(|target| begun.contains(target));
        Ok(BackportPlan {
            board,
            planned,
            is_settled,
        })
    }

    /// The events with which the record of this backport begins.
    fn opening(
        &self,
        board: &Board,
        commit: &Commit,
        base: &CommitId,
        targets: &[LaneName],
    ) -> Result<Vec<Event>, Fault> {
        let names: Vec<&str> = targets.iter().map(LaneName::as_str).collect();
        let branch = format!("backport-of/{}", commit.id.short());
        Ok(vec![
            Event::Opened {
                title: commit.subject(),
                branch: branch.parse().map_err(|error| {
                    Fault::caused(FaultKind::Internal, "cannot name the backport", &error)
                })?,
                base: board.book.base.clone(),
                base_tip: base.clone(),
                playbook: PLAYBOOK.to_owned(),
                answers: vec![Answer {
                    question: INTO.parse().expect("static id"),
                    text: names.join(","),
                }],
                commits: vec![commit.id.clone()],
            },
            Event::SnapshotTaken {
                head: commit.id.clone(),
                base: base.clone(),
                commits: vec![commit.id.clone()],
            },
        ])
    }

    /// Folds events that are not appended yet, so that the plan can be made before anything is written.
    fn imagined(&self, id: &HotfixId, events: &[Event]) -> Result<Record, Fault> {
        let story = self.story(id)?;
        let entries = events
            .iter()
            .map(|event| story.entry(event.clone()))
            .collect::<Result<Vec<_>, Fault>>()?;
        Ok(Record::fold(id.clone(), entries))
    }
}

/// Returns the lanes that need nothing more from this command: they have a change request, or the commit itself.
fn begun(board: &Board) -> BTreeSet<LaneName> {
    let steps = board.progress.iter().flat_map(|progress| &progress.steps);
    steps
        .flat_map(|step| &step.targets)
        .filter(|target| target.request.is_some() || target.state.is_over())
        .map(|target| target.lane.clone())
        .collect()
}

/// Returns the plan without what carries begun targets on: their merge is a person's decision.
fn without(mut plan: Plan, begun: &BTreeSet<LaneName>) -> Plan {
    plan.changes.retain(|change| {
        let target = change.target.as_ref();
        target.is_none_or(|target| !begun.contains(target))
    });
    plan.rehashed()
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

fn first_parent(commit: &Commit) -> Result<CommitId, Fault> {
    match &commit.parents[..] {
        [only] | [only, _] => Ok(only.clone()),
        [] => Err(Fault::new(
            FaultKind::User,
            format!(
                "{} has no parent: there is nothing to compare it with",
                commit.id.short()
            ),
        )),
        [_, _, _, ..] => Err(Fault::new(
            FaultKind::User,
            format!("{} merges more than two branches", commit.id.short()),
        )
        .hint("Name the commits one by one instead.")),
    }
}

fn record_id(commit: &CommitId) -> HotfixId {
    format!("backport-{}", &commit.as_str()[..12])
        .parse()
        .expect("hex digits are allowed in an id")
}

/// The one-step playbook of such a record, for the lanes that were asked for.
pub(super) fn book_of(
    record: &Record,
    project: &Project,
    base: &LaneName,
) -> Result<Playbook, Fault> {
    let opening = record.opening.as_ref();
    let into = opening.and_then(|opening| {
        opening
            .answers
            .iter()
            .find(|answer| answer.question.as_str() == INTO)
    });
    let mut targets: Vec<LaneName> = into
        .map(|answer| {
            answer
                .text
                .split(',')
                .filter_map(|name| name.parse().ok())
                .collect()
        })
        .unwrap_or_default();
    // Another run may have carried it into more lanes than the first one named.
    for (_, lane) in record.built.keys() {
        if !targets.contains(lane) {
            targets.push(lane.clone());
        }
    }
    book(project, &targets, base)
}

fn book(project: &Project, targets: &[LaneName], base: &LaneName) -> Result<Playbook, Fault> {
    let production = project
        .production()
        .map_or_else(|| base.clone(), |lane| lane.name.clone());
    Ok(Playbook {
        id: PLAYBOOK.to_owned(),
        title: "Backport of one commit".to_owned(),
        project: project.clone(),
        base: base.clone(),
        branch: "backport-of/{id}".to_owned(),
        questions: Vec::new(),
        steps: vec![Step {
            id: STEP.parse().map_err(|error| {
                Fault::caused(FaultKind::Internal, "cannot name the step", &error)
            })?,
            title: "Backport".to_owned(),
            after: Vec::new(),
            is_automatic: false,
            work: Work::Carry(Carry {
                kind: CarryKind::Backport,
                strategy: Strategy::Pick,
                source: production,
                targets: targets.to_vec(),
                method: MergeMethod::Merge,
                branch: "backport/{target}-{sha7}".to_owned(),
                labels: vec!["backport".to_owned(), "auto-backport".to_owned()],
                conflict_labels: vec!["backport".to_owned(), "conflicts".to_owned()],
                conflict: ConflictPolicy::DraftWithMarkers,
            }),
        }],
        checklist: Vec::new(),
    })
}
