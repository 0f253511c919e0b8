//! A permit around one dangerous call: got on the fresh log just before it, its outcome told just after it.

use std::sync::Arc;
use std::time::Duration;

use crate::engine::Outcome;
use crate::engine::driving;
use crate::engine::driving::Obstacle;
use crate::engine::driving::Timing;
use crate::engine::driving::Wanted;
use crate::engine::is_cosigned;
use crate::engine::named;
use crate::engine::takeover_rule;
use crate::model::EnvironmentName;
use crate::model::HotfixId;
use crate::model::OverrideRules;
use crate::model::PermitId;
use crate::record::Denied;
use crate::record::Lock;
use crate::record::LockEvent;
use crate::record::Permit;
use crate::record::Record;
use crate::record::TakenOver;

use super::super::clock;
use super::super::clock::BootClock;
use super::super::clock::Booted;
use super::super::fault::Fault;
use super::super::traces::traces;
use super::super::workspace::Workspace;
use super::log::Appended;
use super::log::Fresh;
use super::place::Eye;
use super::place::Place;
use super::sight::targets;

/// A permit in hand.
pub(in crate::ops) struct Held<'a> {
    place: Place<'a>,
    permit: PermitId,
    /// When its push started.
    started: Booted,
}

/// What became of a wish about the seat.
pub(in crate::ops) enum Seated {
    /// It is on the log; who drove before.
    Yes(Option<String>),
    No(String),
    /// Nobody knows whether it is on the log.
    Unknown(String),
}

/// Gets a permit for `call`: takes the free seat for it, settles what is open, and says why there is none.
pub(in crate::ops) async fn demand<'a>(
    workspace: &'a Workspace,
    environment: &EnvironmentName,
    hotfix: &HotfixId,
    call: &str,
) -> Result<Result<Held<'a>, String>, Fault> {
    if let Some(why) = workspace.why_no_lock() {
        return Ok(Err(format!(
            "no lock can be kept: {why}; plan again, the plan will say so"
        )));
    }
    let target = workspace.lock_target(environment)?;
    let as_seen = workspace.forge().me().await;
    let me = workspace.driver(as_seen.as_ref().unwrap_or(workspace.me()));
    let second = Second::of(workspace, environment, hotfix).await?;
    let place = Place::of(workspace, target, me);
    demand_at(place, workspace, &second, hotfix, call).await
}

/// The same where the permit is got at `place`, and `eye` sees what came of those that are open.
pub(in crate::ops) async fn demand_at<'a>(
    place: Place<'a>,
    eye: &impl Eye,
    second: &Second<'_>,
    hotfix: &HotfixId,
    call: &str,
) -> Result<Result<Held<'a>, String>, Fault> {
    let environment = second.environment;
    // Two open permits at most (ours and that of a driver before), each settled in one round, and one that ran out.
    for _ in 0..4 {
        let permit: PermitId = clock::fresh_id()
            .to_string()
            .parse()
            .expect("a ULID is alphanumeric");
        let wanted = Wanted {
            permit: permit.clone(),
            call: call.to_owned(),
            hotfix: Some(hotfix.clone()),
        };
        let decide = |fresh: &Fresh| begin(fresh, &place, second, wanted.clone());
        match place.log().append(decide).await? {
            Appended::Yes { lock, .. } if !lock.permits.contains_key(&permit) => {
                let obstacle = Obstacle::Draining {
                    epoch: lock.epoch,
                    left: place.timing.drain,
                };
                return Ok(Err(format!("{environment}: {obstacle}")));
            }
            Appended::Yes { started, .. } => {
                let held = Held {
                    place,
                    permit,
                    started,
                };
                if held.is_live() {
                    return Ok(Ok(held));
                }
                return Ok(Err(held.give_back().await));
            }
            Appended::Refused(why) => {
                return Ok(Err(format!(
                    "no lock can be kept on this remote: {why}; plan again, the plan will say so"
                )));
            }
            // One that is there after all stays open, and is settled before the next dangerous call.
            Appended::Unknown(why) => {
                return Ok(Err(format!(
                    "{environment}: nobody knows whether there is a permit: {why}; look again"
                )));
            }
            Appended::No(Obstacle::Denied(Denied::PermitOpen { .. })) => {
                for open in &place.known().permits {
                    if let Err(why) = settle(&place, eye, open).await? {
                        return Ok(Err(why));
                    }
                }
            }
            Appended::No(obstacle @ Obstacle::NotCosigned { .. }) => {
                let line = format!("override {} --reason R", second.rule);
                let line = named(line, Some(hotfix.as_str()));
                return Ok(Err(format!(
                    "{environment}: {obstacle}; somebody else does: `lanekeeper {line}`"
                )));
            }
            Appended::No(obstacle) => return Ok(Err(format!("{environment}: {obstacle}"))),
        }
    }
    Ok(Err(format!(
        "{environment}: the driver's seat could not be had; look again"
    )))
}

/// Who else was there when a seat was taken over, as the record of the hotfix has it; nothing where the team does not ask.
pub(in crate::ops) struct Second<'a> {
    environment: &'a EnvironmentName,
    /// How an override names the takeover.
    rule: String,
    asked: Option<(OverrideRules, Record)>,
}

impl<'a> Second<'a> {
    async fn of(
        workspace: &Workspace,
        environment: &'a EnvironmentName,
        hotfix: &HotfixId,
    ) -> Result<Self, Fault> {
        let project = &workspace.settings().project;
        let rules = project.overrides;
        let asked = if rules.cosigns_takeover {
            let story = workspace.story(hotfix)?;
            Some((rules, workspace.weighed_record(&story).await?))
        } else {
            None
        };
        Ok(Self {
            environment,
            rule: takeover_rule(project, environment),
            asked,
        })
    }

    /// Where the team does not ask.
    #[cfg(test)]
    pub(in crate::ops) fn of_nobody(environment: &'a EnvironmentName) -> Self {
        Self {
            environment,
            rule: String::new(),
            asked: None,
        }
    }

    fn has_cosigned(&self, taken: &TakenOver) -> bool {
        self.asked
            .as_ref()
            .is_none_or(|(rules, record)| is_cosigned(record, *rules, self.environment, taken))
    }
}

/// Decides on the fresh log: a permit where we drive, the seat and a permit where it is free.
fn begin(
    fresh: &Fresh,
    place: &Place<'_>,
    second: &Second<'_>,
    wanted: Wanted,
) -> Result<Vec<LockEvent>, Obstacle> {
    let (lock, me, timing) = (&fresh.lock, &place.me, &place.timing);
    let taken = fresh.taken_over.as_ref();
    driving::cosigned(taken, me, |taken| second.has_cosigned(taken))?;
    if lock.driver.is_some() {
        return driving::permit(lock, me, fresh.mine_for, wanted, timing).map(|one| vec![one]);
    }
    let taken = driving::take(lock, me, true)?;
    let mut seated = lock.clone();
    seated.apply(me, &taken, clock::now());
    if let (true, Some((_, open))) = (seated.must_drain, seated.permits.iter().next())
        && open.by != *me
    {
        // Somebody left in the middle of a call: sit down first, so that the drain begins, and say so.
        return Ok(vec![taken]);
    }
    let permit = driving::permit(&seated, me, Duration::ZERO, wanted, timing)?;
    Ok(vec![taken, permit])
}

/// Settles what a run of this console left open when it died, and leaves a seat that it had taken for one call.
pub(in crate::ops) async fn tidy(workspace: &Workspace) -> Result<(), Fault> {
    if workspace.why_no_lock().is_some() {
        return Ok(());
    }
    for environment in targets(&workspace.settings().project) {
        let target = workspace.lock_target(&environment)?;
        let me = workspace.driver(workspace.me());
        tidy_at(&Place::of(workspace, target, me), workspace).await?;
    }
    Ok(())
}

/// The same at one place.
pub(in crate::ops) async fn tidy_at(place: &Place<'_>, eye: &impl Eye) -> Result<(), Fault> {
    let (lock, me) = (place.known(), &place.me);
    for open in lock.permits.iter().filter(|(_, open)| open.by == *me) {
        if let Err(why) = settle(place, eye, open).await? {
            tracing::warn!(why, "a permit stays open");
        }
    }
    if lock.is_brief && lock.is_driven_by(me) {
        let leave = |fresh: &Fresh| driving::release(&fresh.lock, me).map(|one| vec![one]);
        let left = place.log().append(leave).await?;
        tracing::info!(?left, "the seat of a run that died");
    }
    Ok(())
}

/// Looks on the remote for what came of an open permit and puts that on the log; says why that must wait.
async fn settle(
    place: &Place<'_>,
    eye: &impl Eye,
    open: (&PermitId, &Permit),
) -> Result<Result<(), String>, Fault> {
    let found = eye.found(open.1).await?;
    let decide = |fresh: &Fresh| {
        let (lock, mine_for) = (&fresh.lock, fresh.mine_for);
        driving::settle(lock, &place.me, open, mine_for, &found, &place.timing).map(|one| vec![one])
    };
    Ok(match place.log().append(decide).await? {
        // Somebody else may have settled it meanwhile.
        Appended::Yes { .. } | Appended::No(Obstacle::Denied(Denied::NoSuchPermit)) => Ok(()),
        Appended::No(obstacle) => Err(obstacle.to_string()),
        Appended::Refused(why) | Appended::Unknown(why) => Err(why),
    })
}

impl Eye for Workspace {
    async fn found(&self, open: &Permit) -> Result<String, Fault> {
        self.refresh().await?;
        let board = self.look_offline(open.hotfix.as_ref()).await?;
        let found = traces(&board)
            .into_iter()
            .find(|trace| trace.is_of(&open.call));
        Ok(found.map_or_else(
            || "no trace of it on the remote".to_owned(),
            |trace| trace.found,
        ))
    }
}

/// Tells whether a permit whose push started then is still good.
fn is_live(clock: &BootClock, started: &Booted, timing: &Timing) -> bool {
    let now = clock.read();
    now.boot == started.boot && driving::is_live(now.since.saturating_sub(started.since), timing)
}

impl Held<'_> {
    /// Tells whether the call may still start. Asked last of all before it.
    pub(in crate::ops) fn is_live(&self) -> bool {
        is_live(self.place.boot, &self.started, &self.place.timing)
    }

    /// Returns the same question for whoever makes the call: reads and pauses may come before its first byte.
    pub(in crate::ops) fn lasts(&self) -> Arc<dyn Fn() -> bool + Send + Sync> {
        let (clock, started) = (self.place.boot.clone(), self.started.clone());
        let timing = self.place.timing;
        Arc::new(move || is_live(&clock, &started, &timing))
    }

    /// Gives back a permit that ran out before its call could start, and returns what to say.
    pub(in crate::ops) async fn give_back(self) -> String {
        let ttl = self.place.timing.ttl.as_secs();
        self.void("it ran out before the call could start").await;
        format!(
            "not started: the permit is good for {ttl} s, and more than that passed (did the machine sleep?); look again, then plan again",
        )
    }

    /// Puts on the log that no call is made under it, and leaves a seat that was taken for the call.
    pub(in crate::ops) async fn void(self, why: &str) {
        let event = LockEvent::PermitVoid {
            permit: self.permit.clone(),
            why: why.to_owned(),
        };
        self.tell(event).await;
    }

    /// Makes the call while saying, every so often, that we are still there.
    pub(in crate::ops) async fn during<T>(&self, call: impl Future<Output = T>) -> T {
        let renewing = async {
            loop {
                clock::wait(self.place.timing.renew).await;
                if let Err(fault) = self.place.renew().await {
                    tracing::warn!(%fault, "the driver's seat was not renewed");
                }
            }
        };
        tokio::select! {
            biased;
            done = call => done,
            () = renewing => unreachable!("it renews until it is dropped"),
        }
    }

    /// Puts the outcome on the log, and leaves a seat that was taken for this call. What nobody knows stays open: it
    /// is looked for before the next dangerous call.
    pub(in crate::ops) async fn end(self, outcome: Outcome) {
        if outcome == Outcome::Unknown {
            return;
        }
        let event = LockEvent::PermitResult {
            permit: self.permit.clone(),
            outcome: outcome.word().to_owned(),
            is_probed: false,
        };
        self.tell(event).await;
    }

    async fn tell(&self, event: LockEvent) {
        let decide = |fresh: &Fresh| {
            fresh.lock.admits(&self.place.me, &event)?;
            let mut events = vec![event.clone()];
            events.extend(self.leave(&fresh.lock));
            Ok(events)
        };
        match self.place.log().append(decide).await {
            Ok(Appended::Yes { .. }) => {}
            Ok(Appended::No(obstacle)) => {
                tracing::warn!(%obstacle, "a permit was settled by another");
            }
            Ok(Appended::Refused(why) | Appended::Unknown(why)) => {
                tracing::warn!(why, "a permit stays open");
            }
            Err(fault) => {
                tracing::warn!(%fault, "a permit stays open until the next dangerous call");
            }
        }
    }

    /// A seat that was taken for one call is left with it.
    fn leave(&self, lock: &Lock) -> Option<LockEvent> {
        let is_brief = lock.is_brief && lock.is_driven_by(&self.place.me);
        is_brief
            .then(|| driving::release(lock, &self.place.me).ok())
            .flatten()
    }

    /// Returns which permit it is.
    #[cfg(test)]
    pub(in crate::ops) fn id(&self) -> &PermitId {
        &self.permit
    }
}

impl Workspace {
    /// Appends what a plan about the seat says, where the fresh log still admits it.
    pub(in crate::ops) async fn seat_event(
        &self,
        environment: &EnvironmentName,
        event: &LockEvent,
    ) -> Result<Seated, Fault> {
        if let Some(why) = self.why_no_lock() {
            return Ok(Seated::No(format!("no lock can be kept: {why}")));
        }
        let target = self.lock_target(environment)?;
        let as_seen = self.forge().me().await;
        let me = self.driver(as_seen.as_ref().unwrap_or(self.me()));
        let place = Place::of(self, target, me);
        let before = place.known().driver;
        Ok(match place.put(event).await? {
            Appended::Yes { .. } => {
                Seated::Yes(before.map(|driver| driver.person.account().to_owned()))
            }
            Appended::No(obstacle) => Seated::No(format!("{environment}: {obstacle}")),
            Appended::Refused(why) => {
                Seated::No(format!("no lock can be kept on this remote: {why}"))
            }
            Appended::Unknown(why) => Seated::Unknown(why),
        })
    }
}
