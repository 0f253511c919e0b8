//! Repository kinds (safety.md F11, T19): whatever clone somebody works in, six commands never panic, never write in it,
//! never run what its configuration names, and never call a fix contained that is not, or missing that is there.

use std::path::Path;

use serde_json::Value;

use super::kills::program;
use crate::cli::project::Answer;
use crate::cli::project::Project;
use crate::support::in_time::InTime as _;

/// How the clone `k` is made from `origin.git` and its kin, by a shell in the project's folder.
struct Kind {
    name: &'static str,
    script: &'static str,
    can: Can,
}

/// What is expected of the commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Can {
    /// All of them answer, and the answers are right.
    All,
    /// Whether they can depends on the version of git; they answer rightly or give a reason.
    Some,
    /// What needs the project is refused with a reason; which, in a fragment. Whether a commit applies may be answered.
    Not(&'static str),
}

const fn kind(name: &'static str, script: &'static str, can: Can) -> Kind {
    Kind { name, script, can }
}

const CLONE: &str = "git clone -q origin.git k";

/// The table. `CLONE` in a script stands for the plain clone.
const KINDS: &[Kind] = &[
    kind("normal", "CLONE", Can::All),
    kind("bare", "git clone -q --bare origin.git k", Can::Not("")),
    kind(
        "unborn HEAD",
        "git init -q k; git -C k remote add origin ../origin.git; cp ana/lanekeeper.toml k",
        Can::All,
    ),
    kind(
        "detached HEAD",
        "CLONE; git -C k checkout -q --detach origin/main 2>&1",
        Can::All,
    ),
    kind(
        "borrowed objects",
        "git clone -q --shared origin.git k",
        Can::All,
    ),
    kind(
        "index version 4",
        "CLONE; git -C k update-index --index-version 4",
        Can::All,
    ),
    kind(
        "untracked cache",
        "CLONE; git -C k update-index --force-untracked-cache",
        Can::All,
    ),
    kind(
        "multi-pack index, bitmap, commit-graph",
        "CLONE; git -C k repack -adq; git -C k multi-pack-index write --bitmap 2>&1; git -C k commit-graph write --reachable",
        Can::All,
    ),
    kind(
        "split commit-graph",
        "CLONE; git -C k commit-graph write --reachable --split",
        Can::All,
    ),
    kind(
        "linked worktree",
        "git clone -q origin.git m; git -C m worktree add -q ../k origin/main 2>&1",
        Can::All,
    ),
    kind(
        "relative worktrees",
        "CLONE; git -C k config core.repositoryFormatVersion 1; git -C k config extensions.relativeWorktrees true",
        Can::Some,
    ),
    kind(
        "worktree configuration",
        "CLONE; git -C k config extensions.worktreeConfig true",
        Can::All,
    ),
    kind(
        "with a submodule",
        "CLONE; git -C k -c protocol.file.allow=always submodule --quiet add ../origin.git sub",
        Can::All,
    ),
    kind("SHA-256", "git clone -q o256.git k", Can::All),
    kind(
        "reftable",
        "git clone -q --ref-format=reftable origin.git k",
        Can::All,
    ),
    kind(
        "reftable and SHA-256",
        "git clone -q --ref-format=reftable o256.git k",
        Can::All,
    ),
    kind(
        "reftable on the server",
        "git init -q --bare -b main --ref-format=reftable ort.git; git -C origin.git push -q --mirror ../ort.git; git clone -q ort.git k",
        Can::All,
    ),
    kind(
        "two object formats",
        "CLONE; git -C k config core.repositoryFormatVersion 1; git -C k config extensions.compatObjectFormat sha256",
        Can::All,
    ),
    kind(
        "an extension of the future",
        "CLONE; git -C k config core.repositoryFormatVersion 1; git -C k config extensions.whatever true",
        Can::Not(""),
    ),
    kind(
        "shallow",
        "git clone -q --depth 1 --no-single-branch file://$PWD/origin.git k",
        Can::All,
    ),
    kind(
        "partial, without blobs",
        "git clone -q --filter=blob:none --no-checkout file://$PWD/origin.git k; cp ana/lanekeeper.toml k",
        Can::All,
    ),
    kind(
        "partial, without trees",
        "git clone -q --filter=tree:0 --no-checkout file://$PWD/origin.git k; cp ana/lanekeeper.toml k",
        Can::All,
    ),
    kind(
        "sparse index",
        "CLONE; git -C k sparse-checkout set --sparse-index nothing",
        Can::All,
    ),
    kind(
        "split index",
        "CLONE; git -C k update-index --split-index",
        Can::All,
    ),
    kind(
        "a monitor, hooks and an external diff",
        "CLONE; for key in core.fsmonitor diff.external core.sshCommand gpg.program; do git -C k config $key \"touch $PWD/fired; false\"; done; for hook in reference-transaction post-checkout pre-push; do printf '#!/bin/sh\\ntouch %s/fired\\n' \"$PWD\" > k/.git/hooks/$hook; chmod +x k/.git/hooks/$hook; done",
        Can::All,
    ),
    kind(
        "a filter, as LFS has it",
        "CLONE; echo '* filter=lfs diff=lfs merge=lfs' > k/.gitattributes; git -C k config filter.lfs.clean \"touch $PWD/fired\"; git -C k config filter.lfs.smudge \"touch $PWD/fired\"; git -C k config filter.lfs.required true",
        Can::All,
    ),
    kind(
        "a branch whose name is no UTF-8",
        "CLONE; git -C k update-ref \"$(printf 'refs/heads/f\\377x')\" HEAD; git -C k update-ref \"$(printf 'refs/remotes/origin/f\\377x')\" HEAD",
        Can::All,
    ),
    kind(
        "another address by insteadOf",
        "CLONE; git -C k remote set-url origin shop:origin.git; git -C k config \"url.$PWD/.insteadOf\" shop:",
        Can::All,
    ),
    kind(
        "in the middle of a merge that conflicts",
        "CLONE; git -C k config user.name a; git -C k config user.email a@b.c; git -C k checkout -q integration; echo mine > k/cart.rs; git -C k commit -qam mine; git -C k merge -q origin/preprod > /dev/null 2>&1 || true; cp ana/lanekeeper.toml k; test -f k/.git/MERGE_HEAD",
        Can::All,
    ),
    kind(
        "stale locks of somebody's git",
        "CLONE; touch k/.git/index.lock k/.git/packed-refs.lock k/.git/HEAD.lock k/.git/refs/heads/main.lock k/.git/config.lock",
        Can::All,
    ),
];

/// The commands, with `FIX` for the commit that is in preprod and not in integration.
const COMMANDS: [&[&str]; 6] = [
    &["lanes", "--json"],
    &["status", "--json"],
    &[
        "prove",
        "FIX",
        "--in",
        "preprod",
        "--in",
        "integration",
        "--json",
    ],
    &["preflight", "FIX", "--into", "integration", "--json"],
    &["backport", "FIX", "--into", "integration", "--dry-run"],
    &["doctor"],
];

/// A remote with a fix in preprod that integration does not have; the same with SHA-256.
fn ground() -> Project {
    let project = Project::new();
    project.git("ana", &["switch", "--quiet", "preprod"]);
    project.write("ana/cart.rs", "one\nfixed two\nthree\n");
    project.commit("ana", "fix the cart");
    project.git("ana", &["push", "--quiet", "origin", "preprod"]);
    project.git("ana", &["switch", "--quiet", "main"]);
    project.git("origin.git", &["config", "uploadpack.allowFilter", "true"]);
    shell(
        &project,
        "git init -q --bare -b main --object-format=sha256 o256.git && \
         git -C origin.git fast-export --all | git -C o256.git fast-import --quiet",
    );
    project
}

fn shell(project: &Project, script: &str) {
    let output = program("sh")
        .args(["-ec", script])
        .current_dir(project.path("."))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("HOME", project.path("home"))
        .output_in_time()
        .expect("sh runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {said}");
}

/// Runs the commands in a clone of one kind; says what is wrong.
fn wrong(project: &Project, kind: &Kind) -> Vec<String> {
    shell(project, "rm -rf k m ort.git fired state; mkdir -p state");
    shell(project, &kind.script.replace("CLONE", CLONE));
    // Said into the file, since some of these have a lock on it that nobody holds.
    shell(
        project,
        "d=k/.git; [ ! -f k/.git ] || d=m/.git; [ -e k/.git ] || d=k; \
         printf '[user]\\n\\tname = Kim\\n\\temail = kim@example.org\\n' >> $d/config",
    );
    let fix = match kind.script.contains("o256") {
        true => project.git("o256.git", &["rev-parse", "preprod"]),
        false => project.git("origin.git", &["rev-parse", "preprod"]),
    };
    let before = fingerprint(project);
    let mut wrong = Vec::new();
    for command in COMMANDS {
        let words: Vec<&str> = command
            .iter()
            .map(|word| if *word == "FIX" { fix.as_str() } else { word })
            .collect();
        let output = project
            .binary("k")
            .args(&words)
            .output_in_time()
            .expect("it runs");
        let answer = Answer::new(&output);
        let case = format!("{}: {}", kind.name, command.join(" "));
        if let Some(why) = mistake(kind, command, &answer) {
            wrong.push(format!("{case}: {why}\n{}{}", answer.out, answer.notes));
        }
    }
    if project.path("fired").exists() {
        wrong.push(format!("{}: what the clone names was run", kind.name));
    }
    let after = fingerprint(project);
    if after != before {
        let other = |one: &&String| !before.contains(one);
        let changed: Vec<&String> = after.iter().filter(other).collect();
        wrong.push(format!("{}: the clone was changed: {changed:?}", kind.name));
    }
    wrong
}

/// Says what is wrong with an answer.
fn mistake(kind: &Kind, command: &[&str], answer: &Answer) -> Option<String> {
    let is_panic = answer.notes.contains("panicked") || !(0..=10).contains(&answer.code);
    if is_panic {
        return Some(format!("it ended with {}", answer.code));
    }
    let is_about_fix = command[0] == "prove";
    if is_about_fix && !matches!(answer.code, 2) && answer.out.starts_with('{') {
        let document = answer.json();
        let count = document["proofs"].as_array().map_or(0, Vec::len);
        if kind.can == Can::All && count != 2 {
            return Some(format!("{count} answers to two questions"));
        }
        for proof in document["proofs"].as_array().into_iter().flatten() {
            let (target, verdict) = (word(&proof["target"]), word(&proof["verdict"]));
            let is_false = match target.as_str() {
                "integration" => verdict == "present",
                _ => verdict == "absent",
            };
            if is_false {
                return Some(format!("a false answer: {verdict} in {target}"));
            }
            if kind.can == Can::All && verdict == "unknown" {
                return Some(format!("nobody knows about {target}"));
            }
        }
    }
    let is_done = answer.code == 0
        || (is_about_fix && matches!(answer.code, 1 | 3))
        || command[0] == "doctor";
    let needs_project = matches!(command[0], "lanes" | "status" | "backport");
    let said = format!("{}{}", answer.out, answer.notes);
    match kind.can {
        Can::All if !is_done => Some(format!("it ended with {}", answer.code)),
        Can::Not(why) if needs_project && (answer.code == 0 || !said.contains(why)) => {
            Some(format!("it ended with {} instead of a reason", answer.code))
        }
        Can::Not(_) if said.trim().is_empty() => Some("it says nothing".to_owned()),
        Can::All | Can::Some | Can::Not(_) => None,
    }
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Returns everything that is in the clone, by name, size and time of change.
fn fingerprint(project: &Project) -> Vec<String> {
    let mut all = Vec::new();
    for root in ["k", "m"] {
        list(&project.path(root), &mut all);
    }
    all.sort();
    all
}

fn list(folder: &Path, all: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let found = entry.metadata().expect("it is there");
        if found.is_dir() {
            list(&entry.path(), all);
        } else {
            let at = found.modified().expect("a time");
            all.push(format!("{} {} {at:?}", entry.path().display(), found.len()));
        }
    }
}

/// Runs every kind, a part of them in each test, so that they run beside each other.
fn every(part: usize) {
    let project = ground();
    let mine = KINDS.iter().enumerate().filter(|(at, _)| at % 2 == part);
    let wrong: Vec<String> = mine.flat_map(|(_, kind)| wrong(&project, kind)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn in_every_kind_of_clone_six_commands_answer_and_nothing_is_wrong() {
    assert!(KINDS.len() >= 26);
    every(0);
}

#[test]
fn in_every_other_kind_of_clone_six_commands_answer_and_nothing_is_wrong() {
    every(1);
}
