//! What was fetched, what history says, and what is in a lane.

use lanekeeper::git::Error;
use lanekeeper::model::CommitId;
use lanekeeper::model::Person;
use lanekeeper::model::Rule;
use lanekeeper::model::Verdict;

use super::LINES;
use super::fetched;
use super::fix_and_develop;
use super::name;
use super::wait;
use super::with_each_git;
use crate::support::repository::World;

#[test]
fn a_fetch_says_what_moved() {
    let world = World::empty();
    let (base, fix) = fix_and_develop(&world);
    let repo = fetched(&world);
    world.git(&["tag", "v1", "-m", "first", "main"]);
    world.git_in(&world.origin(), &["branch", "-D", "develop"]);
    world.git(&["branch", "-q", "-D", "develop"]);
    let second = world.change("new", "x", "second");
    world.push();
    let moved = wait(repo.fetch()).expect("fetched").moved;
    let told: Vec<_> = moved
        .iter()
        .map(|m| (m.name.as_str(), m.from.as_ref(), m.to.as_ref()))
        .collect();
    assert_eq!(told[0], ("refs/heads/develop", Some(&base), None));
    assert_eq!(told[1], ("refs/heads/main", Some(&fix), Some(&second)));
    assert_eq!(told[2].0, "refs/tags/v1");
    assert_eq!(repo.tags().expect("tags")[&fix], vec!["v1".to_owned()]);
    assert!(wait(repo.fetch()).expect("fetched").moved.is_empty());
    let listed = wait(repo.ls_remote()).expect("listed");
    assert_eq!(listed[&name("refs/heads/main")], second);
}

#[test]
fn history_is_answered_by_full_ids_names_and_abbreviations() {
    with_each_git(|world| {
        let (base, fix) = fix_and_develop(&world);
        world.switch("develop", None);
        let work = world.change("src/other.txt", "work\n", "work on develop");
        let repo = fetched(&world);
        assert_eq!(repo.resolve("main").expect("branch"), fix);
        assert_eq!(repo.resolve("main~1").expect("parent"), base);
        assert_eq!(repo.resolve(fix.as_str()).expect("full"), fix);
        assert_eq!(repo.resolve(&fix.as_str()[..12]).expect("short"), fix);
        for bad in ["", "nothing", "-x", "main..develop", "main:src", "@{-1}"] {
            let answer = repo.resolve(bad);
            assert!(matches!(answer, Err(Error::NoSuchRevision { .. })), "{bad}");
        }
        // What no file system takes is no broken one, and is not repeated whole.
        for long in ["x".repeat(5_000), "x".repeat(300), "x/".repeat(2_500)] {
            let told = repo.resolve(&long).expect_err("no such name").to_string();
            assert!(told.contains("find the revision `x"), "{told}");
            assert!(told.contains('…') && told.len() < 200, "{told}");
        }
        // What is left of `main...develop` behind its first two dots.
        let answer = repo.resolve(".develop");
        assert!(matches!(answer, Err(Error::ThreeDots)), "{answer:?}");
        assert_eq!(
            repo.merge_base(&fix, &work).expect("base"),
            Some(base.clone())
        );
        assert_eq!(repo.ahead_behind(&fix, &work).expect("counts"), (1, 1));
        assert!(!repo.is_ancestor(&fix, &work).expect("graph"));
        let between = repo
            .between(std::slice::from_ref(&base), &fix, 10)
            .expect("range");
        assert_eq!(between.len(), 1);
        assert_eq!(between[0].subject(), "fix: five");
        assert_eq!(between[0].author, Person::from_email("", "ana@example.org"));
        assert_eq!(repo.first_parents(&[], &fix, 1).expect("limited").len(), 1);
        let text = repo.read_file(&fix, "src/app.txt").expect("readable");
        assert_eq!(text, Some(LINES.replace('5', "five").into_bytes()));
        assert_eq!(repo.read_file(&fix, "src").expect("a folder"), None);
        assert_eq!(repo.read_file(&fix, "src/app.txt/x").expect("none"), None);
    });
}

#[test]
fn the_verdict_follows_the_tree_and_the_rule_explains_it() {
    with_each_git(|world| {
        let (base, fix) = fix_and_develop(&world);
        let pick = |branch: &str, extra: &[&str]| {
            world.switch(branch, Some("develop"));
            world.change("work", branch, "work goes on");
            world.git(&[&["cherry-pick", "-x", fix.as_str()][..], extra].concat());
            world.id("HEAD")
        };
        world.switch("never", Some("develop"));
        let never = world.change("work", "never", "work goes on");
        let picked = pick("picked", &[]);
        let reverted = {
            pick("reverted", &[]);
            world.git(&["revert", "--no-edit", "HEAD"]);
            world.id("HEAD")
        };
        world.switch("merged", Some("develop"));
        world.change("work", "merged", "work goes on");
        world.git(&["merge", "-q", "--no-ff", "-m", "retrofit", "main"]);
        let merged = world.id("HEAD");
        world.switch("ours", Some("develop"));
        world.change("work", "ours", "work goes on");
        world.git(&["merge", "-q", "-s", "ours", "-m", "retrofit", "main"]);
        let ours = world.id("HEAD");
        world.switch("renamed", Some("develop"));
        world.git(&["mv", "src/app.txt", "src/core.txt"]);
        world.commit("rename");
        world.git(&["cherry-pick", fix.as_str()]);
        let renamed = world.id("HEAD");
        let repo = fetched(&world);
        let told = |tip: &CommitId| {
            let presence = repo.presence(&base, &fix, tip).expect("judged");
            (presence.verdict, presence.rule)
        };
        assert_eq!(told(&merged), (Verdict::Present, Some(Rule::Ancestor)));
        assert_eq!(told(&picked), (Verdict::Present, Some(Rule::Trailer)));
        assert_eq!(told(&renamed), (Verdict::Present, Some(Rule::Tree)));
        assert_eq!(told(&reverted), (Verdict::Absent, Some(Rule::Tree)));
        assert_eq!(told(&ours), (Verdict::Absent, Some(Rule::Tree)));
        assert_eq!(told(&never), (Verdict::Absent, Some(Rule::Tree)));
        let empty = repo.presence(&fix, &fix, &never).expect("judged");
        assert_eq!((empty.verdict, empty.rule), (Verdict::Unknown, None));
    });
}

#[test]
fn a_fix_of_very_many_files_is_judged_file_by_file_as_well() {
    let world = World::empty();
    let name = |number: usize| format!("files/{number:03}");
    for number in 0..201 {
        world.write(&name(number), format!("{LINES}{number}\n"));
    }
    let base = world.commit("base");
    world.git(&["branch", "develop"]);
    for number in 0..201 {
        let text = format!("{LINES}{number}\n").replace('5', "five");
        world.write(&name(number), text);
    }
    let fix = world.commit("fix: everywhere");
    world.switch("develop", None);
    world.git(&["cherry-pick", fix.as_str()]);
    // Taken out of one, refined in another, and gone on with in a third.
    world.write(&name(7), format!("{LINES}7\n"));
    world.write(&name(8), format!("{LINES}8\n").replace('5', "5 and a half"));
    world.write(&name(9), format!("more\n{LINES}9\n").replace('5', "five"));
    let tip = world.commit("later work");
    let repo = fetched(&world);
    let presence = repo.presence(&base, &fix, &tip).expect("judged");
    assert_eq!(presence.verdict, Verdict::Changed);
    assert_eq!(presence.paths.len(), 201);
    let lost = presence.paths.iter().filter_map(|path| {
        let is_lost = path.verdict != Verdict::Present;
        is_lost.then(|| (path.path.clone(), path.verdict))
    });
    assert_eq!(
        lost.collect::<Vec<_>>(),
        [(name(7), Verdict::Absent), (name(8), Verdict::Changed)]
    );
}

#[test]
fn a_fix_of_two_files_with_one_gone_is_changed_and_says_which() {
    with_each_git(|world| {
        let (base, _) = fix_and_develop(&world);
        let fix = world.change("src/other.txt", LINES.replace('5', "five"), "fix: more");
        world.switch("develop", None);
        world.git(&["merge", "-q", "--no-ff", "-m", "retrofit", "main"]);
        std::fs::remove_file(world.clone().join("src/other.txt")).expect("removed");
        let tip = world.commit("drop the other");
        let repo = fetched(&world);
        let presence = repo.presence(&base, &fix, &tip).expect("judged");
        assert_eq!(presence.verdict, Verdict::Changed);
        let paths: Vec<_> = presence
            .paths
            .iter()
            .map(|p| (p.path.as_str(), p.verdict))
            .collect();
        assert_eq!(
            paths,
            [
                ("src/app.txt", Verdict::Present),
                ("src/other.txt", Verdict::Changed),
            ]
        );
    });
}

#[test]
fn whether_anything_of_a_fix_came_into_a_lane_is_told_by_history_whatever_became_of_it() {
    with_each_git(|world| {
        let (base, fix) = fix_and_develop(&world);
        world.switch("develop", None);
        // The same line in other words: CHANGED, and nothing of the fix is there.
        let never = world.change("src/app.txt", LINES.replace('5', "V"), "later work");
        world.git(&["checkout", "-q", "-b", "picked", base.as_str()]);
        world.git(&["cherry-pick", "-x", fix.as_str()]);
        let picked = world.change("src/app.txt", LINES.replace('5', "V"), "refine it");
        world.git(&["checkout", "-q", "-b", "merged", never.as_str()]);
        world.git(&["merge", "-q", "-s", "ours", "-m", "retrofit", "main"]);
        let merged = world.id("merged");
        let repo = fetched(&world);
        let own = [fix.clone()];
        for (tip, has_come) in [(&never, false), (&picked, true), (&merged, true)] {
            let presence = repo.presence(&base, &fix, tip).expect("judged");
            assert_eq!(presence.verdict, Verdict::Changed);
            // Asked again it is answered from the shelf.
            for _ in 0..2 {
                let told = repo.has_come(&base, &fix, &own, tip).expect("told");
                assert_eq!(told, has_come, "{tip}");
            }
        }
        let same = repo.same_files(&never, &merged, &["src/app.txt".to_owned()]);
        assert_eq!(same.expect("compared"), ["src/app.txt"]);
        let none = ["src/app.txt".to_owned(), "gone".to_owned()];
        let same = repo.same_files(&base, &never, &none).expect("compared");
        assert!(same.is_empty(), "{same:?}");
    });
}

#[test]
fn a_worktree_holds_the_files_of_its_commit_and_leaves_nothing_behind() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::empty();
    let (base, fix) = fix_and_develop(&world);
    let repo = fetched(&world);
    let one = repo.worktree(&fix).expect("made");
    let two = repo.worktree(&base).expect("made beside it");
    let text = std::fs::read_to_string(one.path().join("src/app.txt")).expect("a file");
    assert!(text.contains("five"));
    let around = one.path().parent().expect("a folder around");
    let mode = around.metadata().expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let (path, other) = (one.path().to_owned(), two.path().to_owned());
    drop(one);
    assert!(!path.exists() && other.exists());
    drop(two);
    let left = std::fs::read_dir(world.own().join("worktrees"));
    assert_eq!(left.map_or(0, Iterator::count), 0);
}
