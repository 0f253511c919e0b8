//! `lanes` with more than one hotfix open: where each of them is.

use std::collections::BTreeSet;

use super::project::Project;
use super::project::START;
use super::project::TEAM;

/// A second hotfix.
const MAIL: [&str; 7] = [
    "start",
    "mail",
    "--title",
    "No mail is sent",
    "--answer",
    "impact=all",
    "--yes",
];

/// Starts a hotfix and pushes a fix to its branch.
fn fixed(project: &Project, start: &[&str], slug: &str) {
    project.run("ana", start).ends(0);
    project.git("ana", &["fetch", "--quiet"]);
    let branch = format!("hotfix/{slug}");
    project.git("ana", &["switch", "--quiet", &branch]);
    // Nothing alike: git would take one for the other, renamed.
    project.write(&format!("ana/{slug}.rs"), &format!("{slug}\n").repeat(9));
    project.commit("ana", &format!("fix {slug}"));
    project.git("ana", &["push", "--quiet", "origin", "HEAD"]);
}

#[test]
fn with_several_open_hotfixes_each_has_its_rows() {
    let project = Project::new();
    fixed(&project, &START, "pay");
    let alone = project.run("ana", &["lanes"]).ends(0);
    alone.says(&["Where the fix is"]);
    fixed(&project, &MAIL, "mail");
    // What is done for one of them is told of that one.
    project
        .run("ana", &["do", "run", "--hotfix", "pay", "--yes"])
        .ends(0);
    project
        .run("ana", &["do", "run", "--hotfix", "pay", "--yes"])
        .ends(0);

    let document = project.run("ana", &["lanes", "--json"]).ends(0).json();
    let rows = document["presence"].as_array().expect("rows");
    let fixes: BTreeSet<&str> = rows.iter().filter_map(|row| row["fix"].as_str()).collect();
    assert_eq!(fixes.len(), 2, "{rows:?}");
    assert_eq!(rows.len(), 6, "{rows:?}");
    let verdict = |slug: &str, lane: &str| {
        let is_it = |row: &&serde_json::Value| {
            let fix = row["fix"].as_str().expect("an id");
            row["lane"] == lane && fix.contains(&format!("-{slug}-"))
        };
        let row = rows.iter().find(is_it).expect("a row");
        row["verdict"].as_str().expect("a word").to_owned()
    };
    assert_eq!(verdict("pay", "preprod"), "present");
    assert_eq!(verdict("mail", "preprod"), "absent");
    assert!(document.get("presence_left_out").is_none());

    let page = project.run("ana", &["lanes"]).ends(0);
    for fix in fixes {
        let block = format!("Where {fix} is");
        assert!(page.out.contains(&block), "{}", page.out);
    }
    assert!(!page.out.contains("Where the fix is"), "{}", page.out);
    assert!(page.out.contains("PRESENT (ancestor)"), "{}", page.out);
}

#[test]
fn a_promotion_that_a_closed_hotfix_left_is_approved_for_the_open_one() {
    let main = "name = \"main\"\nlayer = \"run\"\n";
    let team = TEAM.replace(main, &format!("{main}seats = [\"tech-lead\"]\n"));
    assert_ne!(team, TEAM);
    let project = Project::with_team(&team);
    fixed(&project, &START, "pay");
    for step in ["run", "run", "promote"] {
        project.run("ana", &["do", step, "--yes"]).ends(0);
    }
    project
        .run("ana", &["close", "--note", "given up", "--yes"])
        .ends(0);
    fixed(&project, &MAIL, "mail");
    for _ in 0..2 {
        project.run("ana", &["do", "run", "--yes"]).ends(0);
    }
    // However many were opened since, it is among those that are asked.
    for number in 1..=12 {
        let slug = format!("more-{number}");
        let mut start = MAIL;
        start[1] = &slug;
        project.run("ana", &start).ends(0);
    }
    let inbox = project.run("ben", &["approvals", "--json"]).ends(0).json();
    let item = inbox["groups"]["mine"][0].clone();
    let id = item["id"].as_str().expect("it waits for ben");
    let head = project.git("origin.git", &["rev-parse", "preprod"]);
    let approve = ["approve", id, "--seen", head.as_str(), "--yes"];
    project.run("ben", &approve).ends(0);
    let timeline = project.run("ben", &["log", "mail"]).ends(0).out;
    assert!(timeline.contains("approve"), "{timeline}");
}
