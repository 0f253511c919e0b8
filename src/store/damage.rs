//! What happens to a journal whose file was cut off or had bits flipped: it is refused by name or read as it was written,
//! and nothing is ever read from it that nobody wrote.

use std::path::Path;

use rusqlite::Connection;

use super::Error;
use super::IntentState;
use super::Journal;
use super::tests::commit;
use super::tests::hotfix;
use super::tests::note;
use crate::model::IntentId;
use crate::model::Timestamp;
use crate::record::Entry;

/// What a journal tells, as far as anything is done because of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    events: Vec<Entry>,
    pending: Vec<Entry>,
    calls: Vec<(String, IntentState, u32)>,
}

fn told(journal: &Journal) -> Result<Told, Error> {
    let calls = journal.open_intents()?;
    let calls = calls.into_iter();
    Ok(Told {
        events: journal.events(&hotfix())?,
        pending: journal.pending(&hotfix())?,
        calls: calls
            .map(|call| (call.call, call.state, call.attempts))
            .collect(),
    })
}

/// Fills a journal in `dir`, closes it and returns its bytes and what it tells.
fn filled(dir: &Path) -> (Vec<u8>, Told) {
    let journal = Journal::open(dir).expect("opens");
    let intent: IntentId = "01J1".parse().expect("static id");
    let at = Timestamp::from_second(5);
    for n in 0..40 {
        let entry = note(&format!("E{n:03}"));
        journal.put_event(&entry).expect("writes");
        if n % 2 == 0 {
            journal.mark_shared(&entry.id, &commit()).expect("writes");
        }
    }
    let calls: Vec<String> = (0..12)
        .map(|n| format!("merge change request {n}"))
        .collect();
    journal
        .declare(&intent, &hotfix(), "do run", &calls, at)
        .expect("writes");
    journal.set_shared(&intent, at).expect("writes");
    for (index, state) in [
        IntentState::Permitted,
        IntentState::Sending,
        IntentState::Unknown,
    ]
    .into_iter()
    .enumerate()
    {
        journal
            .set_state(&intent, index, state, at)
            .expect("declared");
    }
    journal
        .pin(&"refs/x/y".parse().expect("static ref"), &commit())
        .expect("writes");
    let told = told(&journal).expect("reads");
    drop(journal);
    let bytes = std::fs::read(dir.join("journal.sqlite")).expect("reads");
    (bytes, told)
}

/// Opens a journal with these bytes, for writing and for reading, and checks that it says nothing new.
fn says_nothing_new(bytes: &[u8], whole: &Told, case: &str) {
    let dir = tempfile::tempdir().expect("temporary folder");
    let path = dir.path().join("journal.sqlite");
    std::fs::write(&path, bytes).expect("writes");
    for round in ["first", "second"] {
        let answer = Journal::open(dir.path()).and_then(|journal| told(&journal));
        match answer {
            Ok(told) => {
                let is_old = told.events.iter().all(|entry| whole.events.contains(entry))
                    && told
                        .pending
                        .iter()
                        .all(|entry| whole.pending.contains(entry))
                    && told.calls.iter().all(|call| whole.calls.contains(call));
                assert!(is_old, "{case}, {round} time: {told:?}");
            }
            Err(error) => {
                let words = error.to_string();
                assert!(words.contains("journal"), "{case}, {round} time: {words}");
            }
        }
    }
}

fn cut_off_each(step: usize) {
    let dir = tempfile::tempdir().expect("temporary folder");
    let (bytes, whole) = filled(dir.path());
    for at in (0..bytes.len()).step_by(step) {
        says_nothing_new(&bytes[..at], &whole, &format!("cut off at {at}"));
    }
}

fn flipped_each(step: usize) {
    let dir = tempfile::tempdir().expect("temporary folder");
    let (bytes, whole) = filled(dir.path());
    for at in (0..bytes.len()).step_by(step) {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1 << (at % 8);
        says_nothing_new(&bytes, &whole, &format!("a bit flipped in byte {at}"));
    }
}

#[test]
fn a_journal_that_was_cut_off_is_refused_or_tells_what_it_told() {
    cut_off_each(1_021);
}

#[test]
fn a_journal_with_a_flipped_bit_is_refused_or_tells_what_it_told() {
    flipped_each(509);
}

#[test]
#[ignore = "takes minutes: every byte; the tests above take a sample"]
fn a_journal_damaged_at_any_byte_is_refused_or_tells_what_it_told() {
    cut_off_each(1);
    flipped_each(1);
}

#[test]
fn a_row_that_was_changed_behind_our_back_is_named_with_its_file() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let (_, whole) = filled(dir.path());
    let path = dir.path().join("journal.sqlite");
    for change in [
        "update events set json = replace(json, 'E003', 'E004') where id = 'E003'",
        "update events set state = 'pending' where id = 'E002'",
        "update intents set state = 'durable' where state = 'sending'",
        "update intents set call = 'nothing' where n = 1",
        "update intents set sum = null",
    ] {
        let original = std::fs::read(&path).expect("reads");
        let connection = Connection::open(&path).expect("opens");
        assert!(connection.execute(change, []).expect("changes") > 0);
        drop(connection);
        let journal = Journal::open(dir.path()).expect("whole as far as SQLite can tell");
        let error = told(&journal).expect_err("the sum is another one");
        drop(journal);
        let words = error.to_string();
        assert!(words.contains(&path.display().to_string()), "{words}");
        std::fs::write(&path, original).expect("writes");
        for side in ["sqlite-wal", "sqlite-shm"] {
            drop(std::fs::remove_file(path.with_extension(side)));
        }
    }
    let journal = Journal::open(dir.path()).expect("opens");
    assert_eq!(told(&journal).expect("reads"), whole);
}
