//! Resolving the conflicts of a built branch: sessions that survive, what was decided before, the folder for an
//! editor or a merge tool, and the commit that a plan then pushes. Decides nothing: that is `engine::resolve`.

mod desk;
mod elsewhere;
mod session;
mod subject;

pub use desk::{Desk, Taken};
pub use session::Finish;
