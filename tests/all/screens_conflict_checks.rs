//! The project's checks on the conflict screen: when they can be asked for, what is seen of them, and what stops them.

use std::time::Duration;

use lanekeeper::engine::resolve::CheckEnd;
use lanekeeper::engine::resolve::CheckNews;
use lanekeeper::engine::resolve::CheckRun;
use lanekeeper::engine::resolve::CheckedResolution;
use lanekeeper::engine::resolve::Session;
use lanekeeper::model::CheckRule;
use lanekeeper::model::ConflictFile;
use lanekeeper::model::ConflictKind;
use lanekeeper::model::ConflictScene;
use lanekeeper::model::Untrusted;
use lanekeeper::tui::app::Effect;
use lanekeeper::tui::app::News;
use lanekeeper::tui::app::Options;
use lanekeeper::tui::app::Overlay;
use lanekeeper::tui::app::Trouble;

use super::screens::screen;
use super::screens::screens_console::Console;
use super::screens::screens_world::HOTFIX;
use super::screens::screens_world::board;
use super::screens_conflicts::file;
use super::screens_conflicts::hunk;
use super::screens_conflicts::session;

/// The keys that decide everything.
const DECIDE: &str = "1 n 2 n 4 n 2";

fn rule(name: &str) -> CheckRule {
    CheckRule {
        name: name.parse().expect("static name"),
        command: Some(vec!["make".to_owned(), name.to_owned()]),
        is_required: true,
        lanes: vec!["integration".parse().expect("static name")],
        timeout: Duration::from_secs(600),
    }
}

/// A console of a project with two checks, its conflict screen open.
fn console(target: &str, width: u16, height: u16) -> Console {
    let mut board = board("ana");
    board.book.project.checks = vec![rule("unit"), rule("lint")];
    let options = Options {
        project: "acme/crm".into(),
        hotfix: Some(HOTFIX.parse().expect("test id")),
        ..Options::default()
    };
    let mut console = Console::with(options, board, width, height);
    console.news(News::ConflictsOpened {
        generation: 0,
        outcome: Ok(Box::new(session(target))),
    });
    console
}

/// The same with everything decided, and the checks asked for.
fn checking(width: u16, height: u16) -> Console {
    let mut console = console("integration", width, height);
    console.keys(DECIDE);
    console.keys("t");
    console
}

fn asked(console: &Console) -> usize {
    let effects = console.effects.iter();
    effects
        .filter(|effect| matches!(effect, Effect::CheckResolution { .. }))
        .count()
}

fn stopped(console: &Console) -> usize {
    let effects = console.effects.iter();
    effects
        .filter(|effect| matches!(effect, Effect::StopChecks))
        .count()
}

fn status(console: &Console) -> String {
    let status = console.app.status.as_ref();
    status.map_or_else(String::new, |status| status.text.clone())
}

fn run(name: &str, end: CheckEnd, output: &[&str]) -> CheckRun {
    CheckRun {
        took: Some(Duration::from_secs(12)),
        output: output.iter().map(|line| Untrusted::new(*line)).collect(),
        ..CheckRun::not_begun(name.parse().expect("static name"), end)
    }
}

fn told(console: &mut Console, news: CheckNews) {
    console.news(News::CheckTold {
        generation: 1,
        news,
    });
}

fn began(console: &mut Console, name: &str) {
    told(
        console,
        CheckNews::Began(name.parse().expect("static name")),
    );
}

/// Lets both checks come to their end.
fn end(console: &mut Console, lint: CheckEnd) {
    let unit = run("unit", CheckEnd::Passed, &["ok"]);
    let lint = run(
        "lint",
        lint,
        &[
            "src/billing/refund.rs",
            "\u{1b}[31mred\u{1b}[0m \u{1b}[2J\u{202e}",
        ],
    );
    began(console, "unit");
    told(console, CheckNews::Ended(unit.clone()));
    began(console, "lint");
    told(console, CheckNews::Ended(lint.clone()));
    console.news(News::ResolutionChecked {
        generation: 1,
        outcome: Ok(CheckedResolution::Checked(vec![unit, lint])),
    });
}

fn failed() -> CheckEnd {
    CheckEnd::Failed("exit code 1".to_owned())
}

#[test]
fn checks_need_every_decision_and_a_command_and_run_once_at_a_time() {
    let mut console = console("integration", 120, 35);
    console.keys("t");
    assert!(
        status(&console).contains("not decided"),
        "{}",
        status(&console)
    );
    assert_eq!(asked(&console), 0);
    console.keys(DECIDE);
    assert!(screen(&console, false).contains("t test"));
    console.keys("t");
    assert_eq!(asked(&console), 1);
    console.keys("t");
    assert!(status(&console).contains("run already"));
    assert_eq!(asked(&console), 1);

    let mut console = self::console("uat", 120, 35);
    console.keys(DECIDE);
    console.keys("t");
    let said = status(&console);
    assert!(
        said.contains("no [[check]] with a command applies to uat"),
        "{said}"
    );
    assert_eq!(asked(&console), 0);
    assert!(!screen(&console, false).contains("t test"));
}

#[test]
fn each_check_is_told_as_it_begins_and_ends() {
    let mut console = checking(120, 35);
    began(&mut console, "unit");
    assert_eq!(status(&console), "checking unit ...");
    assert!(screen(&console, false).contains("checking:  unit running"));
    let unit = run("unit", CheckEnd::Passed, &[]);
    told(&mut console, CheckNews::Ended(unit));
    assert_eq!(status(&console), "unit passed in 12 s");
    began(&mut console, "lint");
    assert_eq!(status(&console), "unit passed in 12 s; checking lint ...");
    assert!(screen(&console, false).contains("checking:  unit passed  lint running"));
    // What was asked for before is not about this.
    console.news(News::CheckTold {
        generation: 0,
        news: CheckNews::Ended(run("lint", failed(), &[])),
    });
    assert!(screen(&console, false).contains("unit passed  lint running"));
}

#[test]
fn how_they_ended_stays_while_nothing_is_decided_otherwise_at_120x35() {
    let mut console = checking(120, 35);
    end(&mut console, failed());
    console.keys("p P j");
    insta::assert_snapshot!(screen(&console, false));
    console.keys("u");
    let shown = screen(&console, false);
    assert!(!shown.contains("checked:"), "{shown}");
    assert_eq!(stopped(&console), 0, "they had ended");
    console.keys("l");
    assert!(status(&console).contains("no check was run on what is decided"));
}

#[test]
fn how_they_ended_takes_no_row_from_the_sides_at_80x24() {
    let mut console = console("integration", 80, 24);
    console.keys(DECIDE);
    let rows = |console: &Console| {
        let shown = screen(console, false);
        shown.lines().position(|line| line.contains("base (b)"))
    };
    let before = rows(&console);
    console.keys("t");
    end(&mut console, failed());
    assert_eq!(rows(&console), before);
    insta::assert_snapshot!(screen(&console, false));
}

#[test]
fn what_a_failed_check_wrote_is_read_in_place_of_the_sides_and_marked_where_it_is_hostile() {
    let mut console = checking(120, 35);
    end(&mut console, failed());
    console.keys("l");
    let shown = screen(&console, false);
    for words in [
        "lint failed (exit code 1) in 12 s",
        "src/billing/refund.rs",
        "red ␛[2J‹202E›",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!shown.contains("INTEGRATION"), "{shown}");
    for back in ["Esc", "l", "p", "Tab"] {
        console.keys(back);
        let shown = screen(&console, false);
        assert!(shown.contains("INTEGRATION"), "{back}: {shown}");
        console.keys("l");
        assert!(!screen(&console, false).contains("INTEGRATION"), "{back}");
    }
}

#[test]
fn passing_is_said_and_finishing_needs_no_check() {
    let mut console = checking(120, 35);
    end(&mut console, CheckEnd::Passed);
    assert_eq!(status(&console), "every check passed: F shows the plan");
    console.keys("l");
    assert!(status(&console).contains("no check has failed"));
    console.keys("F");
    let plans = console.effects.iter();
    assert_eq!(
        plans
            .filter(|effect| matches!(effect, Effect::Plan { .. }))
            .count(),
        1
    );
}

#[test]
fn another_decision_and_finishing_and_leaving_stop_what_runs() {
    for keys in ["u", "1", "F", "Esc", "X y", "X d"] {
        let mut console = checking(120, 35);
        began(&mut console, "unit");
        console.keys(keys);
        assert_eq!(stopped(&console), 1, "{keys}");
        // What comes later is about nothing that is shown.
        end(&mut console, failed());
        let shown = screen(&console, false);
        assert!(!shown.contains("checked:"), "{keys}: {shown}");
    }
    for keys in ["n", "b", "w", "?", "X x"] {
        let mut console = checking(120, 35);
        console.keys(keys);
        assert_eq!(stopped(&console), 0, "{keys}");
    }
}

#[test]
fn a_trouble_is_said_and_one_more_round_is_laid_out() {
    let mut console = checking(120, 35);
    console.news(News::ResolutionChecked {
        generation: 1,
        outcome: Err(Trouble::new(
            "the commands in lanekeeper.toml are not trusted on this machine",
        )),
    });
    assert!(status(&console).contains("not trusted on this machine"));
    assert!(!screen(&console, false).contains("checking:"));

    console.keys("t");
    let Some(Effect::CheckResolution {
        generation,
        session,
    }) = console.effects.last().cloned()
    else {
        panic!("the checks are asked for again");
    };
    let mut session: Session = *session;
    let lines = vec![hunk(
        "* exact\n",
        "* exact, at times\n",
        "* exact to the cent\n",
    )];
    let again = ConflictFile {
        commit: Some("b2c3d4e".repeat(6)[..40].parse().expect("static id")),
        ..file("CHANGELOG.md", ConflictKind::Content, lines)
    };
    session.extend(ConflictScene {
        files: vec![again],
        pending: Vec::new(),
    });
    console.news(News::ResolutionChecked {
        generation,
        outcome: Ok(CheckedResolution::Round(Box::new(session))),
    });
    let Some(Overlay::Conflicts(open)) = console.app.overlays.last() else {
        panic!("the conflict screen is open");
    };
    assert_eq!(open.session.count(), (5, 4));
    assert_eq!(stopped(&console), 0);
}
