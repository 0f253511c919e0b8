//! What must be true of a world that is over.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::Outcome;
use crate::model::IntentId;
use crate::model::PermitId;
use crate::ops::sign::Signing;
use crate::ops::story::Story;
use crate::record::Actor;
use crate::record::EffectState;
use crate::record::Event;
use crate::record::Lock;
use crate::record::LockEvent;
use crate::record::Record;
use crate::record::decode_lock;
use crate::store::Journal;

use super::console::Console;
use super::forge::Effect;
use super::forge::NOWHERE;
use super::forge::THERE;
use super::hands::call_of;
use super::network::lock;
use super::world::World;

/// What the lock log says of one permit.
struct Said {
    epoch: u64,
    by: usize,
    given_at: Duration,
    /// What came of it.
    outcome: Option<String>,
}

/// Returns what is not as it must be, one sentence each.
pub(super) fn broken(world: &World) -> Vec<String> {
    let mut broken = Vec::new();
    if !world.is_over {
        let waiting = world
            .consoles
            .iter()
            .filter(|one| !lock(&one.person).is_over);
        let names: Vec<&str> = waiting.map(|one| one.me.device.as_str()).collect();
        broken.push(format!(
            "it needs a hand: {} never came to an end",
            names.join(", ")
        ));
    }
    let effects = lock(&world.ledger).clone();
    each_job_once(world, &effects, &mut broken);
    left_open(world, &mut broken);
    match records(world) {
        Ok(records) => record(world, &records, &effects, &mut broken),
        Err(why) => broken.push(why),
    }
    match permits(world, &mut broken) {
        Ok(permits) => seat(&permits, &effects, &mut broken),
        Err(why) => broken.push(why),
    }
    broken
}

fn each_job_once(world: &World, effects: &[Effect], broken: &mut Vec<String>) {
    let jobs = world
        .consoles
        .iter()
        .flat_map(|one| lock(&one.person).jobs.clone());
    let calls: BTreeSet<String> = jobs.map(|job| super::super::told(&call_of(&job))).collect();
    for call in calls {
        let count = effects.iter().filter(|effect| effect.call == call).count();
        if count != 1 {
            broken.push(format!("`{call}` changed production {count} times"));
        }
    }
}

/// What a process left open is decided about, and what was kept is shared.
fn left_open(world: &World, broken: &mut Vec<String>) {
    for console in &world.consoles {
        let name = &console.me.device;
        let journal = Journal::look(&console.dir).expect("a journal");
        let open = journal.open_intents().expect("readable");
        if !open.is_empty() {
            broken.push(format!("{name} has to decide about {open:?}"));
        }
        let pending = journal.pending(&console.hotfix).expect("readable");
        if !pending.is_empty() {
            broken.push(format!("{name} has not shared {} entries", pending.len()));
        }
    }
}

/// Reads the record as each console last fetched it.
fn records(world: &World) -> Result<Vec<Record>, String> {
    let read = |console: &Console| {
        let story = Story {
            chains: console.chains.clone(),
            name: console
                .chains
                .carrier()
                .hotfix(&console.hotfix)
                .expect("a ref"),
            hotfix: console.hotfix.clone(),
            actor: Actor {
                person: console.me.person.clone(),
                device: String::new(),
            },
            signing: Arc::new(Signing::of_nobody(&console.dir)),
            before: Arc::default(),
        };
        let read = story.read();
        read.map_err(|fault| {
            format!(
                "the record cannot be read by {}: {fault}",
                console.me.device
            )
        })
    };
    world.consoles.iter().map(read).collect()
}

/// Everything that was acknowledged is there once, in one order for all, and says what was.
fn record(world: &World, records: &[Record], effects: &[Effect], broken: &mut Vec<String>) {
    let Some(last) = records.last() else {
        return;
    };
    let ids = |record: &Record| -> Vec<String> {
        record
            .entries
            .iter()
            .map(|entry| entry.id.to_string())
            .collect()
    };
    let all = ids(last);
    for (console, seen) in world.consoles.iter().zip(records) {
        if !all.starts_with(&ids(seen)) {
            broken.push(format!("{} saw another order", console.me.device));
        }
    }
    if all.iter().collect::<BTreeSet<_>>().len() != all.len() {
        broken.push("an event is on the record twice".to_owned());
    }
    let acknowledged = world
        .consoles
        .iter()
        .flat_map(|one| lock(&one.person).acknowledged.clone());
    for note in acknowledged {
        let is_it = |entry: &&crate::record::Entry| matches!(&entry.event, Some(Event::NoteAdded { text }) if *text == note);
        let count = last.entries.iter().filter(is_it).count();
        if count != 1 {
            broken.push(format!("`{note}` is on the record {count} times"));
        }
    }
    // Of one intent it may be said twice: by whoever died before that was shared, and by whoever found out.
    let mut claims: BTreeMap<&str, BTreeSet<&IntentId>> = BTreeMap::new();
    for (intent, effect) in last
        .effects
        .iter()
        .flat_map(|(intent, all)| all.iter().map(move |one| (intent, one)))
    {
        match &effect.state {
            EffectState::Unknown { why } => {
                broken.push(format!(
                    "nobody found out about `{}` of {intent}: {why}",
                    effect.call
                ));
            }
            EffectState::Observed { outcome, .. }
                if outcome == Outcome::Done.word() || outcome == THERE =>
            {
                claims.entry(&effect.call).or_default().insert(intent);
            }
            EffectState::Observed { .. } | EffectState::Declared => {}
        }
    }
    for effect in effects {
        let claimed = claims.get(effect.call.as_str());
        let count = claimed.map_or(0, BTreeSet::len);
        // Of what everybody wants, each may have found that it is there.
        let is_shared = effect.call.contains("shared");
        if count != 1 && !(is_shared && count > 1) {
            broken.push(format!(
                "by {count} intents the record says that `{}` was done",
                effect.call
            ));
        }
    }
}

/// Reads the lock log, each entry where it was admitted (G1, G2), and what it says of each permit.
fn permits(world: &World, broken: &mut Vec<String>) -> Result<BTreeMap<PermitId, Said>, String> {
    let held = lock(&world.held);
    let (id, name) = &world.consoles[0].lock;
    let Some(head) = held.head(name) else {
        return Ok(BTreeMap::new());
    };
    let links = held.read(&head, None).map_err(|error| error.to_string())?;
    let arrivals = held.arrivals(name);
    let (mut fold, mut permits) = (Lock::default(), BTreeMap::new());
    for link in links {
        let entry = decode_lock(&link.files, id, link.parent.as_ref())
            .map_err(|error| error.to_string())?;
        let Some(event) = &entry.event else {
            continue;
        };
        if let Err(denied) = fold.admits(&entry.by, event) {
            broken.push(format!(
                "{} was not admitted and is on the log: {denied}",
                event.words()
            ));
        }
        match event {
            LockEvent::Permit { permit, epoch, .. } => {
                let said = Said {
                    epoch: *epoch,
                    by: machine_of(world, &entry.by.device),
                    given_at: arrivals.get(&link.id).copied().unwrap_or(Duration::MAX),
                    outcome: None,
                };
                permits.insert(permit.clone(), said);
            }
            LockEvent::PermitResult {
                permit, outcome, ..
            } => {
                if let Some(said) = permits.get_mut(permit) {
                    said.outcome = Some(outcome.clone());
                }
            }
            LockEvent::PermitVoid { permit, .. } => {
                if let Some(said) = permits.get_mut(permit) {
                    said.outcome = Some("void".to_owned());
                }
            }
            LockEvent::Acquire { .. }
            | LockEvent::Renew { .. }
            | LockEvent::Release { .. }
            | LockEvent::HandOver { .. }
            | LockEvent::TakeOver { .. } => {}
        }
        fold.apply(&entry.by, event, entry.at);
    }
    if !fold.permits.is_empty() || fold.driver.is_some() {
        broken.push(format!("the seat is left as {fold:?}"));
    }
    Ok(permits)
}

fn machine_of(world: &World, device: &str) -> usize {
    let mut consoles = world.consoles.iter();
    let found = consoles.find(|one| one.me.device == device);
    found.map_or(usize::MAX, |one| one.machine)
}

/// Nobody changes production but under a permit of their own, and none of an older epoch after one of a newer (G3); what
/// the log says of a permit is true.
fn seat(permits: &BTreeMap<PermitId, Said>, effects: &[Effect], broken: &mut Vec<String>) {
    for effect in effects {
        let said = effect
            .permit
            .as_ref()
            .and_then(|permit| permits.get(permit));
        let Some(said) = said else {
            broken.push(format!("`{}` has no permit", effect.call));
            continue;
        };
        if said.by != effect.by {
            broken.push(format!(
                "`{}` was done under the permit of another",
                effect.call
            ));
        }
        let is_late = |other: &&Said| other.epoch > said.epoch && other.given_at <= effect.at;
        if let Some(newer) = permits.values().find(is_late) {
            broken.push(format!(
                "`{}` of epoch {} changed production at {:?}, after a permit of epoch {} at {:?}",
                effect.call, said.epoch, effect.at, newer.epoch, newer.given_at
            ));
        }
        let denies = [
            NOWHERE,
            "void",
            Outcome::Failed.word(),
            Outcome::Refused.word(),
        ];
        let outcome = said.outcome.as_deref().unwrap_or_default();
        // One that plays once may be found where another did it; the other way round it is false.
        if denies.contains(&outcome) {
            broken.push(format!(
                "`{}` was done, and its permit says {outcome}",
                effect.call
            ));
        }
        let another = effects.iter().find(|other| {
            let of = other.permit.as_ref().and_then(|permit| permits.get(permit));
            of.is_some_and(|of| of.epoch == said.epoch && other.by != effect.by)
        });
        if another.is_some() {
            broken.push(format!(
                "two drivers changed production in epoch {}",
                said.epoch
            ));
        }
    }
}
