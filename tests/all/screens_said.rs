//! What the console says of itself: for how long it stands, what it tells of entries that nobody else sees, when the remote
//! was seen.

use lanekeeper::engine::Level;
use lanekeeper::engine::Report;
use lanekeeper::engine::lanes::EventKey;
use lanekeeper::engine::lanes::Node;
use lanekeeper::model::Decision;
use lanekeeper::model::Mergeability;
use lanekeeper::model::Person;
use lanekeeper::model::RequestId;
use lanekeeper::model::Seen;
use lanekeeper::model::Timestamp;
use lanekeeper::model::Untrusted;
use lanekeeper::tui::app::Effect;
use lanekeeper::tui::app::News;
use lanekeeper::tui::app::Options;
use lanekeeper::tui::app::RowId;
use lanekeeper::tui::app::Sharing;
use lanekeeper::tui::app::Trouble;
use lanekeeper::tui::app::detail;

use super::screen;
use super::screens_console::Console;
use super::screens_made::plan_of;
use super::screens_world::HOTFIX;
use super::screens_world::board;

fn header(console: &Console) -> String {
    let shown = screen(console, false);
    shown.lines().next().unwrap_or_default().to_owned()
}

fn said(console: &Console) -> Option<&str> {
    let status = console.app.status.as_ref();
    status.map(|status| status.text.as_str())
}

/// Lets somebody else do something, so that the next look tells of it.
fn something_happens(console: &mut Console) {
    let progress = console.board.progress.as_mut().expect("a hotfix");
    progress.is_complete = !progress.is_complete;
}

#[test]
fn what_was_said_goes_once_a_look_shows_otherwise() {
    let mut console = Console::open("ana", 120, 35);
    console.keys("X");
    assert!(said(&console).is_some(), "a reason why not");
    console.wait(5_000);
    console.news(News::Polled);
    assert!(said(&console).is_some(), "nothing has changed");
    something_happens(&mut console);
    console.news(News::Polled);
    assert_eq!(said(&console), None);
    // What was only just said is there for as long as it takes to read it.
    console.keys("X");
    something_happens(&mut console);
    console.news(News::Polled);
    assert!(said(&console).is_some());
    console.wait(4_000);
    assert_eq!(said(&console), None);
}

#[test]
fn what_was_said_goes_after_a_while_whatever_the_time_of_day_does() {
    let mut console = Console::open("ana", 120, 35);
    console.keys("X");
    console.wait(20_000);
    assert!(said(&console).is_some());
    let left = console.app.next_tick().expect("it will go");
    assert!(left <= 10_000, "{left}");
    let now = console.board.seen.now.as_second();
    console.board.seen.now = Timestamp::from_second(now - 86_400);
    console.wait(10_000);
    assert_eq!(said(&console), None);
}

#[test]
fn what_came_of_a_plan_stands_although_the_look_after_it_shows_what_it_did() {
    let mut console = Console::open("ana", 120, 35);
    let plan = plan_of(&console.board, Level::L1);
    console.show(plan);
    let run = console.app.run.as_ref().expect("it runs").id;
    something_happens(&mut console);
    console.wait(5_000);
    let results = Vec::new();
    console.news(News::Finished {
        run,
        outcome: Ok(Report { results }),
    });
    console.wait(5_000);
    let words = said(&console).expect("what came of it");
    assert!(words.starts_with("done: "), "{words}");
}

#[test]
fn what_went_wrong_stands_in_the_log() {
    let mut console = Console::open("ana", 120, 35);
    console.news(News::Copied {
        what: "the plan".into(),
        outcome: Err(Trouble::new("too long for the terminal's clipboard")),
    });
    console.wait(60_000);
    assert_eq!(said(&console), None);
    let last = console.app.log.entries.back().expect("an entry");
    assert_eq!(last.text, "copy the plan");
    assert!(last.outcome.contains("too long"), "{last:?}");
}

#[test]
fn a_reason_that_names_me_is_for_me_although_it_was_given_on_the_page_of_the_forge() {
    let mut console = Console::open("ana", 200, 60);
    assert!(!header(&console).contains("for you"));
    let id = RequestId(912);
    console.board.seen.requests = console.board.seen.requests.clone().map(|mut requests| {
        let request = requests.iter_mut().find(|request| request.id == id);
        let request = request.expect("it was opened");
        let mut no = request.approvals[0].clone();
        no.by = Person::from_email("Ben", "ben@example.org");
        no.decision = Decision::Rejected;
        no.comment = Some(Untrusted::new("@ana it rounds down"));
        request.approvals.push(no);
        requests
    });
    console.keys("r");
    let words = said(&console).expect("said aloud");
    assert!(words.starts_with("for you: Ben: "), "{words}");
    assert!(words.contains("@ana it rounds down"), "{words}");
    assert!(header(&console).contains("1 note for you"));
    let told = |console: &Console| {
        let entries = console.app.log.entries.iter();
        entries.filter(|entry| entry.outcome == "for you").count()
    };
    assert_eq!(told(&console), 1);
    console.keys("r");
    assert_eq!(told(&console), 1, "told once");
    // It speaks to nobody else.
    let mut board = console.board.clone();
    board.seen.me = Person::from_email("mia", "mia@example.org");
    let options = Options {
        hotfix: Some(HOTFIX.parse().expect("test id")),
        ..Options::default()
    };
    let console = Console::with(options, board, 200, 60);
    assert!(!header(&console).contains("for you"));
}

/// Returns how often the console began to send what is kept.
fn sends(console: &Console) -> usize {
    let effects = console.effects.iter();
    effects
        .filter(|effect| matches!(effect, Effect::ShareKept))
        .count()
}

#[test]
fn entries_that_nobody_else_sees_are_told_and_sent_after_a_look() {
    let mut console = Console::open("ana", 120, 35);
    assert_eq!(sends(&console), 0);
    console.board.hotfixes[0].not_shared = 2;
    console.keys("r");
    assert!(header(&console).contains("2 entries not shared yet"));
    assert_eq!(sends(&console), 1);
    console.keys("r");
    assert_eq!(sends(&console), 1, "it is under way");
    let held = vec!["2 of it not shared: a rule of the remote refused it".to_owned()];
    for _ in 0..2 {
        let held = held.clone();
        let outcome = Ok(Sharing { shared: 0, held });
        console.news(News::Shared { outcome });
    }
    let told = console.app.log.entries.iter();
    let told = told.filter(|entry| entry.outcome.contains("a rule of the remote"));
    assert_eq!(told.count(), 1, "told once");
    console.keys("r");
    assert_eq!(sends(&console), 1, "not again at once");
    console.wait(61_000);
    console.keys("r");
    assert_eq!(sends(&console), 2);
    console.board.hotfixes[0].not_shared = 0;
    let looks = console.looks();
    let held = Vec::new();
    let outcome = Ok(Sharing { shared: 2, held });
    console.news(News::Shared { outcome });
    assert_eq!(console.looks(), looks + 1);
    assert!(!header(&console).contains("not shared"));
    assert_eq!(
        said(&console),
        Some("shared 2 entries kept on this machine")
    );
}

#[test]
fn nothing_is_sent_by_a_console_that_only_looks_or_sees_nothing_or_is_at_work() {
    let mut console = Console::open("ana", 120, 35);
    console.board.hotfixes[1].not_shared = 1;
    let only_looks = "another console has the seat of writing".to_owned();
    console.board.only_looks = Some(only_looks);
    console.keys("r");
    assert!(header(&console).contains("1 entry not shared yet"));
    console.board.only_looks = None;
    let seen = console.board.seen.tips.clone();
    console.board.seen.tips = stale(&seen, console.board.seen.now);
    console.keys("r");
    assert_eq!(sends(&console), 0);
    let plan = plan_of(&console.board, Level::L1);
    console.show(plan);
    console.board.seen.tips = seen;
    console.wait(20_000);
    console.news(News::Polled);
    assert_eq!(sends(&console), 0, "what a plan sends goes behind it");
    let run = console.app.run.as_ref().expect("it runs").id;
    let results = Vec::new();
    console.news(News::Finished {
        run,
        outcome: Ok(Report { results }),
    });
    assert_eq!(sends(&console), 1);
}

fn stale<T: Clone>(seen: &Seen<T>, at: Timestamp) -> Seen<T> {
    Seen::Stale {
        value: seen.value().expect("seen").clone(),
        at,
        why: "no route to host".into(),
    }
}

#[test]
fn a_console_that_begins_offline_says_when_what_it_shows_was_seen() {
    let mut board = board("ana");
    let at = Timestamp::from_second(board.seen.now.as_second() - 300);
    board.seen.tips = stale(&board.seen.tips, at);
    let options = Options {
        hotfix: Some(HOTFIX.parse().expect("test id")),
        ..Options::default()
    };
    let console = Console::with(options, board, 120, 35);
    let header = header(&console);
    assert!(header.contains("OFFLINE, seen 5 min ago"), "{header}");
}

#[test]
fn lanes_that_say_as_of_when_they_stand_are_not_below_nothing_seen() {
    let mut board = board("ana");
    let at = Timestamp::from_second(board.seen.now.as_second() - 300);
    board.seen.tips = Seen::unknown("no route to host");
    let presence = board.seen.presence.values_mut();
    for seen in presence.filter(|seen| seen.value().is_some()) {
        *seen = stale(seen, at);
    }
    let options = Options {
        hotfix: Some(HOTFIX.parse().expect("test id")),
        ..Options::default()
    };
    let console = Console::with(options, board, 120, 35);
    let header = header(&console);
    assert!(header.contains("OFFLINE, seen 5 min ago"), "{header}");
}

/// Returns the node of the request into production in the graph, and what Detail tells of its step, where its forge says that
/// it conflicts in these paths.
fn said_to_conflict(paths: &[&str]) -> (Option<Node>, String) {
    let id = RequestId(912);
    let mut board = board("ana");
    let paths: Vec<String> = paths.iter().map(ToString::to_string).collect();
    board.seen.requests = board.seen.requests.clone().map(|mut requests| {
        let request = requests.iter_mut().find(|request| request.id == id);
        let request = request.expect("it was opened");
        request.mergeability = Mergeability::Conflicts(paths);
        requests
    });
    let options = Options {
        hotfix: Some(HOTFIX.parse().expect("test id")),
        ..Options::default()
    };
    let mut console = Console::with(options, board, 120, 35);
    let graph = console.app.graph.clone().expect("a graph");
    let event = graph.event(&EventKey::Request(id));
    console.keys("2");
    console.app.selection.row = Some(RowId::Step("to-production".parse().expect("test step")));
    let lines: Vec<String> = detail(&console.app)
        .lines
        .iter()
        .map(|line| line.text())
        .collect();
    (event.map(|event| event.node), lines.join("\n"))
}

#[test]
fn a_forge_that_has_not_merged_it_yet_makes_no_conflict_of_what_git_merges() {
    let (node, told) = said_to_conflict(&[]);
    assert_eq!(node, Some(Node::Pending));
    assert!(told.contains("git merges it cleanly"), "{told}");
    assert!(!told.contains("conflicts, as the forge says"), "{told}");
    // One that names the paths has merged it.
    let (node, told) = said_to_conflict(&["src/refund.rs"]);
    assert_eq!(node, Some(Node::Conflict));
    assert!(told.contains("conflicts in 1 file"), "{told}");
}

#[test]
fn of_a_merged_request_nobody_says_that_it_cannot_be_merged() {
    let mut world = board("ana");
    world.seen.requests = world.seen.requests.map(|mut requests| {
        for request in requests.iter_mut().filter(|one| !one.is_open()) {
            request.mergeability = Mergeability::Blocked("it is merged".into());
        }
        requests
    });
    let options = Options {
        hotfix: Some(HOTFIX.parse().expect("test id")),
        ..Options::default()
    };
    let mut console = Console::with(options, world, 120, 35);
    console.keys("2 g g j");
    let lines = detail(&console.app).lines;
    let told: Vec<String> = lines.iter().map(|line| line.text()).collect();
    let told = told.join("\n");
    assert!(told.contains("merged as"), "{told}");
    assert!(!told.contains("cannot be merged"), "{told}");
}
