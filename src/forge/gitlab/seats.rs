//! From GitLab's approval rules to seats. A rule names a group, a user or an access level; a seat is a role of the
//! team's file. A rule that no role is named like becomes a seat of its own name, which GitLab alone fills.

use crate::model::Approval;
use crate::model::CommitId;
use crate::model::Decision;
use crate::model::EnvironmentName;
use crate::model::Project;
use crate::model::Role;
use crate::model::Timestamp;
use crate::model::Untrusted;

use super::wire;
use super::wire::DeploymentApproval;
use super::wire::DeploymentDetail;
use super::wire::Rule;
use super::words;

/// Returns the role that a rule stands for.
pub(super) fn role_of(rule: &Rule, environment: &EnvironmentName, project: &Project) -> Role {
    let name = rule.access_level_description.as_str();
    let of_environment = project
        .environment(environment)
        .map_or(&[][..], |one| &one.seats);
    let configured = of_environment.iter().chain(project.roles.0.keys());
    let known = configured
        .into_iter()
        .find(|role| words::is_same_role(role.as_str(), name));
    known
        .cloned()
        .or_else(|| words::slug(name).parse().ok())
        .unwrap_or_else(approver)
}

/// The seat of an environment that only counts approvals.
fn approver() -> Role {
    "approver".parse().expect("a plain word is a role")
}

/// Returns the role of each rule, as often as it wants people.
pub(super) fn roles_of(
    rules: &[Rule],
    environment: &EnvironmentName,
    project: &Project,
) -> Vec<Role> {
    let mut roles = Vec::new();
    for rule in rules {
        let role = role_of(rule, environment, project);
        roles.extend((0..rule.required_approvals).map(|_| role.clone()));
    }
    roles
}

/// Returns the seats of one deployment: those of its rules; without any, as many as people are counted.
pub(super) fn seats_of(
    detail: &DeploymentDetail,
    environment: &EnvironmentName,
    project: &Project,
) -> Vec<Role> {
    let mut seats = roles_of(detail.rules(), environment, project);
    let counted = detail.counted();
    let configured = project
        .environment(environment)
        .map_or(&[][..], |one| &one.seats);
    if configured.is_empty() {
        // Only a number: so many people, whoever they are.
        seats.extend((0..counted).map(|_| approver()));
    } else if usize::try_from(counted).is_ok_and(|counted| counted >= configured.len()) {
        // As many as there are seats: who sits in which is for the team's file to say.
        seats.extend(configured.iter().cloned());
    }
    seats
}

/// Returns the decisions about one deployment, each in the seat of its rule.
pub(super) fn decisions_of(
    detail: &DeploymentDetail,
    environment: &EnvironmentName,
    commit: &CommitId,
    project: &Project,
) -> Vec<Approval> {
    let mut decisions: Vec<Approval> = Vec::new();
    for rule in detail.rules() {
        let role = role_of(rule, environment, project);
        for given in &rule.deployment_approvals {
            decisions.push(decision(given, Some(&role), commit));
        }
    }
    let is_counted = seats_of(detail, environment, project).contains(&approver());
    for given in &detail.approvals {
        let is_known = decisions
            .iter()
            .any(|known| known.by == given.user.person() && known.decision == word(given));
        if !is_known {
            let role = is_counted.then(approver);
            decisions.push(decision(given, role.as_ref(), commit));
        }
    }
    decisions.sort_by_key(|decision| decision.at);
    decisions
}

/// Returns GitLab's name of the rule that a role stands for, for `represented_as`.
pub(super) fn rule_name<'a>(
    detail: &'a DeploymentDetail,
    role: &Role,
    environment: &EnvironmentName,
    project: &Project,
) -> Option<&'a str> {
    let is_it = |rule: &&Rule| &role_of(rule, environment, project) == role;
    let rule = detail.rules().iter().find(is_it)?;
    Some(rule.access_level_description.as_str())
}

fn word(given: &DeploymentApproval) -> Decision {
    match given.status.as_str() {
        "approved" => Decision::Approved,
        // A word that we do not know is no yes.
        _ => Decision::Rejected,
    }
}

fn decision(given: &DeploymentApproval, role: Option<&Role>, commit: &CommitId) -> Approval {
    Approval {
        proof: Default::default(),
        by: given.user.person(),
        role: role.cloned(),
        head: commit.clone(),
        decision: word(given),
        at: wire::time(given.created_at.as_ref()).unwrap_or(Timestamp::from_second(0)),
        comment: given
            .comment
            .as_deref()
            .filter(|text| !text.is_empty())
            .map(Untrusted::new),
    }
}

/// Returns the decisions that hold for all of `parts`: a yes that one of them lacks is none yet, a no is a no.
pub(super) fn in_all(parts: &[Vec<Approval>]) -> Vec<Approval> {
    let mut shown: Vec<Approval> = Vec::new();
    for approval in parts.iter().flatten() {
        let is_same = |other: &Approval| {
            (&other.by, &other.role, other.decision)
                == (&approval.by, &approval.role, approval.decision)
        };
        let is_everywhere = parts.iter().all(|part| part.iter().any(is_same));
        let counts = is_everywhere || approval.decision == Decision::Rejected;
        if counts && !shown.iter().any(is_same) {
            shown.push(approval.clone());
        }
    }
    shown.sort_by_key(|approval| approval.at);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(text: &str) -> DeploymentDetail {
        serde_json::from_str(text).expect("a deployment")
    }

    /// Makes an environment of the team's file with so many seats.
    fn production(seats: usize) -> crate::model::Environment {
        let role = |number: usize| format!("role-{number}").parse().expect("a role");
        crate::model::Environment {
            name: "production".parse().expect("a name"),
            is_production: true,
            seats: (0..seats).map(role).collect(),
            job: None,
            apps: Vec::new(),
            migrations: None,
            hotfix_sandbox: None,
            is_org: false,
        }
    }

    fn names(seats: &[Role]) -> Vec<&str> {
        seats.iter().map(Role::as_str).collect()
    }

    #[test]
    fn each_rule_is_a_seat_as_often_as_it_wants_people() {
        let environment: EnvironmentName = "production".parse().expect("a name");
        let mut project = Project::default();
        project
            .roles
            .0
            .insert("tech-lead".parse().expect("a role"), Vec::new());
        let seen = detail(
            r#"{"approval_summary":{"rules":[
                {"access_level_description":"Tech Leads","required_approvals":1},
                {"access_level_description":"Release board","required_approvals":2}]}}"#,
        );
        let seats = seats_of(&seen, &environment, &project);
        assert_eq!(
            names(&seats),
            ["tech-lead", "release-board", "release-board"]
        );
        let role: Role = "tech-lead".parse().expect("a role");
        assert_eq!(
            rule_name(&seen, &role, &environment, &project),
            Some("Tech Leads")
        );
        let counted = detail(
            r#"{"pending_approval_count":1,"approvals":[{"user":{"id":4,"username":"a"},"status":"approved"}]}"#,
        );
        let seats = seats_of(&counted, &environment, &project);
        assert_eq!(names(&seats), ["approver", "approver"]);
        // Where the team's file names as many, they are who is counted; where it names more, nobody counts for them.
        for (names_of, expected) in [(2, 2), (3, 0)] {
            project.environments = vec![production(names_of)];
            let seats = seats_of(&counted, &environment, &project);
            assert_eq!(seats.len(), expected, "{seats:?}");
        }
    }

    #[test]
    fn a_yes_counts_when_each_app_has_it_and_a_no_at_once() {
        let environment: EnvironmentName = "production".parse().expect("a name");
        let commit: CommitId = "a".repeat(40).parse().expect("an id");
        let part = |text: &str| {
            let text = format!(r#"{{"approvals":[{text}]}}"#);
            decisions_of(&detail(&text), &environment, &commit, &Project::default())
        };
        let yes =
            |id: u64| format!(r#"{{"user":{{"id":{id},"username":"u"}},"status":"approved"}}"#);
        let no = r#"{"user":{"id":9,"username":"n"},"status":"rejected"}"#;
        let both = part(&format!("{},{}", yes(1), yes(2)));
        let one = part(&yes(1));
        let ids = |parts: &[Vec<Approval>]| {
            let all = in_all(parts).into_iter();
            all.map(|one| one.by.id).collect::<Vec<_>>()
        };
        assert_eq!(ids(&[both.clone(), one.clone()]), ["1"]);
        assert_eq!(ids(&[both.clone(), both]), ["1", "2"]);
        assert_eq!(ids(&[one, part(no)]), ["9"]);
    }
}
