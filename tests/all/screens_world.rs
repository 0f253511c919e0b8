//! Boards for the tests of screens: the story of the mock-ups, derived by the engine.

use std::collections::BTreeMap;

use lanekeeper::engine::Board;
use lanekeeper::engine::EdgeSight;
use lanekeeper::engine::HotfixSummary;
use lanekeeper::engine::Looked;
use lanekeeper::engine::Riders;
use lanekeeper::engine::derive;
use lanekeeper::model::Check;
use lanekeeper::model::CheckState;
use lanekeeper::model::ChecklistItem;
use lanekeeper::model::ChecklistPhase;
use lanekeeper::model::Deployment;
use lanekeeper::model::DeploymentState;
use lanekeeper::model::Edge;
use lanekeeper::model::Environment;
use lanekeeper::model::HealthState;
use lanekeeper::model::Job;
use lanekeeper::model::JobState;
use lanekeeper::model::MergeMethod;
use lanekeeper::model::Person;
use lanekeeper::model::PredictionOutcome;
use lanekeeper::model::RefsMark;
use lanekeeper::model::Roles;
use lanekeeper::model::Seen;
use lanekeeper::model::Timestamp;
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

use super::super::lane_gallery::lane_stories::conflicted;
pub(crate) use super::super::lane_gallery::lane_world::HOTFIX;
use super::super::lane_gallery::lane_world::World;
use super::super::lane_gallery::lane_world::lane;

pub(super) fn step(id: &str, title: &str, after: &[&str], work: Work) -> Step {
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
                auto_merge: Vec::new(),
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
    let mut world = conflicted();
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
        only_looks: None,
        looked: Looked::default(),
        refs: RefsMark::default(),
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
        started_by: None,
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
        url: None,
        behind: None,
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
            riders: Riders::default(),
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
        not_shared: 0,
        is_interrupted: false,
    }
}
