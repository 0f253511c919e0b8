//! Which lanes hold a commit, for every commit at once: one pass over the graph, and then each question about lanes is
//! a look at a few bits instead of a walk.

use std::collections::HashMap;

use super::graph::Graph;
use super::graph::Node;

/// For every commit, one bit per lane that holds it.
#[derive(Debug)]
pub(super) struct Masks {
    /// The tips of the lanes; the place of a tip is the number of its bit.
    tips: Vec<Node>,
    /// Words per commit: one for 64 lanes.
    words: usize,
    bits: Vec<u64>,
    /// How many commits the first tip holds that the second lacks, for all pairs.
    ahead: Vec<usize>,
}

impl Masks {
    fn new(graph: &mut Graph, tips: &[Node]) -> Self {
        let words = tips.len().div_ceil(64).max(1);
        let mut bits = vec![0_u64; words * graph.len()];
        for (lane, tip) in tips.iter().enumerate() {
            bits[*tip as usize * words + lane / 64] |= 1 << (lane % 64);
        }
        graph.order();
        let graph = &*graph;
        let mut counts: HashMap<Vec<u64>, usize> = HashMap::new();
        // The commits of one line have the same mask: most are counted without asking the map.
        let (mut last, mut in_a_row) = (vec![0_u64; words], 0_usize);
        for node in graph.ordered() {
            let place = *node as usize * words;
            let own = &bits[place..place + words];
            if own == last {
                in_a_row += 1;
            } else {
                count(&mut counts, &last, in_a_row);
                last.copy_from_slice(own);
                in_a_row = 1;
            }
            for parent in graph.parents(*node) {
                let place = *parent as usize * words;
                let parent = bits[place..place + words].iter_mut();
                parent.zip(&last).for_each(|(word, own)| *word |= own);
            }
        }
        count(&mut counts, &last, in_a_row);
        let has = |mask: &[u64], lane: usize| mask[lane / 64] >> (lane % 64) & 1 == 1;
        let mut ahead = vec![0; tips.len() * tips.len()];
        for (mask, count) in &counts {
            for a in (0..tips.len()).filter(|a| has(mask, *a)) {
                for b in (0..tips.len()).filter(|b| !has(mask, *b)) {
                    ahead[a * tips.len() + b] += count;
                }
            }
        }
        Self {
            tips: tips.to_vec(),
            words,
            bits,
            ahead,
        }
    }

    fn lane(&self, tip: Node) -> Option<usize> {
        self.tips.iter().position(|one| *one == tip)
    }

    fn mask(&self, node: Node) -> &[u64] {
        // A commit that was added later is held by none of these lanes: their histories were whole.
        let place = node as usize * self.words;
        self.bits.get(place..place + self.words).unwrap_or(&[])
    }

    fn holds(&self, lane: usize, node: Node) -> bool {
        let word = self.mask(node).get(lane / 64);
        word.is_some_and(|word| word >> (lane % 64) & 1 == 1)
    }
}

/// Counts commits with this mask; few masks are new.
fn count(counts: &mut HashMap<Vec<u64>, usize>, mask: &[u64], commits: usize) {
    match counts.get_mut(mask) {
        Some(count) => *count += commits,
        None => drop(counts.insert(mask.to_vec(), commits)),
    }
}

impl Graph {
    /// Makes ready to answer about these tips from masks. The same tips again cost nothing.
    pub(super) fn prepare(&mut self, tips: &[Node]) {
        let mut tips = tips.to_vec();
        tips.sort_unstable();
        tips.dedup();
        if self.masks.as_ref().is_none_or(|masks| masks.tips != tips) {
            let masks = Masks::new(self, &tips);
            self.masks = Some(masks);
        }
    }

    /// Tells whether a prepared tip holds a commit; none if that tip was not prepared.
    pub(super) fn lane_holds(&self, tip: Node, node: Node) -> Option<bool> {
        let masks = self.masks.as_ref()?;
        Some(masks.holds(masks.lane(tip)?, node))
    }

    /// Tells whether a commit cannot be an ancestor of another, because a lane has the descendant and not the ancestor.
    pub(super) fn is_ruled_out(&self, ancestor: Node, descendant: Node) -> bool {
        let Some(masks) = &self.masks else {
            return false;
        };
        let (above, below) = (masks.mask(descendant), masks.mask(ancestor));
        above.iter().enumerate().any(|(index, word)| {
            let below = below.get(index).copied().unwrap_or(0);
            word & !below != 0
        })
    }

    /// Tells of each of these, in their order, whether it is `a` or has it: one pass, however many they are.
    pub(super) fn having(&mut self, a: Node, of: &[Node]) -> Vec<bool> {
        self.order();
        let mut has = vec![false; self.len()];
        // Parents before children.
        for node in self.ordered().iter().rev() {
            let mut parents = self.parents(*node).iter();
            has[*node as usize] = *node == a || parents.any(|parent| has[*parent as usize]);
        }
        of.iter().map(|node| has[*node as usize]).collect()
    }

    /// Returns how many commits one prepared tip has that the other lacks, and the other way round.
    pub(super) fn lane_distance(&self, a: Node, b: Node) -> Option<(usize, usize)> {
        let masks = self.masks.as_ref()?;
        let (a, b, count) = (masks.lane(a)?, masks.lane(b)?, masks.tips.len());
        Some((masks.ahead[a * count + b], masks.ahead[b * count + a]))
    }

    /// Returns a test for being held by any of these tips; none unless all were prepared.
    pub(super) fn held_by_any(&self, tips: &[Node]) -> Option<impl Fn(Node) -> bool + '_> {
        let masks = self.masks.as_ref()?;
        let mut wanted = vec![0_u64; masks.words];
        for tip in tips {
            let lane = masks.lane(*tip)?;
            wanted[lane / 64] |= 1 << (lane % 64);
        }
        Some(move |node| {
            let mask = masks.mask(node).iter();
            mask.zip(&wanted).any(|(mask, wanted)| mask & wanted != 0)
        })
    }
}
