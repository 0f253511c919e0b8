//! The targets in small: the corpus, seeds of each kind, and random changes of them. `fuzz/` runs the same for longer.

use proptest::prelude::*;
use proptest::test_runner::Config;
use proptest::test_runner::TestRunner;

use super::corpus::corpus;
use super::targets::TARGETS;
use super::targets::forges;
use crate::sweep::tell;

const TEAM: &str = r#"
[project]
name = "shop"
forge = "gitlab"
[[lane]]
name = "integration"
layer = "build"
merges_into = ["preprod"]
[[lane]]
name = "preprod"
layer = "run"
environment = "staging"
[[environment]]
name = "staging"
production = true
[[check]]
name = "unit"
command = ["make", "test"]
[roles]
tech-lead = ["ben@example.org"]
"#;

const EVENT: &str = r#"{"v":1,"id":"01J0000000000000000000TEST","type":"note.added","critical":false,"run":"20260412-rounding-7f3a9c",
"prev":null,"prev_digest":null,"seq":0,"actor":{"uid":"ana@example.org","login":"ana","name":"Ana","device":"d"},
"at":{"wall":"2026-04-12T09:31:07Z"},"body":{"text":"hello"},"ext":{}}"#;

/// Texts near to what a target understands.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let seeds: &[&'static [u8]] = match target {
        "config" => &[TEAM.as_bytes()],
        "playbook" => &[include_bytes!("../../../assets/playbooks/build-run.toml")],
        "gitlab" => return forges::GITLAB.seeds(),
        "github" => return forges::GITHUB.seeds(),
        "gitea" => return forges::GITEA.seeds(),
        "record" => &[EVENT.as_bytes()],
        "porcelain" => &[
            b"To /srv/x\n!\taaaa:refs/heads/main\t[rejected] (stale info)\nDone\n",
            b":100644 100644 aaaa bbbb M\0src/a.rs\0" as &[u8],
            b"1\0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\0\0",
            b"remote.origin.url\nhttps://x/y\0user.name\0",
            b"tree aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nauthor A <a@b> 1 +0000\n\nmessage\n",
            b"https://code.example/acme/shop.git",
            b"git@code.example:acme/shop.git",
        ],
        "names" => &[
            b"refs/heads/main\nfeature/x",
            b"ssh://git@code.example:22/a/b.git\nhttps://code.example/a",
            b"-:a/b\ngit@-oProxyCommand=x:a/b\na b:c",
        ],
        "log" => &[b"\x1b[31;1mred\x1b[0m ok\r\n\x1b[38;2;1;2;3mx\nsection_start:1:x\r\x1b[0K"],
        "diff" => &[b"fn main() {\n    println!(\"hi\");\n}\n\tif x { /* \xe2\x80\xae */ }"],
        other => panic!("{other} has no seeds"),
    };
    seeds.iter().map(|seed| seed.to_vec()).collect()
}

/// A seed with some of it replaced, taken out or put in.
fn changed(target: &str) -> impl Strategy<Value = Vec<u8>> + use<> {
    let seeds = seeds(target);
    let change = (
        any::<prop::sample::Index>(),
        0..8_usize,
        prop::collection::vec(any::<u8>(), 0..8),
    );
    (
        prop::sample::select(seeds),
        prop::collection::vec(change, 0..6),
    )
        .prop_map(|(seed, changes)| {
            let mut bytes = seed;
            for (at, cut, put) in changes {
                let at = at.index(bytes.len() + 1);
                let end = (at + cut).min(bytes.len());
                bytes.splice(at..end, put);
            }
            bytes
        })
}

/// Gives a reader its seeds and so many inputs made by chance; returns how many that were together.
fn run(target: usize, cases: u32) -> usize {
    let (name, read) = TARGETS[target];
    let seeds = seeds(name);
    for seed in &seeds {
        read(seed);
    }
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let any_bytes = prop::collection::vec(any::<u8>(), 0..512);
    let inputs = prop_oneof![4 => changed(name), 1 => any_bytes];
    let outcome = TestRunner::new(config).run(&inputs, |bytes| {
        read(&bytes);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{name}: {error}");
    }
    seeds.len() + usize::try_from(cases).expect("few")
}

/// Gives every reader its seeds and so many inputs at most.
fn run_all(most: u32) {
    let targets = TARGETS.iter().enumerate();
    let inputs: usize = targets
        .map(|(target, (name, _))| run(target, cases(name, most)))
        .sum();
    tell(&format!(
        "fuzz targets: {} readers, {inputs} inputs, each read to its end",
        TARGETS.len()
    ));
}

/// Targets that ask over HTTP cost a connection per question.
fn cases(name: &str, most: u32) -> u32 {
    if matches!(name, "gitlab" | "github" | "gitea") {
        most / 10
    } else {
        most
    }
}

/// Else the bytes of the target would never come to the reader behind that question.
#[test]
fn every_question_of_a_forge_is_asked_and_its_answer_read() {
    for site in [forges::GITLAB, forges::GITHUB, forges::GITEA] {
        let found = site.read_as_it_is();
        assert_eq!(found.unasked, Vec::<&str>::new(), "{found:?}");
        assert!(matches!(found.requests, Ok(1..)), "{found:?}");
        assert!(matches!(found.deployments, Ok(1..)), "{found:?}");
        assert!(matches!(found.requests_of, Ok(1..)), "{found:?}");
        assert!(found.log.is_ok(), "{found:?}");
    }
}

#[test]
fn whatever_bytes_come_every_reader_ends_and_keeps_its_promises() {
    assert!(TARGETS.len() >= 10);
    run_all(100);
}

#[test]
fn every_reader_lives_through_the_escape_corpus() {
    for payload in corpus() {
        for (name, read) in TARGETS {
            if !matches!(*name, "gitlab" | "github" | "gitea" | "log" | "diff") {
                read(&payload.bytes);
            }
        }
    }
    for payload in corpus().iter().step_by(8) {
        for (name, read) in TARGETS {
            if matches!(*name, "log" | "diff") {
                read(&payload.bytes);
            }
        }
    }
}

#[test]
#[ignore = "the same targets with many cases: minutes"]
fn whatever_bytes_come_with_many_cases() {
    run_all(20_000);
}
