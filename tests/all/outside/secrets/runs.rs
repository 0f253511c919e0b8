//! A thousand runs of the commands, with one secret or another around them or in what was said by mistake, on a plain
//! remote and on a forge that repeats what it was sent; and the console in its terminal.

use std::time::Duration;

use rustix::process::Signal;

use super::IN_FILE;
use super::OF_TOOL;
use super::Sampler;
use super::Stage;
use super::VARIABLES;
use super::answer;
use super::canary;
use super::careless;
use super::look;
use super::search;
use crate::forges::server::Server;
use crate::screens_pty::Session;
use crate::sweep::sample::Share;
use crate::sweep::tell;

const RUNS: usize = 1_000;
/// A commit makes one in so many, others each day.
const ONE_IN: usize = 100;

/// What stands for the secret that somebody says by mistake.
const SECRET: &str = "SECRET";

/// What people say.
const WORDS: [&[&str]; 25] = [
    &["status"],
    &["next"],
    &["lanes", "--fixes", "3"],
    &["log", "-v"],
    &["log", "--json"],
    &["report"],
    &["approvals"],
    &["approvals", "--json"],
    &["requests", "main"],
    &["doctor"],
    &["config", "check"],
    &["preflight", "main", "--into", "integration"],
    &["prove", "main", "--in", "preprod"],
    &["do", "run", "--dry-run"],
    &["resume"],
    &["-v", "status"],
    &["note", "I used SECRET to look"],
    &["note", "Authorization: Bearer SECRET", "--json"],
    &["tick", SECRET],
    &["approve", SECRET],
    &["retry", SECRET],
    &["do", SECRET, "--yes"],
    &["--config", SECRET, "status"],
    &["nothing-of-ours", SECRET],
    &["logout", "https://ana:SECRET@code.example/acme/shop"],
];

/// The secrets that somebody may say by mistake: those that are known by their look.
fn slips() -> Vec<String> {
    let mut slips: Vec<String> = VARIABLES.iter().map(|name| canary(name)).collect();
    slips.extend([IN_FILE, OF_TOOL].map(str::to_owned));
    slips
}

/// Makes a run: its number says which words, with which secret in them, and which variables around it.
fn run(stage: &Stage, number: usize, found: &mut Vec<String>) {
    let slips = slips();
    let turn = number / WORDS.len();
    let slip = &slips[turn % slips.len()];
    // Those of one day say different words.
    let words = WORDS[(number + number / ONE_IN * 7) % WORDS.len()];
    let words: Vec<String> = words
        .iter()
        .map(|word| word.replace(SECRET, slip))
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut command = stage.command(&words);
    // All of them, none, or one alone: whichever is found first is found in another place then.
    let alone = (3 * turn + number) % (VARIABLES.len() + 2);
    for (place, name) in VARIABLES.iter().enumerate() {
        if alone == VARIABLES.len() || (alone < VARIABLES.len() && alone != place) {
            command.env_remove(name);
        }
    }
    let answer = answer(&mut command, "");
    let said = format!("{}{}", answer.out, answer.notes);
    assert!(!said.contains("panicked"), "{words:?}: {said}");
    look(&said, &format!("run {number}"), found);
}

/// A project with a hotfix, which stays on a plain remote or moves to the forge.
fn stage(forge: &Server, is_hosted: bool) -> Stage {
    let stage = Stage::new(forge);
    let answer = stage.run(&super::START, "");
    assert_eq!(answer.code, 0, "{}", answer.notes);
    if is_hosted {
        stage.move_to(forge);
    }
    stage
}

#[test]
fn in_a_thousand_runs_no_secret_is_seen_but_at_the_forge_that_it_is_for() {
    let share = Share::wanted();
    let numbers: Vec<usize> = (0..RUNS)
        .filter(|number| share.has_one_in(ONE_IN, *number))
        .collect();
    // What people on this forge may have for it: no variable of another forge, none for a host that nobody named.
    let of_others = VARIABLES
        .iter()
        .filter(|name| !["GITLAB_TOKEN", "GITLAB_ACCESS_TOKEN", "OAUTH_TOKEN"].contains(name));
    let of_others: Vec<String> = of_others.map(|name| canary(name)).collect();
    let mut found = Vec::new();
    for is_hosted in [false, true] {
        let forge = Server::start(careless);
        let stage = stage(&forge, is_hosted);
        let sampler = Sampler::start(&stage.project);
        for number in numbers
            .iter()
            .filter(|n| (*n / ONE_IN % 2 == 1) == is_hosted)
        {
            run(&stage, *number, &mut found);
        }
        // Each of them has a child to be seen at, also where this share has no run for it.
        stage.run(&["status"], "");
        found.extend(sampler.end());
        search(&stage.project.path("."), &["bin", "helper"], &mut found);
        let record = ["log", "-p", "--all", "--format=%B"];
        let record = stage.project.git("origin.git", &record);
        look(&record, "the record on the remote", &mut found);
        for exchange in forge.log() {
            let token = exchange.request.token().unwrap_or_default();
            let is_of_others = of_others.iter().any(|one| one == token);
            assert!(!is_of_others, "{token} went to a GitLab");
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    tell(&format!(
        "secrets ({}): {} of {RUNS} runs with 12 canaries, 0 sightings",
        share.words(),
        numbers.len()
    ));
    assert!(!numbers.is_empty(), "none was made");
}

#[test]
fn no_secret_reaches_the_terminal_of_the_console() {
    let forge = Server::start(careless);
    let mut found = Vec::new();
    for is_hosted in [false, true] {
        let stage = stage(&forge, is_hosted);
        let note = format!("I used {} to look", canary("GITLAB_TOKEN"));
        if !is_hosted {
            stage.run(&["note", &note], "");
        }
        let sampler = Sampler::start(&stage.project);
        let asked = forge.log().len();
        let mut session = Session::of(&stage.command(&[]));
        if is_hosted {
            // Git and the client are told no, each with what it had sent.
            session.until_so(|| forge.log().len() > asked);
        } else {
            session.until("1 Lanes");
        }
        for pane in ["2", "3", "4", "5", "1"] {
            session.until_quiet(Duration::from_millis(300));
            session.send(pane);
        }
        session.until_quiet(Duration::from_millis(300));
        session.signal(Signal::TERM);
        session.ended();
        let told = String::from_utf8_lossy(session.bytes()).into_owned();
        look(&told, "the terminal", &mut found);
        found.extend(sampler.end_of_little());
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
