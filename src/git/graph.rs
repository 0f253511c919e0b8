//! The commit graph in memory: which commit has which parents, in a few flat arrays. Questions are answered beside it
//! (`walk`), those about lanes from masks (`masks`).
//!
//! It always holds whole histories, so each commit has an exact generation (one more than its highest parent's), and
//! walks go from high to low: a commit is met after everything that leads to it. Answers need no dates and are exact
//! whatever the clocks said. A commit never changes its parents, so nothing in here grows old.

use std::collections::HashMap;

use crate::model::CommitId;

use super::masks::Masks;
use super::paint::Scratch;
use super::tree::to_digits;

/// A commit's place in the graph.
pub(super) type Node = u32;

/// An id as bytes; SHA-1 ids end with zeros. One repository has one format.
pub(super) type Key = [u8; 32];

/// Whole histories of commits.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// Bytes in an id; none are known while it is empty.
    width: usize,
    /// The ids of all nodes, one after another.
    ids: Vec<u8>,
    generations: Vec<u32>,
    /// Where the parents of a node begin in `parents`.
    starts: Vec<u32>,
    parents: Vec<Node>,
    /// Nodes in the order of their ids, as git's files have them.
    runs: Vec<Run>,
    /// Where the nodes are that belong to no run.
    late: HashMap<Key, Node>,
    /// All nodes, the highest generation first; made anew when it is asked for after an addition.
    order: Vec<Node>,
    /// Nodes whose object is known to be there; a file may name commits that were cleaned up since.
    is_there: Vec<bool>,
    pub(super) masks: Option<Masks>,
    pub(super) scratch: Scratch,
}

/// Nodes side by side whose ids ascend.
#[derive(Debug)]
struct Run {
    start: Node,
    /// How many ids begin with a byte below the index.
    fan: Box<[u32; 257]>,
}

impl Graph {
    /// Returns the place of a commit, if its history is loaded.
    pub(super) fn node(&self, id: &CommitId) -> Option<Node> {
        self.find(&key(id))
    }

    /// Returns the place of an id as bytes.
    pub(super) fn find(&self, key: &Key) -> Option<Node> {
        if let Some(node) = self.late.get(key) {
            return Some(*node);
        }
        let wanted = &key[..self.width];
        let first = usize::from(key[0]);
        self.runs.iter().find_map(|run| {
            let (mut low, mut high) = (run.fan[first], run.fan[first + 1]);
            while low < high {
                let middle = u32::midpoint(low, high);
                match self.bytes(run.start + middle).cmp(wanted) {
                    std::cmp::Ordering::Less => low = middle + 1,
                    std::cmp::Ordering::Equal => return Some(run.start + middle),
                    std::cmp::Ordering::Greater => high = middle,
                }
            }
            None
        })
    }

    fn bytes(&self, node: Node) -> &[u8] {
        &self.ids[node as usize * self.width..][..self.width]
    }

    /// Returns the id of a commit in the graph.
    pub(super) fn id(&self, node: Node) -> CommitId {
        let digits = to_digits(self.bytes(node));
        digits.parse().expect("it came from an id of this length")
    }

    /// Returns the commits that are nobody's parent in here; all others are reached from them.
    pub(super) fn tips(&self) -> Vec<Node> {
        let mut is_parent = vec![false; self.len()];
        for parent in &self.parents {
            is_parent[*parent as usize] = true;
        }
        (0..)
            .zip(is_parent)
            .filter(|(_, is_parent)| !is_parent)
            .map(|(node, _)| node)
            .collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.generations.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.generations.len()
    }

    /// Returns how many commits came from objects, not from a file of git.
    pub(super) fn late_count(&self) -> usize {
        self.late.len()
    }

    /// Adds a commit whose parents are all there; false if one is not.
    pub(super) fn add(&mut self, id: &CommitId, parents: &[CommitId]) -> bool {
        let known: Option<Vec<Node>> = parents.iter().map(|parent| self.node(parent)).collect();
        let Some(known) = known else { return false };
        self.insert(&key(id), id.as_str().len() / 2, &known)
    }

    /// Adds a commit by its bytes; false if there is no room for another one.
    pub(super) fn insert(&mut self, key: &Key, width: usize, parents: &[Node]) -> bool {
        if let Some(node) = self.find(key) {
            self.confirm(&[node]);
            return true;
        }
        self.confirm(parents);
        let (Ok(node), Ok(start)) = (
            Node::try_from(self.len()),
            u32::try_from(self.parents.len()),
        ) else {
            return false;
        };
        let highest = parents.iter().map(|parent| self.generation(*parent)).max();
        self.width = width;
        self.late.insert(*key, node);
        self.ids.extend_from_slice(&key[..width]);
        self.generations.push(highest.map_or(1, |above| above + 1));
        self.starts.push(start);
        self.parents.extend_from_slice(parents);
        self.is_there.push(true);
        true
    }

    #[inline]
    pub(super) fn generation(&self, node: Node) -> u32 {
        self.generations[node as usize]
    }

    // Walks spend their time in here, and the program is built to be small.
    #[inline(always)]
    pub(super) fn parents(&self, node: Node) -> &[Node] {
        let start = self.starts[node as usize] as usize;
        let end = self
            .starts
            .get(node as usize + 1)
            .map_or(self.parents.len(), |end| *end as usize);
        &self.parents[start..end]
    }

    /// Returns all nodes, children before parents.
    pub(super) fn order(&mut self) -> &[Node] {
        if self.order.len() != self.len() {
            let highest = self.generations.iter().max().copied().unwrap_or(0) as usize;
            // Counted by generation: the places of the highest come first.
            let mut places = vec![0_u32; highest + 2];
            for generation in &self.generations {
                places[highest - *generation as usize + 1] += 1;
            }
            for index in 1..places.len() {
                places[index] += places[index - 1];
            }
            self.order = vec![0; self.len()];
            for (node, generation) in (0..).zip(&self.generations) {
                let place = &mut places[highest - *generation as usize];
                self.order[*place as usize] = node;
                *place += 1;
            }
        }
        &self.order
    }

    /// Returns the same as it was last made.
    pub(super) fn ordered(&self) -> &[Node] {
        &self.order
    }

    /// Tells whether the object of a commit is known to be there.
    pub(super) fn is_there(&self, node: Node) -> bool {
        self.is_there[node as usize]
    }

    /// Notes the same of commits that reach most of the graph: one pass instead of a walk.
    pub(super) fn confirm_most(&mut self, nodes: &[Node]) {
        for node in nodes {
            self.is_there[*node as usize] = true;
        }
        self.order();
        let mut is_there = std::mem::take(&mut self.is_there);
        for node in &self.order {
            if is_there[*node as usize] {
                for parent in self.parents(*node) {
                    is_there[*parent as usize] = true;
                }
            }
        }
        self.is_there = is_there;
    }

    /// Notes that the objects of these commits, and so of their whole histories, are there.
    pub(super) fn confirm(&mut self, nodes: &[Node]) {
        let mut open: Vec<Node> = Vec::new();
        for node in nodes {
            if !std::mem::replace(&mut self.is_there[*node as usize], true) {
                open.push(*node);
            }
        }
        while let Some(node) = open.pop() {
            let (start, count) = (self.starts[node as usize], self.parents(node).len());
            for index in start as usize..start as usize + count {
                let parent = self.parents[index];
                if !std::mem::replace(&mut self.is_there[parent as usize], true) {
                    open.push(parent);
                }
            }
        }
    }
}

/// A graph being read from git's files, whose nodes are in the order of the files.
#[derive(Debug, Default)]
pub(super) struct Draft(Graph);

impl Draft {
    /// Begins a draft for ids of so many bytes.
    pub(super) fn new(width: usize, count: usize) -> Self {
        Self(Graph {
            width,
            ids: Vec::with_capacity(width * count),
            generations: Vec::with_capacity(count),
            starts: Vec::with_capacity(count),
            parents: Vec::with_capacity(count + count / 4),
            ..Graph::default()
        })
    }

    /// Adds the next commit of a file with its generation and the places of its parents.
    pub(super) fn push(&mut self, id: &[u8], generation: u32, parents: impl Iterator<Item = Node>) {
        self.0.ids.extend_from_slice(id);
        self.0.generations.push(generation);
        let start = u32::try_from(self.0.parents.len()).unwrap_or(u32::MAX);
        self.0.starts.push(start);
        self.0.parents.extend(parents);
    }

    /// Ends a file: its ids ascend from `start` on, or it is damaged.
    #[must_use]
    pub(super) fn end_run(&mut self, start: usize) -> bool {
        let graph = &mut self.0;
        let mut fan = Box::new([0_u32; 257]);
        let mut before: (u64, &[u8]) = (0, &[]);
        for id in graph.ids[start * graph.width..].chunks_exact(graph.width) {
            // Eight bytes tell nearly all of them apart, without comparing the rest.
            let now = (beginning(id), id);
            if before >= now {
                return false;
            }
            before = now;
            fan[usize::from(id[0]) + 1] += 1;
        }
        for index in 1..fan.len() {
            fan[index] += fan[index - 1];
        }
        let Ok(start) = Node::try_from(start) else {
            return false;
        };
        graph.runs.push(Run { start, fan });
        true
    }

    /// Ends the draft; none unless all parents are there and every generation is what it must be, so that no commit
    /// can be its own ancestor and every walk ends.
    pub(super) fn finish(mut self) -> Option<Graph> {
        let graph = &mut self.0;
        let count = Node::try_from(graph.len()).ok()?;
        if graph.parents.len() >= u32::MAX as usize {
            return None;
        }
        if graph.parents.iter().any(|parent| *parent >= count) {
            return None;
        }
        let is_right = |node: Node| {
            let above = graph.parents(node).iter();
            let highest = above.map(|parent| graph.generation(*parent)).max();
            // Very large numbers are capped in the file; nobody has such a history.
            highest.unwrap_or(0).checked_add(1) == Some(graph.generation(node))
        };
        if !(0..count).all(is_right) {
            return None;
        }
        graph.is_there = vec![false; graph.len()];
        Some(self.0)
    }
}

/// Returns the first bytes of an id as a number in the same order.
fn beginning(id: &[u8]) -> u64 {
    id.first_chunk().copied().map_or(0, u64::from_be_bytes)
}

/// Returns an id as bytes.
pub(super) fn key(id: &CommitId) -> Key {
    let mut key = [0; 32];
    for (byte, pair) in key.iter_mut().zip(id.as_str().as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0]) << 4 | digit(pair[1]);
    }
    key
}

/// Reads an id of 40 or 64 lower-case digits into bytes.
pub(super) fn parse_key(digits: &[u8]) -> Option<Key> {
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if !matches!(digits.len(), 40 | 64) || !digits.iter().all(is_digit) {
        return None;
    }
    let mut key = [0; 32];
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0]) << 4 | digit(pair[1]);
    }
    Some(key)
}

fn digit(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        letter => letter - b'a' + 10,
    }
}
