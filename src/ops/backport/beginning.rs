//! How the record of a backport begins, and what puts it there: what is carried alone has no start of its own.

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
use crate::model::CommitId;
use crate::model::LaneName;
use crate::model::StepId;
use crate::playbook::ConflictPolicy;
use crate::record::Answer;
use crate::record::Event;
use crate::record::Record;

use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::BackportWords;
use super::INTO;
use super::PLAYBOOK;
use super::POLICY;
use super::STEP;
use super::asked::Asked;
use super::book::targets_on;

/// The events with which the record of a backport begins.
pub(super) fn opening(
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
pub(super) fn added(
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

/// Returns a plan that only begins the record: without it nobody could find what is to be resolved.
pub(super) fn only_on_record(
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
        next: None,
        known: BTreeSet::new(),
        hash: String::new(),
    };
    begun_with(plan, opening)
}

/// Returns the plan with the record's beginning before its first call.
pub(super) fn begun_with(mut plan: Plan, opening: Vec<Event>) -> Plan {
    let begin = opening.into_iter().map(|event| Change {
        call: Call::Record { event },
        expects: Vec::new(),
        step: None,
        target: None,
    });
    plan.changes.splice(0..0, begin);
    plan.rehashed()
}
