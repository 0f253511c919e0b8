//! How long we wait for a forge, how often we ask again, and how much we take of an answer.

use std::time::Duration;

use crate::model::LONGEST_WRITE;

/// How we behave towards one forge.
#[derive(Debug, Clone)]
pub struct Manners {
    /// Headers of every request.
    pub headers: Vec<(&'static str, String)>,
    pub connect: Duration,
    /// The longest silence within an answer.
    pub read: Duration,
    /// The longest time for one request.
    pub total: Duration,
    /// The least time between two writes.
    pub between_writes: Duration,
    /// Pauses before a read is repeated; as many repeats as there are pauses.
    pub repeats: Vec<Duration>,
    /// The longest wait for a limit that is sat out, and the longest for all limits that one read meets; beyond it the request
    /// ends with [`HttpError::Limited`](super::HttpError::Limited).
    pub patience: Duration,
    /// Bytes of an answer that are taken; a longer one is an error.
    pub body: usize,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            headers: Vec::new(),
            connect: Duration::from_secs(5),
            read: Duration::from_secs(20),
            total: LONGEST_WRITE,
            between_writes: Duration::ZERO,
            repeats: [500, 1_000, 2_000, 4_000].map(Duration::from_millis).into(),
            patience: Duration::from_secs(120),
            body: 32 * 1024 * 1024,
        }
    }
}
