//! The playbook behind a backport alone: one step, with the team's own labels, names and policy.

use crate::model::LaneName;
use crate::model::MergeMethod;
use crate::model::Project;
use crate::playbook::Carry;
use crate::playbook::CarryKind;
use crate::playbook::ConflictPolicy;
use crate::playbook::PickUnit;
use crate::playbook::Playbook;
use crate::playbook::Step;
use crate::playbook::Strategy;
use crate::playbook::Work;
use crate::record::Record;

use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::INTO;
use super::PLAYBOOK;
use super::POLICY;
use super::STEP;

/// The one-step playbook of such a record, for the lanes that were asked for.
pub(in crate::ops) fn book_of(
    record: &Record,
    project: &Project,
    usual: &Playbook,
) -> Result<Playbook, Fault> {
    book(project, &targets_on(record), usual, recorded_policy(record))
}

/// Returns the lanes that the first run named, and those that others carried it into, or will.
pub(super) fn targets_on(record: &Record) -> Vec<LaneName> {
    let named = answer(record, INTO).unwrap_or_default().split(',');
    let mut targets: Vec<LaneName> = named.filter_map(|name| name.parse().ok()).collect();
    let later = record.added.iter().map(|(_, lane, _)| lane);
    for lane in later.chain(record.built.keys().map(|(_, lane)| lane)) {
        if !targets.contains(lane) {
            targets.push(lane.clone());
        }
    }
    targets
}

fn answer<'a>(record: &'a Record, question: &str) -> Option<&'a str> {
    let answers = &record.opening.as_ref()?.answers;
    let answer = answers
        .iter()
        .find(|answer| answer.question.as_str() == question)?;
    Some(&answer.text)
}

pub(super) fn recorded_policy(record: &Record) -> Option<ConflictPolicy> {
    let later = record.added.iter().rev();
    let later = later.filter_map(|(_, _, policy)| policy.as_deref()).next();
    ConflictPolicy::of_word(later.or_else(|| answer(record, POLICY))?)
}

pub(super) fn book(
    project: &Project,
    targets: &[LaneName],
    usual: &Playbook,
    policy: Option<ConflictPolicy>,
) -> Result<Playbook, Fault> {
    let production = project
        .production()
        .map_or_else(|| usual.base.clone(), |lane| lane.name.clone());
    let mut carry = Carry {
        kind: CarryKind::Backport,
        strategy: Strategy::Pick,
        source: production,
        targets: targets.to_vec(),
        method: MergeMethod::Merge,
        branch: "backport/{target}-{sha7}".to_owned(),
        labels: vec!["backport".to_owned(), "auto-backport".to_owned()],
        conflict_labels: vec!["backport".to_owned(), "conflicts".to_owned()],
        conflict: ConflictPolicy::DraftWithMarkers,
        unit: PickUnit::Whole,
        exclude_labels: Vec::new(),
        ignore_markers: Vec::new(),
        auto_merge: Vec::new(),
    };
    if let Some(own) = own_backport(usual) {
        carry.method = own.method;
        carry.labels.clone_from(&own.labels);
        carry.conflict_labels.clone_from(&own.conflict_labels);
        carry.exclude_labels.clone_from(&own.exclude_labels);
        carry.conflict = own.conflict;
        carry.ignore_markers.clone_from(&own.ignore_markers);
        if !own.branch.contains("{slug}") {
            carry.branch.clone_from(&own.branch);
        }
    }
    carry.conflict = policy.unwrap_or(carry.conflict);
    Ok(Playbook {
        id: PLAYBOOK.to_owned(),
        title: "Backport of commits".to_owned(),
        project: project.clone(),
        base: usual.base.clone(),
        branch: "backport-of/{id}".to_owned(),
        questions: Vec::new(),
        steps: vec![Step {
            id: STEP.parse().map_err(|error| {
                Fault::caused(FaultKind::Internal, "cannot name the step", &error)
            })?,
            title: "Backport".to_owned(),
            after: Vec::new(),
            is_automatic: false,
            work: Work::Carry(carry),
        }],
        checklist: Vec::new(),
    })
}

/// Returns the playbook for some of its lanes: a plan by it does nothing about the others, and says nothing of them.
pub(super) fn only(book: &Playbook, lanes: &[&LaneName]) -> Playbook {
    let mut book = book.clone();
    for step in &mut book.steps {
        if let Work::Carry(carry) = &mut step.work {
            carry.targets.retain(|lane| lanes.contains(&lane));
        }
    }
    book
}

/// Returns the project's own backport step: labels, names and the policy are the team's, wherever they are used.
fn own_backport(usual: &Playbook) -> Option<&Carry> {
    usual.steps.iter().find_map(|step| match &step.work {
        Work::Carry(carry) if carry.kind == CarryKind::Backport => Some(carry),
        Work::Carry(_)
        | Work::Commits { .. }
        | Work::Change(_)
        | Work::Deploy { .. }
        | Work::Compare { .. }
        | Work::Seed { .. }
        | Work::Migration { .. }
        | Work::Confirm { .. }
        | Work::Postmortem => None,
    })
}
