//! The chain of the local forge: reading it with a memory, appending to it by compare-and-swap.
//!
//! Guarantees: events have one order, the same for everybody; an event is in the chain at most once, however
//! often its push was tried; an action is decided on exactly the state that its event is appended to. Not
//! guaranteed: that an event was written by whom it names; see `seals` for those that are signed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use crate::forge::Error;
use crate::forge::Written;
use crate::forge::sent::may_leave;
use crate::forge::sent::note_arrived;
use crate::git::Chains;
use crate::git::Link;
use crate::git::NewLink;
use crate::git::Pushed;
use crate::git::RefUpdate;
use crate::git::Repo;
use crate::git::across;
use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::RefName;
use crate::model::place_after;

use super::codec;
use super::draft::Draft;
use super::draft::Stamp;
use super::event::Event;
use super::pin::Pin;
use super::seals::Notary;
use super::seals::weighed;
use super::state::State;
use super::weigh::weigh;

/// Tries until a lost race is given up (safety.md 3.5).
const ROUNDS: u32 = 12;
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
const TOO_LATE: &str = "nothing was sent: the time in which the call may start was over before its turn came; look again, then plan again";

/// The chain and what we know of it.
pub(super) struct Ledger {
    pub(super) repo: Repo,
    chains: Chains,
    pub(super) name: RefName,
    known: Mutex<Option<Known>>,
    pin: Pin,
    notary: Option<Arc<dyn Notary>>,
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

/// What an action decides on a fresh view.
pub(super) enum Step<T> {
    /// Nothing is to be written.
    Settled(Written<T>),
    /// Append this event, and move these refs with it or not at all.
    Append {
        event: Box<Event>,
        moves: Vec<RefUpdate>,
        answer: T,
    },
}

impl Ledger {
    pub(super) fn new(
        repo: Repo,
        chains: Chains,
        name: RefName,
        pin: Pin,
        notary: Option<Arc<dyn Notary>>,
    ) -> Self {
        Self {
            repo,
            chains,
            name,
            known: Mutex::new(None),
            pin,
            notary,
        }
    }

    /// Reads chain and branches as last fetched, or as we wrote them since.
    pub(super) fn view(&self) -> Result<View, Error> {
        let tips = self.repo.tips().map_err(reading("branches"))?;
        let fetched = self.chains.head(&self.name).map_err(reading(CHAIN))?;
        let known = self.known();
        let newest = match (known, fetched) {
            (None, fetched) => {
                self.holds_pinned(fetched.as_ref())?;
                fetched.map(|head| self.read_on(None, head)).transpose()?
            }
            (Some(known), fetched) if fetched.as_ref() == Some(&known.head) => Some(known),
            (Some(known), Some(head)) => Some(self.catch_up(known, head)?),
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

    /// Refuses a chain that lost what an earlier console on this machine saw.
    fn holds_pinned(&self, head: Option<&CommitId>) -> Result<(), Error> {
        let Some(pinned) = self.pin.read()? else {
            return Ok(());
        };
        // A pinned commit that is nowhere in the repository is not in the chain either.
        let is_held = head.is_some_and(|head| {
            &pinned == head || self.repo.is_ancestor(&pinned, head).unwrap_or(false)
        });
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

    /// Decides on a fresh view, appends, and after a lost race decides again.
    pub(super) async fn act<T, F>(
        self: &Arc<Self>,
        what: &'static str,
        stamp: Stamp,
        decide: F,
    ) -> Result<Written<T>, Error>
    where
        T: Clone + Send + 'static,
        F: Fn(&View) -> Result<Step<T>, Error> + Send + Sync + 'static,
    {
        let decide = Arc::new(decide);
        let mut tried: Option<T> = None;
        let mut doubt: Option<String> = None;
        for round in 0..ROUNDS {
            pause(round).await;
            if let Err(source) = self.repo.fetch().await {
                return match doubt {
                    Some(why) => Ok(Written::Unknown(format!("{why}; then: {source}"))),
                    None => Err(reading(what)(source)),
                };
            }
            let decide = Arc::clone(&decide);
            let (tried_before, id) = (tried.clone(), stamp.id.clone());
            let view = self.weighed_view().await?;
            let (view, step) = blocking(move || {
                if let Some(answer) = tried_before
                    && view.state.seen.contains(&id)
                {
                    return Ok((view, Step::Settled(Written::Done(answer))));
                }
                if view.state.is_beyond_us {
                    let why = "the forge's chain holds an event that only a newer Lanekeeper understands: update";
                    return Ok((view, Step::Settled(Written::Refused(why.to_owned()))));
                }
                let step = decide(&view)?;
                Ok((view, step))
            })
            .await?;
            let (event, moves, answer) = match step {
                Step::Settled(written) => return Ok(written),
                Step::Append {
                    event,
                    moves,
                    answer,
                } => (event, moves, answer),
            };
            let draft = Draft::new(stamp.clone(), *event, Vec::new());
            tried = Some(answer.clone());
            // Who was stopped while it was fetched must not come when another drives.
            if !may_leave() {
                return Ok(match doubt {
                    Some(why) => Written::Unknown(why),
                    None => Written::Refused(TOO_LATE.to_owned()),
                });
            }
            match self.push(&view, vec![draft], moves, what).await? {
                Pushed::Done | Pushed::UpToDate => return Ok(Written::Done(answer)),
                Pushed::Stale => {}
                Pushed::Rejected(why) => {
                    return Ok(Written::Refused(format!(
                        "the remote refused: {}",
                        why.show()
                    )));
                }
                // Trying again is safe: a push that did land is found by its id, one that lands late loses its lease.
                Pushed::Unknown(why) => doubt = Some(why),
            }
        }
        Ok(match doubt {
            Some(why) => Written::Unknown(why),
            None => Written::Refused(format!(
                "others were faster {ROUNDS} times in a row; nothing was done, try again"
            )),
        })
    }

    /// Appends entries that need no decision: progress of what runs here anyway.
    pub(super) async fn append(self: &Arc<Self>, drafts: &[Draft]) -> Result<Written<()>, Error> {
        const WHAT: &str = "progress in the forge's chain";
        let mut doubt: Option<String> = None;
        for round in 0..ROUNDS {
            pause(round).await;
            // The first try trusts what we know; a lost lease costs less than a fetch per line of progress.
            if round > 0
                && let Err(source) = self.chains.fetch(&self.name).await
            {
                return match doubt {
                    Some(why) => Ok(Written::Unknown(why)),
                    None => Err(reading(WHAT)(source)),
                };
            }
            let ledger = Arc::clone(self);
            let view = blocking(move || ledger.view()).await?;
            let left: Vec<Draft> = drafts
                .iter()
                .filter(|draft| !view.state.seen.contains(&draft.entry.id))
                .cloned()
                .collect();
            if left.is_empty() {
                return Ok(Written::Done(()));
            }
            match self.push(&view, left, Vec::new(), WHAT).await? {
                Pushed::Done | Pushed::UpToDate => return Ok(Written::Done(())),
                Pushed::Stale => {}
                Pushed::Rejected(why) => return Ok(Written::Refused(why.show())),
                Pushed::Unknown(why) => doubt = Some(why),
            }
        }
        Ok(Written::Unknown(doubt.unwrap_or_else(|| {
            format!("others were faster {ROUNDS} times in a row")
        })))
    }

    /// Builds the entries' commits on the view's head and pushes them with the moves, all or nothing.
    async fn push(
        self: &Arc<Self>,
        view: &View,
        drafts: Vec<Draft>,
        moves: Vec<RefUpdate>,
        what: &'static str,
    ) -> Result<Pushed, Error> {
        let built = self.build(view, drafts, what).await?;
        let chain = RefUpdate {
            name: self.name.clone(),
            new: Some(built.head.clone()),
            expected: view.head.clone(),
            replaces: false,
        };
        let mut updates = moves;
        updates.push(chain);
        // Without the carrier's options: they would keep the CI from the branches that move along.
        let answers = self.repo.push(&updates).await.map_err(writing(what))?;
        let answer = weigh(answers);
        match answer {
            Pushed::Done | Pushed::UpToDate => {
                note_arrived();
                self.keep(Some(built));
            }
            Pushed::Unknown(_) => note_arrived(),
            Pushed::Stale | Pushed::Rejected(_) => {}
        }
        Ok(answer)
    }

    async fn build(
        self: &Arc<Self>,
        view: &View,
        drafts: Vec<Draft>,
        what: &'static str,
    ) -> Result<Known, Error> {
        let mut state = State::clone(&view.state);
        let mut head = view.head.clone();
        for mut draft in drafts {
            if let Some(notary) = &self.notary {
                let (entry, place) = (&mut draft.entry, place_after(head.as_ref()));
                let text = codec::text(entry, &draft.event, Some(place)).map_err(writing(what))?;
                entry.seal = notary.seal(&entry.kind, text).await;
            }
            let (ledger, parent) = (Arc::clone(self), head.take());
            let (draft, commit) = blocking(move || {
                let commit = ledger.build_one(parent.as_ref(), &draft, what)?;
                Ok((draft, commit))
            })
            .await?;
            state.apply(&draft.entry, &commit);
            head = Some(commit);
        }
        let head = head.expect("at least one draft was built");
        Ok(Known {
            head,
            state: Arc::new(state),
        })
    }

    fn build_one(
        &self,
        parent: Option<&CommitId>,
        draft: &Draft,
        what: &'static str,
    ) -> Result<CommitId, Error> {
        let files = codec::encode(&draft.entry, &draft.event, &draft.attachments);
        let link = NewLink {
            author: draft.entry.by.clone(),
            at: draft.entry.at,
            message: format!("{} {}", draft.entry.kind, draft.entry.id),
            files: files.map_err(writing(what))?,
        };
        self.chains.build(parent, &link).map_err(writing(what))
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

/// Waits before a repeated try: 50 to 250 ms, doubled each time, at most two seconds.
async fn pause(round: u32) {
    if round == 0 {
        return;
    }
    let random = ulid::Ulid::from_datetime(std::time::UNIX_EPOCH).random();
    let jitter = 50 + u64::try_from(random % 200).expect("below 200");
    let pause = Duration::from_millis(jitter * 2_u64.pow(round - 1));
    tokio::time::sleep(pause.min(LONGEST_PAUSE)).await;
}
