//! The pane of the lane graph: what scrolls, what a selection tells, what a frame costs.

use std::cell::Cell;
use std::rc::Rc;

use lanekeeper::engine::Board;
use lanekeeper::engine::lanes::EventKey;
use lanekeeper::engine::lanes::RowKey;
use lanekeeper::tui::app::Arrangement;
use lanekeeper::tui::app::Effect;
use lanekeeper::tui::app::News;
use lanekeeper::tui::app::Options;
use lanekeeper::tui::app::Pane;
use lanekeeper::tui::app::Pointed;
use lanekeeper::tui::app::Trouble;
use lanekeeper::tui::app::detail;
use lanekeeper::tui::app::graph_row;
use lanekeeper::tui::view::ThemeName;
use lanekeeper::tui::view::Viewport;
use lanekeeper::tui::view::draw;
use ratatui::Terminal;
use ratatui::TerminalOptions;
use ratatui::backend::CrosstermBackend;
use ratatui::backend::TestBackend;
use ratatui::layout::Rect;

use super::super::lane_gallery::lane_stories::forty;
use super::super::lane_gallery::lane_stories::releases;
use super::super::lane_gallery::lane_world::HOTFIX;
use super::super::lane_gallery::lane_world::World;
use super::screens_console::Console;

/// A screen that goes on from frame to frame, as the loop's does.
struct Screen {
    terminal: Terminal<TestBackend>,
    viewport: Viewport,
}

impl Screen {
    fn new(width: u16, height: u16) -> Self {
        Self {
            terminal: Terminal::new(TestBackend::new(width, height)).expect("test terminal"),
            viewport: Viewport::new(ThemeName::Dark, false),
        }
    }

    fn draw(&mut self, console: &Console) -> String {
        self.terminal
            .draw(|frame| draw(&console.app, &mut self.viewport, frame))
            .expect("drawn");
        self.terminal.backend().to_string()
    }

    /// Returns a cell at which an event is drawn.
    fn cell_of(&self, wanted: &EventKey) -> Option<(u16, u16)> {
        let size = self.terminal.backend().buffer().area;
        let is_it = |(x, y): &(u16, u16)| {
            let at = self.viewport.at(*x, *y);
            at.is_some_and(|(_, _, event)| event.as_ref() == Some(wanted))
        };
        (0..size.height)
            .flat_map(|y| (0..size.width).map(move |x| (x, y)))
            .find(is_it)
    }
}

/// A board of that world, without a checklist.
fn board_of(world: &World) -> Board {
    Board {
        debt: Vec::new(),
        debt_left_out: 0,
        only_looks: None,
        looked: lanekeeper::engine::Looked::default(),
        refs: lanekeeper::model::RefsMark::default(),
        book: world.book(),
        record: world.record(),
        seen: world.observation(),
        progress: None,
        hotfixes: Vec::new(),
    }
}

fn open(world: &World, width: u16, height: u16) -> Console {
    let options = Options {
        project: "acme/crm".into(),
        hotfix: Some(HOTFIX.parse().expect("test id")),
        ..Options::default()
    };
    let mut console = Console::with(options, board_of(world), width, height);
    console.keys("1");
    console
}

fn told(console: &Console) -> String {
    let lines = detail(&console.app).lines;
    let lines: Vec<String> = lines.iter().map(|line| line.text()).collect();
    lines.join("\n")
}

#[test]
fn the_selected_row_is_always_on_the_screen_and_what_is_not_is_counted() {
    for (width, height) in [(80, 24), (120, 35), (200, 60), (60, 20)] {
        let world = forty();
        let mut console = open(&world, width, height);
        let mut screen = Screen::new(width, height);
        let rows = console.app.graph.clone().expect("a graph").rows.len();
        for keys in [
            "j", "PgDn", "PgDn", "k", "PgDn", "G", "k", "k", "PgUp", "k", "g g",
        ] {
            console.keys(keys);
            let shown = screen.draw(&console);
            let key = graph_row(&console.app).expect("a selected row");
            let is_seen = (0..height).any(|y| {
                let at = screen.viewport.at(2, y);
                at.is_some_and(|(_, row, _)| row.as_ref() == Some(&key))
            });
            assert!(
                is_seen,
                "{key:?} after {keys} at {width}x{height}:\n{shown}"
            );
            let mut drawn: Vec<RowKey> = (0..height)
                .filter_map(|y| screen.viewport.at(2, y)?.1)
                .collect();
            drawn.dedup();
            let hidden = rows - drawn.len();
            let said = shown.contains(" above") || shown.contains(" below");
            assert_eq!(
                hidden > 0,
                said,
                "{hidden} hidden at {width}x{height}:\n{shown}"
            );
        }
    }
}

#[test]
fn the_group_of_a_row_can_be_read_wherever_one_has_scrolled() {
    let world = forty();
    let mut console = open(&world, 80, 24);
    let mut screen = Screen::new(80, 24);
    let rows = console.app.graph.clone().expect("a graph").rows.len();
    for _ in 0..rows {
        console.keys("j");
        let shown = screen.draw(&console);
        let is_named = shown.contains("BUILD") || shown.contains("RUN");
        assert!(is_named, "{shown}");
    }
    insta::assert_snapshot!(super::unicode(&console));
}

#[test]
fn forty_lanes_on_each_screen() {
    for (width, height) in [(80, 24), (120, 35), (200, 60)] {
        let mut console = open(&forty(), width, height);
        console.keys("j j j");
        let name = format!("forty_lanes_at_{width}x{height}");
        insta::assert_snapshot!(name, super::unicode(&console));
    }
}

#[test]
fn a_small_screen_lists_the_lanes_without_a_graph_and_production_is_among_them() {
    for (width, height) in [(40, 12), (60, 15), (79, 23)] {
        let console = Console::open("ana", width, height);
        let shown = super::unicode(&console);
        // Names are cut where they are longer than a third of the screen.
        for lane in ["producti", "preprod"] {
            assert!(shown.contains(lane), "{width}x{height}: {lane}\n{shown}");
        }
        assert!(shown.contains("PENDING"), "{width}x{height}\n{shown}");
        assert!(!shown.contains('━') && !shown.contains('╌'), "{shown}");
        if height > 12 {
            assert!(shown.contains("integration"), "{shown}");
        }
    }
    // Of more lanes than fit, the last ones are shown until somebody moves.
    let shown = super::unicode(&open(&forty(), 40, 12));
    assert!(shown.contains("above"), "{shown}");
}

#[test]
fn a_status_of_three_rows_costs_no_lane() {
    let mut console = Console::open("ana", 80, 24);
    let reason = "the head moved while you looked at it, ".repeat(4) + "look again";
    console.app.plan += 1;
    console.news(News::Planned {
        generation: console.app.plan,
        outcome: Err(Trouble::new(reason)),
    });
    let shown = super::unicode(&console);
    assert!(shown.contains("look again"), "{shown}");
    for lane in ["integration", "uat", "preprod", "production"] {
        assert!(shown.contains(lane), "{lane}\n{shown}");
    }
    assert!(shown.contains("PENDING"), "{shown}");
}

#[test]
fn many_frames_lay_the_graph_out_once() {
    let mut console = open(&forty(), 120, 35);
    let mut screen = Screen::new(120, 35);
    let model = console.app.graph.clone().expect("a graph");
    for _ in 0..20 {
        console.wait(1_000);
        screen.draw(&console);
    }
    // One without bounds, to know the height; one for the rows there are.
    assert!(
        screen.viewport.layouts() <= 2,
        "{}",
        screen.viewport.layouts()
    );
    let before = screen.viewport.layouts();
    for _ in 0..10 {
        console.keys("j");
        screen.draw(&console);
    }
    assert_eq!(screen.viewport.layouts(), before, "a row is no new drawing");
    for key in ["[", "[", "]", "["] {
        console.keys(key);
        screen.draw(&console);
    }
    assert!(
        screen.viewport.layouts() <= before + 8,
        "{}",
        screen.viewport.layouts()
    );
    let after = console.app.graph.clone().expect("a graph");
    assert!(
        std::sync::Arc::ptr_eq(&model, &after),
        "no key makes the model anew"
    );
}

/// Counts what is sent to a terminal.
#[derive(Clone, Default)]
struct Sent(Rc<Cell<usize>>);

impl std::io::Write for Sent {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.set(self.0.get() + bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Returns how many bytes the frame after each key sends to the terminal.
fn bytes(console: &mut Console, keys: &[&str]) -> Vec<usize> {
    let (width, height) = console.app.size;
    let options = TerminalOptions {
        viewport: ratatui::Viewport::Fixed(Rect::new(0, 0, width, height)),
    };
    let sent = Sent::default();
    let backend = CrosstermBackend::new(sent.clone());
    let mut terminal = Terminal::with_options(backend, options).expect("a terminal of that size");
    let mut viewport = Viewport::new(ThemeName::Dark, false);
    let mut frame = |console: &Console| {
        sent.0.set(0);
        terminal
            .draw(|frame| draw(&console.app, &mut viewport, frame))
            .expect("drawn");
        sent.0.get()
    };
    frame(console);
    let each = keys.iter().map(|key| {
        console.keys(key);
        frame(console)
    });
    each.collect()
}

/// Among lanes and events, with the picture moving up and down and through time.
const MOVES: [&str; 14] = [
    "j", "j", "j", "j", "[", "[", "[", "]", "]", "[", "[", "j", "k", "{",
];

#[test]
fn moving_the_selection_sends_few_bytes() {
    for world in [releases(16), forty()] {
        let mut console = open(&world, 160, 45);
        let each = bytes(&mut console, &MOVES.repeat(3));
        let mut sorted = each.clone();
        sorted.sort_unstable();
        // Three of four keys leave the picture where it is.
        assert!(sorted[each.len() * 3 / 4] <= 1_000, "{each:?}");
        // A jump to what is out of sight draws another picture; even so a key costs less than that.
        let mean = each.iter().sum::<usize>() / each.len();
        assert!(mean <= 3_000, "{mean}: {each:?}");
    }
}

#[test]
fn a_second_that_passes_sends_next_to_nothing() {
    let mut console = open(&forty(), 160, 45);
    console.wait(1_000);
    let options = ["Ctrl-C"];
    let _ = bytes(&mut console, &options);
    console.wait(1_000);
    let each = bytes(&mut console, &["Ctrl-C", "Ctrl-C"]);
    assert!(each[1] < 100, "{each:?}");
}

#[test]
fn what_is_selected_in_the_graph_is_told_in_detail() {
    let mut console = Console::open("ana", 120, 35);
    console.keys("1 [");
    let graph = console.app.graph.clone().expect("a graph");
    let mut seen = Vec::new();
    for _ in 0..graph.stops.len() {
        let key = console.app.selection.event.clone().expect("selected");
        let text = told(&console);
        match &key {
            EventKey::Commit(..) | EventKey::Fix(_) => {
                assert!(text.contains(" by ") && text.contains(" ago"), "{text}");
            }
            EventKey::Tag(..) => assert!(text.contains("4.1"), "{text}"),
            EventKey::Deployment(..) => {
                assert!(
                    text.contains("deployment") && text.contains("by ben"),
                    "{text}"
                );
            }
            EventKey::Request(id) => {
                assert!(
                    text.contains(&format!("#{id}")) && text.contains("checks"),
                    "{text}"
                );
            }
            EventKey::Run(..) => assert!(text.contains("commits of "), "{text}"),
            EventKey::Cut => assert!(text.contains("leaves preprod"), "{text}"),
            EventKey::Conflict(_) | EventKey::Edge(..) => {}
        }
        seen.push(key);
        console.keys("[");
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), graph.stops.len(), "[ comes to every stop");
    console.keys("0");
    assert_eq!(console.app.selection.event, None);
}

#[test]
fn a_lane_tells_its_presence_its_rule_and_its_promotions() {
    let mut console = Console::open("ana", 120, 35);
    console.keys("1 j j j j j");
    let text = told(&console);
    assert!(text.contains("the fix is PRESENT by ancestor"), "{text}");
    assert!(
        text.contains("preprod into production") && text.contains("3 ahead"),
        "{text}"
    );
    console.keys("k k");
    assert_eq!(graph_row(&console.app), Some(RowKey::Fix));
    assert!(
        told(&console).contains("preprod: contains"),
        "{}",
        told(&console)
    );
}

#[test]
fn the_commit_that_is_selected_is_what_is_copied() {
    let mut console = Console::open("ana", 120, 35);
    console.keys("1 j { y s");
    let graph = console.app.graph.clone().expect("a graph");
    let key = console.app.selection.event.clone().expect("selected");
    let commit = graph.event(&key).and_then(|event| event.commit.clone());
    let Some(Effect::Copy { text, .. }) = console.effects.last() else {
        panic!("{:?}", console.effects.last());
    };
    assert_eq!(Some(text.as_str()), commit.as_ref().map(|id| id.as_str()));
}

#[test]
fn the_runs_of_the_selected_lane_open_and_fold() {
    let mut console = open(&forty(), 120, 35);
    console.keys("j");
    let folded = console.app.graph.clone().expect("a graph");
    console.keys("v");
    let opened = console.app.graph.clone().expect("a graph");
    assert!(opened.events.len() > folded.events.len());
    assert_eq!(opened.rows[0].folds, []);
    console.keys("v");
    assert_eq!(console.app.graph.as_ref(), Some(&folded));
}

#[test]
fn a_lane_is_found_by_its_name() {
    let mut console = open(&forty(), 80, 24);
    console.keys("/");
    console.type_text("5.3");
    console.keys("Enter");
    let name = |console: &Console| match graph_row(&console.app) {
        Some(RowKey::Lane(lane)) => lane.to_string(),
        Some(RowKey::Fix | RowKey::Others) | None => String::new(),
    };
    assert_eq!(name(&console), "release/5.3");
    console.keys("n");
    assert_eq!(name(&console), "release/5.30");
    console.keys("n n n n n n n");
    assert_eq!(name(&console), "release/5.3", "round again");
}

#[test]
fn a_click_selects_an_event_or_a_row_and_the_wheel_moves_on() {
    let mut console = open(&forty(), 120, 35);
    let mut screen = Screen::new(120, 35);
    console.keys("G");
    screen.draw(&console);
    let graph = console.app.graph.clone().expect("a graph");
    let wanted = graph.events.last().expect("events").key.clone();
    let (x, y) = screen.cell_of(&wanted).expect("the newest event is drawn");
    let (pane, row, event) = screen.viewport.at(x, y).expect("inside");
    console.news(News::Pointed(Pointed::Pressed { pane, row, event }));
    assert_eq!(console.app.selection.event.as_ref(), Some(&wanted));
    let before = graph_row(&console.app);
    console.news(News::Pointed(Pointed::Turned {
        pane: Pane::Lanes,
        by: -1,
    }));
    assert_ne!(graph_row(&console.app), before);
    assert_eq!(console.app.selection.event, None);
}

#[test]
fn a_pointer_never_reaches_below_a_question() {
    let mut console = open(&forty(), 120, 35);
    console.keys("?");
    let before = console.app.focus;
    console.news(News::Pointed(Pointed::Pressed {
        pane: Pane::Log,
        row: None,
        event: None,
    }));
    assert_eq!(console.app.focus, before);
}

#[test]
fn the_screen_is_arranged_as_it_was_left() {
    let mut console = open(&forty(), 120, 35);
    console.keys("> > + + z");
    let kept = Arrangement::of(&console.app).to_text();
    let options = Options {
        arrangement: Arrangement::from_text(&kept),
        ..Options::default()
    };
    let again = Console::with(options, board_of(&forty()), 120, 35);
    assert_eq!(Arrangement::of(&again.app), Arrangement::of(&console.app));
    assert_eq!(again.app.focus, Pane::Lanes);
    assert!(again.app.is_zoomed && again.app.graph_zoom == 2 && again.app.split == 2);
}

#[test]
fn one_row_alone_has_the_pointer() {
    let mut console = open(&forty(), 120, 35);
    console.keys("1");
    let rows = console.app.graph.clone().expect("a graph").rows.len();
    for _ in 0..rows {
        console.keys("j");
        let shown = super::unicode(&console);
        let lanes = shown
            .lines()
            .take_while(|line| !line.contains("2 Checklist"));
        let pointers = lanes.filter(|line| line.starts_with("│>")).count();
        assert_eq!(pointers, 1, "{shown}");
    }
}
