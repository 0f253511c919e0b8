//! A target that has no open request: its branch is built where it is needed, and its request opened.

use crate::engine::carried;
use crate::engine::derive::Gate;
use crate::engine::derive::gate_at;
use crate::engine::derive::last_request;
use crate::engine::look::sight;
use crate::engine::parts::share_of;
use crate::engine::two_branch::is_conflict_base;
use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::ConflictPath;
use crate::model::LaneName;
use crate::model::PredictionOutcome;
use crate::model::RequestId;
use crate::model::Untrusted;
use crate::playbook::Carry;
use crate::playbook::ConflictPolicy;
use crate::playbook::Step;
use crate::playbook::Strategy;
use crate::record::BuiltTarget;

use super::Call;
use super::Desk;
use super::Expectation;
use super::Level;
use super::Refusal;
use super::draft::Draft;
use super::opening::Conflicts;
use super::refuse;

/// Builds the branch where it is needed and opens the request.
pub(super) fn plan_branch(
    desk: &Desk<'_>,
    wanted: &str,
    step: &Step,
    carry: &Carry,
    lane: &LaneName,
) -> Result<Draft, Refusal> {
    New::predicted(desk, wanted, step, carry, lane)?.plan(wanted)
}

/// Returns the conflicts to expect, none if it is clean, and the picks that would be left out because of them.
fn outlook(
    desk: &Desk<'_>,
    wanted: &str,
    step: &Step,
    lane: &LaneName,
    onto: &CommitId,
) -> Result<(Vec<ConflictPath>, Vec<CommitId>), Refusal> {
    let seen = desk
        .look
        .seen
        .predictions
        .get(&(step.id.clone(), lane.clone()));
    if let Some(blind) = sight(&format!("whether the fix applies to {lane}"), seen) {
        return Err(refuse(wanted, blind.words(desk.look.seen.now)));
    }
    let Some(prediction) = seen.and_then(crate::model::Seen::fresh) else {
        return Err(refuse(
            wanted,
            format!("nobody predicted whether the fix applies to {lane}"),
        ));
    };
    if &prediction.target_tip != onto {
        return Err(refuse(
            wanted,
            format!(
                "{lane} moved from {} to {} since it was predicted",
                prediction.target_tip.short(),
                onto.short()
            ),
        )
        .hint("refresh"));
    }
    match &prediction.outcome {
        PredictionOutcome::Clean => Ok((Vec::new(), Vec::new())),
        PredictionOutcome::Conflict { paths } => Ok((paths.clone(), prediction.pending.clone())),
        PredictionOutcome::Already => Err(refuse(
            wanted,
            format!(
                "nothing would change in {lane}: a person must look why the fix is not PRESENT"
            ),
        )),
        PredictionOutcome::Blocked { why } => Err(refuse(wanted, why.clone())),
        PredictionOutcome::Unknown { why } => Err(refuse(
            wanted,
            format!("cannot tell whether the fix applies to {lane}: {why}"),
        )),
    }
}

/// Returns the branch that was built for a target and waits for its request, with where it stands now.
fn built<'a>(
    desk: &'a Desk<'_>,
    step: &Step,
    lane: &LaneName,
    into: &BranchName,
) -> Option<(&'a BuiltTarget, &'a CommitId)> {
    let key = (step.id.clone(), lane.clone());
    let built = desk.look.record.built.get(&key)?;
    if is_conflict_base(built) || is_used(desk, &built.branch, into) {
        return None;
    }
    Some((built, desk.look.tip(&built.branch)?))
}

/// Tells whether a request was ever opened from the branch.
fn is_used(desk: &Desk<'_>, branch: &BranchName, into: &BranchName) -> bool {
    desk.look
        .requests()
        .iter()
        .any(|request| &request.from == branch && &request.into == into)
}

/// A target's request to be opened, with all that is known about it.
pub(super) struct New<'a> {
    pub(super) desk: &'a Desk<'a>,
    pub(super) step: &'a Step,
    pub(super) carry: &'a Carry,
    pub(super) lane: &'a LaneName,
    pub(super) into: BranchName,
    pub(super) onto: CommitId,
    pub(super) commits: Vec<CommitId>,
    pub(super) conflicts: Vec<ConflictPath>,
    /// The picks that would be left out because of them.
    pub(super) pending: Vec<CommitId>,
    /// The request in which people resolved its conflicts, where that was one of its own.
    pub(super) resolved: Option<RequestId>,
    /// The request that brought the fix, or a part of it, before.
    pub(super) earlier: Option<RequestId>,
}

impl<'a> New<'a> {
    /// Returns a request without conflicts into a lane as it was seen in this look.
    pub(super) fn of(
        desk: &'a Desk<'a>,
        wanted: &str,
        step: &'a Step,
        carry: &'a Carry,
        lane: &'a LaneName,
        commits: Vec<CommitId>,
    ) -> Result<Self, Refusal> {
        let into = desk.branch(wanted, lane)?;
        let onto = desk.fresh_tip(wanted, &into)?;
        desk.method(
            wanted,
            &[carry.method],
            carry.strategy == Strategy::MergeLane,
        )?;
        let last = last_request(desk.look, &step.id, carry, lane);
        let earlier = last.filter(|request| request.merged().is_some());
        Ok(Self {
            desk,
            step,
            carry,
            lane,
            into,
            onto,
            commits,
            conflicts: Vec::new(),
            pending: Vec::new(),
            resolved: None,
            earlier: earlier.map(|request| request.id),
        })
    }

    /// Returns a request for what is to be carried now, with the conflicts to expect.
    pub(super) fn predicted(
        desk: &'a Desk<'a>,
        wanted: &str,
        step: &'a Step,
        carry: &'a Carry,
        lane: &'a LaneName,
    ) -> Result<Self, Refusal> {
        if let Some(blind) = sight("the fix", Some(&desk.look.seen.fix)) {
            return Err(refuse(wanted, blind.words(desk.look.seen.now)));
        }
        desk.may_go_into(wanted, carry, lane)?;
        let commits = carried::carried(
            carry,
            desk.look.book,
            desk.look.record,
            desk.look.fix(),
            desk.look.requests(),
            desk.look.lane_tip(&carry.source),
        );
        if commits.is_empty() {
            return Err(refuse(wanted, "there are no commits to carry yet"));
        }
        let request = Self::of(desk, wanted, step, carry, lane, commits)?;
        let (conflicts, pending) = outlook(desk, wanted, step, lane, &request.onto)?;
        Ok(Self {
            conflicts,
            pending,
            ..request
        })
    }
}

/// Refuses where the pattern gives no branch.
pub(super) fn no_name(wanted: &str, carry: &Carry, error: &str) -> Refusal {
    refuse(
        wanted,
        format!("no branch name from `{}`: {error}", carry.branch),
    )
    .hint("set `branch` of this step in lanekeeper.toml")
}

impl New<'_> {
    fn plan(&self, wanted: &str) -> Result<Draft, Refusal> {
        let look = self.desk.look;
        let is_used = |branch: &BranchName| is_used(self.desk, branch, &self.into);
        if let Some((built, tip)) = built(self.desk, self.step, self.lane, &self.into) {
            return Ok(self.open_built(built, tip));
        }
        if self.goes_directly(&is_used) {
            let branch = look.fix_branch().cloned();
            if let (Some(branch), Some(head)) = (branch, look.fix_head()) {
                let mut draft = Draft::new(self.open_title(&branch), Level::L2);
                self.open(&mut draft, &branch, Some(head), Conflicts::NONE);
                return Ok(draft);
            }
        }
        let branch = self.branch(wanted)?;
        match self.carry.conflict {
            ConflictPolicy::Fail if !self.conflicts.is_empty() => self.tell(wanted, &branch),
            ConflictPolicy::Local if !self.conflicts.is_empty() => {
                Err(self.wait_for_resolution(wanted))
            }
            ConflictPolicy::TwoBranch if !self.conflicts.is_empty() => self.build_conflict(wanted),
            ConflictPolicy::DraftWithMarkers
            | ConflictPolicy::EmptyCommit
            | ConflictPolicy::Fail
            | ConflictPolicy::Local
            | ConflictPolicy::TwoBranch => Ok(self.build(&branch)),
        }
    }

    /// Opens the request of a branch that was built before, and is told as what it is: it carries no more than it was built
    /// with.
    fn open_built(&self, built: &BuiltTarget, tip: &CommitId) -> Draft {
        // Perhaps resolved by a person since: what its conflicts are is known, not predicted.
        let mut draft = Draft::new(self.open_title(&built.branch), Level::L2);
        let look = self.desk.look;
        let gate = gate_at(look, &self.step.id, self.lane, &built.branch, tip);
        let conflicts = match (self.carry.conflict, gate) {
            (ConflictPolicy::Local, Gate::Open) => Conflicts::Resolved(&built.conflicts),
            (_, Gate::Open | Gate::Undecided(_) | Gate::Blind(_)) => Conflicts::Open {
                paths: &built.conflicts,
                pending: &built.pending,
            },
        };
        let as_built = Self {
            commits: if built.picks.is_empty() {
                self.commits.clone()
            } else {
                built.picks.clone()
            },
            into: self.into.clone(),
            onto: self.onto.clone(),
            conflicts: Vec::new(),
            pending: Vec::new(),
            ..*self
        };
        as_built.open(&mut draft, &built.branch, Some(tip), conflicts);
        if let Some(share) = share_of(look, self.carry, &built.picks) {
            draft.warn(format!(
                "{} was built with {}: what came later is carried after it",
                built.branch,
                share.words()
            ));
        }
        draft
    }

    /// The hotfix branch itself is the request's source where it merges cleanly (flows.md 2.1).
    fn goes_directly(&self, is_used: &impl Fn(&BranchName) -> bool) -> bool {
        let look = self.desk.look;
        self.carry.strategy == Strategy::MergeFix
            && self.conflicts.is_empty()
            && look
                .fix_branch()
                .is_some_and(|branch| look.tip(branch).is_some() && !is_used(branch))
    }

    /// Returns the branch that is built for the target.
    pub(super) fn branch(&self, wanted: &str) -> Result<BranchName, Refusal> {
        let look = self.desk.look;
        carried::branch(look, &self.step.id, self.carry, self.lane, &self.commits)
            .map_err(|error| no_name(wanted, self.carry, &error))
    }

    /// Returns the call that builds it.
    pub(super) fn building(&self, branch: &BranchName, policy: ConflictPolicy) -> Call {
        let look = self.desk.look;
        Call::BuildTarget {
            branch: branch.clone(),
            previous: look.tip(branch).cloned(),
            onto: self.onto.clone(),
            strategy: self.carry.strategy,
            commits: self.commits.clone(),
            policy,
            trailers: carried::trailers(look, self.lane),
            subject: self.subject(),
        }
    }

    /// Returns the commits that are not built onto the branch: they would put markers into markers.
    fn left_out(&self) -> &[CommitId] {
        match self.carry.conflict {
            ConflictPolicy::DraftWithMarkers => &self.pending,
            ConflictPolicy::EmptyCommit
            | ConflictPolicy::Fail
            | ConflictPolicy::Local
            | ConflictPolicy::TwoBranch => &[],
        }
    }

    fn open_title(&self, branch: &BranchName) -> String {
        format!("open change request {branch} -> {}", self.lane)
    }

    fn build(&self, branch: &BranchName) -> Draft {
        let look = self.desk.look;
        let previous = look.tip(branch).cloned();
        let mut draft = Draft::new(
            format!(
                "{} into {}: build {branch} and open its change request",
                self.carry.kind.word(),
                self.lane
            ),
            Level::L3,
        );
        draft.call(
            self.building(branch, self.carry.conflict),
            vec![
                Expectation::Branch {
                    branch: self.into.clone(),
                    at: Some(self.onto.clone()),
                },
                Expectation::Branch {
                    branch: branch.clone(),
                    at: previous,
                },
            ],
        );
        let met = Conflicts::Open {
            paths: &self.conflicts,
            pending: self.left_out(),
        };
        self.open(&mut draft, branch, None, met);
        self.tell_choice(&mut draft);
        draft.will_change.insert(
            0,
            format!(
                "new branch {branch} from {} {}",
                self.lane,
                self.onto.short()
            ),
        );
        draft.way_back =
            format!("close the change request and delete {branch}; no lane has changed");
        draft
    }

    /// Returns the subject of the merge commit, for the merging strategies.
    fn subject(&self) -> String {
        let look = self.desk.look;
        match self.carry.strategy {
            Strategy::Pick => String::new(),
            Strategy::MergeFix => format!(
                "Merge {} into {}",
                look.fix_branch()
                    .map_or("the hotfix", |branch| branch.as_str()),
                self.lane
            ),
            Strategy::MergeLane => format!("Merge {} into {}", self.carry.source, self.lane),
        }
    }
}

/// Returns the paths in one line, each with its kind.
pub(super) fn names(conflicts: &[ConflictPath]) -> String {
    let names: Vec<String> = conflicts
        .iter()
        .map(|path| {
            format!(
                "{} ({})",
                Untrusted::new(path.path.as_str()).show(),
                path.kind.word()
            )
        })
        .collect();
    names.join(", ")
}
