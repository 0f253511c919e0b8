//! A world made from its seed, played, and looked at when it is over.

use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::time::Duration;

use tempfile::TempDir;

use crate::config::Environment;
use crate::engine::driving::Timing;
use crate::git::Chains;
use crate::git::Repo;
use crate::model::Carrier;
use crate::model::CarrierKind;
use crate::model::HotfixId;
use crate::model::Person as Someone;
use crate::ops::clock::played;
use crate::ops::clock::played::Machine;
use crate::ops::workspace::open_clone;
use crate::record::Driver;
use crate::record::lock_id;

use super::console::Console;
use super::console::Job;
use super::console::Person;
use super::console::SECOND;
use super::flaws::Flaw;
use super::forge::Effect;
use super::forge::Forge;
use super::network::Held;
use super::network::Network;
use super::network::Remote;
use super::network::Weather;
use super::network::lock;

/// Consoles that work beside each other; one more comes when they have ended.
const CONSOLES: usize = 3;
const JOBS: usize = 3;
const NOTES: usize = 3;
/// From then on nothing goes wrong any more.
const HEALS_AT: Duration = Duration::from_secs(900);
/// Until then everything must have come to its end.
const LONGEST: Duration = Duration::from_secs(3_600);
const NAMES: [&str; CONSOLES + 1] = ["ana", "ben", "mia", "zoe"];

/// What can be looked at when a world is over.
pub(super) struct World {
    pub(super) consoles: Vec<Console>,
    pub(super) held: Arc<Mutex<Held>>,
    pub(super) ledger: Arc<Mutex<Vec<Effect>>>,
    pub(super) is_over: bool,
    pub(super) told: Vec<String>,
    _dir: TempDir,
}

/// A small generator for what is decided before time begins.
struct Draw(u64);

impl Draw {
    fn below(&mut self, many: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % many
    }

    fn seconds(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least * 1_000 + self.below((most - least) * 1_000))
    }

    /// Returns up to so `many` times of a length that lie before the world heals.
    fn times(&mut self, many: u64, least: u64, most: u64) -> Vec<(Duration, Duration)> {
        let count = self.below(many + 1);
        let one = |draw: &mut Self| {
            let from = draw.seconds(0, HEALS_AT.as_secs() - most);
            (from, from + draw.seconds(least, most))
        };
        (0..count).map(|_| one(self)).collect()
    }
}

/// Plays the world of a seed, with something wrong in it or nothing.
pub(super) fn play(seed: u64, flaw: Option<Flaw>) -> World {
    let mut draw = Draw(seed ^ 0xA5A5_5A5A_1234_4321);
    // What is wrong with a world shows where much happens in it; one in four of the others is such a one too.
    let weather = if flaw.is_some() || seed.is_multiple_of(4) {
        Weather::ROUGH
    } else {
        Weather::USUAL
    };
    let shm = Path::new("/dev/shm");
    let dir = if shm.is_dir() {
        TempDir::new_in(shm)
    } else {
        TempDir::new()
    };
    let dir = dir.expect("a folder");
    let machines = (0..=CONSOLES).map(|number| Machine {
        offset: draw.seconds(1, 1_000_000),
        // Two of them differ by less than a fifth.
        rate: 920 + u32::try_from(draw.below(160)).expect("small"),
        day: i64::try_from(draw.below(7_200)).expect("small") - 3_600,
        sleeps: if number < CONSOLES {
            draw.times(3, 5, 200)
        } else {
            Vec::new()
        },
        stops_in_sleep: flaw == Some(Flaw::ClocksStopInSleep),
        boots: 0,
    });
    let machines: Vec<Machine> = machines.collect();
    let network = Arc::new(Network {
        cuts: (0..CONSOLES).map(|_| draw.times(4, 1, 120)).collect(),
        heals_at: HEALS_AT,
        weather,
    });
    let mut held = Held::default();
    held.swaps_blindly = flaw == Some(Flaw::NoCompareAndSwap);
    let held = Arc::new(Mutex::new(held));
    let ledger = Arc::default();
    let mut timing = Timing::STANDARD;
    match flaw {
        Some(Flaw::NoDrain) => timing.drain = Duration::ZERO,
        Some(Flaw::PermitOutlivesDrain) => timing.ttl = SECOND * 600,
        Some(_) | None => {}
    }
    let mut consoles: Vec<Console> = Vec::new();
    for machine in 0..=CONSOLES {
        let console = console(machine, dir.path(), &network, &held, &ledger);
        let after = if machine == CONSOLES {
            consoles.iter().map(|one| Arc::clone(&one.person)).collect()
        } else {
            Vec::new()
        };
        consoles.push(Console {
            timing,
            flaw,
            after,
            ..console
        });
    }
    let people: Vec<_> = consoles.iter().map(|one| Arc::clone(&one.person)).collect();
    let tasks = consoles
        .iter()
        .map(|one| Box::pin(one.clone().spend()) as _);
    let is_over = || people.iter().all(|person| lock(person).is_over);
    let (is_over, told) = played::play(seed, machines, tasks.collect(), is_over, LONGEST);
    World {
        consoles,
        held,
        ledger,
        is_over,
        told,
        _dir: dir,
    }
}

fn console(
    machine: usize,
    dir: &Path,
    network: &Arc<Network>,
    held: &Arc<Mutex<Held>>,
    ledger: &Arc<Mutex<Vec<Effect>>>,
) -> Console {
    let name = NAMES[machine];
    let remote = Remote {
        machine,
        network: Arc::clone(network),
        held: Arc::clone(held),
        known: Arc::default(),
    };
    let carrier = Carrier::usual(CarrierKind::Refs);
    let id = lock_id("", "pay", &"production".parse().expect("static name"));
    let ref_name = carrier.lock(&id).expect("a ref");
    let own = |number: usize| Job {
        name: format!("{name}-{number}"),
        plays_once: false,
    };
    let shared = Job {
        name: "shared".to_owned(),
        plays_once: true,
    };
    let jobs = if machine < CONSOLES { JOBS } else { 1 };
    let person = Person {
        notes: (0..NOTES)
            .map(|note| format!("{name} says {note}"))
            .collect(),
        jobs: (0..jobs).map(own).chain([shared]).collect(),
        ..Person::default()
    };
    let address = |name: &str| format!("{name}@example.org");
    let others = NAMES.iter().take(CONSOLES).filter(|other| **other != name);
    Console {
        machine,
        dir: dir.join(name),
        chains: Chains::within(repo(), carrier).played_by(Arc::new(remote)),
        forge: Forge {
            machine,
            network: Arc::clone(network),
            ledger: Arc::clone(ledger),
        },
        me: Driver {
            console: format!("console-{name}").parse().expect("static id"),
            person: Someone::from_email(name, &address(name)),
            device: name.to_owned(),
        },
        others: others.map(|other| address(other)).collect(),
        hotfix: hotfix(),
        lock: (id, ref_name),
        timing: Timing::STANDARD,
        flaw: None,
        person: Arc::new(Mutex::new(person)),
        after: Vec::new(),
    }
}

pub(super) fn hotfix() -> HotfixId {
    "20260412-checkout-null-7f3a9c".parse().expect("static id")
}

/// Returns a repository that nobody asks anything: chains want one.
fn repo() -> &'static Repo {
    static REPO: OnceLock<(TempDir, Repo)> = OnceLock::new();
    let (_dir, repo) = REPO.get_or_init(|| {
        let dir = TempDir::new().expect("a folder");
        git2::Repository::init(dir.path()).expect("a repository");
        let environment = Environment::read().expect("the environment");
        let (git, clone) = open_clone(dir.path(), &environment).expect("a clone");
        let carrier = Carrier::usual(CarrierKind::Refs);
        let url = "https://example.org/pay.git";
        let repo = Repo::of_project(&git, &dir.path().join("own"), &clone, url, &carrier);
        let repo = repo.expect("our own repository");
        (dir, repo)
    });
    repo
}
