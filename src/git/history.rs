//! The commit graph: ancestry, ranges, distances. Answered by the git executable, which uses the commit-graph
//! file; libgit2's walk does not and needs a second where this needs milliseconds.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::model::Commit;
use crate::model::CommitId;

use super::command::failed;
use super::commit::RawCommit;
use super::error::Error;
use super::objects::Kind;
use super::objects::parse_id;
use super::repo::Repo;

/// Enough for every question of a screen; beyond it old answers are not worth a smarter rule.
const REMEMBERED: usize = 10_000;

/// The exit code and what git printed.
type Answer = (Option<i32>, String);

/// Answers about full commit ids, which never change: the graph above a commit is part of its id.
#[derive(Debug, Default)]
pub(super) struct Memo(Mutex<HashMap<Vec<String>, Answer>>);

impl Memo {
    fn get(&self, question: &[String]) -> Option<Answer> {
        let answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers.get(question).cloned()
    }

    fn keep(&self, question: Vec<String>, answer: Answer) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= REMEMBERED {
            answers.clear();
        }
        answers.insert(question, answer);
    }
}

impl Repo {
    /// Asks git something about full ids, once. Codes 0 and 1 are answers.
    pub(super) fn ask(&self, verb: &str, arguments: &[&str]) -> Result<Answer, Error> {
        let question: Vec<String> = std::iter::once(verb)
            .chain(arguments.iter().copied())
            .map(str::to_owned)
            .collect();
        if let Some(answer) = self.memo().get(&question) {
            return Ok(answer);
        }
        let output = self.command(verb).args(arguments).output()?;
        if !matches!(output.code, Some(0 | 1)) {
            return Err(failed(verb, &output));
        }
        let answer = (output.code, output.text());
        self.memo().keep(question, answer.clone());
        Ok(answer)
    }

    /// Tells whether `a` is `of` or an ancestor of it.
    pub fn is_ancestor(&self, a: &CommitId, of: &CommitId) -> Result<bool, Error> {
        if a == of {
            return Ok(true);
        }
        let (code, _) = self.ask("merge-base", &["--is-ancestor", a.as_str(), of.as_str()])?;
        Ok(code == Some(0))
    }

    /// Returns the best common ancestor, if there is one.
    pub fn merge_base(&self, a: &CommitId, b: &CommitId) -> Result<Option<CommitId>, Error> {
        let (_, text) = self.ask("merge-base", &[a.as_str(), b.as_str()])?;
        text.lines()
            .next()
            .map(|line| parse_id("merge-base", line))
            .transpose()
    }

    /// Returns the commits reachable from `include` and from none of `exclude`, newest first, at most `limit`.
    pub fn between(
        &self,
        exclude: &[CommitId],
        include: &CommitId,
        limit: usize,
    ) -> Result<Vec<Commit>, Error> {
        self.list("--topo-order", exclude, include, limit)
    }

    /// Like [`Repo::between`], following only first parents: the lane's own line.
    pub fn first_parents(
        &self,
        exclude: &[CommitId],
        include: &CommitId,
        limit: usize,
    ) -> Result<Vec<Commit>, Error> {
        self.list("--first-parent", exclude, include, limit)
    }

    fn list(
        &self,
        order: &str,
        exclude: &[CommitId],
        include: &CommitId,
        limit: usize,
    ) -> Result<Vec<Commit>, Error> {
        let limit = format!("--max-count={limit}");
        let mut arguments = vec![order, &limit, include.as_str()];
        if !exclude.is_empty() {
            arguments.push("--not");
            arguments.extend(exclude.iter().map(CommitId::as_str));
        }
        let (_, text) = self.ask("rev-list", &arguments)?;
        let ids = text
            .lines()
            .map(|line| parse_id("rev-list", line))
            .collect::<Result<Vec<_>, _>>()?;
        self.commits(ids)
    }

    fn commits(&self, ids: Vec<CommitId>) -> Result<Vec<Commit>, Error> {
        let objects = self.objects().read_many(&ids)?;
        ids.into_iter()
            .zip(objects)
            .map(|(id, (kind, bytes))| match kind {
                Kind::Commit => Ok(RawCommit::parse(&id, &bytes)?.into_commit(id)),
                Kind::Tree | Kind::Blob | Kind::Tag => Err(Error::BadObject {
                    id,
                    why: "it is not a commit",
                }),
            })
            .collect()
    }

    /// Returns how many commits `a` has that `b` lacks, and the other way round.
    pub fn ahead_behind(&self, a: &CommitId, b: &CommitId) -> Result<(usize, usize), Error> {
        if a == b {
            return Ok((0, 0));
        }
        let range = format!("{a}...{b}");
        let (_, text) = self.ask("rev-list", &["--left-right", "--count", &range])?;
        let mut numbers = text.split_whitespace().map(str::parse);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(ahead)), Some(Ok(behind))) => Ok((ahead, behind)),
            _other => Err(Error::Answer {
                verb: "rev-list".into(),
                why: "expected two numbers".into(),
            }),
        }
    }

    /// Returns a file as it is in `commit`; none if there is no such file.
    pub fn read_file(&self, commit: &CommitId, path: &str) -> Result<Option<Vec<u8>>, Error> {
        let tree = self.raw_commit(commit)?.tree;
        match self.objects().entry(&tree, path.as_bytes())? {
            Some(entry) if !entry.is_folder() && entry.mode != super::tree::SUBMODULE => {
                self.objects().read_as(Kind::Blob, &entry.id).map(Some)
            }
            Some(_) | None => Ok(None),
        }
    }
}
