//! Merges in memory by git's own merge-ort, the engine of git and of the forges (libgit2's merge gives wrong
//! answers on real backports). Nothing is checked out.
//!
//! A question is looked for in memory, then on the shelf, then among the merges that need no engine (`shortcut`);
//! what is left goes to git in batches (`merge_tree`). An answer is ids: the objects of its tree lie in a throw-away
//! directory, or nowhere when an earlier process computed it, until somebody needs them ([`Repo::provide`]).

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use serde::Deserialize;
use serde::Serialize;

use crate::model::CommitId;
use crate::model::ConflictKind;
use crate::model::Judge;

use super::commit::RawCommit;
use super::error::Error;
use super::objects::Kind;
use super::pipeline::Pipeline;
use super::repo::Repo;

/// A screen asks about hundreds of pairs, a script about thousands; beyond this the old ones are not worth a smarter
/// rule.
const REMEMBERED: usize = 8_192;

/// One three-way merge. With a base, each may be a commit or a tree; without, both are commits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Merge {
    pub(super) base: Option<CommitId>,
    pub(super) ours: CommitId,
    pub(super) theirs: CommitId,
    /// The attributes in the tree of `ours` count, as they do in a clone of it; else none do.
    pub(super) reads_attributes: bool,
}

impl Merge {
    /// Returns everything that is merged.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &CommitId> {
        self.base.iter().chain([&self.ours, &self.theirs])
    }

    /// Returns the same merge, in which the attributes of `ours` count.
    pub(super) fn with_attributes(&self) -> Self {
        Self {
            reads_attributes: true,
            ..self.clone()
        }
    }

    /// Returns what has the attributes that count.
    pub(super) fn attributes(&self) -> Option<&CommitId> {
        self.reads_attributes.then_some(&self.ours)
    }
}

/// What came out of a merge. The tree is an id; its objects may have to be provided first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct MergeResult {
    pub(super) tree: CommitId,
    pub(super) is_clean: bool,
    pub(super) conflicts: Vec<Conflict>,
    #[serde(default)]
    pub(super) by: Judge,
}

impl MergeResult {
    /// Makes the result of a merge that asks nothing of anybody.
    pub(super) fn clean(tree: CommitId, by: Judge) -> Self {
        Self {
            tree,
            is_clean: true,
            conflicts: Vec::new(),
            by,
        }
    }
}

/// A path that both sides claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Conflict {
    pub(super) path: Vec<u8>,
    pub(super) kind: ConflictKind,
}

/// A result, or why git would not merge these (unrelated histories, a missing object).
pub(super) type MergeAnswer = Result<MergeResult, String>;

/// Results by question. The ids are full and git stays the same while we run, so an answer never changes.
#[derive(Debug, Default)]
pub(super) struct MergeCache(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    results: HashMap<Merge, MergeResult>,
    /// Trees that are known by id only, and the merge that makes them.
    owed: HashMap<CommitId, Merge>,
}

impl MergeCache {
    fn known(&self) -> MutexGuard<'_, Known> {
        // A panic while holding leaves both maps whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, merge: &Merge) -> Option<MergeResult> {
        self.known().results.get(merge).cloned()
    }

    fn keep(&self, merge: &Merge, result: &MergeResult) {
        let results = &mut self.known().results;
        if results.len() >= REMEMBERED {
            results.clear();
        }
        results.insert(merge.clone(), result.clone());
    }

    /// The first maker stays: what it needs was there before it, so that one never leads back to the same tree.
    fn owe(&self, merge: &Merge, tree: &CommitId) {
        if merge.inputs().any(|input| input == tree) {
            return;
        }
        let owed = &mut self.known().owed;
        owed.entry(tree.clone()).or_insert_with(|| merge.clone());
    }

    fn owed(&self, tree: &CommitId) -> Option<Merge> {
        self.known().owed.get(tree).cloned()
    }

    fn paid(&self, tree: &CommitId) {
        self.known().owed.remove(tree);
    }

    /// Forgets everything, after the objects of the results are gone.
    pub(super) fn clear(&self) {
        *self.known() = Known::default();
    }
}

impl Repo {
    /// Merges one pair; the objects of the result can be read.
    pub(super) fn merge(&self, merge: &Merge) -> Result<MergeAnswer, Error> {
        let mut answers = self.merge_many(std::slice::from_ref(merge))?;
        let answer = answers.pop();
        let answer = answer.unwrap_or_else(|| Err("git gave no answer".into()));
        if let Ok(result) = &answer {
            self.provide(std::slice::from_ref(&result.tree))?;
        }
        Ok(answer)
    }

    /// Merges all, in the order asked, in as few processes as this git allows.
    pub(super) fn merge_many(&self, merges: &[Merge]) -> Result<Vec<MergeAnswer>, Error> {
        let mut answers: Vec<Option<MergeAnswer>> = vec![None; merges.len()];
        self.merge_each(merges, &mut |index, answer| answers[index] = Some(answer))?;
        let answer = |answer: Option<MergeAnswer>| {
            answer.unwrap_or_else(|| Err("git gave no answer".into()))
        };
        Ok(answers.into_iter().map(answer).collect())
    }

    /// Merges all and tells each answer, with its place, as soon as it is there; what was asked first is computed
    /// first.
    pub(super) fn merge_each(
        &self,
        merges: &[Merge],
        tell: &mut dyn FnMut(usize, MergeAnswer),
    ) -> Result<(), Error> {
        // Where each question that is open was asked.
        let mut open: HashMap<&Merge, Vec<usize>> = HashMap::new();
        let mut own = Vec::new();
        std::thread::scope(|scope| {
            let mut pipeline = Pipeline::new(scope, self);
            let mut told = |open: &HashMap<&Merge, Vec<usize>>,
                            done: Vec<(&Merge, MergeAnswer)>| {
                for (merge, answer) in done {
                    for place in open.get(merge).into_iter().flatten() {
                        tell(*place, answer.clone());
                    }
                }
            };
            for (index, merge) in merges.iter().enumerate() {
                self.cancel().check()?;
                if let Some(places) = open.get_mut(merge) {
                    places.push(index);
                    continue;
                }
                match self.known(merge, &mut own) {
                    Some(result) => {
                        let places = HashMap::from([(merge, vec![index])]);
                        told(&places, vec![(merge, Ok(result))]);
                    }
                    None => {
                        open.insert(merge, vec![index]);
                        pipeline.push(merge);
                    }
                }
                while let Some(done) = pipeline.ready()? {
                    told(&open, done);
                }
            }
            self.shelf().keep(&own);
            while let Some(done) = pipeline.finish()? {
                told(&open, done);
            }
            Ok(())
        })
    }

    /// Answers what needs no git. What the shelf does not know yet is added to `new`.
    fn known(&self, merge: &Merge, new: &mut Vec<(String, MergeResult)>) -> Option<MergeResult> {
        if let Some(result) = self.merges().get(merge) {
            return Some(result);
        }
        let question = self.merge_question(merge);
        let result = match self.shelf().get::<MergeResult>(&question) {
            Some(result) => {
                self.merges().owe(merge, &result.tree);
                result
            }
            None => {
                let (result, is_made) = self.own(merge)?;
                if is_made {
                    self.merges().owe(merge, &result.tree);
                    new.push((question, result.clone()));
                }
                result
            }
        };
        self.merges().keep(merge, &result);
        Some(result)
    }

    /// Computes a batch with git, and remembers what came out.
    pub(super) fn compute<'a>(
        &self,
        batch: &[&'a Merge],
    ) -> Result<Vec<(&'a Merge, MergeAnswer)>, Error> {
        let inputs: Vec<CommitId> = batch
            .iter()
            .flat_map(|merge| merge.inputs())
            .cloned()
            .collect();
        self.provide(&inputs)?;
        let answers = self.run_merges(batch)?;
        let mut for_the_shelf = Vec::new();
        for (merge, answer) in batch.iter().zip(&answers) {
            if let Ok(result) = answer {
                self.merges().keep(merge, result);
                for_the_shelf.push((self.merge_question(merge), result.clone()));
            }
        }
        self.shelf().keep(&for_the_shelf);
        Ok(batch.iter().copied().zip(answers).collect())
    }

    /// Sees to it that the objects of these results can be read: an answer that came without them is computed again.
    pub(super) fn provide(&self, trees: &[CommitId]) -> Result<(), Error> {
        self.provide_below(trees, &mut HashSet::new())
    }

    /// The same below what is being provided already: answers of several processes could lead in a circle, and then
    /// git says what is missing.
    fn provide_below(
        &self,
        trees: &[CommitId],
        begun: &mut HashSet<CommitId>,
    ) -> Result<(), Error> {
        let mut makers: Vec<(CommitId, Merge)> = Vec::new();
        for tree in trees {
            let Some(merge) = self.merges().owed(tree) else {
                continue;
            };
            if begun.contains(tree) {
                continue;
            }
            // In the store or among what was thrown away.
            if self.objects().is_readable(tree)? {
                self.merges().paid(tree);
            } else {
                begun.insert(tree.clone());
                makers.push((tree.clone(), merge));
            }
        }
        if makers.is_empty() {
            return Ok(());
        }
        let inputs: Vec<CommitId> = makers
            .iter()
            .flat_map(|(_, merge)| merge.inputs())
            .cloned()
            .collect();
        self.provide_below(&inputs, begun)?;
        let merges: Vec<&Merge> = makers.iter().map(|(_, merge)| merge).collect();
        for ((tree, _), answer) in makers.iter().zip(self.run_merges(&merges)?) {
            match answer {
                Ok(result) if result.tree == *tree => self.merges().paid(tree),
                Ok(_) | Err(_) => return Err(Error::NoSuchObject { id: tree.clone() }),
            }
        }
        Ok(())
    }

    /// Returns the tree of a commit, or the tree itself.
    pub fn tree_of(&self, id: &CommitId) -> Result<CommitId, Error> {
        if self.merges().owed(id).is_some() {
            return Ok(id.clone());
        }
        match self.objects().read(id)? {
            (Kind::Commit, bytes) => Ok(RawCommit::parse(id, &bytes)?.tree),
            (Kind::Tree, _) => Ok(id.clone()),
            (Kind::Blob | Kind::Tag, _) => Err(Error::BadObject {
                id: id.clone(),
                why: "it is neither a commit nor a tree",
            }),
        }
    }
}
