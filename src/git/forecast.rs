//! Many picks at once, as a script asks them: what each would do, told as soon as it is known, with nothing that
//! costs a further look. For one commit and its conflicts in detail there is `prediction`.

use std::collections::HashMap;

use crate::model::CommitId;
use crate::model::ConflictKind;
use crate::model::Judge;

use super::attributes::AttributeSearch;
use super::attributes::agreed;
use super::commit::RawCommit;
use super::error::Error;
use super::merge::Merge;
use super::merge::MergeAnswer;
use super::objects::Kind;
use super::prediction::Question;
use super::repo::Repo;

/// One commit and where it would go.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pick {
    pub commit: CommitId,
    pub onto: CommitId,
}

/// What a pick would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Forecast {
    Clean {
        tree: CommitId,
        by: Judge,
    },
    /// Nothing would change; `tree` is the target's own.
    Already {
        tree: CommitId,
        by: Judge,
    },
    Conflict {
        paths: Vec<(String, ConflictKind)>,
        by: Judge,
    },
    /// The backport engine would refuse to carry it.
    Blocked {
        why: String,
    },
    Unknown {
        why: String,
    },
}

impl Repo {
    /// Tells what each pick would do, with its place, in any order. A merge commit counts against its first parent. Like
    /// [`Repo::predict_many`], it is about what somebody else carries out.
    ///
    /// # Errors
    /// Only where nothing can be asked at all; a pick that cannot be judged is `Unknown` and spoils no other.
    pub fn forecast(
        &self,
        picks: &[Pick],
        tell: &mut dyn FnMut(usize, Forecast),
    ) -> Result<(), Error> {
        self.forecast_by(picks, false, tell)
    }

    /// The same about what we carry out, or somebody who merges as we do: like [`Repo::predict`], no attributes of the
    /// target count.
    pub fn forecast_ours(
        &self,
        picks: &[Pick],
        tell: &mut dyn FnMut(usize, Forecast),
    ) -> Result<(), Error> {
        self.forecast_by(picks, true, tell)
    }

    fn forecast_by(
        &self,
        picks: &[Pick],
        is_ours: bool,
        tell: &mut dyn FnMut(usize, Forecast),
    ) -> Result<(), Error> {
        let mut places = Vec::with_capacity(picks.len());
        let mut merges = Vec::with_capacity(picks.len());
        let mut targets: HashMap<&CommitId, CommitId> = HashMap::new();
        for (place, pick) in picks.iter().enumerate() {
            let merge = self.as_merge(pick).and_then(|merge| {
                if !targets.contains_key(&pick.onto) {
                    let tree = self.tree_of(&pick.onto).map_err(|error| unknown(&error))?;
                    targets.insert(&pick.onto, tree);
                }
                Ok(merge)
            });
            match merge {
                Ok(merge) => {
                    merges.push(merge);
                    places.push(place);
                }
                Err(forecast) => tell(place, forecast),
            }
        }
        let told = |index: usize, answer: MergeAnswer| {
            let place = places[index];
            (place, forecast(answer, targets.get(&picks[place].onto)))
        };
        let mut search = AttributeSearch::default();
        let mut open = Vec::new();
        self.merge_each(&merges, &mut |index, answer| {
            if !is_ours && self.hangs_on_attributes(&merges[index], &answer, &mut search) {
                open.push((index, answer));
                return;
            }
            let (place, forecast) = told(index, answer);
            tell(place, forecast);
        })?;
        self.keep_search(&search);
        let again: Vec<Merge> = open
            .iter()
            .map(|(index, _)| merges[*index].with_attributes())
            .collect();
        for ((index, without), with) in open.into_iter().zip(self.merge_many(&again)?) {
            let (place, forecast) = told(index, agreed(without, with));
            tell(place, forecast);
        }
        Ok(())
    }

    /// Returns who answered a question that was asked before.
    pub fn judge_of(&self, question: &Question) -> Option<Judge> {
        let answer = self.merge_many(&[question.to_merge()]).ok()?.pop()?;
        answer.ok().map(|result| result.by)
    }

    /// Returns the question that a commit's pick is.
    ///
    /// # Errors
    /// The forecast itself where there is nothing to ask git.
    pub fn pick_question(&self, pick: &Pick) -> Result<Question, Forecast> {
        let Merge { base, .. } = self.as_merge(pick)?;
        Ok(Question::Pick {
            commit: pick.commit.clone(),
            base: base.unwrap_or_else(|| pick.commit.clone()),
            onto: pick.onto.clone(),
        })
    }

    fn as_merge(&self, pick: &Pick) -> Result<Merge, Forecast> {
        let (kind, bytes) = self
            .objects()
            .read(&pick.commit)
            .map_err(|error| unknown(&error))?;
        if kind != Kind::Commit {
            return Err(Forecast::Unknown {
                why: format!("{} is not a commit", pick.commit),
            });
        }
        let source = RawCommit::parse(&pick.commit, &bytes).map_err(|error| unknown(&error))?;
        let base = match source.parents.as_slice() {
            [] => {
                let empty = self.scratch().and_then(|scratch| {
                    // The empty tree: a first commit adds everything that it has.
                    scratch.objects().write_tree(Vec::new())
                });
                empty.map_err(|error| unknown(&error))?
            }
            [first] | [first, _] => first.clone(),
            many => {
                return Err(Forecast::Blocked {
                    why: format!("it has {} parents; name the commits one by one", many.len()),
                });
            }
        };
        Ok(Merge {
            base: Some(base),
            ours: pick.onto.clone(),
            theirs: pick.commit.clone(),
            reads_attributes: false,
        })
    }
}

fn unknown(error: &Error) -> Forecast {
    Forecast::Unknown {
        why: format!("cannot {error}"),
    }
}

fn forecast(answer: MergeAnswer, target: Option<&CommitId>) -> Forecast {
    match answer {
        Err(why) => Forecast::Unknown { why },
        Ok(result) if !result.is_clean => Forecast::Conflict {
            paths: result
                .conflicts
                .into_iter()
                .map(|conflict| {
                    let path = String::from_utf8_lossy(&conflict.path).into_owned();
                    (path, conflict.kind)
                })
                .collect(),
            by: result.by,
        },
        Ok(result) if Some(&result.tree) == target => Forecast::Already {
            tree: result.tree,
            by: result.by,
        },
        Ok(result) => Forecast::Clean {
            tree: result.tree,
            by: result.by,
        },
    }
}
