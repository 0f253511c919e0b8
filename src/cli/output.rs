//! The only place that prints. Pages for people, one document for scripts; a reader that went away
//! (`lanekeeper log | head`) is no error.

use std::io;
use std::io::IsTerminal;
use std::io::Write;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::poll;
use rustix::io::Errno;
use serde::Serialize;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;
use tokio::sync::oneshot;

use crate::model::redact;

use super::text::Page;
use super::text::Style;

/// Where and how to print.
pub struct Output {
    is_json: bool,
    verbosity: u8,
    style: Style,
    notes_style: Style,
    is_interactive: bool,
    streams: Mutex<Streams>,
}

struct Streams {
    out: Box<dyn Write + Send>,
    notes: Box<dyn Write + Send>,
    /// What kept us from writing, other than a reader that went away.
    failure: Option<io::Error>,
}

/// What the flags and the terminal say about printing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manners {
    pub is_json: bool,
    pub no_color: bool,
    pub is_ascii: bool,
    pub verbosity: u8,
}

impl Output {
    /// Prints to the standard streams: colour only where a terminal reads.
    pub fn standard(manners: Manners) -> Self {
        let color = |is_terminal: bool| is_terminal && !manners.no_color;
        let style = |is_terminal| Style {
            has_color: color(is_terminal),
            is_ascii: manners.is_ascii,
        };
        Self {
            is_json: manners.is_json,
            verbosity: manners.verbosity,
            style: style(io::stdout().is_terminal()),
            notes_style: style(io::stderr().is_terminal()),
            // Questions go to stderr and answers come from stdin: both must be a person's.
            is_interactive: !manners.is_json
                && io::stdin().is_terminal()
                && io::stderr().is_terminal(),
            streams: Mutex::new(Streams {
                out: Box::new(io::stdout()),
                notes: Box::new(io::stderr()),
                failure: None,
            }),
        }
    }

    /// Prints to the given writers, without colour and without anybody to ask.
    pub fn to(manners: Manners, out: Box<dyn Write + Send>, notes: Box<dyn Write + Send>) -> Self {
        let style = Style {
            has_color: false,
            is_ascii: manners.is_ascii,
        };
        Self {
            is_json: manners.is_json,
            verbosity: manners.verbosity,
            style,
            notes_style: style,
            is_interactive: false,
            streams: Mutex::new(Streams {
                out,
                notes,
                failure: None,
            }),
        }
    }

    /// Tells whether a JSON document is wanted instead of text.
    pub fn is_json(&self) -> bool {
        self.is_json
    }

    /// Tells whether there is a person to ask.
    pub fn is_interactive(&self) -> bool {
        self.is_interactive
    }

    /// Tells whether `-v` was given.
    pub fn is_verbose(&self) -> bool {
        self.verbosity > 0
    }

    /// Returns how text is styled on stdout.
    pub fn style(&self) -> Style {
        self.style
    }

    /// Prints a page for people; nothing where a document is wanted.
    pub fn page(&self, page: &Page) {
        if !self.is_json {
            self.write(&page.render(self.style));
        }
    }

    /// Prints a document for scripts.
    pub fn document(&self, document: &impl Serialize) {
        match serde_json::to_string_pretty(document) {
            Ok(text) => self.write(&format!("{text}\n")),
            Err(error) => self.fail(error.into()),
        }
    }

    /// Prints one of many documents, on a line of its own.
    pub fn line(&self, document: &impl Serialize) {
        match serde_json::to_string(document) {
            Ok(text) => self.write(&format!("{text}\n")),
            Err(error) => self.fail(error.into()),
        }
    }

    /// Prints the page or the document, whichever is wanted.
    pub fn show(&self, page: &Page, document: &impl Serialize) {
        if self.is_json {
            self.document(document);
        } else {
            self.page(page);
        }
    }

    /// Prints a text of our own making as it is: a script, a manual page, a file.
    pub fn verbatim(&self, text: &str) {
        self.write(text);
    }

    /// Prints to stderr what is no result: progress, warnings, questions. Never where a document is wanted.
    pub fn note(&self, page: &Page) {
        if self.is_json {
            return;
        }
        let text = page.render(self.notes_style);
        let mut streams = self.streams();
        let written = streams
            .notes
            .write_all(text.as_bytes())
            .and_then(|()| streams.notes.flush());
        keep_failure(&mut streams, written);
    }

    /// Prints a question to stderr, without a line break, and reads one line from a person; none at the
    /// end of input.
    pub fn ask(&self, question: &str) -> Option<String> {
        if !self.is_interactive {
            return None;
        }
        self.put(question);
        answer()
    }

    /// The same for a question that may come after signals were heard: from then on they end nothing by themselves. None
    /// where one comes, as at the end of input.
    pub async fn ask_unless_ended(&self, question: &str) -> Option<String> {
        if !self.is_interactive {
            return None;
        }
        self.put(question);
        if is_ended().await {
            // What is said next begins on a line of its own.
            self.note(&Page::of(""));
            return None;
        }
        answer()
    }

    fn put(&self, question: &str) {
        let mut page = Page::new();
        page.text(question);
        let text = page.render(self.notes_style);
        let mut streams = self.streams();
        let written = streams
            .notes
            .write_all(text.trim_end_matches('\n').as_bytes())
            .and_then(|()| streams.notes.write_all(b" "))
            .and_then(|()| streams.notes.flush());
        keep_failure(&mut streams, written);
    }

    /// Asks for a secret: what is typed does not appear. None at the end of input.
    pub fn ask_secret(&self, question: &str) -> Option<String> {
        use rustix::termios::LocalModes;
        use rustix::termios::OptionalActions;
        if !self.is_interactive {
            return None;
        }
        let terminal = io::stdin();
        let before = rustix::termios::tcgetattr(&terminal).ok()?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        rustix::termios::tcsetattr(&terminal, OptionalActions::Flush, &silent).ok()?;
        let answer = self.ask(question);
        let _restored = rustix::termios::tcsetattr(&terminal, OptionalActions::Now, &before);
        self.note(&Page::of(""));
        answer.filter(|answer| !answer.is_empty())
    }

    /// Returns what kept us from printing, once.
    pub fn take_failure(&self) -> Option<io::Error> {
        self.streams().failure.take()
    }

    fn write(&self, text: &str) {
        // Documents hold texts as they came; secrets leave by no way.
        let text = redact(text);
        let mut streams = self.streams();
        let written = streams
            .out
            .write_all(text.as_bytes())
            .and_then(|()| streams.out.flush());
        keep_failure(&mut streams, written);
    }

    fn fail(&self, error: io::Error) {
        keep_failure(&mut self.streams(), Err(error));
    }

    fn streams(&self) -> MutexGuard<'_, Streams> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads one line from a person.
fn answer() -> Option<String> {
    let mut line = String::new();
    match io::stdin().read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line.trim().to_owned()),
    }
}

/// Waits until a person has answered; tells whether a signal came instead. A read that has begun would not be given up for
/// one, and what waits here beside it takes nothing of what is typed later.
async fn is_ended() -> bool {
    let kinds = [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ];
    let [Ok(mut interrupt), Ok(mut terminate), Ok(mut hang_up)] = kinds.map(signal) else {
        return false;
    };
    let (tell, told) = oneshot::channel();
    std::thread::spawn(move || {
        let input = io::stdin();
        while poll(&mut [PollFd::new(&input, PollFlags::IN)], None) == Err(Errno::INTR) {}
        // Nobody listens where a signal came first.
        let _ = tell.send(());
    });
    tokio::select! {
        _ = interrupt.recv() => true,
        _ = terminate.recv() => true,
        _ = hang_up.recv() => true,
        _ = told => false,
    }
}

fn keep_failure(streams: &mut Streams, written: io::Result<()>) {
    match written {
        Ok(()) => {}
        // The reader has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Err(error) => streams.failure = Some(error),
    }
}
