//! The commands that scripts and people wait for, on a large repository, with what git alone does beside them.
//!
//! ```text
//! cargo bench --bench commands -- --repo PATH --lanes main,8-1-stable,8-0-stable,… [--runs N]
//! ```
//!
//! `PATH` is any clone or bare repository that has these branches; it is only read: the remote and the clone are made in
//! a temporary folder and borrow its objects. Each figure is the median of `--runs` (5); *cold* means that nothing was
//! kept of the answer yet, while our own repository is there.
//!
//! - *own repository*: the first command in a clone without its remote: what it takes to make it, and its size.
//! - *fixes*: the newest 500 fixes of the RUN lanes in all lanes.
//! - *preflight*: the newest 50 commits of the first lane onto the other lanes, at most five, beside one bare
//!   `git merge-tree --stdin` on the same list.
//! - *prove*: the newest commit of the first lane, on all lanes and their promotions.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use std::time::Instant;

#[path = "support/project.rs"]
#[expect(dead_code, reason = "the other half is for the console")]
mod project;

use project::Project;
use project::fed;
use project::program;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |flag: &str| {
        let at = arguments.iter().position(|argument| argument == flag)?;
        arguments.get(at + 1).cloned()
    };
    let (Some(repo), Some(lanes)) = (after("--repo"), after("--lanes")) else {
        say("commands: give --repo PATH --lanes A,B to measure; nothing was done");
        return;
    };
    let lanes: Vec<String> = lanes.split(',').map(str::to_owned).collect();
    let runs = after("--runs").map_or(5, |text| text.parse().expect("a number"));
    let project = Project::make(Path::new(&repo), &lanes);
    say("| | cold | again | again, the remote out of reach |");
    say("|---|---|---|---|");
    own_repository(&project, runs);
    project.forget_state();
    // The remote is fetched and what `lanes` tells is kept; then each question has its first time.
    let lanes_alone = ["lanes", "--json"];
    let cold = time(&project, &lanes_alone, "");
    row_of_both(&project, "`lanes --json`", &[cold], &lanes_alone, runs);
    let fixes = ["lanes", "--fixes", "500", "--json"];
    let cold = time(&project, &fixes, "");
    row_of_both(
        &project,
        "`lanes --fixes 500 --json`",
        &[cold],
        &fixes,
        runs,
    );
    let status = ["status", "--json"];
    row_of_both(&project, "`status --json`", &[], &status, runs);
    let prove = ["prove", &lanes[0], "--json"];
    let cold = time(&project, &prove, "");
    let with = again(&project, &prove, "", runs);
    row("`prove`, one commit", [&[cold], &with, &[]]);
    preflight(&project, runs);
}

fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("somebody reads this");
}

/// Times a question again and again, with the remote and without.
fn row_of_both(project: &Project, name: &str, cold: &[Duration], words: &[&str], runs: usize) {
    let with = again(project, words, "", runs);
    project.hide_remote(true);
    let without = again(project, words, "", runs);
    project.hide_remote(false);
    row(name, [cold, &with, &without]);
}

fn row(name: &str, times: [&[Duration]; 3]) {
    let cell = |times: &[Duration]| {
        let mut times = times.to_vec();
        times.sort_unstable();
        let middle = times.get(times.len() / 2);
        middle.map_or("-".to_owned(), |time| {
            format!("{:.0} ms", time.as_secs_f64() * 1e3)
        })
    };
    let cells = times.map(cell);
    say(&format!("| {name} | {} |", cells.join(" | ")));
}

fn again(project: &Project, words: &[&str], input: &str, runs: usize) -> Vec<Duration> {
    (0..runs.max(1))
        .map(|_| time(project, words, input))
        .collect()
}

/// Runs the binary in the clone.
fn time(project: &Project, words: &[&str], input: &str) -> Duration {
    run(project.ours(words), input)
}

/// Makes our own repository of the clone, its remote being out of reach: nothing is fetched.
fn own_repository(project: &Project, runs: usize) {
    let mut times = Vec::new();
    let mut size = 0;
    project.hide_remote(true);
    for _ in 0..runs.max(1) {
        project.forget_state();
        times.push(time(project, &["lanes", "--json"], ""));
        size = bytes_in(&project.home().join(".local"));
    }
    project.hide_remote(false);
    let name = format!(
        "own repository before the first fetch, {:.1} MiB",
        size as f64 / f64::from(1 << 20)
    );
    row(&name, [&times, &[], &[]]);
}

fn bytes_in(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    let size = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.expect("an entry");
        let data = entry.metadata().expect("its size");
        if data.is_dir() {
            bytes_in(&entry.path())
        } else {
            data.len()
        }
    };
    entries.map(size).sum()
}

fn preflight(project: &Project, runs: usize) {
    let own = project.picks(50, 0);
    let picks = own.lines().filter_map(|line| line.split_once(' '));
    let bare: String = picks
        .map(|(commit, lane)| format!("{commit}^1 -- {lane} {commit}\n"))
        .collect();
    let mut alone = Vec::new();
    for _ in 0..runs.max(1) {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let objects = project.clone_dir().join(".git/objects");
        let mut command = program("git");
        command
            .args(["merge-tree", "--write-tree", "--no-messages", "--stdin"])
            .current_dir(project.clone_dir())
            .env("GIT_OBJECT_DIRECTORY", scratch.path())
            .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", objects);
        alone.push(run(command, &bare));
    }
    row(
        "bare `git merge-tree --stdin`, 250 picks",
        [&alone, &[], &[]],
    );
    let words = ["preflight", "--batch"];
    let cold = time(project, &words, &own);
    let with = again(project, &words, &own, runs);
    row("`preflight --batch`, the same", [&[cold], &with, &[]]);
}

fn run(command: Command, input: &str) -> Duration {
    let begin = Instant::now();
    fed(command, input).wait().expect("it ends");
    begin.elapsed()
}
