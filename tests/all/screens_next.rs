//! What is next, below the checklist: the key that is named does just that, and what is copied runs as it stands.

use lanekeeper::engine::ALONE;
use lanekeeper::engine::Level;
use lanekeeper::engine::NextAction;
use lanekeeper::engine::Prerequisite;
use lanekeeper::tui::app::Effect;
use lanekeeper::tui::app::Footer;
use lanekeeper::tui::app::FooterKind;
use lanekeeper::tui::app::News;
use lanekeeper::tui::app::Options;
use lanekeeper::tui::app::Overlay;
use lanekeeper::tui::app::Purpose;
use lanekeeper::tui::app::Trouble;
use lanekeeper::tui::app::footer;

use super::screen;
use super::screens_console::Console;
use super::screens_safety::with_plan;
use super::screens_world::HOTFIX;
use super::screens_world::board;

/// Something that the operator can do, in the words of the command line.
fn mine(words: &str) -> NextAction {
    NextAction {
        intent: words.parse().expect("static words"),
        text: format!("to {words}"),
        level: Level::L1,
        who: Prerequisite::Me,
        resolves: None,
        by_git: None,
    }
}

/// A console in which just that can be done.
fn console(next: Vec<NextAction>) -> Console {
    sized(next, (120, 35))
}

/// The same of that size.
fn sized(next: Vec<NextAction>, (width, height): (u16, u16)) -> Console {
    let mut board = board("ana");
    board.progress.as_mut().expect("a hotfix").next = next;
    let options = Options {
        project: "acme/crm".into(),
        hotfix: Some(HOTFIX.parse().expect("static id")),
        ..Options::default()
    };
    Console::with(options, board, width, height)
}

/// Returns key and words of each line about what is next.
fn next(console: &Console) -> Vec<(String, String)> {
    let lines = footer(&console.app).into_iter();
    lines
        .filter(|line| line.kind == FooterKind::Next)
        .map(|Footer { key, text, .. }| (key, text))
        .collect()
}

fn pair(key: &str, text: &str) -> (String, String) {
    (key.to_owned(), text.to_owned())
}

#[test]
fn the_bell_rings_for_who_looks_elsewhere_when_something_new_is_theirs_to_do() {
    let rings = |console: &Console| {
        let effects = console.effects.iter();
        effects
            .filter(|effect| matches!(effect, Effect::Ring))
            .count()
    };
    let bring = |console: &mut Console, words: &str| {
        let progress = console.board.progress.as_mut().expect("a hotfix");
        progress.next.push(mine(words));
        console.news(News::RefsMoved);
    };
    let mut console = console(vec![mine("do smoke")]);
    bring(&mut console, "tick support");
    assert_eq!(rings(&console), 0, "it is seen");
    console.news(News::FocusLost);
    console.news(News::RefsMoved);
    console.wait(11_000);
    console.news(News::RefsMoved);
    assert_eq!(rings(&console), 0, "nothing is new");
    bring(&mut console, "do retrofit");
    assert_eq!(rings(&console), 1);
    console.news(News::RefsMoved);
    assert_eq!(rings(&console), 1, "once is enough");
    console.app.options.has_bell = false;
    bring(&mut console, "do postmortem");
    assert_eq!(rings(&console), 1, "the person wants it quiet");
}

#[test]
fn the_lanes_say_what_is_next_where_the_checklist_is_not_on_the_screen() {
    for size in [(80, 24), (120, 35)] {
        let mut console = sized(vec![mine("do smoke")], size);
        let told = |console: &Console| screen(console, false).matches("NEXT ").count();
        assert_eq!(told(&console), 1, "{}", screen(&console, false));
        console.keys("1 z");
        assert!(console.app.is_zoomed);
        assert_eq!(told(&console), 1, "{}", screen(&console, false));
        console.keys("z 5");
        assert_eq!(told(&console), 1, "{}", screen(&console, false));
    }
}

#[test]
fn a_key_that_is_about_the_selection_is_named_only_where_it_means_this() {
    let mut console = console(vec![mine("do smoke"), mine("tick support")]);
    // On something that is done, space would be about that.
    console.keys("2 g g");
    let far = [
        pair("R n", "to do smoke"),
        pair("space", "to tick support (select it first)"),
    ];
    assert_eq!(next(&console), far);
    console.keys("R n");
    let Some(Overlay::Editor(editor)) = console.app.overlay() else {
        panic!("no note is asked for: {:?}", console.app.status);
    };
    let smoke = "smoke".parse().expect("static id");
    assert_eq!(editor.purpose, Purpose::Confirm(smoke));
    console.keys("Esc j j j");
    assert_eq!(next(&console)[0], pair("space", "to do smoke"));
    console.keys("G k k");
    let near = [pair("R n", "to do smoke"), pair("space", "to tick support")];
    assert_eq!(next(&console), near);
}

#[test]
fn what_is_next_stays_in_sight_above_a_long_refusal() {
    for size in [(80, 24), (79, 23), (60, 15), (40, 12)] {
        let mut console = sized(vec![mine("do smoke")], size);
        let shown = screen(&console, false);
        assert!(shown.contains(" NEXT "), "{size:?}\n{shown}");
        console.app.plan += 1;
        console.news(News::Planned {
            generation: console.app.plan,
            outcome: Err(Trouble::new("the head moved, ".repeat(30))),
        });
        let shown = screen(&console, false);
        assert!(shown.contains(" NEXT "), "{size:?}\n{shown}");
        assert!(shown.contains("the head moved"), "{size:?}\n{shown}");
        assert!(shown.contains("moved…") || shown.contains("head…") || shown.contains("the…"));
    }
}

#[test]
fn what_is_next_is_cut_behind_a_word_and_says_so() {
    let long = NextAction {
        text: "confirm ".repeat(60),
        ..mine("do smoke")
    };
    for size in [(120, 35), (80, 24), (40, 12)] {
        let console = sized(vec![long.clone()], size);
        let shown = screen(&console, false);
        assert!(shown.contains("confirm…"), "{size:?}\n{shown}");
        let shown = screen(&console, true);
        assert!(shown.contains("confirm..."), "{size:?}\n{shown}");
    }
}

#[test]
fn what_is_skipped_is_selected_first_too() {
    let skip = "skip smoke --reason later";
    let mut console = console(vec![mine("do smoke"), mine(skip)]);
    console.keys("2 g g");
    let far = format!("to {skip} (select it first)");
    assert_eq!(next(&console)[1], pair("R s", &far));
    console.keys("j j j");
    assert_eq!(next(&console)[1], pair("R s", &format!("to {skip}")));
}

#[test]
fn what_git_does_has_no_key_and_is_copied_as_it_is_typed() {
    let push = "git push origin HEAD:hotfix/rounding";
    let by_hand = NextAction {
        by_git: Some(push.to_owned()),
        ..mine("do fix")
    };
    let mut alone = console(vec![by_hand.clone()]);
    assert_eq!(next(&alone), [pair("", push)]);
    alone.keys("R n");
    let status = alone.app.status.as_ref().expect("said so");
    assert!(status.text.contains(push), "{}", status.text);
    alone.keys("y c");
    let copied = alone.effects.iter().filter_map(|effect| match effect {
        Effect::Copy { text, .. } => Some(text.as_str()),
        _ => None,
    });
    assert_eq!(copied.collect::<Vec<_>>(), [push]);
    // R n is about what a plan does.
    let beside = console(vec![by_hand, mine("do smoke")]);
    assert_eq!(next(&beside)[1], pair("R n", "to do smoke"));
}

#[test]
fn a_yes_that_needs_a_look_names_the_look_first() {
    let mut console = Console::open("ben", 120, 35);
    let yes = "approve change request 912 as product-manager";
    let look = format!("look at the diff, then {yes}");
    assert_eq!(next(&console), [pair("d", &look)]);
    console.keys("d q");
    assert_eq!(next(&console), [pair("a", yes)]);
}

#[test]
fn with_several_hotfixes_open_what_is_printed_names_the_one_that_is_shown() {
    let mut console = console(vec![mine("do smoke")]);
    console.keys("y c");
    let copied = console.effects.iter().any(|effect| {
        matches!(effect, Effect::Copy { text, .. } if text == "lanekeeper do smoke --hotfix rounding")
    });
    assert!(copied, "{:?}", console.effects.last());
    let console = with_plan(Level::L3);
    let Some(Overlay::Plan(screen)) = console.app.overlay() else {
        panic!("no plan is shown");
    };
    let command = screen.command();
    let named = "lanekeeper do to-production --hotfix rounding";
    assert_eq!(command.as_deref(), Some(named));
}

#[test]
fn beside_a_backport_without_a_hotfix_the_console_opens_what_the_command_line_means() {
    let mut board = board("ana");
    board.hotfixes[1].playbook = ALONE.to_owned();
    board.hotfixes.swap(0, 1);
    let console = Console::with(Options::default(), board, 120, 35);
    let shown = console.app.hotfix.as_ref().map(ToString::to_string);
    assert_eq!(shown.as_deref(), Some(HOTFIX));
    assert!(console.app.overlays.is_empty(), "nothing is to be chosen");
}
