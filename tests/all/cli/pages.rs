//! What people and scripts read, from boards made by hand.

use std::collections::BTreeMap;

use lanekeeper::cli::json::ApprovalsDocument;
use lanekeeper::cli::json::LanesDocument;
use lanekeeper::cli::json::LogDocument;
use lanekeeper::cli::json::NextDocument;
use lanekeeper::cli::json::StatusDocument;
use lanekeeper::cli::json::schemas;
use lanekeeper::cli::text;
use lanekeeper::cli::text::Page;
use lanekeeper::cli::text::Style;
use lanekeeper::engine::Call;
use lanekeeper::engine::Change;
use lanekeeper::engine::ChangeResult;
use lanekeeper::engine::Expectation;
use lanekeeper::engine::Fact;
use lanekeeper::engine::FactState;
use lanekeeper::engine::Intent;
use lanekeeper::engine::Level;
use lanekeeper::engine::Outcome;
use lanekeeper::engine::Overridden;
use lanekeeper::engine::Plan;
use lanekeeper::engine::Refusal;
use lanekeeper::engine::inbox;
use lanekeeper::model::MergeMethod;
use lanekeeper::model::RequestId;
use lanekeeper::model::Seen;
use serde_json::Value;

use super::boards;

const UNICODE: Style = Style {
    has_color: false,
    is_ascii: false,
};
const ASCII: Style = Style {
    has_color: false,
    is_ascii: true,
};

fn plan() -> Plan {
    Plan {
        hotfix: boards::hotfix(),
        intent: Intent::Do {
            step: "to-production".parse().expect("static id"),
            target: None,
            note: None,
            riders: Some(2),
        },
        step: Some("to-production".parse().expect("static id")),
        target: None,
        title: "merge change request 13 into main".to_owned(),
        level: Level::L4,
        environment: Some("production".parse().expect("static name")),
        changes: vec![Change {
            call: Call::Merge {
                request: RequestId(13),
                method: MergeMethod::Merge,
                head: boards::commit('2'),
                into: "main".parse().expect("static name"),
                onto: boards::commit('3'),
            },
            expects: vec![
                Expectation::RequestOpen {
                    request: RequestId(13),
                    head: boards::commit('2'),
                },
                Expectation::Branch {
                    branch: "main".parse().expect("static name"),
                    at: Some(boards::commit('3')),
                },
            ],
            step: Some("to-production".parse().expect("static id")),
            target: None,
        }],
        facts: vec![
            Fact {
                state: FactState::Ok,
                text: "every required check passed for 2222222".to_owned(),
            },
            Fact {
                state: FactState::Warn,
                text: "2 riders ship along".to_owned(),
            },
        ],
        will_change: vec!["main 3333333 -> merge of 2222222".to_owned()],
        will_not_change: vec!["preprod, integration".to_owned()],
        way_back: "revert the merge with a new hotfix".to_owned(),
        made_at: boards::at(30),
        settles: None,
        next: None,
        known: std::collections::BTreeSet::new(),
        since_boot: std::time::Duration::ZERO,
        lasts: Plan::LASTS,
        hash: "a91f".repeat(16),
    }
}

#[test]
fn status_says_of_every_step_why_it_stands_so() {
    let page = text::status(&boards::under_way());
    insta::assert_snapshot!("status", without_local_times(&page.render(UNICODE)));
    insta::assert_snapshot!("status_ascii", without_local_times(&page.render(ASCII)));
}

/// The zone of the machine decides what the clock shows, so the snapshot must not.
fn without_local_times(text: &str) -> String {
    let mut shown = text.to_owned();
    for minutes in [0, 10, 20, 25, 30] {
        let at = boards::at(minutes);
        shown = shown.replace(&at.date_clock(), "<date time>");
        shown = shown.replace(&at.clock(), "<time>");
    }
    shown
}

#[test]
fn the_ascii_form_is_ascii() {
    let board = boards::under_way();
    for page in [
        text::next(&board),
        text::lanes(&board),
        text::plan(&plan(), &board.book.project),
    ] {
        let shown = page.render(ASCII);
        assert!(shown.is_ascii(), "{shown}");
    }
}

#[test]
fn next_without_a_hotfix_says_how_to_begin() {
    let page = text::next(&boards::nothing_open());
    insta::assert_snapshot!("nothing_open", page.render(UNICODE));
}

#[test]
fn where_the_remote_was_never_seen_nothing_is_said_of_open_hotfixes() {
    let mut board = boards::nothing_open();
    board.seen.tips = Seen::unknown("no route to host");
    let shown = text::next(&board).render(UNICODE);
    assert_eq!(
        shown,
        "Whether a hotfix is open is not known.\ncannot see the remote (never seen): no route to host\n"
    );
}

#[test]
fn lanes_show_layers_promotions_and_presence() {
    insta::assert_snapshot!("lanes", text::lanes(&boards::under_way()).render(UNICODE));
}

#[test]
fn a_plan_shows_exactly_its_calls_with_what_they_assume() {
    let board = boards::under_way();
    let mut page = text::plan(&plan(), &board.book.project);
    insta::assert_snapshot!("plan", page.render(UNICODE));
    page = text::results(&[
        result("merge", Outcome::Done, ""),
        result("start", Outcome::Unknown, "no answer within 30 s"),
    ]);
    insta::assert_snapshot!("results", page.render(UNICODE));
    let refusal = Refusal {
        wanted: "merge change request 13 into main".to_owned(),
        reasons: vec!["waits for the product-manager on change request 13".to_owned()],
        hint: Some("lanekeeper approve 13 --role product-manager".to_owned()),
    };
    insta::assert_snapshot!("refusal", text::refusal(&refusal).render(UNICODE));
}

fn result(call: &str, outcome: Outcome, why: &str) -> ChangeResult {
    ChangeResult {
        call: call.to_owned(),
        outcome,
        why: why.to_owned(),
        is_aside: false,
    }
}

#[test]
fn the_inbox_names_who_asks_and_for_how_long_it_waits() {
    let board = crate::screens::screens_world::board("ben");
    let requests = board.seen.requests.value().expect("they were seen");
    let (project, me) = (&board.book.project, &board.seen.me);
    let mut inbox = inbox(project, requests, &[], me, &board.looked, None);
    let document = ApprovalsDocument::new(&inbox, &BTreeMap::new(), &board);
    let shown = text::approvals(&document.groups).render(UNICODE);
    assert!(
        shown.contains("PR  by ana, 2 min ago, head 67a8aba, checks 2 ok"),
        "{shown}"
    );
    let row = serde_json::to_value(&document.groups.mine[0]).expect("plain data");
    assert_eq!((&row["by"], &row["age"]), (&Value::Null, &Value::Null));
    let seat = &mut inbox.mine[0].seats[0];
    let role = seat.role.to_string();
    seat.taken_by = None;
    seat.overridden = Some(Overridden {
        by: me.clone(),
        at: board.seen.now,
        words: "overridden by Ben: nobody else can".to_owned(),
    });
    let document = ApprovalsDocument::new(&inbox, &BTreeMap::new(), &board);
    let shown = text::approvals(&document.groups).render(UNICODE);
    let said = format!("RISK {role}: overridden by Ben: nobody else can");
    assert!(shown.contains(&said), "{shown}");
    assert!(!document.groups.mine[0].missing.contains(&role));
}

#[test]
fn the_timeline_shows_when_who_and_what() {
    let page = text::log(&boards::record(), &[], true);
    insta::assert_snapshot!("log", without_local_times(&page.render(UNICODE)));
}

#[test]
fn no_page_lets_an_escape_sequence_through() {
    let board = boards::under_way();
    let record = boards::record();
    for page in [
        text::status(&board),
        text::log(&record, &[], true),
        text::lanes(&board),
    ] {
        let shown = Page::render(&page, UNICODE);
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'));
    }
}

#[test]
fn documents_hold_the_fields_that_scripts_count_on() {
    let board = boards::under_way();
    insta::assert_snapshot!("status_json", pretty(&StatusDocument::new(&board)));
    insta::assert_snapshot!("lanes_json", pretty(&LanesDocument::new(&board)));
    insta::assert_snapshot!("next_json", pretty(&NextDocument::new(&board)));
    let log = LogDocument::new(&boards::record(), &[]);
    insta::assert_snapshot!("log_json", pretty(&log));
}

fn pretty(document: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(document).expect("plain data")
}

/// Run with `LANEKEEPER_UPDATE_SCHEMAS=1` to write the schemas anew; a change of them is a change of the contract.
#[test]
fn the_schemas_in_assets_are_those_of_the_documents() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/schemas");
    let is_update = super::environment("LANEKEEPER_UPDATE_SCHEMAS").is_some();
    for (name, schema) in schemas() {
        let file = folder.join(format!("{name}.json"));
        let text = format!("{}\n", pretty(&schema));
        if is_update {
            std::fs::create_dir_all(&folder).expect("assets can be written");
            std::fs::write(&file, &text).expect("assets can be written");
        }
        let kept = std::fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(kept, text, "{name}: LANEKEEPER_UPDATE_SCHEMAS=1 writes it");
    }
}

#[test]
fn the_report_tells_facts_and_leaves_judgement_to_people() {
    let markdown = lanekeeper::ops::report::markdown(&boards::under_way());
    assert!(!markdown.contains('\u{1b}'));
    insta::assert_snapshot!("report", markdown);
}
