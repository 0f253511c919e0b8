//! A soak of kills (safety.md T3): three consoles work on one hotfix at the same time, and each is killed again and again
//! at moments that nobody chose. Whoever was killed looks whether it is there and says the same once more, as a person does.
//! In the end everything that was said is on record once, and there is nothing to repair.

use std::collections::BTreeMap;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;
use std::time::Instant;

use rustix::process::Pid;
use rustix::process::Signal;
use rustix::process::kill_process;
use serde_json::Value;

use super::sample::Share;
use super::tell;
use crate::cli::project::Project;
use crate::cli::project::START;
use crate::cli::project::TEAM;

const LOGINS: [&str; 3] = ["ana", "ben", "mia"];
/// In each world so many kills, in so many worlds: the 10,000 of safety.md.
const KILLS: usize = 100;
const WORLDS: usize = 100;
/// Kills on each commit, in one world.
const FEW: usize = 12;
/// More attempts at one thing are made by nobody; the last of them is left alone for so long.
const ATTEMPTS: usize = 20;
const PATIENCE: Duration = Duration::from_secs(300);

/// What one person said, and how often the console was killed for it.
#[derive(Debug, Default)]
struct Worked {
    said: Vec<String>,
    kills: usize,
}

/// The team's file, with an item of the checklist for each person.
fn team() -> String {
    let items = LOGINS.map(|login| {
        format!(
            "[[checklist]]\nid = \"of-{login}\"\ntext = \"What {login} does\"\nwhen = \"after\"\n"
        )
    });
    format!("{TEAM}\n{}", items.join("\n"))
}

/// Returns the words of an act: a note, a tick and its taking back in turn.
fn act<'a>(number: usize, item: &'a str, said: &'a str) -> Vec<&'a str> {
    match number % 3 {
        0 => vec!["note", said],
        1 => vec!["tick", item, "--note", said],
        _ => vec!["untick", item, "--note", said],
    }
}

/// Runs a command and kills it after so long; tells whether it was killed.
fn is_killed(command: &mut Command, after: Duration) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = command.spawn().expect("the binary runs");
    let pid = Pid::from_child(&child);
    let (ended, end) = mpsc::channel();
    std::thread::spawn(move || ended.send(child.wait()));
    let status = end.recv_timeout(after).unwrap_or_else(|_| {
        // It may end in this very moment, which is an end too.
        let _gone = kill_process(pid, Signal::KILL);
        end.recv().expect("a killed process ends")
    });
    // Its gits go on without it, as they do where a machine runs out of memory.
    status.expect("our child").code().is_none()
}

fn entries(project: &Project, login: &str) -> Vec<Value> {
    let log = project.run(login, &["log", "--json"]).ends(0).json();
    log["entries"].as_array().cloned().unwrap_or_default()
}

/// Returns what people said in an entry of the record.
fn words(entry: &Value) -> Option<&str> {
    let field = match entry["kind"].as_str()? {
        "note.added" => "text",
        "check.ticked" | "check.unticked" => "note",
        _other => return None,
    };
    entry["body"][field].as_str()
}

fn is_said(project: &Project, login: &str, said: &str) -> bool {
    let entries = entries(project, login);
    entries.iter().filter_map(words).any(|one| one == said)
}

/// Lets one person work until their console was killed so often.
fn work(project: &Project, login: &str, seed: usize, kills: usize) -> Worked {
    let mut worked = Worked::default();
    let item = format!("of-{login}");
    let begin = format!("{login} begins");
    let started = Instant::now();
    project.run(login, &["note", &begin]).ends(0);
    // How long it takes here and now, with the others at work.
    let whole = started.elapsed();
    worked.said.push(begin);
    let mut draw = seed;
    for number in 0.. {
        if worked.kills >= kills {
            break;
        }
        let said = format!("{login} says {number}");
        for attempt in 1..=ATTEMPTS {
            draw = drawn(draw);
            let per_mille = u32::try_from(draw % 1_200).expect("small");
            let after = if attempt < ATTEMPTS {
                whole * per_mille / 1_000
            } else {
                PATIENCE
            };
            let mut command = project.binary(login);
            command.args(act(number, &item, &said));
            worked.kills += usize::from(is_killed(&mut command, after));
            if is_said(project, login, &said) {
                break;
            }
            assert!(attempt < ATTEMPTS, "`{said}` never came to be");
        }
        worked.said.push(said);
    }
    // What was kept goes out with the next word at the latest.
    let done = format!("{login} is done");
    project.run(login, &["note", &done]).ends(0);
    worked.said.push(done);
    worked
}

/// The next of a row of numbers that look as if nobody chose them.
fn drawn(last: usize) -> usize {
    let mixed = (last as u64)
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(mixed >> 33).expect("31 bits")
}

/// Lets all of them work in one world, and looks at what became of it; returns how many kills and words there were.
fn soak(seed: usize, kills: usize) -> (usize, usize) {
    let project = Project::with_team(&team());
    project.clone_for("mia", "Mia Sol");
    project.run("ana", &START).ends(0);
    let each = kills.div_ceil(LOGINS.len());
    let worked: Vec<Worked> = std::thread::scope(|scope| {
        let project = &project;
        let people: Vec<_> = LOGINS
            .into_iter()
            .enumerate()
            .map(|(n, login)| scope.spawn(move || work(project, login, seed * 31 + n, each)))
            .collect();
        let ended = people.into_iter().map(|one| one.join());
        ended.map(|one| one.expect("all was said")).collect()
    });

    let seen = LOGINS.map(|login| entries(&project, login));
    assert!(
        seen.iter().all(|one| one == &seen[0]),
        "one order is seen by all"
    );
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for said in worked.iter().flat_map(|one| &one.said) {
        times.insert(said, 0);
    }
    for said in seen[0].iter().filter_map(words) {
        *times.entry(said).or_default() += 1;
    }
    let wrong: Vec<_> = times.iter().filter(|(_, count)| **count != 1).collect();
    assert!(wrong.is_empty(), "seed {seed}: not there once: {wrong:?}");
    let mut ids: Vec<String> = seen[0].iter().map(|one| one["id"].to_string()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(
        ids.len(),
        seen[0].len(),
        "seed {seed}: an event is there twice"
    );
    for login in LOGINS {
        let left = project.run(login, &["resume", "--json"]).ends(0).json();
        let none = Some(0);
        let count = left["intents"].as_array().map(Vec::len);
        assert_eq!(
            count, none,
            "seed {seed}: {login} has to repair something: {left}"
        );
    }
    project.git("origin.git", &["fsck", "--strict", "--no-dangling"]);
    let killed = worked.iter().map(|one| one.kills).sum();
    (killed, times.len())
}

#[test]
fn three_consoles_that_are_killed_at_any_time_lose_nothing_and_say_nothing_twice() {
    let share = Share::wanted();
    let (seeds, kills) = match share {
        Share::Of(day) => (vec![day], FEW),
        Share::Whole => ((0..WORLDS).collect(), KILLS),
    };
    let (mut killed, mut said) = (0, 0);
    for &seed in &seeds {
        let (more_killed, more_said) = soak(seed, kills);
        killed += more_killed;
        said += more_said;
    }
    tell(&format!(
        "soak of kills ({}): {} worlds, {killed} kills, {said} things said; 0 lost, 0 repeated, 0 by hand",
        share.words(),
        seeds.len(),
    ));
    assert!(killed >= kills * seeds.len(), "only {killed} kills");
}
