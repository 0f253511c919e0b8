//! A plan under way: it is shown as it goes, and looks go on beside it.

use lanekeeper::engine::Call;
use lanekeeper::engine::Change;
use lanekeeper::engine::ChangeResult;
use lanekeeper::engine::Level;
use lanekeeper::engine::Outcome;
use lanekeeper::engine::Report;
use lanekeeper::tui::app::FooterKind;
use lanekeeper::tui::app::Mark;
use lanekeeper::tui::app::News;
use lanekeeper::tui::app::RowId;
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
