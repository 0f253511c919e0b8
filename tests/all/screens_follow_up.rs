//! What follows by itself in the console: carried out once, by the console that drives, and never beside a question.

use lanekeeper::engine::Board;
use lanekeeper::engine::derive;
use lanekeeper::model::IntentId;
use lanekeeper::model::LaneName;
use lanekeeper::model::MergeMethod;
use lanekeeper::model::Person;
use lanekeeper::model::Prediction;
use lanekeeper::model::PredictionOutcome;
use lanekeeper::record::Actor;
use lanekeeper::record::Entry;
use lanekeeper::record::Event;
use lanekeeper::tui::app::News;
use lanekeeper::tui::app::Options;

use super::screens::screen;
use super::screens::screens_console::Console;
use super::screens::screens_world::HOTFIX;
use super::screens::screens_world::board;

/// The board that Ana sees whose retrofit is automatic; `last` carried something out before.
fn automatic(last: &str) -> Board {
    let mut board = board("ana");
    for step in &mut board.book.steps {
        step.is_automatic = step.id.as_str() == "retrofit";
    }
    board.seen.capabilities.merge_methods = vec![MergeMethod::Merge];
    let target: LaneName = "uat".parse().expect("static name");
    let tips = board.seen.tips.value().expect("seen");
    let clean = Prediction {
        target_tip: tips[&"uat".parse().expect("static name")].clone(),
        outcome: PredictionOutcome::Clean,
        tree: None,
        pending: Vec::new(),
    };
    let clean = board.seen.tips.clone().map(|_| clean);
    let key = ("retrofit".parse().expect("static id"), target);
    board.seen.predictions.insert(key, clean);
    let record = board.record.as_mut().expect("a hotfix");
    let declared = Entry::new(
        "01J8Z2".parse().expect("static id"),
        HOTFIX.parse().expect("static id"),
        Actor {
            person: Person::from_email(last, &format!("{last}@example.org")),
            device: "laptop".to_owned(),
        },
        board.seen.now,
        Event::IntentDeclared {
            intent: "01J8Z3".parse::<IntentId>().expect("static id"),
            words: "do to-preprod".to_owned(),
            plan: "p".to_owned(),
            level: "L3".to_owned(),
            calls: Vec::new(),
        },
    );
    record.entries.push(declared.expect("an entry"));
    board.progress = Some(derive(&board.book, record, &board.seen));
    board
}

fn console(board: Board) -> Console {
    let options = Options {
        project: "acme/crm".into(),
        hotfix: Some(HOTFIX.parse().expect("static id")),
        ..Options::default()
    };
    Console::with(options, board, 100, 30)
}

#[test]
fn an_automatic_step_follows_a_look_and_only_once() {
    let mut console = console(automatic("ana"));
    let plans = console.executed();
    assert_eq!(plans.len(), 1, "{plans:?}");
    let words = plans[0].changes.iter().map(|one| one.call.to_string());
    let words: Vec<String> = words.collect();
    assert!(
        words
            .iter()
            .all(|call| !call.contains("merge change request")),
        "{words:?}"
    );
    let shown = screen(&console, false);
    assert!(shown.contains("follows by itself"), "{shown}");

    // It did not come to its end, and nothing has changed since: a person looks at it.
    let run = console.app.run.as_ref().expect("it runs").id;
    let trouble = lanekeeper::tui::app::Trouble::new("the remote is gone");
    console.news(News::Finished {
        run,
        outcome: Err(trouble),
    });
    console.news(News::RefsMoved);
    assert_eq!(console.executed().len(), 1);
}

#[test]
fn it_follows_in_the_console_of_whoever_acted_last() {
    let console = console(automatic("ben"));
    assert!(console.executed().is_empty());
}

#[test]
fn nothing_follows_beside_an_open_question() {
    let mut console = console(automatic("ben"));
    console.keys("?");
    console.board = automatic("ana");
    console.news(News::RefsMoved);
    assert!(console.executed().is_empty(), "the help is open");
    console.keys("esc");
    console.news(News::RefsMoved);
    assert_eq!(console.executed().len(), 1);
}

#[test]
fn nothing_follows_in_a_console_that_only_looks() {
    let mut second = automatic("ana");
    second.only_looks = Some("another console has the seat of writing".to_owned());
    assert!(console(second).executed().is_empty());
}

#[test]
fn nothing_follows_what_is_still_called_interrupted() {
    let mut left = automatic("ana");
    left.seen.interrupted = vec![lanekeeper::engine::Interrupted {
        intent: "01J8Z3".parse().expect("static id"),
        words: None,
        since: left.seen.now,
        calls: Vec::new(),
    }];
    assert!(console(left).executed().is_empty());
}
