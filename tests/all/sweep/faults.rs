//! Each call on a file fails once (safety.md F12, T4): in the acts of the kill sweep strace lets one call answer that the disk
//! is full, broken or read-only, that too many files are open, that a signal came, or that nothing of what was to be written
//! was. Nothing leaves whose intent is not durable, what stopped is named, and the end is that of a run without harm.
//!
//! The calls are those of Lanekeeper itself; the git that it starts keeps its own order of writes.

use std::path::Path;

use rusqlite::Connection;

use super::archive;
use super::github;
use super::hosted;
use super::kills::Figures;
use super::kills::Ground;
use super::kills::copy;
use super::kills::restore;
use super::kills::unharmed;
use super::local;
use super::local_policy;
use super::moments;
use super::moments::Moment;
use super::sample::Share;
use super::sample::drawn;
use super::tell;
use super::trace;
use super::trace::End;
use super::worlds::aside;
use super::worlds::walk;

/// The acts of the kill sweep: 8 of the local forge, 17 on GitLab, 3 on GitHub, 3 of the archive, and the policy `local`.
const ACTS: usize = 32;

fn ground(act: usize) -> Box<dyn Ground> {
    match act {
        0..8 => Box::new(local::Stage::before(act)),
        8..25 => Box::new(hosted::Stage::before(act - 8)),
        25 => Box::new(github::Stage::before(github::OPEN)),
        26 => Box::new(github::Stage::before(github::MERGE)),
        27 => Box::new(github::Stage::before(github::DISPATCH)),
        28 => Box::new(archive::Stage::on("refs", "refs/lanekeeper/v1/archive/")),
        29 => Box::new(archive::Stage::on(
            "branches",
            "refs/heads/lanekeeper-record/v1/archive/",
        )),
        30 => Box::new(archive::Stage::late()),
        _ => Box::new(local_policy::Stage::new()),
    }
}

/// A call, and what it answers instead of being made.
struct Failure<'a> {
    at: &'a Moment,
    instead: &'static str,
}

/// What each run of the tests has some of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    /// What makes the journal durable.
    Journal,
    Changes,
    Reads,
}

const GROUPS: [Group; 3] = [Group::Journal, Group::Changes, Group::Reads];

/// How many failures of each group every run of the tests makes in an act.
const EACH: usize = 2;

/// What `write` answers where it wrote less than it was given; strace does not make the call, so that nothing is the truth.
const SHORT: &str = "retval=0";

/// Returns the group of a call on a file below `folder`, and the answers it may give; none for every other call.
fn answers(at: &Moment, folder: &Path) -> Option<(Group, &'static [&'static str])> {
    let file = Path::new(at.file()?);
    let name = file.file_name()?.to_str()?;
    // An index of the `-wal` is made anew by whoever opens it.
    if !file.starts_with(folder) || name.ends_with("-shm") {
        return None;
    }
    let is_read = ["O_WRONLY", "O_RDWR", "O_CREAT"]
        .iter()
        .all(|flag| !at.call.contains(*flag));
    let all: &[&str] = match at.name.as_str() {
        "openat" if is_read => &["error=EIO", "error=EMFILE", "error=EINTR"],
        "openat" | "creat" => &[
            "error=ENOSPC",
            "error=EIO",
            "error=EROFS",
            "error=EMFILE",
            "error=EINTR",
        ],
        "write" | "writev" | "pwrite64" | "pwritev" | "pwritev2" => {
            &["error=ENOSPC", "error=EIO", "error=EINTR", SHORT]
        }
        "fsync" | "fdatasync" => &["error=EIO", "error=ENOSPC", "error=EINTR"],
        "ftruncate" | "truncate" | "fallocate" | "copy_file_range" | "rename" | "renameat"
        | "renameat2" | "link" | "linkat" | "unlink" | "unlinkat" | "mkdir" | "mkdirat" => {
            &["error=ENOSPC", "error=EIO", "error=EROFS"]
        }
        _ => return None,
    };
    let group = match (at.name.as_str(), name.starts_with("journal.")) {
        ("openat", _) if is_read => Group::Reads,
        (_, true) => Group::Journal,
        (_, false) => Group::Changes,
    };
    Some((group, all))
}

/// Returns every failure: calls of the journal fail in every way, each other call in one, which are taken in turns.
fn failures<'a>(all: &'a [Moment], folder: &Path) -> Vec<(Group, Failure<'a>)> {
    let mut found = Vec::new();
    for (place, at) in all.iter().enumerate() {
        let Some((group, ways)) = answers(at, folder) else {
            continue;
        };
        let chosen = match group {
            Group::Journal => ways,
            Group::Changes | Group::Reads => {
                let turn = place % ways.len();
                &ways[turn..=turn]
            }
        };
        found.extend(
            chosen
                .iter()
                .map(|&instead| (group, Failure { at, instead })),
        );
    }
    found
}

/// Returns the part of them that has its turn.
fn chosen<'a>(all: Vec<(Group, Failure<'a>)>, share: Share, act: usize) -> Vec<Failure<'a>> {
    let Share::Of(seed) = share else {
        return all.into_iter().map(|(_, failure)| failure).collect();
    };
    let mut wanted = Vec::new();
    for group in GROUPS {
        let places = (0..all.len()).filter(|&place| all[place].0 == group);
        let places: Vec<usize> = places.collect();
        assert!(!places.is_empty(), "act {act} has no call of {group:?}");
        for turn in 0..EACH {
            wanted.push(places[drawn(seed, act * EACH + turn) % places.len()]);
        }
    }
    let all = all.into_iter().enumerate();
    all.filter(|(place, _)| wanted.contains(place))
        .map(|(_, (_, failure))| failure)
        .collect()
}

/// Returns how many intents are durable below a folder, and how many events that nobody else has.
fn durable(folder: &Path) -> (i64, i64) {
    let mut all = (0, 0);
    walk(folder, folder, &mut |path, name| {
        if name.ends_with("journal.sqlite") {
            let aside = aside(path);
            let read = |query: &str| -> rusqlite::Result<i64> {
                let journal = Connection::open(aside.path().join("journal.sqlite"))?;
                journal.query_row(query, [], |row| row.get(0))
            };
            // Where making the tables failed there is nothing yet.
            let count = |query: &str| read(query).unwrap_or_default();
            all.0 += count("select count(*) from intents");
            all.1 += count("select count(*) from events where state = 'pending'");
        }
    });
    all
}

#[derive(Debug, Default)]
struct Sum {
    made: usize,
    /// Runs that did not come to the call, or made another one in its place.
    missed: usize,
    /// Runs that came to their end all the same.
    through: usize,
    wrong: Vec<String>,
}

/// Lets calls of one act fail, one in each run.
fn fail_calls(act: usize, share: Share) {
    let stage = ground(act);
    let ground = stage.as_ref();
    let words = ground.words();
    let folder = ground.folder();
    let kept = tempfile::tempdir().unwrap();
    copy(&folder, kept.path());
    let log = kept.path().with_extension("calls");
    let (sent, intents) = (ground.sent(), durable(&folder));
    let (moments, expected) = unharmed(ground, &log);
    let all = failures(&moments.all, &folder);
    let count = all.len();
    let (mut sum, mut figures) = (Sum::default(), Figures::default());
    for Failure { at, instead } in chosen(all, share, act) {
        restore(kept.path(), &folder);
        ground.rewind();
        let (end, hit) = trace::failed(&ground.command(), &log, at, instead);
        // Threads and children may have another order, so that another call has the number.
        let is_ours = |call: &String| {
            moments::file(call).is_some_and(|file| Path::new(file).starts_with(&folder))
        };
        let Some(call) = hit.filter(is_ours) else {
            sum.missed += 1;
            continue;
        };
        sum.made += 1;
        let case = format!(
            "`{words}` with {instead} at {} {}: {call}",
            at.name, at.number
        );
        let (code, text) = match end {
            End::Ended { code, text } => (code, text),
            End::Killed(how) => (-1, how),
        };
        let has_sent = ground.sent() != sent;
        let (rows, pending) = durable(&folder);
        let mut judge = |is_right: bool, what: &str| {
            if !is_right {
                sum.wrong.push(format!("{what}\n{case}: {code}\n{text}"));
            }
        };
        let is_no_end = (0..=10).contains(&code) && !text.contains("panicked");
        judge(is_no_end, "it broke down");
        judge(
            !has_sent || rows > intents.0 || pending.max(intents.1) > 0,
            "sent without a durable intent",
        );
        let is_through = code == ground.code();
        judge(
            is_through || !text.trim().is_empty(),
            "it stopped without a word",
        );
        judge(
            is_through || !has_sent || !text.contains("Nothing was sent"),
            "it says that nothing was sent",
        );
        // A go-live whose backport conflicts ends in the same way where it goes through and where its end is not known.
        let said = if is_through && code == 0 {
            sum.through += 1;
            String::new()
        } else {
            ground.recover()
        };
        ground.finish();
        figures.judge(
            &ground.world(),
            &expected,
            &format!("{case}: {code}\n{text}\n{said}"),
        );
    }
    let _gone = std::fs::remove_file(&log);
    tell(&format!(
        "failing calls of `{words}` ({}): {count} failures, {} made, {} missed, {} went through; {} lost, {} repeated, {} by hand, {} else",
        share.words(),
        sum.made,
        sum.missed,
        sum.through,
        figures.lost.len(),
        figures.repeated.len(),
        figures.by_hand.len(),
        sum.wrong.len(),
    ));
    assert!(sum.made > 0, "no call of `{words}` failed");
    let wrong = [sum.wrong, figures.lost, figures.repeated, figures.by_hand].concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Each run of the tests takes another act of these, and sixteen of them take all.
fn fail_some(acts: std::ops::Range<usize>) {
    let share = Share::wanted();
    if let Some(why) = trace::why_not() {
        tell(&format!("skipped: {why}"));
        return;
    }
    let many = acts.len();
    for act in acts.filter(|act| share.has_one_in(many, *act)) {
        fail_calls(act, share);
    }
}

#[test]
fn whichever_call_on_a_file_fails_once_nothing_is_lost_sent_unsaid_or_done_twice() {
    fail_some(0..ACTS / 2);
}

#[test]
fn whichever_call_on_a_file_fails_once_in_the_other_acts_nothing_is_lost_or_done_twice() {
    fail_some(ACTS / 2..ACTS);
}
