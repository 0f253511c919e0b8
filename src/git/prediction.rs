//! Would it apply: merges asked before anything is built.

use crate::model::CommitId;
use crate::model::ConflictKind;
use crate::model::ConflictPath;
use crate::model::Prediction;
use crate::model::PredictionOutcome;

use super::attributes::AttributeSearch;
use super::attributes::agreed;
use super::error::Error;
use super::merge::Conflict;
use super::merge::Merge;
use super::merge::MergeAnswer;
use super::repo::Repo;

/// Looking up who changed a path last takes two walks; nobody reads more names than this.
const NAMED: usize = 20;

/// One question to [`Repo::predict_many`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Question {
    /// Would `base..commit`, as one pick, apply onto `onto`?
    Pick {
        commit: CommitId,
        base: CommitId,
        onto: CommitId,
    },
    /// Would `other` merge into `onto`?
    Merge { other: CommitId, onto: CommitId },
}

/// The two sides of a merge as commits, for the question who changed what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides<'a> {
    pub(super) base: Option<&'a CommitId>,
    pub(super) onto: &'a CommitId,
    pub(super) other: &'a CommitId,
}

impl Repo {
    /// Tells what picking `base..commit` onto `onto` would do, by us; `base` is usually the commit's first parent.
    pub fn predict_pick(
        &self,
        commit: &CommitId,
        base: &CommitId,
        onto: &CommitId,
    ) -> Result<Prediction, Error> {
        self.predict(&Question::Pick {
            commit: commit.clone(),
            base: base.clone(),
            onto: onto.clone(),
        })
    }

    /// Tells what merging `other` into `onto` would do, by us.
    pub fn predict_merge(&self, other: &CommitId, onto: &CommitId) -> Result<Prediction, Error> {
        self.predict(&Question::Merge {
            other: other.clone(),
            onto: onto.clone(),
        })
    }

    /// Tells what merging `other` into `onto` would do where somebody else merges: a forge, a colleague's git.
    pub fn predict_promotion(
        &self,
        other: &CommitId,
        onto: &CommitId,
    ) -> Result<Prediction, Error> {
        let question = Question::Merge {
            other: other.clone(),
            onto: onto.clone(),
        };
        self.predict_many(&[question])?.pop().ok_or_else(no_answer)
    }

    /// Answers many questions in one go, in the order asked, where somebody else carries out what is asked about: it is
    /// unknown what comes of it where that hangs on attributes in the target.
    pub fn predict_many(&self, questions: &[Question]) -> Result<Vec<Prediction>, Error> {
        let merges: Vec<Merge> = questions.iter().map(Question::to_merge).collect();
        let mut answers = self.merge_many(&merges)?;
        let mut search = AttributeSearch::default();
        let hangs = |place: &usize| {
            self.hangs_on_attributes(&merges[*place], &answers[*place], &mut search)
        };
        let open: Vec<usize> = (0..merges.len()).filter(hangs).collect();
        self.keep_search(&search);
        let again: Vec<Merge> = open
            .iter()
            .map(|place| merges[*place].with_attributes())
            .collect();
        for (place, with) in open.into_iter().zip(self.merge_many(&again)?) {
            let without = std::mem::replace(&mut answers[place], Err(String::new()));
            answers[place] = agreed(without, with);
        }
        questions
            .iter()
            .zip(answers)
            .map(|(question, answer)| self.prediction(question, answer))
            .collect()
    }

    /// Tells what a pick or a merge would do, by us.
    pub fn predict(&self, question: &Question) -> Result<Prediction, Error> {
        let mut answers = self.merge_many(&[question.to_merge()])?;
        self.prediction(question, answers.pop().ok_or_else(no_answer)?)
    }

    fn prediction(&self, question: &Question, answer: MergeAnswer) -> Result<Prediction, Error> {
        let sides = match question {
            Question::Pick { commit, base, onto } => Sides {
                base: Some(base),
                onto,
                other: commit,
            },
            Question::Merge { other, onto } => Sides {
                base: None,
                onto,
                other,
            },
        };
        let (outcome, tree) = match answer {
            Err(why) => (PredictionOutcome::Unknown { why }, None),
            Ok(result) if !result.is_clean => {
                let paths = self.conflict_paths(&result.tree, &result.conflicts, sides)?;
                (PredictionOutcome::Conflict { paths }, Some(result.tree))
            }
            Ok(result) if result.tree == self.tree_of(sides.onto)? => {
                (PredictionOutcome::Already, Some(result.tree))
            }
            Ok(result) => (PredictionOutcome::Clean, Some(result.tree)),
        };
        Ok(Prediction {
            outcome,
            target_tip: sides.onto.clone(),
            tree,
            pending: Vec::new(),
        })
    }

    /// Describes conflicts: what was written in the place of each path, and who changed it last on either side.
    pub(super) fn conflict_paths(
        &self,
        tree: &CommitId,
        conflicts: &[Conflict],
        sides: Sides<'_>,
    ) -> Result<Vec<ConflictPath>, Error> {
        let mut paths = Vec::with_capacity(conflicts.len());
        let blobs = self.blobs_at(tree, conflicts)?;
        let named = conflicts.iter().take(NAMED);
        let named: Vec<(&[u8], ConflictKind)> = named
            .map(|conflict| (conflict.path.as_slice(), conflict.kind))
            .collect();
        let mut authors = self.last_authors(&named, sides).into_iter();
        for (conflict, blob) in conflicts.iter().zip(blobs) {
            let last_authors = authors.next().unwrap_or_default();
            paths.push(ConflictPath {
                path: String::from_utf8_lossy(&conflict.path).into_owned(),
                kind: conflict.kind,
                blob,
                last_authors,
                owners: Vec::new(),
            });
        }
        Ok(paths)
    }

    /// Returns what stands at each path of a result. Kept on the shelf: a look that meets known conflicts again needs
    /// no objects.
    fn blobs_at(
        &self,
        tree: &CommitId,
        conflicts: &[Conflict],
    ) -> Result<Vec<Option<CommitId>>, Error> {
        if conflicts.is_empty() {
            return Ok(Vec::new());
        }
        let mut words = vec!["blobs".to_owned(), tree.to_string()];
        let path = |conflict: &Conflict| conflict.path.escape_ascii().to_string();
        words.extend(conflicts.iter().map(path));
        let question = self.shelf_question(&words);
        if let Some(blobs) = self.shelf().get::<Vec<Option<CommitId>>>(&question)
            && blobs.len() == conflicts.len()
        {
            return Ok(blobs);
        }
        self.provide(std::slice::from_ref(tree))?;
        let mut blobs = Vec::with_capacity(conflicts.len());
        for conflict in conflicts {
            let entry = self.objects().entry(tree, &conflict.path)?;
            blobs.push(entry.map(|entry| entry.id));
        }
        self.shelf().keep(&[(question, blobs.clone())]);
        Ok(blobs)
    }
}

fn no_answer() -> Error {
    Error::Answer {
        verb: "merge-tree".into(),
        why: "it gave none".into(),
    }
}

impl Question {
    /// Returns the commit that it is carried onto.
    pub fn onto(&self) -> &CommitId {
        match self {
            Self::Pick { onto, .. } | Self::Merge { onto, .. } => onto,
        }
    }

    pub(super) fn to_merge(&self) -> Merge {
        match self {
            Self::Pick { commit, base, onto } => Merge {
                base: Some(base.clone()),
                ours: onto.clone(),
                theirs: commit.clone(),
                reads_attributes: false,
            },
            Self::Merge { other, onto } => Merge {
                base: None,
                ours: onto.clone(),
                theirs: other.clone(),
                reads_attributes: false,
            },
        }
    }
}
