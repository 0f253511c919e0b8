//! Preflight: would it apply there, asked of every target before anything is built. Nothing is changed.

mod batch;
mod commits;
mod drivers;
mod hotfix;
mod into_run;
mod reverted;

use crate::git::Error;
use crate::git::Forecast;
use crate::git::Question;
use crate::git::across;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::ConflictPath;
use crate::model::Driven;
use crate::model::Judge;
use crate::model::LaneName;
use crate::model::LastAuthors;
use crate::model::Prediction;
use crate::model::PredictionOutcome;

use super::fault::Fault;
use super::fault::FaultKind;
use super::ground::Ground;
use super::observe::OwnerBook;
use super::observe::Trial;
use super::prerequisites::prerequisites;
pub use into_run::Guard;
use into_run::Whose;

/// What carrying one commit into one target would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preflight {
    /// The commit, the range as it was named, or the words that name none.
    pub commit: String,
    /// The target as it was named.
    pub target: String,
    pub outcome: PreflightOutcome,
    pub by: Option<Judge>,
    /// Earlier changes to the files of the pick that the target lacks, newest first.
    pub prerequisites: Vec<Commit>,
    /// Of commits: what would be carried and is in no lane of RUN, oldest first.
    pub not_in_run: Vec<Commit>,
    /// Lanes of RUN, and the target itself, that had it and have nothing of it left, each with the commit that took it out,
    /// where that is known.
    pub taken_out: Vec<(LaneName, Option<CommitId>)>,
    /// What the user's own merge drivers have to do with it.
    pub driven: Option<Driven>,
    /// The hotfix, where one was named.
    pub hotfix: Option<String>,
}

/// The outcome for one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PreflightOutcome {
    Clean { tree: CommitId },
    Already { tree: CommitId },
    Conflict { paths: Vec<ConflictPath> },
    Blocked { why: String },
    Unknown { why: String },
}

impl PreflightOutcome {
    /// Returns the word in output.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Clean { .. } => "clean",
            Self::Already { .. } => "already",
            Self::Conflict { .. } => "conflict",
            Self::Blocked { .. } => "blocked",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// Tells whether it is what a merge said.
    fn is_judged(&self) -> bool {
        match self {
            Self::Clean { .. } | Self::Already { .. } | Self::Conflict { .. } => true,
            Self::Blocked { .. } | Self::Unknown { .. } => false,
        }
    }
}

impl From<Prediction> for PreflightOutcome {
    fn from(prediction: Prediction) -> Self {
        let no_tree = || Self::Unknown {
            why: "no tree came out".into(),
        };
        match (prediction.outcome, prediction.tree) {
            (PredictionOutcome::Clean, Some(tree)) => Self::Clean { tree },
            (PredictionOutcome::Already, Some(tree)) => Self::Already { tree },
            (PredictionOutcome::Clean | PredictionOutcome::Already, None) => no_tree(),
            (PredictionOutcome::Conflict { paths }, _) => Self::Conflict { paths },
            (PredictionOutcome::Blocked { why }, _) => Self::Blocked { why },
            (PredictionOutcome::Unknown { why }, _) => Self::Unknown { why },
        }
    }
}

impl Preflight {
    fn new(
        commit: impl Into<String>,
        target: impl Into<String>,
        outcome: PreflightOutcome,
    ) -> Self {
        Self {
            commit: commit.into(),
            target: target.into(),
            outcome,
            by: None,
            prerequisites: Vec::new(),
            not_in_run: Vec::new(),
            taken_out: Vec::new(),
            driven: None,
            hotfix: None,
        }
    }

    /// Makes the short answer of a batch.
    fn forecast(commit: String, target: String, forecast: Forecast) -> Self {
        let (outcome, by) = match forecast {
            Forecast::Clean { tree, by } => (PreflightOutcome::Clean { tree }, Some(by)),
            Forecast::Already { tree, by } => (PreflightOutcome::Already { tree }, Some(by)),
            Forecast::Conflict { paths, by } => {
                let path = |(path, kind)| ConflictPath {
                    path,
                    kind,
                    blob: None,
                    last_authors: LastAuthors::default(),
                    owners: Vec::new(),
                };
                let paths = paths.into_iter().map(path).collect();
                (PreflightOutcome::Conflict { paths }, Some(by))
            }
            Forecast::Blocked { why } => (PreflightOutcome::Blocked { why }, None),
            Forecast::Unknown { why } => (PreflightOutcome::Unknown { why }, None),
        };
        Self {
            by,
            ..Self::new(commit, target, outcome)
        }
    }
}

/// What to ask beside the plain question.
#[derive(Debug, Clone, Copy, Default)]
pub struct PreflightWish {
    /// Run the merge drivers that the clone's configuration names, to see what they would make of it. Without, what they said
    /// before is told, and none runs.
    pub with_drivers: bool,
}

impl Ground {
    /// Answers every commit, range or hotfix against every target; without targets, every BUILD lane, or a hotfix's own.
    ///
    /// # Errors
    /// Where there is nothing to ask about: no such revision, no target, none of that name.
    pub async fn preflight(
        &self,
        revs: &[String],
        into: &[String],
        wish: PreflightWish,
    ) -> Result<Vec<Preflight>, Fault> {
        self.check_places(into)?;
        let mut open = Vec::new();
        for rev in revs {
            match self.hotfix_preflight(rev, into).await? {
                Some(found) => open.extend(found),
                None => open.extend(self.commit_questions(rev, into)?),
            }
        }
        let targets: Vec<&str> = open.iter().map(|one| one.target.as_str()).collect();
        let guard = self.guard(&targets).await?;
        let ground = self.shared();
        let asked = across(move || ground.answer(open, &guard, wish));
        asked
            .await
            .map_err(|error| Fault::caused(FaultKind::Internal, "merging ended early", &error))?
    }

    /// Answers in the order asked, all merges that do not stand on one another in one go. What a hotfix or a range is carried
    /// by is built here; who carries a commit is not said, so it may be a forge that knows attributes, unless the
    /// project's own merges as we do.
    fn answer(
        &self,
        asked: Vec<Asked>,
        guard: &Guard,
        wish: PreflightWish,
    ) -> Result<Vec<Preflight>, Fault> {
        let is_predicted = self.merges_as_predicted();
        let [ours, others] = questions(&asked, is_predicted);
        let failed =
            |error: Error| Fault::caused(FaultKind::Internal, "cannot merge in memory", &error);
        self.repo.prepare(&ours, None, &[]).map_err(failed)?;
        let predictions = self.repo.predict_many(&others).map_err(failed)?;
        let mut predictions = predictions.into_iter();
        let mut next = || match predictions.next() {
            Some(prediction) => prediction.into(),
            None => PreflightOutcome::Unknown {
                why: "git gave no answer".into(),
            },
        };
        let rules = self
            .workspace
            .as_ref()
            .map(|workspace| workspace.forge().capabilities().owners);
        let mut owners = OwnerBook::new(&self.repo, rules.unwrap_or_default());
        let mut answers = Vec::with_capacity(asked.len());
        for one in asked {
            let mut answer = match &one.trial {
                Err(forecast) => Preflight::forecast(one.commit, one.target, forecast.clone()),
                Ok(trial) => {
                    let outcome = match (&one.hotfix, trial) {
                        (None, Trial::One(_)) if !is_predicted => next(),
                        (
                            Some(_) | None,
                            Trial::One(_) | Trial::Row { .. } | Trial::Impossible(_),
                        ) => self.built(trial),
                    };
                    let whose = Whose {
                        target: &one.target,
                        is_hotfix: one.hotfix.is_some(),
                    };
                    let outcome = self.guarded(guard, &whose, trial, outcome);
                    let mut answer = Preflight::new(one.commit, one.target, outcome);
                    if let (Some(onto), PreflightOutcome::Conflict { paths }) =
                        (trial.onto(), &mut answer.outcome)
                    {
                        owners.name(onto, paths);
                    }
                    if answer.outcome.is_judged() {
                        answer.by = self.judge_of(trial);
                    }
                    if is_carried(&answer.outcome) {
                        answer.prerequisites = prerequisites(&self.repo, trial);
                        answer.taken_out = self.taken_out(&answer.target, one.fix.as_ref(), trial);
                        // Of a hotfix: it is what brings them there.
                        if one.hotfix.is_none() {
                            answer.not_in_run = self.not_in_run(guard, trial);
                        }
                    }
                    answer.driven = self.driven(trial, &answer.outcome, wish);
                    answer
                }
            };
            answer.hotfix = one.hotfix;
            answers.push(answer);
        }
        Ok(answers)
    }

    /// Tells what carrying a hotfix or a range would do, as the console predicts it.
    fn built(&self, trial: &Trial) -> PreflightOutcome {
        let found = match trial {
            Trial::One(question) => self.repo.predict(question),
            Trial::Row { commits, onto } => self.repo.predict_picks(commits, onto),
            Trial::Impossible(why) => return PreflightOutcome::Blocked { why: why.clone() },
        };
        match found {
            Ok(prediction) => prediction.into(),
            Err(error) => PreflightOutcome::Unknown {
                why: format!("cannot {error}"),
            },
        }
    }

    fn judge_of(&self, trial: &Trial) -> Option<Judge> {
        match trial {
            Trial::One(question) => self.repo.judge_of(question),
            Trial::Row { .. } => Some(Judge::Git),
            Trial::Impossible(_) => None,
        }
    }

    /// Returns a handle for a blocking thread.
    pub(super) fn shared(&self) -> Self {
        Self {
            repo: self.repo.clone(),
            clone: self.clone.clone(),
            workspace: self.workspace.clone(),
            lanes: self.lanes.clone(),
            edges: self.edges.clone(),
            doubt: self.doubt.clone(),
        }
    }
}

/// What is to be tried for one target, or the answer that needs no trial.
struct Asked {
    commit: String,
    target: String,
    hotfix: Option<String>,
    /// From where to where the fix of that hotfix goes, however it is carried.
    fix: Option<(CommitId, CommitId)>,
    trial: Result<Trial, Forecast>,
}

/// Tells whether there is something to carry, with a conflict or without.
fn is_carried(outcome: &PreflightOutcome) -> bool {
    match outcome {
        PreflightOutcome::Clean { .. } | PreflightOutcome::Conflict { .. } => true,
        PreflightOutcome::Already { .. }
        | PreflightOutcome::Blocked { .. }
        | PreflightOutcome::Unknown { .. } => false,
    }
}

/// Returns what is asked of git: about what is merged as we do, and about what others may merge in their way.
fn questions(asked: &[Asked], is_predicted: bool) -> [Vec<Question>; 2] {
    let mut all = [Vec::new(), Vec::new()];
    for one in asked {
        if let Ok(Trial::One(question)) = &one.trial {
            let is_others = one.hotfix.is_none() && !is_predicted;
            all[usize::from(is_others)].push(question.clone());
        }
    }
    all
}
