//! Moments between two steps of carrying a plan out, by name. A test may let the process die at one of them; otherwise
//! nobody listens, and a moment costs one look at an empty field.

use std::sync::Arc;

/// Hears that a moment was reached. It may unwind, which is how a test lets the process die there.
pub type OnReached = Arc<dyn Fn(&'static str) + Send + Sync>;

/// Who hears of moments; nobody by default.
#[derive(Clone, Default)]
pub struct Points(Option<OnReached>);

impl Points {
    /// Tells `hear` of every moment.
    pub fn heard_by(hear: OnReached) -> Self {
        Self(Some(hear))
    }

    pub(super) fn reach(&self, name: &'static str) {
        if let Some(hear) = &self.0 {
            hear(name);
        }
    }
}
