//! A disk that cannot be written (safety.md F12, T4): strace lets the calls fail, the real binary says which disk, and
//! nothing is sent whose intent is not durable.

use std::collections::BTreeSet;

use super::kills::program;
use super::tell;
use super::trace;
use crate::cli::project::Answer;
use crate::cli::project::Project;
use crate::crash::STORY;
use crate::crash::before;

/// Which calls fail, and how.
const FAILURES: [(&str, &str); 7] = [
    ("pwrite64", "ENOSPC"),
    ("pwrite64", "EIO"),
    ("fsync,fdatasync", "EIO"),
    ("fsync,fdatasync", "ENOSPC"),
    ("write", "ENOSPC"),
    ("openat", "EROFS"),
    ("openat", "EMFILE"),
];

/// Runs an act while calls on files below the state folder fail.
fn run(project: &Project, act: usize, calls: &str, error: &str) -> Answer {
    run_from(project, act, calls, error, 1)
}

/// The same, where the first of those calls still succeed.
fn run_from(project: &Project, act: usize, calls: &str, error: &str, first: usize) -> Answer {
    let act = &STORY[act];
    let command = project.binary(act.login);
    let mut traced = program("strace");
    traced
        .args(["-qq", "-o", "/dev/null", "-e"])
        .arg(format!("trace={calls}"));
    // Only what is written into the state folder: the program itself is still loaded, and speaks.
    for name in ["journal.sqlite", "journal.sqlite-wal", "journal.lock"] {
        let state = project.path("state/lanekeeper");
        for entry in std::fs::read_dir(&state).into_iter().flatten().flatten() {
            traced.arg("-P").arg(entry.path().join(name));
        }
    }
    traced
        .arg("-e")
        .arg(format!("inject={calls}:error={error}:when={first}+"));
    traced.arg(command.get_program()).args(act.words);
    traced.env_clear();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            traced.env(name, value);
        }
    }
    traced
        .env("LANEKEEPER_RUNTIME", "current-thread")
        .current_dir(command.get_current_dir().unwrap());
    Answer::new(&traced.output().expect("strace runs"))
}

#[test]
fn a_disk_that_cannot_be_written_stops_every_effect_before_it_is_sent() {
    if let Some(why) = trace::why_not() {
        tell(&format!("skipped: {why}"));
        return;
    }
    // Opening a request: a branch, a request and two events would be on the remote.
    let project = before(1);
    let refs = || project.git("origin.git", &["for-each-ref"]);
    let nothing = refs();
    for (calls, error) in FAILURES {
        let answer = run(&project, 1, calls, error);
        let case = format!("{error} at {calls}");
        assert!(
            !answer.notes.contains("panicked"),
            "{case}: {}",
            answer.notes
        );
        if answer.code == 0 {
            // Not a call of the journal on this machine.
            panic!("{case}: it went through\n{}{}", answer.out, answer.notes);
        }
        let said = format!("{}{}", answer.out, answer.notes);
        // Which disk it is can be told from the path.
        let names_it = said.contains("/state/lanekeeper/");
        assert!(names_it, "{case}: {said}");
        assert_eq!(refs(), nothing, "{case}: something was sent\n{said}");
        // Looking always works.
        project.run("ana", &["status"]).ends(0);
    }
    project.run("ana", STORY[1].words).ends(0);
    assert_ne!(refs(), nothing);
}

#[test]
fn where_the_state_folder_cannot_be_written_looking_works_and_nothing_is_sent() {
    if let Some(why) = trace::why_not() {
        tell(&format!("skipped: {why}"));
        return;
    }
    let project = before(1);
    let state = project.path("state/lanekeeper");
    let entries = std::fs::read_dir(&state).unwrap().flatten();
    let folders: Vec<_> = entries.filter(|entry| entry.path().is_dir()).collect();
    let run = |words: &[&str]| {
        let command = project.binary("ana");
        let mut traced = program("strace");
        traced.args(["-f", "-b", "execve", "-qq", "-o", "/dev/null"]);
        let calls = "access,faccessat,faccessat2,openat,rename,unlink";
        traced.args(["-e", &format!("trace={calls}")]);
        traced.args(["-e", &format!("inject={calls}:error=EROFS")]);
        for folder in &folders {
            traced.arg("-P").arg(folder.path());
            for name in ["journal.lock", "journal.sqlite", "repo.lock"] {
                traced.arg("-P").arg(folder.path().join(name));
            }
        }
        traced.arg(command.get_program()).args(words).env_clear();
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                traced.env(name, value);
            }
        }
        traced.current_dir(command.get_current_dir().unwrap());
        Answer::new(&traced.output().expect("strace runs"))
    };
    run(&["status"]).ends(0).says(&["hotfix/pay"]);
    run(&["lanes"]).ends(0).says(&["integration"]);
    let nothing = project.git("origin.git", &["for-each-ref"]);
    run(&["note", "on a read-only disk", "--yes"])
        .ends(1)
        .says(&["local journal", "Nothing was sent"]);
    assert_eq!(project.git("origin.git", &["for-each-ref"]), nothing);
}

#[test]
fn a_disk_that_fails_in_the_middle_of_a_merge_never_says_that_nothing_was_sent() {
    if let Some(why) = trace::why_not() {
        tell(&format!("skipped: {why}"));
        return;
    }
    let world = before(3);
    let refs = |project: &Project| project.git("origin.git", &["for-each-ref"]);
    let lanes = |project: &Project| project.git("origin.git", &["for-each-ref", "refs/heads"]);
    let unmerged = lanes(&world);
    let mut told = BTreeSet::new();
    for first in (1..).step_by(4) {
        let project = world.copy();
        // The copy of a world has a state folder of its own, which this makes.
        project.run("ana", &["note", "before"]).ends(0);
        let nothing = refs(&project);
        let answer = run_from(&project, 3, "pwrite64", "EIO", first);
        if answer.code == 0 {
            break;
        }
        let said = format!("from write {first} on\n{}{}", answer.out, answer.notes);
        assert!(!said.contains("panicked"), "{said}");
        let says_nothing_was_sent = said.contains("Nothing was sent");
        if lanes(&project) != unmerged {
            told.insert("merged");
            assert!(!says_nothing_was_sent, "{said}");
            assert_eq!(answer.code, 5, "{said}");
            assert!(said.contains("lanekeeper resume"), "{said}");
        } else if refs(&project) != nothing {
            told.insert("announced");
            assert!(!says_nothing_was_sent, "{said}");
        } else {
            told.insert("nothing");
            assert!(says_nothing_was_sent, "{said}");
        }
        // With room again the story goes on, and nothing happens twice.
        project.run("ana", &["resume"]);
        let again = project.run("ana", STORY[3].words);
        assert!(
            !again.notes.contains("panicked"),
            "{said}\nagain: {}",
            again.notes
        );
        assert_ne!(
            lanes(&project),
            unmerged,
            "{said}\nagain: {}{}",
            again.out,
            again.notes
        );
    }
    let all = BTreeSet::from(["announced", "merged", "nothing"]);
    assert_eq!(told, all, "the sweep does not reach every moment");
}
