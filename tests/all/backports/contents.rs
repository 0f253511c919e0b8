//! What a commit can hold, picked from `main` onto `develop`; git's own cherry-pick is the measure.

use lanekeeper::git::ConflictPolicy;
use lanekeeper::model::CommitId;
use lanekeeper::model::PredictionOutcome;
use lanekeeper::model::Verdict;

use super::bench::Bench;
use super::bench::Ground;
use super::bench::LINES;
use super::bench::kinds;

/// Asserts that a pick is clean and gives git's tree.
fn assert_as_git_does(bench: &Bench, commit: &CommitId) {
    let built = bench.pick(&[commit]);
    assert_eq!(kinds(&built), [""; 0]);
    assert_eq!(Some(built.tree), bench.as_git_does(&[], commit));
}

#[test]
fn a_file_that_was_renamed_on_build_gets_the_fix_under_its_new_name() {
    let ground = Ground::new();
    let fix = ground
        .world
        .change("app.txt", LINES.replace('5', "five"), "fix");
    ground.world.switch("develop", None);
    ground.world.git(&["mv", "app.txt", "shop.txt"]);
    ground.world.commit("rename");
    let bench = ground.look();
    assert_as_git_does(&bench, &fix);
    let built = bench.pick(&[&fix]);
    let text = bench.file(&built.head, "shop.txt").expect("there");
    assert!(text.contains("five"), "{text}");
}

#[test]
fn a_file_deleted_on_one_side_and_changed_on_the_other_is_a_conflict_without_markers() {
    for is_deleted_by_fix in [true, false] {
        let ground = Ground::new();
        let world = &ground.world;
        let (deleter, editor) = if is_deleted_by_fix {
            ("main", "develop")
        } else {
            ("develop", "main")
        };
        world.switch(deleter, None);
        std::fs::remove_file(world.clone().join("app.txt")).expect("it is there");
        world.commit("delete");
        world.switch(editor, None);
        world.change("app.txt", LINES.replace('5', "five"), "edit");
        let fix = world.id("main");
        let bench = ground.look();
        let built = bench.pick(&[&fix]);
        assert_eq!(kinds(&built), ["app.txt modify-delete"]);
        let text = bench.file(&built.head, "app.txt").expect("one side stays");
        assert!(!text.contains("<<<<<<<"), "{text}");
        // What the engine wrote is no decision, marker or not.
        let picks = std::slice::from_ref(&fix);
        assert_eq!(bench.open(&built.head, &built, picks, &[]), ["app.txt"]);
    }
}

#[test]
fn a_binary_file_changed_on_both_sides_keeps_the_targets_and_waits_for_a_person() {
    let ground = Ground::with(&[("picture", &[0, 1, 2])]);
    let fix = ground.world.change("picture", [0, 7, 7], "fix");
    ground.world.switch("develop", None);
    ground.world.change("picture", [0, 9, 9], "other");
    let bench = ground.look();
    let built = bench.pick(&[&fix]);
    assert_eq!(kinds(&built), ["picture binary"]);
    let bytes = bench.repo.read_file(&built.head, "picture").expect("read");
    assert_eq!(bytes.expect("there"), [0, 9, 9]);
}

#[test]
fn a_submodule_that_both_sides_moved_is_a_conflict_and_one_side_alone_is_clean() {
    for has_moved in [false, true] {
        let ground = Ground::new();
        let world = &ground.world;
        let point = |digit: &str, message: &str| {
            let entry = format!("160000,{},lib", digit.repeat(40));
            world.git(&["update-index", "--add", "--cacheinfo", &entry]);
            world.git(&["commit", "-q", "-m", message]);
            world.id("HEAD")
        };
        point("1", "the library");
        world.git(&["branch", "-f", "develop"]);
        let fix = point("2", "fix: newer library");
        world.git(&["checkout", "-q", "-f", "develop"]);
        if has_moved {
            point("3", "another library");
        }
        let bench = ground.look();
        let built = bench.pick(&[&fix]);
        if has_moved {
            assert_eq!(kinds(&built), ["lib submodule"]);
        } else {
            assert_eq!(kinds(&built), [""; 0]);
            let listed = bench
                .world
                .git_in(&bench.world.clone(), &["ls-tree", "main", "lib"]);
            assert!(listed.contains(&"2".repeat(40)), "{listed}");
            assert_eq!(
                bench.repo.tree_of(&fix).expect("a tree"),
                built.tree,
                "develop had nothing else"
            );
        }
    }
}

#[test]
fn a_change_of_the_executable_bit_alone_is_picked() {
    let ground = Ground::new();
    ground.world.git(&["update-index", "--chmod=+x", "app.txt"]);
    ground.world.git(&["commit", "-q", "-m", "fix: executable"]);
    let fix = ground.world.id("HEAD");
    ground.world.git(&["checkout", "-q", "-f", "develop"]);
    ground
        .world
        .change("app.txt", LINES.replace('9', "nine"), "other");
    let bench = ground.look();
    assert_as_git_does(&bench, &fix);
}

#[test]
#[cfg(unix)]
fn a_file_that_became_a_symbolic_link_is_picked_where_nobody_touched_it_and_else_conflicts() {
    for is_touched in [false, true] {
        let ground = Ground::with(&[("app.txt", LINES.as_bytes()), ("link", b"text\n")]);
        let world = &ground.world;
        let link = world.clone().join("link");
        std::fs::remove_file(&link).expect("it is there");
        std::os::unix::fs::symlink("app.txt", &link).expect("a link");
        let fix = world.commit("fix: a link");
        world.switch("develop", None);
        if is_touched {
            world.change("link", "other text\n", "other");
        } else {
            world.change("other", "x\n", "other");
        }
        let bench = ground.look();
        let built = bench.pick(&[&fix]);
        let wanted: &[&str] = if is_touched { &["link type"] } else { &[] };
        assert_eq!(kinds(&built), wanted);
        assert_eq!(bench.as_git_does(&[], &fix).is_some(), !is_touched);
    }
}

#[test]
fn line_ends_are_content_and_are_never_converted() {
    let dos = LINES.replace('\n', "\r\n");
    let ground = Ground::with(&[("app.txt", dos.as_bytes())]);
    let fix = ground
        .world
        .change("app.txt", dos.replace('5', "five"), "fix");
    ground.world.switch("develop", None);
    ground
        .world
        .change("app.txt", dos.replace('9', "nine"), "other");
    let bench = ground.look();
    assert_as_git_does(&bench, &fix);
    let text = bench.file(&bench.pick(&[&fix]).head, "app.txt");
    let expected = dos.replace('5', "five").replace('9', "nine");
    assert_eq!(text.as_deref(), Some(expected.as_str()));
    // Converted on one side only, every line is another one: a conflict, as with git.
    bench.world.switch("develop", None);
    bench.world.change("app.txt", LINES, "unix");
    bench.refresh();
    assert_eq!(kinds(&bench.pick(&[&fix])), ["app.txt content"]);
    assert_eq!(bench.as_git_does(&[], &fix), None);
}

#[test]
fn a_change_of_white_space_alone_is_picked_like_any_other() {
    let ground = Ground::new();
    let fix = ground
        .world
        .change("app.txt", LINES.replace('5', "  5"), "fix: indent");
    ground.world.switch("develop", None);
    ground.world.change("other", "x\n", "other");
    let bench = ground.look();
    assert_as_git_does(&bench, &fix);
}

#[test]
fn a_rename_that_changes_the_case_of_letters_only_is_picked() {
    let ground = Ground::new();
    ground.world.git(&["mv", "app.txt", "App.txt"]);
    let fix = ground.world.commit("fix: name");
    ground.world.switch("develop", None);
    ground
        .world
        .change("app.txt", LINES.replace('9', "nine"), "other");
    let bench = ground.look();
    assert_as_git_does(&bench, &fix);
    let built = bench.pick(&[&fix]);
    assert_eq!(bench.file(&built.head, "app.txt"), None);
    assert!(bench.file(&built.head, "App.txt").is_some());
}

#[test]
fn a_pointer_to_a_large_file_and_a_large_file_itself_are_picked_by_their_ids() {
    let pointer = |digit: &str| {
        let id = digit.repeat(64);
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{id}\nsize 9\n")
    };
    let large = vec![b'x'; 9 * 1024 * 1024];
    let ground = Ground::with(&[("asset", pointer("1").as_bytes()), ("large", &large)]);
    ground.world.write("asset", pointer("2"));
    ground.world.write("large", [&large[..], b"\n"].concat());
    let fix = ground.world.commit("fix: assets");
    ground.world.switch("develop", None);
    ground.world.change("other", "x\n", "other");
    let bench = ground.look();
    let built = bench.pick(&[&fix]);
    assert_eq!(kinds(&built), [""; 0]);
    assert_eq!(bench.file(&built.head, "asset"), Some(pointer("2")));
}

#[test]
fn a_commit_that_changes_nothing_leaves_nothing_to_build_and_is_nowhere_present() {
    let ground = Ground::new();
    let fix = ground.world.commit("nothing");
    let bench = ground.look();
    let onto = bench.id("develop");
    let built = bench.try_pick(&[&fix], &onto, ConflictPolicy::Fail);
    assert_eq!(built.expect("nothing").head, onto);
    let predicted = bench.repo.predict_picks(std::slice::from_ref(&fix), &onto);
    let outcome = predicted.expect("predicted").outcome;
    assert_eq!(outcome, PredictionOutcome::Already);
    let base = bench.id("main^");
    let presence = bench.repo.presence(&base, &fix, &onto).expect("judged");
    assert_eq!(presence.verdict, Verdict::Unknown);
}

#[test]
fn a_revert_and_the_revert_of_it_are_picked_like_any_commit() {
    let ground = Ground::new();
    let world = &ground.world;
    let fix = world.change("app.txt", LINES.replace('5', "five"), "fix");
    world.git(&["revert", "--no-edit", "HEAD"]);
    let revert = world.id("HEAD");
    world.git(&["revert", "--no-edit", "HEAD"]);
    let again = world.id("HEAD");
    let bench = ground.look();
    // All three in a row give the fix; the first two give nothing, and build nothing twice.
    let all = bench.pick(&[&fix, &revert, &again]);
    assert_eq!(Some(all.tree), bench.repo.tree_of(&fix).ok());
    let two = bench.pick(&[&fix, &revert]);
    assert_eq!(
        Some(two.tree),
        bench.repo.tree_of(&bench.id("develop")).ok()
    );
    // Where the fix is not, its revert is there already.
    assert_eq!(bench.pick(&[&revert]).head, bench.id("develop"));
    let base = bench.id("main~3");
    let presence = bench
        .repo
        .presence(&base, &again, &all.head)
        .expect("judged");
    assert_eq!(presence.verdict, Verdict::Present);
}
