//! Guards that hold on every plan (flows.md section 3).

use crate::engine::look::sight;
use crate::engine::run_bound::held;
use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::DeploymentId;
use crate::model::Enforcement;
use crate::model::EnvironmentName;
use crate::model::LaneName;
use crate::model::MergeMethod;
use crate::model::Role;
use crate::playbook::Carry;

use super::Desk;
use super::Expectation;
use super::Level;
use super::Refusal;
use super::deploy::is_production;
use super::draft::Draft;
use super::refuse;

impl Desk<'_> {
    /// Refuses to plan on tips or requests that were not seen in this very look.
    pub(super) fn can_see(&self, wanted: &str) -> Result<(), Refusal> {
        let seen = self.look.seen;
        let blind: Vec<_> = sight("the remote", Some(&seen.tips))
            .into_iter()
            .chain(sight("the change requests", Some(&seen.requests)))
            .collect();
        if blind.is_empty() {
            return Ok(());
        }
        Err(Refusal {
            wanted: wanted.to_owned(),
            reasons: self.words(&blind),
            hint: Some("refresh; nothing is planned on what may have changed".into()),
        })
    }

    /// Returns where a branch stands now.
    pub(super) fn fresh_tip(&self, wanted: &str, branch: &BranchName) -> Result<CommitId, Refusal> {
        self.can_see(wanted)?;
        self.look
            .seen
            .tips
            .fresh()
            .and_then(|tips| tips.get(branch))
            .cloned()
            .ok_or_else(|| refuse(wanted, format!("the branch {branch} is not on the remote")))
    }

    /// Returns a lane's branch.
    pub(super) fn branch(&self, wanted: &str, lane: &LaneName) -> Result<BranchName, Refusal> {
        self.look.branch_of(lane).ok_or_else(|| {
            refuse(
                wanted,
                format!("the lane {lane} is not a branch of this project"),
            )
        })
    }

    /// Returns the merge method to use: the first that the playbook allows and the forge has. Lane into lane
    /// is a merge commit whatever else is allowed: a squashed promotion or sync freezes the merge base, and
    /// the next one conflicts falsely.
    pub(super) fn method(
        &self,
        wanted: &str,
        allowed: &[MergeMethod],
        is_lane_to_lane: bool,
    ) -> Result<MergeMethod, Refusal> {
        let offered = &self.look.seen.capabilities.merge_methods;
        let allowed: Vec<MergeMethod> = if is_lane_to_lane {
            vec![MergeMethod::Merge]
        } else {
            allowed.to_vec()
        };
        if let Some(method) = allowed.iter().find(|method| offered.contains(method)) {
            return Ok(*method);
        }
        let words = |methods: &[MergeMethod]| {
            let words: Vec<&str> = methods.iter().map(|method| method.word()).collect();
            words.join(" or ")
        };
        let why = if allowed == [MergeMethod::Merge] {
            ": anything else freezes the merge base and the next promotion conflicts falsely"
        } else {
            ""
        };
        Err(refuse(
            wanted,
            format!(
                "this must be merged by {}{why}; {} offers only {}",
                words(&allowed),
                self.look.seen.capabilities.forge,
                words(offered)
            ),
        )
        .hint(
            "allow merge commits for this branch in the forge's settings, or carry the fix with strategy `pick`",
        ))
    }

    /// Refuses to carry into RUN what must not lead there.
    pub(super) fn may_go_into(
        &self,
        wanted: &str,
        carry: &Carry,
        lane: &LaneName,
    ) -> Result<(), Refusal> {
        let Some(held) = held(self.look, carry, lane) else {
            return Ok(());
        };
        Err(Refusal {
            wanted: wanted.to_owned(),
            reasons: held.state().why(self.look.seen.now),
            hint: held.way_out(self.look),
        })
    }

    /// One production deployment at a time: refuses while one runs, and while nobody can tell.
    pub(super) fn is_quiet(
        &self,
        wanted: &str,
        environment: &EnvironmentName,
    ) -> Result<Expectation, Refusal> {
        self.is_quiet_but(wanted, environment, None)
    }

    /// Refuses while another deployment runs than the one that is to be started further.
    pub(super) fn is_quiet_but(
        &self,
        wanted: &str,
        environment: &EnvironmentName,
        but: Option<&DeploymentId>,
    ) -> Result<Expectation, Refusal> {
        if let Some(blind) = sight("the deployments", Some(&self.look.seen.deployments)) {
            return Err(Refusal {
                wanted: wanted.to_owned(),
                reasons: self.words(&[blind]),
                hint: Some("refresh; nothing goes to production blindly".into()),
            });
        }
        let running = self.look.deployments().iter().find(|deployment| {
            &deployment.environment == environment
                && deployment.is_running()
                && Some(&deployment.id) != but
        });
        match running {
            Some(deployment) => Err(refuse(
                wanted,
                format!(
                    "deployment {} of {} to {environment} by {} is running; one at a time",
                    deployment.id,
                    deployment.commit.short(),
                    deployment.created_by.show()
                ),
            )
            .hint("wait until it has ended")),
            None => Ok(Expectation::Quiet {
                environment: environment.clone(),
                but: but.cloned(),
            }),
        }
    }

    /// Returns what to say of those seats that the forge itself does not ask for; it does for those in `asked`.
    pub(super) fn only_we_ask(
        &self,
        seats: &[Role],
        asked: &[Role],
        without: &str,
    ) -> Option<String> {
        let capabilities = &self.look.seen.capabilities;
        match capabilities.seats {
            Enforcement::Forge => return None,
            Enforcement::Partly | Enforcement::Console => {}
        }
        let words = |roles: &[&Role]| {
            let names: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
            names.join(" and ")
        };
        let (theirs, ours): (Vec<&Role>, Vec<&Role>) =
            seats.iter().partition(|role| asked.contains(role));
        let forge = &capabilities.forge;
        match (ours.as_slice(), theirs.as_slice()) {
            ([], _) => None,
            (_, []) => Some(format!(
                "only Lanekeeper asks for these seats: {forge} would {without} without them"
            )),
            (ours, theirs) => Some(format!(
                "only Lanekeeper asks for {}: {forge} would {without} with no more than {}",
                words(ours),
                words(theirs)
            )),
        }
    }

    /// Returns what to say of the seats of a merge that the forge itself does not ask for. One that only counts approvals
    /// refuses without enough of them, from whomever they are.
    pub(super) fn who_asks_to_merge(&self, seats: &[Role], into: &BranchName) -> Option<String> {
        let only_we = self.only_we_ask(seats, &[], "merge")?;
        let capabilities = &self.look.seen.capabilities;
        let Some(count) = capabilities.approvals_into(into) else {
            return Some(only_we);
        };
        let end = if count == 1 { "" } else { "s" };
        Some(format!(
            "{} asks for {count} approval{end} of anybody before it merges into {into}; which roles, only Lanekeeper asks",
            capabilities.forge
        ))
    }

    /// Says why we may not start what goes to an environment, where the forge told that it lets others only.
    pub(in crate::engine) fn kept_out(&self, environment: &EnvironmentName) -> Option<String> {
        let capabilities = &self.look.seen.capabilities;
        capabilities.starters_of(environment)?.why_not_me()
    }

    /// Returns how dangerous it is to start what goes to an environment.
    pub(in crate::engine) fn level_of_start(&self, environment: &EnvironmentName) -> Level {
        if is_production(self, environment) {
            Level::L4
        } else {
            Level::L3
        }
    }

    /// Tells in a plan who may start what goes to an environment, where the forge keeps that to some.
    pub(super) fn tell_starters(&self, draft: &mut Draft, environment: &EnvironmentName) {
        let capabilities = &self.look.seen.capabilities;
        let Some(starters) = capabilities.starters_of(environment) else {
            return;
        };
        let words = starters.words();
        match (starters.has_me, starters.why_not_me()) {
            (_, Some(why)) => draft.warn(why),
            (Some(_), None) => draft.ok(format!("{words}, and you are one of them")),
            (None, None) => draft.warn(format!(
                "{words}; whether you are among them, {} does not tell",
                capabilities.forge
            )),
        }
    }

    /// Tells in a plan that a change freeze is on in a lane; a hotfix may be what has to go out in one.
    pub(super) fn tell_freeze(&self, draft: &mut Draft, lane: &LaneName) {
        let now = self.look.seen.now;
        if let Some(freeze) = self.look.project().freeze_of(lane, now) {
            draft.warn(format!("{} is on for {lane}", freeze.words()));
        }
    }

    /// Returns the environment whose name is typed before production is changed through this lane.
    pub(super) fn typed_name(&self, lane: &LaneName) -> Option<EnvironmentName> {
        self.look
            .project()
            .environment_of(lane)
            .map(|environment| environment.name.clone())
            .or_else(|| lane.as_str().parse().ok())
    }

    /// Returns people to ask for a review: everybody who may take one of the seats and did not open it.
    pub(super) fn reviewers(&self, seats: &[Role]) -> Vec<String> {
        let mut people: Vec<String> = Vec::new();
        for role in seats {
            for id in self.look.project().roles.members(role) {
                if !self.look.seen.me.is_called(id) && !people.contains(id) {
                    people.push(id.clone());
                }
            }
        }
        people
    }
}
