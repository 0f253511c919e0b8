//! A pseudo terminal with a screen that can be read.

use std::io::Read;
use std::io::Write;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::channel;
use std::time::Duration;
use std::time::Instant;

use portable_pty::Child;
use portable_pty::CommandBuilder;
use portable_pty::MasterPty;
use portable_pty::PtySize;
use portable_pty::native_pty_system;

const COLUMNS: u16 = 160;
const ROWS: u16 = 45;
/// Nothing that is measured takes this long.
const PATIENCE: Duration = Duration::from_secs(120);
/// A screen that says nothing for this long has said all that a key caused.
const QUIET: Duration = Duration::from_millis(25);
/// Clock ticks in a second, as Linux tells them to programs.
const TICKS: f64 = 100.0;

/// A program in a terminal.
pub(super) struct Terminal {
    _master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    bytes: Receiver<(Instant, Vec<u8>)>,
    screen: vt100::Parser,
    begin: Instant,
    /// When the last bytes came.
    last: Instant,
}

impl Terminal {
    /// Starts a program in a terminal of 160x45 that answers where its cursor is.
    pub(super) fn start(command: CommandBuilder) -> Self {
        let size = PtySize {
            rows: ROWS,
            cols: COLUMNS,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let writer = pair.master.take_writer().expect("a writer");
        let begin = Instant::now();
        let child = pair.slave.spawn_command(command).expect("started");
        let (sender, bytes) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 65_536];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                let part = (Instant::now(), buffer[..count].to_vec());
                if sender.send(part).is_err() {
                    break;
                }
            }
        });
        Self {
            _master: pair.master,
            child,
            writer,
            bytes,
            screen: vt100::Parser::new(ROWS, COLUMNS, 0),
            begin,
            last: begin,
        }
    }

    /// Returns the time as the latest bytes tell it.
    pub(super) fn now(&self) -> Instant {
        self.last.max(Instant::now())
    }

    /// Types.
    pub(super) fn give(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).expect("taken");
        self.writer.flush().expect("taken");
    }

    /// Takes what comes next; returns how many bytes, none if nothing came in time.
    fn take(&mut self, wait: Duration) -> Option<usize> {
        match self.bytes.recv_timeout(wait) {
            Ok((when, bytes)) => {
                self.last = when;
                self.screen.process(&bytes);
                if bytes.windows(4).any(|part| part == b"\x1b[6n") {
                    let (row, column) = self.screen.screen().cursor_position();
                    self.give(&format!("\x1b[{};{}R", row + 1, column + 1));
                }
                Some(bytes.len())
            }
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                panic!("it ended:\n{}", self.screen.screen().contents())
            }
        }
    }

    /// Returns how long it took since the start until anything can be read.
    pub(super) fn until_anything(&mut self) -> Duration {
        self.wait(|text| text.chars().filter(|c| !c.is_whitespace()).count() > 20)
    }

    /// Returns how long it took since the start until the screen shows `marker`.
    pub(super) fn until(&mut self, marker: &str) -> Duration {
        self.wait(|text| text.contains(marker))
    }

    fn wait(&mut self, is_there: impl Fn(&str) -> bool) -> Duration {
        loop {
            let contents = self.screen.screen().contents();
            if is_there(&contents) {
                return self.last - self.begin;
            }
            assert!(self.begin.elapsed() < PATIENCE, "never came:\n{contents}");
            self.take(Duration::from_millis(50));
        }
    }

    /// Waits until the screen has been quiet for so long.
    pub(super) fn settle(&mut self, quiet: Duration) {
        let end = Instant::now() + PATIENCE;
        while self.take(quiet).is_some() && Instant::now() < end {}
    }

    /// Lets so much time go by.
    pub(super) fn settle_for(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            self.take(left);
        }
    }

    /// Gives one key; returns when its first byte came and how many bytes it caused, none if it caused nothing.
    pub(super) fn key(&mut self, key: &str) -> Option<(Duration, usize)> {
        let begin = Instant::now();
        self.give(key);
        let mut count = self.take(Duration::from_millis(300))?;
        let latency = self.last - begin;
        while let Some(more) = self.take(QUIET) {
            count += more;
        }
        Some((latency, count))
    }

    /// Gives one key; returns how long it took until the screen showed what it is for, whatever else is drawn.
    pub(super) fn key_shows(&mut self, key: &str, shown: &str) -> Duration {
        let begin = Instant::now();
        self.give(key);
        self.shows(shown);
        // What came last may have shown it before the key was given: then it took no time.
        self.last.saturating_duration_since(begin)
    }

    /// Waits until the screen shows `text`.
    pub(super) fn shows(&mut self, text: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            let contents = self.screen.screen().contents();
            if contents.contains(text) {
                return;
            }
            assert!(Instant::now() < end, "{text} never came:\n{contents}");
            self.take(Duration::from_millis(50));
        }
    }

    /// Tells whether it has children: what it started and waits for.
    pub(super) fn has_children(&self) -> bool {
        let id = self.child.process_id().expect("running");
        let Ok(tasks) = std::fs::read_dir(format!("/proc/{id}/task")) else {
            return false;
        };
        tasks.flatten().any(|task| {
            let children = std::fs::read_to_string(task.path().join("children"));
            children.is_ok_and(|ids| !ids.is_empty())
        })
    }

    /// Returns the processor time of the program and its ended children, in seconds.
    pub(super) fn cpu(&self) -> f64 {
        let text = self.proc("stat");
        let fields: Vec<&str> = text
            .rsplit(") ")
            .next()
            .unwrap_or_default()
            .split(' ')
            .collect();
        let ticks = |index: usize| {
            fields
                .get(index)
                .and_then(|field| field.parse::<f64>().ok())
        };
        // From the third field on: utime, stime, cutime, cstime are the fields 14 to 17.
        (11..15).filter_map(ticks).sum::<f64>() / TICKS
    }

    /// Returns the resident memory in KiB.
    pub(super) fn memory(&self) -> u64 {
        let text = self.proc("status");
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        number.and_then(|digits| digits.parse().ok()).unwrap_or(0)
    }

    fn proc(&self, file: &str) -> String {
        let id = self.child.process_id().expect("running");
        std::fs::read_to_string(format!("/proc/{id}/{file}")).unwrap_or_default()
    }

    /// Ends the program.
    pub(super) fn quit(mut self) {
        // It may have ended by itself.
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}
