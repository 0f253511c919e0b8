//! The record's bytes: frozen samples of every released kind, and what may never happen to random input.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use lanekeeper::model::CommitId;
use lanekeeper::model::ENTRY_KINDS;
use lanekeeper::model::EventId;
use lanekeeper::model::HotfixId;
use lanekeeper::model::Person;
use lanekeeper::model::Timestamp;
use lanekeeper::record::AcknowledgedPath;
use lanekeeper::record::Actor;
use lanekeeper::record::Entry;
use lanekeeper::record::Error;
use lanekeeper::record::Event;
use lanekeeper::record::Record;
use lanekeeper::record::decode;
use lanekeeper::record::encode;
use lanekeeper::record::verify;
use proptest::prelude::*;
use serde_json::Value;
use serde_json::json;

use crate::sweep::tell;

fn hotfix() -> HotfixId {
    "20260412-checkout-null-7f3a9c".parse().expect("static id")
}

fn commit(digit: char) -> CommitId {
    digit.to_string().repeat(40).parse().expect("static id")
}

fn entry(number: usize, event: Event) -> Entry {
    made(number, event).expect("within limits")
}

fn made(number: usize, event: Event) -> Result<Entry, Error> {
    let actor = Actor {
        person: Person::from_email("Ana Ruiz", "ana@example.org"),
        device: "ana-laptop".to_owned(),
    };
    let id: EventId = format!("01J0000000000000000000{number:04}")
        .parse()
        .expect("static id");
    let at = Timestamp::from_second(1_775_986_267);
    Entry::new(id, hotfix(), actor, at, event)
}

fn note(number: usize, text: &str) -> Entry {
    let text = text.to_owned();
    entry(number, Event::NoteAdded { text })
}

/// Returns entries placed one after another; the commit of entry N is made of the digit N.
fn chain(entries: Vec<Entry>) -> Vec<Entry> {
    let mut placed: Vec<Entry> = Vec::new();
    for entry in entries {
        let next = match placed.last() {
            None => entry.first().expect("small"),
            Some(last) => entry
                .after(&commit(digit(placed.len() - 1)), last)
                .expect("within limits"),
        };
        placed.push(next);
    }
    placed
}

fn digit(number: usize) -> char {
    char::from_digit(u32::try_from(number % 10).expect("one digit"), 10).expect("one digit")
}

fn files(json: &[u8]) -> BTreeMap<String, Vec<u8>> {
    BTreeMap::from([
        ("v1".to_owned(), Vec::new()),
        ("event.json".to_owned(), json.to_vec()),
    ])
}

fn frozen() -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/all/records/v1");
    let mut found: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .expect("frozen samples are there")
        .map(|file| file.expect("readable").path())
        .map(|path| {
            let name = path.file_stem().expect("has a name").to_string_lossy();
            (
                name.into_owned(),
                std::fs::read(&path).expect("readable sample"),
            )
        })
        .collect();
    found.sort();
    found
}

#[test]
fn every_frozen_sample_is_read_and_written_back_byte_for_byte() {
    let samples = frozen();
    for (name, bytes) in &samples {
        let entry = decode(&files(bytes), &hotfix(), None)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(&entry.kind, name);
        let event = entry.event.as_ref();
        assert_eq!(event.map(Event::name), Some(name.as_str()), "{name}");
        let written = encode(&entry);
        assert_eq!(written, files(bytes), "{name}");
        assert!(!entry.sentence().is_empty(), "{name}");
    }
    let names: Vec<&str> = samples.iter().map(|(name, _)| name.as_str()).collect();
    let mut kinds = every_kind();
    kinds.sort();
    assert_eq!(
        names, kinds,
        "each kind has a frozen sample, and each sample is of a kind"
    );
    let mut listed = ENTRY_KINDS.to_vec();
    listed.sort_unstable();
    assert_eq!(listed, kinds, "the list names each kind");
}

/// Returns the name of every kind that can be read: an unknown one is refused with the list of them, which no one can
/// forget to extend.
fn every_kind() -> Vec<String> {
    let nothing = json!({"type": "coffee.made", "body": {}});
    let error = serde_json::from_value::<Event>(nothing).expect_err("no such kind");
    let words = error.to_string();
    let (_, list) = words
        .split_once("expected one of ")
        .expect("the kinds are listed");
    let quoted = list.split('`').skip(1).step_by(2);
    quoted.map(str::to_owned).collect()
}

#[test]
fn an_envelope_with_every_field_of_the_specification_is_kept_byte_for_byte() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/all/records/envelope/v1.json");
    let bytes = std::fs::read(path).expect("frozen envelope");
    let entry = decode(&files(&bytes), &hotfix(), Some(&commit('a'))).expect("is read");
    assert_eq!((entry.seq, entry.kind.as_str()), (17, "note.added"));
    assert_eq!(entry.actor.person.id, "ana@example.org");
    assert_eq!(encode(&entry), files(&bytes));
}

#[test]
fn the_frozen_samples_fold_to_what_they_always_folded_to() {
    let entries: Vec<Entry> = frozen()
        .iter()
        .map(|(_, bytes)| decode(&files(bytes), &hotfix(), None).expect("frozen sample"))
        .collect();
    let timeline: Vec<String> = entries
        .iter()
        .map(|entry| format!("{:<20} {}", entry.kind, entry.sentence()))
        .collect();
    insta::assert_snapshot!("timeline", timeline.join("\n"));
    let mut record = Record::fold(hotfix(), entries);
    record.entries.clear();
    insta::assert_debug_snapshot!("fold", record);
}

#[test]
fn an_entry_that_comes_twice_counts_once() {
    let entries = vec![note(0, "one"), note(1, "two"), note(0, "one")];
    let mut record = Record::fold(hotfix(), entries);
    record.apply(note(1, "two"));
    assert_eq!(record.entries.len(), 2);
    assert_eq!(record.notes.len(), 2);
}

#[test]
fn what_was_accepted_is_a_new_question_once_the_fix_has_more_commits() {
    let taken = |number: usize, base: char, commits: &[char]| {
        let commits: Vec<CommitId> = commits.iter().map(|digit| commit(*digit)).collect();
        let head = commits.last().expect("a commit").clone();
        let base = commit(base);
        let event = Event::SnapshotTaken {
            head,
            base,
            commits,
        };
        entry(number, event)
    };
    let accepted = Event::VerdictAcknowledged {
        lane: "develop".parse().expect("static name"),
        paths: vec![AcknowledgedPath {
            path: "src/refund.rs".to_owned(),
            blob: Some(commit('9')),
            is_gone: false,
            made: None,
        }],
        note: "rewritten".to_owned(),
    };
    let mut entries = vec![taken(0, '1', &['a']), entry(1, accepted)];
    // On another base it is the same fix.
    entries.push(taken(2, '2', &['a']));
    let record = Record::fold(hotfix(), entries.clone());
    assert_eq!(record.acknowledged.len(), 1);
    entries.push(taken(3, '2', &['a', 'b']));
    assert!(Record::fold(hotfix(), entries).acknowledged.is_empty());
}

#[test]
fn an_unknown_kind_survives_and_stops_effects_only_if_it_is_critical() {
    for is_critical in [false, true] {
        let entry = note(0, "x").with_json(|json| {
            json["type"] = json!("coffee.made");
            json["critical"] = json!(is_critical);
            json["body"] = json!({"cups": [1, {"deep": null}]});
            json["made_by"] = json!("a newer version");
        });
        let entry = entry.expect("within limits");
        let bytes = encode(&entry);
        let read = decode(&bytes, &hotfix(), None).expect("unknown kinds are read");
        assert_eq!(read.event, None);
        assert_eq!(read.kind, "coffee.made");
        assert_eq!(read.sentence(), "coffee.made (made by a newer version)");
        assert_eq!(encode(&read), bytes);
        assert_eq!(Record::fold(hotfix(), [read]).is_beyond_us, is_critical);
    }
}

#[test]
fn a_known_kind_that_cannot_be_read_stops_effects() {
    let words = json!({"words": "a newer version moved the text"});
    let entry = note(0, "x").with_json(|json| json["body"] = words);
    let entry = entry.expect("small");
    let read = decode(&encode(&entry), &hotfix(), None).expect("is read");
    assert!(Record::fold(hotfix(), [read]).is_beyond_us);
}

#[test]
fn a_chain_verifies_and_any_change_to_it_does_not() {
    let entries = chain((0..5).map(|n| note(n, &format!("note {n}"))).collect());
    verify(None, &entries).expect("an honest chain");
    verify(Some(&entries[1]), &entries[2..]).expect("its later part");

    let mut altered = entries.clone();
    let other = |json: &mut Value| json["body"]["text"] = json!("something else");
    altered[2] = altered[2].clone().with_json(other).expect("small");
    let mut reordered = entries.clone();
    reordered.swap(2, 3);
    let mut shortened = entries.clone();
    shortened.remove(2);
    let mut beheaded = entries.clone();
    beheaded.remove(0);
    let mut doubled = entries.clone();
    doubled.push(
        entries[1]
            .clone()
            .after(&commit('4'), &entries[4])
            .expect("small"),
    );
    for (what, bad) in [
        ("altered", altered),
        ("reordered", reordered),
        ("shortened", shortened),
        ("beheaded", beheaded),
        ("doubled", doubled),
    ] {
        assert!(verify(None, &bad).is_err(), "{what}");
    }
}

#[test]
fn an_entry_from_another_place_is_refused() {
    let entries = chain(vec![note(0, "a"), note(1, "b")]);
    let bytes = encode(&entries[1]);
    assert!(decode(&bytes, &hotfix(), Some(&commit('0'))).is_ok());
    assert!(decode(&bytes, &hotfix(), Some(&commit('1'))).is_err());
    assert!(decode(&bytes, &hotfix(), None).is_err());
    let other = "20260412-other-000000".parse().expect("static id");
    assert!(decode(&bytes, &other, Some(&commit('0'))).is_err());
}

#[test]
fn another_spelling_a_doubled_key_or_a_missing_version_is_refused() {
    let line = note(0, "x").to_line().to_owned();
    let spaced = line.replacen(':', ": ", 1);
    let doubled = line.replacen("{\"actor\"", "{\"actor\":1,\"actor\"", 1);
    for bad in [spaced, doubled, "[]".to_owned(), "{}".to_owned()] {
        let read = decode(&files(bad.as_bytes()), &hotfix(), None);
        assert!(read.is_err(), "{bad}");
    }
    let mut unversioned = files(line.as_bytes());
    unversioned.remove("v1");
    assert!(decode(&unversioned, &hotfix(), None).is_err());
}

#[test]
fn a_text_that_is_too_long_is_refused_before_it_is_written() {
    let text = "x".repeat(9000);
    let error = made(0, Event::NoteAdded { text }).expect_err("over the limit");
    assert!(error.to_string().contains("8192"), "{error}");
}

#[test]
fn text_from_outside_is_showable_in_the_timeline() {
    let shown = note(0, "red \u{1b}[31m\nalert \u{202e}").sentence();
    assert!(!shown.chars().any(char::is_control), "{shown:?}");
    assert!(shown.contains('␛') && shown.contains("‹202E›"), "{shown}");
}

/// Any JSON, integers only, a bit deeper and longer than what is allowed.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-(1i64 << 53)..=(1i64 << 53)).prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(".*", inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn random_bytes_are_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(decode(&files(&bytes), &hotfix(), None).is_err());
    }

    #[test]
    fn random_fields_never_panic_and_what_is_read_is_written_back(
        field in prop::sample::select(vec!["v", "id", "type", "critical", "run", "prev", "seq", "actor", "at", "body", "ext", "new"]),
        value in any_json(),
    ) {
        let entry = note(0, "x").with_json(|json| json[field] = value);
        if let Ok(entry) = entry
            && let bytes = encode(&entry)
            && let Ok(read) = decode(&bytes, &hotfix(), None)
        {
            prop_assert_eq!(encode(&read), bytes);
            prop_assert_eq!(read.to_line(), entry.to_line());
            let _ = read.sentence();
            Record::fold(hotfix(), [read]);
        }
    }

    #[test]
    fn decoding_gives_back_what_was_encoded(text in ".{0,200}", device in ".{0,20}", seconds in 0i64..4_000_000_000) {
        let made = note(0, &text);
        let actor = Actor { device, ..made.actor };
        let at = Timestamp::from_second(seconds);
        let made = Entry::new(made.id, hotfix(), actor, at, Event::NoteAdded { text }).expect("small");
        let read = decode(&encode(&made), &hotfix(), None).expect("own bytes");
        prop_assert_eq!(read, made);
    }
}

#[test]
#[ignore = "measures how long records of up to 50,000 entries take; what is promised is promised of --release"]
fn a_record_of_ten_thousand_entries_is_folded_in_150_milliseconds() {
    for count in [5_000, 10_000, 50_000] {
        let placed = chain((0..count).map(|number| note(number, "a word")).collect());
        let stored: Vec<_> = placed.iter().map(encode).collect();
        let begun = Instant::now();
        let read = stored.iter().enumerate().map(|(number, files)| {
            let parent = number.checked_sub(1).map(|before| commit(digit(before)));
            decode(files, &hotfix(), parent.as_ref()).expect("just written")
        });
        let read: Vec<Entry> = read.collect();
        verify(None, &read).expect("a chain");
        let checked = begun.elapsed();
        let begun = Instant::now();
        let record = Record::fold(hotfix(), read);
        let folded = begun.elapsed();
        assert_eq!(record.entries.len(), count);
        tell(&format!(
            "{count} entries: read and verified in {checked:?}, folded in {folded:?}"
        ));
        let is_promised = count == 10_000 && !cfg!(debug_assertions);
        assert!(!is_promised || folded.as_millis() <= 150, "{folded:?}");
    }
}
