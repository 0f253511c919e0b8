//! One lock log on the remote: read from its chain, appended by compare-and-swap.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::engine::driving::Obstacle;
use crate::git::Chains;
use crate::git::Link;
use crate::git::NewLink;
use crate::git::Pushed;
use crate::git::across;
use crate::model::CommitId;
use crate::model::EventId;
use crate::model::LockId;
use crate::model::RefName;
use crate::model::Seal;
use crate::model::place_after;
use crate::record::Driver;
use crate::record::Lock;
use crate::record::LockEntry;
use crate::record::LockEvent;
use crate::record::TakenOver;
use crate::record::decode_lock;
use crate::record::encode_lock;
use crate::record::lock_text;

use super::super::clock;
use super::super::clock::BootClock;
use super::super::clock::Booted;
use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::sign::Signing;
use super::super::story::new_event_id;
use super::super::story::pause;
use super::memo::Memo;
use super::memo::Memos;

/// Rounds before we say that the log is too busy; each lost race is somebody else's success.
const ROUNDS: u32 = 12;

/// The lock log of one deploy target, with this console's hand on it.
#[derive(Clone, Copy)]
pub(in crate::ops) struct LockLog<'a> {
    pub(super) chains: &'a Chains,
    pub(super) memos: &'a Memos,
    pub(super) boot: &'a BootClock,
    pub(super) me: &'a Driver,
    pub(super) id: &'a LockId,
    pub(super) name: &'a RefName,
    pub(super) signing: &'a Signing,
}

/// What became of an append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ops) enum Appended {
    /// It is on the log, whose fold is this; the push that brought it there started then.
    Yes { lock: Box<Lock>, started: Booted },
    /// Not admitted on the fresh head; nothing was appended.
    No(Obstacle),
    /// The remote takes no such log.
    Refused(String),
    /// It may be on the log: the answer to its push was lost, and the log could not be read since.
    Unknown(String),
}

/// What an append is decided on.
pub(in crate::ops) struct Fresh {
    pub(in crate::ops) lock: Lock,
    pub(in crate::ops) taken_over: Option<TakenOver>,
    pub(in crate::ops) silent: Duration,
    pub(in crate::ops) mine_for: Duration,
}

impl LockLog<'_> {
    /// Appends what `decide` makes of the fresh state, all in one push; asks it again after every lost race.
    pub(in crate::ops) async fn append(
        self,
        decide: impl Fn(&Fresh) -> Result<Vec<LockEvent>, Obstacle>,
    ) -> Result<Appended, Fault> {
        // On the heap: it is part of every plan that is carried out.
        Box::pin(self.append_in_rounds(decide)).await
    }

    async fn append_in_rounds(
        self,
        decide: impl Fn(&Fresh) -> Result<Vec<LockEvent>, Obstacle>,
    ) -> Result<Appended, Fault> {
        let mut tried: Vec<(EventId, Booted)> = Vec::new();
        let mut is_unclear = false;
        let mut why = String::from("the lock log kept moving");
        for round in 0..ROUNDS {
            if round > 0 {
                pause(round).await;
            }
            let asked = self.boot.read();
            let head = match self.chains.fetch(self.name).await {
                Ok(head) => head,
                Err(error) if !is_unclear => return Err(self.unseen(&error)),
                Err(error) => {
                    let why = format!("{why}; reading the lock log back failed: {error}");
                    return Ok(Appended::Unknown(why));
                }
            };
            let (memo, new) = self.see(head.as_ref(), &asked).await?;
            // A push whose answer was lost may have landed after all; where the network sent it twice, the second one
            // was refused by the first.
            if let Some((_, started)) = tried.iter().find(|(id, _)| new.contains(id)) {
                return Ok(Appended::Yes {
                    lock: Box::new(memo.lock),
                    started: started.clone(),
                });
            }
            let fresh = Fresh {
                lock: memo.lock.clone(),
                taken_over: memo.taken_over.clone(),
                silent: memo.silent(),
                mine_for: memo.mine_for(&self.boot.read()),
            };
            let events = match decide(&fresh) {
                Ok(events) => events,
                Err(obstacle) => return Ok(Appended::No(obstacle)),
            };
            let started = self.boot.read();
            let (link, last) = self.build(head.as_ref(), &events).await?;
            let pushed = self.chains.push(self.name, &link, head.as_ref()).await;
            tried.push((last, started.clone()));
            match pushed.map_err(|error| self.unseen(&error))? {
                Pushed::Done | Pushed::UpToDate => {
                    let (memo, _) = self.see(Some(&link), &started).await?;
                    return Ok(Appended::Yes {
                        lock: Box::new(memo.lock),
                        started,
                    });
                }
                Pushed::Stale => {}
                Pushed::Rejected(reason) => {
                    let reason = reason.show();
                    let mut refused = memo;
                    refused.refuse(&reason, &started);
                    self.memos.put(self.id, &refused);
                    return Ok(Appended::Refused(reason));
                }
                Pushed::Locked(reason) => why = reason,
                Pushed::Unknown(reason) => {
                    why = reason;
                    is_unclear = true;
                }
            }
        }
        if is_unclear {
            return Ok(Appended::Unknown(why));
        }
        Err(Fault::new(
            FaultKind::Remote,
            format!("cannot write the lock log {}: {why}", self.id),
        )
        .hint("Nothing was sent. Look again, and try again."))
    }

    /// Brings what is known up to `head`, which the remote had when it was asked, and returns the ids that are new since.
    pub(super) async fn see(
        self,
        head: Option<&CommitId>,
        asked: &Booted,
    ) -> Result<(Memo, BTreeSet<EventId>), Fault> {
        let mut memo = self.memos.get(self.id);
        let mut new = BTreeSet::new();
        let mut lock = memo.lock.clone();
        if memo.head.as_ref() != head {
            let Some(head) = head else {
                return Err(self.rewritten("it is gone from the remote"));
            };
            let entries = self.entries(head, memo.head.clone()).await?;
            for entry in &entries {
                let before = lock.clone();
                lock.extend([entry]);
                memo.claims.hear(&before, &lock, entry, self.signing);
                let known = memo.taken_over.take();
                memo.taken_over = TakenOver::after(known, &before, &lock, entry);
            }
            new.extend(entries.into_iter().map(|entry| entry.id));
        }
        memo.saw(head, lock, self.me, asked, &self.boot.read());
        self.memos.put(self.id, &memo);
        Ok((memo, new))
    }

    async fn entries(
        self,
        head: &CommitId,
        until: Option<CommitId>,
    ) -> Result<Vec<LockEntry>, Fault> {
        let chains = self.chains.clone();
        let from = head.clone();
        let read = move || chains.read(&from, until.as_ref());
        let links = across(read)
            .await
            .map_err(|error| Fault::caused(FaultKind::Internal, "reading ended early", &error))?
            .map_err(|error| match error {
                crate::git::Error::NotLinear { .. } => {
                    self.rewritten("it does not go on from where it was seen last")
                }
                other => self.unseen(&other),
            })?;
        let decode = |link: &Link| decode_lock(&link.files, self.id, link.parent.as_ref());
        let entries: Result<Vec<LockEntry>, _> = links.iter().map(decode).collect();
        entries.map_err(|error| {
            Fault::caused(
                FaultKind::Remote,
                format!("cannot read the lock log {}", self.id),
                &error,
            )
            .hint("Somebody wrote into it by hand. No dangerous call is made until it can be read.")
        })
    }

    async fn build(
        self,
        head: Option<&CommitId>,
        events: &[LockEvent],
    ) -> Result<(CommitId, EventId), Fault> {
        let at = clock::now();
        let mut parent = head.cloned();
        let mut last = new_event_id();
        for event in events {
            last = new_event_id();
            let mut entry = LockEntry {
                id: last.clone(),
                by: self.me.clone(),
                at,
                kind: event.name().to_owned(),
                event: Some(event.clone()),
                seal: Seal::None,
            };
            if self.signing.is_set_up() {
                let place = place_after(parent.as_ref());
                let text = lock_text(&entry, self.id, Some(&place));
                let text = text.map_err(|error| self.unwritable(&error))?;
                entry.seal = self.signing.seal_text(&entry.kind, text).await;
            }
            let files = encode_lock(&entry, self.id).map_err(|error| self.unwritable(&error))?;
            let link = NewLink {
                author: self.me.person.clone(),
                at,
                message: format!("{} {last}", event.name()),
                files,
            };
            let built = self.chains.build(parent.as_ref(), &link);
            parent = Some(built.map_err(|error| self.unwritable(&error))?);
        }
        let head = parent
            .ok_or_else(|| Fault::new(FaultKind::Internal, "an append needs at least one event"))?;
        Ok((head, last))
    }

    fn unseen(self, error: &dyn std::error::Error) -> Fault {
        Fault::caused(FaultKind::Remote, "cannot see who drives", error)
            .hint("Nothing was sent: a dangerous call needs the lock log of its environment.")
    }

    fn unwritable(self, error: &dyn std::error::Error) -> Fault {
        Fault::caused(
            FaultKind::Internal,
            format!("cannot write the lock log {}", self.id),
            error,
        )
    }

    fn rewritten(self, how: &str) -> Fault {
        Fault::new(
            FaultKind::Remote,
            format!("the lock log {} was rewritten: {how}", self.name),
        )
        .hint(format!(
            "Nobody can tell who drives. Find out who changed {} (a restored backup?); when all consoles agree, remove locks/{} from the state directory.",
            self.name, self.id
        ))
    }
}
