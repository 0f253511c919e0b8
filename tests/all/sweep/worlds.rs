//! What a death leaves behind before anybody goes on. Where the process dies at every call, it leaves the same worlds as
//! where it dies only at the calls that `moments` calls moments of their own: what that leaves out cannot be told apart.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::types::Value;

use super::kills::Ground;
use super::kills::copy;
use super::kills::restore;
use super::local;
use super::tell;
use super::trace;
use super::trace::End;
use crate::support::repository::first_git;

/// Everything in a folder, line by line, without what differs each time: ids, times, process numbers, and the journal's
/// `-wal` and `-shm`, through which its tables are read. Git's samples of hooks are never touched.
fn left(folder: &Path, old: &BTreeSet<String>) -> String {
    let mut lines = BTreeMap::new();
    walk(folder, folder, &mut |path, name| {
        if name.ends_with("-wal") || name.ends_with("-shm") || name.contains("/hooks/") {
            return;
        }
        let what = if name.ends_with("journal.sqlite") {
            tables(path)
        } else {
            std::fs::read(path).unwrap_or_default()
        };
        let text = match String::from_utf8(what) {
            Ok(text) => plain(&text, old),
            Err(binary) => format!("{} bytes", binary.as_bytes().len()),
        };
        let (name, text) = match name.split_once("objects/") {
            // Which objects there are is told by their number: their names and sizes differ with the times in them.
            Some((before, object)) => {
                let is_object = object.as_bytes().get(2) == Some(&b'/');
                let is_empty = text.is_empty();
                let kind = if is_object { "object" } else { "other" };
                (
                    format!("{} {kind} empty: {is_empty}", drawn(before, old)),
                    String::new(),
                )
            }
            None => (drawn(name, old), text),
        };
        *lines.entry(format!("{name}: {text}")).or_insert(0) += 1;
    });
    for repository in ["origin.git", "ana", "ben"] {
        lines.insert(
            format!("{repository}: {}", commits(&folder.join(repository))),
            1,
        );
    }
    let lines = lines.iter().map(|(line, count)| format!("{count} {line}"));
    lines.collect::<Vec<_>>().join("\n")
}

pub(super) fn walk(folder: &Path, root: &Path, see: &mut dyn FnMut(&Path, &str)) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, root, see);
        } else if let Some(name) = path.strip_prefix(root).ok().and_then(Path::to_str) {
            see(&path, name);
        }
    }
}

/// Copies a journal with its `-wal`, so that reading it leaves it as it is.
pub(super) fn aside(journal: &Path) -> tempfile::TempDir {
    let aside = tempfile::tempdir().unwrap();
    for name in ["journal.sqlite", "journal.sqlite-wal"] {
        let from = journal.with_file_name(name);
        if from.exists() {
            std::fs::copy(from, aside.path().join(name)).unwrap();
        }
    }
    aside
}

/// Reads every table of a journal as the next process would, and leaves the journal as it is.
fn tables(journal: &Path) -> Vec<u8> {
    let aside = aside(journal);
    let read = || -> rusqlite::Result<String> {
        let journal = rusqlite::Connection::open(aside.path().join("journal.sqlite"))?;
        let mut names = journal.prepare("select name from sqlite_master where type = 'table'")?;
        let names = names.query_map([], |row| row.get::<_, String>(0))?;
        let mut all = String::new();
        for name in names {
            let name = name?;
            let mut rows = journal.prepare(&format!("select * from {name}"))?;
            let width = rows.column_count();
            let rows = rows.query_map([], |row| (0..width).map(|at| row.get(at)).collect())?;
            for row in rows {
                let row: Vec<Value> = row?;
                all += &format!("{name} {row:?}\n");
            }
        }
        Ok(all)
    };
    read()
        .unwrap_or_else(|error| error.to_string())
        .into_bytes()
}

/// Returns a text without numbers and without ids, except those that were there before.
fn plain(text: &str, old: &BTreeSet<String>) -> String {
    let mut plain = String::new();
    for part in text.split_inclusive(|character: char| !character.is_ascii_alphanumeric()) {
        let word = part.trim_end_matches(|character: char| !character.is_ascii_alphanumeric());
        let is_id = old.contains(word);
        let is_new = word.len() == 26 || (word.len() > 6 && is_hexadecimal(word));
        if is_id {
            plain += word;
        } else if is_new {
            plain.push('*');
        } else {
            let mut letters = word.split(|character: char| character.is_ascii_digit());
            plain += letters.next().unwrap_or_default();
            // However many digits, since process numbers grow.
            letters.for_each(|more| {
                plain += &format!("{}{more}", if plain.ends_with('#') { "" } else { "#" });
            });
        }
        plain += &part[word.len()..];
    }
    plain
}

/// Returns the name of a file without what is drawn by lot.
fn drawn(name: &str, old: &BTreeSet<String>) -> String {
    let part = |part: &str| match part.split_once("merges-") {
        Some(("", _)) => "merges-*".to_owned(),
        _ => plain(part, old),
    };
    name.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn is_hexadecimal(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Returns how many commits each ref of a repository has.
fn commits(repository: &Path) -> String {
    let git = |arguments: &[&str]| {
        let mut git = super::kills::program(first_git().to_str().unwrap());
        git.arg("-C").arg(repository).args(arguments);
        git.env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null");
        String::from_utf8(git.output().unwrap().stdout).unwrap()
    };
    let names = git(&["for-each-ref", "--format=%(refname)"]);
    let counts = names.lines().map(|name| {
        let count = git(&["rev-list", "--count", name]);
        format!("{name} {}", count.trim())
    });
    counts.collect::<Vec<_>>().join(", ")
}

#[test]
#[ignore = "kills the process at each of its calls, which takes minutes; what it shows changes only with the list of moments"]
fn a_death_at_any_call_leaves_a_world_that_a_death_at_a_moment_leaves() {
    if let Some(why) = trace::why_not() {
        tell(&format!("skipped: {why}"));
        return;
    }
    let stage = local::Stage::before(local::NOTE);
    let folder = stage.folder();
    let kept = tempfile::tempdir().unwrap();
    copy(&folder, kept.path());
    let mut old = BTreeSet::new();
    walk(kept.path(), kept.path(), &mut |path, _| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let words = text.split(|character: char| !character.is_ascii_alphanumeric());
        old.extend(
            words
                .filter(|word| word.len() == 40 && is_hexadecimal(word))
                .map(str::to_owned),
        );
    });
    let log = kept.path().with_extension("calls");
    let (_, moments) = trace::listed(&stage.command(), &log);
    let own: BTreeSet<_> = moments.own().map(|at| (&at.name, at.number)).collect();

    let mut found = BTreeMap::new();
    let mut worlds = BTreeSet::new();
    for at in &moments.all {
        restore(kept.path(), &folder);
        let End::Killed(call) = trace::killed(&stage.command(), &log, at) else {
            continue;
        };
        let world = left(&folder, &old);
        if own.contains(&(&at.name, at.number)) {
            worlds.insert(world);
        } else {
            found.entry(world).or_insert(call);
        }
    }
    let _gone = std::fs::remove_file(&log);
    tell(&format!(
        "{} calls, {} moments of their own, {} worlds",
        moments.all.len(),
        own.len(),
        worlds.len()
    ));
    assert!(
        worlds.len() > 10,
        "only {} worlds are told apart",
        worlds.len()
    );
    let missed: Vec<String> = found
        .iter()
        .filter(|(world, _)| !worlds.contains(*world))
        .map(|(world, call)| {
            let nearest = worlds.iter().map(|other| differences(world, other));
            let how = nearest.min_by_key(String::len).unwrap_or_default();
            format!("left by a death at {call}\n{how}")
        })
        .collect();
    assert!(
        missed.is_empty(),
        "{} worlds are missed\n{}",
        missed.len(),
        missed.join("\n\n")
    );
}

/// Returns the lines of one world that the other does not have.
fn differences(one: &str, other: &str) -> String {
    let not_in = |all: &str, line: &str| !all.lines().any(|other| other == line);
    let more = one.lines().filter(|line| not_in(other, line));
    let less = other.lines().filter(|line| not_in(one, line));
    let all = more
        .map(|line| format!("+ {line}\n"))
        .chain(less.map(|line| format!("- {line}\n")));
    all.collect()
}
