//! What of a project's settings can keep a hotfix from going its way: rights, merge method, deletion of branches,
//! protection of the lanes and of production.

use serde::Deserialize;

use crate::forge::Error;
use crate::forge::Remark;
use crate::forge::http::Ask;
use crate::model::BranchName;
use crate::model::Untrusted;

use super::home::Gitlab;
use super::home::degraded;
use super::wire::Permissions;

#[derive(Deserialize)]
struct Settings {
    #[serde(default)]
    path_with_namespace: Option<String>,
    #[serde(default)]
    merge_method: Option<String>,
    #[serde(default)]
    squash_option: Option<String>,
    #[serde(default)]
    remove_source_branch_after_merge: Option<bool>,
    #[serde(default)]
    only_allow_merge_if_pipeline_succeeds: Option<bool>,
    #[serde(default)]
    only_allow_merge_if_all_discussions_are_resolved: Option<bool>,
    #[serde(default)]
    permissions: Option<Permissions>,
}

/// How a project's requests are approved; there from Premium on.
#[derive(Deserialize)]
struct Approvals {
    #[serde(default)]
    reset_approvals_on_push: Option<bool>,
    #[serde(default)]
    merge_requests_author_approval: Option<bool>,
    #[serde(default)]
    merge_requests_disable_committers_approval: Option<bool>,
}

#[derive(Deserialize)]
struct Protection {
    #[serde(default)]
    merge_access_levels: Vec<MergeLevel>,
}

#[derive(Deserialize)]
struct MergeLevel {
    #[serde(default)]
    access_level_description: String,
}

#[derive(Deserialize)]
struct Branch {
    #[serde(default)]
    protected: bool,
    #[serde(default)]
    can_push: bool,
}

/// Says what the account may do; nothing where GitLab does not tell.
fn rights(permissions: &Permissions) -> Option<Remark> {
    let level = permissions.level()?;
    let role = match level {
        50.. => "Owner",
        40.. => "Maintainer",
        30.. => "Developer",
        20.. => "Reporter",
        _ => "Guest",
    };
    Some(if level >= 30 {
        Remark::good("rights", format!("your account is {role}"))
    } else {
        Remark::bad(
            "rights",
            format!("your account is {role}: it may neither push nor open requests"),
            "Ask for the role Developer, and for the merge level of the protected branches.",
        )
    })
}

/// Says where the project is now; nothing where it is still where it is looked for.
fn place(asked: &str, now: &str) -> Option<Remark> {
    (!asked.eq_ignore_ascii_case(now)).then(|| {
        Remark::doubtful(
            "project",
            format!(
                "`{asked}` is now `{}`: GitLab leads there only until another project takes the old path",
                Untrusted::new(now).show()
            ),
            "Set the new address: git remote set-url.",
        )
    })
}

/// Says whether lanes can be promoted by the project's merge method, again and again.
fn merge_method(method: Option<&str>) -> Remark {
    let what = "merge method";
    match method {
        Some("ff") => Remark::bad(
            what,
            "fast-forward only: a promotion or a retrofit cannot keep its merge commit",
            "Allow merge commits in Settings, Merge requests; or use strategy \"pick\".",
        ),
        Some("rebase_merge") => Remark::bad(
            what,
            "merge commit with semi-linear history: no lane can be promoted twice, GitLab asks for a rebase of it then",
            "Set \"Merge commit\" in Settings, Merge requests.",
        ),
        Some("merge") => Remark::good(what, "merge commit"),
        Some(other) => Remark::good(what, Untrusted::new(other).show()),
        None => Remark::doubtful(what, "not told", "Ask a maintainer."),
    }
}

fn approval_rules(approvals: &Approvals) -> Remark {
    let what = "approval rules";
    if approvals.merge_requests_author_approval == Some(true) {
        return Remark::doubtful(
            what,
            "authors may approve their own requests in the web page; Lanekeeper does not count that",
            "Set \"Prevent approval by author\" in Settings, Merge requests.",
        );
    }
    if approvals.merge_requests_disable_committers_approval == Some(false) {
        return Remark::doubtful(
            what,
            "who committed to a request may approve it in the web page; Lanekeeper does not count that of whoever pushed its head",
            "Set \"Prevent approvals by users who add commits\" in Settings, Merge requests.",
        );
    }
    if approvals.reset_approvals_on_push == Some(false) {
        return Remark::doubtful(
            what,
            "approvals outlive a push there; Lanekeeper counts those for the present head only",
            "Set \"Remove all approvals\" when commits are added, in Settings, Merge requests.",
        );
    }
    Remark::good(
        what,
        "a push takes approvals away, and authors and committers approve nothing of their own",
    )
}

impl Gitlab {
    pub(super) async fn examine(&self, branches: &[BranchName]) -> Result<Vec<Remark>, Error> {
        let id = self.id().await?;
        let settings: Settings = self.http().read(&Ask::get(&["projects", id])).await?;
        let mut remarks = vec![self.examine_version()];
        let now = settings.path_with_namespace.as_deref();
        remarks.extend(now.and_then(|now| place(&self.options.path, now)));
        remarks.extend(settings.permissions.as_ref().and_then(rights));
        remarks.push(merge_method(settings.merge_method.as_deref()));
        if settings.squash_option.as_deref() == Some("always") {
            remarks.push(Remark::bad(
                "squash",
                "every merge is squashed: lanes lose their common history, and the next promotion conflicts",
                "Set squash commits to \"allow\" in Settings, Merge requests.",
            ));
        }
        remarks.push(if settings.remove_source_branch_after_merge == Some(true) {
            Remark::doubtful(
                "source branches",
                "are deleted after a merge by default",
                "Lanekeeper says each time that they stay; in the web page, take the tick away.",
            )
        } else {
            Remark::good("source branches", "are kept after a merge")
        });
        remarks.push(match settings.only_allow_merge_if_pipeline_succeeds {
            Some(true) => Remark::good(
                "pipelines",
                "GitLab merges only after a pipeline that passed",
            ),
            Some(false) | None => Remark::doubtful(
                "pipelines",
                "GitLab merges without a pipeline too: only Lanekeeper waits for checks",
                "Switch on \"Pipelines must succeed\".",
            ),
        });
        if settings.only_allow_merge_if_all_discussions_are_resolved == Some(true) {
            remarks.push(Remark::good(
                "threads",
                "GitLab merges only after all threads are resolved",
            ));
        }
        let ask = Ask::get(&["projects", id, "approvals"]);
        let approvals: Option<Approvals> = degraded(self.http().read(&ask).await)?;
        remarks.extend(approvals.as_ref().map(approval_rules));
        for branch in branches {
            remarks.push(self.examine_branch(id, branch).await?);
        }
        remarks.extend(self.examine_freezes(id).await?);
        let level = settings.permissions.as_ref().and_then(Permissions::level);
        remarks.extend(self.examine_environments(id, level).await?);
        Ok(remarks)
    }

    async fn examine_branch(&self, id: &str, branch: &BranchName) -> Result<Remark, Error> {
        let what = format!("branch {branch}");
        let path = ["projects", id, "repository", "branches", branch.as_str()];
        let Some(found) = self.http().find::<Branch>(&Ask::get(&path)).await? else {
            return Ok(Remark::doubtful(
                &what,
                "is not there",
                "Push it, or correct lanekeeper.toml.",
            ));
        };
        let push = if found.can_push {
            "you may push to it"
        } else {
            "changes come by merge request"
        };
        Ok(if found.protected {
            let path = ["projects", id, "protected_branches", branch.as_str()];
            let protection: Option<Protection> =
                degraded(self.http().read(&Ask::get(&path)).await)?;
            let levels = protection.map_or_else(Vec::new, |found| found.merge_access_levels);
            let levels: Vec<String> = levels
                .into_iter()
                .map(|level| Untrusted::new(level.access_level_description).show())
                .collect();
            let merge = match levels.as_slice() {
                [] => String::new(),
                levels => format!("; merged by {}", levels.join(", ")),
            };
            Remark::good(&what, format!("is protected; {push}{merge}"))
        } else {
            Remark::doubtful(
                &what,
                format!("is not protected: anybody with push rights goes around the seats; {push}"),
                "Protect it in Settings, Repository.",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_higher_of_two_roles_counts_and_less_than_a_developer_is_bad() {
        let of = |json: &str| {
            let permissions: Permissions = serde_json::from_str(json).expect("permissions");
            rights(&permissions).map(|remark| (remark.detail, remark.is_bad))
        };
        let both = r#"{"project_access":{"access_level":20},"group_access":{"access_level":"40"}}"#;
        assert_eq!(
            of(both),
            Some(("your account is Maintainer".to_owned(), false))
        );
        let reporter = r#"{"project_access":{"access_level":20},"group_access":null}"#;
        assert!(of(reporter).is_some_and(|(detail, is_bad)| is_bad && detail.contains("Reporter")));
        assert_eq!(of(r#"{"project_access":null,"group_access":null}"#), None);
    }

    #[test]
    fn rules_that_let_an_old_or_an_own_approval_count_are_doubtful() {
        let is_doubtful = |json: &str| {
            let approvals: Approvals = serde_json::from_str(json).expect("a configuration");
            approval_rules(&approvals).hint.is_some()
        };
        assert!(is_doubtful(r#"{"reset_approvals_on_push":false}"#));
        assert!(is_doubtful(
            r#"{"reset_approvals_on_push":true,"merge_requests_author_approval":true}"#
        ));
        assert!(is_doubtful(
            r#"{"reset_approvals_on_push":true,"merge_requests_disable_committers_approval":false}"#
        ));
        assert!(!is_doubtful(
            r#"{"reset_approvals_on_push":true,"merge_requests_disable_committers_approval":true}"#
        ));
        assert!(!is_doubtful(r#"{"reset_approvals_on_push":true}"#));
    }
}
