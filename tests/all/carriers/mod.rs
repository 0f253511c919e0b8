//! One list of cases over every carrier of the shared record (safety.md T8): what a team may rely on wherever its record
//! is kept, and what it is told where a carrier cannot have it.

mod archive;
mod at_once;
mod chains;
mod configured;
mod kinds;
mod place;
mod refusals;
mod seats;
mod stories;

use std::io::Write;
use std::time::Instant;

use lanekeeper::model::CarrierKind;

use place::Place;

/// One case: what it is called, and what shows it.
type Case = (&'static str, fn(&Place));

/// Every case, in the order in which they run in one world. A case leaves the world as usable as it found it.
const CASES: [Case; 59] = [
    // Chains: what everything else is built on.
    ("a chain is made where the carrier says", chains::made),
    ("what is there cannot be made again", chains::not_twice),
    ("an append is read back in order", chains::appended),
    ("a stale append is refused", chains::stale),
    (
        "who lost the race appends behind the winner",
        chains::behind,
    ),
    ("the same push again is up to date", chains::repeated),
    ("the same link is the same commit", chains::deterministic),
    ("a rewind is refused before it is sent", chains::rewind),
    ("a merge is no chain", chains::merged),
    ("a rewritten chain is noticed on reading", chains::rewritten),
    ("two refs move together", chains::together),
    ("two refs move together or none", chains::or_none),
    (
        "one goes and one comes together or none",
        chains::gone_or_none,
    ),
    ("a stale delete is refused", chains::stale_delete),
    ("twenty links go in one push", chains::batch),
    ("files come back byte for byte", chains::bytes),
    ("commits carry the mark that the CI needs", chains::mark),
    ("push options go where they are taken", chains::options),
    ("the list is of the record alone", chains::listed),
    ("a look brings chains along", chains::brought),
    ("what is gone is forgotten", chains::forgotten),
    // Refusals of the remote.
    ("hidden refs are told as hidden", refusals::hidden),
    ("a full remote is told as full", refusals::quota),
    ("a rule is told as a rule", refusals::policy),
    ("of a refused pair nothing moves", refusals::pair),
    ("a lock that stays is told or taken away", refusals::locked),
    ("offline is pending and then shared", refusals::offline),
    ("doctor probes and leaves nothing behind", refusals::probed),
    // The record of a hotfix.
    ("a start opens the record where it belongs", stories::opened),
    ("what one tells the other reads", stories::told),
    ("two who tell at once are both on record", stories::raced),
    (
        "who is outrun twice is on record once, behind both",
        stories::outrun,
    ),
    ("a look pins the head", stories::pinned),
    ("a rewritten record is an alarm", stories::rewritten),
    ("a deleted record is an alarm", stories::deleted),
    ("a record set back is an alarm", stories::set_back),
    (
        "an event that is said twice is an alarm",
        stories::said_twice,
    ),
    (
        "what is lost is restored behind an alarm",
        stories::restored,
    ),
    ("exported lines are imported", stories::lines),
    ("an exported bundle is imported", stories::bundle),
    ("what moved is heard", stories::heard),
    ("who watches is seen until they leave", stories::presence),
    ("record branches are nobody's work", stories::no_lanes),
    (
        "the local forge's chain lies in the project",
        stories::forge_chain,
    ),
    // Archives.
    (
        "closed hotfixes go into one archive and their refs go",
        archive::gathered,
    ),
    ("what is archived is read as before", archive::read_again),
    (
        "whoever was faster keeps all from the archive",
        archive::raced,
    ),
    (
        "a remote that keeps refs keeps all of them",
        archive::refused,
    ),
    ("what was archived is no alarm", archive::unalarmed),
    ("a year is archived when it is over", archive::by_year),
    ("what is not shared keeps its hotfix", archive::kept_back),
    // The driver's seat.
    ("what A has B does not get", seats::locked),
    ("the seat is handed over", seats::handed_over),
    ("a silent driver is replaced", seats::taken_over),
    ("a dangerous call has its permit, or a name", seats::permit),
    // Last: what is withdrawn is closed, and would go into an archive.
    (
        "of two who start one branch at once one gives way",
        stories::started_at_once,
    ),
    (
        "of two who start one branch at once and die one stays",
        at_once::died_at_once,
    ),
    (
        "nobody gives way to who did so meanwhile",
        at_once::ended_meanwhile,
    ),
    (
        "who finds a request open did not open it",
        at_once::opened_at_once,
    ),
];

/// Says, if the test fails, in which case it was.
struct Running {
    kind: CarrierKind,
    name: &'static str,
}

impl Drop for Running {
    fn drop(&mut self) {
        if std::thread::panicking() {
            say(&format!(
                "\ncarrier {} failed: {}\n",
                self.kind.word(),
                self.name
            ));
        }
    }
}

fn say(text: &str) {
    let said = std::io::stderr().write_all(text.as_bytes());
    said.expect("a test's own output");
}

/// Runs every case on one carrier, and prints what ran.
fn conform(kind: CarrierKind) {
    let began = Instant::now();
    let place = Place::new(kind);
    let mut ran = Vec::new();
    for (name, case) in CASES {
        let started = Instant::now();
        let running = Running { kind, name };
        case(&place);
        drop(running);
        ran.push((name, started.elapsed()));
    }
    let mut table = format!(
        "\ncarrier {}: {} cases in {:.1} s\n",
        kind.word(),
        ran.len(),
        began.elapsed().as_secs_f32()
    );
    for (name, took) in &ran {
        table.push_str(&format!("  {:>6} ms  {name}\n", took.as_millis()));
    }
    say(&table);
    let names: std::collections::BTreeSet<&str> = ran.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), CASES.len(), "two cases have one name");
}

#[test]
fn refs_of_the_project_conform() {
    conform(CarrierKind::Refs);
}

#[test]
fn notes_of_the_project_conform() {
    conform(CarrierKind::Notes);
}

#[test]
fn branches_of_a_repository_of_records_conform() {
    conform(CarrierKind::Repository);
}

#[test]
fn branches_of_the_project_conform() {
    conform(CarrierKind::Branches);
}

#[test]
fn a_record_on_this_machine_only_conforms_and_says_what_it_cannot() {
    conform(CarrierKind::Local);
}

/// Whoever drops a case or a carrier has to say so here as well.
#[test]
fn no_case_and_no_carrier_was_dropped() {
    assert_eq!(CASES.len(), 59);
    let source = include_str!("mod.rs");
    for kind in CarrierKind::ALL {
        let test = format!("    conform(CarrierKind::{kind:?});\n");
        assert_eq!(source.matches(&test).count(), 1, "{kind:?} has one test");
    }
    let functions = [
        (include_str!("chains.rs"), 21),
        (include_str!("refusals.rs"), 7),
        (include_str!("stories.rs"), 17),
        (include_str!("archive.rs"), 7),
        (include_str!("seats.rs"), 4),
    ];
    for (source, count) in functions {
        let cases = source.matches("\npub(super) fn ").count();
        assert_eq!(cases, count, "each case is one function of its file");
    }
}
