//! The console beside its peers in a real pseudo terminal, on one repository, in one run.
//!
//! ```text
//! cargo bench --bench screens -- --repo PATH --lanes main,8-1-stable,8-0-stable
//! ```
//!
//! `PATH` is any clone or bare repository that has these branches; it is only read: the remote and the clone in
//! which all subjects run are made in a temporary folder and borrow its objects. `tig` and `gitui` are measured
//! too if they are installed. Each figure is the median of `--runs` starts (5); keys are given `--keys` times (200).
//!
//! - *first frame*: until anything is on the screen; *content*: until the newest commit of the first lane is.
//! - *cold*: the same with an empty state folder, so that our own repository is made and the remote is fetched.
//! - *key*: from writing the key until the first byte that it caused; *bytes*: until the screen is quiet again.
//! - *idle*: processor time of the process and its children in `--idle` seconds (20) after all is drawn.
//! - *remote*, *local*: from a changed branch in the remote, or from the end of somebody's `git fetch` in the clone,
//!   until the new commit is on the screen. The remote is polled every two seconds in that measurement.
//!
//! With `--load OTHER` keys are measured while something heavy runs, and nothing else is: picks are judged by another process
//! of ours, all branches of the repository `OTHER` come into the remote and are fetched, a deployment writes 200 MB.

mod load;
mod options;
#[path = "../support/project.rs"]
#[expect(dead_code, reason = "the other half is for the commands")]
mod project;
mod subject;
mod terminal;

use std::io::Write;
use std::time::Duration;

use options::Options;
use project::Project;
use subject::Subject;
use terminal::Terminal;

fn main() {
    let Some(options) = Options::from_arguments() else {
        say("screens: give --repo PATH --lanes A,B to measure; nothing was done");
        return;
    };
    let project = Project::make(&options.repo, &options.lanes);
    if let Some(other) = &options.load {
        load::measure(&project, other, options.keys);
        return;
    }
    say(
        "| | first frame | content | cold content | CPU to content | key p50 / p99 | bytes per key | idle CPU | memory | remote | local |",
    );
    say("|---|---|---|---|---|---|---|---|---|---|---|");
    for subject in subject::all() {
        say(&measure(&subject, &project, &options));
    }
}

fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("somebody reads this");
}

fn measure(subject: &Subject, project: &Project, options: &Options) -> String {
    let marker = project.marker(subject.shows_ids);
    let mut first = Vec::new();
    let mut content = Vec::new();
    let mut cpu = Vec::new();
    let mut cold = Vec::new();
    for _ in 0..options.runs {
        if subject.has_state {
            project.forget_state();
            let mut terminal = Terminal::start(subject.command(project));
            cold.push(terminal.until(&marker).as_secs_f64() * 1e3);
            terminal.quit();
        }
        let mut terminal = Terminal::start(subject.command(project));
        first.push(terminal.until_anything().as_secs_f64() * 1e3);
        terminal.give(subject.opening_keys);
        content.push(terminal.until(&marker).as_secs_f64() * 1e3);
        terminal.settle(Duration::from_millis(500));
        cpu.push(terminal.cpu() * 1e3);
        terminal.quit();
    }
    let mut terminal = Terminal::start(subject.command(project));
    terminal.give(subject.opening_keys);
    terminal.until(&marker);
    terminal.settle_for(Duration::from_secs(2));
    let (mut latencies, mut bytes) = (Vec::new(), Vec::new());
    for index in 0..options.keys {
        let key = subject.keys[index % subject.keys.len()];
        if let Some((latency, count)) = terminal.key(key) {
            latencies.push(latency.as_secs_f64() * 1e3);
            bytes.push(count as f64);
        }
    }
    terminal.settle_for(Duration::from_secs(1));
    let before = terminal.cpu();
    terminal.settle_for(Duration::from_secs(options.idle));
    let idle = (terminal.cpu() - before) / options.idle as f64 * 100.0;
    let memory = terminal.memory();
    terminal.quit();
    let (remote, local) = if subject.has_state {
        project.poll_fast();
        (
            changed(subject, project, &marker, Project::commit_on_remote),
            changed(subject, project, &marker, Project::commit_and_fetch),
        )
    } else {
        ("-".to_owned(), "-".to_owned())
    };
    project.poll_slowly();
    let cold = if cold.is_empty() {
        "-".to_owned()
    } else {
        format!("{:.0} ms", quantile(&mut cold, 0.5))
    };
    format!(
        "| {} | {:.0} ms | {:.0} ms | {cold} | {:.0} ms | {:.1} / {:.1} ms | {:.0} | {idle:.2} % | {:.0} MiB | {remote} | {local} |",
        subject.name,
        quantile(&mut first, 0.5),
        quantile(&mut content, 0.5),
        quantile(&mut cpu, 0.5),
        quantile(&mut latencies, 0.5),
        quantile(&mut latencies, 0.99),
        quantile(&mut bytes, 0.5),
        memory as f64 / 1024.0,
    )
}

/// Returns how long a change takes to reach the screen.
fn changed(
    subject: &Subject,
    project: &Project,
    marker: &str,
    change: fn(&Project) -> String,
) -> String {
    let mut terminal = Terminal::start(subject.command(project));
    terminal.until(marker);
    terminal.settle_for(Duration::from_secs(3));
    let new = change(project);
    let begin = terminal.now();
    terminal.until(&new);
    let took = terminal.now() - begin;
    terminal.quit();
    project.take_back();
    format!("{:.0} ms", took.as_secs_f64() * 1e3)
}

/// Returns a quantile of what was measured; not a number where nothing was.
fn quantile(values: &mut [f64], at: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    let index = (last as f64 * at).round() as usize;
    values.get(index).copied().unwrap_or(f64::NAN)
}
