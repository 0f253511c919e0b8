//! A plan under way: it is shown as it goes, looks go on beside it, and what runs in the console ends with it only where
//! somebody says so.

use lanekeeper::engine::Call;
use lanekeeper::engine::Change;
use lanekeeper::engine::ChangeResult;
use lanekeeper::engine::Level;
use lanekeeper::engine::Outcome;
use lanekeeper::engine::Report;
use lanekeeper::tui::app::Effect;
use lanekeeper::tui::app::FooterKind;
use lanekeeper::tui::app::Mark;
use lanekeeper::tui::app::News;
use lanekeeper::tui::app::Overlay;
use lanekeeper::tui::app::RowId;
use lanekeeper::tui::app::command_here;
use lanekeeper::tui::app::footer;
use lanekeeper::tui::app::rows;

use super::screen;
use super::screens_console::Console;
use super::screens_made::plan_of;

/// Makes a console in which production is being deployed: by a command of its own, or by a job of the forge.
fn going_live(is_here: bool) -> Console {
    let mut console = Console::open("ben", 120, 35);
    console.board.seen.capabilities.runs_deployments = is_here;
    // A plan of this level begins without a question.
    let mut plan = plan_of(&console.board, Level::L1);
    plan.title = "start deployment 2 to production".into();
    plan.environment = Some("production".parse().expect("test environment"));
    let tips = console.board.seen.tips.value().expect("seen");
    let commit = tips[&"production".parse().expect("test branch")].clone();
    plan.changes = vec![Change {
        call: Call::StartDeployment {
            deployment: "2".parse().expect("test deployment"),
            environment: "production".parse().expect("test environment"),
            commit,
        },
        expects: Vec::new(),
        step: Some("smoke".parse().expect("test step")),
        target: None,
    }];
    let text = plan.changes[0].call.to_string();
    console.show(plan);
    let run = console.app.run.as_ref().expect("it runs").id;
    console.news(News::Called { run, text });
    console
}

#[test]
fn the_log_says_of_each_step_whether_it_can_be_stopped() {
    for (is_here, words) in [(true, "can stop  "), (false, "cannot stop  ")] {
        let mut console = going_live(is_here);
        console.keys("5 z");
        let shown = screen(&console, false);
        let row = shown.lines().find(|row| row.contains(words));
        assert!(row.is_some(), "{shown}");
        assert_eq!(shown.contains("cannot stop"), !is_here, "{shown}");
    }
    let mut console = Console::open("ben", 120, 35);
    console.board.seen.capabilities.runs_deployments = false;
    let mut plan = plan_of(&console.board, Level::L1);
    let tips = console.board.seen.tips.value().expect("seen");
    let commit = tips[&"production".parse().expect("test branch")].clone();
    let change = |number: &str| Change {
        call: Call::StartDeployment {
            deployment: number.parse().expect("test deployment"),
            environment: "production".parse().expect("test environment"),
            commit: commit.clone(),
        },
        expects: Vec::new(),
        step: None,
        target: None,
    };
    plan.changes = vec![change("2"), change("3")];
    let first = plan.changes[0].call.to_string();
    let second = plan.changes[1].call.to_string();
    console.show(plan);
    let run = console.app.run.as_ref().expect("it runs");
    let id = run.id;
    console.news(News::Called {
        run: id,
        text: first,
    });
    let run = console.app.run.as_ref().expect("it runs");
    assert_eq!(run.left(), [second]);
    console.keys("5 z");
    let is_next = |console: &Console, words: &str| {
        let shown = screen(console, false);
        shown
            .lines()
            .any(|row| row.contains(&format!("next    {words}")))
    };
    assert!(is_next(&console, "can stop"), "{}", screen(&console, false));
    console.keys("X");
    let shown = screen(&console, false);
    assert!(is_next(&console, "will not run"), "{shown}");
}

fn has_left(console: &Console) -> bool {
    let mut effects = console.effects.iter();
    effects.any(|effect| matches!(effect, Effect::Quit))
}

fn is_stopped(console: &Console) -> bool {
    let mut effects = console.effects.iter();
    effects.any(|effect| matches!(effect, Effect::CancelRun { .. }))
}

fn asks_for_the_name(console: &Console) -> bool {
    match console.app.overlay() {
        Some(Overlay::Quit(screen)) => screen.naming.is_some(),
        _ => false,
    }
}

/// Ends the run with this outcome.
fn finish(console: &mut Console, outcome: Outcome) {
    let run = console.app.run.as_ref().expect("it runs");
    let result = ChangeResult {
        call: run.calls[0].text.clone(),
        outcome,
        why: "job portal cancelled".into(),
        is_aside: false,
    };
    let news = News::Finished {
        run: run.id,
        outcome: Ok(Report {
            results: vec![result],
        }),
    };
    console.news(news);
}

#[test]
fn what_is_carried_out_here_is_shown_as_running_and_nothing_is_next() {
    let mut console = going_live(true);
    console.wait(33_000);
    let step = RowId::Step("smoke".parse().expect("test step"));
    let rows = rows(&console.app);
    let row = rows.iter().find(|row| row.id.as_ref() == Some(&step));
    let row = row.expect("a row of the checklist");
    assert_eq!(row.mark, Mark::Underway, "{row:?}");
    for words in ["running here", "since 33 s"] {
        assert!(row.note.contains(words), "{row:?}");
    }
    let lines = footer(&console.app);
    assert!(
        lines.iter().all(|line| line.kind != FooterKind::Next),
        "{lines:?}"
    );
    assert_eq!(lines[0].kind, FooterKind::Wait);
    assert!(lines[0].text.contains("running here"), "{lines:?}");
    finish(&mut console, Outcome::Done);
    let mut lines = footer(&console.app).into_iter();
    assert!(lines.any(|line| line.kind == FooterKind::Next));
}

#[test]
fn looks_go_on_beside_a_call_that_takes_long() {
    let mut console = going_live(true);
    let before = console.looks();
    console.wait(3_000);
    for news in [News::RefsMoved, News::Polled] {
        console.news(news);
    }
    assert_eq!(console.looks(), before, "the call may be about to begin");
    console.wait(10_000);
    console.news(News::Polled);
    console.news(News::RefsMoved);
    assert_eq!(console.looks(), before + 2);
    let header = screen(&console, false);
    let header = header.lines().next().unwrap_or_default();
    assert!(header.contains("seen just now"), "{header}");
}

#[test]
fn leaving_names_the_jobs_that_run_where_that_costs_no_answer() {
    let mut console = going_live(false);
    for (id, name, state) in [
        ("1", "deploy-portal", "running"),
        ("2", "deploy-api", "queued"),
        ("3", "build", "passed"),
    ] {
        console.news(News::JobChanged {
            job: id.parse().expect("test job"),
            name: name.into(),
            state: state.into(),
            at: console.board.seen.now,
        });
    }
    console.keys("q");
    let shown = screen(&console, true);
    assert!(shown.contains("job deploy-portal running"), "{shown}");
    assert!(shown.contains("job deploy-api queued"), "{shown}");
    assert!(!shown.contains("job build"), "{shown}");
    console.news(News::Resized {
        width: 40,
        height: 12,
    });
    let shown = screen(&console, true);
    assert!(shown.contains("Esc  stay"), "{shown}");
}

#[test]
fn the_questions_about_production_are_read_to_their_end_on_the_smallest_screen() {
    let small = News::Resized {
        width: 40,
        height: 12,
    };
    let mut console = going_live(true);
    console.news(small);
    console.keys("q");
    let shown = screen(&console, true);
    for words in ["half-way", "once that is on record", "Esc  stay"] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    console.keys("l");
    let shown = screen(&console, true);
    for words in [
        "may be left half changed.",
        "Type its name",
        "Esc lets it go on",
    ] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    let mut console = Console::open("ana", 40, 12);
    console.keys("A");
    let shown = screen(&console, true);
    for words in ["session.", "plan by plan.", "Esc cancel"] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
}

#[test]
fn leaving_while_a_command_changes_production_from_here_takes_its_name() {
    let mut console = going_live(true);
    console.keys("q");
    assert!(screen(&console, true).contains("KILLS"));
    console.keys("l");
    assert!(asks_for_the_name(&console) && !has_left(&console));
    console.wait(500);
    console.type_text("productio");
    console.keys("Enter");
    assert!(!has_left(&console), "not the whole name");
    let shown = screen(&console, true);
    assert!(shown.contains("may be left half changed"), "{shown}");
    console.type_text("n");
    console.keys("Enter");
    assert!(has_left(&console));
    assert!(console.app.has_killed, "no good end");
}

#[test]
fn whoever_thinks_better_of_it_ends_nothing() {
    for no in ["Esc", "Ctrl-C"] {
        let mut console = going_live(true);
        console.keys("q s");
        assert!(asks_for_the_name(&console));
        console.keys(no);
        assert!(console.app.overlay().is_none(), "{no}");
    }
    let mut console = going_live(true);
    console.keys("q l");
    console.news(News::Pasted("production".into()));
    console.wait(500);
    console.keys("Enter");
    assert!(asks_for_the_name(&console), "a paste is no name");
    console.news(News::FocusLost);
    assert!(console.app.overlay().is_none());
    assert!(!has_left(&console) && !is_stopped(&console));
}

#[test]
fn stopping_a_command_here_takes_the_name_too_and_waits_for_the_record() {
    for keys in ["5 X", "5 Ctrl-C"] {
        let mut console = going_live(true);
        console.keys(keys);
        assert!(asks_for_the_name(&console), "{keys}");
        console.wait(500);
        console.type_text("production");
        console.keys("Enter");
        assert!(is_stopped(&console), "{keys}");
        finish(&mut console, Outcome::Failed);
        assert!(!has_left(&console) && !console.app.has_killed, "{keys}");
    }
    let mut console = going_live(true);
    console.keys("q s");
    console.wait(500);
    console.type_text("production");
    console.keys("Enter");
    assert!(is_stopped(&console) && !has_left(&console));
    finish(&mut console, Outcome::Failed);
    assert!(has_left(&console) && console.app.has_killed);
}

#[test]
fn a_command_that_came_to_its_end_was_not_killed() {
    let mut console = going_live(true);
    console.keys("q s");
    console.wait(500);
    console.type_text("production");
    console.keys("Enter");
    finish(&mut console, Outcome::Done);
    assert!(has_left(&console) && !console.app.has_killed);
}

#[test]
fn what_a_forge_runs_goes_on_without_the_console() {
    let mut console = going_live(false);
    assert_eq!(command_here(&console.app), None);
    console.keys("q");
    let shown = screen(&console, true);
    assert!(shown.contains("what was sent goes on"), "{shown}");
    console.keys("l");
    assert!(has_left(&console) && !console.app.has_killed);
}

#[test]
fn a_console_that_is_told_to_end_cannot_ask_and_ends_badly() {
    let mut console = going_live(true);
    console.news(News::Terminated);
    assert!(has_left(&console) && console.app.has_killed);
}
