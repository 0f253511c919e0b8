//! The loop with fake hands on a fake terminal: results come back, the terminal is given back.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossterm::event::Event;
use crossterm::event::KeyCode;
use crossterm::event::KeyEvent;
use crossterm::event::KeyModifiers;
use futures_util::stream;
use lanekeeper::engine::Board;
use lanekeeper::engine::Call;
use lanekeeper::engine::Change;
use lanekeeper::engine::ChangeResult;
use lanekeeper::engine::Level;
use lanekeeper::engine::Outcome;
use lanekeeper::engine::Plan;
use lanekeeper::engine::Report;
use lanekeeper::engine::resolve::Session;
use lanekeeper::model::HotfixId;
use lanekeeper::model::JobId;
use lanekeeper::model::LaneName;
use lanekeeper::model::RefsMark;
use lanekeeper::model::StepId;
use lanekeeper::model::Timestamp;
use lanekeeper::model::Untrusted;
use lanekeeper::ops::Asked;
use lanekeeper::ops::Watcher;
use lanekeeper::ops::resolve::Desk;
use lanekeeper::tui::app::Arrangement;
use lanekeeper::tui::app::Options;
use lanekeeper::tui::app::Pane;
use lanekeeper::tui::app::PlanAnswer;
use lanekeeper::tui::app::Trouble;
use lanekeeper::tui::app::Wish;
use lanekeeper::tui::shell::Error;
use lanekeeper::tui::shell::Events;
use lanekeeper::tui::shell::Hands;
use lanekeeper::tui::shell::RunWatcher;
use lanekeeper::tui::shell::ShellOptions;
use lanekeeper::tui::shell::Tty;
use lanekeeper::tui::shell::drive;
use lanekeeper::tui::view::ThemeName;
use lanekeeper::tui::view::Viewport;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tokio::time::Instant;

use super::super::lane_gallery::lane_world::HOTFIX;
use super::screens_made::plan_of;
use super::screens_world::board;

pub(crate) struct Fake {
    pub(crate) board: Board,
    pub(crate) looks: AtomicUsize,
    /// After the second look, asking for the time panics.
    pub(crate) panics: bool,
    /// How the screen was arranged when the console was left.
    pub(crate) kept: Mutex<Option<Arrangement>>,
    /// Until when the forge wants quiet: looks wait for ever then.
    pub(crate) quiet_until: Option<Timestamp>,
    pub(crate) started: Instant,
    /// How many seconds of the time since then the machine slept.
    pub(crate) slept: Arc<AtomicU64>,
    /// The plan that is the answer to every wish; carried out, it goes on until it is stopped.
    pub(crate) golive: Option<Plan>,
    /// Everything lies in refs of a remote that stays as it is; whether those kept here are the shown board's as well.
    pub(crate) still: Option<bool>,
}

impl Fake {
    pub(crate) fn on(board: Board) -> Self {
        Self {
            board,
            looks: AtomicUsize::new(0),
            panics: false,
            kept: Mutex::default(),
            quiet_until: None,
            started: Instant::now(),
            slept: Arc::default(),
            golive: None,
            still: None,
        }
    }
}

#[async_trait::async_trait]
impl Hands for Fake {
    fn now(&self) -> Timestamp {
        // Asked for by the loop itself, on the thread that draws.
        let is_due = self.panics && self.looks.load(Ordering::SeqCst) > 1;
        assert!(!is_due, "a panic on the thread that draws");
        self.board.seen.now
    }

    fn since_boot(&self) -> Duration {
        self.started.elapsed() + Duration::from_secs(self.slept.load(Ordering::SeqCst))
    }

    fn watch_paths(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    fn quiet_until(&self) -> Option<Timestamp> {
        self.quiet_until
    }

    fn remember(&self, arrangement: Arrangement) {
        *self.kept.lock().expect("one thread") = Some(arrangement);
    }

    async fn ask_remote(&self) -> Asked {
        self.still.map_or(Asked::Unseen, |_| Asked::Same)
    }

    async fn are_still(&self, _: &RefsMark) -> bool {
        self.still.unwrap_or(true)
    }

    fn is_all_in_refs(&self) -> bool {
        self.still.is_some()
    }

    async fn look_asked(&self, _: Option<&HotfixId>) -> Result<Board, Trouble> {
        self.looks.fetch_add(1, Ordering::SeqCst);
        if self.quiet_until.is_some() {
            std::future::pending::<()>().await;
        }
        Ok(self.board.clone())
    }

    async fn plan(&self, _: Option<&HotfixId>, _: &Wish) -> Result<PlanAnswer, Trouble> {
        let plan = self.golive.clone();
        let plan = plan.ok_or_else(|| Trouble::new("not in this test"))?;
        Ok(PlanAnswer::Plan {
            board: Box::new(self.board.clone()),
            plan: Box::new(plan),
        })
    }

    async fn execute(&self, plan: &Plan, watcher: RunWatcher) -> Result<Report, Trouble> {
        let call = plan.changes[0].call.to_string();
        watcher.call(&call);
        while !watcher.is_cancelled() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let result = ChangeResult {
            call,
            outcome: Outcome::Failed,
            why: "cancelled".to_owned(),
            is_aside: false,
        };
        Ok(Report {
            results: vec![result],
        })
    }

    async fn conflicts(&self, _: &HotfixId, _: &StepId, _: &LaneName) -> Result<Session, Trouble> {
        Err(Trouble::new("not in this test"))
    }

    async fn keep_resolution(&self, _: &Session) -> Result<(), Trouble> {
        Err(Trouble::new("not in this test"))
    }

    async fn drop_resolution(&self, _: &HotfixId, _: &StepId, _: &LaneName) -> Result<(), Trouble> {
        Err(Trouble::new("not in this test"))
    }

    async fn desk(&self, _: &Session, _: usize) -> Result<Desk, Trouble> {
        Err(Trouble::new("not in this test"))
    }

    async fn requests_of(
        &self,
        _: &lanekeeper::model::CommitId,
    ) -> Result<Vec<lanekeeper::model::ChangeRequest>, Trouble> {
        Ok(Vec::new())
    }

    async fn job_log(&self, _: &JobId, _: u64) -> Result<(Untrusted, u64, bool), Trouble> {
        Err(Trouble::new("not in this test"))
    }
}

#[derive(Default)]
struct FakeTty {
    events: VecDeque<io::Result<Event>>,
    /// What was asked of it, in order.
    asked: Arc<Mutex<Vec<&'static str>>>,
    pause: Duration,
    /// For how many seconds the machine sleeps before each event, and how long it slept in all.
    nap: u64,
    slept: Arc<AtomicU64>,
}

impl FakeTty {
    fn ask(&self, what: &'static str) {
        self.asked.lock().expect("one thread").push(what);
    }
}

impl Tty for FakeTty {
    fn take(&mut self) -> io::Result<()> {
        self.ask("take");
        Ok(())
    }

    fn leave(&mut self) {
        self.ask("leave");
    }

    fn events(&mut self) -> io::Result<Events> {
        self.ask("read");
        let events = std::mem::take(&mut self.events);
        let (pause, nap) = (self.pause, self.nap);
        let slept = Arc::clone(&self.slept);
        Ok(Box::pin(stream::unfold(events, move |mut events| {
            let slept = Arc::clone(&slept);
            async move {
                tokio::time::sleep(pause).await;
                slept.fetch_add(nap, Ordering::SeqCst);
                events.pop_front().map(|event| (event, events))
            }
        })))
    }

    fn stop(&mut self) -> io::Result<()> {
        self.ask("stop");
        Ok(())
    }

    fn write(&mut self, _: &[u8]) -> io::Result<()> {
        self.ask("write");
        Ok(())
    }

    fn size(&self) -> io::Result<(u16, u16)> {
        Ok((80, 24))
    }
}

fn key(c: char) -> io::Result<Event> {
    Ok(Event::Key(KeyEvent::new(
        KeyCode::Char(c),
        KeyModifiers::NONE,
    )))
}

async fn run(events: Vec<io::Result<Event>>) -> (Arc<Fake>, Vec<&'static str>, String) {
    run_with(None, 0, events).await
}

/// Runs the console on a forge that may want quiet, on a machine that sleeps for so many seconds before each event.
async fn run_with(
    quiet_until: Option<Timestamp>,
    nap: u64,
    events: Vec<io::Result<Event>>,
) -> (Arc<Fake>, Vec<&'static str>, String) {
    let slept: Arc<AtomicU64> = Arc::default();
    let hands = Arc::new(Fake {
        quiet_until,
        slept: Arc::clone(&slept),
        ..Fake::on(board("ana"))
    });
    let mut tty = FakeTty {
        events: events.into(),
        pause: Duration::from_millis(40),
        nap,
        slept,
        ..FakeTty::default()
    };
    let asked = Arc::clone(&tty.asked);
    let terminal = drive_on(&hands, &mut tty, 15).await;
    let buffer = terminal.backend().buffer();
    let screen: String = buffer.content.iter().map(|cell| cell.symbol()).collect();
    let asked = asked.lock().expect("one thread").clone();
    (hands, asked, screen)
}

/// Runs the console until its terminal has nothing more to say.
async fn drive_on(hands: &Arc<Fake>, tty: &mut FakeTty, poll: u64) -> Terminal<TestBackend> {
    let (terminal, ended) = drive_to_end(hands, tty, poll).await;
    ended.expect("the loop ends well");
    terminal
}

/// The same, however it ends.
async fn drive_to_end(
    hands: &Arc<Fake>,
    tty: &mut FakeTty,
    poll: u64,
) -> (Terminal<TestBackend>, Result<(), Error>) {
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).expect("test terminal");
    let options = ShellOptions {
        app: Options {
            hotfix: Some(HOTFIX.parse().expect("test id")),
            poll,
            ..Options::default()
        },
        editor: Vec::new(),
    };
    let viewport = Viewport::new(ThemeName::Mono, true);
    let same: Arc<dyn Hands> = hands.clone();
    let ended = drive(&mut terminal, tty, same, viewport, options).await;
    (terminal, ended)
}

/// Lets the console be for that time, with a poll after a second; tells how often it looked and how often it was drawn.
async fn at_rest(are_still: bool, millis: u64) -> (usize, usize) {
    let hands = Arc::new(Fake {
        still: Some(are_still),
        ..Fake::on(board("ana"))
    });
    let mut tty = FakeTty {
        events: VecDeque::from([key('q')]),
        pause: Duration::from_millis(millis),
        ..FakeTty::default()
    };
    let mut terminal = drive_on(&hands, &mut tty, 1).await;
    let mut frames = 0;
    let counted = terminal.draw(|frame| frames = frame.count());
    counted.expect("test terminal");
    (hands.looks.load(Ordering::SeqCst), frames)
}

#[tokio::test(start_paused = true)]
async fn a_poll_looks_anew_where_others_fetched_what_is_not_shown() {
    let ((still, _), (fetched, _)) = tokio::join!(at_rest(true, 1_300), at_rest(false, 1_300));
    assert_eq!((still, fetched), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_poll_without_news_draws_nothing() {
    let ((_, before), (_, after)) = tokio::join!(at_rest(true, 700), at_rest(true, 1_300));
    assert_eq!(before, after);
}

#[tokio::test(start_paused = true)]
async fn the_loop_looks_draws_and_gives_the_terminal_back() {
    let (hands, asked, screen) = run(vec![key('3'), key('2'), key('r'), key('1'), key('q')]).await;
    assert!(hands.looks.load(Ordering::SeqCst) >= 2);
    assert!(screen.contains("1 Lanes"), "{screen}");
    assert_eq!(asked, ["read", "leave"]);
}

#[tokio::test(start_paused = true)]
async fn a_window_that_is_looked_at_again_is_asked_for_its_size() {
    // The fake terminal has 80x24, whatever it told.
    let told = || Ok(Event::Resize(20, 5));
    let (_, _, screen) = run(vec![told(), key('1'), key('q')]).await;
    assert!(screen.contains("too small"), "{screen}");
    let focus = Ok(Event::FocusGained);
    let (_, _, screen) = run(vec![told(), focus, key('1'), key('q')]).await;
    assert!(screen.contains("1 Lanes"), "{screen}");
}

#[tokio::test(start_paused = true)]
async fn how_the_screen_was_arranged_is_kept_when_the_console_is_left() {
    let (hands, _, _) = run(vec![key('1'), key('>'), key('z'), key('q')]).await;
    let kept = hands.kept.lock().expect("one thread").expect("kept");
    assert_eq!(kept.focus, Pane::Lanes);
    assert!(kept.is_zoomed && kept.graph_zoom == 1);
}

#[tokio::test(start_paused = true)]
async fn a_look_that_has_to_wait_shows_for_how_long() {
    let until = Timestamp::from_second(board("ana").seen.now.as_second() + 58);
    let (_, _, screen) = run_with(Some(until), 0, vec![key('1'), key('q')]).await;
    assert!(screen.contains("the forge asks to wait 0:58"), "{screen}");
}

#[tokio::test(start_paused = true)]
async fn a_loop_that_wakes_much_too_late_looks_again_and_one_in_time_does_not() {
    // The time of day is the same all the while: it tells nothing of a sleep.
    let looks = async |nap| {
        let keys = vec![key('3'), key('2'), key('q')];
        let (hands, _, _) = run_with(None, nap, keys).await;
        hands.looks.load(Ordering::SeqCst)
    };
    let awake = looks(0).await;
    assert_eq!(looks(3).await, awake);
    assert!(looks(3_600).await > awake);
}

/// Returns how a console ends that is left with `keys` while a deploy command runs, which the console has begun itself or
/// the forge runs.
async fn left_at_work(is_here: bool, keys: &str) -> Result<(), Error> {
    let mut board = board("ana");
    board.seen.capabilities.runs_deployments = is_here;
    let mut plan = plan_of(&board, Level::L1);
    plan.environment = None;
    let commit = "a".repeat(40).parse().expect("an id");
    plan.changes = vec![Change {
        call: Call::StartDeployment {
            deployment: "2".parse().expect("test deployment"),
            environment: "staging".parse().expect("test environment"),
            commit,
        },
        expects: Vec::new(),
        step: None,
        target: None,
    }];
    let hands = Arc::new(Fake {
        golive: Some(plan),
        ..Fake::on(board)
    });
    // A note is a wish; its answer is the plan.
    let save = Event::Key(KeyEvent::new(KeyCode::Char('s'), KeyModifiers::CONTROL));
    let mut events = VecDeque::from([key('N'), key('x'), Ok(save)]);
    events.extend(keys.chars().map(key));
    let mut tty = FakeTty {
        events,
        pause: Duration::from_millis(60),
        ..FakeTty::default()
    };
    drive_to_end(&hands, &mut tty, 15).await.1
}

#[tokio::test(start_paused = true)]
async fn leaving_a_command_that_runs_here_is_no_good_end() {
    for keys in ["ql", "qs", ""] {
        // Without a key more the terminal is gone.
        let ended = left_at_work(true, keys).await;
        assert!(matches!(ended, Err(Error::Killed)), "{keys}: {ended:?}");
    }
    let ended = left_at_work(false, "ql").await;
    assert!(ended.is_ok(), "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn a_terminal_that_is_gone_ends_the_console() {
    let (_, asked, _) = run(vec![key('3'), Err(io::Error::other("gone"))]).await;
    assert_eq!(asked.last(), Some(&"leave"));
}

#[tokio::test(start_paused = true)]
async fn an_editor_gets_the_terminal_to_itself() {
    let control = |c| {
        Ok(Event::Key(KeyEvent::new(
            KeyCode::Char(c),
            KeyModifiers::CONTROL,
        )))
    };
    let (_, asked, _) = run(vec![key('N'), control('e')]).await;
    // Nothing to read after the editor: the fake's events are used up and the console ends.
    assert_eq!(asked, ["read", "leave", "take", "read", "leave"]);
}
