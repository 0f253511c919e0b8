//! Conflicts laid out by the git room, and branches built anew from what was decided.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use lanekeeper::git::Carried;
use lanekeeper::git::Conflicted;
use lanekeeper::git::DecidedConflict;
use lanekeeper::git::DecidedContent;
use lanekeeper::git::DecidedEntry;
use lanekeeper::git::Error;
use lanekeeper::git::MergeBuild;
use lanekeeper::git::Repo;
use lanekeeper::git::ResolutionOrder;
use lanekeeper::git::Signing;
use lanekeeper::git::Stages;
use lanekeeper::git::UserClone;
use lanekeeper::model::Bytes;
use lanekeeper::model::CommitId;
use lanekeeper::model::ConflictFile;
use lanekeeper::model::ConflictKind;
use lanekeeper::model::ConflictPath;
use lanekeeper::model::LastAuthors;
use lanekeeper::model::Person;
use lanekeeper::model::Piece;
use lanekeeper::model::Timestamp;

use super::super::support::repository::World;
use super::super::support::repository::all_gits;

pub(super) fn repo(world: &World) -> Repo {
    let git = world.executable();
    let clone = UserClone::discover(&git, &world.clone()).expect("a clone");
    let url = world.origin();
    Repo::ensure(&git, &world.own(), &clone, url.to_str().expect("UTF-8")).expect("own repository")
}

fn open(path: &str, kind: ConflictKind) -> ConflictPath {
    ConflictPath {
        path: path.to_owned(),
        kind,
        blob: None,
        last_authors: LastAuthors::default(),
        owners: Vec::new(),
    }
}

pub(super) fn picks(
    onto: &CommitId,
    commits: &[CommitId],
    paths: &[(&str, ConflictKind)],
) -> Conflicted {
    Conflicted {
        onto: onto.clone(),
        carried: Carried::Picks(commits.to_vec()),
        head: onto.clone(),
        is_ours: true,
        open: paths.iter().map(|(path, kind)| open(path, *kind)).collect(),
    }
}

pub(super) fn order(conflicted: Conflicted, decided: Vec<DecidedConflict>) -> ResolutionOrder {
    ResolutionOrder {
        conflicted,
        decided,
        message: "Resolve".to_owned(),
        committer: Person::from_email("Ana", "ana@example.org"),
        at: Timestamp::from_second(1_700_000_000),
        signing: Signing::AsConfigured,
    }
}

/// Decides a conflict as it was laid out.
pub(super) fn decide(file: &ConflictFile, entry: Option<(u32, DecidedContent)>) -> DecidedConflict {
    DecidedConflict {
        commit: file.commit.clone(),
        stages: Stages {
            base: file.base.clone(),
            target: file.target.clone(),
            fix: file.fix.clone(),
        },
        entry: DecidedEntry {
            path: file.path.clone(),
            entry,
        },
    }
}

fn text(file: &ConflictFile, text: &str) -> DecidedConflict {
    let bytes = DecidedContent::Bytes(Bytes::from(text));
    decide(file, Some((0o100_644, bytes)))
}

fn with_side(file: &ConflictFile, of: fn(&lanekeeper::model::Hunk) -> &Bytes) -> Vec<u8> {
    let pieces = file.pieces.iter().flat_map(|piece| match piece {
        Piece::Agreed(text) => text.0.clone(),
        Piece::Hunk(hunk) => of(hunk).0.clone(),
    });
    pieces.collect()
}

#[test]
fn every_git_lays_hunks_out_also_where_the_texts_hold_markers_or_end_without_a_line_break() {
    let marked = "<<<<<<< ours\n=======\n>>>>>>>> theirs\n";
    let cases = [
        (
            format!("{marked}a\nb"),
            format!("{marked}A\nb!"),
            format!("{marked}1\nb?"),
        ),
        (
            "a\r\nb\r\n".into(),
            "A\r\nb\r\n".into(),
            "1\r\nb\r\n".into(),
        ),
        ("a\r\nb".into(), "a\r\nB".into(), "a\r\n2\r\n".into()),
        (String::new(), "new\n".into(), "other".into()),
        ("a\n".into(), "a\nx".into(), "a\ny\n".into()),
    ];
    for git in all_gits() {
        let world = World::with(&git);
        for (n, (base, target, fix)) in cases.iter().enumerate() {
            let branch = format!("case-{n}");
            world.git(&["checkout", "-q", "--orphan", &branch]);
            let root = world.change("f.txt", base, "base");
            let onto = world.change("f.txt", target, "target");
            world.switch(&format!("fix-{n}"), Some(root.as_str()));
            let fix_commit = world.change("f.txt", fix, "fix");
            let conflicted = picks(&onto, &[fix_commit], &[("f.txt", ConflictKind::Content)]);
            let scene = repo(&world)
                .conflict_scene(&conflicted, &[])
                .expect("laid out");
            let file = &scene.files[0];
            let git = git.display();
            assert!(file.hunks().count() > 0, "{git} case {n}: {file:?}");
            let sides = [
                with_side(file, |hunk| &hunk.target),
                with_side(file, |hunk| &hunk.fix),
                with_side(file, |hunk| &hunk.base),
            ];
            let whole = [target, fix, base].map(|text| text.clone().into_bytes());
            assert_eq!(sides, whole, "{git} case {n}");
        }
    }
}

#[test]
fn hunks_are_what_the_merge_left_open_and_hold_no_line_that_both_sides_added() {
    let rest: String = (1..9).map(|line| format!("line {line}\n")).collect();
    // Compared the other way, the first lines would conflict as well; the merge is sure of them.
    let [base, target, fix] = [
        ("x\nb\nb\nb\nb\n\n", "two\n"),
        ("x\nb\na\nx\nb\nb\n", "added\ntwo, too\n"),
        ("{\nx\nb\nb\n", "added\ntwo again\n"),
    ]
    .map(|(begin, end)| format!("{begin}{rest}{end}"));
    for git in all_gits() {
        let world = World::with(&git);
        let root = world.change("f.txt", &base, "base");
        let onto = world.change("f.txt", &target, "target");
        world.switch("fix", Some(root.as_str()));
        let commit = world.change("f.txt", &fix, "fix");
        let conflicted = picks(&onto, &[commit], &[("f.txt", ConflictKind::Content)]);
        let scene = repo(&world).conflict_scene(&conflicted, &[]);
        let scene = scene.expect("laid out");
        let file = &scene.files[0];
        let last = file.hunks().last().expect("a hunk");
        let sides = [&last.base, &last.target, &last.fix].map(|side| side.0.as_slice());
        let expected: [&[u8]; 3] = [b"two\n", b"two, too\n", b"two again\n"];
        assert_eq!(sides, expected, "{}", git.display());
        // An older git compares in its own way only.
        let is_like_merges = world.executable().version().minor >= 44;
        let count = file.hunks().count();
        assert!(count == 1 || !is_like_merges, "{}: {count}", git.display());
    }
}

#[test]
fn conflicts_without_lines_have_sides_and_picks_are_built_anew_without_markers() {
    for git in all_gits() {
        let world = World::with(&git);
        world.write("kept.txt", "base\n");
        world.write("picture", b"\0base");
        let root = world.change("a.txt", "one\ntwo\n", "root");
        world.git(&["rm", "-q", "kept.txt"]);
        world.write("picture", b"\0target");
        let onto = world.change("a.txt", "one\nTWO\n", "target");
        world.switch("fix", Some(root.as_str()));
        world.write("kept.txt", "fixed\n");
        world.write("picture", b"\0fix");
        let first = world.change("a.txt", "one\n2\n", "first");
        let second = world.change("b.txt", "clean\n", "second");
        let third = world.change("a.txt", "zero\none\n2\n", "third");
        let repo = repo(&world);
        let paths = [
            ("a.txt", ConflictKind::Content),
            ("kept.txt", ConflictKind::ModifyDelete),
            ("picture", ConflictKind::Binary),
        ];
        let all = [first.clone(), second, third.clone()];
        let conflicted = picks(&onto, &all, &paths);
        let scene = repo.conflict_scene(&conflicted, &[]).expect("laid out");
        assert_eq!(scene.pending, [third], "it touches what is open");
        let [a, kept, picture] = scene.files.as_slice() else {
            panic!("{:?}", scene.files)
        };
        assert_eq!(a.hunks().count(), 1);
        assert!(kept.target.is_none() && kept.fix.is_some() && kept.pieces.is_empty());
        assert!(picture.pieces.is_empty() && picture.base != picture.target);
        let side = picture.fix.clone().expect("the fix has it");
        let decided = vec![
            text(a, "one\nTWO 2\n"),
            decide(kept, None),
            decide(picture, Some((side.mode, DecidedContent::Id(side.id)))),
        ];
        let clashing = repo.build_resolution(&order(conflicted.clone(), decided.clone()));
        // The third commit adds a line above: it applies onto what was decided only where git finds its place.
        let head = match clashing {
            Ok(head) => head,
            Err(Error::Conflicts { commit, .. }) => {
                assert_eq!(commit, all[2]);
                let shorter = picks(&onto, &all[..2], &paths);
                repo.build_resolution(&order(shorter, decided))
                    .expect("built")
            }
            Err(error) => panic!("{error}"),
        };
        let own = world.own();
        let show = |what: &str| world.git_in(&own, &["show", &format!("{head}:{what}")]);
        assert!(show("a.txt").contains("TWO 2"));
        assert_eq!(show("b.txt"), "clean");
        let names = world.git_in(&own, &["ls-tree", "--name-only", head.as_str()]);
        assert_eq!(names, "a.txt\nb.txt\npicture");
        let log = world.git_in(&own, &["log", "--format=%B", &format!("{onto}..{head}")]);
        assert!(
            log.contains(&format!("(cherry picked from commit {first})")),
            "{log}"
        );
    }
}

/// Lays out with what was decided, and returns the conflicts that are new and what still waits.
fn after(
    repo: &Repo,
    conflicted: &Conflicted,
    decided: &[DecidedConflict],
) -> (Vec<ConflictFile>, Vec<CommitId>) {
    let scene = repo
        .conflict_scene(conflicted, decided)
        .expect("laid out again");
    let is_new = |file: &ConflictFile| {
        !decided.iter().any(|one| {
            one.entry.path == file.path
                && one.commit == file.commit
                && one.stages.target == file.target
        })
    };
    (
        scene.files.into_iter().filter(is_new).collect(),
        scene.pending,
    )
}

#[test]
fn a_pick_that_conflicts_with_what_was_decided_is_laid_out_on_it_and_decided_for_itself() {
    for git in all_gits() {
        let world = World::with(&git);
        world.write("b.txt", "b\n");
        let root = world.change("a.txt", "one\ntwo\nthree\n", "root");
        world.write("b.txt", "B\n");
        let onto = world.change("a.txt", "one\nTWO\nthree\n", "target");
        world.switch("fix", Some(root.as_str()));
        let first = world.change("a.txt", "one\n2\nthree\n", "first");
        world.write("b.txt", "beta\n");
        let second = world.change("a.txt", "one\n2!\nthree\n", "second");
        let third = world.change("b.txt", "gamma\n", "third");
        let repo = repo(&world);
        let all = [first.clone(), second.clone(), third.clone()];
        let conflicted = picks(&onto, &all, &[("a.txt", ConflictKind::Content)]);

        // The second waits, and so the third is laid out on a `b.txt` that the second has not changed yet.
        let scene = repo.conflict_scene(&conflicted, &[]).expect("laid out");
        assert_eq!(scene.pending, std::slice::from_ref(&second));
        let [a, b] = scene.files.as_slice() else {
            panic!("{:?}", scene.files)
        };
        assert_eq!((&a.commit, &b.commit), (&Some(first), &Some(third.clone())));
        let mut decided = vec![text(a, "one\nTWO 2\nthree\n"), text(b, "too early\n")];

        // Now the second conflicts in both files, and again the third waits for what becomes of `b.txt`.
        let (files, pending) = after(&repo, &conflicted, &decided);
        let [a, b] = files.as_slice() else {
            panic!("{files:?}")
        };
        assert_eq!(
            (&a.commit, &b.commit),
            (&Some(second.clone()), &Some(second))
        );
        assert_eq!(with_side(a, |hunk| &hunk.target), b"one\nTWO 2\nthree\n");
        assert_eq!(with_side(a, |hunk| &hunk.fix), b"one\n2!\nthree\n");
        assert_eq!(pending, [third]);
        decided.extend([text(a, "one\nTWO 2!\nthree\n"), text(b, "B beta\n")]);
        let unfinished = repo.build_resolution(&order(conflicted.clone(), decided.clone()));
        assert!(matches!(unfinished, Err(Error::Conflicts { .. })));

        // What was decided too early was about other lines, and does not count.
        let (files, pending) = after(&repo, &conflicted, &decided);
        let [b] = files.as_slice() else {
            panic!("{files:?}")
        };
        assert_eq!(with_side(b, |hunk| &hunk.target), b"B beta\n");
        assert!(pending.is_empty());
        decided.push(text(b, "B gamma\n"));
        assert_eq!(after(&repo, &conflicted, &decided).0, []);
        let head = repo
            .build_resolution(&order(conflicted, decided))
            .expect("built");
        let own = world.own();
        let show = |what: &str| world.git_in(&own, &["show", &format!("{head}{what}")]);
        assert_eq!(show(":a.txt"), "one\nTWO 2!\nthree");
        assert_eq!(show("~1:b.txt"), "B beta");
        assert_eq!(show(":b.txt"), "B gamma");
        let subjects = ["log", "--format=%s", &format!("{onto}..{head}")];
        assert_eq!(world.git_in(&own, &subjects), "third\nsecond\nfirst");
    }
}

#[test]
fn a_path_that_is_not_utf_8_is_built_anew_refused_on_top_and_open_until_a_person_says_so() {
    let world = World::empty();
    let file = world.clone().join(OsStr::from_bytes(b"caf\xe9.txt"));
    let write = |text: &str| std::fs::write(&file, text).expect("own folder");
    write("one\ntwo\n");
    let root = world.commit("root");
    write("one\nTWO\n");
    let onto = world.commit("target");
    world.switch("fix", Some(root.as_str()));
    write("one\n2\n");
    let fix = world.commit("fix");
    let repo = repo(&world);
    let shown = "caf\u{fffd}.txt";
    let paths = [(shown, ConflictKind::Content)];
    let mut conflicted = picks(&onto, std::slice::from_ref(&fix), &paths);
    let scene = repo.conflict_scene(&conflicted, &[]).expect("laid out");
    let decided = vec![text(&scene.files[0], "one\nTWO 2\n")];
    let head = repo
        .build_resolution(&order(conflicted.clone(), decided.clone()))
        .expect("built anew");
    let own = world.own();
    let names = world.git_in(&own, &["ls-tree", "--name-only", head.as_str()]);
    assert_eq!(names, r#""caf\351.txt""#);
    // On what somebody pushed to, the path is all there is.
    conflicted.is_ours = false;
    let refused = repo.build_resolution(&order(conflicted, decided));
    let Err(error @ Error::BadPath { .. }) = &refused else {
        panic!("{refused:?}");
    };
    assert!(error.to_string().contains(r"caf\u{fffd}.txt"), "{error}");
    // What was merged is not taken for decided because nothing is found by that name.
    let merge = MergeBuild {
        onto,
        other: fix,
        message: "Merge the fix\n".into(),
        committer: Person::from_email("Ana", "ana@example.org"),
        at: Timestamp::from_second(1_700_000_000),
        keep_conflicts: true,
    };
    let built = repo.build_merge(&merge).expect("built");
    assert_eq!(built.conflicts.len(), 1);
    let open = repo.undecided(&built.head, &built.conflicts).expect("read");
    assert_eq!(open.len(), 1);
}
