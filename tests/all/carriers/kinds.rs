//! Somebody is faster between the read and the push of an entry (safety.md T7), whatever it tells: once, twice, five
//! times. It is pushed exactly once more than they are faster, behind all of them, and is there once.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use lanekeeper::engine::Call;
use lanekeeper::engine::Plan;
use lanekeeper::git::NewLink;
use lanekeeper::git::Pushed;
use lanekeeper::model::CarrierKind;
use lanekeeper::model::ENTRY_KINDS;
use lanekeeper::model::EventId;
use lanekeeper::model::HotfixId;
use lanekeeper::ops::Points;
use lanekeeper::ops::Workspace;
use lanekeeper::record::Entry;
use lanekeeper::record::Event;
use lanekeeper::record::decode;
use lanekeeper::record::encode;
use serde_json::Value;
use serde_json::json;

use super::place::Place;
use crate::sweep::tell;

/// How often somebody is faster.
const FASTER: [usize; 3] = [1, 2, 5];
/// Of so many kinds one meets two who are faster in every run of the tests, and one five; each meets one.
const SHARE: usize = 6;

/// Returns an event of each kind, as the samples of released versions have it.
fn events() -> Vec<Event> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/all/records/v1");
    let sample = |kind: &&str| {
        let text = std::fs::read(folder.join(format!("{kind}.json"))).expect("each has a sample");
        let sample: Value = serde_json::from_slice(&text).expect("a sample is JSON");
        let event = json!({"type": sample["type"], "body": sample["body"]});
        serde_json::from_value(event).expect("it was released")
    };
    ENTRY_KINDS.iter().map(sample).collect()
}

/// Appends a note without a console: a fetch and a push, as quick as anybody can be.
async fn append(who: Workspace, hotfix: HotfixId, number: usize) {
    let id = format!("01J00000000000000000{number:06}");
    let id = id.parse().expect("an id");
    append_as(&who, &hotfix, id, format!("faster {number}")).await;
}

/// The same by an id, which may be on the record already.
pub(super) async fn append_as(who: &Workspace, hotfix: &HotfixId, id: EventId, text: String) {
    let chains = who.chains();
    let name = chains.carrier().hotfix(hotfix).expect("a ref");
    let head = chains.fetch(&name).await.expect("the remote is there");
    let head = head.expect("the record was begun");
    let links = chains.read(&head, None).expect("a chain");
    let last = links.last().expect("an entry at least");
    let last = decode(&last.files, hotfix, last.parent.as_ref()).expect("an entry");
    let event = Event::NoteAdded { text };
    let note =
        Entry::new(id, hotfix.clone(), last.actor.clone(), last.at, event).expect("within limits");
    let note = note.after(&head, &last).expect("within limits");
    let link = NewLink {
        author: note.actor.person.clone(),
        at: note.at,
        message: note.message(),
        files: encode(&note),
    };
    let built = chains.build(Some(&head), &link).expect("it is built");
    let pushed = chains.push(&name, &built, Some(&head)).await;
    assert_eq!(pushed.expect("the remote is there"), Pushed::Done);
}

/// Says one event while others are faster so many times, and says what is wrong.
fn outrun(place: &Place, plan: &Plan, event: &Event, times: usize, turn: usize) -> Option<String> {
    let built = Arc::new(AtomicUsize::new(0));
    let (counted, other, hotfix) = (
        Arc::clone(&built),
        place.other.clone(),
        place.hotfix.clone(),
    );
    let between = move |moment: &'static str| {
        if moment != "the record is built" {
            return;
        }
        let round = counted.fetch_add(1, Ordering::Relaxed);
        if round >= times {
            return;
        }
        let appends = append(other.clone(), hotfix.clone(), turn * 10 + round);
        // A machine of its own: another thread with another runtime.
        let appended = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .expect("a runtime starts");
            runtime.block_on(appends);
        });
        appended.join().expect("it is appended");
    };
    let ana = place.ana.with_points(Points::heard_by(Arc::new(between)));
    let mut plan = plan.clone();
    plan.changes[0].call = Call::Record {
        event: event.clone(),
    };
    let results = place.carry_out(&ana, &plan);
    let result = results.first().expect("a change");
    if result.outcome.word() != "done" || !result.why.is_empty() {
        return Some(format!("{}: {}", result.outcome.word(), result.why));
    }
    let rounds = built.load(Ordering::Relaxed);
    if rounds != times + 1 {
        return Some(format!("it was built {rounds} times"));
    }
    let name = place.record(&place.hotfix);
    let head = place.at(&name).expect("the record is there");
    let before = format!("{head}~{}", times + 1);
    let range = format!("{before}..{head}");
    let subjects = place.git(&["log", "--reverse", "--format=%s", &range]);
    let kinds = subjects.lines().map(|line| line.split(' ').next());
    let kinds: Vec<&str> = kinds.map(Option::unwrap_or_default).collect();
    let mut expected = vec!["note.added"; times];
    expected.push(event.name());
    (kinds != expected).then(|| format!("the record goes on with {kinds:?}"))
}

/// Lets each kind meet those who are faster, as many as `wanted` says.
fn each_kind(wanted: impl Fn(usize, usize) -> bool) {
    let place = Place::new(CarrierKind::Refs);
    let plan = place.plan(&place.ana, &place.hotfix, "note \"a plan\"");
    let plan = plan.expect("a plan");
    let events = events();
    assert!(events.len() >= 18, "{} kinds", events.len());
    let mut cases = 0;
    let mut wrong = Vec::new();
    for (number, event) in events.iter().enumerate() {
        for times in FASTER.into_iter().filter(|times| wanted(number, *times)) {
            cases += 1;
            if let Some(why) = outrun(&place, &plan, event, times, cases) {
                wrong.push(format!("{} behind {times}: {why}", event.name()));
            }
        }
    }
    tell(&format!("{cases} entries outrun, {} wrong", wrong.len()));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_entry_of_any_kind_is_there_once_behind_whoever_was_faster() {
    each_kind(|number, times| match times {
        1 => true,
        2 => number % SHARE == 0,
        _ => number % (5 * SHARE) == 1,
    });
}

#[test]
#[ignore = "each kind behind one, two and five, minutes: cargo test --test all behind_each_number -- --ignored"]
fn an_entry_of_any_kind_is_there_once_behind_each_number_of_others() {
    each_kind(|_, _| true);
}
