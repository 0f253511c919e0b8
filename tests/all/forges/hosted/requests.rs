//! Which change request brought a commit, where the forge knows only heads and merges.

use lanekeeper::model::HotfixId;

use super::Hosted;
use super::Which;
use super::login_again::console;

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

/// A forge lists the latest hundred that have ended; what is on record of an open hotfix is asked for by its number, once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_on_record_is_still_seen_after_a_hundred_others() {
    let hosted = Hosted::with_people(Which::Gitlab);
    let id: HotfixId = hosted.start().parse().expect("an id");
    let [driver, ..] = hosted.which.people();
    hosted.run(driver, &["do", "change", "--yes"]).ends(0);
    let production = ["do", "change", "--yes", "--confirm", "production"];
    hosted.run(driver, &production).ends(0);
    let evidence = || {
        let status = hosted.run(driver, &["status", "--json"]).ends(0).json();
        let steps = status["steps"].as_array().cloned().unwrap_or_default();
        let change = steps.into_iter().find(|step| step["id"] == "change");
        change.expect("a step of that name")["evidence"].clone()
    };
    let before = evidence();
    let number = {
        let mut state = hosted.ci.gitlab();
        let merged = state.mrs[0].clone();
        for place in 0..101 {
            let mut other = merged.clone();
            other.iid = 1_000 + place;
            other.from = format!("feature/{place}");
            other.description = String::new();
            state.mrs.push(other);
        }
        merged.iid
    };
    let own = format!("change request {number} merged by");
    assert!(before.to_string().contains(&own), "{before}");
    assert_eq!(evidence(), before);

    let console = console(&hosted).await;
    let end = format!("/merge_requests/{number}");
    let asked = || {
        let log = hosted.server.log();
        let paths = log.iter().map(|one| one.request.path.as_str());
        paths.filter(|path| path.ends_with(&end)).count()
    };
    let mut counts = Vec::new();
    for _ in 0..2 {
        let before = asked();
        console.look(Some(&id)).await.expect("a look");
        counts.push(asked() - before);
    }
    assert!(counts[0] > 0 && counts[1] == 0, "{counts:?}");
}
