//! What merge drivers of the person's clone make of a lane, in its detail; the graph knows the forge's view alone.

use lanekeeper::engine::lanes::RowKey;
use lanekeeper::model::Driven;
use lanekeeper::model::DriverCase;
use lanekeeper::tui::app::Options;
use lanekeeper::tui::app::detail;
use lanekeeper::tui::app::graph_row;

use super::screens_console::Console;
use super::screens_world::HOTFIX;
use super::screens_world::board;

/// Opens the console on the lane into which the fix is carried back, with what is told of drivers for it.
fn open(driven: Option<Driven>) -> Console {
    let mut board = board("ana");
    let lane = "integration".parse().expect("test lane");
    let key = ("retrofit".parse().expect("test step"), lane);
    board
        .seen
        .driven
        .extend(driven.map(|driven| (key.clone(), driven)));
    let options = Options {
        project: "acme/crm".into(),
        hotfix: Some(HOTFIX.parse().expect("test id")),
        ..Options::default()
    };
    let mut console = Console::with(options, board, 120, 35);
    console.keys("1");
    let row = RowKey::Lane(key.1);
    for _ in 0..20 {
        if graph_row(&console.app).as_ref() == Some(&row) {
            return console;
        }
        console.keys("j");
    }
    panic!("no row is {row:?}");
}

fn told(console: &Console) -> String {
    let lines = detail(&console.app).lines;
    let lines: Vec<String> = lines.iter().map(|line| line.text()).collect();
    lines.join("\n")
}

#[test]
fn a_lane_tells_what_the_drivers_make_of_what_is_predicted_and_the_graph_stays_the_forges() {
    let before = open(None);
    assert!(
        told(&before).contains("files, predicted"),
        "{}",
        told(&before)
    );
    assert!(!told(&before).contains("merge driver"), "{}", told(&before));
    for (case, words) in [
        (
            None,
            "the merge driver sf is configured for 1 of its paths; trust it to see what it makes of it: lanekeeper trust",
        ),
        (
            Some(DriverCase::OnlyForgeConflicts),
            "clean with the merge driver sf: resolve here and push the result",
        ),
        (
            Some(DriverCase::Unknown {
                why: "it broke down".to_owned(),
            }),
            "the merge driver sf could not be asked: it broke down",
        ),
    ] {
        let console = open(Some(Driven {
            paths: vec![("a.xml".to_owned(), "sf".to_owned())],
            case,
        }));
        let text = told(&console);
        assert!(text.contains(words), "{text}");
        assert_eq!(console.app.graph, before.app.graph);
    }
}
