//! How the targets of a backport stand before it is planned: which of them need nothing more from this command, and why.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::engine::Board;
use crate::engine::Fact;
use crate::engine::FactState;
use crate::engine::Plan;
use crate::engine::Refusal;
use crate::engine::TargetProgress;
use crate::engine::closed;
use crate::engine::says_unresolved;
use crate::git::Error;
use crate::git::Repo;
use crate::model::ChangeRequest;
use crate::model::CommitId;
use crate::model::HotfixId;
use crate::model::Lane;
use crate::model::LaneName;
use crate::model::RequestId;
use crate::model::Seen;
use crate::model::Verdict;
use crate::playbook::Carry;
use crate::playbook::ConflictPolicy;
use crate::playbook::Playbook;
use crate::playbook::Work;

use super::super::fault::Fault;
use super::super::observe::MOST_COMMITS;
use super::super::workspace::Workspace;
use super::BackportWords;
use super::asked::Asked;

/// An open request of another record that brings what was asked for: a hotfix's, or one of the same under other words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    pub request: RequestId,
    pub hotfix: HotfixId,
    /// People have to resolve something in it.
    pub has_conflict: bool,
}

pub(super) fn targets_of(board: &Board) -> impl Iterator<Item = &TargetProgress> {
    let steps = board.progress.iter().flat_map(|progress| &progress.steps);
    steps.flat_map(|step| &step.targets)
}

/// Returns the lanes that need nothing more from this command: they have a change request, or the commit itself. What was
/// merged and is not there is begun again only where somebody says so.
fn begun(board: &Board, words: &BackportWords) -> BTreeSet<LaneName> {
    targets_of(board)
        .filter(|target| {
            let request = target.request.and_then(|id| board.seen.request(id));
            target.state.is_over()
                || request.is_some_and(|request| {
                    let is_merged = request.merged().is_some() && is_into(board, request, target);
                    request.is_open() || is_merged && !(words.is_start_over && is_lost(target))
                })
        })
        .map(|target| target.lane.clone())
        .collect()
}

/// Tells whether the fix was seen not to be in the target as it is.
pub(super) fn is_lost(target: &TargetProgress) -> bool {
    let presence = target.presence.as_ref().and_then(Seen::fresh);
    presence.is_some_and(|presence| match presence.verdict {
        Verdict::Absent | Verdict::Changed => true,
        Verdict::Present | Verdict::Pending | Verdict::Unknown => false,
    })
}

/// Tells whether a request goes into the target itself, not between two branches on which its conflict is resolved.
fn is_into(board: &Board, request: &ChangeRequest, target: &TargetProgress) -> bool {
    let lane = board.book.project.lane(&target.lane);
    lane.and_then(Lane::branch_name).as_ref() == Some(&request.into)
}

/// Tells whether a target waits for somebody to resolve it on this machine.
pub(super) fn waits_here(board: &Board) -> bool {
    let is_local = board.book.steps.iter().any(
        |step| matches!(&step.work, Work::Carry(carry) if carry.conflict == ConflictPolicy::Local),
    );
    is_local && targets_of(board).any(TargetProgress::waits_here)
}

/// What the targets need.
pub(super) struct Standing {
    /// These need nothing more from this command.
    begun: BTreeSet<LaneName>,
    /// Their change request was closed without a merge: a person says what becomes of them.
    pub(super) held: BTreeMap<LaneName, RequestId>,
    /// Those of the begun ones that another record began.
    pub(super) elsewhere: BTreeMap<LaneName, Elsewhere>,
}

impl Workspace {
    /// Finds, for each of these lanes, an open request of another record that brings the same.
    pub(super) async fn elsewhere(
        &self,
        lanes: &Board,
        book: &Playbook,
        asked: &Asked,
        targets: &[LaneName],
    ) -> Result<BTreeMap<LaneName, Elsewhere>, Fault> {
        let carry = book.steps.iter().find_map(|step| step.work.carry());
        let open: Vec<Other> = carry
            .into_iter()
            .flat_map(|carry| targets.iter().map(move |lane| (carry, lane)))
            .flat_map(|(carry, lane)| others(lanes, carry, &asked.id, lane))
            .collect();
        if open.is_empty() {
            return Ok(BTreeMap::new());
        }
        let commits: Vec<CommitId> = asked.commits.iter().map(|one| one.id.clone()).collect();
        let (base, head) = (asked.base.clone(), asked.head.clone());
        let found = self.git(move |repo| {
            let mut found = BTreeMap::new();
            for other in open {
                if brings(repo, &commits, (&base, &head), &other)? {
                    found.insert(other.lane, other.request);
                }
            }
            Ok(found)
        });
        found.await
    }
}

impl Standing {
    pub(super) fn of(
        board: &Board,
        words: &BackportWords,
        mut elsewhere: BTreeMap<LaneName, Elsewhere>,
    ) -> Self {
        let mut begun = begun(board, words);
        elsewhere.retain(|lane, _| !begun.contains(lane));
        begun.extend(elsewhere.keys().cloned());
        let progress = board.progress.as_ref().filter(|_| !words.is_start_over);
        let mut held =
            progress.map_or_else(BTreeMap::new, |progress| closed(progress, &board.seen));
        held.retain(|lane, _| !begun.contains(lane));
        Self {
            begun,
            held,
            elsewhere,
        }
    }

    /// Tells whether a target is still to be carried into.
    pub(super) fn is_open(&self, lane: &LaneName) -> bool {
        !self.begun.contains(lane) && !self.held.contains_key(lane)
    }

    /// Returns what is left of a plan without what carries other targets on: their merge is a person's decision. Refused
    /// where that is nothing.
    pub(super) fn left_to_do(&self, mut plan: Plan) -> Result<Plan, Refusal> {
        plan.changes.retain(|change| {
            let target = change.target.as_ref();
            target.is_none_or(|target| self.is_open(target))
        });
        plan.facts.extend(self.told());
        let plan = plan.rehashed();
        let is_empty = plan.changes.iter().all(|change| change.target.is_none());
        if self.held.is_empty() || !is_empty {
            return Ok(plan);
        }
        Err(Refusal {
            wanted: plan.title,
            reasons: self.told().map(|fact| fact.text).collect(),
            hint: Some("--start-over builds it again under a new name".to_owned()),
        })
    }

    /// Says why targets are left out.
    fn told(&self) -> impl Iterator<Item = Fact> {
        let held = self.held.iter().map(|(lane, request)| {
            format!("{lane}: change request {request} was closed without a merge")
        });
        let others = self.elsewhere.iter();
        let others = others.map(|(lane, other)| format!("{lane}: {}", other.words()));
        held.chain(others).map(|text| Fact {
            state: FactState::Warn,
            text,
        })
    }
}

impl Elsewhere {
    /// Says whose request brings it.
    pub fn words(&self) -> String {
        let Self {
            request,
            hotfix,
            has_conflict,
        } = self;
        let conflict = if *has_conflict {
            ", with a conflict that waits for a person"
        } else {
            ""
        };
        format!("change request {request} of {hotfix} brings it already{conflict}")
    }
}

/// A request that may bring the same.
struct Other {
    lane: LaneName,
    tip: CommitId,
    head: CommitId,
    request: Elsewhere,
}

/// Returns the open requests of other records into a lane.
fn others(board: &Board, carry: &Carry, own: &HotfixId, lane: &LaneName) -> Vec<Other> {
    let into = board.book.project.lane(lane).and_then(Lane::branch_name);
    let tips = board.seen.tips.value();
    let (Some(into), Some(tips)) = (into, tips) else {
        return Vec::new();
    };
    let Some(tip) = tips.get(&into) else {
        return Vec::new();
    };
    let requests = board.seen.requests.value().map_or(&[][..], Vec::as_slice);
    let open = requests
        .iter()
        .filter(|request| request.into == into && request.is_open());
    open.filter_map(|request| {
        let hotfix = request.hotfix.as_ref().filter(|hotfix| *hotfix != own)?;
        Some(Other {
            lane: lane.clone(),
            tip: tip.clone(),
            head: request.head.clone(),
            request: Elsewhere {
                request: request.id,
                hotfix: hotfix.clone(),
                has_conflict: says_unresolved(own, carry, request),
            },
        })
    })
    .collect()
}

/// Tells whether a request brings these commits into its lane: merged, picked, or the same by another name. Of a pick that
/// conflicts the trailer tells. A head that was not fetched brings nothing that we know of.
fn brings(
    repo: &Repo,
    commits: &[CommitId],
    (base, head): (&CommitId, &CommitId),
    other: &Other,
) -> Result<bool, Error> {
    if repo.commit(&other.head).is_err() {
        return Ok(false);
    }
    let known = std::slice::from_ref(&other.tip);
    let new = repo.between(known, &other.head, MOST_COMMITS)?;
    let is_among = |id: &CommitId| {
        let trailer = format!("(cherry picked from commit {id})");
        new.iter().any(|commit| {
            &commit.id == id || commit.message.raw().lines().any(|line| line == trailer)
        })
    };
    if commits.iter().all(is_among) {
        return Ok(true);
    }
    Ok(repo.presence(base, head, &other.head)?.verdict == Verdict::Present)
}
