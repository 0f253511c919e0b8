//! Nothing lost, nothing done twice, nobody fooled: the failure table of safety.md, and the sweeps that show it.

#![expect(
    clippy::unwrap_used,
    reason = "test code outside of test functions may panic as well"
)]

mod approvals;
mod archive;
mod disk;
mod failures;
mod faults;
mod github;
mod host;
mod hosted;
mod hosted_acts;
mod kills;
mod kinds;
mod local;
mod local_policy;
mod moments;
mod races;
mod rows;
pub(crate) mod sample;
mod soak;
mod stories;
mod trace;
mod worlds;

/// Prints the figures of a sweep; they are seen with `--nocapture`, and where it fails.
#[expect(clippy::disallowed_macros, reason = "a test's own figures")]
pub(crate) fn tell(text: &str) {
    println!("{text}");
}
