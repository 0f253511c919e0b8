//! Signing in: where a token may come from, where it is kept, and which forge a host is.
//!
//! A token is looked for in this order: our own store (keyring or `logins.json`), the environment, the forge's own
//! command line tool, git's credential helpers; then the person at the terminal is asked, where there is one. Whatever is found goes to the one host that it was found for: a
//! variable counts for its forge's public host, or for the host that its companion variable names, and for no other.
//! What does not belong here: sending it (`forge::http`), asking a person (`cli`).

mod connect;
mod door;
mod keyring;
mod probe;
mod sign;
mod source;
mod tea;
mod tool;

pub(in crate::ops) use connect::connect;
pub use door::{Door, known_hosts};
pub use probe::probe;
pub use sign::{Kept, SignedIn, Storage, logout, reached_by, sign_in};
pub(in crate::ops) use sign::{ask, needed};
pub use source::{Asker, TokenOrigin, Tokens};
