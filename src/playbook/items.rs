//! Resolves the checklist: the playbook's items, then the team's; an item about a step or seat that this
//! project does not have is left out.

use crate::model::ChecklistItem;
use crate::model::EvidenceRule;
use crate::model::ItemId;
use crate::model::Layer;
use crate::model::Project;
use crate::model::Role;
use crate::model::StepId;

use super::book::Step;
use super::mistake::Mistake;
use super::mistake::suggest;
use super::page::At;
use super::schema::ItemSchema;
use super::schema::Schema;

/// Returns the checklist, and what is wrong with the playbook's items.
pub(super) fn resolve(
    schema: &Schema,
    project: &Project,
    steps: &[Step],
) -> (Vec<ChecklistItem>, Vec<Mistake>) {
    let mut items: Vec<ChecklistItem> = Vec::new();
    let mut mistakes = Vec::new();
    let seats = production_seats(project);
    for written in &schema.checklist {
        for (item, place) in expand(written, &seats, &mut mistakes) {
            if items.iter().any(|other| other.id == item.id) {
                let what = format!("there is another item `{}`", item.id);
                mistakes.push(place.mistake(&what, None));
            }
            mistakes.extend(wrong_step(schema, written, item.evidence.as_ref()));
            if applies(&item, project, steps, &seats) {
                items.push(item);
            }
        }
    }
    for item in &project.checklist {
        let is_needed = applies(item, project, steps, &seats);
        match items.iter_mut().find(|other| other.id == item.id) {
            Some(other) if is_needed => *other = item.clone(),
            None if is_needed => items.push(item.clone()),
            Some(_) | None => {}
        }
    }
    (items, mistakes)
}

/// Returns the roles that must say yes before production changes, each once.
fn production_seats(project: &Project) -> Vec<Role> {
    let lane = project.production();
    let of_environment = lane
        .and_then(|lane| project.environment_of(&lane.name))
        .map(|environment| environment.seats.as_slice());
    let of_lane = lane.map(|lane| lane.seats.as_slice());
    let mut seats: Vec<Role> = Vec::new();
    for role in of_environment.into_iter().chain(of_lane).flatten() {
        if !seats.contains(role) {
            seats.push(role.clone());
        }
    }
    seats
}

/// Returns the items that one written item makes: several if it is about each `{role}`.
fn expand<'w>(
    written: &'w ItemSchema,
    seats: &[Role],
    mistakes: &mut Vec<Mistake>,
) -> Vec<(ChecklistItem, &'w At<String>)> {
    let is_per_role = written.id.value.contains("{role}");
    let fillings: Vec<&str> = if is_per_role {
        seats.iter().map(Role::as_str).collect()
    } else {
        vec![""]
    };
    let mut items = Vec::new();
    for role in fillings {
        let fill = |text: &str| text.replace("{role}", role);
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let word: String = role
            .chars()
            .map(|c| if fits(c) { c } else { '-' })
            .collect();
        let id = match written.id.value.replace("{role}", &word).parse::<ItemId>() {
            Ok(id) => id,
            Err(error) => {
                mistakes.push(written.id.mistake(&error.to_string(), None));
                continue;
            }
        };
        let evidence = match &written.evidence {
            None => None,
            Some(text) => match fill(&text.value).parse::<EvidenceRule>() {
                Ok(rule) => Some(rule),
                Err(error) => {
                    mistakes.push(text.mistake(&error, None));
                    continue;
                }
            },
        };
        let item = ChecklistItem {
            id,
            text: fill(&written.text),
            phase: written.phase,
            evidence,
        };
        items.push((item, &written.id));
    }
    items
}

/// Tells whether the fact can come true in this project.
fn applies(item: &ChecklistItem, project: &Project, steps: &[Step], seats: &[Role]) -> bool {
    match &item.evidence {
        None => true,
        Some(
            EvidenceRule::Step(id)
            | EvidenceRule::Opened(id)
            | EvidenceRule::Resolved(id)
            | EvidenceRule::Merged(id),
        ) => steps.iter().any(|step| &step.id == id),
        Some(EvidenceRule::Seat(role)) => seats.contains(role),
        Some(EvidenceRule::PresentInBuild) => {
            project.lanes.iter().any(|lane| lane.layer == Layer::Build)
        }
        Some(EvidenceRule::PromotionsClean) => !project.edges().is_empty(),
    }
}

/// Returns the mistake of a fact about a step that the playbook never has, or that never is so.
fn wrong_step(
    schema: &Schema,
    written: &ItemSchema,
    evidence: Option<&EvidenceRule>,
) -> Option<Mistake> {
    let place = written.evidence.as_ref()?;
    let (id, must_carry, may_change) = match evidence? {
        EvidenceRule::Step(id) => (id, false, true),
        EvidenceRule::Opened(id) | EvidenceRule::Resolved(id) => (id, true, false),
        EvidenceRule::Merged(id) => (id, true, true),
        EvidenceRule::Seat(_) | EvidenceRule::PresentInBuild | EvidenceRule::PromotionsClean => {
            return None;
        }
    };
    let Some(step) = schema.steps.iter().find(|step| &step.id.value == id) else {
        let known = schema.steps.iter().map(|step| step.id.value.as_str());
        let what = format!("there is no step `{id}`");
        return Some(place.mistake(&what, suggest(id.as_str(), known)));
    };
    let is_so = match step.kind.value.as_str() {
        "retrofit" | "backport" | "sync" => true,
        "change" => may_change,
        _other => !must_carry,
    };
    (!is_so).then(|| {
        let what = format!("step `{id}` carries the fix into no other lane");
        place.mistake(&what, Some(format!("use `step:{id}`")))
    })
}

/// Returns the step that a fact is about.
pub fn step_of(rule: &EvidenceRule) -> Option<&StepId> {
    match rule {
        EvidenceRule::Step(id)
        | EvidenceRule::Opened(id)
        | EvidenceRule::Resolved(id)
        | EvidenceRule::Merged(id) => Some(id),
        EvidenceRule::Seat(_) | EvidenceRule::PresentInBuild | EvidenceRule::PromotionsClean => {
            None
        }
    }
}
