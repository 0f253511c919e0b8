//! The sample project, and the whole of each playbook played on it.

use lanekeeper::config::Environment;
use lanekeeper::ops::Demo;

/// The process environment with a home of its own, so that nobody's git configuration matters.
fn environment(home: &std::path::Path) -> Environment {
    let mut environment = Environment::read().expect("the environment is readable");
    environment
        .variables
        .insert("HOME".to_owned(), home.as_os_str().to_owned());
    environment
}

/// Plays a playbook and returns what was said, and whether every step and item is done.
fn play(playbook: &str) -> (Vec<String>, bool) {
    let home = tempfile::tempdir().expect("a temporary folder");
    let demo = Demo::make(&home.path().join("demo"), &environment(home.path()))
        .expect("the sample project is made");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime starts");
    let mut said = Vec::new();
    let is_done = runtime
        .block_on(demo.play(playbook, &mut |line| said.push(line.to_owned())))
        .expect("no fault");
    (said, is_done)
}

/// Asserts that the play reached its end through a conflict that a person solved.
fn assert_complete(playbook: &str) {
    let (said, is_done) = play(playbook);
    let story = said.join("\n");
    assert!(is_done, "{story}");
    assert!(
        story.contains("solves 1 conflicted path"),
        "no conflict was met:\n{story}"
    );
}

#[test]
fn build_run_is_played_to_its_last_item() {
    assert_complete("build-run");
}

#[test]
fn approve_and_backport_is_played_to_its_last_item() {
    assert_complete("approve-and-backport");
}

#[test]
fn gitflow_sync_is_played_to_its_last_item() {
    assert_complete("gitflow-sync");
}
