//! `lanes` as a person or a script runs it.

use super::project::Project;
use super::project::START;

#[test]
fn lanes_name_the_commit_that_took_the_open_hotfix_out_again() {
    let project = Project::new();
    project.run("ana", &START).ends(0);
    project.git("ana", &["fetch", "--quiet"]);
    project.git("ana", &["switch", "--quiet", "hotfix/pay"]);
    project.write("ana/cart.rs", "one\nfixed two\nthree\n");
    project.commit("ana", "fix the cart");
    project.git("ana", &["push", "--quiet", "origin", "HEAD"]);
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
    project.git("ana", &["fetch", "--quiet"]);
    project.git(
        "ana",
        &["switch", "--quiet", "-C", "preprod", "origin/preprod"],
    );
    project.git("ana", &["revert", "--no-edit", "-m", "1", "HEAD"]);
    project.git("ana", &["push", "--quiet", "origin", "preprod"]);
    let revert = project.git("ana", &["rev-parse", "HEAD"]);
    assert_eq!(reverted("preprod"), revert.as_str());
    assert!(reverted("main").is_null(), "it never was there");
    assert!(reverted("integration").is_null());
    project
        .run("ana", &["lanes"])
        .ends(0)
        .says(&["was reverted"]);
}
