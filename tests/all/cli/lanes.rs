//! `lanes` as a person or a script runs it.

use super::project::Project;
use super::project::START;

/// Makes a project with an open hotfix, whose fix is pushed.
fn fixed() -> Project {
    let project = Project::new();
    project.run("ana", &START).ends(0);
    project.git("ana", &["fetch", "--quiet"]);
    project.git("ana", &["switch", "--quiet", "hotfix/pay"]);
    project.write("ana/cart.rs", "one\nfixed two\nthree\n");
    project.commit("ana", "fix the cart");
    project.git("ana", &["push", "--quiet", "origin", "HEAD"]);
    project
}

#[test]
fn lanes_name_the_commit_that_took_the_open_hotfix_out_again() {
    let project = fixed();
    for _opened_then_merged in 0..2 {
        project.run("ana", &["do", "run", "--yes"]).ends(0);
    }
    let reverted = |lane: &str| {
        let document = project.run("ana", &["lanes", "--json"]).ends(0).json();
        let rows = document["presence"].as_array().expect("rows").clone();
        let row = rows.into_iter().find(|row| row["lane"] == lane);
        row.expect("the lane is there")["reverted_by"].clone()
    };
    assert!(reverted("preprod").is_null());
    // The revert names the merge, not the fix itself.
    revert_in_run(&project);
    let revert = project.git("ana", &["rev-parse", "HEAD"]);
    assert_eq!(reverted("preprod"), revert.as_str());
    assert!(reverted("main").is_null(), "it never was there");
    assert!(reverted("integration").is_null());
    project
        .run("ana", &["lanes"])
        .ends(0)
        .says(&["was reverted"]);
}

#[test]
fn lanes_name_the_merge_that_brought_a_revert_there_from_another_lane() {
    let project = fixed();
    for _opened_then_merged in 0..2 {
        project.run("ana", &["do", "run", "--yes"]).ends(0);
    }
    let promote = || {
        project.git("ana", &["fetch", "--quiet"]);
        project.git("ana", &["switch", "--quiet", "-C", "main", "origin/main"]);
        let merge = [
            "merge",
            "--quiet",
            "--no-ff",
            "-m",
            "promote",
            "origin/preprod",
        ];
        project.git("ana", &merge);
        project.git("ana", &["push", "--quiet", "origin", "main"]);
        project.git("ana", &["rev-parse", "HEAD"])
    };
    promote();
    revert_in_run(&project);
    let revert = project.git("ana", &["rev-parse", "HEAD"]);
    let came = promote();
    let document = project.run("ana", &["lanes", "--json"]).ends(0).json();
    let rows = document["presence"].as_array().expect("rows").clone();
    let row = |lane: &str| rows.iter().find(|row| row["lane"] == lane).expect("a lane");
    assert_eq!(row("main")["reverted_by"], revert.as_str());
    assert_eq!(row("main")["reverted_with"], came.as_str());
    assert_eq!(row("preprod")["reverted_by"], revert.as_str());
    assert!(row("preprod").get("reverted_with").is_none());
}

/// Takes the fix out of preprod again, by hand.
fn revert_in_run(project: &Project) {
    project.git("ana", &["fetch", "--quiet"]);
    let to_preprod = ["switch", "--quiet", "-C", "preprod", "origin/preprod"];
    project.git("ana", &to_preprod);
    project.git("ana", &["revert", "--no-edit", "-m", "1", "HEAD"]);
    project.git("ana", &["push", "--quiet", "origin", "preprod"]);
}

#[test]
fn a_promotion_that_is_open_is_on_its_way_only_while_it_brings_the_fix() {
    let project = fixed();
    for _opened_then_merged in 0..2 {
        project.run("ana", &["do", "run", "--yes"]).ends(0);
    }
    project.run("ana", &["do", "promote", "--yes"]).ends(0);
    let verdict = || {
        let document = project.run("ana", &["lanes", "--json"]).ends(0).json();
        let rows = document["presence"].as_array().expect("rows").clone();
        let row = rows.into_iter().find(|row| row["lane"] == "main");
        row.expect("the lane is there")["verdict"].clone()
    };
    assert_eq!(verdict(), "pending");
    revert_in_run(&project);
    assert_eq!(verdict(), "absent");
    let told = ["change request 2 as it is now does not bring the fix into main"];
    project.run("ana", &["status"]).ends(0).says(&told);
}

#[test]
fn an_empty_word_means_no_hotfix() {
    let project = fixed();
    for words in [
        &["status", ""][..],
        &["close", "", "--note", "done", "--yes"],
        &["preflight", "", "--into", "integration"],
        &["prove", ""],
    ] {
        project.run("ana", words).ends(2);
    }
}

#[test]
fn a_hotfix_that_was_just_started_is_not_due_anywhere() {
    let project = Project::new();
    project.run("ana", &START).ends(0);
    let answer = project.run("ana", &["lanes"]).ends(0);
    let answer = answer.says(&["main: does not need", "integration: does not need"]);
    assert!(!answer.out.contains("unknown whether"), "{}", answer.out);
}

#[test]
fn a_lane_that_is_not_there_is_told_so_and_only_a_slip_is_taken_for_another() {
    let project = Project::new();
    let start = |from: &str| {
        let words = [&START[..], &["--from", from]].concat();
        project.run("ana", &words).ends(2)
    };
    let answer = start("nolane").says(&["there is no lane `nolane`", "lanekeeper lanes"]);
    assert!(!answer.notes.contains("Did you mean"), "{}", answer.notes);
    start("preprd").says(&["Did you mean `preprod`?"]);
    project.run("ana", &START).ends(0);
    for words in [
        &["acknowledge", "nolane", "--note", "fine"][..],
        &["do", "retrofit", "--target", "nolane"],
        &[
            "abandon", "retrofit", "--target", "nolane", "--reason", "fine",
        ],
        &["preflight", "main", "--into", "nolane"],
        &["prove", "main", "--in", "nolane"],
        &["backport", "main", "--into", "nolane"],
    ] {
        let answer = project.run("ana", words).ends(2);
        answer.says(&["there is no lane", "`nolane`", "Lanes: ", "integration"]);
    }
}

#[test]
fn the_diff_of_what_is_merged_does_not_offer_to_approve_it() {
    let project = fixed();
    project.run("ana", &["do", "run", "--yes"]).ends(0);
    project
        .run("ben", &["diff", "1"])
        .ends(0)
        .says(&["lanekeeper approve 1"]);
    project.run("ana", &["do", "run", "--yes"]).ends(0);
    let merged = project.run("ben", &["diff", "1"]).ends(0);
    assert!(!merged.out.contains("approve 1"), "{}", merged.out);
}

#[test]
fn a_promotion_on_the_local_forge_is_told_as_that_merges_it_whatever_attributes_the_target_has() {
    const CART: &str = "one\ntwo\nthree\n";
    let project = Project::new();
    project.git("ana", &["switch", "--quiet", "preprod"]);
    project.write("ana/.gitattributes", "cart.rs merge=union\n");
    project.write("ana/cart.rs", &format!("{CART}run\n"));
    project.commit("ana", "work on RUN");
    project.git("ana", &["switch", "--quiet", "integration"]);
    project.write("ana/cart.rs", &format!("{CART}build\n"));
    project.commit("ana", "work on the next version");
    let pushed = ["push", "--quiet", "origin", "preprod", "integration"];
    project.git("ana", &pushed);
    let document = project.run("ana", &["lanes", "--json"]).ends(0).json();
    let edges = document["edges"].as_array().expect("rows").clone();
    let edge = edges.into_iter().find(|row| row["from"] == "integration");
    let promotion = edge.expect("the edge is there")["promotion"].clone();
    assert_eq!(promotion["merge"], "conflict", "{document}");
    let prove = ["prove", "preprod", "--in", "integration", "--json"];
    let document = project.run("ana", &prove).json();
    assert_eq!(document["promotions"][0]["merge"], "conflict", "{document}");
}

#[test]
fn a_lane_that_was_asked_for_by_name_is_missing_what_waits_in_a_request_beside_it() {
    for (policy, told) in [("two-branch", "1 conflict"), ("local", "would conflict")] {
        let project = Project::fixed();
        let words = ["backport", "main", "--into", "integration", "--yes"];
        let words = [&words[..], &["--policy", policy]].concat();
        project.run("ana", &words).ends(4);
        let answer = project.run("ana", &["lanes"]).ends(0);
        let mut lines = answer.out.lines().map(str::trim);
        let line = lines.find(|line| line.starts_with("integration: "));
        let line = line.expect("a sentence");
        assert!(line.contains("is missing backport-"), "{line}");
        assert!(line.contains(told), "{line}");
    }
}

/// The conflict is resolved in a request of its own, into a branch that is no lane.
#[test]
fn a_merge_beside_a_lane_brings_nothing_into_it() {
    let project = Project::fixed();
    let words = ["backport", "main", "--into", "integration", "--yes"];
    let words = [&words[..], &["--policy", "two-branch"]].concat();
    project.run("ana", &words).ends(4);
    project.git("ana", &["fetch", "--quiet"]);
    let short = "--format=%(refname:lstrip=3)";
    let branches = project.git("ana", &["branch", "--remotes", short]);
    let named = |end: &str| {
        let mut names = branches.lines().filter(|name| name.ends_with(end));
        names.next().expect("the branch is there").to_owned()
    };
    let (pick, resolve) = (named("-pick"), named("-resolve"));
    let script = format!(
        "git switch --quiet -c mine origin/{pick}; git merge --quiet origin/{resolve}
         for path in $(git diff --name-only --diff-filter=U); do echo both > $path; git add $path; done
         git commit --quiet -m solved && git push --quiet origin HEAD:{pick} && git switch --quiet main"
    );
    project.shell("ana", &script);
    project.run("ana", &["do", "backport", "--yes"]).ends(0);
    let answer = project.run("ana", &["lanes"]).ends(0);
    answer.says(&[
        "CHANGED, nothing of it was carried here",
        "integration: is missing",
    ]);
}

#[test]
fn no_fixes_at_all_are_not_asked_for() {
    let project = Project::new();
    for count in ["0", "-1", "many"] {
        let fixes = format!("--fixes={count}");
        let answer = project.run("ana", &["lanes", &fixes]).ends(2);
        answer.says(&["a number from 1 on"]);
    }
    project.run("ana", &["lanes", "--fixes", "1"]).ends(0);
}
