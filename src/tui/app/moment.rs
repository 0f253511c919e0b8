//! What the screen says by the clock alone, so that a frame is drawn only where it would say something else.

use crate::model::Timestamp;

use super::msg::News;
use super::overlay::Overlay;
use super::quiet::asks_to_wait;
use super::state::App;

/// What a frame says by the clock. Where nothing else changed, and this is the same, the next frame would be the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moment {
    /// While seconds are counted no two moments are the same.
    counted: Option<u64>,
    /// Ages are told by the minute: that of the latest look by its own, all others by that of the clock.
    seen: Option<i64>,
    minute: i64,
}

impl Moment {
    fn of(app: &App) -> Self {
        let now = app.clock.now;
        Self {
            counted: app.counts_seconds().then_some(app.clock.millis),
            seen: app.seen_at().map(|at| minutes(now, at)),
            minute: now.as_second().div_euclid(60),
        }
    }
}

/// Tells whether such news change nothing on the screen by themselves. What they lead to says so where it does.
pub(super) fn is_silent(news: &News) -> bool {
    matches!(
        news,
        News::Tick | News::Polled | News::RefsMoved | News::Unmoved { .. } | News::Heard { .. }
    )
}

impl App {
    /// Tells whether the screen would show something else than when it was last drawn.
    pub fn is_stale(&self) -> bool {
        self.drawn.as_ref() != Some(&Moment::of(self))
    }

    /// Hears that all of this was drawn.
    pub fn was_drawn(&mut self) {
        self.drawn = Some(Moment::of(self));
    }

    /// Hears that what was drawn is not what would be drawn now, or does not stand on the terminal any more.
    pub fn must_be_drawn(&mut self) {
        self.drawn = None;
    }

    /// Tells whether seconds are counted on the screen.
    fn counts_seconds(&self) -> bool {
        self.armed.is_some()
            || self.run.is_some()
            || self.overlays.iter().any(Overlay::has_countdown)
            || asks_to_wait(self).is_some()
    }

    /// Returns after how many milliseconds the screen changes by itself; none if it does not.
    pub fn next_tick(&self) -> Option<u64> {
        if self.overlays.iter().any(Overlay::is_settling) {
            return Some(20);
        }
        let listens_in = self
            .overlay()
            .and_then(|overlay| overlay.listens_in(self.clock.millis));
        if listens_in.is_some() {
            return listens_in;
        }
        // Whatever asks the forge may be made to wait by it, which is asked about with every tick.
        if self.counts_seconds() || self.is_looking || self.is_planning {
            return Some(1_000);
        }
        let ages = self.seen_at().and_then(|at| {
            let now = self.clock.now;
            let passed = [now.as_second(), now.seconds_since(at)];
            let left = passed.map(|seconds| 60 - seconds.rem_euclid(60));
            let soonest = left.into_iter().min()?;
            u64::try_from(soonest).ok().map(|seconds| seconds * 1_000)
        });
        // Never at once again: what stands for too long is taken away by the tick that hears of it.
        let said = self.status_left().map(|left| left.max(1));
        ages.into_iter().chain(said).min()
    }
}

fn minutes(now: Timestamp, then: Timestamp) -> i64 {
    now.seconds_since(then).div_euclid(60)
}
