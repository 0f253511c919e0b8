//! What a lock log amounts to: epoch, driver, open permits; and what may be appended to it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use crate::model::HotfixId;
use crate::model::PermitId;
use crate::model::Timestamp;
use crate::model::Untrusted;

use super::entry::Driver;
use super::entry::LockEntry;
use super::event::LockEvent;

/// The fold of a lock log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lock {
    /// Rises by one with every driver; 0 where nobody ever drove.
    pub epoch: u64,
    pub driver: Option<Driver>,
    /// The seat was taken for one plan, which leaves it at its end; where it died, its next run does.
    #[serde(default)]
    pub is_brief: bool,
    /// To whom the driver offered the seat, by account or address.
    pub offered: Option<String>,
    /// Permits whose outcome is not on the log.
    pub permits: BTreeMap<PermitId, Permit>,
    /// The epoch began while calls of an older one could still be under way.
    pub must_drain: bool,
    /// The latest entry of each kind of news, for whoever came too late.
    pub last: Option<LastMove>,
    /// A newer version wrote something that is not understood here: nothing may be appended on top of it.
    pub is_beyond_us: bool,
}

/// An open permit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Permit {
    pub epoch: u64,
    pub by: Driver,
    pub call: String,
    pub hotfix: Option<HotfixId>,
    pub at: Timestamp,
}

/// What was done last, renewals left out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LastMove {
    pub by: Driver,
    pub what: String,
    pub at: Timestamp,
}

/// Why an event may not be appended now. Each names what a person needs to know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    #[error("{} drives (epoch {epoch}){}", driver.person.show(), told(last.as_deref()))]
    Driven {
        driver: Box<Driver>,
        epoch: u64,
        last: Option<Box<LastMove>>,
    },
    #[error("nobody drives; the seat is free (epoch {epoch})")]
    Free { epoch: u64 },
    #[error("you drive already (epoch {epoch})")]
    Mine { epoch: u64 },
    #[error("the seat moved on to epoch {epoch}{}", told(last.as_deref()))]
    Moved {
        epoch: u64,
        last: Option<Box<LastMove>>,
    },
    #[error("what came of `{call}` by {} is not known yet", by.person.show())]
    PermitOpen { call: String, by: Box<Driver> },
    #[error("that permit is not open any more")]
    NoSuchPermit,
    #[error("taking the seat over needs a reason")]
    NoReason,
    #[error("a newer version of Lanekeeper wrote into this lock log")]
    BeyondUs,
}

fn told(last: Option<&LastMove>) -> String {
    last.map_or_else(String::new, |last| {
        let what = Untrusted::new(last.what.as_str()).show();
        format!("; {} {what}", last.by.person.show())
    })
}

impl Lock {
    /// Folds entries, oldest first, onto what is known.
    pub fn extend<'a>(&mut self, entries: impl IntoIterator<Item = &'a LockEntry>) {
        for entry in entries {
            match &entry.event {
                Some(event) => self.apply(&entry.by, event, entry.at),
                None => self.is_beyond_us = true,
            }
        }
    }

    /// Tells whether `who` drives.
    pub fn is_driven_by(&self, who: &Driver) -> bool {
        self.driver.as_ref() == Some(who)
    }

    /// Tells whether the seat is offered to `who`.
    pub fn is_offered_to(&self, who: &Driver) -> bool {
        let is_called =
            |to: &String| who.person.is_called(to) || to.eq_ignore_ascii_case(&who.person.id);
        !self.is_driven_by(who) && self.offered.as_ref().is_some_and(is_called)
    }

    /// Says whether `who` may append `event` to exactly this state. Asked before an append, on the head that the
    /// append is made for, and again by whoever reads.
    pub fn admits(&self, who: &Driver, event: &LockEvent) -> Result<(), Denied> {
        if self.is_beyond_us {
            return Err(Denied::BeyondUs);
        }
        match event {
            LockEvent::Acquire { epoch, .. } => {
                if self.is_driven_by(who) {
                    return Err(Denied::Mine { epoch: self.epoch });
                }
                if self.driver.is_some() && !self.is_offered_to(who) {
                    return Err(self.driven());
                }
                self.begins(*epoch)
            }
            LockEvent::Renew { epoch }
            | LockEvent::Release { epoch }
            | LockEvent::HandOver { epoch, .. } => self.is_in(who, *epoch),
            LockEvent::TakeOver { epoch, reason } => {
                if self.is_driven_by(who) {
                    return Err(Denied::Mine { epoch: self.epoch });
                }
                if self.driver.is_none() {
                    return Err(Denied::Free { epoch: self.epoch });
                }
                if reason.trim().is_empty() {
                    return Err(Denied::NoReason);
                }
                self.begins(*epoch)
            }
            LockEvent::Permit { epoch, .. } => {
                self.is_in(who, *epoch)?;
                // One call at a time, whatever epoch it is of: the next may depend on what came of it.
                match self.permits.values().next() {
                    None => Ok(()),
                    Some(open) => Err(Denied::PermitOpen {
                        call: open.call.clone(),
                        by: Box::new(open.by.clone()),
                    }),
                }
            }
            LockEvent::PermitResult { permit, .. } | LockEvent::PermitVoid { permit, .. } => {
                let open = self.permits.get(permit).ok_or(Denied::NoSuchPermit)?;
                if &open.by == who || self.is_driven_by(who) {
                    Ok(())
                } else {
                    Err(self.driven())
                }
            }
        }
    }

    /// Applies an event that is on the log; one that was not admitted there changes nothing.
    pub fn apply(&mut self, who: &Driver, event: &LockEvent, at: Timestamp) {
        if self.admits(who, event).is_err() {
            return;
        }
        match event {
            LockEvent::Acquire { epoch, is_brief } => {
                // Whoever had the seat may still be in the middle of a call that it has a permit for.
                self.seat(who, *epoch, !self.permits.is_empty());
                self.is_brief = *is_brief;
            }
            LockEvent::TakeOver { epoch, .. } => {
                self.seat(who, *epoch, true);
                self.is_brief = false;
            }
            LockEvent::Renew { .. } => return,
            LockEvent::Release { .. } => {
                self.driver = None;
                self.offered = None;
            }
            LockEvent::HandOver { to, .. } => self.offered = Some(to.clone()),
            LockEvent::Permit {
                permit,
                epoch,
                call,
                hotfix,
                ttl_seconds: _,
            } => {
                let open = Permit {
                    epoch: *epoch,
                    by: who.clone(),
                    call: call.clone(),
                    hotfix: hotfix.clone(),
                    at,
                };
                self.permits.insert(permit.clone(), open);
            }
            LockEvent::PermitResult { permit, .. } | LockEvent::PermitVoid { permit, .. } => {
                self.permits.remove(permit);
            }
        }
        self.last = Some(LastMove {
            by: who.clone(),
            what: event.words(),
            at,
        });
    }

    fn seat(&mut self, who: &Driver, epoch: u64, must_drain: bool) {
        self.epoch = epoch;
        self.driver = Some(who.clone());
        self.offered = None;
        self.must_drain = must_drain;
    }

    fn begins(&self, epoch: u64) -> Result<(), Denied> {
        if epoch == self.epoch + 1 {
            Ok(())
        } else {
            Err(self.moved())
        }
    }

    fn is_in(&self, who: &Driver, epoch: u64) -> Result<(), Denied> {
        match &self.driver {
            None => Err(Denied::Free { epoch: self.epoch }),
            Some(driver) if driver != who => Err(self.driven()),
            Some(_) if epoch != self.epoch => Err(self.moved()),
            Some(_) => Ok(()),
        }
    }

    fn moved(&self) -> Denied {
        Denied::Moved {
            epoch: self.epoch,
            last: self.last.clone().map(Box::new),
        }
    }

    fn driven(&self) -> Denied {
        match &self.driver {
            None => Denied::Free { epoch: self.epoch },
            Some(driver) => Denied::Driven {
                driver: Box::new(driver.clone()),
                epoch: self.epoch,
                last: self.last.clone().map(Box::new),
            },
        }
    }
}
