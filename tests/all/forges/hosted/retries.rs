//! Running a job again with the real binary, also where its process dies between the forge's yes and our record of it.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::mpsc;

use rustix::process::Pid;
use rustix::process::Signal;
use rustix::process::kill_process;
use serde_json::Value;

use super::Hosted;
use super::Which;
use super::story::until_started;
use crate::cli::project::Answer;
use crate::forges::server::Fault;
use crate::forges::server::Happening;

/// Plays a hotfix until a job of its go-live failed; returns the job's number as `status` tells it.
fn with_a_failed_job(which: Which) -> (Hosted, String) {
    let hosted = Hosted::with_people(which);
    hosted.ci.hold();
    until_started(&hosted);
    hosted.ci.fail_one();
    let failed = jobs(&hosted)
        .into_iter()
        .find(|job| job["state"] == "failed");
    let failed = failed.expect("a job that failed is told");
    let number = failed["id"].as_str().expect("a number").to_owned();
    let [driver, ..] = which.people();
    let name = failed["name"].as_str().expect("a name");
    let line = format!("job {number} `{name}` failed");
    hosted.run(driver, &["status"]).ends(0).says(&[&line]);
    (hosted, number)
}

fn step(hosted: &Hosted) -> Value {
    let [driver, ..] = hosted.which.people();
    let status = hosted.run(driver, &["status", "--json"]).ends(0).json();
    let steps = status["steps"].as_array().expect("steps");
    let deploy = steps.iter().find(|step| step["id"] == "deploy");
    deploy.expect("a step of that name").clone()
}

fn jobs(hosted: &Hosted) -> Vec<Value> {
    let jobs = step(hosted)["deployment"]["jobs"].clone();
    jobs.as_array().cloned().unwrap_or_default()
}

fn retry(hosted: &Hosted, job: &str) -> Answer {
    let [driver, ..] = hosted.which.people();
    hosted.run(driver, &["retry", job, "--yes", "--confirm", "production"])
}

/// Returns how often the forge was asked to run a job again, and took it.
fn reruns(hosted: &Hosted) -> usize {
    let writes = hosted.server.writes();
    let is_it = |path: &str| path.ends_with("/rerun") || path.ends_with("/retry");
    writes.iter().filter(|write| is_it(&write.path)).count()
}

/// Says `retry`, and kills the process when the forge has taken it and before its answer is on its way.
fn dies_when_taken(hosted: &Hosted, job: &str) {
    let (tell, pid) = mpsc::channel::<Pid>();
    let pid = Mutex::new(pid);
    let kill = Happening::new(move || {
        let pid = pid.lock().expect("one request only").recv();
        kill_process(pid.expect("it was begun"), Signal::KILL).expect("it is our child");
    });
    let part = if hosted.which == Which::Gitlab {
        "/retry"
    } else {
        "/rerun"
    };
    hosted.server.trap("POST", part, Fault::Afterwards(kill));
    let [driver, ..] = hosted.which.people();
    let child = hosted
        .binary(driver)
        .args(["retry", job, "--yes", "--confirm", "production"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    tell.send(Pid::from_child(&child))
        .expect("it is waited for");
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.signal(), Some(9), "it was not killed: {said}");
    assert_eq!(reruns(hosted), 1);
}

fn is_told_and_not_made_twice(which: Which) {
    let (hosted, job) = with_a_failed_job(which);
    let [driver, ..] = which.people();
    dies_when_taken(&hosted, &job);

    // What was found of it is told, by every look and by `resume`.
    let told = format!("again (job {job})");
    let status = hosted.run(driver, &["status"]).ends(0);
    status.says(&["an earlier run was interrupted: run job", &told]);
    let left = hosted.run(driver, &["resume", "--json"]).ends(0).json();
    let calls = left["intents"][0]["calls"].as_array().expect("calls");
    let call = calls.iter().find(|call| {
        call["call"]
            .as_str()
            .is_some_and(|text| text.ends_with(&told))
    });
    let call = call.unwrap_or_else(|| panic!("{which:?}: {left}"));
    assert_eq!(call["found"], "there", "{which:?}: {left}");

    // Nothing runs by itself, and the same words do not start a second run while the first is on its way.
    let again = retry(&hosted, &job);
    assert_eq!(
        reruns(&hosted),
        1,
        "{which:?}: {}{}",
        again.out,
        again.notes
    );
    assert_ne!(again.code, 0, "{which:?}: {}{}", again.out, again.notes);
    hosted.run(driver, &["resume", "--continue", "--yes"]);
    assert_eq!(reruns(&hosted), 1, "{which:?}: resumed");
    hosted.run(driver, &["resume", "--skip"]);
    let left = hosted.run(driver, &["resume", "--json"]).ends(0).json();
    assert_eq!(left["intents"], serde_json::json!([]), "{which:?}");
    retry(&hosted, &job);
    assert_eq!(reruns(&hosted), 1, "{which:?}: after it was settled");

    // The run that was begun goes on to its end.
    if which != Which::Gitlab {
        hosted.ci.end();
        assert_eq!(step(&hosted)["state"], "done", "{which:?}");
    }
}

#[test]
fn a_retry_on_gitlab_whose_process_died_is_told_and_not_made_twice() {
    is_told_and_not_made_twice(Which::Gitlab);
}

#[test]
fn a_retry_on_github_whose_process_died_is_told_and_not_made_twice() {
    is_told_and_not_made_twice(Which::Github);
}

#[test]
fn a_retry_on_gitea_whose_process_died_is_told_and_not_made_twice() {
    is_told_and_not_made_twice(Which::Gitea);
}

#[test]
fn a_retry_on_a_later_gitea_whose_process_died_is_told_and_not_made_twice() {
    is_told_and_not_made_twice(Which::GiteaLater);
}

#[test]
fn a_retry_on_forgejo_whose_process_died_is_told_and_not_made_twice() {
    is_told_and_not_made_twice(Which::Forgejo);
}

#[test]
fn a_failed_job_runs_again_by_its_number_on_every_forge() {
    for which in [
        Which::Gitlab,
        Which::Github,
        Which::Gitea,
        Which::GiteaLater,
        Which::Forgejo,
    ] {
        let (hosted, job) = with_a_failed_job(which);
        retry(&hosted, &job).ends(0).says(&["it runs again"]);
        assert_eq!(reruns(&hosted), 1, "{which:?}");
        // It is part of the story: who, which job, when; the call itself comes with -v.
        let [driver, ..] = which.people();
        let told = format!("again (job {job})");
        let log = hosted.run(driver, &["log"]).ends(0);
        let line = log.out.lines().find(|line| line.ends_with(&told));
        let line = line.unwrap_or_else(|| panic!("{which:?}: {}", log.out));
        assert!(
            line.contains("ran job \"") && !line.contains("done:"),
            "{line}"
        );
        // So is how the first run of it ended, before that.
        let lines: Vec<&str> = log.out.lines().collect();
        let place = |is_it: &dyn Fn(&str) -> bool| lines.iter().position(|line| is_it(line));
        let ended = format!(": job {job} `");
        let ended = place(&|line: &str| line.contains(&ended) && line.contains(" failed"));
        let again = place(&|line: &str| line.ends_with(&told));
        assert!(ended.is_some() && ended < again, "{which:?}: {}", log.out);
        let whole = hosted.run(driver, &["log", "-v"]).ends(0);
        whole.says(&["done: run job \"", "it runs again"]);
        let failed = jobs(&hosted).iter().any(|job| job["state"] == "failed");
        assert!(!failed, "{which:?}: {:?}", jobs(&hosted));
    }
}
