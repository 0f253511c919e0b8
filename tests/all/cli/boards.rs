//! Makers of boards as the renderers get them; everything not under test has a plain default.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use lanekeeper::engine::Board;
use lanekeeper::engine::EdgeSight;
use lanekeeper::engine::Evidence;
use lanekeeper::engine::Finding;
use lanekeeper::engine::HotfixSummary;
use lanekeeper::engine::Intent;
use lanekeeper::engine::ItemProgress;
use lanekeeper::engine::ItemState;
use lanekeeper::engine::Level;
use lanekeeper::engine::Looked;
use lanekeeper::engine::NextAction;
use lanekeeper::engine::Observation;
use lanekeeper::engine::Prerequisite;
use lanekeeper::engine::Progress;
use lanekeeper::engine::Riders;
use lanekeeper::engine::Severity;
use lanekeeper::engine::StepProgress;
use lanekeeper::engine::StepState;
use lanekeeper::engine::TargetProgress;
use lanekeeper::engine::WaitingOn;
use lanekeeper::model::Approval;
use lanekeeper::model::BranchName;
use lanekeeper::model::CheckState;
use lanekeeper::model::ChecklistPhase;
use lanekeeper::model::CommitId;
use lanekeeper::model::ConflictKind;
use lanekeeper::model::ConflictPath;
use lanekeeper::model::Decision;
use lanekeeper::model::Edge;
use lanekeeper::model::HotfixId;
use lanekeeper::model::Lane;
use lanekeeper::model::LastAuthors;
use lanekeeper::model::Layer;
use lanekeeper::model::MergeMethod;
use lanekeeper::model::Person;
use lanekeeper::model::PredictionOutcome;
use lanekeeper::model::Presence;
use lanekeeper::model::Project;
use lanekeeper::model::RefsMark;
use lanekeeper::model::RequestId;
use lanekeeper::model::Rule;
use lanekeeper::model::Seen;
use lanekeeper::model::Subject;
use lanekeeper::model::Timestamp;
use lanekeeper::model::Untrusted;
use lanekeeper::model::Verdict;
use lanekeeper::playbook::Playbook;
use lanekeeper::record::Actor;
use lanekeeper::record::Answer;
use lanekeeper::record::Entry;
use lanekeeper::record::Event;
use lanekeeper::record::Record;

use crate::support::seen::capabilities;

pub(super) fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_775_986_260 + 60 * minutes)
}

pub(super) fn commit(digit: char) -> CommitId {
    digit.to_string().repeat(40).parse().expect("static id")
}

pub(super) fn hotfix() -> HotfixId {
    "20260412-checkout-null-7f3a9c".parse().expect("static id")
}

pub(super) fn ana() -> Person {
    Person::from_email("Ana Ruiz", "ana@example.org")
}

fn branch(name: &str) -> BranchName {
    name.parse().expect("static name")
}

fn lane(name: &str, layer: Layer, into: &[&str], environment: Option<&str>) -> Lane {
    Lane {
        name: name.parse().expect("static name"),
        branch: name.parse().expect("static name"),
        layer,
        merges_into: into
            .iter()
            .map(|name| name.parse().expect("static name"))
            .collect(),
        environment: environment.map(|name| name.parse().expect("static name")),
        seats: Vec::new(),
        pattern: None,
    }
}

fn book() -> Playbook {
    let project = Project {
        name: "shop".to_owned(),
        lanes: vec![
            lane("integration", Layer::Build, &["preprod"], None),
            lane("preprod", Layer::Run, &["main"], Some("staging")),
            lane("main", Layer::Run, &[], Some("production")),
        ],
        ..Project::default()
    };
    Playbook {
        id: "build-run".to_owned(),
        title: "BUILD and RUN".to_owned(),
        project,
        base: "preprod".parse().expect("static name"),
        branch: "hotfix/{slug}".to_owned(),
        questions: Vec::new(),
        steps: Vec::new(),
        checklist: Vec::new(),
    }
}

fn seen() -> Observation {
    let now = at(30);
    let tips = BTreeMap::from([
        (branch("integration"), commit('1')),
        (branch("preprod"), commit('2')),
    ]);
    let edge = Edge {
        from: "preprod".parse().expect("static name"),
        into: "main".parse().expect("static name"),
    };
    let sight = EdgeSight {
        from_tip: commit('2'),
        into_tip: commit('3'),
        ahead: 3,
        behind: 0,
        riders: Riders::default(),
        promotion: PredictionOutcome::Conflict {
            paths: vec![conflict("src/cart.rs")],
        },
        fix_after: None,
    };
    let presence = |verdict, rule| Presence {
        verdict,
        rule,
        tip: commit('2'),
        paths: Vec::new(),
    };
    Observation {
        interrupted: Vec::new(),
        archived: None,
        rewritten: None,
        now,
        since_boot: std::time::Duration::ZERO,
        me: ana(),
        quiet_until: None,
        clock_offset: None,
        capabilities: capabilities(),
        tips: Seen::known(tips, now),
        fix: Seen::unknown("not looked at"),
        edges: BTreeMap::from([(edge, Seen::known(sight, now))]),
        presence: BTreeMap::from([
            (
                "preprod".parse().expect("static name"),
                Seen::known(presence(Verdict::Present, Some(Rule::Ancestor)), now),
            ),
            (
                "integration".parse().expect("static name"),
                Seen::known(presence(Verdict::Absent, None), now),
            ),
            (
                "main".parse().expect("static name"),
                Seen::unknown("the branch is not there"),
            ),
        ]),
        unreached: Seen::known(BTreeSet::new(), now),
        dropped: BTreeSet::new(),
        taken_out: BTreeMap::new(),
        weighed: BTreeMap::new(),
        predictions: BTreeMap::new(),
        driven: BTreeMap::new(),
        prerequisites: BTreeMap::new(),
        undecided: BTreeMap::new(),
        attempts: BTreeMap::new(),
        along: BTreeMap::new(),
        requests: Seen::known(Vec::new(), now),
        unclosed: BTreeSet::new(),
        deployments: Seen::known(Vec::new(), now),
        locks: BTreeMap::new(),
        is_record_here: false,
        frozen: Seen::known(None, now),
        history: Seen::unknown("not looked at"),
    }
}

fn conflict(path: &str) -> ConflictPath {
    ConflictPath {
        path: path.to_owned(),
        kind: ConflictKind::Content,
        blob: None,
        last_authors: LastAuthors::default(),
        owners: Vec::new(),
    }
}

pub(super) fn record() -> Record {
    let actor = Actor {
        person: ana(),
        device: "laptop".to_owned(),
    };
    let request = RequestId(12);
    let step = "to-preprod".parse().expect("static id");
    let events = vec![
        Event::Opened {
            title: "Checkout answers 500 | \u{1b}[31mred".to_owned(),
            branch: branch("hotfix/checkout-null"),
            base: "preprod".parse().expect("static name"),
            base_tip: commit('2'),
            playbook: "build-run".to_owned(),
            answers: vec![Answer {
                question: "why-now".parse().expect("static id"),
                text: "critical".to_owned(),
            }],
            commits: Vec::new(),
        },
        Event::ApprovalSeen {
            subject: Subject::Request(request),
            approval: Approval {
                proof: Default::default(),
                by: Person::from_email("Ben Ode", "ben@example.org"),
                role: Some("tech-lead".parse().expect("static name")),
                head: commit('4'),
                decision: Decision::Approved,
                at: at(12),
                comment: Some(Untrusted::from("fine")),
            },
        },
        Event::RequestMerged {
            step,
            target: None,
            request,
            commit: commit('5'),
            head: commit('4'),
            method: MergeMethod::Squash,
        },
    ];
    let entries = events.into_iter().zip(0i64..).map(|(event, n)| {
        let id = format!("01J{n}").parse().expect("static id");
        Entry::new(id, hotfix(), actor.clone(), at(10 * n), event).expect("small")
    });
    Record::fold(hotfix(), entries)
}

fn step(id: &str, kind: &'static str, title: &str, state: StepState) -> StepProgress {
    StepProgress {
        id: id.parse().expect("static id"),
        kind,
        title: title.to_owned(),
        state,
        request: None,
        deployment: None,
        stages: Vec::new(),
        seats: Vec::new(),
        targets: Vec::new(),
    }
}

fn item(id: &str, text: &str, state: ItemState) -> ItemProgress {
    ItemProgress {
        id: id.parse().expect("static id"),
        text: text.to_owned(),
        phase: ChecklistPhase::After,
        is_automatic: matches!(state, ItemState::DoneByEvidence { .. }),
        state,
    }
}

fn target() -> TargetProgress {
    TargetProgress {
        lane: "integration".parse().expect("static name"),
        state: StepState::Underway(vec![WaitingOn::Conflicts {
            request: Some(RequestId(14)),
            paths: vec![conflict("src/cart.rs")],
        }]),
        stage: "request open (conflict, draft)",
        request: Some(RequestId(14)),
        branch: Some(branch("retrofit/integration")),
        prediction: None,
        driven: None,
        presence: None,
        undecided: vec![conflict("src/cart.rs")],
    }
}

fn progress() -> Progress {
    let merged = Evidence::Merged {
        request: RequestId(12),
        commit: commit('5'),
        by: Some("Ana Ruiz".to_owned()),
        at: at(20),
    };
    let mut retrofit = step(
        "retrofit",
        "retrofit",
        "Retrofit in BUILD",
        StepState::Underway(Vec::new()),
    );
    retrofit.targets.push(target());
    let check = WaitingOn::Check {
        name: "unit".parse().expect("static name"),
        state: CheckState::Running,
        since: at(26),
        request: RequestId(13),
        job: None,
    };
    Progress {
        steps: vec![
            step(
                "to-preprod",
                "change",
                "Fix into preprod",
                StepState::Done(vec![merged]),
            ),
            step(
                "to-production",
                "change",
                "preprod into production",
                StepState::Underway(vec![check]),
            ),
            step("go-live", "deploy", "Go live", StepState::Ready),
            retrofit,
            step(
                "seed",
                "seed",
                "Seed the sandbox",
                StepState::Skipped {
                    by: "Ana Ruiz".to_owned(),
                    why: "no data needed".to_owned(),
                },
            ),
            step(
                "postmortem",
                "postmortem",
                "Post mortem",
                StepState::Failed(vec!["the link is dead".to_owned()]),
            ),
        ],
        checklist: vec![
            item(
                "after.verified",
                "The fix was verified in production",
                ItemState::DoneBy {
                    by: "Ana Ruiz".to_owned(),
                    at: at(25),
                    note: "saw it \u{202e}myself".to_owned(),
                },
            ),
            item(
                "after.opened",
                "Every target has its request",
                ItemState::DoneByEvidence {
                    evidence: "1 of 1".to_owned(),
                },
            ),
            item(
                "after.merged",
                "Every target is merged",
                ItemState::Todo {
                    why: "integration is not merged".to_owned(),
                },
            ),
        ],
        next: vec![
            NextAction {
                intent: Intent::Do {
                    step: "go-live".parse().expect("static id"),
                    target: None,
                    note: None,
                    riders: None,
                },
                text: "create the deployment to production".to_owned(),
                level: Level::L4,
                who: Prerequisite::Me,
                resolves: None,
                by_git: None,
            },
            NextAction {
                intent: Intent::Approve {
                    subject: Subject::Request(RequestId(13)),
                    role: Some("product-manager".parse().expect("static name")),
                    comment: None,
                    seen: None,
                },
                text: "approve change request 13 as product-manager".to_owned(),
                level: Level::L3,
                who: Prerequisite::Others {
                    role: Some("product-manager".parse().expect("static name")),
                    ids: vec!["mia@example.org".to_owned()],
                },
                resolves: None,
                by_git: None,
            },
        ],
        findings: vec![Finding {
            severity: Severity::Warning,
            step: None,
            text: "preprod into main conflicts in src/cart.rs".to_owned(),
        }],
        is_complete: false,
    }
}

/// Returns a hotfix in the middle of its way.
pub(super) fn under_way() -> Board {
    let record = record();
    Board {
        book: book(),
        seen: seen(),
        progress: Some(progress()),
        hotfixes: vec![HotfixSummary {
            id: record.hotfix.clone(),
            title: "Checkout answers 500".to_owned(),
            branch: branch("hotfix/checkout-null"),
            base: "preprod".parse().expect("static name"),
            playbook: "build-run".to_owned(),
            is_open: true,
            not_shared: 0,
            is_interrupted: false,
        }],
        debt: Vec::new(),
        debt_left_out: 0,
        only_looks: None,
        looked: Looked::default(),
        refs: RefsMark::default(),
        record: Some(record),
    }
}

/// Returns a project in which no hotfix was ever started.
pub(super) fn nothing_open() -> Board {
    Board {
        book: book(),
        record: None,
        seen: seen(),
        progress: None,
        hotfixes: Vec::new(),
        debt: Vec::new(),
        debt_left_out: 0,
        only_looks: None,
        looked: Looked::default(),
        refs: RefsMark::default(),
    }
}

#[test]
fn a_hotfix_is_called_by_its_slug_where_that_means_no_other() {
    let mut board = under_way();
    let row = board.hotfixes[0].clone();
    let mut called = |ids: [&str; 2]| {
        let rows = ids.map(|id| HotfixSummary {
            id: id.parse().expect("static id"),
            ..row.clone()
        });
        if let Some(record) = &mut board.record {
            record.hotfix = rows[0].id.clone();
        }
        board.hotfixes = rows.to_vec();
        board.called().map(str::to_owned)
    };
    let (cart, search) = ("20260412-cart-7f3a9c", "20260412-search-7f3a9d");
    assert_eq!(called([cart, search]).as_deref(), Some("cart"));
    assert_eq!(
        called([cart, "20260413-cart-7f3a9d"]).as_deref(),
        Some(cart)
    );
    // The second one answers to what is after the first dash of the first one.
    let (first, second) = ("backport-0123456789ab", "backport-0123456789ab-2");
    assert_eq!(called([first, second]).as_deref(), Some(first));
}
