//! Guards a dangerous question against keys that were not meant for it (console.md 2.5.4): dead for a
//! moment after it opens, deaf until the key that opened it is released, closed to bursts.
//!
//! Most terminals do not tell when a key is released. There, a held key is known by its repeats: they come
//! closer together than anyone types, so none of them is alone, and a yes counts only after a quiet moment.

use std::collections::VecDeque;

use crossterm::event::KeyCode;

/// Keys closer together than this are not typed by a person.
pub(super) const TYPED_APART: u64 = 30;
/// More keys than this within [`TYPED_APART`] are a burst.
const BURST: usize = 5;
/// A confirmation counts only if nothing follows it for so long.
pub(super) const QUIET: u64 = 60;

/// What a guard says about a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    Pass,
    /// Too early, or the starting key.
    Deaf,
    Burst,
}

/// The guard of one open question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    opened: u64,
    dead_for: u64,
    dead_until: u64,
    /// The key that opened it and has not been released yet.
    held: Option<KeyCode>,
    recent: VecDeque<u64>,
}

impl Guard {
    /// Opens at `millis`; `held` is the starting key where the terminal reports releases.
    pub(super) fn open(millis: u64, dead_for: u64, held: Option<KeyCode>) -> Self {
        Self {
            opened: millis,
            dead_for,
            dead_until: millis.saturating_add(dead_for),
            held,
            recent: VecDeque::new(),
        }
    }

    /// Judges a key press.
    pub(super) fn admit(&mut self, code: KeyCode, millis: u64) -> Admission {
        while self
            .recent
            .front()
            .is_some_and(|at| at.saturating_add(TYPED_APART) < millis)
        {
            self.recent.pop_front();
        }
        self.recent.push_back(millis);
        if self.recent.len() > BURST {
            self.dead_until = millis.saturating_add(self.dead_for);
            return Admission::Burst;
        }
        if millis < self.dead_until || self.held == Some(code) {
            return Admission::Deaf;
        }
        Admission::Pass
    }

    /// Tells whether the latest key came alone: none within the time that a person needs before it.
    pub(super) fn is_alone(&self) -> bool {
        self.recent.len() <= 1
    }

    /// Waits for the release of the key that opened the question, once that key is known.
    pub(super) fn hold_if_new(&mut self, code: KeyCode, millis: u64) {
        if self.opened == millis {
            self.held = Some(code);
        }
    }

    /// Hears that a key was released.
    pub(super) fn released(&mut self, code: KeyCode) {
        if self.held == Some(code) {
            self.held = None;
        }
    }

    /// Starts the dead time anew, as after a refused paste.
    pub(super) fn shut(&mut self, millis: u64) {
        self.dead_until = millis.saturating_add(self.dead_for);
    }

    /// Returns after how long it listens again; none if it does already.
    pub(super) fn listens_in(&self, millis: u64) -> Option<u64> {
        (millis < self.dead_until).then(|| self.dead_until - millis)
    }

    /// Tells whether keys are ignored at `millis`.
    pub fn is_dead(&self, millis: u64) -> bool {
        millis < self.dead_until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const Y: KeyCode = KeyCode::Char('y');

    #[test]
    fn keys_are_ignored_right_after_the_question_opens() {
        let mut guard = Guard::open(1_000, 400, None);
        assert_eq!(guard.admit(Y, 1_399), Admission::Deaf);
        assert_eq!(guard.admit(Y, 1_500), Admission::Pass);
    }

    #[test]
    fn the_starting_key_is_ignored_until_it_is_released() {
        let mut guard = Guard::open(0, 400, Some(Y));
        assert_eq!(guard.admit(Y, 5_000), Admission::Deaf);
        guard.released(Y);
        assert_eq!(guard.admit(Y, 5_100), Admission::Pass);
    }

    #[test]
    fn a_burst_shuts_the_question_again() {
        let mut guard = Guard::open(0, 400, None);
        let last = (0..6).map(|n| guard.admit(Y, 1_000 + n)).last();
        assert_eq!(last, Some(Admission::Burst));
        assert_eq!(guard.admit(Y, 1_300), Admission::Deaf);
        assert_eq!(guard.admit(Y, 1_500), Admission::Pass);
    }
}
