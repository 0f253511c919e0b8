//! From the team's lines to the project.

use crate::model::App;
use crate::model::ChangeFreeze;
use crate::model::CheckRule;
use crate::model::ChecklistItem;
use crate::model::Environment;
use crate::model::EvidenceRule;
use crate::model::Lane;
use crate::model::OVERRIDE_KIND;
use crate::model::OverrideRules;
use crate::model::Project;
use crate::model::RemoteName;
use crate::model::Role;
use crate::model::Roles;
use crate::playbook::At;
use crate::playbook::ItemSchema;
use crate::playbook::Mistake;

use super::consistency;
use super::consistency::known_name;
use super::team::Team;

/// Makes the project; mistakes go to `mistakes`, things to know to `warnings`.
pub(super) fn make(
    team: &Team,
    name: &str,
    mistakes: &mut Vec<Mistake>,
    warnings: &mut Vec<Mistake>,
) -> Project {
    consistency::check(team, mistakes, warnings);
    build(team, name, mistakes)
}

fn build(team: &Team, name: &str, mistakes: &mut Vec<Mistake>) -> Project {
    let lanes = team.lanes.iter().map(|lane| Lane {
        name: lane.name.value.clone(),
        branch: lane.branch.value.clone(),
        layer: lane.layer,
        merges_into: values(&lane.merges_into),
        environment: lane.environment.as_ref().map(|at| at.value.clone()),
        seats: values(&lane.seats),
        pattern: None,
    });
    let environments = team.environments.iter().map(|lines| Environment {
        name: lines.name.value.clone(),
        is_production: lines.is_production,
        seats: values(&lines.seats),
        job: lines.job.as_ref().map(|job| job.value.clone()),
        apps: values(&lines.apps),
        migrations: lines.migrations.as_ref().map(|at| at.value.clone()),
        hotfix_sandbox: lines.hotfix_sandbox.as_ref().map(|at| at.value.clone()),
        is_org: lines.is_org,
    });
    let roles = team.roles.iter().map(|(role, members)| {
        let ids = members.iter().map(|id| id.value.trim().to_lowercase());
        (role.value.clone(), ids.collect())
    });
    let checks = team.checks.iter().map(|check| CheckRule {
        name: check.name.value.clone(),
        command: check.command.as_ref().map(|at| at.value.clone()),
        is_required: check.is_required,
        lanes: values(&check.lanes),
        timeout: check.timeout,
    });
    let apps = team.apps.iter().map(|app| App {
        name: app.name.value.clone(),
        deploy: app
            .deploy
            .as_ref()
            .map(|at| at.value.clone())
            .unwrap_or_default(),
        health: app.health.as_ref().map(|lines| lines.health.clone()),
    });
    let freezes = team.freezes.iter().map(|lines| ChangeFreeze {
        name: lines.name.value.clone(),
        lanes: values(&lines.lanes),
        from: lines.from.value,
        until: lines.until.value,
    });
    let items = team.checklist.iter();
    Project {
        name: name.to_owned(),
        lanes: lanes.collect(),
        environments: environments.collect(),
        roles: Roles(roles.collect()),
        checks: checks.collect(),
        apps: apps.collect(),
        checklist: items
            .filter_map(|item| checklist_item(item, team, mistakes))
            .collect(),
        freezes: freezes.collect(),
        remote: RemoteName::default(),
        overrides: OverrideRules {
            // A kind that is none is told among the mistakes.
            must_be_signed: team
                .required_signatures
                .iter()
                .any(|kind| kind.value == OVERRIDE_KIND),
            cosigns_takeover: team.cosign_takeover.as_ref().is_some_and(|at| at.value),
            // Known where the forge is found out, by the remote's URL.
            by_account: false,
        },
    }
}

fn values<T: Clone>(list: &[At<T>]) -> Vec<T> {
    list.iter().map(|at| at.value.clone()).collect()
}

fn checklist_item(
    item: &ItemSchema,
    team: &Team,
    mistakes: &mut Vec<Mistake>,
) -> Option<ChecklistItem> {
    let id = match item.id.value.parse() {
        Ok(id) => Some(id),
        Err(error) => {
            let error: crate::model::IdError = error;
            mistakes.push(item.id.mistake(&error.to_string(), None));
            None
        }
    };
    let evidence = match &item.evidence {
        None => None,
        Some(text) => match text.value.parse::<EvidenceRule>() {
            Ok(rule) => {
                if let EvidenceRule::Seat(role) = &rule {
                    let role: At<Role> = text.clone().map(|_| role.clone());
                    let known = team.roles.iter().map(|(role, _)| role);
                    known_name(&role, known, "role", mistakes);
                }
                Some(rule)
            }
            Err(error) => {
                mistakes.push(text.mistake(&error, None));
                return None;
            }
        },
    };
    Some(ChecklistItem {
        id: id?,
        text: item.text.clone(),
        phase: item.phase,
        evidence,
    })
}
