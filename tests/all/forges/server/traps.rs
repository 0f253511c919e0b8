//! What goes wrong, and with which requests.

use std::sync::Arc;

use crate::forges::message::Reply;
use crate::forges::message::Request;

/// What goes wrong with one request.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// Nobody listens any more: for whole acts, see [`Server::leave`].
    Gone,
    /// The connection is reset before the forge did anything.
    ResetBefore,
    /// The forge does it, and the connection is reset.
    ResetAfter,
    /// The connection closes before the forge did anything.
    CloseBefore,
    /// The forge does it, and the connection closes without an answer.
    CloseAfter,
    /// The forge does it and never answers, until the client gives up.
    HangAfter,
    /// The forge does nothing and never answers.
    HangBefore,
    /// The forge does it, and its side of the connection ends; the other side stays open.
    HalfOpen,
    /// The forge does it, and its answer comes byte by byte, slower than anybody waits.
    Drip,
    /// The forge does it, and its answer has no end in sight.
    Huge,
    /// The forge does it, and the answer of a cache arrives: what the same read got before, if it got anything.
    Stale,
    /// Something moved between two pages of a list: the last item of the page before comes once more.
    Overlap,
    /// The forge does it, and half of the answer arrives.
    Truncate,
    /// The forge does it and answers with JSON of another shape.
    WrongType,
    /// The forge does it, and a proxy answers in its place.
    InsteadAfter(Reply),
    /// The forge does nothing; this is the answer.
    Instead(Reply),
    /// Something else happens first; then the forge does it and answers.
    Meanwhile(Happening),
    /// The forge does it, something else happens, then the answer arrives.
    Afterwards(Happening),
    /// That, and from then on every connection is reset until the network heals.
    AndSilence(Box<Self>),
}

/// Something that somebody else does at that moment.
#[derive(Clone)]
pub(crate) struct Happening(Arc<dyn Fn() + Send + Sync>);

impl Happening {
    pub(crate) fn new(what: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(what))
    }

    pub(super) fn now(&self) {
        (self.0)();
    }
}

impl std::fmt::Debug for Happening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Happening")
    }
}

/// In place of a method: whatever changes something.
pub(super) const ANY_WRITE: &str = "(any write)";

/// A fault and the requests that it hits.
pub(super) struct Trap {
    pub(super) method: String,
    /// Of the path, or one `name=value` of the query.
    pub(super) part: String,
    /// Writes that must have been taken before it hits anything.
    pub(super) writes: usize,
    /// Requests that pass before it hits.
    pub(super) after: usize,
    /// Requests that it hits.
    pub(super) times: usize,
    pub(super) fault: Fault,
}

/// Every trap that is set.
#[derive(Default)]
pub(super) struct Traps {
    all: Vec<Trap>,
    hits: usize,
}

impl Traps {
    pub(super) fn set(&mut self, trap: Trap) {
        self.all.push(trap);
    }

    pub(super) fn forget(&mut self) {
        self.all.clear();
    }

    /// Returns how many requests a fault has hit.
    pub(super) fn hits(&self) -> usize {
        self.hits
    }

    /// The site has said yes to a request for a change.
    pub(super) fn count_write(&mut self) {
        for trap in &mut self.all {
            trap.writes = trap.writes.saturating_sub(1);
        }
    }

    /// Returns what goes wrong with a request.
    pub(super) fn take(&mut self, request: &Request) -> Option<Fault> {
        let trap = self.all.iter_mut().find(|trap| trap.is_for(request))?;
        if trap.after > 0 {
            trap.after -= 1;
            return None;
        }
        trap.times -= 1;
        self.hits += 1;
        let Fault::AndSilence(fault) = trap.fault.clone() else {
            return Some(trap.fault.clone());
        };
        let silence = ["GET", "POST", "PUT", "PATCH", "DELETE"].map(|method| Trap {
            method: method.to_owned(),
            part: String::new(),
            writes: 0,
            after: 0,
            times: usize::MAX,
            fault: Fault::ResetBefore,
        });
        self.all.extend(silence);
        Some(*fault)
    }
}

impl Trap {
    fn is_for(&self, request: &Request) -> bool {
        let is_asked = |(name, value): &(String, String)| {
            self.part.split_once('=') == Some((name.as_str(), value.as_str()))
        };
        let is_at = request.path.contains(&self.part) || request.query.iter().any(is_asked);
        let is_method =
            self.method == request.method || (self.method == ANY_WRITE && request.is_write());
        self.writes == 0 && self.times > 0 && is_method && is_at
    }
}
