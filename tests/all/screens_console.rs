//! A console under test: keys go in, effects are kept, looks and plans are answered by the engine.

use lanekeeper::engine::Board;
use lanekeeper::engine::Plan;
use lanekeeper::engine::plan;
use lanekeeper::model::Timestamp;
use lanekeeper::tui::app::App;
use lanekeeper::tui::app::Chord;
use lanekeeper::tui::app::Clock;
use lanekeeper::tui::app::Effect;
use lanekeeper::tui::app::Msg;
use lanekeeper::tui::app::News;
use lanekeeper::tui::app::Options;
use lanekeeper::tui::app::PlanAnswer;
use lanekeeper::tui::app::begin;
use lanekeeper::tui::app::update;

use super::screens_made::sample_diff;
use super::screens_world::HOTFIX;
use super::screens_world::board;

/// A console under test: it gets messages, keeps the effects, and answers looks and plans like the shell.
pub(crate) struct Console {
    pub(crate) app: App,
    pub(crate) board: Board,
    pub(crate) effects: Vec<Effect>,
    pub(crate) millis: u64,
}

impl Console {
    /// Opens a console of that size for `me`, with the hotfix of the story shown.
    pub(crate) fn open(me: &str, width: u16, height: u16) -> Self {
        let board = board(me);
        let options = Options {
            project: "acme/crm".into(),
            hotfix: Some(HOTFIX.parse().expect("test id")),
            ..Options::default()
        };
        let mut console = Self::with(options, board, width, height);
        console.news(News::Watching { is_on: true });
        console
    }

    pub(crate) fn with(options: Options, board: Board, width: u16, height: u16) -> Self {
        let clock = Clock {
            now: board.seen.now,
            millis: 0,
        };
        let mut app = App::new(options, clock, (width, height));
        let effects = begin(&mut app);
        let mut console = Self {
            app,
            board,
            effects: Vec::new(),
            millis: 0,
        };
        console.take(effects);
        console.millis += 8_000;
        console
    }

    fn clock(&self) -> Clock {
        let seconds = i64::try_from(self.millis / 1_000).expect("short test");
        Clock {
            now: Timestamp::from_second(self.board.seen.now.as_second() + seconds),
            millis: self.millis,
        }
    }

    /// Sends one message, with the time as it stands.
    pub(crate) fn news(&mut self, news: News) {
        let msg = Msg {
            at: self.clock(),
            news,
        };
        let effects = update(&mut self.app, msg);
        self.take(effects);
    }

    /// Answers looks and plans at once and keeps every effect.
    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.effects.push(effect.clone());
            match effect {
                Effect::Look { generation, .. } => self.news(News::Looked {
                    generation,
                    outcome: Ok(Box::new(self.board.clone())),
                }),
                Effect::Plan {
                    generation, wish, ..
                } => {
                    let outcome = Ok(self.answer(&wish));
                    self.news(News::Planned {
                        generation,
                        outcome,
                    });
                }
                Effect::OpenDiff {
                    generation,
                    compared,
                } => {
                    let diff = Box::new(sample_diff(&compared.head));
                    self.news(News::DiffOpened {
                        generation,
                        compared,
                        outcome: Ok(diff),
                    });
                }
                Effect::Execute { .. }
                | Effect::KeepGlance { .. }
                | Effect::KeepDraft { .. }
                | Effect::Measure { .. }
                | Effect::CancelRun { .. }
                | Effect::ShareKept
                | Effect::SignIn { .. }
                | Effect::FindRequests { .. }
                | Effect::ReadLog { .. }
                | Effect::OpenConflicts { .. }
                | Effect::KeepResolution { .. }
                | Effect::DropResolution { .. }
                | Effect::CheckResolution { .. }
                | Effect::StopChecks
                | Effect::EditConflict { .. }
                | Effect::Edit { .. }
                | Effect::Copy { .. }
                | Effect::Ring
                | Effect::Browse { .. }
                | Effect::Suspend
                | Effect::Redraw
                | Effect::Quit => {}
            }
        }
    }

    fn answer(&self, wish: &lanekeeper::tui::app::Wish) -> PlanAnswer {
        let lanekeeper::tui::app::Wish::Intent(intent) = wish else {
            return PlanAnswer::Refused(lanekeeper::engine::Refusal {
                wanted: "start a hotfix".into(),
                reasons: vec!["not in this test".into()],
                hint: None,
            });
        };
        let record = self.board.record.as_ref().expect("a hotfix");
        match plan(intent, &self.board.book, record, &self.board.seen) {
            Ok(mut plan) => {
                plan.made_at = self.clock().now;
                plan.since_boot = self.clock().since_boot();
                PlanAnswer::Plan {
                    board: Box::new(self.board.clone()),
                    plan: Box::new(plan),
                }
            }
            Err(refusal) => PlanAnswer::Refused(refusal),
        }
    }

    /// Opens the plan screen with this plan, as if it had been asked for.
    pub(crate) fn show(&mut self, plan: Plan) {
        self.app.plan += 1;
        self.news(News::Planned {
            generation: self.app.plan,
            outcome: Ok(PlanAnswer::Plan {
                board: Box::new(self.board.clone()),
                plan: Box::new(plan),
            }),
        });
    }

    /// Presses keys as a person does: one every 150 ms.
    pub(crate) fn keys(&mut self, keys: &str) {
        for chord in Chord::sequence(keys).expect("test keys") {
            self.wait(150);
            self.news(News::Key(chord));
        }
    }

    /// Types a text, one character every 150 ms.
    pub(crate) fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.wait(150);
            self.news(News::Key(Chord::char(c)));
        }
    }

    /// Lets time pass and ticks.
    pub(crate) fn wait(&mut self, millis: u64) {
        self.millis += millis;
        self.news(News::Tick);
    }

    /// Returns how often the world was looked at.
    pub(crate) fn looks(&self) -> usize {
        let effects = self.effects.iter();
        effects
            .filter(|effect| matches!(effect, Effect::Look { .. }))
            .count()
    }

    /// Returns the plans that were carried out.
    pub(crate) fn executed(&self) -> Vec<&Plan> {
        self.effects
            .iter()
            .filter_map(|effect| {
                let Effect::Execute { plan, .. } = effect else {
                    return None;
                };
                Some(plan.as_ref())
            })
            .collect()
    }
}
