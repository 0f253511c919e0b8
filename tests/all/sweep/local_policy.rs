//! The kill sweep over the resolution of the policy `local`: branch, request and decisions come into being together.

use std::path::PathBuf;
use std::process::Command;

use super::kills::Ground;
use super::kills::World;
use super::kills::do_what_is_offered;
use super::kills::sweep;
use super::sample::Share;
use super::tell;
use super::trace;
use crate::cli::project::Project;
use crate::resolving::local::waiting;

const RESOLVE: [&str; 7] = [
    "resolve",
    "backport",
    "--target",
    "integration",
    "--take",
    "cart.rs=fix",
    "--yes",
];

/// A fix that conflicts with integration, on record and not resolved yet.
pub(super) struct Stage {
    project: Project,
}

impl Stage {
    pub(super) fn new() -> Self {
        Self { project: waiting() }
    }
}

impl Ground for Stage {
    fn words(&self) -> String {
        format!("policy local: {}", RESOLVE.join(" "))
    }

    fn command(&self) -> Command {
        let mut command = self.project.binary("ana");
        command.args(RESOLVE);
        command
    }

    fn code(&self) -> i32 {
        0
    }

    fn folder(&self) -> PathBuf {
        self.project.path(".")
    }

    fn recover(&self) -> String {
        let mut said = String::new();
        let mut say = |words: &[&str]| {
            let answer = self.project.run("ana", words);
            said += &format!(
                "{}: {}\n{}{}\n",
                words.join(" "),
                answer.code,
                answer.out,
                answer.notes
            );
            answer
        };
        say(&RESOLVE);
        do_what_is_offered(&mut say, "--continue");
        // A branch that was pushed without its request: the step opens it.
        let status = self.project.run("ana", &["status", "--json"]).json();
        if status["steps"][0]["targets"][0]["request"].is_null() {
            say(&["do", "backport", "--target", "integration", "--yes"]);
        }
        said
    }

    fn world(&self) -> World {
        let mut world = World::default();
        let project = &self.project;
        let refs = project.git("origin.git", &["for-each-ref", "--format=%(refname)"]);
        for name in refs.lines() {
            let is_record = name.starts_with("refs/lanekeeper/v1/hotfixes/");
            world.count(if is_record { "a record" } else { name });
            if name.starts_with("refs/heads/backport/") {
                let built = project.git("origin.git", &["show", &format!("{name}:cart.rs")]);
                world.count(format!("built: {built:?}"));
            }
        }
        let log = project.run("ana", &["log", "--json"]).ends(0).json();
        world.take_log(&log, &["effect.", "intent."]);
        world.take_status(&project.run("ana", &["status", "--json"]).ends(0).json());
        world
    }
}

#[test]
fn the_resolution_of_the_policy_local_survives_a_kill_at_any_call() {
    let share = Share::wanted();
    if let Some(why) = trace::why_not() {
        tell(&format!("skipped: {why}"));
        return;
    }
    sweep(&Stage::new(), share);
}
