//! Signals: end, stop, go on.

use futures_util::FutureExt;
use tokio::signal::unix::Signal;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    End,
    Stop,
    GoOn,
    /// The window has another size.
    Resized,
}

/// The signals that the console answers itself.
#[derive(Debug)]
pub(super) struct Signals {
    term: Signal,
    hup: Signal,
    int: Signal,
    stop: Signal,
    go_on: Signal,
    resized: Signal,
}

impl Signals {
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            hup: signal(SignalKind::hangup())?,
            // In raw mode Ctrl-C is a key; an interrupt comes from elsewhere and means to end.
            int: signal(SignalKind::interrupt())?,
            stop: signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?,
            go_on: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
            resized: signal(SignalKind::window_change())?,
        })
    }

    pub(super) async fn next(&mut self) -> Asked {
        tokio::select! {
            biased;
            _ = self.term.recv() => Asked::End,
            _ = self.hup.recv() => Asked::End,
            _ = self.int.recv() => Asked::End,
            _ = self.stop.recv() => Asked::Stop,
            _ = self.go_on.recv() => Asked::GoOn,
            _ = self.resized.recv() => Asked::Resized,
        }
    }

    /// Waits until the process is told to stop.
    pub(super) async fn told_to_stop(&mut self) {
        self.stop.recv().await;
    }

    /// Forgets the interrupts that came so far.
    pub(super) fn forget_interrupts(&mut self) {
        while self.int.recv().now_or_never().flatten().is_some() {}
    }

    /// Waits until the process was told to go on.
    pub(super) async fn went_on(&mut self) {
        self.go_on.recv().await;
    }
}
