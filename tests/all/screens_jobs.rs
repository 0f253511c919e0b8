//! Logs of jobs that nobody told this console of: it knows them from the board.

use lanekeeper::model::JobId;
use lanekeeper::model::Person;
use lanekeeper::model::Untrusted;
use lanekeeper::record::Confirmation;
use lanekeeper::tui::app::Effect;
use lanekeeper::tui::app::News;
use lanekeeper::tui::app::Options;
use lanekeeper::tui::app::Trouble;

use crate::screens::screens_console::Console;
use crate::screens::screens_world;

/// Returns a console whose hotfix has a go-live with these failed jobs.
fn failed(apps: &[&str]) -> Console {
    let mut world = screens_world::board("ana");
    screens_world::fail_jobs(&mut world, apps);
    let options = Options {
        project: "acme/crm".into(),
        hotfix: Some(screens_world::HOTFIX.parse().expect("test id")),
        ..Options::default()
    };
    Console::with(options, world, 120, 35)
}

#[test]
fn no_job_of_a_closed_hotfix_is_offered_to_run_again() {
    let mut world = screens_world::board("ana");
    screens_world::fail_jobs(&mut world, &["portal"]);
    let at = world.seen.now;
    let record = world.record.as_mut().expect("a hotfix");
    record.closed = Some(Confirmation {
        by: Person::from_email("Ben Okafor", "ben@example.org"),
        at,
        note: "done".to_owned(),
    });
    let options = Options {
        project: "acme/crm".into(),
        hotfix: Some(screens_world::HOTFIX.parse().expect("test id")),
        ..Options::default()
    };
    let mut console = Console::with(options, world, 120, 35);
    console.keys("R j");
    let said = console.app.status.as_ref().expect("said").text.clone();
    assert!(
        said.contains("this hotfix was closed by Ben Okafor"),
        "{said}"
    );
    let planned = |effect: &Effect| matches!(effect, Effect::Plan { .. });
    assert!(!console.effects.iter().any(planned));
}

/// Returns what was read so far: of which job, from where.
fn read(console: &Console) -> Vec<(String, u64)> {
    let effects = console.effects.iter();
    let read = effects.filter_map(|effect| {
        let Effect::ReadLog { job, offset } = effect else {
            return None;
        };
        Some((job.to_string(), *offset))
    });
    read.collect()
}

fn answer(console: &mut Console, text: &str, is_whole: bool) {
    let job: JobId = "4711".parse().expect("test job");
    let end = u64::try_from(text.len()).expect("short");
    let outcome = Ok((Untrusted::new(text), end, is_whole));
    console.news(News::LogRead { job, outcome });
}

#[test]
fn the_log_of_a_failed_job_that_an_earlier_session_started_is_shown() {
    let mut console = failed(&["portal"]);
    console.keys("J");
    assert_eq!(read(&console), [("4711".to_owned(), 0)]);
    let log = console.app.log.jobs.iter();
    let states: Vec<&str> = log.map(|job| job.state.as_str()).collect();
    assert!(states.contains(&"failed"), "{states:?}");
    // Looks that come before the answer do not ask again, and one after it reads on.
    let asked = |console: &Console| {
        let all = read(console).into_iter();
        all.filter(|(job, _)| job == "4711").collect::<Vec<_>>()
    };
    console.news(News::RefsMoved);
    assert_eq!(asked(&console).len(), 1);
    answer(&mut console, "no space left\n", false);
    console.news(News::RefsMoved);
    assert_eq!(asked(&console)[1..], [("4711".to_owned(), 14)]);
    answer(&mut console, "no space left\n", true);
    console.news(News::RefsMoved);
    assert_eq!(asked(&console).len(), 2, "all of it is here");
}

#[test]
fn a_log_that_is_not_handed_out_says_why_and_is_not_asked_for_at_every_look() {
    let mut console = failed(&["portal"]);
    console.keys("J");
    let page = "its page shows it: https://forge.example/runs/8";
    console.news(News::LogRead {
        job: "4711".parse().expect("test job"),
        outcome: Err(Trouble::new(page)),
    });
    let said = console.app.status.as_ref().expect("said").text.clone();
    assert!(said.contains(page), "{said}");
    console.news(News::RefsMoved);
    assert_eq!(read(&console).len(), 1);
}
