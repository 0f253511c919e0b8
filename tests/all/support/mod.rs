//! Support: hermetic git, temporary repositories, makers.

pub(crate) mod in_time;
pub(crate) mod repository;
pub(crate) mod seen;
pub(crate) mod team;
