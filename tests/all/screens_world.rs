//! Boards and consoles for the tests of screens: the story of the mock-ups, derived and planned by the engine.

use std::collections::BTreeMap;

use lanekeeper::engine::Board;
use lanekeeper::engine::EdgeSight;
use lanekeeper::engine::HotfixSummary;
use lanekeeper::engine::Intent;
use lanekeeper::engine::Level;
use lanekeeper::engine::Looked;
use lanekeeper::engine::Plan;
use lanekeeper::engine::derive;
use lanekeeper::engine::plan;
use lanekeeper::model::Check;
use lanekeeper::model::CheckState;
use lanekeeper::model::ChecklistItem;
use lanekeeper::model::ChecklistPhase;
use lanekeeper::model::CommitId;
use lanekeeper::model::Deployment;
use lanekeeper::model::DeploymentState;
use lanekeeper::model::Diff;
use lanekeeper::model::DiffFile;
use lanekeeper::model::DiffHunk;
use lanekeeper::model::DiffLine;
use lanekeeper::model::Edge;
use lanekeeper::model::Environment;
use lanekeeper::model::FileContent;
use lanekeeper::model::FileFate;
use lanekeeper::model::HealthState;
use lanekeeper::model::Job;
use lanekeeper::model::JobState;
use lanekeeper::model::LineSide;
use lanekeeper::model::MergeMethod;
use lanekeeper::model::Person;
use lanekeeper::model::PredictionOutcome;
use lanekeeper::model::Roles;
use lanekeeper::model::Seen;
use lanekeeper::model::Timestamp;
use lanekeeper::model::Untrusted;
use lanekeeper::playbook::Carry;
use lanekeeper::playbook::CarryKind;
use lanekeeper::playbook::Change;
use lanekeeper::playbook::ConflictPolicy;
use lanekeeper::playbook::PickUnit;
use lanekeeper::playbook::Playbook;
use lanekeeper::playbook::Question;
use lanekeeper::playbook::Source;
use lanekeeper::playbook::Step;
use lanekeeper::playbook::Strategy;
use lanekeeper::playbook::Work;
use lanekeeper::record::MergedRequest;
use lanekeeper::record::OpenedRequest;
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

pub(crate) use super::super::lane_gallery::lane_world::HOTFIX;
use super::super::lane_gallery::lane_world::World;
use super::super::lane_gallery::lane_world::lane;

fn step(id: &str, title: &str, after: &[&str], work: Work) -> Step {
    Step {
        id: id.parse().expect("test step"),
        title: title.into(),
        after: after
            .iter()
            .map(|id| id.parse().expect("test step"))
            .collect(),
        is_automatic: false,
        work,
    }
}

fn change(from: Source, into: &str) -> Work {
    Work::Change(Change {
        from,
        into: lane(into),
        methods: vec![MergeMethod::Merge],
        accept_riders: false,
    })
}

fn item(id: &str, text: &str, evidence: Option<&str>) -> ChecklistItem {
    ChecklistItem {
        id: id.parse().expect("test item"),
        text: text.into(),
        phase: ChecklistPhase::After,
        evidence: evidence.map(|rule| rule.parse().expect("test rule")),
    }
}

/// The playbook of the mock-ups on the world's project.
pub(crate) fn book(world: &World) -> Playbook {
    let mut book = world.book();
    book.base = lane("preprod");
    book.questions = vec![Question {
        id: "critical".parse().expect("test item"),
        text: "Is it critical, and why can it not wait for the next release?".into(),
        is_required: true,
        default: None,
    }];
    book.steps = vec![
        step("fix", "Fix committed", &[], Work::Commits { sandbox: None }),
        step(
            "to-preprod",
            "Change request to preprod",
            &["fix"],
            change(Source::Fix, "preprod"),
        ),
        step(
            "to-production",
            "Change request to production",
            &["to-preprod"],
            change(Source::Lane(lane("preprod")), "production"),
        ),
        step(
            "smoke",
            "Verify production",
            &["to-production"],
            Work::Confirm {
                prompt: "the refund of order 4711 is exact".into(),
            },
        ),
        step(
            "retrofit",
            "Retrofit into BUILD",
            &["to-preprod"],
            Work::Carry(Carry {
                kind: CarryKind::Retrofit,
                strategy: Strategy::MergeFix,
                source: lane("preprod"),
                targets: vec![lane("integration"), lane("uat")],
                method: MergeMethod::Merge,
                branch: "retrofit/{slug}-{target}".into(),
                labels: Vec::new(),
                conflict_labels: Vec::new(),
                conflict: ConflictPolicy::DraftWithMarkers,
                unit: PickUnit::Whole,
                exclude_labels: Vec::new(),
                ignore_markers: Vec::new(),
            }),
        ),
        step(
            "postmortem",
            "Post mortem filed",
            &["smoke"],
            Work::Postmortem,
        ),
    ];
    book.checklist = vec![
        item("support", "Tell support which orders are affected", None),
        item(
            "in-build",
            "Fix is in every BUILD lane",
            Some("present-in-build"),
        ),
        item(
            "prod-seats",
            "Product manager approved",
            Some("seat:product-manager"),
        ),
    ];
    book.project.environments = vec![Environment {
        name: "production".parse().expect("test environment"),
        is_production: true,
        seats: Vec::new(),
        job: None,
        apps: Vec::new(),
        migrations: None,
        hotfix_sandbox: None,
        is_org: false,
    }];
    book.project.roles = Roles(BTreeMap::from([
        (
            "tech-lead".parse().expect("test role"),
            vec!["mia@example.org".to_owned(), "ben@example.org".to_owned()],
        ),
        (
            "product-manager".parse().expect("test role"),
            vec!["ben@example.org".to_owned()],
        ),
    ]));
    book
}

/// The story of the mock-ups: landed in preprod, waiting for production, in conflict with integration.
pub(crate) fn world() -> World {
    let mut world = World::build_run();
    world.commits("integration", 7).merge("integration", "uat");
    world
        .deploy("preprod")
        .merge("preprod", "production")
        .tag("production", "v4.11");
    world
        .commits("integration", 12)
        .merge("integration", "uat")
        .commits("integration", 1);
    world.cut("preprod").fix(2);
    world
        .open(911, "hotfix", "preprod")
        .land(911)
        .deploy("preprod")
        .tag("preprod", "4.12.3-rc1");
    world.open(913, "hotfix", "integration").conflict(913);
    world.predict(
        "retrofit",
        "integration",
        &["src/billing/refund.rs", "CHANGELOG.md"],
    );
    world
        .open(912, "preprod", "production")
        .approve(912, "tech-lead");
    world
}

/// The board that `me` sees, derived by the engine.
pub(crate) fn board(me: &str) -> Board {
    let world = world();
    let book = book(&world);
    let mut record = world.record().expect("a hotfix");
    let mut seen = world.observation();
    seen.me = Person::from_email(me, &format!("{me}@example.org"));
    let tips = ["integration", "uat", "preprod", "production"]
        .into_iter()
        .filter_map(|name| Some((name.parse().ok()?, world.tip(name)?)));
    let mut tips: BTreeMap<_, _> = tips.collect();
    if let Some(head) = seen.fix.value().and_then(|fix| fix.head.clone()) {
        tips.insert("hotfix/rounding".parse().expect("test branch"), head);
    }
    seen.tips = seen.tips.map(|_| tips);
    seen.edges = edges(&world, &book);
    let now = seen.now;
    seen.requests = seen.requests.map(|mut requests| {
        for request in &mut requests {
            for name in ["unit", "lint"] {
                let is_running = request.id.0 == 913 && name == "lint";
                request.checks.push(Check {
                    name: name.parse().expect("test check"),
                    head: request.head.clone(),
                    state: if is_running {
                        CheckState::Running
                    } else {
                        CheckState::Passed
                    },
                    is_required: true,
                    since: Timestamp::from_second(now.as_second() - 240),
                    job: None,
                });
            }
        }
        requests
    });
    for request in seen.requests.value().into_iter().flatten() {
        let (id, target) = match request.id.0 {
            911 => ("to-preprod", None),
            912 => ("to-production", None),
            _ => ("retrofit", Some(lane("integration"))),
        };
        let key = (id.parse().expect("test step"), target);
        record.requests.insert(
            key.clone(),
            OpenedRequest {
                request: request.id,
                from: request.from.clone(),
                into: request.into.clone(),
                head: request.head.clone(),
                by: request.author.clone(),
                at: request.opened_at,
            },
        );
        if let Some(merged) = request.merged() {
            record.merges.insert(
                key,
                MergedRequest {
                    request: request.id,
                    commit: merged.commit.clone(),
                    head: merged.head.clone(),
                    method: MergeMethod::Merge,
                    by: request.author.clone(),
                    at: merged.at,
                },
            );
        }
    }
    let progress = derive(&book, &record, &seen);
    Board {
        book,
        record: Some(record),
        seen,
        progress: Some(progress),
        hotfixes: vec![
            summary(
                HOTFIX,
                "Refund rounding off by one cent",
                "hotfix/rounding",
                true,
            ),
            summary(
                "20260411-login-loop-11aa22",
                "Login loop on iPad",
                "hotfix/login-loop",
                true,
            ),
            summary(
                "20260402-tax-rate-9f8e7d",
                "Tax rate of 2027",
                "hotfix/tax-rate",
                false,
            ),
        ],
        debt: Vec::new(),
        debt_left_out: 0,
        looked: Looked::default(),
    }
}

/// Lets the go-live of preprod end with a failed job for each of these apps.
pub(crate) fn fail_jobs(board: &mut Board, apps: &[&str]) {
    let environment = "preprod".parse().expect("test environment");
    let work = Work::Deploy {
        environment,
        lane: lane("preprod"),
    };
    let Work::Deploy { environment, .. } = work.clone() else {
        panic!("made just above");
    };
    board
        .book
        .steps
        .push(step("deploy", "Deploy preprod", &["to-preprod"], work));
    let tips = board.seen.tips.value().expect("seen");
    let commit = tips[&"preprod".parse().expect("test branch")].clone();
    let at = Timestamp::from_second(board.seen.now.as_second() - 120);
    let job = |(place, app): (usize, &&str)| Job {
        id: (4711 + place).to_string().parse().expect("test job"),
        name: format!("deploy-{app}"),
        app: None,
        state: JobState::Failed,
        since: at,
        health: HealthState::NotConfigured,
    };
    let deployment = Deployment {
        id: "88".parse().expect("test deployment"),
        environment,
        commit,
        state: DeploymentState::Failed,
        created_by: Person::from_email("ben", "ben@example.org"),
        created_at: at,
        updated_at: at,
        seats: Vec::new(),
        approvals: Vec::new(),
        jobs: apps.iter().enumerate().map(job).collect(),
        hotfix: None,
    };
    board.seen.deployments = board.seen.deployments.clone().map(|_| vec![deployment]);
    let record = board.record.as_ref().expect("a hotfix");
    board.progress = Some(derive(&board.book, record, &board.seen));
}

/// Every promotion as seen: nothing else on its way, clean.
fn edges(world: &World, book: &Playbook) -> BTreeMap<Edge, Seen<EdgeSight>> {
    let sight = |edge: &Edge| {
        let sight = EdgeSight {
            from_tip: world.tip(edge.from.as_str())?,
            into_tip: world.tip(edge.into.as_str())?,
            ahead: 3,
            behind: 0,
            riders: Vec::new(),
            promotion: PredictionOutcome::Clean,
            fix_after: None,
        };
        Some(Seen::known(sight, world.observation().now))
    };
    let edges = book.project.edges().into_iter();
    edges
        .filter_map(|edge| Some((edge.clone(), sight(&edge)?)))
        .collect()
}

fn summary(id: &str, title: &str, branch: &str, is_open: bool) -> HotfixSummary {
    HotfixSummary {
        id: id.parse().expect("test id"),
        title: title.into(),
        branch: branch.parse().expect("test branch"),
        base: lane("preprod"),
        playbook: "build-run".into(),
        is_open,
    }
}

/// A small diff that ends at that head.
pub(crate) fn sample_diff(head: &CommitId) -> Diff {
    let line = |side, old, new, text: &str| DiffLine {
        side,
        old,
        new,
        text: text.into(),
        is_unended: false,
    };
    let refund = DiffFile {
        old: Some("src/billing/refund.rs".into()),
        new: Some("src/billing/refund.rs".into()),
        fate: FileFate::Modified,
        content: FileContent::Text,
        modes: (0o100_644, 0o100_644),
        added: 3,
        removed: 1,
        hunks: vec![
            DiffHunk {
                old: (40, 4),
                new: (40, 5),
                around: "fn settle(gross: f64, fee: f64)".into(),
                lines: vec![
                    line(
                        LineSide::Both,
                        Some(40),
                        Some(40),
                        "    // what the customer gets back",
                    ),
                    line(
                        LineSide::Both,
                        Some(41),
                        Some(41),
                        "    let net = gross - fee;",
                    ),
                    line(
                        LineSide::Removed,
                        Some(42),
                        None,
                        "    let cents = (net * 100.0) as i64;",
                    ),
                    line(
                        LineSide::Added,
                        None,
                        Some(42),
                        "    let cents = half_even(net * 100.0) as i64;",
                    ),
                    line(
                        LineSide::Added,
                        None,
                        Some(43),
                        "    tracing::debug!(\"refund of {cents} cents\");",
                    ),
                    line(
                        LineSide::Both,
                        Some(43),
                        Some(44),
                        "    ledger.post(cents, now());",
                    ),
                ],
            },
            DiffHunk {
                old: (90, 1),
                new: (91, 2),
                around: "mod tests".into(),
                lines: vec![
                    line(LineSide::Both, Some(90), Some(91), "    #[test]"),
                    line(
                        LineSide::Added,
                        None,
                        Some(92),
                        "    fn half_a_cent_goes_to_the_even_one() {",
                    ),
                ],
            },
        ],
        cut: None,
    };
    let log = DiffFile {
        old: None,
        new: Some("docs/refunds.md".into()),
        fate: FileFate::Added,
        content: FileContent::Text,
        modes: (0, 0o100_644),
        added: 1,
        removed: 0,
        hunks: vec![DiffHunk {
            old: (0, 0),
            new: (1, 1),
            around: Untrusted::nothing(),
            lines: vec![line(
                LineSide::Added,
                None,
                Some(1),
                "Refunds are rounded half to even.",
            )],
        }],
        cut: None,
    };
    let logo = DiffFile {
        old: Some("assets/logo.png".into()),
        new: Some("assets/brand/logo.png".into()),
        fate: FileFate::Renamed,
        content: FileContent::Binary,
        modes: (0o100_644, 0o100_644),
        added: 0,
        removed: 0,
        hunks: Vec::new(),
        cut: None,
    };
    Diff {
        base: None,
        head: head.clone(),
        files: vec![refund, log, logo],
        notes: Vec::new(),
        names: Vec::new(),
    }
}

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
                | Effect::Measure { .. }
                | Effect::CancelRun { .. }
                | Effect::SignIn { .. }
                | Effect::FindRequests { .. }
                | Effect::ReadLog { .. }
                | Effect::OpenConflicts { .. }
                | Effect::KeepResolution { .. }
                | Effect::DropResolution { .. }
                | Effect::EditConflict { .. }
                | Effect::Edit { .. }
                | Effect::Copy { .. }
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
                plan.expires_at = Timestamp::from_second(plan.made_at.as_second() + 60);
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
            .filter_map(|effect| match effect {
                Effect::Execute { plan, .. } => Some(plan.as_ref()),
                Effect::Look { .. }
                | Effect::Plan { .. }
                | Effect::OpenDiff { .. }
                | Effect::KeepGlance { .. }
                | Effect::Measure { .. }
                | Effect::CancelRun { .. }
                | Effect::SignIn { .. }
                | Effect::FindRequests { .. }
                | Effect::ReadLog { .. }
                | Effect::OpenConflicts { .. }
                | Effect::KeepResolution { .. }
                | Effect::DropResolution { .. }
                | Effect::EditConflict { .. }
                | Effect::Edit { .. }
                | Effect::Copy { .. }
                | Effect::Browse { .. }
                | Effect::Suspend
                | Effect::Redraw
                | Effect::Quit => None,
            })
            .collect()
    }
}

/// A plan of that level, made by hand, since the engine gives each change its own level.
pub(crate) fn plan_of(board: &Board, level: Level) -> Plan {
    let record = board.record.as_ref().expect("a hotfix");
    let note = Intent::Note {
        text: "a note".into(),
    };
    let mut plan =
        plan(&note, &board.book, record, &board.seen).expect("a note is always possible");
    plan.intent = Intent::Do {
        step: "to-production".parse().expect("test step"),
        target: None,
        note: None,
        riders: None,
    };
    plan.level = level;
    plan.title = "merge change request 912 into production".into();
    plan.environment =
        (level == Level::L4).then(|| "production".parse().expect("test environment"));
    plan.will_change = vec!["production  7d02c41 -> merge of 9f3c1a2 (2 commits, 14 lines)".into()];
    plan.will_not_change = vec!["preprod, uat, integration, tags".into()];
    plan.facts = [
        ("#912 head is 9f3c1a2, base production is 7d02c41", false),
        ("2 of 2 required checks green for 9f3c1a2", false),
        (
            "approvals 2/2: tech-lead (ben), product-manager (mia)",
            false,
        ),
        ("no other deployment is running, no freeze", false),
        ("retrofit #913 still has conflicts (you may continue)", true),
    ]
    .into_iter()
    .map(|(text, is_warning)| lanekeeper::engine::Fact {
        state: if is_warning {
            lanekeeper::engine::FactState::Warn
        } else {
            lanekeeper::engine::FactState::Ok
        },
        text: text.to_owned(),
    })
    .collect();
    plan.way_back = "not possible here: plan a revert through a change request".into();
    plan.hash = "a91f".repeat(16);
    plan.made_at = board.seen.now;
    plan.expires_at = Timestamp::from_second(board.seen.now.as_second() + 60);
    plan
}
