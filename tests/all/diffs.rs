//! Diffs on real repositories, and the rule that nobody approves what they did not look at, with the real binary.

use lanekeeper::git::Repo;
use lanekeeper::git::UserClone;
use lanekeeper::model::Against;
use lanekeeper::model::Diff;
use lanekeeper::model::FileContent;
use lanekeeper::model::FileFate;
use lanekeeper::model::LineSide;

use super::cli::project::Project;
use super::crash::STORY;
use super::support::repository::World;

fn repo(world: &World) -> Repo {
    world.push();
    let git = world.executable();
    let clone = UserClone::discover(&git, &world.clone()).expect("a clone");
    let url = world.origin();
    Repo::ensure(&git, &world.own(), &clone, url.to_str().expect("UTF-8")).expect("our own")
}

fn told(diff: &Diff) -> Vec<String> {
    let files = diff.files.iter().map(|file| {
        let old = file.old.as_ref().map_or("-", |name| name.raw());
        let new = file.new.as_ref().map_or("-", |name| name.raw());
        let (fate, content) = (file.fate.word(), file.content.word());
        format!(
            "{fate} {content} {old} {new} +{} -{}",
            file.added, file.removed
        )
    });
    files.collect()
}

#[test]
fn every_kind_of_change_is_told_as_what_it_is() {
    let world = World::empty();
    world.write("kept.txt", "one\ntwo\nthree\n");
    world.write("gone.txt", "gone\n");
    world.write("old name.rs", "fn one() {}\nfn two() {}\nfn three() {}\n");
    world.write("run.sh", "#!/bin/sh\n");
    world.write("logo.png", b"\x89PNG\0\x01");
    let base = world.commit("before");
    world.git(&["rm", "-q", "gone.txt"]);
    world.git(&["mv", "old name.rs", "new name.rs"]);
    world.write("kept.txt", "one\n2\nthree");
    world.write("logo.png", b"\x89PNG\0\x02");
    world.write("new.txt", "new\n");
    world.git(&[
        "update-index",
        "--add",
        "--cacheinfo",
        &format!("160000,{base},vendor"),
    ]);
    world.git(&["update-index", "--chmod=+x", "run.sh"]);
    std::os::unix::fs::symlink("kept.txt", world.clone().join("link")).expect("a link");
    world.git(&[
        "add",
        "kept.txt",
        "logo.png",
        "new.txt",
        "link",
        "new name.rs",
    ]);
    world.git(&["commit", "-q", "-m", "after"]);
    let head = world.id("HEAD");
    let repo = repo(&world);
    let diff = repo.diff(&Against::FirstParent, &head).expect("compared");
    assert_eq!(diff.base, Some(base));
    let mut told = told(&diff);
    told.sort();
    assert_eq!(
        told,
        [
            "added link - link +1 -0",
            "added submodule - vendor +1 -0",
            "added text - new.txt +1 -0",
            "deleted text gone.txt - +0 -1",
            "mode text run.sh run.sh +0 -0",
            "modified binary logo.png logo.png +0 -0",
            "modified text kept.txt kept.txt +2 -2",
            "renamed text old name.rs new name.rs +0 -0",
        ]
    );
    let find = |name: &str| diff.files.iter().find(|file| file.name().raw() == name);
    let kept = find("kept.txt").expect("changed");
    let number = |number: Option<usize>| number.map_or_else(String::new, |n| n.to_string());
    let lines = kept.hunks[0].lines.iter().map(|line| {
        let (old, new) = (number(line.old), number(line.new));
        let end = if line.is_unended { " (unended)" } else { "" };
        format!("{old}|{new}|{}{}{end}", line.side.sign(), line.text.raw())
    });
    let lines: Vec<String> = lines.collect();
    let expected = [
        "1|1| one",
        "2||-two",
        "3||-three",
        "|2|+2",
        "|3|+three (unended)",
    ];
    assert_eq!(lines, expected);
    assert_eq!(
        find("run.sh").and_then(|file| file.mode_words()).as_deref(),
        Some("mode 100644 to 100755")
    );
    let vendor = find("vendor").expect("added");
    assert_eq!(
        (vendor.fate, vendor.content),
        (FileFate::Added, FileContent::Submodule)
    );
    assert_eq!(vendor.hunks[0].lines[0].side, LineSide::Added);
}

#[test]
fn a_request_is_compared_with_where_it_left_its_target() {
    let world = World::empty();
    let base = world.change("a.txt", "a\n", "base");
    world.switch("fix", Some("main"));
    let head = world.change("fix.txt", "fix\n", "fix");
    world.switch("main", None);
    let tip = world.change("later.txt", "later\n", "later work");
    let repo = repo(&world);
    let diff = repo
        .diff(&Against::MergeBase(tip.clone()), &head)
        .expect("compared");
    assert_eq!(diff.base, Some(base.clone()));
    assert_eq!(told(&diff), ["added text - fix.txt +1 -0"]);
    let diff = repo
        .diff(&Against::NewTo(tip.clone()), &head)
        .expect("compared");
    assert_eq!(diff.base, Some(base.clone()), "it is not part of the line");
    let diff = repo.diff(&Against::NewTo(head.clone()), &head);
    let diff = diff.expect("compared");
    assert_eq!(told(&diff), ["added text - fix.txt +1 -0"]);
    let newer = world.change("newer.txt", "newer\n", "newer work");
    let diff = repo.diff(&Against::NewTo(newer), &tip).expect("compared");
    assert_eq!(told(&diff), ["added text - later.txt +1 -0"]);
    let diff = repo.diff(&Against::Commit(tip), &head).expect("compared");
    assert_eq!(told(&diff).len(), 2, "later work is missing there");
    assert_eq!(
        repo.diff_size(&Against::FirstParent, &head)
            .expect("counted"),
        (1, 1, 0)
    );
    let first = repo
        .diff(&Against::FirstParent, &base)
        .expect("compared with nothing");
    assert_eq!((first.base, first.files.len()), (None, 1));
}

#[test]
fn what_nobody_could_read_is_cut_and_says_so() {
    let world = World::empty();
    world.change("a.txt", "a\n", "base");
    let many: String = (0..6_000).map(|n| format!("line {n}\n")).collect();
    world.write("many.txt", many);
    world.write("long.txt", format!("{}\n", "x".repeat(100_000)));
    world.write("large.txt", format!("{}\n", "word ".repeat(400_000)));
    let head = world.commit("generated");
    let repo = repo(&world);
    let diff = repo.diff(&Against::FirstParent, &head).expect("compared");
    let find = |name: &str| {
        diff.files
            .iter()
            .find(|file| file.name().raw() == name)
            .expect("listed")
    };
    let cut = find("many.txt").cut.as_deref().unwrap_or_default();
    assert!(
        cut.contains("6000 lines") && cut.contains("git diff"),
        "{cut}"
    );
    let cut = find("large.txt").cut.as_deref().unwrap_or_default();
    assert!(cut.contains("MiB"), "{cut}");
    let line = &find("long.txt").hunks[0].lines[0];
    assert!(line.text.raw().len() < 5_000 && line.text.raw().contains("bytes more"));
}

#[test]
fn names_and_texts_that_are_no_utf_8_stay_visible() {
    use std::os::unix::ffi::OsStrExt;
    let world = World::empty();
    world.change("a.txt", "a\n", "base");
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.txt");
    std::fs::write(world.clone().join(name), b"caf\xe9 \x1b[2J\n").expect("written");
    let head = world.commit("latin");
    let diff = repo(&world)
        .diff(&Against::FirstParent, &head)
        .expect("compared");
    assert_eq!(diff.files[0].name().raw(), "caf‹E9›.txt");
    assert_eq!(diff.hidden(), 1, "the escape");
}

const TEAM: &str = r#"
[project]
name = "shop"
forge = "local"
playbook = "approve-and-backport"

[roles]
tech-lead = ["ben@example.org"]

[[lane]]
name = "integration"
layer = "build"
merges_into = ["main"]

[[lane]]
name = "main"
layer = "run"
environment = "production"
seats = ["tech-lead"]

[[environment]]
name = "production"
production = true
"#;

/// A project with a change request into production by Ana.
fn with_request(text: &str) -> Project {
    let project = Project::with_team(TEAM);
    project.run("ana", STORY[0].words).ends(0);
    project.git("ana", &["fetch", "--quiet"]);
    project.git("ana", &["switch", "--quiet", "hotfix/pay"]);
    push(&project, text);
    project.run("ana", &["do", "change", "--yes"]).ends(0);
    project
}

fn push(project: &Project, text: &str) {
    project.write("ana/cart.rs", text);
    project.commit("ana", "fix the cart");
    project.git("ana", &["push", "--quiet", "origin", "HEAD"]);
}

#[test]
fn approving_needs_a_look_at_the_present_head_and_a_push_makes_it_void() {
    let project = with_request("one\nfixed\nthree\n");
    let listed = project.run("ben", &["approvals", "--json"]).ends(0).json();
    let mine = &listed["groups"]["mine"][0];
    assert_eq!(mine["diff"], "not-opened");
    assert_eq!(mine["size"]["added"], 1);
    project
        .run("ben", &["approve", "1", "--yes"])
        .ends(3)
        .says(&["its diff was not opened", "lanekeeper diff 1", "--seen"]);
    project
        .run("ben", &["diff", "1", "--stat"])
        .ends(0)
        .says(&["cart.rs", "+1 -1"]);
    project.run("ben", &["approve", "1", "--yes"]).ends(3);
    project
        .run("ben", &["diff", "1"])
        .ends(0)
        .says(&["-two", "+fixed", "lanekeeper approve 1"]);
    project
        .run("ben", &["approve", "1", "--dry-run"])
        .ends(0)
        .says(&["its diff was looked at"]);
    push(&project, "one\nfixed again\nthree\n");
    project
        .run("ben", &["approvals"])
        .ends(0)
        .says(&["it changed since you looked", "lanekeeper diff 1"]);
    project
        .run("ben", &["approve", "1", "--yes"])
        .ends(3)
        .says(&["it changed since you looked", "lanekeeper diff 1"]);
    project
        .run("ben", &["diff", "1"])
        .ends(0)
        .says(&["+fixed again"]);
    project.run("ben", &["approve", "1", "--yes"]).ends(0);
    push(&project, "one\nfixed a third time\nthree\n");
    project.run("ben", &["approvals"]).ends(0).says(&[
        "For you",
        "Ben Ode approved",
        "not its head any more",
    ]);
    project
        .run("ana", &["approve", "1", "--yes"])
        .ends(3)
        .says(&["you opened it"]);
}

#[test]
fn a_script_approves_the_head_that_it_names() {
    let project = with_request("one\nfixed\nthree\n");
    let old = project.git("ana", &["rev-parse", "HEAD"]);
    push(&project, "one\nfixed again\nthree\n");
    let head = project.git("ana", &["rev-parse", "HEAD"]);
    project
        .run("ben", &["approve", "1", "--seen", &old, "--yes"])
        .ends(2)
        .says(&["stands at", "lanekeeper diff 1"]);
    let document = project.run("ben", &["diff", "1", "--json"]).ends(0).json();
    assert_eq!(document["schema"], "lanekeeper/diff/v1");
    assert_eq!(document["head"], head.as_str());
    assert_eq!(document["looked"], false, "a document is read by a script");
    project.run("ben", &["approve", "1", "--yes"]).ends(3);
    project
        .run("ben", &["approve", "1", "--seen", &head[..9], "--yes"])
        .ends(0);
}

#[test]
fn characters_that_hide_must_be_acknowledged_by_their_number() {
    let project = with_request("one\nif admin\u{202e} { \u{430}llow() }\nthree\n");
    let shown = project.run("ben", &["diff", "1"]).ends(0);
    let shown = shown.says(&[
        "2 hidden characters",
        "‹202E›",
        "‹430›llow",
        "--saw-hidden 2",
    ]);
    assert!(!shown.out.contains('\u{202e}'), "{}", shown.out);
    project
        .run("ben", &["approve", "1", "--yes"])
        .ends(3)
        .says(&["2 hidden characters", "--saw-hidden 2"]);
    project
        .run("ben", &["diff", "1", "--saw-hidden", "1"])
        .ends(2)
        .says(&["hides 2 characters"]);
    project
        .run("ben", &["diff", "1", "--saw-hidden", "2"])
        .ends(0);
    project.run("ben", &["approve", "1", "--yes"]).ends(0);
}

#[test]
fn a_commit_has_a_diff_too_and_what_is_not_there_is_told() {
    let project = with_request("one\nfixed\nthree\n");
    project
        .run("ben", &["diff", "commit:hotfix/pay"])
        .ends(0)
        .says(&["+fixed"]);
    project
        .run("ben", &["diff", "9"])
        .ends(2)
        .says(&["no change request 9"]);
    project
        .run("ben", &["diff", "deployment:9"])
        .ends(2)
        .says(&["no deployment 9"]);
}
