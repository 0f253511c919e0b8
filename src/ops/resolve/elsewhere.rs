//! What was decided for other targets of the same hotfix, on whatever machine: the record names the commits that resolved
//! them, and git has what each conflict was and what became of it.

use crate::engine::Board;
use crate::engine::resolve::Memory;
use crate::engine::resolve::Session;
use crate::engine::resolve::Subject;
use crate::git::Conflicted;
use crate::model::CommitId;
use crate::model::LaneName;
use crate::model::StepId;
use crate::record::Event;
use crate::record::Record;

use super::super::workspace::Workspace;
use super::subject::carried;
use super::subject::carry;

impl Workspace {
    /// Returns what the resolutions of other targets say, to be offered. One that cannot be read says nothing.
    pub(super) async fn decided_elsewhere(&self, board: &Board, subject: &Subject) -> Memory {
        let mut memory = Memory::default();
        for (other, conflicted) in others(board, subject) {
            let head = other.head.clone();
            let read = self
                .git(move |repo| {
                    let scene = repo.conflict_scene(&conflicted, &[])?;
                    let became = scene.files.iter();
                    let became = became.map(|file| repo.standing_at(&head, &file.path));
                    let became = became.collect::<Result<Vec<_>, _>>()?;
                    Ok((scene, became))
                })
                .await;
            match read {
                Ok((scene, became)) => {
                    let mut session = Session::new(other, scene);
                    for (work, became) in session.files.iter_mut().zip(&became) {
                        work.read_back(became.as_ref());
                    }
                    memory.learn(&session);
                }
                Err(fault) => {
                    tracing::debug!(%fault, lane = %other.target, "its resolution could not be read");
                }
            }
        }
        memory
    }
}

/// Returns the other targets of which paths were decided, with the conflicts as they were built.
fn others(board: &Board, subject: &Subject) -> Vec<(Subject, Conflicted)> {
    let Some(record) = &board.record else {
        return Vec::new();
    };
    let other = record.decided.keys().filter_map(|key| {
        let (step, lane) = key;
        if step == &subject.step && lane == &subject.target {
            return None;
        }
        let built = record.built.get(key)?;
        let (carried, _) = carried(carry(board, step)?, &built.picks, lane).ok()?;
        let other = Subject {
            step: step.clone(),
            target: lane.clone(),
            branch: built.branch.clone(),
            head: decided_at(record, key)?.clone(),
            onto: built.onto.clone(),
            tip: built.onto.clone(),
            ..subject.clone()
        };
        let conflicted = Conflicted {
            onto: built.onto.clone(),
            carried,
            head: built.head.clone(),
            is_ours: true,
            open: built.conflicts.clone(),
        };
        Some((other, conflicted))
    });
    other.collect()
}

/// Returns the head at which paths of a target were decided last; none where its branch was built anew since, for a later
/// part of the fix: those decisions were about other conflicts.
fn decided_at<'a>(record: &'a Record, key: &(StepId, LaneName)) -> Option<&'a CommitId> {
    for entry in record.entries.iter().rev() {
        if let Some(Event::ConflictDecided {
            step, target, head, ..
        }) = &entry.event
            && (step, target) == (&key.0, &key.1)
        {
            return Some(head);
        }
        if let Some(Event::TargetBuilt { step, target, .. }) = &entry.event
            && (step, target) == (&key.0, &key.1)
        {
            return None;
        }
    }
    None
}
