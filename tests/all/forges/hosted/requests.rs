//! Which change request brought a commit, where the forge knows only heads and merges.

use super::Hosted;
use super::Which;

#[test]
fn a_commit_inside_of_a_request_leads_to_it() {
    let hosted = Hosted::with_people(Which::Forgejo);
    hosted.start();
    let [driver, ..] = hosted.which.people();
    let inside = hosted.project.git(driver, &["rev-parse", "HEAD"]);
    let inside = inside.trim();
    hosted
        .project
        .write(&format!("{driver}/more.txt"), "more of it\n");
    hosted.project.commit(driver, "Fix the rest of it");
    let push = ["push", "--quiet", "origin", "HEAD"];
    hosted.project.git(driver, &push);
    let none = hosted.run(driver, &["requests", inside]).ends(0);
    none.says(&["No change request that the forge lists has"]);
    hosted.run(driver, &["do", "change", "--yes"]).ends(0);
    for rev in [inside, "HEAD"] {
        let found = hosted.run(driver, &["requests", rev]).ends(0);
        found.says(&["hotfix/crash -> main", "open"]);
    }
    // What the target has already was brought by somebody else.
    let base = format!("{inside}~1");
    let base = hosted.run(driver, &["requests", &base]).ends(0);
    base.says(&["No change request that the forge lists has"]);
}
