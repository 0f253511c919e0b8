//! Everything seen from outside in one look, each fact with how it is known.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::model::BranchName;
use crate::model::Capabilities;
use crate::model::ChangeRequest;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::ConflictPath;
use crate::model::Deployment;
use crate::model::Driven;
use crate::model::Edge;
use crate::model::EnvironmentName;
use crate::model::LaneName;
use crate::model::LockId;
use crate::model::Person;
use crate::model::Prediction;
use crate::model::PredictionOutcome;
use crate::model::Presence;
use crate::model::RequestId;
use crate::model::Seen;
use crate::model::Signed;
use crate::model::StepId;
use crate::model::Timestamp;
use crate::model::Untrusted;
use crate::playbook::PickUnit;
use crate::record::Driver;
use crate::record::Lock;
use crate::record::TakenOver;

use super::interrupted::Interrupted;
use super::marker::Marker;
use super::rewritten::Rewritten;
use super::weighed::Weighed;

/// One look at git and the forge, for one hotfix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    pub now: Timestamp,
    /// For how long this machine was up then, sleep counted: what the age of a plan is measured by.
    pub since_boot: Duration,
    /// Who operates this console.
    pub me: Person,
    pub capabilities: Capabilities,
    /// Until when the forge asked us to be quiet: its limit is used up.
    pub quiet_until: Option<Timestamp>,
    /// By how many seconds the forge's clock is ahead of ours, where that is worth telling.
    pub clock_offset: Option<i64>,
    /// Every branch on the remote.
    pub tips: Seen<BTreeMap<BranchName, CommitId>>,
    pub fix: Seen<FixSight>,
    pub edges: BTreeMap<Edge, Seen<EdgeSight>>,
    /// Is the fix in this lane's tip.
    pub presence: BTreeMap<LaneName, Seen<Presence>>,
    /// Lanes in which the fix is CHANGED though nothing of it ever came there, as far as history tells.
    pub unreached: Seen<BTreeSet<LaneName>>,
    /// Lanes in which the fix is CHANGED and into which everything that carried it brought nothing of it, as its conflicts were
    /// solved there. Of a lane that is not among them nobody can say so.
    pub dropped: BTreeSet<LaneName>,
    /// What took the fix out of lanes that lack it, or some of it, as the whole history tells. Where nothing is known of one,
    /// the lane's own line may still tell.
    pub taken_out: BTreeMap<LaneName, Reverted>,
    /// The fix in what a commit makes of a lane: of each open request that carries it or brings it into RUN, and of a
    /// resolution that is to be pushed.
    pub weighed: BTreeMap<(LaneName, CommitId), Seen<Weighed>>,
    /// Would the fix apply, per carrying step and target.
    pub predictions: BTreeMap<(StepId, LaneName), Seen<Prediction>>,
    /// What the merge drivers of this machine's clone have to do with it, where they have to. It decides nothing: what is
    /// carried is merged without them.
    pub driven: BTreeMap<(StepId, LaneName), Driven>,
    /// Earlier changes that a pick stands on and its target lacks, newest first, where it conflicts. They are told in a plan,
    /// so only who is about to plan looks for them.
    pub prerequisites: BTreeMap<(StepId, LaneName), Vec<Commit>>,
    /// Conflicted paths of a built branch that its present head still leaves undecided.
    pub undecided: BTreeMap<BranchName, Seen<Vec<ConflictPath>>>,
    /// What a pick that conflicts would have changed, where its request must show it (`empty-commit`).
    pub attempts: BTreeMap<(StepId, LaneName), Seen<Untrusted>>,
    /// What comes along where a lane is carried, besides the fix, per carrying step and target.
    pub along: BTreeMap<(StepId, LaneName), Seen<Riders>>,
    /// Requests of this hotfix and open ones between its branches, any state.
    pub requests: Seen<Vec<ChangeRequest>>,
    /// Requests that the forge still shows open although a merge of ours moved their branch: among `requests` they are merged,
    /// as the branch tells.
    pub unclosed: BTreeSet<RequestId>,
    /// Deployments to environments of this project, newest first.
    pub deployments: Seen<Vec<Deployment>>,
    /// Whether BUILD work is being validated in the RUN entry lane.
    pub frozen: Seen<Option<Frozen>>,
    /// Who drives each deploy target; empty where nobody looked.
    pub locks: BTreeMap<EnvironmentName, Seen<LockSight>>,
    /// The record is on this machine alone: a copy of it belongs where others read (safety.md 3.9).
    pub is_record_here: bool,
    /// The recent history of every lane, for the drawing.
    pub history: Seen<Arc<LaneHistory>>,
    /// The year in whose archive the record is, where it has no ref of its own any more: no plan adds to it.
    pub archived: Option<u16>,
    /// What is wrong with the record itself, where it is not what was seen here before.
    pub rewritten: Option<Rewritten>,
    /// What processes that died left open on this machine for this hotfix, oldest first.
    pub interrupted: Vec<Interrupted>,
}

impl Observation {
    /// Returns a request that was seen, fresh or not.
    pub fn request(&self, id: RequestId) -> Option<&ChangeRequest> {
        let requests = self.requests.value()?;
        requests.iter().find(|request| request.id == id)
    }

    /// Says which branch of an open request of ours is not on the remote: nobody can merge that one. None where both are
    /// there, or the remote was not seen.
    pub fn lacks_branch(&self, request: &ChangeRequest) -> Option<String> {
        let tips = self.tips.fresh()?;
        // What somebody opened may come from a fork, whose branches are elsewhere; ours say by their marker whose they are.
        if !request.is_open() || Marker::find(request.body.raw()).is_none() {
            return None;
        }
        // What was opened after the branches were read may be from one that came after it as well.
        if self.tips.at()? < request.opened_at {
            return None;
        }
        let mut branches = [&request.into, &request.from].into_iter();
        let gone = branches.find(|branch| !tips.contains_key(*branch))?;
        Some(format!(
            "change request {} is open, but the branch {gone} is not on the remote",
            request.id
        ))
    }
}

/// Says that a forge's clock is not this machine's: times of both stand beside each other.
pub fn clock_words(forge: &str, ahead: i64) -> String {
    let how = if ahead > 0 { "ahead of" } else { "behind" };
    format!(
        "the clock of {forge} is {} s {how} this machine's; ages and freezes go by this machine's",
        ahead.abs()
    )
}

/// The driver's seat of one deploy target, as this console sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockSight {
    pub id: LockId,
    pub lock: Lock,
    /// From which takeover the present epoch goes on, where it does.
    pub taken_over: Option<TakenOver>,
    /// This console.
    pub me: Driver,
    /// For how long nothing was heard of the driver, on our own clock.
    pub silent: Duration,
    /// How long ago we saw our own epoch begin, on our own clock.
    pub mine_for: Duration,
    /// Why no lock can be kept on this remote; then nobody is kept from anything.
    pub refused: Option<String>,
    /// How well it is known who took the seat.
    pub signed: Signed,
    /// Entries of this epoch whose signature is wrong, or missing where it must be there, in words.
    pub flaws: Vec<(Signed, String)>,
}

/// Says why the console works in solo mode, if it does: no lock can be kept for some environment, so the person is it.
pub fn solo(locks: &BTreeMap<EnvironmentName, Seen<LockSight>>) -> Option<&str> {
    let mut sights = locks.values().filter_map(Seen::value);
    sights.find_map(|sight| sight.refused.as_deref())
}

/// The recent history of the lanes, raw material of the lane graph.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LaneHistory {
    /// First-parent chain of each lane, newest first, cut at a bound.
    pub lanes: BTreeMap<LaneName, Vec<Commit>>,
    /// What follows after them on the same chain, where nobody needs more of it than its order.
    pub beyond: BTreeMap<LaneName, Vec<CommitId>>,
    /// Tags by the commit they point at.
    pub tags: BTreeMap<CommitId, Vec<String>>,
}

impl LaneHistory {
    /// Returns how many commits of the lane's own line are newer than this one; none if it was not seen there.
    pub fn place(&self, lane: &LaneName, id: &CommitId) -> Option<usize> {
        let read = self.lanes.get(lane).map_or(&[][..], Vec::as_slice);
        let beyond = self.beyond.get(lane).map_or(&[][..], Vec::as_slice);
        let ids = read.iter().map(|commit| &commit.id).chain(beyond);
        ids.into_iter().position(|one| one == id)
    }
}

/// The fix's branch and commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixSight {
    /// None if the branch is not on the remote (any more).
    pub head: Option<CommitId>,
    /// Where the fix leaves its base lane.
    pub merge_base: Option<CommitId>,
    /// The fix as one change; none while it is empty.
    pub span: Option<FixSpan>,
    /// The fix's own commits, oldest first; from the record's snapshot where the branch is gone or merged.
    pub commits: Vec<Commit>,
    /// Commits that are only in BUILD, on the branch or among those that somebody asked to carry into RUN: they must not
    /// lead there.
    pub contamination: Vec<Commit>,
    /// Of commits that somebody asked to carry: what no lane of RUN has. Empty for a hotfix, which brings them there.
    pub not_in_run: Vec<Commit>,
    /// The commits, taken together, change no file: there is nothing to prove or to carry.
    pub changes_nothing: bool,
    /// The commit of each lane's own line that brought the whole fix there, where history tells.
    pub landed: BTreeMap<LaneName, CommitId>,
    /// What a pick takes of it.
    pub picks: Picks,
}

/// The fix as one change: between these two nothing changes but the fix. It begins where the fix leaves its lane, unless
/// the lane was merged into the branch between two parts of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixSpan {
    pub base: CommitId,
    pub head: CommitId,
}

impl FixSpan {
    /// Returns the span; none where nothing lies in it.
    pub fn new(base: CommitId, head: CommitId) -> Option<Self> {
        (base != head).then_some(Self { base, head })
    }
}

/// What a pick takes of the fix, by how it came into RUN (flows.md 5.3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picks {
    /// One commit per merge into RUN whose first parent is the RUN side, squashes included; empty unless all came so.
    pub whole: Vec<Commit>,
    /// Commit by commit, oldest first, without merges; as they are in RUN where they were rebased.
    pub single: Vec<Commit>,
    /// A merge inside the fix that holds changes of its own, so that its commits alone are not the fix.
    pub evil: Option<CommitId>,
    /// A merge of more than two that brought the fix: it has no one side to be compared with.
    pub octopus: Option<CommitId>,
    /// How many commits the fix has, where that is more than were read: `single` is not all of it.
    pub too_many: Option<usize>,
    /// What a person who reads the plan should know about the choice.
    pub told: Vec<String>,
}

impl Picks {
    /// Says why the fix cannot be picked this way.
    pub fn obstacle(&self, unit: PickUnit) -> Option<String> {
        if let (Some(merge), PickUnit::Whole) = (&self.octopus, unit) {
            return Some(format!(
                "{} merges more than two branches, so it has no one side to be picked against; pick its commits one by one: picks = \"per-commit\"",
                merge.short()
            ));
        }
        if let (Some(count), true) = (self.too_many, self.takes_single(unit)) {
            return Some(format!(
                "the fix has {count} commits, too many to be picked one by one: merge it into RUN with a merge commit or as a squash, which is picked as one"
            ));
        }
        let merge = self.evil.as_ref().filter(|_| self.whole.is_empty())?;
        Some(format!(
            "the merge {} inside the fix holds changes of its own, and the fix did not come into RUN as one commit that could be picked instead",
            merge.short()
        ))
    }

    /// Returns what is picked, oldest first; empty where nothing is known yet.
    pub fn chosen(&self, unit: PickUnit) -> &[Commit] {
        if self.takes_single(unit) {
            &self.single
        } else {
            &self.whole
        }
    }

    /// Tells whether the fix is picked commit by commit.
    fn takes_single(&self, unit: PickUnit) -> bool {
        let can_take_single = self.evil.is_none() && !self.single.is_empty();
        match unit {
            PickUnit::PerCommit => can_take_single || self.whole.is_empty(),
            PickUnit::Whole => self.whole.is_empty(),
        }
    }
}

/// A commit that took the fix, or some of it, out of a lane, and that nothing brought back since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reverted {
    /// The commit that says so of itself, wherever it was made.
    pub commit: Commit,
    /// The commit of the lane's own line that brought it there; the same one where it was made there.
    pub came: CommitId,
}

/// What lies between two lanes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeSight {
    pub from_tip: CommitId,
    pub into_tip: CommitId,
    /// Commits of `from` that `into` lacks, and the other way round.
    pub ahead: usize,
    pub behind: usize,
    /// What ships with a promotion besides the fix: first-parent commits of `into..from` without the fix.
    pub riders: Riders,
    /// The promotion computed in memory: clean, conflict or unknown.
    pub promotion: PredictionOutcome,
    /// The fix in the result of that promotion.
    pub fix_after: Option<Presence>,
}

/// Everything else that ships. What is accepted is the count, so none is ever left out of that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Riders {
    /// As many as anybody reads.
    pub listed: Vec<Rider>,
    /// How many there are besides these.
    pub left_out: usize,
}

impl Riders {
    /// Returns how many there are.
    pub fn count(&self) -> usize {
        self.listed.len() + self.left_out
    }
}

/// Something else that ships with a promotion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rider {
    pub commit: Commit,
    pub request: Option<RequestId>,
}

/// RUN is frozen: the next version is on its way through the RUN entry lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    pub lane: LaneName,
    /// The BUILD lane whose history is in `production..lane`.
    pub by: LaneName,
    pub merge: Commit,
}
