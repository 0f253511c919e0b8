//! The console in a real pseudo terminal: start-up, resize, quit, signals, a terminal that does not answer.

mod scripts;

use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::channel;
use std::time::Duration;
use std::time::Instant;

use lanekeeper::tui::app::Options;
use lanekeeper::tui::shell::Hands;
use lanekeeper::tui::shell::OwnTty;
use lanekeeper::tui::shell::ShellOptions;
use lanekeeper::tui::shell::Tty as _;
use lanekeeper::tui::shell::drive;
use lanekeeper::tui::view::ThemeName;
use lanekeeper::tui::view::Viewport;
use portable_pty::Child;
use portable_pty::CommandBuilder;
use portable_pty::MasterPty;
use portable_pty::PtySize;
use portable_pty::SlavePty;
use portable_pty::native_pty_system;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use rustix::process::Pid;
use rustix::process::Signal;
use rustix::process::WaitOptions;
use rustix::process::waitpid;

use super::cli::project::Project;
use super::lane_gallery::lane_world::HOTFIX;
use super::screens::screens_loop::Fake;
use super::screens::screens_world::board;

/// A demo is made on the spot, in a debug build, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Session {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    bytes: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    /// Everything that reached the terminal.
    all: Vec<u8>,
    answers: bool,
    /// What the terminal's modes were before anybody took it.
    pub(crate) modes_before: String,
    /// Kept open, so that the modes can be read after the console has ended.
    _slave: Box<dyn SlavePty + Send>,
}

/// The words that start the console on a made-up project in a process of its own.
const MADE_UP: [&str; 5] = [
    "--exact",
    "screens_pty::console_on_a_made_up_project",
    "--ignored",
    "--nocapture",
    "--test-threads=1",
];

/// Returns the command that starts it, with other words before it.
fn made_up(before: &[&str], how: &str) -> CommandBuilder {
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
fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().expect("a terminal"))
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
    fn demo(home: &Path, answers: bool) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lanekeeper"));
        command.arg("demo");
        command.env_clear();
        command.env("PATH", std::env!("PATH"));
        command.env("HOME", home);
        command.env("TMPDIR", home);
        command.env("LANG", "C.UTF-8");
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
    fn fake(how: &str) -> Self {
        Self::start(made_up(&[], how), true)
    }

    fn start(command: CommandBuilder, answers: bool) -> Self {
        Self::start_at(command, answers, (80, 24))
    }

    fn start_at(mut command: CommandBuilder, answers: bool, (columns, rows): (u16, u16)) -> Self {
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
    fn resize(&mut self, columns: u16, rows: u16) {
        self.master.resize(size(columns, rows)).expect("resized");
        let screen = self.screen.screen_mut();
        screen.set_size(rows.max(2), columns.max(2));
    }

    fn id(&self) -> Pid {
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
    fn until_stopped(&mut self) {
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
    fn until_taken(&mut self, times: usize) {
        let end = Instant::now() + PATIENCE;
        while self.count("\x1b[?1049h") < times {
            let is_open = self.take(Duration::from_millis(5));
            assert!(is_open && Instant::now() < end, "it was never taken");
        }
    }

    fn shows(&self, text: &str) -> bool {
        self.screen.screen().contents().contains(text)
    }

    /// Takes what comes for so long.
    fn listen(&mut self, time: Duration) {
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

    fn count(&self, sequence: &str) -> usize {
        let wanted = sequence.as_bytes();
        let windows = self.all.windows(wanted.len());
        windows.filter(|part| *part == wanted).count()
    }

    /// The terminal is as it was: every mode taken was given back, once.
    fn assert_given_back(&self) {
        self.assert_given_back_of(1);
    }

    /// The same where it was taken so often.
    fn assert_given_back_of(&self, times: usize) {
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

#[test]
fn the_console_starts_follows_the_size_and_quits() {
    let home = tempfile::tempdir().expect("a folder");
    let mut session = Session::demo(home.path(), true);
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
    let mut session = Session::demo(home.path(), false);
    session.until("+- 1 Lanes");
    session.send("q");
    assert_eq!(session.ended().0, 0);
    session.assert_given_back();
}

#[test]
fn signals_give_the_terminal_back_within_two_seconds() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let mut session = Session::fake("");
        session.until("2 Checklist");
        session.signal(signal);
        let (_, time) = session.ended();
        assert!(time <= Duration::from_secs(2), "{signal:?}: {time:?}");
        session.assert_given_back();
    }
}

#[test]
fn a_signal_that_comes_as_soon_as_the_terminal_is_taken_gives_it_back() {
    let project = Project::new();
    let mut session = Session::of(&project.binary("ana"));
    session.until_taken(1);
    session.signal(Signal::TERM);
    session.ended();
    session.assert_given_back();
}

#[test]
fn a_stopped_console_gives_the_terminal_back_and_takes_it_again() {
    let mut session = Session::fake("");
    let before = session.modes_before.clone();
    session.until("2 Checklist");
    assert_ne!(session.modes(), before, "raw while it runs");
    session.send("\x1a");
    session.until_stopped();
    assert_eq!(session.modes(), before);
    assert!(!session.screen.screen().alternate_screen());
    assert!(!session.screen.screen().hide_cursor());
    session.signal(Signal::CONT);
    session.until("2 Checklist");
    assert_ne!(session.modes(), before);
    session.send("q");
    assert_eq!(session.ended().0, 0);
    assert_eq!(session.modes(), before);
    assert!(!session.screen.screen().alternate_screen());
}

#[test]
fn a_panic_gives_the_terminal_back_once_and_its_message_can_be_read() {
    let mut session = Session::fake("panic");
    session.until("2 Checklist");
    session.send("r");
    session.until("a panic on the thread that draws");
    session.ended();
    session.assert_given_back();
    let text = String::from_utf8_lossy(&session.all);
    let back = text.find("\x1b[?1049l").expect("given back");
    let said = text.find("a panic on the thread that draws");
    assert!(said.expect("said") > back, "said where it can be read");
}

#[test]
fn a_storm_of_sizes_loses_no_key() {
    let mut session = Session::fake("");
    session.until("2 Checklist");
    session.send("?");
    // Letters, not Esc: a terminal sends Esc followed by a key in the same bytes as Alt with that key.
    let sizes = [(40, 12), (200, 60), (43, 50), (300, 12), (80, 24)];
    for (letter, (columns, rows)) in "storm".chars().zip(sizes) {
        session.resize(columns, rows);
        session.send(&letter.to_string());
    }
    session.until("storm");
    for (columns, rows) in [(1, 1), (200, 60), (2, 50), (39, 11), (300, 5), (80, 24)] {
        session.resize(columns, rows);
    }
    session.until("storm");
    session.send("\x03");
    session.until("2 Checklist");
    session.send("q");
    assert_eq!(session.ended().0, 0);
    session.assert_given_back();
}

#[test]
fn a_pasted_command_line_runs_nothing() {
    let mut session = Session::fake("");
    session.until("2 Checklist");
    session.send("\x1b[200~m\ny\nproduction\nq\n\x1b[201~");
    session.until("pasted text is no command");
    session.send("q");
    assert_eq!(session.ended().0, 0);
    session.assert_given_back();
}

/// Not a test of its own: the console on a made-up project, started in a pseudo terminal by those above.
#[test]
#[ignore = "started by other tests in a pseudo terminal"]
fn console_on_a_made_up_project() {
    let Some(mut tty) = OwnTty::find(false) else {
        return;
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "how the test that started this process tells it what to do"
    )]
    let how = std::env::var_os("MADE_UP");
    let hands: Arc<dyn Hands> = Arc::new(Fake {
        panics: how.is_some_and(|how| how == "panic"),
        ..Fake::on(board("ana"))
    });
    let options = ShellOptions {
        app: Options {
            hotfix: Some(HOTFIX.parse().expect("test id")),
            ..Options::default()
        },
        editor: Vec::new(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    tty.take().expect("a terminal");
    let backend = CrosstermBackend::new(std::io::stdout());
    let mut terminal = Terminal::new(backend).expect("a terminal");
    let viewport = Viewport::new(ThemeName::Dark, false);
    runtime
        .block_on(drive(&mut terminal, &mut tty, hands, viewport, options))
        .expect("the console ends well");
}
