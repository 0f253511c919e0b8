//! Picks that conflict: what is built, what stays open, and what closes it.

use lanekeeper::git::ConflictPolicy;
use lanekeeper::model::CommitId;

use super::bench::Bench;
use super::bench::Ground;
use super::bench::LINES;
use super::bench::kinds;
use super::bench::names;

/// Three fixes in three files; develop clashes with the one of that number.
fn three_fixes(clash: usize) -> (Bench, Vec<CommitId>) {
    let files: Vec<(String, &[u8])> = (0..3)
        .map(|number| (format!("{number}.txt"), LINES.as_bytes()))
        .collect();
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, text)| (name.as_str(), *text))
        .collect();
    let ground = Ground::with(&files);
    let fixes = (0..3)
        .map(|number| {
            let path = format!("{number}.txt");
            ground
                .world
                .change(&path, LINES.replace('5', "five"), &format!("fix {number}"))
        })
        .collect();
    ground.world.switch("develop", None);
    let path = format!("{clash}.txt");
    ground.world.change(&path, LINES.replace('5', "V"), "clash");
    (ground.look(), fixes)
}

#[test]
fn a_conflict_in_the_first_the_middle_or_the_last_commit_keeps_the_others() {
    for clash in 0..3 {
        let (bench, fixes) = three_fixes(clash);
        let built = bench.pick(&fixes.iter().collect::<Vec<_>>());
        assert_eq!(names(&built.conflicts), [format!("{clash}.txt")]);
        assert!(built.pending.is_empty());
        for number in 0..3 {
            let text = bench.file(&built.head, &format!("{number}.txt"));
            let text = text.expect("there");
            assert!(text.contains("five"), "{number}: {text}");
            assert_eq!(text.contains("<<<<<<<"), number == clash);
        }
        let log = bench
            .repo
            .between(&[bench.id("develop")], &built.head, 9)
            .expect("a range");
        assert_eq!(log.len(), 3, "each commit keeps its own message");
    }
}

#[test]
fn under_the_policy_fail_nothing_is_built_whichever_commit_conflicts() {
    for clash in 0..3 {
        let (bench, fixes) = three_fixes(clash);
        let onto = bench.id("develop");
        let commits: Vec<&CommitId> = fixes.iter().collect();
        let refused = bench.try_pick(&commits, &onto, ConflictPolicy::Fail);
        let Err(lanekeeper::git::Error::Conflicts { commit, conflicts }) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(commit, fixes[clash]);
        assert_eq!(names(&conflicts), [format!("{clash}.txt")]);
    }
}

#[test]
fn markers_that_are_content_on_a_side_are_told_from_those_of_the_conflict() {
    let docs = format!("{LINES}<<<<<<< ours\n=======\n>>>>>>> theirs\n");
    let ground = Ground::with(&[("git.md", docs.as_bytes())]);
    let world = &ground.world;
    let fix = world.change("git.md", docs.replace('5', "five"), "fix");
    world.switch("develop", None);
    world.change("git.md", docs.replace('5', "V"), "clash");
    let bench = ground.look();
    let built = bench.pick(&[&fix]);
    let picks = [fix];
    assert_eq!(bench.open(&built.head, &built, &picks, &[]), ["git.md"]);
    let world = &bench.world;
    world.switch("resolve", Some("develop"));
    let half = docs.replace('5', "<<<<<<< HEAD\nfive");
    let half = world.change("git.md", half, "half");
    let whole = world.change("git.md", docs.replace('5', "five V"), "whole");
    bench.refresh();
    assert_eq!(bench.open(&half, &built, &picks, &[]), ["git.md"]);
    assert_eq!(bench.open(&whole, &built, &picks, &[]), [""; 0]);
}

#[test]
fn markers_left_in_any_touched_file_keep_the_gate_shut_unless_the_team_says_they_are_content() {
    let (bench, fixes) = three_fixes(0);
    let built = bench.pick(&fixes.iter().collect::<Vec<_>>());
    let world = &bench.world;
    world.switch("resolve", Some("develop"));
    world.write("0.txt", LINES.replace('5', "five"));
    world.write("1.txt", LINES.replace('5', ">>>>>>> left over"));
    let head = world.commit("resolved in a hurry");
    bench.refresh();
    assert_eq!(bench.open(&head, &built, &fixes, &[]), ["1.txt"]);
    assert_eq!(bench.open(&head, &built, &fixes, &["1.txt"]), [""; 0]);
    assert_eq!(bench.open(&head, &built, &fixes, &["*.txt"]), [""; 0]);
}

#[test]
fn a_commit_that_was_left_out_keeps_the_gate_shut_until_it_is_in_or_a_later_one_has_taken_it_up() {
    for policy in [
        ConflictPolicy::DraftWithMarkers,
        ConflictPolicy::EmptyCommit,
    ] {
        let ground = Ground::with(&[
            ("app.txt", LINES.as_bytes()),
            ("rest.txt", LINES.as_bytes()),
        ]);
        let world = &ground.world;
        let fix = |app: &str, rest: &str| {
            world.write("rest.txt", LINES.replace('1', rest));
            world.change("app.txt", LINES.replace('5', app), app)
        };
        // Each goes on from the one before it; the second has another file as well.
        let fixes = [fix("five", "1"), fix("fünf", "one"), fix("cinq", "one")];
        world.switch("develop", None);
        world.change("app.txt", LINES.replace('5', "V"), "clash");
        let bench = ground.look();
        let commits: Vec<&CommitId> = fixes.iter().collect();
        let built = bench.try_pick(&commits, &bench.id("develop"), policy);
        let built = built.expect("a draft");
        let world = &bench.world;
        world.switch("resolve", Some("develop"));
        let resolved = |app: &str, rest: &str| {
            world.write("rest.txt", LINES.replace('1', rest));
            world.change("app.txt", LINES.replace('5', app), app)
        };
        let heads = [
            (resolved("five V", "1"), vec!["app.txt", "rest.txt"]),
            (resolved("fünf", "one"), vec!["app.txt"]),
            (resolved("cinq", "1"), vec!["rest.txt"]),
            (resolved("cinq", "one"), vec![]),
        ];
        bench.refresh();
        for (head, open) in heads {
            assert_eq!(bench.open(&head, &built, &fixes, &[]), open, "{policy:?}");
        }
    }
}

#[test]
fn json_and_xml_that_were_well_formed_must_be_so_again() {
    let xml = "<Profile>\n<a>1</a>\n<b>2</b>\n</Profile>\n";
    let json = "{\n\"a\": 1,\n\"b\": 2\n}\n";
    let files: [(&str, &[u8]); 3] = [
        ("Admin.profile-meta.xml", xml.as_bytes()),
        ("app.json", json.as_bytes()),
        ("template.json", b"{{ never json }}\n"),
    ];
    let ground = Ground::with(&files);
    let world = &ground.world;
    world.write("Admin.profile-meta.xml", xml.replace('1', "one"));
    world.write("app.json", json.replace('1', "11"));
    world.write("template.json", "{{ never json either }}\n");
    let fix = world.commit("fix");
    world.switch("develop", None);
    world.change("Admin.profile-meta.xml", xml.replace('1', "I"), "clash");
    let bench = ground.look();
    let built = bench.pick(&[&fix]);
    assert_eq!(kinds(&built), ["Admin.profile-meta.xml content"]);
    let world = &bench.world;
    world.switch("resolve", Some("develop"));
    world.write("Admin.profile-meta.xml", xml.replace("</a>", ""));
    world.write("app.json", json.replace("1,", "1,,"));
    world.write("template.json", "{{ never json either }}\n");
    let broken = world.commit("by hand");
    world.write("Admin.profile-meta.xml", xml.replace('1', "one"));
    world.write("app.json", json.replace('1', "11"));
    let whole = world.commit("again");
    bench.refresh();
    let picks = [fix];
    assert_eq!(
        bench.open(&broken, &built, &picks, &[]),
        ["Admin.profile-meta.xml", "app.json"]
    );
    assert_eq!(bench.open(&whole, &built, &picks, &[]), [""; 0]);
}

#[test]
fn a_merge_driver_of_the_clone_changes_no_pick_even_if_it_is_missing_or_crashes() {
    for driver in ["cp %B %A", "exit 200", "/no/such/program %O %A %B"] {
        let ground = Ground::new();
        let world = &ground.world;
        world.git(&["config", "merge.own.driver", driver]);
        std::fs::write(
            world.clone().join(".git/info/attributes"),
            "*.txt merge=own\n",
        )
        .expect("own clone");
        let fix = world.change("app.txt", LINES.replace('5', "five"), "fix");
        world.switch("develop", None);
        world.change("app.txt", LINES.replace('5', "V"), "clash");
        let bench = ground.look();
        // The forge has no such driver: what it would show is what is built.
        assert_eq!(kinds(&bench.pick(&[&fix])), ["app.txt content"], "{driver}");
    }
}
