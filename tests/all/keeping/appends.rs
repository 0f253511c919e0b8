//! Many consoles append to one record while pushes, and the consoles themselves, are killed: every event that somebody
//! said is there exactly once, and all see one order.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use crate::cli::project::Project;
use crate::cli::project::START;
use crate::crash::path_with;
use crate::support::in_time::InTime as _;
use crate::support::repository::first_git;
use crate::sweep::sample::Share;
use crate::sweep::tell;

/// Puts a `git` into `dir` that kills three pushes of ten, before or after they reach the remote; every other time it
/// takes the console with it.
fn mean_git(dir: &Path, seed: usize) {
    std::fs::create_dir(dir).expect("fresh folder");
    let script = format!(
        r#"#!/bin/sh
case " $* " in
*" push "*)
    echo push >> '{dir}/pushes'
    n=$(wc -l < '{dir}/pushes')
    case $(( (n * 7 + {seed}) % 10 )) in
    0) echo killed >> '{dir}/killed'; kill -9 $PPID; exit 1 ;;
    1) echo killed >> '{dir}/killed'; kill -9 $$ ;;
    2) '{real}' "$@" > /dev/null 2>&1; echo killed >> '{dir}/killed'
       if [ $((n % 2)) -eq 0 ]; then kill -9 $PPID; fi
       kill -9 $$ ;;
    esac ;;
esac
exec '{real}' "$@"
"#,
        dir = dir.display(),
        real = first_git().display(),
    );
    let git = dir.join("git");
    std::fs::write(&git, script).expect("own folder");
    std::fs::set_permissions(&git, std::fs::Permissions::from_mode(0o755)).expect("own file");
}

/// The remotes: how refs are kept there, and how long ids are.
const REMOTES: [&[&str]; 4] = [
    &[],
    &["--ref-format=reftable"],
    &["--object-format=sha256"],
    &["--ref-format=reftable", "--object-format=sha256"],
];

/// With each number of consoles: every remote, twenty times with other pushes that are killed.
const CASES: usize = REMOTES.len() * 20;

/// Makes the case of the day with so many consoles that say `each` notes; all of the cases, with fifty, when asked.
fn append_today(writers: usize, each: usize) {
    let share = Share::wanted();
    let (cases, each) = match share {
        Share::Of(day) => (vec![day % CASES], each),
        Share::Whole => ((0..CASES).collect(), 50),
    };
    for case in cases {
        append(writers, each, case);
    }
}

/// Lets `writers` consoles say `each` notes at the same time, and checks what became of them.
fn append(writers: usize, each: usize, case: usize) {
    let (remote, seed) = (REMOTES[case % REMOTES.len()], case / REMOTES.len());
    let Some(project) = Project::on_remote(remote) else {
        tell(&format!(
            "skipped: this git makes no remote with {remote:?}"
        ));
        return;
    };
    project.run("ana", &START).ends(0);
    let logins: Vec<String> = (0..writers).map(|n| format!("w{n}")).collect();
    for (n, login) in logins.iter().enumerate() {
        project.clone_for(login, &format!("Writer {n}"));
        mean_git(&project.path(&format!("bin-{login}")), n * 3 + seed);
    }
    let run = |login: &str, words: &[&str], is_mean: bool| {
        let mut command = project.binary(login);
        command
            .args(words)
            .env("XDG_STATE_HOME", project.path(&format!("state-{login}")));
        if is_mean {
            command.env("PATH", path_with(&project.path(&format!("bin-{login}"))));
        }
        command.output_in_time().expect("the binary runs")
    };
    let failed = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for login in &logins {
            let (run, failed) = (&run, &failed);
            scope.spawn(move || {
                for n in 0..each {
                    let words = format!("{login} says {n}");
                    let output = run(login, &["note", &words], true);
                    if !output.status.success() {
                        let told = String::from_utf8_lossy(&output.stderr).into_owned();
                        let how = format!("{words}: {}: {told}", output.status);
                        failed.lock().expect("no panic while held").push(how);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("no panic while held");
    // What a console that died had kept goes out with its next word.
    for login in &logins {
        let output = run(login, &["note", &format!("{login} is done")], false);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let seen: Vec<Vec<Value>> = logins
        .iter()
        .map(|login| {
            let output = run(login, &["log", "--json"], false);
            let log: Value = serde_json::from_slice(&output.stdout).expect("one document");
            log["entries"].as_array().cloned().unwrap_or_default()
        })
        .collect();
    assert!(
        seen.iter().all(|log| log == &seen[0]),
        "one order is seen by all"
    );
    let ids: std::collections::BTreeSet<String> = seen[0]
        .iter()
        .map(|entry| entry["id"].to_string())
        .collect();
    assert_eq!(ids.len(), seen[0].len(), "an event is there twice");
    let mut notes: Vec<&str> = seen[0]
        .iter()
        .filter(|entry| entry["kind"] == "note.added")
        .filter_map(|entry| entry["body"]["text"].as_str())
        .collect();
    notes.sort_unstable();
    let mut expected: Vec<String> = logins
        .iter()
        .flat_map(|login| {
            let each = (0..each).map(move |n| format!("{login} says {n}"));
            each.chain(std::iter::once(format!("{login} is done")))
        })
        .collect();
    expected.sort_unstable();
    let is_missing = |words: &&String| !notes.contains(&words.as_str());
    let missing: Vec<&String> = expected.iter().filter(is_missing).collect();
    let about = |how: &&String| {
        missing
            .iter()
            .any(|words| how.starts_with(&format!("{words}:")))
    };
    assert_eq!(
        notes,
        expected,
        "total = unique = expected; of {missing:?} was told {:#?}",
        failed.iter().filter(about).collect::<Vec<_>>()
    );
    let hotfixes = project.git(
        "origin.git",
        &[
            "for-each-ref",
            "--format=%(refname)",
            "refs/lanekeeper/v1/hotfixes",
        ],
    );
    let merges = project.git(
        "origin.git",
        &["rev-list", "--count", "--merges", &hotfixes],
    );
    assert_eq!(merges, "0");
    project.git("origin.git", &["fsck", "--strict", "--no-dangling"]);
    let lines = |name: &str| -> usize {
        let count = |login: &String| {
            let path = project.path(&format!("bin-{login}")).join(name);
            std::fs::read_to_string(path)
                .unwrap_or_default()
                .lines()
                .count()
        };
        logins.iter().map(count).sum()
    };
    let (pushes, killed) = (lines("pushes"), lines("killed"));
    assert!(killed > 0, "nothing was killed in {pushes} pushes");
    let figures = format!(
        "{writers} writers x {each}, case {case} of {CASES}, {remote:?}: {} notes, {pushes} pushes, {killed} killed\n",
        notes.len()
    );
    std::io::stderr()
        .write_all(figures.as_bytes())
        .expect("a test's own output");
}

// Few notes, but so many that in each case a push is killed.

#[test]
fn two_consoles_append_while_pushes_are_killed() {
    append_today(2, 4);
}

#[test]
fn four_consoles_append_while_pushes_are_killed() {
    append_today(4, 2);
}

#[test]
fn eight_consoles_append_while_pushes_are_killed() {
    append_today(8, 1);
}

#[test]
#[ignore = "takes many minutes: K = 2, 4, 8 consoles with 50 notes each; the tests above are the same with fewer"]
fn two_four_and_eight_consoles_append_while_pushes_are_killed() {
    for writers in [2, 4, 8] {
        append(writers, 50, 0);
    }
}

#[test]
#[ignore = "takes many minutes: K = 16, 32 consoles with 50 notes each, on the remote of the day"]
fn sixteen_and_thirty_two_consoles_append_while_pushes_are_killed() {
    for writers in [16, 32] {
        append_today(writers, 50);
    }
}
