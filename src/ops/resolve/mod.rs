//! Resolving the conflicts of a built branch: sessions that survive, what was decided before, what merge drivers make of it,
//! the folder for an editor or a merge tool, the project's checks on what was decided, and the commit that a plan then
//! pushes. Decides nothing: that is `engine::resolve`.

mod build;
mod checks;
mod desk;
mod driven;
mod elsewhere;
mod laid;
mod session;
mod subject;
mod weigh;

pub use desk::{Desk, Taken};
pub use session::Finish;
pub(super) use session::unkept;
