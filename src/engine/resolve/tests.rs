//! Properties of choosing, undoing, keeping and finding again.

use proptest::prelude::*;

use crate::model::Bytes;
use crate::model::ConflictFile;
use crate::model::ConflictKind;
use crate::model::ConflictScene;
use crate::model::ConflictSide;
use crate::model::Hunk;
use crate::model::LastAuthors;
use crate::model::Piece;

use super::Choice;
use super::Memory;
use super::Saved;
use super::Session;
use super::Standing;
use super::Subject;
use super::Take;
use super::Whole;

fn id(digit: &str) -> crate::model::CommitId {
    digit.repeat(40).parse().expect("static id")
}

fn subject(target: &str, head: &str) -> Subject {
    Subject {
        hotfix: "20260412-x-7f3a9c".parse().expect("static id"),
        step: "retrofit".parse().expect("static id"),
        target: target.parse().expect("static name"),
        branch: "retrofit/x".parse().expect("static name"),
        head: id(head),
        onto: id("0"),
        tip: id("0"),
        fix: "hotfix/x".to_owned(),
        is_ours: true,
        is_pushed: true,
    }
}

fn side(digit: &str) -> Option<ConflictSide> {
    Some(ConflictSide {
        mode: 0o100_644,
        id: id(digit),
    })
}

fn text(path: &str, pieces: Vec<Piece>) -> ConflictFile {
    ConflictFile {
        path: path.to_owned(),
        commit: None,
        kind: ConflictKind::Content,
        base: side("a"),
        target: side("b"),
        fix: side("c"),
        pieces,
        files: 0,
        last_authors: LastAuthors::default(),
    }
}

fn hunk(base: &str, target: &str, fix: &str) -> Piece {
    Piece::Hunk(Hunk {
        base: base.into(),
        target: target.into(),
        fix: fix.into(),
    })
}

fn begin(target: &str, files: Vec<ConflictFile>) -> Session {
    let scene = ConflictScene {
        files,
        pending: Vec::new(),
    };
    Session::new(subject(target, "1"), scene)
}

fn picture() -> ConflictFile {
    ConflictFile {
        kind: ConflictKind::Binary,
        ..text("logo.png", Vec::new())
    }
}

fn two_hunks() -> ConflictFile {
    text(
        "a.txt",
        vec![
            Piece::Agreed("one\n".into()),
            hunk("two\n", "TWO\n", "2\n"),
            Piece::Agreed("three\n".into()),
            hunk("", "four\n", "4"),
        ],
    )
}

fn bytes(session: &Session, file: usize) -> Vec<u8> {
    match session.files[file].decided().expect("decided").with {
        super::DecidedWith::Bytes { bytes, .. } => bytes.0,
        other @ (super::DecidedWith::Nothing | super::DecidedWith::Id { .. }) => {
            panic!("not a text: {other:?}")
        }
    }
}

#[test]
fn what_a_path_was_resolved_to_is_read_back_as_the_decisions_that_lead_there() {
    let mut session = begin("integration", vec![two_hunks(), picture()]);
    let text = "one\nTWO\n2\nthree\nby hand\n";
    let became = |digit: &str, text: &str| (side(digit).expect("a side"), Bytes::from(text));
    session.files[0].read_back(Some(&became("d", text)));
    session.files[1].read_back(Some(&became("c", "")));
    let first = session.files[0].hunks[0].decided();
    assert_eq!(first, Some(&Choice::Take(Take::Both)));
    assert_eq!(bytes(&session, 0), text.as_bytes());
    assert_eq!(session.files[1].whole.decided(), Some(&Whole::Fix));
    // With another line changed as well, or with its markers, it says nothing about the hunks.
    for text in [
        "ONE\nTWO\nthree\nfour\n",
        "one\n<<<<<<< x\nthree\n>>>>>>> y\n",
    ] {
        let mut session = begin("integration", vec![two_hunks()]);
        session.files[0].read_back(Some(&became("d", text)));
        assert_eq!(session.files[0].count().1, 0, "{text}");
    }
}

#[test]
fn of_a_file_and_a_folder_each_choice_says_what_becomes_of_the_folder() {
    let folder = || {
        Some(ConflictSide {
            mode: 0o040_000,
            id: id("d"),
        })
    };
    let of = |target: Option<ConflictSide>, fix: Option<ConflictSide>| ConflictFile {
        kind: ConflictKind::Type,
        files: 2,
        target,
        fix,
        ..text("conf", Vec::new())
    };
    let mut session = begin("integration", vec![of(folder(), side("c"))]);
    let how = |session: &mut Session, whole: Whole| {
        session.choose_whole(0, whole);
        session.files[0].decided().expect("decided").how
    };
    let words = how(&mut session, Whole::Fix);
    assert_eq!(words, "taken as the fix has it, in place of the folder");
    assert_eq!(
        how(&mut session, Whole::Target),
        "kept as the target has it"
    );
    assert_eq!(how(&mut session, Whole::Delete), "deleted, with the folder");
    let words = how(&mut session, Whole::Text("new\n".into()));
    assert_eq!(words, "edited, in place of the folder");
    assert_eq!(session.files[0].text_mode(), 0o100_644);
    let mut session = begin("integration", vec![of(side("b"), folder())]);
    let words = how(&mut session, Whole::Target);
    assert_eq!(
        words,
        "kept as the target has it, without the folder of the fix"
    );
    let words = how(&mut session, Whole::Text("new\n".into()));
    assert_eq!(words, "edited, without the folder of the fix");
    let words = how(&mut session, Whole::Delete);
    assert_eq!(words, "deleted, without the folder of the fix");
    let file = &session.files[0].file;
    let shown = |side: &Option<ConflictSide>| side.as_ref().map(|side| file.files_of(side));
    assert_eq!(shown(&file.fix).as_deref(), Some(" with 2 files"));
    assert_eq!(shown(&file.target).as_deref(), Some(""));
}

#[test]
fn each_side_can_be_taken_and_both_in_either_order() {
    let expected: [&[u8]; 4] = [
        b"one\nTWO\nthree\nfour\n",
        b"one\n2\nthree\n4",
        b"one\nTWO\n2\nthree\nfour\n4",
        b"one\n2\nTWO\nthree\n4\nfour\n",
    ];
    for (take, expected) in Take::ALL.into_iter().zip(expected) {
        let mut session = begin("integration", vec![two_hunks()]);
        session.choose_all(0, &Choice::Take(take));
        assert_eq!(bytes(&session, 0), expected, "{}", take.word());
    }
}

#[test]
fn it_is_finished_only_when_every_path_is_decided_and_no_marker_is_left() {
    let mut session = begin("integration", vec![two_hunks(), picture()]);
    assert_eq!(session.count(), (3, 0));
    session.choose(0, 0, Choice::Take(Take::Fix));
    session.choose(0, 1, Choice::Text("<<<<<<< integration\nx\n".into()));
    session.choose_whole(1, Whole::Target);
    assert_eq!(session.count(), (3, 2));
    assert!(session.blockers()[0].why.contains("marker"));
    assert_eq!(session.decided(), None);
    session.choose(0, 1, Choice::Text("x\n".into()));
    assert!(session.blockers().is_empty());
    let decided = session.decided().expect("everything is decided");
    assert_eq!(decided[0].how, "hunk 1 fix taken; hunk 2 edited");
    assert_eq!(decided[1].how, "kept as the target has it");
}

#[test]
fn markers_that_a_side_has_are_text() {
    let document = hunk("<<<<<<< a\n", "<<<<<<< a\n=======\n", "<<<<<<< a\nx\n");
    let mut session = begin("integration", vec![text("git.md", vec![document])]);
    session.choose(0, 0, Choice::Text("<<<<<<< a\n=======\nx\n".into()));
    assert!(session.blockers().is_empty());
    session.choose(0, 0, Choice::Text("<<<<<<< b\n".into()));
    assert!(!session.blockers().is_empty());
}

#[test]
fn a_session_is_taken_up_where_it_was_left_and_only_offered_on_another_head() {
    let mut session = begin("integration", vec![two_hunks(), picture()]);
    session.choose(0, 1, Choice::Text("four\n4\n".into()));
    session.choose_whole(1, Whole::Fix);
    let kept = serde_json::to_string(&Saved::of(&session)).expect("plain data");
    let kept: Saved = serde_json::from_str(&kept).expect("own format");
    let mut again = begin("integration", vec![two_hunks(), picture()]);
    kept.restore(&mut again);
    assert_eq!(again.files, session.files);
    let mut moved = begin("integration", vec![two_hunks(), picture()]);
    moved.subject.head = id("2");
    kept.restore(&mut moved);
    kept.notes(&mut moved);
    assert_eq!(moved.count(), (3, 0));
    assert_eq!(moved.offered(), 2);
    assert!(moved.notes[0].contains("2 of your decisions still fit"));
    moved.confirm_all();
    assert_eq!(moved.count(), (3, 2));
}

#[test]
fn what_was_decided_for_one_target_is_offered_for_the_next_and_waits_for_a_yes() {
    let mut first = begin("integration", vec![two_hunks(), picture()]);
    first.choose_all(0, &Choice::Take(Take::Both));
    first.choose_whole(1, Whole::Delete);
    let mut memory = Memory::default();
    memory.learn(&first);
    // The same hunk in another file; another hunk; the same picture.
    let other = text(
        "b.txt",
        vec![hunk("two\n", "TWO\n", "2\n"), hunk("x\n", "y\n", "z\n")],
    );
    let mut second = begin("uat", vec![other, picture()]);
    assert_eq!(memory.offer(&mut second), 2);
    assert_eq!(second.count(), (3, 0));
    assert_eq!(
        second.files[0].hunks[0].offered_from(),
        Some("integration of 20260412-x-7f3a9c")
    );
    assert_eq!(second.files[0].hunks[1], Standing::Open);
    second.confirm(0, 0);
    second.confirm(1, 0);
    assert_eq!(second.count(), (3, 2));
    second.choose(0, 1, Choice::Take(Take::Target));
    let decided = second.decided().expect("everything is decided");
    assert!(decided[0].how.contains("reused from integration"));
}

/// The conflict of the commit `digit` in a file with these lines on each side.
fn pick(digit: &str, target: &str, fix: &str) -> ConflictFile {
    ConflictFile {
        commit: Some(id(digit)),
        target: side(digit),
        ..text("a.txt", vec![hunk("two\n", target, fix)])
    }
}

fn scene(files: Vec<ConflictFile>) -> ConflictScene {
    ConflictScene {
        files,
        pending: Vec::new(),
    }
}

/// A session whose first round is decided, and whose second is laid out and decided.
fn two_rounds() -> Session {
    let mut session = begin("integration", vec![pick("5", "TWO\n", "2\n")]);
    session.choose(0, 0, Choice::Take(Take::Both));
    let again = pick("5", "TWO\n", "2\n");
    assert_eq!(session.extend(scene(vec![again, second_pick()])), 1);
    session.choose(1, 0, Choice::Text("2!\n".into()));
    session
}

fn second_pick() -> ConflictFile {
    pick("6", "TWO\n2\n", "2!\n")
}

#[test]
fn a_round_is_closed_when_an_earlier_decision_changes_and_its_own_come_back_with_it() {
    let mut session = two_rounds();
    let whole = session.clone();
    assert_eq!((session.round(), session.count()), (2, (2, 2)));
    assert_eq!(session.find("a.txt"), Some(1), "the latest round");
    session.choose(0, 0, Choice::Take(Take::Fix));
    assert_eq!((session.round(), session.count()), (1, (1, 1)));
    assert_eq!(session.pending, [id("6")]);
    session.choose(0, 0, Choice::Take(Take::Both));
    session.extend(scene(vec![second_pick()]));
    assert_eq!(session.files, whole.files);
}

#[test]
fn undo_goes_back_through_the_rounds() {
    let mut session = two_rounds();
    assert_eq!(session.undo(), Some(1));
    assert_eq!(session.count(), (2, 1));
    assert_eq!(session.undo(), Some(0));
    assert_eq!((session.round(), session.count()), (1, (1, 0)));
    assert!(!session.can_undo());
}

#[test]
fn rounds_are_taken_up_where_they_were_left_and_only_offered_on_another_head() {
    let whole = two_rounds();
    let mut left = whole.clone();
    left.reopen(0, 0);
    for session in [&whole, &left] {
        let kept = serde_json::to_string(&Saved::of(session)).expect("plain data");
        let kept: Saved = serde_json::from_str(&kept).expect("own format");
        let mut again = begin("integration", vec![pick("5", "TWO\n", "2\n")]);
        kept.restore(&mut again);
        if again.decided().is_none() {
            again.choose(0, 0, Choice::Take(Take::Both));
        }
        again.extend(scene(vec![second_pick()]));
        assert_eq!(again.files, whole.files);

        let mut moved = begin("integration", vec![pick("5", "TWO\n", "2\n")]);
        moved.subject.head = id("2");
        kept.restore(&mut moved);
        moved.choose(0, 0, Choice::Take(Take::Both));
        moved.extend(scene(vec![second_pick()]));
        assert_eq!((moved.count(), moved.offered()), ((2, 1), 1));
    }
}

/// Gives each file a path of its own.
fn named_apart(mut files: Vec<ConflictFile>) -> Vec<ConflictFile> {
    for (n, file) in files.iter_mut().enumerate() {
        file.path = format!("file-{n}");
    }
    files
}

fn choices() -> impl Strategy<Value = Choice> {
    prop_oneof![
        proptest::sample::select(Take::ALL.to_vec()).prop_map(Choice::Take),
        any::<String>().prop_map(|text| Choice::Text(Bytes(text.into_bytes()))),
    ]
}

fn files() -> impl Strategy<Value = ConflictFile> {
    let lines = || "([a-c]{0,2}\n){0,3}";
    let piece = prop_oneof![
        lines().prop_map(|text| Piece::Agreed(text.as_str().into())),
        (lines(), lines(), lines()).prop_map(|(base, target, fix)| hunk(&base, &target, &fix)),
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| text("a", pieces))
}

proptest! {
    #[test]
    fn taking_one_side_everywhere_gives_that_side(file in files()) {
        let side = |of: fn(&Hunk) -> &Bytes| -> Vec<u8> {
            file.pieces.iter().flat_map(|piece| match piece {
                Piece::Agreed(text) => text.0.clone(),
                Piece::Hunk(hunk) => of(hunk).0.clone(),
            }).collect()
        };
        prop_assume!(file.hunks().count() > 0);
        let mut session = begin("integration", vec![file.clone()]);
        session.choose_all(0, &Choice::Take(Take::Target));
        prop_assert_eq!(bytes(&session, 0), side(|hunk| &hunk.target));
        session.choose_all(0, &Choice::Take(Take::Fix));
        prop_assert_eq!(bytes(&session, 0), side(|hunk| &hunk.fix));
    }

    #[test]
    fn undo_returns_step_by_step_and_what_is_kept_comes_back(
        files in proptest::collection::vec(files(), 1..4).prop_map(named_apart),
        steps in proptest::collection::vec((0usize..4, 0usize..4, choices()), 0..12),
    ) {
        let begun = begin("integration", files);
        let mut session = begun.clone();
        let mut past = vec![session.files.clone()];
        for (file, hunk, choice) in steps {
            if hunk == 3 {
                session.choose_whole(file, Whole::Fix);
            } else {
                session.choose(file, hunk, choice);
            }
            if past.last() != Some(&session.files) {
                past.push(session.files.clone());
            }
        }
        let kept = serde_json::to_string(&Saved::of(&session)).expect("plain data");
        let kept: Saved = serde_json::from_str(&kept).expect("own format");
        let mut again = begun;
        kept.restore(&mut again);
        prop_assert_eq!(&again.files, &session.files);
        while let Some(files) = past.pop() {
            prop_assert_eq!(&session.files, &files);
            session.undo();
        }
        prop_assert!(!session.can_undo());
    }
}
