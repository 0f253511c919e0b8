//! The console in a real pseudo terminal: start-up, resize, quit, signals, a terminal that does not answer.

use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::channel;
use std::time::Duration;
use std::time::Instant;

use portable_pty::Child;
use portable_pty::CommandBuilder;
use portable_pty::MasterPty;
use portable_pty::PtySize;
use portable_pty::native_pty_system;

/// A demo is made on the spot, in a debug build, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

struct Session {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    bytes: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    /// Everything that reached the terminal.
    all: Vec<u8>,
    answers: bool,
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

impl Session {
    /// Starts `lanekeeper demo` in a home of its own; `answers` says whether the terminal answers questions.
    fn start(home: &Path, answers: bool) -> Self {
        let pair = native_pty_system()
            .openpty(size(80, 24))
            .expect("a pseudo terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lanekeeper"));
        command.arg("demo");
        command.env_clear();
        command.env("PATH", std::env!("PATH"));
        command.env("HOME", home);
        command.env("TMPDIR", home);
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("GIT_CONFIG_NOSYSTEM", "1");
        command.cwd(home);
        let child = pair.slave.spawn_command(command).expect("started");
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let (sender, bytes) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4_096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            writer: pair.master.take_writer().expect("a writer"),
            master: pair.master,
            child,
            bytes,
            screen: vt100::Parser::new(24, 80, 0),
            all: Vec::new(),
            answers,
        }
    }

    fn send(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).expect("written");
        self.writer.flush().expect("written");
    }

    /// Takes what came; tells whether more may come.
    fn take(&mut self, wait: Duration) -> bool {
        match self.bytes.recv_timeout(wait) {
            Ok(bytes) => {
                self.screen.process(&bytes);
                self.all.extend_from_slice(&bytes);
                let asks = bytes.windows(4).any(|part| part == b"\x1b[6n");
                if asks && self.answers {
                    let (row, column) = self.screen.screen().cursor_position();
                    self.send(&format!("\x1b[{};{}R", row + 1, column + 1));
                }
                true
            }
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => true,
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => false,
        }
    }

    /// Waits until the screen shows `text`.
    fn until(&mut self, text: &str) {
        let end = Instant::now() + PATIENCE;
        while !self.screen.screen().contents().contains(text) {
            let is_open = self.take(Duration::from_millis(50));
            assert!(
                is_open && Instant::now() < end,
                "`{text}` never came:\n{}",
                self.screen.screen().contents()
            );
        }
    }

    /// Waits until the process has ended; returns its exit code and how long that took.
    fn ended(&mut self) -> (u32, Duration) {
        let begin = Instant::now();
        loop {
            let is_open = self.take(Duration::from_millis(20));
            if let Some(status) = self.child.try_wait().expect("a child") {
                while self.take(Duration::from_millis(20)) && !is_open {}
                while let Ok(bytes) = self.bytes.recv_timeout(Duration::from_millis(200)) {
                    self.screen.process(&bytes);
                    self.all.extend_from_slice(&bytes);
                }
                return (status.exit_code(), begin.elapsed());
            }
            assert!(begin.elapsed() < PATIENCE, "it never ended");
        }
    }

    fn count(&self, sequence: &str) -> usize {
        let wanted = sequence.as_bytes();
        let windows = self.all.windows(wanted.len());
        windows.filter(|part| *part == wanted).count()
    }

    /// The terminal is as it was: every mode taken was given back, once.
    fn assert_given_back(&self) {
        for (on, off) in [
            ("\x1b[?1049h", "\x1b[?1049l"),
            ("\x1b[?2004h", "\x1b[?2004l"),
            ("\x1b[?1004h", "\x1b[?1004l"),
        ] {
            assert_eq!(self.count(on), 1, "{on:?}");
            assert_eq!(self.count(off), 1, "{off:?}");
        }
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen());
        assert!(!screen.hide_cursor());
        assert!(!screen.bracketed_paste());
    }
}

#[test]
fn the_console_starts_follows_the_size_and_quits() {
    let home = tempfile::tempdir().expect("a folder");
    let mut session = Session::start(home.path(), true);
    session.until("1 Lanes");
    session.until("2 Checklist");
    session.until("┌");
    session.master.resize(size(120, 35)).expect("resized");
    session.screen.screen_mut().set_size(35, 120);
    session.until("x: events, newest at right");
    session.master.resize(size(30, 8)).expect("resized");
    session.screen.screen_mut().set_size(8, 30);
    session.until("needs 40x12");
    session.master.resize(size(80, 24)).expect("resized");
    session.screen.screen_mut().set_size(24, 80);
    session.until("2 Checklist");
    session.send("q");
    let (code, _) = session.ended();
    assert_eq!(code, 0);
    session.assert_given_back();
}

#[test]
fn a_terminal_that_answers_nothing_gets_plain_characters() {
    let home = tempfile::tempdir().expect("a folder");
    let mut session = Session::start(home.path(), false);
    session.until("+- 1 Lanes");
    session.send("q");
    assert_eq!(session.ended().0, 0);
    session.assert_given_back();
}

#[test]
fn a_kill_gives_the_terminal_back_within_two_seconds() {
    let home = tempfile::tempdir().expect("a folder");
    let mut session = Session::start(home.path(), true);
    session.until("2 Checklist");
    let id = session.child.process_id().expect("running");
    let id = i32::try_from(id)
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    rustix::process::kill_process(id.expect("a process"), rustix::process::Signal::TERM)
        .expect("sent");
    let (_, took) = session.ended();
    assert!(took < Duration::from_secs(4), "{took:?}");
    session.assert_given_back();
}

#[test]
fn a_pasted_command_line_runs_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    let mut session = Session::start(home.path(), true);
    session.until("2 Checklist");
    session.send("\x1b[200~m\ny\nproduction\nq\n\x1b[201~");
    session.until("pasted text is no command");
    session.send("q");
    assert_eq!(session.ended().0, 0);
    session.assert_given_back();
}
