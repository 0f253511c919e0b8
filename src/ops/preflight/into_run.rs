//! Targets in RUN: what the backport engine would not carry there, whatever git says of the merge.

use crate::engine::Frozen;
use crate::git::Error;
use crate::git::Question;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::LaneName;
use crate::model::Layer;
use crate::model::Seen;
use crate::model::Verdict;

use super::super::fault::Fault;
use super::super::ground::Ground;
use super::super::observe::Layers;
use super::super::observe::Outside;
use super::super::observe::Trial;
use super::super::workspace::Workspace;
use super::PreflightOutcome;
use super::is_carried;

/// What keeps commits out of lanes of RUN.
pub struct Guard {
    layers: Layers,
    /// None where no lane of RUN is asked about, or where the only one is production.
    entry: Option<Entry>,
}

/// What an outcome is about.
pub(super) struct Whose<'a> {
    /// The target as it was named.
    pub(super) target: &'a str,
    pub(super) is_hotfix: bool,
}

/// The lane of RUN that leads to production.
struct Entry {
    lane: LaneName,
    /// Where production is.
    production: Option<CommitId>,
    freezing: Freezing,
}

/// Whether the next version is being validated there.
enum Freezing {
    Not,
    /// The lane that it came from.
    By(LaneName),
    /// Nobody can tell, or could when the remote was last seen: why.
    Unseen(String),
}

impl Freezing {
    fn of(seen: &Seen<Option<Frozen>>) -> Self {
        match seen {
            Seen::Known {
                value: Some(frozen),
                ..
            }
            | Seen::Stale {
                value: Some(frozen),
                ..
            } => Self::By(frozen.by.clone()),
            Seen::Known { value: None, .. } => Self::Not,
            Seen::Stale {
                value: None, why, ..
            }
            | Seen::Unknown { why } => Self::Unseen(why.clone()),
        }
    }
}

impl Ground {
    /// Reads what keeps commits out of RUN; whether that is frozen only where a lane of it is asked about.
    pub(super) async fn guard(&self, targets: &[&str]) -> Result<Guard, Fault> {
        let lanes = self.lanes.iter();
        let layers = Layers::of(lanes.map(|(lane, tip)| (lane, tip.as_ref())));
        let entry = match &self.workspace {
            Some(workspace) if targets.iter().any(|target| self.is_run(target)) => {
                self.entry(workspace).await?
            }
            Some(_) | None => None,
        };
        Ok(Guard { layers, entry })
    }

    /// Tells whether words name a lane of RUN.
    pub(super) fn is_run(&self, words: &str) -> bool {
        let lane = self.lane(words);
        lane.is_some_and(|(lane, _)| lane.layer == Layer::Run)
    }

    /// Looks whether the lane of RUN that leads to production is frozen.
    async fn entry(&self, workspace: &Workspace) -> Result<Option<Entry>, Fault> {
        let board = workspace.look_offline(None).await?;
        let project = &board.book.project;
        let (Some(entry), Some(production)) = (project.run_entry(), project.production()) else {
            return Ok(None);
        };
        if entry.name == production.name {
            return Ok(None);
        }
        let production = self.lane(production.name.as_str());
        Ok(Some(Entry {
            lane: entry.name.clone(),
            production: production.and_then(|(_, tip)| tip.clone()),
            freezing: Freezing::of(&board.seen.frozen),
        }))
    }

    /// Returns the outcome, or that it would be refused, where something would be carried into a lane of RUN; or that nobody
    /// can tell.
    pub(super) fn guarded(
        &self,
        guard: &Guard,
        whose: &Whose<'_>,
        trial: &Trial,
        outcome: PreflightOutcome,
    ) -> PreflightOutcome {
        if !is_carried(&outcome) {
            return outcome;
        }
        match self.kept_out(guard, whose, trial) {
            Ok(None) => outcome,
            Ok(Some(kept_out)) => kept_out,
            Err(error) => PreflightOutcome::Unknown {
                why: format!("cannot {error}"),
            },
        }
    }

    fn kept_out(
        &self,
        guard: &Guard,
        whose: &Whose<'_>,
        trial: &Trial,
    ) -> Result<Option<PreflightOutcome>, Error> {
        let lane = self.lane(whose.target);
        let Some((lane, _)) = lane.filter(|(lane, _)| lane.layer == Layer::Run) else {
            return Ok(None);
        };
        let span = trial.span(&self.repo)?;
        // Of a hotfix, its own steps tell what of BUILD is on its branch.
        if !whose.is_hotfix {
            let outside = self.outside(guard, span.as_ref(), trial)?;
            if let Some(commit) = outside.only_in_build.first() {
                return Ok(Some(PreflightOutcome::Blocked {
                    why: format!(
                        "{} \"{}\" is only in BUILD and would lead to RUN",
                        commit.id.short(),
                        commit.subject()
                    ),
                }));
            }
        }
        let entry = guard.entry.as_ref();
        let Some(entry) = entry.filter(|entry| entry.lane == lane.name) else {
            return Ok(None);
        };
        // What production has must come to the next version, too.
        if let (Some((base, head)), Some(production)) = (&span, &entry.production)
            && self.has(production, base, head)?
        {
            return Ok(None);
        }
        Ok(match &entry.freezing {
            Freezing::Not => None,
            Freezing::By(build) => Some(PreflightOutcome::Blocked {
                why: format!("RUN is frozen: {build} is being validated in it"),
            }),
            Freezing::Unseen(why) => Some(PreflightOutcome::Unknown {
                why: format!("it is not known whether RUN is frozen: {why}"),
            }),
        })
    }

    /// Returns what would be carried and no lane of RUN has.
    pub(super) fn not_in_run(&self, guard: &Guard, trial: &Trial) -> Vec<Commit> {
        let span = trial.span(&self.repo);
        let found = span.and_then(|span| self.outside(guard, span.as_ref(), trial));
        match found {
            Ok(outside) => outside.not_in_run,
            Err(error) => {
                tracing::debug!(%error, "what is in no lane of RUN could not be told");
                Vec::new()
            }
        }
    }

    fn outside(
        &self,
        guard: &Guard,
        span: Option<&(CommitId, CommitId)>,
        trial: &Trial,
    ) -> Result<Outside, Error> {
        let whole = span.map(|(base, head)| (base, head));
        let picked = self.picked(trial)?;
        guard.layers.outside(&self.repo, whole, &picked)
    }

    /// Tells whether a lane has this, or what later work there made of it.
    fn has(&self, tip: &CommitId, base: &CommitId, head: &CommitId) -> Result<bool, Error> {
        Ok(match self.repo.presence(base, head, tip)?.verdict {
            Verdict::Present => true,
            Verdict::Absent => false,
            Verdict::Changed | Verdict::Pending | Verdict::Unknown => {
                self.repo.is_ancestor(head, tip)?
            }
        })
    }

    /// Returns the commits that are tried.
    fn picked(&self, trial: &Trial) -> Result<Vec<Commit>, Error> {
        let ids: &[CommitId] = match trial {
            Trial::One(Question::Pick { commit, .. }) => std::slice::from_ref(commit),
            Trial::One(Question::Merge { other, .. }) => std::slice::from_ref(other),
            Trial::Row { commits, .. } => commits,
            Trial::Impossible(_) => &[],
        };
        ids.iter().map(|id| self.repo.commit(id)).collect()
    }
}
