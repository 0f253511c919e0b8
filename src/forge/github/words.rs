//! What GitHub's words mean in ours. A word that is not known never means yes.

use crate::model::AppName;
use crate::model::CheckState;
use crate::model::JobState;
use crate::model::Mergeability;

/// Returns how a check run stands. `neutral` is no success where the check is required, so it is none.
pub(super) fn check_run(status: &str, conclusion: Option<&str>) -> CheckState {
    match (status, conclusion) {
        ("queued" | "waiting" | "requested" | "pending", _) => CheckState::Queued,
        ("in_progress", _) => CheckState::Running,
        ("completed", Some("success")) => CheckState::Passed,
        ("completed", Some("failure" | "timed_out" | "action_required" | "startup_failure")) => {
            CheckState::Failed
        }
        ("completed", Some("cancelled" | "stale")) => CheckState::Cancelled,
        ("completed", Some("skipped" | "neutral")) => CheckState::Skipped,
        _ => CheckState::Missing,
    }
}

/// Returns how a commit status stands.
pub(super) fn status(state: &str) -> CheckState {
    match state {
        "success" => CheckState::Passed,
        "failure" | "error" => CheckState::Failed,
        "pending" => CheckState::Running,
        _ => CheckState::Missing,
    }
}

/// Returns how a job stands.
pub(super) fn job(status: &str, conclusion: Option<&str>) -> JobState {
    match (status, conclusion) {
        ("waiting", _) => JobState::Manual,
        ("in_progress", _) => JobState::Running,
        ("completed", Some("success" | "neutral")) => JobState::Succeeded,
        ("completed", Some("cancelled" | "stale")) => JobState::Cancelled,
        ("completed", Some("skipped")) => JobState::Skipped,
        ("completed", _) => JobState::Failed,
        _ => JobState::Queued,
    }
}

/// Returns whether a request could be merged, as GitHub says it, and which teams it asked for a review that nobody of them
/// has given. Who is in a team GitHub does not tell every token, so a team stays asked until GitHub says otherwise.
pub(super) fn mergeability(mergeable: Option<bool>, state: &str, teams: &[String]) -> Mergeability {
    let blocked = |why: &str| Mergeability::Blocked(why.to_owned());
    match (mergeable, state) {
        (Some(false), _) | (Some(true), "dirty") => Mergeability::Conflicts(Vec::new()),
        (Some(true), "clean" | "unstable" | "has_hooks" | "draft") => Mergeability::Clean,
        (Some(true), "blocked") => {
            let rules = "GitHub's rules for the target branch do not allow it yet";
            match teams {
                [] => blocked(rules),
                teams => {
                    let all: Vec<String> =
                        teams.iter().map(|team| format!("team {team}")).collect();
                    blocked(&format!("{rules}; it waits for {}", all.join(" and ")))
                }
            }
        }
        (Some(true), "behind") => {
            blocked("GitHub's rules want the branch to be up to date with its target")
        }
        _ => Mergeability::Checking,
    }
}

/// Tells whether a job's name is `wanted`, or that of one of its matrix (`deploy (portal)`), or of a reusable
/// workflow's job (`deploy / portal`).
pub(super) fn is_job(name: &str, wanted: &str) -> bool {
    name.strip_prefix(wanted)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(" (") || rest.starts_with(" / "))
}

/// Tells whether `job` of an environment names a workflow rather than a job.
pub(super) fn is_workflow(job: &str) -> bool {
    let name = job.to_ascii_lowercase();
    name.ends_with(".yml") || name.ends_with(".yaml")
}

/// Returns the app that a job deploys: the longest one that its name ends with, as a word of its own.
pub(super) fn app_of<'a>(name: &str, apps: &'a [AppName]) -> Option<&'a AppName> {
    let name = name.trim_end_matches([')', ' ']);
    let ends = |app: &&AppName| {
        name.strip_suffix(app.as_str())
            .is_some_and(|rest| !rest.ends_with(char::is_alphanumeric))
    };
    apps.iter()
        .filter(ends)
        .max_by_key(|app| app.as_str().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_success_is_success_and_unknown_words_are_no_yes() {
        assert_eq!(check_run("completed", Some("success")), CheckState::Passed);
        for (status, conclusion, state) in [
            ("completed", Some("neutral"), CheckState::Skipped),
            ("completed", Some("skipped"), CheckState::Skipped),
            ("completed", Some("stale"), CheckState::Cancelled),
            ("completed", Some("startup_failure"), CheckState::Failed),
            ("completed", Some("word of 2031"), CheckState::Missing),
            ("completed", None, CheckState::Missing),
            ("waiting", None, CheckState::Queued),
            ("in_progress", None, CheckState::Running),
            ("word of 2031", None, CheckState::Missing),
        ] {
            assert_eq!(
                check_run(status, conclusion),
                state,
                "{status} {conclusion:?}"
            );
        }
        assert_eq!(status("error"), CheckState::Failed);
        assert_eq!(status("word of 2031"), CheckState::Missing);
        assert_eq!(job("completed", Some("skipped")), JobState::Skipped);
        assert_eq!(job("completed", Some("word of 2031")), JobState::Failed);
        assert_eq!(job("word of 2031", None), JobState::Queued);
    }

    #[test]
    fn mergeability_is_a_yes_only_when_github_says_yes() {
        let mergeability = |mergeable, state: &str| super::mergeability(mergeable, state, &[]);
        assert_eq!(mergeability(Some(true), "clean"), Mergeability::Clean);
        assert_eq!(mergeability(Some(true), "unstable"), Mergeability::Clean);
        assert_eq!(mergeability(None, "clean"), Mergeability::Checking);
        assert_eq!(mergeability(Some(true), "unknown"), Mergeability::Checking);
        assert_eq!(
            mergeability(Some(true), "word of 2031"),
            Mergeability::Checking
        );
        let conflicts = Mergeability::Conflicts(Vec::new());
        assert_eq!(mergeability(Some(false), "dirty"), conflicts);
        assert_eq!(mergeability(Some(false), "unknown"), conflicts);
        for state in ["blocked", "behind"] {
            let found = mergeability(Some(true), state);
            assert!(matches!(found, Mergeability::Blocked(_)), "{state}");
        }
    }

    #[test]
    fn the_teams_that_are_asked_are_named_where_rules_keep_a_request_back() {
        let teams = ["acme/leads".to_owned(), "acme/ops".to_owned()];
        let Mergeability::Blocked(why) = mergeability(Some(true), "blocked", &teams) else {
            panic!("it is blocked");
        };
        assert!(
            why.ends_with("waits for team acme/leads and team acme/ops"),
            "{why}"
        );
        let clean = mergeability(Some(true), "clean", &teams);
        assert_eq!(clean, Mergeability::Clean);
    }

    #[test]
    fn a_job_is_found_in_a_matrix_and_names_its_app() {
        assert!(is_job("deploy", "deploy"));
        assert!(is_job("deploy (portal)", "deploy"));
        assert!(is_job("deploy / portal", "deploy"));
        assert!(!is_job("deploy-docs", "deploy"));
        assert!(is_workflow("deploy.yml") && is_workflow("Deploy.YAML") && !is_workflow("deploy"));
        let apps: Vec<AppName> = ["api", "admin-api", "portal"]
            .map(|app| app.parse().expect("a name"))
            .to_vec();
        let app = |name| app_of(name, &apps).map(AppName::as_str);
        assert_eq!(app("deploy (portal)"), Some("portal"));
        assert_eq!(app("deploy / api"), Some("api"));
        assert_eq!(app("deploy-admin-api"), Some("admin-api"));
        assert_eq!(app("portal"), Some("portal"));
        assert_eq!(app("deploy-grapi"), None);
        assert_eq!(app("smoke test"), None);
    }
}
