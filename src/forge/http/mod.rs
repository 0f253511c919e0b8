//! One transport for every forge: HTTPS with a token that never leaves its origin, reads that may be repeated,
//! writes that never are, limits that are kept.
//!
//! Redirects are off in the library and followed only here: for reads, on the same origin; to another origin
//! only where the caller expects a storage link, and then by a client that has no token. A write that may have
//! reached the forge is [`Sent::Lost`] and is settled by reading.
//!
//! What does not belong here: what an answer means. Each adapter knows its own forge.

mod answer;
mod ask;
mod base;
mod body;
mod client;
mod connection;
mod error;
mod failure;
mod limits;
mod manners;
mod pages;
mod remembered;
mod standing;
mod token;

pub use answer::Answer;
pub use ask::Ask;
pub use base::Base;
pub use client::{Tls, Via, plain_builder};
pub use connection::{Connection, Sent};
pub use error::HttpError;
pub use manners::Manners;
pub use token::{NoToken, Token, TokenSource};
