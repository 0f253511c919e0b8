//! `git merge-tree --write-tree`: one process per batch. It answers only at the end of its input, so there is no
//! conversation with it; it is cancelled by killing it.
//!
//! From git 2.45 on a line holds base and sides, commits or plain trees. Older versions take commits only and find
//! the base themselves: there each side becomes a commit without a name whose only parent is a commit of the base,
//! so that the base is what we say and the answer is exact. Git 2.38 has no batches: a process for each.

use std::collections::BTreeMap;

use crate::model::CommitId;

use super::attributes::Attributes;
use super::command::Command;
use super::command::Output;
use super::command::failed;
use super::commit::RawCommit;
use super::error::Error;
use super::executable::MergeEngine;
use super::merge::Merge;
use super::merge::MergeAnswer;
use super::merge::MergeResult;
use super::merge_answer::Answer;
use super::merge_answer::parse;
use super::merge_answer::parse_many;
use super::objects::Kind;
use super::repo::Repo;
use super::scratch::Scratch;
use super::tree::SUBMODULE;

/// What git said of one pair, or why it said nothing.
type Told = Result<Answer, String>;

/// One pair as git gets it.
struct Line {
    text: String,
    /// Ids made up for this git, and what was asked instead.
    labels: Vec<(CommitId, CommitId)>,
}

impl Repo {
    /// Computes all, in the order asked. A pair that git cannot merge spoils no other.
    pub(super) fn run_merges(&self, merges: &[&Merge]) -> Result<Vec<MergeAnswer>, Error> {
        // One process knows the attributes of one tree.
        let mut alike: BTreeMap<Option<&CommitId>, Vec<usize>> = BTreeMap::new();
        for (place, merge) in merges.iter().enumerate() {
            alike.entry(merge.attributes()).or_default().push(place);
        }
        let mut answers: Vec<Option<MergeAnswer>> = vec![None; merges.len()];
        for (tree, places) in alike {
            let merges: Vec<&Merge> = places.iter().map(|place| merges[*place]).collect();
            let found = match tree.map(|tree| self.attributes_of(tree)).transpose() {
                Ok(attributes) => self.run_alike(&merges, attributes.as_ref())?,
                Err(error) => vec![Err(error.to_string()); merges.len()],
            };
            for (place, answer) in places.into_iter().zip(found) {
                answers[place] = Some(answer);
            }
        }
        let answer = |answer: Option<MergeAnswer>| {
            answer.unwrap_or_else(|| Err("git gave no answer".into()))
        };
        Ok(answers.into_iter().map(answer).collect())
    }

    /// Computes merges for which the same attributes count.
    fn run_alike(
        &self,
        merges: &[&Merge],
        attributes: Option<&Attributes>,
    ) -> Result<Vec<MergeAnswer>, Error> {
        let scratch = self.scratch()?;
        let call = || {
            let call = self.merge_tree(&scratch);
            match attributes {
                Some(attributes) => attributes.tell(call),
                None => call,
            }
        };
        let lines = merges.iter().map(|merge| self.line(&scratch, merge));
        let lines: Vec<Result<Line, String>> = lines
            .map(|line| line.map_err(|error| error.to_string()))
            .collect();
        let good: Vec<&Line> = lines.iter().flatten().collect();
        let told = match self.git().version().merge_engine() {
            MergeEngine::Trees | MergeEngine::Commits => self.batch(&call, &good)?,
            MergeEngine::Singly => {
                let alone = |line: &&Line| self.single(&call, line);
                good.iter().map(alone).collect::<Result<_, _>>()?
            }
        };
        let mut told = told.into_iter();
        let answer = |(line, merge): (Result<Line, String>, &&Merge)| {
            let line = match line {
                Ok(line) => line,
                Err(why) => return Ok(Err(why)),
            };
            match told.next() {
                Some(Ok(answer)) => self.result_of(&scratch, answer, merge, &line).map(Ok),
                Some(Err(why)) => Ok(Err(why)),
                None => Ok(Err("git gave no answer".into())),
            }
        };
        lines.into_iter().zip(merges).map(answer).collect()
    }

    /// Makes a result of what git said: each conflicted path once, and under its own name.
    fn result_of(
        &self,
        scratch: &Scratch,
        mut answer: Answer,
        merge: &Merge,
        line: &Line,
    ) -> Result<MergeResult, Error> {
        self.put_together(scratch.objects(), &mut answer, &merge.ours, &merge.theirs)?;
        let mut result = answer.into_result();
        relabel(scratch, &mut result, &line.labels)?;
        Ok(result)
    }

    /// Begins a `merge-tree` whose objects are thrown away: they need not wait for the disk, nor be packed tightly.
    fn merge_tree(&self, scratch: &Scratch) -> Command {
        self.exact("merge-tree")
            .arg("--write-tree")
            .before("core.fsync=none")
            .before("-c")
            .before("core.looseCompression=0")
            .before("-c")
            .env("GIT_OBJECT_DIRECTORY", scratch.object_dir())
    }

    /// Answers line after line; where git stops, the line it stopped at is bad and the rest goes on.
    fn batch(&self, call: &dyn Fn() -> Command, lines: &[&Line]) -> Result<Vec<Told>, Error> {
        let mut answers: Vec<Told> = Vec::with_capacity(lines.len());
        while answers.len() < lines.len() {
            let rest = &lines[answers.len()..];
            let input: String = rest.iter().map(|line| line.text.as_str()).collect();
            let output = call()
                .arg("--stdin")
                .input(input.into_bytes())
                .output_unless(self.cancel());
            let (output, why) = match output {
                Ok(output) if output.code.is_some() => {
                    let why = (!output.is_success()).then(|| said(&output));
                    (Some(output), why)
                }
                Ok(output) => (None, Some(said(&output))),
                Err(error @ Error::TimedOut { .. }) => (None, Some(error.to_string())),
                Err(error) => return Err(error),
            };
            let Some(output) = output else {
                // Killed from outside, or endless: what it had answered is lost. Find the pair by halves.
                let (first, second) = rest.split_at(rest.len() / 2);
                if first.is_empty() {
                    answers.push(Err(why.unwrap_or_default()));
                } else {
                    answers.extend(self.batch(call, first)?);
                    answers.extend(self.batch(call, second)?);
                }
                continue;
            };
            let before = answers.len();
            answers.extend(parse_many(&output.stdout, rest.len()).into_iter().map(Ok));
            if answers.len() < lines.len() {
                let why = why.unwrap_or_else(|| "git gave no answer".into());
                tracing::debug!(%why, line = answers.len() - before, "git merge-tree stopped");
                answers.push(Err(why));
            }
        }
        Ok(answers)
    }

    /// Answers one line with a process of its own.
    fn single(&self, call: &dyn Fn() -> Command, line: &Line) -> Result<Told, Error> {
        let output = call()
            .arg("-z")
            .args(line.text.split_whitespace())
            .output_unless(self.cancel())?;
        let is_clean = match output.code {
            Some(0) => true,
            Some(1) => false,
            Some(_) | None => return Ok(Err(said(&output))),
        };
        let mut tokens = output.stdout.split(|byte| *byte == 0);
        parse(&mut tokens, is_clean).map(Ok)
    }

    fn line(&self, scratch: &Scratch, merge: &Merge) -> Result<Line, Error> {
        let Merge {
            base,
            ours,
            theirs,
            reads_attributes: _,
        } = merge;
        let Some(base) = base else {
            return Ok(Line {
                text: format!("{ours} {theirs}\n"),
                labels: Vec::new(),
            });
        };
        if self.git().version().merges_trees() {
            return Ok(Line {
                text: format!("{base} -- {ours} {theirs}\n"),
                labels: Vec::new(),
            });
        }
        let parent = self.nameless(scratch, base, &[], 0)?;
        // The times differ, so that two equal trees do not become one commit.
        let our_side = self.nameless(scratch, ours, std::slice::from_ref(&parent), 1)?;
        let their_side = self.nameless(scratch, theirs, std::slice::from_ref(&parent), 2)?;
        Ok(Line {
            text: format!("{our_side} {their_side}\n"),
            labels: vec![(our_side, ours.clone()), (their_side, theirs.clone())],
        })
    }

    fn nameless(
        &self,
        scratch: &Scratch,
        of: &CommitId,
        parents: &[CommitId],
        second: i64,
    ) -> Result<CommitId, Error> {
        let commit = RawCommit::nameless(self.tree_of(of)?, parents, second);
        scratch.objects().write(Kind::Commit, &commit.to_bytes())
    }
}

fn said(output: &Output) -> String {
    failed("merge-tree", output).to_string()
}

/// Puts the ids that were asked about in place of the nameless ones behind the conflict markers.
fn relabel(
    scratch: &Scratch,
    result: &mut MergeResult,
    labels: &[(CommitId, CommitId)],
) -> Result<(), Error> {
    if labels.is_empty() {
        return Ok(());
    }
    let objects = scratch.objects();
    for conflict in &result.conflicts {
        let Some(entry) = objects.entry(&result.tree, &conflict.path)? else {
            continue;
        };
        if entry.is_folder() || entry.mode == SUBMODULE {
            continue;
        }
        let blob = objects.read_as(Kind::Blob, &entry.id)?;
        let mut lines: Vec<Vec<u8>> = blob.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
        for line in &mut lines {
            for (nameless, asked) in labels {
                for marker in ["<<<<<<<", ">>>>>>>"] {
                    if *line == format!("{marker} {nameless}").into_bytes() {
                        *line = format!("{marker} {asked}").into_bytes();
                    }
                }
            }
        }
        let relabelled = lines.join(&b'\n');
        if relabelled != blob {
            let id = objects.write(Kind::Blob, &relabelled)?;
            let entry = Some((entry.mode, id));
            let changed = objects.with_entry(Some(&result.tree), &conflict.path, entry)?;
            if let Some(tree) = changed {
                result.tree = tree;
            }
        }
    }
    Ok(())
}
