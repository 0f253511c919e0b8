//! The team's project as configuration describes it: lanes, environments, roles, checks, apps, checklist.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use super::freeze::ChangeFreeze;
use super::id::ItemId;
use super::id::StepId;
use super::lane::Edge;
use super::lane::Lane;
use super::lane::Layer;
use super::name::AppName;
use super::name::BranchName;
use super::name::BranchPattern;
use super::name::CheckName;
use super::name::EnvironmentName;
use super::name::LaneName;
use super::name::RemoteName;
use super::name::Role;
use super::person::Roles;
use super::time::Timestamp;

/// Everything about a project that does not depend on one hotfix.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    pub name: String,
    /// In drawing order: BUILD first, the lane nearest production last.
    pub lanes: Vec<Lane>,
    pub environments: Vec<Environment>,
    pub roles: Roles,
    pub checks: Vec<CheckRule>,
    pub apps: Vec<App>,
    /// Items that the team adds to every playbook's checklist.
    pub checklist: Vec<ChecklistItem>,
    #[serde(default)]
    pub freezes: Vec<ChangeFreeze>,
    /// Named by the lines of git's own that are printed.
    #[serde(default)]
    pub remote: RemoteName,
    #[serde(default)]
    pub overrides: OverrideRules,
}

/// What the team asks of whoever overrides a rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverrideRules {
    /// One that no allowed key of its author signed counts for nothing.
    pub must_be_signed: bool,
    /// Whoever took the driver's seat over gets no permit until somebody else has co-signed it.
    pub cosigns_takeover: bool,
    /// People are accounts of a forge here; on a plain remote they are addresses, as git names them.
    #[serde(default)]
    pub by_account: bool,
}

/// Where something runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    pub name: EnvironmentName,
    /// Production: changes to it are of the highest danger level.
    pub is_production: bool,
    /// Roles that must approve a deployment, each by another person.
    pub seats: Vec<Role>,
    /// The deploy job's name, `deploy-prod-hotfix`, or on GitHub the file of the workflow, `deploy.yml`; none where
    /// merging is deploying.
    pub job: Option<String>,
    /// Apps that are deployed, all of them every time.
    pub apps: Vec<AppName>,
    /// The command that runs database migrations (`run-migrations-prod`), if the team has one; on GitHub the file of
    /// a workflow, `migrate.yml`.
    pub migrations: Option<Vec<String>>,
    /// Where a hotfix for this environment is worked on: a sandbox cloned from it.
    pub hotfix_sandbox: Option<EnvironmentName>,
    /// A Salesforce org rather than a plain host.
    pub is_org: bool,
}

/// One app and how it goes live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct App {
    pub name: AppName,
    /// Argument vector of the deploy command; run without a shell.
    /// Empty where a pipeline deploys.
    pub deploy: Vec<String>,
    pub health: Option<Health>,
}

/// How to see that an app is up after a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    pub probe: HealthProbe,
    pub attempts: u32,
    pub interval: Duration,
    pub timeout: Duration,
}

/// What a health check asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthProbe {
    /// `GET url` answers `status`, and its body contains `body` if given.
    Http {
        url: String,
        status: u16,
        body: Option<String>,
    },
    /// The command exits with 0.
    Command(Vec<String>),
}

/// A check that every request into certain lanes must pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRule {
    pub name: CheckName,
    /// Argument vector, run in a worktree of the exact head; without one the forge's CI runs it.
    pub command: Option<Vec<String>>,
    pub is_required: bool,
    /// Lanes it applies to; none means all.
    pub lanes: Vec<LaneName>,
    pub timeout: Duration,
}

/// When a checklist item is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChecklistPhase {
    Before,
    Request,
    Production,
    After,
}

/// One item of the checklist; with `evidence` the engine ticks it by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecklistItem {
    pub id: ItemId,
    pub text: String,
    pub phase: ChecklistPhase,
    /// The fact that ticks it; none means a person ticks it with a note.
    pub evidence: Option<EvidenceRule>,
}

/// A fact that ticks a checklist item by itself; re-evaluated at every look, so a tick can go back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum EvidenceRule {
    /// `step:ID`: that step is done.
    Step(StepId),
    /// `opened:ID`: every target of that carrying step has its change request.
    Opened(StepId),
    /// `resolved:ID`: no target of that carrying step has an undecided conflict.
    Resolved(StepId),
    /// `merged:ID`: every target of that carrying step is merged; or a change request of that change step brought the fix,
    /// as the step asks. Where nothing shows how it came there, a person ticks the item.
    Merged(StepId),
    /// `seat:ROLE`: that seat was filled for the production deployment or the request into production.
    Seat(Role),
    /// `present-in-build`: the fix is PRESENT on every BUILD lane.
    PresentInBuild,
    /// `promotions-clean`: every promotion edge merges cleanly and keeps the fix.
    PromotionsClean,
}

impl std::str::FromStr for EvidenceRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let step = |id: &str| id.parse::<StepId>().map_err(|error| error.to_string());
        match text.split_once(':') {
            Some(("step", id)) => Ok(Self::Step(step(id)?)),
            Some(("opened", id)) => Ok(Self::Opened(step(id)?)),
            Some(("resolved", id)) => Ok(Self::Resolved(step(id)?)),
            Some(("merged", id)) => Ok(Self::Merged(step(id)?)),
            Some(("seat", role)) => Ok(Self::Seat(
                role.parse()
                    .map_err(|error: super::name::NameError| error.to_string())?,
            )),
            None if text == "present-in-build" => Ok(Self::PresentInBuild),
            None if text == "promotions-clean" => Ok(Self::PromotionsClean),
            _ => Err(format!(
                "`{text}` is not a fact; expected step:ID, opened:ID, resolved:ID, merged:ID, seat:ROLE, present-in-build or promotions-clean"
            )),
        }
    }
}

impl std::fmt::Display for EvidenceRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Step(id) => write!(f, "step:{id}"),
            Self::Opened(id) => write!(f, "opened:{id}"),
            Self::Resolved(id) => write!(f, "resolved:{id}"),
            Self::Merged(id) => write!(f, "merged:{id}"),
            Self::Seat(role) => write!(f, "seat:{role}"),
            Self::PresentInBuild => f.write_str("present-in-build"),
            Self::PromotionsClean => f.write_str("promotions-clean"),
        }
    }
}

impl TryFrom<String> for EvidenceRule {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<EvidenceRule> for String {
    fn from(rule: EvidenceRule) -> Self {
        rule.to_string()
    }
}

impl Project {
    /// Returns the change freeze that is in force for a lane.
    pub fn freeze_of(&self, lane: &LaneName, now: Timestamp) -> Option<&ChangeFreeze> {
        let mut on = self.freezes.iter().filter(|freeze| freeze.is_on(now));
        on.find(|freeze| freeze.is_about(lane))
    }

    /// Returns the lane of that name.
    pub fn lane(&self, name: &LaneName) -> Option<&Lane> {
        self.lanes.iter().find(|lane| &lane.name == name)
    }

    /// Returns the lane that is this branch.
    pub fn lane_of_branch(&self, branch: &BranchName) -> Option<&Lane> {
        self.lanes.iter().find(|lane| lane.branch.matches(branch))
    }

    /// Returns the environment of that name.
    pub fn environment(&self, name: &EnvironmentName) -> Option<&Environment> {
        self.environments
            .iter()
            .find(|environment| &environment.name == name)
    }

    /// Returns the environment that runs a lane.
    pub fn environment_of(&self, lane: &LaneName) -> Option<&Environment> {
        self.environment(self.lane(lane)?.environment.as_ref()?)
    }

    /// Tells whether a lane leads to users: its environment is production.
    pub fn is_production(&self, lane: &LaneName) -> bool {
        self.environment_of(lane)
            .is_some_and(|environment| environment.is_production)
    }

    /// Returns the production lane: the one in a production environment, else the RUN lane that merges into no other.
    pub fn production(&self) -> Option<&Lane> {
        let mut run = self.lanes.iter().filter(|lane| lane.layer == Layer::Run);
        run.clone()
            .find(|lane| self.is_production(&lane.name))
            .or_else(|| {
                run.rfind(|lane| lane.merges_into.is_empty() && lane.branch_name().is_some())
            })
    }

    /// Returns the name of the environment that the production lane runs in; where the file gives it none, its own.
    pub fn production_name(&self) -> Option<EnvironmentName> {
        let lane = self.production()?;
        let own = lane.environment.clone();
        own.or_else(|| lane.name.as_str().parse().ok())
    }

    /// Returns what production is called where it changes: the names of its environments, and that of the environment that the
    /// production lane runs in; where the file gives it none, its own.
    pub fn production_names(&self) -> Vec<EnvironmentName> {
        let flagged = self.environments.iter().filter(|one| one.is_production);
        let mut names: Vec<EnvironmentName> = flagged.map(|one| one.name.clone()).collect();
        if let Some(name) = self.production_name()
            && !names.contains(&name)
        {
            names.push(name);
        }
        names
    }

    /// Tells whether what is called so is production.
    pub fn is_production_name(&self, name: &EnvironmentName) -> bool {
        self.production_names().contains(name)
    }

    /// Returns where a hotfix begins: the RUN lane that merges into production, else production itself.
    pub fn run_entry(&self) -> Option<&Lane> {
        let production = self.production()?;
        self.lanes
            .iter()
            .find(|lane| {
                lane.layer == Layer::Run
                    && lane.merges_into.contains(&production.name)
                    && lane.branch_name().is_some()
            })
            .or(Some(production))
    }

    /// Returns the BUILD lane furthest from production: where work on the next version begins.
    pub fn build_entry(&self) -> Option<&Lane> {
        let is_fed = |lane: &Lane| {
            self.lanes
                .iter()
                .any(|other| other.layer == Layer::Build && other.merges_into.contains(&lane.name))
        };
        let mut build = self
            .lanes
            .iter()
            .filter(|lane| lane.layer == Layer::Build && lane.branch_name().is_some());
        build
            .clone()
            .find(|lane| !is_fed(lane) && !lane.merges_into.is_empty())
            .or_else(|| build.next())
    }

    /// Returns how many promotions lie between a lane and production; none where no way leads there.
    pub fn distance(&self, lane: &LaneName) -> Option<usize> {
        let production = &self.production()?.name;
        let (mut lanes, mut distance) = (vec![lane], 0);
        let mut seen: BTreeSet<&LaneName> = BTreeSet::new();
        while !lanes.is_empty() {
            if lanes.contains(&production) {
                return Some(distance);
            }
            let known = lanes.iter().filter_map(|lane| self.lane(lane));
            let further = known.flat_map(|lane| &lane.merges_into);
            lanes = further.filter(|lane| seen.insert(*lane)).collect();
            distance += 1;
        }
        None
    }

    /// Returns every promotion, in lane order.
    pub fn edges(&self) -> Vec<Edge> {
        self.lanes
            .iter()
            .flat_map(|lane| {
                lane.merges_into.iter().map(|into| Edge {
                    from: lane.name.clone(),
                    into: into.clone(),
                })
            })
            .collect()
    }

    /// Returns the checks that a request into `lane` must pass.
    pub fn required_checks(&self, lane: &LaneName) -> impl Iterator<Item = &CheckRule> {
        self.checks_for(lane).filter(|check| check.is_required)
    }

    /// Returns all checks that run for a request into `lane`.
    pub fn checks_for(&self, lane: &LaneName) -> impl Iterator<Item = &CheckRule> {
        let lane = lane.clone();
        self.checks
            .iter()
            .filter(move |check| check.lanes.is_empty() || check.lanes.contains(&lane))
    }

    /// Returns the same project with every pattern lane replaced by one lane per branch that it covers.
    ///
    /// Such a lane is named like its branch. A branch that another lane names exactly is not taken twice. A check
    /// that names the pattern's lane applies to each of them.
    pub fn expand<'a>(&self, branches: impl IntoIterator<Item = &'a BranchName>) -> Self {
        let branches: Vec<&BranchName> = branches.into_iter().collect();
        let named = |branch: &BranchName| {
            self.lanes
                .iter()
                .any(|lane| lane.branch.as_branch().as_ref() == Some(branch))
        };
        let mut lanes = Vec::new();
        let mut checks = self.checks.clone();
        for lane in &self.lanes {
            if lane.branch.as_branch().is_some() {
                lanes.push(lane.clone());
                continue;
            }
            for branch in branches
                .iter()
                .filter(|branch| lane.branch.matches(branch) && !named(branch))
            {
                let Ok(name) = branch.as_str().parse::<LaneName>() else {
                    continue;
                };
                // The pattern's own name stays: a list that became empty would mean every lane.
                for check in &mut checks {
                    if check.lanes.contains(&lane.name) {
                        check.lanes.push(name.clone());
                    }
                }
                lanes.push(Lane {
                    name,
                    branch: BranchPattern::from((*branch).clone()),
                    pattern: Some(lane.branch.clone()),
                    ..lane.clone()
                });
            }
        }
        Self {
            lanes,
            checks,
            ..self.clone()
        }
    }
}
