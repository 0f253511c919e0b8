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
use crate::model::ChangeRequest;
use crate::model::Lane;
use crate::model::LaneName;
use crate::model::RequestId;
use crate::model::Seen;
use crate::model::Verdict;
use crate::playbook::ConflictPolicy;
use crate::playbook::Work;

use super::BackportWords;
use super::elsewhere::Elsewhere;
use super::elsewhere::InPart;
use super::elsewhere::Others;
use super::newest::UNDER_NEW_NAME;

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
                    let is_alive = request.is_open() && board.seen.lacks_branch(request).is_none();
                    is_alive || is_merged && !(words.is_start_over && is_lost(target))
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
    /// Their change request was closed without a merge, or lost its branch: a person says what becomes of them. Why, by lane.
    pub(super) held: BTreeMap<LaneName, String>,
    /// Those of the begun ones that another record began.
    pub(super) elsewhere: BTreeMap<LaneName, Elsewhere>,
    /// Open requests of other records bring a part of what was asked for: a second one would bring that again.
    pub(super) in_part: BTreeMap<LaneName, InPart>,
}

impl Standing {
    pub(super) fn of(board: &Board, words: &BackportWords, others: Others) -> Self {
        let Others {
            mut elsewhere,
            mut in_part,
        } = others;
        let mut begun = begun(board, words);
        in_part.retain(|lane, _| !begun.contains(lane));
        elsewhere.retain(|lane, _| !begun.contains(lane));
        begun.extend(elsewhere.keys().cloned());
        let progress = board.progress.as_ref().filter(|_| !words.is_start_over);
        let closed = progress.map_or_else(BTreeMap::new, |progress| closed(progress, &board.seen));
        let why = |id: RequestId| {
            let gone = board
                .seen
                .request(id)
                .and_then(|request| board.seen.lacks_branch(request));
            gone.unwrap_or_else(|| format!("change request {id} was closed without a merge"))
        };
        let mut held: BTreeMap<LaneName, String> = closed
            .into_iter()
            .map(|(lane, request)| (lane, why(request)))
            .collect();
        held.retain(|lane, _| !begun.contains(lane) && !in_part.contains_key(lane));
        Self {
            begun,
            held,
            elsewhere,
            in_part,
        }
    }

    /// Tells whether a target is still to be carried into.
    pub(super) fn is_open(&self, lane: &LaneName) -> bool {
        !self.begun.contains(lane)
            && !self.held.contains_key(lane)
            && !self.in_part.contains_key(lane)
    }

    /// Tells whether no target waits for what people do with a request first.
    pub(super) fn is_settled(&self) -> bool {
        self.held.is_empty() && self.in_part.is_empty()
    }

    /// Returns why nothing is planned where only lanes are left of which a part is on its way; none where there is none.
    pub(super) fn refused_in_part(&self) -> Option<Refusal> {
        let names: Vec<&str> = self.in_part.keys().map(LaneName::as_str).collect();
        let first = self.in_part.values().next()?;
        let is_same = self.in_part.values().all(|part| part.rest == first.rest);
        let rest = first.rest.as_ref().filter(|_| is_same);
        let hint = rest.map(|rest| {
            let into = names.join(" ");
            format!("the others alone: lanekeeper backport {rest} --into {into}")
        });
        Some(Refusal {
            wanted: format!("backport into {}", names.join(", ")),
            reasons: self.told().map(|fact| fact.text).collect(),
            hint,
        })
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
            hint: Some(UNDER_NEW_NAME.to_owned()),
        })
    }

    /// Says why targets are left out.
    fn told(&self) -> impl Iterator<Item = Fact> {
        let held = self.held.iter();
        let held = held.map(|(lane, why)| format!("{lane}: {why}"));
        let others = self.elsewhere.iter();
        let others = others.map(|(lane, other)| format!("{lane}: {}", other.words()));
        let parts = self.in_part.iter();
        let parts = parts.map(|(lane, part)| format!("{lane}: {}", part.words()));
        held.chain(others).chain(parts).map(|text| Fact {
            state: FactState::Warn,
            text,
        })
    }
}
