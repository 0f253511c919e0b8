//! `prove` on the command line: verdicts, rules, and what the next promotions keep.

use super::preflight::CART;
use super::preflight::piped;
use super::preflight::plain;
use super::preflight::rows;
use super::project::Project;

#[test]
fn prove_tells_verdict_rule_and_paths_and_its_exit_code_is_for_ci() {
    let project = plain();
    project.git("ana", &["checkout", "--quiet", "-b", "synced", "old"]);
    project.git("ana", &["cherry-pick", "-x", "main"]);
    let answer = project
        .run(
            "ana",
            &["prove", "main", "--in", "main", "synced", "--json"],
        )
        .ends(0);
    let proofs = answer.json()["proofs"].clone();
    assert_eq!(proofs[0]["verdict"], "present");
    assert_eq!(proofs[0]["rule"], "ancestor");
    assert_eq!(proofs[1]["verdict"], "present");
    assert_eq!(proofs[1]["rule"], "trailer");
    let answer = project
        .run("ana", &["prove", "main", "--in", "old", "rival", "--json"])
        .ends(3);
    let proofs = answer.json()["proofs"].clone();
    assert_eq!(proofs[0]["verdict"], "absent");
    assert_eq!(proofs[1]["verdict"], "changed");
    assert_eq!(proofs[1]["paths"][0]["path"], "cart.rs");
    assert!(proofs[1]["paths"][0]["blob"].is_string());
    project
        .run("ana", &["prove", "main", "--in", "rival"])
        .ends(3)
        .says(&["CHANGED", "cart.rs"]);
    project
        .run("ana", &["prove", "old..main", "--in", "main"])
        .ends(0)
        .says(&["PRESENT"]);
    project
        .run("ana", &["prove", "main", "--in", "nowhere"])
        .ends(2)
        .says(&["there is no revision `nowhere`"]);
    let answer = piped(
        &project,
        &["prove", "--batch"],
        "main synced\n# x\nmain old\nbad\n",
    )
    .ends(1);
    let verdicts: Vec<_> = rows(&answer)
        .iter()
        .map(|row| row["verdict"].clone())
        .collect();
    assert_eq!(verdicts, ["present", "absent", "unknown"]);
    // Judged together, each is told as it is alone.
    let alone = ["prove", "main", "--in", "rival", "synced", "old", "--json"];
    let alone = project.run("ana", &alone).ends(3).json()["proofs"].clone();
    let lines = "main rival\nmain synced\nmain old\nmain rival\n";
    let together = rows(&piped(&project, &["prove", "--batch"], lines).ends(3));
    assert_eq!(&together[..3], &alone.as_array().expect("a list")[..]);
    assert_eq!(together[0], together[3]);
}

#[test]
fn a_commit_of_a_range_that_changes_nothing_is_left_out_and_named() {
    let project = plain();
    let empty = ["commit", "--quiet", "--allow-empty", "-m", "build again"];
    project.git("ana", &empty);
    let id = project.git("ana", &["rev-parse", "HEAD"]);
    let words = ["prove", "old..main", "--in", "main", "--json"];
    let document = project.run("ana", &words).ends(0).json();
    assert_eq!(document["proofs"].as_array().map(Vec::len), Some(1));
    assert_eq!(document["left_out"][0], id.as_str());
    project
        .run("ana", &words[..4])
        .ends(0)
        .says(&["PRESENT", "left out", &id[..10]]);
    // By its own name it is asked about all the same, and everybody says the same of it.
    let alone = ["prove", "main", "--in", "old", "--json"];
    let document = project.run("ana", &alone).ends(0).json();
    let proof = &document["proofs"][0];
    assert_eq!(
        (&proof["verdict"], &proof["rule"]),
        (&"present".into(), &"tree".into())
    );
    project
        .run("ana", &alone[..4])
        .ends(0)
        .says(&["PRESENT", "(tree)", "it changes nothing"]);
    let batch = rows(&piped(&project, &["prove", "--batch"], "main old\n").ends(0));
    assert_eq!(batch[0], *proof);
    let words = ["preflight", "main", "--into", "old", "--json"];
    let document = project.run("ana", &words).ends(0).json();
    assert_eq!(document["targets"][0]["outcome"], "already");
}

#[test]
fn lanes_are_the_default_and_promotions_that_lose_the_fix_are_told() {
    let project = Project::new();
    project.git("ana", &["checkout", "--quiet", "main"]);
    project.write("ana/cart.rs", &CART.replace("two", "2"));
    project.commit("ana", "fix");
    for branch in ["preprod", "integration"] {
        project.git("ana", &["checkout", "--quiet", branch]);
    }
    // Synced, but resolved to BUILD's side: the fix is gone and the promotion stays clean.
    project.git("ana", &["checkout", "--quiet", "preprod"]);
    project.git("ana", &["merge", "--quiet", "main"]);
    project.git("ana", &["checkout", "--quiet", "integration"]);
    project.git(
        "ana",
        &["merge", "--quiet", "-s", "ours", "-m", "sync", "main"],
    );
    project.git("ana", &["push", "--quiet", "origin", "--all"]);
    let answer = project.run("ana", &["preflight", "main", "--json"]).ends(0);
    let row = &answer.json()["targets"][0];
    assert_eq!(
        (&row["target"], &row["outcome"]),
        (&"integration".into(), &"clean".into())
    );
    let document = project
        .run("ana", &["prove", "main", "--json"])
        .ends(3)
        .json();
    let verdict = |lane: &str| {
        let proofs = document["proofs"].as_array().expect("a list");
        let proof = proofs.iter().find(|proof| proof["target"] == lane);
        proof.expect("every lane")["verdict"].clone()
    };
    assert_eq!(verdict("integration"), "absent");
    assert_eq!(verdict("preprod"), "present");
    let promotion = &document["promotions"][0];
    assert_eq!(
        (&promotion["from"], &promotion["into"]),
        (&"integration".into(), &"preprod".into())
    );
    assert_eq!(
        (&promotion["merge"], &promotion["verdict"]),
        (&"clean".into(), &"absent".into())
    );
    assert_eq!(promotion["lost"], true);
    project
        .run("ana", &["prove", "main", "--in", "main"])
        .ends(0);
}

#[test]
fn a_promotion_that_conflicts_is_no_proof_that_the_fix_survives_it() {
    let project = Project::new();
    project.git("ana", &["checkout", "--quiet", "main"]);
    project.write("ana/cart.rs", &CART.replace("two", "2"));
    project.commit("ana", "fix");
    for (branch, rest) in [("preprod", "run\n"), ("integration", "build\n")] {
        project.git("ana", &["checkout", "--quiet", branch]);
        project.git("ana", &["merge", "--quiet", "main"]);
        project.write("ana/rest.rs", rest);
        project.commit("ana", "work of its own");
    }
    project.git("ana", &["push", "--quiet", "origin", "--all"]);
    let lanes = ["prove", "main", "--in", "integration", "preprod", "main"];
    let answer = project.run("ana", &[&lanes[..], &["--json"]].concat());
    let document = answer.ends(4).json();
    let verdicts = document["proofs"].as_array().expect("a list").iter();
    let verdicts: Vec<_> = verdicts.map(|proof| proof["verdict"].clone()).collect();
    assert_eq!(verdicts, ["present"; 3]);
    let promotion = &document["promotions"][0];
    assert_eq!(
        (&promotion["into"], &promotion["merge"], &promotion["lost"]),
        (&"preprod".into(), &"conflict".into(), &false.into())
    );
    project.run("ana", &lanes).ends(4).says(&["conflicts"]);
}
