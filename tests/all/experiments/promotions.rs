//! What keeps a hotfix through the next promotion, what loses it, and when an accepted change is no longer one.

use lanekeeper::engine::acknowledged;
use lanekeeper::git::MergeBuild;
use lanekeeper::model::Presence;
use lanekeeper::model::Rule;
use lanekeeper::model::Timestamp;
use lanekeeper::model::Verdict;
use lanekeeper::record::Acknowledged;
use lanekeeper::record::AcknowledgedPath;
use lanekeeper::record::Event;
use lanekeeper::record::Record;

use crate::support::repository::LINES;
use crate::support::repository::World;
use crate::support::repository::first_git;
use crate::support::repository::script;

use super::ADDED;
use super::Story;
use super::ana;
use super::fetched;

#[test]
fn x5_a_retrofit_resolved_to_our_side_loses_the_fix_in_a_clean_promotion() {
    let story = Story::new();
    let world = story.on_develop();
    world.git(&["merge", "-q", "-s", "ours", "-m", "Sync", "main"]);
    let repo = fetched(world);
    assert_eq!(story.in_build(&repo).verdict, Verdict::Absent);
    assert_eq!(story.promoted(&repo), (true, Verdict::Absent));
}

#[test]
fn x5_a_retrofit_that_was_reverted_loses_the_fix_in_a_clean_promotion() {
    let story = Story::new();
    let world = story.on_develop();
    world.git(&["merge", "-q", "--no-ff", "-m", "Sync", "main"]);
    world.git(&["revert", "--no-edit", "-m", "1", "HEAD"]);
    let repo = fetched(world);
    let tip = world.id("develop");
    assert!(repo.is_ancestor(&story.fix, &tip).expect("known"));
    assert_eq!(story.in_build(&repo).verdict, Verdict::Absent);
    assert_eq!(story.promoted(&repo), (true, Verdict::Absent));
}

#[test]
fn x6_without_any_retrofit_a_real_merge_keeps_the_fix_and_a_copy_of_build_loses_it() {
    let story = Story::new();
    let repo = fetched(story.on_develop());
    assert_eq!(story.promoted(&repo), (true, Verdict::Present));
    // RUN reset to BUILD, or BUILD's tree deployed.
    assert_eq!(story.in_build(&repo).verdict, Verdict::Absent);
}

#[test]
fn x7_a_true_merge_keeps_the_fix_and_the_next_promotion_is_clean() {
    let story = Story::new();
    let world = story.on_develop();
    world.git(&["merge", "-q", "--no-ff", "-m", "Sync", "main"]);
    let repo = fetched(world);
    let there = story.in_build(&repo);
    assert_eq!(
        (there.verdict, there.rule),
        (Verdict::Present, Some(Rule::Ancestor))
    );
    assert_eq!(story.promoted(&repo), (true, Verdict::Present));
}

#[test]
fn x8_a_squashed_sync_lets_the_next_promotion_conflict_again_and_a_true_merge_does_not() {
    for is_squashed in [true, false] {
        let story = Story::new();
        let world = story.on_develop();
        world.change("app.txt", LINES.replace('5', "V"), "the same line");
        let how = if is_squashed {
            "--squash"
        } else {
            "--no-commit"
        };
        let (is_clean, _) = world.try_git_in(&world.clone(), &["merge", "-q", how, "main"]);
        assert!(!is_clean, "the same line was changed");
        world.write("app.txt", LINES.replace('5', "five, V"));
        world.commit("Sync, solved");
        world.change("app.txt", LINES.replace('5', "five and V"), "BUILD goes on");
        let repo = fetched(world);
        let (is_clean, _) = story.promoted(&repo);
        assert_eq!(is_clean, !is_squashed);
    }
}

#[test]
fn x9_build_merged_into_the_hotfix_branch_carries_unapproved_work_into_run() {
    let story = Story::new();
    let world = &story.world;
    world.switch("hotfix", Some("main"));
    world.git(&[
        "merge",
        "-q",
        "--no-ff",
        "-m",
        "solve conflicts here",
        "develop",
    ]);
    let repo = fetched(world);
    let order = MergeBuild {
        onto: world.id("main"),
        other: world.id("hotfix"),
        message: "Merge the hotfix again\n".into(),
        committer: ana(),
        at: Timestamp::from_second(1_800_000_000),
        keep_conflicts: false,
    };
    let built = repo.build_merge(&order).expect("clean");
    let carried = repo.read_file(&built.head, "next.txt").expect("readable");
    assert_eq!(carried.as_deref(), Some(&b"the next version\n"[..]));
}

#[test]
fn a_rename_on_build_keeps_the_fix() {
    let story = Story::new();
    let world = story.on_develop();
    world.git(&["mv", "app.txt", "core.txt"]);
    world.commit("moved");
    world.git(&["merge", "-q", "--no-ff", "-m", "Sync", "main"]);
    let repo = fetched(world);
    assert_eq!(story.in_build(&repo).verdict, Verdict::Present);
    assert_eq!(story.promoted(&repo), (true, Verdict::Present));
}

#[test]
fn our_side_with_edits_on_the_same_lines_is_changed() {
    let story = Story::new();
    let world = story.on_develop();
    world.change("app.txt", LINES.replace('5', "V"), "the same line");
    world.git(&["merge", "-q", "-s", "ours", "-m", "Sync", "main"]);
    let repo = fetched(world);
    assert_eq!(story.in_build(&repo).verdict, Verdict::Changed);
}

#[test]
fn of_a_fix_in_two_files_the_one_that_is_gone_is_named() {
    let story = Story::new();
    let world = story.on_develop();
    world.git(&["merge", "-q", "--no-ff", "-m", "Sync", "main"]);
    world.git(&["rm", "-q", "fix.txt"]);
    world.commit("not needed any more");
    let repo = fetched(world);
    let there = story.in_build(&repo);
    assert_eq!(there.verdict, Verdict::Changed);
    let paths: Vec<_> = there
        .paths
        .iter()
        .map(|path| (path.path.as_str(), path.verdict, path.blob.is_some()))
        .collect();
    assert_eq!(
        paths,
        [
            ("app.txt", Verdict::Present, true),
            ("fix.txt", Verdict::Absent, false),
        ]
    );
}

#[test]
fn an_accepted_change_expires_when_its_files_change_again_and_only_then() {
    let story = Story::new();
    let world = story.on_develop();
    world.change(
        "app.txt",
        LINES.replace('5', "5, rewritten"),
        "refined in BUILD",
    );
    world.change("fix.txt", ADDED, "the other half");
    let repo = fetched(world);
    let seen = story.in_build(&repo);
    assert_eq!(seen.verdict, Verdict::Changed);
    let mut record = Record::empty("20260412-x-000000".parse().expect("static id"));
    assert!(acknowledged(&record, &seen).is_none());
    for path in seen
        .paths
        .iter()
        .filter(|path| path.verdict != Verdict::Present)
    {
        record.acknowledged.push(Acknowledged {
            path: path.path.clone(),
            blob: path.blob.clone(),
            made: path.made.clone(),
            by: ana(),
            at: Timestamp::from_second(1_800_000_000),
            note: "the rewrite has it".into(),
        });
    }
    assert!(acknowledged(&record, &seen).is_some());
    world.change("next.txt", "more of the next version\n", "elsewhere");
    let repo = fetched(world);
    assert!(acknowledged(&record, &story.in_build(&repo)).is_some());
    world.change("app.txt", LINES.replace('5', "5, again"), "there");
    let repo = fetched(world);
    assert!(acknowledged(&record, &story.in_build(&repo)).is_none());
}

/// A record in which a person accepted what was seen.
fn accepted(seen: &Presence, knows_of_names: bool) -> Record {
    let mut record = Record::empty("20260412-x-000000".parse().expect("static id"));
    let differing = seen.paths.iter();
    let differing = differing.filter(|path| path.verdict != Verdict::Present);
    let paths = differing.map(|path| AcknowledgedPath {
        path: path.path.clone(),
        blob: path.blob.clone(),
        is_gone: knows_of_names && path.blob.is_none(),
        made: path.made.clone(),
    });
    let event = Event::VerdictAcknowledged {
        lane: "develop".parse().expect("static name"),
        paths: paths.collect(),
        note: "the rewrite has it".into(),
    };
    record.suppose(event, &ana(), Timestamp::from_second(1_800_000_000));
    record
}

#[test]
fn an_accepted_change_of_a_file_that_build_renamed_expires_when_it_changes_there() {
    // Rewritten a little, and so much that no merge takes it for the same file any more.
    for words in ["5!", "5, quite another text!"] {
        let story = Story::new();
        let world = story.on_develop();
        world.git(&["mv", "app.txt", "core.txt"]);
        world.write("core.txt", LINES.replace('5', words));
        world.change("fix.txt", ADDED, "moved and refined in BUILD");
        let repo = fetched(world);
        let seen = story.in_build(&repo);
        assert_eq!(seen.verdict, Verdict::Changed);
        let moved = seen.paths.iter().find(|path| path.path == "app.txt");
        let moved = moved.expect("the fix changes it");
        assert_eq!(moved.at.as_deref(), Some("core.txt"), "{words}");
        assert_eq!(moved.name(), "app.txt (there core.txt)");
        assert!(moved.blob.is_some());
        let record = accepted(&seen, true);
        assert!(acknowledged(&record, &seen).is_some());
        world.change("next.txt", "more of the next version\n", "elsewhere");
        let repo = fetched(world);
        assert!(acknowledged(&record, &story.in_build(&repo)).is_some());
        world.change("core.txt", LINES.replace('5', "V"), "the fix is gone");
        let repo = fetched(world);
        assert!(acknowledged(&record, &story.in_build(&repo)).is_none());
    }
}

#[test]
fn who_asks_about_another_fix_from_the_same_base_reads_the_renames_that_are_known() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let (git, log) = (folder.path().join("git"), folder.path().join("log"));
    let real = first_git();
    script(
        &git,
        &format!(
            "echo \"$*\" >> '{}'; exec '{}' \"$@\"",
            log.display(),
            real.display()
        ),
    );
    let world = World::with(&git);
    let other = "a text of its own\nof which\nmuch stays\nas it is\n";
    world.write("app.txt", LINES);
    world.write("other.txt", other);
    let base = world.commit("base");
    world.switch("develop", Some("main"));
    world.git(&["mv", "app.txt", "core.txt"]);
    world.git(&["mv", "other.txt", "rest.txt"]);
    world.write("core.txt", LINES.replace('5', "V"));
    world.write("rest.txt", other.replace("much", "all"));
    let tip = world.commit("moved and refined in BUILD");
    world.switch("main", None);
    let app = world.change("app.txt", LINES.replace('5', "five"), "one fix");
    world.switch("second", Some("main~"));
    let rest = world.change("other.txt", other.replace("much", "most"), "another fix");
    let repo = fetched(&world);
    let times = || {
        let log = std::fs::read_to_string(&log).expect("git was called");
        let is_whole = |line: &&str| line.contains("--diff-filter=R");
        log.lines().filter(is_whole).count()
    };
    let place = |head| {
        let seen = repo.presence(&base, head, &tip).expect("judged");
        let path = seen.paths.into_iter().next();
        path.and_then(|path| path.at)
    };
    assert_eq!(place(&app).as_deref(), Some("core.txt"));
    let before = times();
    assert_eq!(before, 1);
    assert_eq!(place(&rest).as_deref(), Some("rest.txt"));
    assert_eq!(times(), before);
}

#[test]
fn an_accepted_change_of_a_file_that_is_gone_holds_until_it_is_back() {
    let story = Story::new();
    let world = story.on_develop();
    world.git(&["rm", "-q", "app.txt"]);
    world.change("fix.txt", ADDED, "the other half");
    let repo = fetched(world);
    let seen = story.in_build(&repo);
    assert_eq!(seen.verdict, Verdict::Changed);
    let record = accepted(&seen, true);
    assert!(acknowledged(&record, &seen).is_some());
    // An older version said so of renamed files as well.
    assert!(acknowledged(&accepted(&seen, false), &seen).is_none());
    world.change("next.txt", "more of the next version\n", "elsewhere");
    let repo = fetched(world);
    assert!(acknowledged(&record, &story.in_build(&repo)).is_some());
    world.change("app.txt", LINES.replace('5', "V"), "back");
    let repo = fetched(world);
    assert!(acknowledged(&record, &story.in_build(&repo)).is_none());
}
