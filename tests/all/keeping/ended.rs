//! Whoever ends the process in the middle of a call does not wait for it, and is told that nobody knows what came of it
//! (safety.md F14).

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use crate::cli::project::Answer;
use crate::cli::project::Project;
use crate::crash;
use crate::support::in_time::InTime as _;
use crate::support::repository::first_git;

/// What is promised to whoever ends a process.
const PROMISED: Duration = Duration::from_secs(2);

/// Puts a `git` into `dir` whose push number `at` sends its parent this signal, and hangs.
fn hanging_git(dir: &Path, at: usize, signal: &str) {
    std::fs::create_dir(dir).expect("fresh folder");
    let script = format!(
        r#"#!/bin/sh
case " $* " in
*" push "*)
    echo push >> '{dir}/pushes'
    if [ "$(wc -l < '{dir}/pushes')" -eq {at} ]; then
        touch '{dir}/told'
        kill -{signal} $PPID
        exec sleep 60
    fi ;;
esac
exec '{real}' "$@"
"#,
        dir = dir.display(),
        real = first_git().display(),
    );
    let git = dir.join("git");
    std::fs::write(&git, script).expect("own folder");
    std::fs::set_permissions(&git, std::fs::Permissions::from_mode(0o755)).expect("own file");
}

/// Returns how long it took from the signal to now, by the clock of the disk.
fn since_told(bin: &Path) -> Duration {
    std::fs::write(bin.join("ended"), "").expect("own folder");
    let at = |name: &str| {
        let file = std::fs::metadata(bin.join(name)).expect("the push came");
        file.modified().expect("a time")
    };
    at("ended")
        .duration_since(at("told"))
        .expect("one after the other")
}

fn opened(project: &Project) -> usize {
    let log = project.run("ana", &["log", "--json"]).ends(0).json();
    let entries = log["entries"].as_array().expect("entries").iter();
    entries
        .filter(|entry| entry["kind"] == "request.opened")
        .count()
}

#[test]
fn who_is_ended_in_the_middle_of_a_call_ends_in_two_seconds_and_says_what_is_not_known() {
    let world = crash::before(1);
    for (at, signal) in [(1, "TERM"), (2, "HUP"), (3, "TERM")] {
        let project = world.copy();
        let bin = project.path("bin");
        hanging_git(&bin, at, signal);
        let mut command = project.binary("ana");
        command
            .args(["do", "change", "--yes"])
            .env("PATH", crash::path_with(&bin));
        let answer = Answer::new(&command.output_in_time().expect("the binary runs"));
        let took = since_told(&bin);
        assert!(took <= PROMISED, "{signal} at push {at}: {took:?}");
        answer
            .ends(5)
            .says(&["what came of it is not known", "lanekeeper resume"]);
        // It is not forgotten, runs by itself nowhere, and goes on when somebody says so; once.
        let left = project.run("ana", &["resume", "--json"]).ends(0).json();
        let left = left["intents"].as_array().map_or(0, Vec::len);
        assert_eq!(left, 1, "{signal} at push {at}");
        assert_eq!(opened(&project), 0, "{signal} at push {at}");
        project.run("ana", &["do", "change", "--yes"]).ends(0);
        assert_eq!(opened(&project), 1, "{signal} at push {at}");
        let left = project.run("ana", &["resume", "--json"]).ends(0).json();
        assert_eq!(left["intents"].as_array().map(Vec::len), Some(0));
    }
}
