//! Paths at which the sides are of different types: one conflict each, of which either side can be chosen, with every
//! git, and nothing of anybody's is lost by a choice between the two.

use lanekeeper::git::Carried;
use lanekeeper::git::ConflictPolicy;
use lanekeeper::git::Conflicted;
use lanekeeper::git::DecidedContent;
use lanekeeper::git::DecidedEntry;
use lanekeeper::git::Error;
use lanekeeper::git::MergeBuild;
use lanekeeper::git::PickOrder;
use lanekeeper::git::Repo;
use lanekeeper::model::Bytes;
use lanekeeper::model::CommitId;
use lanekeeper::model::ConflictFile;
use lanekeeper::model::ConflictKind;
use lanekeeper::model::ConflictPath;
use lanekeeper::model::ConflictSide;
use lanekeeper::model::Person;
use lanekeeper::model::Timestamp;

use super::super::cli::project::Project;
use super::super::support::repository::World;
use super::super::support::repository::all_gits;
use super::scenes::decide;
use super::scenes::order;
use super::scenes::picks;
use super::scenes::repo;

/// What stands at `conf`.
#[derive(Clone, Copy)]
enum Thing {
    Nothing,
    File(&'static str),
    Link(&'static str),
    Folder(&'static [(&'static str, &'static str)]),
}

use Thing::File;
use Thing::Folder;
use Thing::Link;
use Thing::Nothing;

const OLD: Thing = Folder(&[("a", "old a\n"), ("b", "old b\n")]);
const NEW: Thing = Folder(&[("a", "new a\n"), ("b", "old b\n"), ("deep/c", "new c\n")]);
const V1: Thing = File("settings v1\n");
const V2: Thing = File("settings v2, fixed\n");
const TO: Thing = Link("beside.txt");

/// Base, target, fix.
const CASES: [[Thing; 3]; 10] = [
    [V1, TO, V2],
    [V1, V2, TO],
    [Nothing, TO, V2],
    [V1, NEW, V2],
    [V1, V2, NEW],
    [Nothing, NEW, V1],
    [Nothing, V1, NEW],
    [OLD, NEW, V1],
    [OLD, V1, NEW],
    [OLD, TO, NEW],
];

impl Thing {
    fn put(self, world: &World) {
        let place = world.clone().join("conf");
        match place.symlink_metadata() {
            Ok(found) if found.is_dir() => std::fs::remove_dir_all(&place).expect("own folder"),
            Ok(_) => std::fs::remove_file(&place).expect("own file"),
            Err(_) => {}
        }
        match self {
            Nothing => {}
            File(text) => world.write("conf", text),
            Link(to) => std::os::unix::fs::symlink(to, &place).expect("a link"),
            Folder(files) => {
                for (name, text) in files {
                    world.write(&format!("conf/{name}"), text);
                }
            }
        }
    }
}

/// Makes a line of its own with these at `conf`, and returns the target and the fix.
fn made(world: &World, name: &str, [base, target, fix]: [Thing; 3]) -> [CommitId; 2] {
    world.git(&["checkout", "-q", "--orphan", name]);
    base.put(world);
    let root = world.change("beside.txt", "one\n", "root");
    target.put(world);
    let onto = world.commit("target");
    world.switch(&format!("{name}-fix"), Some(root.as_str()));
    fix.put(world);
    let fix = world.change("beside.txt", "fixed\n", "fix");
    [onto, fix]
}

fn ana() -> Person {
    Person::from_email("Ana", "ana@example.org")
}

fn picked(repo: &Repo, onto: &CommitId, fix: &CommitId) -> Conflicted {
    let built = repo.build_picks(&PickOrder {
        onto: onto.clone(),
        commits: vec![fix.clone()],
        policy: ConflictPolicy::DraftWithMarkers,
        trailers: Vec::new(),
        committer: ana(),
        at: Timestamp::from_second(1_700_000_000),
    });
    let built = built.expect("built");
    Conflicted {
        onto: onto.clone(),
        carried: Carried::Picks(vec![fix.clone()]),
        head: built.head,
        is_ours: true,
        open: built.conflicts,
    }
}

fn merged(repo: &Repo, onto: &CommitId, fix: &CommitId) -> Conflicted {
    let built = repo.build_merge(&MergeBuild {
        onto: onto.clone(),
        other: fix.clone(),
        message: "Merge the fix\n".into(),
        committer: ana(),
        at: Timestamp::from_second(1_700_000_000),
        keep_conflicts: true,
    });
    let built = built.expect("built");
    Conflicted {
        onto: onto.clone(),
        carried: Carried::Merge(fix.clone()),
        head: built.head,
        is_ours: true,
        open: built.conflicts,
    }
}

fn told(open: &[ConflictPath]) -> Vec<(&str, ConflictKind)> {
    open.iter()
        .map(|one| (one.path.as_str(), one.kind))
        .collect()
}

fn listed(world: &World, commit: &CommitId, path: &str) -> String {
    world.git_in(
        &world.own(),
        &["ls-tree", "-r", commit.as_str(), "--", path],
    )
}

fn names(world: &World, commit: &CommitId) -> String {
    world.git_in(
        &world.own(),
        &["ls-tree", "-r", "--name-only", commit.as_str()],
    )
}

fn taken(side: Option<&ConflictSide>) -> Option<(u32, DecidedContent)> {
    side.map(|side| (side.mode, DecidedContent::Id(side.id.clone())))
}

fn only(repo: &Repo, conflicted: &Conflicted) -> ConflictFile {
    let scene = repo.conflict_scene(conflicted, &[]).expect("laid out");
    let [file] = <[ConflictFile; 1]>::try_from(scene.files).expect("one conflict");
    file
}

#[test]
fn sides_of_different_types_are_one_conflict_of_which_each_can_be_chosen() {
    for git in all_gits() {
        let world = World::with(&git);
        for (n, things) in CASES.into_iter().enumerate() {
            let [onto, fix] = made(&world, &format!("case-{n}"), things);
            let repo = repo(&world);
            for conflicted in [picked(&repo, &onto, &fix), merged(&repo, &onto, &fix)] {
                let what = format!("{} case {n} {:?}", git.display(), conflicted.carried);
                assert_eq!(
                    told(&conflicted.open),
                    [("conf", ConflictKind::Type)],
                    "{what}"
                );
                // On the draft stands what the target has, and nothing of a name that nobody gave.
                let head = &conflicted.head;
                assert_eq!(
                    listed(&world, head, "conf"),
                    listed(&world, &onto, "conf"),
                    "{what}"
                );
                assert!(!names(&world, head).contains('~'), "{what}");
                let open = repo.undecided(head, &conflicted.open).expect("read");
                assert_eq!(open.len(), 1, "{what}");

                let file = only(&repo, &conflicted);
                assert_eq!(file.kind, ConflictKind::Type, "{what}");
                assert!(file.target.is_some() && file.fix.is_some(), "{what}");
                let has_folder = things[1..].iter().any(|thing| matches!(thing, Folder(_)));
                assert_eq!(file.files, if has_folder { 3 } else { 0 }, "{what}");
                for (entry, wanted) in [
                    (taken(file.target.as_ref()), listed(&world, &onto, "conf")),
                    (taken(file.fix.as_ref()), listed(&world, &fix, "conf")),
                    (None, String::new()),
                ] {
                    let decided = vec![decide(&file, entry)];
                    let scene = repo.conflict_scene(&conflicted, &decided);
                    assert_eq!(scene.expect("laid out").files.len(), 1, "{what}");
                    let built = repo.build_resolution(&order(conflicted.clone(), decided));
                    let built = built.expect("built");
                    assert_eq!(listed(&world, &built, "conf"), wanted, "{what}");
                    assert!(!names(&world, &built).contains('~'), "{what}");
                    let other = listed(&world, &built, "beside.txt");
                    assert_eq!(other, listed(&world, &fix, "beside.txt"), "{what}");
                    // What a person does by git opens the gate as well, unless the folder stays.
                    let open = repo.undecided(&built, &conflicted.open).expect("read");
                    let stays = wanted == listed(&world, &onto, "conf");
                    assert_eq!(open.len(), usize::from(stays), "{what}");
                }
            }
        }
    }
}

#[test]
fn a_file_in_place_of_a_folder_that_has_files_of_both_sides_waits_beside_it_for_a_person() {
    let lines: String = (50..80).map(|line| format!("{line}\n")).collect();
    for git in all_gits() {
        let world = World::with(&git);
        let root = world.change("old", &lines, "root");
        world.write("old", format!("{lines}more\n"));
        let onto = world.change("conf", "of the target\n", "target");
        world.switch("fix", Some(root.as_str()));
        std::fs::create_dir(world.clone().join("conf")).expect("own folder");
        world.git(&["mv", "old", "conf/a"]);
        let fix = world.commit("fix");
        let repo = repo(&world);
        let conflicted = picked(&repo, &onto, &fix);
        // The folder is the fix's, and what it holds is the target's as well.
        let name = "conf~target";
        assert_eq!(told(&conflicted.open), [(name, ConflictKind::Type)]);
        let folder = listed(&world, &conflicted.head, "conf");
        assert!(folder.contains("conf/a"), "{folder}");
        assert_eq!(names(&world, &conflicted.head), "conf/a\nconf~target");
        let file = only(&repo, &conflicted);
        assert!(file.target.is_some() && file.fix.is_none());

        let kept = vec![decide(&file, taken(file.target.as_ref()))];
        let scene = repo.conflict_scene(&conflicted, &kept).expect("laid out");
        assert_eq!(scene.files.len(), 1, "it can be decided otherwise");
        let refused = repo.build_resolution(&order(conflicted.clone(), kept));
        let Err(error @ Error::BadPath { .. }) = &refused else {
            panic!("{refused:?}");
        };
        let words = error.to_string();
        assert!(
            words.contains(name) && words.contains("with git"),
            "{words}"
        );

        let left_out = vec![decide(&file, None)];
        let built = repo.build_resolution(&order(conflicted.clone(), left_out));
        let built = built.expect("built");
        assert_eq!(names(&world, &built), "conf/a");
        assert_eq!(listed(&world, &built, "conf"), folder);
        let moved = DecidedEntry {
            path: name.to_owned(),
            entry: None,
        };
        let by_hand = repo.draft_commit(&conflicted, &[moved]).expect("made");
        let open = repo.undecided(&by_hand, &conflicted.open).expect("read");
        assert!(open.is_empty(), "moved by a person");
    }
}

#[test]
fn what_a_person_put_into_the_folder_since_is_not_taken_away_with_it() {
    let world = World::empty();
    let [onto, fix] = made(&world, "line", [V1, NEW, V2]);
    let repo = repo(&world);
    let mut conflicted = picked(&repo, &onto, &fix);
    let added = DecidedEntry {
        path: "conf/added".to_owned(),
        entry: Some((0o100_644, DecidedContent::Bytes(Bytes::from("by hand\n")))),
    };
    conflicted.head = repo.draft_commit(&conflicted, &[added]).expect("made");
    conflicted.is_ours = false;
    // A folder in which something changed is not decided by that.
    let open = repo.undecided(&conflicted.head, &conflicted.open);
    assert_eq!(open.expect("read").len(), 1);
    let file = only(&repo, &conflicted);
    for entry in [taken(file.fix.as_ref()), None] {
        let decided = vec![decide(&file, entry)];
        let refused = repo.build_resolution(&order(conflicted.clone(), decided));
        assert!(
            matches!(&refused, Err(Error::BadPath { why, .. }) if why.contains("not of this conflict")),
            "{refused:?}"
        );
    }
    let stays = vec![decide(&file, taken(file.target.as_ref()))];
    let built = repo.build_resolution(&order(conflicted.clone(), stays));
    assert_eq!(built.expect("built"), conflicted.head, "it stays as it is");
}

#[test]
fn what_was_recorded_under_the_names_of_git_is_decided_as_before_and_leaves_no_such_file() {
    let world = World::empty();
    let [onto, fix] = made(&world, "line", [V1, TO, V2]);
    let repo = repo(&world);
    let made_up = format!("conf~{fix}");
    let paths = [
        ("conf", ConflictKind::Mode),
        (made_up.as_str(), ConflictKind::Mode),
    ];
    let conflicted = picks(&onto, std::slice::from_ref(&fix), &paths);
    let scene = repo.conflict_scene(&conflicted, &[]).expect("laid out");
    let [conf, beside] = scene.files.as_slice() else {
        panic!("{:?}", scene.files)
    };
    assert!(conf.target.is_some() && conf.fix.is_some());
    assert!(beside.target.is_none() && beside.fix.is_none());
    let decided = vec![decide(conf, taken(conf.fix.as_ref())), decide(beside, None)];
    let built = repo.build_resolution(&order(conflicted, decided));
    let built = built.expect("built");
    assert_eq!(listed(&world, &built, "conf"), listed(&world, &fix, "conf"));
    assert!(!names(&world, &built).contains('~'));
}

#[test]
fn a_link_against_a_file_is_shown_with_both_and_resolved_by_a_command() {
    let project = Project::new();
    project.git("ana", &["switch", "--quiet", "integration"]);
    let place = project.path("ana/cart.rs");
    std::fs::remove_file(&place).expect("it is there");
    std::os::unix::fs::symlink("lanekeeper.toml", &place).expect("a link");
    project.commit("ana", "the cart is elsewhere");
    project.git("ana", &["switch", "--quiet", "main"]);
    project.write("ana/cart.rs", "one\nfixed two\nthree\n");
    project.commit("ana", "fix the cart");
    project.git("ana", &["push", "--quiet", "origin", "--all"]);
    let into = ["--into", "integration"];
    project
        .run("ana", &[&["preflight", "main"][..], &into].concat())
        .ends(4)
        .says(&["conflicts in 1 file", "cart.rs (type)"]);
    project
        .run(
            "ana",
            &[&["backport", "main"][..], &into, &["--yes"]].concat(),
        )
        .ends(4)
        .says(&["1 conflicted path"]);
    let target = ["resolve", "backport", "--target", "integration"];
    project.run("ana", &target).ends(4).says(&[
        "cart.rs (type)",
        "symbolic link",
        ": file ",
        "0 of 1",
    ]);
    let listed = project.run("ana", &[&target[..], &["--json"]].concat());
    let listed = listed.ends(4).json();
    let branch = listed["branch"].as_str().expect("a name").to_owned();
    let take = ["--take", "cart.rs=fix", "--yes"];
    project
        .run("ana", &[&target[..], &take].concat())
        .ends(0)
        .says(&["cart.rs: taken as the fix has it"]);
    let text = project.git("origin.git", &["show", &format!("{branch}:cart.rs")]);
    assert_eq!(text, "one\nfixed two\nthree");
    let names = project.git("origin.git", &["ls-tree", "--name-only", &branch]);
    assert_eq!(names, "cart.rs\nlanekeeper.toml");
}
