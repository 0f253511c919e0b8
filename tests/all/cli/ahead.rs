//! `preflight` of what `backport` would do: what RUN must not get is told beforehand, and a range is one question.

use crate::keeping::offline::offline;

use super::preflight::CART;
use super::preflight::piped;
use super::preflight::plain;
use super::preflight::rows;
use super::project::Answer;
use super::project::Project;
use super::project::TEAM;

#[test]
fn a_lane_of_run_that_is_frozen_is_blocked_for_what_production_does_not_have() {
    let project = Project::new();
    project.git("ana", &["checkout", "--quiet", "integration"]);
    project.write("ana/next.rs", "next version\n");
    project.commit("ana", "work on the next version");
    project.git("ana", &["checkout", "--quiet", "preprod"]);
    let promote = [
        "merge",
        "--quiet",
        "--no-ff",
        "-m",
        "promote",
        "integration",
    ];
    project.git("ana", &promote);
    project.git("ana", &["checkout", "--quiet", "main"]);
    project.write("ana/cart.rs", &CART.replace("two", "2"));
    project.commit("ana", "fix");
    project.git("ana", &["checkout", "--quiet", "-b", "topic"]);
    project.write("ana/topic.rs", "not live yet\n");
    project.commit("ana", "a fix on its way");
    project.git("ana", &["push", "--quiet", "origin", "--all"]);
    let words = ["preflight", "topic", "--into", "preprod", "integration"];
    let answer = project.run("ana", &[&words[..], &["--json"]].concat());
    let targets = answer.ends(3).json()["targets"].clone();
    assert_eq!(targets[0]["outcome"], "blocked");
    let why = targets[0]["why"].as_str().expect("a reason");
    assert!(why.contains("RUN is frozen: integration"), "{why}");
    assert_eq!(targets[1]["outcome"], "clean");
    // What is live must be in the next version as well.
    let words = ["preflight", "main", "--into", "preprod"];
    project.run("ana", &words).ends(0);
    // BUILD's own work does not go to RUN by itself, and a range is judged by each of its commits.
    project.git("ana", &["checkout", "--quiet", "integration"]);
    project.write("ana/later.rs", "later\n");
    project.commit("ana", "work after that");
    project.git("ana", &["push", "--quiet", "origin", "integration"]);
    for rev in ["integration", "integration~1..integration"] {
        let answer = project.run("ana", &["preflight", rev, "--into", "main", "--json"]);
        let row = answer.ends(3).json()["targets"][0].clone();
        assert_eq!(row["outcome"], "blocked");
        let why = row["why"].as_str().expect("a reason");
        assert!(
            why.contains("\"work after that\" is only in BUILD"),
            "{why}"
        );
    }
}

#[test]
fn nothing_is_clean_into_run_where_nobody_can_see_whether_that_is_frozen() {
    let project = Project::new();
    project.git("ana", &["checkout", "--quiet", "-b", "topic"]);
    project.write("ana/topic.rs", "not live yet\n");
    project.commit("ana", "a fix on its way");
    project.git("ana", &["push", "--quiet", "origin", "topic"]);
    let words = [
        "preflight",
        "topic",
        "--into",
        "preprod",
        "integration",
        "--json",
    ];
    let outcomes = |code: i32| {
        let targets = project.run("ana", &words).ends(code).json()["targets"].clone();
        let why = targets[0]["why"].as_str().unwrap_or_default().to_owned();
        let outcome = |row: usize| {
            targets[row]["outcome"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        ([outcome(0), outcome(1)], why)
    };
    assert_eq!(outcomes(0).0, ["clean", "clean"]);
    offline(&project, || {
        let (outcomes, why) = outcomes(1);
        assert_eq!(outcomes, ["unknown", "clean"]);
        assert!(
            why.contains("it is not known whether RUN is frozen"),
            "{why}"
        );
    });
    // What is live may come there whether or not it is.
    project.git("ana", &["push", "--quiet", "origin", "topic:main"]);
    project.run("ana", &["lanes"]).ends(0);
    offline(&project, || {
        assert_eq!(outcomes(0).0, ["clean", "clean"]);
    });
}

#[test]
fn a_range_is_answered_as_the_picks_in_a_row_that_a_backport_of_it_would_be() {
    let project = plain();
    project.write("ana/cart.rs", &CART.replace("two", "2, again"));
    project.commit("ana", "second fix");
    let range = ["preflight", "old..main", "--into"];
    let answer = project.run("ana", &[&range[..], &["old", "--json"]].concat());
    let row = answer.ends(0).json()["targets"][0].clone();
    assert_eq!(row["outcome"], "clean");
    assert_eq!(row["commit"], "old..main");
    // The second commit alone would not apply: it stands on the first.
    let tree = project.git("ana", &["rev-parse", "main^{tree}"]);
    assert_eq!(row["tree"], tree.as_str());
    project
        .run("ana", &["preflight", "main", "--into", "old"])
        .ends(4);
    project
        .run("ana", &[&range[..], &["rival"]].concat())
        .ends(4)
        .says(&["old..main", "cart.rs (content)"]);
    project
        .run("ana", &["preflight", "main..old", "--into", "old"])
        .ends(2)
        .says(&["there are no commits in main..old"]);
}

#[test]
fn a_range_whose_ends_lie_beside_each_other_says_so_and_where_they_parted() {
    let project = Project::fixed();
    let parted = project.git("ana", &["rev-parse", "--short=7", "main~1"]);
    let hint = format!("From where the two parted: {parted}..");
    let told = ["main..integration is no range that can be picked", &hint];
    let preflight = ["preflight", "main..integration", "--into", "preprod"];
    project.run("ana", &preflight).ends(2).says(&told);
    let backport = ["backport", "main..integration", "--into", "preprod"];
    project.run("ana", &backport).ends(2).says(&told);
}

#[test]
fn a_range_with_three_dots_is_refused_with_the_two_that_are_meant() {
    let project = Project::fixed();
    let told = ["preprod...main is no line of commits", "preprod..main"];
    for words in [
        ["preflight", "preprod...main", "--into", "integration"],
        ["prove", "preprod...main", "--in", "integration"],
        ["backport", "preprod...main", "--into", "integration"],
    ] {
        project.run("ana", &words).ends(2).says(&told);
    }
}

#[test]
fn a_backport_knows_lanes_at_the_ends_of_a_range() {
    let team = TEAM.replace("\"main\"", "\"production\"");
    let team = team.replace(
        "name = \"production\"\nlayer",
        "name = \"production\"\nbranch = \"main\"\nlayer",
    );
    let project = Project::with_team(&team);
    project.git("ana", &["switch", "--quiet", "main"]);
    project.write("ana/cart.rs", "one\nfixed two\nthree\n");
    project.commit("ana", "fix the cart");
    project.git("ana", &["push", "--quiet", "origin", "main"]);
    let range = "preprod..production";
    let words = ["backport", range, "--into", "integration", "--dry-run"];
    project.run("ana", &words).ends(0);
}

#[test]
fn lanes_are_those_of_the_clone_where_the_remote_was_never_seen() {
    for command in ["preflight", "prove"] {
        let project = Project::fixed();
        let mut binary = project.binary("ana");
        Answer::to(binary.args([command, "--batch"]), "main main\n").ends(0);
    }
    let project = Project::fixed();
    offline(&project, || {
        let words = ["preflight", "main", "--into", "integration", "--json"];
        let answer = project.run("ana", &words).ends(4);
        let document = answer.says(&["lanes are as the clone has them"]).json();
        assert_eq!(document["targets"][0]["outcome"], "conflict", "{document}");
    });
}

#[test]
fn a_fix_that_run_took_out_again_is_not_carried_without_a_word() {
    let project = Project::new();
    project.git("ana", &["switch", "--quiet", "main"]);
    project.write("ana/cart.rs", &CART.replace("two", "2"));
    project.commit("ana", "fix");
    let fix = project.git("ana", &["rev-parse", "HEAD"]);
    project.git("ana", &["push", "--quiet", "origin", "main"]);
    let preflight = ["preflight", &fix, "--into", "integration"];
    let before = project.run("ana", &preflight).ends(0);
    assert!(!before.out.contains("still wanted"), "{}", before.out);
    project.git("ana", &["revert", "--no-edit", "HEAD"]);
    project.git("ana", &["push", "--quiet", "origin", "main"]);
    let revert = project.git("ana", &["rev-parse", "--short=7", "HEAD"]);
    let told = format!("it was reverted in main by {revert}: look whether it is still wanted");
    project.run("ana", &preflight).ends(0).says(&[&told]);
    let document = project
        .run("ana", &[&preflight[..], &["--json"]].concat())
        .ends(0)
        .json();
    let lanes = document["targets"][0]["reverted_in"].clone();
    assert_eq!(lanes, serde_json::json!(["main"]));
    let backport = ["backport", &fix, "--into", "integration", "--dry-run"];
    let told = ["look whether it is still wanted"];
    project.run("ana", &backport).ends(0).says(&told);
    // A script is told as well.
    let line = format!("{fix} integration\n");
    let batch = rows(&piped(&project, &["preflight", "--batch"], &line).ends(0));
    assert_eq!(batch[0]["reverted_in"], lanes);
}

#[test]
fn a_fix_that_the_target_itself_took_out_again_is_not_carried_without_a_word() {
    let project = Project::new();
    project.git("ana", &["switch", "--quiet", "main"]);
    project.write("ana/cart.rs", &CART.replace("two", "2"));
    project.commit("ana", "fix");
    let fix = project.git("ana", &["rev-parse", "HEAD"]);
    project.git("ana", &["push", "--quiet", "origin", "main"]);
    project.git("ana", &["switch", "--quiet", "integration"]);
    project.git("ana", &["cherry-pick", "-x", &fix]);
    project.git("ana", &["revert", "--no-edit", "HEAD"]);
    project.git("ana", &["push", "--quiet", "origin", "integration"]);
    let revert = project.git("ana", &["rev-parse", "--short=7", "HEAD"]);
    let told = format!("it was reverted in integration by {revert}");
    let preflight = ["preflight", &fix, "--into", "integration", "preprod"];
    project.run("ana", &preflight).ends(0).says(&[&told]);
    let document = project
        .run("ana", &[&preflight[..], &["--json"]].concat())
        .ends(0)
        .json();
    let targets = &document["targets"];
    let there = serde_json::json!(["integration"]);
    assert_eq!(targets[0]["reverted_in"], there, "{document}");
    // What BUILD does not want any more says nothing of RUN.
    assert!(targets[1].get("reverted_in").is_none(), "{document}");
    let lines = format!("{fix} integration\n{fix} preprod\n");
    let batch = rows(&piped(&project, &["preflight", "--batch"], &lines).ends(0));
    assert_eq!(batch[0]["reverted_in"], there);
    assert!(batch[1].get("reverted_in").is_none(), "{}", batch[1]);
    let backport = ["backport", &fix, "--into", "integration", "--dry-run"];
    project.run("ana", &backport).ends(0).says(&[&told]);
}

#[test]
fn a_range_without_commits_is_no_proof() {
    let project = plain();
    for range in ["main..main", "main..old"] {
        let answer = project.run("ana", &["prove", range, "--in", "main"]);
        let told = format!("there are no commits in {range}");
        answer.ends(2).says(&[&told]);
    }
}

#[test]
fn a_line_of_a_batch_that_is_not_text_is_answered_and_the_others_too() {
    let project = plain();
    let binary = env!("CARGO_BIN_EXE_lanekeeper");
    let lines = r"printf '\377 old\nmain old\n'";
    for (command, second) in [("preflight", "clean"), ("prove", "absent")] {
        let line = format!("{lines} | {binary} {command} --batch || true");
        let told = project.shell("ana", &line);
        let rows: Vec<&str> = told.lines().collect();
        assert_eq!(rows.len(), 2, "{told}");
        assert!(rows[0].contains("unknown"), "{told}");
        assert!(rows[1].contains(second), "{told}");
    }
}
