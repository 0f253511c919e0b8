//! The readers of what others wrote, under coverage-guided input: the same functions that the test suite replays with
//! seeds and random changes.
//!
//! `CONTRIBUTING.md` has the command; the names are those of `TARGETS`.

#![no_main]

#[path = "../../all/outside/targets.rs"]
mod targets;

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

fn reader() -> fn(&[u8]) {
    static READER: OnceLock<fn(&[u8])> = OnceLock::new();
    *READER.get_or_init(|| {
        let wanted = std::env::var("LANEKEEPER_FUZZ").unwrap_or_default();
        let found = targets::TARGETS.iter().find(|(name, _)| *name == wanted);
        let names: Vec<&str> = targets::TARGETS.iter().map(|(name, _)| *name).collect();
        let (_, read) = found.unwrap_or_else(|| panic!("LANEKEEPER_FUZZ names one of {names:?}"));
        *read
    })
}

fuzz_target!(|bytes: &[u8]| reader()(bytes));
