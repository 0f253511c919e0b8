//! What of a project's settings can keep a hotfix from going its way: rights, merge methods, deletion of branches,
//! protection of the lanes; and what no Gitea or Forgejo enforces.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::forge::Error;
use crate::forge::Remark;
use crate::forge::http::Ask;
use crate::model::BranchName;
use crate::model::Roles;

use super::options::Gitea;
use super::rules::Rule;
use super::server;

/// Members of roles whose account is looked for.
const ACCOUNTS: usize = 50;

#[derive(Deserialize)]
struct Settings {
    #[serde(default)]
    allow_merge_commits: Option<bool>,
    #[serde(default)]
    default_delete_branch_after_merge: Option<bool>,
    #[serde(default)]
    permissions: Option<Rights>,
}

#[derive(Deserialize)]
struct Rights {
    #[serde(default)]
    admin: bool,
    #[serde(default)]
    push: bool,
}

#[derive(Deserialize)]
struct Branch {
    #[serde(default)]
    protected: bool,
    #[serde(default)]
    required_approvals: u64,
    #[serde(default)]
    user_can_merge: Option<bool>,
    /// The rule that protects it; for administrators only.
    #[serde(default)]
    effective_branch_protection_name: String,
}

impl Gitea {
    pub(super) async fn examine(&self, branches: &[BranchName]) -> Result<Vec<Remark>, Error> {
        let settings: Settings = self.http().read(&Ask::get(&self.at(&[]))).await?;
        let known = self.known().await?;
        let mut environments = self.options.project.environments.iter();
        let deploys = environments.any(|one| one.job.is_some());
        let mut remarks = vec![server::examined(&known.version, deploys)];
        remarks.extend(settings.permissions.as_ref().map(|rights| match rights {
            Rights { push: false, .. } => Remark::bad(
                "rights",
                "your account may not push here",
                "Ask for write access to the repository.",
            ),
            Rights { admin: true, .. } => Remark::good("rights", "your account administers it"),
            Rights { admin: false, .. } => Remark::good("rights", "your account may push"),
        }));
        remarks.push(if settings.allow_merge_commits == Some(false) {
            Remark::bad(
                "merge methods",
                "no merge commits: a promotion or a retrofit cannot keep its history",
                "Allow merge commits in the repository's settings; or use strategy \"pick\".",
            )
        } else {
            Remark::good("merge methods", "merge commits are allowed")
        });
        remarks.push(if settings.default_delete_branch_after_merge == Some(true) {
            Remark::doubtful(
                "head branches",
                "are deleted after a merge by default",
                "Lanekeeper says each time that they stay; in the web page, take the tick away.",
            )
        } else {
            Remark::good("head branches", "are kept after a merge")
        });
        let is_admin = settings.permissions.is_some_and(|rights| rights.admin);
        let rules = if is_admin {
            self.rules().await?
        } else {
            Vec::new()
        };
        for branch in branches {
            remarks.extend(self.examine_branch(branch, &rules).await?);
        }
        remarks.extend(self.examine_accounts().await);
        remarks.extend(self.examine_workflows().await);
        remarks.push(Remark::doubtful(
            "deployment seats",
            "this forge knows no approval of deployments: they are in the record, and only Lanekeeper asks for them",
            "Whoever may start the workflow in the web page goes around them: restrict who may.",
        ));
        Ok(remarks)
    }

    /// Names members of roles of whom the forge knows no account.
    async fn examine_accounts(&self) -> Option<Remark> {
        let members = self.options.project.roles.0.values().flatten();
        let names: BTreeSet<&str> = members
            .map(|name| name.trim_start_matches('@'))
            .filter(|name| !Roles::is_address(name))
            .collect();
        let mut gone = Vec::new();
        for name in names.into_iter().take(ACCOUNTS) {
            let found = self
                .http()
                .find::<serde_json::Value>(&Ask::get(&["users", name]))
                .await;
            // What cannot be asked is no finding.
            if matches!(found, Ok(None)) {
                gone.push(format!("@{name}"));
            }
        }
        if gone.is_empty() {
            return None;
        }
        Some(Remark::doubtful(
            "accounts",
            format!("{} has none called {}", self.product(), gone.join(", ")),
            "Correct the names in lanekeeper.toml, [roles]; a private account is not told to others.",
        ))
    }

    async fn examine_branch(
        &self,
        branch: &BranchName,
        rules: &[Rule],
    ) -> Result<Vec<Remark>, Error> {
        let what = format!("branch {branch}");
        let ask = Ask::get(&self.at(&["branches", branch.as_str()]));
        let Some(found) = self.http().find::<Branch>(&ask).await? else {
            return Ok(vec![Remark::doubtful(
                &what,
                "is not there",
                "Push it, or correct lanekeeper.toml.",
            )]);
        };
        let name = found.effective_branch_protection_name.as_str();
        let rule = rules
            .iter()
            .find(|rule| !name.is_empty() && rule.is_called(name));
        let mut lanes = self.options.project.lanes.iter();
        let has_seats = lanes.any(|lane| lane.branch.matches(branch) && !lane.seats.is_empty());
        let mut remarks = vec![protection(&what, &found, has_seats)];
        // A name of its own: each is a finding, and the branch has one already.
        let what = format!("rule of {branch}");
        remarks.extend(rule.into_iter().flat_map(|rule| rule.examined(&what)));
        Ok(remarks)
    }
}

/// Says how a branch is protected.
fn protection(what: &str, found: &Branch, has_seats: bool) -> Remark {
    if !found.protected {
        let around = if has_seats {
            "goes around the seats"
        } else {
            "changes it without a request"
        };
        return Remark::doubtful(
            what,
            format!("is not protected: anybody with push rights {around}"),
            "Protect it in the repository's settings.",
        );
    }
    let approvals = match found.required_approvals {
        1 => "1 approval".to_owned(),
        many => format!("{many} approvals"),
    };
    if found.user_can_merge == Some(false) {
        return Remark::doubtful(
            what,
            format!("is protected, asks for {approvals}, and you may not merge into it"),
            "Somebody who may must press the button; Lanekeeper prepares it.",
        );
    }
    Remark::good(what, format!("is protected and asks for {approvals}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_approval_is_one_and_a_lane_without_seats_has_none_to_go_around() {
        let of = |text: &str, has_seats: bool| {
            let found: Branch = serde_json::from_str(text).expect("a branch");
            protection("branch main", &found, has_seats).detail
        };
        let one = r#"{"protected":true,"required_approvals":1}"#;
        assert_eq!(of(one, true), "is protected and asks for 1 approval");
        assert!(of("{}", true).ends_with("goes around the seats"));
        assert!(of("{}", false).ends_with("changes it without a request"));
    }
}
