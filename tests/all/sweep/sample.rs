//! Which part of a sweep runs: on each commit one moment in twenty of every act, others each day; all of them when asked.
//! Other tests that have too much for each commit draw their part in the same way.

/// One moment in so many.
const MOMENTS: usize = 20;

/// What part of a sweep is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Share {
    /// What falls to this number: after twenty of them everything had its turn.
    Of(usize),
    Whole,
}

impl Share {
    /// Returns the part that `LANEKEEPER_SWEEP` names, a number or `whole`, and otherwise that of today.
    pub(crate) fn wanted() -> Self {
        let named = crate::cli::environment("LANEKEEPER_SWEEP");
        match named.as_deref().and_then(std::ffi::OsStr::to_str) {
            Some("whole") => Self::Whole,
            Some(seed) => Self::Of(seed.parse::<usize>().expect("a number, or whole")),
            None => Self::Of(days()),
        }
    }

    /// Tells whether a moment has its turn.
    pub(crate) fn has(self, number: usize) -> bool {
        self.has_one_in(MOMENTS, number)
    }

    /// The same where each commit makes one in so `many`.
    pub(crate) fn has_one_in(self, many: usize, number: usize) -> bool {
        match self {
            Self::Of(seed) => number % many == seed % many,
            Self::Whole => true,
        }
    }

    /// Says how to run the same again.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Of(seed) => format!("LANEKEEPER_SWEEP={seed}"),
            Self::Whole => "LANEKEEPER_SWEEP=whole".to_owned(),
        }
    }
}

/// A number that depends on a script or schedule and the place in it, and on nothing else.
pub(crate) fn drawn(number: usize, place: usize) -> usize {
    let mut value = (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ^ (place as u64 + 1).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value ^= value >> 31;
    value = value.wrapping_mul(0x94D0_49BB_1331_11EB);
    usize::try_from(value >> 33).expect("31 bits")
}

#[expect(
    clippy::disallowed_methods,
    reason = "which sample runs is no matter of the program's clock"
)]
fn days() -> usize {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let seconds = now.map(|since| since.as_secs()).unwrap_or_default();
    usize::try_from(seconds / 86_400).unwrap_or_default()
}
