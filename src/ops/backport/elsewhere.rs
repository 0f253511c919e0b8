//! Open requests of other records that bring what was asked for, or a part of it, into the same lanes: each commit comes into
//! a lane by one request at most (flows.md 5.1, 5.9).

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::engine::Board;
use crate::engine::says_unresolved;
use crate::git::Error;
use crate::git::Repo;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::HotfixId;
use crate::model::Lane;
use crate::model::LaneName;
use crate::model::PredictionOutcome;
use crate::model::RequestId;
use crate::model::Verdict;
use crate::playbook::Carry;
use crate::playbook::Playbook;

use super::super::fault::Fault;
use super::super::observe::MOST_COMMITS;
use super::super::workspace::Workspace;
use super::asked::Asked;

/// An open request of another record that brings what was asked for: a hotfix's, or one of the same under other words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    pub request: RequestId,
    pub hotfix: HotfixId,
    /// People have to resolve something in it.
    pub has_conflict: bool,
}

/// Open requests of other records that bring some of the commits that were asked for. Beside them nothing is opened: the same
/// change would come twice, and whoever merges one of them would make a conflict of the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InPart {
    pub by: Vec<Elsewhere>,
    /// How many of the commits they bring, of how many.
    pub has: usize,
    pub all: usize,
    /// How the others are named for a backport of their own, where they apply without these.
    pub rest: Option<String>,
}

/// What other records have open, by lane.
#[derive(Default)]
pub(super) struct Others {
    /// Each brings all of it.
    pub(super) elsewhere: BTreeMap<LaneName, Elsewhere>,
    pub(super) in_part: BTreeMap<LaneName, InPart>,
}

impl Others {
    /// Tells whether somebody else brings something of it into a lane.
    pub(super) fn has(&self, lane: &LaneName) -> bool {
        self.elsewhere.contains_key(lane) || self.in_part.contains_key(lane)
    }
}

impl Elsewhere {
    /// Says whose request brings it.
    pub fn words(&self) -> String {
        let conflict = if self.has_conflict {
            ", with a conflict that waits for a person"
        } else {
            ""
        };
        format!("{} brings it already{conflict}", self.name())
    }

    fn name(&self) -> String {
        format!("change request {} of {}", self.request, self.hotfix)
    }
}

impl InPart {
    /// Says which requests bring how much of it.
    pub fn words(&self) -> String {
        let Self {
            by,
            has,
            all,
            rest: _,
        } = self;
        let names: Vec<String> = by.iter().map(Elsewhere::name).collect();
        let names = names.join(" and ");
        let verb = if by.len() == 1 { "brings" } else { "bring" };
        if has == all {
            return format!("{names} {verb} these {all} commits already, each a part of them");
        }
        format!(
            "{names} {verb} {has} of these {all} commits already: once that is merged or closed, the same again carries the others"
        )
    }
}

impl Workspace {
    /// Finds, for each of these lanes, open requests of other records that bring the same, or a part of it.
    pub(super) async fn elsewhere(
        &self,
        lanes: &Board,
        book: &Playbook,
        asked: &Asked,
        targets: &[LaneName],
    ) -> Result<Others, Fault> {
        let carry = book.steps.iter().find_map(|step| step.work.carry());
        let open: Vec<Other> = carry
            .into_iter()
            .flat_map(|carry| targets.iter().map(move |lane| (carry, lane)))
            .flat_map(|(carry, lane)| others(lanes, carry, &asked.id, lane))
            .collect();
        if open.is_empty() {
            return Ok(Others::default());
        }
        let wanted = Wanted {
            base: asked.base.clone(),
            head: asked.head.clone(),
            commits: asked.commits.clone(),
        };
        self.git(move |repo| wanted.found(repo, open)).await
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
    let open = requests.iter().filter(|request| {
        request.into == into && request.is_open() && board.seen.lacks_branch(request).is_none()
    });
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

/// What was asked for.
struct Wanted {
    base: CommitId,
    head: CommitId,
    /// Oldest first.
    commits: Vec<Commit>,
}

/// What the open requests into one lane bring of it.
struct Parts {
    tip: CommitId,
    by: Vec<Elsewhere>,
    brought: BTreeSet<CommitId>,
}

impl Wanted {
    fn found(&self, repo: &Repo, open: Vec<Other>) -> Result<Others, Error> {
        let mut found = Others::default();
        let mut parts: BTreeMap<LaneName, Parts> = BTreeMap::new();
        for other in open {
            // A head that was not fetched brings nothing that we know of.
            if repo.commit(&other.head).is_err() {
                continue;
            }
            let brought = self.brought(repo, &other)?;
            if brought.len() == self.commits.len() || self.is_whole(repo, &other)? {
                found.elsewhere.insert(other.lane, other.request);
            } else if !brought.is_empty() {
                let part = parts.entry(other.lane).or_insert_with(|| Parts {
                    tip: other.tip,
                    by: Vec::new(),
                    brought: BTreeSet::new(),
                });
                part.by.push(other.request);
                part.brought.extend(brought);
            }
        }
        for (lane, part) in parts {
            if found.elsewhere.contains_key(&lane) {
                continue;
            }
            if let [only] = &part.by[..]
                && self.is_nothing_left(repo, &part)?
            {
                // What it does not bring is in the lane.
                found.elsewhere.insert(lane, only.clone());
                continue;
            }
            let part = self.in_part(repo, part)?;
            found.in_part.insert(lane, part);
        }
        Ok(found)
    }

    /// Tells whether all of it is in a request's head, whatever its commits are called.
    fn is_whole(&self, repo: &Repo, other: &Other) -> Result<bool, Error> {
        is_in(repo, &self.base, &self.head, &other.head)
    }

    /// Returns the commits that a request brings into its lane: merged, picked, or the same by another name. Of a pick that
    /// conflicts the trailer tells.
    fn brought(&self, repo: &Repo, other: &Other) -> Result<BTreeSet<CommitId>, Error> {
        let known = std::slice::from_ref(&other.tip);
        let new = repo.between(known, &other.head, MOST_COMMITS)?;
        let mut brought = BTreeSet::new();
        for commit in &self.commits {
            if is_among(&new, &commit.id) || is_alike(repo, commit, other)? {
                brought.insert(commit.id.clone());
            }
        }
        Ok(brought)
    }

    fn is_nothing_left(&self, repo: &Repo, part: &Parts) -> Result<bool, Error> {
        let left = |commit: &&Commit| !part.brought.contains(&commit.id);
        for commit in self.commits.iter().filter(left) {
            let is_there = match commit.parents.first() {
                Some(base) => is_in(repo, base, &commit.id, &part.tip)?,
                None => false,
            };
            if !is_there {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn in_part(&self, repo: &Repo, part: Parts) -> Result<InPart, Error> {
        Ok(InPart {
            rest: self.rest(repo, &part)?,
            by: part.by,
            has: part.brought.len(),
            all: self.commits.len(),
        })
    }

    /// Names the commits that are not brought, where they are the newest of all and apply without the others.
    fn rest(&self, repo: &Repo, part: &Parts) -> Result<Option<String>, Error> {
        let is_brought = |commit: &Commit| part.brought.contains(&commit.id);
        let place = self
            .commits
            .iter()
            .take_while(|one| is_brought(one))
            .count();
        let (first, rest) = self.commits.split_at(place);
        let Some(before) = first.last().filter(|_| !rest.iter().any(is_brought)) else {
            return Ok(None);
        };
        if rest.is_empty() {
            return Ok(None);
        }
        let ids: Vec<CommitId> = rest.iter().map(|one| one.id.clone()).collect();
        // The name of a range must mean these and no others.
        let named = repo.series(std::slice::from_ref(&before.id), &self.head, MOST_COMMITS)?;
        let is_same = named.commits.iter().map(|one| &one.id).eq(&ids);
        if !is_same || repo.predict_picks(&ids, &part.tip)?.outcome != PredictionOutcome::Clean {
            return Ok(None);
        }
        Ok(Some(format!(
            "{}..{}",
            before.id.short(),
            self.head.short()
        )))
    }
}

fn is_among(new: &[Commit], id: &CommitId) -> bool {
    let trailer = format!("(cherry picked from commit {id})");
    new.iter()
        .any(|commit| &commit.id == id || commit.message.raw().lines().any(|line| line == trailer))
}

/// Tells whether a request's head has the change of a commit, and its lane has not.
fn is_alike(repo: &Repo, commit: &Commit, other: &Other) -> Result<bool, Error> {
    let Some(base) = commit.parents.first() else {
        return Ok(false);
    };
    let is_there = is_in(repo, base, &commit.id, &other.head)?;
    Ok(is_there && !is_in(repo, base, &commit.id, &other.tip)?)
}

fn is_in(repo: &Repo, base: &CommitId, head: &CommitId, tip: &CommitId) -> Result<bool, Error> {
    Ok(repo.presence(base, head, tip)?.verdict == Verdict::Present)
}
