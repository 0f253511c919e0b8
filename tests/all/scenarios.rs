//! The engine's decisions as text files: facts and events, then what is asked, then what a release manager
//! reads. `LANEKEEPER_UPDATE_SCENARIOS=1` writes the answers in place; every one is then read by eye.
//!
//! A file is facts (see `world`), then questions (`board`, `next`, `findings`, `checklist`, `inbox`,
//! `plan WORDS`), then `---` and the answers.

pub(crate) mod answers;
mod elsewhere;
mod interrupted;
pub(crate) mod world;

use std::path::Path;
use std::path::PathBuf;

use lanekeeper::engine::Call;
use lanekeeper::engine::Intent;
use lanekeeper::engine::Level;
use lanekeeper::engine::Prerequisite;
use lanekeeper::engine::derive;
use lanekeeper::engine::plan;
use lanekeeper::model::Subject;
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
        let name = path
            .file_name()
            .expect("a file")
            .to_string_lossy()
            .into_owned();
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

/// Returns every scenario's world with all its facts, by file name.
fn worlds() -> Vec<(String, World)> {
    files()
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("scenario is UTF-8");
            let (given, _) = text.split_once("---\n").unwrap_or((text.as_str(), ""));
            let name = path.display().to_string();
            let mut world = World::default();
            for line in given.lines().map(str::trim) {
                let is_fact = !line.is_empty() && !line.starts_with('#');
                if is_fact && !answers::is_question(line) {
                    world.learn(line, &name);
                }
            }
            (name, world)
        })
        .collect()
}

/// Returns every intent that carries a step on: each step, each of its targets.
fn every_do(world: &World) -> Vec<Intent> {
    derive(&world.book(), &world.record, &world.seen)
        .steps
        .into_iter()
        .flat_map(|step| {
            let lanes = step.targets.into_iter().map(|target| Some(target.lane));
            let id = step.id;
            std::iter::once(None)
                .chain(lanes)
                .map(move |target| Intent::Do {
                    step: id.clone(),
                    target,
                    note: None,
                    riders: None,
                })
        })
        .collect()
}

#[test]
fn production_changes_only_at_level_4_with_its_name_typed() {
    for (name, world) in worlds() {
        for intent in every_do(&world) {
            let Ok(plan) = plan(&intent, &world.book(), &world.record, &world.seen) else {
                continue;
            };
            let is_production = plan.changes.iter().any(|change| match &change.call {
                Call::Merge { into, .. } => into.as_str() == "main",
                Call::StartDeployment { .. }
                | Call::RunMigrations { .. }
                | Call::RetryJob { .. } => true,
                Call::Record { .. }
                | Call::Import { .. }
                | Call::Archive { .. }
                | Call::Restore { .. }
                | Call::DeleteBranch { .. }
                | Call::CloseRequest { .. }
                | Call::CreateBranch { .. }
                | Call::BuildTarget { .. }
                | Call::BuildConflict { .. }
                | Call::BuildResolved { .. }
                | Call::SetStatus { .. }
                | Call::PushResolution { .. }
                | Call::PushLocal { .. }
                | Call::OpenRequest { .. }
                | Call::MarkReady { .. }
                | Call::RunChecks { .. }
                | Call::Decide { .. }
                | Call::CreateDeployment { .. }
                | Call::Comment { .. }
                | Call::Mirror { .. }
                | Call::Drive { .. } => false,
            });
            // Nor is a lane left without the fix for good by anything less.
            let is_typed = is_production || plan.loses_fix();
            assert_eq!(plan.level == Level::L4, is_typed, "{name}: {intent}");
            assert_eq!(plan.environment.is_some(), is_typed, "{name}: {intent}");
            assert!(!plan.changes.is_empty(), "{name}: {intent}");
        }
    }
}

#[test]
fn nothing_that_reaches_the_remote_is_planned_on_an_old_look() {
    for (name, mut world) in worlds() {
        world.learn("stale remote", &name);
        for intent in every_do(&world) {
            let Ok(plan) = plan(&intent, &world.book(), &world.record, &world.seen) else {
                continue;
            };
            let is_written_only = plan
                .changes
                .iter()
                .all(|change| matches!(change.call, Call::Record { .. }));
            assert!(is_written_only, "{name}: {intent}: {}", plan.title);
        }
    }
}

#[test]
fn what_is_offered_is_planned_and_what_is_done_is_not() {
    for (name, world) in worlds() {
        let book = world.book();
        let progress = derive(&book, &world.record, &world.seen);
        for step in progress.steps.iter().filter(|step| step.state.is_over()) {
            let again = Intent::Do {
                step: step.id.clone(),
                target: None,
                note: None,
                riders: None,
            };
            let plan = plan(&again, &book, &world.record, &world.seen);
            assert!(plan.is_err(), "{name}: {again}");
        }
        for action in progress.next {
            let is_mine = action.who == Prerequisite::Me;
            let is_complete = match &action.intent {
                Intent::Do { .. } => !action.text.contains("note") && action.level > Level::L0,
                Intent::Approve { .. } | Intent::Tick { .. } => true,
                Intent::Close { .. } => progress.is_complete,
                Intent::Start(_)
                | Intent::Skip { .. }
                | Intent::Reject { .. }
                | Intent::Untick { .. }
                | Intent::Note { .. }
                | Intent::Comment { .. }
                | Intent::Decide { .. }
                | Intent::Acknowledge { .. }
                | Intent::Override { .. }
                | Intent::Resolve(_)
                | Intent::Abandon { .. }
                | Intent::Retry { .. }
                | Intent::Drive { .. }
                | Intent::Import { .. }
                | Intent::Archive { .. }
                | Intent::Restore
                | Intent::Resume { .. } => false,
            };
            let intent = having_looked(&action.intent, &world);
            let plan = plan(&intent, &book, &world.record, &world.seen);
            if is_mine && is_complete {
                assert!(plan.is_ok(), "{name}: {}: {plan:?}", action.intent);
            }
        }
    }
}

/// An approval names the head that was looked at; what is offered leaves that to the person.
fn having_looked(intent: &Intent, world: &World) -> Intent {
    let mut intent = intent.clone();
    if let Intent::Approve { subject, seen, .. } = &mut intent {
        let requests = world.seen.requests.value().into_iter().flatten();
        let deployments = world.seen.deployments.value().into_iter().flatten();
        *seen = match subject {
            Subject::Request(id) => requests
                .filter(|request| &request.id == id)
                .map(|request| request.head.clone())
                .next(),
            Subject::Deployment(id) => deployments
                .filter(|deployment| &deployment.id == id)
                .map(|deployment| deployment.commit.clone())
                .next(),
        };
    }
    intent
}

#[test]
fn planning_twice_from_the_same_look_gives_the_same_hash() {
    let mut world = World::default();
    world.learn("fix f1", "here");
    let intent: Intent = "do run".parse().expect("static words");
    let look = || {
        plan(&intent, &world.book(), &world.record, &world.seen)
            .expect("the fix can be brought into RUN")
    };
    assert_eq!(look(), look());
    let first = look().hash;
    world.learn("fix f1 f2", "here");
    let other = plan(&intent, &world.book(), &world.record, &world.seen)
        .expect("the fix can be brought into RUN");
    assert_ne!(first, other.hash);
}
