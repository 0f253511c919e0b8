//! What must hold in every world, and what must happen in some.

use lanekeeper::engine::driving::Timing;

use stateright::Property;

use super::Machine;
use super::World;

impl Machine {
    /// Tells whether a call of `who` under `epoch` would start when a newer driver may believe itself alone: it has
    /// a permit, or has waited out the drain.
    pub(super) fn is_late(&self, world: &World, who: usize, epoch: u64) -> bool {
        let is_newer = |granted: &(u64, u64)| granted.0 > epoch;
        let drained = world.consoles.iter().enumerate().any(|(other, console)| {
            other != who
                && world.lock.is_driven_by(&self.drivers[other])
                && console.mine.is_some_and(|(mine, ticks)| {
                    mine == world.lock.epoch
                        && mine > epoch
                        && self.after(ticks) >= Timing::STANDARD.drain
                })
        });
        drained || world.granted.iter().any(is_newer)
    }
}

/// Returns the promises of the seat.
pub(super) fn all() -> Vec<Property<Machine>> {
    vec![
        Property::always(
            "G1: one driver per epoch, one line of epochs",
            |_, world: &World| {
                let line = 1..;
                let epochs = world.epochs.iter().map(|(epoch, _)| *epoch);
                line.zip(epochs)
                    .all(|(expected, epoch): (u64, u64)| expected == epoch)
            },
        ),
        Property::always(
            "G2: no permit but of the present epoch",
            |_, world: &World| {
                world
                    .granted
                    .iter()
                    .all(|(epoch, present)| epoch == present)
            },
        ),
        Property::always(
            "G3: no call starts after a newer driver drained",
            |_, world: &World| !world.started_late,
        ),
        Property::always(
            "no two drivers change production in one epoch",
            |_, world: &World| {
                let ledger = &world.ledger;
                ledger.iter().all(|(epoch, by)| {
                    ledger
                        .iter()
                        .all(|(other, who)| epoch != other || by == who)
                })
            },
        ),
        Property::sometimes(
            "a new driver changes production after a takeover",
            |_, world: &World| {
                world.has_takeover && world.ledger.iter().any(|(epoch, _)| *epoch > 1)
            },
        ),
        Property::sometimes(
            "a new driver changes production after a hand-over",
            |_, world: &World| {
                world.has_handover && world.ledger.iter().any(|(epoch, _)| *epoch > 1)
            },
        ),
        Property::sometimes("a permit is given back", |_, world: &World| world.has_void),
    ]
}
