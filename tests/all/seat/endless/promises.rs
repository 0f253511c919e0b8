//! What must hold in every world, and what must happen in some.

use stateright::Property;

use super::Began;
use super::Endless;
use super::Step;
use super::World;

impl World {
    /// Tells whether a driver whose epoch began so has a call under way.
    fn calls(&self, began: Began) -> bool {
        let driver = self.seat.driver.map(|driver| self.consoles[driver].step);
        self.seat.began == began && matches!(driver, Some(Step::Calling { .. }))
    }

    /// Counts the consoles that still have an older driver's permit in hand.
    fn left_behind(&self) -> usize {
        let consoles = self.consoles.iter().enumerate();
        consoles
            .filter(|(who, console)| {
                self.seat.driver != Some(*who) && matches!(console.step, Step::Permitted { .. })
            })
            .count()
    }
}

/// Returns the promises of the seat.
pub(super) fn all(machine: &Endless) -> Vec<Property<Endless>> {
    let mut all = vec![
        Property::always(
            "G1: one driver per epoch, one line of epochs",
            |_, world: &World| !world.broken.line,
        ),
        Property::always(
            "G2: no permit but of the present epoch and its driver",
            |_, world: &World| !world.broken.permit,
        ),
        Property::always(
            "G3: no call starts after a newer driver drained",
            |_, world: &World| !world.broken.start,
        ),
        Property::sometimes(
            "a new driver calls after a takeover, and all before it still hold their permits",
            |machine: &Endless, world: &World| {
                world.calls(Began::Taken) && world.left_behind() + 1 == machine.drivers.len()
            },
        ),
        Property::sometimes(
            "a new driver calls after a hand-over",
            |_, world: &World| world.calls(Began::Offered),
        ),
    ];
    if machine.dies {
        all.push(Property::sometimes(
            "a call goes on whose console died, while another drives",
            |_, world: &World| {
                let consoles = world.consoles.iter().enumerate();
                let mut others = consoles
                    .filter(|(who, _)| world.seat.driver.is_some_and(|driver| driver != *who));
                others.any(|(_, console)| console.orphan.is_some())
            },
        ));
    } else {
        // Who died and came back may say that nothing came of a call that still comes: the forge's own guard is for
        // that (G4).
        all.push(Property::always(
            "no permit while another's call is under way",
            |_, world: &World| !world.broken.call,
        ));
    }
    all
}
