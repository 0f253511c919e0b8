//! One console and the person at it: what they want, and how they go about it when something goes wrong. A process dies and
//! is started again; its state directory and what the person remembers outlive it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::engine::driving::Timing;
use crate::git::Chains;
use crate::model::HotfixId;
use crate::model::LockId;
use crate::model::RefName;
use crate::ops::clock;
use crate::ops::clock::played;
use crate::ops::clock::played::below;
use crate::ops::clock::played::between;
use crate::ops::clock::played::happens;
use crate::ops::clock::played::on_machine;
use crate::ops::clock::played::since;
use crate::ops::clock::played::tell;
use crate::ops::fault::Fault;
use crate::ops::ledger::Ledger;
use crate::ops::points::Points;
use crate::ops::seat::Appended;
use crate::ops::seat::Memos;
use crate::ops::seat::Place;
use crate::ops::seat::Target;
use crate::ops::sign::Signing;
use crate::ops::story::Story;
use crate::record::Driver;
use crate::record::LockEvent;
use crate::store::Journal;

use super::flaws::Flaw;
use super::forge::Forge;
use super::network::LONGEST_CALL;
use super::network::lock;

/// A change of production that a person wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) name: String,
    /// The forge runs it once, whoever asks; everybody wants it.
    pub(super) plays_once: bool,
}

/// What a person wants, and what they know.
#[derive(Debug, Default)]
pub(super) struct Person {
    pub(super) notes: Vec<String>,
    pub(super) jobs: Vec<Job>,
    /// What the console said is kept.
    pub(super) acknowledged: BTreeSet<String>,
    /// A console said that this was run, or saw that it had been.
    pub(super) done: BTreeSet<String>,
    pub(super) deaths: usize,
    pub(super) takeovers: usize,
    pub(super) unknowns: usize,
    /// Seats that were offered to this person and accepted.
    pub(super) offers: usize,
    /// Nothing is wanted any more and nothing is left open.
    pub(super) is_over: bool,
}

/// A console with everything that outlives its process.
#[derive(Clone)]
pub(super) struct Console {
    pub(super) machine: usize,
    pub(super) dir: PathBuf,
    pub(super) chains: Chains,
    pub(super) forge: Forge,
    pub(super) me: Driver,
    /// The others, by whom the seat may be offered to.
    pub(super) others: Vec<String>,
    pub(super) hotfix: HotfixId,
    pub(super) lock: (LockId, RefName),
    pub(super) timing: Timing,
    pub(super) flaw: Option<Flaw>,
    pub(super) person: Arc<Mutex<Person>>,
    /// Whoever begins only when all of these have ended.
    pub(super) after: Vec<Arc<Mutex<Person>>>,
}

/// What lives as long as the process.
pub(super) struct Process<'a> {
    pub(super) console: &'a Console,
    pub(super) ledger: Ledger,
    pub(super) memos: Memos,
    pub(super) boot: clock::BootClock,
    pub(super) signing: Arc<Signing>,
    pub(super) story: Story,
}

impl Console {
    fn is_calm(&self) -> bool {
        since() >= self.forge.network.heals_at
    }

    /// Lets the person work at it until nothing is left, through as many deaths as there are.
    pub(super) async fn spend(self) {
        let is_last = !self.after.is_empty();
        while is_last && !(self.is_calm() && self.after.iter().all(|person| lock(person).is_over)) {
            clock::wait(SECOND * 5).await;
        }
        loop {
            let is_mortal = !self.is_calm() && happens(700);
            let dies_at = is_mortal.then(|| since() + between(SECOND, SECOND * 240));
            let moments = if is_mortal && happens(600) {
                1 + below(400)
            } else {
                u64::MAX
            };
            let dies_at = dies_at.filter(|at| *at < self.forge.network.heals_at);
            if on_machine(self.machine, dies_at, self.live(moments))
                .await
                .is_some()
            {
                break;
            }
            tell(|| format!("console {} died", self.machine));
            lock(&self.person).deaths += 1;
            if self.flaw == Some(Flaw::LosesItsJournal) {
                // Who died before it began has none.
                let _gone = std::fs::remove_dir_all(&self.dir);
            }
            if happens(200) {
                played::boot(self.machine);
            }
            let pause = if self.flaw == Some(Flaw::StartsBeforeItsCallArrived) {
                between(Duration::from_millis(50), Duration::from_millis(500))
            } else {
                let longest = if happens(300) { 240 } else { 40 };
                between(LONGEST_CALL + SECOND, SECOND * longest)
            };
            clock::wait(pause).await;
        }
        lock(&self.person).is_over = true;
    }

    /// One life of its process, which ends by itself at this moment of its work at the latest.
    async fn live(&self, moments: u64) {
        let left = AtomicU64::new(moments);
        let points = Points::heard_by(Arc::new(move |_name| {
            if left.fetch_sub(1, Ordering::Relaxed) == 1 {
                played::die();
            }
        }));
        let journal = Journal::open_now(&self.dir).expect("a journal");
        assert!(journal.is_writer(), "the process before is gone");
        let signing = Arc::new(Signing::of_nobody(&self.dir));
        let process = Process {
            console: self,
            ledger: Ledger::new(journal, points),
            memos: Memos::new(&self.dir),
            boot: played::boot_clock(self.machine),
            story: Story {
                chains: self.chains.clone(),
                name: self.chains.carrier().hotfix(&self.hotfix).expect("a ref"),
                hotfix: self.hotfix.clone(),
                actor: crate::record::Actor {
                    person: self.me.person.clone(),
                    device: self.me.device.clone(),
                },
                signing: Arc::clone(&signing),
                before: Arc::default(),
            },
            signing,
        };
        loop {
            match process.turn().await {
                Ok(true) => return,
                Ok(false) => {}
                Err(fault) => tell(|| format!("fault: {fault}")),
            }
            clock::wait(between(SECOND, SECOND * 6)).await;
        }
    }
}

pub(super) const SECOND: Duration = Duration::from_secs(1);

impl Process<'_> {
    pub(super) fn place(&self) -> Place<'_> {
        let (id, name) = self.console.lock.clone();
        Place {
            chains: &self.console.chains,
            memos: &self.memos,
            boot: &self.boot,
            signing: &self.signing,
            target: Target { id, name },
            me: self.console.me.clone(),
            timing: self.console.timing,
        }
    }

    /// Does one thing; tells whether nothing is left to do.
    async fn turn(&self) -> Result<bool, Fault> {
        let console = self.console;
        self.place().keep().await?;
        if self.resume(false).await? {
            return Ok(false);
        }
        let pending = self
            .ledger
            .with(|journal| journal.pending(&console.hotfix))?;
        if !pending.is_empty() && (console.is_calm() || happens(500)) {
            self.story.share(&self.ledger).await?;
            return Ok(false);
        }
        let (note, job) = {
            let person = lock(&console.person);
            let done = |job: &&Job| person.done.contains(&job.name);
            (
                person.notes.last().cloned(),
                person.jobs.iter().find(|job| !done(job)).cloned(),
            )
        };
        match (note, job) {
            (Some(note), job) if job.is_none() || happens(400) => {
                self.say(&note).await?;
                Ok(false)
            }
            (_, Some(job)) => {
                self.drive(&job).await?;
                Ok(false)
            }
            (_, None) => self.leave(pending.is_empty()).await,
        }
    }

    /// Nothing is wanted any more: leaves the seat, and looks whether anything is left open.
    async fn leave(&self, is_all_shared: bool) -> Result<bool, Fault> {
        let place = self.place();
        place.look().await?;
        let lock = place.known();
        if lock.is_driven_by(&place.me) {
            let leave = LockEvent::Release { epoch: lock.epoch };
            let left = place.put(&leave).await?;
            tell(|| format!("left the seat: {}", shown(&left)));
            return Ok(false);
        }
        Ok(!self.resume(true).await? && is_all_shared)
    }

    fn offers(&self) -> u64 {
        let weather = self.console.forge.network.weather;
        if self.console.is_calm() {
            0
        } else {
            weather.offers
        }
    }

    /// Sits down, waits, takes over or does the job, as the seat stands.
    async fn drive(&self, job: &Job) -> Result<(), Fault> {
        let place = self.place();
        let silent = place.look().await?;
        let lock = place.known();
        let epoch = lock.epoch + 1;
        let is_mine = lock.is_driven_by(&place.me);
        let take = LockEvent::Acquire {
            epoch,
            is_brief: false,
        };
        let wish = match &lock.driver {
            None if happens(400) => Some(take),
            Some(_) if lock.is_offered_to(&place.me) => Some(take),
            Some(_) if is_mine && lock.offered.is_none() && happens(self.offers()) => {
                let others = &self.console.others;
                let to = usize::try_from(below(others.len() as u64)).unwrap_or_default();
                Some(LockEvent::HandOver {
                    epoch: lock.epoch,
                    to: others[to].clone(),
                })
            }
            Some(_) if !is_mine && silent >= place.timing.silence && happens(700) => {
                Some(LockEvent::TakeOver {
                    epoch,
                    reason: "nothing is heard".to_owned(),
                })
            }
            Some(_) if !is_mine && happens(850) => return Ok(()),
            Some(_) | None => None,
        };
        let Some(wish) = wish else {
            return self.run(job).await;
        };
        let put = place.put(&wish).await?;
        tell(|| format!("{}: {}", wish.words(), shown(&put)));
        if matches!(put, Appended::Yes { .. }) {
            let mut person = super::network::lock(&self.console.person);
            person.takeovers += usize::from(matches!(wish, LockEvent::TakeOver { .. }));
            let is_offered = lock.driver.is_some() && matches!(wish, LockEvent::Acquire { .. });
            person.offers += usize::from(is_offered);
        }
        Ok(())
    }
}

fn shown(appended: &Appended) -> String {
    match appended {
        Appended::Yes { lock, .. } => format!("epoch {}", lock.epoch),
        Appended::No(obstacle) => obstacle.to_string(),
        Appended::Refused(why) | Appended::Unknown(why) => why.clone(),
    }
}
