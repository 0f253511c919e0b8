//! The command line: words, pages, documents, exit codes.

mod ahead;
mod asked;
mod binary;
mod boards;
mod documents;
pub(crate) mod driven;
mod lanes;
mod login;
mod pages;
mod preflight;
mod prerequisites;
pub(crate) mod project;
mod prove;
mod reported;
mod several;
mod startup;
mod words;
mod zones;

/// Returns a variable of the environment in which the tests run.
#[expect(
    clippy::disallowed_methods,
    reason = "a switch of the test itself, not of the program"
)]
pub(crate) fn environment(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}
