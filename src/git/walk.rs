//! Questions to the commit graph: ancestry, distances, ranges, merge bases. What the masks of the lanes know is not
//! walked for; the walk from two sides is in `paint`.

use std::collections::HashMap;

use super::graph::Graph;
use super::graph::Node;
use super::paint::BOTH;
use super::paint::Follow;
use super::paint::LEFT;
use super::paint::RIGHT;
use super::paint::is_fresh;

impl Graph {
    /// Tells whether `a` is `of` or an ancestor of it.
    pub(super) fn is_ancestor(&mut self, a: Node, of: Node) -> bool {
        if a == of {
            return true;
        }
        let lowest = self.generation(a);
        if lowest >= self.generation(of) {
            return false;
        }
        if let Some(is_held) = self.lane_holds(of, a) {
            return is_held;
        }
        if self.is_ruled_out(a, of) {
            return false;
        }
        let mut seen = std::mem::take(&mut self.scratch);
        seen.clear(self.len());
        let mut open = vec![of];
        let mut is_found = false;
        while let Some(node) = open.pop() {
            for parent in self.parents(node) {
                is_found |= *parent == a;
                if self.generation(*parent) > lowest && seen.get(*parent) == 0 {
                    seen.set(*parent, LEFT);
                    open.push(*parent);
                }
            }
            if is_found {
                break;
            }
        }
        self.scratch = seen;
        is_found
    }

    /// Returns the best common ancestors: those that are no ancestor of another one.
    pub(super) fn merge_bases(&mut self, a: Node, b: Node) -> Vec<Node> {
        let mut bases = Vec::new();
        self.paint(&[a], &[b], Follow::AllParents, is_fresh, |node, mark| {
            if mark == BOTH {
                bases.push(node);
            }
        });
        bases
    }

    /// Returns a best commit that is in the histories of all of these, if there is one. Takes a pass over the graph for
    /// each 64 of them.
    pub(super) fn common(&mut self, nodes: &[Node]) -> Option<Node> {
        self.order();
        let mut is_common = vec![true; self.len()];
        for some in nodes.chunks(64) {
            let mut held = vec![0_u64; self.len()];
            let mut all = 0;
            for (bit, node) in some.iter().enumerate() {
                held[*node as usize] |= 1 << bit;
                all |= 1 << bit;
            }
            for node in self.ordered() {
                let own = held[*node as usize];
                is_common[*node as usize] &= own == all;
                if own != 0 {
                    for parent in self.parents(*node) {
                        held[*parent as usize] |= own;
                    }
                }
            }
        }
        let mut ordered = self.ordered().iter().copied();
        ordered.find(|node| is_common[*node as usize])
    }

    /// Returns how many commits `a` has that `b` lacks, and the other way round.
    pub(super) fn ahead_behind(&mut self, a: Node, b: Node) -> (usize, usize) {
        if let Some(distance) = self.lane_distance(a, b) {
            return distance;
        }
        let (mut ahead, mut behind) = (0, 0);
        self.paint(&[a], &[b], Follow::AllParents, is_fresh, |_, mark| {
            ahead += usize::from(mark == LEFT);
            behind += usize::from(mark == RIGHT);
        });
        (ahead, behind)
    }

    /// Follows first parents from `tip` to the beginning.
    pub(super) fn line(&self, tip: Node) -> impl Iterator<Item = Node> {
        std::iter::successors(Some(tip), |node| self.parents(*node).first().copied())
    }

    /// Returns what `include` reaches along first parents and `exclude` does not reach at all, newest first.
    pub(super) fn first_parents(
        &mut self,
        exclude: &[Node],
        include: Node,
        limit: usize,
    ) -> Vec<Node> {
        if exclude.is_empty() {
            return self.line(include).take(limit).collect();
        }
        if let Some(is_excluded) = self.held_by_any(exclude) {
            // What a commit is held by holds its ancestors as well.
            return self
                .line(include)
                .take_while(|node| !is_excluded(*node))
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
    pub(super) fn between(&mut self, exclude: &[Node], include: Node, limit: usize) -> Vec<Node> {
        let found = self.reach(exclude, include);
        // None for what is outside.
        let mut children: HashMap<Node, usize> = found.iter().map(|node| (*node, 0)).collect();
        for node in &found {
            for parent in self.parents(*node) {
                if let Some(count) = children.get_mut(parent) {
                    *count += 1;
                }
            }
        }
        let mut ready: Vec<Node> = children
            .contains_key(&include)
            .then_some(include)
            .into_iter()
            .collect();
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

    /// Returns what `include` reaches and `exclude` does not, in no order.
    pub(super) fn reach(&mut self, exclude: &[Node], include: Node) -> Vec<Node> {
        let mut seen = std::mem::take(&mut self.scratch);
        let by_masks = self.held_by_any(exclude).map(|is_excluded| {
            seen.clear(self.len());
            let mut found: Vec<Node> = Vec::new();
            if !is_excluded(include) {
                seen.set(include, LEFT);
                found.push(include);
            }
            let mut next = 0;
            while let Some(node) = found.get(next).copied() {
                next += 1;
                for parent in self.parents(node) {
                    if seen.get(*parent) == 0 && !is_excluded(*parent) {
                        seen.set(*parent, LEFT);
                        found.push(*parent);
                    }
                }
            }
            found
        });
        self.scratch = seen;
        match by_masks {
            Some(found) => found,
            None => self.only_left(exclude, include, Follow::AllParents),
        }
    }

    fn only_left(&mut self, exclude: &[Node], include: Node, follow: Follow) -> Vec<Node> {
        let mut found = Vec::new();
        let is_left = |mark: u8| mark & BOTH == LEFT;
        self.paint(&[include], exclude, follow, is_left, |node, mark| {
            if mark == LEFT {
                found.push(node);
            }
        });
        found
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// Parents by node: each commit has up to three, all older than itself.
    fn histories() -> impl Strategy<Value = Vec<Vec<usize>>> {
        let commit = proptest::collection::vec(0_usize..12, 0..=3);
        proptest::collection::vec(commit, 1..60).prop_map(|commits| {
            let parents = |(index, back): (usize, Vec<usize>)| {
                let older = back
                    .into_iter()
                    .filter_map(|back| index.checked_sub(back + 1));
                let mut parents: Vec<usize> = Vec::new();
                for parent in older {
                    if !parents.contains(&parent) {
                        parents.push(parent);
                    }
                }
                parents
            };
            commits.into_iter().enumerate().map(parents).collect()
        })
    }

    fn add(graph: &mut Graph, index: usize, parents: &[usize]) {
        let mut key = [0; 32];
        // Spread over the first byte, so that the order of ids is not the order of age.
        key[0] = u8::try_from(index * 97 % 251).expect("below 251");
        key[1] = u8::try_from(index).expect("at most sixty");
        let node = |index: &usize| Node::try_from(*index).expect("at most sixty");
        let parents: Vec<Node> = parents.iter().map(node).collect();
        assert!(graph.insert(&key, 20, &parents));
    }

    fn reach(history: &[Vec<usize>], from: &[usize]) -> BTreeSet<usize> {
        let mut seen = BTreeSet::new();
        let mut open = from.to_vec();
        while let Some(one) = open.pop() {
            if seen.insert(one) {
                open.extend(&history[one]);
            }
        }
        seen
    }

    fn line(history: &[Vec<usize>], from: usize) -> Vec<usize> {
        std::iter::successors(Some(from), |one| history[*one].first().copied()).collect()
    }

    fn numbers(nodes: &[Node]) -> Vec<usize> {
        nodes.iter().map(|node| *node as usize).collect()
    }

    fn agrees(graph: &mut Graph, history: &[Vec<usize>], a: usize, b: usize, other: usize) {
        let node = |index: usize| Node::try_from(index).expect("at most sixty");
        let (left, right) = (reach(history, &[a]), reach(history, &[b]));
        assert_eq!(graph.is_ancestor(node(a), node(b)), right.contains(&a));
        let having = graph.having(node(a), &[node(b), node(a)]);
        assert_eq!(having, [right.contains(&a), true]);
        let distance = (
            left.difference(&right).count(),
            right.difference(&left).count(),
        );
        assert_eq!(graph.ahead_behind(node(a), node(b)), distance);
        let common: BTreeSet<usize> = left.intersection(&right).copied().collect();
        let is_best = |one: &usize| {
            let mut others = common.iter().filter(|other| *other != one);
            others.all(|other| !reach(history, &[*other]).contains(one))
        };
        let best: BTreeSet<usize> = common.iter().copied().filter(is_best).collect();
        let shared = graph.common(&[node(a), node(b)]);
        assert_eq!(shared.is_some(), !best.is_empty());
        assert!(shared.is_none_or(|one| best.contains(&(one as usize))));
        let bases = numbers(&graph.merge_bases(node(a), node(b)));
        assert_eq!(bases.into_iter().collect::<BTreeSet<_>>(), best);
        for exclude in [vec![], vec![b], vec![b, other]] {
            let outside = reach(history, &exclude);
            let exclude: Vec<Node> = exclude.into_iter().map(node).collect();
            let inside: BTreeSet<usize> = left.difference(&outside).copied().collect();
            let found = numbers(&graph.between(&exclude, node(a), usize::MAX));
            assert_eq!(found.iter().copied().collect::<BTreeSet<_>>(), inside);
            for (place, one) in found.iter().enumerate() {
                let is_after = |parent: &usize| !found[..place].contains(parent);
                assert!(
                    history[*one].iter().all(is_after),
                    "a parent before its child"
                );
            }
            let expected: Vec<usize> = line(history, a)
                .into_iter()
                .filter(|one| !outside.contains(one))
                .collect();
            let found = numbers(&graph.first_parents(&exclude, node(a), usize::MAX));
            assert_eq!(found, expected);
        }
    }

    proptest! {
        #[test]
        fn walks_and_masks_agree_with_a_naive_reading(
            history in histories(),
            picks in proptest::collection::vec(0_usize..60, 12),
            lanes in proptest::collection::vec(0_usize..60, 0..90),
            early in 0_usize..60,
        ) {
            let place = |pick: usize| pick % history.len();
            let mut graph = Graph::default();
            let (before, after) = history.split_at(place(early));
            for (index, parents) in before.iter().enumerate() {
                add(&mut graph, index, parents);
            }
            // Lanes prepared while the youngest commits are not there yet.
            let lanes = lanes.into_iter().map(|lane| Node::try_from(place(lane)).expect("at most sixty"));
            let known: Vec<Node> = lanes.filter(|lane| (*lane as usize) < before.len()).collect();
            graph.prepare(&known);
            for (index, parents) in after.iter().enumerate() {
                add(&mut graph, before.len() + index, parents);
            }
            let (first, second) = picks.split_at(6);
            for three in first.windows(3) {
                agrees(&mut graph, &history, place(three[0]), place(three[1]), place(three[2]));
            }
            let all: Vec<Node> = (0..).take(history.len()).collect();
            for lanes in [&all[..], &all[history.len() / 2..]] {
                graph.prepare(lanes);
                for three in second.windows(3) {
                    agrees(&mut graph, &history, place(three[0]), place(three[1]), place(three[2]));
                }
            }
        }
    }
}
