//! Go-lives that ended long ago: a forge lists the latest runs of a branch, and what is on record of an open hotfix is asked
//! for by its number, once.

use lanekeeper::model::HotfixId;

use super::Hosted;
use super::Which;
use super::login_again::console;
use super::story::until_started;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_go_live_on_record_is_still_seen_after_fifty_other_runs() {
    let hosted = Hosted::with_people(Which::Github);
    hosted.ci.hold();
    until_started(&hosted);
    hosted.ci.end();
    let [driver, ..] = hosted.which.people();
    let status = || hosted.run(driver, &["status", "--json"]).ends(0).json();
    let step = || {
        let steps = status()["steps"].as_array().cloned().unwrap_or_default();
        let deploy = steps.into_iter().find(|step| step["id"] == "deploy");
        deploy.expect("a step of that name")
    };
    let before = step();
    assert_eq!(before["state"], "done", "{before}");
    let number = {
        let mut state = hosted.ci.github();
        let run = state.runs.iter().find(|run| !run.decisions.is_empty());
        let run = run.expect("the go-live").clone();
        for _ in 0..60 {
            state.start_run("ci.yml", &run.branch, &run.sha, "push", "bob");
            let other = state.runs.last_mut().expect("made just now");
            other.conclusion = Some("success");
        }
        run.id
    };
    let after = step();
    assert_eq!(after["deployment"], before["deployment"]);
    assert_eq!(after["evidence"], before["evidence"]);

    let id: HotfixId = status()["hotfix"]["id"]
        .as_str()
        .and_then(|id| id.parse().ok())
        .expect("an id");
    let console = console(&hosted).await;
    let end = format!("/actions/runs/{number}");
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
