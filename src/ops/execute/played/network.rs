//! The way between a console and whatever it asks: slow, lossy, cut for a while; and the remote at its end, whose refs move
//! by compare-and-swap.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use sha2::Digest;
use sha2::Sha256;

use crate::git;
use crate::git::Link;
use crate::git::NewLink;
use crate::git::PlayedChains;
use crate::git::Pushed;
use crate::git::RefUpdate;
use crate::model::CommitId;
use crate::model::RefName;
use crate::model::Untrusted;
use crate::ops::clock;
use crate::ops::clock::played;
use crate::ops::clock::played::between;
use crate::ops::clock::played::happens;
use crate::ops::clock::played::since;

/// How long anybody waits for an answer. Whatever was sent arrives within less, or never.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest way of a message, in one direction.
const LONGEST: Duration = Duration::from_secs(12);
/// The longest time until a write has arrived where it changes something.
pub(super) const LONGEST_CALL: Duration = Duration::from_secs(25);

/// Whom the network cuts off and when, and until when anything goes wrong.
#[derive(Debug)]
pub(super) struct Network {
    /// Per machine: from, until.
    pub(super) cuts: Vec<Vec<(Duration, Duration)>>,
    pub(super) heals_at: Duration,
    pub(super) weather: Weather,
}

/// How often something goes wrong, in thousandths of the moments at which it can.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weather {
    /// A message takes its time.
    slow: u64,
    lost: u64,
    /// A machine falls asleep while it waits for an answer.
    sleeps: u64,
    /// A process dies while it waits for one.
    dies: u64,
    /// Who drives offers the seat to another before the next job.
    pub(super) offers: u64,
}

impl Weather {
    pub(super) const USUAL: Self = Self {
        slow: 60,
        lost: 25,
        sleeps: 3,
        dies: 5,
        offers: 100,
    };
    pub(super) const ROUGH: Self = Self {
        slow: 300,
        lost: 40,
        sleeps: 25,
        dies: 15,
        offers: 500,
    };
}

/// No answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// No byte left.
    NotSent,
    /// It may have arrived.
    Unanswered,
}

impl Network {
    fn is_cut(&self, machine: usize) -> bool {
        let cuts = self
            .cuts
            .get(machine)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let now = since();
        cuts.iter()
            .any(|(from, until)| (*from..*until).contains(&now))
    }

    /// Tells whether a message is lost that need not be.
    fn loses(&self) -> bool {
        since() < self.heals_at && happens(self.weather.lost)
    }

    fn way(&self, most: Duration) -> Duration {
        let is_slow = since() < self.heals_at && happens(self.weather.slow);
        let longest = if is_slow {
            most
        } else {
            Duration::from_millis(300)
        };
        between(Duration::from_millis(10), longest)
    }

    /// What becomes of a machine while it waits for an answer.
    fn strike(&self, machine: usize) {
        if happens(self.weather.sleeps) {
            let most = (self.heals_at - since()).min(Duration::from_secs(320));
            played::fall_asleep(machine, between(Duration::ZERO, most));
        }
        if happens(self.weather.dies) {
            let after = between(Duration::ZERO, Duration::from_secs(1));
            played::beside(async move {
                clock::wait(after).await;
                played::kill(machine);
            });
        }
    }

    /// Asks for something to be done at the other end, and returns the answer. What was sent is done also where nobody
    /// waits for the answer any more.
    pub(super) async fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        machine: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Lost> {
        self.ask_within(machine, LONGEST, work).await
    }

    /// The same of a request whose way takes so long at most.
    pub(super) async fn ask_within<T: Send + 'static>(
        self: &Arc<Self>,
        machine: usize,
        most: Duration,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Lost> {
        let gives_up_at = since() + PATIENCE;
        if self.is_cut(machine) && happens(500) {
            clock::wait(between(Duration::from_millis(100), Duration::from_secs(5))).await;
            return Err(Lost::NotSent);
        }
        if since() < self.heals_at {
            self.strike(machine);
        }
        let (tell, told) = tokio::sync::oneshot::channel();
        let (there, is_lost) = (self.way(most), self.loses());
        let back = self.way(LONGEST).min(PATIENCE - there);
        let network = Arc::clone(self);
        played::beside(async move {
            clock::wait(there).await;
            let arrives = !is_lost && !network.is_cut(machine);
            let answer = arrives.then(work);
            clock::wait(back).await;
            if let Some(answer) = answer
                && !network.loses()
                && !network.is_cut(machine)
            {
                // Who died does not hear it.
                let _heard = tell.send(answer);
                return;
            }
            let rest = gives_up_at.saturating_sub(since());
            clock::wait(between(Duration::ZERO, rest)).await;
            drop(tell);
        });
        told.await.map_err(|_| Lost::Unanswered)
    }
}

/// What the remote holds.
#[derive(Debug, Default)]
pub(super) struct Held {
    links: BTreeMap<CommitId, Link>,
    refs: BTreeMap<RefName, CommitId>,
    /// Each head that a ref got, and when.
    pub(super) moves: Vec<(Duration, RefName, CommitId)>,
    /// The fault of a remote that takes whatever is pushed.
    pub(super) swaps_blindly: bool,
}

impl Held {
    fn take(&mut self, updates: &[RefUpdate]) -> Vec<Pushed> {
        let of = |update: &RefUpdate| self.refs.get(&update.name).cloned();
        let is_there = |update: &RefUpdate| update.new.is_some() && of(update) == update.new;
        if updates.iter().all(is_there) {
            return vec![Pushed::UpToDate; updates.len()];
        }
        let is_fresh = |update: &RefUpdate| of(update) == update.expected;
        if !self.swaps_blindly && !updates.iter().all(is_fresh) {
            return vec![Pushed::Stale; updates.len()];
        }
        for update in updates {
            if let Some(new) = &update.new {
                self.refs.insert(update.name.clone(), new.clone());
                self.moves.push((since(), update.name.clone(), new.clone()));
            }
        }
        vec![Pushed::Done; updates.len()]
    }

    pub(super) fn head(&self, name: &RefName) -> Option<CommitId> {
        self.refs.get(name).cloned()
    }

    /// Returns when each link of a chain came to the remote: with the first head that led to it.
    pub(super) fn arrivals(&self, name: &RefName) -> BTreeMap<CommitId, Duration> {
        let mut arrivals = BTreeMap::new();
        for (at, _, head) in self.moves.iter().filter(|(_, moved, _)| moved == name) {
            let mut next = Some(head.clone());
            while let Some(id) = next.filter(|id| !arrivals.contains_key(id)) {
                next = self.links.get(&id).and_then(|link| link.parent.clone());
                arrivals.insert(id, *at);
            }
        }
        arrivals
    }

    /// Reads the links from after `until`, or from the first, to `head`.
    pub(super) fn read(
        &self,
        head: &CommitId,
        until: Option<&CommitId>,
    ) -> Result<Vec<Link>, git::Error> {
        let mut links = Vec::new();
        let mut next = Some(head.clone());
        while let Some(id) = next.filter(|id| Some(id) != until) {
            let link = self
                .links
                .get(&id)
                .expect("whoever has the id has built it");
            next = link.parent.clone();
            links.push(link.clone());
            if let (None, Some(until)) = (&next, until) {
                let (head, at) = (head.clone(), until.clone());
                return Err(git::Error::NotLinear { head, at });
            }
        }
        links.reverse();
        Ok(links)
    }
}

/// The remote as one console sees it. All consoles share one store of links, since a link never changes; what the remote
/// has is only what was pushed.
#[derive(Debug, Clone)]
pub(super) struct Remote {
    pub(super) machine: usize,
    pub(super) network: Arc<Network>,
    pub(super) held: Arc<Mutex<Held>>,
    /// As last fetched.
    pub(super) known: Arc<Mutex<BTreeMap<RefName, CommitId>>>,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unreachable() -> git::Error {
    git::Error::Unreachable {
        url: "the remote".to_owned(),
        why: "no answer".to_owned(),
    }
}

#[async_trait::async_trait]
impl PlayedChains for Remote {
    fn head(&self, name: &RefName) -> Option<CommitId> {
        lock(&self.known).get(name).cloned()
    }

    fn kept(&self, prefix: &str) -> Vec<(RefName, CommitId)> {
        let known = lock(&self.known);
        let below = known
            .iter()
            .filter(|(name, _)| name.as_str().starts_with(prefix));
        below
            .map(|(name, head)| (name.clone(), head.clone()))
            .collect()
    }

    fn read(&self, head: &CommitId, until: Option<&CommitId>) -> Result<Vec<Link>, git::Error> {
        lock(&self.held).read(head, until)
    }

    fn build(&self, parent: Option<&CommitId>, link: &NewLink) -> CommitId {
        let text = format!("{parent:?} {:?} {:?}", link.message, link.files);
        let digest = Sha256::digest(text.as_bytes());
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let id: CommitId = hex.parse().expect("64 hex digits");
        let built = Link {
            id: id.clone(),
            parent: parent.cloned(),
            author: link.author.clone(),
            at: link.at,
            message: Untrusted::new(link.message.clone()),
            files: link.files.clone(),
        };
        lock(&self.held).links.insert(id.clone(), built);
        id
    }

    async fn fetch(&self, name: &RefName) -> Result<Option<CommitId>, git::Error> {
        let (held, asked) = (Arc::clone(&self.held), name.clone());
        let answer = self
            .network
            .ask(self.machine, move || lock(&held).head(&asked));
        let head = answer.await.map_err(|_| unreachable())?;
        if let Some(head) = &head {
            lock(&self.known).insert(name.clone(), head.clone());
        }
        Ok(head)
    }

    async fn push(&self, updates: &[RefUpdate]) -> Result<Vec<Pushed>, git::Error> {
        let (held, asked) = (Arc::clone(&self.held), updates.to_vec());
        let work = move || lock(&held).take(&asked);
        match self.network.ask(self.machine, work).await {
            Ok(pushed) => {
                for (update, pushed) in updates.iter().zip(&pushed) {
                    if let (Pushed::Done | Pushed::UpToDate, Some(new)) = (pushed, &update.new) {
                        lock(&self.known).insert(update.name.clone(), new.clone());
                    }
                }
                Ok(pushed)
            }
            Err(Lost::NotSent) => Err(unreachable()),
            Err(Lost::Unanswered) => {
                Ok(vec![Pushed::Unknown("no answer".to_owned()); updates.len()])
            }
        }
    }
}
