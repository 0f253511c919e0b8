//! The loop: event, message, update, effects; drawn once per batch and only when something happened.

mod own;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::StreamExt;
use ratatui::Terminal;
use ratatui::backend::Backend;

use crate::tui::app::App;
use crate::tui::app::Arrangement;
use crate::tui::app::Clock;
use crate::tui::app::Msg;
use crate::tui::app::News;
use crate::tui::app::Options;
use crate::tui::app::begin;
use crate::tui::app::looks_at;
use crate::tui::app::update;
use crate::tui::view::Viewport;
use crate::tui::view::draw;

use super::hands::Hands;
use super::input;
use super::mailbox::Mailbox;
use super::perform::End;
use super::perform::Performer;
use super::signals::Asked;
use super::signals::Signals;
use super::tty::Events;
use super::tty::Tty;
use super::watch::Watch;
use super::watch::watch;

/// Messages taken before the screen is drawn again.
const BATCH: usize = 64;
/// It is drawn again after so long, however many wait: what a key did is seen while a log of hundreds of megabytes comes in.
const DRAWN_WITHIN: Duration = Duration::from_millis(10);
/// Several refs move together; they are one look.
const DEBOUNCE: Duration = Duration::from_millis(100);
/// Between two questions whether colleagues did something to the hotfix that is shown; a list of refs, no look.
const LISTEN: Duration = Duration::from_secs(3);
/// Leaving takes two seconds at most, drawing and restoring included.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// When the loop wakes later than it should by more, the machine slept or the process was stopped (safety.md F15).
const SLEPT: Duration = Duration::from_secs(10);

/// Why the console could not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the console needs a terminal for input and output")]
    NoTerminal,
    #[error("use the terminal")]
    Terminal {
        #[from]
        source: io::Error,
    },
    #[error("draw the screen: {why}")]
    Draw { why: String },
    #[error("a call was under way; what came of it is not known")]
    Left,
    #[error("the command that ran here was ended half-way; what it did until then stays")]
    Killed,
}

/// How the console runs.
#[derive(Debug, Clone, Default)]
pub struct ShellOptions {
    pub app: Options,
    /// The person's editor as an argument vector.
    pub editor: Vec<String>,
}

pub(super) struct Shell<'a, B: Backend> {
    terminal: &'a mut Terminal<B>,
    pub(super) tty: &'a mut dyn Tty,
    pub(super) events: Option<Events>,
    pub(super) signals: Signals,
    pub(super) hands: Arc<dyn Hands>,
    mailbox: Mailbox,
    performer: Performer,
    pub(super) editor: Vec<String>,
    app: App,
    viewport: Viewport,
    /// Until when the clock should be read again. This and the moments below are of the clock that counts sleep: what was
    /// due while the machine slept is due at once.
    due: Duration,
    next_poll: Duration,
    next_listen: Duration,
    poll: Duration,
    moved_at: Option<Duration>,
    is_over: bool,
    _watch: Option<Watch>,
}

/// Runs the console on a terminal that was taken, until it is left.
pub async fn drive<B: Backend>(
    terminal: &mut Terminal<B>,
    tty: &mut dyn Tty,
    hands: Arc<dyn Hands>,
    viewport: Viewport,
    options: ShellOptions,
) -> Result<(), Error> {
    let signals = Signals::listen()?;
    Box::pin(drive_hearing(
        signals, terminal, tty, hands, viewport, options,
    ))
    .await
}

/// The same where signals are heard already: one that came meanwhile is answered at once.
pub(super) async fn drive_hearing<B: Backend>(
    signals: Signals,
    terminal: &mut Terminal<B>,
    tty: &mut dyn Tty,
    hands: Arc<dyn Hands>,
    viewport: Viewport,
    options: ShellOptions,
) -> Result<(), Error> {
    let mailbox = Mailbox::default();
    let watching = watch(&hands.watch_paths(), mailbox.clone());
    mailbox.put(News::Watching {
        is_on: watching.is_some(),
    });
    let started = hands.since_boot();
    let clock = clock_at(&*hands, started);
    let poll = Duration::from_secs(options.app.poll.max(1));
    let app = App::new(options.app, clock, tty.size()?);
    let shell = Shell {
        events: Some(tty.events()?),
        terminal,
        tty,
        signals,
        performer: Performer::new(Arc::clone(&hands), mailbox.clone()),
        hands,
        mailbox,
        editor: options.editor,
        app,
        viewport,
        due: started,
        next_poll: started + poll,
        next_listen: started + LISTEN,
        poll,
        moved_at: None,
        is_over: false,
        _watch: watching,
    };
    // The whole console is in it.
    Box::pin(shell.run()).await
}

/// What woke the loop.
enum Woken {
    Signal(Asked),
    Event(Option<io::Result<crossterm::event::Event>>),
    Mail,
    Tick,
    Poll,
    Listen,
    Moved,
}

impl<B: Backend> Shell<'_, B> {
    async fn run(mut self) -> Result<(), Error> {
        let effects = begin(&mut self.app);
        self.perform(effects).await?;
        while !self.is_over {
            if self.app.is_stale() {
                self.draw()?;
            }
            let woken = self.wait().await;
            let begun = self.hands.since_boot();
            // Who was told to go on hears of the stop in any case.
            if !matches!(woken, Woken::Signal(Asked::GoOn)) {
                self.notice_sleep().await?;
            }
            self.handle(woken).await?;
            for _ in 1..BATCH {
                let is_late = self.hands.since_boot() > begun + DRAWN_WITHIN;
                if self.is_over || is_late || !self.drain_one().await? {
                    break;
                }
            }
        }
        // The reader ends first, then the terminal goes back, then what is under way gets its last moment.
        self.events = None;
        self.tty.leave();
        self.hands.remember(Arrangement::of(&self.app));
        match self.performer.end(PATIENCE).await {
            End::Settled if self.app.has_killed => Err(Error::Killed),
            End::Settled => Ok(()),
            End::CallUnderWay => Err(Error::Left),
        }
    }

    fn draw(&mut self) -> Result<(), Error> {
        let app = &self.app;
        let viewport = &mut self.viewport;
        self.terminal
            .draw(|frame| draw(app, viewport, frame))
            .map(drop)
            .map_err(|error| Error::Draw {
                why: error.to_string(),
            })?;
        self.app.limits = self.viewport.limits();
        self.app.was_drawn();
        Ok(())
    }

    /// Waits for the next input: signals, keys, results, time, in this order.
    async fn wait(&mut self) -> Woken {
        // From the latest message on: what wakes us without one must not put it off.
        let tick = self.app.next_tick().map(|tick| {
            let at = self.app.clock.millis.saturating_add(tick);
            Duration::from_millis(at)
        });
        let moved = self.moved_at.map(|at| at + DEBOUNCE);
        let next_poll = Some(self.next_poll);
        let next_listen = self.app.hotfix.is_some().then_some(self.next_listen);
        let moments = [moved, tick, next_poll, next_listen];
        let earliest = moments.into_iter().flatten().min();
        self.due = self.due.max(earliest.unwrap_or_default());
        let now = self.hands.since_boot();
        let events = &mut self.events;
        tokio::select! {
            biased;
            asked = self.signals.next() => Woken::Signal(asked),
            event = async {
                match events {
                    Some(events) => events.next().await,
                    None => std::future::pending().await,
                }
            } => Woken::Event(event),
            () = self.mailbox.rings() => Woken::Mail,
            () = until(moved, now) => Woken::Moved,
            () = until(tick, now) => Woken::Tick,
            () = until(next_poll, now) => Woken::Poll,
            () = until(next_listen, now) => Woken::Listen,
        }
    }

    async fn handle(&mut self, woken: Woken) -> Result<(), Error> {
        match woken {
            Woken::Signal(Asked::End) => self.tell(News::Terminated).await,
            Woken::Signal(Asked::Stop) => self.suspend().await,
            Woken::Signal(Asked::GoOn) => self.come_back().await,
            // Of several sizes in a row only the last may be told, and it may be the first one again: what stood on the
            // terminal may be gone all the same.
            Woken::Signal(Asked::Resized) => {
                self.measure().await?;
                self.clear()
            }
            Woken::Event(Some(Ok(event))) => {
                let has_focus = event == crossterm::event::Event::FocusGained;
                if let Some(news) = input::news(event, &self.viewport) {
                    self.tell(news).await?;
                }
                // Some terminals tell an old size, or none, of what becomes of a window while it has no focus.
                if has_focus && self.tty.size()? != self.app.size {
                    self.measure().await?;
                }
                Ok(())
            }
            // The terminal is gone: nobody can answer any more.
            Woken::Event(Some(Err(_)) | None) => {
                self.events = None;
                self.tell(News::Terminated).await
            }
            Woken::Mail => self.mail().await.map(drop),
            Woken::Tick => self.tell(News::Tick).await,
            Woken::Moved => {
                self.moved_at = None;
                self.tell(News::RefsMoved).await
            }
            Woken::Listen => {
                self.next_listen = self.hands.since_boot() + LISTEN;
                if let Some(hotfix) = self.app.hotfix.clone() {
                    let shown = self.app.shown_refs().cloned();
                    self.performer.listen(hotfix, looks_at(&self.app), shown);
                }
                Ok(())
            }
            Woken::Poll => {
                self.next_poll = self.hands.since_boot() + self.poll;
                self.tell(News::Polled).await
            }
        }
    }

    /// Takes one more input that is there already; tells whether there was one.
    async fn drain_one(&mut self) -> Result<bool, Error> {
        let event = self
            .events
            .as_mut()
            .and_then(|events| events.next().now_or_never());
        if let Some(event) = event {
            self.handle(Woken::Event(event)).await?;
            return Ok(true);
        }
        self.mail().await
    }

    async fn mail(&mut self) -> Result<bool, Error> {
        if self.mailbox.take_moved() && self.moved_at.is_none() {
            self.moved_at = Some(self.hands.since_boot());
        }
        match self.mailbox.take() {
            Some(news) => {
                self.tell(news).await?;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// Reads the clock; tells also whether that comes much later than it should: the machine slept, or the process was
    /// stopped.
    pub(super) fn clock(&mut self) -> (Clock, bool) {
        let now = self.hands.since_boot();
        let has_slept = now > self.due + SLEPT;
        self.due = now;
        (clock_at(&*self.hands, now), has_slept)
    }

    /// Reads the clock; where the machine slept, the console hears of that before anything else.
    async fn notice_sleep(&mut self) -> Result<Clock, Error> {
        let (at, has_slept) = self.clock();
        if has_slept {
            let news = News::Woke;
            let effects = update(&mut self.app, Msg { at, news });
            Box::pin(self.perform(effects)).await?;
        }
        Ok(at)
    }

    pub(super) async fn tell(&mut self, news: News) -> Result<(), Error> {
        let at = self.notice_sleep().await?;
        // At the latest with the next tick: what waits at the forge tells nothing before it has waited.
        let until = self.hands.quiet_until();
        if until != self.app.quiet_until {
            let news = News::Quieted { until };
            let effects = update(&mut self.app, Msg { at, news });
            self.perform(effects).await?;
        }
        let effects = update(&mut self.app, Msg { at, news });
        self.perform(effects).await
    }

    /// Asks the terminal for its size.
    pub(super) async fn measure(&mut self) -> Result<(), Error> {
        let (width, height) = self.tty.size()?;
        self.tell(News::Resized { width, height }).await
    }
}

/// Returns the time of day beside a moment of the clock that counts sleep.
fn clock_at(hands: &dyn Hands, moment: Duration) -> Clock {
    Clock {
        now: hands.now(),
        millis: u64::try_from(moment.as_millis()).unwrap_or(u64::MAX),
    }
}

/// Waits until a moment, or for ever without one.
async fn until(moment: Option<Duration>, now: Duration) {
    match moment {
        Some(moment) => tokio::time::sleep(moment.saturating_sub(now)).await,
        None => std::future::pending().await,
    }
}
