//! The driver's seat of a deploy target: to have it for one plan, to take it, to leave it, to hand it over.
//!
//! Whoever works alone meets it nowhere: a dangerous plan takes the free seat for its calls and leaves it again.
//! Somebody who drives (`lanekeeper drive`) keeps it, and everybody else's dangerous intents are refused with the
//! driver's name and epoch, here, so that the command line and the console say the same.

use std::time::Duration;

use crate::engine::driving;
use crate::engine::driving::Obstacle;
use crate::engine::driving::Timing;
use crate::engine::intent::DriveWish;
use crate::engine::observation::LockSight;
use crate::engine::overrides::is_cosigned;
use crate::engine::overrides::takeover_rule;
use crate::model::EnvironmentName;
use crate::model::Seen;
use crate::record::LockEvent;
use crate::record::TakenOver;

use super::Call;
use super::Desk;
use super::Expectation;
use super::Level;
use super::Refusal;
use super::draft::Draft;
use super::refuse;

/// What no lock can keep from happening (safety.md 5.4); said wherever somebody takes one over.
const CANNOT: [&str; 3] = [
    "this keeps other consoles out, not people: the forge's own pages ask no seat",
    "a request that hangs in a proxy for longer than a minute may still arrive",
    "an administrator who rewrites refs, or a remote restored from a backup, undoes the lock",
];

impl Desk<'_> {
    /// Demands the driver's seat for a dangerous call, or says who has it.
    pub(super) fn seat(
        &self,
        draft: &mut Draft,
        wanted: &str,
        environment: &EnvironmentName,
    ) -> Result<Option<Expectation>, Refusal> {
        let Some(sight) = self.lock(wanted, environment)? else {
            return Ok(None);
        };
        let lock = &sight.lock;
        if let Some(why) = &sight.refused {
            draft.warn(format!(
                "no lock can be kept here ({why}): nobody is kept from changing {environment} at the same moment"
            ));
            // Without a lock the person is the lock: the name is typed for every dangerous call.
            draft.level = Level::L4;
            draft.environment = Some(environment.clone());
            return Ok(None);
        }
        if lock.is_beyond_us {
            return Err(beyond_us(wanted));
        }
        match &lock.driver {
            Some(driver) if *driver != sight.me => {
                return Err(Refusal {
                    wanted: wanted.to_owned(),
                    reasons: vec![sight.words(environment)],
                    hint: Some(how_to_get_it(self, sight, environment)),
                });
            }
            Some(_) => {
                if let Some(left) = sight.drains_for() {
                    let obstacle = Obstacle::Draining {
                        epoch: lock.epoch,
                        left,
                    };
                    return Err(refuse(wanted, obstacle.to_string())
                        .hint("wait for it; nothing of the driver before can begin after that"));
                }
                draft.ok(format!("you drive {environment} (epoch {})", lock.epoch));
            }
            None => {}
        }
        self.is_cosigned(wanted, environment, sight)?;
        Ok(Some(Expectation::Seat {
            environment: environment.clone(),
            lock: sight.id.clone(),
        }))
    }

    /// Refuses whoever took the seat over until a second person has co-signed that, where the team wants one.
    fn is_cosigned(
        &self,
        wanted: &str,
        environment: &EnvironmentName,
        sight: &LockSight,
    ) -> Result<(), Refusal> {
        let (record, project) = (self.look.record, self.look.project());
        if !project.overrides.cosigns_takeover {
            return Ok(());
        }
        let is_done =
            |taken: &TakenOver| is_cosigned(record, project.overrides, environment, taken);
        driving::cosigned(sight.taken_over.as_ref(), &sight.me, is_done).map_err(|obstacle| {
            let line = self.override_line(&takeover_rule(project, environment));
            refuse(wanted, obstacle.to_string())
                .hint(format!("somebody else co-signs it: `{line}`"))
        })
    }

    /// Returns what was seen of a lock; none where nobody looked for one.
    fn lock(
        &self,
        wanted: &str,
        environment: &EnvironmentName,
    ) -> Result<Option<&LockSight>, Refusal> {
        match self.look.seen.locks.get(environment) {
            None => Ok(None),
            Some(Seen::Unknown { why }) => Err(refuse(
                wanted,
                format!("cannot tell who drives {environment}: {why}"),
            )),
            Some(seen) => Ok(seen.value()),
        }
    }

    /// Returns the environment that is driven: the one named, else production.
    fn driven(&self, named: Option<&EnvironmentName>) -> Result<EnvironmentName, Refusal> {
        let locks = &self.look.seen.locks;
        if let Some(named) = named {
            if locks.contains_key(named) {
                return Ok(named.clone());
            }
            let known: Vec<&str> = locks.keys().map(|name| name.as_str()).collect();
            return Err(
                refuse("drive", format!("there is no environment `{named}`"))
                    .hint(format!("environments: {}", known.join(", "))),
            );
        }
        let project = self.look.project();
        let is_production = |name: &&EnvironmentName| {
            let environment = project.environment(name);
            environment.is_none_or(|environment| environment.is_production)
        };
        let production: Vec<&EnvironmentName> = locks.keys().filter(is_production).collect();
        match production[..] {
            [only] => Ok(only.clone()),
            [] => Err(
                refuse("drive", "no environment of this project is production")
                    .hint("name one: --environment NAME"),
            ),
            [..] => {
                let names: Vec<&str> = production.iter().map(|name| name.as_str()).collect();
                Err(refuse("drive", "several environments are production")
                    .hint(format!("name one with --environment: {}", names.join(", "))))
            }
        }
    }
}

pub(super) fn plan_drive(
    desk: &Desk<'_>,
    named: Option<&EnvironmentName>,
    wish: &DriveWish,
) -> Result<Draft, Refusal> {
    let environment = desk.driven(named)?;
    let wanted = match wish {
        DriveWish::Take => format!("drive {environment}"),
        DriveWish::Release => format!("leave the driver's seat of {environment}"),
        DriveWish::HandOver { to } => format!("offer the driver's seat of {environment} to {to}"),
        DriveWish::TakeOver { .. } => format!("take the driver's seat of {environment} over"),
    };
    desk.can_see(&wanted)?;
    let Some(sight) = desk.lock(&wanted, &environment)? else {
        return Err(refuse(wanted, "nobody looked who drives"));
    };
    if let Some(why) = &sight.refused {
        return Err(refuse(wanted, format!("no lock can be kept here: {why}")));
    }
    let (lock, me) = (&sight.lock, &sight.me);
    let event = match wish {
        DriveWish::Take => driving::take(lock, me, false),
        DriveWish::Release => driving::release(lock, me),
        DriveWish::HandOver { to } if to.trim().is_empty() => {
            return Err(refuse(wanted, "it says not to whom"));
        }
        DriveWish::HandOver { to } if me.person.is_called(to) => {
            return Err(refuse(wanted, "you drive already"));
        }
        DriveWish::HandOver { to } => driving::hand_over(lock, me, to),
        DriveWish::TakeOver { reason } => {
            driving::take_over(lock, me, sight.silent, reason, &Timing::STANDARD)
        }
    };
    let event = event.map_err(|obstacle| {
        let refusal = refuse(wanted.clone(), obstacle.to_string());
        match (&lock.driver, wish) {
            (Some(driver), DriveWish::Take) if driver != me => {
                refusal.hint(how_to_get_it(desk, sight, &environment))
            }
            (Some(_), DriveWish::TakeOver { .. }) => refusal.hint(format!(
                "a driver who is there hands over: `{}`, then `{}`",
                desk.line("drive --to PERSON"),
                desk.line("drive")
            )),
            (Some(_) | None, _) => refusal,
        }
    })?;
    Ok(drafted(desk, &wanted, &environment, sight, event))
}

fn drafted(
    desk: &Desk<'_>,
    wanted: &str,
    environment: &EnvironmentName,
    sight: &LockSight,
    event: LockEvent,
) -> Draft {
    let lock = &sight.lock;
    let is_takeover = matches!(event, LockEvent::TakeOver { .. });
    let mut draft = Draft::new(wanted, if is_takeover { Level::L4 } else { Level::L2 });
    draft.ok(format!("lock {}: {}", sight.id, sight.words(environment)));
    for (_, flaw) in &sight.flaws {
        draft.warn(flaw.clone());
    }
    if let LockEvent::HandOver { to, .. } = &event
        && !is_known(desk, to)
    {
        draft.warn(format!(
            "nobody called {to} has a role or wrote anything here: if that is a slip, nobody can accept it"
        ));
    }
    if is_takeover {
        draft.environment = Some(environment.clone());
        draft.ok(format!(
            "nothing was heard of the driver for {} s on this machine's clock",
            sight.silent.as_secs()
        ));
        if desk.look.project().overrides.cosigns_takeover {
            let line = desk.override_line(&takeover_rule(desk.look.project(), environment));
            draft.warn(format!(
                "you may change nothing before somebody else has co-signed it: `{line}`"
            ));
        }
        for open in lock.permits.values() {
            draft.warn(format!(
                "what came of `{}` is not known; it is looked for before your first call",
                open.call
            ));
        }
        for line in CANNOT {
            draft.warn(line);
        }
        draft.will_change.push(format!(
            "the driver's seat of {environment}   epoch {} -> {}, after which dangerous calls wait for {} s",
            lock.epoch,
            lock.epoch + 1,
            Timing::STANDARD.drain.as_secs()
        ));
    } else {
        let becomes = match &event {
            LockEvent::Acquire { .. } => "yours until you leave it".to_owned(),
            LockEvent::Release { .. } => "free".to_owned(),
            LockEvent::HandOver { to, .. } => {
                let accept = desk.line("drive");
                format!("offered to {to}, who accepts with `{accept}`")
            }
            LockEvent::TakeOver { .. }
            | LockEvent::Renew { .. }
            | LockEvent::Permit { .. }
            | LockEvent::PermitResult { .. }
            | LockEvent::PermitVoid { .. } => event.words(),
        };
        draft
            .will_change
            .push(format!("the driver's seat of {environment}   {becomes}"));
    }
    draft.will_not_change = vec!["branches, change requests, deployments".to_owned()];
    draft.way_back = desk.line("drive --release");
    draft.call(
        Call::Drive {
            environment: environment.clone(),
            lock: sight.id.clone(),
            event,
        },
        Vec::new(),
    );
    draft
}

/// Tells whether somebody of that account or address has a role, or wrote on the record.
fn is_known(desk: &Desk<'_>, name: &str) -> bool {
    let bare = |name: &str| name.strip_prefix('@').unwrap_or(name).to_lowercase();
    let wanted = bare(name);
    let mut members = desk.look.project().roles.0.values().flatten();
    let mut entries = desk.look.record.entries.iter();
    members.any(|id| bare(id) == wanted)
        || entries.any(|entry| {
            let person = &entry.actor.person;
            person.is_called(name) || person.id.eq_ignore_ascii_case(name)
        })
}

fn how_to_get_it(desk: &Desk<'_>, sight: &LockSight, environment: &EnvironmentName) -> String {
    let needed = Timing::STANDARD.silence;
    if sight.lock.is_offered_to(&sight.me) {
        return format!("it is offered to you: `{}` accepts it", desk.line("drive"));
    }
    if sight.silent >= needed {
        let take = desk.line(format!(
            "drive --environment {environment} --take --reason R"
        ));
        return format!(
            "nothing was heard of them for {} s: `{take}` takes it over",
            sight.silent.as_secs()
        );
    }
    format!(
        "ask them to hand over: `{}`; it can be taken over after {} s of silence ({} s so far)",
        desk.line("drive --to PERSON"),
        needed.as_secs(),
        sight.silent.as_secs()
    )
}

fn beyond_us(wanted: &str) -> Refusal {
    refuse(
        wanted,
        "a newer version of Lanekeeper wrote into the lock of this environment",
    )
    .hint("update Lanekeeper, then look again")
}

impl LockSight {
    /// Returns how long our dangerous calls wait yet, since one of the driver before may be under way; none where the seat is
    /// not ours, or was free when we took it.
    pub(in crate::engine) fn drains_for(&self) -> Option<Duration> {
        let is_mine = self.lock.is_driven_by(&self.me);
        driving::drain_left(&self.lock, self.mine_for, &Timing::STANDARD).filter(|_| is_mine)
    }

    /// Says who drives, in which epoch, and what they did last.
    pub fn words(&self, environment: &EnvironmentName) -> String {
        let lock = &self.lock;
        let how = self.signed.tail();
        match &lock.driver {
            None => format!("nobody drives {environment} (epoch {})", lock.epoch),
            Some(driver) if *driver == self.me => {
                let offered = lock
                    .offered
                    .as_ref()
                    .map_or_else(String::new, |to| format!(", and offered the seat to {to}"));
                format!(
                    "you drive {environment} (epoch {}{how}){offered}",
                    lock.epoch
                )
            }
            Some(driver) => {
                let last = lock.last.as_ref().map_or_else(String::new, |last| {
                    let what = crate::model::Untrusted::new(last.what.as_str()).show();
                    format!("; {} {what}", last.by.person.show())
                });
                let device = crate::model::Untrusted::new(driver.device.as_str()).show();
                format!(
                    "{} drives {environment} on {device} (epoch {}{how}){last}",
                    driver.person.show(),
                    lock.epoch
                )
            }
        }
    }
}
