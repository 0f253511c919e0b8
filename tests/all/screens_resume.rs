//! The resume screen: opened by itself where something may have been sent, and only shown until a person decides.

use lanekeeper::engine::Board;
use lanekeeper::engine::Found;
use lanekeeper::engine::Intent;
use lanekeeper::engine::Interrupted;
use lanekeeper::engine::LeftCall;
use lanekeeper::engine::Resuming;
use lanekeeper::engine::Touched;
use lanekeeper::engine::UndoOf;
use lanekeeper::record::EffectState;
use lanekeeper::tui::app::Effect;
use lanekeeper::tui::app::News;
use lanekeeper::tui::app::Options;
use lanekeeper::tui::app::Overlay;
use lanekeeper::tui::app::Wish;

use super::screens::screen;
use super::screens::screens_console::Console;
use super::screens::screens_world::board;

fn call(call: &str, state: &'static str, found: Found) -> LeftCall {
    LeftCall {
        call: call.to_owned(),
        state,
        found,
    }
}

/// Returns a board on which Ana's earlier console died in the middle of opening a change request.
pub(crate) fn left() -> Board {
    let mut board = board("ana");
    let request = board
        .seen
        .requests
        .value()
        .and_then(|all| all.iter().find(|one| one.is_open()))
        .cloned();
    let request = request.expect("the sample has an open one");
    board.seen.interrupted = vec![Interrupted {
        intent: "01J8Z3".parse().expect("static id"),
        words: Some("do retrofit --target integration".to_owned()),
        since: board.seen.now,
        calls: vec![
            call(
                "open change request backport/refund -> integration \"Refund\"",
                "sending",
                Found::There {
                    words: format!("change request {} is there", request.id),
                    missing: Vec::new(),
                    undo: Some(UndoOf::Request {
                        request: request.id,
                        head: request.head,
                    }),
                },
            ),
            call(
                "run the checks of change request (backport/refund -> integration)",
                "shared",
                Found::NotBegun,
            ),
        ],
    }];
    board
}

fn console(width: u16, height: u16) -> Console {
    let board = left();
    let options = Options {
        hotfix: board.record.as_ref().map(|record| record.hotfix.clone()),
        ..Options::default()
    };
    Console::with(options, board, width, height)
}

#[test]
fn the_list_says_of_which_hotfix_a_run_was_interrupted() {
    let mut board = board("ana");
    board.record = None;
    board.progress = None;
    board.hotfixes[0].is_interrupted = true;
    let console = Console::with(Options::default(), board, 120, 35);
    let shown = screen(&console, false);
    assert_eq!(shown.matches("INTERRUPTED here").count(), 1, "{shown}");
}

#[test]
fn what_was_interrupted_opens_by_itself_at_every_size() {
    insta::assert_snapshot!("interrupted_at_80x24", screen(&console(80, 24), false));
    for (width, height) in [(40, 12), (80, 24), (120, 35), (200, 60)] {
        let console = console(width, height);
        assert!(matches!(console.app.overlay(), Some(Overlay::Resume(_))));
        let shown = screen(&console, false);
        assert!(
            shown.contains("do retrofit --target integration"),
            "{shown}"
        );
        assert!(shown.contains("c continue   s skip   u undo"), "{shown}");
    }
    assert!(screen(&console(80, 24), true).is_ascii());
}

#[test]
fn a_key_that_decides_nothing_there_says_which_do() {
    let mut console = console(80, 24);
    console.keys("?");
    assert!(matches!(console.app.overlay(), Some(Overlay::Resume(_))));
    let status = console.app.status.as_ref().expect("said so");
    assert!(status.text.contains("c, s and u decide"), "{}", status.text);
}

#[test]
fn it_opens_once_and_a_key_asks_for_a_plan_and_for_nothing_else() {
    for (key, how) in [
        ("s", Resuming::Skip),
        ("c", Resuming::Continue),
        ("u", Resuming::Undo),
    ] {
        let mut console = console(120, 35);
        console.keys("Esc");
        assert!(console.app.overlay().is_none(), "it can wait");
        let generation = console.app.look;
        console.news(News::Looked {
            generation,
            outcome: Ok(Box::new(left())),
        });
        assert!(console.app.overlay().is_none(), "it is offered once");
        console.keys("R r");
        assert!(matches!(console.app.overlay(), Some(Overlay::Resume(_))));
        console.effects.clear();
        console.keys(key);
        let expected = Intent::Resume {
            intent: "01J8Z3".parse().expect("static id"),
            how,
        };
        let asked = console.effects.iter().any(|effect| {
            matches!(effect, Effect::Plan { wish: Wish::Intent(intent), .. } if *intent == expected)
        });
        let is_refused = console.app.status.is_some() && !asked;
        assert!(asked || is_refused, "{key}: {:?}", console.effects);
        let decided = console.executed();
        assert!(
            decided.iter().all(|plan| plan.settles.is_some()),
            "{key}: {decided:?}"
        );
        assert_eq!(
            decided.len(),
            usize::from(how == Resuming::Skip),
            "the others are shown first"
        );
        if how != Resuming::Continue {
            assert!(asked, "{key}: {:?}", console.app.status);
        }
    }
}

#[test]
fn what_is_kept_here_is_shared_by_going_on_and_the_drop_of_it_is_shown_first() {
    let mut board = board("ana");
    board.seen.interrupted = vec![Interrupted {
        intent: "01J8Z3".parse().expect("static id"),
        words: Some("note \"support is told\"".to_owned()),
        since: board.seen.now,
        calls: vec![call(
            "record note.added \"support is told\"",
            "sending",
            Found::Written,
        )],
    }];
    let options = Options {
        hotfix: board.record.as_ref().map(|record| record.hotfix.clone()),
        ..Options::default()
    };
    let mut console = Console::with(options, board, 120, 35);
    console.keys("R r");
    let shown = screen(&console, false);
    let words = "s share none of it: drop what is kept here, with a word on record";
    assert!(shown.contains(words), "{shown}");
    console.keys("s");
    assert!(console.executed().is_empty(), "it is not read yet");
    assert!(matches!(console.app.overlay(), Some(Overlay::Plan(_))));
}

/// Returns the screen of a run that died in the middle of one call, and of that something was found.
fn of_one(words: &str, text: &str, found: Found) -> String {
    let mut board = left();
    let one = &mut board.seen.interrupted[0];
    one.words = Some(words.to_owned());
    one.calls = vec![call(text, "sending", found)];
    let options = Options {
        hotfix: board.record.as_ref().map(|record| record.hotfix.clone()),
        ..Options::default()
    };
    screen(&Console::with(options, board, 120, 35), false)
}

#[test]
fn production_is_named_where_a_call_says_its_branch_and_whether_it_is_changed() {
    let merge = "merge change request 912 into production by merge, head f1f1f1f, onto 3a3a3a3";
    let there = Found::There {
        words: "it is merged, as 3c3c3c3".to_owned(),
        missing: Vec::new(),
        undo: None,
    };
    for (found, words) in [
        (there, "PRODUCTION is changed by it"),
        (Found::Untold, "PRODUCTION may be changed by it"),
        (
            Found::Nowhere,
            "PRODUCTION: no trace that it was changed by this",
        ),
    ] {
        let shown = of_one("do to-production", merge, found);
        assert!(shown.contains(words), "{shown}");
        let call = "PRODUCTION: merge change request 912 into production";
        assert!(shown.contains(call), "{shown}");
    }
    let seat = "lock.takeover production (lock 0123), epoch 2: \"away\"";
    let shown = of_one("drive", seat, Found::Untold);
    assert!(shown.contains("PRODUCTION: lock.takeover"), "{shown}");
    assert!(
        shown.contains("none of the calls below changes production"),
        "{shown}"
    );
}

#[test]
fn what_changed_production_before_the_death_is_told_though_only_a_word_about_it_is_left() {
    let migrations = "run migrations of 3a3a3a3 in production";
    for (outcome, touched) in [
        ("done", Touched::Yes),
        ("failed", Touched::Perhaps),
        ("refused", Touched::Never),
    ] {
        let mut board = left();
        let one = &mut board.seen.interrupted[0];
        let confirmed = "record step.confirmed migrations";
        one.calls = vec![call(confirmed, "sending", Found::Written)];
        let effect = lanekeeper::record::Effect {
            call: migrations.to_owned(),
            state: EffectState::Observed {
                outcome: outcome.to_owned(),
                detail: String::new(),
            },
            at: one.since,
        };
        let intent = one.intent.clone();
        let record = board.record.as_mut().expect("a hotfix is shown");
        record.effects.insert(intent, vec![effect]);
        let told = board.seen.interrupted[0].touched(&board);
        assert_eq!(told, touched, "{outcome}");
    }
}

#[test]
fn an_approval_may_have_changed_production_where_the_last_one_starts_the_go_live() {
    for (starts, touched) in [(true, Touched::Perhaps), (false, Touched::Never)] {
        let mut board = left();
        board.seen.capabilities.approval_starts = starts;
        let approval = "approve deployment 7 at 3a3a3a3 as lead";
        let there = Found::There {
            words: "it is there".to_owned(),
            missing: Vec::new(),
            undo: None,
        };
        board.seen.interrupted[0].calls = vec![call(approval, "sending", there)];
        let told = board.seen.interrupted[0].touched(&board);
        assert_eq!(told, touched, "where an approval starts it: {starts}");
    }
}
