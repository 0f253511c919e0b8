//! GitLab's words in ours, and ours in GitLab's.

use crate::model::CheckState;
use crate::model::JobState;
use crate::model::Mergeability;

/// The prefix that makes a merge request a draft; there is no field for it.
pub(super) const DRAFT: &str = "Draft: ";

/// Says what a `detailed_merge_status` means. GitLab tells one reason at a time; a word that we do not know is no yes.
pub(super) fn mergeability(status: Option<&str>, content: Option<&str>) -> Mergeability {
    let why = match status.unwrap_or("unchecked") {
        // The mark is shown by itself; whether the contents merge is told beside it.
        "draft_status" => return content_mergeability(content),
        "mergeable" => return Mergeability::Clean,
        "unchecked" | "checking" | "preparing" | "approvals_syncing" => {
            return Mergeability::Checking;
        }
        "conflict" => return Mergeability::Conflicts(Vec::new()),
        "not_open" => "it is not open",
        "ci_must_pass" => "GitLab asks for a pipeline that passed",
        "ci_still_running" => "its pipeline is still running",
        "not_approved" => "GitLab asks for more approvals",
        "requested_changes" => "a reviewer asks for changes",
        "discussions_not_resolved" => "threads are not resolved",
        "need_rebase" => {
            "its branch must be rebased onto the target first, and a lane never is: allow plain merge commits in the project's settings"
        }
        "merge_request_blocked" => "another merge request must be merged first",
        "status_checks_must_pass" => "external status checks have not passed",
        "security_policy_violations" => "a security policy is violated",
        "security_policy_pipeline_check" => "a security policy waits for its pipelines",
        "jira_association_missing" => "its title or description names no Jira issue",
        "commits_status" => "its source branch is missing or has no commits",
        "locked_paths" => "it changes locked paths",
        "locked_lfs_files" => "it changes locked LFS files",
        "title_regex" => "its title does not have the form that the project asks for",
        "merge_time" => "it may not be merged before the time that it names",
        other => {
            return Mergeability::Blocked(format!(
                "GitLab says `{}`",
                crate::model::Untrusted::new(other).show()
            ));
        }
    };
    Mergeability::Blocked(why.to_owned())
}

/// Says what `merge_status` means, which speaks of contents only.
fn content_mergeability(status: Option<&str>) -> Mergeability {
    match status {
        Some("can_be_merged") => Mergeability::Clean,
        Some("cannot_be_merged") => Mergeability::Conflicts(Vec::new()),
        Some(_) | None => Mergeability::Checking,
    }
}

/// Says how a check stands whose job has this status.
pub(super) fn check_state(status: &str) -> CheckState {
    match status {
        "created"
        | "waiting_for_resource"
        | "waiting_for_callback"
        | "preparing"
        | "pending"
        | "scheduled" => CheckState::Queued,
        "running" | "canceling" => CheckState::Running,
        "success" => CheckState::Passed,
        "failed" => CheckState::Failed,
        "canceled" => CheckState::Cancelled,
        "skipped" => CheckState::Skipped,
        // `manual`, and every word that is new: nothing is known to run.
        _ => CheckState::Missing,
    }
}

/// Says how a job stands that has this status.
pub(super) fn job_state(status: &str) -> JobState {
    match status {
        "manual" => JobState::Manual,
        "running" | "canceling" => JobState::Running,
        "success" => JobState::Succeeded,
        "failed" => JobState::Failed,
        "canceled" => JobState::Cancelled,
        "skipped" => JobState::Skipped,
        // `created`, `pending` and their kind, and every word that is new.
        _ => JobState::Queued,
    }
}

/// Tells whether a job with this status was set going, whatever became of it.
pub(super) fn was_started(status: &str) -> bool {
    !matches!(status, "manual" | "created" | "skipped" | "scheduled")
}

/// Tells whether a job with this status will not change any more by itself.
pub(super) fn has_ended(status: &str) -> bool {
    matches!(status, "success" | "failed" | "canceled" | "skipped")
}

/// Returns a title as GitLab wants it.
pub(super) fn title(title: &str, is_draft: bool) -> String {
    if is_draft {
        format!("{DRAFT}{title}")
    } else {
        title.to_owned()
    }
}

/// Returns a title without the marks of a draft.
pub(super) fn bare_title(title: &str, is_draft: bool) -> &str {
    if !is_draft {
        return title;
    }
    let mut rest = title;
    loop {
        let start = rest.trim_start();
        let mark = ["draft:", "[draft]", "(draft)"].into_iter().find(|mark| {
            start
                .get(..mark.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(mark))
        });
        match mark {
            Some(mark) => rest = &start[mark.len()..],
            None => return start,
        }
    }
}

/// Returns a text in which GitLab finds no quick action: a line that begins with `/word` would close, merge or assign.
pub(super) fn without_actions(text: &str) -> String {
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| {
            let start = line.trim_start();
            let is_action = start
                .strip_prefix('/')
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
            if is_action {
                let indent = &line[..line.len() - start.len()];
                format!("{indent}\\{start}")
            } else {
                line.to_owned()
            }
        })
        .collect();
    lines.join("\n")
}

/// Returns a name as a role is written: `Tech leads` becomes `tech-leads`.
pub(super) fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// Tells whether two names mean the same role: `tech-lead`, `Tech Leads`, `acme/tech-leads`.
pub(super) fn is_same_role(role: &str, name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    let plain = |text: &str| slug(text).trim_end_matches('s').to_owned();
    !plain(role).is_empty() && (plain(role) == plain(name) || plain(role) == plain(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every word of GitLab 17 and 18.
    const WORDS: &[&str] = &[
        "approvals_syncing",
        "checking",
        "ci_must_pass",
        "ci_still_running",
        "commits_status",
        "conflict",
        "discussions_not_resolved",
        "draft_status",
        "jira_association_missing",
        "locked_lfs_files",
        "locked_paths",
        "merge_request_blocked",
        "merge_time",
        "mergeable",
        "need_rebase",
        "not_approved",
        "not_open",
        "preparing",
        "requested_changes",
        "security_policy_violations",
        "security_policy_pipeline_check",
        "status_checks_must_pass",
        "title_regex",
        "unchecked",
    ];

    #[test]
    fn only_one_word_of_gitlab_means_that_it_can_be_merged() {
        for word in WORDS {
            let is_yes = mergeability(Some(word), None) == Mergeability::Clean;
            assert_eq!(is_yes, *word == "mergeable", "{word}");
            let said = format!("{:?}", mergeability(Some(word), None));
            assert!(!said.contains("GitLab says"), "{word} has words of its own");
        }
        for word in ["checking", "unchecked", "preparing", "approvals_syncing"] {
            assert_eq!(mergeability(Some(word), None), Mergeability::Checking);
        }
        assert_eq!(mergeability(None, None), Mergeability::Checking);
        assert_eq!(
            mergeability(Some("moon_phase"), Some("can_be_merged")),
            Mergeability::Blocked("GitLab says `moon_phase`".to_owned())
        );
    }

    #[test]
    fn of_a_draft_only_the_contents_are_judged() {
        let of = |content: &str| mergeability(Some("draft_status"), Some(content));
        assert_eq!(of("can_be_merged"), Mergeability::Clean);
        assert_eq!(of("cannot_be_merged"), Mergeability::Conflicts(Vec::new()));
        assert_eq!(of("cannot_be_merged_recheck"), Mergeability::Checking);
    }

    #[test]
    fn a_skipped_manual_or_unknown_job_is_no_success() {
        for status in [
            "skipped",
            "manual",
            "canceled",
            "new word",
            "",
            "created",
            "canceling",
        ] {
            assert_ne!(check_state(status), CheckState::Passed, "{status}");
            assert_ne!(job_state(status), JobState::Succeeded, "{status}");
        }
        assert_eq!(check_state("success"), CheckState::Passed);
    }

    #[test]
    fn a_draft_is_a_prefix_of_the_title_and_only_that() {
        assert_eq!(title("Fix", true), "Draft: Fix");
        assert_eq!(bare_title("Draft: Fix", true), "Fix");
        assert_eq!(bare_title("[DRAFT] draft: Fix", true), "Fix");
        assert_eq!(bare_title("Draft: the law", false), "Draft: the law");
    }

    #[test]
    fn no_line_of_ours_is_a_quick_action() {
        let text = "Why\n/merge\n  /close now\n/ no\na /b\n/2\n/usr/bin is a path";
        assert_eq!(
            without_actions(text),
            "Why\n\\/merge\n  \\/close now\n/ no\na /b\n/2\n\\/usr/bin is a path"
        );
    }

    #[test]
    fn a_group_is_recognised_as_the_role_that_it_is_named_for() {
        assert!(is_same_role("tech-lead", "Tech Leads"));
        assert!(is_same_role("tech-lead", "acme/tech-leads"));
        assert!(!is_same_role("tech-lead", "product-managers"));
        assert!(!is_same_role("s", ""));
    }
}
