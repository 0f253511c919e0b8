//! Where the graph in memory comes from: git's commit-graph file, one `git rev-list` where there is none, and single
//! objects for commits that no file holds yet.

use std::collections::HashMap;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use crate::model::CommitId;

use super::error::Error;
use super::graph::Graph;
use super::graph::Node;
use super::graph::parse_key;
use super::repo::Repo;

/// More new commits than this are loaded by git at once.
const READ_SINGLY: usize = 500;
/// With more commits than this beside git's file, a new file is worth its time.
const WRITE_FROM: usize = 256;

impl Repo {
    /// Returns the graph with the whole history of these commits, and their places in it.
    pub(super) fn graph(
        &self,
        ids: &[&CommitId],
    ) -> Result<(MutexGuard<'_, Graph>, Vec<Node>), Error> {
        // Additions leave it whole, so a panic elsewhere does no harm.
        let lock = || {
            let graph = &self.memo().graph;
            graph.lock().unwrap_or_else(PoisonError::into_inner)
        };
        let mut graph = lock();
        let mut nodes = Vec::with_capacity(ids.len());
        for id in ids {
            if let Some(node) = graph.node(id).filter(|node| graph.is_there(*node)) {
                nodes.push(node);
                continue;
            }
            let commit = self.peel(id)?.ok_or_else(|| Error::BadObject {
                id: (*id).clone(),
                why: "it is not a commit",
            })?;
            if graph.node(&commit).is_none() {
                self.load(&mut graph, &commit)?;
            }
            let missing = || Error::NoSuchObject { id: commit.clone() };
            let node = graph.node(&commit).ok_or_else(missing)?;
            graph.confirm(&[node]);
            nodes.push(node);
        }
        Ok((graph, nodes))
    }

    /// Adds the history of one commit: from git's file the first time, the rest in process where it is short, by git
    /// where it is long.
    fn load(&self, graph: &mut Graph, id: &CommitId) -> Result<(), Error> {
        if graph.is_empty() {
            let tips: Vec<CommitId> = self.tips()?.into_values().collect();
            let found = self.read_commit_graph(id.as_str().len() / 2);
            if found.is_harmed {
                // Git would take over what is wrong in it.
                *self.written_at() = usize::MAX - WRITE_FROM;
            }
            if let Some(read) = found.graph {
                *graph = read;
                // What a branch reaches is there; everything else in the file has to be looked at when it is asked for.
                let mut known: Vec<Node> = tips.iter().filter_map(|tip| graph.node(tip)).collect();
                known.extend(graph.node(id));
                graph.confirm_most(&known);
                // One branch that is broken must not stand in the way of the others.
                let _asked_again = self.catch_up(graph, &tips);
            } else {
                let _asked_again = self.load_with_git(graph, &tips);
            }
        }
        let loaded = match graph.node(id) {
            Some(_) => Ok(()),
            None => self.catch_up(graph, std::slice::from_ref(id)),
        };
        self.keep_graph(graph.late_count());
        loaded
    }

    /// Adds the history of commits that came after everything that is known.
    fn catch_up(&self, graph: &mut Graph, ids: &[CommitId]) -> Result<(), Error> {
        let mut missing: Vec<CommitId> = Vec::new();
        missing.extend(ids.iter().filter(|id| graph.node(id).is_none()).cloned());
        if self.objects().is_in_process() {
            let mut budget = READ_SINGLY;
            while let Some(id) = missing.last() {
                if !self.load_singly(graph, id, &mut budget)? {
                    break;
                }
                missing.pop();
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        self.load_with_git(graph, &missing)
    }

    fn written_at(&self) -> MutexGuard<'_, usize> {
        let written_at = &self.memo().written_at;
        written_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets git write a commit-graph file beside the work, once there is enough that none holds: the next process
    /// begins with it.
    fn keep_graph(&self, beside: usize) {
        let mut written_at = self.written_at();
        if beside < *written_at + WRITE_FROM {
            return;
        }
        *written_at = beside;
        let repo = self.clone();
        std::thread::spawn(move || {
            if let Err(error) = repo.write_commit_graph() {
                tracing::debug!(%error, "the commit-graph file was not written");
            }
        });
    }

    /// Reads commits one by one until known history; false if that is far.
    fn load_singly(
        &self,
        graph: &mut Graph,
        id: &CommitId,
        budget: &mut usize,
    ) -> Result<bool, Error> {
        let mut parents_of: HashMap<CommitId, Vec<CommitId>> = HashMap::new();
        let mut path = vec![id.clone()];
        while let Some(last) = path.last().cloned() {
            if !parents_of.contains_key(&last) {
                let Some(rest) = budget.checked_sub(1) else {
                    return Ok(false);
                };
                *budget = rest;
                parents_of.insert(last.clone(), self.raw_commit(&last)?.parents);
            }
            let parents = &parents_of[&last];
            if graph.add(&last, parents) {
                path.pop();
            } else {
                let is_missing = |parent: &&CommitId| graph.node(parent).is_none();
                path.extend(parents.iter().find(is_missing).cloned());
            }
        }
        Ok(true)
    }

    /// Loads the history of these commits that is not known yet.
    fn load_with_git(&self, graph: &mut Graph, ids: &[CommitId]) -> Result<(), Error> {
        // A file of git may name commits that were cleaned up; git would refuse those.
        let tips = graph.tips();
        let known = tips.into_iter().filter(|node| graph.is_there(*node));
        let known: Vec<CommitId> = known.map(|node| graph.id(node)).collect();
        let mut input = String::new();
        for id in ids {
            input.push_str(&format!("{id}\n"));
        }
        for known in known {
            input.push_str(&format!("^{known}\n"));
        }
        let output = self
            .command("rev-list")
            .args(["--topo-order", "--parents", "--stdin"])
            // A file that we could use was used; git would believe one that we could not.
            .before("core.commitGraph=false")
            .before("-c")
            .input(input.into_bytes())
            .success()?;
        let answer = |why: &str| Error::Answer {
            verb: "rev-list".into(),
            why: why.into(),
        };
        let mut parents = Vec::new();
        for line in output.stdout.split(|byte| *byte == b'\n').rev() {
            let mut ids = line.split(|byte| *byte == b' ');
            let Some(id) = ids.next().filter(|id| !id.is_empty()) else {
                continue;
            };
            parents.clear();
            for parent in ids {
                let parent = parse_key(parent).ok_or_else(|| answer("expected an object id"))?;
                let node = graph.find(&parent);
                parents.push(node.ok_or_else(|| answer("a parent is missing"))?);
            }
            let key = parse_key(id).ok_or_else(|| answer("expected an object id"))?;
            if !graph.insert(&key, id.len() / 2, &parents) {
                return Err(answer("there are too many commits"));
            }
        }
        Ok(())
    }
}
