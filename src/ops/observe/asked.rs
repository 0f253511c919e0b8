//! The fix as somebody named it: exactly these commits, and where they are. What RUN has is meant for BUILD; what is only
//! in BUILD must not lead to RUN (flows.md section 3).

use std::collections::BTreeMap;

use crate::engine::FixSight;
use crate::engine::FixSpan;
use crate::engine::Picks;
use crate::git::Error;
use crate::git::Repo;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::Lane;
use crate::model::Layer;
use crate::model::Verdict;

use super::fix::Fix;
use super::fix::MOST_COMMITS;
use super::fix::Trail;

impl Trail<'_> {
    /// Returns the fix as somebody named it: the recorded span, and exactly the recorded commits.
    pub(super) fn as_asked(&self) -> Result<Fix, Error> {
        let snapshot = self.record.snapshot.as_ref();
        let ids = snapshot.map_or(&[][..], |snapshot| &snapshot.commits);
        let commits = ids.iter().map(|id| self.repo().commit(id));
        let commits = commits.collect::<Result<Vec<_>, Error>>()?;
        let base = snapshot.map(|snapshot| snapshot.base.clone());
        let head = snapshot.map(|snapshot| snapshot.head.clone());
        let changes_nothing = match (&base, &head) {
            (Some(base), Some(head)) => self.repo().tree_of(base)? == self.repo().tree_of(head)?,
            (Some(_) | None, Some(_) | None) => false,
        };
        let landed = match &head {
            Some(head) => self.landed(head)?,
            None => BTreeMap::new(),
        };
        let own = self
            .record
            .merges
            .values()
            .map(|merge| merge.commit.clone());
        let whole = base.as_ref().zip(head.as_ref());
        let outside = self.layers().outside(self.repo(), whole, &commits)?;
        Ok(Fix {
            own: own.chain(ids.iter().cloned()).collect(),
            sight: FixSight {
                head: None,
                merge_base: base.clone(),
                span: base
                    .zip(head)
                    .and_then(|(base, head)| FixSpan::new(base, head)),
                picks: Picks {
                    single: commits.clone(),
                    ..Picks::default()
                },
                commits,
                // BUILD's own work may go from one lane of BUILD to another.
                contamination: if self.leads_to_run() {
                    outside.only_in_build
                } else {
                    Vec::new()
                },
                not_in_run: outside.not_in_run,
                changes_nothing,
                landed,
            },
        })
    }

    fn layers(&self) -> Layers {
        let lanes = self.look.book.project.lanes.iter();
        Layers::of(lanes.map(|lane| (lane, self.look.lane_tip(&lane.name))))
    }

    /// Tells whether a lane of RUN is among the targets.
    fn leads_to_run(&self) -> bool {
        let steps = self.look.book.steps.iter();
        let mut targets = steps
            .filter_map(|step| step.work.carry())
            .flat_map(|carry| &carry.targets);
        targets.any(|target| {
            let lane = self.look.book.project.lane(target);
            lane.is_some_and(|lane| lane.layer == Layer::Run)
        })
    }
}

/// The tips of the lanes that are there, by layer.
#[derive(Default)]
pub(in crate::ops) struct Layers {
    run: Vec<CommitId>,
    build: Vec<CommitId>,
}

/// What picks would bring that no lane of RUN has, oldest first.
#[derive(Default)]
pub(in crate::ops) struct Outside {
    pub(in crate::ops) not_in_run: Vec<Commit>,
    /// Those of them that a lane of BUILD has.
    pub(in crate::ops) only_in_build: Vec<Commit>,
}

impl Layers {
    pub(in crate::ops) fn of<'a>(
        lanes: impl IntoIterator<Item = (&'a Lane, Option<&'a CommitId>)>,
    ) -> Self {
        let mut layers = Self::default();
        for (lane, tip) in lanes {
            match lane.layer {
                Layer::Run => layers.run.extend(tip.cloned()),
                Layer::Build => layers.build.extend(tip.cloned()),
            }
        }
        layers
    }

    /// Finds what the picks of these commits would bring that RUN does not have: a merge brings more than itself. What RUN
    /// has by another name, squashed or picked, is in RUN: `whole`, from where to where they go, tells.
    pub(in crate::ops) fn outside(
        &self,
        repo: &Repo,
        whole: Option<(&CommitId, &CommitId)>,
        picked: &[Commit],
    ) -> Result<Outside, Error> {
        let mut outside = Outside::default();
        // Where no lane of RUN can be seen, nobody can tell.
        if self.run.is_empty() {
            return Ok(outside);
        }
        for commit in picked {
            let known: Vec<CommitId> = commit
                .parents
                .iter()
                .take(1)
                .chain(&self.run)
                .cloned()
                .collect();
            let brought = repo.between(&known, &commit.id, MOST_COMMITS)?;
            for one in brought.into_iter().rev() {
                if self.is_in_build(repo, &one.id)? {
                    outside.only_in_build.push(one.clone());
                }
                outside.not_in_run.push(one);
            }
        }
        if let Some((base, head)) = whole.filter(|_| !outside.not_in_run.is_empty()) {
            for tip in &self.run {
                if repo.presence(base, head, tip)?.verdict == Verdict::Present {
                    return Ok(Outside::default());
                }
            }
        }
        Ok(outside)
    }

    fn is_in_build(&self, repo: &Repo, commit: &CommitId) -> Result<bool, Error> {
        for tip in &self.build {
            if repo.is_ancestor(commit, tip)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
