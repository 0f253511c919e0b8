//! Where a go-live that has ended is followed by no other one of the same commit: another is a workflow that is dispatched
//! once more, which needs a workflow to name, and a gate at which its run waits.

use std::collections::BTreeMap;

use crate::model::Environment;
use crate::model::EnvironmentName;
use crate::model::Project;

use super::actions;
use super::gates::Gates;
use super::words;

/// Returns the environments at which no run waits for a reviewer, so that one that is dispatched deploys at once. A plan
/// without protection rules for private repositories has no others.
pub(super) fn ungated(project: &Project, found: &[actions::Environment]) -> Vec<EnvironmentName> {
    let environments = project.environments.iter();
    let is_open = |one: &&Environment| Gates::of(one, found).gates.is_empty();
    environments
        .filter(is_open)
        .map(|one| one.name.clone())
        .collect()
}

/// Says why, by environment: what [`Hub::create_deployment`](super::hub::Hub::create_deployment) would refuse.
pub(super) fn no_second(
    project: &Project,
    ungated: &[EnvironmentName],
) -> BTreeMap<EnvironmentName, String> {
    let why = |one: &Environment| {
        let job = one.job.as_deref()?;
        if !words::is_workflow(job) {
            return Some("a commit has one go-live here: the run of its push");
        }
        let is_open = ungated.contains(&one.name);
        is_open.then_some(
            "a commit has one go-live here: no environment has reviewers, so another would deploy at once",
        )
    };
    let environments = project.environments.iter();
    environments
        .filter_map(|one| Some((one.name.clone(), why(one)?.to_owned())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(job: &str) -> Project {
        let environment = Environment {
            name: "production".parse().expect("a name"),
            is_production: true,
            seats: Vec::new(),
            job: Some(job.to_owned()),
            apps: Vec::new(),
            migrations: None,
            hotfix_sandbox: None,
            is_org: false,
        };
        Project {
            environments: vec![environment],
            ..Project::default()
        }
    }

    fn found(rules: &str) -> Vec<actions::Environment> {
        let text = format!(r#"[{{"name":"production","protection_rules":{rules}}}]"#);
        serde_json::from_str(&text).expect("environments")
    }

    #[test]
    fn another_go_live_is_dispatched_only_where_a_run_of_a_workflow_waits_at_a_gate() {
        let reviewed = r#"[{"type":"required_reviewers","reviewers":[{"type":"User"}]}]"#;
        let kept = |job: &str, rules: &str| {
            let project = project(job);
            let why = no_second(&project, &ungated(&project, &found(rules)));
            why.into_values().next()
        };
        assert_eq!(kept("deploy.yml", reviewed), None);
        let open = kept("deploy.yml", "[]").expect("nobody is asked");
        assert!(open.contains("would deploy at once"), "{open}");
        let pushed = kept("deploy-prod", reviewed).expect("nothing to dispatch");
        assert!(pushed.contains("the run of its push"), "{pushed}");
    }
}
