//! The lane graph: long-lived branches on fixed rows, events from left to right, the fix by the weight of the
//! line (console.md 1).
//!
//! `model` turns what was seen into rows and ordered events; `layout` turns those into cells for one width.
//! Both are pure. Colours do not belong here (`tui::view`), nor does the look at git (`ops`).

mod ahead;
mod atlas;
mod axis;
mod columns;
mod drawing;
mod event;
mod gather;
mod glyphs;
mod graph;
mod landing;
mod layout;
mod model;
mod order;
mod outlook;
mod paint;
mod presence;
mod promotion;
mod stack;
mod standing;
mod stops;
mod words;

pub use drawing::{Cell, Drawing, Hit, Role, View};
pub use event::{
    Event, EventKey, Fold, LaneModel, Leave, Link, Membership, Node, Outlook, Promotion, Row,
    RowKey, RowKind, Standing, StandingWord,
};
pub use glyphs::Glyphs;
pub(super) use landing::reverts;
pub use layout::layout;
pub use model::Unfolded;
pub use model::model;
pub use model::model_with;
