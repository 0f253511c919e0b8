//! What is asked before it goes on record.

use super::project::Project;
use super::project::START;

#[test]
fn what_nothing_takes_back_waits_for_a_yes() {
    let project = Project::new();
    project.run("ana", &START).ends(0);
    let skip = ["skip", "verify", "--reason", "nobody is there"];
    let close = ["close", "--note", "given up"];
    let before = project.state("ana");
    project.run("ana", &skip).ends(3).says(&[
        "nobody is there to ask",
        "warn",
        "not possible here",
        "--yes",
    ]);
    project
        .run("ana", &close)
        .ends(3)
        .says(&["nobody is there to ask", "step `verify` is waiting"]);
    assert_eq!(project.state("ana"), before, "a refusal changed something");

    project
        .run("ana", &[&skip[..], &["--yes"]].concat())
        .ends(0)
        .says(&["record step.skipped verify"]);
    project
        .run("ana", &[&close[..], &["--yes"]].concat())
        .ends(0)
        .says(&["record hotfix.closed"]);
    project
        .run("ana", &["status"])
        .ends(0)
        .says(&["No hotfix is open"]);
}
