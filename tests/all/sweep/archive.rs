//! The kill sweep over the yearly archive: closed records go into it and lose their refs, on the carriers that keep them in
//! the project; and what was said of one too late goes into it as well.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::kills::Ground;
use super::kills::World;
use super::kills::do_what_is_offered;
use super::kills::sweep;
use super::sample::Share;
use super::tell;
use super::trace;
use crate::cli::project::Project;
use crate::cli::project::TEAM;
use crate::keeping::offline::archived_meanwhile;

/// Closed hotfixes, and one that goes on, of which Ana archives or shares what is due.
pub(super) struct Stage {
    project: Project,
    words: Vec<String>,
    /// Every hotfix there is.
    ids: Vec<String>,
    /// Where archives are.
    archives: &'static str,
}

impl Stage {
    /// Makes two hotfixes that were closed, and one that is open, on this carrier.
    pub(super) fn on(carrier: &str, archives: &'static str) -> Self {
        let line = format!("forge = \"local\"\nrecord_carrier = \"{carrier}\"");
        let project = Project::with_team(&TEAM.replace("forge = \"local\"", &line));
        for slug in ["pay", "refund", "ship"] {
            let title = format!("Nobody can {slug}");
            let start = ["start", slug, "--title", &title, "--answer", "impact=all"];
            project
                .run("ana", &[&start[..], &["--yes"]].concat())
                .ends(0);
            project
                .run("ana", &["note", "one", "--hotfix", slug])
                .ends(0);
            if slug != "ship" {
                project
                    .run("ana", &["close", slug, "--note", "done", "--yes"])
                    .ends(0);
            }
        }
        let lanes = project.run("ana", &["lanes", "--json"]).ends(0).json();
        let rows = lanes["hotfixes"].as_array().expect("hotfixes");
        let ids = rows.iter().map(|row| row["id"].as_str().expect("an id"));
        let ids: Vec<String> = ids.map(str::to_owned).collect();
        assert_eq!(ids.len(), 3, "{lanes}");
        let log = project.run("ana", &["log", "pay", "--json"]).ends(0).json();
        let last = log["entries"].as_array().and_then(|entries| entries.last());
        let at = last.and_then(|entry| entry["at"].as_str());
        let year = &at.expect("a time")[..4];
        let words = ["archive", "--year", year, "--yes"];
        Self {
            project,
            words: words.map(str::to_owned).to_vec(),
            ids,
            archives,
        }
    }

    pub(super) fn late() -> Self {
        let (project, id, _) = archived_meanwhile();
        // Who shares has seen where the record went.
        project.run("ana", &["status", &id]).ends(0);
        Self {
            project,
            words: ["resume", "--share"].map(str::to_owned).to_vec(),
            ids: vec![id],
            archives: "refs/lanekeeper/v1/archive/",
        }
    }

    /// Counts what an archive has: the records that its own commits lead to, and what its list says. A run that died leaves
    /// its records to whoever decides about it, so that they may come a commit later than the others; none may add nothing.
    fn count_archive(&self, world: &mut World, name: &str) {
        let git = |arguments: &[&str]| self.project.git("origin.git", arguments);
        let commits = git(&["log", "--format=%s%x09%H %P", name]);
        // The first leads to nothing but records: only its words tell it from an entry.
        let own = commits
            .lines()
            .filter(|line| line.starts_with("archive ") || line.starts_with("add to "));
        let commits: Vec<Vec<&str>> = own
            .filter_map(|line| Some(line.split_once('\t')?.1.split(' ').collect()))
            .collect();
        assert!(!commits.is_empty(), "{name} is an archive");
        let is_own = |id: &str| commits.iter().any(|commit| commit[0] == id);
        for commit in &commits {
            // Heads of records are the same in every world.
            let heads: Vec<&str> = commit[1..]
                .iter()
                .copied()
                .filter(|id| !is_own(id))
                .collect();
            if heads.is_empty() {
                world.count(format!("a commit of {name} that adds nothing"));
            }
            for head in heads {
                world.count(format!("{name} leads to {}", self.told(head)));
            }
        }
        let list = git(&["show", &format!("{name}:index.json")]);
        let list: Vec<Value> = serde_json::from_str(&list).expect("a list");
        for one in &list {
            let head = self.told(one["head"].as_str().expect("a head"));
            let (hotfix, entries) = (&one["hotfix"], &one["entries"]);
            world.count(format!("{hotfix}: {entries} entries, to {head}"));
        }
    }

    /// Tells of a commit without what differs with the time at which it was made.
    fn told(&self, commit: &str) -> String {
        let git = |arguments: &[&str]| self.project.git("origin.git", arguments);
        let subject = git(&["log", "-1", "--format=%s", commit]);
        let count = git(&["rev-list", "--count", commit]);
        format!("`{subject}`, behind {count}")
    }
}

impl Ground for Stage {
    fn words(&self) -> String {
        format!("{} in {}", self.words.join(" "), self.archives)
    }

    fn command(&self) -> Command {
        let mut command = self.project.binary("ana");
        command.args(&self.words);
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
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        say(&words);
        // What may have been sent is found out first; then the same words do what is left of it.
        do_what_is_offered(&mut say, "--continue");
        say(&words);
        said
    }

    fn world(&self) -> World {
        let mut world = World::default();
        let project = &self.project;
        for id in &self.ids {
            // Whoever reads it finds each entry once, in its order, shared and as it was said.
            for login in ["ana", "ben"] {
                let log = project.run(login, &["log", id]).ends(0).out;
                world.count(format!("{login} reads of {id}: {log}"));
            }
            let log = project.run("ana", &["log", id, "--json"]).ends(0).json();
            world.take_log(&log, &[]);
        }
        // After the looks, which may tidy up.
        let refs = project.git("origin.git", &["for-each-ref", "--format=%(refname)"]);
        for name in refs.lines() {
            world.count(name);
            if name.starts_with(self.archives) {
                self.count_archive(&mut world, name);
            }
        }
        let left = project.run("ana", &["resume", "--json"]).ends(0).json();
        for kind in ["intents", "kept"] {
            let rows = left[kind].as_array().into_iter().flatten();
            rows.for_each(|_| world.count(format!("left over: {kind}")));
        }
        world
    }
}

fn survives(stage: impl FnOnce() -> Stage) {
    let share = Share::wanted();
    if let Some(why) = trace::why_not() {
        tell(&format!("skipped: {why}"));
        return;
    }
    sweep(&stage(), share);
}

#[test]
fn an_archive_of_refs_survives_a_kill_at_any_call() {
    survives(|| Stage::on("refs", "refs/lanekeeper/v1/archive/"));
}

#[test]
fn an_archive_of_branches_survives_a_kill_at_any_call() {
    survives(|| Stage::on("branches", "refs/heads/lanekeeper-record/v1/archive/"));
}

#[test]
fn what_goes_into_an_archive_late_survives_a_kill_at_any_call() {
    survives(Stage::late);
}
