//! Reads the terminal on a thread of its own. crossterm loops on a terminal that is gone and waits for the rest
//! of a sequence that was cut; neither may ever hold up the loop. So this thread asks the system first whether
//! there is something to read, and crossterm only then.
//!
//! This needs crossterm's `use-dev-tty`: its other source hears of new input once and forgets what it did not
//! read when the window changed its size at the same moment.

use std::io;
use std::io::PipeReader;
use std::io::PipeWriter;
use std::io::Write;
use std::pin::Pin;
use std::sync::mpsc;
use std::task::Context;
use std::task::Poll;
use std::time::Duration;

use crossterm::event;
use crossterm::event::Event;
use futures_util::Stream;
use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::poll;
use tokio::sync::mpsc::Receiver;
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::channel;

/// Keys kept for a loop that is busy; more wait in the terminal.
const KEYS: usize = 256;
/// How long a half-read sequence may keep the thread after it was told to end.
const PATIENCE: Duration = Duration::from_millis(200);
/// How long crossterm may take for what the system says is there, and for what it read with it: zero would make it look at
/// nothing, and it spins through the last millisecond, which must not be the one in which the key is drawn.
const WAIT: Duration = Duration::from_millis(50);

/// The events of this process's terminal. Dropping it ends the thread, so that somebody else can read.
#[derive(Debug)]
pub(super) struct Reader {
    events: Receiver<io::Result<Event>>,
    wake: PipeWriter,
    ended: mpsc::Receiver<()>,
}

impl Reader {
    pub(super) fn start() -> io::Result<Self> {
        let (woken, wake) = io::pipe()?;
        let (sender, events) = channel(KEYS);
        let (end, ended) = mpsc::channel();
        std::thread::Builder::new()
            .name("keys".to_owned())
            .spawn(move || {
                if let Err(error) = read(&woken, &sender) {
                    let _ = sender.blocking_send(Err(error));
                }
                let _ = end.send(());
            })?;
        Ok(Self {
            events,
            wake,
            ended,
        })
    }
}

impl Stream for Reader {
    type Item = io::Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.events.poll_recv(context)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.events.close();
        // A thread that ended already cannot be woken; there is nothing to wait for then.
        let _ = self.wake.write_all(b".");
        let _ = self.ended.recv_timeout(PATIENCE);
    }
}

/// Reads until it is woken or nobody listens; an error says that the terminal is gone.
fn read(woken: &PipeReader, sender: &Sender<io::Result<Event>>) -> io::Result<()> {
    let stdin = io::stdin();
    loop {
        let mut fds = [
            PollFd::new(&stdin, PollFlags::IN),
            PollFd::new(woken, PollFlags::IN),
        ];
        match poll(&mut fds, None) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        if !fds[1].revents().is_empty() {
            return Ok(());
        }
        let is_gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
        if fds[0].revents().intersects(is_gone) {
            return Err(io::Error::other("the terminal is gone"));
        }
        while event::poll(WAIT)? {
            if sender.blocking_send(Ok(event::read()?)).is_err() {
                return Ok(());
            }
        }
    }
}
