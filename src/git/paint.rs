//! The walk that most questions to the commit graph come down to: from two sides downwards, each commit painted with the
//! sides that reach it. Because generations go from high to low, each commit is shown once and with all its marks.

use std::collections::BinaryHeap;

use super::graph::Graph;
use super::graph::Node;

pub(super) const LEFT: u8 = 1;
pub(super) const RIGHT: u8 = 2;
pub(super) const BOTH: u8 = LEFT | RIGHT;
/// Below a merge base: nothing new can be found there.
const STALE: u8 = 4;

/// Marks on commits that are all taken off at once: a question touches few of a hundred thousand.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    round: u32,
    /// The round in which a node was marked, and its marks.
    marks: Vec<(u32, u8)>,
}

impl Scratch {
    /// Takes all marks off, and makes room for so many nodes.
    pub(super) fn clear(&mut self, count: usize) {
        if self.round == u32::MAX {
            self.marks.clear();
            self.round = 0;
        }
        self.round += 1;
        self.marks.resize(count, (0, 0));
    }

    pub(super) fn get(&self, node: Node) -> u8 {
        let (round, mark) = self.marks[node as usize];
        if round == self.round { mark } else { 0 }
    }

    pub(super) fn set(&mut self, node: Node, mark: u8) {
        self.marks[node as usize] = (self.round, mark);
    }
}

impl Graph {
    /// Walks down from both sides and shows each commit once, with the sides that reach it. Ends when no commit is
    /// left to visit whose mark is `wanted`.
    pub(super) fn paint(
        &mut self,
        left: &[Node],
        right: &[Node],
        follow: Follow,
        wanted: impl Fn(u8) -> bool,
        mut visit: impl FnMut(Node, u8),
    ) {
        let mut marks = std::mem::take(&mut self.scratch);
        marks.clear(self.len());
        let mut heap: BinaryHeap<(u32, Node)> = BinaryHeap::new();
        let mut open = 0_usize;
        let sides = left.iter().map(|node| (*node, LEFT));
        let mut todo: Vec<(Node, u8)> = sides
            .chain(right.iter().map(|node| (*node, RIGHT)))
            .collect();
        loop {
            for (node, mark) in todo.drain(..) {
                let old = marks.get(node);
                let new = old | mark;
                marks.set(node, new);
                if old == 0 {
                    heap.push((self.generation(node), node));
                    open += usize::from(wanted(new));
                } else if wanted(old) && !wanted(new) {
                    open -= 1;
                }
            }
            if open == 0 {
                break;
            }
            let Some((_, node)) = heap.pop() else { break };
            let mark = marks.get(node);
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
        self.scratch = marks;
    }
}

/// Which parents a walk follows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Follow {
    AllParents,
    /// The left side is a lane's own line; the right side still reaches everything.
    FirstParentOnTheLeft,
}

/// Tells whether a commit may still be new to the question: it is not below a merge base.
pub(super) fn is_fresh(mark: u8) -> bool {
    mark & STALE == 0
}
