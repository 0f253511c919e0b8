//! The terminal as the loop sees it: taken, left, its events; the real one, or a fake in tests.

use std::io;
use std::io::IsTerminal;
use std::io::Write;
use std::pin::Pin;
use std::time::Duration;

use crossterm::event::Event;
use futures_util::Stream;

use super::reader::Reader;
use super::terminal;

/// Events of a terminal, until it is gone.
pub type Events = Pin<Box<dyn Stream<Item = io::Result<Event>> + Send>>;

/// A terminal.
pub trait Tty: Send {
    /// Takes it: raw mode, own screen.
    fn take(&mut self) -> io::Result<()>;
    /// Gives it back.
    fn leave(&mut self);
    /// Begins to read. The stream must be dropped before anybody else reads.
    fn events(&mut self) -> io::Result<Events>;
    /// Stops the whole process group, as `Ctrl-Z` does; returns when it goes on or shortly before it stops.
    fn stop(&mut self) -> io::Result<()>;
    /// Writes bytes that are no drawing.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Returns columns and rows.
    fn size(&self) -> io::Result<(u16, u16)>;
}

/// The terminal that this process runs in.
#[derive(Debug)]
pub struct OwnTty {
    has_mouse: bool,
    _guard: terminal::Guard,
}

impl OwnTty {
    /// Finds the terminal. Call from the thread that draws: its panics give the terminal back.
    pub fn find(has_mouse: bool) -> Option<Self> {
        let is_there = io::stdin().is_terminal() && io::stdout().is_terminal();
        is_there.then(|| {
            terminal::guard_panics();
            Self {
                has_mouse,
                _guard: terminal::Guard,
            }
        })
    }
}

impl Tty for OwnTty {
    fn take(&mut self) -> io::Result<()> {
        // After SIGCONT the shell may still own the terminal for a moment.
        for _ in 0..9 {
            if terminal::take(self.has_mouse).is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        terminal::take(self.has_mouse)
    }

    fn leave(&mut self) {
        terminal::restore();
    }

    fn events(&mut self) -> io::Result<Events> {
        Ok(Box::pin(Reader::start()?))
    }

    fn stop(&mut self) -> io::Result<()> {
        // The whole group: whoever started us (a script, cargo) must stop too, or the shell never comes back.
        rustix::process::kill_current_process_group(rustix::process::Signal::STOP)?;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut out = io::stdout();
        out.write_all(bytes)?;
        out.flush()
    }

    fn size(&self) -> io::Result<(u16, u16)> {
        crossterm::terminal::size()
    }
}
