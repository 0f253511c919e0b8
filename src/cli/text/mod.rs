//! What people read: pages of toned text, and one renderer per kind of answer. Text from outside becomes
//! showable here and nowhere later, so no escape sequence can reach a terminal.

mod approvals;
mod beside;
mod debt;
mod diff;
mod driven;
mod driving;
mod lanes;
mod log;
mod page;
mod plan;
mod preflight;
mod requests;
mod resolve;
mod resume;
mod status;

pub use approvals::approvals;
pub(in crate::cli) use beside::beside;
pub use diff::diff;
pub use lanes::{fixes, lanes};
pub use log::log;
pub use page::{Page, Span, Style, Tone};
pub use plan::{plan, refusal, results};
pub use preflight::{preflight, proofs};
pub use requests::requests;
pub use resolve::{checked, checks, resolution};
pub use resume::{resume, shared};
pub use status::{next, status};
