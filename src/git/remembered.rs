//! A bounded map of answers that many threads ask.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

/// Enough for every question of a screen.
const REMEMBERED: usize = 10_000;

/// Answers by question. Of two generations the older one goes when the newer one is full: what is asked again and again
/// stays.
#[derive(Debug)]
pub(super) struct Remembered<K, V> {
    generations: Mutex<Generations<K, V>>,
    /// What both generations may weigh together.
    most: usize,
}

#[derive(Debug)]
struct Generations<K, V> {
    /// Answers with what each weighs.
    newer: HashMap<K, (V, usize)>,
    older: HashMap<K, (V, usize)>,
    /// What the newer one weighs.
    weight: usize,
}

impl<K, V> Default for Remembered<K, V> {
    fn default() -> Self {
        Self::up_to(REMEMBERED)
    }
}

impl<K, V> Remembered<K, V> {
    /// Makes an empty one for answers of this weight.
    pub(super) fn up_to(most: usize) -> Self {
        let generations = Generations {
            newer: HashMap::new(),
            older: HashMap::new(),
            weight: 0,
        };
        Self {
            generations: Mutex::new(generations),
            most,
        }
    }
}

impl<K: std::hash::Hash + Eq, V: Clone> Remembered<K, V> {
    pub(super) fn get<Q>(&self, question: &Q) -> Option<V>
    where
        K: std::borrow::Borrow<Q>,
        Q: std::hash::Hash + Eq + ?Sized,
    {
        let mut known = self.known();
        if let Some((answer, _)) = known.newer.get(question) {
            return Some(answer.clone());
        }
        let (question, (answer, weight)) = known.older.remove_entry(question)?;
        known.add(question, answer.clone(), weight, self.most);
        Some(answer)
    }

    /// Keeps an answer that weighs as much as any other.
    pub(super) fn keep(&self, question: K, answer: V) {
        self.keep_heavy(question, answer, 1);
    }

    pub(super) fn keep_heavy(&self, question: K, answer: V, weight: usize) {
        self.known().add(question, answer, weight, self.most);
    }

    fn known(&self) -> MutexGuard<'_, Generations<K, V>> {
        // A panic while holding loses answers at most.
        self.generations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: std::hash::Hash + Eq, V> Generations<K, V> {
    fn add(&mut self, question: K, answer: V, weight: usize, most: usize) {
        if self.weight + weight > most / 2 {
            self.older = std::mem::take(&mut self.newer);
            self.weight = 0;
        }
        self.weight += weight;
        self.newer.insert(question, (answer, weight));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_again_and_again_is_remembered_and_all_of_it_is_bounded() {
        let answers = Remembered::up_to(100);
        answers.keep(0, "asked");
        for number in 1..1_000 {
            answers.keep(number, "once");
            assert_eq!(answers.get(&0), Some("asked"), "{number}");
            let known = answers.known();
            assert!(known.newer.len() + known.older.len() <= 100, "{number}");
        }
        assert_eq!(answers.get(&1), None);
        answers.keep_heavy(1_000, "large", 40);
        answers.keep_heavy(1_001, "large", 40);
        answers.keep_heavy(1_002, "large", 40);
        let is_there = [1_000, 1_001, 1_002].map(|number| answers.get(&number).is_some());
        assert_eq!(is_there, [false, true, true]);
    }
}
