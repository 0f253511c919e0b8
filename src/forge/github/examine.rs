//! What this repository's settings mean for hotfixes, what GitHub enforces here and what only the
//! console can check.

use crate::forge::Error;
use crate::forge::Remark;
use crate::model::BranchName;
use crate::model::MergeMethod;
use crate::model::Role;

use super::gates::Gates;
use super::hub::Hub;
use super::wire::Repository;
use super::wire::Rights;

impl Hub {
    pub(super) async fn examine(&self, branches: &[BranchName]) -> Result<Vec<Remark>, Error> {
        let repository = self.repository().await?;
        let found = self.environments().await?;
        let mut notes = vec![self.examine_version().await];
        notes.extend(repository.permissions.as_ref().map(|rights| match rights {
            Rights { push: false, .. } => Remark::bad(
                "rights",
                "your account may not push here",
                "Ask for the role Write on the repository.",
            ),
            Rights { admin: true, .. } => Remark::good("rights", "your account administers it"),
            Rights { admin: false, .. } => Remark::good("rights", "your account may push"),
        }));
        let methods: Vec<&str> = [MergeMethod::Merge, MergeMethod::Squash, MergeMethod::Rebase]
            .into_iter()
            .filter(|method| repository.allows(*method) != Some(false))
            .map(MergeMethod::word)
            .collect();
        notes.push(if methods.contains(&"merge") {
            Remark::good("merge methods", methods.join(", "))
        } else {
            Remark::bad(
                "merge methods",
                format!(
                    "{}; promotions and retrofits need merge commits",
                    methods.join(", ")
                ),
                "Allow merge commits in the repository's settings; or use strategy \"pick\".",
            )
        });
        notes.push(self.examine_head_branches(&repository, branches).await?);
        notes.extend(self.examine_checks(branches).await?);
        for branch in branches {
            notes.push(self.examine_branch(branch).await?);
        }
        for environment in &self.options.project.environments {
            if environment.seats.is_empty() {
                continue;
            }
            let gates = Gates::of(environment, &found);
            let gap = gates.gap(environment);
            let mut held: Vec<String> = gates
                .gates
                .iter()
                .map(|gate| match &gate.role {
                    Some(role) => format!("{role} by the environment `{}`", gate.name),
                    None => format!("`{}` is the start, after all seats", gate.name),
                })
                .collect();
            let unheld: Vec<&str> = gates.unheld.iter().map(Role::as_str).collect();
            if !unheld.is_empty() {
                held.push(format!("{} by nothing", unheld.join(" and ")));
            }
            let mut detail = held.join(", ");
            if let Some(gap) = &gap {
                detail.push_str(": ");
                detail.push_str(gap);
            }
            let is_without = gates.gates.is_empty() && gap.is_some() && repository.private;
            if is_without {
                detail.push_str("; the repository is private, and for those only GitHub Enterprise has reviewers of environments");
            }
            let what = format!("seats of {}", environment.name);
            let open = gates.bypassable();
            if !open.is_empty() {
                detail.push_str(&format!(
                    "; administrators may go around {}",
                    open.join(" and ")
                ));
            }
            notes.push(match gap {
                None if open.is_empty() => Remark::good(&what, detail),
                None => Remark::doubtful(
                    &what,
                    detail,
                    "Switch off \"Allow administrators to bypass configured protection rules\" in these environments.",
                ),
                Some(_) if is_without => Remark::doubtful(
                    &what,
                    detail,
                    "Chain one environment per seat, each with that role's reviewers; where the setting is missing, the plan does not have it.",
                ),
                Some(_) => Remark::doubtful(
                    &what,
                    detail,
                    "Chain one environment per seat, each with that role's reviewers; GitHub takes one reviewer as enough.",
                ),
            });
        }
        Ok(notes)
    }

    /// Says that check runs cannot be read, where that is so.
    async fn examine_checks(&self, branches: &[BranchName]) -> Result<Option<Remark>, Error> {
        for branch in branches {
            if let Some(may_read) = self.may_read_checks(branch).await? {
                let remark = || {
                    Remark::doubtful(
                        "checks",
                        "your token may not read check runs; jobs of Actions and statuses are seen all the same, a required check of another app is called not run",
                        "Log in with a classic token with `repo`: no right of a fine-grained one covers check runs of a private repository.",
                    )
                };
                return Ok((!may_read).then(remark));
            }
        }
        Ok(None)
    }

    async fn examine_head_branches(
        &self,
        repository: &Repository,
        branches: &[BranchName],
    ) -> Result<Remark, Error> {
        let what = "head branches";
        if !repository.delete_branch_on_merge {
            return Ok(Remark::good(what, "are kept after a merge"));
        }
        let mut lost = Vec::new();
        for branch in branches {
            if self.loses_lane(branch).await? {
                lost.push(format!("`{branch}`"));
            }
        }
        let hint = "Switch off \"Automatically delete head branches\".";
        Ok(if lost.is_empty() {
            Remark::doubtful(
                what,
                "GitHub deletes them after a merge; Lanekeeper makes them again, merges in the browser do not",
                hint,
            )
        } else {
            Remark::bad(
                what,
                format!(
                    "GitHub deletes them after a merge, lanes too: nothing protects {}, and requests into a deleted lane are aimed at another or closed",
                    lost.join(", ")
                ),
                format!("{hint} Or protect the lanes."),
            )
        })
    }

    /// Rules of branches can be read by everybody who can read the repository, and so can the checks that classic protection
    /// asks for; how many approvals that asks for is told to administrators only.
    async fn examine_branch(&self, branch: &BranchName) -> Result<Remark, Error> {
        let what = format!("branch {branch}");
        let Some(found) = self.branch(branch).await? else {
            return Ok(Remark::doubtful(
                &what,
                "is not there",
                "Push it, or correct lanekeeper.toml.",
            ));
        };
        let rules = self.rules(branch).await?;
        if rules.is_beyond_plan {
            return Ok(Remark::doubtful(
                &what,
                "cannot be protected: GitHub's plan has no rules for private repositories, so anybody with push rights goes around the seats",
                "Take a plan with rules, or make the repository public.",
            ));
        }
        Ok(if found.protected {
            let (mut detail, and) = if rules.hides_approvals {
                let hidden = "how many approvals it asks for, only administrators may read";
                (format!("is protected; {hidden}"), "; it asks for")
            } else {
                let asked = format!("is protected and asks for {} approvals", rules.approvals);
                (asked, " and")
            };
            if !rules.checks.is_empty() {
                let names: Vec<&str> = rules.checks.iter().map(|one| one.name.as_str()).collect();
                detail.push_str(&format!("{and} the checks {}", names.join(", ")));
            }
            if rules.has_queue {
                detail.push_str("; merges go through its queue");
                // Promotions and retrofits must be merge commits.
                if let Some(why) = rules.queue_obstacle(MergeMethod::Merge) {
                    return Ok(Remark::bad(
                        &what,
                        format!("{detail}; {why}"),
                        "Let the queue merge by merge commits.",
                    ));
                }
            }
            if rules.approvals > 0 && !rules.are_stale_dismissed {
                detail.push_str("; approvals outlive a push there, and count for nothing here");
            }
            Remark::good(&what, detail)
        } else {
            Remark::doubtful(
                &what,
                "is not protected: anybody with push rights goes around the seats",
                "Protect it by a rule set.",
            )
        })
    }
}
