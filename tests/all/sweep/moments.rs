//! Which calls of a run are moments of their own. Death comes before the call at which it is dealt, so two calls are two
//! moments only if something outside of the process changed between them; where nothing did, one stands for all.
//!
//! These change nothing outside:
//! - A call that failed, and a file that is opened to be read, or opened to be made where the run found or made it before:
//!   what it got is a descriptor, and that dies with the process. The same goes for a connection on which nothing was sent.
//! - A thread: it dies with the process. What threads do is seen too, since all of them are followed.
//! - `fsync` and its kin: what was written outlives the process; only the machine could lose it.
//! - `flock`: the lock of a dead process is free.
//! - A write to an event descriptor: nobody but the process has it.
//! - A line on stdout or stderr: no command reads what another one said.
//! - Writes to the journal in a row, but for the last: before the last line of a transaction nobody reads any of it, and a
//!   checkpoint writes what is read from the `-wal` until it has come to its end. Each transaction ends with an `fsync`, so
//!   no row has two.
//! - The journal's `-shm`, an index of its `-wal`: who opens it first empties it (the `ftruncate` of each opening) and makes
//!   it anew from the `-wal`, so nobody reads what the dead one left there.
//! - A wait, as such. But where a child was started or something was sent, the other side goes on by itself, so the first
//!   call after that is a moment; and when a child has ended, or an answer arrived, the next call is one too.
//!
//! `worlds` shows for one act that nothing is missed by this.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// One call of a run: strace counts the calls of each name for themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) name: String,
    pub(super) number: usize,
    /// The call as it was logged when it began.
    pub(super) call: String,
}

impl Moment {
    /// Returns the file that the call is about; none where it is about something else.
    pub(super) fn file(&self) -> Option<&str> {
        file(&self.call)
    }
}

/// The calls of the thread that does everything, and which of them are moments of their own.
#[derive(Debug, Default)]
pub(super) struct Moments {
    pub(super) all: Vec<Moment>,
    own: Vec<usize>,
    /// Calls of other threads that changed something outside, at which nobody is killed. There should be none: only what
    /// a child is told through a pipe is written beside, since it may not read it before it has said something.
    pub(super) beside: Vec<String>,
}

/// What happened outside since the last call.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Since {
    #[default]
    Nothing,
    Changed,
    /// Somebody else was set going, who may be anywhere now.
    GoesOn,
}

impl Moments {
    /// Reads the log of a run whose threads were followed; the first line is of the thread that does everything.
    pub(super) fn read(log: &str) -> Self {
        let mut reader = Reader::default();
        log.lines().for_each(|line| reader.take(line));
        reader.found
    }

    /// Returns the calls that are moments of their own.
    pub(super) fn own(&self) -> impl Iterator<Item = &Moment> {
        self.own.iter().map(|&place| &self.all[place])
    }
}

#[derive(Default)]
struct Reader {
    found: Moments,
    counts: BTreeMap<String, usize>,
    main: Option<String>,
    /// Calls that have begun and not yet returned, by thread.
    begun: BTreeMap<String, String>,
    /// Files that the run has found or made.
    known: BTreeSet<String>,
    /// Threads that were told of a child's end and have not made a call since.
    told: BTreeSet<String>,
    since: Since,
    /// The journal was written, and the row of writes has not yet come to its end.
    is_writing_journal: bool,
    is_awaiting: bool,
    /// The last moment is a wait, and any call before the next change says the same. How often a process waits depends on
    /// how fast others are, so a call of another kind is found again more surely.
    is_wait_for_want_of_better: bool,
}

impl Reader {
    fn take(&mut self, line: &str) {
        let Some((thread, rest)) = line.split_once(' ') else {
            return;
        };
        let rest = rest.trim_start();
        let main = self.main.get_or_insert_with(|| thread.to_owned());
        let is_main = main == thread;
        if rest.starts_with("--- SIGCHLD") {
            self.since = self.since.max(Since::Changed);
            self.told.insert(thread.to_owned());
        }
        if rest.starts_with("---") || rest.starts_with("+++") {
            return;
        }
        let whole = if let Some(resumed) = rest.strip_prefix("<... ") {
            let begun = self.begun.remove(thread).unwrap_or_default();
            let (_, end) = resumed.split_once("resumed>").unwrap_or_default();
            format!("{begun}{end}")
        } else {
            if is_main {
                self.begin(rest);
            }
            if let Some((begun, _)) = rest.split_once("<unfinished ...>") {
                self.begun.insert(thread.to_owned(), begun.to_owned());
                return;
            }
            rest.to_owned()
        };
        // Whoever is told of a child's end tells the thread that waits for it, and nobody outside.
        let is_passed_on =
            self.told.remove(thread) && matches!(name(&whole), "write" | "sendto" | "sendmsg");
        let before = self.since;
        self.since = Since::Nothing;
        self.end(&whole, is_main);
        let is_for_a_child = descriptor(&whole).is_some_and(|(_, what)| what.starts_with("pipe:"));
        if self.since != Since::Nothing && !is_main && !is_passed_on && !is_for_a_child {
            self.found.beside.push(whole);
        }
        self.since = self.since.max(before);
    }

    /// The main thread is about to make a call.
    fn begin(&mut self, call: &str) {
        let name = name(call);
        if self.is_writing_journal && !is_journal_write(name, call) {
            self.is_writing_journal = false;
            self.since = self.since.max(Since::Changed);
        }
        let count = self.counts.entry(name.to_owned()).or_default();
        *count += 1;
        let place = self.found.all.len();
        self.found.all.push(Moment {
            name: name.to_owned(),
            number: *count,
            call: call.to_owned(),
        });
        let since = std::mem::take(&mut self.since);
        let is_first = place == 0;
        if since != Since::Nothing || is_first {
            self.found.own.push(place);
            self.is_wait_for_want_of_better = is_wait(name) && since == Since::Changed;
        } else if self.is_wait_for_want_of_better && !is_wait(name) {
            self.found.own.pop();
            self.found.own.push(place);
            self.is_wait_for_want_of_better = false;
        }
    }

    /// A call of any thread has returned.
    fn end(&mut self, call: &str, is_main: bool) {
        let (name, result) = (
            name(call),
            call.rsplit_once(" = ").map_or("", |(_, end)| end),
        );
        if name.is_empty() {
            return;
        }
        if is_wait(name) {
            let is_answer = is_main && self.is_awaiting && !result.starts_with(['-', '0']);
            if is_answer {
                self.is_awaiting = false;
                self.since = self.since.max(Since::Changed);
            }
            return;
        }
        let since = if result.starts_with('-') {
            Since::Nothing
        } else if is_main && is_journal_write(name, call) {
            self.is_writing_journal = true;
            Since::Nothing
        } else {
            self.change(name, call, result)
        };
        if since == Since::GoesOn {
            // Whoever goes on may remove files.
            self.known.clear();
        }
        let is_sent = since == Since::GoesOn && descriptor(call).is_some();
        self.is_awaiting |= is_main && is_sent;
        self.since = self.since.max(since);
    }

    /// Says what a call that succeeded changed outside.
    fn change(&mut self, name: &str, call: &str, result: &str) -> Since {
        match name {
            "openat" | "creat" => self.opened(name, call, result),
            // What is moved is not where it was.
            _ if name.starts_with("unlink") || name.starts_with("rename") => self.removed(call),
            "clone" | "clone3" | "vfork" if call.contains("CLONE_THREAD") => Since::Nothing,
            "clone" | "clone3" | "vfork" => Since::GoesOn,
            "connect" | "flock" | "fsync" | "fdatasync" | "sync_file_range" => Since::Nothing,
            _ => match descriptor(call) {
                Some((number, _)) if number == "1" || number == "2" => Since::Nothing,
                Some((_, what)) if what.contains("[eventfd]") => Since::Nothing,
                Some((_, what)) if what.ends_with("-shm") => Since::Nothing,
                Some((_, what)) if !what.starts_with('/') => Since::GoesOn,
                Some(_) => Since::Changed,
                None => Since::Changed,
            },
        }
    }

    fn opened(&mut self, name: &str, call: &str, result: &str) -> Since {
        let (_, path) = described(result).unwrap_or_default();
        let is_known = !self.known.insert(path.to_owned());
        let has = |flag: &str| name == "creat" || call.contains(flag);
        let is_made = has("O_CREAT") && !is_known;
        if (is_made || has("O_TRUNC")) && !path.ends_with("-shm") {
            Since::Changed
        } else {
            Since::Nothing
        }
    }

    fn removed(&mut self, call: &str) -> Since {
        let path = call.split('"').nth(1).unwrap_or_default();
        if !self.known.remove(path) {
            // It may have been opened by another name.
            self.known.clear();
        }
        if path.ends_with("-shm") {
            Since::Nothing
        } else {
            Since::Changed
        }
    }
}

fn is_wait(name: &str) -> bool {
    name.starts_with("epoll_")
}

/// Tells whether a call writes into a journal: its file or the `-wal` beside it.
fn is_journal_write(name: &str, call: &str) -> bool {
    let file = descriptor(call).map_or("", |(_, what)| what);
    name == "pwrite64" && (file.ends_with(".sqlite") || file.ends_with(".sqlite-wal"))
}

fn name(call: &str) -> &str {
    call.split_once('(').map_or("", |(name, _)| name)
}

/// Returns the file that a call is about, as strace logs it: by its name, or by what a descriptor stands for.
pub(super) fn file(call: &str) -> Option<&str> {
    // What is written is logged as an empty text.
    let named = call.split('"').nth(1).filter(|name| !name.is_empty());
    let file = named.or_else(|| descriptor(call).map(|(_, what)| what))?;
    file.starts_with('/').then_some(file)
}

/// Returns the descriptor that a call is about, and what strace says that it is.
fn descriptor(call: &str) -> Option<(&str, &str)> {
    described(call.split_once('(')?.1)
}

/// Reads a descriptor at the begin of a text.
fn described(text: &str) -> Option<(&str, &str)> {
    let (number, rest) = text.split_once('<')?;
    let (what, _) = rest.split_once('>')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some((number, what))
}

#[test]
fn a_moment_is_a_call_before_which_something_changed_outside() {
    let log = r#"
7  openat(AT_FDCWD</p>, "/p/team", O_RDONLY|O_CLOEXEC) = 3</p/team>
7  openat(AT_FDCWD</p>, "/p/none", O_RDWR|O_CREAT|O_EXCL) = -1 EEXIST (File exists)
7  clone3({flags=CLONE_VM|CLONE_THREAD}, 88) = 8
7  epoll_wait(3<anon_inode:[eventpoll]>,  <unfinished ...>
8  write(4<anon_inode:[eventfd]>, ""..., 8) = 8
7  <... epoll_wait resumed>[...], 1024, -1) = 1
7  openat(AT_FDCWD</p>, "/p/j.sqlite-wal", O_RDWR|O_CREAT, 0600) = 5</p/j.sqlite-wal>
7  openat(AT_FDCWD</p>, "/p/j.sqlite-shm", O_RDWR|O_CREAT, 0600) = 6</p/j.sqlite-shm>
7  pwrite64(6</p/j.sqlite-shm>, ""..., 1, 4095) = 1
7  openat(AT_FDCWD</p>, "/p/j.sqlite-wal", O_RDWR|O_CREAT, 0600) = 7</p/j.sqlite-wal>
7  pwrite64(5</p/j.sqlite-wal>, ""..., 24, 0) = 24
7  pwrite64(5</p/j.sqlite-wal>, ""..., 4096, 24) = 4096
7  fsync(5</p/j.sqlite-wal>) = 0
7  pwrite64(5</p/j.sqlite-wal>, ""..., 24, 4120) = 24
7  fsync(5</p/j.sqlite-wal>) = 0
7  flock(5</p/j.sqlite-wal>, LOCK_EX) = 0
7  write(1<pipe:[1]>, ""..., 9) = 9
7  write(9<socket:[2]>, ""..., 99) = 99
7  epoll_wait(3<anon_inode:[eventpoll]>, [...], 1024, -1) = 1
7  epoll_wait(3<anon_inode:[eventpoll]>, [...], 1024, -1) = 1
7  mkdir("/p/d", 0700) = 0
7  epoll_wait(3<anon_inode:[eventpoll]>, [...], 1024, -1) = 1
7  openat(AT_FDCWD</p>, "/p/team", O_RDONLY|O_CLOEXEC) = 3</p/team>
8  clone3({flags=CLONE_VM|CLONE_VFORK, exit_signal=SIGCHLD}, 88) = 10
7  epoll_wait(3<anon_inode:[eventpoll]>, [...], 1024, -1 <unfinished ...>
8  --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=10} ---
7  <... epoll_wait resumed>) = 1
7  unlink("/p/j.sqlite-wal") = 0
7  openat(AT_FDCWD</p>, "/p/j.sqlite-wal", O_RDWR|O_CREAT, 0600) = 7</p/j.sqlite-wal>
7  write(2<pipe:[1]>, ""..., 9) = 9
"#;
    let moments = Moments::read(log.trim());
    assert_eq!(moments.beside.len(), 1, "{:?}", moments.beside);
    assert!(moments.beside[0].starts_with("clone3("));
    let own = moments.own();
    let own: Vec<String> = own
        .map(|moment| format!("{} {}", moment.name, moment.number))
        .collect();
    assert_eq!(
        own,
        [
            // The first, and the next after the journal was made.
            "openat 1",
            "openat 4",
            // After each transaction of the journal.
            "fsync 1",
            "fsync 2",
            // The wait after something was sent, and the next call after the answer.
            "epoll_wait 2",
            "mkdir 1",
            // After the folder was made, found by a call that is no wait; after a child was started, and has ended.
            "openat 6",
            "epoll_wait 5",
            "unlink 1",
            // After a file is gone, and made again.
            "openat 7",
            "write 3",
        ]
    );
}
