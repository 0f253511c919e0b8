//! History: ancestry, ranges, distances. The graph is loaded once (`loading`; libgit2's walk needs a second where that needs
//! milliseconds), and answers from memory from then on.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;

use crate::model::Commit;
use crate::model::CommitId;

use super::command::failed;
use super::commit::RawCommit;
use super::error::Error;
use super::graph::Graph;
use super::graph::Node;
use super::landing::Notes;
use super::objects::Kind;
use super::objects::parse_id;
use super::remembered::Remembered;
use super::repo::Repo;

/// A way to list commits: what to leave out, where to begin, how many.
type Walk = fn(&mut Graph, &[Node], Node, usize) -> Vec<Node>;
/// The exit code and what git printed.
type Answer = (Option<i32>, Vec<u8>);

/// What is known about full commit ids. It never changes: the history of a commit is part of its id.
#[derive(Debug, Default)]
pub(super) struct Memo {
    pub(super) graph: Mutex<Graph>,
    /// How many commits stood beside git's file when it was last written anew.
    pub(super) written_at: Mutex<usize>,
    commits: Remembered<CommitId, Commit>,
    answers: Remembered<Vec<String>, Answer>,
    /// The best common ancestors of two commits.
    bases: Remembered<(CommitId, CommitId), Vec<CommitId>>,
    /// What an object is in the end, by following tags: a commit, or something else.
    peeled: Remembered<CommitId, Option<CommitId>>,
    notes: Mutex<HashMap<CommitId, Arc<Notes>>>,
    patches: Mutex<HashMap<(CommitId, CommitId), Option<String>>>,
}

impl Memo {
    /// What commits say about others.
    pub(super) fn notes(&self) -> &Mutex<HashMap<CommitId, Arc<Notes>>> {
        &self.notes
    }

    /// Digests of patches.
    pub(super) fn patches(&self) -> &Mutex<HashMap<(CommitId, CommitId), Option<String>>> {
        &self.patches
    }
}

impl Repo {
    /// Asks git something about full ids, once. Codes 0 and 1 are answers.
    pub(super) fn ask(&self, verb: &str, arguments: &[&str]) -> Result<Answer, Error> {
        let question: Vec<String> = std::iter::once(verb)
            .chain(arguments.iter().copied())
            .map(str::to_owned)
            .collect();
        if let Some(answer) = self.memo().answers.get(&question) {
            return Ok(answer);
        }
        let shelved = self.shelf_question(&question);
        let answer: Answer = match self.shelf().get(&shelved) {
            Some((code, text)) => (code, String::into_bytes(text)),
            None => {
                let output = self.exact(verb).args(arguments).output()?;
                if !matches!(output.code, Some(0 | 1)) {
                    return Err(failed(verb, &output));
                }
                if let Ok(text) = std::str::from_utf8(&output.stdout) {
                    self.shelf().keep(&[(shelved, (output.code, text))]);
                }
                (output.code, output.stdout)
            }
        };
        self.memo().answers.keep(question, answer.clone());
        Ok(answer)
    }

    /// Returns the commit that an id leads to, through tags; none if it is something else.
    pub(super) fn peel(&self, id: &CommitId) -> Result<Option<CommitId>, Error> {
        Ok(self.peel_many(std::slice::from_ref(id))?.pop().flatten())
    }

    /// Peels all, in the order asked.
    pub(super) fn peel_many(&self, ids: &[CommitId]) -> Result<Vec<Option<CommitId>>, Error> {
        let mut answers: HashMap<&CommitId, Option<CommitId>> = HashMap::new();
        // What was asked, and how far it is followed.
        let mut open: Vec<(&CommitId, CommitId)> = Vec::new();
        for id in ids {
            match self.memo().peeled.get(id) {
                Some(answer) => drop(answers.insert(id, answer)),
                None => open.push((id, id.clone())),
            }
        }
        while !open.is_empty() {
            let at: Vec<CommitId> = open.iter().map(|(_, at)| at.clone()).collect();
            let mut further = Vec::new();
            for ((asked, at), (kind, bytes)) in open.into_iter().zip(self.objects().read_many(&at)?)
            {
                let answer = match kind {
                    Kind::Commit => Some(at),
                    Kind::Tree | Kind::Blob => None,
                    Kind::Tag => {
                        further.push((asked, tagged(&at, &bytes)?));
                        continue;
                    }
                };
                self.memo().peeled.keep(asked.clone(), answer.clone());
                answers.insert(asked, answer);
            }
            open = further;
        }
        let answer = |id| answers.get(id).cloned().flatten();
        Ok(ids.iter().map(answer).collect())
    }

    /// Tells whether `a` is `of` or an ancestor of it.
    pub fn is_ancestor(&self, a: &CommitId, of: &CommitId) -> Result<bool, Error> {
        if a == of {
            return Ok(true);
        }
        let (mut graph, nodes) = self.graph(&[a, of])?;
        Ok(graph.is_ancestor(nodes[0], nodes[1]))
    }

    /// Returns those of these commits that are `a` or have it in their history. What is not here is not among them.
    pub fn having(&self, a: &CommitId, of: &[CommitId]) -> Result<BTreeSet<CommitId>, Error> {
        let is_here = |id: &&CommitId| self.graph(&[*id]).is_ok();
        let here: Vec<&CommitId> = of.iter().filter(is_here).collect();
        let all: Vec<&CommitId> = std::iter::once(a).chain(here.iter().copied()).collect();
        let (mut graph, nodes) = self.graph(&all)?;
        let has = graph.having(nodes[0], &nodes[1..]);
        let having = here.into_iter().zip(has).filter(|(_, has)| *has);
        Ok(having.map(|(id, _)| id.clone()).collect())
    }

    /// Returns the best common ancestor, if there is one.
    pub fn merge_base(&self, a: &CommitId, b: &CommitId) -> Result<Option<CommitId>, Error> {
        let bases = self.merge_bases(a, b)?;
        if bases.len() < 2 {
            return Ok(bases.into_iter().next());
        }
        // Branches merged into each other crosswise: git's choice among equals counts.
        let (_, text) = self.ask("merge-base", &[a.as_str(), b.as_str()])?;
        String::from_utf8_lossy(&text)
            .lines()
            .next()
            .map(|line| parse_id("merge-base", line))
            .transpose()
    }

    /// Returns all best common ancestors.
    pub(super) fn merge_bases(&self, a: &CommitId, b: &CommitId) -> Result<Vec<CommitId>, Error> {
        let question = (a.clone(), b.clone());
        // Asked again for every conflicted path, and a walk between two old branches is long.
        if let Some(bases) = self.memo().bases.get(&question) {
            return Ok(bases);
        }
        let shelved = self.shelf_question(&["bases".to_owned(), a.to_string(), b.to_string()]);
        let bases = match self.shelf().get::<Vec<CommitId>>(&shelved) {
            Some(bases) => bases,
            None => {
                let (mut graph, nodes) = self.graph(&[a, b])?;
                let bases = graph.merge_bases(nodes[0], nodes[1]);
                let bases: Vec<CommitId> = bases.into_iter().map(|node| graph.id(node)).collect();
                self.shelf().keep(&[(shelved, bases.clone())]);
                bases
            }
        };
        self.memo().bases.keep(question, bases.clone());
        Ok(bases)
    }

    /// Returns the commits reachable from `include` and from none of `exclude`, newest first, at most `limit`.
    pub fn between(
        &self,
        exclude: &[CommitId],
        include: &CommitId,
        limit: usize,
    ) -> Result<Vec<Commit>, Error> {
        self.list(Graph::between, exclude, include, limit)
    }

    /// Like [`Repo::between`], following only first parents: the lane's own line.
    pub fn first_parents(
        &self,
        exclude: &[CommitId],
        include: &CommitId,
        limit: usize,
    ) -> Result<Vec<Commit>, Error> {
        self.list(Graph::first_parents, exclude, include, limit)
    }

    fn list(
        &self,
        walk: Walk,
        exclude: &[CommitId],
        include: &CommitId,
        limit: usize,
    ) -> Result<Vec<Commit>, Error> {
        let found = self.list_ids(walk, exclude, include, limit)?;
        self.commits(&found)
    }

    pub(super) fn list_ids(
        &self,
        walk: Walk,
        exclude: &[CommitId],
        include: &CommitId,
        limit: usize,
    ) -> Result<Vec<CommitId>, Error> {
        let ids: Vec<&CommitId> = std::iter::once(include).chain(exclude).collect();
        let (mut graph, nodes) = self.graph(&ids)?;
        let found = walk(&mut graph, &nodes[1..], nodes[0], limit);
        Ok(found.into_iter().map(|node| graph.id(node)).collect())
    }

    /// Like [`Repo::first_parents`], without reading a single commit.
    pub fn first_parent_ids(
        &self,
        exclude: &[CommitId],
        include: &CommitId,
        limit: usize,
    ) -> Result<Vec<CommitId>, Error> {
        self.list_ids(Graph::first_parents, exclude, include, limit)
    }

    /// Returns all of a lane's own line that `exclude` does not reach, newest first, each commit with what was merged into
    /// it. No commit is read.
    pub fn own_line(
        &self,
        exclude: &[CommitId],
        include: &CommitId,
    ) -> Result<Vec<(CommitId, Vec<CommitId>)>, Error> {
        let ids: Vec<&CommitId> = std::iter::once(include).chain(exclude).collect();
        let (mut graph, nodes) = self.graph(&ids)?;
        let line = graph.first_parents(&nodes[1..], nodes[0], usize::MAX);
        let merged = |node: Node| -> Vec<CommitId> {
            let others = graph.parents(node).iter().skip(1);
            others.map(|parent| graph.id(*parent)).collect()
        };
        Ok(line
            .into_iter()
            .map(|node| (graph.id(node), merged(node)))
            .collect())
    }

    /// Makes ready to answer everything about these lanes without a walk: which commits each holds, how far they are
    /// apart. Whoever does not call this gets the same answers, later.
    pub fn prepare_lanes(&self, tips: &[CommitId]) -> Result<(), Error> {
        let ids: Vec<&CommitId> = tips.iter().collect();
        let (mut graph, nodes) = self.graph(&ids)?;
        graph.prepare(&nodes);
        Ok(())
    }

    /// Returns the heads of these commits, in this order.
    pub fn heads(&self, ids: &[CommitId]) -> Result<Vec<Commit>, Error> {
        self.commits(ids)
    }

    pub(super) fn commits(&self, ids: &[CommitId]) -> Result<Vec<Commit>, Error> {
        let known = &self.memo().commits;
        let mut commits: Vec<Option<Commit>> = ids.iter().map(|id| known.get(id)).collect();
        let missing: Vec<CommitId> = ids
            .iter()
            .zip(&commits)
            .filter(|(_, commit)| commit.is_none())
            .map(|(id, _)| id.clone())
            .collect();
        if !missing.is_empty() {
            let objects = self.objects().read_many(&missing)?;
            let places = commits.iter_mut().filter(|commit| commit.is_none());
            for ((place, id), (kind, bytes)) in places.zip(missing).zip(objects) {
                if kind != Kind::Commit {
                    return Err(Error::BadObject {
                        id,
                        why: "it is not a commit",
                    });
                }
                let commit = RawCommit::parse(&id, &bytes)?.into_commit(id.clone());
                known.keep(id, commit.clone());
                *place = Some(commit);
            }
        }
        Ok(commits.into_iter().flatten().collect())
    }

    /// Returns how many commits `a` has that `b` lacks, and the other way round.
    pub fn ahead_behind(&self, a: &CommitId, b: &CommitId) -> Result<(usize, usize), Error> {
        if a == b {
            return Ok((0, 0));
        }
        let (mut graph, nodes) = self.graph(&[a, b])?;
        Ok(graph.ahead_behind(nodes[0], nodes[1]))
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

/// Returns what a tag object leads to.
fn tagged(id: &CommitId, bytes: &[u8]) -> Result<CommitId, Error> {
    let bad = || Error::BadObject {
        id: id.clone(),
        why: "it is a tag of nothing",
    };
    let line = bytes.split(|byte| *byte == b'\n').next();
    line.and_then(|line| line.strip_prefix(b"object "))
        .and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok())
        .ok_or_else(bad)
}
