//! From the words of the operator to the commits that are picked (flows.md 5.3).

use crate::engine::Board;
use crate::engine::alone_id;
use crate::git::Error;
use crate::git::Repo;
use crate::git::Series;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::HotfixId;
use crate::model::Lane;
use crate::model::Layer;

use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::observe::MOST_COMMITS;
use super::super::ranges;
use super::super::workspace::Workspace;
use super::BackportWords;

/// How far back a lane's own line is followed.
const LINE: usize = 2_000;

/// What is carried: a span of history, and the commits of it that are picked.
pub(super) struct Asked {
    pub(super) id: HotfixId,
    pub(super) title: String,
    pub(super) base: CommitId,
    pub(super) head: CommitId,
    /// Oldest first.
    pub(super) commits: Vec<Commit>,
}

impl Workspace {
    /// Finds what the words mean.
    pub(super) async fn asked(&self, lanes: &Board, words: &BackportWords) -> Result<Asked, Fault> {
        if let Some((from, to)) = ranges::ends(&words.rev)? {
            let (from, to) = (self.end(lanes, from).await?, self.end(lanes, to).await?);
            return self.span(from, to, &words.rev).await;
        }
        let id = self.resolve(&words.rev).await?;
        let commit = self.git(move |repo| repo.commit(&id)).await?;
        match &commit.parents[..] {
            [] => Err(Fault::new(
                FaultKind::User,
                format!(
                    "{} has no parent: there is nothing to compare it with",
                    commit.id.short()
                ),
            )
            .hint("Name a later commit, or a range A..B: A is what B is compared with.")),
            [only] => {
                self.check_changes(&commit, only).await?;
                Ok(Asked::one(&commit, only))
            }
            [first, _] => {
                self.check_mainline(lanes, &commit).await?;
                if words.is_per_commit {
                    return self.inside(&commit, first).await;
                }
                Ok(Asked::one(&commit, first))
            }
            [first, ..] if words.is_per_commit => self.inside(&commit, first).await,
            many => Err(Fault::new(
                FaultKind::User,
                format!(
                    "{} merges {} branches, so it has no one side to be picked against",
                    commit.id.short(),
                    many.len()
                ),
            )
            .hint("Pick its commits one by one with --per-commit, or name a range A..B.")),
        }
    }

    /// Returns what an end of a range names: a commit, or a lane.
    async fn end(&self, lanes: &Board, words: &str) -> Result<CommitId, Fault> {
        let fault = match self.resolve(words).await {
            Ok(commit) => return Ok(commit),
            Err(fault) => fault,
        };
        let mut known = lanes.book.project.lanes.iter();
        let lane = known.find(|lane| lane.name.as_str() == words);
        let branch = lane.and_then(Lane::branch_name);
        let tips = lanes.seen.tips.value();
        let tip = branch.and_then(|branch| tips?.get(&branch).cloned());
        tip.ok_or(fault)
    }

    /// Refuses a commit that changes nothing: no lane could have it or lack it.
    async fn check_changes(&self, commit: &Commit, base: &CommitId) -> Result<(), Fault> {
        let (id, base) = (commit.id.clone(), base.clone());
        let is_empty = self
            .git(move |repo| Ok(repo.tree_of(&id)? == repo.tree_of(&base)?))
            .await?;
        if !is_empty {
            return Ok(());
        }
        let summary = format!(
            "{} changes nothing: there is nothing to carry",
            commit.id.short()
        );
        Err(Fault::new(FaultKind::User, summary)
            .hint("Name the commit that holds the fix, or a range A..B."))
    }

    async fn span(&self, from: CommitId, to: CommitId, words: &str) -> Result<Asked, Fault> {
        let (base, head) = (from.clone(), to.clone());
        let series = self.git(move |repo| in_range(repo, &base, &head)).await?;
        Asked::range(series, from, to, words)
    }

    /// Returns the commits that a merge brought, one by one.
    async fn inside(&self, merge: &Commit, first: &CommitId) -> Result<Asked, Fault> {
        let (commit, base) = (merge.clone(), first.clone());
        let series = self.git(move |repo| brought(repo, &commit, &base)).await?;
        Asked::several(series, first.clone(), merge.id.clone())
    }

    /// A merge is picked against its first parent. Where that is not the RUN side, what would be picked is RUN itself.
    async fn check_mainline(&self, lanes: &Board, merge: &Commit) -> Result<(), Fault> {
        let tips: Vec<CommitId> = {
            let known = lanes.seen.tips.value();
            let run = lanes.book.project.lanes.iter();
            run.filter(|lane| lane.layer == Layer::Run)
                .filter_map(|lane| known?.get(&lane.branch_name()?).cloned())
                .collect()
        };
        let commit = merge.clone();
        let is_sideways = self
            .git(move |repo| {
                let (mut is_first, mut is_second) = (false, false);
                for tip in &tips {
                    for one in repo.first_parents(&[], tip, LINE)? {
                        is_first |= one.id == commit.id || one.id == commit.parents[0];
                        is_second |= one.id == commit.parents[1];
                    }
                }
                Ok(is_second && !is_first)
            })
            .await?;
        if !is_sideways {
            return Ok(());
        }
        Err(Fault::new(
            FaultKind::User,
            format!(
                "the first parent of {} is not the RUN side: picking it would bring RUN, not the fix",
                merge.id.short()
            ),
        )
        .hint("Name the merge into RUN, or the commits as a range A..B."))
    }
}

/// What a range `A..B` comes to.
enum Ranged {
    Series(Series),
    /// B is A, or older.
    Empty,
    /// B does not come after A; with where the two parted, if they have anything in common.
    Beside(Option<CommitId>),
}

fn in_range(repo: &Repo, from: &CommitId, to: &CommitId) -> Result<Ranged, Error> {
    if from == to || repo.is_ancestor(to, from)? {
        return Ok(Ranged::Empty);
    }
    if !repo.is_ancestor(from, to)? {
        return repo.merge_base(from, to).map(Ranged::Beside);
    }
    let series = repo.series(std::slice::from_ref(from), to, MOST_COMMITS);
    series.map(Ranged::Series)
}

/// Returns the commits of a range as they would be picked, oldest first.
pub(in crate::ops) fn picks_of_range(
    repo: &Repo,
    from: &CommitId,
    to: &CommitId,
    words: &str,
) -> Result<Vec<CommitId>, Fault> {
    let series = in_range(repo, from, to)
        .map_err(|error| Fault::caused(FaultKind::Internal, "cannot read the range", &error))?;
    let asked = Asked::range(series, from.clone(), to.clone(), words)?;
    Ok(asked.commits.into_iter().map(|commit| commit.id).collect())
}

/// Returns the commits of every side of a merge but the first.
fn brought(repo: &Repo, merge: &Commit, base: &CommitId) -> Result<Series, Error> {
    if merge.parents.len() == 2 {
        // With the merge itself: what was solved in it is in none of its commits.
        return repo.series(std::slice::from_ref(base), &merge.id, MOST_COMMITS);
    }
    let mut all = Series {
        commits: Vec::new(),
        evil: None,
        count: 0,
    };
    let mut known = vec![base.clone()];
    for side in merge.parents.iter().skip(1) {
        let series = repo.series(&known, side, MOST_COMMITS)?;
        all.commits.extend(series.commits);
        all.evil = all.evil.or(series.evil);
        all.count += series.count;
        known.push(side.clone());
    }
    // What was made in the merge is in none of its commits, as with one of two.
    if all.evil.is_none() && repo.has_own_changes(merge)? {
        all.evil = Some(merge.id.clone());
    }
    Ok(all)
}

impl Asked {
    fn one(commit: &Commit, base: &CommitId) -> Self {
        Self {
            id: record_id(&alone_id(&commit.id, None)),
            title: commit.subject(),
            base: base.clone(),
            head: commit.id.clone(),
            commits: vec![commit.clone()],
        }
    }

    /// The commits of a range, as it was named.
    fn range(series: Ranged, from: CommitId, to: CommitId, words: &str) -> Result<Self, Fault> {
        const HOW: &str = "Write A..B with A older than B; A itself is left out.";
        let series = match series {
            Ranged::Series(series) => series,
            Ranged::Empty => {
                let why = format!("there are no commits in {words}");
                return Err(Fault::new(FaultKind::User, why).hint(HOW));
            }
            Ranged::Beside(parted) => {
                let why = format!(
                    "{words} is no range that can be picked: {} does not come before {}",
                    from.short(),
                    to.short()
                );
                let hint = parted.map_or_else(
                    || HOW.to_owned(),
                    |at| format!("From where the two parted: {}..{}", at.short(), to.short()),
                );
                return Err(Fault::new(FaultKind::User, why).hint(hint));
            }
        };
        let asked = Self::several(series, from, to)?;
        match &asked.commits[..] {
            // A range of one is that commit, however it was named.
            [only] if only.id == asked.head && only.parents == [asked.base.clone()] => {
                Ok(Self::one(only, &asked.base))
            }
            _several => Ok(asked),
        }
    }

    /// Several commits; a record of their own, since one of them may be carried alone as well.
    fn several(series: Series, base: CommitId, head: CommitId) -> Result<Self, Fault> {
        // Only the newest were read: without the others it would be another change.
        if series.count > MOST_COMMITS {
            return Err(Fault::new(
                FaultKind::User,
                format!(
                    "{} commits are more than the {MOST_COMMITS} that can be picked one by one",
                    series.count
                ),
            )
            .hint(
                "Name a shorter range A..B, or the merge that brought them, without --per-commit.",
            ));
        }
        if let Some(merge) = series.evil {
            return Err(Fault::new(
                FaultKind::User,
                format!(
                    "the merge {} holds changes of its own, which none of the commits has",
                    merge.short()
                ),
            )
            .hint(
                "Pick the merge that brought all of it into RUN, without --per-commit; a merge of more than two branches is carried by hand.",
            ));
        }
        let Some(last) = series.commits.last() else {
            return Err(Fault::new(
                FaultKind::User,
                format!("{} brings no commits", head.short()),
            ));
        };
        let more = match series.commits.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        Ok(Self {
            id: record_id(&alone_id(&head, Some(&base))),
            title: format!("{}{more}", last.subject()),
            base,
            head,
            commits: series.commits,
        })
    }
}

fn record_id(id: &str) -> HotfixId {
    id.parse()
        .expect("letters, hex digits and dashes are allowed in an id")
}
