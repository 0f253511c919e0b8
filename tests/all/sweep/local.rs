//! The kill sweep over each effect that the local forge has, from start to backport.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use super::kills::Ground;
use super::kills::World;
use super::kills::refs;
use super::kills::sweep_part;
use super::sample::Share;
use super::tell;
use super::trace;
use crate::cli::project::Project;
use crate::crash::Act;
use crate::crash::STORY;
use crate::crash::before;
use crate::crash::look;
use crate::crash::recover;

/// An act of the story, everything before it done.
pub(super) struct Stage {
    project: Project,
    act: &'static Act,
}

/// The shortest act.
pub(super) const NOTE: usize = 7;

impl Stage {
    pub(super) fn before(index: usize) -> Self {
        let act = &STORY[index];
        let project = before(index);
        look(&project, act.login, act.words);
        Self { project, act }
    }
}

impl Ground for Stage {
    fn words(&self) -> String {
        self.act.words.join(" ")
    }

    fn command(&self) -> Command {
        let mut command = self.project.binary(self.act.login);
        command.args(self.act.words);
        command
    }

    fn code(&self) -> i32 {
        self.act.code
    }

    fn folder(&self) -> PathBuf {
        self.project.path(".")
    }

    fn recover(&self) -> String {
        let mut said = String::new();
        recover(&self.project, self.act, &mut said);
        said
    }

    fn world(&self) -> World {
        let mut world = World::default();
        let project = &self.project;
        let refs = project.git("origin.git", &["for-each-ref", "--format=%(refname)"]);
        for name in refs.lines() {
            let is_record = name.starts_with("refs/lanekeeper/v1/hotfixes/");
            world.count(if is_record { "a record" } else { name });
        }
        let main = project.git("origin.git", &["rev-list", "--first-parent", "main"]);
        main.lines().for_each(|_| world.count("a commit of main"));
        let deployed = std::fs::read_to_string(project.path("home/deployed")).unwrap_or_default();
        let mut runs = BTreeSet::new();
        for run in deployed.lines() {
            if !runs.insert(run) {
                world.count(format!("deployed twice by one go-live: {run}"));
            }
        }
        let log = project.run("ana", &["log", "--json"]).ends(0).json();
        // How a go-live that died is told and approved anew is a story of its own.
        world.take_log(&log, &["effect.", "intent.", "deployment.", "approval."]);
        world.take_status(&project.run("ana", &["status", "--json"]).ends(0).json());
        world
    }

    fn sent(&self) -> String {
        // What a go-live runs leaves the machine as well.
        let deployed = std::fs::read_to_string(self.project.path("home/deployed"));
        let refs = refs(&self.project.path("origin.git"));
        refs + &deployed.unwrap_or_default()
    }
}

fn survives(index: usize) {
    survives_part(index, 0, 1);
}

fn survives_part(index: usize, part: usize, parts: usize) {
    let share = Share::wanted();
    if let Some(why) = trace::why_not() {
        tell(&format!("skipped: {why}"));
        return;
    }
    sweep_part(&Stage::before(index), share, part, parts);
}

/// Each of these runs the part of the day, or what `LANEKEEPER_SWEEP` names.
macro_rules! sweeps {
    ($($name:ident: $index:expr,)*) => {$(
        #[test]
        fn $name() {
            survives($index);
        }
    )*};
}

sweeps! {
    a_start_survives_a_kill_at_any_call: 0,
    opening_a_request_survives_a_kill_at_any_call: 1,
    an_approval_survives_a_kill_at_any_call: 2,
    a_merge_survives_a_kill_at_any_call: 3,
    creating_a_deployment_survives_a_kill_at_any_call: 4,
    approving_a_deployment_survives_a_kill_at_any_call: 5,
    a_note_survives_a_kill_at_any_call: NOTE,
}

/// The longest act of all, in two.
const GO_LIVE: usize = 6;

#[test]
fn a_go_live_and_its_backport_survive_a_kill_at_every_other_call() {
    survives_part(GO_LIVE, 0, 2);
}

#[test]
fn a_go_live_and_its_backport_survive_a_kill_at_the_calls_between() {
    survives_part(GO_LIVE, 1, 2);
}
