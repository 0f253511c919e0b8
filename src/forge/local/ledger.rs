//! The chain of the local forge: reading it with a memory. How it grows is in `append`.
//!
//! Guarantees: events have one order, the same for everybody; a chain that lost what was seen here is refused. Not
//! guaranteed: that an event was written by whom it names; see `seals` for those that are signed.

mod append;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use crate::forge::Error;
use crate::git;
use crate::git::Chains;
use crate::git::Link;
use crate::git::Repo;
use crate::git::across;
use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::RefName;

use super::codec;
use super::pin::Pin;
use super::seals::Notary;
use super::seals::weighed;
use super::state::State;
pub(super) use append::Step;

/// The chain and what we know of it.
pub(super) struct Ledger {
    pub(super) repo: Repo,
    chains: Chains,
    pub(super) name: RefName,
    known: Mutex<Option<Known>>,
    pin: Pin,
    notary: Option<Arc<dyn Notary>>,
    longest_write: Duration,
}

/// The newest state that we read or wrote.
#[derive(Clone)]
struct Known {
    head: CommitId,
    state: Arc<State>,
}

/// Chain and branches as of one look.
#[derive(Clone)]
pub(super) struct View {
    pub(super) head: Option<CommitId>,
    pub(super) state: Arc<State>,
    pub(super) tips: BTreeMap<BranchName, CommitId>,
}

impl Ledger {
    pub(super) fn new(
        repo: Repo,
        chains: Chains,
        name: RefName,
        pin: Pin,
        notary: Option<Arc<dyn Notary>>,
        longest_write: Duration,
    ) -> Self {
        Self {
            repo,
            chains,
            name,
            known: Mutex::new(None),
            pin,
            notary,
            longest_write,
        }
    }

    /// Reads chain and branches as last fetched, or as we wrote them since.
    pub(super) fn view(&self) -> Result<View, Error> {
        let tips = self.repo.tips().map_err(reading("branches"))?;
        let told = self.chains.told(|chains| chains.head(&self.name));
        let (fetched, is_fetched) = told.map_err(reading(CHAIN))?;
        let known = self.known();
        let newest = match (known, fetched) {
            (None, None) if !is_fetched => {
                self.was_never_seen()?;
                None
            }
            (None, fetched) => {
                self.holds_pinned(fetched.as_ref())?;
                fetched.map(|head| self.read_on(None, head)).transpose()?
            }
            (Some(known), fetched) if fetched.as_ref() == Some(&known.head) => Some(known),
            (Some(known), Some(head)) => Some(self.catch_up(known, head)?),
            // Our copy was made anew: what was read of it before is the last that was seen.
            (Some(known), None) if !is_fetched => Some(known),
            (Some(known), None) => return Err(self.rewritten(&known.head)),
        };
        self.keep(newest.clone());
        Ok(match newest {
            Some(Known { head, state }) => View {
                head: Some(head),
                state,
                tips,
            },
            None => View {
                head: None,
                state: Arc::default(),
                tips,
            },
        })
    }

    /// The same, with what the decisions are worth that are signed or should be.
    pub(super) async fn weighed_view(self: &Arc<Self>) -> Result<View, Error> {
        let ledger = Arc::clone(self);
        let mut view = blocking(move || ledger.view()).await?;
        if let Some(state) = weighed(self.notary.as_ref(), &view.state).await {
            view.state = state;
            let state = Arc::clone(&view.state);
            self.keep(view.head.clone().map(|head| Known { head, state }));
        }
        Ok(view)
    }

    /// Refuses a chain that was not fetched into this copy yet, where it was seen here before: it is not seen now, which says
    /// nothing about what the remote has.
    fn was_never_seen(&self) -> Result<(), Error> {
        if self.pin.read()?.is_none() {
            return Ok(());
        }
        Err(reading(CHAIN)(git::Error::Unreadable {
            dir: self.repo.dir().to_owned(),
            why: "this copy of the remote was made anew, and the remote was not seen since"
                .to_owned(),
        }))
    }

    /// Refuses a chain that lost what an earlier console on this machine saw.
    fn holds_pinned(&self, head: Option<&CommitId>) -> Result<(), Error> {
        let Some(pinned) = self.pin.read()? else {
            return Ok(());
        };
        // A pinned commit that is nowhere in the repository is not in the chain either.
        let is_held = match head {
            None => false,
            Some(head) => match self.repo.is_ancestor(&pinned, head) {
                Err(git::Error::NoSuchObject { id }) if id == pinned => false,
                is_held => is_held.map_err(reading(CHAIN))?,
            },
        };
        if is_held {
            Ok(())
        } else {
            Err(self.rewritten(&pinned))
        }
    }

    fn rewritten(&self, known: &CommitId) -> Error {
        Error::Unsupported {
            what: CHAIN.to_owned(),
            why: format!(
                "it was rewritten on the remote and does not hold {} any more, which was seen here; find out who did it before going on. If the chain that is there now is right, delete {}",
                known.short(),
                self.pin.path().display()
            ),
        }
    }

    fn catch_up(&self, known: Known, fetched: CommitId) -> Result<Known, Error> {
        let is_ancestor =
            |a: &CommitId, of: &CommitId| self.repo.is_ancestor(a, of).map_err(reading(CHAIN));
        if is_ancestor(&known.head, &fetched)? {
            self.read_on(Some(known), fetched)
        } else if is_ancestor(&fetched, &known.head)? {
            // We pushed since the last fetch.
            Ok(known)
        } else {
            Err(self.rewritten(&known.head))
        }
    }

    /// Applies what came after `known` up to `head`.
    fn read_on(&self, known: Option<Known>, head: CommitId) -> Result<Known, Error> {
        let until = known.as_ref().map(|known| known.head.clone());
        let links = self
            .chains
            .read(&head, until.as_ref())
            .map_err(reading(CHAIN))?;
        let mut state = known.map_or_else(State::default, |known| State::clone(&known.state));
        for Link {
            id,
            parent,
            author,
            at,
            message: _,
            files,
        } in &links
        {
            let entry = codec::decode(id, parent.as_ref(), author, *at, files);
            state.apply(&entry, id);
        }
        Ok(Known {
            head,
            state: Arc::new(state),
        })
    }

    fn known(&self) -> Option<Known> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.clone()
    }

    fn keep(&self, newest: Option<Known>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let new_head = newest.as_ref().map(|newest| &newest.head);
        let is_new = new_head != known.as_ref().map(|known| &known.head);
        if let (Some(head), true) = (new_head, is_new) {
            self.pin.keep(head);
        }
        *known = newest;
    }
}

const CHAIN: &str = "the forge's chain";

/// Wraps what went wrong while reading `what`.
pub(super) fn reading<E>(what: &str) -> impl Fn(E) -> Error
where
    E: std::error::Error + Send + Sync + 'static,
{
    let what = what.to_owned();
    move |source| Error::Read {
        what: what.clone(),
        source: Box::new(source),
    }
}

/// Wraps what went wrong while writing `what`.
pub(super) fn writing<E>(what: &str) -> impl Fn(E) -> Error
where
    E: std::error::Error + Send + Sync + 'static,
{
    let what = what.to_owned();
    move |source| Error::Write {
        what: what.clone(),
        source: Box::new(source),
    }
}

/// Crosses the bridge to blocking git calls.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match across(work).await {
        Ok(answer) => answer,
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(cancelled) => Err(reading("the repository")(cancelled)),
        },
    }
}
