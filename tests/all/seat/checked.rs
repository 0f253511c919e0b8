//! The model checker's verdicts: what holds in every world of a size, and that a broken seat is found out.

use std::time::Duration;

use stateright::Checker;
use stateright::DiscoveryClassification;
use stateright::HasDiscoveries;
use stateright::Model;

use super::model::Machine;

/// Visits every world of this size; every promise must hold in each, and each must be put to the test in some.
fn visit(machine: Machine) -> usize {
    let checker = machine.checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
    checker.unique_state_count()
}

/// Visits every world of a size in which not everything can happen that may; returns how many there are.
fn visit_part(machine: Machine) -> usize {
    let checker = machine
        .checker()
        .threads(2)
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    assert_eq!(broken(&checker), None);
    checker.unique_state_count()
}

/// Returns a promise that some world breaks.
fn broken(checker: &impl Checker<Machine>) -> Option<&'static str> {
    let mut found = checker.discoveries().into_keys();
    found.find(|name| match checker.discovery_classification(name) {
        DiscoveryClassification::Counterexample => true,
        DiscoveryClassification::Example => false,
    })
}

/// Returns the promise that the checker finds broken in a machine with a bug.
fn finds(machine: Machine) -> Option<&'static str> {
    let checker = machine
        .checker()
        .threads(2)
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    broken(&checker)
}

/// Two consoles, the first of which drives.
fn driven(entries: u8) -> Machine {
    Machine {
        entries,
        is_driven: true,
        ..Machine::of(2)
    }
}

#[test]
fn the_seat_keeps_its_promises_in_every_small_world() {
    let worlds = visit(driven(4));
    assert!(worlds > 5_000, "{worlds} worlds");
}

#[test]
#[ignore = "a million and a half worlds: minutes; with --release less than one"]
fn the_seat_keeps_its_promises_where_consoles_die_and_answers_are_lost() {
    let worlds = visit_part(Machine {
        crashes: 1,
        losses: 1,
        ..driven(3)
    });
    assert!(worlds > 1_000_000, "{worlds} worlds");
}

#[test]
#[ignore = "millions of worlds: half an hour; with --release a few minutes"]
fn the_seat_keeps_its_promises_among_three_consoles_in_a_lossy_network() {
    let worlds = visit_part(Machine {
        entries: 3,
        losses: 1,
        is_driven: true,
        ..Machine::of(3)
    });
    assert!(worlds > 1_000_000, "{worlds} worlds");
}

#[test]
#[ignore = "a third of a million worlds: a minute"]
fn the_seat_keeps_its_promises_among_three_consoles() {
    let worlds = visit_part(Machine {
        entries: 3,
        is_driven: true,
        ..Machine::of(3)
    });
    assert!(worlds > 100_000, "{worlds} worlds");
}

const G3: Option<&str> = Some("G3: no call starts after a newer driver drained");

#[test]
fn without_a_drain_the_checker_finds_a_call_that_starts_too_late() {
    let mut machine = driven(6);
    machine.timing.drain = Duration::ZERO;
    machine.timing.silence = Duration::ZERO;
    assert_eq!(finds(machine), G3);
}

#[test]
fn with_permits_that_never_end_the_checker_finds_a_call_that_starts_too_late() {
    let mut machine = driven(5);
    machine.timing.ttl = Duration::from_secs(100_000);
    assert_eq!(finds(machine), G3);
}

#[test]
fn with_a_clock_that_stops_in_sleep_the_checker_finds_a_call_that_starts_too_late() {
    let machine = Machine {
        sleeps: 1,
        counts_sleep: false,
        ..driven(5)
    };
    assert_eq!(finds(machine), G3);
}

#[test]
fn where_a_lost_race_is_appended_all_the_same_the_checker_finds_two_drivers() {
    let machine = Machine {
        reparents: true,
        ..driven(4)
    };
    assert!(finds(machine).is_some());
}
