//! Appending to the chain by compare-and-swap: actions that are decided on what was just read, and progress that needs
//! no decision.
//!
//! Guarantees: an event is in the chain at most once, however often its push was tried; an action is decided on exactly
//! the state that its event is appended to. A push whose answer was lost is tried again, and unknown only when the tries
//! are over.

use std::sync::Arc;
use std::time::Duration;

use crate::forge::Error;
use crate::forge::Written;
use crate::forge::sent::may_leave;
use crate::forge::sent::note_arrived;
use crate::git::NewLink;
use crate::git::Pushed;
use crate::git::RefUpdate;
use crate::model::CommitId;
use crate::model::place_after;

use super::super::codec;
use super::super::draft::Draft;
use super::super::draft::Stamp;
use super::super::event::Event;
use super::super::state::State;
use super::super::weigh::weigh;
use super::Known;
use super::Ledger;
use super::View;
use super::blocking;
use super::reading;
use super::writing;

/// Tries until a lost race is given up (safety.md 3.5).
const ROUNDS: u32 = 12;
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
const TOO_LATE: &str = "nothing was sent: the time in which the call may start was over before its turn came; look again, then plan again";

/// What an action decides on a fresh view.
pub(in crate::forge::local) enum Step<T> {
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
    /// Decides on a fresh view, appends, and after a lost race decides again.
    pub(in crate::forge::local) async fn act<T, F>(
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
        let mut why_not = faster();
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
            let built = self.build(&view, vec![draft], what).await?;
            // Who was stopped while it was fetched, or a person asked for a signature, must not come when another drives.
            if !may_leave() {
                return Ok(match doubt {
                    Some(why) => Written::Unknown(why),
                    None => Written::Refused(TOO_LATE.to_owned()),
                });
            }
            match self.push(&view, built, moves, what).await? {
                Pushed::Done | Pushed::UpToDate => return Ok(Written::Done(answer)),
                Pushed::Stale => {}
                Pushed::Locked(why) => why_not = why,
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
            None => Written::Refused(format!("{why_not}; nothing was done, try again")),
        })
    }

    /// Appends entries that need no decision: progress of what runs here anyway.
    pub(in crate::forge::local) async fn append(
        self: &Arc<Self>,
        drafts: &[Draft],
    ) -> Result<Written<()>, Error> {
        const WHAT: &str = "progress in the forge's chain";
        let mut doubt: Option<String> = None;
        let mut why_not = faster();
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
            let built = self.build(&view, left, WHAT).await?;
            match self.push(&view, built, Vec::new(), WHAT).await? {
                Pushed::Done | Pushed::UpToDate => return Ok(Written::Done(())),
                Pushed::Stale => {}
                Pushed::Locked(why) => why_not = why,
                Pushed::Rejected(why) => return Ok(Written::Refused(why.show())),
                Pushed::Unknown(why) => doubt = Some(why),
            }
        }
        Ok(Written::Unknown(doubt.unwrap_or(why_not)))
    }

    /// Pushes what was built on the view's head with the moves, all or nothing; it is cut off as a request would be.
    async fn push(
        self: &Arc<Self>,
        view: &View,
        built: Known,
        moves: Vec<RefUpdate>,
        what: &'static str,
    ) -> Result<Pushed, Error> {
        let chain = RefUpdate {
            name: self.name.clone(),
            new: Some(built.head.clone()),
            expected: view.head.clone(),
            replaces: false,
        };
        let mut updates = moves;
        updates.push(chain);
        // Without the carrier's options: they would keep the CI from the branches that move along.
        let pushed = self.repo.push_within(&updates, self.longest_write).await;
        let answers = pushed.map_err(writing(what))?;
        let answer = weigh(answers);
        match answer {
            Pushed::Done | Pushed::UpToDate => {
                note_arrived();
                self.keep(Some(built));
            }
            Pushed::Unknown(_) => note_arrived(),
            Pushed::Stale | Pushed::Locked(_) | Pushed::Rejected(_) => {}
        }
        Ok(answer)
    }

    /// Builds the entries' commits on the view's head.
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
}

fn faster() -> String {
    format!("others were faster {ROUNDS} times in a row")
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
