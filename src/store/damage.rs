//! What happens to a journal whose files were cut off or had bits flipped: it is refused by name or read as it was written,
//! and nothing is ever read from it that nobody wrote. What was written last is in SQLite's `-wal`, whose rows have sums of
//! its own: from the damage on they are as if never written, which nobody can tell from the file.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;

use super::Error;
use super::IntentState;
use super::Journal;
use super::tests::commit;
use super::tests::hotfix;
use super::tests::note;
use crate::model::CommitId;
use crate::model::IntentId;
use crate::model::RefName;
use crate::model::Timestamp;
use crate::record::Entry;
use crate::record::Signature;

/// What a journal tells, as far as anything is done because of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    events: Vec<Entry>,
    pending: Vec<Entry>,
    calls: Vec<(String, IntentState, u32)>,
    words: Option<String>,
    pins: BTreeMap<RefName, CommitId>,
}

impl Told {
    /// Tells whether all of this was told at some moment: less of it may be there, nothing else.
    fn is_of(&self, moments: &[Self]) -> bool {
        let mut events = self.events.iter();
        let mut pending = self.pending.iter();
        let mut calls = self.calls.iter();
        let mut pins = self.pins.iter();
        events.all(|one| any(moments, |old| has(&old.events, one)))
            && pending.all(|one| any(moments, |old| has(&old.pending, one)))
            && calls.all(|one| any(moments, |old| old.calls.contains(one)))
            && pins.all(|(name, head)| any(moments, |old| old.pins.get(name) == Some(head)))
            && (self.words.is_none() || any(moments, |old| old.words == self.words))
    }
}

fn any(moments: &[Told], is_there: impl Fn(&Told) -> bool) -> bool {
    moments.iter().any(is_there)
}

/// Tells whether an entry is there, with its signature or without any.
fn has(all: &[Entry], one: &Entry) -> bool {
    all.iter().any(|old| {
        let mut unsigned = old.clone();
        unsigned.signature = None;
        old == one || unsigned == *one
    })
}

fn intent() -> IntentId {
    "01J1".parse().expect("static id")
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
        words: journal.words_of(&intent())?,
        pins: journal.pins()?,
    })
}

/// Writes into a journal everything that it is for, and lets `after` look after each write.
fn fill(journal: &Journal, mut after: impl FnMut(&Journal)) {
    let at = Timestamp::from_second(5);
    for n in 0..40 {
        let mut entry = note(&format!("E{n:03}"));
        if n % 5 == 0 {
            entry.signature = Some(Signature {
                text: format!("a signature of {n}"),
                over: None,
            });
        }
        journal.put_event(&entry).expect("writes");
        after(journal);
        if n % 2 == 0 {
            journal.mark_shared(&entry.id, &commit()).expect("writes");
            after(journal);
        }
    }
    let calls: Vec<String> = (0..12)
        .map(|n| format!("merge change request {n}"))
        .collect();
    journal
        .declare(&intent(), &hotfix(), "do run", &calls, at)
        .expect("writes");
    after(journal);
    journal.set_shared(&intent(), at).expect("writes");
    after(journal);
    for (index, state) in [
        IntentState::Permitted,
        IntentState::Sending,
        IntentState::Unknown,
    ]
    .into_iter()
    .enumerate()
    {
        journal
            .set_state(&intent(), index, state, at)
            .expect("declared");
        after(journal);
    }
    for name in ["refs/x/y", "refs/x/z"] {
        journal
            .pin(&name.parse().expect("static ref"), &commit())
            .expect("writes");
        after(journal);
    }
}

/// Fills a journal in `dir`, closes it and returns its bytes and what it tells.
fn filled(dir: &Path) -> (Vec<u8>, Told) {
    let journal = Journal::open(dir).expect("opens");
    fill(&journal, |_| {});
    let told = told(&journal).expect("reads");
    drop(journal);
    let bytes = std::fs::read(dir.join(FILE)).expect("reads");
    (bytes, told)
}

const FILE: &str = "journal.sqlite";
const WAL: &str = "journal.sqlite-wal";

/// A journal as a process leaves it that dies: what was written last is in the `-wal` alone.
struct Left {
    file: Vec<u8>,
    wal: Vec<u8>,
    /// What it told at the begin and after each write.
    moments: Vec<Told>,
}

fn left() -> Left {
    let dir = tempfile::tempdir().expect("temporary folder");
    let journal = Journal::open(dir.path()).expect("opens");
    journal.put_event(&note("A000")).expect("writes");
    // Closing moves everything into the file.
    drop(journal);
    let journal = Journal::open(dir.path()).expect("opens");
    let mut moments = vec![told(&journal).expect("reads")];
    fill(&journal, |journal| {
        moments.push(told(journal).expect("reads"));
    });
    let read = |name: &str| std::fs::read(dir.path().join(name)).expect("reads");
    let (file, wal) = (read(FILE), read(WAL));
    assert!(wal.len() > file.len(), "nothing was moved in between");
    Left { file, wal, moments }
}

/// Opens a journal of these files twice, for writing and for reading, and returns what it tells; where it is refused, that
/// is by name.
fn tells(files: &[(&str, &[u8])], case: &str) -> Vec<Told> {
    let dir = tempfile::tempdir().expect("temporary folder");
    for (name, bytes) in files {
        std::fs::write(dir.path().join(name), bytes).expect("writes");
    }
    let mut all = Vec::new();
    for round in ["first", "second"] {
        match Journal::open(dir.path()).and_then(|journal| told(&journal)) {
            Ok(told) => all.push(told),
            Err(error) => {
                let words = error.to_string();
                assert!(words.contains("journal"), "{case}, {round} time: {words}");
            }
        }
    }
    all
}

/// Checks that a journal with these bytes says nothing new.
fn says_nothing_new(files: &[(&str, &[u8])], moments: &[Told], case: &str) {
    for told in tells(files, case) {
        assert!(told.is_of(moments), "{case}: {told:?}");
    }
}

/// Checks that a journal with this `-wal` tells what it told at some moment: its rows come back in the order in which they
/// were written, up to the damage, and whole.
fn tells_a_moment(left: &Left, wal: &[u8], case: &str) {
    for told in tells(&[(FILE, &left.file[..]), (WAL, wal)], case) {
        assert!(left.moments.contains(&told), "{case}: {told:?}");
    }
}

fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1 << (at % 8);
    bytes
}

fn cut_off_each(step: usize) {
    let dir = tempfile::tempdir().expect("temporary folder");
    let (bytes, whole) = filled(dir.path());
    let moments = [whole];
    for at in (0..bytes.len()).step_by(step) {
        let case = format!("cut off at {at}");
        says_nothing_new(&[(FILE, &bytes[..at])], &moments, &case);
    }
}

fn flipped_each(step: usize) {
    let dir = tempfile::tempdir().expect("temporary folder");
    let (bytes, whole) = filled(dir.path());
    let moments = [whole];
    for at in (0..bytes.len()).step_by(step) {
        let case = format!("a bit flipped in byte {at}");
        says_nothing_new(&[(FILE, &flipped(&bytes, at)[..])], &moments, &case);
    }
}

fn left_cut_off_each(step: usize) {
    let left = left();
    for at in (0..left.wal.len()).step_by(step) {
        tells_a_moment(&left, &left.wal[..at], &format!("-wal cut off at {at}"));
    }
}

fn left_flipped_each(step: usize) {
    let left = left();
    for at in (0..left.wal.len()).step_by(step) {
        let case = format!("a bit flipped in byte {at} of the -wal");
        tells_a_moment(&left, &flipped(&left.wal, at), &case);
    }
    // As often as in the longer file.
    let step = (step * left.file.len() / left.wal.len()).max(1);
    for at in (0..left.file.len()).step_by(step) {
        let file = flipped(&left.file, at);
        let case = format!("a bit flipped in byte {at} below the -wal");
        says_nothing_new(
            &[(FILE, &file[..]), (WAL, &left.wal[..])],
            &left.moments,
            &case,
        );
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
fn the_newest_rows_that_were_cut_off_are_not_there_or_as_they_were() {
    left_cut_off_each(20_011);
}

#[test]
fn the_newest_rows_with_a_flipped_bit_are_not_there_or_as_they_were() {
    left_flipped_each(20_011);
}

#[test]
#[ignore = "takes an hour: each 61st byte of a file that is ten times as long"]
fn the_newest_rows_damaged_anywhere_are_not_there_or_as_they_were() {
    left_cut_off_each(61);
    left_flipped_each(61);
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
