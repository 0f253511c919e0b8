//! Historical picks of a repository against git's own answers: `preflight --batch` over a list, compared with what
//! merge-ort made of each pick, with the time of the bare `git merge-tree --stdin` on the same list beside it.
//!
//! ```text
//! cargo bench --bench picks -- --repo CLONE --picks FILE [--runs N]
//! cargo bench --bench picks -- --repo CLONE --make FILE [--most N]
//! ```
//!
//! A list has lines of `COMMIT TARGET TREE`, with `CONFLICT` in place of the tree where the pick conflicts. `--make`
//! writes one from the history: every commit that says which one it was picked from, onto the parent of the pick.
//! Nothing is written in the clone: objects and state go to a temporary folder.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a bench starts programs, reads the clock and prints"
)]

use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What was asked for on the command line.
struct Words {
    repo: PathBuf,
    picks: Option<PathBuf>,
    make: Option<PathBuf>,
    most: usize,
    runs: usize,
}

fn main() -> Result<()> {
    let Some(words) = words()? else {
        println!(
            "picks: name --repo CLONE and --picks FILE (or --make FILE); nothing was measured"
        );
        return Ok(());
    };
    if let Some(file) = &words.make {
        let made = make(&words)?;
        let count = made.lines().count();
        std::fs::write(file, made)?;
        println!("{count} picks written to {}", file.display());
    }
    match &words.picks {
        Some(file) => measure(&words, &std::fs::read_to_string(file)?),
        None => Ok(()),
    }
}

fn words() -> Result<Option<Words>> {
    let (mut repo, mut picks, mut make) = (None, None, None);
    let (mut most, mut runs) = (1_500, 3);
    let mut arguments = std::env::args().skip(1);
    while let Some(word) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "--repo" => repo = Some(PathBuf::from(value()?)),
            "--picks" => picks = Some(PathBuf::from(value()?)),
            "--make" => make = Some(PathBuf::from(value()?)),
            "--most" => most = value()?.parse()?,
            "--runs" => runs = value()?.parse()?,
            // Cargo adds flags of its own.
            _ => {}
        }
    }
    Ok(repo.map(|repo| Words {
        repo,
        picks,
        make,
        most,
        runs,
    }))
}

/// One line of a list.
struct Pick {
    commit: String,
    target: String,
    expected: String,
}

fn read(list: &str) -> Vec<Pick> {
    let line = |line: &str| {
        let mut words = line.split_whitespace().map(str::to_owned);
        Some(Pick {
            commit: words.next().filter(|word| !word.starts_with('#'))?,
            target: words.next()?,
            expected: words.next().unwrap_or_default(),
        })
    };
    list.lines().filter_map(line).collect()
}

fn measure(words: &Words, list: &str) -> Result<()> {
    let picks = read(list);
    let bare_input: String = picks
        .iter()
        .map(|pick| format!("{}^1 -- {} {}\n", pick.commit, pick.target, pick.commit))
        .collect();
    let own_input: String = picks
        .iter()
        .map(|pick| format!("{} {}\n", pick.commit, pick.target))
        .collect();
    let (mut bare, mut cold, mut warm) = (Vec::new(), Vec::new(), Vec::new());
    let mut answers = String::new();
    for _ in 0..words.runs.max(1) {
        let (_, time) = merge_tree(&words.repo, &bare_input)?;
        bare.push(time);
        let state = tempfile::tempdir()?;
        let (first, time) = preflight(&words.repo, state.path(), &own_input)?;
        cold.push(time);
        let (second, time) = preflight(&words.repo, state.path(), &own_input)?;
        warm.push(time);
        if first != second {
            return Err("the second run answered differently".into());
        }
        answers = first;
    }
    judge(&picks, &answers)?;
    let [bare, cold, warm] = [bare, cold, warm].map(median);
    println!("git merge-tree --stdin  {bare:>8.0?}");
    println!(
        "preflight --batch cold  {cold:>8.0?}  {:.2} x",
        cold.as_secs_f64() / bare.as_secs_f64()
    );
    println!(
        "preflight --batch warm  {warm:>8.0?}  {:.2} x",
        warm.as_secs_f64() / bare.as_secs_f64()
    );
    Ok(())
}

/// Counts what differs from git's answer, each kind of mistake by itself.
fn judge(picks: &[Pick], answers: &str) -> Result<()> {
    let (mut wrong_clean, mut wrong_tree, mut false_conflict, mut unknown) = (0, 0, 0, 0);
    let (mut own, mut clean) = (0, 0);
    let mut lines = answers.lines();
    for pick in picks {
        let line = lines.next().ok_or("an answer is missing")?;
        let answer: serde_json::Value = serde_json::from_str(line)?;
        let word = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        own += usize::from(word("by") == "own");
        let mistakes = match (word("outcome").as_str(), pick.expected.as_str()) {
            ("clean" | "already", "CONFLICT") => &mut wrong_clean,
            ("clean" | "already", tree) => {
                clean += 1;
                if word("tree") == tree {
                    continue;
                }
                &mut wrong_tree
            }
            ("conflict", "CONFLICT") => continue,
            ("conflict", _) => &mut false_conflict,
            (_, _) => &mut unknown,
        };
        *mistakes += 1;
        println!(
            "{} onto {}: {line}, expected {}",
            pick.commit, pick.target, pick.expected
        );
    }
    println!(
        "{} picks, {clean} clean, {own} answered by the short cut: {wrong_clean} wrong clean, {wrong_tree} wrong tree, \
         {false_conflict} false conflict, {unknown} unknown",
        picks.len()
    );
    Ok(())
}

fn preflight(repo: &Path, state: &Path, input: &str) -> Result<(String, Duration)> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lanekeeper"));
    command
        .arg("-C")
        .arg(repo)
        .args(["preflight", "--batch"])
        .env("XDG_STATE_HOME", state)
        .env("XDG_CONFIG_HOME", state);
    let (output, time) = run(&mut command, input)?;
    Ok((String::from_utf8(output)?, time))
}

fn merge_tree(repo: &Path, input: &str) -> Result<(Vec<u8>, Duration)> {
    let scratch = tempfile::tempdir()?;
    let objects = git(
        repo,
        &[
            "rev-parse",
            "--path-format=absolute",
            "--git-path",
            "objects",
        ],
        "",
    )?;
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(repo)
        .args(["merge-tree", "--write-tree", "--no-messages", "--stdin"])
        .env("GIT_OBJECT_DIRECTORY", scratch.path())
        .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", objects.trim());
    run(&mut command, input)
}

fn git(repo: &Path, arguments: &[&str], input: &str) -> Result<String> {
    let mut command = Command::new("git");
    command.arg("-C").arg(repo).args(arguments);
    Ok(String::from_utf8_lossy(&run(&mut command, input)?.0).into_owned())
}

fn run(command: &mut Command, input: &str) -> Result<(Vec<u8>, Duration)> {
    let begun = Instant::now();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let stdin = child.stdin.take();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input.as_bytes())));
        child.wait_with_output()
    })?;
    Ok((output.stdout, begun.elapsed()))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Makes a list from the history: the commit that was picked, the parent of the pick, and git's answer.
fn make(words: &Words) -> Result<String> {
    let log = git(
        &words.repo,
        &[
            "log",
            "--all",
            "--no-merges",
            "--grep=cherry picked from commit",
            "--format=%x01%H %P%n%B",
        ],
        "",
    )?;
    let mut found = Vec::new();
    for entry in log.split('\u{1}') {
        let mut lines = entry.lines();
        let parents: Vec<&str> = lines
            .next()
            .unwrap_or_default()
            .split(' ')
            .skip(1)
            .collect();
        let mut picked = lines.filter_map(|line| line.split_once("cherry picked from commit "));
        let id = picked.next_back().map(|(_, rest)| {
            let digits = rest.chars().take_while(char::is_ascii_hexdigit);
            digits.collect::<String>()
        });
        if let (Some(id), [parent]) = (id.filter(|id| id.len() == 40), &parents[..]) {
            found.push((id, (*parent).to_owned()));
        }
    }
    let bases: String = found.iter().map(|(id, _)| format!("{id}^1\n")).collect();
    let there = git(&words.repo, &["cat-file", "--batch-check"], &bases)?;
    let is_there = there.lines().map(|line| line.contains(" commit "));
    let found: Vec<_> = found
        .into_iter()
        .zip(is_there)
        .filter_map(|(pick, is_there)| is_there.then_some(pick))
        .collect();
    let step = found.len().div_ceil(words.most.max(1)).max(1);
    let found: Vec<_> = found.into_iter().step_by(step).collect();
    let input: String = found
        .iter()
        .map(|(id, onto)| format!("{id}^1 -- {onto} {id}\n"))
        .collect();
    let (printed, _) = merge_tree(&words.repo, &input)?;
    let mut tokens = printed.split(|byte| *byte == 0);
    let mut made = String::from("# commit onto result (tree, or CONFLICT)\n");
    for (id, onto) in found {
        let is_clean = tokens.next().ok_or("an answer of git is missing")? == b"1";
        let tree = String::from_utf8_lossy(tokens.next().unwrap_or_default()).into_owned();
        // Conflicted paths, up to an empty field.
        let _stages = tokens
            .by_ref()
            .take_while(|token| !token.is_empty())
            .count();
        let result = if is_clean { tree.as_str() } else { "CONFLICT" };
        made.push_str(&format!("{id} {onto} {result}\n"));
    }
    Ok(made)
}
