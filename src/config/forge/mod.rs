//! Which forge keeps the change requests, and where its API and the project in it are.

mod address;
mod kind;
mod place;
mod unnamed;

pub use address::RemoteAddress;
pub use kind::ForgeKind;
pub(super) use place::named_page;
pub use place::{ForgePlace, PlaceError, api_of, web_of};
pub use unnamed::UnnamedForge;
