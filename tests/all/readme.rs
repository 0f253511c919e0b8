//! The README's tour, run as it stands: every command block in order, every output line that it states.
//!
//! Blocks of `sh` are commands; a block of `text` right after one states lines that it prints, in this order. `…` stands
//! for what differs from run to run. Blocks that call cargo are left out: the program is built already.

use std::path::Path;
use std::process::Command;
use std::process::Stdio;

const README: &str = include_str!("../../README.md");
/// Separates the output of one block from that of the next.
const MARK: &str = "=== block ";

#[derive(Debug, PartialEq, Eq)]
struct Block {
    /// The first line in the README.
    line: usize,
    commands: String,
    /// What it prints, in order.
    states: Vec<String>,
}

/// Returns the command blocks below a heading.
fn blocks(text: &str, heading: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut lines = text
        .lines()
        .enumerate()
        .skip_while(|(_, line)| *line != heading)
        .skip(1)
        .take_while(|(_, line)| !line.starts_with("## "));
    while let Some((number, line)) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            continue;
        };
        let inside: Vec<&str> = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| *line != "```")
            .collect();
        match (language, found.last_mut()) {
            ("sh", _) => found.push(Block {
                line: number + 2,
                commands: inside.join("\n"),
                states: Vec::new(),
            }),
            ("text", Some(block)) => block
                .states
                .extend(inside.iter().map(|line| (*line).to_owned())),
            (other, _) => panic!("README.md:{}: what is ```{other} for?", number + 1),
        }
    }
    found
}

/// Tells whether a printed line is the stated one, where `…` stands for anything.
fn is_stated(printed: &str, stated: &str) -> bool {
    let mut parts = stated.trim().split('…').map(str::trim);
    let Some(mut rest) = printed
        .trim()
        .strip_prefix(parts.next().unwrap_or_default())
    else {
        return false;
    };
    let mut is_open = false;
    for part in parts {
        let Some(place) = rest.find(part) else {
            return false;
        };
        rest = &rest[place + part.len()..];
        is_open = part.is_empty();
    }
    is_open || rest.is_empty()
}

/// Runs the blocks in one shell that stops at the first command that fails; returns what each printed, and whether all ran.
#[expect(
    clippy::disallowed_methods,
    reason = "the tour is run from outside, as a reader would"
)]
fn run(blocks: &[Block], home: &Path) -> (Vec<String>, bool) {
    let mut script = "exec 2>&1\nset -eu\n".to_owned();
    for (index, block) in blocks.iter().enumerate() {
        script.push_str(&format!("echo '{MARK}{index}'\n{}\n", block.commands));
    }
    let program = Path::new(env!("CARGO_BIN_EXE_lanekeeper"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(program.parent().expect("in a folder").to_owned())
        .chain(std::env::split_paths(&path));
    let output = Command::new("/bin/sh")
        .args(["-c", &script])
        .current_dir(home)
        .env_clear()
        .env(
            "PATH",
            std::env::join_paths(folders).expect("PATH entries hold no colon"),
        )
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_STATE_HOME", home.join("state"))
        .env("TMPDIR", home)
        .env("LANG", "C.UTF-8")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(Stdio::null())
        .output()
        .expect("sh can be started");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let printed = text.split(MARK).skip(1).map(ToOwned::to_owned).collect();
    (printed, output.status.success())
}

#[test]
fn the_tour_of_the_readme_works_as_it_stands() {
    let blocks: Vec<Block> = blocks(README, "## A tour in five minutes")
        .into_iter()
        .filter(|block| !block.commands.contains("cargo "))
        .collect();
    assert!(blocks.len() > 5, "the tour has commands: {blocks:?}");
    let home = tempfile::tempdir().expect("a temporary folder");
    let (printed, is_done) = run(&blocks, home.path());
    let all = printed.join("\n");
    let reached = &blocks[printed.len().saturating_sub(1)];
    assert!(
        is_done,
        "README.md:{}: a command fails\n{all}",
        reached.line
    );
    assert_eq!(printed.len(), blocks.len(), "{all}");
    for (block, printed) in blocks.iter().zip(&printed) {
        let mut lines = printed.lines();
        for stated in &block.states {
            assert!(
                lines.any(|line| is_stated(line, stated)),
                "README.md:{}: does not print, in this order: {stated}\n{printed}",
                block.line,
            );
        }
    }
    let left: Vec<String> = std::fs::read_dir(home.path())
        .expect("readable")
        .map(|entry| {
            entry
                .expect("readable")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert_eq!(left, ["lanekeeper-tour"], "nothing is written elsewhere");
}

#[test]
fn what_differs_from_run_to_run_is_left_open_in_a_stated_line() {
    assert!(is_stated(
        "  done  merge 7203e4a, onto fab00e5",
        "done  merge …, onto …"
    ));
    assert!(is_stated("at 10:58  Ana  note: told", "… Ana … note: told"));
    assert!(!is_stated("  done  merge 7203e4a", "done  merge …, onto …"));
    assert!(!is_stated("exit code 33", "exit code 3"));
    assert!(is_stated("  exit code 3", "exit code 3"));
}
