//! What the journal promises, on real files.

use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use rusqlite::Connection;

use super::Error;
use super::IntentState;
use super::Journal;
use super::OpenIntent;
use super::Told;
use crate::model::CommitId;
use crate::model::HotfixId;
use crate::model::IntentId;
use crate::model::Person;
use crate::model::RefName;
use crate::model::Timestamp;
use crate::record::Actor;
use crate::record::Entry;
use crate::record::Event;

pub(super) fn hotfix() -> HotfixId {
    "20260412-checkout-null-7f3a9c".parse().expect("static id")
}

pub(super) fn note(id: &str) -> Entry {
    let actor = Actor {
        person: Person::from_email("Ana", "ana@example.org"),
        device: "laptop".to_owned(),
    };
    let event = Event::NoteAdded {
        text: id.to_owned(),
    };
    let at = Timestamp::from_second(1);
    Entry::new(id.parse().expect("static id"), hotfix(), actor, at, event).expect("small")
}

pub(super) fn commit() -> CommitId {
    "a".repeat(40).parse().expect("static id")
}

#[test]
fn pending_events_come_back_in_order_until_they_are_shared_or_withdrawn() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let (one, two, three) = (note("B1"), note("A2"), note("C3"));
    {
        let journal = Journal::open(dir.path()).expect("opens");
        for entry in [&one, &two, &three, &one] {
            journal.put_event(entry).expect("writes");
        }
    }
    let journal = Journal::open(dir.path()).expect("opens again");
    assert_eq!(
        journal.pending(&hotfix()).expect("reads"),
        [one.clone(), two.clone(), three.clone()]
    );
    let two_id = two.id.clone();
    let placed = two.after(&commit(), &one).expect("small");
    journal.mark_shared(&two_id, &commit()).expect("writes");
    journal.keep(&placed, &commit()).expect("writes");
    journal.keep(&note("D4"), &commit()).expect("writes");
    journal.withdraw(&three.id).expect("writes");
    journal.withdraw(&placed.id).expect("changes nothing");
    assert_eq!(
        journal.pending(&hotfix()).expect("reads"),
        std::slice::from_ref(&one)
    );
    assert_eq!(
        journal.events(&hotfix()).expect("reads"),
        [one, placed, note("D4")]
    );
}

#[test]
fn what_was_made_together_comes_back_together_and_is_signed_later_where_it_is_to_be() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let made = [note("B1"), note("A2")];
    let alone = note("C3");
    {
        let journal = Journal::open(dir.path()).expect("opens");
        journal.put_made(&made, true).expect("writes");
        let alone = std::slice::from_ref(&alone);
        journal.put_made(alone, false).expect("writes");
    }
    let journal = Journal::open(dir.path()).expect("opens again");
    let [one, two] = made;
    let is_to_sign = |entry: &Entry| journal.is_to_sign(entry).expect("reads");
    assert!(is_to_sign(&one) && is_to_sign(&two) && !is_to_sign(&alone));
    assert_eq!(
        journal.pending(&hotfix()).expect("reads"),
        [one, two, alone]
    );
}

#[test]
fn what_is_pending_of_all_hotfixes_is_told_by_hotfix() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let journal = Journal::open(dir.path()).expect("opens");
    assert!(journal.all_pending().expect("reads").is_empty());
    let other: HotfixId = "20260413-other-7f3a9c".parse().expect("static id");
    let mut elsewhere = note("X1");
    elsewhere.hotfix = other.clone();
    elsewhere = elsewhere
        .with_json(|json| json["run"] = serde_json::json!(other))
        .expect("small");
    let (one, two) = (note("B1"), note("A2"));
    for entry in [&one, &elsewhere, &two] {
        journal.put_event(entry).expect("writes");
    }
    journal.keep(&note("C3"), &commit()).expect("writes");
    let pending = journal.all_pending().expect("reads");
    let expected = [(hotfix(), vec![one, two]), (other.clone(), vec![elsewhere])];
    assert_eq!(pending, BTreeMap::from(expected));
    journal
        .withdraw(&"X1".parse().expect("static id"))
        .expect("writes");
    assert!(!journal.all_pending().expect("reads").contains_key(&other));
}

#[test]
fn a_declared_call_stays_open_until_it_is_recorded() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let journal = Journal::open(dir.path()).expect("opens");
    let intent: IntentId = "01J1".parse().expect("static id");
    let (then, later) = (Timestamp::from_second(5), Timestamp::from_second(9));
    let calls = ["push".to_owned(), "merge".to_owned()];
    journal
        .declare(&intent, &hotfix(), "do run", &calls, then)
        .expect("writes");
    assert!(
        journal
            .declare(&intent, &hotfix(), "do run", &calls, then)
            .is_err()
    );
    assert_eq!(
        journal.words_of(&intent).expect("reads").as_deref(),
        Some("do run")
    );
    for state in [
        IntentState::Sending,
        IntentState::Unknown,
        IntentState::Sending,
    ] {
        journal
            .set_state(&intent, 1, state, later)
            .expect("declared");
    }
    journal
        .set_state(&intent, 0, IntentState::Recorded, later)
        .expect("declared");
    assert!(
        journal
            .set_state(&intent, 7, IntentState::Applied, later)
            .is_err()
    );
    let open = journal.open_intents().expect("reads");
    assert_eq!(
        open,
        [OpenIntent {
            intent,
            hotfix: hotfix(),
            index: 1,
            call: "merge".to_owned(),
            state: IntentState::Sending,
            attempts: 2,
            updated_at: later,
        }]
    );
}

#[test]
fn heads_and_facts_are_remembered() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let journal = Journal::open(dir.path()).expect("opens");
    let name: RefName = "refs/lanekeeper/v1/hotfixes/x".parse().expect("static ref");
    assert_eq!(journal.pinned(&name).expect("reads"), None);
    journal.pin(&name, &commit()).expect("writes");
    assert_eq!(journal.pinned(&name).expect("reads"), Some(commit()));
    let other: RefName = "refs/lanekeeper/v1/hotfixes/other"
        .parse()
        .expect("static ref");
    journal.pin(&other, &commit()).expect("writes");
    journal
        .unpin(std::slice::from_ref(&other))
        .expect("let go of");
    assert_eq!(journal.pinned(&other).expect("reads"), None);
    assert_eq!(journal.pinned(&name).expect("reads"), Some(commit()));
    let then = Timestamp::from_second(3);
    journal.remember("tips", "{}", then).expect("writes");
    journal.remember("tips", "[1]", then).expect("writes");
    assert_eq!(
        journal.recall("tips").expect("reads"),
        Some(("[1]".to_owned(), then))
    );
    assert_eq!(journal.recall("other").expect("reads"), None);
}

#[test]
fn a_second_process_reads_and_is_told_why_it_may_not_write() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let first = Journal::open(dir.path()).expect("opens");
    first.put_event(&note("A1")).expect("writes");
    let second = Journal::open(dir.path()).expect("opens for reading");
    assert!(first.is_writer() && !second.is_writer());
    assert_eq!(second.pending(&hotfix()).expect("reads").len(), 1);
    let error = second.put_event(&note("A2")).expect_err("no writer");
    assert!(error.to_string().contains("another Lanekeeper"), "{error}");
    drop(first);
    assert!(Journal::open(dir.path()).expect("opens").is_writer());
}

#[test]
fn folder_and_files_are_private_whatever_they_were_before() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let state = dir.path().join("state");
    std::fs::create_dir(&state).expect("creates");
    std::fs::set_permissions(&state, std::fs::Permissions::from_mode(0o755)).expect("own folder");
    let journal = Journal::open(&state).expect("opens");
    journal.put_event(&note("A1")).expect("writes");
    let mode = |path: &Path| path.metadata().expect("is there").mode() & 0o777;
    assert_eq!(mode(&state), 0o700);
    for file in std::fs::read_dir(&state).expect("reads") {
        let path = file.expect("reads").path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn planted_links_are_refused() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let elsewhere = dir.path().join("elsewhere");
    std::fs::write(&elsewhere, "").expect("writes");

    let by_link = dir.path().join("by-link");
    symlink(dir.path(), &by_link).expect("links");
    assert!(matches!(Journal::open(&by_link), Err(Error::Unsafe { .. })));
    for plant in [
        (|from: &Path, to: &Path| symlink(from, to)) as fn(&Path, &Path) -> io::Result<()>,
        |from, to| std::fs::hard_link(from, to),
    ] {
        let state = tempfile::tempdir_in(dir.path()).expect("temporary folder");
        plant(&elsewhere, &state.path().join("journal.sqlite")).expect("plants");
        assert!(Journal::open(state.path()).is_err());
    }
    assert_eq!(std::fs::read(&elsewhere).expect("reads"), b"");
}

#[test]
fn garbage_in_place_of_the_journal_is_an_error_and_not_a_panic() {
    for garbage in [
        vec![b'x'; 5000],
        vec![0; 4096],
        b"SQLite format 3\0junk".to_vec(),
    ] {
        let dir = tempfile::tempdir().expect("temporary folder");
        std::fs::write(dir.path().join("journal.sqlite"), garbage).expect("writes");
        match Journal::open(dir.path()) {
            Err(error) => assert!(!error.to_string().is_empty()),
            Ok(journal) => {
                // A reader's answer may be an error; it must come back.
                let _ = journal.pending(&hotfix());
            }
        }
    }
}

#[test]
fn a_journal_of_a_newer_version_is_left_alone() {
    let dir = tempfile::tempdir().expect("temporary folder");
    drop(Journal::open(dir.path()).expect("opens"));
    let connection = Connection::open(dir.path().join("journal.sqlite")).expect("opens");
    connection
        .pragma_update(None, "user_version", 3)
        .expect("writes");
    drop(connection);
    let before = std::fs::read(dir.path().join("journal.sqlite")).expect("reads");
    let error = Journal::open(dir.path()).expect_err("newer");
    assert!(matches!(error, Error::Newer { .. }));
    assert!(error.to_string().contains("journal.sqlite"), "{error}");
    let looked = Journal::look(dir.path()).expect_err("newer");
    assert!(matches!(looked, Error::Newer { .. }));
    let after = std::fs::read(dir.path().join("journal.sqlite")).expect("reads");
    assert_eq!(before, after);
}

#[test]
fn a_journal_of_the_first_version_is_read_as_it_is_and_brought_up_by_its_writer() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let frozen = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/all/records/journals/v1.sql"
    );
    let script = std::fs::read_to_string(frozen).expect("frozen journal");
    let connection = Connection::open(dir.path().join("journal.sqlite")).expect("opens");
    connection
        .execute_batch(&script)
        .expect("the first version's own words");
    drop(connection);
    let calls = |left: Vec<OpenIntent>| -> Vec<(String, IntentState)> {
        left.into_iter().map(|one| (one.call, one.state)).collect()
    };
    let expected = [
        (
            "merge change request 7 into main".to_owned(),
            IntentState::Sending,
        ),
        (
            "record note.added \"told\"".to_owned(),
            IntentState::Durable,
        ),
    ];
    let journal = Journal::look(dir.path()).expect("opens");
    let left = journal.open_intents().expect("reads");
    drop(journal);
    assert_eq!(calls(left), expected);
    for _ in 0..2 {
        let journal = Journal::open(dir.path()).expect("opens");
        assert_eq!(calls(journal.open_intents().expect("reads")), expected);
        assert_eq!(journal.pending(&hotfix()).expect("reads"), [note("B1")]);
        assert_eq!(
            journal.events(&hotfix()).expect("reads"),
            [note("A1"), note("B1")]
        );
        let name = "refs/lanekeeper/v1/hotfixes/x".parse().expect("static ref");
        assert_eq!(journal.pinned(&name).expect("reads"), Some(commit()));
        let intent = "01J1".parse().expect("static id");
        assert_eq!(journal.words_of(&intent).expect("reads"), None);
    }
}

#[test]
fn the_calls_of_an_intent_are_shared_together_and_only_those_that_have_not_begun() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let journal = Journal::open(dir.path()).expect("opens");
    let intent: IntentId = "01J1".parse().expect("static id");
    let calls = [
        "record hotfix.opened".to_owned(),
        "push".to_owned(),
        "merge".to_owned(),
    ];
    let then = Timestamp::from_second(5);
    journal
        .declare(&intent, &hotfix(), "start x", &calls, then)
        .expect("writes");
    journal
        .set_state(&intent, 0, IntentState::Recorded, then)
        .expect("declared");
    journal.set_shared(&intent, then).expect("writes");
    let open = journal.open_intents().expect("reads");
    let states: Vec<IntentState> = open.iter().map(|call| call.state).collect();
    assert_eq!(states, [IntentState::Shared, IntentState::Shared]);
    journal
        .set_state(&intent, 1, IntentState::Permitted, then)
        .expect("declared");
    let open = journal.open_intents().expect("reads");
    assert!(open.iter().all(|call| !call.state.has_begun()), "{open:?}");
}

#[test]
fn an_answer_is_kept_until_somebody_writes_and_not_while_it_could_be_overlooked() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let write = |id: &str| {
        let journal = Journal::open(dir.path()).expect("opens");
        journal.put_event(&note(id)).expect("writes");
        drop(journal);
        let file = dir.path().join("journal.sqlite").metadata();
        file.expect("made above").mtime()
    };
    let told = Told::default();
    let mut reads = 0;
    let mut ask = |second| {
        let read = |journal: &Journal| {
            reads += 1;
            journal.pending(&hotfix())
        };
        let now = Timestamp::from_second(second);
        let pending = told.by(dir.path(), now, read).expect("reads");
        (pending.len(), reads)
    };
    let written = write("B1");
    // Whatever is written in the same moment leaves no other time.
    assert_eq!(ask(written), (1, 1));
    assert_eq!(ask(written + 1), (1, 2));
    // A first look may leave files of its own beside the journal.
    ask(written + 60);
    let (_, settled) = ask(written + 60);
    assert_eq!(ask(written + 60), (1, settled));
    let written = write("A2");
    assert_eq!(ask(written + 60), (2, settled + 1));
}

#[test]
fn planted_side_files_are_refused() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let elsewhere = dir.path().join("elsewhere");
    std::fs::write(&elsewhere, "").expect("writes");
    for side in ["journal.sqlite-wal", "journal.sqlite-shm", "journal.lock"] {
        let state = tempfile::tempdir_in(dir.path()).expect("temporary folder");
        symlink(&elsewhere, state.path().join(side)).expect("links");
        assert!(Journal::open(state.path()).is_err(), "{side}");
        assert_eq!(std::fs::read(&elsewhere).expect("reads"), b"", "{side}");
    }
}
