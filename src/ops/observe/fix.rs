//! The fix: which commits it is, from where to where, and whether BUILD work sits on its branch.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::engine::FixSight;
use crate::engine::FixSpan;
use crate::engine::Picks;
use crate::engine::asked_for;
use crate::engine::is_ours;
use crate::git::Error;
use crate::git::Repo;
use crate::model::ChangeRequest;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::LaneName;
use crate::model::Layer;
use crate::model::MergeMethod;
use crate::record::Opening;
use crate::record::Record;

use super::Look;
use super::lanes::merges_of;
use super::shape;
use super::span::Walk;

/// Something of more commits than this is no fix: of longer ones only the newest are listed, and none is begun with, or
/// picked commit by commit.
pub(in crate::ops) const MOST_COMMITS: usize = 500;
/// How far back a lane's own line is searched for the fix.
const LINE: usize = 2_000;

/// The fix and the span of history that it is.
pub(super) struct Fix {
    pub(super) sight: FixSight,
    /// Every commit of the fix, and the commits that brought it into a lane.
    pub(super) own: BTreeSet<CommitId>,
}

impl Fix {
    /// Returns the span, none while the fix is empty.
    pub(super) fn span(&self) -> Option<FixSpan> {
        self.sight.span.clone()
    }
}

/// Sees the fix of the selected hotfix; without one, an empty sight.
pub(super) fn see(look: &Look, requests: &[ChangeRequest]) -> Result<Fix, Error> {
    let nothing = Fix {
        sight: FixSight {
            head: None,
            merge_base: None,
            span: None,
            commits: Vec::new(),
            contamination: Vec::new(),
            not_in_run: Vec::new(),
            changes_nothing: false,
            landed: BTreeMap::new(),
            picks: Picks::default(),
        },
        own: BTreeSet::new(),
    };
    let Some(record) = look.record.as_deref() else {
        return Ok(nothing);
    };
    let Some(opening) = &record.opening else {
        return Ok(nothing);
    };
    let trail = Trail {
        look,
        record,
        opening,
        merges: merges(record, opening, requests),
    };
    if asked_for(&look.book, record).is_some() {
        return trail.as_asked();
    }
    let on_remote = look.tips.get(&opening.branch).cloned();
    let newest = match (on_remote.clone(), trail.left_as()) {
        (Some(head), _) => head,
        (None, Some(head)) => trail.as_merged(head)?,
        (None, None) => return Ok(nothing),
    };
    let live = trail.span(&newest)?;
    let contamination = trail.contamination(&newest, &live.commits)?;
    // BUILD work that came onto the branch later, a retrofit conflict solved there, is not part of what was fixed.
    let recorded = trail.left_as().filter(|head| *head != newest);
    let walk = match recorded {
        Some(head) if !contamination.is_empty() => trail.span(&head)?,
        Some(_) | None => live,
    };
    let changes_nothing = !walk.commits.is_empty()
        && look.repo.tree_of(&walk.base)? == look.repo.tree_of(&walk.head)?;
    let own = walk
        .commits
        .iter()
        .filter(|one| !contamination.contains(one));
    let mut own: BTreeSet<CommitId> = own.map(|one| one.id.clone()).collect();
    own.extend(record.merges.values().map(|merge| merge.commit.clone()));
    own.extend(merges_of(record, requests));
    own.extend(trail.squashes(requests));
    // A branch without commits of its own has brought nothing anywhere, though its head is in every lane.
    let landed = match walk.commits.is_empty() {
        true => BTreeMap::new(),
        false => trail.landed(&walk.head)?,
    };
    let picks = trail.picks(&walk)?;
    Ok(Fix {
        sight: FixSight {
            head: on_remote,
            merge_base: Some(walk.left_at),
            span: FixSpan::new(walk.base, walk.head),
            commits: walk.commits,
            contamination,
            not_in_run: Vec::new(),
            changes_nothing,
            landed,
            picks,
        },
        own,
    })
}

/// Returns the merges from the hotfix branch into RUN lanes, oldest request first.
fn merges<'a>(
    record: &Record,
    opening: &Opening,
    requests: &'a [ChangeRequest],
) -> Vec<&'a ChangeRequest> {
    let mut merged: Vec<&ChangeRequest> = requests
        .iter()
        .filter(|request| request.from == opening.branch && is_ours(record, request))
        .filter(|request| request.merged().is_some())
        .collect();
    merged.sort_by_key(|request| request.id);
    merged
}

/// What is known of the way that the fix took.
pub(super) struct Trail<'a> {
    pub(super) look: &'a Look,
    pub(super) record: &'a Record,
    pub(super) opening: &'a Opening,
    pub(super) merges: Vec<&'a ChangeRequest>,
}

impl Trail<'_> {
    pub(super) fn repo(&self) -> &Repo {
        &self.look.repo
    }

    pub(super) fn base_lane(&self) -> Option<&CommitId> {
        self.look.lane_tip(&self.opening.base)
    }

    /// Returns the lanes of RUN.
    fn run_tips(&self) -> Vec<&CommitId> {
        let lanes = self.look.book.project.lanes.iter();
        lanes
            .filter(|lane| lane.layer == Layer::Run)
            .filter_map(|lane| self.look.lane_tip(&lane.name))
            .collect()
    }

    /// Returns the head as it last left for RUN, or else as it was last recorded: the branch may be gone, or hold more.
    fn left_as(&self) -> Option<CommitId> {
        let is_run = |request: &&&ChangeRequest| {
            let lane = self.look.book.project.lane_of_branch(&request.into);
            lane.is_some_and(|lane| lane.layer == Layer::Run)
        };
        let merged = self.merges.iter().filter(is_run);
        let merged = merged
            .filter_map(|request| request.merged())
            .map(|merged| merged.head.clone());
        let recorded = self.record.snapshot.as_ref().map(|one| one.head.clone());
        // The newest: each later one replaces what it holds.
        recorded.into_iter().chain(merged).reduce(|newest, next| {
            let is_older = self.repo().is_ancestor(&next, &newest).unwrap_or(true);
            if is_older { newest } else { next }
        })
    }

    /// Returns commits of the fix's branch that are only in BUILD, not counting what a retrofit brought there.
    fn contamination(&self, head: &CommitId, commits: &[Commit]) -> Result<Vec<Commit>, Error> {
        if commits.is_empty() || self.repo().commit(head).is_err() {
            return Ok(Vec::new());
        }
        // What came into RUN together with the fix was not there before: it still is BUILD's.
        let mut run = Vec::new();
        for tip in self.run_tips() {
            run.push(before_arrival(self.repo(), head, tip)?);
        }
        let line: BTreeSet<CommitId> = self
            .repo()
            .first_parent_ids(&[], head, MOST_COMMITS)?
            .into_iter()
            .collect();
        let mut found = Vec::new();
        let lanes = self.look.book.project.lanes.iter();
        for lane in lanes.filter(|lane| lane.layer == Layer::Build) {
            let Some(tip) = self.look.lane_tip(&lane.name) else {
                continue;
            };
            let without_fix = before_arrival(self.repo(), head, tip)?;
            // Fast-forwarded into BUILD: only what was merged into the branch can be told from the fix.
            let is_forwarded = self.repo().is_ancestor(head, &without_fix)?;
            for commit in commits {
                let is_doubtful = !(found.contains(commit)
                    || self.was_recorded(commit)
                    || is_forwarded && line.contains(&commit.id));
                if is_doubtful && self.is_only_in(commit, &without_fix, &run)? {
                    found.push(commit.clone());
                }
            }
        }
        Ok(found)
    }

    /// Tells whether a commit was put on record as the fix's, when nothing of BUILD was with it.
    fn was_recorded(&self, commit: &Commit) -> bool {
        let snapshot = self.record.snapshot.as_ref();
        snapshot.is_some_and(|snapshot| snapshot.commits.contains(&commit.id))
    }

    fn is_only_in(
        &self,
        commit: &Commit,
        build: &CommitId,
        run: &[CommitId],
    ) -> Result<bool, Error> {
        if !self.repo().is_ancestor(&commit.id, build)? {
            return Ok(false);
        }
        for tip in run {
            if self.repo().is_ancestor(&commit.id, tip)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns the commits that the fix was squashed into where a merge commit over them is what brought it: some forges
    /// make both. What a lane brought into another one is no fix alone.
    fn squashes(&self, requests: &[ChangeRequest]) -> BTreeSet<CommitId> {
        let project = &self.look.book.project;
        let of_fix = requests.iter().filter(|request| {
            is_ours(self.record, request) && project.lane_of_branch(&request.from).is_none()
        });
        let squashed = of_fix
            .filter_map(|request| request.merged())
            .filter(|merged| merged.method == Some(MergeMethod::Squash));
        // One that was not fetched is in no lane that is looked at.
        let merges = squashed.filter_map(|merged| self.repo().commit(&merged.commit).ok());
        merges
            .filter_map(|merge| merge.parents.get(1).cloned())
            .collect()
    }

    /// Returns what a pick takes of the fix.
    fn picks(&self, walk: &Walk) -> Result<Picks, Error> {
        let repo = self.repo();
        let before = [self.opening.base_tip.clone(), walk.left_at.clone()];
        let before = before.into_iter().filter(|id| repo.commit(id).is_ok());
        let (arrival, without) = match self.base_lane() {
            Some(lane) if repo.is_ancestor(&walk.head, lane)? => {
                (arrival(repo, &walk.head, lane)?, None)
            }
            Some(lane) => (None, Some(lane)),
            None => (None, None),
        };
        let is_run = |request: &&&ChangeRequest| {
            let lane = self.look.book.project.lane_of_branch(&request.into);
            lane.is_some_and(|lane| lane.layer == Layer::Run)
        };
        let merges = self.merges.iter().filter(is_run);
        shape::Way {
            repo,
            before: before.collect(),
            // Between two parts of a fix lies other work.
            only: (walk.left_at != walk.base).then_some(&walk.commits[..]),
            head: &walk.head,
            arrival,
            without,
            merges: merges.filter_map(|request| request.merged()).collect(),
        }
        .picks()
    }

    /// Returns, for each lane, the commit of its own line that brought the whole fix.
    pub(super) fn landed(&self, head: &CommitId) -> Result<BTreeMap<LaneName, CommitId>, Error> {
        // Squashed, the fix travels as the commit that it became.
        let as_merged = self
            .merges
            .iter()
            .filter_map(|one| one.merged())
            .filter(|merged| &merged.head == head)
            .map(|merged| &merged.commit);
        let bringers: Vec<&CommitId> = std::iter::once(head).chain(as_merged).collect();
        let mut landed = BTreeMap::new();
        for lane in &self.look.book.project.lanes {
            let Some(tip) = self.look.lane_tip(&lane.name) else {
                continue;
            };
            for bringer in &bringers {
                let is_there =
                    self.repo().commit(bringer).is_ok() && self.repo().is_ancestor(bringer, tip)?;
                if is_there && let Some(commit) = arrival(self.repo(), bringer, tip)? {
                    landed.insert(lane.name.clone(), commit.id);
                    break;
                }
            }
        }
        Ok(landed)
    }
}

/// Returns the lane as it was just before `head` arrived there by a merge, or its tip if it has not.
fn before_arrival(repo: &Repo, head: &CommitId, lane: &CommitId) -> Result<CommitId, Error> {
    if !repo.is_ancestor(head, lane)? {
        return Ok(lane.clone());
    }
    match arrival(repo, head, lane)? {
        Some(commit) if commit.is_merge() && &commit.id != head => Ok(commit.parents[0].clone()),
        // Fast-forwarded: the lane's own line does not tell.
        Some(_) | None => Ok(lane.clone()),
    }
}

/// Returns the oldest first-parent commit of `lane` that contains `head`, if that lies within reach.
pub(super) fn arrival(
    repo: &Repo,
    head: &CommitId,
    lane: &CommitId,
) -> Result<Option<Commit>, Error> {
    let chain = repo.first_parent_ids(&[], lane, LINE)?;
    let holding = border(&chain, |commit| repo.is_ancestor(head, commit))?;
    // Where all that was read holds it, an older one may as well.
    let is_cut_off = holding == LINE;
    match holding.checked_sub(1).filter(|_| !is_cut_off) {
        Some(oldest) => repo.commit(&chain[oldest]).map(Some),
        None => Ok(None),
    }
}

/// Returns how many commits at the beginning of a line are so, where none is so any more behind the first that is not:
/// containment turns once along a lane's own line, so the border can be searched by halves.
pub(super) fn border(
    line: &[CommitId],
    is_so: impl Fn(&CommitId) -> Result<bool, Error>,
) -> Result<usize, Error> {
    let (mut known, mut end) = (0, line.len());
    while known < end {
        let middle = usize::midpoint(known, end);
        if is_so(&line[middle])? {
            known = middle + 1;
        } else {
            end = middle;
        }
    }
    Ok(known)
}
