//! One file per command, or per family of commands that differ in one word.

pub(super) mod approvals;
pub(super) mod backport;
pub(super) mod checklist;
pub(super) mod config;
pub(super) mod demo;
pub(super) mod doctor;
pub(super) mod export;
pub(super) mod generate;
pub(super) mod init;
pub(super) mod judge;
pub(super) mod lanes;
pub(super) mod log;
pub(super) mod next;
pub(super) mod note;
pub(super) mod preflight;
pub(super) mod prove;
pub(super) mod report;
pub(super) mod resolve;
pub(super) mod start;
pub(super) mod status;
pub(super) mod step;
pub(super) mod trust;
