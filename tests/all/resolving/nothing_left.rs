//! A conflict that is solved by dropping the fix, and a lane that merely looks as if it held the fix in other words.

use super::super::cli::project::Project;
use super::TARGET;
use super::conflicted;
use super::rounds::BACKPORT;
use super::with;

const DO: [&str; 4] = ["do", "retrofit", "--target", "integration"];
const NAMED: [&str; 3] = ["--yes", "--confirm", "integration"];

#[test]
fn a_conflict_solved_by_dropping_the_fix_is_neither_pushed_nor_merged_like_any_other() {
    let project = conflicted();
    let refs = project.git("origin.git", &["for-each-ref"]);
    let dropped = with(&TARGET, &["--take", "cart.rs=target", "--yes"]);
    let refused = project.run("ana", &dropped).ends(3);
    refused.says(&[
        "Plan WITHOUT (THE REST OF) THE FIX: ",
        "RISK  nothing of the fix is left in what was decided: the next promotion takes it out of RUN",
        "it changes nothing: every file of integration stays as it is",
        "--yes --confirm integration",
    ]);
    assert_eq!(project.git("origin.git", &["for-each-ref"]), refs);
    // Another name is not the name of this lane.
    let other = with(&TARGET, &["--yes", "--confirm", "production"]);
    project.run("ana", &other).ends(3);
    project.run("ana", &with(&TARGET, &NAMED)).ends(0);

    // The draft mark goes like any other; the merge asks again.
    project.run("ana", &with(&DO, &["--yes"])).ends(0);
    let shown = project
        .run("ana", &with(&DO, &["--dry-run", "--json"]))
        .ends(0)
        .json();
    assert_eq!(shown["plan"]["level"], "L4");
    assert_eq!(shown["plan"]["environment"], "integration");
    assert_eq!(shown["plan"]["facts"][0]["state"], "risk");
    project
        .run("ana", &with(&DO, &["--yes"]))
        .ends(3)
        .says(&["WITHOUT THE FIX", "--yes --confirm integration"]);
    project.run("ana", &with(&DO, &NAMED)).ends(0);
    // Merged or not, nothing of it came there, and everybody says so.
    let told = "CHANGED, nothing of it was carried here (tree)";
    let lanes = project.run("ana", &["lanes"]).ends(0);
    lanes.says(&[told, "integration CHANGED", "integration: is missing"]);
    let document = project.run("ana", &["lanes", "--json"]).ends(0).json();
    let presence = document["presence"].as_array().expect("rows");
    let row = presence.iter().find(|row| row["lane"] == "integration");
    let row = row.expect("a row");
    assert_eq!(
        (&row["verdict"], &row["carried"]),
        (&"changed".into(), &false.into())
    );
    project.run("ana", &["status"]).ends(0).says(&[
        "CHANGED in integration (nothing of it was carried there)",
        "nothing of it came: what was merged left these files as they were",
    ]);
    let prove = ["prove", "checkout-null", "--in", "integration"];
    let proved = project.run("ana", &prove).ends(3);
    proved.says(&["CHANGED", "nothing of it was carried here"]);
    let document = project.run("ana", &with(&prove, &["--json"])).json();
    let proof = &document["proofs"][0];
    assert_eq!(
        (&proof["verdict"], &proof["carried"]),
        (&"changed".into(), &false.into())
    );
}

#[test]
fn a_backport_that_was_resolved_without_the_fix_is_no_success_for_a_job() {
    let project = Project::fixed();
    let backport = ["backport", "main", "--into", "integration", "--yes"];
    project.run("ana", &backport).ends(4);
    let dropped = with(&BACKPORT, &["--take", "cart.rs=target"]);
    project.run("ana", &with(&dropped, &NAMED)).ends(0);
    let told = ["without the fix"];
    project.run("ana", &backport).ends(1).says(&told);
}

#[test]
fn a_fix_that_is_kept_is_told_as_a_fact_and_one_in_other_words_file_by_file() {
    let project = conflicted();
    let kept = with(&TARGET, &["--take", "cart.rs=fix", "--dry-run"]);
    let kept = project.run("ana", &kept).ends(0);
    kept.says(&["ok  ", "the fix is PRESENT in what was decided"]);
    let both = with(&TARGET, &["--take", "cart.rs=both", "--yes"]);
    project
        .run("ana", &both)
        .ends(0)
        .says(&["the fix is CHANGED in what was decided", "cart.rs: CHANGED"]);
    project.run("ana", &with(&DO, &["--yes"])).ends(0);
    project.run("ana", &with(&DO, &["--yes"])).ends(0).says(&[
        "the fix is CHANGED in the merge as computed in memory",
        "done",
    ]);
    // Something of it came, in other words.
    let document = project.run("ana", &["lanes", "--json"]).ends(0).json();
    let presence = document["presence"].as_array().expect("rows");
    let row = presence.iter().find(|row| row["lane"] == "integration");
    let row = row.expect("a row");
    assert_eq!(row["verdict"], "changed");
    assert!(row.get("carried").is_none(), "{row}");
}

#[test]
fn a_lane_that_nothing_of_the_fix_came_into_is_never_said_to_contain_it() {
    let project = conflicted();
    let lanes = project.run("ana", &["lanes"]).ends(0);
    let told = "CHANGED, nothing of it was carried here (tree)";
    assert!(lanes.out.contains(told), "{}", lanes.out);
    assert!(
        !lanes.out.contains("integration: contains"),
        "{}",
        lanes.out
    );
    let document = project.run("ana", &["lanes", "--json"]).ends(0).json();
    let presence = document["presence"].as_array().expect("rows");
    let of = |lane: &str| presence.iter().find(|row| row["lane"] == lane);
    let integration = of("integration").expect("a row");
    assert_eq!(integration["verdict"], "changed");
    assert_eq!(integration["carried"], false);
    assert!(of("main").expect("a row").get("carried").is_none());
    let status = project.run("ana", &["status"]).ends(0);
    status.says(&["CHANGED in integration (nothing of it was carried there)"]);

    // Whoever says that it is alive there all the same is asked.
    let words = ["acknowledge", "integration", "--note", "looks fine to me"];
    project.run("ana", &words).ends(3).says(&[
        "nothing of the fix was ever carried into integration",
        "step `retrofit` will not bring it there any more",
        "--yes",
    ]);
    project.run("ana", &with(&words, &["--yes"])).ends(0);
    let lanes = project.run("ana", &["lanes"]).ends(0);
    assert!(
        !lanes.out.contains("integration: contains"),
        "{}",
        lanes.out
    );
}
