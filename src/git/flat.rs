//! Does merging a file change it, asked for many files at once: a path that is a file on all three sides has no part in
//! any rename, so git merges it by itself, whatever else is in the trees. Many of them are put into one flat tree and
//! merged by one git, which tells of each what became of it. Names are replaced, since our repository knows no
//! attributes; git still does every merge.
//!
//! Nothing of it is kept: objects go to a folder that is removed at the end.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt::Write;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use crate::model::CommitId;

use super::bridge::is_alone;
use super::command::Output;
use super::error::Error;
use super::objects::parse_id;
use super::repo::Repo;
use super::scratch::ThrowAway;

/// How many files share a tree.
const FILES: usize = 400;
/// How many merges of whole trees one process gets at most.
const BATCH: usize = 100;
/// Batches that each worker gets at least, where there are enough merges: they take very different times.
const ROUNDS: usize = 8;
/// Processes at once; git is busy computing in each.
const AT_ONCE: usize = 2;

/// What is at a path: mode and id.
pub(super) type Spot = (u32, CommitId);

/// One file on the three sides of a merge.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct File {
    pub(super) base: Spot,
    pub(super) theirs: Spot,
    /// Does it stay as it is here?
    pub(super) ours: Spot,
}

/// A folder for objects that nobody needs afterwards.
struct Elsewhere {
    folder: ThrowAway,
    lent: OsString,
}

impl Repo {
    /// Tells of each file whether the merge is clean and leaves it as it is in `ours`. None where git gave no answer.
    pub(super) fn stay_files(&self, files: &[&File]) -> Result<Vec<Option<bool>>, Error> {
        let mut places: HashMap<&File, usize> = HashMap::new();
        let mut distinct: Vec<&File> = Vec::new();
        for &file in files {
            places.entry(file).or_insert_with(|| {
                distinct.push(file);
                distinct.len() - 1
            });
        }
        let elsewhere = self.elsewhere()?;
        let size = distinct.len().div_ceil(AT_ONCE).clamp(1, FILES);
        let answers = in_batches(&distinct, size, |batch| {
            self.stay_together(&elsewhere, batch)
        })?;
        Ok(files.iter().map(|file| answers[places[file]]).collect())
    }

    /// Tells of each merge of whole trees (base, theirs, ours) whether it is clean and leaves `ours` as it is.
    pub(super) fn stay_trees(&self, merges: &[[CommitId; 3]]) -> Result<Vec<Option<bool>>, Error> {
        let elsewhere = self.elsewhere()?;
        let size = merges.len().div_ceil(AT_ONCE * ROUNDS).clamp(1, BATCH);
        in_batches(merges, size, |batch| {
            let merged = self.merge_elsewhere(&elsewhere, batch)?;
            let stays = batch.iter().zip(merged).map(|([_, _, ours], merged)| {
                merged.map(|merged| merged.conflicts.is_empty() && merged.tree == *ours)
            });
            Ok(stays.collect())
        })
    }

    /// Merges files in one flat tree.
    fn stay_together(
        &self,
        elsewhere: &Elsewhere,
        files: &[&File],
    ) -> Result<Vec<Option<bool>>, Error> {
        let mut input = String::new();
        let sides: [fn(&File) -> &Spot; 3] =
            [|file| &file.base, |file| &file.theirs, |file| &file.ours];
        for side in sides {
            for (name, file) in files.iter().enumerate() {
                let (mode, id) = side(file);
                // Memory cannot run out while a line is written into it.
                let _always = writeln!(input, "{mode:06o} blob {id}\t{name:06}");
            }
            input.push('\n');
        }
        let output = elsewhere
            .call(self, "mktree")
            .args(["--missing", "--batch"])
            .input(input.into_bytes())
            .success_unless(self.cancel())?;
        let text = output.text();
        let trees = text.lines().map(|line| parse_id("mktree", line));
        let trees = trees.collect::<Result<Vec<CommitId>, Error>>()?;
        let trees: [CommitId; 3] = trees.try_into().map_err(|_| Error::Answer {
            verb: "mktree".into(),
            why: "a tree is missing".into(),
        })?;
        let merged = self.merge_elsewhere(elsewhere, &[trees])?.pop().flatten();
        let Some(merged) = merged else {
            return Ok(vec![None; files.len()]);
        };
        let output = elsewhere
            .call(self, "ls-tree")
            .args(["-z", merged.tree.as_str()])
            .success_unless(self.cancel())?;
        let text = output.text();
        let entries: HashMap<&str, &str> = text
            .split('\0')
            .filter_map(|entry| entry.split_once('\t').map(|(spot, name)| (name, spot)))
            .collect();
        let stays = |(name, file): (usize, &&File)| {
            let name = format!("{name:06}");
            let (mode, id) = &file.ours;
            let is_same = entries.get(name.as_str()) == Some(&&*format!("{mode:06o} blob {id}"));
            Some(is_same && !merged.conflicts.contains(&name))
        };
        Ok(files.iter().enumerate().map(stays).collect())
    }

    fn elsewhere(&self) -> Result<Elsewhere, Error> {
        Ok(Elsewhere {
            folder: ThrowAway::make(self)?,
            lent: self.dir().join("objects").into_os_string(),
        })
    }

    /// Merges trees, in one process. None where git gave no answer: one bad merge ends the rest.
    fn merge_elsewhere(
        &self,
        elsewhere: &Elsewhere,
        merges: &[[CommitId; 3]],
    ) -> Result<Vec<Option<Merged>>, Error> {
        let mut input = String::new();
        for [base, theirs, ours] in merges {
            // Memory cannot run out while a line is written into it.
            let _always = writeln!(input, "{base} -- {ours} {theirs}");
        }
        let output = elsewhere
            .call(self, "merge-tree")
            .args(["--write-tree", "--no-messages", "--name-only", "--stdin"])
            .input(input.into_bytes())
            .output_unless(self.cancel());
        let Some(output) = answered(output)? else {
            return Ok(vec![None; merges.len()]);
        };
        let mut tokens = output.stdout.split(|byte| *byte == 0);
        let mut next = || {
            let is_clean = match tokens.next() {
                Some(b"1") => true,
                Some(b"0") => false,
                _cut_off => return None,
            };
            let tree = std::str::from_utf8(tokens.next()?).ok()?.parse().ok()?;
            // The conflicted paths end with an empty token; a clean merge has the end only.
            let mut conflicts = BTreeSet::new();
            loop {
                let token = tokens.next()?;
                if token.is_empty() {
                    break;
                }
                conflicts.insert(String::from_utf8_lossy(token).into_owned());
            }
            // A conflict that names no path is one all the same.
            let is_told = is_clean == conflicts.is_empty();
            is_told.then_some(Merged { tree, conflicts })
        };
        Ok(merges.iter().map(|_| next()).collect())
    }
}

/// Returns what a batch answered; none where it came to no end, which is no reason to leave the others unanswered.
fn answered(output: Result<Output, Error>) -> Result<Option<Output>, Error> {
    match output {
        Ok(output) => Ok(output.is_success().then_some(output)),
        Err(error @ Error::TimedOut { .. }) => {
            tracing::debug!(%error, "a batch of merges is asked again in another way");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// What became of a merge.
#[derive(Clone)]
struct Merged {
    tree: CommitId,
    /// The paths in conflict; none where it is clean.
    conflicts: BTreeSet<String>,
}

/// Works on batches, several at once; the answers come in the order of the questions.
pub(super) fn in_batches<Q: Sync, A: Clone + Send>(
    questions: &[Q],
    size: usize,
    work: impl Fn(&[Q]) -> Result<Vec<Option<A>>, Error> + Sync,
) -> Result<Vec<Option<A>>, Error> {
    let batches: Vec<&[Q]> = questions.chunks(size).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(batch) = batches.get(place) else {
                return done;
            };
            done.push((place, work(batch)));
        }
    };
    let at_once = if is_alone() { 1 } else { AT_ONCE };
    let mut answers = Vec::new();
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..at_once).map(|_| scope.spawn(work)).collect();
        answers.extend(work());
        for other in others {
            // A worker that ended early leaves its questions without an answer.
            answers.extend(other.join().unwrap_or_default());
        }
    });
    let mut answers: HashMap<usize, _> = answers.into_iter().collect();
    let mut all = Vec::with_capacity(questions.len());
    for (place, batch) in batches.iter().enumerate() {
        match answers.remove(&place) {
            Some(answer) => all.extend(answer?),
            None => all.extend(vec![None; batch.len()]),
        }
    }
    Ok(all)
}

impl Elsewhere {
    fn call(&self, repo: &Repo, verb: &str) -> super::command::Command {
        repo.exact(verb)
            .before("core.fsync=none")
            .before("-c")
            // Written once and read by nobody.
            .before("core.looseCompression=0")
            .before("-c")
            .env("GIT_OBJECT_DIRECTORY", self.folder.path())
            .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", &self.lent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_that_takes_too_long_is_unanswered_and_no_error_but_a_cancelled_one_is() {
        let late = Err(Error::TimedOut {
            verb: "merge-tree".into(),
            seconds: 120,
        });
        assert!(matches!(answered(late), Ok(None)));
        assert!(matches!(
            answered(Err(Error::Cancelled)),
            Err(Error::Cancelled)
        ));
    }
}
