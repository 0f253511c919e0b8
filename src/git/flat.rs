//! Is a fix in a tree, asked of very small trees: where a fix only edits files that are all in the target, no other
//! file has a say, so merging just these files gives the same verdict as merging everything, in a fraction of the time.
//! Names are replaced, since our repository knows no attributes; git still does every merge.
//!
//! Nothing of it is kept: objects go to a folder that is removed at the end.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write;

use crate::model::CommitId;
use crate::model::Verdict;

use super::error::Error;
use super::objects::parse_id;
use super::repo::Repo;

/// How many merges one process gets, so that several can work at once.
const BATCH: usize = 400;
/// Processes at once; git is busy computing in each.
const AT_ONCE: usize = 2;

/// What is at a path: mode and id.
pub(super) type Spot = (u32, CommitId);

/// The files of a fix in its base, in its head and in the target, in the same order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flat {
    pub(super) base: Vec<Spot>,
    pub(super) head: Vec<Spot>,
    pub(super) target: Vec<Spot>,
}

/// A folder for objects that nobody needs afterwards.
struct Elsewhere {
    folder: tempfile::TempDir,
    lent: OsString,
}

impl Repo {
    /// Judges each: applied again and un-applied, does anything change? None where git gave no answer.
    pub(super) fn judge_flat(&self, questions: &[Flat]) -> Result<Vec<Option<Verdict>>, Error> {
        let elsewhere = self.elsewhere()?;
        let sides = |flat: &Flat| [flat.base.clone(), flat.head.clone(), flat.target.clone()];
        let trees = self.flat_trees(&elsewhere, questions.iter().flat_map(sides))?;
        let triples: Vec<[CommitId; 3]> = trees
            .chunks_exact(3)
            .map(|trees| [trees[0].clone(), trees[1].clone(), trees[2].clone()])
            .collect();
        self.judge_elsewhere(&elsewhere, &triples)
    }

    /// Judges whole trees: base, head and target of each.
    pub(super) fn judge_trees(
        &self,
        questions: &[[CommitId; 3]],
    ) -> Result<Vec<Option<Verdict>>, Error> {
        self.judge_elsewhere(&self.elsewhere()?, questions)
    }

    fn elsewhere(&self) -> Result<Elsewhere, Error> {
        let folder = tempfile::tempdir_in(self.dir())
            .map_err(super::repo::disk("create a folder in", self.dir()))?;
        Ok(Elsewhere {
            folder,
            lent: self.dir().join("objects").into_os_string(),
        })
    }

    fn flat_trees(
        &self,
        elsewhere: &Elsewhere,
        trees: impl Iterator<Item = Vec<Spot>>,
    ) -> Result<Vec<CommitId>, Error> {
        let mut places: BTreeMap<Vec<Spot>, usize> = BTreeMap::new();
        let mut input = String::new();
        let mut order = Vec::new();
        for tree in trees {
            let next = places.len();
            let place = *places.entry(tree).or_insert_with_key(|tree| {
                for (name, (mode, id)) in tree.iter().enumerate() {
                    // Memory cannot run out while a line is written into it.
                    let _always = writeln!(input, "{mode:06o} blob {id}\t{name:06}");
                }
                input.push('\n');
                next
            });
            order.push(place);
        }
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let output = elsewhere
            .call(self, "mktree")
            .args(["--missing", "--batch"])
            .input(input.into_bytes())
            .success()?;
        let text = output.text();
        let ids = text.lines().map(|line| parse_id("mktree", line));
        let ids = ids.collect::<Result<Vec<CommitId>, Error>>()?;
        let missing = || Error::Answer {
            verb: "mktree".into(),
            why: "a tree is missing".into(),
        };
        let id = |place: usize| ids.get(place).cloned().ok_or_else(missing);
        order.into_iter().map(id).collect()
    }

    fn judge_elsewhere(
        &self,
        elsewhere: &Elsewhere,
        questions: &[[CommitId; 3]],
    ) -> Result<Vec<Option<Verdict>>, Error> {
        let batches: Vec<&[[CommitId; 3]]> = questions.chunks(BATCH).collect();
        let next = std::sync::atomic::AtomicUsize::new(0);
        let work = || {
            let mut done = Vec::new();
            loop {
                let place = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                let Some(batch) = batches.get(place) else {
                    return done;
                };
                done.push((place, self.judge_batch(elsewhere, batch)));
            }
        };
        let mut answers = Vec::new();
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..AT_ONCE).map(|_| scope.spawn(work)).collect();
            answers.extend(work());
            for other in others {
                // A worker that ended early leaves its questions without an answer.
                answers.extend(other.join().unwrap_or_default());
            }
        });
        answers.sort_by_key(|(place, _)| *place);
        let mut verdicts = Vec::with_capacity(questions.len());
        for (place, batch) in batches.iter().enumerate() {
            let found = answers.iter_mut().find(|(one, _)| *one == place);
            match found {
                Some((_, answer)) => {
                    let none = vec![None; batch.len()];
                    verdicts.extend(std::mem::replace(answer, Ok(none))?);
                }
                None => verdicts.extend(vec![None; batch.len()]),
            }
        }
        Ok(verdicts)
    }

    fn judge_batch(
        &self,
        elsewhere: &Elsewhere,
        batch: &[[CommitId; 3]],
    ) -> Result<Vec<Option<Verdict>>, Error> {
        let mut input = String::new();
        for [base, head, target] in batch {
            // Memory cannot run out while a line is written into it.
            let _always = write!(
                input,
                "{base} -- {target} {head}\n{head} -- {target} {base}\n"
            );
        }
        let output = elsewhere
            .call(self, "merge-tree")
            .args(["--write-tree", "--no-messages", "--name-only", "--stdin"])
            .input(input.into_bytes())
            .output()?;
        if !output.is_success() {
            return Ok(vec![None; batch.len()]);
        }
        let mut tokens = output.stdout.split(|byte| *byte == 0);
        let mut is_unchanged = |target: &CommitId| {
            let is_clean = match tokens.next() {
                Some(b"1") => true,
                Some(b"0") => false,
                _cut_off => return None,
            };
            let tree = tokens.next()?;
            // The conflicted paths end with an empty token; a clean merge has the end only.
            tokens.by_ref().find(|token| token.is_empty())?;
            Some(is_clean && tree == target.as_str().as_bytes())
        };
        let mut verdict = |target: &CommitId| match (is_unchanged(target), is_unchanged(target)) {
            (Some(true), Some(false)) => Some(Verdict::Present),
            (Some(false), Some(true)) => Some(Verdict::Absent),
            (Some(false), Some(false)) => Some(Verdict::Changed),
            (Some(true), Some(true)) => Some(Verdict::Unknown),
            (None, _) | (_, None) => None,
        };
        Ok(batch.iter().map(|[_, _, target]| verdict(target)).collect())
    }
}

impl Elsewhere {
    fn call(&self, repo: &Repo, verb: &str) -> super::command::Command {
        repo.command(verb)
            .before("core.fsync=none")
            .before("-c")
            .env("GIT_OBJECT_DIRECTORY", self.folder.path())
            .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", &self.lent)
    }
}
