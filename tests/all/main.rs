//! One test binary: fewer links, one place for support code.
#![expect(
    clippy::disallowed_macros,
    reason = "tests arrange the world that the program only sees"
)]

mod cli;
mod config_files;
mod crash;
mod demo;
mod lane_gallery;
mod layering;
mod local_forge;
mod records;
mod repositories;
mod scenarios;
mod screens;
mod screens_pty;
mod support;
