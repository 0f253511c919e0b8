//! The engine's decisions as text files: facts and events, then what is asked, then what a release manager
//! reads. `LANEKEEPER_UPDATE_SCENARIOS=1` writes the answers in place; every one is then read by eye.
//!
//! A file is facts (see `world`), then questions (`board`, `next`, `findings`, `checklist`, `inbox`,
//! `plan WORDS`), then `---` and the answers.

mod answers;
mod world;

use std::path::Path;
use std::path::PathBuf;

use world::World;

fn files() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir)
        .expect("the scenarios' folder is there")
        .map(|entry| entry.expect("readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    files
}

/// Returns the answers to one file's questions.
fn run(name: &str, text: &str) -> String {
    let mut world = World::default();
    let mut out = String::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(answer) = answers::answer(&world, line) {
            out.push_str(&format!("> {line}\n{answer}\n"));
        } else {
            world.learn(line, &format!("{name}:{}", number + 1));
        }
    }
    // The time of day depends on the zone of the machine that runs the test.
    out.replace(&world::EARLIER.clock(), "10:42")
}

#[test]
fn the_engine_answers_every_scenario_as_written() {
    let is_update = update();
    let files = files();
    assert!(files.len() >= 60, "only {} scenarios", files.len());
    let mut wrong = Vec::new();
    for path in files {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("scenario is UTF-8");
        let (given, expected) = text.split_once("---\n").unwrap_or((text.as_str(), ""));
        let got = run(&name, given);
        if got == expected {
            continue;
        }
        if is_update {
            std::fs::write(&path, format!("{given}---\n{got}")).expect("scenario is writable");
        } else {
            wrong.push(format!("== {name}\n-- expected\n{expected}\n-- got\n{got}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[expect(
    clippy::disallowed_methods,
    reason = "a switch of the test run, not of the program"
)]
fn update() -> bool {
    std::env::var_os("LANEKEEPER_UPDATE_SCENARIOS").is_some()
}

#[test]
fn planning_twice_from_the_same_look_gives_the_same_hash() {
    let mut world = World::default();
    world.learn("fix f1", "here");
    let intent = "do run".parse().expect("static words");
    let plan = || {
        lanekeeper::engine::plan(&intent, &world.book(), &world.record, &world.seen)
            .expect("the fix can be brought into RUN")
    };
    assert_eq!(plan(), plan());
    let first = plan().hash;
    world.learn("fix f1 f2", "here");
    let other = lanekeeper::engine::plan(&intent, &world.book(), &world.record, &world.seen)
        .expect("the fix can be brought into RUN");
    assert_ne!(first, other.hash);
}
