//! The commit graph in memory: ancestry, ranges, distances, merge bases, without a process per question.
//!
//! It always holds whole histories, so each commit has an exact generation (one more than its highest parent's), and
//! walks go from high to low: a commit is met after everything that leads to it. Answers need no dates and are exact
//! whatever the clocks said. A commit never changes its parents, so nothing in here grows old.

use std::collections::BinaryHeap;
use std::collections::HashMap;

use crate::model::CommitId;

/// A commit's place in the graph.
pub(super) type Node = u32;

/// An id as bytes; SHA-1 ids end with zeros. One repository has one format.
type Key = [u8; 32];

const LEFT: u8 = 1;
const RIGHT: u8 = 2;
const BOTH: u8 = LEFT | RIGHT;
/// Below a merge base: nothing new can be found there.
const STALE: u8 = 4;

/// Whole histories of commits.
#[derive(Debug, Default)]
pub(super) struct Graph {
    nodes: HashMap<Key, Node>,
    keys: Vec<Key>,
    /// Digits in an id.
    length: usize,
    generations: Vec<u32>,
    /// Where the parents of a node begin in `parents`.
    starts: Vec<u32>,
    parents: Vec<Node>,
}

impl Graph {
    /// Returns the place of a commit, if its history is loaded.
    pub(super) fn node(&self, id: &CommitId) -> Option<Node> {
        self.nodes.get(&key(id)).copied()
    }

    /// Returns the id of a commit in the graph.
    pub(super) fn id(&self, node: Node) -> CommitId {
        let digits: String = self.keys[node as usize]
            .iter()
            .take(self.length / 2)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        digits.parse().expect("it came from an id of this length")
    }

    /// Returns the commits that are nobody's parent in here; all others are reached from them.
    pub(super) fn tips(&self) -> Vec<CommitId> {
        let mut is_parent = vec![false; self.keys.len()];
        for parent in &self.parents {
            is_parent[*parent as usize] = true;
        }
        (0..)
            .zip(is_parent)
            .filter(|(_, is_parent)| !is_parent)
            .map(|(node, _)| self.id(node))
            .collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Adds a commit whose parents are all there; false if one is not.
    pub(super) fn add(&mut self, id: &CommitId, parents: &[CommitId]) -> bool {
        let known: Option<Vec<Node>> = parents.iter().map(|parent| self.node(parent)).collect();
        let Some(known) = known else { return false };
        let (Ok(node), Ok(start)) = (
            Node::try_from(self.keys.len()),
            u32::try_from(self.parents.len()),
        ) else {
            return false;
        };
        if self.nodes.contains_key(&key(id)) {
            return true;
        }
        let highest = known.iter().map(|parent| self.generation(*parent)).max();
        self.length = id.as_str().len();
        self.nodes.insert(key(id), node);
        self.keys.push(key(id));
        self.generations.push(highest.map_or(1, |above| above + 1));
        self.starts.push(start);
        self.parents.extend(known);
        true
    }

    fn generation(&self, node: Node) -> u32 {
        self.generations[node as usize]
    }

    fn parents(&self, node: Node) -> &[Node] {
        let start = self.starts[node as usize] as usize;
        let end = self
            .starts
            .get(node as usize + 1)
            .map_or(self.parents.len(), |end| *end as usize);
        &self.parents[start..end]
    }

    /// Tells whether `a` is `of` or an ancestor of it.
    pub(super) fn is_ancestor(&self, a: Node, of: Node) -> bool {
        let lowest = self.generation(a);
        let mut seen = vec![false; self.keys.len()];
        let mut open = vec![of];
        while let Some(node) = open.pop() {
            if node == a {
                return true;
            }
            for parent in self.parents(node) {
                if self.generation(*parent) >= lowest && !seen[*parent as usize] {
                    seen[*parent as usize] = true;
                    open.push(*parent);
                }
            }
        }
        false
    }

    /// Returns the best common ancestors: those that are no ancestor of another one.
    pub(super) fn merge_bases(&self, a: Node, b: Node) -> Vec<Node> {
        let mut bases = Vec::new();
        self.paint(&[a], &[b], Follow::AllParents, is_fresh, |node, mark| {
            if mark == BOTH {
                bases.push(node);
            }
        });
        bases
    }

    /// Returns how many commits `a` has that `b` lacks, and the other way round.
    pub(super) fn ahead_behind(&self, a: Node, b: Node) -> (usize, usize) {
        let (mut ahead, mut behind) = (0, 0);
        self.paint(&[a], &[b], Follow::AllParents, is_fresh, |_, mark| {
            ahead += usize::from(mark == LEFT);
            behind += usize::from(mark == RIGHT);
        });
        (ahead, behind)
    }

    /// Returns what `include` reaches along first parents and `exclude` does not reach at all, newest first.
    pub(super) fn first_parents(&self, exclude: &[Node], include: Node, limit: usize) -> Vec<Node> {
        if exclude.is_empty() {
            let next = |node: &Node| self.parents(*node).first().copied();
            return std::iter::successors(Some(include), next)
                .take(limit)
                .collect();
        }
        let follow = Follow::FirstParentOnTheLeft;
        let mut found = self.only_left(exclude, include, follow);
        found.truncate(limit);
        found
    }

    /// Returns what `include` reaches and `exclude` does not, in the order of `git rev-list --topo-order`: no parent
    /// before its children, lines of history not mixed, the last parent's line of a merge first.
    pub(super) fn between(&self, exclude: &[Node], include: Node, limit: usize) -> Vec<Node> {
        let found = self.only_left(exclude, include, Follow::AllParents);
        // None for what is outside.
        let mut children: HashMap<Node, usize> = found.iter().map(|node| (*node, 0)).collect();
        for node in &found {
            for parent in self.parents(*node) {
                if let Some(count) = children.get_mut(parent) {
                    *count += 1;
                }
            }
        }
        let mut ready: Vec<Node> = found.first().copied().into_iter().collect();
        let mut ordered = Vec::with_capacity(found.len().min(limit));
        while let Some(node) = ready.pop() {
            if ordered.len() == limit {
                break;
            }
            ordered.push(node);
            for parent in self.parents(node) {
                if let Some(count) = children.get_mut(parent) {
                    *count -= 1;
                    if *count == 0 {
                        ready.push(*parent);
                    }
                }
            }
        }
        ordered
    }

    fn only_left(&self, exclude: &[Node], include: Node, follow: Follow) -> Vec<Node> {
        let mut found = Vec::new();
        let is_left = |mark: u8| mark & BOTH == LEFT;
        self.paint(&[include], exclude, follow, is_left, |node, mark| {
            if mark == LEFT {
                found.push(node);
            }
        });
        found
    }

    /// Walks down from both sides and shows each commit once, with the sides that reach it. Ends when no commit is
    /// left to visit whose mark is `wanted`.
    fn paint(
        &self,
        left: &[Node],
        right: &[Node],
        follow: Follow,
        wanted: impl Fn(u8) -> bool,
        mut visit: impl FnMut(Node, u8),
    ) {
        let mut marks = vec![0_u8; self.keys.len()];
        let mut heap: BinaryHeap<(u32, Node)> = BinaryHeap::new();
        let mut open = 0_usize;
        let sides = left.iter().map(|node| (*node, LEFT));
        let mut todo: Vec<(Node, u8)> = sides
            .chain(right.iter().map(|node| (*node, RIGHT)))
            .collect();
        loop {
            for (node, mark) in todo.drain(..) {
                let old = marks[node as usize];
                let new = old | mark;
                marks[node as usize] = new;
                if old == 0 {
                    heap.push((self.generation(node), node));
                    open += usize::from(wanted(new));
                } else if wanted(old) && !wanted(new) {
                    open -= 1;
                }
            }
            if open == 0 {
                return;
            }
            let Some((_, node)) = heap.pop() else { return };
            let mark = marks[node as usize];
            open -= usize::from(wanted(mark));
            visit(node, mark);
            let below = if mark & BOTH == BOTH {
                BOTH | STALE
            } else {
                mark
            };
            for (index, parent) in self.parents(node).iter().enumerate() {
                let is_left_out = follow == Follow::FirstParentOnTheLeft && index > 0;
                let mark = if is_left_out { below & RIGHT } else { below };
                if mark != 0 {
                    todo.push((*parent, mark));
                }
            }
        }
    }
}

/// Which parents a walk follows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Follow {
    AllParents,
    /// The left side is a lane's own line; the right side still reaches everything.
    FirstParentOnTheLeft,
}

fn is_fresh(mark: u8) -> bool {
    mark & STALE == 0
}

fn key(id: &CommitId) -> Key {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => byte - b'0',
        letter => letter - b'a' + 10,
    };
    let mut key = [0; 32];
    for (byte, pair) in key.iter_mut().zip(id.as_str().as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0]) << 4 | digit(pair[1]);
    }
    key
}
