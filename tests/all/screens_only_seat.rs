//! A go-live that one person alone could approve: it is for others to create, and where that person did, what ends it is said.

use lanekeeper::engine::Board;
use lanekeeper::engine::Intent;
use lanekeeper::engine::derive;
use lanekeeper::engine::plan;
use lanekeeper::model::Deployment;
use lanekeeper::model::DeploymentState;
use lanekeeper::model::Environment;
use lanekeeper::playbook::Work;
use lanekeeper::tui::app::Options;
use lanekeeper::tui::app::Overlay;
use lanekeeper::tui::app::Purpose;

use super::screens_console::Console;
use super::screens_world::HOTFIX;
use super::screens_world::board;
use super::screens_world::step;
use super::unicode;

/// Opens Ben's console on a hotfix that goes live in preprod, where the product manager must agree: that is Ben alone.
fn open(seats: &[&str], created: impl Fn(&Board) -> Vec<Deployment>) -> Console {
    let mut board = board("ben");
    let production = board.book.project.environments[0].clone();
    let preprod = Environment {
        name: "preprod".parse().expect("test environment"),
        is_production: false,
        seats: seats
            .iter()
            .map(|role| role.parse().expect("test role"))
            .collect(),
        ..production
    };
    let work = Work::Deploy {
        environment: preprod.name.clone(),
        lane: "preprod".parse().expect("test lane"),
    };
    board.book.project.environments.push(preprod);
    let deploy = step("deploy", "Deploy preprod", &["to-preprod"], work);
    board.book.steps.insert(2, deploy);
    let deployments = created(&board);
    board.seen.deployments = board.seen.deployments.clone().map(|_| deployments.clone());
    let record = board.record.as_ref().expect("a hotfix");
    board.progress = Some(derive(&board.book, record, &board.seen));
    let options = Options {
        project: "acme/crm".into(),
        hotfix: Some(HOTFIX.parse().expect("test id")),
        ..Options::default()
    };
    Console::with(options, board, 120, 35)
}

#[test]
fn who_alone_could_approve_it_is_told_who_creates_it_and_warned_before() {
    let mut console = open(&["product-manager"], |_| Vec::new());
    console.keys("2");
    let shown = unicode(&console);
    assert!(shown.contains("mia@example.org to create"), "{shown}");
    // It can be done all the same, knowing that.
    console.keys("D");
    let Some(Overlay::Plan(plan)) = console.app.overlay() else {
        panic!("no plan is shown: {:?}", console.app.status);
    };
    let mut facts = plan.plan.facts.iter();
    let is_warned = facts.any(|fact| fact.text.contains("let somebody else create it"));
    assert!(is_warned, "{:?}", plan.plan.facts);
}

/// Ben, who alone could approve as product manager, created the go-live.
fn created(board: &Board) -> Vec<Deployment> {
    let tips = board.seen.tips.value().expect("seen");
    vec![Deployment {
        id: "88".parse().expect("test deployment"),
        environment: "preprod".parse().expect("test environment"),
        commit: tips[&"preprod".parse().expect("test branch")].clone(),
        state: DeploymentState::Blocked,
        created_by: board.seen.me.clone(),
        created_at: board.seen.now,
        updated_at: board.seen.now,
        seats: Vec::new(),
        approvals: Vec::new(),
        jobs: Vec::new(),
        hotfix: Some(HOTFIX.parse().expect("test id")),
        url: None,
        behind: None,
    }]
}

#[test]
fn the_wait_for_a_seat_that_nobody_can_take_says_why() {
    let mut console = open(&["tech-lead", "product-manager"], created);
    let rules = console.board.overridable();
    let keys: Vec<&str> = rules.iter().map(|(rule, _)| rule.as_str()).collect();
    assert_eq!(keys, ["deployment:88/product-manager"]);
    console.keys("R v");
    let Some(Overlay::Editor(editor)) = console.app.overlay() else {
        panic!("no reason is asked for: {:?}", console.app.status);
    };
    let lifts = "deployment:88/product-manager".to_owned();
    assert_eq!(editor.purpose, Purpose::Override(lifts));
    console.keys("Esc");
    console.keys("2");
    let shown = unicode(&console);
    let waits = shown.lines().find(|line| line.contains("WAIT"));
    let waits = waits.expect("something is waited for");
    // The pane of the checklist alone.
    let waits: String = waits.chars().take(42).collect();
    // Not both seats together: one of them is waited for in vain.
    assert!(waits.contains("the product-manager on"), "{shown}");
    assert!(!waits.contains("tech-lead"), "{shown}");
}

#[test]
fn a_go_live_that_is_refused_for_such_a_seat_names_what_lifts_it() {
    let console = open(&["product-manager"], created);
    let board = &console.board;
    let record = board.record.as_ref().expect("a hotfix");
    let intent: Intent = "do deploy".parse().expect("static words");
    let refusal = plan(&intent, &board.book, record, &board.seen);
    let hint = refusal.expect_err("nobody may take the seat").hint;
    let hint = hint.expect("there is a way around it");
    let line = "override deployment:88/product-manager --reason R";
    assert!(hint.contains(line), "{hint}");
}
