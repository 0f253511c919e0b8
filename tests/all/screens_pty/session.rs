//! A console in a real pseudo terminal, with an emulator that reads back what reaches it.

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
use portable_pty::SlavePty;
use portable_pty::native_pty_system;
use rustix::process::Pid;
use rustix::process::Signal;
use rustix::process::WaitOptions;
use rustix::process::waitpid;

/// A demo is made on the spot, in a debug build, on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Session {
    pub(super) master: Box<dyn MasterPty + Send>,
    pub(super) child: Box<dyn Child + Send + Sync>,
    pub(super) writer: Box<dyn Write + Send>,
    pub(super) bytes: Receiver<Vec<u8>>,
    pub(super) screen: vt100::Parser,
    /// Everything that reached the terminal.
    pub(super) all: Vec<u8>,
    pub(super) answers: bool,
    /// What the terminal's modes were before anybody took it.
    pub(crate) modes_before: String,
    /// Kept open, so that the modes can be read after the console has ended.
    _slave: Box<dyn SlavePty + Send>,
}

/// The words that start the console on a made-up project in a process of its own.
pub(super) const MADE_UP: [&str; 5] = [
    "--exact",
    "screens_pty::console_on_a_made_up_project",
    "--ignored",
    "--nocapture",
    "--test-threads=1",
];

/// Returns the command that starts it, with other words before it.
pub(super) fn made_up(before: &[&str], how: &str) -> CommandBuilder {
    let own = std::env::current_exe().expect("this binary");
    let words = before.iter().map(std::ffi::OsString::from);
    let words = words.chain([own.into_os_string()]);
    let all: Vec<_> = words.chain(MADE_UP.map(Into::into)).collect();
    let mut command = CommandBuilder::from_argv(all);
    command.env("MADE_UP", how);
    command.env("RUST_BACKTRACE", "0");
    command
}

/// The modes of a terminal, as `stty -a` would tell.
pub(super) fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().expect("a terminal"))
}

pub(super) fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

impl Session {
    /// Starts `lanekeeper demo` in a home of its own; `answers` says whether the terminal answers questions.
    pub(super) fn demo(home: &Path, answers: bool) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lanekeeper"));
        command.arg("demo");
        command.env_clear();
        command.env("PATH", std::env!("PATH"));
        command.env("HOME", home);
        command.env("TMPDIR", home);
        command.env("LANG", "C.UTF-8");
        command.env("TZ", "UTC");
        command.env("GIT_CONFIG_NOSYSTEM", "1");
        command.cwd(home);
        Self::start(command, answers)
    }

    /// Starts a command as it stands: its words, its environment and its folder.
    pub(crate) fn of(from: &std::process::Command) -> Self {
        let mut command = CommandBuilder::new(from.get_program());
        command.args(from.get_args());
        command.env_clear();
        for (name, value) in from.get_envs() {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        if let Some(folder) = from.get_current_dir() {
            command.cwd(folder);
        }
        Self::start(command, true)
    }

    /// Starts the console on a made-up project: there at once, whatever the machine is busy with.
    pub(super) fn fake(how: &str) -> Self {
        Self::start(made_up(&[], how), true)
    }

    pub(super) fn start(command: CommandBuilder, answers: bool) -> Self {
        Self::start_at(command, answers, (80, 24))
    }

    pub(super) fn start_at(
        mut command: CommandBuilder,
        answers: bool,
        (columns, rows): (u16, u16),
    ) -> Self {
        let pair = native_pty_system()
            .openpty(size(columns, rows))
            .expect("a pseudo terminal");
        command.env("TERM", "xterm-256color");
        let modes_before = modes(&*pair.master);
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
            // The emulator knows no smaller one.
            screen: vt100::Parser::new(rows.max(2), columns.max(2), 0),
            all: Vec::new(),
            answers,
            modes_before,
            _slave: pair.slave,
        }
    }

    /// Gives the terminal another size; one of no cell, or of one column, is read back as a little larger.
    pub(super) fn resize(&mut self, columns: u16, rows: u16) {
        self.master.resize(size(columns, rows)).expect("resized");
        let screen = self.screen.screen_mut();
        screen.set_size(rows.max(2), columns.max(2));
    }

    pub(super) fn id(&self) -> Pid {
        let id = self.child.process_id().expect("running");
        let id = i32::try_from(id).ok().and_then(Pid::from_raw);
        id.expect("a process")
    }

    pub(crate) fn signal(&self, signal: Signal) {
        rustix::process::kill_process(self.id(), signal).expect("sent");
    }

    pub(crate) fn modes(&self) -> String {
        modes(&*self.master)
    }

    /// Waits until the process was stopped, and until all that it wrote before has come.
    pub(super) fn until_stopped(&mut self) {
        let end = Instant::now() + PATIENCE;
        let options = WaitOptions::UNTRACED | WaitOptions::NOHANG;
        loop {
            self.take(Duration::from_millis(20));
            let status = waitpid(Some(self.id()), options).expect("a child");
            if status.is_some_and(|(_, status)| status.stopped()) {
                break;
            }
            assert!(Instant::now() < end, "it never stopped");
        }
        while let Ok(bytes) = self.bytes.recv_timeout(Duration::from_millis(100)) {
            self.screen.process(&bytes);
            self.all.extend_from_slice(&bytes);
        }
    }

    /// Returns everything that reached the terminal so far.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.all
    }

    pub(crate) fn send(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).expect("written");
        self.writer.flush().expect("written");
    }

    /// Takes what came; tells whether more may come.
    pub(super) fn take(&mut self, wait: Duration) -> bool {
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
    pub(crate) fn until(&mut self, text: &str) {
        let end = Instant::now() + PATIENCE;
        while !self.shows(text) {
            let is_open = self.take(Duration::from_millis(50));
            assert!(
                is_open && Instant::now() < end,
                "`{text}` never came:\n{}",
                self.screen.screen().contents()
            );
        }
    }

    /// Waits until something is so.
    pub(crate) fn until_so(&mut self, is_so: impl Fn() -> bool) {
        let end = Instant::now() + PATIENCE;
        while !is_so() {
            let is_open = self.take(Duration::from_millis(20));
            assert!(is_open && Instant::now() < end, "it never came to be so");
        }
    }

    /// Waits until nothing comes for so long.
    pub(crate) fn until_quiet(&mut self, time: Duration) {
        let end = Instant::now() + PATIENCE;
        loop {
            let before = self.all.len();
            if !self.take(time) || self.all.len() == before {
                return;
            }
            assert!(Instant::now() < end, "it is never quiet");
        }
    }

    /// Waits until the terminal was taken so often.
    pub(super) fn until_taken(&mut self, times: usize) {
        let end = Instant::now() + PATIENCE;
        while self.count("\x1b[?1049h") < times {
            let is_open = self.take(Duration::from_millis(5));
            assert!(is_open && Instant::now() < end, "it was never taken");
        }
    }

    pub(super) fn shows(&self, text: &str) -> bool {
        self.screen.screen().contents().contains(text)
    }

    /// Takes what comes for so long.
    pub(super) fn listen(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            if !self.take(left.min(Duration::from_millis(20))) {
                break;
            }
        }
    }

    /// Types a text as a person does, into what just opened: there keys are not heard for a moment, and what comes faster
    /// than anyone types is taken for a paste.
    pub(crate) fn type_as_a_person(&mut self, text: &str) {
        self.listen(Duration::from_millis(600));
        for letter in text.chars() {
            self.send(&letter.to_string());
            self.listen(Duration::from_millis(60));
        }
    }

    /// Answers a question with a key until the screen asks it no more: while it has just opened nothing is heard, and
    /// a key that follows a yes takes the yes back.
    pub(crate) fn answer(&mut self, key: &str, question: &str) {
        self.until(question);
        let end = Instant::now() + PATIENCE;
        while self.shows(question) {
            self.listen(Duration::from_millis(600));
            self.send(key);
            let heard = Instant::now() + Duration::from_secs(3);
            while self.shows(question) && Instant::now() < heard {
                self.listen(Duration::from_millis(50));
            }
            assert!(Instant::now() < end, "`{question}` stays");
        }
    }

    /// Waits until the process has ended; returns its exit code and how long that took.
    pub(crate) fn ended(&mut self) -> (u32, Duration) {
        let begin = Instant::now();
        loop {
            self.take(Duration::from_millis(20));
            if let Some(status) = self.child.try_wait().expect("a child") {
                let time = begin.elapsed();
                while let Ok(bytes) = self.bytes.recv_timeout(Duration::from_millis(200)) {
                    self.screen.process(&bytes);
                    self.all.extend_from_slice(&bytes);
                }
                return (status.exit_code(), time);
            }
            assert!(begin.elapsed() < PATIENCE, "it never ended");
        }
    }

    pub(super) fn count(&self, sequence: &str) -> usize {
        let wanted = sequence.as_bytes();
        let windows = self.all.windows(wanted.len());
        windows.filter(|part| *part == wanted).count()
    }

    /// The terminal is as it was: every mode taken was given back, once.
    pub(super) fn assert_given_back(&self) {
        self.assert_given_back_of(1);
    }

    /// The same where it was taken so often.
    pub(super) fn assert_given_back_of(&self, times: usize) {
        for (on, off) in [
            ("\x1b[?1049h", "\x1b[?1049l"),
            ("\x1b[?2004h", "\x1b[?2004l"),
            ("\x1b[?1004h", "\x1b[?1004l"),
        ] {
            assert_eq!(self.count(on), times, "{on:?}");
            assert_eq!(self.count(off), times, "{off:?}");
        }
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen());
        assert!(!screen.hide_cursor());
        assert!(!screen.bracketed_paste());
        assert_eq!(self.modes(), self.modes_before);
    }
}
