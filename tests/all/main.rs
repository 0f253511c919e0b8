//! One test binary: fewer links, one place for support code.
mod behind_our_back;
mod cli;
mod config_files;
mod crash;
mod demo;
mod lane_gallery;
mod layering;
mod local_forge;
mod readme;
mod records;
mod repositories;
mod resolving;
mod scenarios;
mod screens;
mod screens_conflicts;
mod screens_pty;
mod support;
