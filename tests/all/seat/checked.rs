//! The model checker's verdicts: what holds in every world of a size, and that a broken seat is found out.

use std::collections::BTreeSet;
use std::collections::HashSet;
use std::fmt::Debug;
use std::hash::Hash;
use std::time::Duration;

use lanekeeper::engine::driving::Timing;
use lanekeeper::forge::http::Manners;
use lanekeeper::model::LONGEST_WRITE;
use stateright::Checker;
use stateright::DiscoveryClassification;
use stateright::HasDiscoveries;
use stateright::Model;

use super::endless::Endless;
use super::endless::Flaw;
use super::endless::covers::reach;
use super::model::Machine;
use crate::sweep::tell;

/// A machine that the checker can look at.
trait Checkable:
    Model<
        State: Clone + Debug + PartialEq + Hash + Send + Sync + 'static,
        Action: Clone + Debug + PartialEq,
    > + Send
    + Sync
    + 'static
{
}

impl Checkable for Machine {}
impl Checkable for Endless {}

/// Visits every world of this size; every promise must hold in each, and each must be put to the test in some.
fn visit(machine: impl Checkable) -> usize {
    let checker = machine.checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
    counted(&checker)
}

/// Prints how many worlds there are, and returns it.
fn counted<M: Checkable>(checker: &impl Checker<M>) -> usize {
    let worlds = checker.unique_state_count();
    tell(&format!("the seat: {worlds} worlds"));
    worlds
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
    counted(&checker)
}

/// Returns a promise that some world breaks.
fn broken<M: Checkable>(checker: &impl Checker<M>) -> Option<&'static str> {
    let mut found = checker.discoveries().into_keys();
    found.find(|name| match checker.discovery_classification(name) {
        DiscoveryClassification::Counterexample => true,
        DiscoveryClassification::Example => false,
    })
}

/// Returns the promise that the checker finds broken in a machine with a bug.
fn finds(machine: impl Checkable) -> Option<&'static str> {
    let checker = machine
        .checker()
        .threads(2)
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    broken(&checker)
}

/// Tells whether the checker finds this promise broken in a machine with a bug, whatever else is broken there.
fn finds_too(machine: Endless, promise: &'static str) -> bool {
    let checker = machine
        .checker()
        .threads(2)
        .finish_when(HasDiscoveries::AnyOf(BTreeSet::from([promise])))
        .spawn_bfs()
        .join();
    checker.discovery(promise).is_some()
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

/// A million and more with each commit (safety.md T10). Whoever changes the machine, so that it has others, says so here.
#[test]
fn the_seat_keeps_its_promises_where_consoles_die_and_answers_are_lost() {
    let worlds = visit_part(Machine {
        crashes: 1,
        losses: 1,
        ..driven(3)
    });
    assert_eq!(worlds, 1_702_703);
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

const G1: &str = "G1: one driver per epoch, one line of epochs";
const G2: &str = "G2: no permit but of the present epoch and its driver";
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

#[test]
fn three_consoles_that_die_and_sleep_keep_the_promises_in_every_world_of_an_endless_log() {
    let worlds = visit(Endless::of(3, 30));
    assert!(worlds > 1, "{worlds} worlds");
}

#[test]
fn three_consoles_that_live_give_no_permit_while_anothers_call_is_under_way() {
    let worlds = visit(Endless {
        dies: false,
        ..Endless::of(3, 30)
    });
    assert!(worlds > 1, "{worlds} worlds");
}

#[test]
#[ignore = "finer clocks make many more worlds"]
fn three_consoles_keep_the_promises_in_every_world_of_an_endless_log_by_finer_clocks() {
    let worlds = visit(Endless::of(3, 10));
    assert!(worlds > 1, "{worlds} worlds");
}

#[test]
#[ignore = "every world of the closer machine looked up in the other: minutes; with --release less than one"]
fn no_world_of_the_closer_machine_is_missing_in_the_endless_one() {
    let endless = Endless::of(2, 30);
    let worlds: HashSet<_> = reach(&endless)
        .iter()
        .map(|world| endless.plain(world))
        .collect();
    let closer = Machine {
        crashes: 1,
        losses: 1,
        entries: 3,
        ..Machine::of(2)
    };
    let pictures: HashSet<_> = reach(&closer)
        .iter()
        .map(|world| endless.picture(world))
        .collect();
    assert!(pictures.len() > 1, "{} pictures", pictures.len());
    let missing: Vec<_> = pictures.difference(&worlds).collect();
    assert!(
        missing.is_empty(),
        "{} of {}, such as {:#?}",
        missing.len(),
        pictures.len(),
        missing.first()
    );
}

#[test]
fn who_sleeps_reaches_no_world_that_who_does_nothing_does_not() {
    let awake = Endless::of(2, 30);
    let sleeping = Endless {
        sleeps: true,
        ..awake.clone()
    };
    let slept: HashSet<_> = reach(&sleeping)
        .iter()
        .map(|world| awake.awake(world))
        .collect();
    assert_eq!(slept, reach(&awake));
}

#[test]
fn worlds_that_differ_only_in_which_console_is_which_are_one() {
    let endless = Endless::of(2, 30);
    for world in reach(&endless) {
        assert_eq!(endless.called_otherwise(&world, &[1, 0]), world);
    }
}

#[test]
fn without_a_drain_the_checker_finds_among_three_a_call_that_starts_too_late() {
    let mut machine = Endless::of(3, 10);
    machine.timing.drain = Duration::ZERO;
    assert_eq!(finds(machine), G3);
}

#[test]
fn with_a_permit_that_outlives_the_drain_the_checker_finds_among_three_a_call_that_starts_too_late()
{
    let mut machine = Endless::of(3, 10);
    machine.timing.ttl = machine.timing.drain + machine.tick;
    assert_eq!(finds(machine), G3);
}

#[test]
fn with_a_clock_that_stops_in_sleep_the_checker_finds_among_three_a_call_that_starts_too_late() {
    let machine = Endless {
        sleeps: true,
        flaw: Some(Flaw::ClockStopsInSleep),
        ..Endless::of(3, 30)
    };
    assert_eq!(finds(machine), G3);
}

#[test]
fn without_compare_and_swap_the_checker_finds_two_drivers_and_a_permit_of_an_old_epoch() {
    let machine = Endless {
        flaw: Some(Flaw::NoCompareAndSwap),
        ..Endless::of(3, 30)
    };
    assert!(finds_too(machine.clone(), G1));
    assert!(finds_too(machine, G2));
}

#[test]
fn the_drain_outlasts_a_permit_and_the_longest_write_that_may_begin_under_it() {
    let timing = Timing::STANDARD;
    assert_eq!(timing.ttl, Duration::from_secs(10));
    assert_eq!(
        timing.drain,
        timing.ttl + LONGEST_WRITE + Duration::from_secs(20)
    );
    assert_eq!(Manners::default().total, LONGEST_WRITE);
}

#[test]
fn with_a_request_that_outlives_the_drain_the_checker_finds_two_calls_under_way() {
    let mut machine = Endless::of(3, 10);
    machine.dies = false;
    machine.request = 12;
    assert_eq!(
        finds(machine),
        Some("no permit while another's call is under way")
    );
}
