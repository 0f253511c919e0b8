//! A key that does nothing says why, and what it says is over with the next key.

use lanekeeper::engine::lanes::RowKey;
use lanekeeper::tui::app::News;
use lanekeeper::tui::app::Overlay;
use lanekeeper::tui::app::RowId;
use lanekeeper::tui::app::Trouble;
use lanekeeper::tui::app::approvals;
use lanekeeper::tui::app::chosen_approval;
use lanekeeper::tui::app::graph_row;
use lanekeeper::tui::app::rows;
use lanekeeper::tui::app::selected_row;

use super::screens_console::Console;
use super::unicode;

fn said(console: &Console) -> &str {
    let status = console.app.status.as_ref();
    status.map_or("", |status| status.text.as_str())
}

#[test]
fn what_is_said_of_a_key_goes_with_the_next_one() {
    let mut console = Console::open("ana", 120, 35);
    console.keys("1 > > > > > > >");
    assert!(said(&console).contains("as close as it gets"));
    console.keys("j");
    assert_eq!(said(&console), "");
    console.keys("2 v");
    assert!(said(&console).contains("v does nothing here"));
    console.keys("1");
    assert_eq!(said(&console), "");
}

#[test]
fn n_goes_round_what_the_filter_finds_in_a_list() {
    let mut console = Console::open("ana", 120, 35);
    console.keys("2 n");
    assert!(said(&console).contains("/ says what to look for"));
    console.keys("/");
    console.type_text("change request");
    console.keys("Enter g g");
    let found = rows(&console.app).into_iter().filter_map(|row| row.id);
    let found: Vec<RowId> = found.collect();
    assert!(found.len() > 1, "{found:?}");
    for wanted in found[1..].iter().chain(&found[..1]) {
        console.keys("n");
        assert_eq!(selected_row(&console.app).as_ref(), Some(wanted));
    }
    console.keys("3 /");
    console.type_text("pr");
    console.keys("Enter g g");
    let found = approvals(&console.app);
    assert!(!found.is_empty());
    for row in found[1..].iter().chain(&found[..1]) {
        console.keys("n");
        let chosen = chosen_approval(&console.app).expect("one is chosen");
        assert_eq!(chosen.subject, row.subject);
    }
    console.keys("4 n");
    assert!(said(&console).contains("nothing to filter"));
}

#[test]
fn a_refusal_goes_with_the_first_key_that_does_something() {
    let mut console = Console::open("ana", 120, 35);
    console.keys("u");
    let refused = said(&console).to_owned();
    assert!(!refused.is_empty());
    // These do nothing.
    console.keys("R Esc");
    assert_eq!(said(&console), refused);
    console.keys("j");
    assert_eq!(said(&console), "");
    // Opening a screen is something, too.
    console.keys("u");
    assert!(!said(&console).is_empty());
    console.keys("?");
    assert_eq!(said(&console), "");
    console.keys("Esc");
    // What went wrong was no answer to a key alone: it stands for its time.
    console.news(News::Copied {
        what: "the plan".into(),
        outcome: Err(Trouble::new("no clipboard")),
    });
    console.keys("j");
    assert!(said(&console).contains("no clipboard"));
}

#[test]
fn the_ends_of_the_graph_are_told() {
    let mut console = Console::open("ana", 120, 35);
    let stops = console.app.graph.as_ref().expect("a graph").stops.len();
    console.keys("1 [ ] ]");
    assert!(said(&console).contains("newest"), "{}", said(&console));
    let selected = console.app.selection.event.clone();
    assert!(selected.is_some(), "the selection stays");
    for _ in 0..stops {
        console.keys("[");
    }
    assert!(said(&console).contains("first event"), "{}", said(&console));
    for _ in 0..stops {
        console.keys("{");
    }
    let words = said(&console);
    assert!(words.contains("nothing before this"), "{words}");
}

#[test]
fn a_lane_on_which_nothing_is_folded_says_so() {
    let mut console = Console::open("ana", 120, 35);
    let graph = console.app.graph.clone().expect("a graph");
    let mut rows = graph.rows.iter();
    let plain = rows.find(|row| row.folds.is_empty() && row.key() != RowKey::Others);
    let plain = plain.expect("one without runs").key();
    console.keys("1 g g");
    for _ in 0..graph.rows.len() {
        if graph_row(&console.app).as_ref() == Some(&plain) {
            break;
        }
        console.keys("j");
    }
    console.keys("v");
    let words = said(&console);
    assert!(words.contains("nothing is folded"), "{words}");
}

#[test]
fn a_list_of_commands_that_none_fits_says_so_and_stays() {
    let mut console = Console::open("ana", 80, 24);
    console.keys(":");
    console.type_text("zzzz");
    console.keys("Enter");
    assert!(matches!(console.app.overlay(), Some(Overlay::Palette(_))));
    let shown = unicode(&console);
    assert!(shown.contains("no command fits that"), "{shown}");
}

#[test]
fn a_key_that_comes_too_early_for_a_question_is_told() {
    let mut console = Console::open("ana", 80, 24);
    console.keys("A");
    let shown = unicode(&console);
    assert!(shown.contains("keys do nothing yet"), "{shown}");
    console.keys("p");
    let shown = unicode(&console);
    assert!(shown.contains("came too early"), "{shown}");
    console.wait(500);
    console.type_text("production");
    let shown = unicode(&console);
    assert!(!shown.contains("came too early"), "{shown}");
    console.keys("Enter");
    assert!(console.app.armed.is_some());
}

#[test]
fn that_a_suspended_console_is_read_only_again_is_said_when_it_is_back() {
    let mut console = Console::open("ana", 80, 24);
    console.keys("A");
    console.wait(500);
    console.type_text("production");
    console.keys("Enter");
    assert!(console.app.armed.is_some());
    console.keys("Ctrl-Z");
    console.wait(90_000);
    console.news(News::Woke);
    assert!(console.app.armed.is_none());
    let words = said(&console);
    assert!(words.contains("production is READ-ONLY again"), "{words}");
    // Once: where nothing was armed, nothing is said of it.
    console.news(News::Woke);
    let words = said(&console);
    assert!(!words.contains("READ-ONLY"), "{words}");
}
