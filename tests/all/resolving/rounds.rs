//! A pick that waited conflicts with what was decided: one more round in the same session, found again after leaving.

use super::super::cli::driven::drive;
use super::super::cli::project::Project;
use super::TEAM;
use super::with;

pub(super) const BACKPORT: [&str; 4] = ["resolve", "backport", "--target", "integration"];

/// Makes a project whose two fixes are in production; both change the line that integration changed as well.
pub(super) fn two_picks() -> Project {
    let team = TEAM.replace(
        "forge = \"local\"",
        "forge = \"local\"\nplaybook = \"approve-and-backport\"",
    );
    let project = Project::with_team(&team);
    project.write("ben/cart.rs", "one\nlater two\nthree\n");
    project.git("ben", &["switch", "--quiet", "integration"]);
    project.write("ben/cart.rs", "one\nlater two\nthree\n");
    project.commit("ben", "later work");
    project.git("ben", &["push", "--quiet", "origin", "integration"]);
    let start = [
        "start",
        "pay",
        "--title",
        "Pay",
        "--answer",
        "critical=x",
        "--answer",
        "cannot-wait=y",
        "--answer",
        "scoped=z",
        "--yes",
    ];
    project.run("ana", &start).ends(0);
    project.git("ana", &["fetch", "--quiet"]);
    project.git("ana", &["switch", "--quiet", "hotfix/pay"]);
    for (two, subject) in [("fixed two", "fix"), ("fixed two!", "fix it better")] {
        project.write("ana/cart.rs", format!("one\n{two}\nthree\n").as_str());
        project.commit("ana", subject);
    }
    project.git("ana", &["push", "--quiet", "origin", "HEAD"]);
    project.run("ana", &["do", "change", "--yes"]).ends(0);
    // Merged without a merge commit: each commit is picked for itself.
    project.git("ana", &["push", "--quiet", "origin", "HEAD:main"]);
    let mut said = Vec::new();
    let ended = drive(&project, &mut said);
    assert_eq!(ended, Some(4), "{}", said.join("\n"));
    project
}

#[test]
fn what_conflicts_with_a_decision_is_a_second_round_and_nothing_is_pushed_before_both_are_decided()
{
    let project = two_picks();
    let opened = project.run("ana", &BACKPORT).ends(4);
    opened.says(&["applied once everything is decided", "0 of 1 decided"]);
    let remote = || project.git("origin.git", &["for-each-ref"]);
    let before = remote();
    project.run("ana", &["next"]).ends(0).says(&[
        "lanekeeper resolve backport --target integration",
        "cart.rs",
    ]);
    let first = ["--take", "cart.rs=both", "--yes"];
    project.run("ana", &with(&BACKPORT, &first)).ends(4).says(&[
        "round 2",
        "conflicts with what was decided in cart.rs",
        "1 of 2 decided",
        "not decided in round 2",
    ]);
    assert_eq!(remote(), before);

    // Coming back lays both rounds out again; finishing is refused until the second is decided too.
    let json = with(&BACKPORT, &["--json"]);
    let document = project.run("ana", &json).ends(4).json();
    assert_eq!(
        (&document["needed"], &document["done"]),
        (&2.into(), &1.into())
    );
    let second = &document["files"][1];
    assert_eq!(
        (&second["round"], &second["path"]),
        (&2.into(), &"cart.rs".into())
    );
    assert_eq!(second["hunks"][0]["target"], "later two\nfixed two\n");
    assert_eq!(second["hunks"][0]["fix"], "fixed two!\n");
    project
        .run("ana", &with(&BACKPORT, &["--finish", "--yes"]))
        .ends(4);
    assert_eq!(remote(), before);

    let last = ["--take", "cart.rs=fix", "--yes"];
    project.run("ana", &with(&BACKPORT, &last)).ends(0);
    assert_ne!(remote(), before);
    let branch = branch(&project);
    let text = project.git("origin.git", &["show", &format!("{branch}:cart.rs")]);
    assert_eq!(text, "one\nfixed two!\nthree");
    let range = format!("integration..{branch}");
    let log = project.git("origin.git", &["log", "--format=%s", &range]);
    assert_eq!(log, "fix it better\nfix");
    project
        .run("ana", &["log"])
        .ends(0)
        .says(&["both taken, target first; then fix taken"]);
}

#[test]
fn a_first_round_decided_otherwise_may_need_no_second() {
    let project = two_picks();
    let first = ["--take", "cart.rs=both", "--dry-run"];
    project.run("ana", &with(&BACKPORT, &first)).ends(4);
    project.run("ana", &with(&BACKPORT, &["--drop"])).ends(4);
    let fix = ["--take", "cart.rs=fix", "--yes"];
    project.run("ana", &with(&BACKPORT, &fix)).ends(0);
    let text = project.git(
        "origin.git",
        &["show", &format!("{}:cart.rs", branch(&project))],
    );
    assert_eq!(text, "one\nfixed two!\nthree");
}

/// Returns the branch of the backport on the remote.
pub(super) fn branch(project: &Project) -> String {
    let refs = [
        "for-each-ref",
        "--format=%(refname:short)",
        "refs/heads/backport",
    ];
    project.git("origin.git", &refs)
}
