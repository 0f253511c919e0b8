//! Fixes to files that a lane lacks: whether it has them under another name or not, each cell is what asking for it alone
//! says.

use std::os::unix::fs::PermissionsExt;

use lanekeeper::model::CommitId;
use lanekeeper::model::Verdict;

use super::fetched;
use super::fixes::cell;
use super::fixes::judged;
use super::with_each_git;
use crate::support::repository::World;

/// How much of a file a lane keeps when it renames it: around the half from which on git takes it for the same.
const SHARES: [usize; 5] = [40, 49, 50, 51, 60];

/// A hundred lines of equal length, of which so many are as they were.
fn kept(name: &str, lines: usize) -> String {
    let word = |line: usize| {
        if line < lines {
            "as it was"
        } else {
            "otherwise"
        }
    };
    (0..100)
        .map(|line| format!("{name} {line:02} {}\n", word(line)))
        .collect()
}

/// The whole file with one line changed, which stays as long as it was.
fn fixed(name: &str) -> String {
    kept(name, 100).replacen("as it was", "now fixed", 1)
}

fn to_windows(text: &str) -> String {
    text.replace('\n', "\r\n")
}

fn to_binary(text: &str) -> String {
    text.replace(' ', "\0")
}

fn link(world: &World, target: &str) {
    let link = world.clone().join("link");
    if link.is_symlink() {
        std::fs::remove_file(&link).expect("own file");
    }
    std::os::unix::fs::symlink(target, &link).expect("a link");
}

/// What all lanes begin with.
fn begin(world: &World) {
    for share in SHARES {
        world.write(
            &format!("kept/{share}"),
            kept(&format!("kept {share}"), 100),
        );
    }
    for name in ["deep/down/file", "gone", "mode", "old name", "single"] {
        world.write(name, kept(name, 100));
    }
    world.write("first twin", kept("twin", 100));
    world.write("second twin", kept("twin", 80));
    for number in 1..=3 {
        let name = format!("folder/{number}");
        world.write(&name, kept(&name, 100));
    }
    world.write("windows", to_windows(&kept("windows", 100)));
    world.write("binary", to_binary(&kept("binary", 100)));
    world.write("empty", "");
    link(world, "nowhere");
    world.commit("first");
}

/// A lane that has everything under another name.
fn rename_all(world: &World) {
    let rename = |from: &str, to: &str, content: String| {
        world.git(&["rm", "-q", "--ignore-unmatch", from]);
        world.write(to, content);
    };
    for share in SHARES {
        let content = kept(&format!("kept {share}"), share);
        rename(
            &format!("kept/{share}"),
            &format!("other/{share}th"),
            content,
        );
    }
    rename("deep/down/file", "deep/file", kept("deep/down/file", 90));
    rename("mode", "mode of another name", kept("mode", 70));
    rename("old name", "third name", kept("old name", 70));
    rename("first twin", "only twin", kept("twin", 90));
    rename("second twin", "only twin", kept("twin", 90));
    rename("single", "single again", kept("single", 60));
    rename("single", "single and again", kept("single", 70));
    for number in 1..=3 {
        let old = format!("folder/{number}");
        rename(&old, &format!("new folder/{number}"), kept(&old, 100));
    }
    rename("windows", "unix", kept("windows", 80));
    rename("binary", "bytes", to_binary(&kept("binary", 60)));
    rename("empty", "still empty", String::new());
    rename(
        "link",
        "wall",
        "a file where a fix needs a folder\n".to_owned(),
    );
    world.git(&["rm", "-q", "gone"]);
    world.commit("everything has another name");
}

/// One fix for each of these files, and some that add, take away and rename.
fn fix_all(world: &World) {
    let fix = |path: &str, content: String| world.change(path, content, &format!("fix {path}"));
    for share in SHARES {
        fix(&format!("kept/{share}"), fixed(&format!("kept {share}")));
    }
    fix("deep/down/file", fixed("deep/down/file"));
    fix("first twin", fixed("twin"));
    fix("second twin", kept("twin", 79));
    fix("single", fixed("single"));
    fix("folder/1", fixed("folder/1"));
    fix("windows", to_windows(&fixed("windows")));
    fix("binary", to_binary(&fixed("binary")));
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(world.clone().join("mode"), mode).expect("own file");
    world.commit("fix mode");
    link(world, "somewhere");
    world.commit("fix link");
    world.change("folder/4", kept("folder/4", 100), "add to a folder");
    world.change("wall/in the way", kept("wall", 100), "add behind a wall");
    world.change("quite new", kept("quite new", 100), "add a file");
    world.change("empty too", "", "add an empty file");
    for name in ["gone", "folder/2", "empty"] {
        world.git(&["rm", "-q", name]);
        world.commit(&format!("take away {name}"));
    }
    world.git(&["mv", "old name", "new name"]);
    world.commit("name a file anew");
    world.git(&["rm", "-q", "-r", "folder"]);
    world.commit("take away a folder");
}

fn lanes(world: &World) -> Vec<CommitId> {
    begin(world);
    for lane in ["run", "develop", "bare", "renamed"] {
        world.git(&["branch", lane]);
    }
    world.switch("develop", None);
    world.change("work", "1", "work of the next version");
    world.switch("bare", None);
    world.git(&["rm", "-q", "-r", "."]);
    world.change("something else", "1", "another product");
    world.switch("renamed", None);
    rename_all(world);
    world.switch("run", None);
    fix_all(world);
    world.push();
    ["run", "develop", "bare", "renamed"]
        .map(|lane| world.id(lane))
        .to_vec()
}

#[test]
fn every_cell_of_many_fixes_to_files_that_a_lane_lacks_is_what_asking_for_it_alone_says() {
    with_each_git(|world| {
        let tips = lanes(&world);
        let (fixes, rows) = judged(&world, &tips);
        assert_eq!(fixes.len(), 23, "{fixes:?}");
        let verdict = |subject: &str, lane: usize| cell(&fixes, &rows, subject, lane).verdict;
        for (subject, bare, renamed) in [
            ("fix kept/40", Verdict::Changed, Verdict::Changed),
            ("fix kept/60", Verdict::Changed, Verdict::Absent),
            ("fix deep", Verdict::Changed, Verdict::Absent),
            ("fix mode", Verdict::Changed, Verdict::Absent),
            ("add a file", Verdict::Absent, Verdict::Absent),
            ("take away gone", Verdict::Present, Verdict::Present),
            ("take away a folder", Verdict::Present, Verdict::Changed),
        ] {
            assert_eq!(verdict(subject, 2), bare, "{subject}");
            assert_eq!(verdict(subject, 3), renamed, "{subject}");
        }
    });
}

#[test]
fn a_file_that_was_renamed_and_rewritten_is_followed_although_a_thousand_others_are_gone_and_new() {
    let world = World::empty();
    let many = |folder: &str| {
        for number in 0..1_001 {
            let content = format!("{folder} {number}\n");
            world.write(&format!("{folder}/{number}"), content);
        }
    };
    many("before");
    world.write("text", kept("text", 100));
    let base = world.commit("first");
    world.switch("develop", Some("main"));
    world.git(&["rm", "-q", "-r", "before", "text"]);
    many("since");
    // So much of it changed that a merge takes it for another file.
    world.write("text of another name", kept("text", 40));
    let develop = world.commit("everything is new");
    world.switch("main", None);
    let fix = world.change("text", fixed("text"), "fix text");
    let repo = fetched(&world);
    let presence = repo.presence(&base, &fix, &develop).expect("judged");
    assert_eq!(presence.verdict, Verdict::Changed);
    let path = &presence.paths[0];
    assert_eq!(path.at.as_deref(), Some("text of another name"));
    let there = world.id(&format!("{develop}:text of another name"));
    assert_eq!(path.blob, Some(there));
}
