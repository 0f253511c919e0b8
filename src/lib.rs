//! Lanekeeper: a terminal release console for production hotfixes.
//!
//! A hotfix is *described* by a playbook, *seen* through git and the forge, and *remembered* in the record.
//! From these three the [`engine`] derives, with no I/O and no clock, what state each step is in and why; and
//! from what an operator wants it plans the exact changes to the world, or says why not. Only [`ops`] carries
//! plans out. The command line and the console are two ways to form an intent and to show progress; neither
//! can do anything that the other cannot.
//!
//! ```text
//! floor 6   main
//! floor 5   cli            tui::shell  -> tui::view -> tui::app      (app and view see only floors 0-2)
//! floor 4   ops                                                      joins pure and impure
//! floor 3   git   forge   deploy   config   store
//! floor 2   engine
//! floor 1   playbook   record
//! floor 0   model
//! ```
//!
//! A room names rooms on lower floors only; `tests/all/layering.rs` keeps it so.

pub mod cli;
pub mod config;
pub mod deploy;
pub mod engine;
pub mod forge;
pub mod git;
pub mod model;
pub mod ops;
pub mod playbook;
pub mod record;
pub mod store;
pub mod tui;
