//! A hotfix by three people with the real binary on each forge, from the start to the backport in review.

use super::Hosted;
use super::Which;

/// Looks at what is asked for, and says yes.
pub(super) fn approve(hosted: &Hosted, who: &str, subject: &str, role: &str) {
    let early = hosted.run(who, &["approve", subject, "--role", role, "--yes"]);
    early.ends(3).says(&["lanekeeper diff"]);
    hosted.run(who, &["diff", subject]).ends(0);
    let said = [
        "approve",
        subject,
        "--role",
        role,
        "--yes",
        "--confirm",
        "production",
    ];
    hosted.run(who, &said).ends(0);
}

const DEPLOY: [&str; 5] = ["do", "deploy", "--yes", "--confirm", "production"];

/// Plays a hotfix until its go-live was started.
pub(super) fn until_started(hosted: &Hosted) {
    until_approved(hosted);
    if hosted.which != Which::Github {
        start(hosted);
    }
}

/// Presses start.
pub(super) fn start(hosted: &Hosted) {
    let [driver, ..] = hosted.which.people();
    hosted.run(driver, &DEPLOY).ends(0);
}

/// Plays a hotfix until both have approved its go-live, which starts it where the forge does that.
pub(super) fn until_approved(hosted: &Hosted) {
    let [_, lead, manager] = hosted.which.people();
    let subject = until_asked(hosted);
    approve(hosted, lead, &subject, "tech-lead");
    approve(hosted, manager, &subject, "product-manager");
}

/// Plays a hotfix until its go-live waits for both seats; returns what they are to approve.
pub(super) fn until_asked(hosted: &Hosted) -> String {
    let which = hosted.which;
    let [driver, lead, _] = which.people();
    hosted.start();
    // What stands in production's lane belongs to no hotfix: nobody is asked about it.
    let inbox = hosted.run(lead, &["approvals", "--json"]).ends(0).json();
    assert_eq!(inbox["groups"]["mine"], serde_json::json!([]), "{inbox}");
    hosted.run(driver, &["do", "change", "--yes"]).ends(0);
    let production = ["do", "change", "--yes", "--confirm", "production"];
    hosted.run(driver, &production).ends(0);

    // The run is made where the console starts it; elsewhere it is there already, or waits to be started.
    if which == Which::Github {
        hosted.run(driver, &DEPLOY).ends(0);
    }
    let inbox = hosted.run(lead, &["approvals", "--json"]).ends(0).json();
    let subject = inbox["groups"]["mine"][0]["id"].as_str();
    let subject = subject.expect("the tech lead is asked").to_owned();
    let status = hosted.run(driver, &["status", "--json"]).ends(0).json();
    let mine = inbox["groups"]["mine"].as_array().expect("a list");
    assert_eq!(mine.len(), 1, "{inbox}");
    assert_eq!(mine[0]["hotfix"], status["hotfix"]["id"], "{inbox}");
    hosted
        .run(
            driver,
            &["approve", &subject, "--role", "tech-lead", "--yes"],
        )
        .ends(3);
    hosted
        .run(driver, &DEPLOY)
        .ends(3)
        .says(&["product-manager"]);
    subject
}

/// Looks until every job of the go-live ended, and brings the fix back.
pub(super) fn until_back(hosted: &Hosted) {
    let [driver, ..] = hosted.which.people();
    let is_live = || {
        let status = hosted.run(driver, &["status", "--json"]).ends(0).json();
        let steps = status["steps"].as_array().expect("steps").clone();
        let deploy = steps.iter().find(|step| step["id"] == "deploy");
        deploy.expect("a step of that name")["state"] == "done"
    };
    assert!((0..40).any(|_| is_live()), "the jobs end after a few looks");
    hosted.run(driver, &["do", "backport", "--yes"]).ends(0);
}

/// The forge keeps no seats there and calls it blocked; the record has everybody's yes.
fn approved_and_not_started_is_told(which: Which) {
    let hosted = Hosted::with_people(which);
    let [driver, lead, manager] = which.people();
    let subject = until_asked(&hosted);
    let told = || {
        let inbox = hosted.run(lead, &["approvals", "--json"]).ends(0).json();
        let groups = ["mine", "waiting", "seen"].into_iter();
        let items = groups.flat_map(|group| {
            let items = inbox["groups"][group].as_array().cloned();
            items.unwrap_or_default()
        });
        let item = items
            .into_iter()
            .find(|item| item["id"] == subject.as_str());
        let kind = item.expect("it is listed")["kind"].clone();
        let status = hosted.run(driver, &["status", "--json"]).ends(0).json();
        let steps = status["steps"].as_array().cloned().unwrap_or_default();
        let deploy = steps.into_iter().find(|step| step["id"] == "deploy");
        let state = deploy.expect("a step of that name")["deployment"]["state"].clone();
        serde_json::json!([kind, state])
    };
    approve(&hosted, lead, &subject, "tech-lead");
    let one = serde_json::json!(["environment", "waits for approval"]);
    assert_eq!(told(), one, "{which:?}");
    approve(&hosted, manager, &subject, "product-manager");
    let both = serde_json::json!(["job", "approved, not started"]);
    assert_eq!(told(), both, "{which:?}");
    let page = hosted.run(lead, &["approvals"]).ends(0);
    page.says(&["approved 2/2, not started"]);
    start(&hosted);
}

#[test]
fn approved_and_not_started_is_told_on_forgejo() {
    approved_and_not_started_is_told(Which::Forgejo);
}

#[test]
fn approved_and_not_started_is_told_on_gitea() {
    approved_and_not_started_is_told(Which::Gitea);
}

fn a_hotfix_goes_live_by_commands(which: Which) {
    let hosted = Hosted::with_people(which);
    let [driver, ..] = which.people();
    until_started(&hosted);
    until_back(&hosted);
    if which == Which::Github {
        // It deletes head branches there: a lane that nothing keeps would be bad news.
        hosted.ci.github().kept.push("develop".to_owned());
    }
    let doctor = hosted.run(driver, &["doctor"]).ends(0);
    doctor.says(&["acme/shop", &format!("@{driver}"), "seats"]);
}

#[test]
fn a_hotfix_goes_live_on_gitlab_by_commands() {
    a_hotfix_goes_live_by_commands(Which::Gitlab);
}

#[test]
fn a_hotfix_goes_live_on_github_by_commands() {
    a_hotfix_goes_live_by_commands(Which::Github);
}

#[test]
fn a_hotfix_goes_live_on_forgejo_by_commands() {
    a_hotfix_goes_live_by_commands(Which::Forgejo);
}

#[test]
fn a_hotfix_goes_live_on_gitea_by_commands() {
    a_hotfix_goes_live_by_commands(Which::Gitea);
}
