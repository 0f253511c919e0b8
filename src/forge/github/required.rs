//! What GitHub wants of requests into a branch: rulesets, which everybody may read, and branch protection: whole where we
//! may, else the checks that it asks for, which stand beside the branch.

use std::time::Duration;

use crate::forge::Error;
use crate::forge::http::HttpError;
use crate::model::BranchName;
use crate::model::MergeMethod;
use crate::model::Untrusted;

use super::hub::Hub;
use super::wire;

/// How long rules are believed; they change rarely, and every poll asks.
const BELIEVED: Duration = Duration::from_secs(60);
/// More rules of one branch than anybody has.
const MOST_RULES: usize = 500;
/// How GitHub begins to say that a plan has no rules for private repositories, nor protection.
const NOT_IN_PLAN: &str = "Upgrade to GitHub";

/// A check that has to pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Required {
    /// The name of a check run, or the context of a status.
    pub(super) name: String,
    /// The app that has to say so; none where any may.
    pub(super) app: Option<u64>,
}

impl Required {
    /// Returns it as GitHub has it, which writes an app that does not matter as -1 too.
    fn new(name: &str, app: Option<i64>) -> Self {
        Self {
            name: name.to_owned(),
            app: app.and_then(|app| u64::try_from(app).ok()),
        }
    }

    /// Tells whether this is what an app says under a name. Where we are not told which app said it, the name has to do.
    pub(super) fn is(&self, name: &str, app: Option<u64>) -> bool {
        self.name == name && (self.app.is_none() || app.is_none() || self.app == app)
    }
}

/// What holds for one target branch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Rules {
    pub(super) checks: Vec<Required>,
    /// Merging goes through a queue.
    pub(super) has_queue: bool,
    /// The queue's own method, in capitals; none where nobody said it.
    pub(super) queue_method: Option<String>,
    /// The methods that rulesets leave; none says nothing.
    pub(super) methods: Option<Vec<String>>,
    /// Approvals that a request needs, as far as we may read it, and whether a push takes them away.
    pub(super) approvals: u64,
    /// Branch protection may ask for more approvals: only administrators are told.
    pub(super) hides_approvals: bool,
    pub(super) are_stale_dismissed: bool,
    /// No branch here can have rules: the repository is private, and its plan has none for those.
    pub(super) is_beyond_plan: bool,
    /// A rule set keeps the branch from being deleted.
    pub(super) forbids_deletion: bool,
}

impl Rules {
    /// Says why the branch's queue would not merge by a method: it goes by its own and asks nobody.
    pub(super) fn queue_obstacle(&self, method: MergeMethod) -> Option<String> {
        match &self.queue_method {
            Some(own) if own.eq_ignore_ascii_case(method.word()) => None,
            Some(own) => Some(format!(
                "its merge queue merges by {}, and this must be a {}: change the method of the queue",
                Untrusted::new(own.to_lowercase()).show(),
                method.word()
            )),
            None => Some(format!(
                "GitHub does not say by which method its merge queue merges, and this must be a {}: make the queue by a rule set, or merge in the browser",
                method.word()
            )),
        }
    }

    /// Tells whether rulesets leave a method.
    pub(super) fn allows(&self, method: MergeMethod) -> bool {
        self.methods
            .as_ref()
            .is_none_or(|methods| methods.iter().any(|one| one == method.word()))
    }
}

impl Hub {
    /// Returns the rules of a branch, not older than a minute.
    pub(super) async fn rules(&self, branch: &BranchName) -> Result<Rules, Error> {
        let known = self.known().rules.get(branch).cloned();
        if let Some((at, rules)) = known
            && self.http().since_boot().saturating_sub(at) < BELIEVED
        {
            return Ok(rules);
        }
        let rules = self.rules_now(branch).await?;
        let at = self.http().since_boot();
        self.known()
            .rules
            .insert(branch.clone(), (at, rules.clone()));
        Ok(rules)
    }

    /// Returns a branch; none if it is not there.
    pub(super) async fn branch(&self, name: &BranchName) -> Result<Option<wire::Branch>, Error> {
        let ask = self.get(&["branches", name.as_str()]);
        Ok(self.http().find(&ask).await?)
    }

    /// Returns the rules of a branch, read anew.
    pub(super) async fn rules_now(&self, branch: &BranchName) -> Result<Rules, Error> {
        let rules = self
            .get(&["rules", "branches", branch.as_str()])
            .with("per_page", "100");
        let rules: Vec<wire::Rule> = match self.http().read_list(&rules, MOST_RULES).await {
            Ok(rules) => rules,
            // Servers before GHES 3.11 know no rulesets.
            Err(error) if error.status() == Some(404) => Vec::new(),
            Err(HttpError::Refused {
                status: 403, why, ..
            }) if why.contains(NOT_IN_PLAN) => {
                return Ok(Rules {
                    is_beyond_plan: true,
                    ..Rules::default()
                });
            }
            Err(error) => return Err(error.into()),
        };
        let protection = self.get(&["branches", branch.as_str(), "protection"]);
        let protection = match self.http().find(&protection).await {
            Ok(protection) => protection,
            Err(error) if error.status() == Some(403) => None,
            Err(error) => return Err(error.into()),
        };
        if let Some(protection) = protection {
            return Ok(fold(&rules, protection));
        }
        // Only administrators may read it, others are told that there is none. Which checks it asks for everybody may know.
        let found = self.branch(branch).await?;
        let outline = found.unwrap_or_default().protection;
        let hides_approvals = outline.enabled;
        let protection = wire::Protection {
            required_status_checks: outline.required_status_checks,
            ..wire::Protection::default()
        };
        Ok(Rules {
            hides_approvals,
            ..fold(&rules, protection)
        })
    }
}

fn fold(rules: &[wire::Rule], protection: wire::Protection) -> Rules {
    let mut all = Rules::default();
    let want = |wanted: Required, all: &mut Rules| {
        if !all.checks.contains(&wanted) {
            all.checks.push(wanted);
        }
    };
    for rule in rules {
        match rule.kind.as_str() {
            "required_status_checks" => {
                for check in &rule.parameters.required_status_checks {
                    want(Required::new(&check.context, check.app()), &mut all);
                }
            }
            "merge_queue" => {
                all.has_queue = true;
                all.queue_method.clone_from(&rule.parameters.merge_method);
            }
            "deletion" => all.forbids_deletion = true,
            "pull_request" => {
                let asked = &rule.parameters;
                all.approvals = all.approvals.max(asked.required_approving_review_count);
                all.are_stale_dismissed |= asked.dismiss_stale_reviews_on_push;
                let allowed = &asked.allowed_merge_methods;
                if !allowed.is_empty() {
                    let methods = all.methods.get_or_insert_with(|| allowed.clone());
                    methods.retain(|method| allowed.contains(method));
                }
            }
            _ => {}
        }
    }
    let reviews = protection.required_pull_request_reviews;
    all.approvals = all.approvals.max(reviews.required_approving_review_count);
    all.are_stale_dismissed |= reviews.dismiss_stale_reviews;
    let protected = protection.required_status_checks;
    for check in &protected.checks {
        want(Required::new(&check.context, check.app()), &mut all);
    }
    // The same names once more, without their apps.
    for name in &protected.contexts {
        if protected.checks.iter().all(|check| check.context != *name) {
            want(Required::new(name, None), &mut all);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rulesets_and_protection_are_added_up_and_other_rules_are_let_be() {
        let rules: Vec<wire::Rule> = serde_json::from_str(
            r#"[{"type":"deletion"},
                {"type":"word_of_2031","parameters":{"required_status_checks":"odd"}},
                {"type":"required_status_checks","parameters":{"required_status_checks":[{"context":"unit"},{"context":"lint","integration_id":3}]}},
                {"type":"required_status_checks","parameters":{"required_status_checks":[{"context":"unit"}]}},
                {"type":"merge_queue","parameters":{"merge_method":"SQUASH"}},
                {"type":"pull_request","parameters":{"allowed_merge_methods":["merge","squash"]}},
                {"type":"pull_request","parameters":{"allowed_merge_methods":["merge"],"required_approving_review_count":1}}]"#,
        )
        .expect("rules");
        let protection: wire::Protection = serde_json::from_str(
            r#"{"required_status_checks":{"contexts":["lint","e2e","old"],"checks":[{"context":"e2e","app_id":-1},{"context":"lint","app_id":3}]},
                "required_pull_request_reviews":{"required_approving_review_count":2,"dismiss_stale_reviews":true}}"#,
        )
        .expect("a protection");
        assert!(!fold(&[], wire::Protection::default()).forbids_deletion);
        let rules = fold(&rules, protection);
        let checks = rules.checks.iter();
        let checks: Vec<(&str, Option<u64>)> =
            checks.map(|one| (one.name.as_str(), one.app)).collect();
        assert_eq!(
            checks,
            [
                ("unit", None),
                ("lint", Some(3)),
                ("e2e", None),
                ("old", None)
            ]
        );
        let lint = &rules.checks[1];
        assert!(lint.is("lint", Some(3)) && lint.is("lint", None));
        assert!(!lint.is("lint", Some(4)) && !lint.is("unit", Some(3)));
        assert!(rules.has_queue && rules.forbids_deletion);
        assert_eq!(rules.queue_obstacle(MergeMethod::Squash), None);
        let why = rules.queue_obstacle(MergeMethod::Merge);
        assert!(why.is_some_and(|why| why.contains("merges by squash")));
        let unsaid = Rules::default().queue_obstacle(MergeMethod::Merge);
        assert!(unsaid.is_some_and(|why| why.contains("does not say")));
        assert_eq!((rules.approvals, rules.are_stale_dismissed), (2, true));
        assert!(rules.allows(MergeMethod::Merge) && !rules.allows(MergeMethod::Squash));
        assert!(Rules::default().allows(MergeMethod::Rebase));
    }
}
