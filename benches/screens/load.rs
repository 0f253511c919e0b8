//! Keys while something heavy runs: from writing a key until the screen shows what it did.
//!
//! Each key is typed into the palette's filter, so that what it causes cannot be mistaken for what else is drawn.

use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use portable_pty::CommandBuilder;

use super::project::Project;
use super::project::fed;
use super::project::program;
use super::quantile;
use super::say;
use super::subject;
use super::terminal::Terminal;

/// What the deployment of an app writes.
const LOG: &str = "yes 'a line of a long build log, as long as most are, with \x1b[32mcolours\x1b[0m here and there in it' \
                   | head -c 200000000";
/// Letters before the filter is emptied again.
const WORD: usize = 12;
/// Between two keys, faster than a key that is held repeats: what runs may be over soon.
const PAUSE: Duration = Duration::from_millis(10);

/// Measures keys with nothing else running, while a repository is fetched, while picks are judged, and while a log comes in.
pub(super) fn measure(project: &Project, other: &Path, keys: usize) {
    say("| while | keys | median | 99 % | longest | resident at the end |");
    say("|---|---|---|---|---|---|");
    let us = &subject::all()[0];
    let start = || {
        let mut terminal = Terminal::start(us.command(project));
        terminal.until(&project.marker(true));
        terminal.settle_for(Duration::from_secs(2));
        terminal
    };
    let mut terminal = start();
    row("nothing else runs", &mut terminal, keys, || true);
    terminal.quit();

    let mut terminal = start();
    let mut judge = picks(project, 0);
    let mut round = 0;
    row(
        "`preflight --batch` of 250 picks, again and again",
        &mut terminal,
        keys,
        || {
            if judge.try_wait().expect("a child").is_some() {
                round += 1;
                judge = picks(project, round);
            }
            true
        },
    );
    let _ended = judge.kill();
    let _ended = judge.wait();
    terminal.quit();

    project.stand_apart();
    project.poll_fast();
    let mut terminal = start();
    project.grow(other);
    let end = Instant::now() + Duration::from_secs(10);
    while !terminal.has_children() && Instant::now() < end {
        terminal.settle_for(Duration::from_millis(20));
    }
    row("a repository is fetched", &mut terminal, keys, || true);
    let is_under_way = if terminal.has_children() {
        "still runs"
    } else {
        "had ended"
    };
    say(&format!("\nThe fetch {is_under_way} at the last key."));
    terminal.quit();

    let sample = Sample::make();
    let mut terminal = sample.deploying();
    let mut is_over = false;
    row("a job writes 200 MB", &mut terminal, keys, || {
        is_over = !is_over && sample.has_ended();
        !is_over
    });
    terminal.quit();
}

/// Types until there are as many keys or what runs has ended.
fn row(what: &str, terminal: &mut Terminal, keys: usize, mut goes_on: impl FnMut() -> bool) {
    terminal.give(":");
    terminal.shows("Commands");
    let mut word = String::new();
    let mut latencies = Vec::new();
    while latencies.len() < keys && goes_on() {
        let (key, shown) = if word.len() < WORD {
            let letter = char::from(b'a' + u8::try_from(latencies.len() % 26).expect("a letter"));
            word.push(letter);
            (letter.to_string(), format!(": {word}_"))
        } else {
            word.clear();
            ("\x15".to_owned(), ": _".to_owned())
        };
        let took = terminal.key_shows(&key, &shown);
        latencies.push(took.as_secs_f64() * 1e3);
        terminal.settle_for(PAUSE);
    }
    let count = latencies.len();
    let memory = terminal.memory() as f64 / 1024.0;
    let [middle, most, longest] = [0.5, 0.99, 1.0].map(|at| quantile(&mut latencies, at));
    say(&format!(
        "| {what} | {count} | {middle:.1} ms | {most:.1} ms | {longest:.1} ms | {memory:.0} MiB |"
    ));
}

/// Starts judging 250 picks that were not judged before.
fn picks(project: &Project, round: usize) -> Child {
    let list = project.picks(50, 50 * round);
    fed(project.ours(&["preflight", "--batch"]), &list)
}

/// The sample project with a deployment that is ready to start.
struct Sample {
    root: tempfile::TempDir,
}

impl Sample {
    fn make() -> Self {
        let sample = Self {
            root: tempfile::tempdir().expect("a temporary folder"),
        };
        let dir = sample.root.path();
        sample.run(dir, &["demo", "--keep", "sample"]);
        let decide = |who: &str, what: &str| {
            sample.run(&sample.clone_of(who), &["diff", what]);
            sample.run(&sample.clone_of(who), &["approve", what, "--yes"]);
        };
        let ana = sample.clone_of("ana");
        decide("mia", "2");
        sample.run(&ana, &["do", "promote", "--yes", "--confirm", "production"]);
        sample.run(&ana, &["do", "deploy", "--yes"]);
        decide("ben", "deployment:1");
        decide("mia", "deployment:1");
        let team = ana.join("lanekeeper.toml");
        let text = std::fs::read_to_string(&team).expect("there");
        let short = "deploy = [\"sh\", \"deploy/release.sh\", \"portal\"]";
        assert!(
            text.contains(short),
            "the sample's team file is another one"
        );
        let log = LOG.replace('\x1b', "\\u001b");
        let ended = sample.root.path().join("ended");
        let long = format!(
            "deploy = [\"sh\", \"-c\", \"{log}; touch {}\"]",
            ended.display()
        );
        std::fs::write(&team, text.replace(short, &long)).expect("written");
        sample.run(&ana, &["trust", "--yes"]);
        sample
    }

    fn clone_of(&self, who: &str) -> PathBuf {
        self.root.path().join("sample").join(who)
    }

    fn run(&self, dir: &Path, words: &[&str]) {
        let mut command = program(env!("CARGO_BIN_EXE_lanekeeper"));
        let output = command
            .args(words)
            .current_dir(dir)
            .env("HOME", self.root.path())
            .env("XDG_STATE_HOME", self.root.path().join("sample/state"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .stdin(Stdio::null())
            .output()
            .expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {said}");
    }

    /// Opens the console and starts the deployment, as a person does.
    fn deploying(&self) -> Terminal {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lanekeeper"));
        for (name, value) in [("LANG", "C.UTF-8"), ("TERM", "xterm-256color")] {
            command.env(name, value);
        }
        command.env("HOME", self.root.path());
        command.env("XDG_STATE_HOME", self.root.path().join("sample/state"));
        command.cwd(self.clone_of("ana"));
        let mut terminal = Terminal::start(command);
        terminal.until("D  start deployment 1");
        for (key, prompt) in [("A", "Type its name: "), ("D", "environment name to run: ")] {
            terminal.give(key);
            terminal.shows(prompt);
            // Keys of the first moment are not meant for what just opened; those that come all at once are a paste.
            terminal.settle_for(Duration::from_secs(1));
            let mut name = String::new();
            for letter in "production".chars() {
                name.push(letter);
                terminal.settle_for(Duration::from_millis(150));
                terminal.key_shows(&letter.to_string(), &format!("{prompt}{name}"));
            }
            terminal.settle_for(Duration::from_millis(500));
            terminal.give("\r");
            terminal.settle_for(Duration::from_millis(500));
        }
        terminal.shows("1 running");
        terminal
    }

    fn has_ended(&self) -> bool {
        self.root.path().join("ended").exists()
    }
}
