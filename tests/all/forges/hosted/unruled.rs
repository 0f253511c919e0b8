//! A GitLab that has no approval rule for every seat: none at all, as on Free, one for the tech lead only, or a count as it
//! was before there were rules. What GitLab does not ask for is decided into the record, and the go-live is held back until
//! both are there.

use super::Hosted;
use super::Which;
use super::story::approve;
use super::story::start;
use super::story::until_approved;
use super::story::until_asked;
use super::story::until_back;

const DRY: [&str; 3] = ["do", "deploy", "--dry-run"];

/// Returns how many decisions GitLab was told.
fn told(hosted: &Hosted) -> usize {
    wrote(hosted, "/approval")
}

fn wrote(hosted: &Hosted, end: &str) -> usize {
    let writes = hosted.server.writes();
    let is_it = |path: &str| path.ends_with(end);
    writes.iter().filter(|write| is_it(&write.path)).count()
}

#[test]
fn a_hotfix_goes_live_on_gitlab_free_with_both_seats_on_record() {
    let hosted = Hosted::with_people(Which::Gitlab);
    hosted.ci.gitlab().is_free = true;
    until_approved(&hosted);
    let [driver, lead, manager] = hosted.which.people();
    let plan = hosted.run(driver, &DRY).ends(0);
    plan.says(&[
        &format!("tech-lead: {lead}"),
        &format!("product-manager: {manager}"),
        "only Lanekeeper asks for these seats",
    ]);
    start(&hosted);
    until_back(&hosted);
    assert_eq!(told(&hosted), 0, "GitLab would have refused");
}

#[test]
fn a_hotfix_goes_live_on_gitlab_with_one_seat_there_and_the_other_on_record() {
    let hosted = Hosted::with_people(Which::Gitlab);
    hosted.ci.gitlab().rules.truncate(1);
    until_approved(&hosted);
    let jobs = hosted.ci.gitlab().deployments.len();
    assert_eq!(told(&hosted), jobs, "the tech lead's, once for each job");
    let [driver, lead, manager] = hosted.which.people();
    let plan = hosted.run(driver, &DRY).ends(0);
    plan.says(&[
        &format!("tech-lead: {lead}"),
        &format!("product-manager: {manager}"),
        "only Lanekeeper asks for product-manager:",
        "with no more than tech-lead",
    ]);
    start(&hosted);
    until_back(&hosted);
}

/// What the last approval starts is as dangerous as a start: production is typed.
#[test]
fn a_hotfix_goes_live_with_the_last_approval_where_gitlab_only_counts_them() {
    let hosted = Hosted::with_people(Which::Gitlab);
    hosted.ci.gitlab().count = 2;
    let subject = until_asked(&hosted);
    let [_, lead, manager] = hosted.which.people();
    hosted.run(lead, &["diff", &subject]).ends(0);
    let said = ["approve", subject.as_str(), "--role", "tech-lead", "--yes"];
    let plain = hosted.run(lead, &said);
    assert_ne!(plain.code, 0, "{}", plain.out);
    plain.says(&["--confirm production"]);
    assert_eq!(told(&hosted), 0);
    let dry = [
        "approve",
        subject.as_str(),
        "--role",
        "tech-lead",
        "--dry-run",
    ];
    let warned = ["the last approval starts the deployment"];
    hosted.run(lead, &dry).ends(0).says(&warned);
    let whole = [&said[..], &["--confirm", "production"]].concat();
    hosted.run(lead, &whole).ends(0);
    approve(&hosted, manager, &subject, "product-manager");
    until_back(&hosted);
    assert_eq!(wrote(&hosted, "/play"), 0, "nobody pressed start");
}
