//! Where every commit lies: rows, first-parent chains, and the hotfix's own row between them.

use std::collections::HashMap;
use std::collections::HashSet;

use crate::engine::Observation;
use crate::engine::carried::is_alone_record;
use crate::engine::derive::Gate;
use crate::engine::derive::clean_here;
use crate::engine::derive::gate;
use crate::engine::look::Look;
use crate::engine::two_branch::Conflict;
use crate::model::BranchName;
use crate::model::ChangeRequest;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::Lane;
use crate::model::LaneName;
use crate::model::Layer;
use crate::model::Mergeability;
use crate::model::Untrusted;
use crate::playbook::Change;
use crate::playbook::Playbook;
use crate::playbook::Work;
use crate::record::Record;

/// The inputs by row and place.
pub(super) struct Atlas<'a> {
    pub(super) book: &'a Playbook,
    pub(super) record: Option<&'a Record>,
    pub(super) seen: &'a Observation,
    /// The lane of each row; none for the hotfix row.
    pub(super) lanes: Vec<Option<&'a Lane>>,
    pub(super) fix_row: Option<usize>,
    /// First-parent chain of each row, oldest first.
    chains: Vec<Vec<&'a Commit>>,
    places: Vec<HashMap<&'a CommitId, usize>>,
    /// The lane row on which history that several lanes share is drawn.
    owners: HashMap<&'a CommitId, usize>,
    /// The rows whose chain holds a commit, from top to bottom.
    holders: HashMap<&'a CommitId, Vec<usize>>,
    /// Per row, the first place that is drawn: a release branch begins where it was cut.
    starts: Vec<usize>,
    merged: HashMap<&'a CommitId, &'a ChangeRequest>,
    /// The fix's own commits by their place on the hotfix row; place 0 is where it leaves its base.
    fix_places: HashMap<&'a CommitId, usize>,
}

impl<'a> Atlas<'a> {
    pub(super) fn new(
        book: &'a Playbook,
        record: Option<&'a Record>,
        seen: &'a Observation,
    ) -> Self {
        let is_release = |lane: &&Lane| lane.pattern.is_some();
        let of = |layer: Layer| {
            let lanes = book.project.lanes.iter();
            lanes.filter(move |lane| lane.layer == layer && lane.pattern.is_none())
        };
        let mut lanes: Vec<Option<&Lane>> = of(Layer::Build).map(Some).collect();
        lanes.extend(book.project.lanes.iter().filter(is_release).map(Some));
        let fix_row = record.map(|_| lanes.len());
        lanes.extend(record.map(|_| None));
        lanes.extend(of(Layer::Run).map(Some));
        let chains: Vec<Vec<&Commit>> = lanes.iter().map(|lane| chain(seen, *lane)).collect();
        let places: Vec<HashMap<&CommitId, usize>> = chains
            .iter()
            .map(|chain| {
                let places = chain.iter().enumerate();
                places.map(|(place, commit)| (&commit.id, place)).collect()
            })
            .collect();
        let fix_commits = record.and_then(|_| seen.fix.value());
        let fix_places = fix_commits
            .iter()
            .flat_map(|fix| fix.commits.iter().enumerate())
            .map(|(index, commit)| (&commit.id, index + 1))
            .collect();
        let mut holders: HashMap<&CommitId, Vec<usize>> = HashMap::new();
        for (row, chain) in chains.iter().enumerate() {
            for commit in chain {
                holders.entry(&commit.id).or_default().push(row);
            }
        }
        // A release branch is cut from a lane that stays: what they share belongs to that one. Else nearest production.
        let is_cut = |row: usize| lanes[row].is_some_and(|lane| lane.pattern.is_some());
        let owners: HashMap<&CommitId, usize> = holders
            .iter()
            .filter_map(|(id, rows)| {
                let owner = rows.iter().copied().max_by_key(|row| (!is_cut(*row), *row));
                Some((*id, owner?))
            })
            .collect();
        let start = |(row, chain): (usize, &Vec<&Commit>)| {
            let is_own = |commit: &&Commit| owners.get(&commit.id) == Some(&row);
            let shared = chain.iter().take_while(|commit| !is_own(commit)).count();
            if is_cut(row) {
                shared.min(chain.len().saturating_sub(1))
            } else {
                0
            }
        };
        let starts = chains.iter().enumerate().map(start).collect();
        let requests = seen.requests.value().map_or(&[][..], Vec::as_slice);
        let merged = requests
            .iter()
            .rev()
            .filter_map(|request| Some((&request.merged()?.commit, request)))
            .collect();
        Self {
            book,
            record,
            seen,
            lanes,
            fix_row,
            chains,
            places,
            owners,
            holders,
            starts,
            merged,
            fix_places,
        }
    }

    /// Returns what answers questions about the selected hotfix.
    pub(super) fn look(&self) -> Option<Look<'a>> {
        self.record.map(|record| Look {
            book: self.book,
            record,
            seen: self.seen,
        })
    }

    /// Tells whether nothing of the fix ever came into a lane, whatever the lane's files look like.
    pub(super) fn is_unreached(&self, lane: &LaneName) -> bool {
        self.look().is_some_and(|look| !look.was_carried(lane))
    }

    /// Tells whether the fix was seen, and has no commits yet.
    pub(super) fn has_no_commits(&self) -> bool {
        let fix = self.seen.fix.value();
        fix.is_some_and(|fix| fix.commits.is_empty())
    }

    /// Returns the first place of a row that is drawn.
    pub(super) fn start(&self, row: usize) -> usize {
        self.starts[row]
    }

    /// Returns where a release branch was cut: the row and the place there; none for lanes that were always there.
    pub(super) fn cut_from(&self, row: usize) -> Option<(usize, usize)> {
        let start = self.start(row);
        let chain = self.chain(row);
        let tip_is_shared = |at: usize| self.owners.get(&chain[at].id) != Some(&row);
        let left = match start {
            0 if chain.len() != 1 || !tip_is_shared(0) => return None,
            at if tip_is_shared(at) => at,
            at => at - 1,
        };
        let owner = *self.owners.get(&chain[left].id)?;
        Some((owner, self.place(owner, &chain[left].id)?))
    }

    /// Returns the request whose merge made this commit.
    pub(super) fn merged_request(&self, id: &CommitId) -> Option<&'a ChangeRequest> {
        self.merged.get(id).copied()
    }

    /// Returns the rows that are lanes.
    pub(super) fn lane_rows(&self) -> impl Iterator<Item = (usize, &'a Lane)> + '_ {
        let rows = self.lanes.iter().enumerate();
        rows.filter_map(|(row, lane)| lane.map(|lane| (row, lane)))
    }

    /// Returns the chain of a row, oldest first.
    pub(super) fn chain(&self, row: usize) -> &[&'a Commit] {
        &self.chains[row]
    }

    pub(super) fn place(&self, row: usize, id: &CommitId) -> Option<usize> {
        self.places[row].get(id).copied()
    }

    /// Returns the place of one of the fix's own commits on the hotfix row.
    pub(super) fn fix_place(&self, id: &CommitId) -> Option<usize> {
        self.fix_places.get(id).copied()
    }

    /// Returns the fix's own commits, oldest first.
    pub(super) fn fix_commits(&self) -> &'a [Commit] {
        match (self.record, self.seen.fix.value()) {
            (Some(_), Some(fix)) => &fix.commits,
            (Some(_) | None, _) => &[],
        }
    }

    /// Tells whether history that several lanes share is drawn on this row.
    pub(super) fn owns(&self, row: usize, id: &CommitId) -> bool {
        self.owners.get(id) == Some(&row)
    }

    pub(super) fn row_of_lane(&self, name: &LaneName) -> Option<usize> {
        self.lane_rows()
            .find(|(_, lane)| &lane.name == name)
            .map(|(row, _)| row)
    }

    pub(super) fn row_of_branch(&self, branch: &BranchName) -> Option<usize> {
        self.lane_rows()
            .find(|(_, lane)| lane.branch_name().as_ref() == Some(branch))
            .map(|(row, _)| row)
    }

    /// Returns the row that a request comes from: a lane, else the hotfix it belongs to.
    pub(super) fn source_of(&self, request: &ChangeRequest) -> Option<usize> {
        self.row_of_branch(&request.from)
            .or_else(|| self.is_ours(request).then_some(()).and(self.fix_row))
    }

    /// Tells whether a request belongs to the selected hotfix.
    pub(super) fn is_ours(&self, request: &ChangeRequest) -> bool {
        self.record.is_some_and(|record| {
            request.hotfix.as_ref() == Some(&record.hotfix)
                || record
                    .opening
                    .as_ref()
                    .is_some_and(|opening| opening.branch == request.from)
                || record.has_opened(request.id)
        })
    }

    /// Tells whether a person has to solve a conflict before a request can be merged.
    pub(super) fn is_in_conflict(&self, request: &ChangeRequest) -> bool {
        let is_said = match &request.mergeability {
            Mergeability::Conflicts(_) => !self.is_clean_here(request),
            Mergeability::Clean | Mergeability::Checking | Mergeability::Blocked(_) => false,
        };
        is_said || self.is_undecided(request)
    }

    fn is_clean_here(&self, request: &ChangeRequest) -> bool {
        let into = self.book.project.lane_of_branch(&request.into);
        let (Some(look), Some(into)) = (self.look(), into) else {
            return false;
        };
        clean_here(look, request, &into.name).is_some()
    }

    /// Tells whether a request still carries the conflict that it was opened with; to the forge such a draft is clean.
    fn is_undecided(&self, request: &ChangeRequest) -> bool {
        let Some(look) = self.look() else {
            return false;
        };
        let mut built = look.record.built.iter();
        let of_request = built.find(|(_, built)| built.branch == request.from);
        of_request.is_some_and(|((step, lane), _)| {
            matches!(gate(look, step, lane, request), Gate::Undecided(_))
        })
    }

    /// Returns the requests, if they could be seen.
    pub(super) fn requests(&self) -> &'a [ChangeRequest] {
        self.seen.requests.value().map_or(&[], Vec::as_slice)
    }

    /// Returns the row and place of the commit that a merge on `row` brought in.
    pub(super) fn source(&self, row: usize, id: &CommitId) -> Option<(usize, usize)> {
        if let (Some(fix_row), Some(place)) = (self.fix_row, self.fix_place(id)) {
            return Some((fix_row, place));
        }
        if self.place(row, id).is_some() {
            return None;
        }
        let into = self.lanes[row].map(|lane| &lane.name);
        let holders = self.holders.get(id).into_iter().flatten();
        let holders = holders.filter_map(|&other| {
            let place = self.place(other, id)?;
            let lane = self.lanes[other].filter(|_| place >= self.start(other))?;
            let is_promotion = lane.merges_into.iter().any(|name| Some(name) == into);
            Some((other, place, is_promotion))
        });
        holders
            .min_by_key(|(other, _, is_promotion)| (!is_promotion, other.abs_diff(row)))
            .map(|(other, place, _)| (other, place))
    }

    /// Tells whether somebody asked for exactly this lane: what is carried without a hotfix names its targets, wherever the
    /// commits are so far.
    pub(super) fn is_ordered(&self, lane: &Lane) -> bool {
        self.record.is_some_and(is_alone_record) && self.is_named(lane)
    }

    /// Returns the open request in which a conflict with a lane is resolved on two branches beside it.
    pub(super) fn resolved_in(&self, lane: &LaneName) -> Option<&'a ChangeRequest> {
        let look = self.look()?;
        let mut built = look.record.built.keys();
        built.find_map(|(step, target)| {
            let conflict = Conflict::of(look, step, target).filter(|_| target == lane)?;
            conflict.request().filter(|request| request.is_open())
        })
    }

    /// Tells whether a lane has to contain the fix in the end.
    pub(super) fn needs_fix(&self, lane: &Lane) -> bool {
        self.is_named(lane) || lane.pattern.is_none()
    }

    /// Tells whether a step of the playbook brings the fix into a lane.
    fn is_named(&self, lane: &Lane) -> bool {
        self.book.steps.iter().any(|step| match &step.work {
            Work::Change(Change { into, .. }) => into == &lane.name,
            Work::Carry(carry) => carry.targets.contains(&lane.name),
            Work::Commits { .. }
            | Work::Deploy { .. }
            | Work::Compare { .. }
            | Work::Seed { .. }
            | Work::Migration { .. }
            | Work::Confirm { .. }
            | Work::Postmortem => false,
        })
    }

    /// Tells whether the fix reaches `into` by a promotion from `from`.
    pub(super) fn needs_from(&self, from: usize, into: usize) -> bool {
        match (self.lanes[from], self.lanes[into]) {
            (Some(from), Some(into)) => self.needs_fix(from) && self.needs_fix(into),
            (Some(_) | None, _) => false,
        }
    }

    /// Returns every commit that is the fix or brought it: its own, and the merges of its requests.
    pub(super) fn carriers(&self) -> HashSet<&'a CommitId> {
        let Some(record) = self.record else {
            return HashSet::new();
        };
        let mut carriers: HashSet<&CommitId> = self.fix_places.keys().copied().collect();
        carriers.extend(
            record
                .snapshot
                .iter()
                .flat_map(|snapshot| &snapshot.commits),
        );
        carriers.extend(record.merges.values().map(|merge| &merge.commit));
        let ours = self
            .requests()
            .iter()
            .filter(|request| self.is_ours(request));
        carriers.extend(ours.filter_map(|request| Some(&request.merged()?.commit)));
        carriers
    }
}

/// Returns the lane's chain oldest first; empty where it was not seen.
fn chain<'a>(seen: &'a Observation, lane: Option<&Lane>) -> Vec<&'a Commit> {
    let history = seen.history.value();
    let commits = lane.and_then(|lane| history?.lanes.get(&lane.name));
    commits.into_iter().flatten().rev().collect()
}

/// Returns a name made showable; names from branches may hold anything that git allows.
pub(super) fn show(name: &str) -> String {
    Untrusted::new(name).show()
}
